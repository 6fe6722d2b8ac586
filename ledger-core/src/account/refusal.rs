//! Why an account says no: each refusal names the rule, and carries what its sender needs to act.

use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;

use super::PurchaseStatus;
use super::team::OverLimit;
use crate::identifiers::Uai;
use crate::ids::PurchaseId;
use crate::meta::Role;
use crate::money::{Amount, Balance};

/// Why a command on an account is refused; each carries what its sender needs to act.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountRefusal {
    /// There is no such account.
    #[error("this account does not exist")]
    NotOpen,
    /// It is closed for ever.
    #[error("this account is closed")]
    Closed,
    /// No new purchase for now.
    #[error("this account is suspended: {reason}")]
    Suspended {
        /// As given when it was suspended.
        reason: CompactString,
    },
    /// The reference served for something else.
    #[error("reference {reference} was used before, for something else")]
    ReferenceReused {
        /// Which one.
        reference: String,
    },
    /// The holder cannot afford it.
    #[error("{missing} short: {available} available")]
    NotEnough {
        /// What the holder may spend on anything at all today.
        available: Balance,
        /// What is missing.
        missing: Amount,
    },
    /// The holder has the money, but not all of it may pay for this.
    #[error("{missing} short for this resource: {eligible} of {available} may pay for it")]
    NotEligible {
        /// What the holder may spend today.
        available: Balance,
        /// What of it may pay for this resource.
        eligible: Balance,
        /// What is missing.
        missing: Amount,
        /// How much is set aside for other resources, or frozen by its funder.
        frozen: Balance,
    },
    /// The funder does not credit holders of this school.
    #[error("the envelope does not credit accounts of school {uai}")]
    RecipientNotAdmitted {
        /// The account's school.
        uai: Uai,
    },
    /// It would expire before it can be spent.
    #[error("credits valid until {valid_until} cannot be granted after that day")]
    AlreadyExpired {
        /// The last day.
        valid_until: NaiveDate,
    },
    /// There is no such purchase in this account.
    #[error("there is no purchase {purchase} in this account")]
    NoSuchPurchase {
        /// Which one.
        purchase: PurchaseId,
    },
    /// It is over: captured, cancelled or expired.
    #[error("purchase {purchase} is {status}")]
    NotHeld {
        /// Which one.
        purchase: PurchaseId,
        /// Where it stands.
        status: PurchaseStatus,
    },
    /// More than is still held.
    #[error("only {held} is still held for this purchase")]
    CaptureTooLarge {
        /// What is held.
        held: Balance,
    },
    /// Part of it was delivered: capture the last part, or refund.
    #[error("{captured} of this purchase was delivered already: refund it instead")]
    PartlyDelivered {
        /// What was captured.
        captured: Balance,
    },
    /// More than was captured and not refunded.
    #[error("only {refundable} of this purchase can still be refunded")]
    RefundTooLarge {
        /// What is left.
        refundable: Balance,
    },
    /// The term has not passed.
    #[error("this purchase is held until {until}")]
    HoldNotOver {
        /// The term.
        until: DateTime<Utc>,
    },
    /// Nothing of it was paid, or all of it was refunded.
    #[error("nothing of purchase {purchase} is paid: there is nothing to contest")]
    NothingToContest {
        /// Which one.
        purchase: PurchaseId,
    },
    /// Service done is presumed.
    #[error("this purchase could be contested until {until}")]
    ContestTooLate {
        /// The last day.
        until: NaiveDate,
    },
    /// Once is enough.
    #[error("this specimen was taken before, until {until}")]
    SpecimenAlreadyTaken {
        /// Its last day.
        until: NaiveDate,
    },
    /// Another quality is needed for the act.
    #[error("this act is {needed:?}'s")]
    WrongRole {
        /// Whose act it is.
        needed: Role,
    },
    /// It is a teacher's own account.
    #[error("this account is no team's")]
    NotATeam,
    /// Who asks is not in the team that shares the account.
    #[error("only a member of the team buys with its account")]
    NotAMember,
    /// See [`OverLimit`].
    #[error(transparent)]
    OverTeamLimit(#[from] OverLimit),
    /// The head of school has not decided yet.
    #[error("this purchase waits for the head of school, until {until}")]
    ApprovalPending {
        /// Until when it waits.
        until: DateTime<Utc>,
    },
    /// It does not wait: decided otherwise, given up, or never asked.
    #[error("purchase {purchase} does not wait for an approval")]
    NothingToApprove {
        /// Which one.
        purchase: PurchaseId,
    },
    /// It is for the head of school, a delegate, or a manager of the team.
    #[error("this is not yours to decide")]
    NotYours,
    /// Nobody decides on what they asked for themselves.
    #[error("nobody decides on a purchase that they asked for themselves")]
    OwnRequest,
    /// Somebody has to see to the team.
    #[error("a team keeps a manager: make another member one first")]
    LastManager,
    /// A field cannot be taken.
    #[error("{field}: {expected}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What would be right.
        expected: &'static str,
    },
    /// Purchases are under way.
    #[error("{held} is held for purchases under way: cancel or deliver them first")]
    HasHolds {
        /// How much.
        held: Balance,
    },
}

impl AccountRefusal {
    /// The rule's stable name, as in problems and reports.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::NotOpen => "account-not-open",
            Self::Closed => "account-closed",
            Self::Suspended { .. } => "account-suspended",
            Self::ReferenceReused { .. } => "reference-reused",
            Self::NotEnough { .. } => "not-enough-money",
            Self::NotEligible { .. } => "not-eligible",
            Self::RecipientNotAdmitted { .. } => "recipient-not-admitted",
            Self::AlreadyExpired { .. } => "credits-already-expired",
            Self::NoSuchPurchase { .. } => "no-such-purchase",
            Self::NotHeld { .. } => "purchase-not-held",
            Self::CaptureTooLarge { .. } => "capture-too-large",
            Self::PartlyDelivered { .. } => "purchase-partly-delivered",
            Self::RefundTooLarge { .. } => "refund-too-large",
            Self::HoldNotOver { .. } => "hold-not-over",
            Self::HasHolds { .. } => "account-has-holds",
            Self::NothingToContest { .. } => "nothing-to-contest",
            Self::ContestTooLate { .. } => "contest-too-late",
            Self::SpecimenAlreadyTaken { .. } => "specimen-already-taken",
            Self::WrongRole { .. } => "wrong-role",
            Self::NotATeam => "not-a-team",
            Self::NotAMember => "not-a-member",
            Self::OverTeamLimit(_) => "over-team-limit",
            Self::ApprovalPending { .. } => "approval-pending",
            Self::NothingToApprove { .. } => "nothing-to-approve",
            Self::NotYours => "not-yours-to-decide",
            Self::OwnRequest => "own-request",
            Self::LastManager => "last-manager",
            Self::Invalid { .. } => "invalid-field",
        }
    }
}
