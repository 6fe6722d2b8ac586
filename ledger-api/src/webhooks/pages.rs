//! `/partenaire/webhooks`: a partner's agent sees what its servers were sent and answered, pauses,
//! resumes, and has messages sent again. An accountant or administrator reads the same of anybody.
//! No page shows a secret.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chrono::{NaiveDate, TimeDelta};
use ledger_core::client::Party;
use ledger_core::ids::WebhookId;
use ledger_core::meta::{Role, paris_midnight};
use ledger_core::webhook::{PauseReason, Webhook, WebhookCommand, WebhookRefusal, WebhookReplayed};
use projections::table::{Cell, Table};
use serde::Deserialize;

use super::attempts::Attempt;
use super::message::{id_of, position_of};
use crate::api::lists;
use crate::api::webhooks::acts::before;
use crate::app::App;
use crate::extract::{Form, Path};
use crate::format::short_moment;
use crate::page::Frame;
use crate::problem::Problem;
use crate::security::{self, RequestId};
use crate::session::Session;
use crate::sheet::{Block, Fact, Field, Kind, Sheet, SheetForm, SheetTable};
use crate::treasury::words::wrong;

/// Where they are.
const PATH: &str = "/partenaire/webhooks";

/// How many tries a page shows.
const SHOWN: usize = 50;

/// How far back messages are sent again from a page.
const KEPT: TimeDelta = TimeDelta::days(30);

/// Every page about webhooks.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/partenaire/webhooks", get(list))
        .route("/partenaire/webhooks/{webhook}", get(show))
        .route("/partenaire/webhooks/{webhook}/pause", post(pause))
        .route("/partenaire/webhooks/{webhook}/reprise", post(resume))
        .route("/partenaire/webhooks/{webhook}/renvoi", post(replay))
        .layer(security::compression())
}

/// Whose webhooks someone sees: `None` is everybody's.
fn seen(session: &Session) -> Result<Option<Party>, Problem> {
    let readers = [Role::PartnerAgent, Role::Accountant, Role::Administrator];
    let session = session.clone().acting_as(&readers)?;
    match (session.role, session.partner()) {
        (Role::PartnerAgent, Some(partner)) => Ok(Some(Party::Partner(partner))),
        (Role::PartnerAgent, None) => Err(WebhookRefusal::NoSuchWebhook.into()),
        (_, _) => Ok(None),
    }
}

/// The party whose webhooks someone may change.
fn changed(session: &Session) -> Result<Party, Problem> {
    let session = session.clone().acting_as(&[Role::PartnerAgent])?;
    let partner = session.partner().map(Party::Partner);
    partner.ok_or_else(|| WebhookRefusal::NoSuchWebhook.into())
}

async fn list(State(app): State<App>, session: Session, frame: Frame) -> Result<Response, Problem> {
    let party = seen(&session)?;
    let known = lists::models(&app).await?.webhooks(party).map_err(Problem::unavailable)?;
    let lead = "Les adresses auxquelles vos serveurs sont informés de ce qui se passe.";
    let mut sheet = Sheet::new(frame, "Webhooks", lead);
    let headings = vec!["adresse", "types", "état", "en_attente"];
    let (mut rows, mut links) = (vec![], vec![]);
    for id in known {
        let state = app.ledger.state::<Webhook>(id).await?;
        let Some(target) = state.wants.as_ref().filter(|_| !state.deleted) else { continue };
        rows.push(vec![
            Cell::text(target.url.as_str()),
            Cell::text(types(&target.events)),
            Cell::text(standing(&state).1),
            Cell::text(state.pending.len().to_string()),
        ]);
        links.push(vec![(0, format!("{PATH}/{id}"))]);
    }
    let table = Table { headings, rows, totals: vec![] };
    let mut shown = SheetTable::new("webhooks", "Webhooks déclarés", table);
    shown.links = links;
    shown.empty = "Aucun webhook n’est déclaré : il se déclare par l’API (POST /api/v1/webhooks).";
    sheet.push(Block::Table(shown));
    Ok(sheet.answer())
}

