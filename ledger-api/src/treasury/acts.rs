//! `POST /comptable/reglements/{id}/…`: one act on one settlement; it answers with its page, where
//! a refusal stands above all else.

use std::collections::HashMap;

use axum::extract::{Multipart, State};
use axum::response::{IntoResponse, Redirect, Response};
use ledger_core::ids::SettlementId;
use ledger_core::ledger::ExecuteError;
use ledger_core::money::Budget;
use ledger_core::process::settlements::Certification;
use ledger_core::settlement::{
    Check, CheckResult, LineChecked, Settlement, SettlementCommand, StatementReceived, Voucher,
    VoucherKind,
};
use serde::Deserialize;

use super::documents;
use super::evidence;
use super::settlement::sheet;
use super::uploads;
use super::words::{settlement_path, wrong};
use crate::app::App;
use crate::audit::filters;
use crate::extract::{Form, Path};
use crate::page::Frame;
use crate::problem::Problem;
use crate::security::RequestId;
use crate::session::{Reader, Session};
use crate::workers::settlements::certify_all;

/// What stands around an act: who does it, in which request, on which settlement.
struct Act {
    app: App,
    session: Session,
    request: RequestId,
    frame: Frame,
    id: SettlementId,
}

impl Act {
    /// Carries out `command`; then the settlement's page, or why not above it.
    async fn carry_out(
        self,
        command: Result<SettlementCommand, Problem>,
    ) -> Result<Response, Problem> {
        let command = match command {
            Ok(command) => command,
            Err(problem) => return self.refused(&problem).await,
        };
        let meta = self.app.meta(self.session.actor(), self.request);
        match self.app.ledger.execute::<Settlement>(self.id, &command, meta).await {
            Ok(_) => {
                documents::keep(&self.app, self.id, &command, meta).await?;
                Ok(Redirect::to(&settlement_path(self.id)).into_response())
            }
            Err(ExecuteError::Refused(refusal)) => self.refused(&refusal.into()).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn refused(self, problem: &Problem) -> Result<Response, Problem> {
        let by = self.session.actor();
        Ok(sheet(&self.app, self.frame, self.id, by).await?.refused(problem))
    }
}

/// A form of one text.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Written {
    #[serde(default)]
    texte: String,
}

/// Certifies service done before it is presumed.
pub(super) async fn certify(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<SettlementId>,
) -> Result<Response, Problem> {
    let state = app.ledger.state::<Settlement>(id).await?;
    let Some(prepared) = state.prepared else { return Err(Problem::not_found("no settlement")) };
    let (on, by) = (app.clock.today(), session.actor());
    let seed = app.clock.opaque_id().as_u64_pair().1;
    let certification = Certification { on, by, seed };
    let meta = app.meta(by, request);
    match certify_all(&app, prepared.on, &[id], certification, meta).await {
        Ok(()) => Ok(Redirect::to(&settlement_path(id)).into_response()),
        Err(failure) => {
            let problem = Problem::new(&crate::problem::kinds::ACT_REFUSED, failure);
            Ok(sheet(&app, frame, id, by).await?.refused(&problem))
        }
    }
}

/// A partner's statement, as it was received.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Stated {
    #[serde(default)]
    reference: String,
    #[serde(default)]
    date: String,
    #[serde(default)]
    montant: String,
}

/// Records what the partner states.
pub(super) async fn statement(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<SettlementId>,
    Form(form): Form<Stated>,
) -> Result<Response, Problem> {
    let received = app.clock.today();
    let by = session.actor();
    let read = || {
        let dated = filters::day("date", Some(&form.date))?;
        let dated = dated.ok_or_else(|| wrong("date", "Donnez la date du relevé."))?;
        if dated > received {
            return Err(wrong("date", "La date du relevé n’est pas encore venue."));
        }
        let amount: Result<Budget, _> = form.montant.parse();
        let told = "Écrivez une somme en euros, comme 1 250,00.";
        let amount = amount.map_err(|_| wrong("montant", told))?.into();
        let reference = form.reference.trim().into();
        Ok(SettlementCommand::ReceiveStatement(StatementReceived {
            reference,
            dated,
            received,
            amount,
            by,
        }))
    };
    let command = read();
    Act { app, session, request, frame, id }.carry_out(command).await
}

