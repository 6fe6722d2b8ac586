//! `/etablissement`: what waits for the head of school, what was decided, and the school's teams.

use axum::extract::State;
use axum::response::Response;
use ledger_core::account::RequestStatus;
use ledger_core::event_log::Position;
use ledger_core::ids::AccountId;
use projections::reports::teams::{RequestRow, RequestsOf};
use projections::table::{Cell, Table};
use serde::Deserialize;

use super::{list, path_of, who};
use crate::api::lists;
use crate::app::App;
use crate::audit::wording::team::because;
use crate::extract::Query;
use crate::format;
use crate::page::Frame;
use crate::problem::{Problem, kinds};
use crate::session::HeadOfSchool;
use crate::sheet::{Block, Sheet, SheetTable};

/// How many decided requests a page shows.
const SHOWN: usize = 50;

/// What may follow the `?`.
#[derive(Debug, Deserialize)]
pub struct Asked {
    avant: Option<Position>,
}

/// Shows it all.
pub async fn show(
    State(app): State<App>,
    HeadOfSchool(session): HeadOfSchool,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let Some(school) = session.school() else {
        let detail = "signed in as the head of a school, without saying which one";
        return Err(Problem::new(&kinds::FORBIDDEN, detail));
    };
    let me = AccountId(session.id);
    let models = lists::models(&app).await?;
    let of = RequestsOf::School(school);
    let waiting = models.open_requests(of).map_err(Problem::unavailable)?;
    let ended = models.ended_requests(of, asked.avant, SHOWN).map_err(Problem::unavailable)?;
    let teams = models.teams_at(school).map_err(Problem::unavailable)?;
    let lead = "Ce que les équipes de votre établissement demandent à acheter, au-delà du seuil \
                que vous avez fixé à chacune.";
    let mut sheet = Sheet::new(frame, format!("Établissement {school}"), lead);
    sheet.heading("attente", "Demandes à décider");
    sheet.push(Block::Table(requests(&waiting, me)));
    sheet.heading("equipes-titre", "Équipes");
    sheet.push(Block::Table(list::table(&app, &teams).await?));
    sheet.heading("decidees", "Demandes décidées ou closes");
    let mut history = decided(&ended.rows, me);
    if let Some(next) = ended.next {
        history.next = format!("/etablissement?avant={next}#decidees");
    }
    sheet.push(Block::Table(history));
    Ok(sheet.answer())
}

/// What waits; the first to end first.
pub(super) fn requests(rows: &[RequestRow], me: AccountId) -> SheetTable {
    let row = |it: &RequestRow| {
        vec![
            Cell::text(format::spaced(&it.title)),
            Cell::text(&it.team),
            Cell::text(who(it.member, me)),
            Cell::Sum(it.amount),
            Cell::text(format::short_moment(it.at)),
            Cell::text(format::short_moment(it.until)),
        ]
    };
    let headings = vec!["ressource", "équipe", "demandée_par", "prix", "le", "à_décider_avant"];
    let table = Table { headings, rows: rows.iter().map(row).collect(), totals: vec![] };
    let mut shown = SheetTable::new("demandes", "Demandes qui attendent une décision", table);
    shown.links = rows.iter().map(|it| vec![(0, path_of(it))]).collect();
    shown.empty = "Aucune demande n’attend de décision.";
    shown
}

/// What waits no more, newest first.
pub(super) fn decided(rows: &[RequestRow], me: AccountId) -> SheetTable {
    let row = |it: &RequestRow| {
        vec![
            Cell::text(format::spaced(&it.title)),
            Cell::text(&it.team),
            Cell::text(who(it.member, me)),
            Cell::Sum(it.amount),
            Cell::text(format::short_moment(it.at)),
            Cell::text(outcome(it)),
            Cell::text(it.because.map_or_else(String::new, |why| match it.words.as_str() {
                "" => because(why).to_owned(),
                words => format!("{} : {words}", because(why)),
            })),
        ]
    };
    let headings = vec!["ressource", "équipe", "demandée_par", "prix", "le", "décision", "motif"];
    let table = Table { headings, rows: rows.iter().map(row).collect(), totals: vec![] };
    let mut shown = SheetTable::new("historique", "De la plus récente à la plus ancienne", table);
    shown.links = rows.iter().map(|it| vec![(0, path_of(it))]).collect();
    shown.empty = "Aucune demande n’a encore été décidée.";
    shown
}

/// How a request ended.
pub(super) fn outcome(it: &RequestRow) -> &'static str {
    match (it.status, it.delegate) {
        (RequestStatus::Open, _) => "En attente",
        (RequestStatus::Approved, None) => "Accord",
        (RequestStatus::Approved, Some(_)) => "Accord, par délégation",
        (RequestStatus::Refused, None) => "Refus",
        (RequestStatus::Refused, Some(_)) => "Refus, par délégation",
        (RequestStatus::Over, _) => "Close sans décision",
    }
}
