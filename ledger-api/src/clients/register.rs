//! `POST /administration/clients`: an administrator registers a client; its secret is shown once.

use axum::extract::State;
use axum::response::Response;
use ledger_core::client::{Client, ClientCommand, ClientRegistered, ClientScope, Party};
use ledger_core::ids::ClientId;
use serde::Deserialize;

use super::ADMINISTRATION;
use super::acts::shown_once;
use super::show::{clients, page};
use crate::api::secrets;
use crate::app::App;
use crate::extract::Form;
use crate::page::Frame;
use crate::problem::Problem;
use crate::security::RequestId;
use crate::session::{Administrator, Session};
use crate::sheet::{Field, Kind, SheetForm};
use crate::treasury::words::wrong;

/// Who may call, for whom, and what.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct New {
    nom: String,
    pour: String,
    droits: String,
}

/// The form that registers a client.
pub(super) fn form() -> SheetForm {
    let all: Vec<_> = ClientScope::ALL.into_iter().map(ClientScope::name).collect();
    let party = "siren:217500016 pour une collectivité, state:0214 pour un programme de l’État, \
                 par_ et trente-deux signes pour un partenaire.";
    SheetForm {
        id: "inscrire",
        action: ADMINISTRATION.to_owned(),
        heading: "Inscrire un client",
        hint: "Son secret est montré une seule fois, sur la page qui suit.".to_owned(),
        fields: vec![
            Field::new("nom", "Nom", Kind::Text)
                .hint("Celui d’un logiciel, jamais d’une personne ; 140 caractères au plus."),
            Field::new("pour", "Pour", Kind::Text).hint(party),
            Field::new("droits", "Droits", Kind::Text)
                .hint(format!("Séparés par des espaces, parmi : {}.", all.join(", "))),
        ],
        button: "Inscrire",
        file: false,
    }
}

/// Registers a client.
pub(super) async fn register(
    State(app): State<App>,
    Administrator(session): Administrator,
    request: RequestId,
    frame: Frame,
    Form(new): Form<New>,
) -> Result<Response, Problem> {
    match registered(&app, &session, request, &new).await {
        Ok((id, secret)) => {
            let page = page(&app, &session, frame, id).await?;
            Ok(shown_once(page, id, &secret))
        }
        Err(problem) => Ok(clients(&app, &session, frame).await?.refused(&problem)),
    }
}

async fn registered(
    app: &App,
    session: &Session,
    request: RequestId,
    new: &New,
) -> Result<(ClientId, String), Problem> {
    let party = party(new.pour.trim());
    let party = party.ok_or_else(|| wrong("pour", "« Pour » : siren:…, state:… ou par_…"))?;
    let scopes: Result<Vec<ClientScope>, String> =
        new.droits.split_whitespace().map(str::parse).collect();
    let mut scopes = scopes.map_err(|_| wrong("droits", "Un des droits n’existe pas."))?;
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() || scopes.iter().any(|it| !it.suits(&party)) {
        return Err(wrong(
            "droits",
            "Donnez au moins un droit, de ceux qui conviennent à ce tiers.",
        ));
    }
    let name = new.nom.trim();
    if name.is_empty() || name.chars().count() > 140 {
        return Err(wrong("nom", "Donnez un nom de 1 à 140 caractères."));
    }
    let secret = secrets::new().map_err(Problem::internal)?;
    let fingerprint = secrets::fingerprint(&secret);
    let registered = ClientRegistered { name: name.into(), party, scopes, secret: fingerprint };
    let (id, meta) = (ClientId(app.clock.opaque_id()), app.meta(session.actor(), request));
    let command = ClientCommand::Register(registered);
    app.ledger.execute::<Client>(id, &command, meta).await?;
    Ok((id, secret))
}

fn party(text: &str) -> Option<Party> {
    if text.starts_with("par_") {
        return text.parse().ok().map(Party::Partner);
    }
    text.parse().ok().map(Party::Funder)
}
