//! What happens in a team, and what its head of school decides.

use ledger_core::account::team::{RefusedBecause, TeamEvent, TeamRole};

/// What happened in a team.
pub(super) fn team(event: &TeamEvent) -> String {
    match event {
        TeamEvent::Named(it) => format!("Équipe nommée « {} »", it.name),
        TeamEvent::MemberAdded(it) => match it.role {
            TeamRole::Member => format!("Compte {} membre de l’équipe", it.member),
            TeamRole::Manager => format!("Compte {} responsable de l’équipe", it.member),
        },
        TeamEvent::MemberRemoved(it) => format!("Compte {} retiré de l’équipe", it.member),
        TeamEvent::RulesSet(it) => match it.approval_above {
            Some(above) => format!("Règles de l’équipe fixées, accord demandé au-delà de {above}"),
            None => "Règles de l’équipe fixées, sans accord demandé".to_owned(),
        },
        TeamEvent::Delegated(it) => format!(
            "Accord délégué au compte {}, du {} au {}",
            it.to,
            it.from.format("%d/%m/%Y"),
            it.until.format("%d/%m/%Y")
        ),
        TeamEvent::DelegationEnded(it) => format!("Délégation du compte {} terminée", it.to),
        TeamEvent::Requested(_) => "Accord du chef d’établissement demandé".to_owned(),
        TeamEvent::Reminded(_) => "Demande d’accord rappelée".to_owned(),
        TeamEvent::Approved(it) => match it.delegate {
            Some(delegate) => format!("Accord donné par délégation, par le compte {delegate}"),
            None => "Accord donné par le chef d’établissement".to_owned(),
        },
        TeamEvent::Refused(it) if it.words.is_empty() => {
            format!("Accord refusé : {}", because(it.because))
        }
        TeamEvent::Refused(it) => format!("Accord refusé : {} ; {}", because(it.because), it.words),
    }
}

/// Why an agreement is refused, in a few words.
fn because(it: RefusedBecause) -> &'static str {
    match it {
        RefusedBecause::Budget => "crédits destinés à autre chose",
        RefusedBecause::NotPedagogical => "sans lien avec les enseignements",
        RefusedBecause::AlreadyOwned => "l’établissement l’a déjà",
        RefusedBecause::WrongPrice => "trop cher pour ce que c’est",
        RefusedBecause::Other => "autre motif",
    }
}
