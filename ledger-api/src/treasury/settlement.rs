//! `GET /comptable/reglements/{id}`: one settlement: what it is made of, what was done, and the act
//! that comes next for whoever looks.

mod fee;
pub(super) mod lines;
mod next_act;

use axum::extract::State;
use axum::response::Response;
use ledger_core::ids::SettlementId;
use ledger_core::meta::{Actor, Role};
use ledger_core::settlement::{Settlement, Stage, VoucherKind};
use projections::reports::settlements::SettlementRow;
use projections::table::{Cell, Table};

use super::words;
use super::words::{settlement_path, stage, who};
use crate::app::App;
use crate::audit::names::Names;
use crate::extract::Path;
use crate::format::{long_date, short_date};
use crate::page::Frame;
use crate::problem::Problem;
use crate::reading;
use crate::session::Reader;
use crate::sheet::{Block, Fact, Field, Kind, Sheet, SheetForm, SheetTable};

/// Shows it.
pub(super) async fn show(
    State(app): State<App>,
    Reader(session): Reader,
    frame: Frame,
    Path(id): Path<SettlementId>,
) -> Result<Response, Problem> {
    Ok(sheet(&app, frame, id, session.actor()).await?.answer())
}

/// The page of `id`, as `by` sees it.
pub(super) async fn sheet(
    app: &App,
    frame: Frame,
    id: SettlementId,
    by: Actor,
) -> Result<Sheet, Problem> {
    let (row, names, position) = {
        let reader = reading::latest(app).await?;
        let row = reader.settlement(id).map_err(reading::failed)?;
        let row = row.ok_or_else(|| Problem::not_found("no such settlement"))?;
        (row, Names::read(&reader).map_err(reading::failed)?, reader.position())
    };
    let state = &row.state;
    let title = format!("{}, {}", row.partner_name, long_date(row.period));
    let mut sheet = Sheet::new(frame, title, "");
    sheet.above.push(("/comptable/reglements", "Règlements"));
    sheet.files.push(("Pièces (ZIP)", format!("{}/pieces.zip", settlement_path(id))));
    sheet.push(Block::Facts(facts(&row, app.clock.today())));
    if let Some(it) = &state.suspension
        && state.stage == Stage::Suspended
    {
        sheet.notice(
            "error",
            format!("Paiement suspendu le {} : {}", short_date(it.since), it.reason),
        );
    }
    if state.differs() {
        let stated = state.statement.as_ref().map(|it| it.amount).unwrap_or_default();
        let text =
            format!("Le relevé du partenaire dit {stated}, le service fait dit {}.", state.due);
        sheet.notice("warning", text);
    }
    next_act::offer(app, &mut sheet, id, &row, by).await?;
    liquidation(&mut sheet, state);
    charged(&mut sheet, state, &names);
    sample(&mut sheet, id, state, by);
    visa(&mut sheet, state);
    fee::show(&mut sheet, &row, app.clock.today());
    vouchers(&mut sheet, id, state);
    sheet.position = Some(position);
    Ok(sheet)
}

fn facts(row: &SettlementRow, today: chrono::NaiveDate) -> Vec<Fact> {
    let state = &row.state;
    let (tone, label) = stage(state.stage);
    let mut facts = vec![
        Fact::new("État", label).badge(tone),
        Fact::new("Depuis", words::since(row.since, today)),
        Fact::new("Dû", row.due()),
    ];
    if state.certified.is_some() {
        facts.push(Fact::new("Imputé sur avoirs", state.set_off()));
        let payable = state.payable().map_or("Rien".to_owned(), |it| it.to_string());
        facts.push(Fact::new("À payer", payable));
    } else if let Some(prepared) = &state.prepared {
        facts.push(Fact::new("Service fait présumé le", long_date(prepared.presumed_from)));
    }
    if let Some(due) = state.due_by() {
        let late = row.late_by(today).map_or(String::new(), |it| format!(", {it} jours de retard"));
        facts.push(Fact::new("À payer avant le", format!("{}{late}", long_date(due))));
    }
    if let Some(it) = &state.sent {
        facts.push(
            Fact::new("Virement", &it.end_to_end)
                .leading(format!("/comptable/virements/{}", it.remittance)),
        );
        if state.accepted {
            facts.push(Fact::new("Banque", "Accepté").badge("success"));
        }
    }
    if let Some(it) = state.debited.last() {
        facts.push(Fact::new("Ligne du relevé de compte", it));
    }
    facts.push(
        Fact::new("Partenaire", &row.partner_name).leading(super::partners::path(row.partner)),
    );
    facts.push(
        Fact::new("Événements", row.id)
            .leading(format!("/comptable/flux/{}", ledger_core::stream::StreamId::from(row.id))),
    );
    facts
}

