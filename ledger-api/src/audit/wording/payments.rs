//! What happens between the purchase and the bank statement: settlements, remittances, the bank.

use ledger_core::bank::{BankEvent, Direction, Matched};
use ledger_core::remittance::{BankStatus, RemittanceEvent};
use ledger_core::settlement::{Prepared, SettlementEvent};

use super::{Names, Told, actor, trail};
use crate::format::{count, rate};

/// Tells an event of a settlement.
pub(super) fn settlement(event: &SettlementEvent, names: &Names) -> Told {
    match event {
        SettlementEvent::Prepared(it) => prepared(it, names),
        SettlementEvent::Certified(it) => {
            let how = if it.presumed { "présumé" } else { "certifié" };
            let told = Told::new("success", "Service fait", format!("Service fait {how}"))
                .day("Le", it.on)
                .with("Achats contestés", it.contested.len().to_string());
            let told = match &it.sample {
                Some(it) => told
                    .with("Plan de contrôle", it.plan.to_string())
                    .with("Graine du tirage", it.seed.to_string())
                    .with("À contrôler", format!("{} sur {}", it.drawn.len(), it.out_of)),
                None => told,
            };
            it.charged.iter().fold(told.with("Par", actor(it.by)), |told, it| {
                let value = format!("{} : {}", names.envelope(it.envelope), it.amount);
                told.leading("Payé par", value, trail(it.envelope))
            })
        }
        SettlementEvent::StatementReceived(it) => {
            Told::new("info", "Relevé", format!("Relevé {} reçu : {}", it.reference, it.amount))
                .day("Daté du", it.dated)
                .day("Reçu le", it.received)
                .with("Par", actor(it.by))
        }
        SettlementEvent::Matched(it) => {
            Told::new("success", "Rapprochement", format!("Relevé rapproché : {}", it.amount))
                .with("Relevé", it.reference.as_str())
        }
        SettlementEvent::Differs(it) => {
            Told::new("warning", "Écart", format!("Relevé en écart : {}", it.stated))
                .with("Service fait", it.certified.to_string())
                .with("Relevé", it.reference.as_str())
        }
        SettlementEvent::FeeTitled(_) | SettlementEvent::FeePaid(_) => fee(event),
        SettlementEvent::LineChecked(it) => {
            let (tone, seen) =
                if it.conform { ("success", "conforme") } else { ("error", "non conforme") };
            Told::new(tone, "Contrôle", format!("Achat contrôlé : {seen}"))
                .purchase(it.purchase)
                .with("Constat", it.note.as_str())
                .with("Par", actor(it.by))
        }
        SettlementEvent::VoucherAttached(it) => {
            Told::new("neutral", "Pièce", format!("{} jointe", it.voucher.kind.title()))
                .with("Fichier", it.voucher.name.as_str())
                .with("Empreinte", it.voucher.digest.to_string())
                .with("Par", actor(it.by))
        }
        SettlementEvent::Ordered(_)
        | SettlementEvent::VisaGranted(_)
        | SettlementEvent::Suspended(_)
        | SettlementEvent::Answered(_)
        | SettlementEvent::Requisitioned(_)
        | SettlementEvent::SetOff(_) => order(event),
        SettlementEvent::Sent(_)
        | SettlementEvent::Accepted(_)
        | SettlementEvent::Rejected(_)
        | SettlementEvent::Debited(_)
        | SettlementEvent::Returned(_) => payment(event),
    }
}

/// The partner's fee, and how it was paid.
#[expect(clippy::wildcard_enum_match_arm, reason = "all others are told elsewhere")]
fn fee(event: &SettlementEvent) -> Told {
    match event {
        SettlementEvent::FeeTitled(it) => {
            Told::new("info", "Titre de recette", format!("Commission de {}", it.total))
                .with("Titre", it.reference.as_str())
                .with("Convention", it.agreement.as_str())
                .with("Assiette", it.base.to_string())
                .with("Taux", rate(it.rate * 10))
                .with("Hors taxe", it.net.to_string())
                .with("TVA", format!("{} ({})", it.vat, rate(it.vat_rate)))
                .day("Émis le", it.on)
                .day("À payer avant le", it.due)
        }
        SettlementEvent::FeePaid(it) => {
            let told = Told::new("success", "Banque", format!("Commission de {} payée", it.amount))
                .with("Titre", it.reference.as_str())
                .with("Ligne du relevé", it.line.as_str());
            match it.booked {
                Some(booked) => told.day("Date de la banque", booked),
                None => told,
            }
        }
        _ => payment(event),
    }
}

