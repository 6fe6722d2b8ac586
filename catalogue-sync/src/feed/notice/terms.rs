//! What a notice is filed under: its terms, and the words that the ledger has for them.

use compact_str::CompactString;
use ledger_core::offer::details::{DEPTH_MAX, TERMS_MAX};
use ledger_core::offer::{Concept, Facet, Feature, Term};
use ledger_core::vocabulary::{levels_named, subject_named};

use super::findings::{Findings, quoted};
use super::kind;
use crate::feed::personal;
use crate::feed::text::shortened;
use crate::feed::xml::Element;
use crate::vocabularies::{Vocabularies, name};

/// How many subjects, and how many levels, an offer may have.
const WORDS_MAX: usize = 20;
/// The most the name of a concept may hold, and its label, in characters.
const NAME_MAX: usize = 80;
const LABEL_MAX: usize = 200;

/// Terms, each once, and what they tell.
#[derive(Default)]
pub(super) struct Terms {
    pub(super) list: Vec<Term>,
    pub(super) levels: Vec<CompactString>,
    pub(super) subjects: Vec<CompactString>,
    pub(super) features: Vec<Feature>,
    /// Whether some were left out.
    full: bool,
}

impl Terms {
    /// Adds one term, with the levels, subjects and ways of use that it tells.
    pub(super) fn add(&mut self, facet: Facet, mut path: Vec<Concept>) {
        path.drain(..path.len().saturating_sub(DEPTH_MAX));
        let Some(concept) = path.last() else { return };
        self.features.extend(kind::feature(&concept.id));
        // The nearest concept that the ledger has a word for.
        match facet {
            Facet::Level => {
                let named = path.iter().rev().map(|it| levels_named(&it.label));
                let words = named.into_iter().find(|it| !it.is_empty()).unwrap_or_default();
                for word in words {
                    self.full |= !push(&mut self.levels, word);
                }
            }
            Facet::Subject => {
                if let Some(word) = path.iter().rev().find_map(|it| subject_named(&it.label)) {
                    self.full |= !push(&mut self.subjects, word.word);
                }
            }
            Facet::Method => {
                let group = ["group", "collaborat", "équipe", "binôme"];
                let label = concept.label.to_lowercase();
                if group.iter().any(|it| label.contains(it)) {
                    self.features.push(Feature::Collaborative);
                }
            }
            Facet::Competency
            | Facet::Content
            | Facet::Learning
            | Facet::Activity
            | Facet::Language
            | Facet::Place
            | Facet::Audience => {}
        }
        let term = Term { facet, path };
        if !self.list.contains(&term) {
            if self.list.len() < TERMS_MAX {
                self.list.push(term);
            } else {
                self.full = true;
            }
        }
    }

    /// Adds a word that stands by itself, as a subject of Dublin Core.
    pub(super) fn add_word(&mut self, word: &str) {
        if let Some(subject) = subject_named(word) {
            self.full |= !push(&mut self.subjects, subject.word);
        }
        for level in levels_named(word) {
            self.full |= !push(&mut self.levels, level);
        }
    }

    /// Tells what was left out, once all is added.
    pub(super) fn end(&mut self, root: &Element, findings: &mut Findings<'_>) {
        self.features.sort_unstable();
        self.features.dedup();
        if self.full {
            let message = format!(
                "over {TERMS_MAX} terms, {WORDS_MAX} levels or {WORDS_MAX} subjects: the first ones are kept"
            );
            findings.remark(root, &message);
        }
    }
}

/// Adds `word` unless it is there; whether there was room.
fn push(words: &mut Vec<CompactString>, word: &str) -> bool {
    if words.iter().any(|it| it == word) {
        return true;
    }
    if words.len() < WORDS_MAX {
        words.push(word.into());
    }
    words.len() < WORDS_MAX || words.iter().any(|it| it == word)
}

/// A concept that stands by itself (`value` and `label`), as a term.
pub(super) fn single(
    facet: Facet,
    element: &Element,
    vocabularies: &Vocabularies,
    terms: &mut Terms,
    findings: &mut Findings<'_>,
) {
    let Some(value) = value(element) else { return };
    let path = vocabularies.path(value);
    let number = facet.vocabulary();
    if !path.is_empty() && vocabularies.vocabulary_of(value) == Some(number) {
        terms.add(facet, path);
        return;
    }
    if vocabularies.knows(number) {
        let message = format!("{} is not in vocabulary {number} of ScoLOMFR", quoted(value));
        findings.remark(element, &message);
    }
    let label = label(element).or_else(|| (!value.contains("://")).then(|| value.to_owned()));
    match label.and_then(|it| concept(value, &it)) {
        Some(concept) => terms.add(facet, vec![concept]),
        None => {
            findings.remark(element, &format!("{} has no label: it is left out", quoted(value)));
        }
    }
}

/// The value of an element of a vocabulary, as it was sent; `None` when it has none.
pub(super) fn value(element: &Element) -> Option<&str> {
    element.child("value").map(Element::code).filter(|it| !it.is_empty())
}

/// Its label; `None` when it has none.
pub(super) fn label(element: &Element) -> Option<String> {
    let label = element.child("label")?;
    let text = label.first(&["string"]).unwrap_or(label).said();
    (!text.is_empty()).then_some(text)
}

/// A concept that is not in a vocabulary, as a notice names it; `None` when it cannot be kept.
pub(super) fn concept(id: &str, label: &str) -> Option<Concept> {
    let (id, label) = (personal::without(name(id)), personal::without(label));
    let control = |it: &str| it.chars().any(char::is_control);
    let fits = !id.is_empty() && id.chars().count() <= NAME_MAX && !control(&id);
    if !fits || label.trim().is_empty() || control(&label) {
        return None;
    }
    Some(Concept { id: id.as_ref().into(), label: shortened(&label, LABEL_MAX - 1).into() })
}
