//! `GET /compte`: what the holder may spend, on what and until when, and what has become of the rest.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{NaiveDate, TimeDelta};
use ledger_core::account::state::Standing;
use ledger_core::account::{Account, Lot};
use ledger_core::ids::AccountId;
use ledger_core::money::Balance;

use super::funding::{Names, percent};
use super::history::Tried;
use super::renewal::{self, Due};
use super::statement::{Movement, movements};
use super::{history, words};
use crate::app::App;
use crate::format;
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::session::Teacher;

/// Credits whose last day is so near are told apart.
const SOON: TimeDelta = TimeDelta::days(60);

/// How many of the last movements are shown.
const LATEST: usize = 5;

/// `templates/storefront/account.html`.
#[derive(Template)]
#[template(path = "storefront/account.html")]
struct AccountPage {
    frame: Frame,
    id: AccountId,
    standing: Option<&'static str>,
    available: Balance,
    held: Balance,
    spent: Balance,
    granted: Balance,
    lots: Vec<LotLine>,
    latest: Vec<Movement>,
    due: Vec<Due>,
    ending: Vec<Tried>,
    today: NaiveDate,
}

/// One credit, and what has become of it.
struct LotLine {
    funder: String,
    envelope: String,
    granted: Balance,
    /// What may still be spent; nothing once its last day has passed.
    available: Balance,
    held: Balance,
    spent: Balance,
    /// What went back to the funder, or is about to.
    returned: Balance,
    valid_until: NaiveDate,
    expired: bool,
    soon: bool,
    earmark: String,
}

/// Shows the account.
pub async fn show(
    State(app): State<App>,
    Teacher(session): Teacher,
    frame: Frame,
) -> Result<Response, Problem> {
    let id = AccountId(session.id);
    let history = history::read(&app, id).await?;
    let account = &history.account;
    let (today, names) = (app.clock.today(), Names::of_account(&app, account).await?);
    let mut lots: Vec<LotLine> =
        account.lots.iter().map(|it| LotLine::new(it, today, &names)).collect();
    lots.sort_by_key(|it| (it.expired, it.valid_until));
    let mut latest = movements(&history, &names);
    latest.reverse();
    latest.truncate(LATEST);
    let page = AccountPage {
        frame,
        id,
        standing: standing(account),
        available: account.available_on(today),
        held: account.held(),
        spent: account.spent(),
        granted: account.lots.iter().map(|it| Balance::from(it.granted)).sum(),
        lots,
        latest,
        due: renewal::due(&app, &history).await?,
        ending: renewal::ending(&history, today),
        today,
    };
    Ok(Page(page).into_response())
}

/// Why the account does not buy; `None` when it does.
fn standing(account: &Account) -> Option<&'static str> {
    match (&account.holder, &account.standing) {
        (None, _) => Some(
            "Votre compte n’est pas encore ouvert : il s’ouvre au premier crédit accordé par l’État ou par une collectivité.",
        ),
        (Some(_), Standing::Suspended(_)) => Some(
            "Votre compte est suspendu : aucun nouvel achat n’est possible. Adressez-vous à votre établissement.",
        ),
        (Some(_), Standing::Closed) => Some("Votre compte est clos : il n’achète plus."),
        (Some(_), Standing::Active) => None,
    }
}

impl LotLine {
    fn new(lot: &Lot, today: NaiveDate, names: &Names) -> Self {
        let expired = lot.valid_until < today;
        let (available, over) =
            if expired { (Balance::ZERO, lot.available) } else { (lot.available, Balance::ZERO) };
        Self {
            funder: names.funder(lot.envelope, &lot.funder),
            envelope: names.title(lot.envelope).to_owned(),
            granted: lot.granted.into(),
            available,
            held: lot.held,
            spent: lot.spent,
            returned: lot.returned.and(over),
            valid_until: lot.valid_until,
            expired,
            soon: !expired && !available.is_zero() && lot.valid_until <= today + SOON,
            earmark: words::earmark(lot.earmark()),
        }
    }

    /// Where a part of it ends in its bar, in percent, and how wide it is.
    fn bar(&self) -> [(&'static str, String, String); 3] {
        let share = |part| percent(part, self.granted);
        let after_spent = share(self.spent);
        let after_held = share(self.spent.and(self.held));
        [
            ("part-1", share(Balance::ZERO), share(self.spent)),
            ("part-2", after_spent, share(self.held)),
            ("part-3", after_held, share(self.available)),
        ]
    }
}

impl AccountPage {
    /// What is about to expire, soonest first.
    fn expiring(&self) -> impl Iterator<Item = &LotLine> {
        self.lots.iter().filter(|it| it.soon)
    }

    /// What went back to funders in all.
    fn returned(&self) -> Balance {
        self.lots.iter().map(|it| it.returned).sum()
    }

    /// What stands under the sum that may be spent.
    fn note(&self) -> String {
        match self.expiring().next() {
            None => String::new(),
            Some(first) => {
                let sum: Balance = self.expiring().map(|it| it.available).sum();
                let day = format::long_date(first.valid_until);
                format!("dont {sum} expirent bientôt, dès le {day}")
            }
        }
    }
}
