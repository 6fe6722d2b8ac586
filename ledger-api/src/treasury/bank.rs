//! `/comptable/banque`: statements taken in, what each line is, and what nobody knows yet.

pub(super) mod identify;

use axum::extract::{Multipart, State};
use axum::response::Response;
use ledger_core::bank::{BankAccount, BankCommand, Direction, Matched, StatementImported};
use ledger_core::digest::Digest;
use ledger_core::event_log::Position;
use ledger_core::ids::BankAccountId;
use ledger_core::meta::{Meta, Role};
use projections::reports::bank::{BankLineRow, LineStatus, StatementRow};
use projections::table::{Cell, Table};

use super::bank_files::{self, not_read};
use super::bundle::{plain, sandboxed, unreadable};
use super::uploads;
use super::words::settlement_path;
use crate::app::App;
use crate::audit::export;
use crate::extract::Path;
use crate::iso20022::bank_statement::BankStatement;
use crate::page::Frame;
use crate::problem::Problem;
use crate::reading;
use crate::security::RequestId;
use crate::session::{Accountant, Reader, Session};
use crate::sheet::{Block, Fact, Field, Kind, Sheet, SheetForm, SheetTable};
use crate::workers::settlements::work_through_lines;

/// How many statements are shown.
const STATEMENTS: usize = 60;

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
    let accounts = reader.bank_accounts().map_err(reading::failed)?;
    let lead = "Le compte de dépôt : ses relevés, et ce qu’est chaque ligne. Le compte 515100 est toujours égal au dernier relevé rapproché.";
    let mut sheet = Sheet::new(frame, "Banque", lead);
    let figures =
        accounts.iter().map(|it| ("Dernier solde", it.balance.to_string(), it.holder.clone()));
    sheet.push(Block::Figures(figures.collect()));
    if accounts.is_empty() {
        sheet.notice(
            "info",
            "Aucun compte bancaire n’est ouvert : `ledger-api bank open` en ouvre un.",
        );
    }
    let parked = reader.bank_lines(LineStatus::Parked).map_err(reading::failed)?;
    sheet.heading("a-classer", "À classer");
    let mut shown = SheetTable::new(
        "a-classer-table",
        "Lignes que rien ne rattache, en attente sur 471100 et 472100",
        lines_table(&parked),
    );
    shown.links =
        parked.iter().map(|it| vec![(0, format!("/comptable/evenement/{}", it.event))]).collect();
    shown.empty = "Toutes les lignes sont rattachées.";
    sheet.push(Block::Table(shown));
    let accountant = session.role == Role::Accountant;
    if accountant {
        identify::forms(&reader, &parked, &mut sheet)?;
    }
    let statements = reader.bank_statements(STATEMENTS).map_err(reading::failed)?;
    sheet.heading("releves", "Relevés");
    let mut shown = SheetTable::new(
        "releves-table",
        "Relevés, du plus récent au plus ancien",
        statements_table(&statements),
    );
    shown.links = statements
        .iter()
        .map(|it| vec![(0, format!("/comptable/banque/releves/{}", it.position))])
        .collect();
    shown.empty = "Aucun relevé importé.";
    sheet.push(Block::Table(shown));
    if app.config.demo {
        sheet.files.push((
            "Relevé de démonstration (camt.053)",
            "/demonstration/banque/releve.xml".to_owned(),
        ));
    }
    if accountant && !accounts.is_empty() {
        sheet.push(Block::Form(SheetForm {
            id: "importer",
            action: "/comptable/banque/releve".to_owned(),
            heading: "Importer un relevé",
            hint: "Fichier camt.053 de la banque. Importé deux fois, il ne compte qu’une fois ; les relevés se suivent, solde à solde.".to_owned(),
            fields: vec![Field::new("fichier", "Fichier camt.053", Kind::File)],
            button: "Importer le relevé",
            file: true,
        }));
    }
    sheet.position = Some(reader.position());
    Ok(sheet)
}

