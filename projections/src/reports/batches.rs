//! Top-up files, and how far each is.

use chrono::{DateTime, Utc};
use ledger_core::batch::BatchStatus;
use ledger_core::event_log::Position;
use ledger_core::identifiers::Funder;
use ledger_core::ids::{BatchId, EnvelopeId};
use ledger_core::money::Balance;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};

use super::{Page, one_more};
use crate::columns;
use crate::{ReadError, Reader};

/// One file, as its stream tells; its lines are read from the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRow {
    /// Which one.
    pub id: BatchId,
    /// The envelope that pays.
    pub envelope: EnvelopeId,
    /// The funder's own reference.
    pub reference: String,
    /// How far it is.
    pub status: BatchStatus,
    /// The rule by which the envelope refused it; `None` when it did not.
    pub rule: Option<String>,
    /// What that rule said; `None` when it did not.
    pub reason: Option<String>,
    /// How many chunks were received.
    pub chunks: u32,
    /// How many lines are to be credited.
    pub lines: u32,
    /// How much they are.
    pub amount: Balance,
    /// How many lines were refused, on arrival or by accounts.
    pub refused: u32,
    /// How many chunks were credited.
    pub chunks_credited: u32,
    /// How many lines were credited.
    pub credited: u32,
    /// How much they are.
    pub amount_credited: Balance,
    /// Where its opening stands in the log; files are listed by it.
    pub opened: Position,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// Where its last event stands in the log.
    pub last: Position,
}

/// Where one chunk of a file stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkPlace {
    /// Its number, from 0.
    pub number: u32,
    /// Where its lines stand.
    pub added: Position,
    /// Where it stands that they were credited; `None` while they were not.
    pub credited: Option<Position>,
}

/// Which files; `Default` is all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchFilter {
    /// Only those of this envelope.
    pub envelope: Option<EnvelopeId>,
    /// Only those of this funder's envelopes.
    pub funder: Option<Funder>,
}

const COLUMNS: &str = "batch.id, envelope, reference, status, reason, chunks, lines, amount,
    refused, chunks_credited, credited, amount_credited, batch.opened, batch.opened_at, batch.last, rule";

impl Reader {
    /// The file; `None` when there is none of that id.
    pub fn batch(&self, id: BatchId) -> Result<Option<BatchRow>, ReadError> {
        let sql = format!("SELECT {COLUMNS} FROM batch WHERE id = ?1");
        let row = self.sql()?.prepare_cached(&sql)?.query_row([id.0.as_bytes()], batch);
        Ok(row.optional()?)
    }

    /// The chunk of `batch` in which the line after line `after` stands, and those that follow it.
    pub fn batch_chunks(&self, batch: BatchId, after: u64) -> Result<Vec<ChunkPlace>, ReadError> {
        let sql = "SELECT number, added, credited FROM batch_chunk
            WHERE batch = ?1 AND number >= (SELECT coalesce(max(number), 0) FROM batch_chunk
                WHERE batch = ?1 AND first_line <= ?2)
            ORDER BY number";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let chunks =
            rows.query_map(params![batch.0.as_bytes(), columns::stored(after)], |row| {
                let credited = columns::position(row.get(2)?);
                Ok(ChunkPlace {
                    number: columns::count(row.get(0)?),
                    added: columns::position(row.get(1)?),
                    credited: (credited > 0).then_some(credited),
                })
            })?;
        Ok(chunks.collect::<Result<_, _>>()?)
    }

    /// Files, newest first: `limit` of them opened before `before`.
    pub fn batches(
        &self,
        filter: &BatchFilter,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Page<BatchRow, Position>, ReadError> {
        let before = before.map_or(i64::MAX, columns::stored);
        let envelope = filter.envelope.map(|it| it.0.into_bytes());
        let funder = filter.funder.map(|it| it.to_string());
        let sql = format!(
            "SELECT {COLUMNS} FROM batch LEFT JOIN envelope AS paying ON paying.id = envelope
             WHERE batch.opened < ?1 AND (?2 IS NULL OR envelope = ?2)
                 AND (?3 IS NULL OR paying.funder = ?3)
             ORDER BY batch.opened DESC LIMIT ?4"
        );
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let rows = rows.query_map(params![before, envelope, funder, one_more(limit)], batch)?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit, |it| it.opened))
    }
}

fn batch(row: &Row<'_>) -> rusqlite::Result<BatchRow> {
    let status = match row.get::<_, u8>(3)? {
        0 => BatchStatus::Open,
        1 => BatchStatus::Submitted,
        2 => BatchStatus::Refused,
        3 => BatchStatus::Completed,
        it => return Err(columns::odd(3, Type::Integer, format!("{it} is not a status"))),
    };
    Ok(BatchRow {
        id: BatchId(columns::id(row, 0)?),
        envelope: EnvelopeId(columns::id(row, 1)?),
        reference: row.get(2)?,
        status,
        rule: row.get(15)?,
        reason: row.get(4)?,
        chunks: columns::count(row.get(5)?),
        lines: columns::count(row.get(6)?),
        amount: columns::sum(row, 7)?,
        refused: columns::count(row.get(8)?),
        chunks_credited: columns::count(row.get(9)?),
        credited: columns::count(row.get(10)?),
        amount_credited: columns::sum(row, 11)?,
        opened: columns::position(row.get(12)?),
        opened_at: columns::instant(row, 13)?,
        last: columns::position(row.get(14)?),
    })
}
