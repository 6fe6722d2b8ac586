//! `/api/v1/envelopes`: a funder opens its pots, follows them, freezes and closes them.
//!
//! That a funder's money arrived is for the accountant to say, not for the funder: it is recorded
//! from the bank's statement, never through this API.

pub mod changes;
pub mod wire;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use ledger_core::client::ClientScope;
use ledger_core::envelope as core;
use ledger_core::identifiers::Funder;
use ledger_core::ids::EnvelopeId;
use ledger_core::process::envelopes;
use uuid::Uuid;

use super::caller::Caller;
use super::entity;
use super::idempotency::IdempotencyKey;
use super::lists::{self, Asked, List};
use crate::app::App;
use crate::extract::{Json, Path, Query};
use crate::problem::Problem;
use wire::{Envelope, NewEnvelope};

/// The namespace of envelopes' ids (`UUIDv5`).
const NAMESPACE: Uuid = Uuid::from_u128(0x2f4b_8e0c_5d13_4c6f_9a21_7be6_40c5_d8a1);

/// The most that the body of a new envelope may hold, in bytes: it may name 10,000 schools.
pub const BODY_MAX: usize = 512 * 1024;

/// Open an envelope.
///
/// Opens an envelope.
///
/// Its id follows from the client and the `Idempotency-Key`: sent again, the same envelope answers.
/// With a `convention`, which must be yours, the budget is set aside there and the convention calls
/// for the money; **409** `act-refused` tells that less is left of it. Without one, the money is
/// called for when the envelope is opened: leave it out only if no convention calls for it too.
#[utoipa::path(post, path = "/api/v1/envelopes", tag = "Envelopes", operation_id = "openEnvelope", request_body = NewEnvelope,
    params(("Idempotency-Key" = String, Header, min_length = 1, max_length = 200,
        pattern = "^[!-~]+$", description = "New for each new envelope.", example = "env-2026-1")),
    responses(
        (status = 201, description = "It is open", body = Envelope,
            headers(("Location" = String, description = "Its address"))),
        (status = 200, description = "It was open already: same key, same body", body = Envelope,
            headers(("Idempotent-Replayed" = String, description = "`true`"))),
    ), security(("oauth2" = ["envelopes:write"])))]
pub async fn open(
    State(app): State<App>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    Json(new): Json<NewEnvelope>,
) -> Result<Response, Problem> {
    let funder = caller.funder(ClientScope::EnvelopesWrite)?;
    let name = [caller.client.0.as_bytes(), key.as_bytes()].concat();
    let id = EnvelopeId::derived(NAMESPACE, &name);
    let opened = new.opened(funder)?;
    let done = envelopes::open(&app.ledger, id, opened, caller.meta(&app)).await;
    let done = done.map_err(wire::not_opened)?;
    let envelope = own(&app, id, funder).await?;
    let at = format!("/api/v1/envelopes/{id}");
    Ok(entity::made(&envelope, !done.events.is_empty(), done.position, &at))
}

/// Show an envelope.
///
/// Shows one envelope.
#[utoipa::path(get, path = "/api/v1/envelopes/{envelope}", tag = "Envelopes",
    operation_id = "getEnvelope",
    params(("envelope" = String, Path, pattern = "^env_[0-9a-fA-F]{32}$"),
        ("If-None-Match" = Option<String>, Header, description = "An ETag that is known already.")),
    responses(
        (status = 200, description = "The envelope", body = Envelope,
            headers(("ETag" = String, description = "What it is now, for If-Match"))),
        (status = 304, description = "It is what If-None-Match names"),
    ), security(("oauth2" = ["envelopes:read"])))]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<EnvelopeId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let funder = caller.funder(ClientScope::EnvelopesRead)?;
    Ok(entity::shown(&own(&app, id, funder).await?, &headers))
}

/// List your envelopes.
///
/// Lists the funder's envelopes, oldest first.
#[utoipa::path(get, path = "/api/v1/envelopes", tag = "Envelopes", operation_id = "listEnvelopes", params(Asked),
    responses((status = 200, description = "A page of them", body = List<Envelope>)),
    security(("oauth2" = ["envelopes:read"])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Json<List<Envelope>>, Problem> {
    let funder = caller.funder(ClientScope::EnvelopesRead)?;
    let after = asked.cursor.map(|it| it.0);
    let page = lists::models(&app).await?.envelopes(Some(funder), after, asked.limit.0);
    let page = page.map_err(Problem::unavailable)?;
    // Which ones is read from the list; what each of them is, from its stream, as everywhere.
    let mut data = Vec::with_capacity(page.rows.len());
    for row in &page.rows {
        data.push(own(&app, row.id, funder).await?);
    }
    Ok(Json(List::new(data, page.next)))
}

/// The envelope `id` of `funder`; another funder's does not exist for it.
pub(super) async fn own(app: &App, id: EnvelopeId, funder: Funder) -> Result<Envelope, Problem> {
    let terms = app.ledger.inspect::<core::Envelope, _>(id, core::Envelope::terms).await?;
    let own = terms.opened.as_ref().is_some_and(|it| it.funder == funder);
    let envelope = if own { Envelope::of(id, &terms) } else { None };
    envelope.ok_or_else(|| Problem::not_found("there is no such envelope"))
}
