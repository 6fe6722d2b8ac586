//! Numbers of entries (écritures): 1, 2, 3… in each journal and accounting year, without a gap.
//!
//! They follow from the log alone: an entry is what one event posts in one journal, and entries are
//! numbered in the order of the log, which is the order of their validation. A crash, a restart or
//! a rebuild gives the same numbers.

use std::fmt;

use ledger_core::journal::{Journal, Posting};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// The number of an entry; written `AC-2026-000123`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryNumber {
    /// Its journal.
    pub journal: Journal,
    /// The accounting year (exercice): that of its accounting day.
    pub year: i32,
    /// From 1, within that journal and year.
    pub number: u64,
}

impl fmt::Display for EntryNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:04}-{:06}", self.journal.code(), self.year, self.number)
    }
}

/// The last number given in each journal and year.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Numbering(FxHashMap<(Journal, i32), u64>);

impl Numbering {
    /// As it stands when `last` numbers were given in `journal` and `year`.
    pub(crate) fn set(&mut self, journal: Journal, year: i32, last: u64) {
        self.0.insert((journal, year), last);
    }

    /// The number of the next entry.
    pub(crate) fn next(&mut self, journal: Journal, year: i32) -> EntryNumber {
        let last = self.0.entry((journal, year)).or_default();
        *last += 1;
        EntryNumber { journal, year, number: *last }
    }
}

/// The journals that `postings` are written in, each once: as many entries.
pub(crate) fn journals(postings: &[Posting]) -> SmallVec<[Journal; 4]> {
    let mut journals = SmallVec::new();
    for it in postings {
        if !journals.contains(&it.journal) {
            journals.push(it.journal);
        }
    }
    journals.sort_unstable();
    journals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_journal_and_year_has_its_own_numbers() {
        let mut numbering = Numbering::default();
        numbering.set(Journal::Purchases, 2026, 122);
        let mut next = |journal, year| numbering.next(journal, year).to_string();
        assert_eq!(next(Journal::Purchases, 2026), "AC-2026-000123");
        assert_eq!(next(Journal::Purchases, 2026), "AC-2026-000124");
        assert_eq!(next(Journal::Purchases, 2027), "AC-2027-000001");
        assert_eq!(next(Journal::Funds, 2026), "FI-2026-000001");
    }
}
