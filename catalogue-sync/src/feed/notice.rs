//! Notices of resources: LOM, LOMFR and `ScoLOMFR`, and Dublin Core when there is nothing better.
//!
//! One notice at a time becomes a [`Notice`], or a refusal with every reason and its place
//! (`/lom/classification[2]/taxonPath/taxon[3], line 12`). Real notices are read as they are:
//! values with line ends and tabs around them, addresses for languages, ARKs with two slashes,
//! vCards folded or on one line.
//!
//! # Personal data
//!
//! vCards give their organisation and nothing else; every text passes through
//! [`super::personal::without`].

mod classification;
mod dublin_core;
mod duration;
mod findings;
mod identifiers;
mod kind;
mod language;
mod lom;
mod terms;
#[cfg(test)]
mod tests;
mod vcard;
mod words;

use std::io::BufRead;

use compact_str::CompactString;
use ledger_core::digest::Digest;
use ledger_core::offer::{Details, Kind};

use super::text::shortened;
use super::xml::{Document, Element};
use super::{FeedError, Notice, Reason, Record, Reference, RefusedOffer, Rule, personal};
use crate::vocabularies::Vocabularies;
use findings::{Findings, quoted};
use identifiers::Identifier;
pub(super) use identifiers::ark;
pub(super) use words::line;

/// The most a reference may hold, in characters, as that of an offer.
const REFERENCE_MAX: usize = 120;
/// How many values of one field are looked at, before they are cut to what is kept.
const VALUES_MAX: usize = 1_000;
/// How many keywords, languages and identifiers are kept.
const KEYWORDS_MAX: usize = 30;
const LANGUAGES_MAX: usize = 20;
const IDENTIFIERS_MAX: usize = 10;

/// What is known of a notice beside its content.
pub(super) struct Sent {
    pub(super) reference: Reference,
    /// Fingerprint of what was sent.
    pub(super) raw: Digest,
    /// Entities in it that XML does not know.
    pub(super) unknown_entities: Vec<String>,
}

/// What a notice says, in whatever format.
#[derive(Default)]
struct Told {
    title: Option<String>,
    description: String,
    kind: Option<Kind>,
    subjects: Vec<CompactString>,
    levels: Vec<CompactString>,
    url: Option<String>,
    free: bool,
    accessibility: Option<String>,
    details: Details,
}

/// Reads one notice that stands alone in its body, as its publisher tries it before sending it;
/// `take` is given what it becomes, and each remark.
pub fn read_alone(
    body: &mut dyn BufRead,
    reference: &str,
    vocabularies: &Vocabularies,
    take: &mut dyn FnMut(Record),
) -> Result<(), FeedError> {
    let (mut document, root) = Document::open(body, "a notice: <lom> or <dc>")?;
    document.begin_digest();
    let root = document.whole(root)?;
    let sent = Sent {
        reference: reference.into(),
        raw: document.end_digest(),
        unknown_entities: document.unknown_entities(),
    };
    read(&root, sent, vocabularies, take);
    Ok(())
}

/// Reads one notice.
pub(super) fn read(
    root: &Element,
    sent: Sent,
    vocabularies: &Vocabularies,
    take: &mut dyn FnMut(Record),
) {
    let mut findings = Findings::new(root);
    stripped(root, &mut findings);
    for entity in &sent.unknown_entities {
        let message = format!("unknown entity &{entity};: send the character itself, in UTF-8");
        findings.refuse(root, Rule::UnknownEntity, entity, &message);
    }
    let told = match root.name.as_str() {
        "lom" => lom::read(root, vocabularies, &mut findings),
        "dc" => dublin_core::read(root, &mut findings),
        other => {
            let message = "neither <lom> nor <dc>: expected the metadata of prefix lom or oai_dc";
            findings.refuse(root, Rule::NotANotice, other, message);
            Told::default()
        }
    };
    let title = told.title.as_deref().map(|it| words::line(it, 300));
    let place = findings.place(root);
    let reference = sent.reference.clone();
    let mut reasons = std::mem::take(&mut findings.reasons);
    let notice = title.clone().and_then(|title| {
        let notice = told.notice(title, sent, root, &mut findings);
        if let Err(wrong) = notice.details.check() {
            reasons.push(Reason::from(&wrong));
        }
        reasons.is_empty().then_some(notice)
    });
    match notice {
        Some(notice) => take(Record::Notice(Box::new(notice))),
        None => take(Record::Refused(RefusedOffer {
            reference: Some(reference.clone()),
            title,
            place,
            reasons,
        })),
    }
    findings.remarks(&reference).for_each(|it| take(Record::Remark(it)));
}

impl Told {
    /// Adds words of its own, each once.
    fn keywords(&mut self, words: impl Iterator<Item = String>) {
        for word in words {
            let word = CompactString::from(words::line(&word, 100));
            push(&mut self.details.keywords, word);
        }
    }

    fn language(&mut self, language: CompactString) {
        push(&mut self.details.languages, language);
    }

