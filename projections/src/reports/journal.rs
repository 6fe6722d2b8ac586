//! The journal (journal général): every entry of a period, and the event it comes from.
//!
//! An entry is what one event posts in one journal; see [`EntryNumber`]. It is not kept in a table:
//! it is what [`ledger_core::journal`] says of the log itself.

use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use compact_str::CompactString;
use ledger_core::calendar::Dated;
use ledger_core::codec;
use ledger_core::event_log::{EventLog, Log, Position, Recorded};
use ledger_core::journal::{self, Journal, Postings};
use ledger_core::stream::StreamId;

use super::entries::Closings;
use super::general_ledger::side_text;
use crate::columns;
use crate::fold::postings::{CHUNK_BITS, journal_code, stored_day};
use crate::numbering::{EntryNumber, Numbering, journals};
use crate::table::{Cell, Table};
use crate::{ReadError, Reader};

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

/// One entry (écriture): the postings of one event in one journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// Its number, and its journal.
    pub number: EntryNumber,
    /// The accounting day, the day it became known, and the date of what it tells.
    pub dated: Dated,
    /// Where the event stands in the log.
    pub position: Position,
    /// The event's stream.
    pub stream: StreamId,
    /// Where the event stands in its stream.
    pub version: u64,
    /// The event's name.
    pub event: CompactString,
    /// Balanced each on its own.
    pub postings: Postings,
}

impl JournalEntry {
    /// The accounting day.
    pub fn day(&self) -> NaiveDate {
        self.dated.day
    }

    /// The date of what it tells, when it is not the accounting day.
    pub fn own_date(&self) -> Option<NaiveDate> {
        Some(self.dated.own).filter(|_| self.dated.is_late())
    }

    /// The entries that `recorded` is, once numbered; none when it moves nothing.
    pub(crate) fn of<'a>(
        recorded: &'a Recorded,
        dated: Dated,
        postings: &'a Postings,
        numbering: &'a mut Numbering,
    ) -> impl Iterator<Item = Self> + 'a {
        journals(postings).into_iter().map(move |journal| Self {
            number: numbering.next(journal, dated.day.year()),
            dated,
            position: recorded.position,
            stream: recorded.stream,
            version: recorded.version,
            event: recorded.name.clone(),
            postings: postings.iter().filter(|it| it.journal == journal).copied().collect(),
        })
    }

    fn cursor(&self) -> JournalCursor {
        JournalCursor {
            day: columns::day_number(self.dated.day),
            position: self.position,
            journal: journal_code(self.number.journal),
        }
    }
}

/// Where the next page begins; written in an address as `739871.1234.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JournalCursor {
    day: i32,
    position: Position,
    journal: u8,
}

impl fmt::Display for JournalCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.day, self.position, self.journal)
    }
}

impl FromStr for JournalCursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.splitn(3, '.');
        let parsed = (|| {
            Some(Self {
                day: parts.next()?.parse().ok()?,
                position: parts.next()?.parse().ok()?,
                journal: parts.next()?.parse().ok()?,
            })
        })();
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
            "pièce",
            "compte",
            "libellé",
            "débit",
            "crédit",
            "position",
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
                        Cell::Day(entry.day()),
                        Cell::text(posting.journal.code()),
                        Cell::text(entry.number),
                        entry.own_date().map_or(Cell::Empty, Cell::Day),
                        Cell::text(side_text(side)),
                        Cell::text(posting.label),
                        debit,
                        credit,
                        Cell::Number(entry.position),
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
        page.next = page.entries.last().map(JournalEntry::cursor);
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
///
/// No entry beyond what `reader` covers is given, and none is open while the log is read.
pub(crate) async fn each_entry(
    reader: Reader,
    log: &Log,
    of: JournalOf,
    after: Option<JournalCursor>,
    mut take: impl FnMut(JournalEntry) -> Result<ControlFlow<()>, ReadError>,
) -> Result<(), ReadError> {
    let log_chunks = Chunks { log, closings: reader.closings()?, end: reader.position() };
    let last = stored_day(of.to);
    let mut from = of.from.map_or(i32::MIN, columns::day_number);
    from = after.map_or(from, |it| from.max(it.day));
    let (source, mut open) = (reader.source(), Some(reader));
    loop {
        let reader = match open.take() {
            Some(it) => it,
            None => source.open()?,
        };
        let next = reader.next_day(from, of.journal)?;
        let Some(day) = next.filter(|it| *it <= last) else { return Ok(()) };
        let resumed = after.filter(|it| it.day == day).map_or(0, |it| it.position >> CHUNK_BITS);
        let mut chunks = Vec::new();
        for chunk in reader.chunks(day, of.journal)?.into_iter().filter(|it| *it >= resumed) {
            chunks.push((chunk, reader.numbered_before(chunk)?));
        }
        drop(reader);
        for (chunk, numbering) in chunks {
            let entries = log_chunks.entries(chunk, numbering).await?;
            let wanted = |it: &JournalEntry| {
                let cursor = it.cursor();
                cursor.day == day
                    && of.journal.is_none_or(|journal| it.number.journal == journal)
                    && after.is_none_or(|after| cursor > after)
            };
            for entry in entries.into_iter().filter(wanted) {
                if take(entry)?.is_break() {
                    return Ok(());
                }
            }
        }
        from = day + 1;
    }
}

/// The log, read a chunk at a time for its entries.
struct Chunks<'a> {
    log: &'a Log,
    closings: Closings,
    /// No event beyond this position is looked at.
    end: Position,
}

impl Chunks<'_> {
    /// All entries of `chunk`, numbered on from `numbering`.
    async fn entries(
        &self,
        chunk: u64,
        mut numbering: Numbering,
    ) -> Result<Vec<JournalEntry>, ReadError> {
        let first = chunk << CHUNK_BITS;
        let last = self.end.min(first | ((1 << CHUNK_BITS) - 1));
        let before = first.saturating_sub(1);
        let limit = usize::try_from(last.saturating_sub(before)).unwrap_or_default();
        let mut periods = self.closings.before(first);
        let mut entries = Vec::new();
        for recorded in self.log.read_all(before, limit).await? {
            let event = codec::read(&recorded).map_err(|it| ReadError::Log(it.to_string()))?;
            let postings = journal::postings(&event);
            if !postings.is_empty() {
                let dated = periods.dated(&event, &recorded.meta);
                entries.extend(JournalEntry::of(&recorded, dated, &postings, &mut numbering));
            }
            periods.take(&event);
        }
        Ok(entries)
    }
}
