//! An agreement as its stream tells: what was counted, and what is still to be credited.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::{
    AgreementEnded, AgreementEvent, AgreementSigned, Ceiling, CeilingReached, Delivered,
    SpendingCounted,
};
use crate::ids::{AccountId, PurchaseId, RefundId};
use crate::money::{Amount, Balance};

/// The agreements on one offer: the last one that was signed, and what it counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// What was signed last; `None` before anything was.
    pub signed: Option<AgreementSigned>,
    /// When it was reached; `None` until then.
    pub reached: Option<CeilingReached>,
    /// When and why it was ended; `None` when it was not.
    pub ended: Option<AgreementEnded>,
    /// What was counted, refunds taken off.
    pub total: Balance,
    /// How many accounts bought it, refunds taken off.
    pub buyers: u32,
    /// Its lines, by what was delivered.
    pub(super) lines: BTreeMap<Delivered, Line>,
    /// What is counted of each purchase, refunds taken off.
    pub(super) net: BTreeMap<(AccountId, PurchaseId), Balance>,
    /// The refunds that were taken off.
    pub(super) taken_off: BTreeSet<(AccountId, PurchaseId, RefundId)>,
}

/// One capture that counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// How much.
    pub amount: Amount,
    /// Its day.
    pub day: NaiveDate,
    /// What its buyer was credited; `None` when that is to be done, or never will.
    pub credited: Option<Balance>,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// What was bought, refunds taken off.
    pub total: Balance,
    /// By how many accounts.
    pub buyers: u32,
}

/// Where an agreement stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing was signed.
    None,
    /// Its first day is to come.
    ToCome,
    /// What is bought counts.
    Counting,
    /// The offer is free, since the day that is given.
    Free(NaiveDate),
    /// It was ended, or its term has passed.
    Over,
}

impl Agreement {
    /// Where it stands on the day `on`.
    pub fn standing(&self, on: NaiveDate) -> Standing {
        let Some(signed) = &self.signed else { return Standing::None };
        if self.ended.is_some() {
            return Standing::Over;
        }
        match &self.reached {
            Some(reached) if on <= signed.free_until => Standing::Free(reached.on),
            None if on < signed.first_day => Standing::ToCome,
            None if on <= signed.last_day => Standing::Counting,
            Some(_) | None => Standing::Over,
        }
    }

    /// Since when the offer costs nothing; `None` when it has its price on the day `on`.
    pub fn frees(&self, on: NaiveDate) -> Option<NaiveDate> {
        match self.standing(on) {
            Standing::Free(since) => Some(since),
            Standing::None | Standing::ToCome | Standing::Counting | Standing::Over => None,
        }
    }

    /// How far it is, in hundredths of the ceiling, rounded down; 100 and more once it is reached.
    pub fn percent(&self) -> u64 {
        self.signed.as_ref().map_or(0, |it| it.ceiling.percent(self.counted()))
    }

    /// How far it is.
    pub fn counted(&self) -> Counted {
        Counted { total: self.total, buyers: self.buyers }
    }

    /// The line of what was delivered; `None` when it was not counted.
    pub fn line(&self, of: &Delivered) -> Option<&Line> {
        self.lines.get(of)
    }

    /// What is to be credited to whom, in the order of ids, for what was paid and not refunded when
    /// the ceiling was reached; nothing before.
    pub fn credits_due(&self) -> Vec<(Delivered, Balance)> {
        let (Some(signed), Some(reached)) = (&self.signed, &self.reached) else {
            return Vec::new();
        };
        let since = reached.on.checked_sub_days(Days::new(signed.credit_days.into()));
        let recent = |day| since.is_none_or(|since| day >= since);
        let mut left = self.net.clone();
        let mut due = Vec::new();
        for (of, line) in &self.lines {
            let left = left.entry((of.account, of.purchase)).or_default();
            let paid = line.amount.at_most(*left).map_or(Balance::ZERO, Balance::from);
            *left = left.beyond(paid);
            let credit = signed.credit.of(paid);
            if line.credited.is_none() && recent(line.day) {
                due.push((*of, credit));
            }
        }
        due
    }

    /// How far it would be with `amount` more of `account`.
    pub(super) fn with(&self, account: AccountId, amount: Amount) -> Counted {
        let new = u32::from(!self.buys(account));
        let buyers = self.buyers.saturating_add(new);
        Counted { total: self.total.plus(amount), buyers }
    }

    /// Whether something is counted of `account`.
    fn buys(&self, account: AccountId) -> bool {
        let purchases = (account, PurchaseId(Uuid::nil()))..=(account, PurchaseId(Uuid::max()));
        self.net.range(purchases).any(|(_, net)| !net.is_zero())
    }

    pub(super) fn is_full(&self, counted: Counted) -> bool {
        self.signed.as_ref().is_some_and(|it| match it.ceiling {
            Ceiling::Spending(ceiling) => counted.total.cents() >= ceiling.cents(),
            Ceiling::Buyers(ceiling) => counted.buyers >= ceiling,
        })
    }

    pub(super) fn take_in(&mut self, event: &AgreementEvent) {
        match event {
            AgreementEvent::Signed(it) => {
                *self = Self { signed: Some(it.clone()), ..Self::default() };
            }
            AgreementEvent::Counted(it) => self.count(it),
            AgreementEvent::TakenOff(it) => {
                self.taken_off.insert((it.account, it.purchase, it.refund));
                self.total = self.total.beyond(it.amount);
                let bought = self.buys(it.account);
                let net = self.net.entry((it.account, it.purchase)).or_default();
                *net = net.beyond(it.amount);
                self.buyers -= u32::from(bought && !self.buys(it.account));
            }
            AgreementEvent::Reached(it) => self.reached = Some(it.clone()),
            AgreementEvent::Credited(it) => {
                if let Some(line) = self.lines.get_mut(&it.delivered()) {
                    line.credited = Some(it.amount);
                }
            }
            AgreementEvent::Ended(it) => self.ended = Some(it.clone()),
        }
    }

    fn count(&mut self, it: &SpendingCounted) {
        self.buyers = self.with(it.account, it.amount).buyers;
        let line = Line { amount: it.amount, day: it.day, credited: None };
        self.lines.insert(it.delivered(), line);
        self.total = self.total.plus(it.amount);
        let net = self.net.entry((it.account, it.purchase)).or_default();
        *net = net.plus(it.amount);
    }
}
