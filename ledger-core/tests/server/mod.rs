//! A real server, if there is one.

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use ledger_core::event_log::kurrentdb::Settings;

/// Where a real server is: a connection string.
pub const VARIABLE: &str = "KURRENTDB_URL";

/// What `KURRENTDB_URL` says; none, and said so where a test's output does not hide it, when it
/// says nothing.
pub fn url() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "tests have no settings but this one")]
    let url = std::env::var(VARIABLE).ok();
    if url.is_none() {
        let said = format!("SKIPPED: {VARIABLE} is not set, so no real server was tried");
        writeln!(std::io::stderr(), "{said}").expect("a standard error");
    }
    url
}

/// The settings of `url` with a prefix that no log has had: an empty log beside whatever is there.
pub fn fresh(url: &str) -> Settings {
    static LOGS: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let count = LOGS.fetch_add(1, Ordering::Relaxed);
    let prefix = format!("t{}_{}_{count}", since.as_millis(), std::process::id());
    let settings: Settings = url.parse().expect("a connection string");
    settings.with_prefix(&prefix).expect("a prefix")
}
