//! What goes wrong, told after RFC 9457: to machines as JSON, to people as a page.
//!
//! A handler gives a [`Problem`]; [`crate::security`] turns it into a page when a browser asked.
//! The [table](kinds) lists every kind there is; `/problems/{slug}` explains each of them.

pub mod kinds;
mod refusals;

use std::error::Error;
use std::fmt::{self, Display, Write};
use std::sync::Arc;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

pub use kinds::Kind;

/// What an answer that is a problem says it holds.
pub const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// After how many seconds to ask again, when the service cannot answer for now.
const AGAIN: HeaderValue = HeaderValue::from_static("5");

/// Why a request was not carried out.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Which line of the [table](kinds).
    pub kind: &'static Kind,
    /// What is wrong this time, in English, for whoever writes the client.
    pub detail: String,
    /// What is wrong this time, in French, for whoever reads the page; `None`: the kind's advice.
    pub told: Option<String>,
    /// What a client can act on, for example `missing_cents`.
    pub members: Map<String, Value>,
}

impl Problem {
    /// One of the `kind`, with what is wrong this time, in English.
    pub fn new(kind: &'static Kind, detail: impl Display) -> Self {
        Self { kind, detail: detail.to_string(), told: None, members: Map::new() }
    }

    /// Adds a member that a client can act on; its name is part of the API.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.members.insert(name.into(), value.into());
        self
    }

    /// Says in French, on the page, what is wrong this time.
    #[must_use]
    pub fn told(mut self, french: impl Into<String>) -> Self {
        self.told = Some(french.into());
        self
    }

    /// The field that is wrong, as `lines[3].amount_cents`, and why.
    pub fn field(kind: &'static Kind, field: &str, detail: impl Display) -> Self {
        let error = serde_json::json!({ "field": field, "detail": detail.to_string() });
        let told = format!("Le champ « {field} » n’a pas la forme attendue.");
        Self::new(kind, format_args!("{field}: {detail}"))
            .with("errors", Value::Array(vec![error]))
            .told(told)
    }

    /// Nothing here, or nothing that the asker may know of.
    pub fn not_found(detail: impl Display) -> Self {
        Self::new(&kinds::NOT_FOUND, detail)
    }

    /// Our own failure: logged whole, told in one sentence.
    pub fn internal(failure: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let failure = failure.into();
        tracing::error!(failure = %Whole(&*failure), "a request failed");
        Self::new(&kinds::INTERNAL, "The service failed; what happened was logged.")
    }

    /// The service cannot answer for now: logged whole, told in one sentence.
    pub fn unavailable(failure: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let failure = failure.into();
        tracing::warn!(failure = %Whole(&*failure), "not available");
        Self::new(&kinds::UNAVAILABLE, "The service cannot answer for now; send the request again.")
    }

    /// Its HTTP status.
    pub fn status(&self) -> StatusCode {
        self.kind.status
    }

    /// How a machine may prove who it is, or what it lacks (RFC 6750, section 3).
    fn challenge(&self) -> Option<HeaderValue> {
        if self.kind == &kinds::INVALID_TOKEN {
            return Some(HeaderValue::from_static("Bearer realm=\"api\", error=\"invalid_token\""));
        }
        if self.kind == &kinds::INVALID_CLIENT {
            return Some(HeaderValue::from_static("Basic realm=\"api\", charset=\"UTF-8\""));
        }
        let scope = self.members.get("scope").filter(|_| self.kind == &kinds::INSUFFICIENT_SCOPE);
        let scope = scope?.as_str()?;
        let text = format!("Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"{scope}\"");
        HeaderValue::try_from(text).ok()
    }

    /// As RFC 9457 writes it.
    pub fn to_json(&self) -> Value {
        let mut body = Map::new();
        body.insert("type".into(), self.kind.uri().into());
        body.insert("title".into(), self.kind.title.into());
        body.insert("status".into(), self.kind.status.as_u16().into());
        body.insert("detail".into(), self.detail.clone().into());
        body.extend(self.members.clone());
        Value::Object(body)
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.kind.slug, self.kind.status.as_u16(), self.detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = self.to_json().to_string();
        let mut response = (self.kind.status, body).into_response();
        response.headers_mut().insert(CONTENT_TYPE, PROBLEM_JSON);
        if let Some(challenge) = self.challenge() {
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        if self.kind.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, AGAIN);
        }
        if let Some(seconds) = self.members.get("retry_after_seconds").and_then(Value::as_u64) {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// An error and all that caused it, on one line.
struct Whole<'a>(&'a (dyn Error + 'static));

impl Display for Whole<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(it) = cause {
            write!(f, ": {it}")?;
            cause = it.source();
        }
        f.write_char('.')
    }
}
