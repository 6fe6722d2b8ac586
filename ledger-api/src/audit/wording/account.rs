//! What happens to a holder's account.

use ledger_core::account::{
    AccountEvent, ContestOutcome, HoldExpired, Holder, PurchaseAuthorised, PurchaseRefunded,
    ReturnCause, SchoolLevel, SpecimenTaken,
};
use ledger_core::offer::Billing;

use super::{Names, Told, agreements, team, trail};
use crate::format;

/// Tells `event`.
pub(super) fn told(event: &AccountEvent, names: &Names) -> Told {
    match event {
        AccountEvent::Opened(_)
        | AccountEvent::Suspended(_)
        | AccountEvent::Resumed(_)
        | AccountEvent::Closed(_) => standing(event),
        AccountEvent::Contested(_) | AccountEvent::ContestEnded(_) => contest(event),
        AccountEvent::SpecimenTaken(it) => specimen(it, names),
        AccountEvent::LicenceAcquired(it) => agreements::acquired(it, names),
        AccountEvent::RenewalProposed(it) => agreements::proposed(it),
        AccountEvent::RenewalDeclined(_) => agreements::declined(event),
        AccountEvent::Team(it) => team::told(it),
        AccountEvent::Granted(it) => {
            let what = format!("Crédit de {} ouvert sur le compte", it.amount);
            let told = Told::new("info", "Crédit", what).envelope(it.envelope, names);
            let told = told.day("À dépenser avant la fin du", it.valid_until);
            let told = told.with("Lot", it.lot.to_string());
            match it.batch {
                Some(batch) => told.batch(batch),
                None => told,
            }
        }
        AccountEvent::Authorised(it) => authorised(it, names),
        AccountEvent::Captured(it) => {
            let what = format!("Service fait : {} dus au partenaire", it.amount);
            let told = Told::new("success", "Service fait", what)
                .purchase(it.purchase)
                .partner(it.partner, names)
                .shares("Financement", &it.split, names)
                .shares("Libéré", &it.freed, names);
            told.with("Dernière livraison", if it.last { "Oui" } else { "Non, d’autres suivent" })
        }
        AccountEvent::Cancelled(it) => Told::new("neutral", "Annulation", "Achat annulé")
            .purchase(it.purchase)
            .with("Motif", it.reason.as_str())
            .shares("Libéré", &it.freed, names),
        AccountEvent::HoldExpired(it) => freed(it, names),
        AccountEvent::Refunded(it) => refunded(it, names),
        AccountEvent::Returned(it) => {
            let (what, why) = match it.because {
                ReturnCause::Expired => ("Crédits échus", "Leur dernier jour est passé"),
                ReturnCause::AccountClosed => ("Crédits rendus", "Le compte est clos"),
            };
            Told::new("warning", "Restitution", format!("{what} : {} à restituer", it.amount))
                .envelope(it.envelope, names)
                .with("Motif", why)
                .with("Lot", it.lot.to_string())
        }
    }
}

fn authorised(it: &PurchaseAuthorised, names: &Names) -> Told {
    let what = format!("{} réservés pour « {} »", it.amount, it.terms.title);
    let told = Told::new("info", "Réservation", what)
        .purchase(it.purchase)
        .offer(it.terms.offer, &it.terms.title)
        .partner(it.terms.partner, names)
        .shares("Financement", &it.split, names)
        .with("Réservé jusqu’au", format::long_moment(it.hold_until));
    let told = match it.origin.specimen {
        Some(until) => told.day("Après le spécimen, jusqu’au", until),
        None => told,
    };
    let told = match it.origin.renews {
        Some(renews) => told
            .leading(
                "Renouvelle",
                renews.purchase.to_string(),
                format!("/comptable/achats/{}", renews.purchase),
            )
            .day("À compter du", renews.from),
        None => told,
    };
    match it.terms.billing {
        Billing::ByUse => told.with("Facturation", "À l’usage, dans la limite réservée"),
        Billing::Once | Billing::Subscription => told,
    }
}

