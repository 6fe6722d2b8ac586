//! One agreement: what was signed, how far it is, and each thing that it counted.

use axum::extract::State;
use axum::response::Response;
use ledger_core::agreement::{AgreementAct, Ceiling};
use ledger_core::event_log::Position;
use ledger_core::ids::AgreementId;
use ledger_core::meta::Role;
use ledger_core::money::Balance;
use ledger_core::stream::StreamId;
use projections::reports::agreements::{AgreementLine, AgreementRow};
use projections::table::{Cell, Table};
use serde::Deserialize;

use super::{PATH, act, progress, standing};
use crate::app::App;
use crate::audit::agreement_credit;
use crate::audit::names::Names;
use crate::extract::{Form, Path, Query};
use crate::format::{grouped, long_date};
use crate::page::Frame;
use crate::problem::Problem;
use crate::reading;
use crate::security::RequestId;
use crate::session::{Reader, Session};
use crate::sheet::{Block, Fact, Field, Kind, Progress, Sheet, SheetForm, SheetTable};

/// How many lines stand on one page.
const PAGE: usize = 100;

/// What may follow the `?`.
#[derive(Debug, Default, Deserialize)]
pub(in crate::treasury) struct Asked {
    suite: Option<Position>,
}

/// One agreement: what was signed, how far it is, and each thing that it counted.
pub(in crate::treasury) async fn show(
    State(app): State<App>,
    Reader(session): Reader,
    frame: Frame,
    Path(id): Path<AgreementId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    Ok(one_sheet(&app, frame, &session, id, asked.suite).await?.answer())
}

/// Why one is ended.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::treasury) struct Ended {
    motif: String,
}

/// Ends one.
pub(in crate::treasury) async fn end(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<AgreementId>,
    Form(form): Form<Ended>,
) -> Result<Response, Problem> {
    let reason = form.motif.trim().into();
    match act(&app, &session, request, id, AgreementAct::End { reason }).await {
        Ok(answer) => answer,
        Err(problem) => Ok(one_sheet(&app, frame, &session, id, None).await?.refused(&problem)),
    }
}

fn facts(row: &AgreementRow, id: AgreementId, partner: String) -> Vec<Fact> {
    let terms = &row.terms;
    let mut facts = vec![
        Fact::new("Offre", &row.title).leading(format!("/catalogue/{}", row.offer)),
        Fact::new("Partenaire", partner).leading(format!("/comptable/partenaires/{}", row.partner)),
        Fact::new("Référence de l’accord", &terms.reference),
        Fact::new(
            "Décompte",
            format!("du {} au {}", long_date(terms.first_day), long_date(terms.last_day)),
        ),
        Fact::new(
            "Gratuite, une fois le plafond atteint",
            format!("jusqu’au {}", long_date(terms.free_until)),
        ),
        Fact::new(
            "Avoir des acheteurs récents",
            format!(
                "{}, achat dans les {} jours avant",
                agreement_credit(terms.credit),
                terms.credit_days
            ),
        ),
        Fact::new("Événements", id).leading(format!("/comptable/flux/{}", StreamId::from(id))),
    ];
    if let (Some(on), Some(position)) = (row.reached, row.reached_position) {
        let fact = Fact::new("Plafond atteint", format!("le {}", long_date(on)));
        facts.push(fact.leading(format!("/comptable/evenement/{position}")));
    }
    if let Some(on) = row.ended {
        facts.push(Fact::new("Terminée", format!("le {} : {}", long_date(on), row.reason)));
    }
    facts
}

/// What was bought, by how many, and what went back.
fn figures(row: &AgreementRow) -> Block {
    let over = match row.terms.ceiling {
        Ceiling::Spending(it) if row.reached.is_some() => {
            let it = Balance::from_cents(it.cents());
            format!("dont {} au-delà du plafond", row.counted.total.beyond(it))
        }
        Ceiling::Spending(_) | Ceiling::Buyers(_) => String::new(),
    };
    Block::Figures(vec![
        ("Dépensé", row.counted.total.to_string(), over),
        ("Acheteurs", grouped(row.counted.buyers.into()), String::new()),
        ("Avoirs", row.credited.to_string(), "rendus aux acheteurs récents".to_owned()),
    ])
}

/// Each thing that it counted, with where it stands in the log.
fn counted(all: &[AgreementLine]) -> SheetTable {
    let cells = all.iter().map(|it| {
        vec![
            Cell::Day(it.day),
            Cell::text(if it.refund { "Remboursement" } else { "Livraison" }),
            Cell::text(it.purchase.to_string()),
            if it.refund { Cell::Empty } else { Cell::Sum(it.amount) },
            if it.refund { Cell::Sum(it.amount) } else { Cell::Empty },
            it.credited.map_or(Cell::Empty, Cell::Sum),
            Cell::Number(it.position),
            it.counted.map_or(Cell::Empty, Cell::Number),
        ]
    });
    let table = Table {
        headings: vec![
            "jour",
            "nature",
            "achat",
            "compté",
            "décompté",
            "avoir",
            "événement",
            "compté_par",
        ],
        rows: cells.collect(),
        totals: vec![],
    };
    let mut shown = SheetTable::new("lignes", "Ce qui est compté", table);
    let event = |position: Position| format!("/comptable/evenement/{position}");
    let links = all.iter().map(|it| {
        let mut links =
            vec![(2, format!("/comptable/achats/{}", it.purchase)), (6, event(it.position))];
        links.extend(it.counted.map(|it| (7, event(it))));
        links
    });
    shown.links = links.collect();
    shown.empty = "Rien n’est compté encore.";
    shown
}

async fn one_sheet(
    app: &App,
    frame: Frame,
    session: &Session,
    id: AgreementId,
    after: Option<Position>,
) -> Result<Sheet, Problem> {
    let reader = reading::latest(app).await?;
    let row = reader.agreement(id.offer()).map_err(reading::failed)?;
    let row = row.ok_or_else(|| Problem::not_found("no agreement on this offer"))?;
    let lines = reader.agreement_lines(row.offer, after, PAGE).map_err(reading::failed)?;
    let names = Names::read(&reader).map_err(reading::failed)?;
    let position = reader.position();
    drop(reader);
    let mut sheet = Sheet::new(frame, format!("Licence libératoire, {}", row.title), "");
    sheet.above.push((PATH, "Licences libératoires"));
    let (tone, told) = standing(app, &row);
    sheet.push(Block::Facts(vec![Fact::new("État", told).badge(tone)]));
    sheet.push(Block::Progress(vec![Progress {
        label: "Plafond".to_owned(),
        told: progress(&row),
        percent: row.percent().min(100),
    }]));
    sheet.push(figures(&row));
    sheet.push(Block::Facts(facts(&row, id, names.partner(row.partner))));
    let mut shown = counted(&lines.rows);
    shown.next = lines.next.map(|it| format!("{PATH}/{id}?suite={it}")).unwrap_or_default();
    sheet.push(Block::Table(shown));
    if session.role == Role::AuthorisingOfficer && row.ended.is_none() {
        sheet.push(Block::Form(SheetForm {
            id: "terminer",
            action: format!("{PATH}/{id}/fin"),
            heading: "Terminer avant terme",
            hint: "L’offre reprend son prix ; plus rien n’est compté.".to_owned(),
            fields: vec![Field::new("motif", "Motif", Kind::Area)],
            button: "Terminer",
            file: false,
        }));
    }
    sheet.position = Some(position);
    Ok(sheet)
}
