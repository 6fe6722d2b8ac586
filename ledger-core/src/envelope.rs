//! One funder's pot (enveloppe): its budget, whom it credits, what it buys, and what it has given.
//!
//! Money notified to teachers is backed by a funded line: Σ allocated ≤ budget, always, and while
//! the budget is provisional, ≤ its ratio of it.

pub mod refusal;
mod rules;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use refusal::EnvelopeRefusal;

use crate::account::{Earmark, Recipients};
use crate::event_log::Position;
use crate::identifiers::Funder;
use crate::ids::{AccountId, ConventionId, ReceiptId};
use crate::money::{Amount, Balance, Budget};

/// How much of a budget may be allocated, in thousandths: 800 is four fifths, 1000 is all of it.
pub type Permille = u16;

/// What is asked of an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvelopeCommand {
    /// Open it.
    Open(Box<EnvelopeOpened>),
    /// Its provisional budget is voted: all of it may be allocated.
    ConfirmBudget {
        /// The deliberation or arrêté.
        legal_reference: CompactString,
    },
    /// More money is voted.
    RaiseBudget {
        /// How much more.
        amount: Budget,
        /// The deliberation or arrêté; makes it idempotent.
        legal_reference: CompactString,
    },
    /// The funder's money has arrived.
    ReceiveFunds {
        /// Which payment; makes it idempotent.
        receipt: ReceiptId,
        /// How much.
        amount: Budget,
        /// As on the bank statement.
        reference: CompactString,
        /// The bank's booking date; `None` when it is not known.
        booked: Option<NaiveDate>,
    },
    /// Set money aside for accounts, before they are credited.
    Allocate {
        /// What for.
        allocation: Allocation,
        /// Today in Europe/Paris.
        on: NaiveDate,
    },
    /// Take back what could not be credited.
    Release {
        /// Which allocation; once for each.
        allocation: Uuid,
        /// How much.
        amount: Budget,
    },
    /// Note what expired or was refunded to the funder, seen in the log.
    NoteReturns(ReturnsNoted),
    /// Refuse new holds and allocations; what is engaged goes on.
    Freeze {
        /// Why.
        reason: CompactString,
        /// From when, in Europe/Paris.
        on: NaiveDate,
    },
    /// Accept them again.
    Unfreeze,
    /// Close it for ever.
    Close,
}

/// What has happened to an envelope: the stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvelopeEvent {
    /// See [`EnvelopeOpened`].
    Opened(Box<EnvelopeOpened>),
    /// See [`BudgetConfirmed`].
    BudgetConfirmed(BudgetConfirmed),
    /// See [`BudgetRaised`].
    BudgetRaised(BudgetRaised),
    /// See [`FundsReceived`].
    FundsReceived(FundsReceived),
    /// See [`CreditsAllocated`].
    Allocated(CreditsAllocated),
    /// See [`AllocationReleased`].
    Released(AllocationReleased),
    /// See [`ReturnsNoted`].
    ReturnsNoted(ReturnsNoted),
    /// See [`EnvelopeFrozen`].
    Frozen(EnvelopeFrozen),
    /// See [`EnvelopeUnfrozen`].
    Unfrozen(EnvelopeUnfrozen),
    /// See [`EnvelopeClosed`].
    Closed(EnvelopeClosed),
}

/// A funder opens an envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvelopeOpened {
    /// Whose money.
    pub funder: Funder,
    /// The funder's name, as on its letterhead.
    pub funder_name: CompactString,
    /// What the envelope is called; 1 to 200 characters.
    pub title: CompactString,
    /// The arrêté, deliberation or convention that allows it; 1 to 200 characters.
    pub legal_reference: CompactString,
    /// How much.
    pub budget: Budget,
    /// How much of it may be allocated before it is confirmed.
    pub ratio: Permille,
    /// The first day on which it may credit accounts, in Europe/Paris.
    pub valid_from: NaiveDate,
    /// The last day on which its credits may be spent, in Europe/Paris.
    pub valid_until: NaiveDate,
    /// Which funder pays first: 1 before 9; 5 unless set.
    pub priority: u8,
    /// Whom it credits.
    #[serde(default)]
    pub recipients: Recipients,
    /// What its credits may buy.
    #[serde(default)]
    pub earmark: Earmark,
    /// The convention it draws on, which calls for its funds; `None` calls for them at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub convention: Option<ConventionId>,
}

/// A provisional budget was voted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetConfirmed {
    /// Whose money.
    pub funder: Funder,
    /// The deliberation or arrêté.
    pub legal_reference: CompactString,
    /// What of the budget was not called for yet; `None` when all of it was.
    pub rest: Option<Budget>,
}

/// More money was voted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetRaised {
    /// Whose money.
    pub funder: Funder,
    /// How much more.
    pub amount: Budget,
    /// The deliberation or arrêté.
    pub legal_reference: CompactString,
}

