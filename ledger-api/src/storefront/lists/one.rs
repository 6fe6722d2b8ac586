//! `/listes/{list}` and `/listes/partagees/{link}`: what is on one list, and what it would cost.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ledger_core::account::Account;
use ledger_core::ids::{AccountId, LinkId, ListId};
use ledger_core::list::{NAME_MAX, NOTE_MAX, QUANTITY_MAX};
use ledger_core::meta::Role;
use ledger_core::money::Balance;
use ledger_core::offer::{Billing, Price};
use projections::reports::lists::{ListRow, ListTold, ListedOffer};

use super::{Since, school_of};
use crate::app::App;
use crate::extract::{Path, Query};
use crate::format;
use crate::page::{Frame, Page};
use crate::problem::{Problem, kinds};
use crate::reading;
use crate::session::{Session, Teacher};
use crate::storefront::{failed, words};

/// `templates/storefront/list.html`.
#[derive(Template)]
#[template(path = "storefront/list.html")]
struct ListPage {
    frame: Frame,
    list: ListRow,
    rows: Vec<Row>,
    /// Whether whoever reads it owns it.
    mine: bool,
    total: Balance,
    /// What whoever reads it may spend; `None` when they buy nothing.
    available: Option<Balance>,
    limits: (usize, usize, u16),
}

/// One offer of the list.
struct Row {
    listed: ListedOffer,
    /// Today's.
    price: Price,
    cost: Balance,
}

/// Shows a list to its owner, or to the school that it is shared with.
pub async fn show(
    State(app): State<App>,
    Teacher(session): Teacher,
    frame: Frame,
    Path(list): Path<ListId>,
    Query(since): Query<Since>,
) -> Result<Response, Problem> {
    let account = AccountId(session.id);
    let school = school_of(&app, account).await?;
    let told = reading::latest(&app).await?.list(list).map_err(reading::failed)?;
    let told = told.ok_or_else(no_such_list)?;
    let mine = told.list.owner == account;
    if !mine && (told.list.school.is_none() || told.list.school != school) {
        return Err(no_such_list());
    }
    let frame = match since.fait.as_deref().and_then(notice) {
        Some(text) if mine => frame.with_notice("success", text),
        Some(_) | None => frame,
    };
    page(&app, frame, told, Some(account)).await
}

/// Shows a list to whoever is signed in and has its link.
pub async fn by_link(
    State(app): State<App>,
    session: Session,
    frame: Frame,
    Path(link): Path<LinkId>,
) -> Result<Response, Problem> {
    let reader = reading::latest(&app).await?;
    let list = reader.list_of_link(link).map_err(reading::failed)?.ok_or_else(no_such_list)?;
    let told = reader.list(list.id).map_err(reading::failed)?.ok_or_else(no_such_list)?;
    drop(reader);
    let teacher = (session.role == Role::Teacher).then_some(AccountId(session.id));
    page(&app, frame, told, teacher).await
}

/// There is none, or it is not shared with whoever asks: the answer is the same.
fn no_such_list() -> Problem {
    Problem::new(&kinds::NO_SUCH_LIST, "no such list for this account")
}

fn notice(done: &str) -> Option<&'static str> {
    Some(match done {
        "creee" => "La liste est créée.",
        "ajoutee" => "La ressource est sur la liste.",
        "retiree" => "La ressource est retirée de la liste.",
        "renommee" => "La liste est renommée.",
        "partagee" => "La liste est partagée.",
        "arretee" => "La liste n’est plus partagée ainsi.",
        _ => return None,
    })
}

async fn page(
    app: &App,
    frame: Frame,
    told: ListTold,
    teacher: Option<AccountId>,
) -> Result<Response, Problem> {
    let today = app.clock.today();
    let available = match teacher {
        None => None,
        Some(account) => {
            let look = move |it: &Account| it.available_on(today);
            Some(app.ledger.inspect(account, look).await.map_err(failed)?)
        }
    };
    let total = told.total_on(today);
    let ListTold { list, offers } = told;
    let row = |listed: ListedOffer| {
        let (price, cost) = (listed.offer.listing.price_on(today).clone(), listed.cost_on(today));
        Row { listed, price, cost }
    };
    let rows = offers.into_iter().map(row).collect();
    let mine = teacher == Some(list.owner);
    let limits = (NAME_MAX, NOTE_MAX, QUANTITY_MAX);
    Ok(Page(ListPage { frame, list, rows, mine, total, available, limits }).into_response())
}

impl ListPage {
    /// What the teacher could not pay of it today; `None` when they could pay it all.
    fn missing(&self) -> Option<Balance> {
        let missing = self.total.beyond(self.available?);
        (!missing.is_zero()).then_some(missing)
    }

    /// What the teacher would keep.
    fn left(&self) -> Balance {
        self.available.unwrap_or_default().beyond(self.total)
    }

    /// « 3 ressources, dont 1 qui n’est plus en vente ».
    fn count(&self) -> String {
        let all = format::count(self.rows.len(), "ressource", "ressources");
        match self.rows.iter().filter(|it| !it.listed.offer.on_sale).count() {
            0 => all,
            gone => format!("{all}, dont {gone} qui ne se vend plus"),
        }
    }

    /// Whether some of it is paid as it is used.
    fn by_use(&self) -> bool {
        self.rows.iter().any(|it| it.by_use() && it.listed.offer.on_sale)
    }
}

impl Row {
    fn by_use(&self) -> bool {
        self.listed.offer.listing.billing == Billing::ByUse
    }

    /// « 12,00 € », « Gratuit », « 0,20 € par usage ».
    fn told_price(&self) -> String {
        match (self.by_use(), self.price.amount.is_zero()) {
            (true, _) => format!("{} par usage", self.price.amount),
            (false, true) => "Gratuit".to_owned(),
            (false, false) => self.price.amount.to_string(),
        }
    }

    /// Whether there is something to pay, and it may be bought.
    fn may_be_bought(&self) -> bool {
        self.listed.offer.on_sale && (self.by_use() || !self.price.amount.is_zero())
    }
}
