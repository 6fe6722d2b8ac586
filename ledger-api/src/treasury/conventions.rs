//! `/comptable/conventions`: what collectivités put in, what they are asked for, what arrived, and
//! what goes back.

pub(super) mod acts;
mod forms;
pub(super) mod returns;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use ledger_core::account::Earmark;
use ledger_core::convention::{CarryOver, Convention, ConventionCommand, ConventionSigned};
use ledger_core::ids::ConventionId;
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::Role;
use ledger_core::money::{Balance, Budget};
use projections::table::{Cell, Table};
use serde::Deserialize;

use super::words::{who, wrong};
use crate::app::App;
use crate::audit::filters;
use crate::audit::names::Names;
use crate::extract::{Form, Path};
use crate::format::short_date;
use crate::page::Frame;
use crate::problem::Problem;
use crate::reading;
use crate::security::RequestId;
use crate::session::{Reader, Session};
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
    let reader = reading::latest(app).await?;
    let all = reader.conventions(None).map_err(reading::failed)?;
    let lead = "Chaque collectivité verse selon sa convention (CGCT, art. L.1611-7), après avis conforme du comptable. L’État délègue ses fonds par programme, sur ses enveloppes.";
    let mut sheet = Sheet::new(frame, "Conventions", lead);
    let sum = |of: fn(&Convention) -> Balance| Cell::Sum(all.iter().map(|it| of(&it.1)).sum());
    let rows = all.iter().filter_map(|(_, it)| {
        let signed = it.signed.as_ref()?;
        Some(vec![
            Cell::text(&signed.title),
            Cell::text(&signed.funder_name),
            Cell::Day(signed.from),
            Cell::Day(signed.until),
            Cell::Sum(it.amount),
            Cell::Sum(it.called),
            Cell::Sum(it.received),
            Cell::moved(it.outstanding()),
            Cell::moved(it.returned),
        ])
    });
    let total = vec![
        Cell::text("Total"),
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
        sum(|it| it.amount),
        sum(|it| it.called),
        sum(|it| it.received),
        sum(Convention::outstanding),
        sum(|it| it.returned),
    ];
    let table = Table {
        headings: vec![
            "convention",
            "collectivité",
            "du",
            "au",
            "montant",
            "appelé",
            "reçu",
            "reste_à_recevoir",
            "restitué",
        ],
        rows: rows.collect(),
        totals: if all.is_empty() { vec![] } else { vec![total] },
    };
    let mut shown = SheetTable::new("conventions", "Conventions", table);
    shown.links =
        all.iter().map(|(id, _)| vec![(0, format!("/comptable/conventions/{id}"))]).collect();
    shown.empty = "Aucune convention n’est signée.";
    sheet.push(Block::Table(shown));
    if session.role == Role::AuthorisingOfficer {
        sheet.heading("signature", "Signature");
        sheet.push(Block::Form(signing(app)));
    }
    sheet.position = Some(reader.position());
    Ok(sheet)
}

fn signing(app: &App) -> SheetForm {
    let carry =
        [("restitue", "Restitué à la collectivité"), ("reporte", "Reporté sur l’année suivante")];
    let carry = carry.map(|(value, label)| (value.to_owned(), label.to_owned()));
    SheetForm {
        id: "signer",
        action: "/comptable/conventions".to_owned(),
        heading: "Signer une convention",
        hint: String::new(),
        fields: vec![
            Field::new("cle", "", Kind::Hidden).value(ConventionId(app.clock.id()).to_string()),
            Field::new("siren", "SIREN de la collectivité", Kind::Text),
            Field::new("collectivite", "Nom de la collectivité", Kind::Text),
            Field::new("titre", "Objet", Kind::Text),
            Field::new("reference", "Délibération et numéro", Kind::Text),
            Field::new("avis", "Avis conforme du comptable", Kind::Text),
            Field::new("montant", "Montant, en euros", Kind::Money),
            Field::new("du", "Premier jour", Kind::Day),
            Field::new("au", "Dernier jour", Kind::Day),
            Field::new("priorite", "Priorité, de 1 (paie d’abord) à 9", Kind::Text).value("5"),
            Field::new("solde", "Ce qui reste en fin d’année est", Kind::Choice(carry.to_vec())),
        ],
        button: "Signer la convention",
        file: false,
    }
}

/// A convention, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Signed {
    cle: String,
    siren: String,
    collectivite: String,
    titre: String,
    reference: String,
    avis: String,
    montant: String,
    du: String,
    au: String,
    priorite: String,
    solde: String,
}

impl Signed {
    fn read(
        &self,
        by: ledger_core::meta::Actor,
    ) -> Result<(ConventionId, ConventionCommand), Problem> {
        let id = self.cle.parse().map_err(|_| wrong("cle", "Rechargez la page."))?;
        let told = "Écrivez un SIREN, neuf chiffres.";
        let funder =
            format!("siren:{}", self.siren.trim()).parse().map_err(|_| wrong("siren", told))?;
        let amount = money(&self.montant)?;
        let day = |field: &str, text: &str| {
            filters::day(field, Some(text))?.ok_or_else(|| wrong(field, "Donnez une date."))
        };
        let told = "Écrivez un nombre de 1 à 9.";
        let signed = ConventionSigned {
            funder,
            funder_name: self.collectivite.trim().into(),
            title: self.titre.trim().into(),
            legal_reference: self.reference.trim().into(),
            assent: self.avis.trim().into(),
            amount,
            from: day("du", &self.du)?,
            until: day("au", &self.au)?,
            priority: self.priorite.trim().parse().map_err(|_| wrong("priorite", told))?,
            earmark: Earmark::default(),
            carry_over: if self.solde == "reporte" {
                CarryOver::Carried
            } else {
                CarryOver::Returned
            },
            by,
        };
        Ok((id, ConventionCommand::Sign(Box::new(signed))))
    }
}

