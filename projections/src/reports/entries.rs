//! Where entries stand: on which accounting day, in which chunks of the log, under which number.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ledger_core::calendar::{Dated, Periods};
use ledger_core::codec;
use ledger_core::event::Event;
use ledger_core::event_log::{Position, Recorded};
use ledger_core::journal::{self, Journal};
use rusqlite::params;

use crate::columns;
use crate::fold::postings::{CHUNK_BITS, journal_at, journal_code, place_in};
use crate::numbering::{EntryNumber, Numbering, journals};
use crate::{ReadError, Reader};

/// The months closed in the log, each with the position that closed it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Closings(Vec<(Position, NaiveDate)>);

impl Closings {
    /// What was closed before `position`.
    pub(crate) fn before(&self, position: Position) -> Periods {
        let last = self.0.iter().rev().find(|(at, _)| *at < position);
        Periods::closed(last.map(|(_, through)| *through))
    }

    /// The days of `event`, which is `recorded`.
    pub(crate) fn dated(&self, recorded: &Recorded, event: &Event) -> Dated {
        self.before(recorded.position).dated(event, &recorded.meta)
    }
}

/// The numbers of entries, by the position of their event and their journal.
pub(crate) type Numbers = BTreeMap<(Position, Journal), EntryNumber>;

impl Reader {
    /// The months closed so far; there are twelve a year.
    pub(crate) fn closings(&self) -> Result<Closings, ReadError> {
        let sql = "SELECT position, through FROM closing ORDER BY position";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows =
            rows.query_map([], |row| Ok((columns::position(row.get(0)?), columns::day(row, 1)?)))?;
        Ok(Closings(rows.collect::<Result<_, _>>()?))
    }

    /// The days of the event that `recorded` is, and the numbers of the entries that it made.
    pub fn entries_of(&self, recorded: &Recorded) -> Result<(Dated, Vec<EntryNumber>), ReadError> {
        let event = codec::read(recorded).map_err(|it| ReadError::Log(it.to_string()))?;
        let dated = self.closings()?.dated(recorded, &event);
        let numbers = self.numbers([recorded.position])?;
        let of = |journal| numbers.get(&(recorded.position, journal)).copied();
        let numbers = journals(&journal::postings(&event)).into_iter().filter_map(of);
        Ok((dated, numbers.collect()))
    }

    /// The numbers of the entries at `positions`.
    pub(crate) fn numbers(
        &self,
        positions: impl IntoIterator<Item = Position>,
    ) -> Result<Numbers, ReadError> {
        let mut wanted: Vec<Position> = positions.into_iter().collect();
        wanted.sort_unstable();
        wanted.dedup();
        let sql = "SELECT journal, year, before, places FROM entry_chunk WHERE chunk = ?1";
        let mut entries = self.sql()?.prepare_cached(sql)?;
        let mut numbers = Numbers::new();
        for same in wanted.chunk_by(|a, b| a >> CHUNK_BITS == b >> CHUNK_BITS) {
            let Some(first) = same.first() else { continue };
            let mut rows = entries.query([columns::stored(first >> CHUNK_BITS)])?;
            while let Some(row) = rows.next()? {
                let (journal, year) = (journal_at(row, 0)?, row.get(1)?);
                let before = columns::position(row.get(2)?);
                let places = row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?;
                for position in same {
                    let Some(place) = place_in(places, *position) else { continue };
                    let number = EntryNumber { journal, year, number: before + place };
                    numbers.insert((*position, journal), number);
                }
            }
        }
        Ok(numbers)
    }

    /// The numbers given before `chunk`, in the journals and years that have entries in it.
    pub(crate) fn numbered_before(&self, chunk: u64) -> Result<Numbering, ReadError> {
        let sql = "SELECT journal, year, before FROM entry_chunk WHERE chunk = ?1";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let mut rows = rows.query([columns::stored(chunk)])?;
        let mut numbering = Numbering::default();
        while let Some(row) = rows.next()? {
            numbering.set(journal_at(row, 0)?, row.get(1)?, columns::position(row.get(2)?));
        }
        Ok(numbering)
    }

    /// The first day from `from` on that has entries, of `journal` if only those are wanted.
    pub(crate) fn next_day(
        &self,
        from: i32,
        journal: Option<Journal>,
    ) -> Result<Option<i32>, ReadError> {
        let sql = "SELECT min(day) FROM day_chunk
            WHERE day >= ?1 AND (?2 IS NULL OR journal = ?2)";
        let mut next = self.sql()?.prepare_cached(sql)?;
        Ok(next.query_row(params![from, journal.map(journal_code)], |row| row.get(0))?)
    }

    /// The chunks of the log in which entries of `day` stand, of `journal` if only those are wanted.
    pub(crate) fn chunks(&self, day: i32, journal: Option<Journal>) -> Result<Vec<u64>, ReadError> {
        let sql = "SELECT DISTINCT chunk FROM day_chunk
            WHERE day = ?1 AND (?2 IS NULL OR journal = ?2) ORDER BY chunk";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let given = params![day, journal.map(journal_code)];
        let rows = rows.query_map(given, |row| row.get(0).map(columns::position))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
