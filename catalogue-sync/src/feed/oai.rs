//! OAI-PMH 2.0: the answers of a repository of notices, and how it is asked.
//!
//! Source: openarchives.org/OAI/2.0/openarchivesprotocol.htm. Answers of real repositories are read
//! as they are: any precision of dates, no resumption token on the last page, empty sets.

mod identity;
mod record;
mod request;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::io::BufRead;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use super::text::{one_line, shortened};
use super::xml::{Document, Element};
use super::{Context, FeedError, Page, Record, Reference, personal};
pub use identity::{DeletedRecord, Granularity, Identity, identify};
pub use request::{FALLBACK_PREFIX, PREFIX, Request, Selection, request};

/// What a repository refuses, as it says itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OaiError {
    /// An argument is missing, unknown or ill-formed.
    BadArgument,
    /// The resumption token is unknown or out of date: the list is to be begun again.
    BadResumptionToken,
    /// The verb is unknown.
    BadVerb,
    /// It has no metadata of the prefix asked for: another one may do.
    CannotDisseminateFormat,
    /// It has no such record.
    IdDoesNotExist,
    /// Nothing matches. Never told of a list: it is an empty page.
    NoRecordsMatch,
    /// The record has no metadata.
    NoMetadataFormats,
    /// It has no sets: they are not to be asked for.
    NoSetHierarchy,
    /// A code that the protocol does not have.
    Unknown,
}

impl OaiError {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::BadArgument,
        Self::BadResumptionToken,
        Self::BadVerb,
        Self::CannotDisseminateFormat,
        Self::IdDoesNotExist,
        Self::NoRecordsMatch,
        Self::NoMetadataFormats,
        Self::NoSetHierarchy,
        Self::Unknown,
    ];

    /// As the protocol writes it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::BadArgument => "badArgument",
            Self::BadResumptionToken => "badResumptionToken",
            Self::BadVerb => "badVerb",
            Self::CannotDisseminateFormat => "cannotDisseminateFormat",
            Self::IdDoesNotExist => "idDoesNotExist",
            Self::NoRecordsMatch => "noRecordsMatch",
            Self::NoMetadataFormats => "noMetadataFormats",
            Self::NoSetHierarchy => "noSetHierarchy",
            Self::Unknown => "unknown error",
        }
    }
}

impl fmt::Display for OaiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// What an answer of OAI-PMH begins with.
const ROOT: &str = "OAI-PMH";

/// Reads one page of a list; `take` is given each record, in order.
///
/// A page where nothing matches (`noRecordsMatch`) is an empty one; any other error of the
/// repository is [`FeedError::Oai`].
pub fn read(
    body: &mut dyn BufRead,
    context: &Context<'_>,
    take: &mut dyn FnMut(Record),
) -> Result<Page, FeedError> {
    let mut document = open(body)?;
    let mut page = Page { extent: context.extent, next: None, as_of: None };
    let mut found = false;
    let mut list = List { seen: HashMap::new(), count: 0 };
    while let Some(child) = next(&mut document)? {
        match child.name.as_str() {
            "responseDate" => page.as_of = instant(document.whole(child)?.code()),
            "error" => match error(&document.whole(child)?) {
                (OaiError::NoRecordsMatch, _) => found = true,
                (code, message) => return Err(FeedError::Oai { code, message }),
            },
            "ListRecords" | "GetRecord" => {
                found = true;
                page.next = list.read(&mut document, context, take)?;
            }
            _ => drop(document.whole(child)?),
        }
    }
    if !found {
        return Err(FeedError::NotThisFormat {
            found: "neither records nor an error".into(),
            expected: "an answer to ListRecords",
        });
    }
    Ok(page)
}

/// The records of a page.
struct List {
    /// The date of change of each that was met.
    seen: HashMap<Reference, Option<DateTime<Utc>>>,
    count: usize,
}

impl List {
    /// Reads them all; the token of the next page, if there is one.
    fn read(
        &mut self,
        document: &mut Document<'_>,
        context: &Context<'_>,
        take: &mut dyn FnMut(Record),
    ) -> Result<Option<String>, FeedError> {
        let mut token = None;
        while let Some(child) = next(document)? {
            match child.name.as_str() {
                "record" => {
                    self.count += 1;
                    let place =
                        format!("/OAI-PMH/ListRecords/record[{}], line {}", self.count, child.line);
                    let record = record::read(document)?;
                    record::take(record, place, &mut self.seen, context.vocabularies, take);
                }
                "resumptionToken" => {
                    let text = document.whole(child)?.code().to_owned();
                    token = (!text.is_empty()).then_some(text);
                }
                _ => drop(document.whole(child)?),
            }
        }
        Ok(token)
    }
}

/// Opens an answer and goes into its root.
fn open(body: &mut dyn BufRead) -> Result<Document<'_>, FeedError> {
    let (document, root) = Document::open(body, ROOT)?;
    if root.name == ROOT {
        return Ok(document);
    }
    let found = format!("<{}>", shortened(&personal::without(&root.name), 40));
    Err(FeedError::NotThisFormat { found, expected: ROOT })
}

/// The next child, which begins a record of its own.
fn next(document: &mut Document<'_>) -> Result<Option<Element>, FeedError> {
    document.begin_record();
    document.child()
}

/// An error of the repository, and what it says.
fn error(element: &Element) -> (OaiError, String) {
    let said = element.attribute("code").unwrap_or_default();
    let code = OaiError::ALL.into_iter().find(|it| it.code() == said).unwrap_or(OaiError::Unknown);
    let message = one_line(&personal::without(&element.text));
    (code, shortened(&message, 300))
}

/// A date or a moment, of any precision: repositories send days, seconds and nanoseconds, with or
/// without their time zone, which is then UTC; `None` when it is none.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.to_utc());
    }
    if let Ok(instant) = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f") {
        return Some(instant.and_utc());
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(day.and_time(NaiveTime::MIN).and_utc())
}
