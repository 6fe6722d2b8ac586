//! How many purchases and allocations a second the ledger carries out in process, durable, beside
//! what plain SQLite appends in the same run.
//!
//! `cargo bench -p ledger-core --bench execute [-- SECONDS]`: each line lasts about so long, 3 s
//! when not given. `TMPDIR` says on which disk.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "its report")]
#![expect(clippy::float_arithmetic, reason = "rates and ratios, no money")]
#![expect(clippy::cast_precision_loss, reason = "rates and ratios")]

#[path = "shop/commands.rs"]
mod commands;
mod shop;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use ledger_core::account::{Account, AccountCommand};
use ledger_core::checkout::buy;
use ledger_core::event_log::Embedded;
use ledger_core::ledger::{CacheSizes, Ledger};
use rusqlite::Connection;
use shop::Shop;
use tokio::task::JoinSet;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many accounts buy.
const ACCOUNTS: usize = 100_000;

/// One line of the report.
struct Line {
    what: String,
    done: u64,
    took: Duration,
    /// How long each call took, in microseconds.
    calls: Histogram<u64>,
    target: Option<u64>,
}

impl Line {
    fn print(&self, baseline: f64) {
        let rate = self.done as f64 / self.took.as_secs_f64();
        let ms = |quantile| self.calls.value_at_quantile(quantile) as f64 / 1000.0;
        let target = self.target.map_or(String::new(), |it| {
            format!(
                "  target {it}/s: {}",
                if rate >= it as f64 { "reached" } else { "NOT reached" }
            )
        });
        println!(
            "{:<58} {rate:>9.0}/s  p50 {:>7.3} ms  p99 {:>7.3} ms  × {:>5.2}{target}",
            self.what,
            ms(0.5),
            ms(0.99),
            rate / baseline,
        );
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new(3).unwrap()
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap()
}

/// Plain SQLite: as many rows as a purchase has events, of as many bytes, `many` purchases a commit.
fn sqlite(directory: &Path, many: usize, time: Duration) -> Line {
    let path = directory.join(format!("plain-{many}.sqlite"));
    let mut sqlite = Connection::open(path).unwrap();
    sqlite.pragma_update(None, "journal_mode", "WAL").unwrap();
    sqlite.pragma_update(None, "synchronous", "FULL").unwrap();
    sqlite.execute("CREATE TABLE event (position INTEGER PRIMARY KEY, body BLOB)", []).unwrap();
    let (start, mut done, mut calls) = (Instant::now(), 0, histogram());
    while start.elapsed() < time {
        let call = Instant::now();
        let commit = sqlite.transaction().unwrap();
        {
            let mut insert = commit.prepare_cached("INSERT INTO event (body) VALUES (?)").unwrap();
            for _ in 0..many {
                insert.execute([[7_u8; 640].as_slice()]).unwrap();
                insert.execute([[7_u8; 420].as_slice()]).unwrap();
            }
        }
        commit.commit().unwrap();
        done += many as u64;
        calls.record(micros(call)).unwrap();
    }
    let what = format!("plain SQLite, two rows a purchase, {many} a commit");
    Line { what, done, took: start.elapsed(), calls, target: None }
}

/// `callers` tasks that each buy one thing at a time.
async fn one_per_call(shop: &Arc<Shop>, callers: usize, hot: bool, time: Duration) -> Line {
    let mut tasks = JoinSet::new();
    let next = Arc::new(AtomicU64::new(shop.lap()));
    let start = Instant::now();
    for _ in 0..callers {
        let (shop, next) = (shop.clone(), next.clone());
        tasks.spawn(async move {
            let mut calls = histogram();
            while start.elapsed() < time {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let order = shop.order(n, hot);
                let call = Instant::now();
                buy(&shop.ledger, &order, shop.meta(n)).await.unwrap();
                calls.record(micros(call)).unwrap();
            }
            calls
        });
    }
    let mut calls = histogram();
    for it in tasks.join_all().await {
        calls.add(it).unwrap();
    }
    let (done, took) = (calls.len(), start.elapsed());
    let what =
        format!("buy, one per call, {callers} callers{}", if hot { ", one hot offer" } else { "" });
    Line { what, done, took, calls, target: (callers == 64).then_some(100_000) }
}

/// `callers` tasks that each send `many` commands at a time.
async fn batched(
    what: &str,
    shop: &Arc<Shop>,
    callers: u64,
    many: u64,
    time: Duration,
    command: fn(&Shop, u64) -> (ledger_core::ids::AccountId, AccountCommand),
) -> Line {
    let mut tasks = JoinSet::new();
    let next = Arc::new(AtomicU64::new(shop.lap()));
    let start = Instant::now();
    for _ in 0..callers {
        let (shop, next) = (shop.clone(), next.clone());
        tasks.spawn(async move {
            let mut calls = histogram();
            while start.elapsed() < time {
                let first = next.fetch_add(many, Ordering::Relaxed);
                let commands: Vec<_> = (first..first + many).map(|n| command(&shop, n)).collect();
                let call = Instant::now();
                for answer in shop.ledger.execute_many::<Account>(&commands, shop.meta(first)).await
                {
                    assert!(!answer.unwrap().events.is_empty(), "nothing was recorded");
                }
                calls.record(micros(call)).unwrap();
            }
            calls
        });
    }
    let mut calls = histogram();
    for it in tasks.join_all().await {
        calls.add(it).unwrap();
    }
    let (done, took) = (calls.len() * many, start.elapsed());
    let what = format!("{what}, {many} a call, {callers} callers");
    Line { what, done, took, calls, target: Some(300_000) }
}

fn main() {
    let seconds = std::env::args().find_map(|it| it.parse().ok()).unwrap_or(3);
    let time = Duration::from_secs(seconds);
    let directory = tempfile::tempdir().unwrap();
    let cores = std::thread::available_parallelism().unwrap();
    println!("In process, durable before the answer; {cores} cores, {ACCOUNTS} accounts.");
    println!("A purchase is two events; × is to plain SQLite at the same number a commit.\n");
    let baseline: Vec<(usize, Line)> =
        [1, 64, 1_000].map(|many| (many, sqlite(directory.path(), many, time))).into();
    let rate = |many: usize| {
        let line = &baseline.iter().find(|(it, _)| *it == many).unwrap().1;
        line.done as f64 / line.took.as_secs_f64()
    };
    for (many, line) in &baseline {
        line.print(rate(*many));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let log = Embedded::open(directory.path().join("ledger.log")).unwrap();
        let ledger = Ledger::new(log.into(), CacheSizes::default());
        let shop = Arc::new(Shop::open(ledger, ACCOUNTS).await);
        one_per_call(&shop, 1, false, time).await.print(rate(1));
        one_per_call(&shop, 64, false, time).await.print(rate(64));
        one_per_call(&shop, 64, true, time).await.print(rate(64));
        batched("pay", &shop, 6, 250, time, commands::pay).await.print(rate(1_000));
        batched("pay", &shop, 3, 2_000, time, commands::pay).await.print(rate(1_000));
        batched("grant", &shop, 2, 2_000, time, commands::grant).await.print(rate(1_000));
    });
}
