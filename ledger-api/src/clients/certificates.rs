//! The certificates of a client on its page: those it has, another one given, one taken back.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use ledger_core::client::{CERTIFICATES_MAX, CertificateAdded, Client, ClientCommand};
use ledger_core::digest::Digest;
use ledger_core::ids::ClientId;
use projections::table::{Cell, Table};
use serde::Deserialize;

use super::acts::question;
use super::show::{DIGITS, page};
use super::{Sees, own};
use crate::app::App;
use crate::extract::{Form, Path};
use crate::format::short_moment;
use crate::page::Frame;
use crate::problem::Problem;
use crate::security::RequestId;
use crate::session::Session;
use crate::sheet::{Block, Field, Kind, Sheet, SheetForm, SheetTable};
use crate::tls::ClientCertificate;
use crate::treasury::words::wrong;

/// The certificate that is given.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    certificat: String,
}

/// What the page of a client says of its certificates; nothing where none is asked for.
pub(super) fn show(sheet: &mut Sheet, app: &App, sees: Sees, id: ClientId, client: &Client) {
    let asked_for = app.config.tls.as_ref().is_some_and(|it| it.client_ca.is_some());
    if !asked_for && !client.is_certified() {
        return;
    }
    let now = app.clock.now();
    sheet.heading("certificats-titre", "Certificats");
    sheet.push(Block::Table(table(sees, id, client, now)));
    let valid = client.certificates.iter().filter(|it| it.holds(now)).count();
    if asked_for && !client.revoked && valid < CERTIFICATES_MAX {
        sheet.push(Block::Form(form(sees, id)));
    }
}

fn table(sees: Sees, id: ClientId, client: &Client, now: DateTime<Utc>) -> SheetTable {
    let headings = vec!["empreinte", "valable_jusqu’au", "retrait"];
    let (mut rows, mut links) = (vec![], vec![]);
    for it in &client.certificates {
        let until = short_moment(it.expires_at);
        let until = if it.holds(now) { until } else { format!("expiré le {until}") };
        rows.push(vec![
            Cell::text(shortened(it.thumbprint)),
            Cell::text(until),
            Cell::text(format!("Retirer {}", shortened(it.thumbprint))),
        ]);
        links
            .push(vec![(2, format!("{}/{id}/certificats/{}/retrait", sees.path(), it.thumbprint))]);
    }
    let caption = "Certificats, par l’empreinte SHA-256 : ses jetons sont liés à l’un d’eux";
    let mut table =
        SheetTable::new("certificats", caption, Table { headings, rows, totals: vec![] });
    table.links = links;
    table.empty = "Aucun certificat : un secret suffit.";
    table
}

fn form(sees: Sees, id: ClientId) -> SheetForm {
    let given = Field::new("certificat", "Certificat", Kind::Area);
    SheetForm {
        id: "certifier",
        action: format!("{}/{id}/certificats", sees.path()),
        heading: "Lier ses jetons à un certificat",
        hint: "À l’instant, ses jetons d’avant et son secret seul n’ouvrent plus rien.".to_owned(),
        fields: vec![given.hint("En PEM, depuis -----BEGIN CERTIFICATE-----. Jamais la clé.")],
        button: "Ajouter le certificat",
        file: false,
    }
}

/// Adds a certificate.
pub(super) async fn add(
    State(app): State<App>,
    session: Session,
    request: RequestId,
    frame: Frame,
    Path(id): Path<ClientId>,
    Form(given): Form<Given>,
) -> Result<Response, Problem> {
    let (sees, _) = own(&app, &session, id).await?;
    match added(&app, &session, request, id, &given.certificat).await {
        Ok(()) => Ok(Redirect::to(&format!("{}/{id}", sees.path())).into_response()),
        Err(problem) => Ok(page(&app, &session, frame, id).await?.refused(&problem)),
    }
}

async fn added(
    app: &App,
    session: &Session,
    request: RequestId,
    id: ClientId,
    given: &str,
) -> Result<(), Problem> {
    let shown = ClientCertificate::from_pem(given.as_bytes())
        .map_err(|_| wrong("certificat", "Collez un seul certificat, en PEM."))?;
    let at = app.clock.now();
    if shown.until <= at {
        return Err(wrong("certificat", "Ce certificat a expiré : donnez-en un qui est valable."));
    }
    let certificate = CertificateAdded { thumbprint: shown.thumbprint, expires_at: shown.until };
    let command = ClientCommand::AddCertificate { certificate, at };
    app.ledger.execute::<Client>(id, &command, app.meta(session.actor(), request)).await?;
    Ok(())
}

/// Asks whether a certificate is to be taken back.
pub(super) async fn ask_remove(
    State(app): State<App>,
    session: Session,
    frame: Frame,
    Path((id, thumbprint)): Path<(ClientId, Digest)>,
) -> Result<Response, Problem> {
    let (sees, client) = own(&app, &session, id).await?;
    let known = client.certificates.iter().any(|it| it.thumbprint == thumbprint);
    if !known {
        return Err(Problem::not_found("no such certificate"));
    }
    let title = format!("Retirer le certificat {} ?", shortened(thumbprint));
    let lead = if client.certificates.len() > 1 {
        "Les jetons qui lui sont liés n’ouvriront plus rien, à l’instant."
    } else {
        "C’est le dernier : ses jetons n’ouvriront plus rien, et son secret seul suffira de nouveau."
    };
    let action = format!("{}/{id}/certificats/{thumbprint}/retrait", sees.path());
    Ok(question(frame, sees, title, lead, action, vec![], "Retirer le certificat").answer())
}

/// Takes a certificate back.
pub(super) async fn remove(
    State(app): State<App>,
    session: Session,
    request: RequestId,
    Path((id, thumbprint)): Path<(ClientId, Digest)>,
) -> Result<Response, Problem> {
    let (sees, _) = own(&app, &session, id).await?;
    let command = ClientCommand::RemoveCertificate { thumbprint };
    app.ledger.execute::<Client>(id, &command, app.meta(session.actor(), request)).await?;
    Ok(Redirect::to(&format!("{}/{id}", sees.path())).into_response())
}

fn shortened(thumbprint: Digest) -> String {
    thumbprint.to_string().chars().take(DIGITS).collect()
}
