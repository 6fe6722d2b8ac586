//! What may have happened to an account.

use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::{Earmark, Holder, School, Shares, Terms};
pub use super::{
    licence::LicenceAcquired,
    renewal::{Origin, RenewalDeclined, RenewalProposed},
    team::{AskedBy, TeamEvent},
};
use crate::digest::Digest;
use crate::identifiers::{Funder, Siren};
use crate::ids::{
    AgreementId, BatchId, CaptureId, EnvelopeId, LotId, OfferId, PartnerId, PurchaseId, RefundId,
};
use crate::money::Amount;
use crate::offer::Kind;
use crate::repeated::Repeated;

/// What has happened to an account: the stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountEvent {
    /// See [`AccountOpened`].
    Opened(AccountOpened),
    /// See [`CreditsGranted`].
    Granted(CreditsGranted),
    /// See [`PurchaseAuthorised`].
    Authorised(PurchaseAuthorised),
    /// See [`PurchaseCaptured`].
    Captured(PurchaseCaptured),
    /// See [`PurchaseCancelled`].
    Cancelled(PurchaseCancelled),
    /// See [`HoldExpired`].
    HoldExpired(HoldExpired),
    /// See [`PurchaseRefunded`].
    Refunded(PurchaseRefunded),
    /// See [`CreditsReturned`].
    Returned(CreditsReturned),
    /// See [`AccountSuspended`].
    Suspended(AccountSuspended),
    /// See [`AccountResumed`].
    Resumed(AccountResumed),
    /// See [`AccountClosed`].
    Closed(AccountClosed),
    /// See [`PurchaseContested`].
    Contested(PurchaseContested),
    /// See [`ContestEnded`].
    ContestEnded(ContestEnded),
    /// See [`SpecimenTaken`].
    SpecimenTaken(SpecimenTaken),
    /// See [`LicenceAcquired`].
    LicenceAcquired(LicenceAcquired),
    /// See [`RenewalProposed`].
    RenewalProposed(RenewalProposed),
    /// See [`RenewalDeclined`].
    RenewalDeclined(RenewalDeclined),
    /// See [`TeamEvent`].
    Team(TeamEvent),
}

impl AccountEvent {
    /// Which purchase it is about; `None` when it is about none.
    pub fn purchase(&self) -> Option<PurchaseId> {
        match self {
            Self::Authorised(it) => Some(it.purchase),
            Self::Captured(it) => Some(it.purchase),
            Self::Cancelled(it) => Some(it.purchase),
            Self::HoldExpired(it) => Some(it.purchase),
            Self::Refunded(it) => Some(it.purchase),
            Self::Contested(it) => Some(it.purchase),
            Self::ContestEnded(it) => Some(it.purchase),
            Self::LicenceAcquired(it) => Some(it.purchase),
            Self::RenewalProposed(it) => Some(it.purchase),
            Self::RenewalDeclined(it) => Some(it.purchase),
            Self::Team(it) => it.purchase(),
            Self::Opened(_)
            | Self::Granted(_)
            | Self::Returned(_)
            | Self::Suspended(_)
            | Self::Resumed(_)
            | Self::Closed(_)
            | Self::SpecimenTaken(_) => None,
        }
    }
}

/// An account was opened for a holder, who is only an opaque id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountOpened {
    /// A teacher or a team.
    pub holder: Holder,
    /// Where.
    pub school: School,
}

/// Money a funder lets the holder spend (dotation): a new lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditsGranted {
    /// The lot's id, which follows from the funder's reference.
    pub lot: LotId,
    /// Where it comes from.
    pub envelope: EnvelopeId,
    /// Whose money.
    pub funder: Funder,
    /// How much.
    pub amount: Amount,
    /// Which funder pays first: 1 before 9.
    pub priority: u8,
    /// The last day on which it may be spent, in Europe/Paris.
    pub valid_until: NaiveDate,
    /// What it may buy.
    #[serde(default, skip_serializing_if = "Earmark::is_none")]
    pub earmark: Earmark,
    /// The file it came in; `None` for a single top-up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchId>,
}

