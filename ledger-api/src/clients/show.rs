//! The list of clients, and the page of one.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use ledger_core::client::{Client, Party, SECRETS_MAX, SecretAdded};
use ledger_core::event_log::EventLog;
use ledger_core::ids::ClientId;
use projections::table::{Cell, Table};

use super::caused::caused;
use super::{Sees, certificates, own, register};
use crate::api::clients::added;
use crate::app::App;
use crate::extract::Path;
use crate::format::short_moment;
use crate::page::Frame;
use crate::problem::Problem;
use crate::reading;
use crate::session::Session;
use crate::sheet::{Block, Fact, Field, Kind, Sheet, SheetForm, SheetTable};

/// How many digits of a fingerprint pages show.
pub(super) const DIGITS: usize = 12;

/// How long before its term a secret is told of.
const NEAR: TimeDelta = TimeDelta::days(30);

/// How far back in the log a page looks for what a client caused, and how much of it is shown.
const LOOKED_AT: u64 = 50_000;
const SHOWN: usize = 50;

/// Shows the clients that someone answers for.
pub(super) async fn list(
    State(app): State<App>,
    session: Session,
    frame: Frame,
) -> Result<Response, Problem> {
    Ok(clients(&app, &session, frame).await?.answer())
}

/// The page of the list, with the form that registers one for who may.
pub(super) async fn clients(app: &App, session: &Session, frame: Frame) -> Result<Sheet, Problem> {
    let sees = Sees::of(session)?;
    let lead = "Les machines qui appellent l’API. Un secret n’est montré qu’une fois.";
    let mut sheet = Sheet::new(frame, "Clients de l’API", lead);
    let known = reading::latest(app).await?.clients().map_err(reading::failed)?;
    let headings = vec!["nom", "pour", "droits", "secrets", "dernier_jeton"];
    let (mut rows, mut links) = (vec![], vec![]);
    for it in known.iter().filter(|it| sees.may_see(&it.party)) {
        let scopes: Vec<_> = it.scopes.iter().map(|it| it.name()).collect();
        let last = app.metrics.clients.last_token(it.id);
        let secrets = match &it.revoked {
            Some(_) => "révoqué".to_owned(),
            None => it.secrets.to_string(),
        };
        rows.push(vec![
            Cell::text(&it.name),
            Cell::text(party(&it.party)),
            Cell::text(scopes.join(", ")),
            Cell::text(secrets),
            last.map_or(Cell::Empty, |it| Cell::text(short_moment(it))),
        ]);
        links.push(vec![(0, format!("{}/{}", sees.path(), it.id))]);
    }
    let mut table = SheetTable::new("clients", "Clients", Table { headings, rows, totals: vec![] });
    table.links = links;
    table.empty = "Aucun client n’est inscrit.";
    sheet.push(Block::Table(table));
    if sees == Sees::All {
        sheet.push(Block::Form(register::form()));
    }
    Ok(sheet)
}

/// Shows one client.
pub(super) async fn one(
    State(app): State<App>,
    session: Session,
    frame: Frame,
    Path(id): Path<ClientId>,
) -> Result<Response, Problem> {
    Ok(page(&app, &session, frame, id).await?.answer())
}

/// The page of the client `id`.
pub(super) async fn page(
    app: &App,
    session: &Session,
    frame: Frame,
    id: ClientId,
) -> Result<Sheet, Problem> {
    let (sees, client) = own(app, session, id).await?;
    let now = app.clock.now();
    let title = client.registered.as_ref().map(|it| it.name.as_str()).unwrap_or_default();
    let mut sheet =
        Sheet::new(frame, title, "Ce que cette machine peut faire, et ce qu’elle a fait.");
    sheet.above.push((sees.path(), "Clients de l’API"));
    for it in client.valid(now).filter(|it| is_near(it, now)) {
        let until = it.expires_at.map(short_moment).unwrap_or_default();
        let text = format!("Le secret {} n’est plus valable à partir du {until}.", shortened(it));
        sheet.notice("warning", text);
    }
    sheet.push(Block::Facts(facts(app, id, &client)));
    sheet.heading("secrets-titre", "Secrets");
    sheet.push(Block::Table(secrets(app, sees, id, &client).await?));
    if !client.revoked && client.valid(now).count() < SECRETS_MAX {
        sheet.push(Block::Form(add_form(sees, id)));
    }
    certificates::show(&mut sheet, app, sees, id, &client);
    if !client.revoked {
        let revoke = format!("{}/{id}/revocation", sees.path());
        sheet.push(Block::Tabs(vec![(revoke, "Révoquer ce client".to_owned(), false)]));
    }
    sheet.heading("actes-titre", "Ce qu’elle a provoqué");
    sheet.push(Block::Table(acts(app, id).await?));
    Ok(sheet)
}

