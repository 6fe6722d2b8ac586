//! `/comptable/periodes`: accounting years and months, opened and closed.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::Datelike;
use ledger_core::calendar::{Calendar, CalendarCommand, Month};
use ledger_core::ids::CalendarId;
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::{Actor, Role};
use projections::reports::closing::Closing;
use projections::table::{Cell, Table};
use serde::Deserialize;

use super::words::{who, wrong};
use crate::app::App;
use crate::extract::Form;
use crate::page::Frame;
use crate::problem::{Problem, kinds};
use crate::reading;
use crate::security::RequestId;
use crate::session::{Accountant, Reader, Session};
use crate::sheet::{Block, Fact, Field, Kind, Sheet, SheetForm, SheetTable};

/// Shows them.
pub(super) async fn show(
    State(app): State<App>,
    Reader(session): Reader,
    frame: Frame,
) -> Result<Response, Problem> {
    Ok(sheet(&app, frame, &session).await?.answer())
}

async fn sheet(app: &App, frame: Frame, session: &Session) -> Result<Sheet, Problem> {
    let state = app.ledger.state::<Calendar>(CalendarId::THE).await?;
    let lead = "Rien ne s’écrit dans un mois clos : ce qui arrive en retard va au premier jour ouvert et garde sa date.";
    let mut sheet = Sheet::new(frame, "Périodes", lead);
    let years = state.years.map_or("aucun".to_owned(), |(first, last)| {
        if first == last { first.to_string() } else { format!("{first} à {last}") }
    });
    let closed = state.closed.map_or("aucun".to_owned(), |it| it.to_string());
    let next = state.next_month();
    sheet.push(Block::Facts(vec![
        Fact::new("Exercices ouverts", years),
        Fact::new("Dernier mois clos", closed),
        Fact::new("Prochain mois à clore", next.map_or("–".to_owned(), |it| it.to_string())),
        Fact::new("Événements", "calendrier comptable").leading(format!(
            "/comptable/flux/{}",
            ledger_core::stream::StreamId::from(CalendarId::THE)
        )),
    ]));
    sheet.push(Block::Table(closed_years(&state)));
    if session.role == Role::Accountant {
        forms(app, &mut sheet, &state);
    }
    sheet.heading("arretes-titre", "Périodes de règlement");
    sheet.push(Block::Table(cut_offs(&state)));
    Ok(sheet)
}

fn closed_years(state: &Calendar) -> SheetTable {
    let rows = state.closed_years.iter().map(|it| {
        vec![
            Cell::Number(it.year.unsigned_abs().into()),
            Cell::Number(it.accounts.into()),
            Cell::Sum(it.debit),
            Cell::Sum(it.credit),
            Cell::text(it.digest),
            Cell::text(who(it.by)),
        ]
    });
    let table = Table {
        headings: vec![
            "exercice",
            "comptes",
            "débit",
            "crédit",
            "empreinte_de_la_balance",
            "clos_par",
        ],
        rows: rows.collect(),
        totals: vec![],
    };
    let mut shown = SheetTable::new("clos", "Exercices clos", table);
    shown.links = state
        .closed_years
        .iter()
        .map(|it| vec![(0, format!("/comptable/balance?au={}-12-31", it.year))])
        .collect();
    shown.empty = "Aucun exercice n’est clos.";
    shown
}

fn cut_offs(state: &Calendar) -> SheetTable {
    let rows = state.cut_offs.iter().rev().map(|it| vec![Cell::Day(it.on), Cell::Number(it.up_to)]);
    let table = Table {
        headings: vec!["dernier_jour", "jusqu’à_la_position"],
        rows: rows.collect(),
        totals: vec![],
    };
    let mut shown = SheetTable::new("arretes", "Arrêtés des règlements", table);
    shown.links = state
        .cut_offs
        .iter()
        .rev()
        .map(|it| vec![(0, format!("/comptable/reglements?periode={}", it.on))])
        .collect();
    shown
}

