//! What happened to a payment, from its own stream and that of the account that took it.

use axum::extract::State;
use axum::response::Response;
use ledger_core::account::AccountEvent;
use ledger_core::client::ClientScope;
use ledger_core::codec::Stored;
use ledger_core::event_log::{EventLog, Position};
use ledger_core::ids::{PaymentId, PurchaseId};
use ledger_core::money::Amount;
use ledger_core::payment::{PaymentCreated, PaymentEvent};
use ledger_core::process::payments as process;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use axum::response::IntoResponse;

use crate::api::caller::Caller;
use crate::app::App;
use crate::extract::{Json, Path};
use crate::format;
use crate::problem::Problem;

/// Something that happened to a payment.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentHappened {
    /// Its number in the log.
    #[schema(minimum = 1)]
    id: Position,
    /// What happened, as webhooks call it.
    #[serde(rename = "type")]
    #[schema(example = "payment.captured")]
    kind: &'static str,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: String,
    /// What it says besides, such as `line` and `amount_cents`.
    #[schema(value_type = Object)]
    data: Map<String, Value>,
}

/// All that happened to a payment.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentHistory {
    /// Oldest first.
    data: Vec<PaymentHappened>,
}

/// Show what happened to a payment.
///
/// Shows all that happened to it, oldest first, under the names that webhooks use.
#[utoipa::path(get, path = "/api/v1/payments/{payment}/events", tag = "Payments",
    operation_id = "listPaymentEvents",
    params(("payment" = String, Path, pattern = "^pay_[0-9a-fA-F]{32}$")),
    responses((status = 200, description = "What happened", body = PaymentHistory)),
    security(("oauth2" = ["payments:read"])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PaymentId>,
) -> Result<Response, Problem> {
    let partner = caller.partner(ClientScope::PaymentsRead)?;
    let paid = process::paid(&app.ledger, id, Some(partner)).await?;
    let mut data = vec![];
    let log = app.ledger.log();
    for it in log.read_stream(id.into(), 0).await.map_err(Problem::unavailable)? {
        let event = PaymentEvent::read(&it).map_err(Problem::internal)?;
        let (kind, data_of) = of_payment(&event);
        data.push(happened(it.position, kind, it.meta.at, data_of));
    }
    if let Some((account, _)) = paid.state.taken() {
        for it in log.read_stream(account.into(), 0).await.map_err(Problem::unavailable)? {
            let event = AccountEvent::read(&it).map_err(Problem::internal)?;
            if let Some((kind, data_of)) = of_account(&event, &paid.created) {
                data.push(happened(it.position, kind, it.meta.at, data_of));
            }
        }
    }
    data.sort_by_key(|it| it.id);
    Ok(Json(PaymentHistory { data }).into_response())
}

fn happened(
    id: Position,
    kind: &'static str,
    at: chrono::DateTime<chrono::Utc>,
    data: Value,
) -> PaymentHappened {
    let data = if let Value::Object(it) = data { it } else { Map::new() };
    PaymentHappened { id, kind, at: format::iso(at), data }
}

/// What an event of a payment's stream is called, and what it says.
pub fn of_payment(event: &PaymentEvent) -> (&'static str, Value) {
    match event {
        PaymentEvent::Created(it) => {
            ("payment.created", json!({ "amount_cents": it.total().cents() }))
        }
        PaymentEvent::Authorised(it) => ("payment.authorised", json!({ "buyer": it.buyer })),
        PaymentEvent::ApprovalAwaited(it) => {
            ("payment.awaiting_approval", json!({ "until": format::iso(it.until) }))
        }
        PaymentEvent::Declined(_) => ("payment.declined", json!({})),
        PaymentEvent::Cancelled(it) => ("payment.cancelled", json!({ "reason": it.reason })),
        PaymentEvent::Expired(_) => ("payment.expired", json!({})),
        PaymentEvent::UsageRecorded(it) => {
            ("payment.usage_recorded", json!({ "units": it.units, "on": it.on }))
        }
        PaymentEvent::CeilingNeared(it) => {
            ("payment.ceiling_neared", json!({ "percent": it.percent, "units": it.units }))
        }
        PaymentEvent::UsageClosed(it) => {
            let cents = it.amount.map_or(0, Amount::cents);
            let said = json!({ "units": it.units, "until": it.until, "amount_cents": cents,
                "last": it.last });
            ("payment.usage_closed", said)
        }
    }
}

/// What an event of the account means for the payment; `None` when it is about something else.
pub fn of_account(event: &AccountEvent, of: &PaymentCreated) -> Option<(&'static str, Value)> {
    let line = |id: PurchaseId| of.lines.iter().position(|it| it.purchase == id);
    match event {
        AccountEvent::Captured(it) => {
            let said = json!({ "line": line(it.purchase)?, "amount_cents": it.amount.cents(),
                "last": it.last });
            Some(("payment.captured", said))
        }
        AccountEvent::Cancelled(it) => {
            let said = json!({ "line": line(it.purchase)?, "reason": it.reason });
            Some(("payment.cancelled", said))
        }
        AccountEvent::HoldExpired(it) => {
            let kind = if it.released { "payment.released" } else { "payment.hold_expired" };
            Some((kind, json!({ "line": line(it.purchase)? })))
        }
        AccountEvent::Refunded(it) => {
            let said = json!({ "line": line(it.purchase)?, "amount_cents": it.amount.cents() });
            Some(("payment.refunded", said))
        }
        AccountEvent::Contested(it) => {
            let said = json!({ "line": line(it.purchase)?, "reason": it.reason });
            Some(("payment.contested", said))
        }
        AccountEvent::ContestEnded(it) => {
            let said = json!({ "line": line(it.purchase)?, "outcome": it.outcome });
            Some(("payment.contest_ended", said))
        }
        // The payment's own stream tells that.
        AccountEvent::Authorised(_)
        | AccountEvent::Opened(_)
        | AccountEvent::Granted(_)
        | AccountEvent::Returned(_)
        | AccountEvent::Suspended(_)
        | AccountEvent::Resumed(_)
        | AccountEvent::Closed(_)
        | AccountEvent::SpecimenTaken(_)
        | AccountEvent::LicenceAcquired(_)
        | AccountEvent::RenewalProposed(_)
        | AccountEvent::RenewalDeclined(_)
        | AccountEvent::Team(_) => None,
    }
}
