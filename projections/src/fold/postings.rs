//! The tables `ledger_account`, `posting_chunk`, `day_total` and `day`: the general ledger.
//!
//! A line is kept as three small numbers among those of its account and chunk; all else that a
//! ledger shows of it is read from the log, at the position it names.

use chrono::NaiveDate;
use ledger_core::chart::{Auxiliary, AuxiliaryKind, LedgerAccount};
use ledger_core::event::Event;
use ledger_core::event_log::{Position, Recorded};
use ledger_core::identifiers::Funder;
use ledger_core::journal::{self, Journal, Side};
use ledger_core::meta::accounting_day;
use rusqlite::types::Type;
use rusqlite::{Connection, Transaction, params};
use rustc_hash::FxHashMap;

use crate::columns::{self, cents, day_number, stored};

/// How many bits of a position say where it stands in its chunk.
pub(crate) const CHUNK_BITS: u32 = 10;

/// The numbers of general accounts and their auxiliaries, by first appearance.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    numbers: FxHashMap<Side, u32>,
    /// The day of the hour looked up last: thousands of events follow each other within it.
    hour: Option<(i64, i32)>,
}

impl Dictionary {
    /// All those of the table.
    pub(crate) fn read(from: &Connection) -> rusqlite::Result<Self> {
        let mut rows = from.prepare("SELECT no, number, auxiliary FROM ledger_account")?;
        let numbers = rows.query_map([], |row| Ok((side(row, 1)?, row.get(0)?)))?;
        Ok(Self { numbers: numbers.collect::<rusqlite::Result<_>>()?, hour: None })
    }

    /// Its number, and whether it is new.
    fn number(&mut self, side: Side) -> (u32, bool) {
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(side).or_insert(next);
        (number, number == next)
    }

    /// The accounting day of `recorded`.
    fn day(&mut self, recorded: &Recorded) -> i32 {
        // Summer time begins and ends on the hour, and Paris is whole hours from UTC.
        let hour = recorded.meta.at.timestamp().div_euclid(3_600);
        match self.hour {
            Some((known, day)) if known == hour => day,
            Some(_) | None => {
                let day = day_number(accounting_day(recorded.meta.at));
                self.hour = Some((hour, day));
                day
            }
        }
    }
}

/// The side in columns `index` (number) and the one after it (auxiliary).
pub(crate) fn side(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<Side> {
    let odd = |why: String| columns::odd(index, Type::Integer, why);
    let number: u32 = row.get(index)?;
    let account = LedgerAccount::of_number(number)
        .ok_or_else(|| odd(format!("{number} is not in the chart of accounts")))?;
    let code: String = row.get(index + 1)?;
    let auxiliary = match account.auxiliary() {
        AuxiliaryKind::None => Some(Auxiliary::None),
        AuxiliaryKind::Partner => code.parse().ok().map(Auxiliary::Partner),
        AuxiliaryKind::Funder => funder(&code).map(Auxiliary::Funder),
    };
    let auxiliary = auxiliary.ok_or_else(|| odd(format!("`{code}` is not an auxiliary")))?;
    Ok(Side { account, auxiliary })
}

/// The funder whose auxiliary account is `code`.
fn funder(code: &str) -> Option<Funder> {
    match <[u8; 4]>::try_from(code.as_bytes()) {
        Ok(programme) => Some(Funder::State(programme)),
        Err(_) => code.parse().ok().map(Funder::Collectivity),
    }
}

/// The lines of one account in one chunk, or what is added to them.
#[derive(Debug, Default)]
struct Lines {
    debit: i64,
    credit: i64,
    packed: Vec<u8>,
}

#[derive(Debug, Default)]
struct Total {
    debit: i64,
    credit: i64,
    lines: i64,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    first: Position,
    last: Position,
    events: i64,
}

/// What is added to the general ledger.
#[derive(Debug, Default)]
pub(super) struct Postings {
    new: Vec<(u32, Side)>,
    chunks: FxHashMap<(u64, u32, i32), Lines>,
    totals: FxHashMap<(i32, u32, u8), Total>,
    days: Vec<(i32, Span)>,
    chunk_order: Vec<(u64, u32, i32)>,
    total_order: Vec<(i32, u32, u8)>,
}

impl Postings {
    pub(super) fn take(&mut self, known: &mut Dictionary, recorded: &Recorded, event: &Event) {
        let day = known.day(recorded);
        let position = recorded.position;
        self.day(day, position);
        for (index, posting) in (0_u32..).zip(&journal::postings(event)) {
            let amount = posting.amount.cents();
            let journal = journal_code(posting.journal);
            for (side, is_credit) in [(posting.debit, false), (posting.credit, true)] {
                let (account, new) = known.number(side);
                if new {
                    self.new.push((account, side));
                }
                let lines = self.chunks.entry((position >> CHUNK_BITS, account, day)).or_default();
                let total = self.totals.entry((day, account, journal)).or_default();
                total.lines += 1;
                let sum = cents(amount);
                if is_credit {
                    lines.credit += sum;
                    total.credit += sum;
                } else {
                    lines.debit += sum;
                    total.debit += sum;
                }
                pack(position, index, is_credit, amount, &mut lines.packed);
            }
        }
    }

    fn day(&mut self, day: i32, position: Position) {
        match self.days.iter_mut().rev().find(|(known, _)| *known == day) {
            Some((_, span)) => {
                span.last = position;
                span.events += 1;
            }
            None => self.days.push((day, Span { first: position, last: position, events: 1 })),
        }
    }

    pub(super) fn sort(&mut self) {
        self.chunk_order = self.chunks.keys().copied().collect();
        self.chunk_order.sort_unstable();
        self.total_order = self.totals.keys().copied().collect();
        self.total_order.sort_unstable();
    }

    pub(super) fn write(&self, to: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut new = to.prepare_cached("INSERT INTO ledger_account VALUES (?1, ?2, ?3)")?;
        for (no, side) in &self.new {
            new.execute(params![no, side.account.number(), side.auxiliary.code()])?;
        }
        self.write_chunks(to)?;
        self.write_totals(to)?;
        let mut day = to.prepare_cached(
            "INSERT INTO day VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET first = min(first, excluded.first),
                 last = max(last, excluded.last), events = events + excluded.events",
        )?;
        for (number, Span { first, last, events }) in &self.days {
            day.execute(params![number, stored(*first), stored(*last), events])?;
        }
        Ok(())
    }

    fn write_chunks(&self, to: &Transaction<'_>) -> rusqlite::Result<()> {
        // `||` gives text, whatever it joins; the cast gives its bytes back as they are.
        let mut write = to.prepare_cached(
            "INSERT INTO posting_chunk VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET debit = debit + excluded.debit,
                 credit = credit + excluded.credit,
                 lines = CAST(lines || excluded.lines AS BLOB)",
        )?;
        for key @ (chunk, account, day) in &self.chunk_order {
            let Some(it) = self.chunks.get(key) else { continue };
            let chunk = stored(*chunk);
            write.execute(params![chunk, account, day, it.debit, it.credit, it.packed])?;
        }
        Ok(())
    }

    fn write_totals(&self, to: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut write = to.prepare_cached(
            "INSERT INTO day_total VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET debit = debit + excluded.debit,
                 credit = credit + excluded.credit, lines = lines + excluded.lines",
        )?;
        for key @ (day, account, journal) in &self.total_order {
            let Some(it) = self.totals.get(key) else { continue };
            write.execute(params![day, account, journal, it.debit, it.credit, it.lines])?;
        }
        Ok(())
    }
}

/// One line, as it is kept in `posting_chunk.lines`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PackedLine {
    /// The event it comes from.
    pub(crate) position: Position,
    /// Which of the event's postings, from 0.
    pub(crate) index: u32,
    /// On which side.
    pub(crate) is_credit: bool,
    /// How much, in cents.
    pub(crate) amount: u64,
}

