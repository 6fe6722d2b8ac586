//! The offer as search engines read it: schema.org `LearningResource`, as JSON-LD.
//!
//! It is a block of data that browsers do not run: the content security policy, which allows no
//! script, does not concern it. What could end the block early is escaped.
//!
//! Partners declare accessibility in words, not in the terms of `accessibilityFeature`: only the
//! summary is given.

use compact_str::CompactString;
use ledger_core::offer::{Conformance, Facet, Listing};
use serde_json::{Map, Value, json};

use crate::storefront::sale::Sale;
use crate::storefront::words;

/// The text of the block, which may stand in a page as it is.
pub fn of(sale: &Sale) -> String {
    escaped(&Value::Object(resource(sale)).to_string())
}

/// JSON that holds no character by which HTML could end, or begin, anything.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            other => text.push(other),
        }
    }
    text
}

fn resource(sale: &Sale) -> Map<String, Value> {
    let Listing { title, description, details, levels, subjects, .. } = &*sale.listing;
    let mut it = Map::new();
    let mut say = |name: &str, value: Value| {
        let empty = match &value {
            Value::Null => true,
            Value::String(it) => it.is_empty(),
            Value::Array(it) => it.is_empty(),
            Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
        };
        if !empty {
            it.insert(name.to_owned(), value);
        }
    };
    say("@context", "https://schema.org".into());
    say("@type", "LearningResource".into());
    say("name", title.as_str().into());
    say("description", description.chars().take(1_000).collect::<String>().into());
    let of = |facet| -> Vec<String> {
        let labels = details.of(facet).filter_map(|it| it.concept());
        labels.map(|it| it.label.to_string()).collect()
    };
    let levels: Vec<String> = levels.iter().map(|it| words::level(it).into_owned()).collect();
    say("educationalLevel", levels.into());
    let subjects: Vec<String> = subjects.iter().map(|it| words::subject(it).into_owned()).collect();
    say("about", [subjects, of(Facet::Subject)].concat().into());
    let kind = vec![words::kind(sale.listing.kind).to_owned()];
    say("learningResourceType", [kind, of(Facet::Content), of(Facet::Learning)].concat().into());
    say("timeRequired", details.minutes.map(|it| format!("PT{it}M")).into());
    let languages: Vec<&str> = details.languages.iter().map(CompactString::as_str).collect();
    say("inLanguage", languages.into());
    let keywords: Vec<&str> = details.keywords.iter().map(CompactString::as_str).collect();
    say("keywords", keywords.into());
    say("accessibilitySummary", accessibility(&sale.listing).into());
    let identifiers: Vec<&str> = details.identifiers.iter().map(CompactString::as_str).collect();
    say("identifier", identifiers.into());
    let publisher = details.publisher.as_ref().unwrap_or(&sale.partner);
    say("publisher", json!({ "@type": "Organization", "name": publisher.as_str() }));
    say("url", sale.listing.url.as_deref().into());
    say("isAccessibleForFree", sale.is_free().into());
    say("offers", price(sale));
    it
}

/// The declaration in a word, then in the partner's own.
fn accessibility(listing: &Listing) -> Option<String> {
    let word = listing.details.conformance.map(Conformance::label);
    match (word, listing.accessibility.as_deref()) {
        (Some(word), Some(text)) => Some(format!("{word}. {text}")),
        (Some(word), None) => Some(word.to_owned()),
        (None, text) => text.map(ToOwned::to_owned),
    }
}

fn price(sale: &Sale) -> Value {
    let cents = sale.listing.price.amount.cents();
    let availability = if sale.open { "InStock" } else { "Discontinued" };
    json!({
        "@type": "Offer",
        "price": format!("{}.{:02}", cents / 100, cents % 100),
        "priceCurrency": "EUR",
        "availability": format!("https://schema.org/{availability}"),
        "seller": { "@type": "Organization", "name": sale.partner.as_str() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_title_ends_the_block() {
        let hostile = json!({ "name": "</script><script>alert(1)</script><!-- & \u{2028}" });
        let text = escaped(&hostile.to_string());
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), hostile, "it reads the same");
    }
}
