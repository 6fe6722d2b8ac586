//! Accounts that teams share: `/equipes` for who is in them, `/etablissement` for the head of school.
//!
//! ```text
//!  /equipes ─▶ /equipes/{account} ── members, rules, purchases; an invitation to join
//!  /etablissement ─▶ /etablissement/demandes/{account}/{purchase} ── what waits: agree, or refuse
//! ```
//! The log knows members by their accounts only, and so do these pages: « vous », or the end of an
//! account's id.

mod acts;
mod decision;
mod forms;
mod invitation;
mod list;
mod one;
mod school;

use axum::Router;
use axum::routing::{get, post};
use ledger_core::account::{Account, Authority, Holder, TeamRole};
use ledger_core::ids::AccountId;
use ledger_core::meta::Role;
use projections::reports::teams::RequestRow;

use crate::app::App;
use crate::problem::{Problem, kinds};
use crate::security;
use crate::session::Session;

/// Every page about teams.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/equipes", get(list::show).post(acts::found))
        .route("/equipes/{account}", get(one::show))
        .route("/equipes/{account}/nom", post(acts::rename))
        .route("/equipes/{account}/membres", post(acts::add))
        .route("/equipes/{account}/membres/retrait", post(acts::remove))
        .route("/equipes/{account}/regles", post(acts::set_rules))
        .route("/equipes/{account}/delegations", post(acts::delegate))
        .route("/equipes/{account}/delegations/fin", post(acts::end_delegation))
        .route("/equipes/{account}/invitation", post(invitation::make))
        .route("/equipes/rejoindre/{invitation}", get(invitation::show).post(invitation::join))
        .route("/etablissement", get(school::show))
        .route("/etablissement/demandes/{account}/{purchase}", get(decision::show))
        .route("/etablissement/demandes/{account}/{purchase}/accord", post(decision::approve))
        .route("/etablissement/demandes/{account}/{purchase}/refus", post(decision::refuse))
        .layer(security::compression())
}

/// In which quality someone acts on teams; forbidden to who is neither a teacher nor a head.
fn authority(session: &Session) -> Result<Authority, Problem> {
    let session = session.clone().acting_as(&[Role::Teacher, Role::HeadOfSchool])?;
    let account = AccountId(session.id);
    match (session.role, session.school()) {
        (Role::HeadOfSchool, Some(school)) => Ok(Authority::Head { school, account }),
        (Role::HeadOfSchool, None) => {
            let detail = "signed in as the head of a school, without saying which one";
            Err(Problem::new(&kinds::FORBIDDEN, detail))
        }
        (_, _) => Ok(Authority::Teacher(account)),
    }
}

/// What someone has to do with a team; it is not found by anybody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sees {
    /// The head of its school.
    Head,
    /// A member who manages it.
    Manager,
    /// A member.
    Member,
    /// Who approves for the head today.
    Delegate,
}

/// The team's account as its stream tells, and what `by` has to do with it.
async fn seen(app: &App, account: AccountId, by: Authority) -> Result<(Account, Sees), Problem> {
    let state = app.ledger.state::<Account>(account).await?;
    let Some((Holder::Team, school)) = state.holder else { return Err(no_such_team()) };
    let role = state.team().and_then(|it| it.role_of(by.account()));
    let today = app.clock.today();
    let delegate = state.team().is_some_and(|it| it.may_approve_for_the_head(by.account(), today));
    let sees = match (by, role) {
        (Authority::Head { school: of, .. }, _) if of == school.uai => Sees::Head,
        (Authority::Teacher(_), Some(TeamRole::Manager)) => Sees::Manager,
        (Authority::Teacher(_), Some(TeamRole::Member)) => Sees::Member,
        (Authority::Teacher(_), None) if delegate => Sees::Delegate,
        (Authority::Head { .. }, _) | (Authority::Teacher(_), None) => return Err(no_such_team()),
    };
    Ok((state, sees))
}

/// There is none, or it is another's: the answer is the same.
fn no_such_team() -> Problem {
    Problem::not_found("no such team, or none of yours")
        .told("Cette équipe ne figure pas parmi les vôtres.")
}

/// How pages call a colleague: « vous », or the end of their account's id.
fn who(account: AccountId, me: AccountId) -> String {
    if account == me {
        return "Vous".to_owned();
    }
    let id = account.0.simple().to_string();
    format!("Collègue {}", &id[id.len() - 4..])
}

/// Where the page of a request is.
fn path_of(request: &RequestRow) -> String {
    format!("/etablissement/demandes/{}/{}", request.account, request.purchase)
}
