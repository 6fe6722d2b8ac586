//! `/equipes`: the teams that a teacher buys with, and those whose head delegated approval to them.

use axum::extract::State;
use axum::response::Response;
use ledger_core::account::Account;
use ledger_core::ids::AccountId;
use projections::reports::teams::{RequestsOf, TeamRow};
use projections::table::{Cell, Table};

use super::school;
use crate::api::lists;
use crate::app::App;
use crate::page::Frame;
use crate::problem::Problem;
use crate::session::{Session, Teacher};
use crate::sheet::{Block, Fact, Field, Kind, Sheet, SheetForm, SheetTable};
use crate::storefront::payers::name_of;

/// Shows them.
pub async fn show(
    State(app): State<App>,
    Teacher(session): Teacher,
    frame: Frame,
) -> Result<Response, Problem> {
    Ok(page(&app, &session, frame).await?.answer())
}

pub(super) async fn page(app: &App, session: &Session, frame: Frame) -> Result<Sheet, Problem> {
    let (me, today) = (AccountId(session.id), app.clock.today());
    let models = lists::models(app).await?;
    let teams = models.teams_of(me).map_err(Problem::unavailable)?;
    let approver = RequestsOf::Approver(me, today);
    let waiting = models.open_requests(approver).map_err(Problem::unavailable)?;
    let delegated = models.teams_approved_by(me, today).map_err(Problem::unavailable)?;
    let lead = "Un compte d’équipe se dépense à plusieurs, dans les limites que l’équipe se donne.";
    let mut sheet = Sheet::new(frame, "Mes équipes", lead);
    sheet.push(Block::Table(table(app, &teams).await?));
    if !delegated.is_empty() {
        sheet.heading("delegation", "Demandes à décider par délégation");
        sheet.push(Block::Table(school::requests(&waiting, me)));
    }
    sheet.heading("nouvelle", "Créer une équipe");
    sheet.push(Block::Form(SheetForm {
        id: "creer",
        action: "/equipes".to_owned(),
        heading: "",
        hint: "Elle a son propre compte, que votre établissement et vos collectivités peuvent \
               créditer ; vous en êtes responsable."
            .to_owned(),
        fields: vec![
            Field::new("nom", "Nom de l’équipe", Kind::Text)
                .hint("Comme « Équipe de SVT » : 60 signes au plus, sans nom de personne."),
            Field::new("cle", "", Kind::Hidden).value(app.clock.id().to_string()),
        ],
        button: "Créer l’équipe",
        file: false,
    }));
    sheet.heading("compte", "Votre identifiant");
    sheet.push(Block::Text(
        "Donnez-le au responsable d’une équipe pour qu’il vous y ajoute, ou demandez-lui une \
         invitation."
            .to_owned(),
    ));
    sheet.push(Block::Facts(vec![Fact::new("Identifiant de votre compte", me)]));
    Ok(sheet)
}

/// Teams, with what each may still spend.
pub(super) async fn table(app: &App, teams: &[TeamRow]) -> Result<SheetTable, Problem> {
    let today = app.clock.today();
    let (mut rows, mut links) = (vec![], vec![]);
    for team in teams {
        let look = |it: &Account| {
            let waits = it.team().map_or(0, |it| it.open_requests().count());
            (it.available_on(today), it.held(), waits)
        };
        let (available, held, waits) = app.ledger.inspect::<Account, _>(team.account, look).await?;
        rows.push(vec![
            Cell::text(name_of(team)),
            Cell::text(team.school.as_str()),
            Cell::Number(team.members.into()),
            Cell::Sum(available),
            Cell::Sum(held),
            Cell::Number(waits as u64),
        ]);
        links.push(vec![(0, format!("/equipes/{}", team.account))]);
    }
    let headings =
        vec!["équipe", "établissement", "membres", "disponible", "réservé", "demandes_en_attente"];
    let table = Table { headings, rows, totals: vec![] };
    let mut shown = SheetTable::new("equipes", "Équipes", table);
    shown.links = links;
    shown.empty = "Aucune équipe pour le moment.";
    Ok(shown)
}