/// Money is held for a purchase, lot by lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseAuthorised {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// What is bought, as sold.
    pub terms: Repeated<Terms>,
    /// Its price, or the ceiling when it is billed by use.
    pub amount: Amount,
    /// Who pays what; adds up to `amount`.
    pub split: Shares,
    /// Until when it is held.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub hold_until: DateTime<Utc>,
    /// What it comes after: a specimen that was tried, a term that it continues.
    #[serde(default, skip_serializing_if = "Origin::is_none")]
    pub origin: Origin,
    /// Which member asked for it, on a team's account; `None` on a teacher's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<AskedBy>,
}

/// The partner has delivered, and is owed for it (service fait).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseCaptured {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// Which capture of it.
    pub capture: CaptureId,
    /// Who is owed.
    pub partner: PartnerId,
    /// The partner's SIREN.
    pub siren: Siren,
    /// How much.
    pub amount: Amount,
    /// Who pays what; adds up to `amount`.
    pub split: Shares,
    /// What goes back to the lots, because nothing more will be captured.
    #[serde(default, skip_serializing_if = "SmallVec::is_empty")]
    pub freed: Shares,
    /// Whether nothing more will be captured.
    pub last: bool,
}

/// A purchase was given up before delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseCancelled {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// What goes back to the lots.
    pub freed: Shares,
    /// Why.
    pub reason: CompactString,
}

/// A hold's term has passed without delivery of the rest, or nothing more is to be delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldExpired {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// What goes back to the lots.
    pub freed: Shares,
    /// Whether its partner freed it before its term.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub released: bool,
}

/// The partner gives money back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseRefunded {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// Which refund of it.
    pub refund: RefundId,
    /// Who gives back.
    pub partner: PartnerId,
    /// The partner's SIREN.
    pub siren: Siren,
    /// How much.
    pub amount: Amount,
    /// What the holder may spend again.
    #[serde(default, skip_serializing_if = "SmallVec::is_empty")]
    pub reopened: Shares,
    /// What goes back to its funder (à restituer), its lot or envelope being over.
    #[serde(default, skip_serializing_if = "SmallVec::is_empty")]
    pub returned: Shares,
    /// The agreement that credits a recent buyer; `None` when the partner gives back by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<AgreementId>,
}

/// What is left of a lot goes back to its funder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditsReturned {
    /// Which lot.
    pub lot: LotId,
    /// The envelope it came from.
    pub envelope: EnvelopeId,
    /// Whose money.
    pub funder: Funder,
    /// How much was left.
    pub amount: Amount,
    /// Why.
    pub because: ReturnCause,
}

/// Why credits go back to their funder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnCause {
    /// Their last day has passed.
    Expired,
    /// The account was closed.
    AccountClosed,
}

/// New purchases are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSuspended {
    /// Why.
    pub reason: CompactString,
}

/// Purchases are accepted again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountResumed {}

/// The account is closed for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountClosed {}

/// The holder says that what was paid for was not delivered as sold: its settlement waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseContested {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// Who sold it.
    pub partner: PartnerId,
    /// What was captured and not refunded.
    pub amount: Amount,
    /// Why.
    pub reason: CompactString,
}

/// A contest is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContestEnded {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// Who sold it.
    pub partner: PartnerId,
    /// How it ended.
    pub outcome: ContestOutcome,
    /// What was found; empty when the holder withdraws it.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub reason: CompactString,
}

/// How a contest ends, but by a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContestOutcome {
    /// The holder withdraws it.
    Withdrawn,
    /// The authorising officer finds that service was done.
    Dismissed,
}

/// The holder tries a resource for nothing, until a day; kept whole, so that an auditor needs
/// nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecimenTaken {
    /// Which offer.
    pub offer: OfferId,
    /// Whose.
    pub partner: PartnerId,
    /// The partner's own reference for the offer.
    pub reference: CompactString,
    /// Its title.
    pub title: String,
    /// What kind of resource.
    pub kind: Kind,
    /// Fingerprint of the whole listing the holder saw.
    pub digest: Digest,
    /// Where the specimen is, on the partner's site.
    pub url: String,
    /// The last day on which it may be used, in Europe/Paris.
    pub until: NaiveDate,
}
