//! The general ledger (grand livre): the lines of one account, with its running balance.
//!
//! Lines come by accounting day, and within a day in the order of the log. A day's events are not
//! all together in the log, when some came late: they are still all under their day here.

mod lines;

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use compact_str::CompactString;
use ledger_core::calendar::Dated;
use ledger_core::chart::{Auxiliary, LedgerAccount};
use ledger_core::codec;
use ledger_core::event_log::{Log, Position};
use ledger_core::journal::{self, Side};
use ledger_core::money::Balance;
use ledger_core::stream::StreamId;

use crate::fold::postings::{PackedLine, side};
use crate::net::Net;
use crate::numbering::EntryNumber;
use crate::reports::source::events_at;
use crate::table::{Cell, Table};
use crate::{ReadError, Reader};
use lines::Found;

/// Which lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerOf {
    /// Of this general account.
    pub account: LedgerAccount,
    /// Only this part of it. `None`: all of it.
    pub auxiliary: Option<Auxiliary>,
    /// The first day. `None`: from the beginning.
    pub from: Option<NaiveDate>,
    /// The last day, included. `None`: up to now.
    pub to: Option<NaiveDate>,
    /// As it was known at the end of this day. `None`: as it is known now.
    pub known: Option<NaiveDate>,
}

/// Where the next page begins; written in an address as `739871.1234.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LedgerCursor {
    day: i32,
    position: Position,
    /// Twice the posting's index, and one more for its credit.
    side: u64,
}

impl LedgerCursor {
    fn of(day: i32, line: &PackedLine) -> Self {
        let side = u64::from(line.index) * 2 + u64::from(line.is_credit);
        Self { day, position: line.position, side }
    }
}

impl fmt::Display for LedgerCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.day, self.position, self.side)
    }
}

impl FromStr for LedgerCursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.splitn(3, '.');
        let parsed = (|| {
            Some(Self {
                day: parts.next()?.parse().ok()?,
                position: parts.next()?.parse().ok()?,
                side: parts.next()?.parse().ok()?,
            })
        })();
        parsed.ok_or_else(|| "expected the cursor of a page given before".to_owned())
    }
}

/// One line of the general ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerLine {
    /// The accounting day, the day it became known, and the date of what it tells.
    pub dated: Dated,
    /// The number of its entry; its journal with it.
    pub number: EntryNumber,
    /// Where the event it comes from stands in the log.
    pub position: Position,
    /// Which of the event's postings it is a side of, from 0.
    pub index: u32,
    /// The stream of the event it comes from.
    pub stream: StreamId,
    /// Where that event stands in its stream.
    pub version: u64,
    /// The event's name.
    pub event: CompactString,
    /// What it is, in French.
    pub label: &'static str,
    /// Whose part of the account.
    pub auxiliary: Auxiliary,
    /// The other side of the posting.
    pub counterpart: Side,
    /// What it debits; zero when it credits.
    pub debit: Balance,
    /// What it credits; zero when it debits.
    pub credit: Balance,
    /// The balance after it, of the account (or the part of it) that was asked for.
    pub balance: Net,
}

impl LedgerLine {
    /// The accounting day.
    pub fn day(&self) -> NaiveDate {
        self.dated.day
    }

    /// The date of what it tells, when it is not the accounting day.
    pub fn own_date(&self) -> Option<NaiveDate> {
        Some(self.dated.own).filter(|_| self.dated.is_late())
    }
}

/// A page of the general ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneralLedger {
    /// What was asked.
    pub of: LedgerOf,
    /// The balance before the first day.
    pub opening: Net,
    /// Σ debits from the first day to the last, all pages together.
    pub debit: Balance,
    /// Σ credits from the first day to the last, all pages together.
    pub credit: Balance,
    /// The lines of this page.
    pub lines: Vec<LedgerLine>,
    /// What to ask the next page with; `None` when this was the last.
    pub next: Option<LedgerCursor>,
}

impl GeneralLedger {
    /// The balance after the last day.
    pub fn closing(&self) -> Net {
        self.opening.and(Net::of(self.debit, self.credit))
    }

