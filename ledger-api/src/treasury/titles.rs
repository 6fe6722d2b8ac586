//! `GET /comptable/titres`: the titles of partners' fees (titres de recette), those that are not
//! paid first.

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use ledger_core::money::Balance;
use projections::reports::titles::{TitleRow, TitlesOf};
use projections::table::{Cell, Table};

use super::words::{Ageing, settlement_path};
use crate::app::App;
use crate::audit::export;
use crate::page::Frame;
use crate::problem::Problem;
use crate::reading;
use crate::session::Reader;
use crate::sheet::{Block, Sheet, SheetTable};

/// How many titles are shown; those beyond were paid long ago, and are in the file.
const TITLES: usize = 500;

/// Shows them.
pub(super) async fn show(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
) -> Result<Response, Problem> {
    let today = app.clock.today();
    let reader = reading::latest(&app).await?;
    let all = reader.titles(TitlesOf::All).map_err(reading::failed)?;
    let open: Balance = all.iter().map(TitleRow::open).sum();
    let late: Vec<&TitleRow> = all.iter().filter(|it| it.late_by(today).is_some()).collect();
    let late: Balance = late.into_iter().map(TitleRow::open).sum();
    let lead = "Les commissions que les partenaires doivent : un titre par règlement dont le relevé est rapproché, payé à part. Rien n’est retenu sur ce qui leur est viré.";
    let mut sheet = Sheet::new(frame, "Titres de recette", lead);
    sheet.files.push(("Télécharger (CSV)", "/comptable/titres.csv".to_owned()));
    sheet.push(Block::Figures(vec![
        ("À recouvrer", open.to_string(), "sur 411800".to_owned()),
        ("Échu", late.to_string(), "impayé après l’échéance".to_owned()),
    ]));
    let caption = match all.len() {
        0..=TITLES => "Les impayés d’abord, par échéance".to_owned(),
        _ => format!("Les impayés d’abord, par échéance ; les {TITLES} premiers"),
    };
    let rows = &all[..all.len().min(TITLES)];
    let mut shown = SheetTable::new("titres", caption, table(rows, today));
    let links = |it: &TitleRow| {
        let title = (0, format!("{}#commission", settlement_path(it.settlement)));
        vec![title, (1, super::partners::path(it.partner))]
    };
    shown.links = rows.iter().map(links).collect();
    shown.empty = "Aucun titre : aucun partenaire ne doit de commission.";
    sheet.push(Block::Table(shown));
    if !open.is_zero() {
        ageing(&mut sheet, &all, today);
    }
    sheet.position = Some(reader.position());
    Ok(sheet.answer())
}

/// What is not paid, by how long ago it was due.
fn ageing(sheet: &mut Sheet, all: &[TitleRow], today: NaiveDate) {
    let mut ageing = Ageing::new();
    for it in all.iter().filter(|it| it.paid.is_none()) {
        ageing.add((today - it.title.due).num_days(), it.open());
    }
    sheet.heading("anciennete", "Ancienneté");
    let text =
        "Les jours se comptent de l’échéance ; ce qui n’est pas échu est de la première classe.";
    sheet.push(Block::Text(text.to_owned()));
    let drawn = ageing.chart("ages-dessin", "Titres à recouvrer", ("titre", "titres"));
    sheet.push(Block::Ageing(drawn));
    let caption = "Titres à recouvrer par ancienneté de l’échéance";
    sheet.push(Block::Table(SheetTable::new("ages", caption, ageing.table())));
}

/// The same, for a spreadsheet.
pub(super) async fn csv(State(app): State<App>, _: Reader) -> Result<Response, Problem> {
    let reader = reading::latest(&app).await?;
    let all = reader.titles(TitlesOf::All).map_err(reading::failed)?;
    let mut table = table(&all, app.clock.today());
    table.totals.clear();
    export::table("titres.csv", &table)
}

fn table(rows: &[TitleRow], today: NaiveDate) -> Table {
    let row = |it: &TitleRow| {
        vec![
            Cell::text(&it.title.reference),
            Cell::text(&it.partner_name),
            Cell::Day(it.period),
            Cell::Sum(it.title.base),
            Cell::Sum(it.title.net.into()),
            Cell::Sum(it.title.vat),
            Cell::Sum(it.title.total.into()),
            Cell::moved(it.open()),
            Cell::Day(it.title.due),
            it.late_by(today).map_or(Cell::Empty, Cell::Number),
            it.paid_on.map_or(Cell::Empty, Cell::Day),
        ]
    };
    let sum = |of: &dyn Fn(&TitleRow) -> Balance| Cell::Sum(rows.iter().map(of).sum());
    let total = vec![
        Cell::text("Total"),
        Cell::Empty,
        Cell::Empty,
        sum(&|it| it.title.base),
        sum(&|it| it.title.net.into()),
        sum(&|it| it.title.vat),
        sum(&|it| it.title.total.into()),
        sum(&TitleRow::open),
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
    ];
    Table {
        headings: vec![
            "titre",
            "partenaire",
            "fin_de_période",
            "assiette",
            "hors_taxe",
            "TVA",
            "total",
            "à_recouvrer",
            "échéance",
            "jours_de_retard",
            "payé_le",
        ],
        rows: rows.iter().map(row).collect(),
        totals: if rows.is_empty() { vec![] } else { vec![total] },
    }
}
