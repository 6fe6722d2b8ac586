//! `/api/v1/payments`: a partner asks to be paid for what a teacher buys on its own site.
//!
//! ```text
//! create ─▶ send the teacher to payment_url ─▶ they come back, or a webhook tells ─▶ show
//!        ─▶ deliver ─▶ capture ─▶ refund
//! ```
//! The partner learns what became of its payment, never who the teacher is: only a pseudonym of
//! its own ([`ledger_core::ids::BuyerId`]).

pub mod acts;
pub mod events;
pub mod new;
pub mod usage;
pub mod wire;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::{DateTime, Utc};
use compact_str::CompactString;
use ledger_core::client::ClientScope;
use ledger_core::digest::Digest;
use ledger_core::ids::PaymentId;
use ledger_core::process::payments::{self as process, Paid};
use projections::reports::payments::PaymentFilter;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::caller::Caller;
use super::entity;
use super::fields::Text;
use super::idempotency::IdempotencyKey;
use super::lists::{self, Cursor, Limit, List};
use crate::app::App;
use crate::extract::{Json, Path, Query};
use crate::problem::{Problem, kinds};
use new::NewPayment;
use wire::{Payment, PaymentStatus};

/// The namespace of payments' ids (`UUIDv5`).
const NAMESPACE: Uuid = Uuid::from_u128(0x9c1e_40b7_2f6d_4a83_b15c_0e97_d3a8_52f4);

/// What names one request of `caller`: the same when it is sent again.
fn named(caller: &Caller, key: &str) -> Uuid {
    let name = [caller.client.0.as_bytes(), key.as_bytes()].concat();
    Uuid::new_v5(&NAMESPACE, &name)
}

/// Ask for a payment.
///
/// Asks for a payment: the teacher is then sent to its `payment_url`.
///
/// Its id follows from the client and the `Idempotency-Key`: sent again, the same payment answers,
/// whatever became of the offers since. `return_url` must be on a site that the partner declared to
/// the operator; the teacher comes back there with `payment=pay_…` added to the query, which proves
/// nothing: ask for the payment, or wait for its webhook.
#[utoipa::path(post, path = "/api/v1/payments", tag = "Payments", operation_id = "createPayment",
    request_body = NewPayment,
    params(("Idempotency-Key" = String, Header, min_length = 1, max_length = 200,
        pattern = "^[!-~]+$", description = "New for each new payment.", example = "cart-1789")),
    responses(
        (status = 201, description = "It waits for a teacher", body = Payment,
            headers(("Location" = String, description = "Its address"))),
        (status = 200, description = "It was asked for before: same key, same body", body = Payment,
            headers(("Idempotent-Replayed" = String, description = "`true`"))),
    ), security(("oauth2" = ["payments:write"])))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    headers: HeaderMap,
    Json(new): Json<NewPayment>,
) -> Result<Response, Problem> {
    let partner = caller.partner(ClientScope::PaymentsWrite)?;
    let id = PaymentId(named(&caller, &key));
    let meta = caller.meta(&app);
    new.checked(&app, partner).await?;
    let asked = new.asked(id, partner, meta.at)?;
    let done = process::create(&app.ledger, asked, meta).await.map_err(not_made)?;
    let paid = process::paid(&app.ledger, id, Some(partner)).await?;
    let answer = Payment::of(&app, &headers, id, &paid);
    let at = format!("/api/v1/payments/{id}");
    Ok(entity::made(&answer, !done.events.is_empty(), done.position, &at))
}

/// Why a payment is not made, with what the key has to do with it.
fn not_made(error: process::Refused) -> Problem {
    use ledger_core::ledger::ExecuteError;
    use ledger_core::payment::PaymentRefusal;
    let reused = process::PaymentsRefusal::Payment(PaymentRefusal::ReferenceReused);
    if error == ExecuteError::Refused(reused) {
        let detail = "this Idempotency-Key asked for another payment: use a new one";
        return Problem::new(&kinds::IDEMPOTENCY_KEY_REUSED, detail);
    }
    error.into()
}