fn refunded(it: &PurchaseRefunded, names: &Names) -> Told {
    let what = match it.agreement {
        Some(_) => format!("{} rendus : avoir de la licence libératoire", it.amount),
        None => format!("{} remboursés par le partenaire", it.amount),
    };
    let told = Told::new("warning", "Remboursement", what)
        .purchase(it.purchase)
        .partner(it.partner, names)
        .shares("Rendu au compte", &it.reopened, names)
        .shares("À restituer", &it.returned, names);
    match it.agreement {
        Some(id) => told.leading("Licence libératoire", id.to_string(), trail(id)),
        None => told,
    }
}

fn specimen(it: &SpecimenTaken, names: &Names) -> Told {
    Told::new("neutral", "Spécimen", format!("« {} » essayé, sans rien payer", it.title))
        .offer(it.offer, &it.title)
        .partner(it.partner, names)
        .day("Jusqu’au", it.until)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "all others are told elsewhere")]
fn contest(event: &AccountEvent) -> Told {
    match event {
        AccountEvent::Contested(it) => {
            Told::new("warning", "Contestation", format!("Achat contesté : {}", it.amount))
                .purchase(it.purchase)
                .with("Motif", it.reason.as_str())
        }
        AccountEvent::ContestEnded(it) => match it.outcome {
            ContestOutcome::Withdrawn => {
                Told::new("success", "Contestation", "Contestation retirée").purchase(it.purchase)
            }
            ContestOutcome::Dismissed => Told::new("info", "Contestation", "Contestation écartée")
                .purchase(it.purchase)
                .with("Constat", it.reason.as_str()),
        },
        _ => standing(event),
    }
}

fn standing(event: &AccountEvent) -> Told {
    match event {
        AccountEvent::Opened(it) => {
            let what = match it.holder {
                Holder::Teacher => "Compte ouvert pour un enseignant",
                Holder::Team => "Compte ouvert pour une équipe",
            };
            Told::new("neutral", "Ouverture", what)
                .with("Établissement", it.school.uai.as_str())
                .with("Niveau", level(it.school.level))
                .with("Académie", it.school.academy.to_string())
        }
        AccountEvent::Suspended(it) => {
            Told::new("warning", "Suspension", "Compte suspendu : plus de nouvel achat")
                .with("Motif", it.reason.as_str())
        }
        AccountEvent::Closed(_) => Told::new("neutral", "Clôture", "Compte clos"),
        AccountEvent::Resumed(_)
        | AccountEvent::Granted(_)
        | AccountEvent::Authorised(_)
        | AccountEvent::Captured(_)
        | AccountEvent::Cancelled(_)
        | AccountEvent::HoldExpired(_)
        | AccountEvent::Refunded(_)
        | AccountEvent::Returned(_)
        | AccountEvent::Contested(_)
        | AccountEvent::ContestEnded(_)
        | AccountEvent::SpecimenTaken(_)
        | AccountEvent::LicenceAcquired(_)
        | AccountEvent::RenewalProposed(_)
        | AccountEvent::RenewalDeclined(_)
        | AccountEvent::Team(_) => {
            Told::new("neutral", "Reprise", "Compte rétabli : les achats reprennent")
        }
    }
}

/// « Collège »: the schools that a kind of funder sees to.
pub(crate) fn level(level: SchoolLevel) -> &'static str {
    match level {
        SchoolLevel::Primary => "École",
        SchoolLevel::LowerSecondary => "Collège",
        SchoolLevel::UpperSecondary => "Lycée",
    }
}

/// What was held goes back.
fn freed(it: &HoldExpired, names: &Names) -> Told {
    let (kind, what) = if it.released {
        ("Réservation libérée", "Rien de plus ne sera livré : le reste est libéré")
    } else {
        ("Réservation échue", "Terme de la réservation passé")
    };
    Told::new("neutral", kind, what).purchase(it.purchase).shares("Libéré", &it.freed, names)
}
