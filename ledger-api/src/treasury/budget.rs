//! `/comptable/consommation`: authorisations (AE) and payments (CP) of each envelope, and one
//! envelope over its year.

use axum::extract::State;
use axum::response::Response;
use ledger_core::calendar::Month;
use ledger_core::ids::EnvelopeId;
use ledger_core::money::Balance;
use projections::reports::conventions::{Consumption, ConsumptionDay};
use projections::reports::envelopes::EnvelopeRow;
use projections::table::{Cell, Table};

use crate::app::App;
use crate::audit::export;
use crate::charts::{ConsumptionChart, Course, Period};
use crate::extract::Path;
use crate::format::{long_date, percentage};
use crate::page::Frame;
use crate::problem::Problem;
use crate::reading;
use crate::session::Reader;
use crate::sheet::{Block, Fact, Sheet, SheetTable};

/// How many envelopes are shown.
const ENVELOPES: usize = 1_000;

fn all(reader: &projections::Reader) -> Result<Vec<(EnvelopeRow, Consumption)>, Problem> {
    let envelopes = reader.envelopes(None, None, ENVELOPES).map_err(reading::failed)?.rows;
    let with = |it: EnvelopeRow| {
        let consumed = reader.consumption(it.id).map_err(reading::failed)?;
        Ok((it, consumed))
    };
    envelopes.into_iter().map(with).collect()
}

fn table(rows: &[(EnvelopeRow, Consumption)]) -> Table {
    let row = |(it, consumed): &(EnvelopeRow, Consumption)| {
        vec![
            Cell::text(&it.title),
            Cell::text(&it.funder_name),
            Cell::Sum(it.budget),
            Cell::Sum(it.allocated),
            Cell::Sum(consumed.engaged),
            Cell::Sum(it.budget.beyond(consumed.engaged)),
            Cell::Sum(consumed.delivered),
            Cell::Sum(consumed.paid),
            Cell::Sum(consumed.delivered.beyond(consumed.paid)),
        ]
    };
    let sum =
        |of: &dyn Fn(&(EnvelopeRow, Consumption)) -> Balance| Cell::Sum(rows.iter().map(of).sum());
    let total = vec![
        Cell::text("Total"),
        Cell::Empty,
        sum(&|it| it.0.budget),
        sum(&|it| it.0.allocated),
        sum(&|it| it.1.engaged),
        sum(&|it| it.0.budget.beyond(it.1.engaged)),
        sum(&|it| it.1.delivered),
        sum(&|it| it.1.paid),
        sum(&|it| it.1.delivered.beyond(it.1.paid)),
    ];
    Table {
        headings: vec![
            "enveloppe",
            "financeur",
            "AE_ouvertes",
            "affecté_aux_comptes",
            "AE_consommées",
            "AE_disponibles",
            "service_fait",
            "CP_consommés",
            "reste_à_payer",
        ],
        rows: rows.iter().map(row).collect(),
        totals: if rows.is_empty() { vec![] } else { vec![total] },
    }
}

/// Shows all envelopes.
pub(super) async fn show(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
) -> Result<Response, Problem> {
    let reader = reading::latest(&app).await?;
    let rows = all(&reader)?;
    let lead = "Autorisations d’engagement et crédits de paiement, par enveloppe : une réservation ou un achat engage, un virement paie.";
    let mut sheet = Sheet::new(frame, "Consommation des crédits", lead);
    sheet.files.push(("Télécharger (CSV)", "/comptable/consommation.csv".to_owned()));
    let mut shown = SheetTable::new("consommation", "AE et CP par enveloppe", table(&rows));
    shown.links = rows
        .iter()
        .map(|(it, _)| vec![(0, format!("/comptable/consommation/{}", it.id))])
        .collect();
    shown.empty = "Aucune enveloppe n’est ouverte.";
    sheet.push(Block::Table(shown));
    sheet.position = Some(reader.position());
    Ok(sheet.answer())
}

/// The same, for a spreadsheet.
pub(super) async fn csv(State(app): State<App>, _: Reader) -> Result<Response, Problem> {
    let reader = reading::latest(&app).await?;
    let mut table = table(&all(&reader)?);
    table.totals.clear();
    export::table("consommation.csv", &table)
}

/// One envelope over its year.
pub(super) async fn one(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
    Path(id): Path<EnvelopeId>,
) -> Result<Response, Problem> {
    let reader = reading::latest(&app).await?;
    let envelope = reader.envelope(id).map_err(reading::failed)?;
    let envelope = envelope.ok_or_else(|| Problem::not_found("no such envelope"))?;
    let consumed = reader.consumption(id).map_err(reading::failed)?;
    let days = reader.consumption_days(id).map_err(reading::failed)?;
    let mut sheet = Sheet::new(frame, format!("{}, {}", envelope.title, envelope.funder_name), "");
    sheet.above.push(("/comptable/consommation", "Consommation des crédits"));
    let part = |sum: Balance| percentage(sum, envelope.budget);
    sheet.push(Block::Figures(vec![
        ("AE ouvertes", envelope.budget.to_string(), envelope.legal_reference.clone()),
        ("AE consommées", consumed.engaged.to_string(), part(consumed.engaged)),
        ("Service fait", consumed.delivered.to_string(), part(consumed.delivered)),
        ("CP consommés", consumed.paid.to_string(), part(consumed.paid)),
    ]));
    sheet.push(Block::Facts(vec![
        Fact::new("Valable du", long_date(envelope.valid_from)),
        Fact::new("Au", long_date(envelope.valid_until)),
        Fact::new("Reçu en banque", envelope.received),
        Fact::new("Événements", id)
            .leading(format!("/comptable/flux/{}", ledger_core::stream::StreamId::from(id))),
    ]));
    let course = |name: &str, points| Course { name: name.to_owned(), points };
    let paid = reader.paid_days(id).map_err(reading::failed)?;
    let courses = [
        course("Engagé", days.iter().map(|it| (it.day, it.engaged)).collect()),
        course("Service fait", days.iter().map(|it| (it.day, it.delivered)).collect()),
        course("Payé", paid),
    ];
    let until = app.clock.today().min(envelope.valid_until);
    let period = Period { first: envelope.valid_from, last: envelope.valid_until, until };
    let chart = ConsumptionChart::new(
        "courbe",
        "Consommation de l’enveloppe",
        period,
        envelope.budget,
        &courses,
    );
    let table = months(&days, envelope.budget);
    sheet.heading("annee", "Au fil de l’année");
    sheet.push(Block::Consumption(chart));
    sheet.push(Block::Table(SheetTable::new("mois", "Cumul à la fin de chaque mois", table)));
    sheet.position = Some(reader.position());
    Ok(sheet.answer())
}

/// Where an envelope stood on the last day of each month.
fn months(days: &[ConsumptionDay], budget: Balance) -> Table {
    let mut months: Vec<(Month, ConsumptionDay)> = Vec::new();
    for it in days {
        let month = Month::of(it.day);
        match months.last_mut() {
            Some((known, last)) if *known == month => *last = *it,
            _ => months.push((month, *it)),
        }
    }
    let part = |sum: Balance| percentage(sum, budget);
    let rows = months.iter().map(|(month, it)| {
        vec![
            Cell::text(month),
            Cell::Sum(it.engaged),
            Cell::text(part(it.engaged)),
            Cell::Sum(it.delivered),
            Cell::text(part(it.delivered)),
        ]
    });
    Table {
        headings: vec!["fin_du_mois", "engagé", "part_du_budget", "service_fait", "part_du_budget"],
        rows: rows.collect(),
        totals: vec![],
    }
}
