//! What a product is filed under: school subjects and levels as plain words, the concepts of
//! `ScoLOMFR` that say so, and keywords.

use std::collections::BTreeSet;

use compact_str::CompactString;
use ledger_core::offer::details::{Facet, TERMS_MAX, Term};
use ledger_core::vocabulary::{levels_named, subject_named};

use super::element::Element;
use super::product::Findings;
use crate::feed::concepts::Code;
use crate::feed::text::{shortened, word};

/// How many subjects, and how many levels, an offer may have.
const MAX: usize = 20;
/// How many keywords.
const KEYWORDS_MAX: usize = 30;

/// List 27: keywords, CLIL's themes, and the French school subjects of `ScoLOMFR` 015.
const KEYWORDS: &str = "20";
const CLIL: &str = "29";
const SCHOOL_SUBJECTS: &str = "A6";

/// List 30: the French school cycles and classes of `ScoLOMFR` 022.
const SCHOOL_LEVELS: [&str; 2] = ["30", "34"];

/// What a product is filed under.
#[derive(Default)]
pub(super) struct Filed {
    pub(super) subjects: Vec<CompactString>,
    pub(super) levels: Vec<CompactString>,
    pub(super) terms: Vec<Term>,
    pub(super) keywords: Vec<CompactString>,
}

impl Filed {
    fn push(&mut self, term: Option<Term>) {
        self.terms.extend(term.filter(|it| !self.terms.contains(it)));
    }
}

/// What a product is filed under; the first values when there are more than an offer may have.
pub(super) fn of(root: &Element, findings: &mut Findings) -> Filed {
    let (mut subjects, mut levels) = (Words::default(), Words::default());
    let mut filed = Filed::default();
    for subject in root.reach(&["DescriptiveDetail", "Subject"]) {
        let scheme = subject.value("SubjectSchemeIdentifier").unwrap_or_default();
        let headings = subject.values("SubjectHeadingText");
        match scheme.as_str() {
            KEYWORDS | CLIL => {
                for heading in headings.iter().flat_map(|it| it.split([';', ','])) {
                    let grades = if scheme == CLIL { levels_named(heading) } else { Vec::new() };
                    if grades.is_empty() {
                        named(heading.trim(), &mut subjects, &mut filed.keywords);
                    }
                    for grade in grades {
                        levels.push(grade);
                    }
                }
            }
            SCHOOL_SUBJECTS => {
                let code = subject.value("SubjectCode").unwrap_or_default();
                let code = Code::in_facet(Facet::Subject, number(&code));
                if let Some(known) = code.and_then(Code::subject) {
                    subjects.push(known);
                } else {
                    for heading in &headings {
                        subjects.push(&known_or_word(heading));
                    }
                }
                let label = headings.first().map(String::as_str);
                filed.push(code.map(|it| it.term_labelled(label)));
            }
            _ => {}
        }
    }
    for range in root.reach(&["DescriptiveDetail", "AudienceRange"]) {
        let qualifier = range.value("AudienceRangeQualifier").unwrap_or_default();
        if SCHOOL_LEVELS.contains(&qualifier.as_str()) {
            for value in range.values("AudienceRangeValue") {
                level(&value, range.line, &mut levels, &mut filed, findings);
            }
        }
    }
    filed.subjects = subjects.end("Subject", root, findings);
    filed.levels = levels.end("AudienceRange", root, findings);
    if filed.keywords.len() > KEYWORDS_MAX {
        let count = filed.keywords.len();
        findings.remark(root.line, format!("Subject: {count} keywords, {KEYWORDS_MAX} kept"));
        filed.keywords.truncate(KEYWORDS_MAX);
    }
    filed.terms.truncate(TERMS_MAX);
    filed
}

/// A level by its number or its name; one that is not known is told.
fn level(value: &str, line: usize, levels: &mut Words, filed: &mut Filed, findings: &mut Findings) {
    let code = Code::in_facet(Facet::Level, number(value));
    let known = code.map_or(&[][..], Code::levels);
    let named = if known.is_empty() { levels_named(value) } else { known.to_vec() };
    if named.is_empty() {
        let shown = shortened(value, 60);
        findings.remark(
            line,
            format!("AudienceRangeValue: `{shown}` is not a known level of ScoLOMFR 022"),
        );
    }
    for word in named {
        levels.push(word);
    }
    filed.push(code.filter(|_| !known.is_empty()).and_then(Code::term));
}

/// A heading is the name of a subject, else a keyword.
fn named(heading: &str, subjects: &mut Words, keywords: &mut Vec<CompactString>) {
    if let Some(subject) = subject_named(heading) {
        subjects.push(subject.word);
    } else if (1..=100).contains(&heading.chars().count())
        && !keywords.iter().any(|it| it == heading)
    {
        keywords.push(heading.into());
    }
}

fn known_or_word(heading: &str) -> String {
    subject_named(heading).map_or_else(|| word(heading), |it| it.word.to_owned())
}

/// The number that ends `http://data.education.fr/voc/scolomfr/concept/scolomfr-voc-022-num-018`,
/// or a shorter writing of it; empty when there is none.
fn number(code: &str) -> &str {
    let code = code.trim();
    let digits = code.bytes().rev().take_while(u8::is_ascii_digit).count();
    &code[code.len() - digits..]
}

/// Words, each once, in the order they came.
#[derive(Default)]
struct Words {
    list: Vec<CompactString>,
    seen: BTreeSet<CompactString>,
}

impl Words {
    fn push(&mut self, word: &str) {
        if (1..=60).contains(&word.len()) && self.seen.insert(word.into()) {
            self.list.push(word.into());
        }
    }

    fn end(mut self, name: &str, root: &Element, findings: &mut Findings) -> Vec<CompactString> {
        if self.list.len() > MAX {
            findings.remark(root.line, format!("{name}: {} values, 20 kept", self.list.len()));
            self.list.truncate(MAX);
        }
        self.list
    }
}
