//! The fee (commission) that a partner has agreed to: a share of what it is paid, which it pays
//! apart, by a title of its own (titre de recette); nothing is ever taken off its payments.

use chrono::NaiveDate;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::{Partner, PartnerEvent, PartnerRefusal, text};
use crate::meta::{Actor, Role};
use crate::money::{Balance, Budget};
use crate::offer::price::{RATES, tax_on};

/// The highest fee, in thousandths of what is settled.
pub const FEE_MAX: u16 = 300;

/// A partner and the operator agree on a fee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeAgreed {
    /// In thousandths of what is settled, tax excluded: 20 is 2 %; zero ends the fee.
    pub rate: u16,
    /// The VAT on it, in hundredths of a percent: 2000 is 20 %.
    pub vat: u16,
    /// For periods that end on this day or later; replaces what was agreed from then on.
    pub from: NaiveDate,
    /// The agreement or its amendment (avenant); 1 to 200 characters.
    pub agreement: CompactString,
    /// Who recorded it.
    pub by: Actor,
}

/// The fee that goes with one settlement, as it was agreed when the settlement was drawn up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeTerms {
    /// In thousandths of what is settled.
    pub rate: u16,
    /// The VAT on it, in hundredths of a percent.
    pub vat: u16,
    /// The agreement.
    pub agreement: CompactString,
}

/// A fee in money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeOn {
    /// Tax excluded.
    pub net: Budget,
    /// The tax.
    pub vat: Balance,
    /// Both.
    pub total: Budget,
}

impl FeeTerms {
    /// The fee on `base`; `None` when it rounds to nothing. Half a cent is rounded up, once for the
    /// fee and once for the tax on it (`docs/accounting.md#rounding`).
    pub fn on(&self, base: Balance) -> Option<FeeOn> {
        let net = (u128::from(base.cents()) * u128::from(self.rate) + 500) / 1_000;
        let net = Budget::from_cents(u64::try_from(net).ok()?)?;
        let vat = Balance::from_cents(tax_on(net.cents(), self.vat));
        let total = Budget::from_cents(vat.plus(net).cents())?;
        Some(FeeOn { net, vat, total })
    }
}

impl Partner {
    /// The fee of a period that ends on `day`; `None` when none was agreed, or it was ended.
    pub fn fee_on(&self, day: NaiveDate) -> Option<FeeTerms> {
        let agreed = self.fees.iter().rev().find(|it| it.from <= day)?;
        let (rate, vat, agreement) = (agreed.rate, agreed.vat, agreed.agreement.clone());
        (rate > 0).then_some(FeeTerms { rate, vat, agreement })
    }

    pub(super) fn agree_fee(it: &FeeAgreed) -> Result<PartnerEvent, PartnerRefusal> {
        if it.by.role != Role::AuthorisingOfficer {
            return Err(PartnerRefusal::NotOfficer);
        }
        if it.rate > FEE_MAX {
            let expected = "expected 0 to 300 thousandths";
            return Err(PartnerRefusal::Invalid { field: "rate", expected });
        }
        if !RATES.contains(&it.vat) {
            let expected = "expected a French VAT rate in hundredths of a percent, as in 2000";
            return Err(PartnerRefusal::Invalid { field: "vat", expected });
        }
        text("agreement", &it.agreement, 200, "expected 1 to 200 characters")?;
        Ok(PartnerEvent::FeeAgreed(it.clone()))
    }

    /// What was agreed from the same day on, or a later one, is replaced.
    pub(super) fn take_in_fee(&mut self, it: &FeeAgreed) {
        self.fees.retain(|known| known.from < it.from);
        self.fees.push(it.clone());
    }
}
