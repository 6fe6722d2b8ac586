//! What a publisher of notices may rely on, notice by notice.

use ledger_core::offer::{Facet, Feature};

use super::*;

const BASE: &str = "http://data.education.fr/voc/scolomfr/concept/";

/// A notice of the ministry's test repository, made shorter, with its true quirks.
fn notice() -> String {
    format!(
        "<lom:lom xmlns:lom=\"http://ltsc.ieee.org/xsd/LOM\" xmlns:lomfr=\"l\" xmlns:scolomfr=\"s\">
<lom:general uniqueElementName=\"general\">
  <lom:identifier><lom:catalog>ark</lom:catalog><lom:entry>ark://00000/038fa0b9-8bf3
  </lom:entry></lom:identifier>
  <lom:identifier><lom:catalog>ISBN</lom:catalog><lom:entry>\t2-07-064309-3\n</lom:entry></lom:identifier>
  <lom:title><lom:string language=\"eng\">Energy</lom:string><lom:string language=\"http://id.loc.gov/vocabulary/iso639-2/fre\">L’énergie &amp; nous
  </lom:string></lom:title>
  <lom:language>http://id.loc.gov/vocabulary/iso639-2/fre\n</lom:language>
  <lom:description><lom:string>Écrire à jean.dupont@ac-lyon.fr ou au 06 12 34 56 78,
    ISBN 978-2-07-064309-7.</lom:string></lom:description>
  <lom:keyword><lom:string>énergie</lom:string></lom:keyword>
  <lom:keyword><lom:string>contact jean@x.fr</lom:string></lom:keyword>
</lom:general>
<lom:lifeCycle><lom:contribute><lom:role><lom:value>{BASE}publisher\n</lom:value><lom:label>Éditeur</lom:label></lom:role>
  <lom:entity>BEGIN:VCARD VERSION:4.0 KIND:org FN:Jean Dupont ORG:Éditions Exemple NOTE:SIREN=493376008 EMAIL:j@x.fr TEL:+33612546944 END:VCARD</lom:entity></lom:contribute></lom:lifeCycle>
<lom:technical><lom:location>https://ex.example/energie\n</lom:location></lom:technical>
<lom:educational><lom:learningResourceType><lom:value>{BASE}exercise</lom:value><lom:label>exercice</lom:label></lom:learningResourceType>
  <lom:typicalLearningTime><lom:duration>PT1H30M</lom:duration></lom:typicalLearningTime>
  <scolomfr:educationalMethod><scolomfr:value>{BASE}scolomfr-voc-018-num-003</scolomfr:value><scolomfr:label>en groupe</scolomfr:label></scolomfr:educationalMethod></lom:educational>
<lom:relation><lom:kind><lom:value>{BASE}scolomfr-voc-009-num-028</lom:value><lom:label>a pour vignette</lom:label></lom:kind>
  <lom:resource><lom:identifier><lom:entry>https://ex.example/v.png</lom:entry></lom:identifier></lom:resource></lom:relation>
<lom:rights><lom:cost><lom:value>{BASE}no</lom:value></lom:cost></lom:rights>
<lom:classification><lom:purpose><lom:value>{BASE}educational_level</lom:value></lom:purpose>
  <lom:taxonPath><lom:source><lom:string>http://data.education.fr/voc/scolomfr/scolomfr-voc-022</lom:string></lom:source>
    <lom:taxon><lom:id>{BASE}scolomfr-voc-022-num-626</lom:id><lom:entry><lom:string>Niveau éducatif détaillé (2015-)</lom:string></lom:entry></lom:taxon>
    <lom:taxon><lom:id>{BASE}scolomfr-voc-022-num-016</lom:id><lom:entry><lom:string>collège</lom:string></lom:entry></lom:taxon>
    <lom:taxon><lom:id>{BASE}scolomfr-voc-022-num-021\n</lom:id><lom:entry><lom:string>4e</lom:string></lom:entry></lom:taxon>
  </lom:taxonPath></lom:classification>
</lom:lom>"
    )
}

fn read_all(text: &str) -> Vec<Record> {
    let mut records = Vec::new();
    let vocabularies = Vocabularies::built_in();
    read_alone(&mut text.as_bytes(), "n-1", &vocabularies, &mut |it| records.push(it)).unwrap();
    records
}

fn taken(text: &str) -> (Notice, Vec<String>) {
    let mut records = read_all(text).into_iter();
    let notice = match records.next() {
        Some(Record::Notice(notice)) => *notice,
        other => panic!("{other:?}"),
    };
    let remark = |it| {
        let Record::Remark(remark) = it else { panic!("{it:?}") };
        format!("{}: {}", remark.place, remark.message)
    };
    (notice, records.map(remark).collect())
}