/// The funder's money arrived at the bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundsReceived {
    /// Whose money.
    pub funder: Funder,
    /// Which payment.
    pub receipt: ReceiptId,
    /// How much.
    pub amount: Budget,
    /// As on the bank statement.
    pub reference: CompactString,
    /// The bank's booking date; `None` when it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booked: Option<NaiveDate>,
}

/// What money is set aside for: one account, or all those of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// The batch's id, or one derived from the funder's reference.
    pub id: Uuid,
    /// How much in all.
    pub amount: Budget,
    /// How many accounts.
    pub lines: u32,
    /// The account, when there is just one; `None` for a batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<AccountId>,
}

/// Money was set aside for accounts: one event for a whole batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditsAllocated {
    /// Whose money.
    pub funder: Funder,
    /// What for.
    #[serde(flatten)]
    pub allocation: Allocation,
}

/// What could not be credited is free again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationReleased {
    /// Which allocation.
    pub allocation: Uuid,
    /// How much.
    pub amount: Budget,
}

/// What accounts returned to this envelope between two positions of the log (à restituer).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnsNoted {
    /// After this position.
    pub after: Position,
    /// Up to this one, included.
    pub up_to: Position,
    /// Credits that expired or whose account was closed.
    pub expired: Balance,
    /// Refunds that no lot could take again.
    pub refunded: Balance,
}

/// New holds and allocations are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvelopeFrozen {
    /// Why.
    pub reason: CompactString,
    /// From when.
    pub on: NaiveDate,
}

/// New holds and allocations are accepted again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvelopeUnfrozen {}

/// The envelope is over: it allocates nothing more, and refunds go to the funder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvelopeClosed {}

/// One envelope, as its stream tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// As it was opened; `None` before.
    pub opened: Option<Box<EnvelopeOpened>>,
    /// All that was voted.
    pub budget: Balance,
    /// How much of it may be allocated.
    pub ratio: Permille,
    /// What arrived at the bank.
    pub received: Balance,
    /// What accounts were or will be credited.
    pub allocated: Balance,
    /// What goes back to the funder: expired credits and late refunds.
    pub returned: Balance,
    /// Up to where returns are noted.
    pub returns_up_to: Position,
    /// Why it is frozen; `None` when it is not.
    pub frozen: Option<CompactString>,
    /// Whether it is over.
    pub closed: bool,
    allocations: std::collections::HashMap<Uuid, Allocated>,
    references: std::collections::HashMap<CompactString, Budget>,
    receipts: std::collections::HashMap<ReceiptId, Budget>,
    confirmed: Option<CompactString>,
    /// What the funder was asked to pay in, if it is a collectivité.
    called: Balance,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Allocated {
    allocation: Allocation,
    released: Option<Budget>,
}

impl Envelope {
    /// What may be allocated in all: the ratio of the budget, rounded down to the cent.
    pub fn ceiling(&self) -> Balance {
        Balance::from_cents(
            self.budget.cents() / 1000 * u64::from(self.ratio)
                + self.budget.cents() % 1000 * u64::from(self.ratio) / 1000,
        )
    }

    /// What may still be allocated.
    pub fn left(&self) -> Balance {
        let state = self.opened.as_ref().is_some_and(|it| it.funder.is_state());
        let ceiling = if state { self.ceiling().min(self.received) } else { self.ceiling() };
        ceiling.beyond(self.allocated)
    }

    /// What was set aside as `allocation`; `None` when nothing was.
    pub fn allocation(&self, allocation: Uuid) -> Option<&Allocation> {
        self.allocations.get(&allocation).map(|it| &it.allocation)
    }

    /// Whether what was set aside as `allocation` is free again.
    pub fn has_released(&self, allocation: Uuid) -> bool {
        self.allocations.get(&allocation).is_some_and(|it| it.released.is_some())
    }

    /// What it is, without what it has allocated, which may be long.
    #[must_use]
    pub fn terms(&self) -> Self {
        Self {
            opened: self.opened.clone(),
            frozen: self.frozen.clone(),
            budget: self.budget,
            ratio: self.ratio,
            received: self.received,
            allocated: self.allocated,
            returned: self.returned,
            returns_up_to: self.returns_up_to,
            closed: self.closed,
            ..Self::default()
        }
    }

    /// The credits an account gets from it: `amount`, as lot `lot`; `None` before it was opened.
    pub fn credits(
        &self,
        id: crate::ids::EnvelopeId,
        lot: crate::ids::LotId,
        amount: Amount,
        batch: Option<crate::ids::BatchId>,
    ) -> Option<crate::account::CreditsGranted> {
        let opened = self.opened.as_ref()?;
        Some(crate::account::CreditsGranted {
            lot,
            envelope: id,
            funder: opened.funder,
            amount,
            priority: opened.priority,
            valid_until: opened.valid_until,
            earmark: opened.earmark.clone(),
            batch,
        })
    }
}
