//! Where a product may be sold: in France, or not.

use super::element::Element;
use super::product::Findings;
use crate::feed::Rule;
use crate::feed::text::listed;

/// Whether a `Territory` includes the whole of France.
pub(super) fn includes_france(territory: &Element) -> bool {
    let has = |name: &str, code: &str| {
        territory.value(name).is_some_and(|it| it.split_whitespace().any(|it| it == code))
    };
    let included = has("CountriesIncluded", "FR")
        || has("RegionsIncluded", "WORLD")
        || has("RegionsIncluded", "ECZ");
    included && !has("CountriesExcluded", "FR")
}

/// Refuses a product whose rights or markets leave France out; one that says nothing passes.
pub(super) fn sold_in_france(root: &Element, findings: &mut Findings) {
    let rights = root.reach(&["PublishingDetail", "SalesRights"]);
    let (mut granted, mut forbidden) = (Vec::new(), false);
    for right in rights {
        // List 46: 01, 02, 07 and 08 are rights to sell; 03 to 06 say where it is not sold.
        let sells = right.value("SalesRightsType");
        let here = right.all("Territory").any(includes_france);
        match sells.as_deref() {
            Some("01" | "02" | "07" | "08") => granted.push((right, here)),
            Some(_) => forbidden |= here,
            None => {}
        }
    }
    let rest = root.reach(&["PublishingDetail", "ROWSalesRightsType"]).first().map(|it| it.text());
    let elsewhere = matches!(rest.as_deref(), Some("01" | "02" | "07" | "08"));
    let covered = granted.is_empty() || elsewhere || granted.iter().any(|it| it.1);
    if forbidden || !covered {
        let places = places(granted.iter().flat_map(|it| it.0.all("Territory")));
        let message = if places.is_empty() {
            "sales rights do not cover France: expected FR or WORLD".to_owned()
        } else {
            format!("sales rights for {places} only: expected FR or WORLD")
        };
        findings.refuse(Rule::NotSoldInFrance, &places, message);
        return;
    }
    let markets = root.reach(&["ProductSupply", "Market", "Territory"]);
    if !markets.is_empty() && !markets.iter().any(|it| includes_france(it)) {
        let places = places(markets.into_iter());
        let message = format!("marketed in {places} only: expected FR or WORLD");
        findings.refuse(Rule::NotSoldInFrance, &places, message);
    }
}

/// The countries and regions of some territories, as in a sentence.
fn places<'e>(territories: impl Iterator<Item = &'e Element>) -> String {
    let codes: Vec<String> = territories
        .flat_map(|it| [it.value("CountriesIncluded"), it.value("RegionsIncluded")])
        .flatten()
        .collect();
    listed(codes.iter().flat_map(|it| it.split_whitespace()))
}