fn liquidation(sheet: &mut Sheet, state: &Settlement) {
    let Some(it) = &state.prepared else { return };
    let row = |what: &str, sum| vec![Cell::text(what), sum];
    let contested: ledger_core::money::Balance = state
        .certified
        .iter()
        .flat_map(|it| &it.contested)
        .map(|it| ledger_core::money::Balance::from(it.amount))
        .sum();
    let mut rows = vec![
        row("Livré dans la période", Cell::Sum(it.captured)),
        row("Remboursé dans la période (en moins)", Cell::moved(it.refunded)),
        row("Rétabli après contestation", Cell::moved(it.reinstated)),
        row("Contesté, en attente (en moins)", Cell::moved(contested)),
    ];
    rows.push(row("Avoirs de la période", Cell::moved(it.credits)));
    rows.push(row("Avoirs reportés de la période précédente", Cell::moved(it.carried)));
    if let Some(left) = state.carried_out() {
        rows.push(row("Avoirs reportés sur la suivante", Cell::moved(left)));
    }
    let due = if state.certified.is_some() { state.due } else { it.gross() };
    let table = Table {
        headings: vec!["liquidation", "montant"],
        rows,
        totals: vec![row("Dû pour la période", Cell::Sum(due))],
    };
    sheet.heading("liquidation", "Liquidation");
    sheet.push(Block::Table(SheetTable::new(
        "liquidation-table",
        "Ce qui est dû, et pourquoi",
        table,
    )));
    let lines = format!("Voir les {} lignes", it.lines);
    let here = settlement_path(sheet_id(it));
    sheet.push(Block::Tabs(vec![
        (format!("{here}/lignes"), lines, false),
        (format!("{here}/lignes.csv"), "Lignes (CSV)".to_owned(), false),
    ]));
}

fn sheet_id(it: &ledger_core::settlement::Prepared) -> SettlementId {
    SettlementId::of(it.partner, it.on)
}

