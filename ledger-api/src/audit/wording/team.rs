//! What happens in a team that shares an account, and what its head of school decides.

use ledger_core::account::team::{RefusedBecause, TeamEvent, TeamRole, TeamRules};
use ledger_core::ids::AccountId;

use super::Told;
use crate::format;

/// Tells `event`.
pub(super) fn told(event: &TeamEvent) -> Told {
    match event {
        TeamEvent::Named(it) => {
            Told::new("neutral", "Équipe", "Équipe nommée").with("Nom", it.name.as_str())
        }
        TeamEvent::MemberAdded(it) => {
            let what = match it.role {
                TeamRole::Member => "Membre de l’équipe, qui peut acheter",
                TeamRole::Manager => "Responsable de l’équipe",
            };
            Told::new("neutral", "Équipe", what).account(it.member)
        }
        TeamEvent::MemberRemoved(it) => {
            Told::new("warning", "Équipe", "Compte retiré de l’équipe").account(it.member)
        }
        TeamEvent::RulesSet(it) => rules(it),
        TeamEvent::Delegated(it) => Told::new("info", "Délégation", "Accord délégué")
            .account(it.to)
            .day("Du", it.from)
            .day("Au", it.until),
        TeamEvent::DelegationEnded(it) => {
            Told::new("warning", "Délégation", "Délégation terminée").account(it.to)
        }
        TeamEvent::Requested(it) => {
            Told::new("warning", "Accord demandé", "Achat soumis au chef d’établissement")
                .purchase(it.purchase)
                .with("Jusqu’au", format::long_moment(it.until))
                .with("Payé dès l’accord", if it.at_once { "Oui" } else { "Non" })
        }
        TeamEvent::Reminded(it) => {
            Told::new("info", "Rappel", "Demande d’accord rappelée").purchase(it.purchase)
        }
        TeamEvent::Approved(it) => decided("success", "Accord", it.delegate).purchase(it.purchase),
        TeamEvent::Refused(it) => decided("warning", "Refus", it.delegate)
            .purchase(it.purchase)
            .with("Motif", because(it.because))
            .with("Précision", it.words.as_str()),
    }
}

fn decided(tone: &'static str, kind: &'static str, delegate: Option<AccountId>) -> Told {
    match delegate {
        Some(delegate) => Told::new(tone, kind, "Décidé par délégation").account(delegate),
        None => Told::new(tone, kind, "Décidé par le chef d’établissement"),
    }
}

fn rules(it: &TeamRules) -> Told {
    let limits = [
        ("Par achat", it.per_purchase),
        ("Par mois", it.per_month),
        ("Par mois et par membre", it.per_member_month),
        ("Accord demandé au-delà de", it.approval_above),
    ];
    let told = Told::new("neutral", "Équipe", "Règles de l’équipe");
    limits.into_iter().fold(told, |told, (label, limit)| match limit {
        Some(limit) => told.with(label, limit.to_string()),
        None => told,
    })
}

/// Why the head of school refuses.
pub(crate) fn because(it: RefusedBecause) -> &'static str {
    match it {
        RefusedBecause::Budget => "Crédits destinés à autre chose",
        RefusedBecause::NotPedagogical => "Sans lien avec les enseignements",
        RefusedBecause::AlreadyOwned => "L’établissement l’a déjà",
        RefusedBecause::WrongPrice => "Trop cher pour ce que c’est",
        RefusedBecause::Other => "Autre motif",
    }
}
