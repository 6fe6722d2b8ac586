//! `/comptable/reddition`: what was done with a funder's money in a year (reddition de comptes): all
//! operations by nature without netting, the list of spending, the state of the advance, what goes
//! back.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;
use ledger_core::identifiers::Funder;
use projections::reports::reddition::{Reddition, RedditionOf};
use projections::table::{Cell, Table};
use serde::Deserialize;

use crate::app::App;
use crate::audit::export;
use crate::audit::names::Names;
use crate::extract::{Path, Query};
use crate::page::Frame;
use crate::pdf::{Document, Section};
use crate::problem::Problem;
use crate::reading;
use crate::session::Reader;
use crate::sheet::{Block, Field, Kind, Sheet, SheetForm, SheetTable};

use super::words::{settlement_path, wrong};

/// How many lines of spending a page shows; files have them all.
const SPENDING: usize = 200;

/// What follows the `?`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    financeur: String,
    annee: String,
}

/// Chooses a funder and a year.
pub(super) async fn choose(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if !asked.financeur.is_empty() && !asked.annee.is_empty() {
        let to = format!("/comptable/reddition/{}/{}", asked.financeur, asked.annee);
        return Ok(Redirect::to(&to).into_response());
    }
    let funders = funders(&app).await?;
    let lead = "Au moins une fois par an, à chaque financeur : toutes les opérations par nature, sans compensation, les dépenses et leurs pièces, l’état de l’avance, ce qui est à restituer.";
    let mut sheet = Sheet::new(frame, "Reddition de comptes", lead);
    let year = app.clock.today().format("%Y").to_string();
    sheet.push(Block::Filters(SheetForm {
        id: "choix",
        action: "/comptable/reddition".to_owned(),
        heading: "",
        hint: String::new(),
        fields: vec![
            Field::new("financeur", "Financeur", Kind::Choice(funders)).value(asked.financeur),
            Field::new("annee", "Année", Kind::Text).value(year),
        ],
        button: "Établir",
        file: false,
    }));
    Ok(sheet.answer())
}

async fn funders(app: &App) -> Result<Vec<(String, String)>, Problem> {
    let reader = reading::latest(app).await?;
    let envelopes = reader.envelopes(None, None, 1_000).map_err(reading::failed)?.rows;
    let mut funders: Vec<(String, String)> = envelopes
        .into_iter()
        .map(|it| {
            (it.funder.to_string(), format!("{} ({})", it.funder_name, it.funder.auxiliary()))
        })
        .collect();
    funders.sort();
    funders.dedup_by(|one, other| one.0 == other.0);
    Ok(funders)
}

fn of(funder: &str, year: &str) -> Result<RedditionOf, Problem> {
    let funder: Funder = funder.parse().map_err(Problem::not_found)?;
    let year = year.parse().ok().filter(|it| (2000..2100).contains(it));
    let year: i32 = year.ok_or_else(|| wrong("annee", "Écrivez une année, comme 2026."))?;
    let day = |month, day| NaiveDate::from_ymd_opt(year, month, day);
    match (day(1, 1), day(12, 31)) {
        (Some(from), Some(to)) => Ok(RedditionOf { funder, from, to }),
        _ => Err(wrong("annee", "Écrivez une année, comme 2026.")),
    }
}

/// The tables of a reddition, and what each shows: the page, the CSV and the PDF are made of them.
fn tables(reddition: &Reddition, names: &Names) -> Vec<(&'static str, &'static str, Table)> {
    let operations = reddition.operations.iter().map(|it| {
        vec![
            Cell::text(it.label),
            Cell::text(it.account),
            Cell::text(it.account.title()),
            Cell::moved(it.debit),
            Cell::moved(it.credit),
            Cell::Number(it.lines),
        ]
    });
    let operations = Table {
        headings: vec!["opération", "compte", "intitulé", "débit", "crédit", "écritures"],
        rows: operations.collect(),
        totals: vec![],
    };
    let advance = &reddition.advance;
    let row = |what: &str, sum| vec![Cell::text(what), Cell::Sum(sum)];
    let advance = Table {
        headings: vec!["état_de_l’avance", "montant"],
        rows: vec![
            row("Avance au premier jour", advance.opening),
            row("Fonds reçus dans l’année", advance.received),
            row("Service fait (en moins)", advance.spent),
            row("Remboursements des partenaires", advance.refunded),
            row("Restitué au financeur (en moins)", advance.returned),
            row("Restitutions rejetées ou revenues", advance.came_back),
            row("Avance au dernier jour", advance.closing),
            row("Dont droits ouverts aux enseignants", advance.rights),
            row("Dont réservé et engagé", advance.held),
        ],
        totals: vec![row("Libre de tout engagement, à restituer ou à reporter", advance.free)],
    };
    let spending = reddition.spending.iter().map(|it| {
        vec![
            Cell::Day(it.period),
            Cell::text(&it.partner),
            Cell::text(names.envelope(it.envelope)),
            Cell::Sum(it.amount),
            Cell::text(super::words::stage(it.stage).1),
            Cell::Number(it.vouchers),
        ]
    });
    let total = reddition.spending.iter().map(|it| it.amount).sum();
    let spending = Table {
        headings: vec!["période", "partenaire", "enveloppe", "montant", "état", "pièces"],
        rows: spending.collect(),
        totals: vec![vec![
            Cell::text("Total"),
            Cell::Empty,
            Cell::Empty,
            Cell::Sum(total),
            Cell::Empty,
            Cell::Empty,
        ]],
    };
    vec![
        ("avance", "État de l’avance", advance),
        ("operations", "Opérations par nature, sans compensation", operations),
        ("depenses", "Dépenses, règlement par règlement", spending),
    ]
}