fn charged(sheet: &mut Sheet, state: &Settlement, names: &Names) {
    let Some(it) = &state.certified else { return };
    let rows = it.charged.iter().map(|it| {
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
    let mut shown = SheetTable::new("imputation-table", "Qui paie quoi", table);
    shown.links = it
        .charged
        .iter()
        .map(|it| vec![(0, format!("/comptable/consommation/{}", it.envelope))])
        .collect();
    sheet.heading("imputation", "Imputation");
    sheet.push(Block::Table(shown));
    let contested =
        it.contested.iter().map(|it| vec![Cell::text(it.purchase), Cell::Sum(it.amount.into())]);
    let contested: Vec<_> = contested.collect();
    if !contested.is_empty() {
        let table =
            Table { headings: vec!["achat_contesté", "montant"], rows: contested, totals: vec![] };
        let mut shown = SheetTable::new("contestes", "Achats contestés, en attente", table);
        shown.links = it
            .contested
            .iter()
            .map(|it| vec![(0, format!("/comptable/achats/{}", it.purchase))])
            .collect();
        sheet.push(Block::Table(shown));
    }
}

/// The purchases to look at, and what was seen.
fn sample(sheet: &mut Sheet, id: SettlementId, state: &Settlement, by: Actor) {
    let Some(sample) = state.sample() else { return };
    let rows =
        sample.drawn.iter().map(|it| {
            let seen = state.checked(it.purchase);
            vec![
                Cell::text(it.purchase),
                Cell::text(it.because.title()),
                Cell::Sum(it.amount.into()),
                Cell::text(seen.map_or("à contrôler", |it| {
                    if it.conform { "conforme" } else { "non conforme" }
                })),
                Cell::text(seen.map_or("", |it| it.note.as_str())),
            ]
        });
    let table = Table {
        headings: vec!["achat", "pourquoi", "montant", "constat", "observation"],
        rows: rows.collect(),
        totals: vec![],
    };
    let mut shown =
        SheetTable::new("echantillon-table", "Échantillon à contrôler (art. 42)", table);
    shown.links = sample
        .drawn
        .iter()
        .map(|it| vec![(0, format!("/comptable/achats/{}", it.purchase))])
        .collect();
    shown.empty = "Le plan de contrôle ne retient aucun achat de cette période.";
    sheet.heading("echantillon", "Échantillon");
    sheet.push(Block::Text(format!(
        "Plan de contrôle n° {}, graine {} : {} achats retenus sur {}. Le même tirage se refait avec ces deux nombres.",
        sample.plan, sample.seed, sample.drawn.len(), sample.out_of
    )));
    sheet.push(Block::Table(shown));
    let next = sample.drawn.iter().find(|it| state.checked(it.purchase).is_none());
    let may = by.role == Role::Accountant
        && !matches!(state.stage, Stage::Cleared | Stage::Sent | Stage::Settled);
    if let (Some(next), true) = (next, may) {
        sheet.push(Block::Form(SheetForm {
            id: "controle",
            action: format!("{}/controle", settlement_path(id)),
            heading: "Contrôler l’achat suivant",
            hint: format!("Achat {} : {}.", next.purchase, next.amount),
            fields: vec![
                Field::new("achat", "", Kind::Hidden).value(next.purchase.to_string()),
                Field::new("conforme", "L’achat est conforme", Kind::Box(true)),
                Field::new("note", "Constat", Kind::Text)
                    .hint("Ce qui a été vu : accès ouvert, licence, prix."),
            ],
            button: "Enregistrer le constat",
            file: false,
        }));
    }
}

/// The five checks, once they were made.
fn visa(sheet: &mut Sheet, state: &Settlement) {
    if state.checks.is_empty() {
        return;
    }
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
    sheet.heading("controles", "Visa du comptable");
    if let Some(by) = state.visa_by {
        sheet.push(Block::Text(format!("Visa donné par : {}.", who(by))));
    }
    sheet.push(Block::Table(SheetTable::new(
        "controles-table",
        "Les cinq contrôles (décret 2012-1246, art. 19 et 20)",
        table,
    )));
}

fn vouchers(sheet: &mut Sheet, id: SettlementId, state: &Settlement) {
    let rows = state.vouchers.iter().map(|it| {
        vec![
            Cell::text(&it.name),
            Cell::text(it.kind.title()),
            Cell::Number(it.bytes),
            Cell::text(it.digest),
        ]
    });
    let table = Table {
        headings: vec!["pièce", "nature", "octets", "empreinte_sha-256"],
        rows: rows.collect(),
        totals: vec![],
    };
    let mut shown = SheetTable::new("pieces-table", "Pièces justificatives", table);
    shown.links = state
        .vouchers
        .iter()
        .map(|it| vec![(0, format!("{}/pieces/{}", settlement_path(id), it.digest))])
        .collect();
    shown.empty = "Aucune pièce jointe.";
    sheet.heading("pieces", "Pièces justificatives");
    sheet.push(Block::Table(shown));
    // The paper of a title is the ledger's own.
    let kinds = VoucherKind::ALL.into_iter().enumerate().filter(|it| it.1 != VoucherKind::Title);
    let kinds = kinds.map(|(nth, it)| (nth.to_string(), it.title().to_owned()));
    sheet.push(Block::Form(SheetForm {
        id: "piece",
        action: format!("{}/piece", settlement_path(id)),
        heading: "Joindre une pièce",
        hint:
            "Le fichier est gardé à côté du journal des événements, son empreinte y est inscrite."
                .to_owned(),
        fields: vec![
            Field::new("nature", "Nature", Kind::Choice(kinds.collect())).value("1"),
            Field::new("fichier", "Fichier", Kind::File),
        ],
        button: "Joindre",
        file: true,
    }));
}
