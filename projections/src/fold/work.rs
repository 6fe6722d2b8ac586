//! The tables `pending_allocation` and `pending_return`: what is left to do between streams.

use ledger_core::account::AccountEvent;
use ledger_core::envelope::EnvelopeEvent;
use ledger_core::ids::{AccountId, EnvelopeId, LotId};
use rusqlite::{Transaction, params};
use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::At;
use crate::columns::{cents, stored};

/// What is begun, and what is done.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// By the lot it will become; `None` once it is done.
    allocations: FxHashMap<LotId, Option<Allocated>>,
    returns: FxHashMap<EnvelopeId, Returns>,
}

#[derive(Debug)]
struct Allocated {
    allocation: Uuid,
    envelope: Uuid,
    account: AccountId,
    amount: i64,
    position: i64,
}

/// What came back to one envelope, less what it noted.
#[derive(Debug, Default)]
struct Returns {
    noted: i64,
    last: i64,
    expired: i64,
    refunded: i64,
}

impl Work {
    pub(super) fn envelope(&mut self, at: At, event: &EnvelopeEvent) {
        match event {
            EnvelopeEvent::Allocated(it) => {
                let allocation = &it.allocation;
                let Some(account) = allocation.to else { return };
                let allocated = Allocated {
                    allocation: allocation.id,
                    envelope: at.id,
                    account,
                    amount: cents(allocation.amount.cents()),
                    position: stored(at.position),
                };
                self.allocations.insert(lot_of(allocation.id), Some(allocated));
            }
            EnvelopeEvent::Released(it) => {
                self.allocations.insert(lot_of(it.allocation), None);
            }
            EnvelopeEvent::ReturnsNoted(it) => {
                let returns = self.returns.entry(EnvelopeId(at.id)).or_default();
                returns.noted = returns.noted.max(stored(it.up_to));
                returns.expired -= cents(it.expired.cents());
                returns.refunded -= cents(it.refunded.cents());
            }
            EnvelopeEvent::Opened(_)
            | EnvelopeEvent::BudgetConfirmed(_)
            | EnvelopeEvent::BudgetRaised(_)
            | EnvelopeEvent::FundsReceived(_)
            | EnvelopeEvent::Frozen(_)
            | EnvelopeEvent::Unfrozen(_)
            | EnvelopeEvent::Closed(_) => (),
        }
    }

    pub(super) fn account(&mut self, at: At, event: &AccountEvent) {
        match event {
            AccountEvent::Granted(it) if it.batch.is_none() => {
                self.allocations.insert(it.lot, None);
            }
            AccountEvent::Returned(it) => {
                let returns = self.returns.entry(it.envelope).or_default();
                returns.expired += cents(it.amount.cents());
                returns.last = stored(at.position);
            }
            AccountEvent::Refunded(it) => {
                for share in &it.returned {
                    let returns = self.returns.entry(share.envelope).or_default();
                    returns.refunded += cents(share.amount.cents());
                    returns.last = stored(at.position);
                }
            }
            AccountEvent::Opened(_)
            | AccountEvent::Granted(_)
            | AccountEvent::Authorised(_)
            | AccountEvent::Captured(_)
            | AccountEvent::Cancelled(_)
            | AccountEvent::HoldExpired(_)
            | AccountEvent::Suspended(_)
            | AccountEvent::Resumed(_)
            | AccountEvent::Closed(_)
            | AccountEvent::Contested(_)
            | AccountEvent::ContestEnded(_)
            | AccountEvent::SpecimenTaken(_)
            | AccountEvent::LicenceAcquired(_)
            | AccountEvent::RenewalProposed(_)
            | AccountEvent::RenewalDeclined(_)
            | AccountEvent::Team(_) => (),
        }
    }

    pub(super) fn write(&self, to: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut begin = to.prepare_cached(
            "INSERT OR REPLACE INTO pending_allocation VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        let mut end = to.prepare_cached("DELETE FROM pending_allocation WHERE lot = ?1")?;
        for (lot, allocated) in &self.allocations {
            let lot = lot.0.as_bytes();
            match allocated {
                Some(Allocated { allocation, envelope, account, amount, position }) => {
                    let (allocation, envelope) = (allocation.as_bytes(), envelope.as_bytes());
                    let account = account.0.as_bytes();
                    begin.execute(params![lot, allocation, envelope, account, amount, position])?
                }
                None => end.execute(params![lot])?,
            };
        }
        let mut add = to.prepare_cached(
            "INSERT INTO pending_return VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET noted = max(noted, excluded.noted),
                 last = max(last, excluded.last), expired = expired + excluded.expired,
                 refunded = refunded + excluded.refunded",
        )?;
        for (envelope, Returns { noted, last, expired, refunded }) in &self.returns {
            add.execute(params![envelope.0.as_bytes(), noted, last, expired, refunded])?;
        }
        Ok(())
    }
}

/// The lot that an allocation of one account becomes.
fn lot_of(allocation: Uuid) -> LotId {
    LotId::derived(allocation, b"lot")
}
