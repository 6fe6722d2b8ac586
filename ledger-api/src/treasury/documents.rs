//! The order to pay and the accountant's decision, on paper: made when the act is done, and kept as
//! vouchers of the settlement.

use ledger_core::ids::SettlementId;
use ledger_core::meta::{Actor, Meta};
use ledger_core::settlement::{Settlement, SettlementCommand, Voucher, VoucherKind};
use projections::table::{Cell, Table};

use super::title_papers;
use super::words::who;
use crate::app::App;
use crate::audit::names::Names;
use crate::format::long_date;
use crate::pdf::{Document, Section};
use crate::problem::Problem;
use crate::reading;

pub(super) const FOOTER: &str = "Compte ressources – établi à partir du journal des événements";

/// Makes and keeps the document of an act, if it has one. An act that was done stays done: a
/// document that cannot be kept now is a problem that is told, and made again with the next act.
#[expect(clippy::wildcard_enum_match_arm, reason = "other acts have no document")]
pub(super) async fn keep(
    app: &App,
    id: SettlementId,
    command: &SettlementCommand,
    meta: Meta,
) -> Result<(), Problem> {
    if matches!(command, SettlementCommand::ReceiveStatement(_)) {
        return title_papers::keep(app, id, meta).await;
    }
    let (kind, name) = match command {
        SettlementCommand::Order { .. } => (VoucherKind::Order, "ordre-de-payer"),
        SettlementCommand::GrantVisa { .. } => (VoucherKind::Decision, "visa"),
        SettlementCommand::Suspend { .. } => (VoucherKind::Decision, "suspension"),
        SettlementCommand::Answer { .. } => (VoucherKind::Decision, "reponse"),
        SettlementCommand::Requisition { .. } => (VoucherKind::Decision, "requisition"),
        _ => return Ok(()),
    };
    let state = app.ledger.state::<Settlement>(id).await?;
    let names = {
        let reader = reading::latest(app).await?;
        Names::read(&reader).map_err(reading::failed)?
    };
    let Some(document) = document(id, &state, command, &names) else { return Ok(()) };
    let mut content = Vec::new();
    document.write(&mut content).map_err(Problem::internal)?;
    app.vouchers.keep(&content).map_err(Problem::internal)?;
    let name = format!("{name}-{}.pdf", state.vouchers.len() + 1);
    let voucher = Voucher::of(kind, &name, "application/pdf", &content);
    let attach = SettlementCommand::Attach { voucher, by: Actor::PROCESS };
    let meta = Meta { by: Actor::PROCESS, ..meta };
    app.ledger.execute::<Settlement>(id, &attach, meta).await?;
    Ok(())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "other acts have no document")]
fn document(
    id: SettlementId,
    state: &Settlement,
    command: &SettlementCommand,
    names: &Names,
) -> Option<Document> {
    let prepared = state.prepared.as_ref()?;
    let partner = names.partner(prepared.partner);
    let mut facts = vec![
        ("Règlement".to_owned(), id.to_string()),
        ("Créancier".to_owned(), format!("{partner}, SIREN {}", prepared.siren)),
        ("Période close le".to_owned(), long_date(prepared.on)),
        ("Dû".to_owned(), state.due.to_string()),
        ("Imputé sur avoirs".to_owned(), state.set_off().to_string()),
        ("À payer".to_owned(), state.payable().map_or("Rien".to_owned(), |it| it.to_string())),
    ];
    let mut fact = |label: &str, value: String| facts.push((label.to_owned(), value));
    let (title, sections) = match command {
        SettlementCommand::Order { on, by } => {
            fact("Ordonnancé le", long_date(*on));
            fact("Par", who(*by));
            ("Ordre de payer", vec![charged(state, names)])
        }
        SettlementCommand::GrantVisa { on, by, .. } => {
            fact("Visé le", long_date(*on));
            fact("Par", who(*by));
            ("Visa du comptable public", vec![checks(state)])
        }
        SettlementCommand::Suspend { failed, reason, on, by } => {
            fact("Suspendu le", long_date(*on));
            fact("Par", who(*by));
            fact("Motif", reason.to_string());
            for check in failed {
                fact("Contrôle non satisfait", check.title().to_owned());
            }
            ("Suspension de paiement (art. 38)", vec![])
        }
        SettlementCommand::Answer { answer, on, by } => {
            fact("Répondu le", long_date(*on));
            fact("Par", who(*by));
            fact("Réponse", answer.to_string());
            ("Réponse de l’ordonnateur", vec![])
        }
        SettlementCommand::Requisition { reason, on, by } => {
            fact("Requis le", long_date(*on));
            fact("Par", who(*by));
            fact("Ordre", reason.to_string());
            ("Réquisition (art. 38)", vec![])
        }
        _ => return None,
    };
    Some(Document {
        title: title.to_owned(),
        subtitle: format!("{partner}, période close le {}", long_date(prepared.on)),
        facts,
        sections,
        footer: FOOTER.to_owned(),
    })
}

fn charged(state: &Settlement, names: &Names) -> Section {
    let charged = state.certified.iter().flat_map(|it| &it.charged);
    let rows = charged.map(|it| {
        vec![
            Cell::text(names.envelope(it.envelope)),
            Cell::text(it.funder.auxiliary()),
            Cell::Sum(it.amount.into()),
        ]
    });
    let table = Table {
        headings: vec!["enveloppe", "financeur", "montant"],
        rows: rows.collect(),
        totals: vec![vec![Cell::text("Total"), Cell::Empty, Cell::Sum(state.due)]],
    };
    Section { heading: "Imputation".to_owned(), note: None, table }
}

fn checks(state: &Settlement) -> Section {
    let rows = state.checks.iter().map(|it| {
        vec![
            Cell::text(it.check.title()),
            Cell::text(if it.passed { "satisfait" } else { "non satisfait" }),
            Cell::text(&it.evidence),
            Cell::text(&it.note),
        ]
    });
    let table = Table {
        headings: vec!["contrôle", "résultat", "constat", "observation"],
        rows: rows.collect(),
        totals: vec![],
    };
    let note = Some("Décret 2012-1246, art. 19 et 20.".to_owned());
    Section { heading: "Les cinq contrôles".to_owned(), note, table }
}
