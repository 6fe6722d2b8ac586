//! `/comptable/plan-de-controle`: what is looked at before the visa (art. 42).

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use ledger_core::control::{Control, ControlCommand, ControlPlanAdopted};
use ledger_core::ids::{ControlId, PartnerId};
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::Role;
use ledger_core::money::{Balance, Budget};
use ledger_core::offer::Kind as Resource;
use ledger_core::settlement::ControlPlan;
use projections::table::{Cell, Table};
use std::collections::HashMap;

use super::words::wrong;
use crate::app::App;
use crate::audit::names::Names;
use crate::extract::Form;
use crate::page::Frame;
use crate::problem::Problem;
use crate::reading;
use crate::security::RequestId;
use crate::session::{Accountant, Reader, Session};
use crate::sheet::{Block, Field, Kind, Sheet, SheetForm, SheetTable};

/// Shows the plans.
pub(super) async fn show(
    State(app): State<App>,
    Reader(session): Reader,
    frame: Frame,
) -> Result<Response, Problem> {
    Ok(sheet(&app, frame, &session).await?.answer())
}

async fn sheet(app: &App, frame: Frame, session: &Session) -> Result<Sheet, Problem> {
    let state = app.ledger.state::<Control>(ControlId::THE).await?;
    let names = {
        let reader = reading::latest(app).await?;
        Names::read(&reader).map_err(reading::failed)?
    };
    let lead = "Contrôle hiérarchisé de la dépense (décret 2012-1246, art. 42) : ce qui est toujours regardé, et la part tirée au sort. La graine de chaque tirage est inscrite au journal : chacun peut le refaire.";
    let mut sheet = Sheet::new(frame, "Plan de contrôle", lead);
    let rows = state.plans.iter().rev().map(|it| {
        let partners: Vec<String> = it.partners.iter().map(|it| names.partner(*it)).collect();
        let kinds: Vec<&str> = it.kinds.iter().map(|it| it.name()).collect();
        vec![
            Cell::Number(it.number.into()),
            Cell::Sum(it.from),
            Cell::text(partners.join(", ")),
            Cell::text(kinds.join(", ")),
            Cell::text(format!("{} ‰", it.rate)),
            Cell::text(&it.legal_reference),
        ]
    });
    let table = Table {
        headings: vec!["plan", "dès", "partenaires", "types", "tirage", "référence"],
        rows: rows.collect(),
        totals: vec![],
    };
    let mut shown = SheetTable::new(
        "plans",
        "Plans, du plus récent au plus ancien ; le premier est en vigueur",
        table,
    );
    shown.empty = "Aucun plan : aucun achat n’est retenu pour contrôle.";
    sheet.push(Block::Table(shown));
    if session.role == Role::Accountant {
        let last = state.plans.last();
        let partners = names.partners().into_iter().map(|(id, name)| {
            let ticked = last.is_some_and(|it| it.partners.contains(&id));
            Field::new(id.to_string(), format!("Tout contrôler : {name}"), Kind::Box(ticked))
        });
        let kinds = Resource::ALL.into_iter().map(|it| {
            let ticked = last.is_some_and(|plan| plan.kinds.contains(&it));
            Field::new(
                format!("type_{}", it.name()),
                format!("Tout contrôler : {}", crate::storefront::words::kind(it)),
                Kind::Box(ticked),
            )
        });
        let fields = [
            Field::new("seuil", "Contrôler tout achat à partir de, en euros", Kind::Money)
                .value("80,00"),
            Field::new("taux", "Tirage au sort du reste, en millièmes", Kind::Text).value("15"),
            Field::new("reference", "Décision", Kind::Text).hint("La décision qui arrête ce plan."),
        ];
        sheet.push(Block::Form(SheetForm {
            id: "plan",
            action: "/comptable/plan-de-controle".to_owned(),
            heading: "Adopter un autre plan",
            hint: "Il vaut pour les prochains services faits.".to_owned(),
            fields: fields.into_iter().chain(partners).chain(kinds).collect(),
            button: "Adopter le plan",
            file: false,
        }));
    }
    Ok(sheet)
}

/// Adopts another plan.
pub(super) async fn adopt(
    State(app): State<App>,
    Accountant(session): Accountant,
    request: RequestId,
    frame: Frame,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Response, Problem> {
    let number = app.ledger.inspect::<Control, _>(ControlId::THE, |it| it.plans.len()).await? + 1;
    let text = |name: &str| form.get(name).map(|it| it.trim()).unwrap_or_default();
    let read = || {
        let from: Result<Budget, _> = text("seuil").parse();
        let from = match (text("seuil"), from) {
            ("0" | "0,00", _) => Balance::ZERO,
            (_, Ok(from)) => from.into(),
            (_, Err(_)) => return Err(wrong("seuil", "Écrivez une somme en euros, comme 80,00.")),
        };
        let rate =
            text("taux").parse().map_err(|_| wrong("taux", "Écrivez un nombre de 0 à 1000."))?;
        let partners: Vec<PartnerId> = form.keys().filter_map(|it| it.parse().ok()).collect();
        let chosen = |it: &Resource| form.contains_key(&format!("type_{}", it.name()));
        let plan = ControlPlan {
            number: u32::try_from(number).unwrap_or(u32::MAX),
            from,
            partners,
            kinds: Resource::ALL.into_iter().filter(chosen).collect(),
            rate,
            legal_reference: text("reference").into(),
        };
        Ok(ControlCommand::Adopt(ControlPlanAdopted { plan, by: session.actor() }))
    };
    let problem = match read() {
        Ok(command) => {
            let meta = app.meta(session.actor(), request);
            match app.ledger.execute::<Control>(ControlId::THE, &command, meta).await {
                Ok(_) => return Ok(Redirect::to("/comptable/plan-de-controle").into_response()),
                Err(ExecuteError::Refused(refusal)) => refusal.into(),
                Err(error) => return Err(error.into()),
            }
        }
        Err(problem) => problem,
    };
    Ok(sheet(&app, frame, &session).await?.refused(&problem))
}
