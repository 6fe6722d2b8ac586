//! Lists: pages of at most 100 objects, and an opaque cursor to the next one.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ledger_core::event_log::EventLog;
use projections::Reader;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::problem::{Problem, kinds};

/// How many objects a page holds unless told.
const LIMIT: u16 = 50;

/// The most objects that a page holds.
const LIMIT_MAX: u16 = 100;

/// How long a list waits for the read models to cover what was written before it was asked.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// `next_cursor` of the page before; the first page when it is left out.
    #[param(value_type = Option<String>, nullable = false,
        pattern = "^[A-Za-z0-9_-]{10}[AEIMQUYcgkosw048]$")]
    #[serde(default)]
    pub cursor: Option<Cursor>,
    /// How many objects at most.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100, default = 50, nullable = false)]
    #[serde(default)]
    pub limit: Limit,
}

/// How many objects at most: 1 to 100.
#[derive(Clone, Copy, Debug)]
pub struct Limit(pub usize);

impl Default for Limit {
    fn default() -> Self {
        Self(usize::from(LIMIT))
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let wrong = || serde::de::Error::custom(format_args!("expected 1 to {LIMIT_MAX}"));
        let text = String::deserialize(from)?;
        let limit: u16 = text.parse().map_err(|_| wrong())?;
        let right = (1..=LIMIT_MAX).contains(&limit) && !text.starts_with('+');
        if right { Ok(Self(usize::from(limit))) } else { Err(wrong()) }
    }
}

/// Where a page begins: opaque to clients, the number of what stood last on the page before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(pub u64);

impl Cursor {
    /// As a client gets it.
    pub fn text(self) -> String {
        BASE64.encode(self.0.to_be_bytes())
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let bytes = BASE64.decode(text.as_bytes()).ok().and_then(|it| it.try_into().ok());
        bytes.map(|it| Self(u64::from_be_bytes(it))).ok_or_else(|| {
            serde::de::Error::custom("expected next_cursor of the page before, as it was")
        })
    }
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// The objects.
    pub data: Vec<T>,
    /// Gives the next page; left out on the last one.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl<T> List<T> {
    /// A page, and where the next one begins.
    pub fn new(data: Vec<T>, next: Option<u64>) -> Self {
        Self { data, next_cursor: next.map(|it| Cursor(it).text()) }
    }
}

/// The read models, covering all that was written before they were asked.
pub async fn models(app: &App) -> Result<Reader, Problem> {
    let end = app.ledger.log().end().await.map_err(Problem::unavailable)?;
    app.models.at_least(end, PATIENCE).await.map_err(Problem::unavailable)
}

/// A field of the query that cannot be used.
pub fn invalid(field: &str, expected: &str) -> Problem {
    Problem::field(&kinds::INVALID_FIELD, field, expected)
}
