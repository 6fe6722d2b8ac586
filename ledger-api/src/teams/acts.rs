//! What is changed of a team: who is in it, what they may spend, who decides for the head.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;
use ledger_core::account::team::ApprovalDelegated;
use ledger_core::account::{
    Account, AccountCommand, AccountOpened, Authority, Holder, TeamCommand, TeamRole, TeamRules,
};
use ledger_core::ids::AccountId;
use ledger_core::meta::Meta;
use ledger_core::money::{Amount, Balance};
use serde::Deserialize;
use uuid::Uuid;

use super::{Sees, authority, list, one, seen};
use crate::app::App;
use crate::extract::{Form, Path};
use crate::page::Frame;
use crate::problem::{Problem, kinds};
use crate::security::RequestId;
use crate::session::{Session, Teacher};
use crate::treasury::words::wrong;

/// A new team.
#[derive(Debug, Deserialize)]
pub struct Founded {
    #[serde(default)]
    nom: String,
    cle: Uuid,
}

/// Makes a team of the teacher's school, and leads to it; sent again, it makes no other one.
pub async fn found(
    State(app): State<App>,
    Teacher(session): Teacher,
    frame: Frame,
    request: RequestId,
    Form(form): Form<Founded>,
) -> Result<Response, Problem> {
    let me = AccountId(session.id);
    // A form can be forged: the team's id follows from the teacher's, too.
    let account = AccountId::derived(me.0, form.cle.as_bytes());
    let school = app.ledger.inspect::<Account, _>(me, |it| it.holder).await?;
    let Some((_, school)) = school else {
        let problem = Problem::from(ledger_core::account::AccountRefusal::NotOpen);
        return Ok(list::page(&app, &session, frame).await?.refused(&problem));
    };
    let by = Authority::Teacher(me);
    let command = AccountCommand::Together(vec![
        AccountCommand::Open(AccountOpened { holder: Holder::Team, school }),
        AccountCommand::Team(TeamCommand::Add { member: me, role: TeamRole::Manager, by }),
        AccountCommand::Team(TeamCommand::Name { name: form.nom.as_str().into(), by }),
    ]);
    let meta = app.meta(session.actor(), request);
    match app.ledger.execute::<Account>(account, &command, meta).await {
        Ok(_) => Ok(Redirect::to(&format!("/equipes/{account}")).into_response()),
        Err(error) => {
            let problem = in_words(Problem::from(error));
            Ok(list::page(&app, &session, frame).await?.refused(&problem))
        }
    }
}

/// What is wrong with a field, as this page says it.
fn in_words(problem: Problem) -> Problem {
    if problem.kind.slug != kinds::INVALID_FIELD.slug || problem.told.is_some() {
        return problem;
    }
    problem.told("Un nom fait de 1 à 60 signes, sur une ligne ; une équipe a 100 membres au plus.")
}

