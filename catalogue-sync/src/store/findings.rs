//! What was refused or remarked, as far as it still stands.

use ledger_core::digest::Digest;
use ledger_core::partner::FeedRole;
use rusqlite::params;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{Store, StoreError, code};
use crate::feed::{RefusedOffer, Remark};

/// What was refused or remarked of one feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// How many records were refused.
    pub refused: usize,
    /// How many remarks were made.
    pub remarked: usize,
    /// The first ones that were refused, in the order of the feed.
    pub refusals: Vec<RefusedOffer>,
    /// The first remarks.
    pub remarks: Vec<Remark>,
    /// The fingerprint of all of them.
    pub digest: Digest,
}

impl Store {
    /// What stands of the feed of `role`: `max` of each at most.
    pub fn findings(&self, role: FeedRole, max: usize) -> Result<Findings, StoreError> {
        let read = || -> rusqlite::Result<Findings> {
            let (mut refusals, mut remarks) = (Vec::new(), Vec::new());
            let (mut refused, mut remarked) = (0, 0);
            let mut digest = Sha256::new();
            let sql = "SELECT refused, body FROM finding WHERE role = ?1 ORDER BY no";
            let mut sql = self.connection.prepare_cached(sql)?;
            let mut rows = sql.query([code(role)])?;
            while let Some(row) = rows.next()? {
                let body = row.get_ref(1)?.as_str().unwrap_or_default();
                digest.update(body.as_bytes());
                digest.update([0]);
                if row.get(0)? {
                    refused += 1;
                    if refused <= max {
                        refusals.extend(serde_json::from_str(body).ok());
                    }
                } else {
                    remarked += 1;
                    if remarked <= max {
                        remarks.extend(serde_json::from_str(body).ok());
                    }
                }
            }
            let digest = Digest(digest.finalize().into());
            Ok(Findings { refused, remarked, refusals, remarks, digest })
        };
        read().map_err(|it| self.failed(&it))
    }

    /// References of the feed of `role` that are refused.
    pub fn refused(&self, role: FeedRole) -> Result<Vec<String>, StoreError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let sql = "SELECT DISTINCT reference FROM finding
                WHERE role = ?1 AND refused AND reference IS NOT NULL";
            let mut sql = self.connection.prepare_cached(sql)?;
            let rows = sql.query_map([code(role)], |row| row.get(0))?;
            rows.collect()
        };
        read().map_err(|it| self.failed(&it))
    }

    /// References that run `run` refused, or withdrew by name, and that no record has.
    pub fn named_otherwise(&self, role: FeedRole, run: i64) -> Result<Vec<String>, StoreError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let sql = "SELECT reference FROM finding
                    WHERE role = ?1 AND run = ?2 AND refused AND reference IS NOT NULL
                UNION SELECT reference FROM gone
                EXCEPT SELECT reference FROM record WHERE role = ?1 AND run = ?2";
            let mut sql = self.connection.prepare_cached(sql)?;
            let rows = sql.query_map(params![code(role), run], |row| row.get(0))?;
            rows.collect()
        };
        read().map_err(|it| self.failed(&it))
    }
}
