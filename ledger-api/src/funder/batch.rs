//! `GET /financeur/fichiers/{batch}`: one file of credits, and the lines that were refused.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ledger_core::batch::{BatchEvent, RefusedLine};
use ledger_core::codec::Stored;
use ledger_core::event_log::EventLog;
use ledger_core::ids::BatchId;
use projections::reports::batches::BatchRow;

use super::own;
use crate::app::App;
use crate::extract::Path;
use crate::page::{Frame, Page};
use crate::problem::{Kind, Problem, kinds};
use crate::session::FunderAgent;
use crate::{format, reading};

/// How many refused lines the page shows; the API gives all of them.
const LINES_MAX: usize = 200;

/// `templates/funder/batch.html`.
#[derive(Template)]
#[template(path = "funder/batch.html")]
struct BatchPage {
    frame: Frame,
    batch: BatchRow,
    title: String,
    refused: Vec<RefusedLine>,
    more: bool,
}

impl BatchPage {
    /// How much of the file was dealt with, in percent.
    fn percent(&self) -> u32 {
        let total = u64::from(self.batch.chunks).max(1);
        u32::try_from(u64::from(self.batch.chunks_credited) * 100 / total).unwrap_or(100)
    }
}

/// The rule that refused a line, if it is one that pages explain.
fn kind(line: &RefusedLine) -> Option<&'static Kind> {
    kinds::by_slug(&line.rule)
}

/// Shows one file.
pub(super) async fn show(
    State(app): State<App>,
    FunderAgent(session): FunderAgent,
    frame: Frame,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let missing = || {
        Problem::not_found(format_args!("no file `{name}` of this funder"))
            .told("Ce fichier n’existe pas, ou n’est pas le vôtre.")
    };
    let id: BatchId = name.parse().map_err(|_| missing())?;
    let (batch, title) = {
        let reader = reading::latest(&app).await?;
        let batch = reader.batch(id).map_err(reading::failed)?.ok_or_else(missing)?;
        let envelope = own(&reader, &session, &batch.envelope.to_string());
        (batch, envelope.map_err(|_| missing())?.title)
    };
    let mut refused = vec![];
    for it in app.ledger.log().read_stream(id.into(), 0).await.map_err(Problem::unavailable)? {
        match BatchEvent::read(&it).map_err(Problem::internal)? {
            BatchEvent::ChunkAdded(it) => refused.extend(it.refused),
            BatchEvent::ChunkCredited(it) => refused.extend(it.refused),
            BatchEvent::Opened(_)
            | BatchEvent::Submitted(_)
            | BatchEvent::Refused(_)
            | BatchEvent::Completed(_) => (),
        }
    }
    refused.sort_by_key(|it| it.number);
    let more = refused.len() > LINES_MAX;
    refused.truncate(LINES_MAX);
    Ok(Page(BatchPage { frame, batch, title, refused, more }).into_response())
}
