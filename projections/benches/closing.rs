//! The end of a year with 900,000 accounts: their credits expire, the books are checked to the lot,
//! the year is closed. Beside plain SQLite in the same run.
//!
//! `cargo bench -p projections --bench closing [-- ACCOUNTS]`. `TMPDIR` says on which disk.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench may panic and prints")]

#[path = "batch/accounts.rs"]
mod accounts;

use std::time::Instant;

use accounts::{BATCH, caught_up, ids, meta, open, plain, receive, row};
use chrono::NaiveDate;
use ledger_core::calendar::{Calendar, CalendarCommand, Month};
use ledger_core::event_log::{Embedded, Log};
use ledger_core::ids::CalendarId;
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::meta::{Actor, Role};
use ledger_core::process::batches::credit;
use ledger_core::process::expiry::expire_credits;
use projections::ReadModels;
use projections::reports::closing::Closing;
use uuid::Uuid;

/// As in the service.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What it may all take, in seconds, with 900,000 accounts.
const TARGET: u64 = 60;
/// How many accounts are looked at together.
const AT_ONCE: usize = 5_000;
const ACCOUNTANT: Actor = Actor { role: Role::Accountant, id: Uuid::from_u128(4) };

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[tokio::main]
async fn main() {
    let accounts = std::env::args().find_map(|it| it.parse().ok()).unwrap_or(900_000);
    let folder = tempfile::tempdir().unwrap();
    let cores = std::thread::available_parallelism().unwrap();
    println!("{accounts} accounts, embedded log, durable; {cores} cores.\n");
    println!("{:<58}{:>9}{:>12}", "what", "seconds", "accounts/s");

    let started = Instant::now();
    plain(&folder.path().join("plain"), accounts);
    row("plain SQLite, a 300-byte row each, 5,000 a commit, FULL", started, accounts);
    let baseline = started.elapsed();

    let log = Log::from(Embedded::open(folder.path().join("log")).unwrap());
    let ledger = Ledger::new(log.clone(), CacheSizes::default());
    let calendar = async |command| {
        ledger.execute::<Calendar>(CalendarId::THE, &command, meta()).await.unwrap();
    };
    for year in [2026, 2027] {
        calendar(CalendarCommand::OpenYear { year, by: ACCOUNTANT }).await;
    }
    open(&ledger, &ids(accounts)).await;
    receive(&ledger, &ids(accounts)).await;
    credit(&ledger, BATCH, meta().at.date_naive(), meta()).await.unwrap();
    let models = ReadModels::open(log.clone(), folder.path().join("models"), |_| ()).await.unwrap();
    caught_up(&log, &models).await;

    // The day after the last one on which they could be spent.
    let (all, started, on) = (Instant::now(), Instant::now(), day("2027-09-01"));
    let late = ledger_core::meta::Meta { at: "2027-09-01T08:00:00Z".parse().unwrap(), ..meta() };
    let mut after = None;
    loop {
        let page = models.now().unwrap().expired_credits(on, after, AT_ONCE).unwrap();
        expire_credits(&ledger, &page.rows, on, late).await.unwrap();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    caught_up(&log, &models).await;
    row("credits of all accounts expire, to the read models", started, accounts);

    let started = Instant::now();
    let mut month: Month = "2026-01".parse().unwrap();
    for _ in 0..24 {
        calendar(CalendarCommand::CloseMonth { month, on: day("2028-02-01"), by: ACCOUNTANT })
            .await;
        month = month.next();
    }
    caught_up(&log, &models).await;
    for year in [2026, 2027] {
        let closing = models.now().unwrap().closing(year, ACCOUNTANT).unwrap();
        let Closing::Sound(closed) = closing else { panic!("{closing:?}") };
        calendar(CalendarCommand::CloseYear(closed)).await;
    }
    row("two years are checked to the lot, closed, fingerprinted", started, accounts);
    let (took, reached) = (all.elapsed(), all.elapsed().as_secs() < TARGET);
    let ratio = took.as_millis() * 10 / baseline.as_millis().max(1);
    println!(
        "    all: {} s, {},{} times plain SQLite; target {TARGET} s for 900,000: {}",
        took.as_secs(),
        ratio / 10,
        ratio % 10,
        if reached { "reached" } else { "NOT reached" },
    );
    models.close();
}
