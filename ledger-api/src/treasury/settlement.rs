//! `GET /comptable/reglements/{id}`: one settlement: what it is made of, what was done, and the act
//! that comes next for whoever looks.

use axum::extract::State;
use axum::response::Response;
use ledger_core::ids::SettlementId;
use ledger_core::meta::{Actor, Role};
use ledger_core::settlement::{Check, Settlement, Stage, VoucherKind};
use projections::reports::settlements::SettlementRow;
use projections::table::{Cell, Table};
use serde::Deserialize;

use super::evidence::{self, Evidence};
use super::words::{self, settlement_path, stage, who};
use crate::app::App;
use crate::audit::names::Names;
use crate::audit::{export, filters};
use crate::extract::{Path, Query};
use crate::format::{long_date, short_date};
use crate::page::Frame;
use crate::problem::Problem;
use crate::reading;
use crate::session::Reader;
use crate::sheet::{Block, Fact, Field, Kind, Sheet, SheetForm, SheetTable};

/// How many lines a page shows.
const LINES: usize = 100;

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
    next_act(app, &mut sheet, id, &row, by).await?;
    liquidation(&mut sheet, state);
    charged(&mut sheet, state, &names);
    sample(&mut sheet, id, state, by);
    visa(&mut sheet, state);
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
    if let Some(it) = &state.debited {
        facts.push(Fact::new("Ligne du relevé de compte", it));
    }
    facts.push(
        Fact::new("Partenaire", &row.partner_name)
            .leading(format!("/comptable/reglements?partenaire={}", row.partner)),
    );
    facts.push(
        Fact::new("Événements", row.id)
            .leading(format!("/comptable/flux/{}", ledger_core::stream::StreamId::from(row.id))),
    );
    facts
}

/// A form for the act `act`.
fn form(
    id: SettlementId,
    act: &str,
    heading: &'static str,
    hint: String,
    fields: Vec<Field>,
    button: &'static str,
) -> Block {
    Block::Form(SheetForm {
        id: "acte",
        action: format!("{}/{act}", settlement_path(id)),
        heading,
        hint,
        fields,
        button,
        file: false,
    })
}

/// The form of the act that comes next, if it is `by`'s.
async fn next_act(
    app: &App,
    sheet: &mut Sheet,
    id: SettlementId,
    row: &SettlementRow,
    by: Actor,
) -> Result<(), Problem> {
    let state = &row.state;
    if by.role == Role::AuthorisingOfficer {
        officers_act(sheet, id, state);
    }
    if by.role == Role::Accountant {
        accountants_act(app, sheet, id, state).await?;
    }
    if matches!(state.stage, Stage::Prepared | Stage::Certified) {
        sheet.push(form(
            id,
            "releve",
            "Enregistrer le relevé du partenaire",
            "Le relevé ou la facture du partenaire, tel qu’il l’a envoyé, avoirs non déduits."
                .to_owned(),
            vec![
                Field::new("reference", "Numéro du relevé", Kind::Text),
                Field::new("date", "Date du relevé", Kind::Day)
                    .value(app.clock.today().to_string()),
                Field::new("montant", "Montant, en euros", Kind::Money),
            ],
            "Rapprocher le relevé",
        ));
    }
    Ok(())
}

/// Certify, order, answer or override.
fn officers_act(sheet: &mut Sheet, id: SettlementId, state: &Settlement) {
    match state.stage {
        Stage::Prepared => sheet.push(form(
            id,
            "service-fait",
            "Certifier le service fait",
            "Les enseignants peuvent encore contester. Certifier dès maintenant, si la livraison est prouvée autrement.".to_owned(),
            vec![],
            "Certifier le service fait",
        )),
        Stage::Matched => {
            let payable =
                state.payable().map_or("Rien à payer".to_owned(), |it| format!("{it} à payer"));
            let hint = format!("{payable}, {} imputés sur avoirs.", state.set_off());
            sheet.push(form(id, "ordre", "Ordonnancer", hint, vec![], "Donner l’ordre de payer"));
        }
        Stage::Suspended => {
            let text = vec![Field::new("texte", "Réponse", Kind::Area)];
            let hint = "Le comptable reprend alors ses contrôles.".to_owned();
            sheet.push(form(id, "reponse", "Répondre à la suspension", hint, text, "Répondre"));
            requisition(sheet, id, state);
        }
        Stage::Absent
        | Stage::Certified
        | Stage::Ordered
        | Stage::Cleared
        | Stage::Sent
        | Stage::Settled => (),
    }
}