/// Show a payment.
///
/// Shows one payment: where it stands, and what became of the money of each line.
#[utoipa::path(get, path = "/api/v1/payments/{payment}", tag = "Payments",
    operation_id = "getPayment",
    params(("payment" = String, Path, pattern = "^pay_[0-9a-fA-F]{32}$"),
        ("If-None-Match" = Option<String>, Header, description = "An ETag that is known already.")),
    responses(
        (status = 200, description = "The payment", body = Payment),
        (status = 304, description = "It is what If-None-Match names"),
    ), security(("oauth2" = ["payments:read"])))]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PaymentId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let partner = caller.partner(ClientScope::PaymentsRead)?;
    let paid = process::paid(&app.ledger, id, Some(partner)).await?;
    Ok(entity::shown(&Payment::of(&app, &headers, id, &paid), &headers))
}

/// Which payments.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only those of this reference.
    #[param(value_type = Option<String>, min_length = 1, nullable = false)]
    #[serde(default)]
    reference: Option<Text<255>>,
    /// Only those that stand there.
    #[param(value_type = Option<PaymentStatus>, inline, nullable = false)]
    #[serde(default)]
    status: Option<PaymentStatus>,
    /// Only those asked for at this instant or later (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime, nullable = false)]
    #[serde(default)]
    since: Option<DateTime<Utc>>,
    /// Only those asked for before this instant (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime, nullable = false)]
    #[serde(default)]
    until: Option<DateTime<Utc>>,
    /// Only those whose metadata holds this: a name, an equals sign, a value.
    #[param(value_type = Option<String>, min_length = 2, max_length = 241,
        pattern = "^[A-Za-z0-9_.-]{1,40}=", nullable = false)]
    #[serde(default)]
    metadata: Option<CompactString>,
    /// `next_cursor` of the page before; the first page when it is left out.
    #[param(value_type = Option<String>, nullable = false,
        pattern = "^[A-Za-z0-9_-]{10}[AEIMQUYcgkosw048]$")]
    #[serde(default)]
    cursor: Option<Cursor>,
    /// How many at most.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100, default = 50, nullable = false)]
    #[serde(default)]
    limit: Limit,
}

/// List your payments.
///
/// Lists the partner's payments, the newest first.
#[utoipa::path(get, path = "/api/v1/payments", tag = "Payments", operation_id = "listPayments",
    params(Filter),
    responses((status = 200, description = "A page of them", body = List<Payment>)),
    security(("oauth2" = ["payments:read"])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Query(filter): Query<Filter>,
) -> Result<Json<List<Payment>>, Problem> {
    let partner = caller.partner(ClientScope::PaymentsRead)?;
    let metadata = match filter.metadata.as_deref().map(|it| it.split_once('=')) {
        None => None,
        Some(Some((name, value))) => Some((name.to_owned(), value.to_owned())),
        Some(None) => {
            return Err(lists::invalid("metadata", "expected a name, an equals sign and a value"));
        }
    };
    let which = PaymentFilter {
        reference: filter.reference.map(|it| it.0.to_string()),
        stands: filter.status.map(PaymentStatus::stands),
        since: filter.since,
        until: filter.until,
        metadata,
    };
    let before = filter.cursor.map(|it| it.0);
    let page = lists::models(&app).await?.payments(partner, &which, before, filter.limit.0);
    let page = page.map_err(Problem::unavailable)?;
    // Which ones is read from the list; what each of them is, from its stream, as everywhere.
    let mut data = Vec::with_capacity(page.rows.len());
    for (id, _) in &page.rows {
        let paid: Paid = process::paid(&app.ledger, *id, Some(partner)).await?;
        data.push(Payment::of(&app, &headers, *id, &paid));
    }
    Ok(Json(List::new(data, page.next)))
}

/// Fingerprint of a request's body, whatever the order in which its fields came.
fn fingerprint(body: &impl serde::Serialize) -> Digest {
    Digest::of_json(body)
}
