//! What is billed by use: counted since the beginning, billed each month or when asked.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use ledger_core::client::ClientScope;
use ledger_core::event_log::EventLog;
use ledger_core::ids::{PaymentId, UsageId};
use ledger_core::payment::UsageRecorded;
use ledger_core::process::payments as process;
use serde::Deserialize;
use utoipa::ToSchema;

use super::wire::Payment;
use crate::api::caller::Caller;
use crate::api::entity;
use crate::api::fields::{self, Day};
use crate::api::idempotency::IdempotencyKey;
use crate::api::lists;
use crate::app::App;
use crate::extract::{Json, Path};
use crate::problem::Problem;

/// The most units of one payment.
const UNITS_MAX: u64 = 1_000_000_000;

/// What was used so far.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUsage {
    /// How many units since the beginning: it never goes back.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    units: u64,
    /// The day on which the last of them was used; today when it is left out.
    #[serde(default, deserialize_with = "fields::given")]
    #[schema(schema_with = fields::day, required = false)]
    on: Option<Day>,
}

/// How far usage is billed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Close {
    /// The last day to bill; today when it is left out.
    #[serde(default, deserialize_with = "fields::given")]
    #[schema(schema_with = fields::day, required = false)]
    until: Option<Day>,
    /// Whether nothing more will be billed: the rest of the ceiling is given back.
    #[serde(default)]
    last: bool,
}

/// Count what was used.
///
/// Tells how many units were used since the beginning. A count that is sent again, or is lost and
/// followed by a later one, changes nothing; at 50, 80 and 100 % of the ceiling a webhook tells.
#[utoipa::path(post, path = "/api/v1/payments/{payment}/usage", tag = "Payments",
    operation_id = "recordUsage", request_body = NewUsage,
    params(("payment" = String, Path, pattern = "^pay_[0-9a-fA-F]{32}$"),
        ("Idempotency-Key" = String, Header, min_length = 1, max_length = 200,
            pattern = "^[!-~]+$", description = "New for each new count.")),
    responses((status = 200, description = "The payment, with its usage", body = Payment)),
    security(("oauth2" = ["payments:write"])))]
pub async fn record(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PaymentId>,
    IdempotencyKey(key): IdempotencyKey,
    headers: HeaderMap,
    Json(new): Json<NewUsage>,
) -> Result<Response, Problem> {
    let partner = caller.partner(ClientScope::PaymentsWrite)?;
    if new.units > UNITS_MAX {
        return Err(lists::invalid("units", "expected 0 to 1000000000"));
    }
    let today = app.clock.today();
    let on = new.on.map_or(today, |it| it.0);
    if on > today {
        return Err(lists::invalid("on", "expected today, or a day before"));
    }
    let record = UsageId(super::named(&caller, &format!("{id}/usage/{key}")));
    let record = UsageRecorded { record, units: new.units, on };
    process::record_usage(&app.ledger, id, partner, record, caller.meta(&app)).await?;
    answer(&app, &caller, &headers, id).await
}

/// Bill what was used.
///
/// Bills what was used and not billed yet. It is done at the end of each month without asking; ask
/// with `last` when the service ends. Again bills nothing more.
#[utoipa::path(post, path = "/api/v1/payments/{payment}/usage/close", tag = "Payments",
    operation_id = "closeUsage", request_body = Close,
    params(("payment" = String, Path, pattern = "^pay_[0-9a-fA-F]{32}$")),
    responses((status = 200, description = "The payment, billed", body = Payment)),
    security(("oauth2" = ["payments:write"])))]
pub async fn close(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PaymentId>,
    headers: HeaderMap,
    Json(new): Json<Close>,
) -> Result<Response, Problem> {
    let partner = caller.partner(ClientScope::PaymentsWrite)?;
    let today = app.clock.today();
    let until = new.until.map_or(today, |it| it.0);
    if until > today {
        return Err(lists::invalid("until", "expected today, or a day before"));
    }
    let meta = caller.meta(&app);
    process::close_usage(&app.ledger, id, Some(partner), until, new.last, meta).await?;
    answer(&app, &caller, &headers, id).await
}

async fn answer(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    id: PaymentId,
) -> Result<Response, Problem> {
    let partner = caller.partner(ClientScope::PaymentsWrite)?;
    let paid = process::paid(&app.ledger, id, Some(partner)).await?;
    let end = app.ledger.log().end().await.map_err(Problem::unavailable)?;
    Ok(entity::changed(&Payment::of(app, headers, id, &paid), end))
}
