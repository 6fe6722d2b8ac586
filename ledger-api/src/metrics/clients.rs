//! What each client of the API did since the start.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use ledger_core::digest::Digest;
use ledger_core::ids::ClientId;
use parking_lot::{Mutex, RwLock};
use rustc_hash::FxHashMap;

use super::Text;

/// What is counted of each client; only of those that a token was given to.
#[derive(Debug, Default)]
pub struct Clients {
    counts: RwLock<FxHashMap<ClientId, Arc<Counts>>>,
    /// When each secret was last given; only of those that were right.
    secrets: Mutex<FxHashMap<Digest, DateTime<Utc>>>,
}

#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    refusals: AtomicU64,
    tokens: AtomicU64,
    /// Seconds since 1970; 0 before the first.
    last_token: AtomicI64,
}

/// One of the counts.
type Count = fn(&Counts) -> &AtomicU64;

impl Clients {
    /// Counts one answer to `client`.
    pub fn answered(&self, client: ClientId, status: StatusCode) {
        let counts = self.of(client);
        counts.requests.fetch_add(1, Ordering::Relaxed);
        if status.is_client_error() {
            counts.refusals.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts one token given to `client` at `now`.
    pub fn token(&self, client: ClientId, now: DateTime<Utc>) {
        let counts = self.of(client);
        counts.tokens.fetch_add(1, Ordering::Relaxed);
        counts.last_token.store(now.timestamp(), Ordering::Relaxed);
    }

    /// Notes that the secret of this fingerprint was given at `now`, and was right.
    pub fn secret(&self, fingerprint: Digest, now: DateTime<Utc>) {
        self.secrets.lock().insert(fingerprint, now);
    }

    /// When the secret of this fingerprint was last given; `None`: not since the start.
    pub fn last_use(&self, fingerprint: &Digest) -> Option<DateTime<Utc>> {
        self.secrets.lock().get(fingerprint).copied()
    }

    /// When the last token was given to `client`; `None`: not since the start.
    pub fn last_token(&self, client: ClientId) -> Option<DateTime<Utc>> {
        let counts = self.counts.read().get(&client).cloned()?;
        let at = counts.last_token.load(Ordering::Relaxed);
        DateTime::from_timestamp(at, 0).filter(|_| at > 0)
    }

    fn of(&self, client: ClientId) -> Arc<Counts> {
        if let Some(known) = self.counts.read().get(&client) {
            return known.clone();
        }
        self.counts.write().entry(client).or_default().clone()
    }

    pub(super) fn tell(&self, text: &mut Text) {
        let mut all: Vec<_> = self.counts.read().iter().map(|it| (*it.0, it.1.clone())).collect();
        all.sort_unstable_by_key(|it| it.0);
        let counts: [(&str, &str, Count); 3] = [
            ("requests", "Calls of the API, by client.", |it| &it.requests),
            ("refusals", "Calls that were refused (4xx), by client.", |it| &it.refusals),
            ("tokens", "Access tokens given, by client.", |it| &it.tokens),
        ];
        for (name, what, count) in counts {
            let name = format!("ledger_client_{name}_total");
            text.about(&name, "counter", what);
            for (client, counts) in &all {
                let count = count(counts).load(Ordering::Relaxed);
                text.line(&format!("{name}{{client=\"{client}\"}}"), count);
            }
        }
        let name = "ledger_client_last_token_timestamp_seconds";
        text.about(name, "gauge", "When the last access token was given, by client.");
        for (client, counts) in all {
            let at = counts.last_token.load(Ordering::Relaxed);
            text.line(&format!("{name}{{client=\"{client}\"}}"), at);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn each_client_is_counted_by_itself() {
        let (clients, now) =
            (Clients::default(), DateTime::from_timestamp(1_700_000_000, 0).unwrap());
        let [one, other] = [1, 2].map(|it| ClientId(Uuid::from_u128(it)));
        clients.token(one, now);
        clients.answered(one, StatusCode::OK);
        clients.answered(one, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!((clients.last_token(one), clients.last_token(other)), (Some(now), None));
        let mut text = Text::default();
        clients.tell(&mut text);
        for line in [
            "requests_total{client=\"cli_00000000000000000000000000000001\"} 2",
            "refusals_total{client=\"cli_00000000000000000000000000000001\"} 1",
            "tokens_total{client=\"cli_00000000000000000000000000000001\"} 1",
            "last_token_timestamp_seconds{client=\"cli_00000000000000000000000000000001\"} 1700000000",
        ] {
            let line = format!("ledger_client_{line}");
            assert!(text.0.lines().any(|it| it == line), "{line}\n{}", text.0);
        }
    }
}
