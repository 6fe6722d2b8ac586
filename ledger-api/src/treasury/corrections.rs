//! `/comptable/corrections`: prepared by one accountant, approved by another; nothing is edited.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use ledger_core::chart::LedgerAccount;
use ledger_core::correction::{
    CorrectedLine, CorrectedSide, Correction, CorrectionCommand, CorrectionProposed,
    CorrectionStage,
};
use ledger_core::ids::CorrectionId;
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::{Actor, Role};
use ledger_core::money::{Balance, Budget};
use projections::reports::conventions::CorrectionRow;
use projections::table::{Cell, Table};
use serde::Deserialize;

use super::words::{who, wrong};
use crate::app::App;
use crate::extract::{Form, Path};
use crate::page::Frame;
use crate::problem::Problem;
use crate::reading;
use crate::security::RequestId;
use crate::session::{Accountant, Reader, Session};
use crate::sheet::{Block, Field, Kind, Sheet, SheetForm, SheetTable};

/// Accounts that are corrected by hand.
const BY_HAND: [LedgerAccount; 7] = [
    LedgerAccount::Partners,
    LedgerAccount::PartnersNotInvoiced,
    LedgerAccount::PartnersCredits,
    LedgerAccount::ReturnedTransfers,
    LedgerAccount::UnknownReceipts,
    LedgerAccount::UnknownPayments,
    LedgerAccount::BankCharges,
];

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
    let rows = reader.corrections().map_err(reading::failed)?;
    let lead = "Une correction nomme l’événement qu’elle corrige. Une personne la prépare, une autre l’approuve ; rien n’est modifié ni effacé.";
    let mut sheet = Sheet::new(frame, "Corrections", lead);
    let mut shown = SheetTable::new(
        "corrections",
        "Corrections, de la plus récente à la plus ancienne",
        table(&rows),
    );
    shown.links = rows
        .iter()
        .map(|it| {
            let corrects = it.state.proposed.as_ref().map_or(0, |it| it.corrects);
            vec![
                (0, format!("/comptable/flux/{}", ledger_core::stream::StreamId::from(it.id))),
                (2, format!("/comptable/evenement/{corrects}")),
            ]
        })
        .collect();
    shown.empty = "Aucune correction.";
    sheet.push(Block::Table(shown));
    if session.role == Role::Accountant {
        deciding(&mut sheet, &rows, session.actor());
        sheet.push(preparing(app));
    }
    sheet.position = Some(reader.position());
    Ok(sheet)
}

/// The forms with which open corrections are decided on.
fn deciding(sheet: &mut Sheet, rows: &[CorrectionRow], by: Actor) {
    let open = rows.iter().filter(|it| it.state.stage == CorrectionStage::Proposed);
    for (nth, it) in open.enumerate() {
        let Some(proposed) = &it.state.proposed else { continue };
        let ids = ["fin-1", "fin-2", "fin-3", "fin-4", "fin-5"];
        let Some(id) = ids.get(nth) else { break };
        let own = proposed.by.id == by.id;
        let hint = if own {
            format!(
                "{} — préparée par vous : une autre personne doit l’approuver.",
                proposed.reason
            )
        } else {
            format!("{} — préparée par {}.", proposed.reason, who(proposed.by))
        };
        let choices = [("approuver", "Approuver"), ("abandonner", "Abandonner")];
        let choices = choices.map(|(value, label)| (value.to_owned(), label.to_owned()));
        sheet.push(Block::Form(SheetForm {
            id,
            action: format!("/comptable/corrections/{}", it.id),
            heading: "Approuver ou abandonner",
            hint,
            fields: vec![
                Field::new("decision", "Décision", Kind::Choice(choices.to_vec())).value(if own {
                    "abandonner"
                } else {
                    "approuver"
                }),
                Field::new("motif", "Motif, pour un abandon", Kind::Text),
            ],
            button: "Décider",
            file: false,
        }));
    }
}

/// The form with which one is prepared.
fn preparing(app: &App) -> Block {
    let accounts = BY_HAND.map(|it| (it.number().to_string(), format!("{it} {}", it.title())));
    let siren = "SIREN du partenaire, pour les comptes 401, 408, 409 et 466.";
    Block::Form(SheetForm {
            id: "preparer",
            action: "/comptable/corrections".to_owned(),
            heading: "Préparer une correction",
            hint: "Les fonds, les droits et la banque ne se corrigent pas ici : ils découlent de leurs propres événements.".to_owned(),
            fields: vec![
                Field::new("cle", "", Kind::Hidden).value(CorrectionId(app.clock.id()).to_string()),
                Field::new("evenement", "Événement corrigé", Kind::Text).hint("Sa position dans le journal des événements."),
                Field::new("motif", "Motif", Kind::Area),
                Field::new("debit", "Compte débité", Kind::Choice(accounts.to_vec())),
                Field::new("debit_siren", "Partenaire débité", Kind::Text).hint(siren),
                Field::new("credit", "Compte crédité", Kind::Choice(accounts.to_vec())),
                Field::new("credit_siren", "Partenaire crédité", Kind::Text).hint(siren),
                Field::new("montant", "Montant, en euros", Kind::Money),
            ],
            button: "Préparer la correction",
            file: false,
        })
}

