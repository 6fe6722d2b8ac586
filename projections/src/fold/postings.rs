//! The general ledger: its lines, their totals, the numbers of its entries.
//!
//! Each event is posted on its accounting day, which follows from the months closed before it in
//! the log ([`days`]); what became known when is kept beside it.

mod days;
mod dictionary;
mod entries;
mod lines;
#[cfg(test)]
mod tests;
mod totals;

use chrono::{Datelike, NaiveDate};
use ledger_core::calendar::Dated;
use ledger_core::event::Event;
use ledger_core::event_log::{Position, Recorded};
use ledger_core::journal::{self, Journal, Posting, Side};
use rusqlite::{Connection, Transaction, params};

use crate::columns::{cents, day_number, stored};
use crate::numbering::Numbering;
use days::Days;
use dictionary::Dictionary;
use entries::{Entries, read_numbering};
use lines::Lines;
use totals::{Line, Totals};

pub(crate) use dictionary::side;
pub(crate) use entries::{journal_at, place_in};
pub(crate) use lines::{PackedLine, unpack};

/// How many bits of a position say where it stands in its chunk.
pub(crate) const CHUNK_BITS: u32 = 10;

/// What is known of the ledger across runs.
#[derive(Debug, Default)]
pub(crate) struct Books {
    dictionary: Dictionary,
    days: Days,
    numbering: Numbering,
}

impl Books {
    /// As the tables tell.
    pub(crate) fn read(from: &Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            dictionary: Dictionary::read(from)?,
            days: Days::read(from)?,
            numbering: read_numbering(from)?,
        })
    }
}

/// The accounting day of an entry, and when it became known, as they are stored.
#[derive(Clone, Copy, Debug)]
struct On {
    day: i32,
    known: i32,
    year: i32,
}

impl From<Dated> for On {
    fn from(it: Dated) -> Self {
        Self { day: day_number(it.day), known: day_number(it.known), year: it.day.year() }
    }
}

/// What is added to the general ledger.
#[derive(Debug, Default)]
pub(super) struct Postings {
    new: Vec<(u32, Side)>,
    lines: Lines,
    totals: Totals,
    entries: Entries,
    closings: Vec<(Position, NaiveDate)>,
}

impl Postings {
    pub(super) fn take(&mut self, known: &mut Books, recorded: &Recorded, event: &Event) {
        let postings = journal::postings(event);
        if !postings.is_empty() {
            let dated = known.days.dated(recorded, event);
            self.post(known, recorded.position, dated, &postings);
        }
        if let Some(through) = known.days.take(event) {
            self.closings.push((recorded.position, through));
        }
    }

    /// What one event posts.
    fn post(&mut self, known: &mut Books, position: Position, dated: Dated, postings: &[Posting]) {
        let on = On::from(dated);
        for (index, posting) in (0_u32..).zip(postings) {
            let amount = posting.amount.cents();
            for (side, is_credit) in [(posting.debit, false), (posting.credit, true)] {
                let (account, new) = known.dictionary.number(side);
                if new {
                    self.new.push((account, side));
                }
                let line = PackedLine { position, index, is_credit, amount };
                self.lines.take(account, on, line);
                let sum = cents(amount);
                let (debit, credit) = if is_credit { (0, sum) } else { (sum, 0) };
                self.totals
                    .take(Line { account, side, journal: posting.journal, debit, credit }, on);
            }
        }
        self.entries.take(&mut known.numbering, position, on, postings);
    }

    pub(super) fn sort(&mut self) {
        self.lines.sort();
        self.totals.sort();
        self.entries.sort();
    }

    pub(super) fn write(&self, to: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut new = to.prepare_cached("INSERT INTO ledger_account VALUES (?1, ?2, ?3)")?;
        for (no, side) in &self.new {
            new.execute(params![no, side.account.number(), side.auxiliary.code()])?;
        }
        self.lines.write(to)?;
        self.totals.write(to)?;
        self.entries.write(to)?;
        let mut closing = to.prepare_cached("INSERT INTO closing VALUES (?1, ?2)")?;
        for (position, through) in &self.closings {
            closing.execute(params![stored(*position), day_number(*through)])?;
        }
        Ok(())
    }
}

/// A journal as it is stored.
pub(crate) const fn journal_code(journal: Journal) -> u8 {
    match journal {
        Journal::Funds => 0,
        Journal::Purchases => 1,
        Journal::OffBalance => 2,
        Journal::Settlements => 3,
        Journal::Bank => 4,
        Journal::Corrections => 5,
        Journal::Titles => 6,
    }
}

/// The journal stored as `code`.
pub(crate) fn journal_of(code: u8) -> Option<Journal> {
    Journal::ALL.into_iter().find(|it| journal_code(*it) == code)
}

/// A day as the accounting day it is stored as.
pub(crate) fn stored_day(day: Option<NaiveDate>) -> i32 {
    day.map_or(i32::MAX, day_number)
}
