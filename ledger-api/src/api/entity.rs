//! One object in an answer: its JSON, its `ETag`, and where it stands in the log.

use axum::http::header::{ETAG, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use ledger_core::digest::Digest;
use ledger_core::event_log::Position;
use serde::Serialize;

use super::idempotency::REPLAYED;
use crate::extract::Json;

/// The position of the log at which what was asked can be read.
pub const LEDGER_POSITION: HeaderName = HeaderName::from_static("ledger-position");

/// The `ETag` of `it`: a fingerprint of its JSON.
pub fn etag(it: &impl Serialize) -> String {
    let text = Digest::of_json(it).to_string();
    format!("\"{}\"", &text[..24])
}

/// Shows `it`, or says that whoever asks has it already.
pub fn shown(it: &impl Serialize, headers: &HeaderMap) -> Response {
    let tag = etag(it);
    if names(headers, &IF_NONE_MATCH, &tag) == Some(true) {
        return tagged(StatusCode::NOT_MODIFIED.into_response(), &tag);
    }
    tagged(Json(it).into_response(), &tag)
}

/// Whether `it` is what `If-Match` names, or there is no `If-Match`.
pub fn matches(it: &impl Serialize, headers: &HeaderMap) -> bool {
    !headers.contains_key(IF_MATCH) || names(headers, &IF_MATCH, &etag(it)) == Some(true)
}

/// Shows `it` after a command: 201 when it is new, else 200 and that it was there before.
pub fn made(it: &impl Serialize, new: bool, position: Position, at: &str) -> Response {
    let mut response = changed(it, position);
    if new {
        *response.status_mut() = StatusCode::CREATED;
        if let Ok(at) = HeaderValue::try_from(at) {
            response.headers_mut().insert(axum::http::header::LOCATION, at);
        }
    } else {
        response.headers_mut().insert(REPLAYED.0, REPLAYED.1);
    }
    response
}

/// Shows `it` after a command.
pub fn changed(it: &impl Serialize, position: Position) -> Response {
    let mut response = tagged(Json(it).into_response(), &etag(it));
    response.headers_mut().insert(LEDGER_POSITION, position.into());
    response
}

fn tagged(mut response: Response, tag: &str) -> Response {
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// Whether a header names `tag` or anything at all; `None` when it is not there.
fn names(headers: &HeaderMap, header: &HeaderName, tag: &str) -> Option<bool> {
    let mut lines = headers.get_all(header).iter().peekable();
    lines.peek()?;
    let tags = lines.filter_map(|it| it.to_str().ok()).flat_map(|it| it.split(','));
    let mut tags = tags.map(|it| it.trim().trim_start_matches("W/"));
    Some(tags.any(|it| it == "*" || it == tag))
}
