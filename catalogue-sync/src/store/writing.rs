//! A page's records, written in one transaction with how far the feed was read.

use compact_str::CompactString;
use ledger_core::partner::{FeedFormat, FeedRole};
use rusqlite::{OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::{Progress, Store, StoreError, code};
use crate::feed::{Reason, Record, Reference, RefusedOffer, Remark, Rule};
use crate::join;

/// A page that is being written; nothing of it is kept before [`Writing::commit`].
pub struct Writing<'a> {
    transaction: Transaction<'a>,
    file: String,
    format: FeedFormat,
    run: i64,
    /// The first failure: the records that follow are left.
    failed: Option<rusqlite::Error>,
    named: usize,
    changed: bool,
    /// Which page it is, when there may be others before: told with the place of each finding.
    page: usize,
    /// The notice that was taken last, when it was as before: what was remarked of it stands.
    as_before: Option<Reference>,
}

impl Store {
    /// Begins to write a page of the feed written so, in run `run`.
    pub fn writing(
        &mut self,
        format: FeedFormat,
        run: i64,
        page: usize,
    ) -> Result<Writing<'_>, StoreError> {
        let file = self.file.display().to_string();
        let failed = |why: String| StoreError { file: file.clone(), why };
        let behaviour = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(behaviour);
        let transaction = transaction.map_err(|it| failed(it.to_string()))?;
        // A pass that nobody waits for any more may still be reading in its thread.
        let sql = "SELECT run FROM progress WHERE role = ?1";
        let begun = transaction
            .query_row(sql, [code(format.role())], |row| row.get::<_, i64>(0))
            .optional()
            .map_err(|it| failed(it.to_string()))?;
        if begun.is_some_and(|begun| begun > run) {
            return Err(failed("another pass over this feed has begun since".to_owned()));
        }
        Ok(Writing {
            transaction,
            file,
            format,
            run,
            failed: None,
            named: 0,
            changed: false,
            page,
            as_before: None,
        })
    }
}

