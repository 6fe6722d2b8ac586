//! The way through a provider and back: what must come back is sealed in a cookie of ten minutes.

use axum::http::{HeaderMap, HeaderValue};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, Utc};
use compact_str::CompactString;
use ledger_core::person::Quality;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::problem::Problem;
use crate::session::Sessions;

/// For how many seconds one may be on the way.
const LASTS: i64 = 600;

/// What must come back from the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// Which provider.
    pub provider: CompactString,
    /// What it gives back with the code.
    pub state: String,
    /// What the id token holds.
    pub nonce: String,
    /// What the code is only exchanged with (PKCE).
    pub verifier: String,
    /// Where to go once signed in; a path of ours.
    pub back: String,
    /// Whether two factors were asked for.
    pub mfa: bool,
    /// Until when, in seconds since 1970.
    pub until: i64,
}

impl Way {
    /// A new one, with 32 random bytes for each secret.
    pub fn new(
        provider: &str,
        back: String,
        mfa: bool,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        let [state, nonce, verifier] = [random()?, random()?, random()?];
        let until = now.timestamp() + LASTS;
        Ok(Self { provider: provider.into(), state, nonce, verifier, back, mfa, until })
    }

    /// Whether it is what came back; takes as long whatever came.
    pub fn is(&self, state: &str) -> bool {
        self.state.as_bytes().ct_eq(state.as_bytes()).into()
    }

    /// The cookie that keeps it.
    pub fn cookie(&self, sessions: &Sessions) -> Result<HeaderValue, Problem> {
        kept(sessions, "way", self, LASTS)
    }

    /// That of a request, if it is not over.
    pub fn read(sessions: &Sessions, headers: &HeaderMap, now: DateTime<Utc>) -> Option<Self> {
        opened::<Self>(sessions, "way", headers).filter(|it| now.timestamp() < it.until)
    }

    /// The cookie that ends it: a code is used once.
    pub fn over(sessions: &Sessions) -> Result<HeaderValue, Problem> {
        sessions.set_cookie("way", "", 0)
    }
}

/// Someone who may act in several qualities, and is to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Who.
    pub person: Uuid,
    /// How pages call them.
    pub name: String,
    /// Which provider said so.
    pub provider: CompactString,
    /// In which qualities, and whether each was granted by an administrator.
    pub qualities: Vec<(Quality, bool)>,
    /// Qualities that need two factors, which they did not show.
    pub need_mfa: Vec<Quality>,
    /// Where to go then.
    pub back: String,
    /// Until when, in seconds since 1970.
    pub until: i64,
}

impl Known {
    /// The cookie that keeps it.
    pub fn cookie(&self, sessions: &Sessions) -> Result<HeaderValue, Problem> {
        kept(sessions, "qualities", self, LASTS)
    }

    /// That of a request, if it is not over.
    pub fn read(sessions: &Sessions, headers: &HeaderMap, now: DateTime<Utc>) -> Option<Self> {
        opened::<Self>(sessions, "qualities", headers).filter(|it| now.timestamp() < it.until)
    }

    /// Until when one may choose.
    pub const fn lasts(now: DateTime<Utc>) -> i64 {
        now.timestamp() + LASTS
    }
}

/// What ends the session at the provider, kept for as long as the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// Which provider.
    pub provider: CompactString,
    /// Its id token.
    pub id_token: String,
}

impl Leaving {
    /// The cookie that keeps it for so many seconds.
    pub fn cookie(&self, sessions: &Sessions, seconds: i64) -> Result<HeaderValue, Problem> {
        kept(sessions, "leaving", self, seconds)
    }

    /// That of a request.
    pub fn read(sessions: &Sessions, headers: &HeaderMap) -> Option<Self> {
        opened(sessions, "leaving", headers)
    }

    /// The cookie that ends it.
    pub fn over(sessions: &Sessions) -> Result<HeaderValue, Problem> {
        sessions.set_cookie("leaving", "", 0)
    }
}

fn kept(
    sessions: &Sessions,
    name: &str,
    it: &impl Serialize,
    seconds: i64,
) -> Result<HeaderValue, Problem> {
    let plain = serde_json::to_vec(it).map_err(Problem::internal)?;
    sessions.set_cookie(name, &sessions.seal(name.as_bytes(), &plain)?, seconds)
}

fn opened<T: for<'de> Deserialize<'de>>(
    sessions: &Sessions,
    name: &str,
    headers: &HeaderMap,
) -> Option<T> {
    let sealed = sessions.cookie_of(name, headers)?;
    serde_json::from_slice(&sessions.open_sealed(name.as_bytes(), sealed)?).ok()
}

/// 32 random bytes, as text.
pub fn random() -> Result<String, Problem> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|it| Problem::internal(it.to_string()))?;
    Ok(BASE64.encode(bytes))
}