fn forms(app: &App, sheet: &mut Sheet, state: &Calendar) {
    let next = state.next_month();
    let today = app.clock.today();
    sheet.push(Block::Form(form(
        "mois",
        "Clore un mois",
        "Un mois se clôt une fois fini, dans l’ordre.",
        Field::new("mois", "Mois", Kind::Text)
            .hint("Année et mois, comme 2026-09.")
            .value(next.map_or(String::new(), |it| it.to_string())),
        "Clore le mois",
    )));
    let last = state.years.map_or(today.year(), |it| it.1);
    sheet.push(Block::Form(form("cloture", "Clore un exercice", "Ses douze mois sont clos. L’empreinte de sa balance est inscrite au journal : elle ne changera plus.", Field::new("exercice", "Exercice", Kind::Text).value(state.closed_years.last().map_or(state.years.map_or(last, |it| it.0), |it| it.year + 1).to_string()), "Clore l’exercice")));
    sheet.push(Block::Form(form(
        "exercice",
        "Ouvrir un exercice",
        "Les exercices se suivent.",
        Field::new("exercice", "Exercice", Kind::Text)
            .value((state.years.map_or(today.year() - 1, |it| it.1) + 1).to_string()),
        "Ouvrir l’exercice",
    )));
}

fn form(
    id: &'static str,
    heading: &'static str,
    hint: &str,
    field: Field,
    button: &'static str,
) -> SheetForm {
    SheetForm {
        id,
        action: format!("/comptable/periodes/{id}"),
        heading,
        hint: hint.to_owned(),
        fields: vec![field],
        button,
        file: false,
    }
}

/// A year, as written.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Year {
    #[serde(default)]
    exercice: String,
}

/// A month, as written.
#[derive(Debug, Default, Deserialize)]
pub(super) struct OfYear {
    #[serde(default)]
    mois: String,
}

async fn carry_out(
    app: &App,
    session: &Session,
    request: RequestId,
    frame: Frame,
    command: Result<CalendarCommand, Problem>,
) -> Result<Response, Problem> {
    let problem = match command {
        Ok(command) => {
            let meta = app.meta(session.actor(), request);
            match app.ledger.execute::<Calendar>(CalendarId::THE, &command, meta).await {
                Ok(_) => return Ok(Redirect::to("/comptable/periodes").into_response()),
                Err(ExecuteError::Refused(refusal)) => refusal.into(),
                Err(error) => return Err(error.into()),
            }
        }
        Err(problem) => problem,
    };
    Ok(sheet(app, frame, session).await?.refused(&problem))
}

fn year(text: &str) -> Result<i32, Problem> {
    text.trim().parse().map_err(|_| wrong("exercice", "Écrivez une année, comme 2026."))
}

/// Opens a year.
pub(super) async fn open_year(
    State(app): State<App>,
    Accountant(session): Accountant,
    request: RequestId,
    frame: Frame,
    Form(form): Form<Year>,
) -> Result<Response, Problem> {
    let by = session.actor();
    let command = year(&form.exercice).map(|year| CalendarCommand::OpenYear { year, by });
    carry_out(&app, &session, request, frame, command).await
}

/// Closes a month.
pub(super) async fn close_month(
    State(app): State<App>,
    Accountant(session): Accountant,
    request: RequestId,
    frame: Frame,
    Form(form): Form<OfYear>,
) -> Result<Response, Problem> {
    let month: Result<Month, _> = form.mois.trim().parse();
    let (on, by) = (app.clock.today(), session.actor());
    let command = month
        .map(|month| CalendarCommand::CloseMonth { month, on, by })
        .map_err(|_| wrong("mois", "Écrivez une année et un mois, comme 2026-09."));
    carry_out(&app, &session, request, frame, command).await
}

/// Closes a year, with the fingerprint of its trial balance.
pub(super) async fn close_year(
    State(app): State<App>,
    Accountant(session): Accountant,
    request: RequestId,
    frame: Frame,
    Form(form): Form<Year>,
) -> Result<Response, Problem> {
    let command = match year(&form.exercice) {
        Ok(year) => closing(&app, year, session.actor()).await,
        Err(problem) => Err(problem),
    };
    carry_out(&app, &session, request, frame, command).await
}

async fn closing(app: &App, year: i32, by: Actor) -> Result<CalendarCommand, Problem> {
    let reader = reading::latest(app).await?;
    match reader.closing(year, by).map_err(reading::failed)? {
        Closing::Sound(closed) => Ok(CalendarCommand::CloseYear(closed)),
        Closing::Unsound(checks) => {
            let rules: Vec<&str> = checks.0.iter().map(|it| it.rule.as_str()).collect();
            let told = format!(
                "Les contrôles ne concordent pas : {}. La page Contrôles en dit plus.",
                rules.join(", ")
            );
            Err(Problem::new(&kinds::ACT_REFUSED, "the books do not agree").told(told))
        }
    }
}
