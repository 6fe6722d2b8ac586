//! What became of pulling partners' feeds: the last news of each, and all of them.

use chrono::{DateTime, Utc};
use ledger_core::event_log::Position;
use ledger_core::harvest::{FeedFailed, FeedHeld, FeedRead, HoldLifted};
use ledger_core::ids::PartnerId;
use ledger_core::partner::FeedFormat;
use rusqlite::{OptionalExtension, Row, params};

use crate::columns;
use crate::fold::harvest::{FAILED, HELD, LIFTED, READ};
use crate::{ReadError, Reader};

/// One piece of news of one feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedRun {
    /// Where it stands in the log; also its id.
    pub position: Position,
    /// Whose feed.
    pub partner: PartnerId,
    /// The partner's trade name; empty when it was never registered.
    pub partner_name: String,
    /// Which feed.
    pub format: FeedFormat,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub outcome: FeedOutcome,
}

/// What became of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedOutcome {
    /// It was read.
    Read(Box<FeedRead>),
    /// It could not be read.
    Failed(FeedFailed),
    /// It waits for a human.
    Held(FeedHeld),
    /// A human let it through.
    Lifted(HoldLifted),
}

const RUN: &str = "SELECT position, partner, coalesce(name, ''), format, kind, at, body
    FROM feed_run LEFT JOIN partner ON partner.id = feed_run.partner";

impl Reader {
    /// The last news of each feed, by partner's name.
    pub fn last_feed_runs(&self) -> Result<Vec<FeedRun>, ReadError> {
        let sql = format!(
            "{RUN} WHERE position IN
                 (SELECT max(position) FROM feed_run GROUP BY partner, format)
             ORDER BY name COLLATE NOCASE, partner, format"
        );
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let rows = rows.query_map([], run)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// News of one partner's feeds, the last first: `limit` of those before position `before`.
    pub fn feed_runs(
        &self,
        partner: PartnerId,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Vec<FeedRun>, ReadError> {
        let sql =
            format!("{RUN} WHERE partner = ?1 AND position < ?2 ORDER BY position DESC LIMIT ?3");
        let before = before.map_or(i64::MAX, columns::stored);
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let limit = columns::stored(limit as u64);
        let rows = rows.query_map(params![partner.0.as_bytes(), before, limit], run)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The news that stand at `position`; `None` when something else does.
    pub fn feed_run(&self, position: Position) -> Result<Option<FeedRun>, ReadError> {
        let sql = format!("{RUN} WHERE position = ?1");
        let row = self.sql()?.prepare_cached(&sql)?.query_row([columns::stored(position)], run);
        Ok(row.optional()?)
    }
}

fn run(row: &Row<'_>) -> rusqlite::Result<FeedRun> {
    let outcome = match row.get::<_, u8>(4)? {
        READ => FeedOutcome::Read(columns::json(row, 6)?),
        FAILED => FeedOutcome::Failed(columns::json(row, 6)?),
        HELD => FeedOutcome::Held(columns::json(row, 6)?),
        LIFTED => FeedOutcome::Lifted(columns::json(row, 6)?),
        other => {
            let why = format!("{other} is no kind of news");
            return Err(columns::odd(4, rusqlite::types::Type::Integer, why));
        }
    };
    Ok(FeedRun {
        position: columns::position(row.get(0)?),
        partner: PartnerId(columns::id(row, 1)?),
        partner_name: row.get(2)?,
        format: columns::text(row, 3)?,
        at: columns::instant(row, 5)?,
        outcome,
    })
}
