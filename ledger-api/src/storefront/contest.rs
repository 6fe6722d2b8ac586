//! `POST /achats/{purchase}/contester` and `…/retirer`: the holder says that what was paid for was
//! not delivered as sold, or that it was after all.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{Days, NaiveDate};
use ledger_core::account::{Account, AccountCommand, Contest, ContestOutcome};
use ledger_core::ids::{AccountId, PurchaseId};
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::accounting_day;
use ledger_core::settlement::CONTEST_DAYS;
use serde::Deserialize;

use super::failed;
use super::history::{self, Bought};
use super::payers;
use super::receipt::not_yours;
use crate::app::App;
use crate::extract::{Form, Path};
use crate::problem::Problem;
use crate::security::RequestId;
use crate::session::Teacher;

/// Why it is contested.
#[derive(Debug, Default, Deserialize)]
pub struct Why {
    #[serde(default)]
    motif: String,
}

/// The last day on which `bought` may be contested: so many days after the end of the settlement
/// period of its last capture; `None` when nothing of it was captured.
pub fn until(app: &App, bought: &Bought) -> Option<NaiveDate> {
    let (at, _) = bought.captures.last()?;
    let end = app.config.settlements.period_end(accounting_day(*at));
    end.checked_add_days(Days::new(CONTEST_DAYS))
}

/// Contests a purchase, and leads back to it; sent again, it changes nothing.
pub async fn contest(
    State(app): State<App>,
    Teacher(session): Teacher,
    request: RequestId,
    Path(purchase): Path<PurchaseId>,
    Form(form): Form<Why>,
) -> Result<Response, Problem> {
    let account = payers::holder_to_change(&app, AccountId(session.id), purchase).await?;
    let bought = history::read(&app, account).await?.purchase(purchase).ok_or_else(not_yours)?;
    let on = app.clock.today();
    let until = until(&app, &bought).unwrap_or(on);
    let contest = Contest { purchase, reason: form.motif.trim().into(), until, on };
    let command = AccountCommand::Contest(contest);
    let meta = app.meta(session.actor(), request);
    match app.ledger.execute::<Account>(account, &command, meta).await {
        Ok(_) => Ok(Redirect::to(&format!("/achats/{purchase}?fait=conteste")).into_response()),
        Err(ExecuteError::Refused(refusal)) => Err(refusal.into()),
        Err(error) => Err(failed(error)),
    }
}

/// Takes a contest back.
pub async fn withdraw(
    State(app): State<App>,
    Teacher(session): Teacher,
    request: RequestId,
    Path(purchase): Path<PurchaseId>,
) -> Result<Response, Problem> {
    let account = payers::holder_to_change(&app, AccountId(session.id), purchase).await?;
    history::read(&app, account).await?.purchase(purchase).ok_or_else(not_yours)?;
    let command = AccountCommand::EndContest {
        purchase,
        outcome: ContestOutcome::Withdrawn,
        reason: "".into(),
        by: session.actor(),
    };
    let meta = app.meta(session.actor(), request);
    match app.ledger.execute::<Account>(account, &command, meta).await {
        Ok(_) => Ok(Redirect::to(&format!("/achats/{purchase}?fait=retire")).into_response()),
        Err(ExecuteError::Refused(refusal)) => Err(refusal.into()),
        Err(error) => Err(failed(error)),
    }
}
