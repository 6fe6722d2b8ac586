//! A payment that a partner asks for on its own site, and that a teacher confirms on ours.
//!
//! ```text
//! create ──▶ waiting ──authorise──▶ authorised   (from here on, its purchases in the account tell)
//!               ├─await────▶ awaiting approval ─┬─authorise──▶ authorised   (a team's, ADR 21)
//!               │                               └─ the same ends as waiting
//!               ├─decline──▶ declined     by the teacher
//!               ├─cancel───▶ cancelled    by the partner
//!               └─expire───▶ expired      nobody came in time
//! ```
//! The payment's stream knows what was asked and who took it; money is held, captured and refunded
//! in that account's own stream, one purchase for each line. What is billed by use counts here.

mod created;
pub mod event;
mod rules;
#[cfg(test)]
mod tests;
pub mod usage;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use compact_str::CompactString;

pub use created::{DESCRIPTION_MAX, HOLD_DAYS_MAX, LINES_MAX, METADATA_MAX};
pub use event::*;
pub use usage::Usage;

use crate::ids::{AccountId, BuyerId, PaymentId};
use crate::money::{Amount, Balance};

/// What is asked of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentCommand {
    /// Ask for it.
    Create(Box<PaymentCreated>),
    /// Note that an account holds the money for it.
    Authorise {
        /// Whose money is held.
        account: AccountId,
        /// What the partner calls that account.
        buyer: BuyerId,
        /// Now.
        at: DateTime<Utc>,
    },
    /// Note that an account holds the money for it, and that the head of school has to agree.
    AwaitApproval {
        /// Whose money is held.
        account: AccountId,
        /// What the partner calls that account.
        buyer: BuyerId,
        /// Until when the head may agree.
        until: DateTime<Utc>,
        /// Now.
        at: DateTime<Utc>,
    },
    /// Say no; the teacher's act, or the head of school's.
    Decline,
    /// Ask for it no more; the partner's act, before any account holds money for it.
    Cancel {
        /// Why, in the partner's words; up to 200 characters.
        reason: CompactString,
    },
    /// End it: nobody came in time.
    Expire {
        /// Now.
        at: DateTime<Utc>,
    },
    /// Count what was used so far.
    RecordUsage(UsageRecorded),
    /// Bill what was used and not billed yet.
    CloseUsage(CloseUsage),
}

/// Why a command on a payment is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaymentRefusal {
    /// There is no such payment, or it is another partner's: the answer is the same.
    #[error("there is no such payment")]
    NoSuchPayment,
    /// The reference served for something else.
    #[error("this reference served for another request")]
    ReferenceReused,
    /// It is over before any money was held.
    #[error("this payment is {step}")]
    Over {
        /// How it ended.
        step: PaymentStep,
    },
    /// Its term has passed.
    #[error("this payment could be confirmed until {until}")]
    TooLate {
        /// Its term.
        until: DateTime<Utc>,
    },
    /// Its term has not passed.
    #[error("this payment may be confirmed until {until}")]
    NotOver {
        /// Its term.
        until: DateTime<Utc>,
    },
    /// Another account took it.
    #[error("this payment was confirmed by somebody else")]
    TakenByAnother,
    /// An account holds money for it: what follows is that account's.
    #[error("this payment is authorised already")]
    Authorised,
    /// No account holds money for it yet.
    #[error("this payment is not authorised")]
    NotAuthorised,
    /// Usage is counted for what is billed by use.
    #[error("this payment is not billed by use")]
    NotByUse,
    /// Counts only grow.
    #[error("{recorded} units were recorded already: a count never goes back")]
    UsageWentBack {
        /// How many.
        recorded: u64,
    },
    /// More than the ceiling that the teacher agreed to.
    #[error("the ceiling of {ceiling} allows {units} units in all")]
    OverCeiling {
        /// What the teacher agreed to.
        ceiling: Amount,
        /// How many units it pays for.
        units: u64,
    },
    /// All of it was billed.
    #[error("usage of this payment is closed")]
    UsageClosed,
    /// A field cannot be taken.
    #[error("{field}: {expected}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What would be right.
        expected: &'static str,
    },
}

/// How far a payment went before an account held money for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PaymentStep {
    /// A teacher may confirm it.
    #[default]
    Waiting,
    /// An account holds the money, until the head of school agrees.
    Awaiting {
        /// Which one.
        account: AccountId,
        /// What the partner calls it.
        buyer: BuyerId,
        /// Until when the head may agree.
        until: DateTime<Utc>,
    },
    /// An account holds, or held, the money.
    Authorised {
        /// Which one.
        account: AccountId,
        /// What the partner calls it.
        buyer: BuyerId,
    },
    /// The teacher said no.
    Declined,
    /// The partner asked for it no more.
    Cancelled,
    /// Nobody came in time.
    Expired,
}

impl std::fmt::Display for PaymentStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Waiting => "waiting",
            Self::Awaiting { .. } => "awaiting approval",
            Self::Authorised { .. } => "authorised",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        })
    }
}

/// One payment, as its stream tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payment {
    /// What was asked; `None` before it was.
    pub created: Option<Arc<PaymentCreated>>,
    /// How far it went.
    pub step: PaymentStep,
    /// Why the partner cancelled it; empty when it said nothing.
    pub reason: CompactString,
    /// What was used of it, when it is billed by use.
    pub usage: Option<Box<Usage>>,
}

impl Payment {
    /// The account that holds money for it, and what the partner calls that account.
    pub const fn taken(&self) -> Option<(AccountId, BuyerId)> {
        match self.step {
            PaymentStep::Authorised { account, buyer } => Some((account, buyer)),
            PaymentStep::Waiting
            | PaymentStep::Awaiting { .. }
            | PaymentStep::Declined
            | PaymentStep::Cancelled
            | PaymentStep::Expired => None,
        }
    }
}

impl PaymentCreated {
    /// What all its lines come to; ceilings count whole.
    pub fn total(&self) -> Balance {
        self.lines.iter().map(|it| Balance::from(it.amount)).sum()
    }

    /// Whether it is billed as it is used: one line, within a ceiling.
    pub fn by_use(&self) -> bool {
        self.lines.iter().any(|it| it.terms.billing == crate::offer::Billing::ByUse)
    }
}

/// What names its purchases: an id in the order of time that follows from the payment and the line.
pub fn purchase_of(payment: PaymentId, line: usize, at: DateTime<Utc>) -> crate::ids::PurchaseId {
    let milliseconds = at.timestamp_millis().to_be_bytes();
    let line = u16::try_from(line).unwrap_or(u16::MAX).to_be_bytes();
    let mut bytes = uuid::Uuid::new_v5(&payment.0, &line).into_bytes();
    bytes[..6].copy_from_slice(&milliseconds[2..]);
    bytes[6] = bytes[6] & 0x0f | 0x70;
    crate::ids::PurchaseId(uuid::Uuid::from_bytes(bytes))
}
