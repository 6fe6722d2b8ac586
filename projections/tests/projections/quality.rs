//! What a teacher types over the demo's catalogue, and what must come in the first five.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use fixtures::offers::catalogue;
use fixtures::partners::PARTNERS;
use ledger_core::codec::Stored;
use ledger_core::event_log::{Append, EventLog, Memory, NewEvent};
use ledger_core::ids::OfferId;
use ledger_core::meta::{Actor, Meta};
use ledger_core::offer::{Kind, OfferEvent, OfferPublished};
use ledger_core::partner::{PartnerEvent, PartnerRegistered};
use ledger_core::stream::StreamId;
use projections::ReadModels;
use projections::search::{Hit, SearchRequest};
use uuid::Uuid;

/// One query a line: what is typed, then what must come.
const QUERIES: &str = include_str!("../search_quality/queries.txt");

/// How many offers are looked at.
const FIRST: usize = 5;

/// What was asked, and what came.
pub struct Answer {
    pub query: String,
    /// What did not come.
    pub missing: Vec<String>,
    /// Where the first of what must come stands, from 1; `None` when it is not among the first.
    pub rank: Option<usize>,
    /// The titles that came.
    pub came: Vec<String>,
}

/// The demo's catalogue, as a log.
async fn demo() -> Memory {
    let log = Memory::new();
    for partner in &PARTNERS {
        let registered = PartnerRegistered {
            siret: partner.siret(),
            name: partner.name.into(),
            agreement: "Convention 2026-17".into(),
        };
        append(&log, partner.id().into(), PartnerEvent::Registered(registered).encode()).await;
        for (place, mut item) in catalogue(partner, "https://demo.example").into_iter().enumerate()
        {
            // As its feed says it.
            if item.listing.kind == Kind::Book {
                item.listing.identifier = Some(format!("978209{place:07}").as_str().into());
            }
            let id = OfferId::of(partner.id(), &item.listing.reference);
            let digest = item.listing.digest();
            let listing = Box::new(item.listing);
            let published = OfferPublished { partner: partner.id(), listing, digest };
            append(&log, id.into(), OfferEvent::Published(published).encode()).await;
        }
    }
    log
}

async fn append(log: &Memory, stream: StreamId, event: NewEvent) {
    let at: DateTime<Utc> = "2026-09-01T08:00:00Z".parse().unwrap();
    let meta = Meta { at, by: Actor::PROCESS, cause: Uuid::nil() };
    log.append(Append { stream, expected: 0, meta, events: vec![event].into() }).await.unwrap();
}

/// All queries, asked.
pub async fn answers() -> Vec<Answer> {
    let folder = tempfile::tempdir().unwrap();
    let log = demo().await;
    let models = ReadModels::open(log.into(), folder.path().join("demo"), |_| ()).await.unwrap();
    let reader = models.now().unwrap();
    let lines = QUERIES.lines().filter(|it| !it.is_empty() && !it.starts_with('#'));
    let mut answers = Vec::new();
    for line in lines {
        let (query, expected) = line.split_once(" => ").expect(line);
        let text = query.trim().to_owned();
        let request = SearchRequest { text, limit: FIRST, ..SearchRequest::default() };
        let page = reader.search(&request).unwrap();
        // What is shown when a word too many was typed is an answer too.
        let instead = page.help.map(|it| it.instead).unwrap_or_default();
        let hits: Vec<Hit> = page.offers.into_iter().chain(instead).take(FIRST).collect();
        let expected: Vec<&str> = expected.split(" ; ").map(str::trim).collect();
        let missing = expected.iter().filter(|it| !hits.iter().any(|hit| is(hit, it)));
        answers.push(Answer {
            query: query.trim().to_owned(),
            missing: missing.map(|it| (*it).to_owned()).collect(),
            rank: hits.iter().position(|hit| is(hit, expected[0])).map(|it| it + 1),
            came: hits.iter().map(|it| it.offer.listing.title.clone()).collect(),
        });
    }
    answers
}

/// Whether `hit` is what `expected` says: a part of its title, `@` and its partner's name.
fn is(hit: &Hit, expected: &str) -> bool {
    match expected.strip_prefix('@') {
        Some(partner) => hit.offer.partner_name == partner,
        None => hit.offer.listing.title.contains(expected),
    }
}

/// How well they were answered: a line, then one for each that was not.
pub fn told(answers: &[Answer]) -> String {
    let mut told = String::new();
    let found = answers.iter().filter(|it| it.missing.is_empty()).count();
    // In thousandths: the mean of 1, 1/2, 1/3 … of the rank of the first that must come.
    let ranks = answers.iter().map(|it| it.rank.map_or(0, |it| 1_000 / it));
    let mean = ranks.sum::<usize>() / answers.len().max(1);
    let all = answers.len();
    let _ = write!(told, "quality: {found} of {all} queries answered in the first {FIRST}; ");
    let _ = write!(told, "mean reciprocal rank {},{:03}", mean / 1_000, mean % 1_000);
    for it in answers.iter().filter(|it| !it.missing.is_empty()) {
        let _ = write!(told, "\n{}: {:?} missing of {:#?}", it.query, it.missing, it.came);
    }
    told
}

#[cfg(test)]
#[tokio::test]
async fn what_a_teacher_looks_for_comes_in_the_first_five() {
    let answers = answers().await;
    assert!(answers.len() >= 60, "{} queries", answers.len());
    assert!(answers.iter().all(|it| it.missing.is_empty()), "{}", told(&answers));
}
