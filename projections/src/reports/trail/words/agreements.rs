//! What agreements count and free, and what is proposed again.

use ledger_core::account::{LicenceAcquired, RenewalProposed};
use ledger_core::agreement::AgreementEvent;

/// What happened to an agreement.
pub(super) fn told(event: &AgreementEvent) -> String {
    match event {
        AgreementEvent::Signed(it) => format!("Licence libératoire {} signée", it.reference),
        AgreementEvent::Counted(it) => format!("{} comptés, achat {}", it.amount, it.purchase),
        AgreementEvent::TakenOff(it) => format!("{} décomptés, achat {}", it.amount, it.purchase),
        AgreementEvent::Reached(it) => {
            format!("Plafond atteint : {} dépensés par {} comptes", it.total, it.buyers)
        }
        AgreementEvent::Credited(it) => format!("Avoir de {}, achat {}", it.amount, it.purchase),
        AgreementEvent::Ended(it) => format!("Licence libératoire terminée : {}", it.reason),
    }
}

/// Something was taken for nothing.
pub(super) fn acquired(it: &LicenceAcquired) -> String {
    format!("« {} » obtenu à 0 €, licence libératoire {}", it.terms.title, it.agreement)
}

/// A renewal was proposed.
pub(super) fn proposed(it: &RenewalProposed) -> String {
    format!("Renouvellement proposé à {}, terme le {}", it.price, it.until.format("%d/%m/%Y"))
}
