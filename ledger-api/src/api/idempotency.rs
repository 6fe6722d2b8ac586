//! `Idempotency-Key`: what makes a request that is sent again the same request.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::HeaderValue;
use axum::http::header::HeaderName;
use axum::http::request::Parts;

use crate::problem::{Problem, kinds};

/// The header that carries the key.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Says that an answer is that of an earlier request.
pub const REPLAYED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("idempotent-replayed"), HeaderValue::from_static("true"));

/// The most characters that a key may have.
const LENGTH_MAX: usize = 200;

/// The key of one request: 1 to 200 printable ASCII characters, quotes around it left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(pub String);

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(parts)?.ok_or_else(missing)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        read(parts)
    }
}

/// What is told when there is no key and one is needed.
pub fn missing() -> Problem {
    let detail = "Idempotency-Key: expected a header with a new value for each new request";
    Problem::new(&kinds::IDEMPOTENCY_KEY_MISSING, detail)
}

fn read(parts: &Parts) -> Result<Option<IdempotencyKey>, Problem> {
    let mut headers = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
    let (Some(header), None) = (headers.next(), headers.next()) else {
        let twice = parts.headers.contains_key(IDEMPOTENCY_KEY);
        return if twice { Err(invalid("is there twice")) } else { Ok(None) };
    };
    // The draft of the IETF writes it between quotes; most clients do not.
    let text = header.to_str().map_err(|_| invalid("is not ASCII"))?.trim();
    let text = text.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(text);
    let printable = text.bytes().all(|it| (b' '..=b'~').contains(&it));
    if text.trim().is_empty() || text.len() > LENGTH_MAX || !printable {
        return Err(invalid("is empty or too long"));
    }
    Ok(Some(IdempotencyKey(text.to_owned())))
}

fn invalid(why: &str) -> Problem {
    let detail = format!("{why}: expected 1 to {LENGTH_MAX} printable ASCII characters");
    Problem::field(&kinds::INVALID_FIELD, "Idempotency-Key", detail)
}
