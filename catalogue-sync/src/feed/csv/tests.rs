//! What a small publisher may rely on, row by row.

use ledger_core::offer::{Billing, Conformance, Feature, Kind, Scope};

use super::*;
use crate::feed::{Extent, Feed, Format};

const NAMES: &str = "reference;titre;type;prix_ttc;tva;licence;duree_jours;niveaux;matieres";
const ROW: &str = "A-1;Les fractions;exercices;12,50;20;classe;365;CM1|Sixième;Mathématiques";

fn read_bytes(bytes: &[u8]) -> Result<Feed, FeedError> {
    let context = Context {
        today: "2026-09-01".parse().unwrap(),
        extent: Extent::Full,
        vocabularies: &crate::vocabularies::Vocabularies::built_in(),
    };
    Feed::of(Format::Csv, bytes, &context)
}

fn table(rows: &[&str]) -> Feed {
    read_bytes(format!("{NAMES}\n{}\n", rows.join("\n")).as_bytes()).unwrap()
}

/// The reasons by which the only row of a table, `ROW` with `from` replaced by `to`, is refused.
fn refusals(from: &str, to: &str) -> Vec<(Rule, String)> {
    assert!(ROW.contains(from), "{from}");
    let feed = table(&[&ROW.replacen(from, to, 1)]);
    assert_eq!(feed.offers, [], "taken all the same");
    let reasons = feed.refused.iter().flat_map(|it| &it.reasons);
    reasons.map(|it| (it.rule, it.message.clone())).collect()
}

#[test]
fn a_row_is_an_offer() {
    let feed = table(&[ROW]);
    assert_eq!((&feed.refused[..], &feed.remarks[..]), (&[][..], &[][..]));
    let it = &feed.offers[0];
    assert_eq!(
        (it.reference.as_str(), it.kind, it.billing),
        ("A-1", Kind::Exercises, Billing::Once)
    );
    assert_eq!(
        (it.levels.as_slice(), it.subjects.as_slice()),
        (&["cm1".into(), "6e".into()][..], &["mathematiques".into()][..])
    );
    assert_eq!(
        (it.price.amount.cents(), it.price.vat[0].base, it.price.vat[0].tax),
        (12_50, 10_42, 2_08)
    );
    assert_eq!((it.licence.scope, it.licence.days), (Scope::Class, Some(365)));
}

#[test]
fn every_column_is_read() {
    let text = "\u{feff}Référence,Titre,Description,Type,Matière(s),Niveau(x),Prix TTC,TVA,prix_promo_ttc,\
        promo_du,promo_au,Licence,Durée (jours),Paiement,URL,Spécimen,Vidéo,Vignette,Accessibilité,\
        Conformité,ISBN,ARK,Langues,Mots-clés,Termes,Usages,Durée minutes,Prérequis,RGPD,GAR,Éditeur\r\n\
        \"B \"\"1\"\"\",Titre,\"Une ligne,\r\npuis une autre\",Manuel numérique,SVT,cycle 4,\"1 024,50 €\",\"5,5 %\",900,\
        01/11/2026,2026-11-30,Établissement,illimitée,Abonnement,https://ex.example/b,https://ex.example/s,\
        https://ex.example/v,https://ex.example/c.png,Sous-titres,Partiellement conforme,978-2-07-054127-0,\
        ark:49591/ex/1,fre|anglais,cellules|vivant,scolomfr-voc-022-num-021,Avec exercices|hors ligne,45 min,\
        Aucun,Aucune donnée,oui,Ex\r\n";
    let feed = read_bytes(text.as_bytes()).unwrap();
    assert_eq!((&feed.refused[..], &feed.remarks[..]), (&[][..], &[][..]));
    let it = &feed.offers[0];
    assert_eq!(
        (it.reference.as_str(), it.description.as_str()),
        ("B \"1\"", "Une ligne,\npuis une autre")
    );
    assert_eq!((it.price.amount.cents(), it.price.vat[0].rate), (1_024_50, 550));
    assert_eq!(it.price_on("2026-11-15".parse().unwrap()).amount.cents(), 900_00);
    assert_eq!(
        (it.licence.scope, it.licence.days, it.billing),
        (Scope::School, None, Billing::Subscription)
    );
    assert_eq!(it.video_url.as_deref(), Some("https://ex.example/v"));
    let details = &it.details;
    assert_eq!(details.identifiers, ["9782070541270", "ark:/49591/ex/1"]);
    assert_eq!(it.identifier.as_deref(), Some("9782070541270"));
    assert_eq!(
        (&details.languages[..], &details.keywords[..]),
        (&["fr".into(), "en".into()][..], &["cellules".into(), "vivant".into()][..])
    );
    assert_eq!(details.features, [Feature::Exercises, Feature::Offline]);
    assert_eq!(
        (details.minutes, details.conformance, details.gar),
        (Some(45), Some(Conformance::Partial), true)
    );
    assert_eq!(details.terms[0].path.len(), 2);
    assert!(details.prerequisites.is_some() && details.data_protection.is_some());
    assert!(details.publisher.is_some() && details.thumbnail_url.is_some());
}