fn table(rows: &[CorrectionRow]) -> Table {
    let row = |it: &CorrectionRow| {
        let proposed = it.state.proposed.as_ref();
        let amount: Balance =
            proposed.iter().flat_map(|it| &it.lines).map(|it| Balance::from(it.amount)).sum();
        let stage = match it.state.stage {
            CorrectionStage::Proposed => "à approuver",
            CorrectionStage::Approved => "approuvée",
            CorrectionStage::Rejected => "abandonnée",
        };
        vec![
            Cell::Day(ledger_core::meta::accounting_day(it.at)),
            Cell::text(proposed.map_or("", |it| it.reason.as_str())),
            Cell::Number(proposed.map_or(0, |it| it.corrects)),
            Cell::Sum(amount),
            Cell::text(stage),
            Cell::text(proposed.map(|it| who(it.by)).unwrap_or_default()),
            Cell::text(it.state.over_by.map(who).unwrap_or_default()),
        ]
    };
    Table {
        headings: vec![
            "date",
            "motif",
            "événement_corrigé",
            "montant",
            "état",
            "préparée_par",
            "décidée_par",
        ],
        rows: rows.iter().map(row).collect(),
        totals: vec![],
    }
}

/// A correction, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Prepared {
    cle: String,
    evenement: String,
    motif: String,
    debit: String,
    debit_siren: String,
    credit: String,
    credit_siren: String,
    montant: String,
}

impl Prepared {
    fn side(account: &str, siren: &str, field: &'static str) -> Result<CorrectedSide, Problem> {
        let account =
            account.parse().map_err(|_| wrong(field, "Choisissez un compte de la liste."))?;
        let partner = match siren.trim() {
            "" => None,
            siren => {
                Some(siren.parse().map_err(|_| wrong(field, "Écrivez un SIREN, neuf chiffres."))?)
            }
        };
        Ok(CorrectedSide { account, partner })
    }

    fn read(
        &self,
        by: ledger_core::meta::Actor,
    ) -> Result<(CorrectionId, CorrectionCommand), Problem> {
        let id = self.cle.parse().map_err(|_| wrong("cle", "Rechargez la page."))?;
        let told = "Écrivez la position de l’événement, un nombre.";
        let corrects = self.evenement.trim().parse().map_err(|_| wrong("evenement", told))?;
        let told = "Écrivez une somme en euros, comme 12,50.";
        let amount: Budget = self.montant.parse().map_err(|_| wrong("montant", told))?;
        let debit = Self::side(&self.debit, &self.debit_siren, "debit_siren")?;
        let credit = Self::side(&self.credit, &self.credit_siren, "credit_siren")?;
        let lines = vec![CorrectedLine { debit, credit, amount }];
        let reason = self.motif.trim().into();
        Ok((id, CorrectionCommand::Propose(CorrectionProposed { corrects, reason, lines, by })))
    }
}

/// Prepares one.
pub(super) async fn propose(
    State(app): State<App>,
    Accountant(session): Accountant,
    request: RequestId,
    frame: Frame,
    Form(form): Form<Prepared>,
) -> Result<Response, Problem> {
    let command = form.read(session.actor());
    carry_out(&app, &session, request, frame, command).await
}

/// What is decided of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Decided {
    decision: String,
    motif: String,
}

/// Approves one, or gives it up.
pub(super) async fn end(
    State(app): State<App>,
    Accountant(session): Accountant,
    request: RequestId,
    frame: Frame,
    Path(id): Path<CorrectionId>,
    Form(form): Form<Decided>,
) -> Result<Response, Problem> {
    let by = session.actor();
    let command = if form.decision == "approuver" {
        CorrectionCommand::Approve { by }
    } else {
        CorrectionCommand::Reject { reason: form.motif.trim().into(), by }
    };
    carry_out(&app, &session, request, frame, Ok((id, command))).await
}

async fn carry_out(
    app: &App,
    session: &Session,
    request: RequestId,
    frame: Frame,
    command: Result<(CorrectionId, CorrectionCommand), Problem>,
) -> Result<Response, Problem> {
    let problem = match command {
        Ok((id, command)) => {
            let meta = app.meta(session.actor(), request);
            match app.ledger.execute::<Correction>(id, &command, meta).await {
                Ok(_) => return Ok(Redirect::to("/comptable/corrections").into_response()),
                Err(ExecuteError::Refused(refusal)) => refusal.into(),
                Err(error) => return Err(error.into()),
            }
        }
        Err(problem) => problem,
    };
    Ok(sheet(app, frame, session).await?.refused(&problem))
}