fn prepared(it: &Prepared, names: &Names) -> Told {
    let lines = count(it.lines as usize, "mouvement", "mouvements");
    let told = Told::new("info", "Liquidation", format!("Règlement préparé : {}", it.gross()))
        .partner(it.partner, names)
        .day("Période close le", it.on)
        .with("Lignes", lines)
        .with("Livré", it.captured.to_string())
        .with("Remboursé", it.refunded.to_string())
        .with("Avoirs", it.credits.to_string())
        .with("Avoirs reportés", it.carried.to_string())
        .with("Rétabli après contestation", it.reinstated.to_string())
        .with("Positions du journal", format!("{} à {}", it.after + 1, it.up_to))
        .with("Empreinte de l’état", it.digest.to_string())
        .day("Contestable jusqu’au", it.presumed_from.pred_opt().unwrap_or(it.presumed_from));
    match &it.fee {
        Some(fee) => told.with("Commission convenue", rate(fee.rate * 10)),
        None => told,
    }
}

/// The acts of the authorising officer and of the accountant.
#[expect(clippy::wildcard_enum_match_arm, reason = "all others are payments")]
fn order(event: &SettlementEvent) -> Told {
    match event {
        SettlementEvent::Ordered(it) => {
            Told::new("info", "Ordonnancement", format!("Paiement de {} ordonné", it.payable))
                .with("Imputé sur avoirs", it.set_off.to_string())
                .with("Avoirs reportés", it.carried.to_string())
                .day("À payer avant le", it.due)
                .with("Par", actor(it.by))
        }
        SettlementEvent::VisaGranted(it) => {
            let told = Told::new("success", "Visa", "Visa du comptable").with("Par", actor(it.by));
            it.checks.iter().fold(told, |told, it| {
                let note =
                    if it.note.is_empty() { String::new() } else { format!(" — {}", it.note) };
                told.with(it.check.title(), format!("{}{note}", it.evidence))
            })
        }
        SettlementEvent::Suspended(it) => {
            let told = Told::new("error", "Suspension", "Paiement suspendu")
                .with("Motif", it.reason.as_str())
                .with("Par", actor(it.by));
            it.failed.iter().fold(told, |told, it| told.with("Contrôle non satisfait", it.title()))
        }
        SettlementEvent::Answered(it) => Told::new("info", "Réponse", "Réponse à la suspension")
            .with("Réponse", it.answer.as_str())
            .with("Par", actor(it.by)),
        SettlementEvent::Requisitioned(it) => {
            let told = Told::new("warning", "Réquisition", "Ordre de payer malgré la suspension")
                .with("Motif", it.reason.as_str())
                .with("Par", actor(it.by));
            it.failed.iter().fold(told, |told, it| told.with("Contrôle non satisfait", it.title()))
        }
        SettlementEvent::SetOff(it) => {
            Told::new("success", "Imputation", format!("{} imputés sur avoirs", it.amount))
                .with("Par", actor(it.by))
        }
        _ => payment(event),
    }
}

/// What happens at the bank.
#[expect(clippy::wildcard_enum_match_arm, reason = "all others were told before")]
fn payment(event: &SettlementEvent) -> Told {
    match event {
        SettlementEvent::Sent(it) => {
            Told::new("info", "Virement", format!("Virement de {} émis", it.amount))
                .leading("Remise", it.remittance.to_string(), trail(it.remittance))
                .with("Référence", it.end_to_end.as_str())
                .with("Imputé sur avoirs", it.set_off.to_string())
                .with("Par", actor(it.by))
        }
        SettlementEvent::Accepted(it) => {
            Told::new("success", "Virement", "Virement accepté par la banque")
                .with("Référence", it.end_to_end.as_str())
        }
        SettlementEvent::Rejected(it) => {
            Told::new("error", "Rejet", format!("Virement de {} rejeté", it.amount))
                .with("Référence", it.end_to_end.as_str())
                .with("Motif de la banque", it.reason.as_str())
        }
        SettlementEvent::Debited(it) => {
            Told::new("success", "Banque", format!("Virement de {} débité", it.amount))
                .day("Date de la banque", it.booked)
                .with("Ligne du relevé", it.line.as_str())
        }
        SettlementEvent::Returned(it) => {
            Told::new("error", "Banque", format!("Virement de {} revenu", it.amount))
                .day("Date de la banque", it.booked)
                .with("Motif de la banque", it.reason.as_str())
                .with("Ligne du relevé", it.line.as_str())
        }
        _ => Told::new("neutral", "Règlement", "Règlement"),
    }
}