/// The order to pay in spite of a suspension, or why there cannot be one.
fn requisition(sheet: &mut Sheet, id: SettlementId, state: &Settlement) {
    let failed = state.suspension.iter().flat_map(|it| &it.failed);
    if let Some(check) = failed.into_iter().find(|it| it.forbids_requisition()) {
        sheet.push(Block::Text(format!(
            "Une réquisition est impossible : le décret 2012-1246 (art. 195) interdit au comptable d’y déférer pour « {} ».",
            check.title()
        )));
        return;
    }
    sheet.push(Block::Form(SheetForm {
        id: "requisition",
        action: format!("{}/requisition", settlement_path(id)),
        heading: "Requérir le comptable de payer",
        hint: "L’ordonnateur engage sa responsabilité (décret 2012-1246, art. 38).".to_owned(),
        fields: vec![Field::new("texte", "Ordre écrit", Kind::Area)],
        button: "Requérir",
        file: false,
    }));
}

/// Check and clear, or pay.
async fn accountants_act(
    app: &App,
    sheet: &mut Sheet,
    id: SettlementId,
    state: &Settlement,
) -> Result<(), Problem> {
    match state.stage {
        Stage::Ordered => {
            let found = evidence::of(app, id, state).await?;
            sheet.push(Block::Form(visa_form(id, &found, state)));
            sheet.push(Block::Form(suspension_form(id)));
        }
        Stage::Cleared if state.payable().is_none() => sheet.push(form(
            id,
            "imputation",
            "Solder par imputation",
            format!("{} imputés sur avoirs, rien à virer.", state.set_off()),
            vec![],
            "Solder le règlement",
        )),
        Stage::Cleared => {
            sheet.push(Block::Text(
                "Ce règlement peut entrer dans la prochaine remise de virements.".to_owned(),
            ));
            sheet.push(Block::Tabs(vec![(
                "/comptable/virements".to_owned(),
                "Préparer une remise".to_owned(),
                false,
            )]));
        }
        Stage::Absent
        | Stage::Prepared
        | Stage::Certified
        | Stage::Matched
        | Stage::Suspended
        | Stage::Sent
        | Stage::Settled => (),
    }
    Ok(())
}

fn visa_form(id: SettlementId, found: &[Evidence], state: &Settlement) -> SheetForm {
    let fields = found.iter().flat_map(|it| {
        let name = it.check.name();
        [
            Field::new(name, it.check.title(), Kind::Box(it.passed)).hint(format!(
                "{}{}",
                if it.passed { "" } else { "Le contrôle automatique n’est pas satisfait. " },
                it.text
            )),
            Field::new(
                format!("{name}_note"),
                format!("Observation : {}", it.check.title()),
                Kind::Text,
            ),
        ]
    });
    let left = state.unchecked();
    let hint = if left == 0 {
        "Cocher chaque contrôle fait et satisfait (décret 2012-1246, art. 19 et 20).".to_owned()
    } else {
        format!("Il reste {left} achats de l’échantillon à contrôler avant le visa.")
    };
    SheetForm {
        id: "visa",
        action: format!("{}/visa", settlement_path(id)),
        heading: "Viser",
        hint,
        fields: fields.collect(),
        button: "Donner le visa",
        file: false,
    }
}