fn money(text: &str) -> Result<Budget, Problem> {
    text.parse().map_err(|_| wrong("montant", "Écrivez une somme en euros, comme 12 500,00."))
}

/// Signs one.
pub(super) async fn sign(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Form(form): Form<Signed>,
) -> Result<Response, Problem> {
    let problem = match form.read(session.actor()) {
        Ok((id, command)) => {
            let meta = app.meta(session.actor(), request);
            match app.ledger.execute::<Convention>(id, &command, meta).await {
                Ok(_) => {
                    return Ok(
                        Redirect::to(&format!("/comptable/conventions/{id}")).into_response()
                    );
                }
                Err(ExecuteError::Refused(refusal)) => refusal.into(),
                Err(error) => return Err(error.into()),
            }
        }
        Err(problem) => problem,
    };
    Ok(sheet(&app, frame, &session).await?.refused(&problem))
}

/// One convention: its calls, its envelopes, what is left.
pub(super) async fn one(
    State(app): State<App>,
    Reader(session): Reader,
    frame: Frame,
    Path(id): Path<ConventionId>,
) -> Result<Response, Problem> {
    Ok(one_sheet(&app, frame, &session, id).await?.answer())
}

/// What of a convention is received and not spent: the least of both, since other money of the
/// same collectivité may stand beside it.
async fn unspent(app: &App, state: &Convention) -> Result<Balance, Problem> {
    let mut delivered = Balance::ZERO;
    let reader = reading::latest(app).await?;
    for envelope in state.drawn.keys() {
        delivered = delivered.and(reader.consumption(*envelope).map_err(reading::failed)?.engaged);
    }
    Ok(state.received.beyond(delivered).beyond(state.returned))
}

fn facts(id: ConventionId, signed: &ConventionSigned) -> Vec<Fact> {
    vec![
        Fact::new("SIREN", signed.funder.auxiliary()),
        Fact::new("Référence", &signed.legal_reference),
        Fact::new("Avis du comptable", &signed.assent),
        Fact::new("Priorité", signed.priority),
        Fact::new(
            "Solde en fin d’année",
            match signed.carry_over {
                CarryOver::Returned => "restitué à la collectivité",
                CarryOver::Carried => "reporté sur l’année suivante",
            },
        ),
        Fact::new("Reddition de comptes", "par année")
            .leading(format!("/comptable/reddition?financeur={}", signed.funder)),
        Fact::new("Événements", id)
            .leading(format!("/comptable/flux/{}", ledger_core::stream::StreamId::from(id))),
    ]
}

async fn one_sheet(
    app: &App,
    frame: Frame,
    session: &Session,
    id: ConventionId,
) -> Result<Sheet, Problem> {
    let state = app.ledger.state::<Convention>(id).await?;
    let signed = state.signed.as_ref().ok_or_else(|| Problem::not_found("no such convention"))?;
    let unspent = unspent(app, &state).await?;
    let (names, position) = {
        let reader = reading::latest(app).await?;
        (Names::read(&reader).map_err(reading::failed)?, reader.position())
    };
    let mut sheet = Sheet::new(frame, format!("{}, {}", signed.funder_name, signed.title), "");
    sheet.above.push(("/comptable/conventions", "Conventions"));
    sheet.push(Block::Figures(vec![
        (
            "Montant",
            state.amount.to_string(),
            format!("du {} au {}", short_date(signed.from), short_date(signed.until)),
        ),
        ("Appelé", state.called.to_string(), format!("reste à recevoir : {}", state.outstanding())),
        ("Reçu", state.received.to_string(), String::new()),
        ("Avance non employée", unspent.to_string(), "reçu, ni engagé ni restitué".to_owned()),
    ]));
    sheet.push(Block::Facts(facts(id, signed)));
    let rows = state.calls.iter().map(|it| {
        vec![
            Cell::text(&it.reference),
            Cell::Sum(it.amount.into()),
            Cell::Day(it.due),
            Cell::text(who(it.by)),
        ]
    });
    let table = Table {
        headings: vec!["appel", "montant", "à_verser_avant_le", "par"],
        rows: rows.collect(),
        totals: vec![vec![Cell::text("Total"), Cell::Sum(state.called), Cell::Empty, Cell::Empty]],
    };
    let mut shown = SheetTable::new("appels", "Appels de fonds", table);
    shown.empty = "Aucun appel de fonds.";
    sheet.push(Block::Table(shown));
    let rows = state.drawn.iter().map(|(envelope, amount)| {
        vec![Cell::text(names.envelope(*envelope)), Cell::Sum((*amount).into())]
    });
    let table =
        Table { headings: vec!["enveloppe", "montant"], rows: rows.collect(), totals: vec![] };
    let mut shown = SheetTable::new("enveloppes", "Enveloppes qui en relèvent", table);
    shown.links =
        state.drawn.keys().map(|it| vec![(0, format!("/comptable/consommation/{it}"))]).collect();
    shown.empty = "Aucune enveloppe n’en relève encore.";
    sheet.push(Block::Table(shown));
    forms::push(app, &mut sheet, session, id, &state, unspent);
    sheet.position = Some(position);
    Ok(sheet)
}