    /// As a table: day, label, auxiliary, counterpart, sums, running balance, and the event.
    pub fn table(&self) -> Table {
        let headings = vec![
            "date",
            "journal",
            "écriture",
            "pièce",
            "libellé",
            "auxiliaire",
            "contrepartie",
            "débit",
            "crédit",
            "solde",
            "position",
            "flux",
            "version",
        ];
        let row = |it: &LedgerLine| {
            vec![
                Cell::Day(it.day()),
                Cell::text(it.number.journal.code()),
                Cell::text(it.number),
                it.own_date().map_or(Cell::Empty, Cell::Day),
                Cell::text(it.label),
                Cell::text(it.auxiliary),
                Cell::text(side_text(it.counterpart)),
                Cell::moved(it.debit),
                Cell::moved(it.credit),
                Cell::Net(it.balance),
                Cell::Number(it.position),
                Cell::text(it.stream),
                Cell::Number(it.version),
            ]
        };
        Table { headings, rows: self.lines.iter().map(row).collect(), totals: vec![] }
    }
}

impl fmt::Display for GeneralLedger {
    /// The account, its opening balance, its lines, what it moved and its closing balance.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { of, opening, debit, credit, .. } = self;
        let plain = |it: &dyn fmt::Display| it.to_string().replace(['\u{a0}', '\u{202f}'], " ");
        write!(f, "{} {}", of.account, of.account.title())?;
        if let Some(auxiliary) = of.auxiliary {
            write!(f, " · {auxiliary}")?;
        }
        writeln!(f, "\nsolde d'ouverture {}", plain(opening))?;
        write!(f, "{}", self.table())?;
        let (debit, credit, closing) = (plain(debit), plain(credit), plain(&self.closing()));
        writeln!(f, "débit {debit}, crédit {credit}, solde de clôture {closing}")
    }
}

/// `801200 217500016`, or the account alone.
pub(crate) fn side_text(side: Side) -> String {
    format!("{} {}", side.account, side.auxiliary).trim_end().to_owned()
}

/// The lines of `of`, `limit` of them after `after`; each one's event is read from `log`.
///
/// Takes the reader for good, so that it is not kept while the log is read.
pub async fn general_ledger(
    reader: Reader,
    log: &Log,
    of: LedgerOf,
    after: Option<LedgerCursor>,
    limit: usize,
) -> Result<GeneralLedger, ReadError> {
    let (mut ledger, found) = reader.ledger_lines(of, after, limit)?;
    let numbers = reader.numbers(found.iter().map(|it| it.line.position))?;
    let closings = reader.closings()?;
    drop(reader);
    let events = events_at(log, found.iter().map(|it| it.line.position)).await?;
    for Found { line, balance, .. } in found {
        let position = line.position;
        let missing = || ReadError::Log(format!("position {position} is not there any more"));
        let recorded = events.get(&position).ok_or_else(missing)?;
        let event = codec::read(recorded).map_err(|it| ReadError::Log(it.to_string()))?;
        let index = usize::try_from(line.index).unwrap_or(usize::MAX);
        let posting = *journal::postings(&event).get(index).ok_or_else(missing)?;
        let amount = Balance::from_cents(line.amount);
        let (own, counterpart, debit, credit) = if line.is_credit {
            (posting.credit, posting.debit, Balance::ZERO, amount)
        } else {
            (posting.debit, posting.credit, amount, Balance::ZERO)
        };
        ledger.lines.push(LedgerLine {
            dated: closings.dated(recorded, &event),
            number: *numbers.get(&(position, posting.journal)).ok_or_else(missing)?,
            position,
            index: line.index,
            stream: recorded.stream,
            version: recorded.version,
            event: recorded.name.clone(),
            label: posting.label,
            auxiliary: own.auxiliary,
            counterpart,
            debit,
            credit,
            balance,
        });
    }
    Ok(ledger)
}

impl Reader {
    /// The general accounts that were ever moved, with their auxiliaries, by number.
    pub fn ledger_accounts(&self) -> Result<Vec<Side>, ReadError> {
        let sql = "SELECT number, auxiliary FROM ledger_account ORDER BY number, auxiliary";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([], |row| side(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
