//! `GET /financeur/fichiers/{batch}`: one file of credits, and the lines that were refused.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ledger_core::batch::RefusedLine;
use ledger_core::ids::BatchId;
use projections::reports::batches::{BatchRow, ChunkPlace};

use super::own;
use crate::api::batches::line::Rule;
use crate::api::batches::report;
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

/// Why a line could not be read; `None` for a rule that nobody writes any more.
fn unreadable(line: &RefusedLine) -> Option<&'static str> {
    let rule = Rule::ALL.into_iter().find(|it| line.rule == it.name())?;
    Some(match rule {
        Rule::LineTooLong => "La ligne est trop longue.",
        Rule::NotUtf8 => "La ligne n’est pas en UTF-8.",
        Rule::ControlCharacter => "La ligne contient un caractère de contrôle.",
        Rule::Quotes => "Un guillemet n’est pas fermé.",
        Rule::Columns => "La ligne n’a pas autant de colonnes que l’en-tête.",
        Rule::NotJson => "La ligne n’est pas un objet JSON de la forme attendue.",
        Rule::AccountMissing => "Le compte manque.",
        Rule::AccountInvalid => "Ce n’est pas l’identifiant d’un compte.",
        Rule::AccountDuplicated => "Une autre ligne crédite le même compte.",
        Rule::AmountMissing => "Le montant manque.",
        Rule::AmountInvalid => "Le montant n’est pas une somme en euros, comme 12,50.",
        Rule::AmountZero => "Le montant est nul.",
        Rule::AmountNegative => "Le montant est négatif.",
        Rule::AmountTooLarge => "Le montant dépasse ce qu’une ligne peut créditer.",
    })
}

/// The rule by which the envelope refused the whole file, if it is one that pages explain.
fn cause(batch: &BatchRow) -> Option<&'static Kind> {
    kinds::by_slug(batch.rule.as_deref()?)
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
    let (batch, title, chunks) = {
        let reader = reading::latest(&app).await?;
        let batch = reader.batch(id).map_err(reading::failed)?.ok_or_else(missing)?;
        let envelope = own(&reader, &session, &batch.envelope.to_string());
        let chunks = reader.batch_chunks(id, 0).map_err(reading::failed)?;
        (batch, envelope.map_err(|_| missing())?.title, chunks)
    };
    let mut refused = refused(&app, &batch, chunks).await?;
    let more = refused.len() > LINES_MAX;
    refused.truncate(LINES_MAX);
    Ok(Page(BatchPage { frame, batch, title, refused, more }).into_response())
}

/// The first lines that were refused, by number: some more than [`LINES_MAX`] if there are more.
async fn refused(
    app: &App,
    batch: &BatchRow,
    chunks: Vec<ChunkPlace>,
) -> Result<Vec<RefusedLine>, Problem> {
    let all = usize::try_from(batch.refused).unwrap_or(usize::MAX);
    let mut refused = vec![];
    for chunk in chunks {
        if refused.len() > LINES_MAX || refused.len() >= all {
            break;
        }
        let (added, credited) = report::chunk_at(app, chunk).await?;
        let mut lines = added.refused;
        lines.extend(credited.into_iter().flat_map(|it| it.refused));
        lines.sort_by_key(|it| it.number);
        refused.append(&mut lines);
    }
    Ok(refused)
}
