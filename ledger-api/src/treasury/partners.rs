//! `/comptable/partenaires`: who sells, where they are paid, who proposed and who approved it.
//!
//! The read models hold no bank details: which partners there are is read from them, what each of
//! them is, from its stream.

pub(super) mod fee;
pub(super) mod known;
pub(super) mod one;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use ledger_core::identifiers::Siret;
use ledger_core::ids::PartnerId;
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::{Actor, accounting_day};
use ledger_core::partner::{Partner, PartnerCommand, PartnerRegistered};
use projections::table::{Cell, Table};
use serde::Deserialize;

use super::words::{who, wrong};
use crate::app::App;
use crate::audit::export;
use crate::extract::Form;
use crate::format::count;
use crate::page::Frame;
use crate::problem::Problem;
use crate::security::RequestId;
use crate::session::{Reader, Session};
use crate::sheet::{Block, Field, Kind, Sheet, SheetForm, SheetTable};
use known::Known;

/// Where a partner is shown.
pub(super) fn path(id: PartnerId) -> String {
    format!("/comptable/partenaires/{id}")
}

/// Shows them.
pub(super) async fn show(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
) -> Result<Response, Problem> {
    Ok(sheet(&app, frame, &Registered::default()).await?.answer())
}

async fn sheet(app: &App, frame: Frame, typed: &Registered) -> Result<Sheet, Problem> {
    let (all, position) = known::all(app).await?;
    let lead = "Un partenaire vend ses offres dès son inscription. Il n’est payé que lorsque ses coordonnées bancaires sont approuvées par une autre personne que celle qui les a proposées.";
    let mut sheet = Sheet::new(frame, "Partenaires", lead);
    sheet.files.push(("Télécharger (CSV)", "/comptable/partenaires.csv".to_owned()));
    let mut shown = SheetTable::new("partenaires", "Partenaires, par nom", table(&all));
    shown.links = all.iter().map(|it| vec![(0, path(it.id))]).collect();
    shown.empty = "Aucun partenaire n’est inscrit.";
    sheet.push(Block::Table(shown));
    sheet.heading("inscription", "Inscription");
    sheet.push(Block::Form(registering(typed)));
    sheet.position = Some(position);
    Ok(sheet)
}

/// The same, for a spreadsheet.
pub(super) async fn csv(State(app): State<App>, _: Reader) -> Result<Response, Problem> {
    let (all, _) = known::all(&app).await?;
    let mut table = table(&all);
    table.totals.clear();
    export::table("partenaires.csv", &table)
}

fn table(all: &[Known]) -> Table {
    let row = |it: &Known| {
        let (proposed, approved) = (it.state.proposed.as_ref(), it.state.approved.as_ref());
        let iban = proposed.map(|it| &it.iban).or(approved.map(|it| &it.iban));
        let proposed_by = proposed.map(|it| it.by).or(approved.map(|it| it.proposed_by));
        let approved_by = approved.filter(|_| proposed.is_none()).map(|it| it.by);
        let person = |by: Option<Actor>| by.map_or(Cell::Empty, |it| Cell::text(who(it)));
        vec![
            Cell::text(it.name()),
            Cell::text(it.siren()),
            Cell::text(if it.state.suspended.is_some() { "suspendu" } else { "vend" }),
            Cell::text(details(&it.state)),
            iban.map_or(Cell::Empty, |it| Cell::text(masked(it.as_str()))),
            person(proposed_by),
            person(approved_by),
            it.since.map_or(Cell::Empty, |it| Cell::Day(accounting_day(it))),
        ]
    };
    let number = |of: &dyn Fn(&Partner) -> bool| all.iter().filter(|it| of(&it.state)).count();
    let suspended = number(&|it| it.suspended.is_some());
    let waiting = number(&|it| it.proposed.is_some());
    let approved = number(&|it| it.approved.is_some() && it.proposed.is_none());
    let total = vec![
        Cell::text(format!("Total : {}", count(all.len(), "partenaire", "partenaires"))),
        Cell::Empty,
        Cell::text(count(suspended, "suspendu", "suspendus")),
        Cell::text(format!("{}, {waiting} à approuver", count(approved, "approuvé", "approuvés"))),
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
    ];
    Table {
        headings: vec![
            "partenaire",
            "SIREN",
            "état",
            "coordonnées_bancaires",
            "IBAN",
            "proposées_par",
            "approuvées_par",
            "depuis_le",
        ],
        rows: all.iter().map(row).collect(),
        totals: if all.is_empty() { vec![] } else { vec![total] },
    }
}

