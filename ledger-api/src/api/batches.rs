//! `/api/v1/…/batches`: accounts are credited by a file of up to 1,000,000 lines.
//!
//! Read in this order: [`upload`], [`mod@line`], [`csv`], [`json`], [`report`]. A batch that came in
//! whole is credited by [`crate::workers`].

pub mod csv;
pub mod json;
pub mod line;
pub mod lines;
pub mod report;
pub mod upload;
pub mod wire;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use compact_str::CompactString;
use ledger_core::batch::{self as core, BatchEvent, BatchStatus};
use ledger_core::client::ClientScope;
use ledger_core::codec::Stored;
use ledger_core::event_log::EventLog;
use ledger_core::identifiers::Funder;
use ledger_core::ids::{BatchId, EnvelopeId};
use projections::reports::batches::BatchFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::caller::Caller;
use super::entity;
use super::fields::Text;
use super::idempotency::IdempotencyKey;
use super::lists::{self, Asked, List};
use crate::app::App;
use crate::extract::{Json, Path, Query};
use crate::problem::{Problem, kinds};
use upload::{Reader, Sender};
use wire::{Batch, Described};

/// What a file is called, when neither a header nor its body tells.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Named {
    /// Your own reference; may stand in the `Idempotency-Key` or in a JSON body instead.
    #[param(value_type = Option<String>, min_length = 1, max_length = 200, nullable = false)]
    #[serde(default)]
    reference: Option<Text<200>>,
}

/// Credit many accounts by a file.
///
/// Credits many accounts.
///
/// Lines that cannot be read are refused one by one, with the reason; the rest goes through. The
/// file is credited once it has come in whole, in the background: whole, or not at all if the
/// envelope refuses it. A file that was cut off goes on when it is sent again with the same reference.
#[utoipa::path(post, path = "/api/v1/envelopes/{envelope}/batches", tag = "Batches",
    operation_id = "sendBatch",
    request_body(content((Described = "application/json"), (String = "application/x-ndjson"),
        (String = "text/csv", example = "account;amount\nacc_0199f3a2c4e57d0ab1c2d3e4f5061728;12,50\n"))),
    params(("envelope" = String, Path, pattern = "^env_[0-9a-fA-F]{32}$"), Named,
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 200,
            pattern = "^[!-~]+$", description = "Your own reference, unless it is elsewhere.")),
    responses(
        (status = 202, description = "It came in whole, and is being credited", body = Batch,
            headers(("Location" = String, description = "Where to follow it"))),
        (status = 200, description = "It had come in before: same reference, same file",
            body = Batch),
    ), security(("oauth2" = ["topups:write"])))]
pub async fn send(
    State(app): State<App>,
    caller: Caller,
    Path(envelope): Path<EnvelopeId>,
    Query(named): Query<Named>,
    key: Option<IdempotencyKey>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let funder = caller.funder(ClientScope::TopupsWrite)?;
    let content_type = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let reader = Reader::of(content_type.unwrap_or_default())?;
    let reference = reference(named, key)?;
    super::envelopes::own(&app, envelope, funder).await?;
    let _place = app.uploads.try_acquire().map_err(|_| {
        let detail = format!("{} files are coming in", upload::AT_ONCE);
        Problem::new(&kinds::TOO_MANY_UPLOADS, detail)
    })?;
    let sender = Sender { ledger: &app.ledger, envelope, meta: caller.meta(&app) };
    let received = upload::receive(sender, reader, reference, body).await?;
    let batch = own(&app, received.batch, funder).await?;
    let at = format!("/api/v1/batches/{}", received.batch);
    let mut response = entity::made(&batch, received.new, received.position, &at);
    if received.new {
        *response.status_mut() = StatusCode::ACCEPTED;
    }
    Ok(response)
}

