//! The balance of a ledger account: on which side, and how much.

use std::fmt;

use ledger_core::money::Balance;

/// Debits less credits, in cents: above zero the account is in debit (solde débiteur).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Net(i64);

impl Net {
    /// Nothing on either side.
    pub const ZERO: Self = Self(0);

    /// Any number of cents, debits counting up.
    pub const fn from_cents(cents: i64) -> Self {
        Self(cents)
    }

    /// What is left once both sides are added up.
    pub fn of(debit: Balance, credit: Balance) -> Self {
        let cents = |it: Balance| i64::try_from(it.cents()).unwrap_or(i64::MAX);
        Self(cents(debit).saturating_sub(cents(credit)))
    }

    /// In euro cents, debits counting up.
    pub const fn cents(self) -> i64 {
        self.0
    }

    /// Whether both sides are the same.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The balance when it is in debit (solde débiteur); zero when it is not.
    pub fn debtor(self) -> Balance {
        Balance::from_cents(u64::try_from(self.0).unwrap_or_default())
    }

    /// The balance when it is in credit (solde créditeur); zero when it is not.
    pub fn creditor(self) -> Balance {
        Balance::from_cents(u64::try_from(self.0.saturating_neg()).unwrap_or_default())
    }
}

impl std::iter::Sum for Net {
    fn sum<I: Iterator<Item = Self>>(nets: I) -> Self {
        nets.fold(Self::ZERO, Self::and)
    }
}

impl fmt::Display for Net {
    /// `12,50 € D` in debit, `12,50 € C` in credit, `0,00 €` when settled.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.0 {
            0 => Balance::ZERO.to_string(),
            1.. => format!("{} D", self.debtor()),
            ..0 => format!("{} C", self.creditor()),
        };
        f.pad(&text)
    }
}
