//! One record of a list: its header, and the notice in it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use ledger_core::digest::Digest;

use super::instant;
use crate::feed::notice::{self, Sent};
use crate::feed::xml::{Document, Element};
use crate::feed::{FeedError, Reason, Record, Reference, Rule, Withdrawn};
use crate::vocabularies::Vocabularies;

/// A record as it was sent.
pub(super) struct Raw {
    header: Option<Element>,
    /// The notice, and the fingerprint of what `metadata` holds.
    notice: Option<(Element, Digest)>,
    unknown_entities: Vec<String>,
}

/// Reads the record that has been entered, up to its end.
pub(super) fn read(document: &mut Document<'_>) -> Result<Raw, FeedError> {
    let mut raw = Raw { header: None, notice: None, unknown_entities: Vec::new() };
    while let Some(child) = document.child()? {
        match child.name.as_str() {
            "header" => raw.header = Some(document.whole(child)?),
            "metadata" => {
                document.begin_digest();
                let notice = match document.child()? {
                    Some(root) => Some(document.whole(root)?),
                    None => None,
                };
                let digest = document.end_digest();
                if let Some(notice) = notice {
                    raw.notice = Some((notice, digest));
                    while let Some(other) = document.child()? {
                        document.whole(other)?;
                    }
                }
            }
            _ => drop(document.whole(child)?),
        }
    }
    raw.unknown_entities = document.unknown_entities();
    Ok(raw)
}

/// Gives `take` what becomes of a record; `seen` holds those of the page, and when each changed.
///
/// A record that comes twice is taken again only if it changed later: a page may be drawn up while
/// the repository works.
pub(super) fn take(
    raw: Raw,
    place: String,
    seen: &mut HashMap<Reference, Option<DateTime<Utc>>>,
    vocabularies: &Vocabularies,
    take: &mut dyn FnMut(Record),
) {
    let header = raw.header.as_ref();
    let identifier = header.and_then(|it| it.child("identifier")).map_or("", Element::code);
    let reference = match notice::reference(identifier) {
        Ok(reference) => reference,
        Err(reason) => return take(notice::refused(None, place, reason)),
    };
    let stamp = header.and_then(|it| it.child("datestamp")).map_or("", Element::code);
    let changed = instant(stamp);
    if let Some(earlier) = seen.get(&reference)
        && changed <= *earlier
    {
        let message = format!("record {reference} is twice on this page: the first one is kept");
        let reason = Reason::new(Rule::Duplicate, &reference, message);
        return take(notice::refused(Some(reference), place, reason));
    }
    seen.insert(reference.clone(), changed);
    if header.and_then(|it| it.attribute("status")) == Some("deleted") {
        let reason = "deleted by its repository".into();
        return take(Record::Gone(Withdrawn { reference, reason }));
    }
    if let Some((root, digest)) = raw.notice {
        let unknown_entities = raw.unknown_entities;
        let sent = Sent { reference, raw: digest, unknown_entities };
        notice::read(&root, sent, vocabularies, take);
    } else {
        let message = "metadata: missing, in a record that is not deleted";
        let reason = Reason::new(Rule::FieldMissing, "", message);
        take(notice::refused(Some(reference), place, reason));
    }
}
