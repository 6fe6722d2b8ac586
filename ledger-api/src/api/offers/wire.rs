//! Offers and facets as the API tells them.

use chrono::NaiveDate;
use compact_str::CompactString;
use ledger_core::ids::{OfferId, PartnerId};
use ledger_core::offer::{self, Details, Listing};
use projections::reports::catalogue::OfferRow;
use projections::search::{FacetCounts, FacetValue};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::fields;

/// What can be bought, as its partner describes it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Offer {
    /// Its id.
    #[schema(value_type = String, pattern = "^off_[0-9a-f]{32}$")]
    id: OfferId,
    /// Who sells it.
    #[schema(value_type = String, pattern = "^par_[0-9a-f]{32}$")]
    partner: PartnerId,
    /// The partner's trade name.
    partner_name: String,
    /// Whether it can be bought now.
    on_sale: bool,
    /// What it costs today, tax included.
    #[schema(schema_with = fields::balance_cents)]
    price_cents: u64,
    /// The VAT in it, as declared.
    vat: Vec<Vat>,
    /// Prices that hold on certain days only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dated_prices: Vec<DatedPrice>,
    /// What it says, but for its prices.
    #[serde(flatten)]
    listing: Said,
}

/// One line of VAT.
#[derive(Debug, Serialize, ToSchema)]
pub struct Vat {
    /// In hundredths of a percent: 550 is 5,5 %.
    rate: u16,
    /// Tax-exclusive amount.
    #[schema(schema_with = fields::balance_cents)]
    base_cents: u64,
    /// The tax.
    #[schema(schema_with = fields::balance_cents)]
    tax_cents: u64,
}

/// A price that holds on certain days only, in France.
#[derive(Debug, Serialize, ToSchema)]
pub struct DatedPrice {
    /// Its first day; left out when it has always held.
    #[schema(value_type = Option<String>, format = Date, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<NaiveDate>,
    /// Its last day; left out when it holds for ever.
    #[schema(value_type = Option<String>, format = Date, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<NaiveDate>,
    /// What it costs on those days, tax included.
    #[schema(schema_with = fields::balance_cents)]
    price_cents: u64,
}

/// What a listing says beside its prices.
#[derive(Debug, Serialize, ToSchema)]
pub struct Said {
    /// The partner's own reference.
    #[schema(value_type = String)]
    reference: CompactString,
    /// Its title.
    title: String,
    /// Plain text; may be empty.
    description: String,
    /// What kind of resource, as `textbook`.
    kind: &'static str,
    /// Subjects, as `mathematiques`.
    #[schema(value_type = Vec<String>)]
    subjects: Vec<CompactString>,
    /// School levels, as `6e`.
    #[schema(value_type = Vec<String>)]
    levels: Vec<CompactString>,
    /// How it is paid for: `once`, `subscription` or `by_use`.
    #[schema(value_type = String)]
    billing: offer::Billing,
    /// Who may use it, and for how long.
    licence: Licence,
    /// The resource's page on the partner's site.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// A free sample.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    specimen_url: Option<String>,
    /// A demonstration video.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    video_url: Option<String>,
    /// What is declared of its accessibility.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    accessibility: Option<String>,
    /// ISBN-13, ARK or another public identifier.
    #[schema(value_type = Option<String>, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: Option<CompactString>,
    /// What characterises it: terms of `ScoLOMFR`, languages, ways of use and so on.
    #[schema(value_type = Object)]
    details: Details,
}

/// Who may use an offer, and for how long.
#[derive(Debug, Serialize, ToSchema)]
pub struct Licence {
    /// `teacher`, `class` or `school`.
    #[schema(value_type = String)]
    scope: offer::Scope,
    /// In days; left out when it has no end.
    #[schema(nullable = false, minimum = 1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<u16>,
}

impl Offer {
    /// The offer `id` on the day `today`.
    pub fn of(
        id: OfferId,
        (partner, name): (PartnerId, &str),
        listing: &Listing,
        on_sale: bool,
        today: NaiveDate,
    ) -> Self {
        let price = listing.price_on(today);
        let dated = |it: &offer::DatedPrice| DatedPrice {
            from: it.from,
            until: it.until,
            price_cents: it.price.amount.cents(),
        };
        let vat = |it: &offer::Vat| Vat { rate: it.rate, base_cents: it.base, tax_cents: it.tax };
        Self {
            id,
            partner,
            partner_name: name.to_owned(),
            on_sale,
            price_cents: price.amount.cents(),
            vat: price.vat.iter().map(vat).collect(),
            dated_prices: listing.prices.iter().map(dated).collect(),
            listing: Said::of(listing),
        }
    }

    /// The offer of a row, which is on sale.
    pub fn of_row(row: &OfferRow, today: NaiveDate) -> Self {
        Self::of(row.id, (row.partner, &row.partner_name), &row.listing, row.on_sale, today)
    }
}

impl Said {
    fn of(it: &Listing) -> Self {
        Self {
            reference: it.reference.clone(),
            title: it.title.clone(),
            description: it.description.clone(),
            kind: it.kind.name(),
            subjects: it.subjects.clone(),
            levels: it.levels.clone(),
            billing: it.billing,
            licence: Licence { scope: it.licence.scope, days: it.licence.days },
            url: it.url.clone(),
            specimen_url: it.specimen_url.clone(),
            video_url: it.video_url.clone(),
            accessibility: it.accessibility.clone(),
            identifier: it.identifier.clone(),
            details: it.details.clone(),
        }
    }
}

/// A facet, and its values.
#[derive(Debug, Serialize, ToSchema)]
pub struct Facet {
    /// The parameter that chooses among its values, as `level`.
    name: &'static str,
    /// As French readers call it.
    label: &'static str,
    /// Each after the one that holds it.
    values: Vec<Choice>,
}

/// One value of a facet.
#[derive(Debug, Serialize, ToSchema)]
pub struct Choice {
    /// As the parameter takes it.
    #[schema(value_type = String)]
    value: CompactString,
    /// As French readers call it.
    #[schema(value_type = String)]
    label: CompactString,
    /// The value that holds it; left out at the top.
    #[schema(value_type = Option<String>, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<CompactString>,
    /// How many offers it would find, all other facets as they are.
    count: u32,
    /// Whether it was asked for.
    chosen: bool,
}

impl Facet {
    /// The facet that was counted.
    pub fn of(it: &FacetCounts) -> Self {
        let value = |it: &FacetValue| Choice {
            value: it.value.clone(),
            label: it.label.clone(),
            parent: it.parent.clone(),
            count: it.count,
            chosen: it.chosen,
        };
        let values = it.values.iter().map(value).collect();
        Self { name: it.kind.name(), label: it.kind.label(), values }
    }
}

/// Something to type, or a value of a facet to choose.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suggestion {
    /// What to show, and to search.
    text: String,
    /// The facet it is a value of; left out for words.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    facet: Option<&'static str>,
    /// That value; left out for words.
    #[schema(value_type = Option<String>, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<CompactString>,
    /// How many offers it stands for.
    count: u32,
}

impl Suggestion {
    /// What was suggested.
    pub fn of(it: &projections::search::Suggestion) -> Self {
        let facet = it.filter.as_ref().map(|it| it.0.name());
        let value = it.filter.as_ref().map(|it| it.1.clone());
        Self { text: it.text.clone(), facet, value, count: it.count }
    }
}
