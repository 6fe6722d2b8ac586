//! Subscriptions that end soon and trials that do: told, and continued only by a purchase.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{Days, NaiveDate};
use ledger_core::account::{Account, AccountCommand, AccountEvent, RenewalProposed};
use ledger_core::ids::{AccountId, OfferId, PurchaseId};
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::accounting_day;
use ledger_core::money::Balance;
use ledger_core::offer::Billing;

use super::history::{Bought, History, Tried};
use super::{failed, sale};
use crate::app::App;
use crate::extract::Path;
use crate::problem::Problem;
use crate::security::RequestId;
use crate::session::Teacher;

/// How many days before its end a trial is told of.
const SOON: u64 = 7;

/// A subscription whose renewal is proposed.
#[derive(Clone, Debug)]
pub struct Due {
    /// The purchase whose term ends.
    pub purchase: PurchaseId,
    /// Of which offer.
    pub offer: OfferId,
    /// Its title, as bought.
    pub title: String,
    /// The last day of the term.
    pub until: NaiveDate,
    /// What was paid for it.
    pub paid: Balance,
    /// What another term costs today.
    pub price: Balance,
}

impl Due {
    /// « au même prix, 12,00 € », « à 14,00 € au lieu de 12,00 € ».
    pub fn told(&self) -> String {
        if self.price == self.paid {
            format!("au même prix, {}", self.price)
        } else {
            format!("à {} au lieu de {}", self.price, self.paid)
        }
    }
}

/// The renewals that are proposed and not answered; what is withdrawn from sale is left out.
pub async fn due(app: &App, history: &History) -> Result<Vec<Due>, Problem> {
    let today = app.clock.today();
    let mut all = vec![];
    for open in history.account.renewals(today) {
        let Some((proposed, bought)) = proposal(history, open.purchase) else { continue };
        let sale = sale::of(app, open.offer).await?;
        if !sale.open {
            continue;
        }
        let free = sale.freedom.is_free();
        let price = if free { Balance::ZERO } else { sale.listing.price.amount };
        all.push(Due {
            purchase: open.purchase,
            offer: open.offer,
            title: bought.terms().title.clone(),
            until: open.until,
            paid: proposed.paid,
            price,
        });
    }
    Ok(all)
}

fn proposal(history: &History, purchase: PurchaseId) -> Option<(RenewalProposed, Bought)> {
    let proposed = history.told.iter().find_map(|it| {
        let AccountEvent::RenewalProposed(proposed) = &it.event else { return None };
        (proposed.purchase == purchase).then(|| proposed.clone())
    });
    Some((proposed?, history.purchase(purchase)?))
}

/// The first and last day of a subscription's term; `None` for what is none, or has no end.
pub fn term(bought: &Bought) -> Option<(NaiveDate, NaiveDate)> {
    let terms = bought.terms();
    let days = terms.licence.days.filter(|_| terms.billing == Billing::Subscription)?;
    let (since, before) = match bought.authorised.origin.renews {
        Some(renews) => (renews.from, renews.from.pred_opt()?),
        None => (accounting_day(bought.at), accounting_day(bought.at)),
    };
    Some((since, before.checked_add_days(Days::new(days.into()))?))
}

/// The trials that end within a week and led to no purchase.
pub fn ending(history: &History, today: NaiveDate) -> Vec<Tried> {
    let last = today.checked_add_days(Days::new(SOON)).unwrap_or(NaiveDate::MAX);
    let ends = |it: &Tried| (today..=last).contains(&it.specimen.until) && it.purchase.is_none();
    let free = |it: &Tried| history.account.has_for_nothing(it.specimen.offer);
    history.specimens().into_iter().filter(|it| ends(it) && !free(it)).collect()
}

/// `POST /achats/{purchase}/ne-pas-renouveler`: declines what is proposed; sent again, it changes
/// nothing.
pub async fn decline(
    State(app): State<App>,
    Teacher(session): Teacher,
    request: RequestId,
    Path(purchase): Path<PurchaseId>,
) -> Result<Response, Problem> {
    let account = AccountId(session.id);
    let command = AccountCommand::DeclineRenewal { purchase };
    let meta = app.meta(session.actor(), request);
    match app.ledger.execute::<Account>(account, &command, meta).await {
        Ok(_) => Ok(Redirect::to(&format!("/achats/{purchase}?fait=decline")).into_response()),
        Err(ExecuteError::Refused(refusal)) => Err(refusal.into()),
        Err(error) => Err(failed(error)),
    }
}
