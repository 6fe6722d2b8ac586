//! What happened in public accounting, in one French sentence for each event.

use chrono::NaiveDate;
use ledger_core::bank::{BankEvent, Direction};
use ledger_core::calendar::CalendarEvent;
use ledger_core::control::ControlEvent;
use ledger_core::convention::ConventionEvent;
use ledger_core::correction::CorrectionEvent;
use ledger_core::remittance::RemittanceEvent;
use ledger_core::settlement::{Check, FeeTitled, SettlementEvent};

pub(super) fn calendar(event: &CalendarEvent) -> String {
    match event {
        CalendarEvent::YearOpened(it) => format!("Exercice {} ouvert", it.year),
        CalendarEvent::MonthClosed(it) => format!("Mois {} clos", it.month),
        CalendarEvent::YearClosed(it) => format!(
            "Exercice {} clos : {} au débit et au crédit, balance {}",
            it.year, it.debit, it.digest
        ),
        CalendarEvent::PeriodSettled(it) => format!("Règlements au {} préparés", day(it.on)),
        CalendarEvent::CutOff(it) => {
            format!("Arrêté des règlements au {}, jusqu’à la position {}", day(it.on), it.up_to)
        }
    }
}

pub(super) fn settlement(event: &SettlementEvent) -> String {
    match event {
        SettlementEvent::Prepared(it) => format!(
            "Règlement préparé au {} : {} livrés, {} remboursés, {} d’avoirs, {} reportés",
            day(it.on),
            it.captured,
            it.refunded,
            it.credits,
            it.carried
        ),
        SettlementEvent::Certified(it) => {
            let how = if it.presumed { "présumé" } else { "certifié" };
            format!("Service fait {how} ; {} achats contestés", it.contested.len())
        }
        SettlementEvent::StatementReceived(it) => {
            format!("Relevé {} du {} reçu : {}", it.reference, day(it.dated), it.amount)
        }
        SettlementEvent::Matched(it) => {
            format!("Relevé {} rapproché : {}", it.reference, it.amount)
        }
        SettlementEvent::Differs(it) => {
            format!("Relevé {} en écart : {} au lieu de {}", it.reference, it.stated, it.certified)
        }
        SettlementEvent::FeeTitled(it) => titled(it),
        SettlementEvent::FeePaid(it) => {
            format!("Titre {} payé : {}, ligne {}", it.reference, it.amount, it.line)
        }
        SettlementEvent::LineChecked(it) => {
            let seen = if it.conform { "conforme" } else { "non conforme" };
            format!("Achat {} contrôlé, {seen} : {}", it.purchase, it.note)
        }
        SettlementEvent::Ordered(it) => format!(
            "Paiement ordonnancé : {} à payer avant le {}, {} imputés sur avoirs",
            it.payable,
            day(it.due),
            it.set_off
        ),
        SettlementEvent::VisaGranted(_) => "Visa du comptable : cinq contrôles passés".to_owned(),
        SettlementEvent::Suspended(it) => {
            format!("Paiement suspendu ({}) : {}", checks(&it.failed), it.reason)
        }
        SettlementEvent::Answered(it) => format!("Réponse à la suspension : {}", it.answer),
        SettlementEvent::Requisitioned(it) => {
            format!("Réquisition malgré {} : {}", checks(&it.failed), it.reason)
        }
        SettlementEvent::SetOff(it) => format!("{} imputés sur avoirs, rien à payer", it.amount),
        SettlementEvent::Sent(it) => {
            format!("Virement de {} émis, référence {}", it.amount, it.end_to_end)
        }
        SettlementEvent::Accepted(it) => {
            format!("Virement {} accepté par la banque", it.end_to_end)
        }
        SettlementEvent::Rejected(it) => {
            format!("Virement {} rejeté par la banque {}", it.end_to_end, it.reason)
        }
        SettlementEvent::Debited(it) => {
            format!("Virement de {} débité le {}, ligne {}", it.amount, day(it.booked), it.line)
        }
        SettlementEvent::Returned(it) => {
            format!("Virement de {} revenu {}, ligne {}", it.amount, it.reason, it.line)
        }
        SettlementEvent::VoucherAttached(it) => {
            format!("Pièce jointe : {} ({})", it.voucher.name, it.voucher.kind.title())
        }
    }
}

