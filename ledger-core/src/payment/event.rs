//! What may have happened to a payment.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::account::Terms;
use crate::digest::Digest;
use crate::ids::{AccountId, BuyerId, CaptureId, PartnerId, PurchaseId, UsageId};
use crate::money::Amount;
use crate::repeated::Repeated;

/// What has happened to a payment: the stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentEvent {
    /// See [`PaymentCreated`].
    Created(Box<PaymentCreated>),
    /// See [`PaymentAuthorised`].
    Authorised(PaymentAuthorised),
    /// See [`ApprovalAwaited`].
    ApprovalAwaited(ApprovalAwaited),
    /// See [`PaymentDeclined`].
    Declined(PaymentDeclined),
    /// See [`PaymentCancelled`].
    Cancelled(PaymentCancelled),
    /// See [`PaymentExpired`].
    Expired(PaymentExpired),
    /// See [`UsageRecorded`].
    UsageRecorded(UsageRecorded),
    /// See [`CeilingNeared`].
    CeilingNeared(CeilingNeared),
    /// See [`UsageClosed`].
    UsageClosed(UsageClosed),
}

/// A partner asks to be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentCreated {
    /// Who is to be paid.
    pub partner: PartnerId,
    /// What for, as sold; 1 to 20 lines, a single one when it is billed by use.
    pub lines: Vec<PaymentLine>,
    /// The partner's own reference, such as its order's number; 1 to 255 characters.
    pub reference: CompactString,
    /// What the teacher reads above the lines; up to 255 characters.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub description: CompactString,
    /// Where the teacher goes back to.
    pub return_url: CompactString,
    /// What the partner wants to find again; never shown to the teacher.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<CompactString, CompactString>,
    /// When its money is captured.
    pub capture: CaptureMode,
    /// For how many days money is held once it is confirmed; 1 to 400.
    pub hold_days: u16,
    /// When it was asked for, UTC.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub created_at: DateTime<Utc>,
    /// Until when a teacher may confirm it.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub expires_at: DateTime<Utc>,
    /// Fingerprint of the request: sent again, it is the same payment, whatever became of the
    /// offers since.
    pub request: Digest,
}

/// One line of a payment: what one purchase will be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentLine {
    /// Which purchase it will be in the account that pays.
    pub purchase: PurchaseId,
    /// What is bought, as sold.
    pub terms: Repeated<Terms>,
    /// What it costs; the ceiling when it is billed by use.
    pub amount: Amount,
    /// How many, which `amount` and the terms' price already count.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub quantity: u16,
    /// Whether it is an offer of the catalogue.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub catalogue: bool,
}

const fn one() -> u16 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_one(quantity: &u16) -> bool {
    *quantity == 1
}

/// When the money of a confirmed payment is captured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureMode {
    /// When the partner says that it has delivered.
    #[default]
    Manual,
    /// At once: it is delivered as soon as it is paid.
    Automatic,
}

/// An account holds the money for the payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentAuthorised {
    /// Which account.
    pub account: AccountId,
    /// What the partner calls it: the same for each of its payments, another one for other partners.
    pub buyer: BuyerId,
}

/// A team's account holds the money, and the head of school has to agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalAwaited {
    /// Which account.
    pub account: AccountId,
    /// What the partner will call it.
    pub buyer: BuyerId,
    /// Until when the head may agree.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub until: DateTime<Utc>,
}

/// The teacher, or the head of school, said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentDeclined {}

/// The partner asks for it no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentCancelled {
    /// Why; often empty.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub reason: CompactString,
}

/// Nobody confirmed it in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentExpired {}

/// What was used since the beginning, as the partner counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageRecorded {
    /// The partner's reference; makes it idempotent.
    pub record: UsageId,
    /// How many units in all; never fewer than before.
    pub units: u64,
    /// The day on which the last of them was used, in Europe/Paris.
    pub on: NaiveDate,
}

/// Usage reached a share of the ceiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CeilingNeared {
    /// 50, 80 or 100.
    pub percent: u8,
    /// How many units in all.
    pub units: u64,
}

/// What was used and not billed yet is billed: it will be captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageClosed {
    /// The capture that bills it.
    pub capture: CaptureId,
    /// The last day that it bills, in Europe/Paris.
    pub until: NaiveDate,
    /// How many units in all were billed with it.
    pub units: u64,
    /// What it bills; `None` when nothing was used since the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Whether nothing more will be billed: the rest of the ceiling is freed.
    pub last: bool,
}

/// Asks to bill what was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseUsage {
    /// The capture that will bill it; makes it idempotent.
    pub capture: CaptureId,
    /// The last day to bill, in Europe/Paris.
    pub until: NaiveDate,
    /// Whether nothing more will be billed.
    pub last: bool,
}
