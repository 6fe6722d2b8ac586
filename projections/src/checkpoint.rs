//! How far the read models are, and of which log.

use ledger_core::event_log::{Position, Recorded};
use rusqlite::{Connection, OptionalExtension, params};

use crate::columns;

/// The last event that was read: its position, and enough of it to know it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// Where it stands; 0 before the first.
    pub(crate) position: Position,
    event: [u8; 41],
}

impl Default for Checkpoint {
    /// Before the first event.
    fn default() -> Self {
        Self { position: 0, event: [0; 41] }
    }
}

impl Checkpoint {
    /// The checkpoint that stands on `recorded`.
    pub(crate) fn of(recorded: &Recorded) -> Self {
        let mut event = [0; 41];
        event[0] = recorded.stream.category as u8;
        event[1..17].copy_from_slice(recorded.stream.id.as_bytes());
        event[17..25].copy_from_slice(&recorded.version.to_be_bytes());
        event[25..].copy_from_slice(recorded.meta.cause.as_bytes());
        Self { position: recorded.position, event }
    }

    /// Whether `recorded` is the event it stands on: if not, the tables are of another log.
    pub(crate) fn stands_on(&self, recorded: &Recorded) -> bool {
        *self == Self::of(recorded)
    }

    /// As text: its position, and the event in hexadecimal.
    pub(crate) fn encode(&self) -> String {
        let mut text = format!("{} ", self.position);
        for byte in self.event {
            text.push_str(&compact_str::format_compact!("{byte:02x}"));
        }
        text
    }

    /// What [`Self::encode`] gave; `None` for anything else.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        let (position, hex) = text.split_once(' ')?;
        let mut event = [0; 41];
        if hex.len() != 2 * event.len() {
            return None;
        }
        for (byte, place) in event.iter_mut().zip((0..).step_by(2)) {
            *byte = u8::from_str_radix(hex.get(place..place + 2)?, 16).ok()?;
        }
        Some(Self { position: position.parse().ok()?, event })
    }

    /// Reads it; the one before the first event when nothing was ever written.
    pub(crate) fn read(from: &Connection) -> rusqlite::Result<Self> {
        let row =
            from.prepare_cached("SELECT position, event FROM checkpoint")?.query_row([], |row| {
                Ok(Self { position: columns::position(row.get(0)?), event: row.get(1)? })
            });
        row.optional().map(Option::unwrap_or_default)
    }

    /// Writes it, in the transaction of what it vouches for.
    pub(crate) fn write(&self, to: &Connection) -> rusqlite::Result<()> {
        let sql = "INSERT INTO checkpoint VALUES (1, ?1, ?2)
            ON CONFLICT DO UPDATE SET position = excluded.position, event = excluded.event";
        to.prepare_cached(sql)?.execute(params![columns::stored(self.position), self.event])?;
        Ok(())
    }
}
