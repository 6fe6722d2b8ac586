//! `GET /comptable/flux/{stream}`: all that has happened to one object, in order.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ledger_core::codec::{self, DecodeError};
use ledger_core::event_log::{EventLog, Recorded};
use ledger_core::money::Balance;
use ledger_core::stream::StreamId;
use projections::table::{Cell, Table};
use serde::Deserialize;

use super::entries::{self, Entry, Line};
use super::filters;
use super::names::Names;
use super::wording::{self, Told};
use crate::app::App;
use crate::extract::{Path, Query};
use crate::page::{Frame, Page, role_name};
use crate::problem::Problem;
use crate::session::Reader;
use crate::{format, reading};

/// How many events a page shows.
const PAGE: usize = 50;

/// What follows the `?`.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    apres: Option<String>,
}

/// One event of a trail, told.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// As it stands in the log.
    pub(super) event: Recorded,
    /// What it says.
    pub(super) told: Told,
    /// What it moves.
    pub(super) entry: Entry,
}

/// Tells events, in their order.
pub(super) fn steps(
    events: impl IntoIterator<Item = Recorded>,
    names: &Names,
) -> Result<Vec<Step>, DecodeError> {
    let step = |event: Recorded| {
        let decoded = codec::read(&event)?;
        let told = wording::told(&decoded, names);
        let entry = entries::of(&decoded, names);
        Ok(Step { event, told, entry })
    };
    events.into_iter().map(step).collect()
}

/// Events and the lines of their entries; an event that moves nothing has one line.
pub(super) fn table(steps: &[Step]) -> Table {
    let row = |step: &Step, line: Option<&Line>| {
        let text = |of: fn(&Line) -> String| line.map_or(Cell::Empty, |it| Cell::Text(of(it)));
        let sum = |of: fn(&Line) -> Balance| line.map_or(Cell::Empty, |it| Cell::moved(of(it)));
        vec![
            Cell::Number(step.event.position),
            Cell::text(format::iso(step.event.meta.at)),
            Cell::text(role_name(step.event.meta.by.role)),
            Cell::text(&step.told.what),
            text(|it| it.journal.code().to_owned()),
            text(|it| it.account.0.to_string()),
            text(|it| it.auxiliary.0.clone()),
            text(|it| it.label.to_owned()),
            sum(|it| it.debit),
            sum(|it| it.credit),
        ]
    };
    let rows = steps.iter().flat_map(|step| match step.entry.lines.as_slice() {
        [] => vec![row(step, None)],
        lines => lines.iter().map(|it| row(step, Some(it))).collect(),
    });
    let headings = [
        "position",
        "date",
        "qui",
        "evenement",
        "journal",
        "compte",
        "auxiliaire",
        "libelle",
        "debit",
        "credit",
    ];
    Table { headings: headings.into(), rows: rows.collect(), totals: vec![] }
}

/// `templates/audit/trail.html`.
#[derive(Template)]
#[template(path = "audit/trail.html")]
struct TrailPage {
    frame: Frame,
    stream: StreamId,
    steps: Vec<Step>,
    count: String,
    before: String,
    after: String,
}

/// Shows the trail of any object: account, envelope, top-up file, partner, offer or client.
pub(super) async fn show(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let after = filters::position("apres", asked.apres.as_deref())?.unwrap_or_default();
    let unknown = |detail: &dyn std::fmt::Display| {
        Problem::not_found(detail)
            .told(format!("« {name} » n’est pas un objet de ce journal des événements."))
    };
    let stream: StreamId = name.parse().map_err(|error| unknown(&error))?;
    let events = app.ledger.log().read_stream(stream, after).await;
    let mut events = events.map_err(Problem::unavailable)?;
    let Some(last) = events.last().map(|it| it.version) else {
        return Err(unknown(&"this stream has no event here"));
    };
    events.truncate(PAGE);
    let shown = events.last().map_or(after, |it| it.version);
    let names = Names::read(&reading::latest(&app).await?).map_err(Problem::internal)?;
    let steps = steps(events, &names).map_err(Problem::internal)?;
    let count =
        format::count(usize::try_from(last).unwrap_or(usize::MAX), "événement", "événements");
    let page = |after: u64| format!("/comptable/flux/{stream}?apres={after}");
    let before = if after == 0 { String::new() } else { page(after.saturating_sub(PAGE as u64)) };
    let after = if shown == last { String::new() } else { page(shown) };
    Ok(Page(TrailPage { frame, stream, steps, count, before, after }).into_response())
}