/// How far a partner's bank details are.
fn details(it: &Partner) -> &'static str {
    match (&it.approved, &it.proposed) {
        (Some(_), None) => "approuvées",
        (Some(_), Some(_)) => "nouvelles à approuver",
        (None, Some(_)) => "à approuver",
        (None, None) => "aucune",
    }
}

/// An IBAN but for its last four characters: `FR76 … 2606`.
fn masked(iban: &str) -> String {
    let (head, tail) = (iban.get(..4), iban.get(iban.len().saturating_sub(4)..));
    format!("{}\u{a0}…\u{a0}{}", head.unwrap_or_default(), tail.unwrap_or_default())
}

fn registering(typed: &Registered) -> SheetForm {
    SheetForm {
        id: "inscrire",
        action: "/comptable/partenaires".to_owned(),
        heading: "Inscrire un partenaire",
        hint: "Un établissement n’est inscrit qu’une fois ; son nom et sa convention ne changent plus.".to_owned(),
        fields: vec![
            Field::new("siret", "SIRET", Kind::Text)
                .hint("Quatorze chiffres ; les neuf premiers sont son SIREN.")
                .value(&typed.siret),
            Field::new("nom", "Nom", Kind::Text).value(&typed.nom),
            Field::new("convention", "Convention signée", Kind::Text)
                .hint("Son numéro ou son intitulé.")
                .value(&typed.convention),
        ],
        button: "Inscrire le partenaire",
        file: false,
    }
}

/// A partner, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Registered {
    siret: String,
    nom: String,
    convention: String,
}

impl Registered {
    fn read(&self) -> Result<PartnerRegistered, Problem> {
        let digits: String = self.siret.chars().filter(|it| !it.is_whitespace()).collect();
        let siret: Result<Siret, _> = digits.parse();
        let told = "Écrivez un SIRET, quatorze chiffres, sans faute de frappe.";
        Ok(PartnerRegistered {
            siret: siret.map_err(|_| wrong("siret", told))?,
            name: self.nom.trim().into(),
            agreement: self.convention.trim().into(),
        })
    }
}

/// Registers one.
pub(super) async fn register(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Form(form): Form<Registered>,
) -> Result<Response, Problem> {
    let problem = match carry_out(&app, &session, request, form.read()).await? {
        Ok(response) => return Ok(response),
        Err(problem) => problem,
    };
    Ok(sheet(&app, frame, &form).await?.refused(&problem))
}

async fn carry_out(
    app: &App,
    session: &Session,
    request: RequestId,
    registered: Result<PartnerRegistered, Problem>,
) -> Result<Result<Response, Problem>, Problem> {
    let registered = match registered {
        Ok(registered) => registered,
        Err(problem) => return Ok(Err(problem)),
    };
    let id = PartnerId::of(registered.siret);
    let command = PartnerCommand::Register(registered);
    let meta = app.meta(session.actor(), request);
    match app.ledger.execute::<Partner>(id, &command, meta).await {
        Ok(_) => Ok(Ok(Redirect::to(&path(id)).into_response())),
        Err(ExecuteError::Refused(refusal)) => Ok(Err(refusal.into())),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_shows_the_last_four_of_an_iban() {
        assert_eq!(masked("FR1420041010050500013M02606"), "FR14\u{a0}…\u{a0}2606");
        assert_eq!(masked(""), "\u{a0}…\u{a0}");
    }
}
