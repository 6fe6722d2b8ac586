//! How far each feed was read, and when it may be asked again.

use chrono::{DateTime, NaiveDate, Utc};
use ledger_core::digest::Digest;
use ledger_core::partner::FeedRole;
use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use super::{Store, StoreError, code};
use crate::feed::Extent;
use crate::feed::oai::Identity;

/// How far one feed was read; the default one, not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Where it was: another address is read from its beginning.
    pub url: String,
    /// What its site called that state of it.
    pub etag: Option<String>,
    /// When its partner drew it up, by its own clock.
    pub as_of: Option<DateTime<Utc>>,
    /// The last day on which an answer was read, rather than told to be unchanged.
    pub read_on: Option<NaiveDate>,
    /// The last day on which the whole feed was read.
    pub full_on: Option<NaiveDate>,
    /// What the repository says of itself; `None` for another kind of feed.
    pub repository: Option<Repository>,
    /// Where to go on: a list was being read when the pass stopped.
    pub resume: Option<Resume>,
    /// What the catalogue was when it was last compared with what is told; `None` while something
    /// was told that is not applied yet.
    pub settled: Option<Digest>,
    /// How many resources were described and waited for a price, when it was last compared.
    pub waiting: usize,
    /// How many times in a row it could not be read.
    pub failures: u32,
    /// Not to be asked before; `None` when it may be asked at any time.
    pub not_before: Option<DateTime<Utc>>,
    /// Whether fewer records were named than should be, which waits for a human.
    pub held: bool,
}

/// What is known of a repository of notices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    /// What it says of itself.
    pub identity: Identity,
    /// In which metadata it is asked; `None` is as its address says.
    pub prefix: Option<String>,
}

/// A list that is being read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// What asks for the next page.
    pub token: String,
    /// How much the list tells.
    pub extent: Extent,
    /// When its first page was drawn up, by the repository's clock.
    pub as_of: Option<DateTime<Utc>>,
    /// How many records were named on the pages before.
    pub named: usize,
    /// How many pages were read.
    pub pages: usize,
    /// When it was begun, by our clock.
    pub begun: DateTime<Utc>,
}

impl Store {
    /// How far the feed of `role` at `url` was read, and the number of the run it was read in.
    pub fn progress(&self, role: FeedRole, url: &str) -> Result<(Progress, i64), StoreError> {
        let read = || -> rusqlite::Result<_> {
            let sql = "SELECT body, run FROM progress WHERE role = ?1";
            let mut sql = self.connection.prepare_cached(sql)?;
            sql.query_row([code(role)], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))
                .optional()
        };
        let new = || Progress { url: url.to_owned(), ..Progress::default() };
        let Some((body, run)) = read().map_err(|it| self.failed(&it))? else {
            return Ok((new(), 0));
        };
        let known = serde_json::from_str(&body).ok().filter(|it: &Progress| it.url == url);
        Ok((known.unwrap_or_else(new), run))
    }

    /// Keeps how far the feed of `role` was read.
    pub fn keep(&self, role: FeedRole, run: i64, progress: &Progress) -> Result<(), StoreError> {
        let written = || {
            let body = serde_json::to_string(progress).unwrap_or_default();
            let sql = "INSERT OR REPLACE INTO progress (role, run, body) VALUES (?1, ?2, ?3)";
            self.connection.prepare_cached(sql)?.execute(params![code(role), run, body])
        };
        written().map(drop).map_err(|it| self.failed(&it))
    }
}