/// Carries a command out, and shows the team.
async fn act(
    app: &App,
    session: &Session,
    frame: Frame,
    account: AccountId,
    request: RequestId,
    command: impl FnOnce(Authority, Meta) -> Result<TeamCommand, Problem>,
) -> Result<Response, Problem> {
    let by = authority(session)?;
    let (_, sees) = seen(app, account, by).await?;
    let meta = app.meta(session.actor(), request);
    let done = match command(by, meta) {
        Ok(command) => {
            let left =
                matches!(&command, TeamCommand::Remove { member, .. } if *member == by.account());
            let command = AccountCommand::Team(command);
            let done = app.ledger.execute::<Account>(account, &command, meta).await;
            done.map(|_| left).map_err(|it| in_words(Problem::from(it)))
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(true) if sees != Sees::Head => Ok(Redirect::to("/equipes").into_response()),
        Ok(_) => Ok(Redirect::to(&format!("/equipes/{account}")).into_response()),
        Err(problem) => Ok(one::page(app, by, frame, account).await?.refused(&problem)),
    }
}

/// An account, as it was typed.
fn account_of(typed: &str) -> Result<AccountId, Problem> {
    let told = "Recopiez un identifiant de compte : il commence par acc_.";
    typed.trim().parse().map_err(|_| wrong("membre", told))
}

macro_rules! handler {
    ($(#[$doc:meta])* $name:ident, $form:ident { $($field:ident),* }, |$it:ident, $by:ident, $meta:ident| $command:expr) => {
        /// What the form says.
        #[derive(Debug, Default, Deserialize)]
        #[serde(default)]
        pub struct $form {
            $($field: String,)*
        }

        $(#[$doc])*
        pub async fn $name(
            State(app): State<App>,
            session: Session,
            frame: Frame,
            request: RequestId,
            Path(account): Path<AccountId>,
            Form($it): Form<$form>,
        ) -> Result<Response, Problem> {
            act(&app, &session, frame, account, request, |$by, $meta| $command).await
        }
    };
}

handler! {
    /// Calls it so.
    rename, Named { nom }, |it, by, _meta| Ok(TeamCommand::Name { name: it.nom.as_str().into(), by })
}

handler! {
    /// Adds a member, or changes what they may do.
    add, Added { membre, role }, |it, by, _meta| {
        let role = match it.role.as_str() {
            "membre" => TeamRole::Member,
            "responsable" => TeamRole::Manager,
            _ => return Err(wrong("role", "Choisissez « membre » ou « responsable ».")),
        };
        Ok(TeamCommand::Add { member: account_of(&it.membre)?, role, by })
    }
}

handler! {
    /// Removes a member.
    remove, Removed { membre }, |it, by, _meta| {
        Ok(TeamCommand::Remove { member: account_of(&it.membre)?, by })
    }
}

handler! {
    /// Lets somebody approve for the head.
    delegate, Delegated { a, du, au }, |it, by, meta| {
        let day = |typed: &str, field: &'static str| -> Result<NaiveDate, Problem> {
            typed.trim().parse().map_err(|_| wrong(field, "Donnez une date, comme 2026-12-31."))
        };
        let (from, until) = (day(&it.du, "du")?, day(&it.au, "au")?);
        let on = meta.day();
        if until < on || until < from {
            return Err(wrong("au", "Le dernier jour est à venir, et ne précède pas le premier."));
        }
        let delegation = ApprovalDelegated { to: account_of(&it.a)?, from, until };
        Ok(TeamCommand::Delegate { delegation, by, on })
    }
}

handler! {
    /// Lets them approve no more.
    end_delegation, Ended { a }, |it, by, _meta| {
        Ok(TeamCommand::EndDelegation { to: account_of(&it.a)?, by })
    }
}

/// The rules, as they were typed; `accord` is left out by a manager, who does not set it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Rules {
    par_achat: String,
    par_mois: String,
    par_membre: String,
    accord: Option<String>,
}

/// Says what members may spend.
pub async fn set_rules(
    State(app): State<App>,
    session: Session,
    frame: Frame,
    request: RequestId,
    Path(account): Path<AccountId>,
    Form(form): Form<Rules>,
) -> Result<Response, Problem> {
    let known = app.ledger.inspect::<Account, _>(account, |it| it.team().map(|it| it.rules));
    let threshold = known.await?.and_then(|it| it.approval_above);
    act(&app, &session, frame, account, request, |by, _| {
        let rules = TeamRules {
            per_purchase: limit(&form.par_achat, "par_achat")?,
            per_month: limit(&form.par_mois, "par_mois")?,
            per_member_month: limit(&form.par_membre, "par_membre")?,
            approval_above: match &form.accord {
                Some(typed) => limit(typed, "accord")?,
                None => threshold,
            },
        };
        Ok(TeamCommand::SetRules { rules, by })
    })
    .await
}

/// A limit; `None` when nothing was typed.
fn limit(typed: &str, field: &'static str) -> Result<Option<Balance>, Problem> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    if typed.chars().all(|it| matches!(it, '0' | ',' | '.')) && typed.contains('0') {
        return Ok(Some(Balance::ZERO));
    }
    let read: Result<Amount, _> = typed.parse();
    let told = "Écrivez une somme en euros, de 0 à 1 000 000, comme 12,50.";
    read.map(|it| Some(it.into())).map_err(|_| wrong(field, told))
}
