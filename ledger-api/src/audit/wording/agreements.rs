//! What agreements count and free, what is taken for nothing, and what is proposed again.

use ledger_core::account::{AccountEvent, LicenceAcquired, RenewalProposed};
use ledger_core::agreement::{AgreementEvent, AgreementSigned, Ceiling, Credit};

use super::{Names, Told, trail};
use crate::format;

/// Tells an event of an agreement.
pub(super) fn told(event: &AgreementEvent, names: &Names) -> Told {
    match event {
        AgreementEvent::Signed(it) => signed(it, names),
        AgreementEvent::Counted(it) => {
            Told::new("info", "Dépense comptée", format!("{} comptés", it.amount))
                .purchase(it.purchase)
                .account(it.account)
                .day("Livré le", it.day)
                .leading(
                    "Événement compté",
                    format::grouped(it.position),
                    format!("/comptable/evenement/{}", it.position),
                )
        }
        AgreementEvent::TakenOff(it) => {
            Told::new("warning", "Dépense décomptée", format!("{} décomptés", it.amount))
                .purchase(it.purchase)
                .account(it.account)
        }
        AgreementEvent::Reached(it) => {
            Told::new("success", "Plafond atteint", "L’offre est gratuite, à 0 € pour tous")
                .day("Depuis le", it.on)
                .with("Dépensé", it.total.to_string())
                .with("Acheteurs", it.buyers.to_string())
                .leading(
                    "Par l’événement",
                    format::grouped(it.position),
                    format!("/comptable/evenement/{}", it.position),
                )
        }
        AgreementEvent::Credited(it) => {
            Told::new("info", "Avoir", format!("Acheteur récent crédité de {}", it.amount))
                .purchase(it.purchase)
                .account(it.account)
        }
        AgreementEvent::Ended(it) => Told::new("warning", "Fin", "Licence libératoire terminée")
            .day("Depuis le", it.on)
            .with("Motif", it.reason.as_str()),
    }
}

fn signed(it: &AgreementSigned, names: &Names) -> Told {
    Told::new("success", "Signature", format!("Licence libératoire {} signée", it.reference))
        .leading("Offre", it.offer.to_string(), trail(it.offer))
        .partner(it.partner, names)
        .with("Plafond", ceiling(it.ceiling))
        .day("Premier jour", it.first_day)
        .day("Dernier jour", it.last_day)
        .day("Gratuite jusqu’au", it.free_until)
        .with("Acheteurs crédités", format!("{} jours avant", it.credit_days))
        .with("Avoir", credit(it.credit))
}

/// « 12 000,00 € », « 500 acheteurs ».
pub(crate) fn ceiling(it: Ceiling) -> String {
    match it {
        Ceiling::Spending(sum) => sum.to_string(),
        Ceiling::Buyers(count) => format!("{} acheteurs", format::grouped(count.into())),
    }
}

/// « 50,00 % du prix payé », « 4,00 € ».
pub(crate) fn credit(it: Credit) -> String {
    match it {
        Credit::Share { basis_points } => {
            format!("{},{:02} % du prix payé", basis_points / 100, basis_points % 100)
        }
        Credit::Fixed { amount } => format!("{amount} au plus"),
    }
}

/// Something was taken for nothing.
pub(super) fn acquired(it: &LicenceAcquired, names: &Names) -> Told {
    Told::new("success", "Licence libératoire", format!("« {} » obtenu à 0 €", it.terms.title))
        .purchase(it.purchase)
        .offer(it.terms.offer, &it.terms.title)
        .partner(it.terms.partner, names)
        .leading("Licence libératoire", it.agreement.to_string(), trail(it.agreement))
}

/// A renewal was proposed.
pub(super) fn proposed(it: &RenewalProposed) -> Told {
    Told::new("info", "Renouvellement", format!("Renouvellement proposé à {}", it.price))
        .purchase(it.purchase)
        .day("Fin du terme", it.until)
        .with("Payé pour ce terme", it.paid.to_string())
}

/// A renewal was declined, or what else is of no purchase's terms.
pub(super) fn declined(event: &AccountEvent) -> Told {
    let told = Told::new("neutral", "Renouvellement", "Renouvellement décliné");
    match event.purchase() {
        Some(purchase) => told.purchase(purchase),
        None => told,
    }
}
