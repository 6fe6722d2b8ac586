//! Which accounts a teacher may pay with: their own, and those of their teams.

use ledger_core::account::{Account, TeamRole};
use ledger_core::checkout::Payer;
use ledger_core::ids::{AccountId, PurchaseId};
use projections::reports::teams::TeamRow;

use super::failed;
use crate::api::lists;
use crate::app::App;
use crate::problem::{Problem, kinds};

/// One account that a teacher may pay with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// As the form sends it.
    pub account: AccountId,
    /// As it reads.
    pub label: String,
    /// Whether it is the one that pays.
    pub chosen: bool,
}

/// How a team is called on pages.
pub fn name_of(team: &TeamRow) -> String {
    if team.name.is_empty() { "Équipe sans nom".to_owned() } else { team.name.clone() }
}

/// The accounts that `teacher` may pay with; empty when there is only their own.
pub fn choices(app: &App, teacher: AccountId, chosen: Payer) -> Result<Vec<Choice>, Problem> {
    let models = app.models.now().map_err(Problem::unavailable)?;
    let teams = models.teams_of(teacher).map_err(Problem::unavailable)?;
    if teams.is_empty() {
        return Ok(vec![]);
    }
    let choice = |account, label| Choice { account, label, chosen: account == chosen.account };
    let own = choice(teacher, "Mon compte".to_owned());
    Ok([own].into_iter().chain(teams.iter().map(|it| choice(it.account, name_of(it)))).collect())
}

/// Who pays, as a form says it; one's own account when it says nothing.
///
/// Whether the teacher is in that team, the account's rules say.
pub fn chosen(teacher: AccountId, asked: Option<&str>) -> Result<Payer, Problem> {
    let account = match asked.map(str::trim).filter(|it| !it.is_empty()) {
        None => teacher,
        Some(text) => text.parse().map_err(|_| {
            let expected = "expected an account, as acc_…";
            Problem::field(&kinds::INVALID_FIELD, "compte", expected)
                .told("Choisissez l’un de vos comptes.")
        })?,
    };
    let by = (account != teacher).then_some(teacher);
    Ok(Payer { account, by })
}

/// The account of a purchase that `teacher` may see: their own, or that of one of their teams.
pub async fn holder(
    app: &App,
    teacher: AccountId,
    purchase: PurchaseId,
) -> Result<AccountId, Problem> {
    let own = |it: &Account| it.purchase(purchase).is_some() || it.acquired(purchase).is_some();
    if app.ledger.inspect(teacher, own).await.map_err(failed)? {
        return Ok(teacher);
    }
    let row = lists::models(app).await?.purchase(purchase).map_err(Problem::unavailable)?;
    let Some(account) = row.map(|it| it.account) else { return Ok(teacher) };
    let member = |it: &Account| it.team().is_some_and(|it| it.role_of(teacher).is_some());
    let member = app.ledger.inspect::<Account, _>(account, member).await.map_err(failed)?;
    Ok(if member { account } else { teacher })
}

/// The same, if `teacher` may give it up or contest it: who asked for it, or a manager.
pub async fn holder_to_change(
    app: &App,
    teacher: AccountId,
    purchase: PurchaseId,
) -> Result<AccountId, Problem> {
    let account = holder(app, teacher, purchase).await?;
    if account == teacher {
        return Ok(account);
    }
    let may = |it: &Account| {
        let Some(team) = it.team() else { return false };
        let asked = team.asked_by(purchase).is_some_and(|it| it.member == teacher);
        asked || team.role_of(teacher) == Some(TeamRole::Manager)
    };
    if app.ledger.inspect::<Account, _>(account, may).await.map_err(failed)? {
        return Ok(account);
    }
    let detail = "only who asked for it, or a manager of the team, changes a team's purchase";
    Err(Problem::new(&kinds::NOT_YOURS_TO_DECIDE, detail))
}
