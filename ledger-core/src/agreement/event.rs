//! What may have happened to an agreement.

use chrono::NaiveDate;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::Delivered;
use crate::ids::{AccountId, CaptureId, OfferId, PartnerId, PurchaseId, RefundId};
use crate::money::{Amount, Balance, Budget};

/// What has happened to an agreement: the stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgreementEvent {
    /// See [`AgreementSigned`].
    Signed(AgreementSigned),
    /// See [`SpendingCounted`].
    Counted(SpendingCounted),
    /// See [`SpendingTakenOff`].
    TakenOff(SpendingTakenOff),
    /// See [`CeilingReached`].
    Reached(CeilingReached),
    /// See [`BuyerCredited`].
    Credited(BuyerCredited),
    /// See [`AgreementEnded`].
    Ended(AgreementEnded),
}

/// The State and a partner agree on one offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementSigned {
    /// On which offer.
    pub offer: OfferId,
    /// Whose.
    pub partner: PartnerId,
    /// What has to be bought before it costs nothing more.
    pub ceiling: Ceiling,
    /// The first day of which what is captured counts, in Europe/Paris; what was captured before
    /// the agreement was signed never does.
    pub first_day: NaiveDate,
    /// The last one.
    pub last_day: NaiveDate,
    /// The last day on which the offer is free once the ceiling is reached.
    pub free_until: NaiveDate,
    /// How many days before the day it is reached a buyer must have bought to be credited; 0 is
    /// that day only.
    pub credit_days: u16,
    /// What such a buyer gets back.
    pub credit: Credit,
    /// What the paper is called where it is kept; 1 to 80 characters.
    pub reference: CompactString,
}

/// What has to be bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ceiling {
    /// For so much, refunds taken off.
    Spending(Budget),
    /// By so many accounts.
    Buyers(u32),
}

/// What a recent buyer gets back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credit {
    /// A part of what was paid.
    Share {
        /// In hundredths of a per cent, 0 to 10,000.
        basis_points: u16,
    },
    /// The same sum for each capture, and never more than was paid.
    Fixed {
        /// How much.
        amount: Amount,
    },
}

/// A capture counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpendingCounted {
    /// Whose account.
    pub account: AccountId,
    /// Which purchase.
    pub purchase: PurchaseId,
    /// Which capture of it.
    pub capture: CaptureId,
    /// How much was captured.
    pub amount: Amount,
    /// The day of the capture, in Europe/Paris.
    pub day: NaiveDate,
    /// Where the capture stands in the log.
    pub position: u64,
}

/// A refund takes something off what was counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpendingTakenOff {
    /// Whose account.
    pub account: AccountId,
    /// Of which purchase.
    pub purchase: PurchaseId,
    /// Which refund of it.
    pub refund: RefundId,
    /// How much is taken off: no more than was counted for the purchase.
    pub amount: Balance,
}

/// The ceiling is reached: the offer costs nothing more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CeilingReached {
    /// On which day, that of the capture that reached it.
    pub on: NaiveDate,
    /// Where that capture stands in the log.
    pub position: u64,
    /// What was counted, refunds taken off.
    pub total: Balance,
    /// How many accounts bought it.
    pub buyers: u32,
}

/// A recent buyer was credited, by a refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuyerCredited {
    /// Whose account.
    pub account: AccountId,
    /// Which purchase.
    pub purchase: PurchaseId,
    /// For which capture of it.
    pub capture: CaptureId,
    /// How much; nothing when all of it had been refunded before.
    pub amount: Balance,
}

/// It was ended before its term: the offer has its price again, and nothing more counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementEnded {
    /// Since which day.
    pub on: NaiveDate,
    /// Why.
    pub reason: CompactString,
}

impl SpendingCounted {
    /// What it is that counts.
    pub const fn delivered(&self) -> Delivered {
        let Self { account, purchase, capture, .. } = self;
        Delivered { account: *account, purchase: *purchase, capture: *capture }
    }
}

impl BuyerCredited {
    /// What it is credited for.
    pub const fn delivered(&self) -> Delivered {
        let Self { account, purchase, capture, .. } = self;
        Delivered { account: *account, purchase: *purchase, capture: *capture }
    }
}
