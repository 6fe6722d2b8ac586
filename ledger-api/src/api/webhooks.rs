//! `/api/v1/webhooks`: where a partner or a funder is told what happens.

pub mod acts;
pub mod deliveries;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use compact_str::CompactString;
use ledger_core::client::ClientScope;
use ledger_core::event_log::EventLog;
use ledger_core::ids::WebhookId;
use ledger_core::ledger::ExecuteError;
use ledger_core::webhook::{
    self as core, PauseReason, WebhookChanged, WebhookCommand, WebhookCreated, WebhookRefusal,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::caller::Caller;
use super::fields::{self, Text};
use super::idempotency::IdempotencyKey;
use super::{entity, lists};
use crate::app::App;
use crate::extract::{Json, Path};
use crate::format;
use crate::problem::{Problem, kinds};
use crate::webhooks::message::KINDS;
use crate::webhooks::signature;

/// The namespace of endpoints' ids (`UUIDv5`).
const NAMESPACE: Uuid = Uuid::from_u128(0x7d02_5be9_18c4_4fa6_93e7_c0d1_4a6b_f825);

/// An endpoint to be told, or what it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Where: an https address whose name is on the public internet.
    #[schema(value_type = String, min_length = 9, max_length = 2000, pattern = "^https://[!-~]+$",
        example = "https://boutique.example/notifications")]
    url: CompactString,
    /// What about; everything when it is left out.
    #[serde(default)]
    #[schema(schema_with = fields::webhook_events)]
    events: Vec<CompactString>,
    /// What it is for. No personal data.
    #[serde(default, deserialize_with = "fields::given")]
    #[schema(schema_with = fields::text_200, required = false)]
    description: Option<Text<200>>,
}

/// An endpoint that is told.
#[derive(Debug, Serialize, ToSchema)]
pub struct Webhook {
    /// Its id.
    #[schema(schema_with = fields::webhook_id)]
    id: WebhookId,
    /// Where.
    #[schema(value_type = String)]
    url: CompactString,
    /// What about; empty is everything.
    #[schema(schema_with = fields::webhook_events)]
    events: Vec<CompactString>,
    /// What it is for; often empty.
    #[schema(value_type = String)]
    description: CompactString,
    /// Whether it is told.
    status: WebhookStatus,
    /// How many messages wait for another try.
    waiting: usize,
    /// Until when the secret before this one signs too; left out unless it does.
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_secret_until: Option<String>,
    /// What signs its messages; only told when it is made or rotated.
    #[schema(nullable = false, example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// Whether an endpoint is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookStatus {
    /// It is.
    Active,
    /// Its owner paused it.
    Paused,
    /// It was paused: it took nothing for days, or too much waits.
    Failing,
    /// It was paused: it answers 410.
    Gone,
}

/// All endpoints of the caller's party.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookList {
    /// Oldest first.
    data: Vec<Webhook>,
}

impl Webhook {
    fn of(app: &App, id: WebhookId, state: &core::Webhook, with_secret: bool) -> Option<Self> {
        let wants = state.wants.as_ref().filter(|_| !state.deleted)?;
        let status = match state.paused {
            None => WebhookStatus::Active,
            Some(PauseReason::Owner) => WebhookStatus::Paused,
            Some(PauseReason::Failing) => WebhookStatus::Failing,
            Some(PauseReason::Gone) => WebhookStatus::Gone,
        };
        let until = state.previous_until.filter(|it| *it > app.clock.now());
        let secret = || signature::secret(&app.webhook_key, id, state.generation);
        Some(Self {
            id,
            url: wants.url.clone(),
            events: wants.events.clone(),
            description: wants.description.clone(),
            status,
            waiting: state.pending.len(),
            previous_secret_until: until.map(format::iso),
            secret: with_secret.then(secret),
        })
    }
}

/// The endpoint `id` of the caller's party; another party's does not exist for it.
pub(super) async fn own(
    app: &App,
    caller: &Caller,
    id: WebhookId,
) -> Result<core::Webhook, Problem> {
    caller.require(ClientScope::WebhooksWrite)?;
    let state = app.ledger.inspect::<core::Webhook, _>(id, core::Webhook::clone).await?;
    let own = state.created.as_ref().is_some_and(|it| it.party == caller.party);
    if own && !state.deleted { Ok(state) } else { Err(WebhookRefusal::NoSuchWebhook.into()) }
}

async fn shown(
    app: &App,
    caller: &Caller,
    id: WebhookId,
    with_secret: bool,
) -> Result<Webhook, Problem> {
    let state = own(app, caller, id).await?;
    let shown = Webhook::of(app, id, &state, with_secret);
    shown.ok_or_else(|| WebhookRefusal::NoSuchWebhook.into())
}

impl NewWebhook {
    /// What it says, if it may be told there and about that.
    fn checked(self, app: &App) -> Result<WebhookChanged, Problem> {
        if let Err(why) = app.webhooks.sender.may_ask(&self.url) {
            return Err(Problem::field(&kinds::INVALID_FIELD, "url", why));
        }
        let unknown = |it: &&CompactString| KINDS.iter().all(|kind| kind.0 != it.as_str());
        if let Some(it) = self.events.iter().find(unknown) {
            let detail = format!("`{it}` is never told: see docs/webhooks.md for what is");
            return Err(Problem::field(&kinds::INVALID_FIELD, "events", detail));
        }
        let description = self.description.map(|it| it.0).unwrap_or_default();
        Ok(WebhookChanged { url: self.url, events: self.events, description })
    }
}

