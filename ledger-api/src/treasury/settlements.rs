//! `GET /comptable/reglements`: every settlement, how far it is, and how old what waits is.

use axum::extract::State;
use axum::response::Response;
use ledger_core::money::Balance;
use ledger_core::settlement::Stage;
use projections::reports::settlements::{SettlementCursor, SettlementRow, SettlementsOf};
use serde::Deserialize;

use super::words::{self, Ageing, STAGES, settlement_path, settlements, stage};
use crate::app::App;
use crate::audit::names::Names;
use crate::audit::{export, filters};
use crate::extract::Query;
use crate::page::Frame;
use crate::problem::Problem;
use crate::reading;
use crate::session::Reader;
use crate::sheet::{Block, Field, Kind, Sheet, SheetForm, SheetTable};

/// How many settlements a page shows.
const PAGE: usize = 60;

/// How many are read at once for a file.
const PAGE_EXPORTED: usize = 2_000;

/// What follows the `?`.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    etat: Option<String>,
    partenaire: Option<String>,
    periode: Option<String>,
    apres: Option<String>,
}

impl Asked {
    fn wanted(&self) -> Result<SettlementsOf, Problem> {
        let expected = "choisissez un partenaire de la liste";
        Ok(SettlementsOf {
            stage: filters::one_of("etat", self.etat.as_deref(), &STAGES)?,
            partner: filters::parsed("partenaire", self.partenaire.as_deref(), expected)?,
            period: filters::day("periode", self.periode.as_deref())?,
        })
    }

    fn after(&self) -> Result<Option<SettlementCursor>, Problem> {
        let Some(text) = filters::given(self.apres.as_deref()) else { return Ok(None) };
        let read = text.split_once('.').and_then(|(period, id)| {
            Some(SettlementCursor { period: period.parse().ok()?, id: id.parse().ok()? })
        });
        let expected = "suivez le lien « Page suivante »";
        read.map(Some).ok_or_else(|| words::wrong("apres", expected))
    }
}

/// Shows them.
pub(super) async fn show(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (of, after) = (asked.wanted()?, asked.after()?);
    let reader = reading::latest(&app).await?;
    let page = reader.settlements(of, after, PAGE).map_err(reading::failed)?;
    let names = Names::read(&reader).map_err(reading::failed)?;
    let today = app.clock.today();
    let lead =
        "Ce qui est dû à chaque partenaire, par période : du service fait au relevé de compte.";
    let mut sheet = Sheet::new(frame, "Règlements", lead);
    sheet
        .files
        .push(("Télécharger (CSV)", format!("/comptable/reglements.csv{}", query(&of, None))));
    sheet.push(Block::Filters(filters_of(&of, &names)));
    let mut table = SheetTable::new(
        "reglements",
        "Règlements, de la période la plus récente à la plus ancienne",
        settlements(&page.rows, today),
    );
    table.links = page.rows.iter().map(|it| vec![(0, settlement_path(it.id))]).collect();
    table.empty = "Aucun règlement ne répond à ces critères. Un règlement est préparé le lendemain de chaque fin de période.";
    table.next = page
        .next
        .map(|it| format!("/comptable/reglements{}", query(&of, Some(it))))
        .unwrap_or_default();
    sheet.push(Block::Table(table));
    let open: Vec<Stage> = Stage::ALL.into_iter().filter(|it| *it != Stage::Settled).collect();
    let waiting = reader.settlements_at(&open).map_err(reading::failed)?;
    sheet.heading("anciennete", "Ancienneté de ce qui n’est pas payé");
    sheet.push(Block::Text("Depuis le dernier jour de chaque période.".to_owned()));
    let ageing = ageing(&waiting, today);
    sheet.push(Block::Ageing(ageing.chart(
        "ages-dessin",
        "Règlements non soldés",
        ("règlement", "règlements"),
    )));
    sheet.push(Block::Table(SheetTable::new(
        "ages",
        "Règlements non soldés, par ancienneté",
        ageing.table(),
    )));
    let carried = reader.carried().map_err(reading::failed)?;
    if !carried.is_empty() {
        sheet.heading("avoirs", "Avoirs reportés");
        sheet.push(Block::Table(carried_table(&carried)));
    }
    sheet.position = Some(reader.position());
    Ok(sheet.answer())
}