#[test]
fn a_bad_row_is_refused_with_every_reason_and_its_line() {
    let rows = [
        ROW,
        "",
        "A-2;\"Deux\nlignes\";jeu;douze;19;\"\"\"classe\"\"\";0",
        ";;;;;;",
        "A-3;;;;;;",
        "A-1;Encore;media;0;;classe",
    ];
    let feed = table(&rows);
    assert_eq!(feed.offers.len(), 1);
    let told: Vec<(&str, Vec<Rule>)> = feed
        .refused
        .iter()
        .map(|it| (&*it.place, it.reasons.iter().map(|it| it.rule).collect()))
        .collect();
    let missing = Rule::FieldMissing;
    assert_eq!(
        told,
        [
            ("line 4", vec![Rule::UnknownValue, Rule::WrongType]),
            ("line 7", vec![missing; 4]),
            ("line 8", vec![Rule::Duplicate]),
        ]
    );
    let messages: Vec<&str> = feed.refused[0].reasons.iter().map(|it| &*it.message).collect();
    assert!(
        messages[0].starts_with("type: found `jeu`, expected one of manuel, activite"),
        "{messages:?}"
    );
    assert_eq!(messages[1], "prix_ttc: found `douze`, expected a sum in euros, as in 12,50");
    assert_eq!(
        feed.refused[2].reasons[0].message,
        "reference A-1 is also that of line 2, which is kept"
    );
    assert_eq!(feed.refused[0].title.as_deref(), Some("Deux\nlignes"));
}

#[test]
fn what_the_ledger_would_refuse_is_refused_with_its_rule() {
    let rule = |from: &str, to: &str| refusals(from, to)[0].0;
    assert_eq!(rule(";20;", ";19;"), Rule::VatRate);
    assert_eq!(rule(";20;", ";;"), Rule::VatMissing);
    assert_eq!(rule("12,50", "1000001"), Rule::PriceTooHigh);
    assert_eq!(rule("365", "0"), Rule::LicenceDays);
    assert_eq!(rule("Sixième", "Sans niveau"), Rule::Word);
    assert_eq!(rule("Les fractions", "a\u{7}b"), Rule::ControlCharacter);
    assert_eq!(rule("classe", "commune"), Rule::UnknownValue);
    assert_eq!(
        refusals("Mathématiques", "Mathématiques;de trop"),
        [(
            Rule::WrongType,
            "10 cells, the first line has 9: put text that holds the separator in quotes"
                .to_owned()
        )]
    );
}

#[test]
fn a_row_may_say_that_an_offer_is_gone() {
    let feed = read_bytes(b"sep=,\nref,titre,type,prix_ttc_centimes,licence,supprime\nA,,,,,oui\nB,T,outil,0,classe,non\n").unwrap();
    assert_eq!((feed.offers.len(), feed.refused.len()), (1, 0));
    assert_eq!(feed.withdrawn[0].reference, "A");
    assert!(feed.offers[0].price.amount.is_zero());
}