/// Make a webhook endpoint.
///
/// Makes an endpoint: what happens from now on is told there. `secret` verifies its messages; it is
/// told now, and when it is rotated.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "Webhooks", operation_id = "createWebhook",
    request_body = NewWebhook,
    params(("Idempotency-Key" = String, Header, min_length = 1, max_length = 200,
        pattern = "^[!-~]+$", description = "New for each new endpoint.")),
    responses(
        (status = 201, description = "It is told from now on", body = Webhook,
            headers(("Location" = String, description = "Its address"))),
        (status = 200, description = "It was made before: same key, same body", body = Webhook,
            headers(("Idempotent-Replayed" = String, description = "`true`"))),
    ), security(("oauth2" = ["webhooks:write"])))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    Json(new): Json<NewWebhook>,
) -> Result<Response, Problem> {
    caller.require(ClientScope::WebhooksWrite)?;
    let name = [caller.client.0.as_bytes(), key.as_bytes()].concat();
    let id = WebhookId::derived(NAMESPACE, &name);
    let WebhookChanged { url, events, description } = new.checked(&app)?;
    let after = app.ledger.log().end().await.map_err(Problem::unavailable)?;
    let party = caller.party;
    let create = WebhookCreated { party, url, events, description, after };
    let create = WebhookCommand::Create(create);
    let done = app.ledger.execute::<core::Webhook>(id, &create, caller.meta(&app)).await;
    if done == Err(ExecuteError::Refused(WebhookRefusal::ReferenceReused)) {
        let detail = "this Idempotency-Key made another endpoint: use a new one";
        return Err(Problem::new(&kinds::IDEMPOTENCY_KEY_REUSED, detail));
    }
    let done = done?;
    let webhook = shown(&app, &caller, id, true).await?;
    let at = format!("/api/v1/webhooks/{id}");
    Ok(entity::made(&webhook, !done.events.is_empty(), done.position, &at))
}

/// Show a webhook endpoint.
///
/// Shows one endpoint, without its secret.
#[utoipa::path(get, path = "/api/v1/webhooks/{webhook}", tag = "Webhooks",
    operation_id = "getWebhook",
    params(("webhook" = String, Path, pattern = "^whk_[0-9a-fA-F]{32}$"),
        ("If-None-Match" = Option<String>, Header, description = "An ETag that is known already.")),
    responses((status = 200, description = "The endpoint", body = Webhook),
        (status = 304, description = "It is what If-None-Match names")),
    security(("oauth2" = ["webhooks:write"])))]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WebhookId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Ok(entity::shown(&shown(&app, &caller, id, false).await?, &headers))
}

/// List your webhook endpoints.
///
/// Lists all endpoints of the caller's party, oldest first.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "Webhooks", operation_id = "listWebhooks",
    responses((status = 200, description = "All of them", body = WebhookList)),
    security(("oauth2" = ["webhooks:write"])))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    caller.require(ClientScope::WebhooksWrite)?;
    let known = lists::models(&app).await?.webhooks(Some(caller.party));
    let mut data = vec![];
    for id in known.map_err(Problem::unavailable)? {
        let state = app.ledger.inspect::<core::Webhook, _>(id, core::Webhook::clone).await?;
        data.extend(Webhook::of(&app, id, &state, false));
    }
    Ok(Json(WebhookList { data }).into_response())
}

/// Change a webhook endpoint.
///
/// Says anew where it is and what it wants to know; its secret stays.
#[utoipa::path(put, path = "/api/v1/webhooks/{webhook}", tag = "Webhooks",
    operation_id = "changeWebhook", request_body = NewWebhook,
    params(("webhook" = String, Path, pattern = "^whk_[0-9a-fA-F]{32}$")),
    responses((status = 200, description = "The endpoint, changed", body = Webhook)),
    security(("oauth2" = ["webhooks:write"])))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WebhookId>,
    Json(new): Json<NewWebhook>,
) -> Result<Response, Problem> {
    own(&app, &caller, id).await?;
    let command = WebhookCommand::Change(new.checked(&app)?);
    let done = app.ledger.execute::<core::Webhook>(id, &command, caller.meta(&app)).await?;
    Ok(entity::changed(&shown(&app, &caller, id, false).await?, done.position))
}

/// Delete a webhook endpoint.
///
/// Tells it nothing any more, not even what waits.
#[utoipa::path(delete, path = "/api/v1/webhooks/{webhook}", tag = "Webhooks",
    operation_id = "deleteWebhook",
    params(("webhook" = String, Path, pattern = "^whk_[0-9a-fA-F]{32}$")),
    responses((status = 204, description = "It is told nothing any more")),
    security(("oauth2" = ["webhooks:write"])))]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WebhookId>,
) -> Result<Response, Problem> {
    own(&app, &caller, id).await?;
    let delete = WebhookCommand::Delete;
    app.ledger.execute::<core::Webhook>(id, &delete, caller.meta(&app)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
