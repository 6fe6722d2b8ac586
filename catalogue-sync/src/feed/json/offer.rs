//! One offer of the JSON feed.

use compact_str::CompactString;
use ledger_core::money::Balance;
use ledger_core::offer::{Billing, DatedPrice, Kind, Licence, Listing, Price, Scope, Vat};
use serde_json::Value;

use super::details;
use super::fields::Fields;
use crate::feed::{Reason, Remark, identifier, naming};

/// One offer, as far as it could be read.
pub(super) struct Read {
    pub(super) reference: Option<CompactString>,
    pub(super) title: Option<String>,
    /// `None` when a field that it cannot do without is missing or wrong.
    pub(super) listing: Option<Listing>,
    pub(super) reasons: Vec<Reason>,
    pub(super) remarks: Vec<Remark>,
}

const BILLINGS: [(&str, Billing); 3] =
    [("once", Billing::Once), ("subscription", Billing::Subscription), ("by_use", Billing::ByUse)];
const SCOPES: [(&str, Scope); 3] =
    [("teacher", Scope::Teacher), ("class", Scope::Class), ("school", Scope::School)];

/// Reads and checks the offer at `place`.
pub(super) fn read(value: &Value, place: &str) -> Read {
    let mut fields = Fields::of(value, place);
    let reference = fields.text("reference").map(CompactString::from);
    let title = fields.text("title");
    let listing = listing(&mut fields, reference.as_ref(), title.as_ref());
    let (mut reasons, remarks) = fields.end(reference.as_deref());
    if let (Some(Err(wrong)), true) = (listing.as_ref().map(Listing::check), reasons.is_empty()) {
        let mut reason = Reason::from(&wrong);
        reason.message = format!("{place}.{}", reason.message);
        reasons.push(reason);
    }
    Read { reference, title, listing, reasons, remarks }
}

fn listing(
    fields: &mut Fields<'_>,
    reference: Option<&CompactString>,
    title: Option<&String>,
) -> Option<Listing> {
    let kinds = Kind::ALL.map(|it| (it.name(), it));
    // Everything is read before anything is given up, so that every reason is found.
    let description = fields.optional_text("description").unwrap_or_default();
    let kind = fields.one_of("kind", &kinds);
    let subjects = naming::subjects(fields.texts("subjects").iter().map(String::as_str));
    let levels = naming::levels(fields.texts("levels").iter().map(String::as_str));
    let price = fields.object("price", price);
    let prices = prices(fields);
    let billing = fields.one_of("billing", &BILLINGS);
    let licence = fields.object("licence", licence);
    let url = fields.optional_text("url");
    let specimen_url = fields.optional_text("specimen_url");
    let video_url = fields.optional_text("video_url");
    let accessibility = fields.optional_text("accessibility");
    let identifier = fields.optional_text("identifier");
    let mut details = fields.optional_object("details", details::read).unwrap_or_default();
    let identifier = identifier::joined(identifier.as_deref(), &mut details);
    // Read by whoever compares two pages; the ledger keeps its own dates.
    fields.optional_text("updated_at");
    Some(Listing {
        reference: reference?.clone(),
        title: title?.clone(),
        description,
        kind: kind?,
        subjects,
        levels,
        price: price?,
        billing: billing?,
        licence: licence?,
        url,
        specimen_url,
        video_url,
        accessibility,
        identifier,
        prices,
        details,
    })
}

fn price(fields: &mut Fields<'_>) -> Option<Price> {
    const CENTS: &str = "a whole number of cents, 0 or more, as in 1250 for 12,50 €";
    const RATE: &str = "hundredths of a percent, as in 550 for 5,5 %";
    let amount = fields.number("amount_cents", CENTS);
    let mut vat = Vec::new();
    for (place, value) in fields.list("vat", "an array of VAT lines") {
        let line = fields.within(&place, value, |line| {
            let rate = line.number("rate", RATE);
            let (base, tax) = (line.number("base_cents", CENTS), line.number("tax_cents", CENTS));
            // A rate beyond 655,35 % is no French one; the check of the price says so.
            let rate = u16::try_from(rate?).unwrap_or(u16::MAX);
            Some(Vat { rate, base: base?, tax: tax? })
        });
        vat.extend(line);
    }
    Some(Price { amount: Balance::from_cents(amount?), vat })
}

/// Prices that hold on certain days only; none when absent.
fn prices(fields: &mut Fields<'_>) -> Vec<DatedPrice> {
    let mut prices = Vec::new();
    for (place, value) in fields.list("prices", "an array of dated prices") {
        prices.extend(fields.within(&place, value, |dated| {
            let (from, until) = (dated.optional_day("from"), dated.optional_day("until"));
            Some(DatedPrice { from, until, price: dated.object("price", price)? })
        }));
    }
    prices
}

fn licence(fields: &mut Fields<'_>) -> Option<Licence> {
    let scope = fields.one_of("scope", &SCOPES);
    let days = fields.optional_small("days", "a number of days, 1 to 65535");
    Some(Licence { scope: scope?, days })
}