/// Show a batch.
///
/// Shows one batch.
#[utoipa::path(get, path = "/api/v1/batches/{batch}", tag = "Batches", operation_id = "getBatch",
    params(("batch" = String, Path, pattern = "^bat_[0-9a-fA-F]{32}$"),
        ("If-None-Match" = Option<String>, Header, description = "An ETag that is known already.")),
    responses(
        (status = 200, description = "The batch, and how far it is", body = Batch),
        (status = 304, description = "It is what If-None-Match names"),
    ), security(("oauth2" = ["envelopes:read"])))]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BatchId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let funder = caller.funder(ClientScope::EnvelopesRead)?;
    Ok(entity::shown(&own(&app, id, funder).await?, &headers))
}

/// List your batches.
///
/// Lists the funder's batches, newest first.
#[utoipa::path(get, path = "/api/v1/batches", tag = "Batches", operation_id = "listBatches", params(Asked),
    responses((status = 200, description = "A page of them", body = List<Batch>)),
    security(("oauth2" = ["envelopes:read"])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Json<List<Batch>>, Problem> {
    let funder = caller.funder(ClientScope::EnvelopesRead)?;
    page(&app, &asked, &BatchFilter { envelope: None, funder: Some(funder) }).await
}

/// List an envelope's batches.
///
/// Lists the batches of one envelope, newest first.
#[utoipa::path(get, path = "/api/v1/envelopes/{envelope}/batches", tag = "Batches",
    operation_id = "listEnvelopeBatches",
    params(("envelope" = String, Path, pattern = "^env_[0-9a-fA-F]{32}$"), Asked),
    responses((status = 200, description = "A page of them", body = List<Batch>)),
    security(("oauth2" = ["envelopes:read"])))]
pub async fn list_of_envelope(
    State(app): State<App>,
    caller: Caller,
    Path(envelope): Path<EnvelopeId>,
    Query(asked): Query<Asked>,
) -> Result<Json<List<Batch>>, Problem> {
    let funder = caller.funder(ClientScope::EnvelopesRead)?;
    super::envelopes::own(&app, envelope, funder).await?;
    page(&app, &asked, &BatchFilter { envelope: Some(envelope), funder: None }).await
}

async fn page(
    app: &App,
    asked: &Asked,
    filter: &BatchFilter,
) -> Result<Json<List<Batch>>, Problem> {
    let before = asked.cursor.map(|it| it.0);
    let page = lists::models(app).await?.batches(filter, before, asked.limit.0);
    let page = page.map_err(Problem::unavailable)?;
    Ok(Json(List::new(page.rows.into_iter().map(Batch::of_row).collect(), page.next)))
}

/// The reference that the request itself gives; it may stand in one place only, or be the same.
fn reference(named: Named, key: Option<IdempotencyKey>) -> Result<Option<CompactString>, Problem> {
    let key = key.map(|it| CompactString::from(it.0));
    match (named.reference.map(|it| it.0), key) {
        (Some(named), Some(key)) if named != key => {
            let detail = "is not the Idempotency-Key; expected the same, or only one of them";
            Err(Problem::field(&kinds::INVALID_FIELD, "reference", detail))
        }
        (named, key) => Ok(named.or(key)),
    }
}

/// The batch `id` of one of `funder`'s envelopes; another funder's does not exist for it.
async fn own(app: &App, id: BatchId, funder: Funder) -> Result<Batch, Problem> {
    let nothing = || Problem::not_found("there is no such batch");
    let seen = app.ledger.inspect::<core::Batch, _>(id, |it| {
        let envelope = it.opened.as_ref()?.envelope;
        Some((envelope, Batch::of(id, it)?, it.status, it.chunks.len()))
    });
    let (envelope, batch, status, chunks) = seen.await?.ok_or_else(nothing)?;
    super::envelopes::own(app, envelope, funder).await.map_err(|_| nothing())?;
    if status != BatchStatus::Refused {
        return Ok(batch);
    }
    // Opened, its chunks, submitted: what comes next is the refusal.
    let after = u64::try_from(chunks).unwrap_or(u64::MAX).saturating_add(2);
    let recorded = app.ledger.log().read_stream(id.into(), after).await;
    for it in recorded.map_err(Problem::unavailable)? {
        if let BatchEvent::Refused(why) = BatchEvent::read(&it).map_err(Problem::internal)? {
            return Ok(batch.refused(&why.reason));
        }
    }
    Ok(batch)
}
