//! Our JSON offers feed: described for partners in `docs/partners.md`, and for machines in
//! `docs/offers-feed.schema.json`.
//!
//! Each offer is read by itself: a bad one is refused with every reason, and the others are taken.

mod fields;
mod offer;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde_json::{Map, Value};

use super::text::shortened;
use super::{Extent, Feed, FeedError, Reason, RefusedOffer, Rule, Withdrawn};
use fields::Fields;

/// What the member `format` holds.
pub const FORMAT: &str = "offers/1";

const EXPECTED: &str = "a JSON object with \"format\": \"offers/1\" and an array \"offers\"";

/// Reads one page.
pub fn read(bytes: &[u8]) -> Result<Feed, FeedError> {
    let text = utf8(bytes)?;
    let page: Value = serde_json::from_str(text).map_err(|error| FeedError::Malformed {
        place: format!("line {}, column {}", error.line(), error.column()),
        message: said(&error),
    })?;
    let Value::Object(page) = page else {
        return Err(not_ours("no object"));
    };
    match page.get("format") {
        Some(Value::String(format)) if format == FORMAT => {}
        Some(other) => return Err(not_ours(&format!("format {}", shown(other)))),
        None => return Err(not_ours("no member \"format\"")),
    }
    let mut feed = Feed::empty(extent(&page)?);
    feed.next = text_of(&page, "next")?;
    feed.as_of = match text_of(&page, "as_of")? {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| FeedError::NotThisFormat {
            found: format!("as_of {text}"),
            expected: "a date and time as in 2026-09-01T06:00:00Z",
        })?),
    };
    read_offers(array(&page, "offers")?, &mut feed);
    read_withdrawn(
        page.get("withdrawn").map_or(Ok(&[][..]), |_| array(&page, "withdrawn"))?,
        &mut feed,
    );
    Ok(feed)
}

fn read_offers(offers: &[Value], feed: &mut Feed) {
    let mut places: BTreeMap<CompactString, String> = BTreeMap::new();
    for (index, value) in offers.iter().enumerate() {
        let place = format!("offers[{index}]");
        let mut read = offer::read(value, &place);
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
                feed.offers.push(listing);
                feed.remarks.append(&mut read.remarks);
            }
            Some(_) | None => feed.refused.push(RefusedOffer {
                reference: read.reference,
                title: read.title,
                place,
                reasons: read.reasons,
            }),
        }
    }
}

fn read_withdrawn(tombstones: &[Value], feed: &mut Feed) {
    for (index, value) in tombstones.iter().enumerate() {
        let place = format!("withdrawn[{index}]");
        let mut fields = Fields::of(value, &place);
        let reference = fields.text("reference");
        let reason = fields.optional_text("reason");
        fields.optional_text("at");
        let (reasons, mut remarks) = fields.end(reference.as_deref());
        feed.remarks.append(&mut remarks);
        match reference {
            Some(reference) if reasons.is_empty() => feed.withdrawn.push(Withdrawn {
                reference: reference.into(),
                reason: reason
                    .as_deref()
                    .map_or("withdrawn by its partner".into(), |it| shortened(it, 200).into()),
            }),
            Some(_) | None => feed.refused.push(RefusedOffer {
                reference: reference.map(CompactString::from),
                title: None,
                place,
                reasons,
            }),
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, FeedError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let place = error.valid_up_to();
        FeedError::NotText(format!("byte {place} is not UTF-8, which JSON must be (RFC 8259)"))
    })
}

fn extent(page: &Map<String, Value>) -> Result<Extent, FeedError> {
    match page.get("extent") {
        Some(Value::String(it)) if it == "full" => Ok(Extent::Full),
        Some(Value::String(it)) if it == "changes" => Ok(Extent::Changes),
        other => Err(FeedError::NotThisFormat {
            found: other
                .map_or("no member \"extent\"".into(), |it| format!("extent {}", shown(it))),
            expected: "\"full\" or \"changes\"",
        }),
    }
}

fn text_of(page: &Map<String, Value>, name: &str) -> Result<Option<String>, FeedError> {
    match page.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(FeedError::NotThisFormat {
            found: format!("{name} {}", shown(other)),
            expected: "a string",
        }),
    }
}

fn array<'a>(page: &'a Map<String, Value>, name: &str) -> Result<&'a [Value], FeedError> {
    match page.get(name) {
        Some(Value::Array(values)) => Ok(values),
        Some(_) => Err(not_ours(&format!("{name} that is no array"))),
        None => Err(not_ours(&format!("no member \"{name}\""))),
    }
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
