//! The rules of what an agreement has freed: it is taken for nothing, and no money moves.

use serde::{Deserialize, Serialize};

use super::rules::{Decision, once};
use super::state::Extras;
use super::{Account, AccountEvent, AccountRefusal, Terms};
use crate::ids::{AccountId, AgreementId, OfferId, PurchaseId};
use crate::repeated::Repeated;

/// See [`super::AccountCommand::AcquireLicence`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcquireLicence {
    /// What is taken.
    pub licence: LicenceAcquired,
    /// Which member asks, on a team's account; `None` on a teacher's own.
    pub by: Option<AccountId>,
}

/// The holder has an offer at no cost, because its licence libératoire is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenceAcquired {
    /// The buyer's reference, as of a purchase.
    pub purchase: PurchaseId,
    /// What is used, with the price that others paid before; nothing of it is charged.
    pub terms: Repeated<Terms>,
    /// The agreement that freed it.
    pub agreement: AgreementId,
}

impl Account {
    /// What was taken for nothing by that reference, and the agreement that freed it; `None` when
    /// nothing was.
    pub fn acquired(&self, purchase: PurchaseId) -> Option<(OfferId, AgreementId)> {
        let known = self.extras.as_ref()?.acquired.iter().find(|it| it.0 == purchase)?;
        Some((known.1, known.2))
    }

    /// Whether the holder took `offer` for nothing.
    pub fn has_for_nothing(&self, offer: OfferId) -> bool {
        self.extras.as_ref().is_some_and(|it| it.acquired.iter().any(|it| it.1 == offer))
    }

    pub(super) fn has_acquired(&self, it: &AcquireLicence) -> Result<bool, AccountRefusal> {
        let AcquireLicence { licence, .. } = it;
        let purchase = licence.purchase;
        if self.purchase(purchase).is_some() {
            return once(false, &purchase);
        }
        match self.acquired(purchase) {
            Some(known) => once(known == (licence.terms.offer, licence.agreement), &purchase),
            None => Ok(false),
        }
    }

    /// A purchase's reference that served for nothing that was free.
    pub(super) fn not_acquired(&self, purchase: PurchaseId) -> Result<bool, AccountRefusal> {
        match self.acquired(purchase) {
            Some(_) => once(false, &purchase),
            None => Ok(false),
        }
    }

    pub(super) fn acquire_licence(&self, it: &AcquireLicence) -> Decision {
        self.buys_for(it.by)?;
        Ok(vec![AccountEvent::LicenceAcquired(it.licence.clone())])
    }

    pub(super) fn licence_acquired(&mut self, it: &LicenceAcquired) {
        let extras = self.extras.get_or_insert_with(|| Box::new(Extras::default()));
        extras.acquired.push((it.purchase, it.terms.offer, it.agreement));
        // What is free needs no other term.
        extras.renewals.retain(|known| known.offer != it.terms.offer);
    }
}
