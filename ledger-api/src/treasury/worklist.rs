//! `GET /comptable/a-faire`: what awaits whoever looks: what, why, since when; the oldest first.

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use ledger_core::correction::CorrectionStage;
use ledger_core::meta::{Actor, Role, accounting_day};
use ledger_core::money::Balance;
use ledger_core::settlement::Stage;
use projections::table::{Cell, Table};

use super::exceptions;
use super::partners;
use super::settlements::ageing;
use super::words::{days, settlement_path, who};
use crate::app::App;
use crate::page::Frame;
use crate::problem::Problem;
use crate::reading;
use crate::session::Reader;
use crate::sheet::{Block, Sheet, SheetTable};

/// One thing to do.
struct Task {
    what: &'static str,
    of: String,
    why: String,
    amount: Balance,
    since: NaiveDate,
    href: String,
}

/// Shows it.
pub(super) async fn show(
    State(app): State<App>,
    Reader(session): Reader,
    frame: Frame,
) -> Result<Response, Problem> {
    let today = app.clock.today();
    let officer = session.role == Role::AuthorisingOfficer;
    let mut tasks = if officer { vec![] } else { bank_details(&app, session.actor()).await? };
    let reader = reading::latest(&app).await?;
    tasks.extend(settlements(&reader, officer, today)?);
    if officer {
        contests(&reader, &mut tasks)?;
    } else {
        others(&reader, &mut tasks, today)?;
    }
    tasks.sort_by_key(|it| it.since);
    let lead = if officer {
        "Ce qui attend l’ordonnateur : ordres à donner, suspensions auxquelles répondre, contestations."
    } else {
        "Ce qui attend le comptable : visas, paiements, lignes de banque, corrections et coordonnées bancaires à approuver."
    };
    let mut sheet = Sheet::new(frame, "À faire", lead);
    let total: Balance = tasks.iter().map(|it| it.amount).sum();
    let oldest = tasks.first().map(|it| days((today - it.since).num_days())).unwrap_or_default();
    let late = reader.settlements_at(&Stage::ALL[..7]).map_err(reading::failed)?;
    let late = late.iter().filter(|it| it.late_by(today).is_some()).count();
    sheet.push(Block::Figures(vec![
        ("À faire", tasks.len().to_string(), String::new()),
        ("Montant", total.to_string(), String::new()),
        ("Le plus ancien", if oldest.is_empty() { "–".to_owned() } else { oldest }, String::new()),
        ("En retard de paiement", late.to_string(), "au-delà de 30 jours".to_owned()),
    ]));
    sheet.push(Block::Table(waiting_table(&tasks, today)));
    let waiting = reader.settlements_at(&Stage::ALL[..7]).map_err(reading::failed)?;
    sheet.heading("anciennete", "Ancienneté de ce qui n’est pas payé");
    let ageing = ageing(&waiting, today);
    sheet.push(Block::Ageing(ageing.chart(
        "ages-dessin",
        "Règlements non soldés",
        ("règlement", "règlements"),
    )));
    sheet.push(Block::Table(SheetTable::new(
        "ages",
        "Règlements non soldés, par ancienneté",
        ageing.table(),
    )));
    sheet.position = Some(reader.position());
    Ok(sheet.answer())
}

fn waiting_table(tasks: &[Task], today: NaiveDate) -> SheetTable {
    let total: Balance = tasks.iter().map(|it| it.amount).sum();
    let rows = tasks.iter().map(|it| {
        vec![
            Cell::text(it.what),
            Cell::text(&it.of),
            Cell::text(&it.why),
            Cell::Sum(it.amount),
            Cell::Day(it.since),
            Cell::text(days((today - it.since).num_days())),
        ]
    });
    let totals = vec![
        Cell::text("Total"),
        Cell::Empty,
        Cell::Empty,
        Cell::Sum(total),
        Cell::Empty,
        Cell::Empty,
    ];
    let table = Table {
        headings: vec!["acte", "objet", "pourquoi", "montant", "depuis_le", "attend_depuis"],
        rows: rows.collect(),
        totals: if tasks.is_empty() { vec![] } else { vec![totals] },
    };
    let mut shown =
        SheetTable::new("taches", "Ce qui attend, du plus ancien au plus récent", table);
    shown.links = tasks.iter().map(|it| vec![(1, it.href.clone())]).collect();
    shown.empty = "Rien n’attend.";
    shown
}

