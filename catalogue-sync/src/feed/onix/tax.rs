//! The VAT of a price, as it is declared.

use ledger_core::offer::Vat;
use rust_decimal::Decimal;

use super::element::Element;
use super::price::cents;
use super::product::Findings;
use crate::feed::Rule;
use crate::feed::text::shortened;

/// The VAT lines of a price of `amount` cents; `None`, with the reason, when they cannot be read.
///
/// A line may leave out its base or its tax when it is the only one: the price gives the other. It
/// may leave out both: the base is then the price divided by the declared rate, rounded half up,
/// and a remark tells the publisher.
pub(super) fn of(price: &Element, amount: u64, findings: &mut Findings) -> Option<Vec<Vat>> {
    if amount == 0 {
        return Some(Vec::new());
    }
    if price.child("TaxExempt").is_some() {
        return Some(vec![Vat { rate: 0, base: amount, tax: 0 }]);
    }
    // List 171: 01 is VAT, and so is a tax without a type.
    let is_vat = |it: &&Element| it.value("TaxType").is_none_or(|it| it == "01");
    let lines: Vec<&Element> = price.all("Tax").filter(is_vat).collect();
    if lines.is_empty() {
        let message =
            "no VAT: expected a Tax with TaxRatePercent, TaxableAmount and TaxAmount, or TaxExempt";
        findings.refuse(Rule::VatMissing, "", message);
        return None;
    }
    let alone = lines.len() == 1;
    let lines: Vec<Option<Vat>> =
        lines.into_iter().map(|it| line(it, amount, alone, findings)).collect();
    lines.into_iter().collect()
}

fn line(tax: &Element, amount: u64, alone: bool, findings: &mut Findings) -> Option<Vat> {
    let rate = rate(tax, findings)?;
    let sum = |name: &str, findings: &mut Findings| match tax.child(name) {
        Some(_) => cents(tax, name, findings).map(Some),
        None => Some(None),
    };
    let base = sum("TaxableAmount", findings)?;
    let due = sum("TaxAmount", findings)?;
    match (base, due) {
        (Some(base), Some(tax)) => Some(Vat { rate, base, tax }),
        (Some(base), None) if alone => Some(Vat { rate, base, tax: amount.saturating_sub(base) }),
        (None, Some(tax)) if alone => Some(Vat { rate, base: amount.saturating_sub(tax), tax }),
        (None, None) if alone => {
            let message = "Tax: a rate without amounts; expected TaxableAmount and TaxAmount too";
            findings.remark(tax.line, message);
            Some(Vat::within(amount, rate))
        }
        (_, _) => {
            let message = "several Tax lines: each needs TaxableAmount and TaxAmount";
            findings.refuse(Rule::VatMissing, "", message);
            None
        }
    }
}

/// In hundredths of a percent.
fn rate(tax: &Element, findings: &mut Findings) -> Option<u16> {
    let text = tax.value("TaxRatePercent").unwrap_or_default();
    let rate = text.parse::<Decimal>().ok().and_then(|it| it.checked_mul(Decimal::ONE_HUNDRED));
    let rate = rate.filter(|it| it.fract().is_zero()).and_then(|it| u16::try_from(it).ok());
    if rate.is_none() {
        let message =
            format!("TaxRatePercent: `{}` is not a rate, as in 5.5", shortened(&text, 20));
        findings.refuse(Rule::VatRate, &text, message);
    }
    rate
}
