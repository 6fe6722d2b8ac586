//! What characterises a product beyond its title and its price.

use compact_str::CompactString;
use ledger_core::offer::details::{Conformance, Details};

use super::element::Element;
use super::links;
use super::product::Findings;
use super::subjects::Filed;
use crate::feed::text::shortened;
use crate::feed::{identifier, naming};

/// How many identifiers, and how many languages, an offer may have.
const IDENTIFIERS_MAX: usize = 10;
const LANGUAGES_MAX: usize = 20;

/// What a product says of itself, filed as it was found to be.
pub(super) fn of(root: &Element, filed: Filed, findings: &mut Findings) -> Details {
    Details {
        terms: filed.terms,
        keywords: filed.keywords,
        languages: languages(root),
        conformance: conformance(root),
        identifiers: identifiers(root, findings),
        publisher: publisher(root),
        thumbnail_url: links::cover(root, findings),
        ..Details::default()
    }
}

/// The public identifiers of a product (list 5), ISBN-13 first, each written one way and once; one
/// that does not check is left out, with a remark.
fn identifiers(root: &Element, findings: &mut Findings) -> Vec<CompactString> {
    type Read = fn(&str) -> Option<CompactString>;
    const TYPES: [(&str, Read); 5] = [
        ("15", identifier::isbn),
        ("06", identifier::doi),
        ("35", identifier::ark),
        ("03", identifier::gtin),
        ("02", identifier::isbn),
    ];
    let mut identifiers: Vec<CompactString> = Vec::new();
    for (code, read) in TYPES {
        for it in root.all("ProductIdentifier").filter(|it| it.says("ProductIDType", code)) {
            let value = it.value("IDValue").unwrap_or_default();
            match read(&value) {
                Some(sound) if identifiers.contains(&sound) => {}
                Some(sound) if sound.chars().count() <= 200 => identifiers.push(sound),
                Some(_) | None => {
                    let shown = shortened(&value, 60);
                    let message =
                        format!("IDValue: `{shown}` is no identifier of type {code}: left out");
                    findings.remark(it.line, message);
                }
            }
        }
    }
    identifiers.truncate(IDENTIFIERS_MAX);
    identifiers
}

/// The languages of its text (list 22: 01; list 74), in order and each once.
fn languages(root: &Element) -> Vec<CompactString> {
    let languages = root.reach(&["DescriptiveDetail", "Language"]);
    let codes = languages.into_iter().filter(|it| it.says("LanguageRole", "01"));
    let codes: Vec<String> = codes.filter_map(|it| it.value("LanguageCode")).collect();
    let three = |it: &&String| it.len() == 3 && it.bytes().all(|it| it.is_ascii_lowercase());
    let mut languages = naming::languages(codes.iter().filter(three).map(String::as_str));
    languages.truncate(LANGUAGES_MAX);
    languages
}

/// List 196: the level it conforms to; `None` when it says none, or that it is not known (08).
///
/// A resource of limited accessibility (09) conforms to none, whatever else it says.
fn conformance(root: &Element) -> Option<Conformance> {
    let features = root.reach(&["DescriptiveDetail", "ProductFormFeature"]);
    let declared: Vec<String> = features
        .into_iter()
        .filter(|it| it.says("ProductFormFeatureType", "09"))
        .filter_map(|it| it.value("ProductFormFeatureValue"))
        .collect();
    let any = |codes: &[&str]| declared.iter().any(|it| codes.contains(&it.as_str()));
    if any(&["09"]) {
        Some(Conformance::None)
    } else if any(&["85", "86", "03"]) {
        Some(Conformance::Full)
    } else if any(&["84", "02"]) {
        Some(Conformance::Partial)
    } else {
        None
    }
}

/// The publisher (list 45: 01), else the first one named; `None` when there is none.
fn publisher(root: &Element) -> Option<CompactString> {
    let publishers = root.reach(&["PublishingDetail", "Publisher"]);
    let main = publishers.iter().find(|it| it.says("PublishingRole", "01"));
    let name = main.or(publishers.first())?.value("PublisherName")?;
    Some(shortened(&name, 139).into())
}
