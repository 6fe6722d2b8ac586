//! The rules of a contest: what was paid for was not delivered as sold, and its settlement waits.

use compact_str::CompactString;

use super::rules::Decision;
use super::{
    Account, AccountEvent, AccountRefusal, Contest, ContestEnded, ContestOutcome,
    PurchaseContested, Share, Shares,
};
use crate::ids::PurchaseId;
use crate::meta::{Actor, Role};
use crate::money::Amount;

impl Account {
    /// Whether the holder contests `purchase`, and nobody has ended it.
    pub fn is_contested(&self, purchase: PurchaseId) -> bool {
        self.contested.contains(&purchase)
    }

    /// Who paid `amount` of `purchase`, in the order in which its lots were used; adds up to
    /// `amount` as long as that much was captured.
    pub fn paid_by(&self, purchase: PurchaseId, amount: Amount) -> Shares {
        let mut left = Some(amount);
        let parts = self.purchase(purchase).map(|it| it.parts.as_slice()).unwrap_or_default();
        let shares = parts.iter().filter_map(|part| {
            let taken = left.and_then(|it| it.at_most(part.captured))?;
            left = left.and_then(|it| it.less(taken));
            let lot = self.lot(part.lot)?;
            let (lot, envelope, funder) = (lot.id, lot.envelope, lot.funder);
            Some(Share { lot, envelope, funder, amount: taken })
        });
        shares.collect()
    }

    pub(super) fn contest(&self, it: &Contest) -> Decision {
        let purchase = self.known(it.purchase)?;
        let left = purchase.captured().beyond(purchase.refunded());
        let Some(amount) = Amount::from_cents(left.cents()) else {
            return Err(AccountRefusal::NothingToContest { purchase: it.purchase });
        };
        if it.on > it.until {
            return Err(AccountRefusal::ContestTooLate { until: it.until });
        }
        written(&it.reason)?;
        Ok(vec![AccountEvent::Contested(PurchaseContested {
            purchase: it.purchase,
            partner: purchase.partner,
            amount,
            reason: it.reason.clone(),
        })])
    }

    pub(super) fn end_contest(
        &self,
        purchase: PurchaseId,
        outcome: ContestOutcome,
        reason: &CompactString,
        by: Actor,
    ) -> Decision {
        let partner = self.known(purchase)?.partner;
        match (outcome, by.role) {
            (ContestOutcome::Withdrawn, Role::Teacher) => (),
            (ContestOutcome::Dismissed, Role::AuthorisingOfficer) => written(reason)?,
            (ContestOutcome::Withdrawn, _) => {
                return Err(AccountRefusal::WrongRole { needed: Role::Teacher });
            }
            (ContestOutcome::Dismissed, _) => {
                return Err(AccountRefusal::WrongRole { needed: Role::AuthorisingOfficer });
            }
        }
        let reason = reason.clone();
        Ok(vec![AccountEvent::ContestEnded(ContestEnded { purchase, partner, outcome, reason })])
    }
}

/// Refused unless something was written, and not too much.
fn written(reason: &str) -> Result<(), AccountRefusal> {
    if (1..=500).contains(&reason.trim().chars().count()) {
        Ok(())
    } else {
        let (field, expected) = ("reason", "expected 1 to 500 characters");
        Err(AccountRefusal::Invalid { field, expected })
    }
}
