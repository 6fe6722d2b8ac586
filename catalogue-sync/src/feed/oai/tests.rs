//! What the loop that harvests a repository may rely on.

use chrono::TimeDelta;

use super::*;
use crate::feed::{Extent, RefusedOffer, Rule};
use crate::vocabularies::Vocabularies;

fn record(id: &str, stamp: &str) -> String {
    format!(
        "<record><header><identifier>{id}</identifier><datestamp>{stamp}</datestamp><setSpec/>\
         </header><metadata><lom><general><identifier><entry>{id}</entry></identifier><title>\
         <string>Titre</string></title></general></lom></metadata></record>"
    )
}

fn answer(content: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<oai:OAI-PMH xmlns:oai=\"http://o/\">\
         <oai:responseDate>2026-04-12T02:55:49.738854</oai:responseDate>\n{content}</oai:OAI-PMH>"
    )
}

fn list(records: &str) -> String {
    answer(&format!("<ListRecords>{records}</ListRecords>"))
}

fn read_bytes(bytes: &[u8]) -> Result<(Page, Vec<Record>), FeedError> {
    let vocabularies = Vocabularies::built_in();
    let today = "2026-09-01".parse().unwrap();
    let context = Context { today, extent: Extent::Changes, vocabularies: &vocabularies };
    let mut records = Vec::new();
    let mut body = std::io::BufReader::with_capacity(64, bytes);
    let page = read(&mut body, &context, &mut |it| records.push(it))?;
    Ok((page, records))
}

fn page(text: &str) -> (Page, Vec<Record>) {
    read_bytes(text.as_bytes()).unwrap()
}

fn wrong(text: &str) -> FeedError {
    read_bytes(text.as_bytes()).unwrap_err()
}

fn refusal(record: &Record) -> &RefusedOffer {
    let Record::Refused(it) = record else { panic!("{record:?}") };
    it
}

#[test]
fn a_page_gives_its_records_its_token_and_its_dates() {
    let records = [
        record("oai:x:1", "2026-01-12"),
        record("oai:x:2", "2026-01-13T10:00:00.123456789Z"),
        "<record><header status=\"deleted\"><identifier>oai:x:3</identifier><datestamp>2026-01-11\
         </datestamp></header></record><resumptionToken completeListSize=\"9\"> a|b </resumptionToken>"
            .to_owned(),
    ];
    let (page, records) = page(&list(&records.concat()));
    assert!(matches!(&records[0], Record::Notice(it) if it.reference == "oai:x:1"));
    assert!(matches!(&records[2], Record::Gone(it) if it.reference == "oai:x:3"));
    assert_eq!((records.len(), page.next.as_deref()), (3, Some("a|b")));
    assert_eq!(page.as_of.unwrap().timestamp_subsec_micros(), 738_854, "no time zone is UTC");
}

#[test]
fn the_last_page_has_no_token_or_an_empty_one() {
    let one = record("oai:x:1", "2026-01-12");
    for end in ["", "<resumptionToken/>", "<resumptionToken cursor=\"9\"> </resumptionToken>"] {
        assert_eq!(page(&list(&format!("{one}{end}"))).0.next, None);
    }
}

#[test]
fn the_same_notice_has_the_same_fingerprint_whenever_it_changed() {
    let raw = |text: &str| {
        let Record::Notice(it) = &page(text).1[0] else { panic!("refused") };
        it.raw
    };
    let one = raw(&list(&record("oai:x:1", "2026-01-12")));
    assert_eq!(one, raw(&list(&format!("\n{}", record("oai:x:1", "2026-02-12")))));
    assert_ne!(one, raw(&list(&record("oai:x:1", "2026-01-12").replace("Titre", "Autre"))));
}

#[test]
fn nothing_that_matches_is_an_empty_page() {
    let (page, records) = page(&answer("<error code=\"noRecordsMatch\">none</error>"));
    assert_eq!((records, page.next), (vec![], None));
}

#[test]
fn a_repositorys_refusals_can_be_acted_upon() {
    for code in OaiError::ALL {
        if matches!(code, OaiError::NoRecordsMatch | OaiError::Unknown) {
            continue;
        }
        let text = answer(&format!("<error code=\"{code}\">Ask admin@x.fr</error>"));
        assert_eq!(wrong(&text), FeedError::Oai { code, message: "Ask [retiré]".into() });
    }
    let text = answer("<error code=\"whatever\"/>");
    assert_eq!(wrong(&text), FeedError::Oai { code: OaiError::Unknown, message: String::new() });
}

#[test]
fn one_bad_record_does_not_spoil_the_others() {
    let good = record("oai:x:9", "2026-01-12");
    for (bad, rule) in [
        ("<record/>".into(), Rule::FieldMissing),
        (record("", "2026-01-12"), Rule::FieldMissing),
        (record(&"x".repeat(121), "2026-01-12"), Rule::Length),
        (record("oai:x:jean@x.fr", "2026-01-12"), Rule::PersonalData),
        (record("oai:x:1", "").replace("lom>", "mods>"), Rule::NotANotice),
        ("<record><header><identifier>a</identifier></header></record>".into(), Rule::FieldMissing),
        (
            "<record><header><identifier>a</identifier></header><metadata/></record>".into(),
            Rule::FieldMissing,
        ),
    ] {
        let (_, records) = page(&list(&format!("{bad}{good}")));
        assert_eq!(refusal(&records[0]).reasons[0].rule, rule, "{records:?}");
        assert!(!format!("{records:?}").contains("jean@x.fr"));
        assert!(matches!(records.last(), Some(Record::Notice(_))));
    }
}

