//! `/comptable/virements`: what may be paid, files of payments, what the bank said of them.

use std::collections::HashMap;
use std::fmt::Write as _;

use axum::extract::{Multipart, State};
use axum::response::{IntoResponse, Redirect, Response};
use ledger_core::digest::Digest;
use ledger_core::ids::{BankAccountId, RemittanceId, SettlementId};
use ledger_core::meta::Role;
use ledger_core::money::Balance;
use ledger_core::process::remittances as process;
use ledger_core::process::remittances::{DrawUp, RemittancesError};
use ledger_core::remittance::{BankStatus, Remittance, RemittanceDrawnUp};
use ledger_core::settlement::{Settlement, Stage};
use projections::reports::settlements::SettlementRow;
use projections::table::{Cell, Table};

use super::bank_files::{self, not_read};
use super::remittance_files::{self, FileError};
use super::uploads;
use super::words::{self, settlement_path, who};
use crate::app::App;
use crate::audit::export;
use crate::audit::filters;
use crate::extract::{Form, Path};
use crate::iso20022::status_report::StatusReport;
use crate::page::Frame;
use crate::problem::{Problem, kinds};
use crate::reading;
use crate::security::RequestId;
use crate::session::{Accountant, Reader, Session};
use crate::sheet::{Block, Fact, Field, Kind, Sheet, SheetForm, SheetTable};

/// Shows what may be paid, and the files.
pub(super) async fn show(
    State(app): State<App>,
    Reader(session): Reader,
    frame: Frame,
) -> Result<Response, Problem> {
    Ok(sheet(&app, frame, &session).await?.answer())
}

async fn sheet(app: &App, frame: Frame, session: &Session) -> Result<Sheet, Problem> {
    let today = app.clock.today();
    let reader = reading::latest(app).await?;
    let cleared = reader.settlements_at(&[Stage::Cleared]).map_err(reading::failed)?;
    let payable: Vec<_> = cleared.into_iter().filter(|it| it.state.payable().is_some()).collect();
    let lead = "Les règlements visés partent à la banque dans un fichier de virements SEPA (pain.001) ; sa réponse et le relevé de compte reviennent ici.";
    let mut sheet = Sheet::new(frame, "Virements", lead);
    sheet.heading("a-payer", "À payer");
    let mut shown =
        SheetTable::new("a-payer-table", "Règlements visés", words::settlements(&payable, today));
    shown.links = payable.iter().map(|it| vec![(0, settlement_path(it.id))]).collect();
    shown.empty = "Aucun règlement visé n’attend son virement.";
    sheet.push(Block::Table(shown));
    if session.role == Role::Accountant && !payable.is_empty() {
        sheet.push(Block::Form(form(app, &payable)));
    }
    let files = reader.remittances().map_err(reading::failed)?;
    sheet.heading("remises", "Remises");
    sheet.push(Block::Table(files_table(&files)));
    sheet.position = Some(reader.position());
    Ok(sheet)
}

fn form(app: &App, payable: &[SettlementRow]) -> SheetForm {
    let boxes = payable.iter().map(|it| {
        let amount = it.state.payable().map_or(Balance::ZERO, Balance::from);
        let label =
            format!("{}, {} : {amount}", it.partner_name, crate::format::short_date(it.period));
        Field::new(it.id.to_string(), label, Kind::Box(true))
    });
    let fields = [
        Field::new("remise", "", Kind::Hidden).value(RemittanceId(app.clock.id()).to_string()),
        Field::new("execution", "Date d’exécution", Kind::Day).value(app.clock.today().to_string()),
    ];
    SheetForm {
        id: "remise",
        action: "/comptable/virements".to_owned(),
        heading: "Préparer une remise",
        hint: "Décocher ce qui n’en fait pas partie. Chaque règlement ne peut être que dans une remise.".to_owned(),
        fields: fields.into_iter().chain(boxes).collect(),
        button: "Préparer le fichier",
        file: false,
    }
}

fn files_table(files: &[(RemittanceId, Remittance)]) -> SheetTable {
    let rows = files.iter().filter_map(|(_, it)| {
        let drawn_up = it.drawn_up.as_ref()?;
        Some(vec![
            Cell::text(&drawn_up.message),
            Cell::Day(ledger_core::meta::accounting_day(drawn_up.at)),
            Cell::Number(drawn_up.transfers.len() as u64),
            Cell::Sum(drawn_up.total.into()),
            Cell::text(status(it)),
        ])
    });
    let table = Table {
        headings: vec!["remise", "établie_le", "virements", "montant", "banque"],
        rows: rows.collect(),
        totals: vec![],
    };
    let mut shown =
        SheetTable::new("remises-table", "Remises, de la plus récente à la plus ancienne", table);
    shown.links =
        files.iter().map(|(id, _)| vec![(0, format!("/comptable/virements/{id}"))]).collect();
    shown.empty = "Aucune remise.";
    shown
}

