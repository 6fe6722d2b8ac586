//! What checking an access token costs before each call of the API: its signature, its layout, its
//! time; and the call that is taken from its client's bucket. Beside a bare HMAC-SHA256 of the same
//! bytes, in the same run.
//!
//! `cargo bench -p ledger-api --bench token`. Budget: 5 µs for the token, 1 µs for the bucket.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "its report")]
#![expect(clippy::float_arithmetic, reason = "times and ratios, no money")]
#![expect(clippy::cast_precision_loss, reason = "times and ratios")]

use std::hint::black_box;
use std::time::Instant;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use ledger_api::api::tokens::{LASTS, Proof, Tokens};
use ledger_api::limits::{Limits, Rate};
use ledger_api::session::Sessions;
use ledger_core::client::ClientScope;
use ledger_core::ids::ClientId;
use sha2::Sha256;
use uuid::Uuid;

/// How many checks a round makes, and how many rounds there are: the median one is told.
const CHECKS: u32 = 50_000;
const ROUNDS: usize = 11;

/// What a token signs: version, client, scopes, expiry.
const PLAIN: [u8; 27] = [7; 27];

/// The median time of one `check`, in nanoseconds.
fn measure(mut check: impl FnMut()) -> f64 {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let from = Instant::now();
            (0..CHECKS).for_each(|_| check());
            from.elapsed().as_nanos() as f64 / f64::from(CHECKS)
        })
        .collect();
    rounds.sort_unstable_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

fn line(what: &str, nanoseconds: f64, baseline: f64, budget: &str) {
    let micros = nanoseconds / 1000.0;
    println!("{what:<44} {micros:>7.3} µs  × {:>5.2}  {budget}", nanoseconds / baseline);
}

fn main() {
    let now: DateTime<Utc> = "2026-11-12T09:00:00Z".parse().unwrap();
    let client = ClientId(Uuid::from_u128(7));
    let scopes = ClientScope::ALL.into_iter().collect();
    let tokens = Tokens::new(&Sessions::new([7; 32], false));
    let token = tokens.issue(&Proof { client, scopes, expires: now + LASTS, certificate: None });
    assert!(tokens.read(&token, now, None).is_ok());

    let key: Hmac<Sha256> = Hmac::new(&[7; 64].into());
    let mac = key.clone().chain_update(PLAIN).finalize().into_bytes();
    let bare = measure(|| {
        let again = key.clone().chain_update(black_box(PLAIN));
        again.verify_slice(black_box(&mac)).unwrap();
    });
    let read = measure(|| {
        black_box(tokens.read(black_box(&token), now, None)).unwrap();
    });
    // Never empty: what is measured is a call that goes on.
    let limits = Limits::new(Some("60000000/4000000000".parse::<Rate>().unwrap()));
    let call = measure(|| {
        black_box(limits.call(black_box(client))).unwrap().unwrap();
    });
    println!("Checking an access token, one thread, median of {ROUNDS} rounds of {CHECKS}");
    line("a bare HMAC-SHA256 of the same bytes", bare, bare, "baseline");
    line("the token: signature, layout, time", read, bare, "budget 5 µs");
    line("a call of its client's bucket", call, bare, "budget 1 µs");
}
