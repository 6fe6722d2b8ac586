//! `GET /comptable/comptes/{account}`: a holder's account, who is only an opaque id here.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use ledger_core::account::Holder;
use ledger_core::event_log::{EventLog, Position};
use ledger_core::ids::AccountId;
use ledger_core::money::Balance;
use projections::reports::balances::{AccountBalance, AccountRow, LotBalance, Standing};

use super::names::Names;
use super::trail::{self, Step};
use super::wording;
use crate::app::App;
use crate::extract::Path;
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::session::Reader;
use crate::{format, reading};

/// How many of the last events the page shows.
const EVENTS: usize = 30;

/// `templates/audit/account.html`.
#[derive(Template)]
#[template(path = "audit/account.html")]
struct AccountPage {
    frame: Frame,
    account: AccountRow,
    balance: AccountBalance,
    today: NaiveDate,
    steps: Vec<Step>,
    earlier: bool,
    position: Position,
}

impl AccountPage {
    fn holder(&self) -> &'static str {
        match self.account.holder {
            Holder::Teacher => "Enseignant",
            Holder::Team => "Équipe",
        }
    }

    fn level(&self) -> &'static str {
        wording::level(self.account.school.level)
    }

    fn standing(&self) -> (&'static str, &'static str) {
        match self.account.standing {
            Standing::Active => ("success", "Actif"),
            Standing::Suspended(_) => ("warning", "Suspendu"),
            Standing::Closed => ("neutral", "Clos"),
        }
    }

    /// What may be spent of a lot today, and why it is not all of what is left.
    fn state(&self, lot: &LotBalance) -> (&'static str, &'static str) {
        match (lot.valid_until < self.today, lot.frozen) {
            (true, _) => ("neutral", "Échu"),
            (false, true) => ("warning", "Gelé"),
            (false, false) => ("success", "Ouvert"),
        }
    }

    fn total(&self) -> Total {
        self.balance.lots.iter().fold(Total::default(), |sum, it| Total {
            granted: sum.granted.and(it.granted()),
            available: sum.available.and(it.available),
            held: sum.held.and(it.held),
            spent: sum.spent.and(it.spent),
            returned: sum.returned.and(it.returned),
        })
    }
}

/// What became of all the credits of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Total {
    granted: Balance,
    available: Balance,
    held: Balance,
    spent: Balance,
    returned: Balance,
}

/// Shows one account.
pub(super) async fn show(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let unknown = || {
        Problem::not_found(format_args!("no account `{name}`"))
            .told(format!("Il n’y a pas de compte « {name} »."))
    };
    let id: AccountId = name.parse().map_err(|_| unknown())?;
    let events = app.ledger.log().read_stream(id.into(), 0).await;
    let mut events = events.map_err(Problem::unavailable)?;
    let earlier = events.len() > EVENTS;
    events.drain(..events.len().saturating_sub(EVENTS));
    let today = app.clock.today();
    let reader = reading::latest(&app).await?;
    let account = reader.account(id).map_err(reading::failed)?.ok_or_else(unknown)?;
    let balance = reader.balance(id).map_err(reading::failed)?;
    let names = Names::read(&reader).map_err(reading::failed)?;
    let steps = trail::steps(events, &names).map_err(Problem::internal)?;
    let position = reader.position();
    let page = AccountPage { frame, account, balance, today, steps, earlier, position };
    Ok(Page(page).into_response())
}
