//! `/achats/{purchase}/annuler`: giving up a purchase that was not delivered.

use askama::Template;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ledger_core::account::{Account, AccountCommand, AccountRefusal, Cancel};
use ledger_core::ids::{AccountId, PurchaseId};
use ledger_core::ledger::ExecuteError;

use super::failed;
use super::history::{self, Bought};
use super::payers;
use super::receipt::not_yours;
use super::refusals::{self, Told};
use crate::app::App;
use crate::extract::Path;
use crate::format;
use crate::metrics::Refused;
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::security::RequestId;
use crate::session::Teacher;

/// Why, as the log keeps it.
const REASON: &str = "cancelled by the holder";

/// `templates/storefront/cancellation.html`.
#[derive(Template)]
#[template(path = "storefront/cancellation.html")]
struct CancellationPage {
    frame: Frame,
    bought: Bought,
    refusal: Option<Told>,
}

impl CancellationPage {
    fn receipt_path(&self) -> String {
        format!("/achats/{}", self.bought.purchase.id)
    }
}

/// Asks whether it is really to be given up.
pub async fn ask(
    State(app): State<App>,
    Teacher(session): Teacher,
    frame: Frame,
    Path(id): Path<PurchaseId>,
) -> Result<Response, Problem> {
    let account = payers::holder_to_change(&app, AccountId(session.id), id).await?;
    let bought = history::read(&app, account).await?.purchase(id).ok_or_else(not_yours)?;
    let refusal = if bought.may_be_cancelled() {
        None
    } else {
        let captured = bought.purchase.captured();
        Some(refusals::of_account(&if bought.is_held() {
            AccountRefusal::PartlyDelivered { captured }
        } else {
            AccountRefusal::NotHeld { purchase: id, status: bought.purchase.status }
        }))
    };
    let status = if refusal.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    Ok((status, Page(CancellationPage { frame, bought, refusal })).into_response())
}

/// Gives it up, and leads back to it; sent again, it changes nothing.
pub async fn confirm(
    State(app): State<App>,
    Teacher(session): Teacher,
    frame: Frame,
    request: RequestId,
    Path(purchase): Path<PurchaseId>,
) -> Result<Response, Problem> {
    let account = payers::holder_to_change(&app, AccountId(session.id), purchase).await?;
    let command = AccountCommand::Cancel(Cancel { purchase, reason: REASON.into() });
    let meta = app.meta(session.actor(), request);
    match app.ledger.execute::<Account>(account, &command, meta).await {
        Ok(_) => Ok(Redirect::to(&format!("/achats/{purchase}?fait=annule")).into_response()),
        Err(ExecuteError::Refused(refusal)) => {
            let history = history::read(&app, account).await?;
            let bought = history.purchase(purchase).ok_or_else(not_yours)?;
            let counted = Extension(Refused(refusal.rule()));
            let refusal = Some(refusals::of_account(&refusal));
            let page = Page(CancellationPage { frame, bought, refusal });
            Ok((StatusCode::CONFLICT, counted, page).into_response())
        }
        Err(error) => Err(failed(error)),
    }
}
