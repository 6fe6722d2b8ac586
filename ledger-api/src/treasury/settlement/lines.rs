//! The purchases that a settlement is made of.

use axum::extract::State;
use axum::response::Response;
use ledger_core::ids::SettlementId;
use projections::table::{Cell, Table};

use serde::Deserialize;

use crate::app::App;
use crate::audit::{export, filters};
use crate::extract::{Path, Query};
use crate::format::short_date;
use crate::page::Frame;
use crate::problem::Problem;
use crate::reading;
use crate::session::Reader;
use crate::sheet::{Block, Sheet, SheetTable};
use crate::treasury::words::settlement_path;

/// How many lines a page shows.
const LINES: usize = 100;

/// What follows the `?`.
#[derive(Debug, Deserialize)]
pub(in crate::treasury) struct Asked {
    apres: Option<String>,
}

/// `GET /comptable/reglements/{id}/lignes`: its captures and refunds, each leading to its event.
pub(in crate::treasury) async fn show(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
    Path(id): Path<SettlementId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let reader = reading::latest(&app).await?;
    let row = reader.settlement(id).map_err(reading::failed)?;
    let row = row.ok_or_else(|| Problem::not_found("no such settlement"))?;
    let Some(prepared) = &row.state.prepared else { return Err(Problem::not_found("nothing")) };
    let after = filters::position("apres", asked.apres.as_deref())?.unwrap_or(prepared.after);
    let page = reader.settlement_lines(prepared.partner, after, prepared.up_to, LINES);
    let page = page.map_err(reading::failed)?;
    let rows = page.rows.iter().map(|it| {
        let (what, sold, back) = if it.refund {
            ("remboursement", Cell::Empty, Cell::Sum(it.amount.into()))
        } else {
            ("livraison", Cell::Sum(it.amount.into()), Cell::Empty)
        };
        vec![Cell::Number(it.position), Cell::text(what), Cell::text(it.purchase), sold, back]
    });
    let table = Table {
        headings: vec!["position", "nature", "achat", "livré", "remboursé"],
        rows: rows.collect(),
        totals: vec![],
    };
    let title = format!("Lignes, {}, {}", row.partner_name, short_date(row.period));
    let lead = format!(
        "{} lignes entre les positions {} et {} du journal des événements. Empreinte de l’état : {}.",
        prepared.lines,
        prepared.after + 1,
        prepared.up_to,
        prepared.digest
    );
    let mut sheet = Sheet::new(frame, title, lead);
    sheet.above.push(("/comptable/reglements", "Règlements"));
    sheet.files.push(("Télécharger (CSV)", format!("{}/lignes.csv", settlement_path(id))));
    let mut shown =
        SheetTable::new("lignes", "Livraisons et remboursements, dans l’ordre du journal", table);
    shown.links = page
        .rows
        .iter()
        .map(|it| {
            vec![
                (0, format!("/comptable/evenement/{}", it.position)),
                (2, format!("/comptable/achats/{}", it.purchase)),
            ]
        })
        .collect();
    shown.next = page
        .next
        .map(|it| format!("{}/lignes?apres={it}", settlement_path(id)))
        .unwrap_or_default();
    sheet.push(Block::Tabs(vec![(settlement_path(id), "Revenir au règlement".to_owned(), false)]));
    sheet.push(Block::Table(shown));
    Ok(sheet.answer())
}

/// The same, all of them: the list whose fingerprint is in the log.
pub(in crate::treasury) async fn csv(
    State(app): State<App>,
    _: Reader,
    Path(id): Path<SettlementId>,
) -> Result<Response, Problem> {
    let reader = reading::latest(&app).await?;
    let row = reader.settlement(id).map_err(reading::failed)?;
    let row = row.ok_or_else(|| Problem::not_found("no such settlement"))?;
    let Some(prepared) = &row.state.prepared else { return Err(Problem::not_found("nothing")) };
    let mut list = Vec::new();
    let (after, up_to) = (prepared.after, prepared.up_to);
    reader
        .write_settlement_lines(prepared.partner, after, up_to, &mut list)
        .map_err(reading::failed)?;
    Ok(export::saved(export::CSV, &format!("lignes-{id}.csv"), list.into()))
}