#[test]
fn what_excel_writes_is_read() {
    let text = format!("{NAMES}\r\n{}\r\n", ROW.replace("Les fractions", "L’élève à 12 €"));
    let windows = encoding_rs::WINDOWS_1252.encode(&text).0;
    assert!(std::str::from_utf8(&windows).is_err());
    let read = read_bytes(&windows).unwrap();
    assert_eq!(read.offers[0].title, "L’élève à 12 €");
    assert_eq!(read_bytes(text.as_bytes()).unwrap(), read);
    assert_eq!(read_bytes(text.replace("\r\n", "\r").as_bytes()).unwrap(), read);
    assert_eq!(read_bytes(text.replace(';', "\t").as_bytes()).unwrap(), read);
    let utf16: Vec<u8> =
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read_bytes(&utf16).unwrap(), read);
}

#[test]
fn a_row_in_another_encoding_is_refused_alone() {
    let mut bytes = format!("{NAMES}\n{ROW}\n").into_bytes();
    bytes.extend(b"A-2;\xe9l\xe8ve;media;0;;classe\nA-3;Fin;media;0;;classe\n");
    let feed = read_bytes(&bytes).unwrap();
    assert_eq!((feed.offers.len(), feed.refused[0].reasons[0].rule), (2, Rule::Encoding));
    assert_eq!(feed.refused[0].place, "line 3");
}

#[test]
fn columns_that_are_not_read_are_told() {
    let text = format!("{NAMES};couleur;titre\n{ROW};bleu;encore\n");
    let feed = read_bytes(text.as_bytes()).unwrap();
    assert_eq!(feed.offers.len(), 1);
    let told: Vec<(&str, &str)> =
        feed.remarks.iter().map(|it| (&*it.place, &*it.message)).collect();
    assert_eq!(
        told,
        [
            ("line 1", "unknown column `couleur`, not read"),
            ("line 1", "column titre stands twice: the first one is read"),
        ]
    );
}

#[test]
fn what_is_no_table_is_refused_whole() {
    let said = |bytes: &[u8]| read_bytes(bytes).unwrap_err().to_string();
    assert!(said(b"PK\x03\x04\x14\0").contains("found a workbook (XLSX or ODS)"));
    assert!(said(b"\xd0\xcf\x11\xe0\xa1").contains("found a workbook (XLS)"));
    assert!(said(b"\n <!doctype html><html>").contains("a page of HTML"));
    assert!(said(b"{\"format\":\"offers/1\"}").contains("found JSON"));
    assert!(said(b"a\0b").contains("no text"));
    for empty in [&b""[..], b"\xef\xbb\xbf", b"\n\n", b"\xff\xfe"] {
        assert!(said(empty).contains("found nothing"), "{empty:?}");
    }
    assert!(said(b"Bonjour;le monde\n1;2\n").contains("no known column: `Bonjour le monde`"));
    assert!(said(b"reference;titre\n").contains("no column licence, prix_ttc and type"));
    let open = format!("{NAMES}\nA;\"{}", "mot\n".repeat(1_000));
    assert_eq!(said(open.as_bytes()), "line 2: cut off: a quote that opens a cell is never closed");
    let huge = format!("{NAMES}\nA;{}", "a".repeat(300_000));
    assert_eq!(said(huge.as_bytes()), "line 2: a record of more than 262144 bytes");
    let wide = format!("{NAMES}\n{}", ";".repeat(1_000));
    assert!(said(wide.as_bytes()).starts_with("line 2: "));
}

#[test]
fn a_table_cut_anywhere_is_read_or_refused() {
    let text = format!("{NAMES}\n{ROW}\nA-2;\"Une \"\"autre\"\"\";média;1,20;5,5;enseignant\n");
    let whole = text.as_bytes();
    for end in 0..whole.len() {
        if let Ok(feed) = read_bytes(&whole[..end]) {
            assert!(feed.offers.iter().all(|it| it.check().is_ok()));
            assert!(feed.refused.iter().all(|it| !it.reasons.is_empty()));
        }
    }
}
