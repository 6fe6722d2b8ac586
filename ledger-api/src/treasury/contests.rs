//! `/comptable/contestations`: purchases that their buyers contest; the authorising officer may
//! find that service was done.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use ledger_core::account::{Account, AccountCommand, ContestOutcome};
use ledger_core::ids::PurchaseId;
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::Role;
use projections::reports::settlements::ContestRow;
use projections::table::{Cell, Table};
use serde::Deserialize;

use super::words::since;
use crate::app::App;
use crate::extract::{Form, Path};
use crate::page::Frame;
use crate::problem::Problem;
use crate::reading;
use crate::security::RequestId;
use crate::session::{Reader, Session};
use crate::sheet::{Block, Field, Kind, Sheet, SheetForm, SheetTable};

/// Shows them.
pub(super) async fn show(
    State(app): State<App>,
    Reader(session): Reader,
    frame: Frame,
) -> Result<Response, Problem> {
    Ok(sheet(&app, frame, &session).await?.answer())
}

async fn sheet(app: &App, frame: Frame, session: &Session) -> Result<Sheet, Problem> {
    let reader = reading::latest(app).await?;
    let all = reader.contests(false).map_err(reading::failed)?;
    let today = app.clock.today();
    let lead = "Un achat contesté n’est pas payé au partenaire tant que la contestation dure.";
    let mut sheet = Sheet::new(frame, "Contestations", lead);
    let (open, over): (Vec<_>, Vec<_>) = all.into_iter().partition(|it| it.outcome.is_none());
    let mut shown = SheetTable::new(
        "ouvertes",
        "Contestations ouvertes, de la plus ancienne à la plus récente",
        table(&open, today),
    );
    shown.links = links(&open);
    shown.empty = "Aucune contestation ouverte.";
    sheet.push(Block::Table(shown));
    if session.role == Role::AuthorisingOfficer
        && let Some(it) = open.first()
    {
        sheet.push(Block::Form(SheetForm {
            id: "ecarter",
            action: format!("/comptable/contestations/{}", it.purchase),
            heading: "Écarter la plus ancienne",
            hint: format!("{}, {} : {}", it.partner_name, it.amount, it.reason),
            fields: vec![Field::new("texte", "Ce qui prouve le service fait", Kind::Area)],
            button: "Écarter la contestation",
            file: false,
        }));
    }
    sheet.heading("closes-titre", "Contestations closes");
    let mut shown =
        SheetTable::new("closes", "Contestations retirées ou écartées", table(&over, today));
    shown.links = links(&over);
    sheet.push(Block::Table(shown));
    sheet.position = Some(reader.position());
    Ok(sheet)
}

fn links(rows: &[ContestRow]) -> Vec<Vec<(usize, String)>> {
    rows.iter().map(|it| vec![(0, format!("/comptable/achats/{}", it.purchase))]).collect()
}

fn table(rows: &[ContestRow], today: chrono::NaiveDate) -> Table {
    let row = |it: &ContestRow| {
        vec![
            Cell::text(it.purchase),
            Cell::text(&it.partner_name),
            Cell::Sum(it.amount),
            Cell::text(&it.reason),
            Cell::text(since(it.at, today)),
            Cell::text(match it.outcome {
                None => "ouverte",
                Some(ContestOutcome::Withdrawn) => "retirée",
                Some(ContestOutcome::Dismissed) => "écartée",
            }),
        ]
    };
    Table {
        headings: vec!["achat", "partenaire", "montant", "motif", "depuis", "état"],
        rows: rows.iter().map(row).collect(),
        totals: vec![],
    }
}

/// What the authorising officer found.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Found {
    #[serde(default)]
    texte: String,
}

/// Ends a contest: service was done.
pub(super) async fn dismiss(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(purchase): Path<PurchaseId>,
    Form(form): Form<Found>,
) -> Result<Response, Problem> {
    let contest = {
        let reader = reading::latest(&app).await?;
        reader.contest(purchase).map_err(reading::failed)?
    };
    let contest = contest.ok_or_else(|| Problem::not_found("no such contest"))?;
    let by = session.actor();
    let command = AccountCommand::EndContest {
        purchase,
        outcome: ContestOutcome::Dismissed,
        reason: form.texte.trim().into(),
        by,
    };
    let meta = app.meta(by, request);
    match app.ledger.execute::<Account>(contest.account, &command, meta).await {
        Ok(_) => Ok(Redirect::to("/comptable/contestations").into_response()),
        Err(ExecuteError::Refused(refusal)) => {
            Ok(sheet(&app, frame, &session).await?.refused(&refusal.into()))
        }
        Err(error) => Err(error.into()),
    }
}