/// Rules and messages by which the notice, with `from` replaced by `to`, is refused.
fn refusals(from: &str, to: &str) -> Vec<(&'static str, String)> {
    let text = notice();
    assert!(text.contains(from), "{from}");
    match read_all(&text.replace(from, to)).into_iter().next() {
        Some(Record::Refused(it)) => {
            it.reasons.into_iter().map(|it| (it.rule.slug(), it.message)).collect()
        }
        other => panic!("{other:?}"),
    }
}

/// The remarks on the notice with `from` replaced by `to`, but for the one on personal data.
fn remarks(from: &str, to: &str) -> Vec<String> {
    let text = notice();
    assert!(text.contains(from), "{from}");
    let mut remarks = taken(&text.replace(from, to)).1;
    remarks.retain(|it| !it.contains("personal data taken out"));
    remarks
}

#[test]
fn a_notice_with_all_its_quirks_is_read() {
    let (it, remarks) = taken(&notice());
    assert_eq!(it.title, "L’énergie & nous");
    assert_eq!(it.description, "Écrire à [retiré] ou au [retiré], ISBN 978-2-07-064309-7.");
    assert_eq!(it.details.keywords, ["énergie", "contact [retiré]"]);
    assert_eq!(it.details.identifiers, ["ark:/00000/038fa0b9-8bf3", "9782070643097"]);
    assert_eq!(it.details.languages, ["fr"]);
    assert_eq!(it.details.publisher.as_deref(), Some("Éditions Exemple"));
    assert_eq!(it.details.minutes, Some(90));
    assert_eq!(it.details.features, [Feature::Exercises, Feature::Collaborative]);
    assert_eq!((it.kind, it.free), (Some(Kind::Exercises), true));
    assert_eq!(it.url.as_deref(), Some("https://ex.example/energie"));
    assert_eq!(it.details.thumbnail_url.as_deref(), Some("https://ex.example/v.png"));
    assert_eq!(it.levels, ["4e"]);
    let level = it.details.of(Facet::Level).next().unwrap();
    let labels: Vec<_> = level.path.iter().map(|it| it.label.as_str()).collect();
    assert_eq!(labels, ["collège", "4e"], "without the name of the version");
    assert_eq!(level.concept().unwrap().id, "scolomfr-voc-022-num-021");
    assert_eq!(
        remarks,
        ["/lom, line 1: personal data taken out: 1 vCards, 2 texts with an e-mail address or a \
          telephone number; they should not be sent"]
    );
    assert_eq!(it.details.check(), Ok(()));
}

#[test]
fn a_default_namespace_reads_the_same() {
    let plain =
        notice().replace("lom:", "").replace("scolomfr:educ", "educ").replace("scolomfr:", "");
    let (plain, _) = taken(&plain);
    let (prefixed, _) = taken(&notice());
    assert_eq!(Notice { raw: prefixed.raw, ..plain }, prefixed);
}

#[test]
fn each_refusal_says_what_and_where() {
    let one = |from, to| {
        let all = refusals(from, to);
        assert_eq!(all.len(), 1, "{all:?}");
        all.into_iter().next().unwrap()
    };
    assert_eq!(
        one("<lom:lifeCycle>", "<lom:general/><lom:lifeCycle>"),
        (
            "second-general",
            "/lom/general[2], line 16: a second general element: expected one, with all that is \
             general"
                .into()
        )
    );
    assert_eq!(
        one("lom:title>", "lom:titre>"),
        ("field-missing", "/lom/general, line 2: title: missing, or without a string".into())
    );
    assert_eq!(one("&amp;", "&eacute;").0, "unknown-entity");
    let renamed = notice().replace("lom:lom", "lom:mol");
    let Record::Refused(it) = &read_all(&renamed)[0] else { panic!("taken") };
    assert_eq!(it.reasons[0].rule, Rule::NotANotice);
    let empty = read_all("<lom/>");
    assert!(
        matches!(&empty[0], Record::Refused(it) if it.reasons[0].message == "/lom, line 1: general: missing")
    );
    let nowhere = read_all("<lom><general><title>a</title></general></lom>");
    assert!(matches!(&nowhere[0], Record::Refused(it) if it.reasons[0].rule == Rule::FieldMissing));
}

#[test]
fn what_could_be_better_is_remarked() {
    let one = |from, to| {
        let all = remarks(from, to);
        assert_eq!(all.len(), 1, "{all:?}");
        all.into_iter().next().unwrap()
    };
    assert!(one("lom:purpose>", "lom:but>").contains("a classification without a purpose"));
    assert!(one("PT1H30M", "90 minutes").contains("`90 minutes` is not a duration"));
    assert!(one("2-07-064309-3", "2-07-064309-4").contains("is not an ISBN"));
    assert!(one("https://ex.example/energie", "ex.example/energie").contains("http:// address"));
    assert!(one("https://ex.example/energie", "https://ex.example/?m=a@b.fr").contains("left out"));
    assert!(one("ORG:Éditions Exemple ", "").contains("has no ORG"));
    assert!(
        one("scolomfr-voc-022</lom:string>", "scolomfr-voc-015</lom:string>")
            .contains("declares vocabulary 015")
    );
    assert!(one("iso639-2/fre\n<", "klingon!<").contains("is not a language"));
}

