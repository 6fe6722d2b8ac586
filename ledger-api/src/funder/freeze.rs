//! `/financeur/enveloppes/{envelope}/gel` and `/degel`: asked first, then done.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ledger_core::envelope::{Envelope, EnvelopeCommand};
use projections::reports::envelopes::EnvelopeRow;
use serde::Deserialize;

use super::own;
use crate::app::App;
use crate::extract::{Form, Path};
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::reading;
use crate::security::RequestId;
use crate::session::{FunderAgent, Session};

/// The longest reason, in characters.
const REASON_MAX: usize = 200;

/// Why it is frozen.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Reason {
    #[serde(default)]
    motif: String,
}

/// `templates/funder/freeze.html`.
#[derive(Template)]
#[template(path = "funder/freeze.html")]
struct FreezePage {
    frame: Frame,
    envelope: EnvelopeRow,
    /// Whether it is to be frozen, or used again.
    freeze: bool,
    reason: String,
    /// Whether the reason cannot be taken.
    wrong: bool,
}

impl FreezePage {
    fn own_path(&self) -> String {
        format!("/financeur/enveloppes/{}", self.envelope.id)
    }
}

/// Asks why, and whether it is really to be frozen.
pub(super) async fn ask(
    State(app): State<App>,
    FunderAgent(session): FunderAgent,
    frame: Frame,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    asked(&app, &session, frame, &name, true).await
}

/// Freezes it from today on; sent again, it changes nothing.
pub(super) async fn freeze(
    State(app): State<App>,
    FunderAgent(session): FunderAgent,
    id: RequestId,
    frame: Frame,
    Path(name): Path<String>,
    Form(form): Form<Reason>,
) -> Result<Response, Problem> {
    let envelope = own(&reading::latest(&app).await?, &session, &name)?;
    let reason = form.motif.trim();
    let fits =
        (1..=REASON_MAX).contains(&reason.chars().count()) && !reason.contains(char::is_control);
    if !fits {
        let page = FreezePage { frame, envelope, freeze: true, reason: form.motif, wrong: true };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response());
    }
    let command = EnvelopeCommand::Freeze { reason: reason.into(), on: app.clock.today() };
    let meta = app.meta(session.actor(), id);
    app.ledger.execute::<Envelope>(envelope.id, &command, meta).await?;
    Ok(Redirect::to(&format!("/financeur/enveloppes/{}?fait=gel", envelope.id)).into_response())
}

/// Asks whether it is really to be used again.
pub(super) async fn ask_thaw(
    State(app): State<App>,
    FunderAgent(session): FunderAgent,
    frame: Frame,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    asked(&app, &session, frame, &name, false).await
}

async fn asked(
    app: &App,
    session: &Session,
    frame: Frame,
    name: &str,
    freeze: bool,
) -> Result<Response, Problem> {
    let envelope = own(&reading::latest(app).await?, session, name)?;
    let (reason, wrong) = (String::new(), false);
    Ok(Page(FreezePage { frame, envelope, freeze, reason, wrong }).into_response())
}

/// Lets it be used again; sent again, it changes nothing.
pub(super) async fn thaw(
    State(app): State<App>,
    FunderAgent(session): FunderAgent,
    id: RequestId,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let envelope = own(&reading::latest(&app).await?, &session, &name)?;
    let meta = app.meta(session.actor(), id);
    app.ledger.execute::<Envelope>(envelope.id, &EnvelopeCommand::Unfreeze, meta).await?;
    Ok(Redirect::to(&format!("/financeur/enveloppes/{}?fait=degel", envelope.id)).into_response())
}
