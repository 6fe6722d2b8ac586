//! One movement of an account: what an event changes to what may be spent.

use chrono::{DateTime, NaiveDate, Utc};
use ledger_core::account::{Account, AccountEvent, ReturnCause, Share};
use ledger_core::decider::Decider;
use ledger_core::ids::PurchaseId;
use ledger_core::meta::accounting_day;
use ledger_core::money::Balance;
use ledger_core::offer::Billing;

use crate::storefront::funding::{Names, in_words};
use crate::storefront::history::History;

/// What one event changes to what may be spent, and the balance after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// When.
    pub at: DateTime<Utc>,
    /// What happened.
    pub label: &'static str,
    /// The resource's title, or the envelope's.
    pub subject: String,
    /// Which purchase; `None` for credits.
    pub purchase: Option<PurchaseId>,
    /// Whose money.
    pub funders: String,
    /// What came in.
    pub credit: Balance,
    /// What went out.
    pub debit: Balance,
    /// What could be spent then.
    pub balance: Balance,
}

impl Movement {
    /// The accounting day.
    pub fn day(&self) -> NaiveDate {
        accounting_day(self.at)
    }

    /// « + 12,00 € », « − 3,20 € »; nothing when what may be spent does not change.
    pub fn signed(&self) -> String {
        match (self.credit.is_zero(), self.debit.is_zero()) {
            (false, _) => format!("+\u{a0}{}", self.credit),
            (true, false) => format!("−\u{a0}{}", self.debit),
            (true, true) => String::new(),
        }
    }
}

/// Every movement of the account, oldest first; events that move nothing that a teacher follows
/// are left out.
pub fn movements(history: &History, names: &Names) -> Vec<Movement> {
    let mut state = Account::default();
    let mut all: Vec<Movement> = vec![];
    for told in &history.told {
        let before = spendable(&state);
        state.evolve(&told.event);
        let balance = spendable(&state);
        let Some((label, detail, shares)) = words_of(&told.event, names) else { continue };
        let purchase = told.event.purchase();
        // What is delivered at once was told by its authorisation.
        let at_once = matches!(&told.event,
            AccountEvent::Captured(it) if it.capture.0 == it.purchase.0);
        if at_once && before == balance {
            continue;
        }
        let subject = detail.unwrap_or_else(|| title(&all, purchase));
        all.push(Movement {
            at: told.at,
            label,
            subject,
            purchase,
            funders: in_words(&shares, names),
            credit: balance.beyond(before),
            debit: before.beyond(balance),
            balance,
        });
    }
    all
}

/// All that may be spent, the last day of some of it having passed or not: that day moves
/// nothing by itself, the return to the funder does.
fn spendable(account: &Account) -> Balance {
    account.lots.iter().map(|it| it.available).sum()
}

/// The title that the purchase had when it was authorised.
fn title(before: &[Movement], purchase: Option<PurchaseId>) -> String {
    let authorised = before.iter().find(|it| it.purchase.is_some() && it.purchase == purchase);
    authorised.map(|it| it.subject.clone()).unwrap_or_default()
}

type Words = (&'static str, Option<String>, Vec<Share>);

/// What an event is called, what it is about unless that is its purchase, and whose money moves.
fn words_of(event: &AccountEvent, names: &Names) -> Option<Words> {
    let share = |lot, envelope, funder, amount| vec![Share { lot, envelope, funder, amount }];
    Some(match event {
        AccountEvent::Granted(it) => (
            "Crédit accordé",
            Some(names.title(it.envelope).to_owned()),
            share(it.lot, it.envelope, it.funder, it.amount),
        ),
        AccountEvent::Authorised(it) => {
            let label = match it.terms.billing {
                Billing::ByUse => "Plafond réservé",
                Billing::Once | Billing::Subscription => "Achat",
            };
            (label, Some(it.terms.title.clone()), it.split.to_vec())
        }
        AccountEvent::Captured(it) if it.freed.is_empty() => {
            ("Livré, payé sur la réservation", None, it.split.to_vec())
        }
        AccountEvent::Captured(it) => {
            ("Livré, reste de la réservation rendu", None, it.freed.to_vec())
        }
        AccountEvent::Cancelled(it) => ("Achat annulé", None, it.freed.to_vec()),
        AccountEvent::HoldExpired(it) if it.released => {
            ("Reste de la réservation rendu", None, it.freed.to_vec())
        }
        AccountEvent::HoldExpired(it) => ("Réservation échue", None, it.freed.to_vec()),
        AccountEvent::Refunded(it) => (
            if it.returned.is_empty() {
                "Remboursement"
            } else {
                "Remboursement, rendu au financeur"
            },
            None,
            it.reopened.iter().chain(&it.returned).copied().collect(),
        ),
        AccountEvent::Returned(it) => (
            match it.because {
                ReturnCause::Expired => "Crédit périmé, rendu au financeur",
                ReturnCause::AccountClosed => "Compte clos, crédit rendu au financeur",
            },
            Some(names.title(it.envelope).to_owned()),
            share(it.lot, it.envelope, it.funder, it.amount),
        ),
        AccountEvent::Opened(_)
        | AccountEvent::Suspended(_)
        | AccountEvent::Resumed(_)
        | AccountEvent::Closed(_)
        | AccountEvent::Contested(_)
        | AccountEvent::ContestEnded(_)
        | AccountEvent::SpecimenTaken(_)
        | AccountEvent::LicenceAcquired(_)
        | AccountEvent::RenewalProposed(_)
        | AccountEvent::RenewalDeclined(_)
        | AccountEvent::Team(_) => return None,
    })
}
