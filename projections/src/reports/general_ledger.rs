//! The general ledger (grand livre): the lines of one account, with its running balance.
//!
//! Lines come by accounting day, and within a day in the order of the log. When a clock went back,
//! a day's events are not all together in the log: they are still all under their day here.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use compact_str::CompactString;
use ledger_core::chart::{Auxiliary, LedgerAccount};
use ledger_core::codec;
use ledger_core::event_log::{Log, Position};
use ledger_core::journal::{self, Journal, Side};
use ledger_core::money::Balance;
use ledger_core::stream::StreamId;
use rusqlite::params;

use crate::columns;
use crate::fold::postings::{CHUNK_BITS, PackedLine, side, stored_day, unpack};
use crate::net::Net;
use crate::reports::source::events_at;
use crate::table::{Cell, Table};
use crate::{ReadError, Reader};

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
    /// The accounting day.
    pub day: NaiveDate,
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
    /// Which journal it is also in.
    pub journal: Journal,
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
                Cell::Day(it.day),
                Cell::text(it.journal.code()),
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

/// A line as the tables have it.
struct Found {
    day: i32,
    line: PackedLine,
    balance: Net,
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
    drop(reader);
    let events = events_at(log, found.iter().map(|it| it.line.position)).await?;
    for Found { day, line, balance } in found {
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
            day: NaiveDate::from_num_days_from_ce_opt(day).unwrap_or_default(),
            position,
            index: line.index,
            stream: recorded.stream,
            version: recorded.version,
            event: recorded.name.clone(),
            journal: posting.journal,
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

    fn ledger_lines(
        &self,
        of: LedgerOf,
        after: Option<LedgerCursor>,
        limit: usize,
    ) -> Result<(GeneralLedger, Vec<Found>), ReadError> {
        let from = of.from.map_or(i32::MIN, columns::day_number);
        let mut ledger = GeneralLedger {
            of,
            opening: Net::ZERO,
            debit: Balance::ZERO,
            credit: Balance::ZERO,
            lines: Vec::new(),
            next: None,
        };
        let numbers = self.numbers(of)?;
        let (mut balance, mut days) = (Net::ZERO, Vec::new());
        for (day, debit, credit) in self.days(of)? {
            let net = Net::of(debit, credit);
            if day < from {
                ledger.opening = ledger.opening.and(net);
            } else {
                ledger.debit = ledger.debit.and(debit);
                ledger.credit = ledger.credit.and(credit);
                days.push(day);
            }
            if day < from || after.is_some_and(|it| day < it.day) {
                balance = balance.and(net);
            }
        }
        let mut found: Vec<Found> = Vec::new();
        for day in days.into_iter().filter(|day| after.is_none_or(|it| *day >= it.day)) {
            for chunk in self.chunks(day)? {
                if after.is_some_and(|it| it.day == day && chunk < it.position >> CHUNK_BITS) {
                    balance = balance.and(self.chunk_net(chunk, day, &numbers)?);
                    continue;
                }
                for line in self.chunk_lines(chunk, day, &numbers)? {
                    let cents = i64::try_from(line.amount).unwrap_or(i64::MAX);
                    let moved = Net::from_cents(if line.is_credit { -cents } else { cents });
                    balance = balance.and(moved);
                    if after.is_some_and(|it| LedgerCursor::of(day, &line) <= it) {
                        continue;
                    }
                    if found.len() == limit {
                        ledger.next = found.last().map(|it| LedgerCursor::of(it.day, &it.line));
                        return Ok((ledger, found));
                    }
                    found.push(Found { day, line, balance });
                }
            }
        }
        Ok((ledger, found))
    }

    /// The numbers of the accounts asked for.
    fn numbers(&self, of: LedgerOf) -> Result<Vec<u32>, ReadError> {
        let auxiliary = of.auxiliary.map(|it| it.code().to_owned());
        let mut rows = self.sql()?.prepare_cached(
            "SELECT no FROM ledger_account
             WHERE number = ?1 AND (?2 IS NULL OR auxiliary = ?2) ORDER BY no",
        )?;
        let rows = rows.query_map(params![of.account.number(), auxiliary], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What they moved, day by day, up to the last day.
    fn days(&self, of: LedgerOf) -> Result<Vec<(i32, Balance, Balance)>, ReadError> {
        let auxiliary = of.auxiliary.map(|it| it.code().to_owned());
        let mut rows = self.sql()?.prepare_cached(
            "SELECT day, sum(debit), sum(credit)
             FROM day_total JOIN ledger_account ON no = account
             WHERE number = ?1 AND (?2 IS NULL OR auxiliary = ?2) AND day <= ?3
             GROUP BY day ORDER BY day",
        )?;
        let given = params![of.account.number(), auxiliary, stored_day(of.to)];
        let rows = rows.query_map(given, |row| {
            Ok((row.get(0)?, columns::sum(row, 1)?, columns::sum(row, 2)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The chunks that may hold events of `day`.
    fn chunks(&self, day: i32) -> Result<std::ops::RangeInclusive<u64>, ReadError> {
        let (first, last): (i64, i64) = self
            .sql()?
            .prepare_cached("SELECT first, last FROM day WHERE day = ?1")?
            .query_row([day], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(columns::position(first) >> CHUNK_BITS..=columns::position(last) >> CHUNK_BITS)
    }

    /// What the accounts moved in one chunk and day.
    fn chunk_net(&self, chunk: u64, day: i32, numbers: &[u32]) -> Result<Net, ReadError> {
        let sql = "SELECT coalesce(sum(debit - credit), 0) FROM posting_chunk
            WHERE chunk = ?1 AND account = ?2 AND day = ?3";
        let mut net = self.sql()?.prepare_cached(sql)?;
        let nets = numbers.iter().map(|number| {
            let given = params![columns::stored(chunk), number, day];
            net.query_row(given, |row| row.get(0)).map(Net::from_cents)
        });
        Ok(nets.sum::<rusqlite::Result<Net>>()?)
    }

    /// The lines of the accounts in one chunk and day, in the order of the log.
    fn chunk_lines(
        &self,
        chunk: u64,
        day: i32,
        numbers: &[u32],
    ) -> Result<Vec<PackedLine>, ReadError> {
        let sql = "SELECT lines FROM posting_chunk
            WHERE chunk = ?1 AND account = ?2 AND day = ?3";
        let mut packed = self.sql()?.prepare_cached(sql)?;
        let mut lines = Vec::new();
        for number in numbers {
            let mut rows = packed.query(params![columns::stored(chunk), number, day])?;
            while let Some(row) = rows.next()? {
                lines.extend(unpack(
                    chunk,
                    row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?,
                ));
            }
        }
        lines.sort_by_key(|it| LedgerCursor::of(day, it));
        Ok(lines)
    }
}
