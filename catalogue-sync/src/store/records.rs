//! What is told, joined: each offer with what other feeds say of it.

use ledger_core::offer::Listing;
use ledger_core::partner::FeedRole;
use rusqlite::{Connection, params};
use serde::de::DeserializeOwned;

use super::{Store, StoreError, code};
use crate::feed::{Access, Notice, Withdrawn};
use crate::join;

/// An offer with what other feeds say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// What is to be sold.
    pub listing: Listing,
    /// Whether only a notice tells of it: it is free.
    pub described_only: bool,
}

impl Store {
    /// How many records of `role` were named in `run`, and how many there are in all.
    pub fn counts(&self, role: FeedRole, run: i64) -> Result<(usize, usize), StoreError> {
        let read = || -> rusqlite::Result<(i64, i64)> {
            let sql = "SELECT count(*) FILTER (WHERE run = ?2), count(*) FROM record
                WHERE role = ?1";
            let mut sql = self.connection.prepare_cached(sql)?;
            sql.query_row(params![code(role), run], |row| Ok((row.get(0)?, row.get(1)?)))
        };
        let (named, all) = read().map_err(|it| self.failed(&it))?;
        Ok((usize::try_from(named).unwrap_or(0), usize::try_from(all).unwrap_or(0)))
    }

    /// A whole feed was read in `run`: what it did not name is told no more.
    pub fn forget_unnamed(&mut self, role: FeedRole, run: i64) -> Result<(), StoreError> {
        let forget = |connection: &mut Connection| -> rusqlite::Result<()> {
            let transaction = connection.transaction()?;
            let of = params![code(role), run];
            transaction.execute(
                "DELETE FROM identity WHERE role = ?1 AND reference IN
                     (SELECT reference FROM record WHERE role = ?1 AND run <> ?2)",
                of,
            )?;
            transaction.execute("DELETE FROM record WHERE role = ?1 AND run <> ?2", of)?;
            transaction.execute("DELETE FROM finding WHERE role = ?1 AND run <> ?2", of)?;
            transaction.commit()
        };
        forget(&mut self.connection).map_err(|it| self.failed(&it))
    }

    /// A feed is asked no more: what it told is forgotten.
    pub fn forget(&mut self, role: FeedRole) -> Result<(), StoreError> {
        self.forget_unnamed(role, i64::MIN)?;
        let sql = "DELETE FROM progress WHERE role = ?1";
        self.connection.execute(sql, [code(role)]).map(drop).map_err(|it| self.failed(&it))
    }

    /// Whether nothing that the feed of `role` told is known: never read, or its file is lost.
    pub fn knows_nothing(&self, role: FeedRole) -> Result<bool, StoreError> {
        self.is_empty(role).map_err(|it| self.failed(&it))
    }

    /// Offers that were withdrawn by name and not yet taken off sale.
    pub fn gone(&self) -> Result<Vec<Withdrawn>, StoreError> {
        let read = || -> rusqlite::Result<Vec<Withdrawn>> {
            let sql = "SELECT reference, reason FROM gone";
            let mut sql = self.connection.prepare_cached(sql)?;
            let rows = sql.query_map([], |row| {
                let (reference, reason): (String, String) = (row.get(0)?, row.get(1)?);
                Ok(Withdrawn { reference: reference.into(), reason: reason.into() })
            })?;
            rows.collect()
        };
        read().map_err(|it| self.failed(&it))
    }

    /// They were taken off sale.
    pub fn forget_gone(&self) -> Result<(), StoreError> {
        self.connection.execute("DELETE FROM gone", []).map(drop).map_err(|it| self.failed(&it))
    }

    /// Gives each offer, joined, to `take`, one in memory at a time; then the number of notices that
    /// wait for an offer.
    pub fn joined(&self, mut take: impl FnMut(Joined)) -> Result<usize, StoreError> {
        let mut read = || -> rusqlite::Result<usize> {
            let alone = self.is_empty(FeedRole::Notices)? && self.is_empty(FeedRole::Access)?;
            let sql = "SELECT reference, body FROM record WHERE role = 0 ORDER BY reference";
            let mut sql = self.connection.prepare_cached(sql)?;
            let mut rows = sql.query([])?;
            while let Some(row) = rows.next()? {
                let Ok(mut listing) = serde_json::from_str(row.get_ref(1)?.as_str()?) else {
                    continue;
                };
                if !alone {
                    let offer = (FeedRole::Offers, row.get_ref(0)?.as_str()?);
                    let notices: Vec<Notice> = self.beside(offer, FeedRole::Notices)?;
                    let mut access: Vec<Access> = self.beside(offer, FeedRole::Access)?;
                    for it in &notices {
                        let notice = (FeedRole::Notices, it.reference.as_str());
                        access.extend(self.beside(notice, FeedRole::Access)?);
                    }
                    listing = join::joined(listing, &notices, &access);
                }
                take(Joined { listing, described_only: false });
            }
            self.described_only(&mut take)
        };
        read().map_err(|it| self.failed(&it))
    }

    fn is_empty(&self, role: FeedRole) -> rusqlite::Result<bool> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM record WHERE role = ?1)";
        self.connection.prepare_cached(sql)?.query_row([code(role)], |row| row.get(0))
    }

    /// What the feed of `role` says of what another one calls `own`, in the order of its references.
    ///
    /// `CROSS JOIN` goes from left to right: left to itself, `SQLite` reads the other feed whole.
    fn beside<T: DeserializeOwned>(
        &self,
        own: (FeedRole, &str),
        role: FeedRole,
    ) -> rusqlite::Result<Vec<T>> {
        let sql = "SELECT body FROM
                (SELECT DISTINCT other.reference AS reference FROM identity AS own
                 CROSS JOIN identity AS other
                     ON other.identifier = own.identifier AND other.role = ?2
                 WHERE own.role = ?3 AND own.reference = ?1) AS found
            CROSS JOIN record ON record.role = ?2 AND record.reference = found.reference
            ORDER BY record.reference";
        let mut sql = self.connection.prepare_cached(sql)?;
        let mut rows = sql.query(params![own.1, code(role), code(own.0)])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.extend(serde_json::from_str(row.get_ref(0)?.as_str()?).ok());
        }
        Ok(found)
    }

    /// Notices of no offer: those of free resources are offers, the others wait.
    fn described_only(&self, take: &mut impl FnMut(Joined)) -> rusqlite::Result<usize> {
        let sql = "SELECT body FROM record WHERE role = 1 AND NOT EXISTS
                (SELECT 1 FROM identity AS own
                 CROSS JOIN identity AS other ON other.identifier = own.identifier AND other.role = 0
                 WHERE own.role = 1 AND own.reference = record.reference)
            ORDER BY reference";
        let mut sql = self.connection.prepare_cached(sql)?;
        let mut rows = sql.query([])?;
        let mut waiting = 0;
        while let Some(row) = rows.next()? {
            let Ok(notice) = serde_json::from_str::<Notice>(row.get_ref(0)?.as_str()?) else {
                continue;
            };
            match join::free_offer(&notice) {
                Some(listing) => {
                    let notice = (FeedRole::Notices, notice.reference.as_str());
                    let access: Vec<Access> = self.beside(notice, FeedRole::Access)?;
                    let listing = join::joined(listing, &[], &access);
                    take(Joined { listing, described_only: true });
                }
                None => waiting += 1,
            }
        }
        Ok(waiting)
    }
}
