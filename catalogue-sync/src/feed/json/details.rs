//! What characterises an offer, in the JSON feed.

use compact_str::CompactString;
use ledger_core::offer::{Concept, Conformance, Details, Facet, Feature, Term};
use serde_json::Value;

use super::fields::Fields;
use crate::feed::concepts::Code;
use crate::feed::text::{plain, shortened};
use crate::feed::{identifier, naming};

const TERM: &str = "the name of a ScoLOMFR concept, or an object";

/// Reads the object `details`; whatever it does not say is empty.
#[expect(clippy::unnecessary_wraps, reason = "as every reader of an object")]
pub(super) fn read(fields: &mut Fields<'_>) -> Option<Details> {
    let features = Feature::ALL.map(|it| (it.name(), it));
    let conformances = Conformance::ALL.map(|it| (it.name(), it));
    let texts =
        |it: Vec<String>| -> Vec<CompactString> { it.into_iter().map(Into::into).collect() };
    Some(Details {
        terms: terms(fields),
        keywords: texts(fields.texts("keywords")),
        languages: naming::languages(fields.texts("languages").iter().map(String::as_str)),
        features: fields.many_of("features", &features),
        minutes: fields.optional_small("minutes", "a number of minutes, 1 to 65535"),
        prerequisites: fields.optional_text("prerequisites"),
        conformance: fields.optional_one_of("conformance", &conformances),
        data_protection: fields.optional_text("data_protection"),
        gar: fields.optional_bool("gar").unwrap_or(false),
        identifiers: identifiers(fields),
        publisher: fields.optional_text("publisher").map(Into::into),
        thumbnail_url: fields.optional_text("thumbnail_url"),
    })
}

/// Terms, each by its name alone or with the path that leads to it.
fn terms(fields: &mut Fields<'_>) -> Vec<Term> {
    let facets = Facet::ALL.map(|it| (it.name(), it));
    let mut terms = Vec::new();
    for (place, value) in fields.list("terms", "an array of terms") {
        match value {
            Value::String(name) => match Code::of(name) {
                Some(code) => {
                    let known = code.term();
                    if known.is_none() {
                        fields.remark(&place, unlabelled(&code.id()));
                    }
                    terms.push(known.unwrap_or_else(|| code.term_labelled(None)));
                }
                None => fields.wrong_type(&place, value, TERM),
            },
            Value::Object(_) => terms.extend(fields.within(&place, value, |term| {
                let facet = term.one_of("facet", &facets);
                let path = path(term);
                Some(Term { facet: facet?, path })
            })),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                fields.wrong_type(&place, value, TERM);
            }
        }
    }
    terms
}

/// Concepts from the broadest to the term itself.
fn path(term: &mut Fields<'_>) -> Vec<Concept> {
    let mut path = Vec::new();
    for (place, value) in term.list("path", "an array of concepts") {
        path.extend(term.within(&place, value, |concept| {
            let id = concept.text("id");
            let label = concept.optional_text("label");
            let id = id?;
            // The last part of an address is the name itself.
            let name = CompactString::from(id.rsplit('/').next().unwrap_or_default());
            let known = || Code::of(&name)?.term()?.path.pop().map(|it| it.label);
            let label = label.map(CompactString::from).or_else(known).unwrap_or_else(|| {
                concept.remark(&place, unlabelled(&name));
                name.clone()
            });
            Some(Concept { id: name, label })
        }));
    }
    path
}

fn unlabelled(name: &str) -> String {
    format!("{}: no label is known for it: send a path with labels", shortened(name, 80))
}

/// Identifiers, each written one way; one that is none that is known stays as it is, with a remark.
fn identifiers(fields: &mut Fields<'_>) -> Vec<CompactString> {
    let mut identifiers = Vec::new();
    for (place, value) in fields.list("identifiers", "an array of strings") {
        let Some(text) = value.as_str().map(plain) else {
            fields.wrong_type(&place, value, "a string");
            continue;
        };
        let known = identifier::any(&text);
        if known.is_none() {
            fields.remark(&place, identifier::unknown(&text));
        }
        let written = known.unwrap_or_else(|| text.into());
        if !identifiers.contains(&written) {
            identifiers.push(written);
        }
    }
    identifiers
}
