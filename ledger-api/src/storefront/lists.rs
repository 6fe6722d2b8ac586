//! `/listes`: a teacher's favourites and lists, and those that colleagues share.
//!
//! ```text
//!  offer ──▶ favourites, or a list ──▶ one list ──▶ an offer, payment
//!                                         │ shared: the school, or a link
//! ```
//! Nothing here moves money: a list is what its owner put on it, at today's prices.

pub mod acts;
pub mod one;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use ledger_core::account::Account;
use ledger_core::identifiers::Uai;
use ledger_core::ids::AccountId;
use ledger_core::ledger::ExecuteError;
use ledger_core::list::{LISTS_MAX, List, ListAct, ListCommand, NAME_MAX};
use ledger_core::meta::Meta;
use ledger_core::money::Balance;
use projections::reports::lists::ListRow;
use projections::{ReadError, Reader};
use serde::Deserialize;
use uuid::Uuid;

use super::failed;
use crate::app::App;
use crate::extract::Query;
use crate::format;
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::reading;
use crate::session::Teacher;

/// What an account's favourites are called.
pub const FAVOURITES: &str = "Mes favoris";

/// `templates/storefront/lists.html`.
#[derive(Template)]
#[template(path = "storefront/lists.html")]
struct ListsPage {
    frame: Frame,
    mine: Vec<Shown>,
    shared: Vec<Shown>,
    /// Drawn when the page was made: a form sent twice makes one list.
    reference: Uuid,
    name_max: usize,
}

/// A list, and what it costs today.
struct Shown {
    list: ListRow,
    total: Balance,
}

/// What has just been done, told above the page.
#[derive(Debug, Deserialize)]
pub struct Since {
    pub(super) fait: Option<String>,
}

/// Shows all the lists that a teacher may read.
pub async fn show(
    State(app): State<App>,
    Teacher(session): Teacher,
    frame: Frame,
    Query(since): Query<Since>,
) -> Result<Response, Problem> {
    let account = AccountId(session.id);
    let (school, today) = (school_of(&app, account).await?, app.clock.today());
    let reader = reading::latest(&app).await?;
    let (mine, shared) = lists(&reader, account, school, today).map_err(reading::failed)?;
    drop(reader);
    let frame = match since.fait.as_deref() {
        Some("supprimee") => frame.with_notice("success", "La liste est supprimée."),
        Some(_) | None => frame,
    };
    let (reference, name_max) = (app.clock.id(), NAME_MAX);
    Ok(Page(ListsPage { frame, mine, shared, reference, name_max }).into_response())
}

fn lists(
    reader: &Reader,
    account: AccountId,
    school: Option<Uai>,
    today: NaiveDate,
) -> Result<(Vec<Shown>, Vec<Shown>), ReadError> {
    let shown = |list: ListRow| -> Result<Shown, ReadError> {
        let total = reader.list(list.id)?.map(|it| it.total_on(today)).unwrap_or_default();
        Ok(Shown { list, total })
    };
    let mine = reader.lists_of(account)?.into_iter().map(shown).collect::<Result<_, _>>()?;
    let shared = match school {
        Some(uai) => reader.lists_shared_with(uai, account)?,
        None => vec![],
    };
    Ok((mine, shared.into_iter().map(shown).collect::<Result<_, _>>()?))
}

impl ListsPage {
    /// Whether one more list may be made.
    fn may_add(&self) -> bool {
        self.mine.len() < LISTS_MAX
    }
}

impl Shown {
    /// « 3 ressources ».
    fn count(&self) -> String {
        format::count(self.list.offers as usize, "ressource", "ressources")
    }
}

/// The school of `account`; `None` when it was never opened.
pub(super) async fn school_of(app: &App, account: AccountId) -> Result<Option<Uai>, Problem> {
    let look = |it: &Account| it.holder.as_ref().map(|(_, school)| school.uai);
    app.ledger.inspect(account, look).await.map_err(failed)
}

/// Has `by` do `act` on a list.
pub(super) async fn act(
    app: &App,
    list: ledger_core::ids::ListId,
    by: AccountId,
    act: ListAct,
    meta: Meta,
) -> Result<(), Problem> {
    let done = app.ledger.execute::<List>(list, &ListCommand { by, act }, meta).await;
    match done {
        Ok(_) => Ok(()),
        Err(ExecuteError::Refused(refusal)) => Err(refusal.into()),
        Err(error) => Err(failed(error)),
    }
}
