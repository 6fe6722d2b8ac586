//! What is done with a client on its page: a secret added, one removed, the client revoked.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;
use ledger_core::client::{Client, ClientCommand, SecretAdded};
use ledger_core::digest::Digest;
use ledger_core::ids::ClientId;
use ledger_core::meta::paris_midnight;
use serde::Deserialize;

use super::show::{page, shortened};
use super::{Sees, own};
use crate::api::secrets;
use crate::app::App;
use crate::extract::{Form, Path};
use crate::page::Frame;
use crate::problem::Problem;
use crate::security::RequestId;
use crate::session::Session;
use crate::sheet::{Block, Field, Kind, Sheet, SheetForm};
use crate::treasury::words::wrong;

/// Until when a new secret is valid.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Until {
    jusquau: String,
}

/// Why a client is revoked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reason {
    motif: String,
}

/// Shows a secret, this once, above the page of its client.
pub(super) fn shown_once(mut page: Sheet, id: ClientId, secret: &str) -> Response {
    let text = format!(
        "Copiez-le maintenant, il ne sera plus montré. Identifiant : {id} — secret : {secret}"
    );
    page.blocks.insert(0, Block::Notice("success", text));
    let mut response = page.answer();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Adds a secret, and shows it.
pub(super) async fn add(
    State(app): State<App>,
    session: Session,
    request: RequestId,
    frame: Frame,
    Path(id): Path<ClientId>,
    Form(until): Form<Until>,
) -> Result<Response, Problem> {
    own(&app, &session, id).await?;
    let done = added(&app, &session, request, id, until.jusquau.trim()).await;
    let page = page(&app, &session, frame, id).await?;
    Ok(match done {
        Ok(secret) => shown_once(page, id, &secret),
        Err(problem) => page.refused(&problem),
    })
}

async fn added(
    app: &App,
    session: &Session,
    request: RequestId,
    id: ClientId,
    until: &str,
) -> Result<String, Problem> {
    let day: Option<NaiveDate> = match until {
        "" => None,
        text => Some(text.parse().map_err(|_| wrong("jusquau", "Donnez une date."))?),
    };
    let (expires_at, at) = (day.map(paris_midnight), app.clock.now());
    if expires_at.is_some_and(|it| it <= at) {
        return Err(wrong("jusquau", "Donnez une date à venir."));
    }
    let text = secrets::new().map_err(Problem::internal)?;
    let secret = SecretAdded { secret: secrets::fingerprint(&text), expires_at };
    let (command, meta) =
        (ClientCommand::AddSecret { secret, at }, app.meta(session.actor(), request));
    app.ledger.execute::<Client>(id, &command, meta).await?;
    Ok(text)
}

/// Asks whether a secret is to be removed.
pub(super) async fn ask_remove(
    State(app): State<App>,
    session: Session,
    frame: Frame,
    Path((id, fingerprint)): Path<(ClientId, Digest)>,
) -> Result<Response, Problem> {
    let (sees, client) = own(&app, &session, id).await?;
    let secret = client.secrets.iter().find(|it| it.secret == fingerprint);
    let secret = secret.ok_or_else(|| Problem::not_found("no such secret"))?;
    let title = format!("Retirer le secret {} ?", shortened(secret));
    let lead =
        "Il n’ouvrira plus rien, à l’instant. Les jetons déjà donnés durent dix minutes au plus.";
    let action = format!("{}/{id}/secrets/{fingerprint}/retrait", sees.path());
    Ok(question(frame, sees, title, lead, action, vec![], "Retirer le secret").answer())
}

/// Removes a secret.
pub(super) async fn remove(
    State(app): State<App>,
    session: Session,
    request: RequestId,
    frame: Frame,
    Path((id, secret)): Path<(ClientId, Digest)>,
) -> Result<Response, Problem> {
    let (sees, _) = own(&app, &session, id).await?;
    let command = ClientCommand::RemoveSecret { secret, at: app.clock.now() };
    let meta = app.meta(session.actor(), request);
    match app.ledger.execute::<Client>(id, &command, meta).await.map_err(Problem::from) {
        Ok(_) => Ok(Redirect::to(&format!("{}/{id}", sees.path())).into_response()),
        Err(problem) => Ok(page(&app, &session, frame, id).await?.refused(&problem)),
    }
}

/// Asks whether a client is to be revoked.
pub(super) async fn ask_revoke(
    State(app): State<App>,
    session: Session,
    frame: Frame,
    Path(id): Path<ClientId>,
) -> Result<Response, Problem> {
    let (sees, _) = own(&app, &session, id).await?;
    Ok(revocation(frame, sees, id).answer())
}

fn revocation(frame: Frame, sees: Sees, id: ClientId) -> Sheet {
    let lead = "Ses secrets et ses jetons n’ouvriront plus rien, à l’instant et pour toujours.";
    let reason = Field::new("motif", "Motif", Kind::Area);
    let action = format!("{}/{id}/revocation", sees.path());
    let title = "Révoquer ce client ?".to_owned();
    question(frame, sees, title, lead, action, vec![reason], "Révoquer le client")
}

/// Revokes a client.
pub(super) async fn revoke(
    State(app): State<App>,
    session: Session,
    request: RequestId,
    frame: Frame,
    Path(id): Path<ClientId>,
    Form(form): Form<Reason>,
) -> Result<Response, Problem> {
    let (sees, _) = own(&app, &session, id).await?;
    let reason = form.motif.trim();
    if reason.is_empty() || reason.chars().count() > 200 {
        let problem = wrong("motif", "Écrivez un motif, de 1 à 200 caractères.");
        return Ok(revocation(frame, sees, id).refused(&problem));
    }
    let command = ClientCommand::Revoke { reason: reason.into() };
    app.ledger.execute::<Client>(id, &command, app.meta(session.actor(), request)).await?;
    Ok(Redirect::to(&format!("{}/{id}", sees.path())).into_response())
}

/// A page that asks before something is done that cannot be undone.
pub(super) fn question(
    frame: Frame,
    sees: Sees,
    title: String,
    lead: &str,
    action: String,
    fields: Vec<Field>,
    button: &'static str,
) -> Sheet {
    let mut sheet = Sheet::new(frame, title, lead);
    sheet.above.push((sees.path(), "Clients de l’API"));
    let hint = String::new();
    sheet.push(Block::Form(SheetForm {
        id: "confirmer",
        action,
        heading: "",
        hint,
        fields,
        button,
        file: false,
    }));
    sheet
}
