//! `GET /.well-known/security.txt`: where to tell of a weakness (RFC 9116).

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use chrono::{SecondsFormat, TimeDelta};

use crate::app::App;
use crate::problem::Problem;

/// For how long what it says may be believed; the RFC recommends less than a year.
const HOLDS: TimeDelta = TimeDelta::days(180);

/// Shows where to tell of a weakness, if the operator said so.
pub async fn show(State(app): State<App>) -> Result<impl IntoResponse, Problem> {
    let contact = app.config.security_contact.as_ref();
    let contact = contact.ok_or_else(|| Problem::not_found("no security contact is set"))?;
    let expires = (app.clock.now() + HOLDS).to_rfc3339_opts(SecondsFormat::Secs, true);
    let canonical = app.config.public_origin();
    let canonical = canonical
        .map(|it| format!("Canonical: {it}/.well-known/security.txt\n"))
        .unwrap_or_default();
    let text =
        format!("Contact: {contact}\nExpires: {expires}\nPreferred-Languages: fr, en\n{canonical}");
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], text))
}
