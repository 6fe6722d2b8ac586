//! Tries every promise of the log on a real KurrentDB, and prints a line for each.
//!
//! `KURRENTDB_URL=kurrentdb://admin:changeit@db1:2113?tls=false kurrentdb-check`: where the server
//! is, as `docs/operating.md` has it. Each promise is tried on streams of its own, named `t…`, beside
//! whatever is there. `make kurrentdb-check` builds it as one file that needs nothing else, to be
//! carried to a machine that has a server. It fails when a promise is broken or no server is named.
#![expect(clippy::print_stdout, reason = "its report")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what it tries are tests")]

#[path = "../tests/contract/mod.rs"]
#[allow(unused_imports, reason = "its names are for the tests")]
mod contract;
#[path = "../tests/server/mod.rs"]
mod server;

use std::process::ExitCode;
use std::time::Instant;

use ledger_core::event_log::{EventLog as _, KurrentDb};

#[tokio::main]
async fn main() -> ExitCode {
    let Some(url) = server::url() else {
        println!("usage: {}=kurrentdb://user:password@host:2113 kurrentdb-check", server::VARIABLE);
        return ExitCode::FAILURE;
    };
    let open = || KurrentDb::open(server::fresh(&url)).expect("certificates that can be read");
    let log = open();
    println!("{}", log.settings());
    if let Err(error) = log.end().await {
        println!("BROKEN  no log can be read there: {error}");
        return ExitCode::FAILURE;
    }
    // What a promise has to say is in its line.
    std::panic::set_hook(Box::new(|_| ()));
    let (mut kept, mut broken, mut since) = (0, 0, Instant::now());
    contract::try_all(open, |promise, outcome| {
        let words = promise.replace('_', " ");
        let took = since.elapsed().as_millis();
        match outcome {
            Ok(()) => {
                kept += 1;
                println!("kept    {words} ({took} ms)");
            }
            Err(why) => {
                broken += 1;
                let why: String = why.chars().take(300).collect();
                println!("BROKEN  {words} ({took} ms): {}", why.replace('\n', " "));
            }
        }
        since = Instant::now();
    })
    .await;
    println!("{kept} passed, {broken} failed");
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
