//! What every adapter of the log promises, tried on each of them.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod contract;
mod server;

use contract::promises;
use ledger_core::event_log::kurrentdb::double::Double;
use ledger_core::event_log::{Embedded, KurrentDb, Memory};

/// One test for each promise.
macro_rules! contract {
    ($adapter:ident, $new:expr, $($promise:ident,)+) => {
        mod $adapter {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    let (log, _held) = $new;
                    contract::$promise(log).await;
                }
            )+
        }
    };
}

promises!(contract! { memory, (Memory::new(), ()), });

promises!(contract! { embedded, {
    let directory = tempfile::tempdir().unwrap();
    (Embedded::open(directory.path().join("log")).unwrap(), directory)
}, });

promises!(contract! { kurrentdb, {
    let double = Double::start().await.unwrap();
    let log = KurrentDb::open(double.url("").parse().unwrap()).unwrap();
    (log, Judged(double))
}, });

/// On the servers that `KURRENTDB_URL` names; without them it says that it tried nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_kurrentdb_keeps_every_promise_if_there_is_one() {
    let Some(url) = server::url() else { return };
    let mut broken = Vec::new();
    let new = || KurrentDb::open(server::fresh(&url)).unwrap();
    contract::try_all(new, |promise, kept| {
        broken.extend(kept.err().map(|why| format!("{promise}: {why}")));
    })
    .await;
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// A double that must have had no reason to complain.
struct Judged(Double);

impl Drop for Judged {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.0.complaints(), Vec::<String>::new());
        }
    }
}
