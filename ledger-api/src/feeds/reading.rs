//! `GET /comptable/flux-partenaires/{partner}/{position}`: one reading, and all that it refused.

use axum::extract::State;
use axum::response::Response;
use ledger_core::event_log::Position;
use ledger_core::harvest::{FeedRead, RECORDS_MAX};
use ledger_core::ids::PartnerId;
use projections::reports::harvest::{FeedOutcome, FeedRun};
use projections::table::{Cell, Table};

use super::words;
use crate::app::App;
use crate::audit::export;
use crate::extract::Path;
use crate::format::{grouped, long_moment};
use crate::page::Frame;
use crate::problem::Problem;
use crate::session::Reader;
use crate::sheet::{Block, Sheet, SheetTable};

/// Shows it.
pub(super) async fn show(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
    Path((partner, position)): Path<(PartnerId, Position)>,
) -> Result<Response, Problem> {
    let run = find(&app, partner, position)?;
    let lead = format!("{}. {}", long_moment(run.at), words::sentence(&run.outcome));
    let title = format!("{} : {}", words::format(run.format), run.partner_name);
    let mut sheet = Sheet::new(frame, title, lead);
    sheet.above.push(("/comptable/flux-partenaires", "Flux des partenaires"));
    sheet.push(Block::Tabs(vec![
        (words::path(partner), "Tous les flux du partenaire".to_owned(), false),
        (format!("/comptable/evenement/{position}"), "L’événement au journal".to_owned(), false),
    ]));
    if let FeedOutcome::Read(read) = &run.outcome {
        let path = format!("{}/{position}/csv", words::path(partner));
        sheet.files.push(("Télécharger les refus (CSV)", path));
        sheet.push(Block::Figures(figures(read)));
        show_refusals(&mut sheet, read);
    }
    Ok(sheet.answer())
}

/// What it refused, for a spreadsheet.
pub(super) async fn csv(
    State(app): State<App>,
    _: Reader,
    Path((partner, position)): Path<(PartnerId, Position)>,
) -> Result<Response, Problem> {
    let run = find(&app, partner, position)?;
    let table = match &run.outcome {
        FeedOutcome::Read(read) => refusals(read),
        FeedOutcome::Failed(_) | FeedOutcome::Held(_) | FeedOutcome::Lifted(_) => Table {
            headings: vec!["détail"],
            rows: vec![vec![Cell::text(words::sentence(&run.outcome))]],
            totals: vec![],
        },
    };
    export::table(&format!("refus-{partner}-{position}.csv"), &table)
}

fn find(app: &App, partner: PartnerId, position: Position) -> Result<FeedRun, Problem> {
    let models = app.models.now().map_err(Problem::unavailable)?;
    let run = models.feed_run(position).map_err(Problem::unavailable)?;
    run.filter(|it| it.partner == partner).ok_or_else(|| {
        Problem::not_found("no such reading")
            .told("Cette lecture n’existe pas. Retrouvez-la dans l’historique du partenaire.")
    })
}

fn figures(read: &FeedRead) -> Vec<(&'static str, String, String)> {
    let figure = |label, number: u32| (label, grouped(number.into()), String::new());
    vec![
        figure("Notices refusées", read.refused),
        figure("Citées", read.named),
        figure("Publiées", read.published),
        figure("Révisées", read.revised),
        figure("Retirées", read.withdrawn),
        figure("Inchangées", read.unchanged),
        figure("En attente d’un prix", read.waiting),
    ]
}

fn show_refusals(sheet: &mut Sheet, read: &FeedRead) {
    let caption = "Notices refusées : chaque motif, avec sa règle et ce qui a été lu";
    let mut shown = SheetTable::new("refus", caption, refusals(read));
    shown.empty = "Aucune notice n’a été refusée.";
    sheet.push(Block::Table(shown));
    if read.refused as usize > RECORDS_MAX {
        let all = grouped(read.refused.into());
        sheet.push(Block::Text(format!("Les {RECORDS_MAX} premières des {all} notices refusées.")));
    }
    if !read.remarks.is_empty() {
        let row = |it: &ledger_core::harvest::Remark| {
            vec![
                it.reference.as_deref().map_or(Cell::Empty, Cell::text),
                Cell::text(&it.place),
                Cell::text(&it.message),
            ]
        };
        let table = Table {
            headings: vec!["référence", "endroit", "remarque"],
            rows: read.remarks.iter().map(row).collect(),
            totals: vec![],
        };
        let caption = "Prises telles quelles, et qui pourraient être mieux dites";
        sheet.push(Block::Table(SheetTable::new("remarques", caption, table)));
    }
}

fn refusals(read: &FeedRead) -> Table {
    let mut rows = Vec::new();
    for it in &read.records {
        for defect in &it.defects {
            rows.push(vec![
                it.reference.as_deref().map_or(Cell::text("sans référence"), Cell::text),
                it.title.as_deref().map_or(Cell::Empty, Cell::text),
                Cell::text(&it.place),
                Cell::text(&defect.rule),
                Cell::text(words::rule(&defect.rule)),
                Cell::text(&defect.value),
                Cell::text(&defect.message),
            ]);
        }
    }
    let headings = vec!["référence", "titre", "endroit", "règle", "motif", "valeur_lue", "détail"];
    Table { headings, rows, totals: vec![] }
}