/// How long what is not settled has waited.
pub(super) fn ageing(waiting: &[SettlementRow], today: chrono::NaiveDate) -> Ageing {
    let mut ageing = Ageing::new();
    for it in waiting {
        ageing.add((today - it.period).num_days(), it.due());
    }
    ageing
}

/// Partners who owe us more than we owe them: carried to their next settlement.
fn carried_table(rows: &[SettlementRow]) -> SheetTable {
    use projections::table::{Cell, Table};
    let left = |it: &SettlementRow| it.state.carried_out().unwrap_or_default();
    let total: Balance = rows.iter().map(left).sum();
    let table = Table {
        headings: vec!["partenaire", "depuis_la_période", "avoir_reporté"],
        rows: rows
            .iter()
            .map(|it| vec![Cell::text(&it.partner_name), Cell::Day(it.period), Cell::Sum(left(it))])
            .collect(),
        totals: vec![vec![Cell::text("Total"), Cell::Empty, Cell::Sum(total)]],
    };
    let mut sheet = SheetTable::new(
        "reportes",
        "Soldes en notre faveur, à imputer sur le prochain règlement",
        table,
    );
    sheet.links = rows.iter().map(|it| vec![(0, settlement_path(it.id))]).collect();
    sheet
}

fn filters_of(of: &SettlementsOf, names: &Names) -> SheetForm {
    let all = || (String::new(), "Tous".to_owned());
    let stages = STAGES.iter().map(|(name, it)| ((*name).to_owned(), stage(*it).1.to_owned()));
    let chosen = STAGES.iter().find(|(_, it)| of.stage == Some(*it)).map_or("", |it| it.0);
    let partners = names.partners().into_iter().map(|(id, name)| (id.to_string(), name.to_owned()));
    SheetForm {
        id: "filtres",
        action: "/comptable/reglements".to_owned(),
        heading: "",
        hint: String::new(),
        fields: vec![
            Field::new(
                "etat",
                "État",
                Kind::Choice(std::iter::once(all()).chain(stages).collect()),
            )
            .value(chosen),
            Field::new(
                "partenaire",
                "Partenaire",
                Kind::Choice(std::iter::once(all()).chain(partners).collect()),
            )
            .value(of.partner.map(|it| it.to_string()).unwrap_or_default()),
            Field::new("periode", "Fin de période", Kind::Day)
                .value(of.period.map(|it| it.to_string()).unwrap_or_default()),
        ],
        button: "Afficher",
        file: false,
    }
}

/// The same, all of them, for a spreadsheet.
pub(super) async fn csv(
    State(app): State<App>,
    _: Reader,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let of = asked.wanted()?;
    export::streamed(export::CSV, "reglements.csv", move |after: Option<SettlementCursor>| {
        let app = app.clone();
        async move {
            let reader = reading::latest(&app).await?;
            let page = reader.settlements(of, after, PAGE_EXPORTED).map_err(reading::failed)?;
            let mut table = settlements(&page.rows, app.clock.today());
            table.totals.clear();
            Ok((export::rows(&table, after.is_none())?, page.next))
        }
    })
    .await
}

fn query(of: &SettlementsOf, after: Option<SettlementCursor>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let chosen = STAGES.iter().find(|(_, it)| of.stage == Some(*it));
    query.extend_pairs(chosen.map(|(name, _)| ("etat", *name)));
    query.extend_pairs(of.partner.map(|it| ("partenaire", it.to_string())));
    query.extend_pairs(of.period.map(|it| ("periode", it.to_string())));
    query.extend_pairs(after.map(|it| ("apres", format!("{}.{}", it.period, it.id))));
    match query.finish().as_str() {
        "" => String::new(),
        query => format!("?{query}"),
    }
}