async fn read(app: &App, of: RedditionOf) -> Result<(Reddition, Names), Problem> {
    let reader = reading::latest(app).await?;
    let names = Names::read(&reader).map_err(reading::failed)?;
    let reddition = projections::reports::reddition::reddition(reader, app.ledger.log(), of).await;
    Ok((reddition.map_err(reading::failed)?, names))
}

/// Shows it.
pub(super) async fn show(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
    Path((funder, year)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let of = of(&funder, &year)?;
    let (mut reddition, names) = read(&app, of).await?;
    let all = reddition.spending.len();
    reddition.spending.truncate(SPENDING);
    let name = names.auxiliary(&ledger_core::chart::Auxiliary::Funder(of.funder)).to_owned();
    let mut sheet = Sheet::new(frame, format!("Reddition {year}, {name}"), "");
    sheet.above.push(("/comptable/reddition", "Reddition de comptes"));
    let path = format!("/comptable/reddition/{funder}/{year}");
    sheet.files.push(("PDF", format!("{path}/pdf")));
    sheet.files.push(("CSV", format!("{path}/csv")));
    if all > SPENDING {
        sheet.notice(
            "info",
            format!(
                "Les {SPENDING} premières dépenses sur {all} ; le PDF et le CSV les ont toutes."
            ),
        );
    }
    for (id, caption, table) in tables(&reddition, &names) {
        let mut shown = SheetTable::new(id, caption, table);
        if id == "depenses" {
            shown.links = reddition
                .spending
                .iter()
                .map(|it| vec![(1, settlement_path(it.settlement))])
                .collect();
        }
        if id == "operations" {
            shown.links = reddition
                .operations
                .iter()
                .map(|it| {
                    vec![(
                        1,
                        format!(
                            "/comptable/grand-livre/{}?auxiliaire={}&du={}&au={}",
                            it.account,
                            of.funder.auxiliary(),
                            of.from,
                            of.to
                        ),
                    )]
                })
                .collect();
        }
        shown.empty = "Aucune.";
        sheet.heading(heading(id), caption);
        sheet.push(Block::Table(shown));
    }
    Ok(sheet.answer())
}

fn heading(id: &str) -> &'static str {
    match id {
        "avance" => "avance-titre",
        "operations" => "operations-titre",
        _ => "depenses-titre",
    }
}

/// The same, for a spreadsheet: its tables one under the other.
pub(super) async fn csv(
    State(app): State<App>,
    _: Reader,
    Path((funder, year)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let of = of(&funder, &year)?;
    let (reddition, names) = read(&app, of).await?;
    let mut text = Vec::new();
    for (nth, (_, _, table)) in tables(&reddition, &names).into_iter().enumerate() {
        if nth > 0 {
            text.extend_from_slice(b"\n");
        }
        let mut rows = export::rows(&table, true)?;
        if nth > 0 {
            // The mark of UTF-8 stands once, at the beginning.
            rows.drain(..3);
        }
        text.extend(rows);
    }
    let name = format!("reddition-{}-{year}.csv", of.funder.auxiliary());
    Ok(export::saved(export::CSV, &name, text.into()))
}

/// The same, on paper.
pub(super) async fn pdf(
    State(app): State<App>,
    _: Reader,
    Path((funder, year)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let of = of(&funder, &year)?;
    let (reddition, names) = read(&app, of).await?;
    let name = names.auxiliary(&ledger_core::chart::Auxiliary::Funder(of.funder)).to_owned();
    let sections = tables(&reddition, &names).into_iter().map(|(_, caption, table)| Section {
        heading: caption.to_owned(),
        note: None,
        table,
    });
    let document = Document {
        title: format!("Reddition de comptes {year}"),
        subtitle: name,
        facts: vec![
            ("Financeur".to_owned(), of.funder.auxiliary().to_owned()),
            ("Du".to_owned(), crate::format::long_date(of.from)),
            ("Au".to_owned(), crate::format::long_date(of.to)),
            ("Lu jusqu’à la position".to_owned(), reddition.position.to_string()),
        ],
        sections: sections.collect(),
        footer: "Compte ressources – établi à partir du journal des événements".to_owned(),
    };
    let mut content = Vec::new();
    document.write(&mut content).map_err(Problem::internal)?;
    let name = format!("reddition-{}-{year}.pdf", of.funder.auxiliary());
    Ok(export::saved("application/pdf", &name, content.into()))
}