fn statements_table(rows: &[StatementRow]) -> Table {
    let row = |it: &StatementRow| {
        vec![
            Cell::text(&it.reference),
            Cell::Day(it.from),
            Cell::Day(it.to),
            Cell::Sum(it.opening),
            Cell::Sum(it.closing),
            Cell::Number(it.lines),
        ]
    };
    Table {
        headings: vec!["relevé", "du", "au", "solde_initial", "solde_final", "lignes"],
        rows: rows.iter().map(row).collect(),
        totals: vec![],
    }
}

fn lines_table(rows: &[BankLineRow]) -> Table {
    let row = |it: &BankLineRow| {
        let (paid, received) = match it.direction {
            Direction::In => (Cell::Empty, Cell::Sum(it.amount)),
            Direction::Out => (Cell::Sum(it.amount), Cell::Empty),
        };
        vec![
            Cell::text(&it.line),
            Cell::Day(it.booked),
            paid,
            received,
            Cell::text(what(it)),
            Cell::text(&it.references),
            Cell::text(&it.code),
        ]
    };
    let sum =
        |direction| rows.iter().filter(|it| it.direction == direction).map(|it| it.amount).sum();
    let total = vec![
        Cell::text("Total"),
        Cell::Empty,
        Cell::Sum(sum(Direction::Out)),
        Cell::Sum(sum(Direction::In)),
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
    ];
    Table {
        headings: vec!["ligne", "date", "débit", "crédit", "nature", "références", "code"],
        rows: rows.iter().map(row).collect(),
        totals: if rows.is_empty() { vec![] } else { vec![total] },
    }
}

fn what(it: &BankLineRow) -> &'static str {
    match (it.status, it.matched) {
        (LineStatus::Waiting, _) => "en cours de rapprochement",
        (LineStatus::Charge, _) => "frais bancaires",
        (LineStatus::Parked, _) => "à classer",
        (_, Some(Matched::Payment(_))) => "virement à un partenaire",
        (_, Some(Matched::Remittance(_))) => "remise de virements",
        (_, Some(Matched::PaymentReturned(_))) => "virement revenu",
        (_, Some(Matched::Fee(_))) => "commission d’un partenaire",
        (_, Some(Matched::Envelope(_) | Matched::Convention(_))) => "fonds reçus",
        (_, Some(Matched::FundsReturned(_))) => "restitution",
        (_, Some(Matched::ReturnCameBack(_))) => "restitution revenue",
        (LineStatus::Matched | LineStatus::Identified, None) => "rapprochée",
    }
}

/// Where a line leads: what it was matched with.
fn target(it: &BankLineRow) -> Option<String> {
    Some(match it.matched? {
        Matched::Payment(id) | Matched::PaymentReturned(id) | Matched::Fee(id) => {
            settlement_path(id)
        }
        Matched::Remittance(id) => format!("/comptable/virements/{id}"),
        Matched::Envelope(id) => format!("/comptable/consommation/{id}"),
        Matched::Convention(id) | Matched::FundsReturned(id) | Matched::ReturnCameBack(id) => {
            format!("/comptable/conventions/{id}")
        }
    })
}

/// One statement and its lines.
pub(super) async fn statement(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
    Path(position): Path<Position>,
) -> Result<Response, Problem> {
    let reader = reading::latest(&app).await?;
    let found = reader.bank_statement(position).map_err(reading::failed)?;
    let (statement, lines) = found.ok_or_else(|| Problem::not_found("no such statement"))?;
    let mut sheet = Sheet::new(frame, format!("Relevé {}", statement.reference), "");
    sheet.above.push(("/comptable/banque", "Banque"));
    sheet.files.push(("Télécharger (CSV)", format!("/comptable/banque/releves/{position}/csv")));
    sheet.push(Block::Facts(vec![
        Fact::new("Du", crate::format::long_date(statement.from)),
        Fact::new("Au", crate::format::long_date(statement.to)),
        Fact::new("Solde initial", statement.opening),
        Fact::new("Solde final", statement.closing),
        Fact::new("Empreinte du contenu", &statement.digest),
        Fact::new("Empreinte du fichier", &statement.file)
            .leading(format!("/comptable/banque/releves/{position}/fichier")),
        Fact::new("Événement", position).leading(format!("/comptable/evenement/{position}")),
    ]));
    let mut shown = SheetTable::new("lignes", "Lignes du relevé", lines_table(&lines));
    shown.links = lines
        .iter()
        .map(|it| {
            let event = (0, format!("/comptable/evenement/{}", it.event));
            std::iter::once(event).chain(target(it).map(|it| (4, it))).collect()
        })
        .collect();
    sheet.push(Block::Table(shown));
    sheet.position = Some(reader.position());
    Ok(sheet.answer())
}

