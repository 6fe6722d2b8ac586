//! What happens in public accounting: the calendar, conventions, control plans and corrections.

use ledger_core::calendar::CalendarEvent;
use ledger_core::control::ControlEvent;
use ledger_core::convention::{CarryOver, ConventionEvent};
use ledger_core::correction::{CorrectedLine, CorrectionEvent};

use super::{Names, Told, actor};

/// Tells an event of the calendar.
pub(super) fn calendar(event: &CalendarEvent) -> Told {
    match event {
        CalendarEvent::YearOpened(it) => {
            Told::new("info", "Ouverture", format!("Exercice {} ouvert", it.year))
                .with("Par", actor(it.by))
        }
        CalendarEvent::MonthClosed(it) => {
            Told::new("info", "Clôture", format!("Mois {} clos", it.month))
                .with("Par", actor(it.by))
        }
        CalendarEvent::YearClosed(it) => {
            Told::new("success", "Clôture", format!("Exercice {} clos", it.year))
                .with("Comptes", it.accounts.to_string())
                .with("Débit", it.debit.to_string())
                .with("Crédit", it.credit.to_string())
                .with("Empreinte de la balance", it.digest.to_string())
                .with("Par", actor(it.by))
        }
        CalendarEvent::CutOff(it) => Told::new("neutral", "Arrêté", "Période de règlement arrêtée")
            .day("Dernier jour", it.on)
            .with("Jusqu’à la position", it.up_to.to_string()),
        CalendarEvent::PeriodSettled(it) => {
            Told::new("neutral", "Règlements", "Règlements de la période préparés")
                .day("Dernier jour", it.on)
        }
    }
}

/// Tells an event of a convention.
pub(super) fn convention(event: &ConventionEvent, names: &Names) -> Told {
    match event {
        ConventionEvent::Signed(it) => {
            let what = format!("Convention « {} » signée", it.title);
            let carry_over = match it.carry_over {
                CarryOver::Returned => "restitué à la collectivité",
                CarryOver::Carried => "reporté sur l’année suivante",
            };
            Told::new("info", "Convention", what)
                .with("Collectivité", it.funder_name.as_str())
                .with("SIREN", it.funder.auxiliary())
                .with("Référence", it.legal_reference.as_str())
                .with("Avis du comptable", it.assent.as_str())
                .with("Montant", it.amount.to_string())
                .day("Du", it.from)
                .day("Au", it.until)
                .with("Solde en fin d’année", carry_over)
                .with("Par", actor(it.by))
        }
        ConventionEvent::Amended(it) => {
            Told::new("info", "Avenant", format!("{} de plus", it.amount))
                .with("Référence", it.legal_reference.as_str())
        }
        ConventionEvent::Drawn(it) => {
            Told::new("neutral", "Enveloppe", format!("{} réservés pour une enveloppe", it.amount))
                .envelope(it.envelope, names)
        }
        ConventionEvent::Called(it) => {
            Told::new("info", "Appel de fonds", format!("{} appelés", it.amount))
                .with("Référence", it.reference.as_str())
                .day("À verser avant le", it.due)
                .with("Par", actor(it.by))
        }
        ConventionEvent::Received(it) => {
            let told = Told::new("success", "Fonds reçus", format!("{} reçus", it.amount))
                .with("Ligne du relevé", it.line.as_str());
            match it.booked {
                Some(booked) => told.day("Date de la banque", booked),
                None => told,
            }
        }
        ConventionEvent::ReturnOrdered(it) => {
            Told::new("info", "Restitution", format!("Restitution de {} ordonnée", it.amount))
                .with("Par", actor(it.by))
        }
        ConventionEvent::ReturnSent(it) => {
            Told::new("info", "Restitution", format!("Restitution de {} émise", it.amount))
                .with("Référence", it.end_to_end.as_str())
                .day("À exécuter le", it.execution)
                .with("Par", actor(it.by))
        }
        ConventionEvent::ReturnDebited(it) => {
            Told::new("success", "Restitution", format!("Restitution de {} débitée", it.amount))
                .with("Référence", it.end_to_end.as_str())
                .with("Ligne du relevé", it.line.as_str())
                .day("Date de la banque", it.booked)
        }
        ConventionEvent::ReturnRejected(it) => {
            let what = format!("Restitution de {} rejetée", it.amount);
            failed(what, &it.end_to_end, &it.reason)
                .with("Empreinte de la réponse", it.report.to_string())
        }
        ConventionEvent::ReturnCameBack(it) => {
            let what = format!("Restitution de {} revenue", it.amount);
            failed(what, &it.end_to_end, &it.reason)
                .with("Ligne du relevé", it.line.as_str())
                .day("Date de la banque", it.booked)
        }
    }
}

fn failed(what: String, end_to_end: &str, reason: &str) -> Told {
    Told::new("error", "Restitution", what)
        .with("Référence", end_to_end)
        .with("Motif de la banque", reason)
}

/// Tells an event of the control plans.
pub(super) fn control(event: &ControlEvent, names: &Names) -> Told {
    let ControlEvent::Adopted(it) = event;
    let plan = &it.plan;
    let told = Told::new("info", "Contrôle", format!("Plan de contrôle {} adopté", plan.number))
        .with("Contrôle de tout achat à partir de", plan.from.to_string())
        .with("Tirage au sort", format!("{} ‰", plan.rate))
        .with("Référence", plan.legal_reference.as_str())
        .with("Par", actor(it.by));
    let partners = plan.partners.iter().fold(told, |told, it| told.partner(*it, names));
    plan.kinds.iter().fold(partners, |told, it| told.with("Type contrôlé", it.name()))
}

/// Tells an event of a correction.
pub(super) fn correction(event: &CorrectionEvent, _: &Names) -> Told {
    let lines = |told: Told, lines: &[CorrectedLine]| {
        lines.iter().fold(told, |told, it| {
            let side = |account: u32, partner: Option<ledger_core::identifiers::Siren>| {
                partner.map_or(account.to_string(), |it| format!("{account} {it}"))
            };
            let debit = side(it.debit.account, it.debit.partner);
            let credit = side(it.credit.account, it.credit.partner);
            told.with("Écriture", format!("{debit} à {credit} : {}", it.amount))
        })
    };
    let corrected = |told: Told, position: u64| {
        let href = format!("/comptable/evenements/{position}");
        told.leading("Événement corrigé", position.to_string(), href)
    };
    match event {
        CorrectionEvent::Proposed(it) => {
            let told = Told::new("info", "Correction", "Correction préparée")
                .with("Motif", it.reason.as_str())
                .with("Par", actor(it.by));
            lines(corrected(told, it.corrects), &it.lines)
        }
        CorrectionEvent::Approved(it) => {
            let told = Told::new("success", "Correction", "Correction approuvée")
                .with("Préparée par", actor(it.proposed_by))
                .with("Approuvée par", actor(it.by));
            lines(corrected(told, it.corrects), &it.lines)
        }
        CorrectionEvent::Rejected(it) => {
            Told::new("warning", "Correction", "Correction abandonnée")
                .with("Motif", it.reason.as_str())
                .with("Par", actor(it.by))
        }
    }
}
