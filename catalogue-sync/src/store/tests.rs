//! What is kept of feeds, one rule each.

use ledger_core::digest::Digest;
use ledger_core::offer::{Billing, Details, Kind, Licence, Listing, Price, Scope};
use ledger_core::partner::FeedFormat;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::feed::{Access, Notice, Reason, Record, RefusedOffer, Rule, Withdrawn};

const PARTNER: PartnerId = PartnerId(Uuid::from_u128(1));

fn store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Stores::in_folder(folder.path()).open(PARTNER).unwrap();
    (folder, store)
}

fn offer(reference: &str, identifier: &str) -> Record {
    Record::Offer(Box::new(Listing {
        reference: reference.into(),
        title: reference.to_owned(),
        description: String::new(),
        kind: Kind::Activity,
        subjects: vec![],
        levels: vec![],
        price: Price::free(),
        billing: Billing::Once,
        licence: Licence { scope: Scope::Class, days: None },
        url: None,
        specimen_url: None,
        video_url: None,
        accessibility: None,
        identifier: Some(identifier.into())
            .filter(|it: &compact_str::CompactString| !it.is_empty()),
        prices: vec![],
        details: Details::default(),
    }))
}

fn notice(reference: &str, identifier: &str, free: bool) -> Record {
    Record::Notice(Box::new(Notice {
        reference: reference.into(),
        title: "Une notice".to_owned(),
        description: "Ce que c’est.".to_owned(),
        kind: None,
        subjects: vec!["mathematiques".into()],
        levels: vec![],
        url: Some("https://partenaire.example/1".to_owned()),
        free,
        accessibility: None,
        details: Details { identifiers: vec![identifier.into()], ..Details::default() },
        raw: Digest::of(b""),
    }))
}

fn access(reference: &str) -> Record {
    Record::Access(Box::new(Access {
        reference: reference.into(),
        title: String::new(),
        available: true,
        identifiers: vec![],
    }))
}

fn refused(reference: &str) -> Record {
    Record::Refused(RefusedOffer {
        reference: Some(reference.into()),
        title: None,
        place: "offers[0]".to_owned(),
        reasons: vec![Reason::new(Rule::NoPrice, "", "no price")],
    })
}

fn page(store: &mut Store, format: FeedFormat, run: i64, records: Vec<Record>) {
    let mut writing = store.writing(format, run, 1).unwrap();
    for it in records {
        writing.take(it);
    }
    writing.commit(&Progress::default()).unwrap();
}

fn joined(store: &Store) -> (Vec<Joined>, usize) {
    let mut all = Vec::new();
    let waiting = store.joined(|it| all.push(it)).unwrap();
    (all, waiting)
}

fn references(store: &Store) -> Vec<String> {
    joined(store).0.into_iter().map(|it| it.listing.reference.into()).collect()
}

#[test]
fn an_offer_is_joined_to_its_notice_by_isbn_ark_or_reference() {
    let (_folder, mut store) = store();
    let offers = vec![
        offer("A", "978-2-09-172953-4"),
        offer("B", "ark://49591/MOA//1"),
        offer("C", ""),
        offer("D", ""),
    ];
    page(&mut store, FeedFormat::Json, 1, offers);
    let notices = vec![
        notice("oai:1", "9782091729534", false),
        notice("oai:2", "ark:/49591/MOA/1", false),
        notice("oai:3", "C", false),
        notice("oai:4", "nobody", false),
        notice("oai:5", "nobody either", true),
    ];
    page(&mut store, FeedFormat::Oai, 1, notices);
    page(&mut store, FeedFormat::Gar, 1, vec![access("ark:/49591/MOA/1")]);
    let (all, waiting) = joined(&store);
    let told: Vec<_> = all
        .iter()
        .map(|it| {
            let it = &it.listing;
            (it.reference.as_str(), !it.description.is_empty(), it.details.gar)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("A", true, false),
            ("B", true, true),
            ("C", true, false),
            ("D", false, false),
            ("oai:5", true, false)
        ]
    );
    assert_eq!(waiting, 1, "described, and not priced");
    assert!(all[4].described_only && all[4].listing.price.amount.is_zero());
}