/// Tells an event of a remittance.
pub(super) fn remittance(event: &RemittanceEvent, _: &Names) -> Told {
    match event {
        RemittanceEvent::DrawnUp(it) => {
            let transfers = count(it.transfers.len(), "virement", "virements");
            let what = format!("Remise {} : {transfers}, {}", it.message, it.total);
            let told = Told::new("info", "Remise", what)
                .day("À exécuter le", it.execution)
                .with("Par", actor(it.by));
            it.transfers.iter().fold(told, |told, it| {
                let value = format!("{} : {}", it.name, it.amount);
                told.leading("Virement", value, trail(it.settlement))
            })
        }
        RemittanceEvent::Delivered(it) => Told::new("info", "Remise", "Fichier établi")
            .with("Empreinte", it.digest.to_string())
            .with("Par", actor(it.by)),
        RemittanceEvent::Answered(it) => {
            let (tone, what) = match it.status {
                BankStatus::Accepted => ("success", "Remise acceptée"),
                BankStatus::PartlyAccepted => ("warning", "Remise acceptée en partie"),
                BankStatus::Rejected => ("error", "Remise rejetée"),
                BankStatus::Pending => ("neutral", "Remise en cours d’examen"),
            };
            Told::new(tone, "Banque", what)
                .with("Acceptés", it.accepted.to_string())
                .with("Rejetés", it.rejected.to_string())
                .with("Empreinte", it.report.to_string())
        }
    }
}

/// Tells an event of our account at the bank; its number is not shown.
pub(super) fn bank(event: &BankEvent, names: &Names) -> Told {
    match event {
        BankEvent::Opened(it) => {
            Told::new("info", "Ouverture", format!("Compte bancaire de {}", it.holder))
                .with("Par", actor(it.by))
        }
        BankEvent::Imported(it) => {
            Told::new("info", "Relevé", format!("Relevé {} importé", it.reference))
                .day("Du", it.from)
                .day("Au", it.to)
                .with("Solde initial", it.opening.to_string())
                .with("Solde final", it.closing.to_string())
                .with("Lignes", it.lines.len().to_string())
                .with("Empreinte du contenu", it.digest.to_string())
                .with("Empreinte du fichier", it.file.to_string())
                .with("Par", actor(it.by))
        }
        BankEvent::Matched(it) => matched(
            Told::new("success", "Rapprochement", format!("Ligne {} rapprochée", it.line)),
            it.to,
            names,
        )
        .with("Par", actor(it.by)),
        BankEvent::ChargeBooked(it) => {
            Told::new("neutral", "Frais", format!("{} de frais bancaires", it.amount))
                .day("Date de la banque", it.booked)
                .with("Ligne", it.line.as_str())
        }
        BankEvent::Parked(it) => {
            let what = match it.direction {
                Direction::In => "Recette",
                Direction::Out => "Dépense",
            };
            Told::new("warning", "À classer", format!("{what} de {} à classer", it.amount))
                .day("Date de la banque", it.booked)
                .with("Ligne", it.line.as_str())
        }
        BankEvent::Identified(it) => {
            let told = Told::new("success", "Classement", format!("{} classés", it.amount))
                .with("Ligne", it.line.as_str());
            let told = matched(told, it.to, names);
            let told = match it.reference.as_str() {
                "" => told,
                reference => told.with("Référence", reference),
            };
            told.with("Par", actor(it.by))
        }
    }
}

fn matched(told: Told, to: Matched, names: &Names) -> Told {
    match to {
        Matched::Payment(id) => told.leading("Règlement", id.to_string(), trail(id)),
        Matched::PaymentReturned(id) => told.leading("Virement revenu", id.to_string(), trail(id)),
        Matched::Remittance(id) => told.leading("Remise", id.to_string(), trail(id)),
        Matched::Fee(id) => told.leading("Commission", id.to_string(), trail(id)),
        Matched::Envelope(id) => told.envelope(id, names),
        Matched::Convention(id) => told.leading("Convention", id.to_string(), trail(id)),
        Matched::FundsReturned(id) => told.leading("Restitution", id.to_string(), trail(id)),
        Matched::ReturnCameBack(id) => {
            told.leading("Restitution revenue", id.to_string(), trail(id))
        }
    }
}
