//! What goes back to a collectivité: sent, given to the bank as a file, and what the bank says of it.

use axum::extract::{Multipart, State};
use axum::response::{IntoResponse, Redirect, Response};
use ledger_core::convention::{Convention, ConventionCommand};
use ledger_core::digest::Digest;
use ledger_core::ids::ConventionId;
use ledger_core::meta::Role;
use ledger_core::process::returns;
use ledger_core::process::returns::ReturnsError;

use super::forms::form;
use super::one_sheet;
use crate::app::App;
use crate::audit::export;
use crate::extract::Path;
use crate::format::long_date;
use crate::iso20022::status_report::StatusReport;
use crate::page::Frame;
use crate::problem::{Problem, kinds};
use crate::security::RequestId;
use crate::session::{Accountant, Reader, Session};
use crate::sheet::{Block, Field, Kind, Sheet, SheetForm};
use crate::treasury::bank_files::{self, not_read};
use crate::treasury::remittances::paying_account;
use crate::treasury::uploads;
use crate::treasury::words::who;

/// Shows the return under way, and what can be done with it.
pub(super) fn shown(sheet: &mut Sheet, session: &Session, id: ConventionId, state: &Convention) {
    let Some(returning) = &state.returning else { return };
    let (ordered, accountant) = (&returning.ordered, session.role == Role::Accountant);
    if let Some(reason) = &returning.failed {
        let why = if reason.is_empty() { String::new() } else { format!(" (motif {reason})") };
        let told = format!(
            "La restitution de {} n’a pas été faite par la banque{why} : elle est à émettre de nouveau, ou à ordonner autrement.",
            ordered.amount
        );
        sheet.push(Block::Notice("warning", told));
    }
    let Some(sent) = &returning.sent else {
        if accountant {
            let hint = format!(
                "{} ordonnés le {} par {}. Référence du virement : {}.",
                ordered.amount,
                long_date(ordered.on),
                who(ordered.by),
                state.next_end_to_end(id)
            );
            let heading = "Payer la restitution";
            sheet.push(form(id, "virement", heading, hint, vec![], "Émettre le virement"));
        }
        return;
    };
    let told = format!(
        "Restitution de {} émise, référence {} ; son débit est attendu sur le relevé.",
        ordered.amount, sent.end_to_end
    );
    sheet.push(Block::Notice("info", told));
    if accountant {
        let path = format!("/comptable/conventions/{id}/virement.xml");
        sheet.files.push(("Restitution, fichier pour la banque (pain.001)", path));
        sheet.push(Block::Form(SheetForm {
            id: "reponse",
            action: format!("/comptable/conventions/{id}/reponse"),
            heading: "Importer la réponse de la banque",
            hint: "Le compte rendu de paiement (pain.002) de cette restitution.".to_owned(),
            fields: vec![Field::new("fichier", "Fichier pain.002", Kind::File)],
            button: "Importer la réponse",
            file: true,
        }));
    }
}

/// Pays it.
pub(in crate::treasury) async fn send_return(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<ConventionId>,
) -> Result<Response, Problem> {
    let meta = app.meta(session.actor(), request);
    let sent = async {
        let account = paying_account(&app).await?;
        returns::send(&app.ledger, id, account, app.clock.today(), meta).await.map_err(refused)
    };
    match sent.await {
        Ok(()) => Ok(Redirect::to(&format!("/comptable/conventions/{id}")).into_response()),
        Err(problem) => Ok(one_sheet(&app, frame, &session, id).await?.refused(&problem)),
    }
}

fn refused(error: ReturnsError) -> Problem {
    match error {
        ReturnsError::Convention(it) => it.into(),
        ReturnsError::Bank(it) => it.into(),
    }
}

/// Its file for the bank, while it is on its way there: the same bytes each time.
pub(in crate::treasury) async fn file(
    State(app): State<App>,
    _: Accountant,
    Path(id): Path<ConventionId>,
) -> Result<Response, Problem> {
    let state = app.ledger.state::<Convention>(id).await?;
    let under_way = || {
        let returning = state.returning.as_ref()?;
        Some((state.signed.as_ref()?, &returning.ordered, returning.sent.as_ref()?))
    };
    let (signed, ordered, sent) =
        under_way().ok_or_else(|| Problem::not_found("no return is under way"))?;
    let content = bank_files::given_back(signed, ordered, sent)?;
    let name = format!("pain.001-{}.xml", sent.end_to_end);
    Ok(export::saved("application/xml", &name, content.into()))
}

/// Takes in what the bank said of it; refused, it is to be sent again.
pub(in crate::treasury) async fn answered(
    State(app): State<App>,
    Accountant(session): Accountant,
    request: RequestId,
    frame: Frame,
    Path(id): Path<ConventionId>,
    form: Multipart,
) -> Result<Response, Problem> {
    let meta = app.meta(session.actor(), request);
    let taken = async {
        let sent = uploads::read(form).await?;
        let report = StatusReport::read(&sent.content).map_err(not_read)?;
        let end_to_end = report.original_message.clone();
        if ConventionId::of_end_to_end(&end_to_end) != Some(id) {
            let told = format!(
                "Ce compte rendu parle de la remise {end_to_end}, pas d’une restitution de cette convention."
            );
            return Err(Problem::new(&kinds::FILE_REFUSED, "another transfer").told(told));
        }
        app.vouchers.keep(&sent.content).map_err(Problem::internal)?;
        let (accepted, reason) = bank_files::answer(&report, &end_to_end, &end_to_end);
        if accepted == Some(false) {
            let report = Digest::of(&sent.content);
            let reject = ConventionCommand::RejectReturn { end_to_end, reason, report };
            app.ledger.execute::<Convention>(id, &reject, meta).await?;
        }
        Ok(match accepted {
            Some(true) => ("success", "La banque accepte le virement."),
            Some(false) => {
                ("warning", "La banque rejette le virement : il est à émettre de nouveau.")
            }
            None => ("info", "La banque ne se prononce pas encore."),
        })
    };
    match taken.await {
        Ok((tone, told)) => {
            let frame = frame.with_notice(tone, told.to_owned());
            Ok(one_sheet(&app, frame, &session, id).await?.answer())
        }
        Err(problem) => Ok(one_sheet(&app, frame, &session, id).await?.refused(&problem)),
    }
}
