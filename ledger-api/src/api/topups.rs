//! `/api/v1/envelopes/{envelope}/topups`: one account is credited.

use axum::extract::State;
use axum::response::Response;
use compact_str::CompactString;
use ledger_core::account::Account;
use ledger_core::client::ClientScope;
use ledger_core::codec::Stored;
use ledger_core::envelope::{self, Allocation, CreditsAllocated, EnvelopeEvent};
use ledger_core::event_log::EventLog;
use ledger_core::ids::{AccountId, EnvelopeId, LotId};
use ledger_core::money::Amount;
use ledger_core::process::topups::{self as process, TopUpError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::entity;
use super::envelopes::own;
use super::fields::{self, Cents, Text};
use super::idempotency::{self, IdempotencyKey};
use super::lists::{self, Cursor, Limit, List};
use crate::app::App;
use crate::extract::{Json, Path, Query};
use crate::problem::Problem;

/// A credit to be given to one account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTopUp {
    /// Which account.
    #[schema(schema_with = fields::account_id)]
    account: AccountId,
    /// How much, in euro cents.
    #[schema(schema_with = fields::amount_cents)]
    amount_cents: Cents<{ Amount::MAX.cents() }>,
    /// Your own reference, once for each top-up of this envelope; the `Idempotency-Key` when it is
    /// left out. No personal data.
    #[schema(schema_with = fields::text_200, required = false)]
    reference: Option<Text<200>>,
}

/// A credit given to one account.
#[derive(Debug, Serialize, ToSchema)]
pub struct TopUp {
    /// The credit in the account.
    #[schema(schema_with = fields::lot_id)]
    lot: LotId,
    /// The envelope that pays.
    #[schema(schema_with = fields::envelope_id)]
    envelope: EnvelopeId,
    /// Which account.
    #[schema(schema_with = fields::account_id)]
    account: AccountId,
    /// How much.
    #[schema(schema_with = fields::amount_cents)]
    amount_cents: u64,
    /// Where it stands.
    status: TopUpStatus,
    /// Your own reference, as far as you gave it with this request: only its fingerprint is kept.
    #[schema(value_type = Option<String>, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<CompactString>,
}

/// Where a top-up stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TopUpStatus {
    /// The money is set aside, and will be in the account in a moment.
    Pending,
    /// The account has it.
    Credited,
    /// The account did not take it; the money is free again.
    Refused,
}

/// Which top-ups of an envelope.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only the one of this reference.
    #[param(value_type = Option<String>, min_length = 1, nullable = false)]
    #[serde(default)]
    reference: Option<Text<200>>,
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

/// Credit one account.
///
/// Credits one account.
///
/// The money is taken from the envelope first, then given to the account: an account that refuses
/// it leaves the envelope as it was.
#[utoipa::path(post, path = "/api/v1/envelopes/{envelope}/topups", tag = "Top-ups",
    operation_id = "topUp", request_body = NewTopUp,
    params(("envelope" = String, Path, pattern = "^env_[0-9a-fA-F]{32}$"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 200,
            pattern = "^[!-~]+$", description = "Needed when the body has no reference.")),
    responses(
        (status = 201, description = "The account is credited", body = TopUp),
        (status = 200, description = "It was before: same reference, same body", body = TopUp),
    ), security(("oauth2" = ["topups:write"])))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<EnvelopeId>,
    key: Option<IdempotencyKey>,
    Json(new): Json<NewTopUp>,
) -> Result<Response, Problem> {
    let funder = caller.funder(ClientScope::TopupsWrite)?;
    own(&app, id, funder).await?;
    let reference = new.reference.map(|it| it.0).or_else(|| key.map(|it| it.0.into()));
    let reference = reference.ok_or_else(idempotency::missing)?;
    let (account, amount) = (new.account, new.amount_cents.0);
    let on = app.clock.today();
    let topup = process::TopUp { envelope: id, reference, account, amount, on };
    let done = process::top_up(&app.ledger, &topup, caller.meta(&app)).await;
    let done = done.map_err(|it| told(it, account))?;
    let query: String = url::form_urlencoded::byte_serialize(topup.reference.as_bytes()).collect();
    let at = format!("/api/v1/envelopes/{id}/topups?reference={query}");
    let answer = TopUp {
        lot: done.lot,
        envelope: id,
        account,
        amount_cents: amount.cents(),
        status: TopUpStatus::Credited,
        reference: Some(topup.reference),
    };
    Ok(entity::made(&answer, done.new, done.position, &at))
}

