//! The tables `batch` and `batch_chunk`: how far each top-up file is, and where its lines stand in
//! the log.

use ledger_core::batch::{BatchEvent, BatchRefused, BatchStatus};
use rusqlite::{Transaction, params};

use super::At;
use crate::columns::{cents, stored};

/// Writes what one event changes.
pub(super) fn write(to: &Transaction<'_>, at: At, event: &BatchEvent) -> rusqlite::Result<()> {
    let (id, last) = (at.id.as_bytes(), stored(at.position));
    match event {
        BatchEvent::Opened(it) => to
            .prepare_cached(
                "INSERT OR IGNORE INTO batch (id, envelope, reference, status, chunks, lines,
                     amount, refused, chunks_credited, credited, amount_credited, opened,
                     opened_at, last)
                 VALUES (?1, ?2, ?3, 0, 0, 0, 0, 0, 0, 0, 0, ?4, ?5, ?4)",
            )?
            .execute(params![
                id,
                it.envelope.0.as_bytes(),
                it.reference.as_str(),
                last,
                at.milliseconds
            ]),
        BatchEvent::ChunkAdded(it) => {
            let numbers = it.lines.iter().map(|it| it.number);
            let first = numbers.chain(it.refused.iter().map(|it| it.number)).min();
            to.prepare_cached("INSERT OR IGNORE INTO batch_chunk VALUES (?1, ?2, ?3, ?4, 0)")?
                .execute(params![id, it.number, first.unwrap_or_default(), last])?;
            let amount: i64 = it.lines.iter().map(|line| cents(line.amount.cents())).sum();
            to.prepare_cached(
                "UPDATE batch SET chunks = chunks + 1, lines = lines + ?2, amount = amount + ?3,
                     refused = refused + ?4, last = ?5
                 WHERE id = ?1",
            )?
            .execute(params![id, lines(&it.lines), amount, lines(&it.refused), last])
        }
        BatchEvent::Submitted(_) => stands(to, at, BatchStatus::Submitted, None),
        BatchEvent::Refused(it) => stands(to, at, BatchStatus::Refused, Some(it)),
        BatchEvent::ChunkCredited(it) => {
            to.prepare_cached(
                "UPDATE batch_chunk SET credited = ?3 WHERE batch = ?1 AND number = ?2",
            )?
            .execute(params![id, it.number, last])?;
            let amount = cents(it.amount.cents());
            to.prepare_cached(
                "UPDATE batch SET chunks_credited = chunks_credited + 1, credited = credited + ?2,
                     amount_credited = amount_credited + ?3, refused = refused + ?4, last = ?5
                 WHERE id = ?1",
            )?
            .execute(params![id, it.credited, amount, lines(&it.refused), last])
        }
        BatchEvent::Completed(_) => stands(to, at, BatchStatus::Completed, None),
    }?;
    Ok(())
}

fn lines<T>(lines: &[T]) -> i64 {
    stored(lines.len() as u64)
}

fn stands(
    to: &Transaction<'_>,
    at: At,
    status: BatchStatus,
    refused: Option<&BatchRefused>,
) -> rusqlite::Result<usize> {
    let rule = refused.map(|it| it.rule.as_str());
    let reason = refused.map(|it| it.reason.as_str());
    to.prepare_cached(
        "UPDATE batch SET status = ?2, rule = ?3, reason = ?4, last = ?5 WHERE id = ?1",
    )?
    .execute(params![
        at.id.as_bytes(),
        status_code(status),
        rule,
        reason,
        stored(at.position)
    ])
}

/// `batch.status`.
pub(crate) const fn status_code(status: BatchStatus) -> u8 {
    match status {
        BatchStatus::Open => 0,
        BatchStatus::Submitted => 1,
        BatchStatus::Refused => 2,
        BatchStatus::Completed => 3,
    }
}
