//! Every try of the last thirty days, for the owner of an endpoint to look at: kept beside the log,
//! by this node, and lost without harm.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use ledger_core::event_log::Position;
use ledger_core::ids::WebhookId;
use parking_lot::Mutex;
use rusqlite::{Connection, params};

/// For how long tries are kept.
const KEPT: TimeDelta = TimeDelta::days(30);

/// One try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Where what the message tells stands in the log; 0 is a test.
    pub position: Position,
    /// What it is called.
    pub kind: String,
    /// When it was tried.
    pub at: DateTime<Utc>,
    /// Which try, from 1.
    pub number: u8,
    /// The answer's HTTP status; `None` when there was none.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub took: u32,
    /// The beginning of the answer, or why there was none.
    pub excerpt: String,
}

/// The tries of all endpoints.
pub struct Attempts(Mutex<Connection>);

impl Attempts {
    /// Keeps them in the file at `path`; one that cannot be read is made anew.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let opened = Self::prepared(path);
        let connection = opened.or_else(|_| {
            // It holds nothing that cannot be lost.
            let _ = std::fs::remove_file(path);
            Self::prepared(path)
        })?;
        Ok(Self(Mutex::new(connection)))
    }

    fn prepared(path: &Path) -> rusqlite::Result<Connection> {
        if let Some(folder) = path.parent() {
            // A folder that cannot be made is told by what cannot be opened in it.
            let _ = std::fs::create_dir_all(folder);
        }
        let connection = Connection::open(path)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
             CREATE TABLE IF NOT EXISTS attempt (
                 number INTEGER PRIMARY KEY,
                 endpoint BLOB NOT NULL,
                 position INTEGER NOT NULL,
                 kind TEXT NOT NULL,
                 at INTEGER NOT NULL,
                 nth INTEGER NOT NULL,
                 status INTEGER,
                 took INTEGER NOT NULL,
                 excerpt TEXT NOT NULL
             );
             CREATE INDEX IF NOT EXISTS attempt_endpoint ON attempt (endpoint, number);
             CREATE INDEX IF NOT EXISTS attempt_at ON attempt (at);",
        )?;
        Ok(connection)
    }

    /// Keeps `attempts` of `endpoint`, and forgets those that are too old at `now`.
    pub fn keep(
        &self,
        endpoint: WebhookId,
        attempts: &[Attempt],
        now: DateTime<Utc>,
    ) -> rusqlite::Result<()> {
        let mut connection = self.0.lock();
        let transaction = connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO attempt (endpoint, position, kind, at, nth, status, took, excerpt)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?;
            for it in attempts {
                insert.execute(params![
                    endpoint.0.as_bytes(),
                    i64::try_from(it.position).unwrap_or(i64::MAX),
                    it.kind,
                    it.at.timestamp_millis(),
                    it.number,
                    it.status,
                    it.took,
                    it.excerpt,
                ])?;
            }
        }
        let old = (now - KEPT).timestamp_millis();
        transaction.prepare_cached("DELETE FROM attempt WHERE at < ?1")?.execute([old])?;
        transaction.commit()
    }

    /// Tries of `endpoint`, the last first: `limit` of them before `before`, each with its number.
    pub fn of(
        &self,
        endpoint: WebhookId,
        before: Option<u64>,
        limit: usize,
    ) -> rusqlite::Result<Vec<(u64, Attempt)>> {
        let connection = self.0.lock();
        let mut rows = connection.prepare_cached(
            "SELECT number, position, kind, at, nth, status, took, excerpt FROM attempt
             WHERE endpoint = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3",
        )?;
        let before = before.map_or(i64::MAX, |it| i64::try_from(it).unwrap_or(i64::MAX));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = rows.query_map(params![endpoint.0.as_bytes(), before, limit], |row| {
            let at = DateTime::from_timestamp_millis(row.get(3)?).unwrap_or_default();
            Ok((
                u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default(),
                Attempt {
                    position: u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default(),
                    kind: row.get(2)?,
                    at,
                    number: row.get(4)?,
                    status: row.get(5)?,
                    took: row.get(6)?,
                    excerpt: row.get(7)?,
                },
            ))
        })?;
        rows.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_kept_for_thirty_days_and_a_damaged_file_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("attempts");
        std::fs::write(&path, "no database at all, but long enough to be looked at as one")
            .unwrap();
        let attempts = Attempts::open(&path).unwrap();
        let now: DateTime<Utc> = "2026-11-12T11:00:00Z".parse().unwrap();
        let attempt = |position, days| Attempt {
            position,
            kind: "payment.captured".to_owned(),
            at: now - TimeDelta::days(days),
            number: 1,
            status: Some(500),
            took: 12,
            excerpt: "no".to_owned(),
        };
        let endpoint = WebhookId(uuid::Uuid::from_u128(1));
        attempts.keep(endpoint, &[attempt(1, 31), attempt(2, 29), attempt(3, 0)], now).unwrap();
        let kept = attempts.of(endpoint, None, 10).unwrap();
        assert_eq!(kept.iter().map(|it| it.1.position).collect::<Vec<_>>(), [3, 2]);
        let older = attempts.of(endpoint, Some(kept[0].0), 10).unwrap();
        assert_eq!(older[0].1, attempt(2, 29));
        assert_eq!(attempts.of(WebhookId(uuid::Uuid::from_u128(2)), None, 10).unwrap(), []);
    }
}