/// Gives the order to pay.
pub(super) async fn order(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<SettlementId>,
) -> Result<Response, Problem> {
    let command = SettlementCommand::Order { on: app.clock.today(), by: session.actor() };
    Act { app, session, request, frame, id }.carry_out(Ok(command)).await
}

/// What was seen of one purchase of the sample.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Seen {
    #[serde(default)]
    achat: String,
    conforme: Option<String>,
    #[serde(default)]
    note: String,
}

/// Notes what was seen of one purchase.
pub(super) async fn check_line(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<SettlementId>,
    Form(form): Form<Seen>,
) -> Result<Response, Problem> {
    let by = session.actor();
    let purchase = form.achat.parse().map_err(|_| wrong("achat", "Rechargez la page."));
    let command = purchase.map(|purchase| {
        let (conform, note) = (form.conforme.is_some(), form.note.trim().into());
        SettlementCommand::CheckLine(LineChecked { purchase, conform, note, by })
    });
    Act { app, session, request, frame, id }.carry_out(command).await
}

/// Gives the visa, if every check was made and passed.
pub(super) async fn visa(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<SettlementId>,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Response, Problem> {
    let state = app.ledger.state::<Settlement>(id).await?;
    let checks = evidence::of(&app, id, &state).await?.into_iter().map(|it| {
        let name = it.check.name();
        let note = form.get(&format!("{name}_note")).map(|it| it.trim()).unwrap_or_default();
        // What the ledger finds wrong passes only with the accountant's own words for it.
        let passed = form.contains_key(name) && (it.passed || !note.is_empty());
        CheckResult { check: it.check, passed, evidence: it.text.into(), note: note.into() }
    });
    let checks = checks.collect();
    let command =
        SettlementCommand::GrantVisa { checks, on: app.clock.today(), by: session.actor() };
    Act { app, session, request, frame, id }.carry_out(Ok(command)).await
}

/// Suspends the payment.
pub(super) async fn suspend(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<SettlementId>,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Response, Problem> {
    let failed = Check::ALL.into_iter().filter(|it| form.contains_key(it.name())).collect();
    let reason = form.get("motif").map(|it| it.trim()).unwrap_or_default().into();
    let command =
        SettlementCommand::Suspend { failed, reason, on: app.clock.today(), by: session.actor() };
    Act { app, session, request, frame, id }.carry_out(Ok(command)).await
}

/// Answers a suspension.
pub(super) async fn answer(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<SettlementId>,
    Form(form): Form<Written>,
) -> Result<Response, Problem> {
    let (answer, on, by) = (form.texte.trim().into(), app.clock.today(), session.actor());
    let command = SettlementCommand::Answer { answer, on, by };
    Act { app, session, request, frame, id }.carry_out(Ok(command)).await
}

/// Orders the accountant to pay all the same.
pub(super) async fn requisition(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<SettlementId>,
    Form(form): Form<Written>,
) -> Result<Response, Problem> {
    let (reason, on, by) = (form.texte.trim().into(), app.clock.today(), session.actor());
    let command = SettlementCommand::Requisition { reason, on, by };
    Act { app, session, request, frame, id }.carry_out(Ok(command)).await
}

/// Closes it without a payment.
pub(super) async fn set_off(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<SettlementId>,
) -> Result<Response, Problem> {
    let command = SettlementCommand::SetOff { on: app.clock.today(), by: session.actor() };
    Act { app, session, request, frame, id }.carry_out(Ok(command)).await
}

/// Keeps a file with it: first the bytes, then their fingerprint.
pub(super) async fn attach(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<SettlementId>,
    form: Multipart,
) -> Result<Response, Problem> {
    let by = session.actor();
    let command = match uploads::read(form).await {
        Ok(sent) => {
            let kind = sent.fields.get("nature").and_then(|it| it.parse::<usize>().ok());
            let kind = kind.and_then(|it| VoucherKind::ALL.get(it).copied());
            let kind = kind.filter(|it| *it != VoucherKind::Title).unwrap_or(VoucherKind::Other);
            let voucher = Voucher::of(kind, &sent.name, &sent.media_type, &sent.content);
            if voucher.is_named() {
                app.vouchers.keep(&sent.content).map_err(Problem::internal)?;
            }
            Ok(SettlementCommand::Attach { voucher, by })
        }
        Err(problem) => Err(problem),
    };
    Act { app, session, request, frame, id }.carry_out(command).await
}
