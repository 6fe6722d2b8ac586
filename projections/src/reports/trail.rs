//! The trail of an object: each of its events, who asked for it, and what it posted.
//!
//! Read from the log itself, so that an auditor sees what was recorded and nothing else.

mod words;

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;
use ledger_core::account::{AccountEvent, Share};
use ledger_core::codec;
use ledger_core::event::Event;
use ledger_core::event_log::{EventLog, Log, Position, Recorded};
use ledger_core::ids::{LotId, PurchaseId};
use ledger_core::journal::{self, Postings};
use ledger_core::meta::Actor;
use ledger_core::stream::StreamId;
use uuid::Uuid;

use super::general_ledger::side_text;
use crate::table::{Cell, Table};
use crate::{ReadError, Reader};

pub use words::describe;

/// One event of a trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailEvent {
    /// Where it stands in the log.
    pub position: Position,
    /// Its stream.
    pub stream: StreamId,
    /// Where it stands in its stream.
    pub version: u64,
    /// Its name in the log.
    pub event: CompactString,
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// The day it was recorded, in Europe/Paris: its accounting day unless it came late.
    pub day: NaiveDate,
    /// Who asked.
    pub by: Actor,
    /// The request that caused it; events of one request have the same.
    pub cause: Uuid,
    /// What happened, in French.
    pub what: String,
    /// What it posted; none when it moved nothing.
    pub postings: Postings,
}

/// The events of one object, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail(pub Vec<TrailEvent>);

impl Trail {
    /// As a table: each event, then one line for each of its postings.
    pub fn table(&self) -> Table {
        let headings =
            vec!["position", "date", "version", "qui", "quoi", "débit", "crédit", "montant"];
        let mut rows = Vec::new();
        for it in &self.0 {
            let mut row = vec![
                Cell::Number(it.position),
                Cell::Day(it.day),
                Cell::Number(it.version),
                Cell::text(it.by.role.name()),
                Cell::text(&it.what),
            ];
            row.resize(headings.len(), Cell::Empty);
            rows.push(row);
            for posting in &it.postings {
                let mut row = vec![Cell::Empty; 4];
                row.push(Cell::Text(format!("  {}", posting.label)));
                row.push(Cell::Text(side_text(posting.debit)));
                row.push(Cell::Text(side_text(posting.credit)));
                row.push(Cell::Sum(posting.amount.into()));
                rows.push(row);
            }
        }
        Table { headings, rows, totals: vec![] }
    }
}

impl fmt::Display for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table().fmt(f)
    }
}

/// Every event of `stream`; empty when there is no such stream.
pub async fn trail(log: &Log, stream: StreamId) -> Result<Trail, ReadError> {
    let events = log.read_stream(stream, 0).await?;
    let told = events.iter().map(|it| decoded(it).map(|event| told(it, &event)));
    Ok(Trail(told.collect::<Result<_, _>>()?))
}

/// The event at `position`; `None` when the log does not go so far.
pub async fn event_at(log: &Log, position: Position) -> Result<Option<TrailEvent>, ReadError> {
    let Some(before) = position.checked_sub(1) else { return Ok(None) };
    match log.read_all(before, 1).await?.first() {
        Some(it) => decoded(it).map(|event| Some(told(it, &event))),
        None => Ok(None),
    }
}

/// Every event of a purchase, and before them the credits that paid for it; `None` when there is
/// no such purchase. Takes the reader for good, so that it is not kept while the log is read.
pub async fn purchase_trail(
    reader: Reader,
    log: &Log,
    purchase: PurchaseId,
) -> Result<Option<Trail>, ReadError> {
    let Some(row) = reader.purchase(purchase)? else { return Ok(None) };
    drop(reader);
    let recorded = log.read_stream(row.account.into(), 0).await?;
    let events: Vec<(&Recorded, Event)> =
        recorded.iter().map(|it| decoded(it).map(|event| (it, event))).collect::<Result<_, _>>()?;
    let paid: BTreeSet<LotId> = events
        .iter()
        .filter_map(|(_, event)| authorised(event, purchase))
        .flatten()
        .map(|it| it.lot)
        .collect();
    let of_purchase = |event: &Event| match event {
        Event::Account(it) => concerns(it, purchase, &paid),
        Event::Envelope(_)
        | Event::Batch(_)
        | Event::Partner(_)
        | Event::Offer(_)
        | Event::Client(_)
        | Event::Calendar(_)
        | Event::Settlement(_)
        | Event::Remittance(_)
        | Event::Bank(_)
        | Event::Convention(_)
        | Event::Control(_)
        | Event::Correction(_)
        | Event::Harvest(_)
        | Event::List(_)
        | Event::Payment(_)
        | Event::Webhook(_)
        | Event::Person(_)
        | Event::Agreement(_) => false,
    };
    let own = events.iter().filter(|(_, event)| of_purchase(event));
    Ok(Some(Trail(own.map(|(it, event)| told(it, event)).collect())))
}

/// Who pays, when `event` authorises `purchase`.
fn authorised(event: &Event, purchase: PurchaseId) -> Option<&[Share]> {
    match event {
        Event::Account(AccountEvent::Authorised(it)) if it.purchase == purchase => Some(&it.split),
        Event::Account(_)
        | Event::Envelope(_)
        | Event::Batch(_)
        | Event::Partner(_)
        | Event::Offer(_)
        | Event::Client(_)
        | Event::Calendar(_)
        | Event::Settlement(_)
        | Event::Remittance(_)
        | Event::Bank(_)
        | Event::Convention(_)
        | Event::Control(_)
        | Event::Correction(_)
        | Event::Harvest(_)
        | Event::List(_)
        | Event::Payment(_)
        | Event::Webhook(_)
        | Event::Person(_)
        | Event::Agreement(_) => None,
    }
}

fn concerns(event: &AccountEvent, purchase: PurchaseId, paid: &BTreeSet<LotId>) -> bool {
    match event {
        AccountEvent::Granted(it) => paid.contains(&it.lot),
        AccountEvent::Authorised(it) => it.purchase == purchase,
        AccountEvent::LicenceAcquired(it) => it.purchase == purchase,
        AccountEvent::RenewalProposed(it) => it.purchase == purchase,
        AccountEvent::RenewalDeclined(it) => it.purchase == purchase,
        AccountEvent::Team(it) => it.purchase() == Some(purchase),
        AccountEvent::Captured(it) => it.purchase == purchase,
        AccountEvent::Cancelled(it) => it.purchase == purchase,
        AccountEvent::HoldExpired(it) => it.purchase == purchase,
        AccountEvent::Refunded(it) => it.purchase == purchase,
        AccountEvent::Opened(_)
        | AccountEvent::Returned(_)
        | AccountEvent::Suspended(_)
        | AccountEvent::Resumed(_)
        | AccountEvent::Closed(_)
        | AccountEvent::SpecimenTaken(_) => false,
        AccountEvent::Contested(it) => it.purchase == purchase,
        AccountEvent::ContestEnded(it) => it.purchase == purchase,
    }
}

fn decoded(recorded: &Recorded) -> Result<Event, ReadError> {
    codec::read(recorded).map_err(|it| ReadError::Log(it.to_string()))
}

fn told(recorded: &Recorded, event: &Event) -> TrailEvent {
    TrailEvent {
        position: recorded.position,
        stream: recorded.stream,
        version: recorded.version,
        event: recorded.name.clone(),
        at: recorded.meta.at,
        day: recorded.meta.day(),
        by: recorded.meta.by,
        cause: recorded.meta.cause,
        what: describe(event),
        postings: journal::postings(event),
    }
}