    /// Adds an identifier, when it is a public one.
    fn identifier(
        &mut self,
        at: &Element,
        identifier: &Identifier,
        entry: &str,
        findings: &mut Findings<'_>,
    ) {
        match identifier {
            Identifier::Public(it) => push(&mut self.details.identifiers, it.clone()),
            Identifier::WrongIsbn => {
                let message =
                    format!("{} is not an ISBN: its digits do not fit together", quoted(entry));
                findings.remark(at, &message);
            }
            Identifier::Other => {}
        }
    }

    /// Takes the address that stands at `at`, when it is one of the web.
    fn address(&mut self, at: &Element, findings: &mut Findings<'_>) {
        let address = at.code();
        if address.is_empty() {
            return;
        }
        if personal::found_in(address) {
            findings.remark(at, "an address that holds personal data: it is left out");
        } else if is_address(address) {
            self.url = Some(address.to_owned());
        } else {
            let message = format!("{} is not an https:// or http:// address", quoted(address));
            findings.remark(at, &message);
        }
    }

    /// The notice itself, with no more than each field may hold.
    fn notice(
        mut self,
        title: String,
        sent: Sent,
        root: &Element,
        findings: &mut Findings<'_>,
    ) -> Notice {
        let details = &mut self.details;
        for (name, count, max) in [
            ("keyword", details.keywords.len(), KEYWORDS_MAX),
            ("language", details.languages.len(), LANGUAGES_MAX),
            ("identifier", details.identifiers.len(), IDENTIFIERS_MAX),
        ] {
            if count > max {
                findings.remark(root, &format!("{name}: {count} values, {max} kept"));
            }
        }
        details.keywords.truncate(KEYWORDS_MAX);
        details.languages.truncate(LANGUAGES_MAX);
        details.identifiers.truncate(IDENTIFIERS_MAX);
        Notice {
            reference: sent.reference,
            title,
            description: self.description,
            kind: self.kind,
            subjects: self.subjects,
            levels: self.levels,
            url: self.url,
            free: self.free,
            accessibility: self.accessibility,
            details: self.details,
            raw: sent.raw,
        }
    }
}

/// Adds `value` unless it is empty, or there already, or comes after more than any notice needs.
fn push(values: &mut Vec<CompactString>, value: CompactString) {
    if !value.is_empty() && values.len() < VALUES_MAX && !values.contains(&value) {
        values.push(value);
    }
}

/// Whether `text` is an address of the web that a listing may hold, without personal data.
fn is_address(text: &str) -> bool {
    let web = text.starts_with("https://") || text.starts_with("http://");
    let odd = |it: char| it.is_whitespace() || it.is_control();
    web && !text.contains(odd) && text.chars().count() <= 2_000 && !personal::found_in(text)
}

/// Tells that personal data were taken out, and how many of each; nothing when there were none.
fn stripped(root: &Element, findings: &mut Findings<'_>) {
    let (mut cards, mut texts) = (0, 0);
    let mut next = vec![root];
    while let Some(element) = next.pop() {
        if element.name == "entity" || element.name == "centity" {
            cards += usize::from(vcard::read(&element.text).personal);
        } else if personal::found_in(&element.text) {
            texts += 1;
        }
        next.extend(&element.children);
    }
    if cards + texts > 0 {
        let message = format!(
            "personal data taken out: {cards} vCards, {texts} texts with an e-mail address or a \
             telephone number; they should not be sent"
        );
        findings.remark(root, &message);
    }
}

/// The reference of a record; why it cannot be kept.
pub(super) fn reference(text: &str) -> Result<Reference, Reason> {
    let text = text.trim();
    let length = text.chars().count();
    let kept = personal::without(text);
    if length == 0 || length > REFERENCE_MAX || text.contains(char::is_control) {
        let message = format!("identifier: {length} characters, expected 1 to {REFERENCE_MAX}");
        let rule = if length == 0 { Rule::FieldMissing } else { Rule::Length };
        return Err(Reason::new(rule, &shortened(&kept, 60), message));
    }
    if text.contains('@') && personal::found_in(text) {
        let message = "identifier: an e-mail address; expected one that tells of no one";
        return Err(Reason::new(Rule::PersonalData, &kept, message));
    }
    Ok(text.into())
}

/// Texts with `between` between them, without those that are empty, cut to `max` characters; `None`
/// when nothing is left.
fn joined(texts: Vec<String>, between: &str, max: usize) -> Option<String> {
    let texts: Vec<String> = texts.into_iter().filter(|it| !it.trim().is_empty()).collect();
    let text = words::clean(&texts.join(between));
    match text.chars().count() {
        0 => None,
        count if count > max => Some(shortened(&text, max - 1)),
        _ => Some(text),
    }
}

/// A record that is refused before it is read.
pub(super) fn refused(reference: Option<Reference>, place: String, reason: Reason) -> Record {
    Record::Refused(RefusedOffer { reference, title: None, place, reasons: vec![reason] })
}
