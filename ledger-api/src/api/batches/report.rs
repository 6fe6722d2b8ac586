//! `GET /api/v1/batches/{batch}/lines`: what became of each line.
//!
//! A batch's stream is laid out so that each chunk's place is known: opened, the chunks as they
//! came, submitted, the chunks as they were credited.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use ledger_core::batch::{BatchEvent, ChunkAdded, ChunkCredited, RefusedLine};
use ledger_core::client::ClientScope;
use ledger_core::codec::{DecodeError, Stored};
use ledger_core::event_log::{EventLog, Recorded};
use ledger_core::ids::BatchId;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use utoipa::IntoParams;

use super::line;
use super::own;
use super::wire::{LineReport, LineStatus};
use crate::api::caller::Caller;
use crate::api::lists::{Cursor, Limit, List};
use crate::app::App;
use crate::extract::{Json, Path, Query};
use crate::problem::{Problem, kinds};

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
    own(&app, id, funder).await?;
    let as_csv = wants_csv(&headers)?;
    let recorded =
        app.ledger.log().read_stream(id.into(), 0).await.map_err(Problem::unavailable)?;
    let story = Story::of(recorded);
    if as_csv {
        return Ok(csv(id, story, filter.status));
    }
    let after = filter.cursor.map_or(0, |it| it.0);
    let (mut data, mut next) = (Vec::new(), None);
    'chunks: for chunk in story.first_with(after)..story.added.len() {
        for report in story.chunk(chunk).map_err(Problem::internal)? {
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

/// The events of a batch, by what they tell of its chunks.
struct Story {
    added: Vec<Recorded>,
    credited: Vec<Recorded>,
}

impl Story {
    fn of(recorded: Vec<Recorded>) -> Self {
        let (mut added, mut credited) = (Vec::new(), Vec::new());
        for it in recorded {
            match it.name.as_str() {
                "chunk_added" => added.push(it),
                "chunk_credited" => credited.push(it),
                _ => (),
            }
        }
        Self { added, credited }
    }

    /// The chunk to begin with to find what comes after line `line`.
    fn first_with(&self, line: u64) -> usize {
        // A file may have lines where nothing is written: a chunk begins at its number or later.
        let begins = |it: &Recorded| match BatchEvent::read(it) {
            Ok(BatchEvent::ChunkAdded(chunk)) => {
                let lines = chunk.lines.iter().map(|it| it.number);
                lines.chain(chunk.refused.iter().map(|it| it.number)).min().map(u64::from)
            }
            _ => None,
        };
        let after = self.added.partition_point(|it| begins(it).is_some_and(|it| it <= line));
        after.saturating_sub(1)
    }

    /// The lines of one chunk, by their number.
    fn chunk(&self, index: usize) -> Result<Vec<LineReport>, DecodeError> {
        let Some(added) = self.added.get(index) else { return Ok(Vec::new()) };
        let BatchEvent::ChunkAdded(added) = BatchEvent::read(added)? else {
            return Ok(Vec::new());
        };
        let credited = match self.credited.get(index).map(BatchEvent::read).transpose()? {
            Some(BatchEvent::ChunkCredited(it)) => Some(it),
            Some(_) | None => None,
        };
        Ok(reports(added, credited))
    }
}

fn reports(added: ChunkAdded, credited: Option<ChunkCredited>) -> Vec<LineReport> {
    let done = credited.is_some();
    let by_accounts = credited.into_iter().flat_map(|it| it.refused);
    let mut by_accounts: FxHashMap<u32, RefusedLine> =
        by_accounts.map(|it| (it.number, it)).collect();
    let mut reports: Vec<LineReport> = added.refused.into_iter().map(refused).collect();
    for line in added.lines {
        let (account, amount) = (Some(line.account), Some(line.amount.cents()));
        let report = match by_accounts.remove(&line.number) {
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
fn csv(id: BatchId, story: Story, status: Option<LineStatus>) -> Response {
    let story = Arc::new(story);
    let chunks = stream::iter(0..story.added.len()).map(move |chunk| {
        let mut text = String::new();
        if chunk == 0 {
            text.push_str("line;status;account;amount_cents;rule;field;detail\r\n");
        }
        let reports = story.chunk(chunk).unwrap_or_else(|error| {
            tracing::error!(%error, "A line report stops");
            Vec::new()
        });
        for report in reports.iter().filter(|it| status.is_none_or(|status| status == it.status)) {
            row(&mut text, report);
        }
        Ok::<_, Infallible>(Bytes::from(text))
    });
    let name = format!("attachment; filename=\"{id}.csv\"");
    let headers =
        [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
    (headers, Body::from_stream(chunks)).into_response()
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
