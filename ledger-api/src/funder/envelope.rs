//! `GET /financeur/enveloppes/{envelope}`: one envelope, where its money is, and its files.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ledger_core::account::SchoolLevel;
use ledger_core::batch::BatchStatus;
use ledger_core::event_log::Position;
use projections::reports::Page as Rows;
use projections::reports::batches::{BatchFilter, BatchRow};
use serde::Deserialize;

use super::envelopes::Used;
use super::own;
use crate::app::App;
use crate::extract::{Path, Query};
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::session::FunderAgent;
use crate::storefront::funding::{Part, bar};
use crate::storefront::words;
use crate::{format, reading};

/// How many files a page shows.
const PAGE: usize = 20;

/// What follows the `?`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    avant: Option<Position>,
    #[serde(default)]
    fait: String,
}

/// `templates/funder/envelope.html`.
#[derive(Template)]
#[template(path = "funder/envelope.html")]
struct EnvelopePage {
    frame: Frame,
    envelope: Used,
    batches: Vec<BatchRow>,
    first: String,
    after: String,
    position: Position,
}

impl EnvelopePage {
    /// Where the budget is: the parts add up to it.
    fn parts(&self) -> Vec<Part> {
        let it = &self.envelope;
        bar([
            ("Dépensé".to_owned(), it.spent()),
            ("Réservé pour des achats en cours".to_owned(), it.held()),
            ("Disponible sur les comptes".to_owned(), it.available()),
            ("À restituer".to_owned(), it.returned()),
            ("Non crédité".to_owned(), it.unused()),
        ])
    }

    fn share(&self, part: &Part) -> String {
        format::percentage(part.amount, self.envelope.row.budget)
    }

    fn ratio(&self) -> String {
        match (self.envelope.row.ratio / 10, self.envelope.row.ratio % 10) {
            (whole, 0) => format!("{whole}\u{a0}%"),
            (whole, tenth) => format!("{whole},{tenth}\u{a0}%"),
        }
    }

    fn earmark(&self) -> String {
        words::earmark(&self.envelope.row.earmark)
    }

    /// Whom it credits, in words.
    fn recipients(&self) -> String {
        let it = &self.envelope.row.recipients;
        let list = |label: &str, values: Vec<String>| {
            (!values.is_empty()).then(|| format!("{label} : {}", values.join(", ")))
        };
        let levels = it.levels.iter().map(|it| level(*it).to_owned()).collect();
        let academies = it.academies.iter().map(u8::to_string).collect();
        let schools = it.schools.iter().map(ToString::to_string).collect();
        let limits = [
            list("Niveaux", levels),
            list("Académies", academies),
            list("Établissements", schools),
        ];
        let limits: Vec<String> = limits.into_iter().flatten().collect();
        if limits.is_empty() { "Tous les comptes".to_owned() } else { limits.join(" ; ") }
    }
}

fn level(level: SchoolLevel) -> &'static str {
    match level {
        SchoolLevel::Primary => "écoles",
        SchoolLevel::LowerSecondary => "collèges",
        SchoolLevel::UpperSecondary => "lycées",
    }
}

/// How far a file is: the tone of its badge, and what it says.
pub(super) const fn status(status: BatchStatus) -> (&'static str, &'static str) {
    match status {
        BatchStatus::Open => ("neutral", "En cours d’envoi"),
        BatchStatus::Submitted => ("info", "En cours de crédit"),
        BatchStatus::Refused => ("error", "Refusé"),
        BatchStatus::Completed => ("success", "Terminé"),
    }
}

/// Shows one envelope.
pub(super) async fn show(
    State(app): State<App>,
    FunderAgent(session): FunderAgent,
    frame: Frame,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let reader = reading::latest(&app).await?;
    let row = own(&reader, &session, &name)?;
    let total = reader.source_total(row.id).map_err(reading::failed)?;
    let filter = BatchFilter { envelope: Some(row.id), funder: None };
    let batches = reader.batches(&filter, asked.avant, PAGE).map_err(reading::failed)?;
    let Rows { rows: batches, next } = batches;
    let own = format!("/financeur/enveloppes/{}", row.id);
    let after = next.map(|it| format!("{own}?avant={it}")).unwrap_or_default();
    let first = if asked.avant.is_some() { own } else { String::new() };
    let frame = match asked.fait.as_str() {
        "gel" => frame.with_notice("success", "L’enveloppe est gelée : elle n’engage plus rien."),
        "degel" => frame.with_notice("success", "L’enveloppe est dégelée."),
        _ => frame,
    };
    let (envelope, position) = (Used { row, total }, reader.position());
    let page = EnvelopePage { frame, envelope, batches, first, after, position };
    Ok(Page(page).into_response())
}
