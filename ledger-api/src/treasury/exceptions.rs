//! `GET /comptable/anomalies`: what does not go on by itself (three-way match, suspensions, the
//! bank), the oldest first.

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use ledger_core::bank::Direction;
use ledger_core::meta::accounting_day;
use ledger_core::money::Balance;
use ledger_core::settlement::Stage;
use projections::reports::bank::LineStatus;
use projections::reports::titles::TitlesOf;
use projections::table::{Cell, Table};

use super::words::{Ageing, days, settlement_path};
use crate::app::App;
use crate::audit::export;
use crate::page::Frame;
use crate::problem::Problem;
use crate::reading;
use crate::session::Reader;
use crate::sheet::{Block, Sheet, SheetTable};

/// After how many days without a statement its absence is an exception.
const STATEMENT_DAYS: i64 = 5;

/// One thing that does not go on.
pub(super) struct Exception {
    /// What it is.
    pub(super) what: &'static str,
    /// Whose, or which.
    pub(super) of: String,
    /// What is wrong this time.
    pub(super) detail: String,
    /// How much it is about.
    pub(super) amount: Balance,
    /// Since when.
    pub(super) since: NaiveDate,
    /// Where it is dealt with.
    pub(super) href: String,
}

/// All of them, the oldest first.
pub(super) fn all(
    reader: &projections::Reader,
    today: NaiveDate,
) -> Result<Vec<Exception>, Problem> {
    let mut found = Vec::new();
    let stages = [Stage::Certified, Stage::Suspended, Stage::Cleared];
    for it in reader.settlements_at(&stages).map_err(reading::failed)? {
        let state = &it.state;
        let since = accounting_day(it.since);
        let mut add = |what, detail: String| {
            found.push(Exception {
                what,
                of: it.partner_name.clone(),
                detail,
                amount: it.due(),
                since,
                href: settlement_path(it.id),
            });
        };
        match state.stage {
            Stage::Certified if state.differs() => {
                let stated = state.statement.as_ref().map(|it| it.amount).unwrap_or_default();
                add("Relevé en écart", format!("{stated} au lieu de {}", state.due));
            }
            Stage::Certified if (today - since).num_days() > STATEMENT_DAYS => {
                add("Relevé absent", "aucun relevé reçu du partenaire".to_owned());
            }
            Stage::Suspended => {
                let reason = state.suspension.as_ref().map(|it| it.reason.to_string());
                add("Paiement suspendu", reason.unwrap_or_default());
            }
            Stage::Cleared if state.came_back => {
                add("Virement revenu", "à virer de nouveau".to_owned());
            }
            Stage::Cleared if !state.failed.is_empty() => {
                add("Virement rejeté", "vérifier le compte du partenaire, puis virer".to_owned());
            }
            Stage::Absent
            | Stage::Prepared
            | Stage::Certified
            | Stage::Matched
            | Stage::Ordered
            | Stage::Cleared
            | Stage::Sent
            | Stage::Settled => (),
        }
    }
    found.extend(late_titles(reader, today)?);
    for it in reader.bank_lines(LineStatus::Parked).map_err(reading::failed)? {
        let what = match it.direction {
            Direction::In => "Recette à classer",
            Direction::Out => "Dépense à classer",
        };
        found.push(Exception {
            what,
            of: it.line.clone(),
            detail: it.code.clone(),
            amount: it.amount,
            since: it.booked,
            href: "/comptable/banque#a-classer".to_owned(),
        });
    }
    found.sort_by_key(|it| it.since);
    Ok(found)
}

/// Titles that partners have not paid by their day.
fn late_titles(reader: &projections::Reader, today: NaiveDate) -> Result<Vec<Exception>, Problem> {
    let open = reader.titles(TitlesOf::Open).map_err(reading::failed)?;
    let late = open.into_iter().filter(|it| it.late_by(today).is_some());
    let late = late.map(|it| Exception {
        what: "Titre impayé",
        of: it.partner_name,
        detail: it.title.reference.to_string(),
        amount: it.title.total.into(),
        since: it.title.due,
        href: settlement_path(it.settlement),
    });
    Ok(late.collect())
}

fn table(found: &[Exception], today: NaiveDate) -> Table {
    let rows = found.iter().map(|it| {
        vec![
            Cell::text(it.what),
            Cell::text(&it.of),
            Cell::text(&it.detail),
            Cell::Sum(it.amount),
            Cell::Day(it.since),
            Cell::text(days((today - it.since).num_days())),
        ]
    });
    let total = found.iter().map(|it| it.amount).sum();
    let total = vec![
        Cell::text("Total"),
        Cell::Empty,
        Cell::Empty,
        Cell::Sum(total),
        Cell::Empty,
        Cell::Empty,
    ];
    Table {
        headings: vec!["anomalie", "objet", "détail", "montant", "depuis_le", "ancienneté"],
        rows: rows.collect(),
        totals: if found.is_empty() { vec![] } else { vec![total] },
    }
}

/// Shows them.
pub(super) async fn show(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
) -> Result<Response, Problem> {
    let today = app.clock.today();
    let reader = reading::latest(&app).await?;
    let found = all(&reader, today)?;
    let lead = "Ce qui n’avance pas tout seul : rapprochement achat, relevé, paiement ; suspensions ; rejets, titres impayés et lignes de banque inconnues.";
    let mut sheet = Sheet::new(frame, "Anomalies", lead);
    sheet.files.push(("Télécharger (CSV)", "/comptable/anomalies.csv".to_owned()));
    let mut ageing = Ageing::new();
    for it in &found {
        ageing.add((today - it.since).num_days(), it.amount);
    }
    let mut shown =
        SheetTable::new("anomalies", "De la plus ancienne à la plus récente", table(&found, today));
    shown.links = found.iter().map(|it| vec![(1, it.href.clone())]).collect();
    shown.empty = "Aucune anomalie : tout avance.";
    sheet.push(Block::Table(shown));
    if !found.is_empty() {
        sheet.heading("anciennete", "Ancienneté");
        sheet.push(Block::Ageing(ageing.chart(
            "ages-dessin",
            "Anomalies",
            ("anomalie", "anomalies"),
        )));
        sheet.push(Block::Table(SheetTable::new(
            "ages",
            "Anomalies par ancienneté",
            ageing.table(),
        )));
    }
    sheet.position = Some(reader.position());
    Ok(sheet.answer())
}

/// The same, for a spreadsheet.
pub(super) async fn csv(State(app): State<App>, _: Reader) -> Result<Response, Problem> {
    let today = app.clock.today();
    let reader = reading::latest(&app).await?;
    let mut table = table(&all(&reader, today)?, today);
    table.totals.clear();
    export::table("anomalies.csv", &table)
}
