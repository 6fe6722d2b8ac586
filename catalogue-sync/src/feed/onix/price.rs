//! The price that a teacher pays: in euros, tax included, in France, today.

use chrono::NaiveDate;
use ledger_core::money::Balance;
use ledger_core::offer::Price;
use rust_decimal::Decimal;

use super::element::Element;
use super::product::{Findings, first_day};
use super::territory::includes_france;
use super::{Context, tax};
use crate::feed::Rule;
use crate::feed::text::{listed, shortened};

/// A price, and the element that says it.
pub(super) struct Priced<'e, 'a> {
    pub(super) price: Price,
    /// `None` for a product that is free of charge without a price.
    pub(super) element: Option<&'e Element<'a>>,
}

/// List 58: recommended and fixed retail prices, tax included.
const TAX_INCLUDED: [&str; 2] = ["02", "04"];

/// List 59: the prices a teacher may be asked, the best suited first.
const QUALIFIERS: [Option<&str>; 6] =
    [Some("11"), Some("14"), Some("06"), None, Some("00"), Some("05")];

/// The price of a product; `None`, with the reason, when it has none that can be taken.
pub(super) fn of<'e, 'a>(
    root: &'e Element<'a>,
    context: &Context,
    findings: &mut Findings,
) -> Option<Priced<'e, 'a>> {
    let prices = root.reach(&["ProductSupply", "SupplyDetail", "Price"]);
    if prices.is_empty() {
        let unpriced = root.reach(&["ProductSupply", "SupplyDetail", "UnpricedItemType"]);
        let code = unpriced.first().map(|it| it.text());
        if code.as_deref() == Some("01") {
            return Some(Priced { price: Price::free(), element: None });
        }
        findings.refuse(
            Rule::NoPrice,
            code.as_deref().unwrap_or_default(),
            match &code {
                Some(code) => format!(
                    "unpriced (type {}): expected a price in EUR, or type 01 (free of charge)",
                    shortened(code, 20)
                ),
                None => "no price: expected one in EUR, tax included".to_owned(),
            },
        );
        return None;
    }
    let element = chosen(prices, context, findings)?;
    if element.says("UnpricedItemType", "01") {
        return Some(Priced { price: Price::free(), element: Some(element) });
    }
    let amount = cents(element, "PriceAmount", findings)?;
    let vat = tax::of(element, amount, findings)?;
    Some(Priced {
        price: Price { amount: Balance::from_cents(amount), vat },
        element: Some(element),
    })
}

/// Narrows the prices down; the rule that leaves none is the reason.
fn chosen<'e, 'a>(
    prices: Vec<&'e Element<'a>>,
    context: &Context,
    findings: &mut Findings,
) -> Option<&'e Element<'a>> {
    let currency = |it: &&Element<'_>| {
        it.value("CurrencyCode").or_else(|| context.header.default_currency.clone())
    };
    let kind = |it: &&Element<'_>| {
        it.value("PriceType").or_else(|| context.header.default_price_type.clone())
    };
    let (euros, others): (Vec<_>, Vec<_>) =
        prices.into_iter().partition(|it| currency(it).as_deref() == Some("EUR"));
    if euros.is_empty() {
        let found: Vec<String> = others.iter().filter_map(currency).collect();
        let found = listed(found.iter().map(String::as_str));
        let message = if found.is_empty() {
            "priced without a currency: expected EUR".to_owned()
        } else {
            format!("priced in {found} only: expected EUR")
        };
        findings.refuse(Rule::Currency, &found, message);
        return None;
    }
    let types: Vec<String> = euros.iter().filter_map(kind).collect();
    let included: Vec<_> = euros
        .into_iter()
        .filter(|it| kind(it).is_some_and(|it| TAX_INCLUDED.contains(&it.as_str())))
        .collect();
    if included.is_empty() {
        let found = listed(types.iter().map(String::as_str));
        let message = format!("price types {found} only: expected 02 or 04, tax included");
        findings.refuse(Rule::PriceType, &found, message);
        return None;
    }
    let here: Vec<_> = included
        .into_iter()
        .filter(|it| it.child("Territory").is_none_or(includes_france))
        .collect();
    if here.is_empty() {
        let message = "no price in EUR for France: expected a Territory with FR, or none";
        findings.refuse(Rule::NotSoldInFrance, "", message);
        return None;
    }
    let today: Vec<_> = here.into_iter().filter(|it| valid(it, context.today)).collect();
    if today.is_empty() {
        let message = format!("no price in EUR is valid on {}", context.today);
        findings.refuse(Rule::PriceDate, &context.today.to_string(), message);
        return None;
    }
    let best = QUALIFIERS.iter().find_map(|wanted| {
        today.iter().find(|it| it.value("PriceQualifier").as_deref() == *wanted).copied()
    });
    if best.is_none() {
        let found: Vec<String> = today.iter().filter_map(|it| it.value("PriceQualifier")).collect();
        let found = listed(found.iter().map(String::as_str));
        let message = format!(
            "price qualifiers {found} only: expected 11 (education), 06, 05 or an unqualified price"
        );
        findings.refuse(Rule::PriceType, &found, message);
    }
    best
}

/// List 173: from (14), until (15), or both at once (24), both days included.
fn valid(price: &Element<'_>, today: NaiveDate) -> bool {
    price.all("PriceDate").all(|date| {
        let Some(day) = date.child("Date") else { return true };
        match date.value("PriceDateRole").as_deref() {
            Some("14") => first_day(day).is_none_or(|it| it <= today),
            Some("15") => first_day(day).is_none_or(|it| today <= it),
            Some("24") => {
                let text = day.text();
                let part = |from: usize, to: usize| {
                    text.get(from..to).and_then(|it| NaiveDate::parse_from_str(it, "%Y%m%d").ok())
                };
                part(0, 8).is_none_or(|it| it <= today) && part(8, 16).is_none_or(|it| today <= it)
            }
            Some(_) | None => true,
        }
    })
}

/// The sum that the child `name` says, in cents; `None`, with the reason, when it is no sum.
pub(super) fn cents(element: &Element<'_>, name: &str, findings: &mut Findings) -> Option<u64> {
    let text = element.value(name).unwrap_or_default();
    let cents = text.parse::<Decimal>().ok().and_then(|it| it.checked_mul(Decimal::ONE_HUNDRED));
    let cents = cents.filter(|it| it.fract().is_zero()).and_then(|it| u64::try_from(it).ok());
    if cents.is_none() {
        let message =
            format!("{name}: `{}` is not a sum in euros, as in 12.50", shortened(&text, 20));
        findings.refuse(Rule::WrongType, &text, message);
    }
    cents
}
