//! Dublin Core (`oai_dc`), which every OAI-PMH repository can give when it has nothing better.

use ledger_core::vocabulary::folded;

use super::Told;
use super::findings::{Findings, quoted};
use super::terms::Terms;
use super::{identifiers, kind, language, words};
use crate::feed::Rule;
use crate::feed::xml::Element;

/// Rights that say that it is free of charge, folded.
const FREE: [&str; 5] = ["gratuit", "acces gratuit", "free", "free of charge", "no"];

/// Reads one notice.
pub(super) fn read(root: &Element, findings: &mut Findings<'_>) -> Told {
    let titles = french_first(root, "title");
    let title = titles.into_iter().map(words::chosen).find(|it| !it.is_empty());
    let mut told = Told { title, ..Told::default() };
    if told.title.is_none() {
        findings.refuse(root, Rule::FieldMissing, "", "title: missing");
    }
    if let Some(description) = french_first(root, "description").first() {
        let (text, cut) = words::long(description);
        if cut {
            let message = format!("cut to {} characters", words::DESCRIPTION_MAX);
            findings.remark(description, &message);
        }
        told.description = text;
    }
    let subjects: Vec<String> = root.all("subject").map(words::chosen).collect();
    let mut terms = Terms::default();
    for subject in &subjects {
        terms.add_word(subject);
    }
    terms.end(root, findings);
    (told.levels, told.subjects) = (terms.levels, terms.subjects);
    told.keywords(subjects.into_iter());
    for element in root.all("language").filter(|it| !it.code().is_empty()) {
        if let Some(language) = language::language(element.code()) {
            told.language(language);
        } else {
            let message = format!("{} is not a language", quoted(element.code()));
            findings.remark(element, &message);
        }
    }
    let mut identified = false;
    for element in root.all("identifier").filter(|it| !it.code().is_empty()) {
        identified = true;
        let entry = element.code();
        told.identifier(element, &identifiers::read("", entry), entry, findings);
        if told.url.is_none() && entry.starts_with("http") {
            told.address(element, findings);
        }
    }
    if !identified {
        findings.refuse(root, Rule::FieldMissing, "", "identifier: missing");
    }
    told.kind = root.all("type").find_map(|it| kind::of(it.code()));
    told.free = root.all("rights").any(|it| {
        let said = folded(crate::vocabularies::name(it.code()));
        FREE.contains(&&*said)
    });
    told
}

/// The elements called `name`: the French ones, then those of no language, then the others.
fn french_first<'e>(root: &'e Element, name: &str) -> Vec<&'e Element> {
    let mut all: Vec<&Element> = root.all(name).filter(|it| !it.code().is_empty()).collect();
    all.sort_by_key(|it| match it.attribute("lang") {
        Some(lang) if language::is_french(lang) => 0,
        None => 1,
        Some(_) => 2,
    });
    all
}
