//! `POST /catalogue/{offer}/specimen`: trying a resource for nothing, once.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;
use ledger_core::account::{Account, SPECIMEN_DAYS};
use ledger_core::checkout;
use ledger_core::ids::{AccountId, OfferId};
use ledger_core::ledger::ExecuteError;

use crate::app::App;
use crate::extract::Path;
use crate::page::Frame;
use crate::problem::Problem;
use crate::security::RequestId;
use crate::session::Teacher;
use crate::storefront::failed;
use crate::storefront::sale::Sale;

/// What the page can say of the specimen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Specimen {
    /// There is none, or it is not for whoever asks.
    None,
    /// Whoever signs in may try it.
    SignIn,
    /// The teacher may try it, for so many days.
    Offered(u64),
    /// The teacher tries it, up to that day; where it is.
    Runs(NaiveDate, Option<String>),
    /// The teacher tried it, up to that day.
    Over(NaiveDate),
}

/// What `teacher` may do of the specimen of `sale`.
pub async fn of(
    app: &App,
    frame: &Frame,
    teacher: Option<AccountId>,
    sale: &Sale,
) -> Result<Specimen, Problem> {
    let url = sale.listing.specimen_url.clone();
    let offered = url.is_some() && sale.open;
    let Some(account) = teacher else {
        let signs_in = offered && frame.session.is_none();
        return Ok(if signs_in { Specimen::SignIn } else { Specimen::None });
    };
    let offer = sale.id;
    let look = move |it: &Account| it.specimen_of(offer);
    let until = app.ledger.inspect(account, look).await.map_err(failed)?;
    Ok(match until {
        Some(until) if until >= app.clock.today() => Specimen::Runs(until, url),
        Some(until) => Specimen::Over(until),
        None if offered => Specimen::Offered(SPECIMEN_DAYS),
        None => Specimen::None,
    })
}

/// Lends the specimen, and leads back to the offer; sent again, it changes nothing.
pub async fn take(
    State(app): State<App>,
    Teacher(session): Teacher,
    request: RequestId,
    Path(offer): Path<OfferId>,
) -> Result<Response, Problem> {
    let (account, meta) = (AccountId(session.id), app.meta(session.actor(), request));
    let taken = checkout::take_specimen(&app.ledger, account, offer, app.clock.today(), meta).await;
    match taken {
        Ok(_) => {
            Ok(Redirect::to(&format!("/catalogue/{offer}?fait=specimen#specimen")).into_response())
        }
        Err(ExecuteError::Refused(refusal)) => Err(refusal.into()),
        Err(error) => Err(failed(error)),
    }
}
