//! The prices that a teacher pays: in euros, tax included, in France, today and on other days.

use std::cmp::Reverse;

use chrono::NaiveDate;
use ledger_core::money::Balance;
use ledger_core::offer::Price;
use ledger_core::offer::price::DatedPrice;
use rust_decimal::Decimal;

use super::element::Element;
use super::product::{Findings, first_day};
use super::territory::includes_france;
use super::{Context, tax};
use crate::feed::Rule;
use crate::feed::text::{listed, shortened};

/// The prices of a product.
pub(super) struct Priced<'e> {
    /// What it costs today, or whenever none of `prices` holds.
    pub(super) price: Price,
    /// What it costs on certain days only.
    pub(super) prices: Vec<DatedPrice>,
    /// Says the price of today; `None` for a product that is free of charge without a price.
    pub(super) element: Option<&'e Element>,
}

/// How many dated prices an offer may have.
const PRICES_MAX: usize = 20;

/// List 58: recommended and fixed retail prices, tax included.
const TAX_INCLUDED: [&str; 2] = ["02", "04"];

/// List 59: the prices a teacher may be asked, the best suited first.
const QUALIFIERS: [Option<&str>; 6] =
    [Some("11"), Some("14"), Some("06"), None, Some("00"), Some("05")];

/// The prices of a product; `None`, with the reason, when it has none that can be taken.
pub(super) fn of<'e>(
    root: &'e Element,
    context: &Context,
    findings: &mut Findings,
) -> Option<Priced<'e>> {
    let prices = root.reach(&["ProductSupply", "SupplyDetail", "Price"]);
    if prices.is_empty() {
        return unpriced(root, findings);
    }
    let today = context.today;
    let prices = in_france(prices, context, findings)?;
    let mut held = chosen(prices, today, findings)?;
    // What holds from now on for ever hides all that comes after it.
    let lasting = held.iter().position(|it| it.days.lasts(today));
    let usual = lasting.and_then(|it| held.drain(it..).next());
    let element = held.iter().find(|it| it.days.hold(today)).or(usual.as_ref())?.element;
    let price = price(usual.map_or(element, |it| it.element), findings);
    if held.len() > PRICES_MAX {
        let message = format!("Price: {} with dates, the first {PRICES_MAX} kept", held.len());
        findings.remark(element.line, message);
        held.truncate(PRICES_MAX);
    }
    let mut prices = Vec::new();
    for Held { element, days: Days { from, until }, .. } in held {
        if let (Some(first), Some(last)) = (from, until)
            && last < first
        {
            let message = format!("PriceDate: from {first} until {last}, which is before");
            findings.refuse(Rule::Range, &last.to_string(), message);
        }
        let price = self::price(element, findings)?;
        prices.push(DatedPrice { from, until, price });
    }
    Some(Priced { price: price?, prices, element: Some(element) })
}

/// Free of charge (list 57: 01), or without a price for another reason.
fn unpriced<'e>(root: &'e Element, findings: &mut Findings) -> Option<Priced<'e>> {
    let unpriced = root.reach(&["ProductSupply", "SupplyDetail", "UnpricedItemType"]);
    let code = unpriced.first().map(|it| it.text());
    if code.as_deref() == Some("01") {
        return Some(Priced { price: Price::free(), prices: Vec::new(), element: None });
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
    None
}

/// What one `Price` says; `None`, with the reason, when it cannot be read.
fn price(element: &Element, findings: &mut Findings) -> Option<Price> {
    if element.says("UnpricedItemType", "01") {
        return Some(Price::free());
    }
    let amount = cents(element, "PriceAmount", findings)?;
    let vat = tax::of(element, amount, findings)?;
    Some(Price { amount: Balance::from_cents(amount), vat })
}

/// A price that a teacher may be asked.
struct Held<'e> {
    element: &'e Element,
    days: Days,
    /// Its place in [`QUALIFIERS`].
    rank: usize,
}

/// The prices in euros, tax included, for France; the rule that leaves none is the reason.
fn in_france<'e>(
    prices: Vec<&'e Element>,
    context: &Context,
    findings: &mut Findings,
) -> Option<Vec<&'e Element>> {
    let currency = |it: &&Element| {
        it.value("CurrencyCode").or_else(|| context.header.default_currency.clone())
    };
    let kind =
        |it: &&Element| it.value("PriceType").or_else(|| context.header.default_price_type.clone());
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
    Some(here)
}

/// Narrows the prices down, the one that comes first on a day first; the rule that leaves none
/// for `today` is the reason.
fn chosen<'e>(
    prices: Vec<&'e Element>,
    today: NaiveDate,
    findings: &mut Findings,
) -> Option<Vec<Held<'e>>> {
    let (mut held, mut others, mut dated) = (Vec::new(), Vec::new(), false);
    for element in prices {
        let days = Days::of(element);
        if days.until.is_some_and(|it| it < today) {
            dated = true;
            continue;
        }
        let qualifier = element.value("PriceQualifier");
        match QUALIFIERS.iter().position(|it| *it == qualifier.as_deref()) {
            Some(rank) => held.push(Held { element, days, rank }),
            None if days.hold(today) => others.extend(qualifier),
            None => dated = true,
        }
    }
    if held.iter().any(|it| it.days.hold(today)) {
        // The best suited first; then the one of certain days before the usual one, and the one
        // that began last.
        held.sort_by_key(|it| (it.rank, it.days.lasts(today), Reverse(it.days.from)));
        return Some(held);
    }
    if others.is_empty() && (dated || !held.is_empty()) {
        let message = format!("no price in EUR is valid on {today}");
        findings.refuse(Rule::PriceDate, &today.to_string(), message);
    } else {
        let found = listed(others.iter().map(String::as_str));
        let message = format!(
            "price qualifiers {found} only: expected 11 (education), 06, 05 or an unqualified price"
        );
        findings.refuse(Rule::PriceType, &found, message);
    }
    None
}

/// The days on which a price holds, both included; `None` is without end on that side.
#[derive(Clone, Copy)]
struct Days {
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
}

impl Days {
    /// List 173: from (14), until (15), or both at once (24).
    fn of(price: &Element) -> Self {
        let mut days = Self { from: None, until: None };
        for date in price.all("PriceDate") {
            let Some(day) = date.child("Date") else { continue };
            match date.value("PriceDateRole").as_deref() {
                Some("14") => days.from = first_day(day),
                Some("15") => days.until = first_day(day),
                Some("24") => {
                    let text = day.text();
                    let part = |from: usize, to: usize| {
                        let part = text.get(from..to)?;
                        NaiveDate::parse_from_str(part, "%Y%m%d").ok()
                    };
                    (days.from, days.until) = (part(0, 8), part(8, 16));
                }
                Some(_) | None => {}
            }
        }
        days
    }

    fn hold(self, on: NaiveDate) -> bool {
        self.from.is_none_or(|it| it <= on) && self.until.is_none_or(|it| on <= it)
    }

    /// Whether it holds from `on` for ever.
    fn lasts(self, on: NaiveDate) -> bool {
        self.until.is_none() && self.hold(on)
    }
}

/// The sum that the child `name` says, in cents; `None`, with the reason, when it is no sum.
pub(super) fn cents(element: &Element, name: &str, findings: &mut Findings) -> Option<u64> {
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