fn status(it: &Remittance) -> &'static str {
    match (it.answers.last().map(|it| it.status), it.delivered) {
        (Some(BankStatus::Accepted), _) => "acceptée",
        (Some(BankStatus::PartlyAccepted), _) => "acceptée en partie",
        (Some(BankStatus::Rejected), _) => "rejetée",
        (Some(BankStatus::Pending), _) => "en cours d’examen",
        (None, Some(_)) => "fichier établi",
        (None, None) => "fichier à établir",
    }
}

/// Draws up a file of what is ticked.
pub(super) async fn draw_up(
    State(app): State<App>,
    Accountant(session): Accountant,
    request: RequestId,
    frame: Frame,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Response, Problem> {
    let meta = app.meta(session.actor(), request);
    let drawn_up = async {
        let id = form.get("remise").and_then(|it| it.parse::<RemittanceId>().ok());
        let id = id.ok_or_else(|| {
            words::wrong("remise", "Ce formulaire est incomplet : rechargez la page.")
        })?;
        let execution = filters::day("execution", form.get("execution").map(String::as_str))?;
        let execution = execution.unwrap_or_else(|| app.clock.today());
        if execution < app.clock.today() {
            return Err(words::wrong("execution", "La date d’exécution est passée."));
        }
        let settlements: Vec<SettlementId> = form.keys().filter_map(|it| it.parse().ok()).collect();
        let account = paying_account(&app).await?;
        let draw = DrawUp { id, account, settlements, execution };
        match remittance_files::draw_up(&app, &draw, meta).await {
            Ok(()) => Ok(id),
            Err(FileError::NotDrawnUp(error)) => Err(refused(error)),
            Err(FileError::NotKept(problem)) => Err(problem),
        }
    };
    match drawn_up.await {
        Ok(id) => Ok(Redirect::to(&format!("/comptable/virements/{id}")).into_response()),
        Err(problem) => Ok(sheet(&app, frame, &session).await?.refused(&problem)),
    }
}

/// The account that pays: the first that was opened.
pub(super) async fn paying_account(app: &App) -> Result<BankAccountId, Problem> {
    let reader = reading::latest(app).await?;
    let account = reader.bank_accounts().map_err(reading::failed)?.first().map(|it| it.id);
    account.ok_or_else(|| {
        Problem::new(&kinds::ACT_REFUSED, "no bank account is open")
            .told("Aucun compte bancaire n’est ouvert : `ledger-api bank open` en ouvre un.")
    })
}

fn refused(error: RemittancesError) -> Problem {
    match error {
        RemittancesError::Settlement(it) => it.into(),
        RemittancesError::Remittance(it) => it.into(),
        RemittancesError::Partner(it) => it.into(),
        RemittancesError::Bank(it) => it.into(),
        RemittancesError::Nothing { left_out } => {
            let why: Vec<String> = left_out.into_iter().map(|it| it.1).collect();
            Problem::new(&kinds::ACT_REFUSED, "no payment can be sent")
                .told(format!("Aucun virement ne peut partir. {}", why.join(" ; ")))
        }
    }
}

/// One file: its payments, and what the bank said.
pub(super) async fn one(
    State(app): State<App>,
    Reader(session): Reader,
    frame: Frame,
    Path(id): Path<RemittanceId>,
) -> Result<Response, Problem> {
    Ok(one_sheet(&app, frame, &session, id).await?.answer())
}

async fn one_sheet(
    app: &App,
    frame: Frame,
    session: &Session,
    id: RemittanceId,
) -> Result<Sheet, Problem> {
    let state = app.ledger.state::<Remittance>(id).await?;
    let drawn_up =
        state.drawn_up.as_ref().ok_or_else(|| Problem::not_found("no such remittance"))?;
    let mut sheet = Sheet::new(frame, format!("Remise {}", drawn_up.message), "");
    sheet.above.push(("/comptable/virements", "Virements"));
    sheet.files.push((
        "Fichier pour la banque (pain.001)",
        format!("/comptable/virements/{id}/pain.001.xml"),
    ));
    if app.config.demo {
        let path = format!("/demonstration/virements/{id}/reponse.xml");
        sheet.files.push(("Réponse de démonstration (pain.002)", path));
    }
    sheet.push(Block::Facts(vec![
        Fact::new("Banque", status(&state)),
        Fact::new("Montant", drawn_up.total),
        Fact::new("À exécuter le", crate::format::long_date(drawn_up.execution)),
        Fact::new("Établie par", who(drawn_up.by)),
        Fact::new("Événements", id)
            .leading(format!("/comptable/flux/{}", ledger_core::stream::StreamId::from(id))),
    ]));
    sheet.push(Block::Table(transfers(app, drawn_up).await?));
    if session.role == Role::Accountant {
        sheet.push(Block::Form(SheetForm {
            id: "reponse",
            action: format!("/comptable/virements/{id}/reponse"),
            heading: "Importer la réponse de la banque",
            hint: "Le compte rendu de paiement (pain.002) : acceptés, rejetés, ou en partie."
                .to_owned(),
            fields: vec![Field::new("fichier", "Fichier pain.002", Kind::File)],
            button: "Importer la réponse",
            file: true,
        }));
    }
    Ok(sheet)
}

/// The payments of a file, and where each stands.
async fn transfers(app: &App, drawn_up: &RemittanceDrawnUp) -> Result<SheetTable, Problem> {
    let mut rows = Vec::new();
    for it in &drawn_up.transfers {
        let (reached, accepted) = app
            .ledger
            .inspect::<Settlement, _>(it.settlement, |state| {
                let mine = state.sent.as_ref().is_some_and(|sent| sent.end_to_end == it.end_to_end);
                (if mine { Some(state.stage) } else { None }, state.accepted)
            })
            .await?;
        let said = match reached {
            Some(Stage::Sent) if accepted => "accepté, débit attendu",
            Some(Stage::Sent) => "à la banque",
            Some(Stage::Settled) => "débité",
            Some(_) => "rejeté ou revenu",
            None => "remplacé par un autre virement",
        };
        rows.push(vec![
            Cell::text(&it.name),
            Cell::text(&it.end_to_end),
            Cell::Sum(it.amount.into()),
            Cell::text(said),
        ]);
    }
    let table = Table {
        headings: vec!["créancier", "référence", "montant", "état"],
        rows,
        totals: vec![vec![
            Cell::text("Total"),
            Cell::Empty,
            Cell::Sum(drawn_up.total.into()),
            Cell::Empty,
        ]],
    };
    let mut shown = SheetTable::new("virements", "Virements", table);
    shown.links =
        drawn_up.transfers.iter().map(|it| vec![(0, settlement_path(it.settlement))]).collect();
    Ok(shown)
}

/// The file for the bank.
pub(super) async fn file(
    State(app): State<App>,
    _: Accountant,
    Path(id): Path<RemittanceId>,
) -> Result<Response, Problem> {
    let state = app.ledger.state::<Remittance>(id).await?;
    let drawn_up = state.drawn_up.ok_or_else(|| Problem::not_found("no such remittance"))?;
    let content = bank_files::transfers(&drawn_up)?;
    let name = format!("pain.001-{}.xml", drawn_up.message);
    Ok(export::saved("application/xml", &name, content.into()))
}

/// Takes in what the bank said of one file.
pub(super) async fn answered(
    State(app): State<App>,
    Accountant(session): Accountant,
    request: RequestId,
    frame: Frame,
    Path(id): Path<RemittanceId>,
    form: Multipart,
) -> Result<Response, Problem> {
    let meta = app.meta(session.actor(), request);
    let taken = async {
        let sent = uploads::read(form).await?;
        let report = StatusReport::read(&sent.content).map_err(not_read)?;
        let state = app.ledger.state::<Remittance>(id).await?;
        let drawn_up = state.drawn_up.ok_or_else(|| Problem::not_found("no such remittance"))?;
        if report.original_message != drawn_up.message {
            let told = format!(
                "Ce compte rendu parle de la remise {}, pas de celle-ci.",
                report.original_message
            );
            return Err(Problem::new(&kinds::FILE_REFUSED, "another remittance").told(told));
        }
        app.vouchers.keep(&sent.content).map_err(Problem::internal)?;
        let digest = Digest::of(&sent.content);
        let answers = bank_files::answers(&report, &drawn_up);
        process::answer(&app.ledger, id, &answers, digest, meta).await.map_err(refused)
    };
    match taken.await {
        Ok(answered) => {
            let mut text =
                format!("{} virements acceptés, {} rejetés.", answered.accepted, answered.rejected);
            for (reference, why) in &answered.unknown {
                let _ = write!(text, " {reference} : {why}.");
            }
            let frame = frame
                .with_notice(if answered.unknown.is_empty() { "success" } else { "warning" }, text);
            Ok(one_sheet(&app, frame, &session, id).await?.answer())
        }
        Err(problem) => Ok(one_sheet(&app, frame, &session, id).await?.refused(&problem)),
    }
}
