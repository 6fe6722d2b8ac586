//! Signing out: here, at the provider, and everywhere.

use askama::Template;
use axum::extract::State;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use ledger_core::ids::PersonId;
use ledger_core::person::{Person, PersonCommand};

use super::way::{Leaving, random};
use crate::app::App;
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::security::RequestId;
use crate::session::Session;

/// `templates/signin/ended.html`.
#[derive(Template)]
#[template(path = "signin/ended.html")]
struct EndedPage {
    frame: Frame,
}

/// Ends the session here, then at the provider, which leads back.
pub async fn leave(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let to = elsewhere(&app, &headers).await?;
    let over = [(SET_COOKIE, app.sessions.end()?), (SET_COOKIE, Leaving::over(&app.sessions)?)];
    Ok((StatusCode::SEE_OTHER, AppendHeaders(over), [(LOCATION, to)]).into_response())
}

/// Ends every session of whoever asks, wherever it began.
pub async fn everywhere(
    State(app): State<App>,
    session: Session,
    request: RequestId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !session.provider.is_empty() {
        let meta = app.meta(session.actor(), request);
        let end = PersonCommand::SignOutEverywhere { at: meta.at };
        app.ledger.execute::<Person>(PersonId(session.id), &end, meta).await?;
    }
    leave(State(app), headers).await
}

/// The provider's own end, when the session began there; else our front page.
async fn elsewhere(app: &App, headers: &HeaderMap) -> Result<HeaderValue, Problem> {
    let home = HeaderValue::from_static("/");
    let Some(leaving) = Leaving::read(&app.sessions, headers) else { return Ok(home) };
    let provider = app.sign_in.provider(&leaving.provider);
    let (Some(provider), Some(settings)) = (provider, &app.sign_in.settings) else {
        return Ok(home);
    };
    let back = settings.public_url.join("/deconnecte").map_err(Problem::internal)?;
    let (state, now) = (random()?, app.clock.now());
    let address = provider.leaving(&leaving.id_token, &state, &back, now).await;
    let address = address.map(|it| HeaderValue::try_from(it.as_str()));
    Ok(address.and_then(Result::ok).unwrap_or(home))
}

/// Says that the session is over.
pub async fn done(frame: Frame) -> impl IntoResponse {
    Page(EndedPage { frame })
}
