//! `GET /api/v1/batches/{batch}/lines`: what became of each line.
//!
//! The read models say where each chunk stands in the log; the chunks are read there, one at a
//! time, so that a report on a million lines takes no more memory than one on five thousand.

use std::io;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use compact_str::CompactString;
use futures_util::{StreamExt, stream};
use ledger_core::batch::{BatchEvent, ChunkAdded, ChunkCredited, RefusedLine};
use ledger_core::client::ClientScope;
use ledger_core::codec::Stored;
use ledger_core::event_log::{EventLog, Position};
use ledger_core::ids::BatchId;
use projections::reports::batches::ChunkPlace;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use utoipa::IntoParams;

use super::line;
use super::own;
use super::wire::{LineReport, LineStatus};
use crate::api::caller::Caller;
use crate::api::lists::{self, Cursor, Limit, List};
use crate::app::App;
use crate::extract::{Json, Path, Query};
use crate::problem::{Problem, kinds};

/// The rule of a line that is refused with its whole batch.
const BATCH_REFUSED: CompactString = CompactString::const_new("batch-refused");

/// Which lines of a batch.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only those that stand there.
    #[param(inline, nullable = false)]
    #[serde(default)]
    status: Option<LineStatus>,
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

/// Report on each line of a batch.
///
/// Reports what became of each line, in pages of JSON, or all of them as CSV.
#[utoipa::path(get, path = "/api/v1/batches/{batch}/lines", tag = "Batches",
    operation_id = "listBatchLines",
    params(("batch" = String, Path, pattern = "^bat_[0-9a-fA-F]{32}$"), Filter),
    responses((status = 200, description = "A page of lines; all of them as CSV",
        content((List<LineReport> = "application/json"), (String = "text/csv")))),
    security(("oauth2" = ["envelopes:read"])))]
pub async fn lines(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BatchId>,
    Query(filter): Query<Filter>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let funder = caller.funder(ClientScope::EnvelopesRead)?;
    let over = own(&app, id, funder).await?.refused_because;
    let as_csv = wants_csv(&headers)?;
    let after = if as_csv { 0 } else { filter.cursor.map_or(0, |it| it.0) };
    let chunks = lists::models(&app).await?.batch_chunks(id, after);
    let chunks = chunks.map_err(Problem::unavailable)?;
    if as_csv {
        return Ok(csv(app, id, chunks, filter.status, over));
    }
    let (mut data, mut next) = (Vec::new(), None);
    'chunks: for chunk in chunks {
        for report in reports_on(&app, chunk, over.as_deref()).await? {
            let wanted = filter.status.is_none_or(|it| it == report.status);
            if !wanted || u64::from(report.line) <= after {
                continue;
            }
            if data.len() == filter.limit.0 {
                next = data.last().map(|it: &LineReport| u64::from(it.line));
                break 'chunks;
            }
            data.push(report);
        }
    }
    Ok(Json(List::new(data, next)).into_response())
}

fn wants_csv(headers: &HeaderMap) -> Result<bool, Problem> {
    let Some(accept) = headers.get(ACCEPT).and_then(|it| it.to_str().ok()) else {
        return Ok(false);
    };
    let types = accept.split(',').map(|it| it.split(';').next().unwrap_or_default().trim());
    for it in types {
        match it {
            "text/csv" => return Ok(true),
            "application/json" | "application/*" | "*/*" | "" => return Ok(false),
            _ => (),
        }
    }
    let detail = "Accept: expected application/json or text/csv";
    Err(Problem::new(&kinds::NOT_ACCEPTABLE, detail))
}

/// The lines of one chunk, by their number.
///
/// `over` says why the envelope refused the whole of the batch, if it did.
async fn reports_on(
    app: &App,
    chunk: ChunkPlace,
    over: Option<&str>,
) -> Result<Vec<LineReport>, Problem> {
    let (added, credited) = chunk_at(app, chunk).await?;
    Ok(reports(added, credited, over))
}