fn settlements(
    reader: &projections::Reader,
    officer: bool,
    today: NaiveDate,
) -> Result<Vec<Task>, Problem> {
    let stages: &[Stage] = if officer {
        &[Stage::Matched, Stage::Suspended]
    } else {
        &[Stage::Ordered, Stage::Cleared, Stage::Certified]
    };
    let mut tasks = Vec::new();
    for it in reader.settlements_at(stages).map_err(reading::failed)? {
        let state = &it.state;
        let (what, why) = match state.stage {
            Stage::Matched => ("Ordonnancer", "service fait et relevé rapprochés".to_owned()),
            Stage::Suspended => (
                "Répondre",
                state.suspension.as_ref().map(|it| it.reason.to_string()).unwrap_or_default(),
            ),
            Stage::Ordered if state.unchecked() > 0 => {
                let drawn = crate::format::count(state.unchecked(), "achat", "achats");
                ("Viser", format!("{drawn} de l’échantillon à contrôler"))
            }
            Stage::Ordered => ("Viser", "ordre de payer reçu".to_owned()),
            Stage::Cleared if state.payable().is_none() => {
                ("Solder", "tout s’impute sur des avoirs".to_owned())
            }
            Stage::Cleared if state.came_back => ("Virer de nouveau", "virement revenu".to_owned()),
            Stage::Cleared if !state.failed.is_empty() => {
                ("Virer de nouveau", "virement rejeté par la banque".to_owned())
            }
            Stage::Cleared => ("Payer", "visa donné".to_owned()),
            Stage::Certified if state.differs() => {
                ("Rapprocher", "le relevé du partenaire diffère".to_owned())
            }
            Stage::Absent | Stage::Prepared | Stage::Certified | Stage::Sent | Stage::Settled => {
                continue;
            }
        };
        let late = it.late_by(today).map_or(String::new(), |it| format!(", {it} jours de retard"));
        tasks.push(Task {
            what,
            of: format!("{}, {}", it.partner_name, crate::format::short_date(it.period)),
            why: format!("{why}{late}"),
            amount: it.due(),
            since: accounting_day(it.since),
            href: settlement_path(it.id),
        });
    }
    Ok(tasks)
}

fn contests(reader: &projections::Reader, tasks: &mut Vec<Task>) -> Result<(), Problem> {
    for it in reader.contests(true).map_err(reading::failed)? {
        tasks.push(Task {
            what: "Trancher une contestation",
            of: it.partner_name,
            why: it.reason,
            amount: it.amount,
            since: accounting_day(it.at),
            href: "/comptable/contestations".to_owned(),
        });
    }
    Ok(())
}

/// Bank details that somebody else proposed.
async fn bank_details(app: &App, by: Actor) -> Result<Vec<Task>, Problem> {
    let awaiting = partners::known::awaiting(app, by).await?;
    let tasks = awaiting.into_iter().map(|(it, proposed)| Task {
        what: "Approuver des coordonnées bancaires",
        of: it.name().to_owned(),
        why: format!("proposées par {}", who(proposed.by)),
        amount: Balance::ZERO,
        since: it.since.map_or_else(|| app.clock.today(), accounting_day),
        href: partners::path(it.id),
    });
    Ok(tasks.collect())
}

/// Bank lines, and corrections that another pair of eyes must see.
fn others(
    reader: &projections::Reader,
    tasks: &mut Vec<Task>,
    today: NaiveDate,
) -> Result<(), Problem> {
    let parked = exceptions::all(reader, today)?;
    for it in parked.into_iter().filter(|it| it.what.ends_with("à classer")) {
        tasks.push(Task {
            what: "Classer",
            of: it.of,
            why: it.what.to_lowercase(),
            amount: it.amount,
            since: it.since,
            href: it.href,
        });
    }
    for it in reader.corrections().map_err(reading::failed)? {
        let Some(proposed) = &it.state.proposed else { continue };
        if it.state.stage == CorrectionStage::Proposed {
            tasks.push(Task {
                what: "Approuver une correction",
                of: format!("événement {}", proposed.corrects),
                why: proposed.reason.to_string(),
                amount: proposed.lines.iter().map(|it| Balance::from(it.amount)).sum(),
                since: accounting_day(it.at),
                href: "/comptable/corrections".to_owned(),
            });
        }
    }
    Ok(())
}
