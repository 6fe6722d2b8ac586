//! Two feeds of one partner, one resource: what is sold, joined to what it is.
//!
//! The feed of offers says what it costs and on which terms; nothing else can change that. What it
//! leaves empty, notices fill; what both list (terms, subjects, keywords) is put together.

use compact_str::CompactString;
use ledger_core::offer::details::TERMS_MAX;
use ledger_core::offer::{Billing, Details, Kind, Licence, Listing, Price, Scope};

use crate::feed::{Access, Notice};

/// What an identifier is compared by; `None` for an empty one.
///
/// An ISBN is its thirteen digits, an ARK its name without the slashes that some double; anything
/// else is itself, without the spaces around it.
pub fn key(identifier: &str) -> Option<CompactString> {
    let trimmed = identifier.trim();
    if trimmed.is_empty() {
        return None;
    }
    let lower = trimmed.to_ascii_lowercase();
    if let Some(ark) = lower.find("ark:") {
        let name = trimmed[ark + 4..].trim_start_matches('/');
        let parts: Vec<&str> = name.split('/').filter(|it| !it.is_empty()).collect();
        return Some(format!("ark:/{}", parts.join("/")).into());
    }
    let digits: CompactString = lower
        .trim_start_matches("urn:isbn:")
        .chars()
        .filter(|it| *it != '-' && *it != ' ')
        .collect();
    let isbn = digits.len() == 13
        && (digits.starts_with("978") || digits.starts_with("979"))
        && digits.chars().all(|it| it.is_ascii_digit());
    Some(if isbn { digits } else { trimmed.into() })
}

/// `offer` with what `notices` and `access` say of it.
pub fn joined(mut offer: Listing, notices: &[Notice], access: &[Access]) -> Listing {
    for notice in notices {
        let Notice { description, url, accessibility, details, subjects, levels, .. } = notice;
        if offer.description.is_empty() {
            offer.description.clone_from(description);
        }
        fill(&mut offer.url, url.as_ref());
        fill(&mut offer.accessibility, accessibility.as_ref());
        add(&mut offer.subjects, subjects, 20);
        add(&mut offer.levels, levels, 20);
        describe(&mut offer.details, details);
    }
    offer.details.gar |= access.iter().any(|it| it.available);
    offer
}

fn describe(own: &mut Details, other: &Details) {
    for term in &other.terms {
        let known =
            own.terms.iter().any(|it| it.facet == term.facet && it.concept() == term.concept());
        if !known && own.terms.len() < TERMS_MAX {
            own.terms.push(term.clone());
        }
    }
    add(&mut own.keywords, &other.keywords, 30);
    add(&mut own.languages, &other.languages, 20);
    add(&mut own.features, &other.features, usize::MAX);
    add(&mut own.identifiers, &other.identifiers, 10);
    fill(&mut own.minutes, other.minutes.as_ref());
    fill(&mut own.prerequisites, other.prerequisites.as_ref());
    fill(&mut own.conformance, other.conformance.as_ref());
    fill(&mut own.data_protection, other.data_protection.as_ref());
    fill(&mut own.publisher, other.publisher.as_ref());
    fill(&mut own.thumbnail_url, other.thumbnail_url.as_ref());
    own.gar |= other.gar;
}

fn fill<T: Clone>(own: &mut Option<T>, other: Option<&T>) {
    if own.is_none() {
        *own = other.cloned();
    }
}

fn add<T: Clone + PartialEq>(own: &mut Vec<T>, other: &[T], max: usize) {
    for it in other {
        if own.len() < max && !own.contains(it) {
            own.push(it.clone());
        }
    }
}

/// The offer that a notice is by itself: free, and with an address; `None` otherwise.
pub fn free_offer(notice: &Notice) -> Option<Listing> {
    if !notice.free || notice.url.is_none() {
        return None;
    }
    let listing = Listing {
        reference: notice.reference.clone(),
        title: notice.title.clone(),
        description: notice.description.clone(),
        kind: notice.kind.unwrap_or(Kind::Activity),
        subjects: notice.subjects.clone(),
        levels: notice.levels.clone(),
        price: Price::free(),
        billing: Billing::Once,
        licence: Licence { scope: Scope::School, days: None },
        url: notice.url.clone(),
        specimen_url: None,
        video_url: None,
        accessibility: notice.accessibility.clone(),
        identifier: notice.details.identifiers.first().cloned(),
        prices: vec![],
        details: notice.details.clone(),
    };
    listing.check().is_ok().then_some(listing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_compared_whatever_way_they_are_written() {
        assert_eq!(key("978-2-09-172953-4").as_deref(), Some("9782091729534"));
        assert_eq!(key("urn:isbn:9782091729534").as_deref(), Some("9782091729534"));
        assert_eq!(key(" ark://49591/MOA//1 ").as_deref(), Some("ark:/49591/MOA/1"));
        assert_eq!(key("https://n2t.net/ark:/49591/MOA/1").as_deref(), Some("ark:/49591/MOA/1"));
        assert_eq!(key("CAL-0001").as_deref(), Some("CAL-0001"));
        assert_eq!(key("  "), None);
    }
}