#[test]
fn a_record_that_comes_twice_is_taken_again_only_if_it_changed() {
    let twice = |second: &str| {
        let records = record("oai:x:1", "2026-01-12") + &record("oai:x:1", second);
        page(&list(&records)).1
    };
    assert!(matches!(&twice("2026-01-13")[1], Record::Notice(_)));
    for second in ["2026-01-12", "2026-01-11", ""] {
        let records = twice(second);
        let refused = refusal(&records[1]);
        assert_eq!(refused.reasons[0].rule, Rule::Duplicate);
        assert_eq!(refused.place, "/OAI-PMH/ListRecords/record[2], line 3");
    }
}

#[test]
fn what_is_not_an_answer_is_told() {
    for text in
        ["", "Maintenance", "<html><body/></html>", "<OAI-PMH/>", "<OAI-PMH><ListSets/></OAI-PMH>"]
    {
        assert!(matches!(wrong(text), FeedError::NotThisFormat { .. }), "{text}");
    }
    assert!(
        matches!(wrong(&list("<record></OAI-PMH>")), FeedError::Malformed { place, .. } if place == "line 3")
    );
}

#[test]
fn a_hostile_answer_is_refused_whole() {
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let metadata = |it: &str| list(&record("oai:x:1", "2026-01-12").replace("Titre", it));
    assert!(matches!(wrong(&metadata(&deep)), FeedError::TooDeep { max: 64, .. }));
    let flat = "<a/>".repeat(50_001);
    assert!(matches!(wrong(&metadata(&flat)), FeedError::TooLarge { max: 50_000, .. }));
    let long = "a".repeat(10 << 20);
    assert!(matches!(wrong(&metadata(&long)), FeedError::TooLong { .. }));
    let tag = format!("<{long}/>");
    assert!(matches!(wrong(&metadata(&tag)), FeedError::TooLong { .. }));
    let attribute = format!("<a b=\"{long}\"/>");
    assert!(matches!(wrong(&metadata(&attribute)), FeedError::TooLong { .. }));
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]>";
    assert_eq!(wrong(&list("").replace("?>", &format!("?>{bomb}"))), FeedError::Entities);
    assert_eq!(
        wrong(&list(&record("oai:x:1", "").replace("<lom>", &format!("{bomb}<lom>")))),
        FeedError::Entities
    );
    let latin = list(&record("oai:x:1", "")).replace("Titre", "\u{1}\u{2}\u{3}");
    let latin: Vec<u8> = latin.bytes().map(|it| if it < 8 { 0xe9 } else { it }).collect();
    let told = read_bytes(&latin).unwrap_err().to_string();
    assert!(told.starts_with("not text: "), "{told}");
    let many: Vec<String> =
        (0..1_000).map(|it| record(&format!("oai:x:{it}"), "2026-01-12")).collect();
    let many = many.concat();
    assert_eq!(page(&list(&many)).1.len(), 1_000, "no limit on honest records");
}

#[test]
fn a_repository_says_what_it_is() {
    let identify = |content: &str| {
        identify(&mut answer(&format!("<Identify>{content}</Identify>")).as_bytes()).unwrap()
    };
    let it = identify(
        "<adminEmail>admin@x.fr</adminEmail><earliestDatestamp>2020-01-01T00:00:00Z\
         </earliestDatestamp><deletedRecord>persistent</deletedRecord><granularity>\
         YYYY-MM-DDThh:mm:ssZ</granularity>",
    );
    assert_eq!(
        it,
        Identity {
            granularity: Granularity::Second,
            deleted_record: DeletedRecord::Persistent,
            earliest: Some("2020-01-01T00:00:00Z".parse().unwrap()),
        }
    );
    let it =
        identify("<granularity>YYYY-MM-DD</granularity><deletedRecord>transient</deletedRecord>");
    assert_eq!((it.granularity, it.deleted_record), (Granularity::Day, DeletedRecord::Transient));
    assert_eq!(identify("").deleted_record, DeletedRecord::No);
    let error = answer("<error code=\"badVerb\">no</error>");
    assert!(matches!(super::identify(&mut error.as_bytes()), Err(FeedError::Oai { .. })));
}

#[test]
fn dates_of_any_precision_are_read() {
    let day = instant("2026-01-12").unwrap();
    assert_eq!(instant(" 2026-01-12T00:00:00Z\n"), Some(day));
    assert_eq!(instant("2026-01-12T01:00:00+01:00"), Some(day));
    assert_eq!(instant("2026-01-12T00:00:00.000001"), Some(day + TimeDelta::microseconds(1)));
    assert_eq!((instant("hier"), instant("")), (None, None));
}
