//! The table `posting_chunk`: the lines of the general ledger.
//!
//! A line is kept as three small numbers among those of its account and chunk; all else that a
//! ledger shows of it is read from the log, at the position it names.

use ledger_core::event_log::Position;
use rusqlite::{Transaction, params};
use rustc_hash::FxHashMap;

use super::{CHUNK_BITS, On};
use crate::columns::{cents, stored};

/// Chunk, account, day, and how many days later it became known.
type Key = (u64, u32, i32, i32);

/// The lines of one account in one chunk, or what is added to them.
#[derive(Debug, Default)]
struct Part {
    debit: i64,
    credit: i64,
    packed: Vec<u8>,
}

/// The lines that are added.
#[derive(Debug, Default)]
pub(super) struct Lines {
    parts: FxHashMap<Key, Part>,
    order: Vec<Key>,
}

impl Lines {
    pub(super) fn take(&mut self, account: u32, on: On, line: PackedLine) {
        let key = (line.position >> CHUNK_BITS, account, on.day, on.known - on.day);
        let part = self.parts.entry(key).or_default();
        let sum = cents(line.amount);
        if line.is_credit {
            part.credit += sum;
        } else {
            part.debit += sum;
        }
        pack(line, &mut part.packed);
    }

    pub(super) fn sort(&mut self) {
        self.order = self.parts.keys().copied().collect();
        self.order.sort_unstable();
    }

    pub(super) fn write(&self, to: &Transaction<'_>) -> rusqlite::Result<()> {
        // `||` gives text, whatever it joins; the cast gives its bytes back as they are.
        let mut write = to.prepare_cached(
            "INSERT INTO posting_chunk VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO UPDATE SET debit = debit + excluded.debit,
                 credit = credit + excluded.credit,
                 lines = CAST(lines || excluded.lines AS BLOB)",
        )?;
        for key @ (chunk, account, day, lag) in &self.order {
            let Some(it) = self.parts.get(key) else { continue };
            let chunk = stored(*chunk);
            write.execute(params![chunk, account, day, lag, it.debit, it.credit, it.packed])?;
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

fn pack(line: PackedLine, to: &mut Vec<u8>) {
    let place = line.position & ((1 << CHUNK_BITS) - 1);
    let side = place << 1 | u64::from(line.is_credit);
    for mut number in [side, u64::from(line.index), line.amount] {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_back_as_it_was_packed() {
        let lines = [(1_024, 0, false, 1), (1_025, 3, true, 320), (2_047, 4_000, true, u64::MAX)]
            .map(|(position, index, is_credit, amount)| PackedLine {
                position,
                index,
                is_credit,
                amount,
            });
        let mut packed = Vec::new();
        for line in lines {
            pack(line, &mut packed);
        }
        assert_eq!(unpack(1, &packed).collect::<Vec<_>>(), lines);
    }

    #[test]
    fn a_line_cut_off_ends_the_lines() {
        let mut packed = Vec::new();
        let line = PackedLine { position: 1_024, index: 0, is_credit: false, amount: 1_000 };
        pack(line, &mut packed);
        assert_eq!(unpack(1, &packed[..packed.len() - 1]).count(), 0);
    }
}
