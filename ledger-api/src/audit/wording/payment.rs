//! What becomes of a payment that a partner asks for.

use ledger_core::payment::{CaptureMode, PaymentCreated, PaymentEvent};

use super::super::names::Names;
use super::Told;
use crate::format;

/// Tells an event of a payment.
pub(super) fn told(event: &PaymentEvent, names: &Names) -> Told {
    match event {
        PaymentEvent::Created(it) => created(it, names),
        PaymentEvent::ApprovalAwaited(it) => {
            Told::new("warning", "Accord demandé", "Paiement soumis au chef d’établissement")
                .account(it.account)
                .with("Jusqu’au", format::long_moment(it.until))
        }
        PaymentEvent::Authorised(it) => {
            Told::new("info", "Confirmation", "Paiement confirmé : l’argent est réservé")
                .account(it.account)
                .with("Pseudonyme chez le partenaire", it.buyer.to_string())
        }
        PaymentEvent::Declined(_) => {
            Told::new("neutral", "Refus", "Paiement refusé par l’enseignant")
        }
        PaymentEvent::Cancelled(it) => {
            let told = Told::new("neutral", "Annulation", "Paiement annulé par le partenaire");
            if it.reason.is_empty() { told } else { told.with("Motif", it.reason.as_str()) }
        }
        PaymentEvent::Expired(_) => {
            Told::new("neutral", "Abandon", "Paiement que personne n’a confirmé à temps")
        }
        PaymentEvent::UsageRecorded(it) => {
            let what = format!("{} unités utilisées en tout", it.units);
            Told::new("info", "Usage", what).day("Au", it.on).with("Relevé", it.record.to_string())
        }
        PaymentEvent::CeilingNeared(it) => {
            let what = format!("{} % du plafond atteints", it.percent);
            Told::new("warning", "Plafond", what).with("Unités", it.units.to_string())
        }
        PaymentEvent::UsageClosed(it) => {
            let due = it.amount.map_or_else(|| "Rien".to_owned(), |it| it.to_string());
            Told::new("success", "Arrêté d’usage", "Usage arrêté")
                .day("Au", it.until)
                .with("Unités en tout", it.units.to_string())
                .with("À payer", due)
                .with("Dernier arrêté", if it.last { "Oui" } else { "Non" })
        }
    }
}

fn created(it: &PaymentCreated, names: &Names) -> Told {
    let what = format!("Paiement de {} demandé", it.total());
    let capture = match it.capture {
        CaptureMode::Manual => "À la livraison",
        CaptureMode::Automatic => "Dès la confirmation",
    };
    let mut told = Told::new("neutral", "Demande", what)
        .partner(it.partner, names)
        .with("Référence du partenaire", it.reference.as_str())
        .with("Service fait", capture)
        .with("À confirmer avant le", format::long_moment(it.expires_at));
    for line in &it.lines {
        told = if line.catalogue {
            told.offer(line.terms.offer, &line.terms.title)
        } else {
            told.with("Ligne libre", line.terms.title.as_str())
        };
        told = told.purchase(line.purchase).with("Montant", line.amount.to_string());
    }
    for (name, value) in &it.metadata {
        told = told.with("Donnée du partenaire", format!("{name} = {value}"));
    }
    told
}