fn pack(position: Position, index: u32, is_credit: bool, amount: u64, to: &mut Vec<u8>) {
    let place = position & ((1 << CHUNK_BITS) - 1);
    for mut number in [place << 1 | u64::from(is_credit), u64::from(index), amount] {
        while number >= 0x80 {
            to.push(u8::try_from(number & 0x7f).unwrap_or_default() | 0x80);
            number >>= 7;
        }
        to.push(u8::try_from(number).unwrap_or_default());
    }
}

/// The lines of one account in `chunk`, in the order of the log; stops where they make no sense.
pub(crate) fn unpack(chunk: u64, mut packed: &[u8]) -> impl Iterator<Item = PackedLine> {
    let mut number = move || {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = packed.split_first()?;
            packed = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    };
    std::iter::from_fn(move || {
        let place = number()?;
        Some(PackedLine {
            position: chunk << CHUNK_BITS | place >> 1,
            is_credit: place & 1 == 1,
            index: u32::try_from(number()?).ok()?,
            amount: number()?,
        })
    })
}

/// `day_total.journal`.
pub(crate) const fn journal_code(journal: Journal) -> u8 {
    match journal {
        Journal::Funds => 0,
        Journal::Purchases => 1,
        Journal::OffBalance => 2,
        Journal::Settlements => 3,
        Journal::Bank => 4,
        Journal::Corrections => 5,
    }
}

/// A day as the accounting day it is stored as.
pub(crate) fn stored_day(day: Option<NaiveDate>) -> i32 {
    day.map_or(i32::MAX, day_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_back_as_it_was_packed() {
        let lines = [(1_024, 0, false, 1), (1_025, 3, true, 320), (2_047, 4_000, true, u64::MAX)];
        let mut packed = Vec::new();
        for (position, index, is_credit, amount) in lines {
            pack(position, index, is_credit, amount, &mut packed);
        }
        let read: Vec<_> =
            unpack(1, &packed).map(|it| (it.position, it.index, it.is_credit, it.amount)).collect();
        assert_eq!(read, lines);
    }

    #[test]
    fn a_line_cut_off_ends_the_lines() {
        let mut packed = Vec::new();
        pack(1_024, 0, false, 1_000, &mut packed);
        assert_eq!(unpack(1, &packed[..packed.len() - 1]).count(), 0);
    }
}
