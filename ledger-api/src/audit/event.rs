//! `GET /comptable/evenement/{position}`: one event of the log, and the entry that it is.

use askama::Template;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use ledger_core::calendar::Dated;
use ledger_core::codec;
use ledger_core::event_log::{EventLog, Position, Recorded};
use projections::EntryNumber;

use super::entries::{self, Entry};
use super::names::Names;
use super::wording::{self, Told};
use super::{filters, stored};
use crate::app::App;
use crate::extract::Path;
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::session::Reader;
use crate::{format, reading};

/// `templates/audit/event.html`.
#[derive(Template)]
#[template(path = "audit/event.html")]
struct EventPage {
    frame: Frame,
    event: Recorded,
    told: Told,
    dated: Dated,
    numbers: Vec<EntryNumber>,
    entry: Entry,
    neighbours: Neighbours,
    json: String,
    whole: bool,
}

/// What stands before and after an event in its stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Neighbours {
    before: Option<Position>,
    after: Option<Position>,
}

/// Shows one event.
pub(super) async fn show(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
    Path(position): Path<String>,
) -> Result<Response, Problem> {
    let event = at(&app, &position).await?;
    let neighbours = neighbours(&app, &event).await?;
    let decoded = codec::read(&event).map_err(Problem::internal)?;
    let reader = reading::latest(&app).await?;
    let names = Names::read(&reader).map_err(reading::failed)?;
    let told = wording::told(&decoded, &names);
    let entry = entries::of(&decoded, &names);
    let (dated, numbers) = reader.entries_of(&event).map_err(reading::failed)?;
    let (json, whole) = (stored::readable(&event.body), stored::is_whole(&event.body));
    let page = EventPage { frame, event, told, dated, numbers, entry, neighbours, json, whole };
    Ok(Page(page).into_response())
}

/// Its JSON, byte for byte as it is stored.
pub(super) async fn json(
    State(app): State<App>,
    _: Reader,
    Path(position): Path<String>,
) -> Result<Response, Problem> {
    let event = at(&app, &position).await?;
    Ok(([(CONTENT_TYPE, "application/json")], event.body).into_response())
}

/// The event at a position that an address names.
async fn at(app: &App, position: &str) -> Result<Recorded, Problem> {
    let position = filters::position("position", Some(position))?.unwrap_or_default();
    let log = app.ledger.log();
    let found = match position.checked_sub(1) {
        Some(before) => log.read_all(before, 1).await.map_err(Problem::unavailable)?.pop(),
        None => None,
    };
    if let Some(event) = found {
        return Ok(event);
    }
    let end = log.end().await.map_err(Problem::unavailable)?;
    Err(Problem::not_found(format_args!("the log goes from position 1 to {end}"))
        .told(format!("Le journal des événements va de la position 1 à la position {end}.")))
}

/// The events beside `event` in its stream.
async fn neighbours(app: &App, event: &Recorded) -> Result<Neighbours, Problem> {
    let after = event.version.saturating_sub(2);
    let stream = app.ledger.log().read_stream(event.stream, after).await;
    let stream = stream.map_err(Problem::unavailable)?;
    let at = |version: u64| stream.iter().find(|it| it.version == version).map(|it| it.position);
    Ok(Neighbours { before: at(event.version - 1), after: at(event.version + 1) })
}