/// One chunk as it stands in the log: what came in, and what accounts took of it, once they have.
pub async fn chunk_at(
    app: &App,
    chunk: ChunkPlace,
) -> Result<(ChunkAdded, Option<ChunkCredited>), Problem> {
    let BatchEvent::ChunkAdded(added) = event_at(app, chunk.added).await? else {
        return Err(Problem::internal("no chunk stands where one was added"));
    };
    let Some(position) = chunk.credited else { return Ok((added, None)) };
    let BatchEvent::ChunkCredited(credited) = event_at(app, position).await? else {
        return Err(Problem::internal("no chunk stands where one was credited"));
    };
    Ok((added, Some(credited)))
}

async fn event_at(app: &App, position: Position) -> Result<BatchEvent, Problem> {
    let found = app.ledger.log().read_all(position.saturating_sub(1), 1).await;
    let found = found.map_err(Problem::unavailable)?;
    let found = found.first().ok_or_else(|| Problem::internal("an event is missing"))?;
    BatchEvent::read(found).map_err(Problem::internal)
}

fn reports(
    added: ChunkAdded,
    credited: Option<ChunkCredited>,
    over: Option<&str>,
) -> Vec<LineReport> {
    let done = credited.is_some();
    let by_accounts = credited.into_iter().flat_map(|it| it.refused);
    let mut by_accounts: FxHashMap<u32, RefusedLine> =
        by_accounts.map(|it| (it.number, it)).collect();
    let mut reports: Vec<LineReport> = added.refused.into_iter().map(refused).collect();
    for line in added.lines {
        let (account, amount) = (Some(line.account), Some(line.amount.cents()));
        let with_all =
            || Some(RefusedLine { number: line.number, rule: BATCH_REFUSED, detail: over?.into() });
        let report = match by_accounts.remove(&line.number).or_else(with_all) {
            Some(why) => refused(why),
            None => LineReport {
                line: line.number,
                status: if done { LineStatus::Credited } else { LineStatus::Pending },
                account: None,
                amount_cents: None,
                rule: None,
                field: None,
                detail: None,
            },
        };
        reports.push(LineReport { account, amount_cents: amount, ..report });
    }
    reports.sort_unstable_by_key(|it| it.line);
    reports
}

fn refused(it: RefusedLine) -> LineReport {
    LineReport {
        line: it.number,
        status: LineStatus::Refused,
        account: None,
        amount_cents: None,
        field: line::field_of(&it.rule),
        rule: Some(it.rule),
        detail: Some(it.detail),
    }
}

/// The whole report, a chunk at a time.
fn csv(
    app: App,
    id: BatchId,
    chunks: Vec<ChunkPlace>,
    status: Option<LineStatus>,
    over: Option<String>,
) -> Response {
    let heading = Bytes::from_static(b"line;status;account;amount_cents;rule;field;detail\r\n");
    let rows = stream::iter(chunks).then(move |chunk| {
        let (app, over) = (app.clone(), over.clone());
        async move {
            let mut text = String::new();
            for report in reports_on(&app, chunk, over.as_deref()).await.map_err(broken_off)? {
                if status.is_none_or(|status| status == report.status) {
                    row(&mut text, &report);
                }
            }
            Ok(Bytes::from(text))
        }
    });
    let chunks = stream::iter([Ok::<_, io::Error>(heading)]).chain(rows);
    let name = format!("attachment; filename=\"{id}.csv\"");
    let headers =
        [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
    (headers, Body::from_stream(chunks)).into_response()
}

/// A report that cannot go on is broken off, so that it is not taken for a whole one.
#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn broken_off(problem: Problem) -> io::Error {
    tracing::error!(%problem, "A line report is broken off");
    io::Error::other(problem.to_string())
}

fn row(text: &mut String, it: &LineReport) {
    use std::fmt::Write;
    let account = it.account.map(|it| it.to_string()).unwrap_or_default();
    let cents = it.amount_cents.map(|it| it.to_string()).unwrap_or_default();
    let detail = it.detail.as_deref().unwrap_or_default().replace('"', "\"\"");
    // Writing into a string cannot fail.
    let _ = write!(
        text,
        "{};{};{account};{cents};{};{};\"{detail}\"\r\n",
        it.line,
        it.status.name(),
        it.rule.as_deref().unwrap_or_default(),
        it.field.unwrap_or_default(),
    );
}