/// The file that it came in, as the bank sent it.
pub(super) async fn statement_file(
    State(app): State<App>,
    _: Reader,
    Path(position): Path<Position>,
) -> Result<Response, Problem> {
    let reader = reading::latest(&app).await?;
    let found = reader.bank_statement(position).map_err(reading::failed)?;
    let (statement, _) = found.ok_or_else(|| Problem::not_found("no such statement"))?;
    let file = statement.file.parse().map_err(Problem::internal)?;
    let content = app.vouchers.read(file).map_err(unreadable)?;
    let name = format!("camt.053-{}.xml", plain(&statement.reference));
    let mut response = export::saved("application/xml", &name, content.into());
    sandboxed(&mut response);
    Ok(response)
}

/// The same, for a spreadsheet.
pub(super) async fn statement_csv(
    State(app): State<App>,
    _: Reader,
    Path(position): Path<Position>,
) -> Result<Response, Problem> {
    let reader = reading::latest(&app).await?;
    let found = reader.bank_statement(position).map_err(reading::failed)?;
    let (_, lines) = found.ok_or_else(|| Problem::not_found("no such statement"))?;
    let mut table = lines_table(&lines);
    table.totals.clear();
    export::table("releve.csv", &table)
}

/// Takes in the statements of a file, in their order; stops at the first that cannot be.
pub(super) async fn import(
    State(app): State<App>,
    Accountant(session): Accountant,
    request: RequestId,
    frame: Frame,
    form: Multipart,
) -> Result<Response, Problem> {
    let meta = app.meta(session.actor(), request);
    let taken = async {
        let sent = uploads::read(form).await?;
        take_in(&app, &sent.content, meta).await.map(told)
    };
    match taken.await {
        Ok(told) => {
            let frame = frame.with_notice("success", told);
            Ok(sheet(&app, frame, &session).await?.answer())
        }
        Err(problem) => Ok(sheet(&app, frame, &session).await?.refused(&problem)),
    }
}

/// How many statements of a file are in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Since now.
    pub new: u32,
    /// Since before.
    pub before: u32,
}

/// Takes in the statements of a file, and works through their lines; the file is kept.
pub async fn take_in(app: &App, content: &[u8], meta: Meta) -> Result<Taken, Problem> {
    let read = BankStatement::read(content).map_err(not_read)?;
    let file = app.vouchers.keep(content).map_err(Problem::internal)?;
    let (mut new, mut before) = (0, 0);
    let read = read.iter().map(|it| Ok((it.account.as_str(), bank_files::statement(it)?)));
    let read: Vec<_> = read.collect::<Result<_, Problem>>()?;
    for (account, it) in read {
        let account = BankAccountId::of(account);
        let digest = Digest::of_json(&(&it.reference, it.opening, it.closing, &it.lines));
        let import = BankCommand::Import(Box::new(StatementImported {
            reference: it.reference,
            from: it.from,
            to: it.to,
            opening: it.opening,
            closing: it.closing,
            lines: it.lines,
            digest,
            file,
            by: meta.by,
        }));
        let done = app.ledger.execute::<BankAccount>(account, &import, meta).await?;
        if done.events.is_empty() {
            before += 1;
        } else {
            new += 1;
        }
        // What the lines are is found in the read models of what was sent before.
        reading::latest(app).await?;
        work_through_lines(app, account, meta).await.map_err(Problem::internal)?;
    }
    Ok(Taken { new, before })
}

fn told(taken: Taken) -> String {
    match (taken.new, taken.before) {
        (0, _) => "Ce relevé était déjà importé : rien n’a été ajouté.".to_owned(),
        (1, 0) => "Relevé importé, ses lignes sont rapprochées.".to_owned(),
        (new, before) => format!("{new} relevés importés, {before} l’étaient déjà."),
    }
}
