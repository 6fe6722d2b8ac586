//! Signing out: here, at the provider, and everywhere.

use askama::Template;
use axum::extract::State;
use axum::http::header::{REFRESH, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use ledger_core::ids::PersonId;
use ledger_core::person::{Person, PersonCommand};
use url::Url;

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

/// `templates/signin/leaving.html`.
#[derive(Template)]
#[template(path = "signin/leaving.html")]
struct LeavingPage {
    frame: Frame,
    to: String,
}

/// Ends the session here, then at the provider, which leads back.
pub async fn leave(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let over = [(SET_COOKIE, app.sessions.end()?), (SET_COOKIE, Leaving::over(&app.sessions)?)];
    let over = AppendHeaders(over);
    match elsewhere(&app, &headers).await? {
        None => Ok((over, Redirect::to("/")).into_response()),
        // A form of ours may not lead to another site (form-action): this page goes on by itself.
        Some(to) => {
            let refresh = HeaderValue::try_from(format!("0; url={to}"));
            let refresh = [(REFRESH, refresh.map_err(Problem::internal)?)];
            let frame = Frame {
                session: None,
                path: String::new(),
                demo: app.config.demo,
                sandbox: app.config.sandbox,
                notice: None,
            };
            Ok((over, refresh, Page(LeavingPage { frame, to: to.into() })).into_response())
        }
    }
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

/// The provider's own end, when the session began there.
async fn elsewhere(app: &App, headers: &HeaderMap) -> Result<Option<Url>, Problem> {
    let Some(leaving) = Leaving::read(&app.sessions, headers) else { return Ok(None) };
    let provider = app.sign_in.provider(&leaving.provider);
    let (Some(provider), Some(settings)) = (provider, &app.sign_in.settings) else {
        return Ok(None);
    };
    let back = settings.public_url.join("/deconnecte").map_err(Problem::internal)?;
    let (state, now) = (random()?, app.clock.now());
    Ok(provider.leaving(&leaving.id_token, &state, &back, now).await)
}

/// Says that the session is over.
pub async fn done(frame: Frame) -> impl IntoResponse {
    Page(EndedPage { frame })
}
