//! Why a team, or its head of school, keeps an account from doing what was asked.

use ledger_core::account::AccountRefusal;
use ledger_core::account::team::TeamLimit;

use super::Told;
use crate::problem::Problem;

const TEAMS: (&str, &str) = ("Voir mes équipes", "/equipes");

/// A refusal about teams, as a page tells it.
pub(super) fn told(refusal: &AccountRefusal) -> Told {
    let problem = Problem::from(refusal.clone());
    let sentence = if let AccountRefusal::OverTeamLimit(over) = refusal {
        let what = match over.rule {
            TeamLimit::PerPurchase => "un achat de l’équipe coûte au plus",
            TeamLimit::PerMonth => "l’équipe dépense au plus, par mois,",
            TeamLimit::PerMemberMonth => "chaque membre dépense au plus, par mois,",
        };
        format!("Selon ses règles, {what} {}\u{a0}; il en reste {}.", over.limit, over.left)
    } else {
        problem.told.unwrap_or_else(|| "Rien n’a été changé.".to_owned())
    };
    Told { heading: problem.kind.heading, sentence, advice: problem.kind.advice, next: TEAMS }
}
