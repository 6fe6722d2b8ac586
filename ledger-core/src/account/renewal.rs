//! The rules of a renewal: proposed before a term ends, and never silent. Buying the offer while
//! it is proposed continues the term; otherwise it ends.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::rules::Decision;
use super::state::Extras;
use super::{Account, AccountEvent, AccountRefusal};
use crate::ids::{OfferId, PurchaseId};
use crate::money::Balance;

/// How many days before its end the renewal of a term is proposed.
pub const RENEWAL_DAYS: u64 = 30;

/// See [`super::AccountCommand::ProposeRenewal`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposeRenewal {
    /// What is proposed.
    pub renewal: RenewalProposed,
    /// Today in Europe/Paris.
    pub on: NaiveDate,
}

/// It is proposed to continue a term that ends soon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewalProposed {
    /// The purchase whose term ends.
    pub purchase: PurchaseId,
    /// Of which offer.
    pub offer: OfferId,
    /// The last day of its term, in Europe/Paris.
    pub until: NaiveDate,
    /// What it cost then.
    pub paid: Balance,
    /// What it costs on the day of the proposal.
    pub price: Balance,
}

/// The holder wants no other term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewalDeclined {
    /// The purchase whose term ends.
    pub purchase: PurchaseId,
}

/// What a purchase comes after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Origin {
    /// The last day of the specimen of this offer that the holder had tried; `None` when there was
    /// none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specimen: Option<NaiveDate>,
    /// The term that it continues; `None` when it begins one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renews: Option<Renews>,
}

/// The term that a purchase continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renews {
    /// The purchase whose term ends.
    pub purchase: PurchaseId,
    /// The first day of the new term: the day after the old one's last.
    pub from: NaiveDate,
}

impl Origin {
    /// Whether it comes after nothing.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// A renewal that was proposed and not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renewal {
    /// The purchase whose term ends.
    pub purchase: PurchaseId,
    /// Of which offer.
    pub offer: OfferId,
    /// The last day of its term.
    pub until: NaiveDate,
}

impl Account {
    /// What is proposed to be continued on the day `on`, and not answered.
    pub fn renewals(&self, on: NaiveDate) -> impl Iterator<Item = &Renewal> {
        let open = self.extras.iter().flat_map(|it| &it.renewals);
        open.filter(move |it| it.until >= on)
    }

    /// What a purchase of `offer` on the day `on` comes after.
    pub(super) fn origin(&self, offer: OfferId, on: NaiveDate) -> Origin {
        let renewed = self.renewals(on).find(|it| it.offer == offer);
        let renews = renewed.and_then(|it| {
            Some(Renews { purchase: it.purchase, from: it.until.checked_add_days(Days::new(1))? })
        });
        Origin { specimen: self.specimen_of(offer), renews }
    }

    pub(super) fn has_proposed(&self, purchase: PurchaseId) -> bool {
        self.proposed_until(purchase).is_some()
    }

    pub(super) fn has_answered(&self, purchase: PurchaseId) -> Result<bool, AccountRefusal> {
        if !self.has_proposed(purchase) {
            return Err(AccountRefusal::NoSuchPurchase { purchase });
        }
        let open = self.extras.iter().flat_map(|it| &it.renewals);
        Ok(!open.into_iter().any(|it| it.purchase == purchase))
    }

    pub(super) fn propose_renewal(&self, it: &ProposeRenewal) -> Decision {
        let ProposeRenewal { renewal, on } = it;
        self.known(renewal.purchase)?;
        let soon = renewal.until.checked_sub_days(Days::new(RENEWAL_DAYS));
        if renewal.until < *on || soon.is_some_and(|soon| *on < soon) {
            let (field, expected) = ("until", "expected one of the 30 days to come");
            return Err(AccountRefusal::Invalid { field, expected });
        }
        Ok(vec![AccountEvent::RenewalProposed(renewal.clone())])
    }

    pub(super) fn decline_renewal(&self, purchase: PurchaseId) -> Decision {
        self.known(purchase)?;
        Ok(vec![AccountEvent::RenewalDeclined(RenewalDeclined { purchase })])
    }

    pub(super) fn renewal_proposed(&mut self, it: &RenewalProposed) {
        let extras = self.extras.get_or_insert_with(|| Box::new(Extras::default()));
        let RenewalProposed { purchase, offer, until, .. } = *it;
        extras.renewals.push(Renewal { purchase, offer, until });
        extras.proposed.push((purchase, until));
    }

    pub(super) fn renewal_over(&mut self, purchase: PurchaseId) {
        if let Some(extras) = &mut self.extras {
            extras.renewals.retain(|it| it.purchase != purchase);
        }
    }

    fn proposed_until(&self, purchase: PurchaseId) -> Option<NaiveDate> {
        let known = self.extras.as_ref()?.proposed.iter().find(|it| it.0 == purchase)?;
        Some(known.1)
    }
}
