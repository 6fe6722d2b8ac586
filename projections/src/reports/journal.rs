//! The journal (journal général): every entry of a period, and the event it comes from.
//!
//! An entry is one event's postings; its number is the event's position in the log. It is not kept
//! in a table: it is what [`ledger_core::journal`] says of the log itself.

use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::str::FromStr;

use chrono::NaiveDate;
use compact_str::CompactString;
use ledger_core::codec;
use ledger_core::event_log::{EventLog, Log, Position, Recorded};
use ledger_core::journal::{self, Journal, Postings};
use ledger_core::stream::StreamId;
use rusqlite::params;

use super::general_ledger::side_text;
use crate::columns;
use crate::fold::postings::stored_day;
use crate::table::{Cell, Table};
use crate::{ReadError, Reader};

/// How many events of the log are read at once.
const PAGE: usize = 1_024;

/// Which entries; `Default` is all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JournalOf {
    /// Only lines of this journal.
    pub journal: Option<Journal>,
    /// The first day. `None`: from the beginning.
    pub from: Option<NaiveDate>,
    /// The last day, included. `None`: up to now.
    pub to: Option<NaiveDate>,
}

/// One entry (écriture): the postings of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// The accounting day.
    pub day: NaiveDate,
    /// Its number: where the event stands in the log.
    pub position: Position,
    /// The event's stream.
    pub stream: StreamId,
    /// Where the event stands in its stream.
    pub version: u64,
    /// The event's name.
    pub event: CompactString,
    /// Balanced each on its own; those of the journal that was asked for.
    pub postings: Postings,
}

impl JournalEntry {
    /// The entry that `recorded` is; `None` when it moves nothing.
    pub(crate) fn of(
        recorded: &Recorded,
        journal: Option<Journal>,
    ) -> Result<Option<Self>, ReadError> {
        let event = codec::read(recorded).map_err(|it| ReadError::Log(it.to_string()))?;
        let mut postings = journal::postings(&event);
        postings.retain(|it| journal.is_none_or(|wanted| it.journal == wanted));
        Ok((!postings.is_empty()).then(|| Self {
            day: recorded.meta.day(),
            position: recorded.position,
            stream: recorded.stream,
            version: recorded.version,
            event: recorded.name.clone(),
            postings,
        }))
    }
}

/// Where the next page begins; written in an address as `739871.1234`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JournalCursor {
    day: i32,
    position: Position,
}

impl fmt::Display for JournalCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.day, self.position)
    }
}

impl FromStr for JournalCursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('.').and_then(|(day, position)| {
            Some(Self { day: day.parse().ok()?, position: position.parse().ok()? })
        });
        parsed.ok_or_else(|| "expected the cursor of a page given before".to_owned())
    }
}

/// A page of the journal: by accounting day, then in the order of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalPage {
    /// The entries of this page.
    pub entries: Vec<JournalEntry>,
    /// What to ask the next page with; `None` when this was the last.
    pub next: Option<JournalCursor>,
}

impl JournalPage {
    /// As a table: two lines for each posting, debit first.
    pub fn table(&self) -> Table {
        let headings = vec![
            "date",
            "journal",
            "écriture",
            "compte",
            "libellé",
            "débit",
            "crédit",
            "flux",
            "version",
        ];
        let mut rows = Vec::new();
        for entry in &self.entries {
            for posting in &entry.postings {
                for (side, is_credit) in [(posting.debit, false), (posting.credit, true)] {
                    let sum = Cell::Sum(posting.amount.into());
                    let (debit, credit) =
                        if is_credit { (Cell::Empty, sum) } else { (sum, Cell::Empty) };
                    rows.push(vec![
                        Cell::Day(entry.day),
                        Cell::text(posting.journal.code()),
                        Cell::Number(entry.position),
                        Cell::text(side_text(side)),
                        Cell::text(posting.label),
                        debit,
                        credit,
                        Cell::text(entry.stream),
                        Cell::Number(entry.version),
                    ]);
                }
            }
        }
        Table { headings, rows, totals: vec![] }
    }
}

impl fmt::Display for JournalPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table().fmt(f)
    }
}

/// Between which positions one day's events stand.
#[derive(Clone, Copy, Debug)]
struct Span {
    day: i32,
    first: Position,
    last: Position,
}

/// The entries of `of`, `limit` of them after `after`.
///
/// Takes the reader for good, so that it is not kept while the log is read.
pub async fn journal(
    reader: Reader,
    log: &Log,
    of: JournalOf,
    after: Option<JournalCursor>,
    limit: usize,
) -> Result<JournalPage, ReadError> {
    let mut page = JournalPage { entries: Vec::new(), next: None };
    each_entry(reader, log, of, after, |entry| {
        if page.entries.len() < limit {
            page.entries.push(entry);
            return Ok(ControlFlow::Continue(()));
        }
        page.next = page
            .entries
            .last()
            .map(|it| JournalCursor { day: columns::day_number(it.day), position: it.position });
        Ok(ControlFlow::Break(()))
    })
    .await?;
    Ok(page)
}

/// Writes the whole journal of `of` as CSV, as [`JournalPage::table`] but without end.
pub async fn journal_csv(
    reader: Reader,
    log: &Log,
    of: JournalOf,
    mut to: impl io::Write,
) -> Result<(), ReadError> {
    JournalPage { entries: vec![], next: None }.table().write_csv(&mut to)?;
    each_entry(reader, log, of, None, |entry| {
        let page = JournalPage { entries: vec![entry], next: None };
        page.table().write_csv_rows(&mut to)?;
        Ok(ControlFlow::Continue(()))
    })
    .await
}

/// Gives `take` the entries of `of` after `after`, by day, until it breaks off.
pub(crate) async fn each_entry(
    reader: Reader,
    log: &Log,
    of: JournalOf,
    after: Option<JournalCursor>,
    mut take: impl FnMut(JournalEntry) -> Result<ControlFlow<()>, ReadError>,
) -> Result<(), ReadError> {
    let days = reader.spans(of, after)?;
    drop(reader);
    for Span { day, first, last } in days {
        let resumed = after.filter(|it| it.day == day).map_or(0, |it| it.position);
        let mut read = resumed.max(first.saturating_sub(1));
        while read < last {
            let events = log.read_all(read, PAGE).await?;
            let Some(end) = events.last().map(|it| it.position) else { break };
            read = end;
            let of_day =
                |it: &&Recorded| it.position <= last && columns::day_number(it.meta.day()) == day;
            for recorded in events.iter().filter(of_day) {
                let Some(entry) = JournalEntry::of(recorded, of.journal)? else { continue };
                if take(entry)?.is_break() {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

impl Reader {
    /// The days of `of` from `after` on.
    fn spans(&self, of: JournalOf, after: Option<JournalCursor>) -> Result<Vec<Span>, ReadError> {
        let from = of.from.map_or(i32::MIN, columns::day_number);
        let from = after.map_or(from, |it| from.max(it.day));
        let sql = "SELECT day, first, last FROM day WHERE day BETWEEN ?1 AND ?2 ORDER BY day";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map(params![from, stored_day(of.to)], |row| {
            Ok(Span {
                day: row.get(0)?,
                first: columns::position(row.get(1)?),
                last: columns::position(row.get(2)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
