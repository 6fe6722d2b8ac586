//! Why an envelope says no: each refusal names the rule, and carries what its sender needs to act.

use chrono::NaiveDate;
use compact_str::CompactString;
use uuid::Uuid;

use super::Permille;
use crate::event_log::Position;
use crate::money::{Balance, Budget};

/// Why a command on an envelope is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeRefusal {
    /// There is no such envelope.
    #[error("this envelope does not exist")]
    NotOpen,
    /// It is over.
    #[error("this envelope is closed")]
    Closed,
    /// No new allocation for now.
    #[error("this envelope is frozen: {reason}")]
    Frozen {
        /// As given when it was frozen.
        reason: CompactString,
    },
    /// The reference served for something else.
    #[error("reference {reference} was used before, for something else")]
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
    /// It would allocate more than its budget.
    #[error("{missing} over the budget: {left} left to allocate")]
    OverBudget {
        /// What may still be allocated.
        left: Balance,
        /// What is missing.
        missing: Budget,
    },
    /// It would allocate more than the voted part of its provisional budget.
    #[error("{missing} over the provisional budget ({ratio} ‰): {left} left until it is confirmed")]
    OverProvisional {
        /// What may still be allocated.
        left: Balance,
        /// What is missing.
        missing: Budget,
        /// The ratio.
        ratio: Permille,
    },
    /// The State's envelopes allocate only what was received.
    #[error("{missing} more than the funds received: {left} left to allocate")]
    NotFunded {
        /// What may still be allocated.
        left: Balance,
        /// What is missing.
        missing: Budget,
    },
    /// Outside its days.
    #[error("this envelope credits accounts from {from} to {until}")]
    NotValid {
        /// First day.
        from: NaiveDate,
        /// Last day.
        until: NaiveDate,
    },
    /// More than was allocated, or nothing of that id.
    #[error("allocation {allocation} cannot release {amount}")]
    NothingToRelease {
        /// Which one.
        allocation: Uuid,
        /// How much was asked.
        amount: Budget,
    },
    /// Its account refused it, and the money is free again.
    #[error("allocation {allocation} was refused and its money freed: use another reference")]
    AllocationReleased {
        /// Which one.
        allocation: Uuid,
    },
    /// What a convention puts in is amended there.
    #[error("this envelope draws on a convention: amend it, and open another envelope")]
    UnderConvention,
    /// Returns are noted in the order of the log, each position once.
    #[error("returns are noted up to position {up_to}")]
    ReturnsOutOfOrder {
        /// Up to where.
        up_to: Position,
    },
}

impl EnvelopeRefusal {
    /// The rule's stable name, as in problems and reports.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::NotOpen => "not-found",
            Self::Closed => "envelope-closed",
            Self::Frozen { .. } => "envelope-frozen",
            Self::ReferenceReused { .. } => "reference-reused",
            Self::Invalid { .. } => "invalid-field",
            Self::OverBudget { .. } => "over-budget",
            Self::OverProvisional { .. } => "over-provisional-budget",
            Self::NotFunded { .. } => "not-funded",
            Self::UnderConvention => "under-convention",
            Self::NotValid { .. } => "envelope-not-valid",
            Self::AllocationReleased { .. } => "topup-released",
            Self::NothingToRelease { .. } | Self::ReturnsOutOfOrder { .. } => "conflict",
        }
    }
}
