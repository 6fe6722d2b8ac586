//! What a partner does with its payment: capture, cancel, refund.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use ledger_core::client::ClientScope;
use ledger_core::event_log::EventLog;
use ledger_core::ids::{CaptureId, PaymentId, RefundId};
use ledger_core::meta::accounting_day;
use ledger_core::money::Amount;
use ledger_core::process::payments::{self as process, CaptureAsked, Paid, RefundAsked};
use serde::Deserialize;
use utoipa::ToSchema;

use super::wire::Payment;
use crate::api::caller::Caller;
use crate::api::entity;
use crate::api::fields::{self, Cents, Text};
use crate::api::idempotency::IdempotencyKey;
use crate::app::App;
use crate::extract::{Json, Path};
use crate::problem::Problem;

/// Something of one line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfLine {
    /// Its number, from 0.
    #[schema(minimum = 0, maximum = 19)]
    line: usize,
    /// How much of it; all that is possible when it is left out.
    #[serde(default, deserialize_with = "fields::given")]
    #[schema(schema_with = fields::amount_cents, required = false)]
    amount_cents: Option<Cents<{ Amount::MAX.cents() }>>,
}

/// What was delivered; `{}` is all of it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCapture {
    /// How much of the whole, taken from the lines in order; all that is held when it is left out.
    #[serde(default, deserialize_with = "fields::given")]
    #[schema(schema_with = fields::amount_cents, required = false)]
    amount_cents: Option<Cents<{ Amount::MAX.cents() }>>,
    /// Only these lines; not beside `amount_cents`.
    #[serde(default)]
    #[schema(max_items = 20)]
    lines: Vec<OfLine>,
    /// Whether nothing more will be captured of it, or of these lines: the rest is given back.
    #[serde(default = "yes")]
    #[schema(default = true)]
    last: bool,
}

const fn yes() -> bool {
    true
}

/// What is given back; `{}` is all of it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRefund {
    /// How much of the whole, taken from the last line first; all of it when it is left out.
    #[serde(default, deserialize_with = "fields::given")]
    #[schema(schema_with = fields::amount_cents, required = false)]
    amount_cents: Option<Cents<{ Amount::MAX.cents() }>>,
    /// Only these lines; not beside `amount_cents`.
    #[serde(default)]
    #[schema(max_items = 20)]
    lines: Vec<OfLine>,
}

/// Why a payment is given up.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancellation {
    /// As the teacher reads it. No personal data.
    #[serde(default, deserialize_with = "fields::given")]
    #[schema(schema_with = fields::text_200, required = false)]
    reason: Option<Text<200>>,
}

/// Of the whole, and of lines.
type Amounts = (Option<Amount>, Vec<(usize, Option<Amount>)>);

fn amounts(
    amount: Option<Cents<{ Amount::MAX.cents() }>>,
    lines: Vec<OfLine>,
) -> Result<Amounts, Problem> {
    if amount.is_some() && !lines.is_empty() {
        let expected = "expected either an amount of the whole, or amounts of lines";
        return Err(crate::api::lists::invalid("amount_cents", expected));
    }
    let of = |it: OfLine| (it.line, it.amount_cents.map(|it| it.0));
    Ok((amount.map(|it| it.0), lines.into_iter().map(of).collect()))
}

/// Shows the payment after an act.
async fn changed(
    app: &App,
    headers: &HeaderMap,
    id: PaymentId,
    paid: &Paid,
) -> Result<Response, Problem> {
    let end = app.ledger.log().end().await.map_err(Problem::unavailable)?;
    Ok(entity::changed(&Payment::of(app, headers, id, paid), end))
}

/// Capture a payment.
///
/// Captures what was delivered: whole, or in part, as often as needed until `last`.
///
/// Sent again with the same `Idempotency-Key`, it captures nothing more. What is billed by use is
/// either captured so, or counted (`/usage`), not both.
#[utoipa::path(post, path = "/api/v1/payments/{payment}/capture", tag = "Payments",
    operation_id = "capturePayment", request_body = NewCapture,
    params(("payment" = String, Path, pattern = "^pay_[0-9a-fA-F]{32}$"),
        ("Idempotency-Key" = String, Header, min_length = 1, max_length = 200,
            pattern = "^[!-~]+$", description = "New for each new capture.")),
    responses((status = 200, description = "The payment, captured", body = Payment)),
    security(("oauth2" = ["payments:write"])))]
pub async fn capture(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PaymentId>,
    IdempotencyKey(key): IdempotencyKey,
    headers: HeaderMap,
    Json(new): Json<NewCapture>,
) -> Result<Response, Problem> {
    let partner = caller.partner(ClientScope::PaymentsWrite)?;
    let (amount, lines) = amounts(new.amount_cents, new.lines)?;
    let key = CaptureId(super::named(&caller, &format!("{id}/capture/{key}")));
    let asked = CaptureAsked { key, amount, lines, last: new.last };
    let paid = process::capture(&app.ledger, id, partner, &asked, caller.meta(&app)).await?;
    changed(&app, &headers, id, &paid).await
}

/// Refund a payment.
///
/// Gives back what was captured: whole, by line, by amount.
///
/// The money goes back to the credits it came from; what they cannot take again, their days being
/// over, to their funders. It is taken off what you are paid next.
#[utoipa::path(post, path = "/api/v1/payments/{payment}/refunds", tag = "Payments",
    operation_id = "refundPayment", request_body = NewRefund,
    params(("payment" = String, Path, pattern = "^pay_[0-9a-fA-F]{32}$"),
        ("Idempotency-Key" = String, Header, min_length = 1, max_length = 200,
            pattern = "^[!-~]+$", description = "New for each new refund.")),
    responses((status = 200, description = "The payment, refunded", body = Payment)),
    security(("oauth2" = ["payments:write"])))]
pub async fn refund(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PaymentId>,
    IdempotencyKey(key): IdempotencyKey,
    headers: HeaderMap,
    Json(new): Json<NewRefund>,
) -> Result<Response, Problem> {
    let partner = caller.partner(ClientScope::PaymentsWrite)?;
    let (amount, lines) = amounts(new.amount_cents, new.lines)?;
    let key = RefundId(super::named(&caller, &format!("{id}/refunds/{key}")));
    let meta = caller.meta(&app);
    let asked = RefundAsked { key, amount, lines, on: accounting_day(meta.at) };
    let paid = process::refund(&app.ledger, id, partner, &asked, meta).await?;
    changed(&app, &headers, id, &paid).await
}

/// Cancel a payment.
///
/// Gives it up before anything of it was captured: nobody may confirm it any more, or what is held
/// for it is given back. Again changes nothing.
#[utoipa::path(post, path = "/api/v1/payments/{payment}/cancel", tag = "Payments",
    operation_id = "cancelPayment", request_body = Cancellation,
    params(("payment" = String, Path, pattern = "^pay_[0-9a-fA-F]{32}$")),
    responses((status = 200, description = "The payment, given up", body = Payment)),
    security(("oauth2" = ["payments:write"])))]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PaymentId>,
    headers: HeaderMap,
    Json(new): Json<Cancellation>,
) -> Result<Response, Problem> {
    let partner = caller.partner(ClientScope::PaymentsWrite)?;
    let reason = new.reason.map(|it| it.0).unwrap_or_default();
    let paid = process::cancel(&app.ledger, id, partner, reason, caller.meta(&app)).await?;
    changed(&app, &headers, id, &paid).await
}