#[test]
fn what_a_whole_feed_does_not_name_is_forgotten() {
    let (_folder, mut store) = store();
    page(&mut store, FeedFormat::Json, 1, vec![offer("A", ""), offer("B", ""), offer("C", "")]);
    page(&mut store, FeedFormat::Json, 2, vec![offer("A", ""), refused("B")]);
    assert_eq!(store.counts(FeedRole::Offers, 2).unwrap(), (2, 3), "what is refused is named");
    store.forget_unnamed(FeedRole::Offers, 2).unwrap();
    assert_eq!(references(&store), ["A", "B"], "what is refused stays as it was");
}

#[test]
fn what_was_refused_is_told_until_it_is_named_again() {
    let (_folder, mut store) = store();
    page(&mut store, FeedFormat::Json, 1, vec![refused("A"), refused("B")]);
    page(&mut store, FeedFormat::Json, 2, vec![offer("A", "")]);
    let findings = store.findings(FeedRole::Offers, 10).unwrap();
    assert_eq!(findings.refused, 1);
    assert_eq!(findings.refusals[0].reference.as_deref(), Some("B"));
    assert_eq!(store.refused(FeedRole::Offers).unwrap(), ["B"]);
}

#[test]
fn a_reference_that_comes_twice_is_kept_once_and_said() {
    let (_folder, mut store) = store();
    page(&mut store, FeedFormat::Json, 1, vec![offer("A", "1"), offer("A", "2")]);
    let findings = store.findings(FeedRole::Offers, 10).unwrap();
    assert_eq!(findings.refusals[0].reasons[0].rule, Rule::Duplicate);
    assert_eq!(joined(&store).0[0].listing.identifier.as_deref(), Some("1"));
}

#[test]
fn what_is_withdrawn_by_name_waits_to_be_taken_off_sale() {
    let (_folder, mut store) = store();
    page(&mut store, FeedFormat::Json, 1, vec![offer("A", ""), offer("B", "")]);
    let gone = Withdrawn { reference: "A".into(), reason: "épuisé".into() };
    page(&mut store, FeedFormat::Json, 2, vec![Record::Gone(gone.clone())]);
    assert_eq!(references(&store), ["B"]);
    assert_eq!(store.gone().unwrap(), [gone]);
    store.forget_gone().unwrap();
    assert_eq!(store.gone().unwrap(), []);
}

#[test]
fn a_page_that_is_not_committed_leaves_nothing() {
    let (folder, mut store) = store();
    let mut writing = store.writing(FeedFormat::Json, 1, 1).unwrap();
    writing.take(offer("A", ""));
    drop(writing);
    drop(store);
    let store = Stores::in_folder(folder.path()).open(PARTNER).unwrap();
    assert!(references(&store).is_empty());
}

#[test]
fn a_feed_at_another_address_is_read_from_its_beginning() {
    let (_folder, store) = store();
    let progress =
        Progress { url: "https://a.example/".to_owned(), failures: 2, ..Progress::default() };
    store.keep(FeedRole::Offers, 7, &progress).unwrap();
    let read = |url| store.progress(FeedRole::Offers, url).unwrap();
    assert_eq!(read("https://a.example/"), (progress, 7));
    let (new, run) = read("https://b.example/");
    assert_eq!((new.failures, run), (0, 7), "what it told before is of an earlier run");
}

#[test]
fn a_file_that_cannot_be_read_is_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(format!("{PARTNER}.sqlite")), "not a database at all")
        .unwrap();
    let store = Stores::in_folder(folder.path()).open(PARTNER).unwrap();
    assert!(references(&store).is_empty());
}

#[test]
fn a_pass_that_nobody_waits_for_writes_over_no_later_one() {
    let (_folder, mut store) = store();
    page(&mut store, FeedFormat::Json, 2, vec![offer("A", "")]);
    let late = store.writing(FeedFormat::Json, 1, 1).err().unwrap();
    assert!(late.to_string().contains("another pass"), "{late}");
    assert_eq!(store.counts(FeedRole::Offers, 2).unwrap(), (1, 1));
}
