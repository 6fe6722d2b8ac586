//! Money: what one event moves, and what something holds, in whole euro cents.
//!
//! No float comes near: euros are parsed and printed through [`rust_decimal`].

use std::fmt;
use std::fmt::Write as _;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A sum that one event moves, in euro cents: at least one cent, at most `MAX`.
///
/// Use it through [`Amount`] and [`Budget`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Moved<const MAX: u64>(u64);

/// A purchase or one line of an allocation: one cent to one million euros.
pub type Amount = Moved<1_000_000_00>;

/// A budget, a settlement, a total: one cent to a hundred billion euros.
pub type Budget = Moved<100_000_000_000_00>;

/// Why a sum is not one that may move.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Nothing, or too much.
    #[error("{cents} cents: expected 1 to {max}")]
    OutOfBounds {
        /// What was given.
        cents: u64,
        /// The most that its kind may be.
        max: u64,
    },
    /// Not written as euros.
    #[error("`{0}` is not a sum in euros: expected digits and at most two decimals, as in 12,50")]
    NotEuros(String),
}

impl<const MAX: u64> Moved<MAX> {
    /// The most that may move at once.
    pub const MAX: Self = Self(MAX);

    /// `None` for zero, or more than `MAX`.
    pub const fn from_cents(cents: u64) -> Option<Self> {
        if cents == 0 || cents > MAX { None } else { Some(Self(cents)) }
    }

    /// In euro cents.
    pub const fn cents(self) -> u64 {
        self.0
    }

    /// The lesser of the two; `None` when `held` is nothing.
    pub fn at_most(self, held: Balance) -> Option<Self> {
        Self::from_cents(self.0.min(held.0))
    }

    /// What is left of it once `part` is taken; `None` when nothing is.
    /// That is also so when `part` is more than it.
    pub fn less(self, part: Self) -> Option<Self> {
        Self::from_cents(self.0.saturating_sub(part.0))
    }
}

impl<const MAX: u64> TryFrom<u64> for Moved<MAX> {
    type Error = MoneyError;

    fn try_from(cents: u64) -> Result<Self, MoneyError> {
        Self::from_cents(cents).ok_or(MoneyError::OutOfBounds { cents, max: MAX })
    }
}

impl<const MAX: u64> From<Moved<MAX>> for u64 {
    fn from(it: Moved<MAX>) -> Self {
        it.0
    }
}

impl From<Amount> for Budget {
    fn from(it: Amount) -> Self {
        Self(it.0)
    }
}

impl<const MAX: u64> std::str::FromStr for Moved<MAX> {
    type Err = MoneyError;

    /// Reads euros as a person writes them: `12`, `12,5`, `12.50`, `1 250,00`.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let not_euros = || MoneyError::NotEuros(text.chars().take(40).collect());
        let digits: String = text
            .chars()
            .filter(|it| !matches!(it, ' ' | '\u{a0}' | '\u{202f}' | '€'))
            .map(|it| if it == ',' { '.' } else { it })
            .collect();
        let written = |it: char| it.is_ascii_digit() || it == '.';
        if digits.is_empty() || !digits.chars().all(written) {
            return Err(not_euros());
        }
        let euros: Decimal = digits.parse().map_err(|_| not_euros())?;
        if euros.normalize().scale() > 2 {
            return Err(not_euros());
        }
        let cents = euros.checked_mul(Decimal::ONE_HUNDRED).ok_or_else(not_euros)?;
        Self::try_from(u64::try_from(cents).map_err(|_| not_euros())?)
    }
}

/// A sum that something holds, in euro cents: zero or more.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Balance(u64);

impl Balance {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Any number of cents.
    pub const fn from_cents(cents: u64) -> Self {
        Self(cents)
    }

    /// In euro cents.
    pub const fn cents(self) -> u64 {
        self.0
    }

    /// Whether it holds nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Adds; cannot overflow: it would take over a million events of [`Budget::MAX`].
    #[must_use]
    pub const fn plus<const MAX: u64>(self, amount: Moved<MAX>) -> Self {
        Self(self.0.saturating_add(amount.0))
    }

    /// Subtracts; `None` when it holds less than `amount`.
    #[must_use]
    pub const fn minus<const MAX: u64>(self, amount: Moved<MAX>) -> Option<Self> {
        match self.0.checked_sub(amount.0) {
            Some(left) => Some(Self(left)),
            None => None,
        }
    }

    /// Subtracts what is there, for `evolve`, which may not refuse: zero when it holds less.
    #[must_use]
    pub const fn less<const MAX: u64>(self, amount: Moved<MAX>) -> Self {
        Self(self.0.saturating_sub(amount.0))
    }

    /// How much more than `other` it holds; zero when it holds less.
    #[must_use]
    pub const fn beyond(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// How many cents it lacks to pay `amount`; `None` when it lacks none.
    pub const fn missing<const MAX: u64>(self, amount: Moved<MAX>) -> Option<Moved<MAX>> {
        Moved::from_cents(amount.0.saturating_sub(self.0))
    }
}

impl<const MAX: u64> From<Moved<MAX>> for Balance {
    fn from(it: Moved<MAX>) -> Self {
        Self(it.0)
    }
}

impl std::iter::Sum for Balance {
    fn sum<I: Iterator<Item = Self>>(sums: I) -> Self {
        sums.fold(Self::ZERO, Self::and)
    }
}

impl fmt::Display for Balance {
    /// As French readers expect: `1 234,50 €`, with no-break spaces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let euros = (self.0 / 100).to_string();
        let mut text = String::with_capacity(euros.len() + 12);
        for (index, digit) in euros.chars().enumerate() {
            if index > 0 && (euros.len() - index).is_multiple_of(3) {
                text.push('\u{202f}');
            }
            text.push(digit);
        }
        write!(text, ",{:02}\u{a0}€", self.0 % 100)?;
        f.pad(&text)
    }
}

impl<const MAX: u64> fmt::Display for Moved<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Balance(self.0).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn euros_read_as_a_french_reader_expects() {
        assert_eq!(Balance(1_234_567_89).to_string(), "1\u{202f}234\u{202f}567,89\u{a0}€");
        assert_eq!(Balance(5).to_string(), "0,05\u{a0}€");
    }

    #[test]
    fn euros_are_parsed_as_a_person_writes_them() {
        for (text, cents) in
            [("12", 12_00), ("12,5", 12_50), ("12.50", 12_50), ("1 250,00 €", 1_250_00)]
        {
            assert_eq!(text.parse::<Amount>().map(Amount::cents), Ok(cents), "{text}");
        }
        for text in
            ["", "abc", "-1", "0", "1,234", "1e3", "1000000,01", "99999999999999999999999999999"]
        {
            assert!(text.parse::<Amount>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_stored_zero_or_huge_amount_is_refused_at_the_door() {
        assert!(serde_json::from_str::<Amount>("0").is_err());
        assert!(serde_json::from_str::<Amount>("-1").is_err());
        assert!(serde_json::from_str::<Amount>("100000001").is_err());
        assert!(serde_json::from_str::<Budget>("100000001").is_ok());
    }
}
