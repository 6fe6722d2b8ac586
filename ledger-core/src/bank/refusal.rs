//! Why a bank account refuses a command.

use compact_str::CompactString;

use crate::money::Balance;

/// Why a command on a bank account is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BankRefusal {
    /// There is no such account.
    #[error("this bank account is not known")]
    NotOpen,
    /// The reference served for something else.
    #[error("{reference} was imported before, with other lines")]
    ReferenceReused {
        /// Which one.
        reference: CompactString,
    },
    /// A field cannot be taken.
    #[error("{field}: {expected}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What would be right.
        expected: &'static str,
    },
    /// A statement is missing in between, or came before its turn.
    #[error(
        "the last statement ends with {expected}, this one begins with {found}: import the one in between first"
    )]
    Gap {
        /// What the last one ends with.
        expected: Balance,
        /// What this one begins with.
        found: Balance,
    },
    /// Its lines do not lead from its opening to its closing balance.
    #[error("the lines lead from {opening} to another balance than {closing}")]
    DoesNotAddUp {
        /// Before the lines.
        opening: Balance,
        /// After them, as it says.
        closing: Balance,
    },
    /// There is no such line, or it is known already.
    #[error("line {line} is not waiting")]
    NotWaiting {
        /// Which one.
        line: CompactString,
    },
    /// A fee is paid by one line.
    #[error("this fee is paid by line {line}")]
    FeePaidBefore {
        /// Which one.
        line: CompactString,
    },
    /// Only an accountant handles funds (décret 2012-1246, art. 18).
    #[error("an accountant keeps the bank account")]
    NotAccountant,
}

impl BankRefusal {
    /// The rule's stable name, as in problems and reports.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::NotOpen => "not-found",
            Self::ReferenceReused { .. } => "reference-reused",
            Self::Invalid { .. } => "invalid-field",
            Self::Gap { .. } => "statement-gap",
            Self::DoesNotAddUp { .. } => "does-not-add-up",
            Self::NotWaiting { .. } => "line-not-waiting",
            Self::FeePaidBefore { .. } => "fee-paid-before",
            Self::NotAccountant => "accountant-only",
        }
    }
}