fn titled(it: &FeeTitled) -> String {
    format!(
        "Titre {} : commission de {} ({} hors taxe, {} de TVA), à payer avant le {}",
        it.reference,
        it.total,
        it.net,
        it.vat,
        day(it.due)
    )
}

pub(super) fn remittance(event: &RemittanceEvent) -> String {
    match event {
        RemittanceEvent::DrawnUp(it) => format!(
            "Remise {} établie : {} virements, {}",
            it.message,
            it.transfers.len(),
            it.total
        ),
        RemittanceEvent::Delivered(it) => format!("Fichier établi, {}", it.digest),
        RemittanceEvent::Answered(it) => {
            format!("Réponse de la banque : {} acceptés, {} rejetés", it.accepted, it.rejected)
        }
    }
}

pub(super) fn bank(event: &BankEvent) -> String {
    match event {
        BankEvent::Opened(it) => format!("Compte bancaire de {} ouvert", it.holder),
        BankEvent::Imported(it) => format!(
            "Relevé {} importé : {} lignes, de {} à {}",
            it.reference,
            it.lines.len(),
            it.opening,
            it.closing
        ),
        BankEvent::Matched(it) => format!("Ligne {} rapprochée", it.line),
        BankEvent::ChargeBooked(it) => {
            format!("Ligne {} : {} de frais bancaires", it.line, it.amount)
        }
        BankEvent::Parked(it) => {
            let what = match it.direction {
                Direction::In => "recette",
                Direction::Out => "dépense",
            };
            format!("Ligne {} : {} en {what} à classer", it.line, it.amount)
        }
        BankEvent::Identified(it) => format!("Ligne {} classée : {}", it.line, it.amount),
    }
}

pub(super) fn convention(event: &ConventionEvent) -> String {
    match event {
        ConventionEvent::Signed(it) => format!(
            "Convention « {} » signée avec {} ({}) : {}",
            it.title, it.funder_name, it.funder, it.amount
        ),
        ConventionEvent::Amended(it) => {
            format!("Avenant {} : {} de plus", it.legal_reference, it.amount)
        }
        ConventionEvent::Drawn(it) => format!("{} réservés pour une enveloppe", it.amount),
        ConventionEvent::Called(it) => {
            format!("Appel de fonds {} : {} avant le {}", it.reference, it.amount, day(it.due))
        }
        ConventionEvent::Received(it) => format!("Fonds reçus : {}, ligne {}", it.amount, it.line),
        ConventionEvent::ReturnOrdered(it) => format!("Restitution de {} ordonnée", it.amount),
        ConventionEvent::ReturnSent(it) => {
            format!("Restitution de {} émise, référence {}", it.amount, it.end_to_end)
        }
        ConventionEvent::ReturnDebited(it) => {
            format!("Restitution de {} débitée, ligne {}", it.amount, it.line)
        }
        ConventionEvent::ReturnRejected(it) => {
            format!("Restitution de {} rejetée : {}, {}", it.amount, it.reason, it.end_to_end)
        }
        ConventionEvent::ReturnCameBack(it) => {
            format!("Restitution de {} revenue : {}, ligne {}", it.amount, it.reason, it.line)
        }
    }
}

pub(super) fn control(event: &ControlEvent) -> String {
    let ControlEvent::Adopted(it) = event;
    format!(
        "Plan de contrôle {} adopté : dès {}, tirage de {} ‰, {}",
        it.plan.number, it.plan.from, it.plan.rate, it.plan.legal_reference
    )
}

pub(super) fn correction(event: &CorrectionEvent) -> String {
    match event {
        CorrectionEvent::Proposed(it) => {
            format!("Correction de l’événement {} proposée : {}", it.corrects, it.reason)
        }
        CorrectionEvent::Approved(it) => {
            format!("Correction de l’événement {} approuvée", it.corrects)
        }
        CorrectionEvent::Rejected(it) => format!("Correction abandonnée : {}", it.reason),
    }
}

fn day(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

fn checks(failed: &[Check]) -> String {
    let titles: Vec<&str> = failed.iter().map(|it| it.title()).collect();
    titles.join(", ")
}