async fn show(
    State(app): State<App>,
    session: Session,
    frame: Frame,
    Path(id): Path<WebhookId>,
) -> Result<Response, Problem> {
    Ok(page(&app, &session, frame, id).await?.answer())
}

/// The page of `id`; not found when someone may not see it.
async fn page(app: &App, session: &Session, frame: Frame, id: WebhookId) -> Result<Sheet, Problem> {
    let seen = seen(session)?;
    let state = app.ledger.state::<Webhook>(id).await?;
    let party = state.created.as_ref().filter(|_| !state.deleted).map(|it| it.party);
    let visible = party.is_some_and(|it| seen.is_none_or(|seen| seen == it));
    let Some(target) = state.wants.as_ref().filter(|_| visible) else {
        return Err(WebhookRefusal::NoSuchWebhook.into());
    };
    let lead = "Ce qui a été envoyé à cette adresse depuis 30 jours, et ce qu’elle a répondu.";
    let mut sheet = Sheet::new(frame, "Webhook", lead);
    sheet.above.push((PATH, "Webhooks"));
    let (tone, standing) = standing(&state);
    let mut facts = vec![
        Fact::new("Adresse", &target.url),
        Fact::new("État", standing).badge(tone),
        Fact::new("Types", types(&target.events)),
        Fact::new("En attente d’un nouvel essai", state.pending.len()),
    ];
    if !target.description.is_empty() {
        facts.push(Fact::new("Description", &target.description));
    }
    sheet.push(Block::Facts(facts));
    sheet.heading("envois", "Envois");
    let tries = app.webhooks.attempts.of(id, None, SHOWN).map_err(Problem::unavailable)?;
    sheet.push(Block::Table(table(&tries)));
    if changed(session).is_ok() {
        sheet.heading("gestion", "Gestion");
        for form in forms(id, &state) {
            sheet.push(Block::Form(form));
        }
    }
    Ok(sheet)
}

/// Tries, the last first.
fn table(tries: &[(u64, Attempt)]) -> SheetTable {
    let row = |(_, it): &(u64, Attempt)| {
        let taken = it.status.is_some_and(|it| (200..300).contains(&it));
        let message = if it.position == 0 { "–".to_owned() } else { id_of(it.position) };
        vec![
            Cell::text(short_moment(it.at)),
            Cell::text(&it.kind),
            Cell::text(if taken { "Reçu" } else { "Échec" }),
            Cell::text(it.number),
            Cell::text(it.status.map_or_else(|| "–".to_owned(), |it| it.to_string())),
            Cell::text(format!("{} ms", it.took)),
            Cell::text(it.excerpt.chars().take(120).collect::<String>()),
            Cell::text(message),
        ]
    };
    let headings =
        vec!["date", "type", "résultat", "essai", "statut", "durée", "réponse", "message"];
    let table = Table { headings, rows: tries.iter().map(row).collect(), totals: vec![] };
    let mut shown =
        SheetTable::new("derniers", "Les derniers essais, le plus récent d’abord", table);
    shown.empty = "Rien n’a encore été envoyé.";
    shown
}

fn forms(id: WebhookId, state: &Webhook) -> Vec<SheetForm> {
    let form = |act, heading, hint: &str, fields, button| SheetForm {
        id: act,
        action: format!("{PATH}/{id}/{act}"),
        heading,
        hint: hint.to_owned(),
        fields,
        button,
        file: false,
    };
    if state.paused.is_some() {
        let hint = "Ce qui s’est passé depuis la pause est envoyé aussi.";
        return vec![form("reprise", "Reprendre les envois", hint, vec![], "Reprendre")];
    }
    let since = Field::new("depuis", "Depuis le", Kind::Day).hint("Au plus 30 jours en arrière.");
    let single = Field::new("message", "Ou un seul message", Kind::Text)
        .hint("Son identifiant, dans le tableau (msg_…) ; laissez vide pour tout renvoyer depuis une date.");
    let again = "Chaque message garde son identifiant : votre serveur reconnaît ceux qu’il a déjà.";
    let stop = "Rien n’est plus envoyé jusqu’à la reprise.";
    vec![
        form("renvoi", "Renvoyer des messages", again, vec![since, single], "Renvoyer"),
        form("pause", "Suspendre les envois", stop, vec![], "Suspendre"),
    ]
}

