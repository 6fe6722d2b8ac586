//! What a funder does to an envelope of its own: budget, freeze, close.
//!
//! Each may be sent again without harm, and answers with the envelope as it is then. `If-Match`,
//! when it is there, is compared with the very state that the command is carried out on; sent
//! again, a command that was carried out answers the same.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use ledger_core::client::ClientScope;
use ledger_core::envelope::{self as core, EnvelopeCommand};
use ledger_core::ids::EnvelopeId;
use ledger_core::money::Budget;
use serde::Deserialize;
use utoipa::ToSchema;

use super::own;
use super::wire::{self, Envelope};
use crate::api::caller::Caller;
use crate::api::entity;
use crate::api::fields::{self, Cents, Text};
use crate::app::App;
use crate::extract::{Json, Path};
use crate::problem::Problem;

/// What allows a budget.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmBudget {
    /// The deliberation or arrêté.
    #[schema(schema_with = fields::text_200)]
    legal_reference: Text<200>,
}

/// How much more was voted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RaiseBudget {
    /// How much more, in euro cents.
    #[schema(schema_with = fields::budget_cents)]
    amount_cents: Cents<{ Budget::MAX.cents() }>,
    /// The deliberation or arrêté; makes it idempotent.
    #[schema(schema_with = fields::text_200)]
    legal_reference: Text<200>,
}

/// Why an envelope is frozen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    /// Told to whoever is refused; no person's name.
    #[schema(schema_with = fields::text_500)]
    reason: Text<500>,
}

/// Confirm a provisional budget.
///
/// The budget is voted: all of it may be allocated.
#[utoipa::path(post, path = "/api/v1/envelopes/{envelope}/confirm-budget", tag = "Envelopes",
    operation_id = "confirmBudget", request_body = ConfirmBudget,
    params(("envelope" = String, Path, pattern = "^env_[0-9a-fA-F]{32}$"),
        ("If-Match" = Option<String>, Header, description = "The ETag it must still have.")),
    responses((status = 200, description = "The envelope, as it is now", body = Envelope)),
    security(("oauth2" = ["envelopes:write"])))]
pub async fn confirm_budget(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<EnvelopeId>,
    headers: HeaderMap,
    Json(body): Json<ConfirmBudget>,
) -> Result<Response, Problem> {
    let command = EnvelopeCommand::ConfirmBudget { legal_reference: body.legal_reference.0 };
    change(&app, &caller, id, &headers, &command).await
}

/// Raise the budget.
///
/// More money is voted; once for each legal reference.
#[utoipa::path(post, path = "/api/v1/envelopes/{envelope}/raise-budget", tag = "Envelopes",
    operation_id = "raiseBudget", request_body = RaiseBudget,
    params(("envelope" = String, Path, pattern = "^env_[0-9a-fA-F]{32}$"),
        ("If-Match" = Option<String>, Header, description = "The ETag it must still have.")),
    responses((status = 200, description = "The envelope, as it is now", body = Envelope)),
    security(("oauth2" = ["envelopes:write"])))]
pub async fn raise_budget(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<EnvelopeId>,
    headers: HeaderMap,
    Json(body): Json<RaiseBudget>,
) -> Result<Response, Problem> {
    let (amount, legal_reference) = (body.amount_cents.0, body.legal_reference.0);
    let command = EnvelopeCommand::RaiseBudget { amount, legal_reference };
    change(&app, &caller, id, &headers, &command).await
}

/// Freeze an envelope.
///
/// Refuses new credits and new purchases from today on; what is engaged goes on.
#[utoipa::path(post, path = "/api/v1/envelopes/{envelope}/freeze", tag = "Envelopes",
    operation_id = "freezeEnvelope", request_body = Freeze,
    params(("envelope" = String, Path, pattern = "^env_[0-9a-fA-F]{32}$"),
        ("If-Match" = Option<String>, Header, description = "The ETag it must still have.")),
    responses((status = 200, description = "The envelope, as it is now", body = Envelope)),
    security(("oauth2" = ["envelopes:write"])))]
pub async fn freeze(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<EnvelopeId>,
    headers: HeaderMap,
    Json(body): Json<Freeze>,
) -> Result<Response, Problem> {
    let command = EnvelopeCommand::Freeze { reason: body.reason.0, on: app.clock.today() };
    change(&app, &caller, id, &headers, &command).await
}

/// Unfreeze an envelope.
///
/// Accepts credits and purchases again.
#[utoipa::path(post, path = "/api/v1/envelopes/{envelope}/unfreeze", tag = "Envelopes",
    operation_id = "unfreezeEnvelope",
    params(("envelope" = String, Path, pattern = "^env_[0-9a-fA-F]{32}$"),
        ("If-Match" = Option<String>, Header, description = "The ETag it must still have.")),
    responses((status = 200, description = "The envelope, as it is now", body = Envelope)),
    security(("oauth2" = ["envelopes:write"])))]
pub async fn unfreeze(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<EnvelopeId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    change(&app, &caller, id, &headers, &EnvelopeCommand::Unfreeze).await
}

/// Close an envelope.
///
/// Closes it for ever: it credits nobody any more; credits already given may still be spent.
#[utoipa::path(post, path = "/api/v1/envelopes/{envelope}/close", tag = "Envelopes",
    operation_id = "closeEnvelope",
    params(("envelope" = String, Path, pattern = "^env_[0-9a-fA-F]{32}$"),
        ("If-Match" = Option<String>, Header, description = "The ETag it must still have.")),
    responses((status = 200, description = "The envelope, as it is now", body = Envelope)),
    security(("oauth2" = ["envelopes:write"])))]
pub async fn close(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<EnvelopeId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    change(&app, &caller, id, &headers, &EnvelopeCommand::Close).await
}

async fn change(
    app: &App,
    caller: &Caller,
    id: EnvelopeId,
    headers: &HeaderMap,
    command: &EnvelopeCommand,
) -> Result<Response, Problem> {
    let funder = caller.funder(ClientScope::EnvelopesWrite)?;
    own(app, id, funder).await?;
    let believed =
        |it: &core::Envelope| Envelope::of(id, it).is_some_and(|it| entity::matches(&it, headers));
    let done =
        app.ledger.execute_if::<core::Envelope>(id, command, caller.meta(app), believed).await;
    let position = done.map_err(wire::told)?.position;
    Ok(entity::changed(&own(app, id, funder).await?, position))
}
