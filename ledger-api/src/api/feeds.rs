//! `GET /api/v1/feeds`: what became of a partner's own feeds, for its machines.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use ledger_core::client::{ClientScope, Party};
use ledger_core::event_log::Position;
use ledger_core::harvest::{Defect, FeedRead};
use ledger_core::ids::PartnerId;
use projections::reports::harvest::{FeedOutcome, FeedRun};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Caller;
use super::entity;
use super::lists::{self, Asked, List};
use crate::app::App;
use crate::extract::{Json, Path, Query};
use crate::problem::{Problem, kinds};

/// A feed of the caller's.
#[derive(Debug, Serialize, ToSchema)]
pub struct Feed {
    /// How it is written: `json`, `onix`, `csv`, `oai` or `gar`.
    format: &'static str,
    /// Where it is.
    url: String,
    /// What became of it last; left out before it was first read.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<Reading>,
}

/// What became of a feed once: only news are kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reading {
    /// Its number.
    id: Position,
    /// Which feed.
    format: &'static str,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: String,
    /// `read`, `failed` (what was on sale stays), `held` (it waits for a human) or `lifted`.
    outcome: &'static str,
    /// What happened, in one sentence of English; left out when it was read.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// How many records did what; left out when it was not read.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<Counts>,
}

/// How many records did what.
#[derive(Debug, Serialize, ToSchema)]
pub struct Counts {
    /// Named by the feed.
    named: u32,
    /// Put on sale.
    published: u32,
    /// Said otherwise.
    revised: u32,
    /// Taken off sale.
    withdrawn: u32,
    /// As they were.
    unchanged: u32,
    /// Described, and waiting for a price.
    waiting: u32,
    /// Refused.
    refused: u32,
}

/// What became of a feed once, with each record that was refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct Detailed {
    /// What happened.
    #[serde(flatten)]
    reading: Reading,
    /// What was refused, and why; the first 500.
    refused: Vec<Refused>,
    /// What was taken, and could be said better; the first 200.
    remarks: Vec<Remark>,
}

/// A record that was refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct Refused {
    /// Its reference; left out when it could not be read.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// Its title; left out when it could not be read.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// Where it stands in the feed.
    place: String,
    /// Each reason.
    reasons: Vec<Reason>,
}

/// Why a record was refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reason {
    /// The rule, as in `vat-rate`.
    rule: String,
    /// What was found; empty when something is missing.
    value: String,
    /// What is wrong and what would be right.
    message: String,
}

/// Something that could be said better.
#[derive(Debug, Serialize, ToSchema)]
pub struct Remark {
    /// Of which record; left out for the whole feed.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// Where.
    place: String,
    /// What, and what would be better.
    message: String,
}

/// All feeds of the caller's partner.
#[derive(Debug, Serialize, ToSchema)]
pub struct Feeds {
    /// At most three: of offers, of notices, of access.
    data: Vec<Feed>,
}

/// Show your feeds.
///
/// Where each is, how it is written, and what became of it last.
#[utoipa::path(get, path = "/api/v1/feeds", tag = "Feeds", operation_id = "listFeeds",
    responses((status = 200, description = "Your feeds", body = Feeds)),
    security(("oauth2" = ["feeds:read"])))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let id = partner(&caller)?;
    let models = lists::models(&app).await?;
    let partner = models.partner(id).map_err(Problem::unavailable)?;
    let last = models.last_feed_runs().map_err(Problem::unavailable)?;
    drop(models);
    let last = |format| last.iter().find(|it| it.partner == id && it.format == format);
    let feed = |it: ledger_core::partner::FeedDeclared| Feed {
        format: it.format.name(),
        url: it.url.into(),
        last: last(it.format).map(Reading::of),
    };
    let data = partner.map(|it| it.feeds).unwrap_or_default().into_iter().map(feed).collect();
    Ok(Json(Feeds { data }).into_response())
}

/// List readings of your feeds.
///
/// What became of them, the last first; a reading that brought nothing new is not kept.
#[utoipa::path(get, path = "/api/v1/feeds/readings", tag = "Feeds", operation_id = "listReadings",
    params(Asked),
    responses((status = 200, description = "A page of readings", body = List<Reading>)),
    security(("oauth2" = ["feeds:read"])))]