fn facts(app: &App, id: ClientId, client: &Client) -> Vec<Fact> {
    let mut facts = vec![Fact::new("Identifiant", id)];
    if let Some(it) = &client.registered {
        let scopes: Vec<_> = it.scopes.iter().map(|it| it.name()).collect();
        facts.push(Fact::new("Pour", party(&it.party)));
        facts.push(Fact::new("Droits", scopes.join(", ")));
    }
    let (tone, state) = if client.revoked { ("error", "Révoqué") } else { ("success", "Actif") };
    facts.push(Fact::new("État", state).badge(tone));
    let last = app.metrics.clients.last_token(id).map(short_moment);
    let never = || "aucun depuis le démarrage du service".to_owned();
    facts.push(Fact::new("Dernier jeton", last.unwrap_or_else(never)));
    facts
}

async fn secrets(
    app: &App,
    sees: Sees,
    id: ClientId,
    client: &Client,
) -> Result<SheetTable, Problem> {
    let (added, now) = (added(app, id).await?, app.clock.now());
    let headings = vec!["empreinte", "ajouté_le", "valable_jusqu’au", "dernier_usage", "retrait"];
    let (mut rows, mut links) = (vec![], vec![]);
    for it in &client.secrets {
        let since = added.iter().rfind(|known| known.0 == it.secret);
        let until = match it.expires_at {
            Some(until) if it.holds(now) => short_moment(until),
            Some(until) => format!("expiré le {}", short_moment(until)),
            None => "sans terme".to_owned(),
        };
        let used = app.metrics.clients.last_use(&it.secret);
        rows.push(vec![
            Cell::text(shortened(it)),
            since.map_or(Cell::Empty, |it| Cell::text(short_moment(it.1))),
            Cell::text(until),
            used.map_or(Cell::Empty, |it| Cell::text(short_moment(it))),
            Cell::text(format!("Retirer {}", shortened(it))),
        ]);
        links.push(vec![(4, format!("{}/{id}/secrets/{}/retrait", sees.path(), it.secret))]);
    }
    let caption = "Secrets ; le dernier usage est celui connu depuis le démarrage du service";
    let mut table = SheetTable::new("secrets", caption, Table { headings, rows, totals: vec![] });
    table.links = links;
    table.empty = "Aucun secret : ce client est révoqué.";
    Ok(table)
}

fn add_form(sees: Sees, id: ClientId) -> SheetForm {
    let until = Field::new("jusquau", "Valable jusqu’au début du", Kind::Day);
    SheetForm {
        id: "ajouter",
        action: format!("{}/{id}/secrets", sees.path()),
        heading: "Ajouter un secret",
        hint: "Le secret actuel reste valable : retirez-le une fois le nouveau en place."
            .to_owned(),
        fields: vec![until.hint("Vide : jusqu’à ce qu’il soit retiré.")],
        button: "Ajouter un secret",
        file: false,
    }
}

async fn acts(app: &App, id: ClientId) -> Result<SheetTable, Problem> {
    let log = app.ledger.log();
    let end = log.end().await.map_err(Problem::unavailable)?;
    let after = end.saturating_sub(LOOKED_AT);
    let mut found = caused(log, id, after, SHOWN).await.map_err(Problem::unavailable)?;
    found.reverse();
    let headings = vec!["position", "date", "événement"];
    let row = |it: &super::Caused| {
        vec![Cell::Number(it.position), Cell::text(short_moment(it.at)), Cell::text(&it.event)]
    };
    let rows = found.iter().map(row).collect();
    let caption =
        "Les 50 derniers événements qu’elle a demandés, parmi les 50 000 derniers du journal";
    let mut table = SheetTable::new("actes", caption, Table { headings, rows, totals: vec![] });
    table.empty = "Rien parmi les 50 000 derniers événements du journal.";
    Ok(table)
}

fn is_near(secret: &SecretAdded, now: DateTime<Utc>) -> bool {
    secret.expires_at.is_some_and(|it| it - now < NEAR)
}

/// A fingerprint, as pages show it.
pub(super) fn shortened(secret: &SecretAdded) -> String {
    secret.secret.to_string().chars().take(DIGITS).collect()
}

fn party(party: &Party) -> String {
    match party {
        Party::Funder(it) => it.to_string(),
        Party::Partner(it) => it.to_string(),
    }
}
