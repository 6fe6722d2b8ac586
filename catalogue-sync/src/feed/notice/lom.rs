//! LOM, LOMFR and `ScoLOMFR` notices, whatever their version and prefixes.
//!
//! Source: IEEE 1484.12.1, NF Z76-040, `ScoLOMFR` 3.1 to 8.0; numbers in comments are those of LOM.

use compact_str::CompactString;
use ledger_core::offer::{Facet, Feature};

use super::Told;
use super::classification;
use super::findings::{Findings, quoted};
use super::terms::{self, Terms};
use super::{duration, identifiers, kind, language, vcard, words};
use crate::feed::Rule;
use crate::feed::xml::Element;
use crate::vocabularies::{Vocabularies, name};

/// Elements that are concepts of one vocabulary, and the facet they tell.
const CONCEPTS: [(&[&str], Facet); 6] = [
    (&["general", "generalResourceType"], Facet::Content),
    (&["educational", "learningResourceType"], Facet::Learning),
    (&["educational", "activity"], Facet::Activity),
    (&["educational", "place"], Facet::Place),
    (&["educational", "educationalMethod"], Facet::Method),
    (&["educational", "intendedEndUserRole"], Facet::Audience),
];
/// Elements that tell the kind of resource, the most telling first.
const KINDS: [&[&str]; 3] = [
    &["educational", "learningResourceType"],
    &["general", "generalResourceType"],
    &["general", "documentType"],
];

/// Reads one notice.
pub(super) fn read(
    root: &Element,
    vocabularies: &Vocabularies,
    findings: &mut Findings<'_>,
) -> Told {
    let mut told = Told::default();
    for second in root.all("general").skip(1) {
        let message = "a second general element: expected one, with all that is general";
        findings.refuse(second, Rule::SecondGeneral, "", message);
    }
    match root.child("general") {
        Some(general) => self::general(root, general, &mut told, findings),
        None => findings.refuse(root, Rule::FieldMissing, "", "general: missing"),
    }
    let mut terms = Terms::default();
    for (path, facet) in CONCEPTS {
        for element in root.reach(path) {
            terms::single(facet, element, vocabularies, &mut terms, findings);
        }
    }
    let classified = classification::all(root, vocabularies, &mut terms, findings);
    terms.end(root, findings);
    told.kind = KINDS
        .into_iter()
        .find_map(|path| root.reach(path).into_iter().filter_map(terms::value).find_map(kind::of));
    technical(root, vocabularies, &mut told, findings);
    told.free = root.reach(&["rights", "cost"]).into_iter().any(is_free);
    told.accessibility = super::joined(classified.accessibility, "\n", 2_000);
    told.details.gar = classified.gar;
    told.details.minutes = minutes(root, findings);
    told.details.publisher = publisher(root, findings);
    told.details.features =
        Feature::ALL.into_iter().filter(|it| terms.features.contains(it)).collect();
    (told.details.terms, told.levels, told.subjects) = (terms.list, terms.levels, terms.subjects);
    told
}

/// 1: title, description, keywords, languages, identifiers.
fn general(root: &Element, general: &Element, told: &mut Told, findings: &mut Findings<'_>) {
    told.title = general.child("title").map(words::chosen).filter(|it| !it.is_empty());
    if told.title.is_none() {
        findings.refuse(general, Rule::FieldMissing, "", "title: missing, or without a string");
    }
    let mut paragraphs = Vec::new();
    for description in general.all("description") {
        let (text, cut) = words::long(description);
        if cut {
            let message = format!("cut to {} characters", words::DESCRIPTION_MAX);
            findings.remark(description, &message);
        }
        paragraphs.push(text);
    }
    told.description = super::joined(paragraphs, "\n", words::DESCRIPTION_MAX).unwrap_or_default();
    told.keywords(general.all("keyword").map(words::chosen));
    for element in general.all("language").filter(|it| !it.code().is_empty()) {
        match language::language(element.code()) {
            Some(language) => told.language(language),
            None if name(element.code()) == "zxx" => {}
            None => {
                let message = format!(
                    "{} is not a language: expected a code of ISO 639-2, as in fre",
                    quoted(element.code())
                );
                findings.remark(element, &message);
            }
        }
    }
    let mut identified = false;
    for identifier in general.all("identifier") {
        let text = |name: &str| identifier.child(name).map(Element::code).unwrap_or_default();
        let entry = text("entry");
        identified |= !entry.is_empty();
        told.identifier(identifier, &identifiers::read(text("catalog"), entry), entry, findings);
    }
    let located = root.reach(&["technical", "location"]).iter().any(|it| !it.code().is_empty());
    if !identified && !located {
        let message = "no identifier with an entry, and no technical/location: expected either";
        findings.refuse(general, Rule::FieldMissing, "", message);
    }
}