pub async fn readings(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (id, limit) = (partner(&caller)?, asked.limit.0);
    let models = lists::models(&app).await?;
    let before = asked.cursor.map(|it| it.0);
    let mut runs = models.feed_runs(id, before, limit + 1).map_err(Problem::unavailable)?;
    drop(models);
    let more = runs.len() > limit;
    runs.truncate(limit);
    let next = runs.last().map(|it| it.position).filter(|_| more);
    Ok(Json(List::new(runs.iter().map(Reading::of).collect(), next)).into_response())
}

/// Show a reading.
///
/// What became of a feed once, with each record that was refused and why.
#[utoipa::path(get, path = "/api/v1/feeds/readings/{reading}", tag = "Feeds",
    operation_id = "getReading",
    params(("reading" = u64, Path, minimum = 1, maximum = 9_007_199_254_740_991_u64),
        ("If-None-Match" = Option<String>, Header, description = "An ETag that is known already.")),
    responses(
        (status = 200, description = "The reading", body = Detailed),
        (status = 304, description = "It is what If-None-Match names"),
    ), security(("oauth2" = ["feeds:read"])))]
pub async fn reading(
    State(app): State<App>,
    caller: Caller,
    Path(position): Path<Position>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = partner(&caller)?;
    let models = lists::models(&app).await?;
    let run = models.feed_run(position).map_err(Problem::unavailable)?;
    drop(models);
    let run = run.filter(|it| it.partner == id);
    let run = run.ok_or_else(|| Problem::not_found("no such reading of your feeds"))?;
    Ok(entity::shown(&Detailed::of(&run), &headers))
}

/// The partner it acts for, if the token allows it.
fn partner(caller: &Caller) -> Result<PartnerId, Problem> {
    caller.require(ClientScope::FeedsRead)?;
    match caller.party {
        Party::Partner(partner) => Ok(partner),
        Party::Funder(_) => {
            Err(Problem::new(&kinds::FORBIDDEN, "this client does not act for a partner"))
        }
    }
}

impl Reading {
    fn of(it: &FeedRun) -> Self {
        let (outcome, detail, counts) = match &it.outcome {
            FeedOutcome::Read(read) => ("read", None, Some(Counts::of(read))),
            FeedOutcome::Failed(it) => ("failed", Some(it.reason.to_string()), None),
            FeedOutcome::Held(it) => {
                let named = (it.named, it.known);
                let detail =
                    format!("the feed names {} of the {} records it had", named.0, named.1);
                ("held", Some(detail), None)
            }
            FeedOutcome::Lifted(_) => ("lifted", None, None),
        };
        Self {
            id: it.position,
            format: it.format.name(),
            at: instant(it.at),
            outcome,
            detail,
            counts,
        }
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl Counts {
    fn of(it: &FeedRead) -> Self {
        Self {
            named: it.named,
            published: it.published,
            revised: it.revised,
            withdrawn: it.withdrawn,
            unchanged: it.unchanged,
            waiting: it.waiting,
            refused: it.refused,
        }
    }
}

impl Detailed {
    fn of(it: &FeedRun) -> Self {
        let (mut refused, mut remarks) = (Vec::new(), Vec::new());
        if let FeedOutcome::Read(read) = &it.outcome {
            let reason = |it: &Defect| Reason {
                rule: it.rule.to_string(),
                value: it.value.to_string(),
                message: it.message.to_string(),
            };
            refused.extend(read.records.iter().map(|it| Refused {
                reference: it.reference.as_deref().map(ToOwned::to_owned),
                title: it.title.as_deref().map(ToOwned::to_owned),
                place: it.place.to_string(),
                reasons: it.defects.iter().map(reason).collect(),
            }));
            remarks.extend(read.remarks.iter().map(|it| Remark {
                reference: it.reference.as_deref().map(ToOwned::to_owned),
                place: it.place.to_string(),
                message: it.message.to_string(),
            }));
        }
        Self { reading: Reading::of(it), refused, remarks }
    }
}
