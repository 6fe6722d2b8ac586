//! The tables `entry_chunk` and `day_chunk`: which positions are entries, and of which days.

use std::collections::BTreeSet;

use ledger_core::event_log::Position;
use ledger_core::journal::{Journal, Posting};
use rusqlite::types::Type;
use rusqlite::{Connection, Row, Transaction, params};
use rustc_hash::FxHashMap;

use super::{CHUNK_BITS, On, journal_code, journal_of};
use crate::columns::{self, stored};
use crate::numbering::{Numbering, journals};

/// Chunk, journal, year.
type Key = (u64, u8, i32);

#[derive(Debug, Default)]
struct Part {
    before: u64,
    places: Vec<u8>,
}

/// The entries that are added.
#[derive(Debug, Default)]
pub(super) struct Entries {
    parts: FxHashMap<Key, Part>,
    order: Vec<Key>,
    /// Day, journal, chunk.
    days: BTreeSet<(i32, u8, u64)>,
    last: Option<(i32, u8, u64)>,
}

impl Entries {
    pub(super) fn take(
        &mut self,
        numbering: &mut Numbering,
        position: Position,
        on: On,
        postings: &[Posting],
    ) {
        let chunk = position >> CHUNK_BITS;
        for journal in journals(postings) {
            let number = numbering.next(journal, on.year).number;
            let code = journal_code(journal);
            let part = self.parts.entry((chunk, code, on.year)).or_default();
            if part.places.is_empty() {
                part.before = number - 1;
            }
            part.places.extend(place(position).to_be_bytes());
            let day = (on.day, code, chunk);
            if self.last != Some(day) {
                self.days.insert(day);
                self.last = Some(day);
            }
        }
    }

    pub(super) fn sort(&mut self) {
        self.order = self.parts.keys().copied().collect();
        self.order.sort_unstable();
    }

    pub(super) fn write(&self, to: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut write = to.prepare_cached(
            "INSERT INTO entry_chunk VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET places = CAST(places || excluded.places AS BLOB)",
        )?;
        for key @ (chunk, journal, year) in &self.order {
            let Some(it) = self.parts.get(key) else { continue };
            let (chunk, before) = (stored(*chunk), stored(it.before));
            write.execute(params![chunk, journal, year, before, it.places])?;
        }
        let mut write = to.prepare_cached("INSERT OR IGNORE INTO day_chunk VALUES (?1, ?2, ?3)")?;
        for (day, journal, chunk) in &self.days {
            write.execute(params![day, journal, stored(*chunk)])?;
        }
        Ok(())
    }
}

/// Where `position` stands in its chunk.
fn place(position: Position) -> u16 {
    u16::try_from(position & ((1 << CHUNK_BITS) - 1)).unwrap_or_default()
}

/// The how-manieth of `places` the entry at `position` is, from 1; `None` when it is not there.
pub(crate) fn place_in(places: &[u8], position: Position) -> Option<u64> {
    let (places, _) = places.as_chunks::<2>();
    let found = places.binary_search(&place(position).to_be_bytes()).ok()?;
    Some(found as u64 + 1)
}

/// The last numbers given, as the table tells.
pub(crate) fn read_numbering(from: &Connection) -> rusqlite::Result<Numbering> {
    let mut rows = from.prepare(
        "SELECT journal, year, max(before + length(places) / 2) FROM entry_chunk
         GROUP BY journal, year",
    )?;
    let mut rows = rows.query([])?;
    let mut numbering = Numbering::default();
    while let Some(row) = rows.next()? {
        numbering.set(journal_at(row, 0)?, row.get(1)?, columns::position(row.get(2)?));
    }
    Ok(numbering)
}

/// The journal in column `index`.
pub(crate) fn journal_at(row: &Row<'_>, index: usize) -> rusqlite::Result<Journal> {
    let code: u8 = row.get(index)?;
    let odd = || columns::odd(index, Type::Integer, format!("{code} is not a journal"));
    journal_of(code).ok_or_else(odd)
}
