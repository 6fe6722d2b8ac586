//! A licence libératoire: the State and a partner agree that an offer, once enough of it was
//! bought, costs nothing more; whoever bought it shortly before gets part of it back.
//!
//! ```text
//! sign ──▶ Signed ──count*──▶ Reached (the offer is free) ──credit*──▶ recent buyers are paid back
//!             └────────────────┴─end──▶ Ended
//! ```
//!
//! One stream per offer, so that one state says whether it is free; an agreement that is over may
//! be followed by another. No money moves here: credits are refunds, in the buyers' accounts.

pub mod event;
mod rules;
mod state;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;

pub use event::*;
pub use state::{Agreement, Counted, Line, Standing};

use crate::ids::{AccountId, CaptureId, OfferId, PurchaseId, RefundId};
use crate::meta::{Actor, Role};
use crate::money::{Amount, Balance};

/// For how many days before the ceiling is reached a buyer may be credited, at most.
pub const CREDIT_DAYS_MAX: u16 = 366;

/// What is asked of an agreement, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementCommand {
    /// Who asks.
    pub by: Actor,
    /// Today in Europe/Paris.
    pub on: NaiveDate,
    /// What.
    pub act: AgreementAct,
}

/// What may be asked of an agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgreementAct {
    /// Sign it: the authorising officer's act.
    Sign(AgreementSigned),
    /// Count what was captured; done by the ledger.
    Count(SpendingCounted),
    /// Take off what was refunded, unless the ceiling was reached; done by the ledger.
    Uncount {
        /// Whose account.
        account: AccountId,
        /// Of which purchase.
        purchase: PurchaseId,
        /// Which refund of it.
        refund: RefundId,
        /// How much was given back.
        amount: Amount,
    },
    /// Note that a recent buyer was credited; done by the ledger.
    NoteCredit(BuyerCredited),
    /// End it before its term: the authorising officer's act.
    End {
        /// Why; 1 to 500 characters.
        reason: compact_str::CompactString,
    },
}

/// Why a command on an agreement is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgreementRefusal {
    /// Nothing was signed for this offer.
    #[error("there is no agreement on this offer")]
    NoSuchAgreement,
    /// Another one runs.
    #[error("an agreement on this offer runs until {until}: end it first")]
    Runs {
        /// The last day of what it frees.
        until: NaiveDate,
    },
    /// It was ended, or its period is over.
    #[error("this agreement is over")]
    Over,
    /// The reference served for something else.
    #[error("capture {capture} was counted before, for another amount")]
    ReferenceReused {
        /// Which one.
        capture: CaptureId,
    },
    /// The purchase was not counted, so that nothing can be taken off or credited.
    #[error("purchase {purchase} was not counted by this agreement")]
    NotCounted {
        /// Which one.
        purchase: PurchaseId,
    },
    /// It is somebody else's act.
    #[error("this act is {needed:?}'s")]
    WrongRole {
        /// Whose.
        needed: Role,
    },
    /// A field cannot be taken.
    #[error("{field}: {expected}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What would be right.
        expected: &'static str,
    },
}

/// One capture of one account: what is counted, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Delivered {
    /// Whose account.
    pub account: AccountId,
    /// Which purchase.
    pub purchase: PurchaseId,
    /// Which capture of it.
    pub capture: CaptureId,
}

/// The refund by which a recent buyer is credited for one capture: the same each time.
pub fn credit_refund(offer: OfferId, of: &Delivered) -> RefundId {
    let mut name = Vec::with_capacity(48);
    for part in [of.account.0, of.purchase.0, of.capture.0] {
        name.extend_from_slice(part.as_bytes());
    }
    RefundId::derived(crate::ids::AgreementId::of(offer).0, &name)
}

impl Ceiling {
    /// How far `counted` is, in hundredths of the ceiling, rounded down.
    pub fn percent(self, counted: Counted) -> u64 {
        let (done, ceiling) = match self {
            Self::Spending(it) => (counted.total.cents(), it.cents()),
            Self::Buyers(it) => (counted.buyers.into(), it.into()),
        };
        done.saturating_mul(100) / ceiling.max(1)
    }
}

impl Credit {
    /// What is credited to whoever paid `paid`: rounded down to the cent, and never more than that.
    pub fn of(self, paid: Balance) -> Balance {
        let cents = match self {
            Self::Share { basis_points } => {
                let whole = u128::from(paid.cents()) * u128::from(basis_points.min(10_000));
                u64::try_from(whole / 10_000).unwrap_or(paid.cents())
            }
            Self::Fixed { amount } => amount.cents().min(paid.cents()),
        };
        Balance::from_cents(cents)
    }
}
