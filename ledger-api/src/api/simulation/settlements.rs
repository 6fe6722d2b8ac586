//! A settlement of the caller's partner is paid.

use axum::extract::State;
use axum::response::Response;
use ledger_core::client::ClientScope;
use ledger_core::ids::SettlementId;
use ledger_core::settlement::Settlement;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::caller::Caller;
use crate::api::entity;
use crate::app::App;
use crate::format;
use crate::problem::Problem;
use crate::sandbox::{InSandbox, settle, time};

/// A settlement that is paid.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaidSettlement {
    /// Which one.
    #[schema(value_type = String)]
    settlement: SettlementId,
    /// The last day of its period.
    period: String,
    /// What was due.
    amount_cents: u64,
    /// Where it stands: `settled`.
    status: &'static str,
    /// The sandbox's time.
    now: String,
}

/// Have a settlement paid.
///
/// What was captured first and is not settled is paid: time passes to the end of its period and of
/// the days to contest; then the partner states what is due, the ordonnateur orders, the accountant
/// gives the visa, the bank takes the transfer, and its statement has it. Each is an act of the test
/// people, and sends its webhook.
#[utoipa::path(post, path = "/api/v1/simulation/settlement", tag = "Simulation",
    operation_id = "paySettlement",
    responses((status = 200, description = "It is paid", body = PaidSettlement)),
    security(("oauth2" = ["payments:write"])))]
pub async fn pay(
    _: InSandbox,
    State(app): State<App>,
    caller: Caller,
) -> Result<Response, Problem> {
    let partner = caller.partner(ClientScope::PaymentsWrite)?;
    let settlement = settle::pay(&app, partner).await?;
    let state = app.ledger.state::<Settlement>(settlement).await?;
    let period = state.prepared.as_ref().map(|it| it.on.to_string()).unwrap_or_default();
    let told = PaidSettlement {
        settlement,
        period,
        amount_cents: state.due.cents(),
        status: "settled",
        now: format::iso(app.clock.now()),
    };
    let end = time::end(&app).await?;
    Ok(entity::changed(&told, end))
}
