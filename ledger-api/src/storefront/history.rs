//! What an account's own stream tells: its state, and each purchase with its dates and terms.
//!
//! Read from the log itself: what was just paid is there, and the numbers are those that the rules
//! decide on and that the accountant reads.

use chrono::{DateTime, Utc};
use ledger_core::account::{
    Account, AccountEvent, Purchase, PurchaseAuthorised, PurchaseRefunded, PurchaseStatus,
    SpecimenTaken, Terms,
};
use ledger_core::codec::Stored;
use ledger_core::decider::Decider;
use ledger_core::event_log::EventLog;
use ledger_core::ids::{AccountId, PurchaseId};
use ledger_core::money::Amount;
use ledger_core::repeated::Repeated;

use crate::app::App;
use crate::problem::Problem;

/// An event of the account, and when it was recorded.
#[derive(Clone, Debug)]
pub struct Told {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub event: AccountEvent,
}

/// All that has happened to one account, oldest first, and what it led to.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Every event.
    pub told: Vec<Told>,
    /// The state after them; the default one when the account was never opened.
    pub account: Account,
}

/// One purchase, from its authorisation to its last refund.
#[derive(Clone, Debug)]
pub struct Bought {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// As it was authorised: terms, amount, who pays, until when.
    pub authorised: PurchaseAuthorised,
    /// Where it stands, and what each lot pays of it.
    pub purchase: Purchase,
    /// When it was captured, and how much each time.
    pub captures: Vec<(DateTime<Utc>, Amount)>,
    /// When it was cancelled or its hold expired; `None` when neither.
    pub given_up: Option<DateTime<Utc>>,
    /// When it was refunded, and what became of the money each time.
    pub refunds: Vec<(DateTime<Utc>, PurchaseRefunded)>,
    /// When it was contested, and why; `None` for the end of a contest.
    pub contests: Vec<(DateTime<Utc>, Option<String>)>,
}

/// A resource that was tried for nothing.
#[derive(Clone, Debug)]
pub struct Tried {
    /// When it was taken.
    pub at: DateTime<Utc>,
    /// What, where and up to which day.
    pub specimen: SpecimenTaken,
    /// The purchase that it led to; `None` when it led to none.
    pub purchase: Option<PurchaseId>,
}

/// Reads the whole stream of `account`.
pub async fn read(app: &App, account: AccountId) -> Result<History, Problem> {
    let recorded = app.ledger.log().read_stream(account.into(), 0).await;
    let mut history = History::default();
    for it in &recorded.map_err(Problem::unavailable)? {
        let event = AccountEvent::read(it).map_err(Problem::internal)?;
        history.account.evolve(&event);
        history.told.push(Told { at: it.meta.at, event });
    }
    Ok(history)
}

impl History {
    /// One purchase; `None` when this account has none of that id.
    pub fn purchase(&self, id: PurchaseId) -> Option<Bought> {
        self.bought(|it| it == id).pop()
    }

    /// The specimens that were taken, the latest first, each with the purchase that it led to.
    pub fn specimens(&self) -> Vec<Tried> {
        let bought = self.bought(|_| true);
        let tried = self.told.iter().rev().filter_map(|Told { at, event }| {
            let specimen = specimen(event)?;
            let led_to =
                |it: &&Bought| it.terms().offer == specimen.offer && it.at >= *at && it.is_kept();
            let purchase = bought.iter().find(led_to).map(|it| it.purchase.id);
            Some(Tried { at: *at, specimen: specimen.clone(), purchase })
        });
        tried.collect()
    }

    /// When the specimen of what was bought was taken, before it was; `None` when it was not.
    pub fn tried_before(&self, bought: &Bought) -> Option<DateTime<Utc>> {
        let tried = self
            .told
            .iter()
            .find(|it| specimen(&it.event).is_some_and(|it| it.offer == bought.terms().offer));
        tried.map(|it| it.at).filter(|at| *at <= bought.at)
    }

    /// All purchases, the latest first.
    pub fn purchases(&self) -> Vec<Bought> {
        let mut all = self.bought(|_| true);
        all.reverse();
        all
    }

    fn bought(&self, wanted: impl Fn(PurchaseId) -> bool) -> Vec<Bought> {
        let mut all: Vec<Bought> = vec![];
        for Told { at, event } in &self.told {
            let Some(id) = event.purchase().filter(|it| wanted(*it)) else { continue };
            if let AccountEvent::Authorised(authorised) = event {
                let Some(purchase) = self.account.purchase(id).cloned() else { continue };
                all.push(Bought::new(*at, authorised.clone(), purchase));
            } else if let Some(bought) = all.iter_mut().rev().find(|it| it.purchase.id == id) {
                bought.take_in(*at, event);
            }
        }
        all
    }
}

/// The specimen that `event` lends; `None` when it lends none.
fn specimen(event: &AccountEvent) -> Option<&SpecimenTaken> {
    if let AccountEvent::SpecimenTaken(it) = event { Some(it) } else { None }
}

impl Bought {
    fn new(at: DateTime<Utc>, authorised: PurchaseAuthorised, purchase: Purchase) -> Self {
        let (captures, refunds, contests) = (vec![], vec![], vec![]);
        Self { at, authorised, purchase, captures, given_up: None, refunds, contests }
    }

    fn take_in(&mut self, at: DateTime<Utc>, event: &AccountEvent) {
        match event {
            AccountEvent::Captured(it) => self.captures.push((at, it.amount)),
            AccountEvent::Cancelled(_) | AccountEvent::HoldExpired(_) => self.given_up = Some(at),
            AccountEvent::Refunded(it) => self.refunds.push((at, it.clone())),
            AccountEvent::Contested(it) => self.contests.push((at, Some(it.reason.to_string()))),
            AccountEvent::ContestEnded(_) => self.contests.push((at, None)),
            AccountEvent::Authorised(_)
            | AccountEvent::SpecimenTaken(_)
            | AccountEvent::LicenceAcquired(_)
            | AccountEvent::RenewalProposed(_)
            | AccountEvent::RenewalDeclined(_)
            | AccountEvent::Team(_)
            | AccountEvent::Opened(_)
            | AccountEvent::Granted(_)
            | AccountEvent::Returned(_)
            | AccountEvent::Suspended(_)
            | AccountEvent::Resumed(_)
            | AccountEvent::Closed(_) => (),
        }
    }

    /// What was bought, as sold.
    pub fn terms(&self) -> &Repeated<Terms> {
        &self.authorised.terms
    }

    /// Whether something of it is held, or paid and not refunded.
    pub fn is_kept(&self) -> bool {
        let paid = self.purchase.captured().beyond(self.purchase.refunded());
        !paid.is_zero() || !self.purchase.held().is_zero()
    }

    /// Whether money is still held for it.
    pub fn is_held(&self) -> bool {
        self.purchase.status == PurchaseStatus::Authorised
    }

    /// Whether it may still be given up: held, and nothing of it delivered.
    pub fn may_be_cancelled(&self) -> bool {
        self.is_held() && self.purchase.captured().is_zero()
    }
}