impl Writing<'_> {
    /// Takes one record in.
    pub fn take(&mut self, record: Record) {
        if self.failed.is_none() {
            self.named += usize::from(!matches!(record, Record::Remark(_)));
            self.failed = self.write(record).err();
        }
    }

    /// How many records were named so far.
    pub fn named(&self) -> usize {
        self.named
    }

    /// Whether any of them says something else than before, or is refused or gone.
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// Keeps the page, and how far the feed was read with it.
    pub fn commit(self, progress: &Progress) -> Result<(), StoreError> {
        let Self { transaction, file, format, run, failed, .. } = self;
        let done = || {
            if let Some(error) = failed {
                return Err(error);
            }
            let body = serde_json::to_string(progress).unwrap_or_default();
            let sql = "INSERT OR REPLACE INTO progress (role, run, body) VALUES (?1, ?2, ?3)";
            transaction.prepare_cached(sql)?.execute(params![code(format.role()), run, body])?;
            transaction.commit()
        };
        done().map_err(|error| StoreError { file, why: error.to_string() })
    }

    fn role(&self) -> FeedRole {
        self.format.role()
    }

    fn write(&mut self, record: Record) -> rusqlite::Result<()> {
        match record {
            Record::Offer(it) => {
                let mut keys: Vec<&str> = vec![&it.reference];
                keys.extend(it.identifier.as_deref());
                keys.extend(it.details.identifiers.iter().map(CompactString::as_str));
                let body = serde_json::to_string(&it).unwrap_or_default();
                self.put(&it.reference, Some(&it.title), &keys, &body)
            }
            Record::Notice(it) => {
                let mut keys: Vec<&str> = vec![&it.reference];
                keys.extend(it.details.identifiers.iter().map(CompactString::as_str));
                let body = serde_json::to_string(&it).unwrap_or_default();
                self.put(&it.reference, Some(&it.title), &keys, &body)
            }
            Record::Access(it) => {
                let mut keys: Vec<&str> = vec![&it.reference];
                keys.extend(it.identifiers.iter().map(CompactString::as_str));
                let body = serde_json::to_string(&it).unwrap_or_default();
                self.put(&it.reference, Some(&it.title), &keys, &body)
            }
            Record::Gone(it) => {
                self.forget_findings(&it.reference)?;
                self.changed |= self.delete(&it.reference)?;
                if self.role() == FeedRole::Offers {
                    self.changed = true;
                    let sql = "INSERT OR REPLACE INTO gone (reference, reason) VALUES (?1, ?2)";
                    self.transaction
                        .prepare_cached(sql)?
                        .execute(params![it.reference.as_str(), it.reason.as_str()])?;
                }
                Ok(())
            }
            Record::Refused(mut it) => {
                self.changed |= self.role() == FeedRole::Offers;
                it.place = self.place(it.place);
                self.refused(&it)
            }
            Record::Remark(mut it) => {
                it.place = self.place(it.place);
                self.remarked(&it)
            }
        }
    }

    fn put(
        &mut self,
        reference: &str,
        title: Option<&str>,
        keys: &[&str],
        body: &str,
    ) -> rusqlite::Result<()> {
        let (role, run) = (code(self.role()), self.run);
        let known: Option<(i64, String)> = self
            .transaction
            .prepare_cached("SELECT run, body FROM record WHERE role = ?1 AND reference = ?2")?
            .query_row(params![role, reference], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let twice = known.as_ref().is_some_and(|it| it.0 == run);
        if twice && self.role() == FeedRole::Offers {
            let message =
                format!("reference {reference} is also on an earlier page, which is kept");
            return self.find(
                Some(reference),
                true,
                &RefusedOffer {
                    reference: Some(reference.into()),
                    title: title.map(ToOwned::to_owned),
                    place: "offers".to_owned(),
                    reasons: vec![Reason::new(Rule::Duplicate, reference, message)],
                },
            );
        }
        let same = known.as_ref().is_some_and(|it| it.1 == body);
        self.as_before = None;
        if same && self.role() == FeedRole::Notices {
            self.as_before = Some(reference.into());
            self.find_again(reference)?;
        } else {
            self.forget_findings(reference)?;
        }
        if same {
            let sql = "UPDATE record SET run = ?3 WHERE role = ?1 AND reference = ?2";
            self.transaction.prepare_cached(sql)?.execute(params![role, reference, run])?;
            return Ok(());
        }
        self.changed = true;
        if known.is_some() {
            self.delete(reference)?;
        }
        self.transaction
            .prepare_cached(
                "INSERT INTO record (role, reference, run, body) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![role, reference, run, body])?;
        for key in keys.iter().filter_map(|it| join::key(it)) {
            self.transaction
                .prepare_cached(
                    "INSERT OR IGNORE INTO identity (identifier, role, reference)
                     VALUES (?1, ?2, ?3)",
                )?
                .execute(params![key.as_str(), role, reference])?;
        }
        Ok(())
    }

    /// Deletes a record; whether there was one.
    fn delete(&self, reference: &str) -> rusqlite::Result<bool> {
        let (role, mut deleted) = (code(self.role()), 0);
        for sql in [
            "DELETE FROM identity WHERE role = ?1 AND reference = ?2",
            "DELETE FROM record WHERE role = ?1 AND reference = ?2",
        ] {
            deleted = self.transaction.prepare_cached(sql)?.execute(params![role, reference])?;
        }
        Ok(deleted > 0)
    }

    /// What is refused stays as it was: the record it would have replaced is named all the same.
    fn refused(&self, it: &RefusedOffer) -> rusqlite::Result<()> {
        if self.role() == FeedRole::Notices && self.is_refused_already(it)? {
            return Ok(());
        }
        let duplicate = it.reasons.iter().any(|it| it.rule == Rule::Duplicate);
        if let (Some(reference), false) = (&it.reference, duplicate) {
            self.forget_findings(reference)?;
            self.transaction
                .prepare_cached("UPDATE record SET run = ?3 WHERE role = ?1 AND reference = ?2")?
                .execute(params![code(self.role()), reference.as_str(), self.run])?;
        }
        self.find(it.reference.as_deref(), true, it)
    }

    /// Whether a notice was refused already for the same reasons, wherever it stood then.
    ///
    /// News overlap: what is named again in them is no news.
    fn is_refused_already(&self, it: &RefusedOffer) -> rusqlite::Result<bool> {
        let Some(reference) = &it.reference else { return Ok(false) };
        let sql = "SELECT body FROM finding WHERE role = ?1 AND reference = ?2 AND refused";
        let mut sql = self.transaction.prepare_cached(sql)?;
        let mut rows = sql.query(params![code(self.role()), reference.as_str()])?;
        while let Some(row) = rows.next()? {
            let known = serde_json::from_str::<RefusedOffer>(row.get_ref(0)?.as_str()?);
            if known.is_ok_and(|known| known.reasons == it.reasons && known.title == it.title) {
                self.find_again(reference)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What was found of a record still stands, and what is sold of it.
    fn find_again(&self, reference: &str) -> rusqlite::Result<()> {
        for sql in [
            "UPDATE finding SET run = ?3 WHERE role = ?1 AND reference = ?2",
            "UPDATE record SET run = ?3 WHERE role = ?1 AND reference = ?2",
        ] {
            let of = params![code(self.role()), reference, self.run];
            self.transaction.prepare_cached(sql)?.execute(of)?;
        }
        Ok(())
    }

    fn place(&self, place: String) -> String {
        if self.page > 1 { format!("page {}: {place}", self.page) } else { place }
    }

    fn remarked(&self, it: &Remark) -> rusqlite::Result<()> {
        if it.reference.is_some() && it.reference == self.as_before {
            return Ok(());
        }
        self.find(it.reference.as_deref(), false, it)
    }

    /// What was found of a record in an earlier run is told no more.
    fn forget_findings(&self, reference: &str) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached("DELETE FROM finding WHERE role = ?1 AND reference = ?2 AND run < ?3")?
            .execute(params![code(self.role()), reference, self.run])?;
        Ok(())
    }

    fn find(
        &self,
        reference: Option<&str>,
        refused: bool,
        it: &impl serde::Serialize,
    ) -> rusqlite::Result<()> {
        let body = serde_json::to_string(it).unwrap_or_default();
        self.transaction
            .prepare_cached(
                "INSERT INTO finding (role, run, reference, refused, body)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![code(self.role()), self.run, reference, refused, body])?;
        Ok(())
    }
}