/// 4: where it is, what it asks for, what becomes of personal data.
fn technical(
    root: &Element,
    vocabularies: &Vocabularies,
    told: &mut Told,
    findings: &mut Findings<'_>,
) {
    let locations = [
        &["technical", "location"][..],
        &["technical", "extendedLocation", "location"],
        &["general", "identifier", "entry"],
    ];
    for (index, path) in locations.into_iter().enumerate() {
        for location in root.reach(path) {
            // An identifier need not be an address.
            if told.url.is_none() && (index < 2 || location.code().starts_with("http")) {
                told.address(location, findings);
            }
        }
    }
    let mut processed: Vec<String> = Vec::new();
    for element in root.reach(&["technical", "extendedLocation", "personalDataProcessType"]) {
        let known = terms::value(element).and_then(|it| vocabularies.concept(it));
        let label = known.map(|it| it.0.to_owned()).or_else(|| terms::label(element));
        processed.extend(label.filter(|it| processed.len() < 20 && !processed.contains(it)));
    }
    told.details.thumbnail_url = thumbnail(root);
    told.details.data_protection = super::joined(processed, "\n", 2_000);
    let asked = root.reach(&["technical", "otherPlatformRequirements"]);
    let asked = asked.into_iter().map(words::chosen).collect();
    told.details.prerequisites = super::joined(asked, "\n", 2_000);
}

/// 7: the address of its picture (« a pour vignette »).
fn thumbnail(root: &Element) -> Option<String> {
    let pictured = |it: &&Element| {
        let kind = it.child("kind");
        let label = kind.and_then(terms::label).unwrap_or_default().to_lowercase();
        let value = kind.and_then(terms::value).unwrap_or_default().to_lowercase();
        label.contains("vignette") || value.ends_with("thumbnail")
    };
    let entries = root.all("relation").filter(pictured);
    let entries = entries.flat_map(|it| it.reach(&["resource", "identifier", "entry"]));
    entries.map(Element::code).find(|it| super::is_address(it)).map(ToOwned::to_owned)
}

/// 5.9: how long one sitting takes.
fn minutes(root: &Element, findings: &mut Findings<'_>) -> Option<u16> {
    let durations = root.reach(&["educational", "typicalLearningTime"]);
    let element = durations.into_iter().find(|it| it.child("duration").is_some())?;
    let duration = element.child("duration")?;
    let minutes = duration::minutes(duration.code());
    if minutes == Some(0) || duration.code().is_empty() {
        return None;
    }
    let kept = minutes.and_then(|it| u16::try_from(it).ok());
    if kept.is_none() {
        let message = format!(
            "{} is not a duration of up to 45 days: expected ISO 8601, as in PT1H30M",
            quoted(duration.code())
        );
        findings.remark(duration, &message);
    }
    kept
}

/// 6.1: `no`, or its label in French.
fn is_free(cost: &Element) -> bool {
    terms::value(cost).map(name) == Some("no")
}

/// 2.3: the organisation of the publisher's vCard.
fn publisher(root: &Element, findings: &mut Findings<'_>) -> Option<CompactString> {
    for contribute in root.reach(&["lifeCycle", "contribute"]) {
        let Some(role) = contribute.child("role") else { continue };
        let by_value = terms::value(role).map(name).is_some_and(|it| it == "publisher");
        let by_label = terms::label(role).is_some_and(|it| it.to_lowercase() == "éditeur");
        if !by_value && !by_label {
            continue;
        }
        for entity in contribute.all("entity") {
            match vcard::read(&entity.text).organisation {
                Some(organisation) => return Some(words::line(&organisation, 140).into()),
                None => findings.remark(
                    entity,
                    "the publisher's vCard has no ORG: names of people are not kept",
                ),
            }
        }
    }
    None
}