fn suspension_form(id: SettlementId) -> SheetForm {
    let boxes =
        Check::ALL.into_iter().map(|it| Field::new(it.name(), it.title(), Kind::Box(false)));
    let reason = Field::new("motif", "Motif", Kind::Area)
        .hint("Ce qui manque ou ne va pas, et ce qui le réglerait.");
    SheetForm {
        id: "suspension",
        action: format!("{}/suspension", settlement_path(id)),
        heading: "Suspendre le paiement",
        hint: "Cocher les contrôles qui ne sont pas satisfaits (art. 38).".to_owned(),
        fields: boxes.chain([reason]).collect(),
        button: "Suspendre",
        file: false,
    }
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
    let kinds = VoucherKind::ALL.into_iter().enumerate();
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

/// What follows the `?`.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    apres: Option<String>,
}

/// `GET /comptable/reglements/{id}/lignes`: its captures and refunds, each leading to its event.
pub(super) async fn lines(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
    Path(id): Path<SettlementId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let reader = reading::latest(&app).await?;
    let row = reader.settlement(id).map_err(reading::failed)?;
    let row = row.ok_or_else(|| Problem::not_found("no such settlement"))?;
    let Some(prepared) = &row.state.prepared else { return Err(Problem::not_found("nothing")) };
    let after = filters::position("apres", asked.apres.as_deref())?.unwrap_or(prepared.after);
    let page = reader.settlement_lines(prepared.partner, after, prepared.up_to, LINES);
    let page = page.map_err(reading::failed)?;
    let rows = page.rows.iter().map(|it| {
        let (what, sold, back) = if it.refund {
            ("remboursement", Cell::Empty, Cell::Sum(it.amount.into()))
        } else {
            ("livraison", Cell::Sum(it.amount.into()), Cell::Empty)
        };
        vec![Cell::Number(it.position), Cell::text(what), Cell::text(it.purchase), sold, back]
    });
    let table = Table {
        headings: vec!["position", "nature", "achat", "livré", "remboursé"],
        rows: rows.collect(),
        totals: vec![],
    };
    let title = format!("Lignes, {}, {}", row.partner_name, short_date(row.period));
    let lead = format!(
        "{} lignes entre les positions {} et {} du journal des événements. Empreinte de l’état : {}.",
        prepared.lines,
        prepared.after + 1,
        prepared.up_to,
        prepared.digest
    );
    let mut sheet = Sheet::new(frame, title, lead);
    sheet.above.push(("/comptable/reglements", "Règlements"));
    sheet.files.push(("Télécharger (CSV)", format!("{}/lignes.csv", settlement_path(id))));
    let mut shown =
        SheetTable::new("lignes", "Livraisons et remboursements, dans l’ordre du journal", table);
    shown.links = page
        .rows
        .iter()
        .map(|it| {
            vec![
                (0, format!("/comptable/evenement/{}", it.position)),
                (2, format!("/comptable/achats/{}", it.purchase)),
            ]
        })
        .collect();
    shown.next = page
        .next
        .map(|it| format!("{}/lignes?apres={it}", settlement_path(id)))
        .unwrap_or_default();
    sheet.push(Block::Tabs(vec![(settlement_path(id), "Revenir au règlement".to_owned(), false)]));
    sheet.push(Block::Table(shown));
    Ok(sheet.answer())
}

/// The same, all of them: the list whose fingerprint is in the log.
pub(super) async fn lines_csv(
    State(app): State<App>,
    _: Reader,
    Path(id): Path<SettlementId>,
) -> Result<Response, Problem> {
    let reader = reading::latest(&app).await?;
    let row = reader.settlement(id).map_err(reading::failed)?;
    let row = row.ok_or_else(|| Problem::not_found("no such settlement"))?;
    let Some(prepared) = &row.state.prepared else { return Err(Problem::not_found("nothing")) };
    let mut list = Vec::new();
    let (after, up_to) = (prepared.after, prepared.up_to);
    reader
        .write_settlement_lines(prepared.partner, after, up_to, &mut list)
        .map_err(reading::failed)?;
    Ok(export::saved(export::CSV, &format!("lignes-{id}.csv"), list.into()))
}
