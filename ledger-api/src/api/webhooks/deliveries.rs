//! What was sent to an endpoint, try by try, in the last thirty days.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ledger_core::ids::WebhookId;
use serde::Serialize;
use utoipa::ToSchema;

use super::own;
use crate::api::caller::Caller;
use crate::api::lists::{Asked, List};
use crate::app::App;
use crate::extract::{Json, Path, Query};
use crate::format;
use crate::problem::Problem;
use crate::webhooks::attempts::Attempt;
use crate::webhooks::message::id_of;

/// One try.
#[derive(Debug, Serialize, ToSchema)]
pub struct Delivery {
    /// The message's id: the same for every try of it.
    #[schema(example = "msg_0000000000001789")]
    message: String,
    /// What it tells.
    #[serde(rename = "type")]
    #[schema(example = "payment.captured")]
    kind: String,
    /// When it was tried.
    #[schema(value_type = String, format = DateTime)]
    at: String,
    /// Which try, from 1 to 6.
    attempt: u8,
    /// Whether it was taken: 2xx.
    taken: bool,
    /// The HTTP status of the answer; left out when there was none.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// How long it took, in milliseconds.
    took_ms: u32,
    /// The beginning of the answer, or why there was none.
    answer: String,
}

impl Delivery {
    fn of(it: Attempt) -> Self {
        Self {
            message: id_of(it.position),
            kind: it.kind,
            at: format::iso(it.at),
            attempt: it.number,
            taken: it.status.is_some_and(|it| (200..300).contains(&it)),
            status: it.status,
            took_ms: it.took,
            answer: it.excerpt,
        }
    }
}

/// List what was sent to a webhook endpoint.
///
/// Lists every try of the last thirty days, the last first.
#[utoipa::path(get, path = "/api/v1/webhooks/{webhook}/deliveries", tag = "Webhooks",
    operation_id = "listDeliveries",
    params(("webhook" = String, Path, pattern = "^whk_[0-9a-fA-F]{32}$"), Asked),
    responses((status = 200, description = "A page of them", body = List<Delivery>)),
    security(("oauth2" = ["webhooks:write"])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WebhookId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    own(&app, &caller, id).await?;
    let (before, limit) = (asked.cursor.map(|it| it.0), asked.limit.0);
    let mut tries =
        app.webhooks.attempts.of(id, before, limit + 1).map_err(Problem::unavailable)?;
    let more = tries.len() > limit;
    tries.truncate(limit);
    let next = tries.last().map(|it| it.0).filter(|_| more);
    let data = tries.into_iter().map(|it| Delivery::of(it.1)).collect();
    Ok(Json(List::new(data, next)).into_response())
}