#[test]
fn personal_data_leave_in_nothing() {
    let address = "jean.dupont@ac-lyon.fr";
    let number = "06 12 34 56 78";
    for from in [
        "énergie",
        "PT1H30M",
        "2-07-064309-3",
        "Éditions Exemple",
        "L’énergie",
        "collège",
        "exercise",
        "fre\n",
        "num-021",
        "publisher",
        "https://ex.example/energie",
        "en groupe",
        "ark",
        "educational_level",
    ] {
        for personal in [address, number] {
            let text = notice().replace(from, &format!("{from} {personal}"));
            let said = format!("{:?}", read_all(&text));
            assert!(!said.contains(personal), "{from}: {said}");
        }
    }
    let text = notice().replace("lom:title", address);
    let mut records = Vec::new();
    let wrong = read_alone(&mut text.as_bytes(), "n", &Vocabularies::built_in(), &mut |it| {
        records.push(it);
    });
    assert!(!format!("{wrong:?} {records:?}").contains(address));
}

#[test]
fn a_notice_with_too_much_of_everything_is_cut() {
    let keywords: Vec<String> =
        (0..100).map(|it| format!("<lom:keyword>k{it}</lom:keyword>")).collect();
    let keywords = keywords.concat();
    let text = notice()
        .replace("</lom:general>", &format!("{keywords}</lom:general>"))
        .replace("L’énergie", &"é".repeat(1_000))
        .replace("Écrire", &"mot ".repeat(10_000));
    let (it, remarks) = taken(&text);
    assert_eq!(it.details.keywords.len(), 30);
    assert_eq!((it.title.chars().count(), it.description.chars().count()), (300, 20_000));
    assert!(remarks.iter().any(|it| it.contains("cut to 20000 characters")));
    assert!(remarks.iter().any(|it| it.contains("keyword: 102 values, 30 kept")));
    assert_eq!(it.details.check(), Ok(()));
}

#[test]
fn a_hostile_notice_takes_no_longer_than_another() {
    let general = "<general/>".repeat(20_000);
    let records = read_all(&format!("<lom>{general}</lom>"));
    assert!(matches!(&records[0], Record::Refused(it) if it.reasons.len() == 50));
    let keywords: Vec<String> = (0..16_000).map(|it| format!("<keyword>{it}</keyword>")).collect();
    let fill = [
        keywords.concat(),
        format!("<description>{}</description>", "&lt;".repeat(100_000)),
        format!("<description>{}</description>", "&x;".repeat(100_000)),
        format!("<description>{}</description>", "06 ".repeat(100_000)),
        format!(
            "<a {}/>",
            (0..50_000).map(|it| format!("a{it}=\"\" ")).collect::<Vec<_>>().concat()
        ),
    ];
    for content in fill {
        assert!(!read_all(&format!("<lom><general>{content}</general></lom>")).is_empty());
    }
    let role = "<role><value>publisher</value></role>";
    let card = format!("<entity>{}</entity>", "N: ORG ".repeat(100_000));
    read_all(&format!("<lom><lifeCycle><contribute>{role}{card}</contribute></lifeCycle></lom>"));
}

#[test]
fn a_value_without_a_label_keeps_no_personal_data() {
    let text = notice()
        .replace(&format!("{BASE}exercise"), "jean@x.fr")
        .replace("<lom:label>exercice</lom:label>", "");
    assert!(!format!("{:?}", read_all(&text)).contains("jean@x.fr"));
}

#[test]
fn dublin_core_is_read_when_there_is_nothing_better() {
    let (it, remarks) = taken(
        "<oai_dc:dc xmlns:oai_dc=\"o\" xmlns:dc=\"d\"><dc:title xml:lang=\"en\">Energy</dc:title>\
         <dc:title xml:lang=\"fr\">Énergie</dc:title><dc:description>&lt;p>Un&lt;/p>&lt;p>Deux\
         &lt;/p></dc:description><dc:subject>Mathématiques</dc:subject><dc:subject>6e</dc:subject>\
         <dc:language>fre</dc:language><dc:identifier>https://ex.example/e</dc:identifier>\
         <dc:identifier>ISBN 9782070643097</dc:identifier><dc:type>http://purl.org/dc/dcmitype/Sound\
         </dc:type><dc:rights>Gratuit</dc:rights></oai_dc:dc>",
    );
    assert_eq!((it.title.as_str(), it.description.as_str()), ("Énergie", "Un\nDeux"));
    assert_eq!(
        (&it.subjects[..], &it.levels[..]),
        (&["mathematiques".into()][..], &["6e".into()][..])
    );
    assert_eq!(it.details.identifiers, ["9782070643097"]);
    assert_eq!((it.kind, it.free), (Some(Kind::Media), true));
    assert_eq!(it.url.as_deref(), Some("https://ex.example/e"));
    assert_eq!(remarks, [""; 0]);
}
