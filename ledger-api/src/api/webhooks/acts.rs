//! What the owner of an endpoint does with it: another secret, a pause, a test, telling again.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use ledger_core::event_log::{EventLog, Position};
use ledger_core::ids::WebhookId;
use ledger_core::webhook::{self as core, PauseReason, WebhookCommand, WebhookReplayed};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{Webhook, own, shown};
use crate::api::caller::Caller;
use crate::api::{entity, fields, lists};
use crate::app::App;
use crate::extract::{Json, Path};
use crate::format;
use crate::problem::Problem;
use crate::webhooks::message::{self, PING};
use crate::webhooks::sender::Signed;
use crate::webhooks::{OVERLAP, signature};

async fn act(
    app: &App,
    caller: &Caller,
    id: WebhookId,
    command: WebhookCommand,
    with_secret: bool,
) -> Result<Response, Problem> {
    own(app, caller, id).await?;
    let done = app.ledger.execute::<core::Webhook>(id, &command, caller.meta(app)).await?;
    Ok(entity::changed(&shown(app, caller, id, with_secret).await?, done.position))
}

/// Rotate a webhook endpoint's secret.
///
/// Messages are signed with a new secret, which is told now; for 24 hours with the one before, too.
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook}/secret", tag = "Webhooks",
    operation_id = "rotateWebhookSecret",
    params(("webhook" = String, Path, pattern = "^whk_[0-9a-fA-F]{32}$")),
    responses((status = 200, description = "The endpoint, with its new secret", body = Webhook)),
    security(("oauth2" = ["webhooks:write"])))]
pub async fn rotate(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WebhookId>,
) -> Result<Response, Problem> {
    let until = app.clock.now() + OVERLAP;
    act(&app, &caller, id, WebhookCommand::RotateSecret { until }, true).await
}

/// Pause a webhook endpoint.
///
/// Tells it nothing until it is resumed; then all that happened meanwhile.
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook}/pause", tag = "Webhooks",
    operation_id = "pauseWebhook",
    params(("webhook" = String, Path, pattern = "^whk_[0-9a-fA-F]{32}$")),
    responses((status = 200, description = "The endpoint, paused", body = Webhook)),
    security(("oauth2" = ["webhooks:write"])))]
pub async fn pause(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WebhookId>,
) -> Result<Response, Problem> {
    act(&app, &caller, id, WebhookCommand::Pause(PauseReason::Owner), false).await
}

/// Resume a webhook endpoint.
///
/// Tells it again, from where it was when it was paused, whoever paused it.
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook}/resume", tag = "Webhooks",
    operation_id = "resumeWebhook",
    params(("webhook" = String, Path, pattern = "^whk_[0-9a-fA-F]{32}$")),
    responses((status = 200, description = "The endpoint, resumed", body = Webhook)),
    security(("oauth2" = ["webhooks:write"])))]
pub async fn resume(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WebhookId>,
) -> Result<Response, Problem> {
    act(&app, &caller, id, WebhookCommand::Resume, false).await
}

/// What is to be told again: one message, or all since a time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// The id of one message.
    #[serde(default, deserialize_with = "fields::given")]
    #[schema(nullable = false, pattern = "^msg_[0-9]{16}$")]
    message: Option<String>,
    /// All that happened at this instant or later; not beside `message`.
    #[serde(default, deserialize_with = "fields::given")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    since: Option<DateTime<Utc>>,
}

/// Tell a webhook endpoint again.
///
/// Sends one message again, or all since a time, under the same ids.
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook}/replay", tag = "Webhooks",
    operation_id = "replayWebhook", request_body = Replay,
    params(("webhook" = String, Path, pattern = "^whk_[0-9a-fA-F]{32}$")),
    responses((status = 200, description = "It is told again in a moment", body = Webhook)),
    security(("oauth2" = ["webhooks:write"])))]
pub async fn replay(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WebhookId>,
    Json(asked): Json<Replay>,
) -> Result<Response, Problem> {
    own(&app, &caller, id).await?;
    let at = app.clock.now();
    let replayed = match (asked.message, asked.since) {
        (Some(message), None) => {
            let position = message::position_of(&message).filter(|it| *it > 0);
            let position = position.ok_or_else(|| {
                lists::invalid("message", "expected the id of a message: msg_ and 16 digits")
            })?;
            WebhookReplayed { after: position - 1, only: true, at }
        }
        (None, Some(since)) => {
            WebhookReplayed { after: before(&app, since).await?, only: false, at }
        }
        (Some(_), Some(_)) | (None, None) => {
            return Err(lists::invalid("message", "expected either `message` or `since`"));
        }
    };
    act(&app, &caller, id, WebhookCommand::Replay(replayed), false).await
}

/// The last position of the log before `since`.
pub(crate) async fn before(app: &App, since: DateTime<Utc>) -> Result<Position, Problem> {
    let log = app.ledger.log();
    let (mut low, mut high) = (0, log.end().await.map_err(Problem::unavailable)?);
    // Times only grow along the log, but for clocks that differ a little between nodes.
    while low < high {
        let middle = low.midpoint(high);
        let found = log.read_all(middle, 1).await.map_err(Problem::unavailable)?;
        match found.first() {
            Some(it) if it.meta.at < since => low = middle + 1,
            Some(_) | None => high = middle,
        }
    }
    Ok(low)
}

/// How a test was answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tested {
    /// The HTTP status of the answer; left out when there was none.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// Whether it was taken: 2xx.
    taken: bool,
    /// How long it took, in milliseconds.
    took_ms: u32,
    /// The beginning of the answer, or why there was none.
    answer: String,
}

/// Test a webhook endpoint.
///
/// Sends a `ping` there at once, signed as every message, and tells how it was answered.
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook}/test", tag = "Webhooks",
    operation_id = "testWebhook",
    params(("webhook" = String, Path, pattern = "^whk_[0-9a-fA-F]{32}$")),
    responses((status = 200, description = "How it was answered", body = Tested)),
    security(("oauth2" = ["webhooks:write"])))]
pub async fn test(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WebhookId>,
) -> Result<Response, Problem> {
    let state = own(&app, &caller, id).await?;
    let at = app.clock.now();
    let body = json!({ "type": PING, "timestamp": format::iso(at), "data": { "webhook": id } });
    let (body, name) = (body.to_string().into_bytes(), format!("msg_{}", app.clock.id().simple()));
    let secrets = signature::secrets(&app.webhook_key, id, &state, at);
    let sent = app.clock.outside();
    let signature = signature::signature(&secrets, &name, sent.timestamp(), &body);
    let url = state.wants.map(|it| it.url).unwrap_or_default();
    let signed = Signed { id: &name, at: sent, signature: &signature, body };
    let answered = app.webhooks.sender.send(&url, signed).await;
    Ok(Json(Tested {
        status: answered.status,
        taken: answered.taken(),
        took_ms: answered.took,
        answer: answered.excerpt,
    })
    .into_response())
}
