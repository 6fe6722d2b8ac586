//! One batch of top-ups for 900,000 accounts, from its lines in the log to the read models, beside
//! plain SQLite in the same run; and the memory that so many accounts take.
//!
//! `cargo bench -p projections --bench batch [-- ACCOUNTS]`. `TMPDIR` says on which disk.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench may panic and prints")]

#[path = "batch/accounts.rs"]
mod accounts;

use std::time::Instant;

use accounts::{BATCH, caught_up, ids, meta, open, plain, receive, row};
use ledger_core::batch::{Batch, BatchStatus};
use ledger_core::event_log::{Embedded, Log};
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::process::batches::credit;
use projections::ReadModels;

/// As in the service.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the batch may take, in seconds, when it is of 900,000 accounts.
const TARGET: u64 = 15;

/// How much memory 900,000 accounts may take, in MiB.
const MEMORY_TARGET: u64 = 1024;

#[tokio::main]
async fn main() {
    let accounts = std::env::args().find_map(|it| it.parse().ok()).unwrap_or(900_000);
    let folder = tempfile::tempdir().unwrap();
    let cores = std::thread::available_parallelism().unwrap();
    println!("{accounts} accounts, embedded log, durable; {cores} cores.\n");
    println!("{:<58}{:>9}{:>12}", "what", "seconds", "lines/s");

    let started = Instant::now();
    plain(&folder.path().join("plain"), accounts);
    row("plain SQLite, a 300-byte row each, 5,000 a commit, FULL", started, accounts);

    let log = Log::from(Embedded::open(folder.path().join("log")).unwrap());
    let ledger = Ledger::new(log.clone(), CacheSizes::default());
    let ids = ids(accounts);
    open(&ledger, &ids).await;
    let models = ReadModels::open(log.clone(), folder.path().join("models"), |_| ()).await.unwrap();
    caught_up(&log, &models).await;
    let before = memory("VmRSS");

    let started = Instant::now();
    receive(&ledger, &ids).await;
    row("its lines are received, in chunks of 5,000", started, accounts);

    let started = Instant::now();
    credit(&ledger, BATCH, meta().at.date_naive(), meta()).await.unwrap();
    row("they are credited", started, accounts);
    caught_up(&log, &models).await;
    row("… and the read models show it", started, accounts);
    let (seconds, target) = (started.elapsed().as_secs(), TARGET);
    let reached = |it: bool| if it { "reached" } else { "NOT reached" };
    println!("    target {target} s for 900,000: {}", reached(seconds < target));

    let batch = ledger.state::<Batch>(BATCH).await.unwrap();
    assert_eq!((batch.status, batch.credited as usize), (BatchStatus::Completed, accounts));
    let (now, peak) = (memory("VmRSS"), memory("VmHWM"));
    println!(
        "\nmemory: {now} MiB resident with {} accounts in memory ({before} before the batch), \
         {peak} MiB at most",
        ledger.accounts_in_memory()
    );
    println!(
        "    target {MEMORY_TARGET} MiB for 900,000: {}",
        reached(now.max(peak) <= MEMORY_TARGET)
    );
    models.close();
}

/// A figure of this process, in MiB; 0 where the system does not tell.
fn memory(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix(what)?.strip_prefix(':'));
    let kib = line.and_then(|it| it.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.unwrap_or_default() >> 10
}
