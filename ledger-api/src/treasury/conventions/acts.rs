//! What is done with a convention: drawn on, called, amended, given back.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use ledger_core::account::Recipients;
use ledger_core::convention::{Convention, ConventionCommand, ConventionSigned, FundsCalled};
use ledger_core::envelope::{EnvelopeOpened, EnvelopeRefusal};
use ledger_core::ids::{CallId, ConventionId, EnvelopeId};
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::Role;
use ledger_core::process::envelopes::{self, OpenError};
use serde::Deserialize;

use super::{money, one_sheet, unspent};
use crate::app::App;
use crate::audit::filters;
use crate::extract::{Form, Path};
use crate::page::Frame;
use crate::problem::Problem;
use crate::security::RequestId;
use crate::session::{Reader, Session};
use crate::treasury::words::wrong;

/// A sum, a reference, a day, an account: as the act needs.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::treasury) struct Acted {
    montant: String,
    reference: String,
    echeance: String,
    iban: String,
}

async fn carry_out(
    app: App,
    session: Session,
    request: RequestId,
    frame: Frame,
    id: ConventionId,
    command: Result<ConventionCommand, Problem>,
) -> Result<Response, Problem> {
    let problem = match command {
        Ok(command) => {
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
    Ok(one_sheet(&app, frame, &session, id).await?.refused(&problem))
}

/// An envelope, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::treasury) struct Opened {
    cle: String,
    titre: String,
    montant: String,
    reference: String,
    du: String,
    au: String,
}

impl Opened {
    fn read(
        &self,
        id: ConventionId,
        signed: &ConventionSigned,
    ) -> Result<(EnvelopeId, EnvelopeOpened), Problem> {
        let day = |field: &str, text: &str| {
            filters::day(field, Some(text))?.ok_or_else(|| wrong(field, "Donnez une date."))
        };
        let key = self.cle.parse().map_err(|_| wrong("cle", "Rechargez la page."))?;
        let opened = EnvelopeOpened {
            funder: signed.funder,
            funder_name: signed.funder_name.clone(),
            title: self.titre.trim().into(),
            legal_reference: self.reference.trim().into(),
            budget: money(&self.montant)?,
            ratio: 1000,
            valid_from: day("du", &self.du)?,
            valid_until: day("au", &self.au)?,
            priority: signed.priority,
            recipients: Recipients::default(),
            earmark: signed.earmark.clone(),
            convention: Some(id),
        };
        Ok((key, opened))
    }
}

/// Why an envelope is not opened, with the fields as the form calls them.
fn not_opened(error: OpenError) -> Problem {
    match error {
        OpenError::Envelope(ExecuteError::Refused(EnvelopeRefusal::Invalid { field, .. })) => {
            match field {
                "title" => wrong("titre", "Nommez l’enveloppe, en 200 caractères au plus."),
                "legal_reference" => wrong(
                    "reference",
                    "Donnez la délibération ou l’arrêté, en 200 caractères au plus.",
                ),
                "valid_until" => wrong("au", "Le dernier jour vient avant le premier."),
                other => wrong(other, "Rechargez la page."),
            }
        }
        OpenError::Envelope(error) => error.into(),
        OpenError::Convention(error) => error.into(),
        OpenError::NotTheFunders => Problem::not_found("no such convention"),
    }
}

/// Opens an envelope on the convention, which sets its budget aside.
pub(in crate::treasury) async fn open(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<ConventionId>,
    Form(form): Form<Opened>,
) -> Result<Response, Problem> {
    let session = session.acting_as(&[Role::AuthorisingOfficer])?;
    let signed = app.ledger.inspect::<Convention, _>(id, |it| it.signed.clone()).await?;
    let signed = signed.ok_or_else(|| Problem::not_found("no such convention"))?;
    let problem = match form.read(id, &signed) {
        Ok((envelope, opened)) => {
            let meta = app.meta(session.actor(), request);
            match envelopes::open(&app.ledger, envelope, opened, meta).await {
                Ok(_) => {
                    let to = format!("/comptable/conventions/{id}");
                    return Ok(Redirect::to(&to).into_response());
                }
                Err(error) => not_opened(error),
            }
        }
        Err(problem) => problem,
    };
    if problem.status().is_server_error() {
        return Err(problem);
    }
    Ok(one_sheet(&app, frame, &session, id).await?.refused(&problem))
}

/// Asks the collectivité to pay in.
pub(in crate::treasury) async fn call(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<ConventionId>,
    Form(form): Form<Acted>,
) -> Result<Response, Problem> {
    let signed =
        app.ledger.inspect::<Convention, _>(id, |it| it.signed.as_ref().map(|it| it.funder));
    let funder = signed.await?.ok_or_else(|| Problem::not_found("no such convention"))?;
    let read = || {
        let due = filters::day("echeance", Some(&form.echeance))?;
        let due = due.ok_or_else(|| wrong("echeance", "Donnez une date."))?;
        let reference = form.reference.trim();
        Ok(ConventionCommand::Call(FundsCalled {
            funder,
            call: CallId::derived(id.0, reference.as_bytes()),
            reference: reference.into(),
            amount: money(&form.montant)?,
            due,
            by: session.actor(),
        }))
    };
    let command = read();
    carry_out(app, session, request, frame, id, command).await
}

/// More is agreed.
pub(in crate::treasury) async fn amend(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<ConventionId>,
    Form(form): Form<Acted>,
) -> Result<Response, Problem> {
    session.clone().acting_as(&[Role::AuthorisingOfficer])?;
    let command = money(&form.montant).and_then(|amount| match form.reference.trim() {
        "" => Err(wrong("reference", "Nommez l’avenant.")),
        reference => Ok(ConventionCommand::Amend { amount, legal_reference: reference.into() }),
    });
    carry_out(app, session, request, frame, id, command).await
}

/// Orders that what is left goes back.
pub(in crate::treasury) async fn give_back(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<ConventionId>,
    Form(form): Form<Acted>,
) -> Result<Response, Problem> {
    let state = app.ledger.state::<Convention>(id).await?;
    let unspent = unspent(&app, &state).await?;
    let told = "Écrivez un IBAN, comme FR76 3000 6000 0112 3456 7890 189.";
    let command = money(&form.montant).and_then(|amount| {
        Ok(ConventionCommand::OrderReturn {
            amount,
            unspent,
            iban: form.iban.parse().map_err(|_| wrong("iban", told))?,
            on: app.clock.today(),
            by: session.actor(),
        })
    });
    carry_out(app, session, request, frame, id, command).await
}