/// List an envelope's top-ups.
///
/// Lists the top-ups of one envelope, oldest first, those of batches left out.
#[utoipa::path(get, path = "/api/v1/envelopes/{envelope}/topups", tag = "Top-ups",
    operation_id = "listTopUps",
    params(("envelope" = String, Path, pattern = "^env_[0-9a-fA-F]{32}$"), Filter),
    responses((status = 200, description = "A page of them", body = List<TopUp>)),
    security(("oauth2" = ["envelopes:read"])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<EnvelopeId>,
    Query(filter): Query<Filter>,
) -> Result<Json<List<TopUp>>, Problem> {
    let funder = caller.funder(ClientScope::EnvelopesRead)?;
    own(&app, id, funder).await?;
    if let Some(Text(reference)) = filter.reference {
        if filter.cursor.is_some() {
            return Err(lists::invalid("cursor", "expected none beside a reference"));
        }
        return Ok(Json(List::new(by_reference(&app, id, reference).await?, None)));
    }
    let after = filter.cursor.map_or(0, |it| it.0);
    let recorded = app.ledger.log().read_stream(id.into(), after).await;
    let (mut data, mut next) = (Vec::new(), None);
    for it in recorded.map_err(Problem::unavailable)? {
        let event = EnvelopeEvent::read(&it).map_err(Problem::internal)?;
        let EnvelopeEvent::Allocated(CreditsAllocated { allocation, .. }) = event else { continue };
        let Some(account) = allocation.to else { continue };
        if data.len() == filter.limit.0 {
            next = Some(it.version - 1);
            break;
        }
        data.push(stands(&app, id, account, &allocation, None).await?);
    }
    Ok(Json(List::new(data, next)))
}

async fn by_reference(
    app: &App,
    id: EnvelopeId,
    reference: CompactString,
) -> Result<Vec<TopUp>, Problem> {
    let allocation = process::allocation_id(id, &reference);
    let find = |it: &envelope::Envelope| it.allocation(allocation).cloned();
    let found = app.ledger.inspect::<envelope::Envelope, _>(id, find).await?;
    match found.as_ref().and_then(|it| it.to.map(|to| (it, to))) {
        None => Ok(Vec::new()),
        Some((it, account)) => Ok(vec![stands(app, id, account, it, Some(reference)).await?]),
    }
}

/// Where the top-up of `account` stands.
async fn stands(
    app: &App,
    envelope: EnvelopeId,
    account: AccountId,
    allocation: &Allocation,
    reference: Option<CompactString>,
) -> Result<TopUp, Problem> {
    let (ledger, lot) = (&app.ledger, process::lot_of(allocation.id));
    let credited = ledger.inspect::<Account, _>(account, |it| it.lot(lot).is_some());
    let released =
        ledger.inspect::<envelope::Envelope, _>(envelope, |it| it.has_released(allocation.id));
    let status = match (credited.await?, released.await?) {
        (true, _) => TopUpStatus::Credited,
        (false, true) => TopUpStatus::Refused,
        (false, false) => TopUpStatus::Pending,
    };
    let amount_cents = allocation.amount.cents();
    Ok(TopUp { lot, envelope, account, amount_cents, status, reference })
}

/// A refusal, and whether it is the account's.
fn told(error: TopUpError, account: AccountId) -> Problem {
    let accounts = matches!(error, TopUpError::Account(_));
    let problem = Problem::from(error);
    if accounts { problem.with("account", account.to_string()) } else { problem }
}
