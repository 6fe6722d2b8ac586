//! What is left to do between streams, for whoever does it: lists may be a little late, which does
//! no harm, since every command they lead to is refused or changes nothing when it was done.

use chrono::{DateTime, NaiveDate, Utc};
use ledger_core::batch::BatchStatus;
use ledger_core::event_log::Position;
use ledger_core::ids::{AccountId, BatchId, EnvelopeId, PurchaseId};
use ledger_core::money::Balance;
use rusqlite::params;
use uuid::Uuid;

use super::{Page, one_more};
use crate::columns;
use crate::fold::batches::status_code;
use crate::{ReadError, Reader};

/// Money set aside for one account that was neither credited nor released yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingAllocation {
    /// Which allocation.
    pub allocation: Uuid,
    /// The envelope that pays.
    pub envelope: EnvelopeId,
    /// Which account.
    pub account: AccountId,
    /// How much.
    pub amount: Balance,
    /// Where the allocation stands in the log.
    pub position: Position,
}

/// What came back to one envelope that it has not noted yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingReturn {
    /// Which envelope.
    pub envelope: EnvelopeId,
    /// After this position; what it has noted so far.
    pub after: Position,
    /// Up to this one, included.
    pub up_to: Position,
    /// Credits that expired or whose account was closed.
    pub expired: Balance,
    /// Refunds that no lot could take again.
    pub refunded: Balance,
}

impl Reader {
    /// Purchases whose hold's term has passed at `at`, `limit` of them; not those of payments whose
    /// usage is billed first, which frees the rest.
    pub fn expired_holds(
        &self,
        at: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<(AccountId, PurchaseId)>, ReadError> {
        let mut rows = self.sql()?.prepare_cached(
            "SELECT account, purchase FROM open_hold h WHERE hold_until <= ?1
                 AND NOT EXISTS (SELECT 1 FROM payment_purchase l JOIN payment p ON p.id = l.payment
                     WHERE l.purchase = h.purchase AND p.metered)
             LIMIT ?2",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = rows.query_map(params![at.timestamp(), limit], |row| {
            Ok((AccountId(columns::id(row, 0)?), PurchaseId(columns::id(row, 1)?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Accounts that have something left of a credit whose last day is before `on`: `limit` of
    /// them after `after`, by id. Answers at once when no envelope has such credits; else reads
    /// the lots of all accounts, about 0.3 s for a million.
    pub fn expired_credits(
        &self,
        on: NaiveDate,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<Page<AccountId, AccountId>, ReadError> {
        let on = columns::day_number(on);
        let any: bool = self
            .sql()?
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM source WHERE first_expiry < ?1 AND available > 0)",
            )?
            .query_row([on], |row| row.get(0))?;
        if !any {
            return Ok(Page { rows: Vec::new(), next: None });
        }
        let after = after.map(|it| it.0.into_bytes().to_vec()).unwrap_or_default();
        let mut rows = self.sql()?.prepare_cached(
            "SELECT DISTINCT account FROM lot
             WHERE account > ?1 AND valid_until < ?2 AND available > 0 ORDER BY account LIMIT ?3",
        )?;
        let rows = rows.query_map(params![after, on, one_more(limit)], |row| {
            columns::id(row, 0).map(AccountId)
        })?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit, |it| *it))
    }

    /// Files that were submitted and are not over.
    pub fn submitted_batches(&self) -> Result<Vec<BatchId>, ReadError> {
        let sql = "SELECT id FROM batch WHERE status = ?1 ORDER BY opened";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([status_code(BatchStatus::Submitted)], |row| {
            columns::id(row, 0).map(BatchId)
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Allocations of one account that were begun and not finished, oldest first.
    pub fn pending_allocations(&self) -> Result<Vec<PendingAllocation>, ReadError> {
        let sql = "SELECT allocation, envelope, account, amount, position FROM pending_allocation
            ORDER BY position";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([], |row| {
            Ok(PendingAllocation {
                allocation: columns::id(row, 0)?,
                envelope: EnvelopeId(columns::id(row, 1)?),
                account: AccountId(columns::id(row, 2)?),
                amount: columns::sum(row, 3)?,
                position: columns::position(row.get(4)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What came back to each envelope that it has not noted yet.
    pub fn pending_returns(&self) -> Result<Vec<PendingReturn>, ReadError> {
        let sql = "SELECT envelope, noted, last, expired, refunded FROM pending_return
            WHERE last > noted ORDER BY envelope";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([], |row| {
            Ok(PendingReturn {
                envelope: EnvelopeId(columns::id(row, 0)?),
                after: columns::position(row.get(1)?),
                up_to: columns::position(row.get(2)?),
                expired: columns::sum(row, 3)?,
                refunded: columns::sum(row, 4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
