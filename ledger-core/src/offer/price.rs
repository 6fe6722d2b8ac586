//! What an offer costs, tax included, with the VAT as its partner declared it.

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::money::Balance;

/// The VAT rates in force in France, overseas and Corsica included, in hundredths of a percent.
///
/// Source: CGI, art. 278 to 281 nonies, 294 to 297.
pub const RATES: [u16; 10] = [0, 90, 105, 175, 210, 550, 850, 1000, 1300, 2000];

/// One line of VAT, as declared: never recomputed from a total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vat {
    /// In hundredths of a percent: 550 is 5,5 %.
    pub rate: u16,
    /// Tax-exclusive amount, in cents.
    pub base: u64,
    /// The tax, in cents.
    pub tax: u64,
}

/// What an offer costs, in cents, tax included; zero is free.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// What the teacher's account pays, tax included.
    pub amount: Balance,
    /// The declared VAT, one line per rate; empty only when it is free.
    pub vat: Vec<Vat>,
}

/// A price that holds on certain days only, in France.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatedPrice {
    /// Its first day; `None` has always held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// Its last day; `None` holds for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// What it costs on those days.
    pub price: Price,
}

impl DatedPrice {
    /// Whether it holds on the day `on`.
    pub fn holds_on(&self, on: NaiveDate) -> bool {
        self.from.is_none_or(|it| it <= on) && self.until.is_none_or(|it| on <= it)
    }
}

/// Why a price is not consistent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// More than one purchase may cost.
    #[error("{0} cents: a purchase is at most 1 000 000,00 €")]
    TooHigh(u64),
    /// No line of VAT.
    #[error("no VAT line: give at least one rate, its base and its tax (rate 0 when exempt)")]
    NoVat,
    /// The lines do not add up.
    #[error("bases and taxes add up to {lines} cents, the price is {amount} cents")]
    DoesNotAddUp {
        /// Σ (base + tax).
        lines: u64,
        /// The price.
        amount: u64,
    },
    /// Not a rate in force in France.
    #[error("{0} is not a French VAT rate in hundredths of a percent, as in 550 for 5,5 %")]
    UnknownRate(u16),
    /// More than a cent away from base × rate.
    #[error("{tax} cents of tax on {base} cents at rate {rate}: expected about {expected}")]
    WrongTax {
        /// As declared.
        tax: u64,
        /// As declared.
        base: u64,
        /// As declared.
        rate: u16,
        /// base × rate, rounded half up.
        expected: u64,
    },
}

/// The tax on `base` cents at `rate` hundredths of a percent, rounded half up (the one rounding
/// rule of the whole system).
pub fn tax_on(base: u64, rate: u16) -> u64 {
    let tax = Decimal::from(base) * Decimal::from(rate) / Decimal::from(10_000);
    tax.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).try_into().unwrap_or(0)
}

impl Vat {
    /// The line that makes `amount` cents, tax included, at one rate: the base rounded half up.
    pub fn within(amount: u64, rate: u16) -> Self {
        let base =
            Decimal::from(amount) * Decimal::from(10_000) / Decimal::from(10_000 + u32::from(rate));
        let base = base.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        let base = base.try_into().unwrap_or(0);
        Self { rate, base, tax: amount - base }
    }
}

impl Price {
    /// Free of charge.
    pub const fn free() -> Self {
        Self { amount: Balance::ZERO, vat: Vec::new() }
    }

    /// Checks that rates exist, that taxes are what the rates give to the cent or one beside, and
    /// that it all adds up.
    pub fn check(&self) -> Result<(), PriceError> {
        let amount = self.amount.cents();
        if amount > crate::money::Amount::MAX.cents() {
            return Err(PriceError::TooHigh(amount));
        }
        if amount > 0 && self.vat.is_empty() {
            return Err(PriceError::NoVat);
        }
        let mut lines = 0_u64;
        for &Vat { rate, base, tax } in &self.vat {
            if !RATES.contains(&rate) {
                return Err(PriceError::UnknownRate(rate));
            }
            let (Some(sum), true) =
                (lines.checked_add(base).and_then(|it| it.checked_add(tax)), base <= amount)
            else {
                return Err(PriceError::DoesNotAddUp { lines: u64::MAX, amount });
            };
            lines = sum;
            let expected = tax_on(base, rate);
            if expected.abs_diff(tax) > 1 {
                return Err(PriceError::WrongTax { tax, base, rate, expected });
            }
        }
        if lines == amount { Ok(()) } else { Err(PriceError::DoesNotAddUp { lines, amount }) }
    }

    /// What `quantity` of it cost: amounts multiplied, then each tax taken out of its part of the
    /// whole, so that it is what its rate gives.
    #[must_use]
    pub fn times(&self, quantity: u16) -> Self {
        let times = |cents: u64| cents.saturating_mul(u64::from(quantity));
        let vat = self.vat.iter().map(|it| Vat::within(times(it.base + it.tax), it.rate)).collect();
        Self { amount: Balance::from_cents(times(self.amount.cents())), vat }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(amount: u64, vat: &[(u16, u64, u64)]) -> Price {
        let vat = vat.iter().map(|&(rate, base, tax)| Vat { rate, base, tax }).collect();
        Price { amount: Balance::from_cents(amount), vat }
    }

    #[test]
    fn a_declared_vat_is_kept_when_it_adds_up() {
        assert_eq!(price(10_55, &[(550, 10_00, 55)]).check(), Ok(()));
        assert_eq!(price(22_55, &[(550, 10_00, 55), (2000, 10_00, 2_00)]).check(), Ok(()));
        assert_eq!(price(0, &[]).check(), Ok(()));
    }

    #[test]
    fn a_declared_vat_that_does_not_add_up_is_refused_with_the_reason() {
        assert_eq!(price(10_00, &[]).check(), Err(PriceError::NoVat));
        assert_eq!(price(10_55, &[(551, 10_00, 55)]).check(), Err(PriceError::UnknownRate(551)));
        assert_eq!(
            price(10_60, &[(550, 10_00, 60)]).check(),
            Err(PriceError::WrongTax { tax: 60, base: 10_00, rate: 550, expected: 55 })
        );
        assert_eq!(
            price(10_56, &[(550, 10_00, 55)]).check(),
            Err(PriceError::DoesNotAddUp { lines: 10_55, amount: 10_56 })
        );
        assert!(price(1, &[(0, u64::MAX, u64::MAX)]).check().is_err());
    }

    #[test]
    fn the_line_within_a_price_is_consistent() {
        for amount in 1..2_000 {
            for rate in RATES {
                let vat = Vat::within(amount, rate);
                let price = Price { amount: Balance::from_cents(amount), vat: vec![vat] };
                assert_eq!(price.check(), Ok(()), "{amount} at {rate}");
            }
        }
    }

    #[test]
    fn half_a_cent_is_rounded_up() {
        assert_eq!(tax_on(10, 550), 1, "0,55 cent");
        assert_eq!(tax_on(100, 550), 6, "5,5 cents");
        assert_eq!(tax_on(100, 210), 2, "2,1 cents");
    }
}