fn types(types: &[compact_str::CompactString]) -> String {
    if types.is_empty() { "Tous".to_owned() } else { types.join(", ") }
}

/// The badge and the words of how it is.
fn standing(state: &Webhook) -> (&'static str, &'static str) {
    match state.paused {
        None if state.pending.is_empty() => ("success", "Actif"),
        None => ("warning", "Actif, des envois sont à refaire"),
        Some(PauseReason::Owner) => ("neutral", "En pause"),
        Some(PauseReason::Failing) => ("error", "En pause : les envois échouent depuis des jours"),
        Some(PauseReason::Gone) => ("error", "En pause : l’adresse dit ne plus exister (410)"),
    }
}

async fn pause(
    State(app): State<App>,
    session: Session,
    request: RequestId,
    frame: Frame,
    Path(id): Path<WebhookId>,
) -> Result<Response, Problem> {
    act(&app, &session, request, frame, id, Ok(WebhookCommand::Pause(PauseReason::Owner))).await
}

async fn resume(
    State(app): State<App>,
    session: Session,
    request: RequestId,
    frame: Frame,
    Path(id): Path<WebhookId>,
) -> Result<Response, Problem> {
    act(&app, &session, request, frame, id, Ok(WebhookCommand::Resume)).await
}

/// Which messages are sent again.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Again {
    depuis: String,
    message: String,
}

async fn replay(
    State(app): State<App>,
    session: Session,
    request: RequestId,
    frame: Frame,
    Path(id): Path<WebhookId>,
    Form(again): Form<Again>,
) -> Result<Response, Problem> {
    changed(&session)?;
    let asked = again_from(&app, &again).await.map(WebhookCommand::Replay);
    act(&app, &session, request, frame, id, asked).await
}

/// What is to be sent again.
async fn again_from(app: &App, again: &Again) -> Result<WebhookReplayed, Problem> {
    let at = app.clock.now();
    let message = again.message.trim();
    if !message.is_empty() {
        let position = position_of(message).filter(|it| *it > 0);
        let told = "Recopiez un identifiant du tableau : msg_ et 16 chiffres.";
        let position = position.ok_or_else(|| wrong("message", told))?;
        return Ok(WebhookReplayed { after: position - 1, only: true, at });
    }
    let day: Option<NaiveDate> = again.depuis.trim().parse().ok();
    let since = day.map(paris_midnight).filter(|it| *it <= at && *it + KEPT >= at);
    let since = since.ok_or_else(|| wrong("depuis", "Donnez une date des 30 derniers jours."))?;
    Ok(WebhookReplayed { after: before(app, since).await?, only: false, at })
}

/// Has `command` done, and shows the page.
async fn act(
    app: &App,
    session: &Session,
    request: RequestId,
    frame: Frame,
    id: WebhookId,
    command: Result<WebhookCommand, Problem>,
) -> Result<Response, Problem> {
    let party = changed(session)?;
    let state = app.ledger.state::<Webhook>(id).await?;
    if state.deleted || state.created.as_ref().is_none_or(|it| it.party != party) {
        return Err(WebhookRefusal::NoSuchWebhook.into());
    }
    let done = match command {
        Ok(command) => {
            let meta = app.meta(session.actor(), request);
            let done = app.ledger.execute::<Webhook>(id, &command, meta).await;
            done.map(drop).map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("{PATH}/{id}")).into_response()),
        Err(problem) => Ok(page(app, session, frame, id).await?.refused(&problem)),
    }
}
