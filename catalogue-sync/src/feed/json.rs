//! Our JSON offers feed: described for partners in `docs/partners.md`, and for machines in
//! `docs/offers-feed.schema.json`.
//!
//! Each offer is read by itself: a bad one is refused with every reason, and the others are taken.

mod details;
mod fields;
mod offer;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{BufRead, Read as _};

use compact_str::CompactString;
use serde_json::Value;
use serde_json::value::RawValue;

use super::text::shortened;
use super::{Extent, FeedError, Page, Reason, Record, RefusedOffer, Rule, Withdrawn};
use fields::Fields;

/// What the member `format` holds.
pub const FORMAT: &str = "offers/1";

/// How many bytes one page may have.
const PAGE_MAX: usize = 32 * 1_024 * 1_024;

const EXPECTED: &str = "a JSON object with \"format\": \"offers/1\" and an array \"offers\"";

/// The members of a page, not read yet: one offer at a time is.
type Members<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// Reads one page; nothing of it is told when it cannot be read to its end.
pub fn read(body: &mut dyn BufRead, take: &mut dyn FnMut(Record)) -> Result<Page, FeedError> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(PAGE_MAX).unwrap_or(u64::MAX).saturating_add(1);
    body.take(limit).read_to_end(&mut bytes).map_err(|it| FeedError::of_io(&it))?;
    if bytes.len() > PAGE_MAX {
        return Err(FeedError::TooLong { line: 1, max: PAGE_MAX });
    }
    let page: Members<'_> = serde_json::from_str(utf8(&bytes)?).map_err(|error| {
        if error.is_data() {
            return not_ours("no object");
        }
        malformed(&error, error.line(), error.column())
    })?;
    match page.get("format").map(|it| value(it)).transpose()? {
        Some(Value::String(format)) if format == FORMAT => {}
        Some(other) => return Err(not_ours(&format!("format {}", shown(&other)))),
        None => return Err(not_ours("no member \"format\"")),
    }
    let extent = extent(&page)?;
    let next = text_of(&page, "next")?;
    let as_of = match text_of(&page, "as_of")? {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| FeedError::NotThisFormat {
            found: format!("as_of {text}"),
            expected: "a date and time as in 2026-09-01T06:00:00Z",
        })?),
    };
    let offers = array(&page, "offers")?;
    let withdrawn =
        if page.contains_key("withdrawn") { array(&page, "withdrawn")? } else { Vec::new() };
    read_offers(&offers, take);
    read_withdrawn(&withdrawn, take);
    Ok(Page { extent, next, as_of })
}

fn read_offers(offers: &[&RawValue], take: &mut dyn FnMut(Record)) {
    let mut places: BTreeMap<CompactString, String> = BTreeMap::new();
    for (index, raw) in offers.iter().enumerate() {
        let place = format!("offers[{index}]");
        let value = match item(raw, &place) {
            Ok(value) => value,
            Err(refused) => {
                take(Record::Refused(refused));
                continue;
            }
        };
        let mut read = offer::read(&value, &place);
        if let Some(reference) = &read.reference {
            if let Some(first) = places.get(reference) {
                read.reasons.push(Reason::new(
                    Rule::Duplicate,
                    reference,
                    format!("reference {reference} is also that of {first}, which is kept"),
                ));
            } else {
                places.insert(reference.clone(), place.clone());
            }
        }
        match read.listing {
            Some(listing) if read.reasons.is_empty() => {
                take(Record::Offer(Box::new(listing)));
                read.remarks.into_iter().for_each(|it| take(Record::Remark(it)));
            }
            Some(_) | None => take(Record::Refused(RefusedOffer {
                reference: read.reference,
                title: read.title,
                place,
                reasons: read.reasons,
            })),
        }
    }
}

fn read_withdrawn(tombstones: &[&RawValue], take: &mut dyn FnMut(Record)) {
    for (index, raw) in tombstones.iter().enumerate() {
        let place = format!("withdrawn[{index}]");
        let value = match item(raw, &place) {
            Ok(value) => value,
            Err(refused) => {
                take(Record::Refused(refused));
                continue;
            }
        };
        let mut fields = Fields::of(&value, &place);
        let reference = fields.text("reference");
        let reason = fields.optional_text("reason");
        fields.optional_text("at");
        let (reasons, remarks) = fields.end(reference.as_deref());
        for it in remarks {
            take(Record::Remark(it));
        }
        take(match reference {
            Some(reference) if reasons.is_empty() => Record::Gone(Withdrawn {
                reference: reference.into(),
                reason: reason
                    .as_deref()
                    .map_or("withdrawn by its partner".into(), |it| shortened(it, 200).into()),
            }),
            Some(_) | None => Record::Refused(RefusedOffer {
                reference: reference.map(CompactString::from),
                title: None,
                place,
                reasons,
            }),
        });
    }
}

/// One value of an array; refused when it holds values too deep within one another.
fn item(raw: &RawValue, place: &str) -> Result<Value, RefusedOffer> {
    serde_json::from_str(raw.get()).map_err(|error| RefusedOffer {
        reference: None,
        title: None,
        place: place.to_owned(),
        reasons: vec![Reason::new(Rule::WrongType, "", format!("{place}: {}", said(&error)))],
    })
}

/// One member of the page.
fn value(raw: &RawValue) -> Result<Value, FeedError> {
    serde_json::from_str(raw.get()).map_err(|error| malformed(&error, error.line(), error.column()))
}

fn malformed(error: &serde_json::Error, line: usize, column: usize) -> FeedError {
    FeedError::Malformed { place: format!("line {line}, column {column}"), message: said(error) }
}

fn utf8(bytes: &[u8]) -> Result<&str, FeedError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let place = error.valid_up_to();
        FeedError::NotText(format!("byte {place} is not UTF-8, which JSON must be (RFC 8259)"))
    })
}

fn extent(page: &Members<'_>) -> Result<Extent, FeedError> {
    let found = match page.get("extent").map(|it| value(it)).transpose()? {
        Some(Value::String(it)) if it == "full" => return Ok(Extent::Full),
        Some(Value::String(it)) if it == "changes" => return Ok(Extent::Changes),
        Some(other) => format!("extent {}", shown(&other)),
        None => "no member \"extent\"".into(),
    };
    Err(FeedError::NotThisFormat { found, expected: "\"full\" or \"changes\"" })
}

fn text_of(page: &Members<'_>, name: &str) -> Result<Option<String>, FeedError> {
    match page.get(name).map(|it| value(it)).transpose()? {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(FeedError::NotThisFormat {
            found: format!("{name} {}", shown(&other)),
            expected: "a string",
        }),
    }
}

fn array<'a>(page: &Members<'a>, name: &str) -> Result<Vec<&'a RawValue>, FeedError> {
    let Some(raw) = page.get(name) else {
        return Err(not_ours(&format!("no member \"{name}\"")));
    };
    serde_json::from_str(raw.get()).map_err(|_| not_ours(&format!("{name} that is no array")))
}

fn not_ours(found: &str) -> FeedError {
    FeedError::NotThisFormat { found: found.into(), expected: EXPECTED }
}

/// A value as it is written, cut to 60 characters.
fn shown(value: &Value) -> String {
    shortened(&value.to_string(), 60)
}

/// What serde says, without the place that it repeats.
fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    if error.is_eof() { format!("cut off: {message}") } else { message.to_owned() }
}
