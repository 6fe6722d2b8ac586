//! Why a settlement says no: each refusal names the rule, and carries what its sender needs to act.

use chrono::NaiveDate;
use compact_str::CompactString;

use super::{Check, Stage};
use crate::ids::PurchaseId;
use crate::meta::Role;
use crate::money::{Balance, Budget};

/// Why a command on a settlement is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettlementRefusal {
    /// There is no such settlement.
    #[error("this settlement does not exist")]
    NotPrepared,
    /// The reference served for something else.
    #[error("{reference} was used before, for something else")]
    ReferenceReused {
        /// Which one.
        reference: String,
    },
    /// A field cannot be taken.
    #[error("{field}: {expected}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What would be right.
        expected: &'static str,
    },
    /// It is not at the step that the act needs.
    #[error("this settlement is {at:?}: {needed} is needed first")]
    NotAtStage {
        /// How far it is.
        at: Stage,
        /// What comes before the act.
        needed: &'static str,
    },
    /// Teachers may still contest.
    #[error("teachers may contest until {from}: service done is presumed from that day on")]
    NotPresumedYet {
        /// The first day on which it is.
        from: NaiveDate,
    },
    /// The shares do not add up to the sum.
    #[error("{what} adds up to {sum}, not to {expected}")]
    DoesNotAddUp {
        /// Which sum.
        what: &'static str,
        /// What it adds up to.
        sum: Balance,
        /// What it should be.
        expected: Balance,
    },
    /// Another quality is needed for the act.
    #[error("this act is {needed:?}'s")]
    WrongRole {
        /// Whose act it is.
        needed: Role,
    },
    /// Whoever ordered can neither give the visa nor pay (art. 9).
    #[error("who ordered this payment can neither clear nor pay it")]
    SameActor,
    /// The sample is not looked at yet.
    #[error("{left} purchases of the sample are to be checked before the visa")]
    SampleOpen {
        /// How many.
        left: usize,
    },
    /// The purchase is not of the sample.
    #[error("purchase {purchase} is not in the sample")]
    NotSampled {
        /// Which one.
        purchase: PurchaseId,
    },
    /// A visa needs all five checks, each once.
    #[error("the visa needs its five checks, each once: {missing:?} is missing or stands twice")]
    ChecksIncomplete {
        /// Which one.
        missing: Check,
    },
    /// A check did not pass: suspend the payment instead.
    #[error("{failed:?} did not pass: suspend the payment, and say why")]
    CheckFailed {
        /// Which one.
        failed: Check,
    },
    /// The décret forbids the accountant to obey (art. 195).
    #[error("a réquisition cannot pass over {check:?}")]
    RequisitionForbidden {
        /// What did not pass.
        check: Check,
    },
    /// Nothing is to be paid.
    #[error("nothing is to be paid: it is set off whole")]
    NothingToPay,
    /// Something is to be paid.
    #[error("{payable} is to be paid: it cannot be set off whole")]
    NotSetOffWhole {
        /// How much.
        payable: Budget,
    },
    /// The bank speaks of another payment.
    #[error("the payment under way is {expected}, not {found}")]
    OtherPayment {
        /// The reference under way; empty when there is none.
        expected: CompactString,
        /// The one that came.
        found: CompactString,
    },
    /// The bank moved another sum.
    #[error("{expected} was sent, not {found}")]
    OtherAmount {
        /// What was sent.
        expected: Budget,
        /// What was moved.
        found: Budget,
    },
    /// The partner owes no fee on it.
    #[error("there is no title of a fee on this settlement")]
    NoFee,
    /// The fee was paid by another line of the bank statement.
    #[error("the fee was paid by line {line}")]
    FeePaidBefore {
        /// Which one.
        line: CompactString,
    },
    /// A title is paid whole.
    #[error("the title is of {expected}, not {found}")]
    OtherFee {
        /// What is owed.
        expected: Budget,
        /// What came in.
        found: Budget,
    },
}

impl SettlementRefusal {
    /// The rule's stable name, as in problems and reports.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::NotPrepared => "not-found",
            Self::ReferenceReused { .. } => "reference-reused",
            Self::Invalid { .. } => "invalid-field",
            Self::NotAtStage { .. } => "settlement-not-there-yet",
            Self::NotPresumedYet { .. } => "service-not-presumed-yet",
            Self::DoesNotAddUp { .. } => "does-not-add-up",
            Self::WrongRole { .. } => "wrong-role",
            Self::SameActor => "same-person",
            Self::SampleOpen { .. } => "sample-open",
            Self::NotSampled { .. } => "not-in-sample",
            Self::ChecksIncomplete { .. } => "checks-incomplete",
            Self::CheckFailed { .. } => "check-failed",
            Self::RequisitionForbidden { .. } => "requisition-forbidden",
            Self::NothingToPay => "nothing-to-pay",
            Self::NotSetOffWhole { .. } => "not-set-off-whole",
            Self::OtherPayment { .. } => "other-payment",
            Self::OtherAmount { .. } | Self::OtherFee { .. } => "other-amount",
            Self::NoFee => "no-fee",
            Self::FeePaidBefore { .. } => "fee-paid-before",
        }
    }
}
