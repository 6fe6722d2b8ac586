//! How fast the read models follow the log, beside plain SQLite in the same run.
//!
//! `cargo bench -p projections --bench rebuild [-- EVENTS]`; a million events unless told.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench may panic and prints")]

#[path = "rebuild/year.rs"]
mod year;

use std::path::Path;
use std::time::{Duration, Instant};

use ledger_core::event_log::{Embedded, EventLog, Log, Memory};
use projections::{ReadModels, rebuild};

/// As in the service.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() {
    let events = std::env::args().find_map(|it| it.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    println!("{:<44}{:>10}{:>9}{:>9}{:>10}", "what", "events", "seconds", "CPU s", "events/s");

    row("SQLite, a 100-byte row each, 10,000 a commit", events, || {
        baseline(&folder.path().join("baseline"), events);
    });

    let log = Memory::new();
    year::purchases(&log, events / 60, events).await;
    rebuilt("rebuild, a year of purchases, memory", &log.clone().into(), folder.path()).await;

    let embedded = Embedded::open(folder.path().join("log")).unwrap();
    year::purchases(&embedded, events / 60, events).await;
    rebuilt("rebuild, a year of purchases, embedded log", &embedded.into(), folder.path()).await;

    let grants = Memory::new();
    year::grants(&grants, events * 9 / 10).await;
    rebuilt("rebuild, one grant to each account, memory", &grants.into(), folder.path()).await;

    drop(log);
    for accounts in [20_000, 300_000] {
        live(accounts, folder.path(), 100_000).await;
    }
}

fn row(what: &str, events: usize, run: impl FnOnce()) {
    let started = Started::now();
    run();
    started.report(what, events as u64);
}

/// When something was begun, and what the process had used by then.
struct Started(Instant, Duration);

impl Started {
    fn now() -> Self {
        Self(Instant::now(), process_cpu())
    }

    fn report(&self, what: &str, events: u64) {
        let (took, used) = (self.0.elapsed(), process_cpu().saturating_sub(self.1));
        let per_second = u128::from(events) * 1_000_000 / took.as_micros().max(1);
        let text = |it: Duration| format!("{},{:02}", it.as_secs(), it.subsec_millis() / 10);
        println!("{what:<44}{events:>10}{:>9}{:>9}{per_second:>10}", text(took), text(used));
    }
}

fn baseline(path: &Path, events: usize) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let settings = "PRAGMA journal_mode = wal; PRAGMA synchronous = off;
        CREATE TABLE row (n INTEGER PRIMARY KEY, body BLOB NOT NULL)";
    connection.execute_batch(settings).unwrap();
    let mut insert = connection.prepare("INSERT INTO row VALUES (?1, ?2)").unwrap();
    for first in (0..events).step_by(10_000) {
        connection.execute_batch("BEGIN").unwrap();
        for n in first..(first + 10_000).min(events) {
            insert.execute(rusqlite::params![i64::try_from(n).unwrap(), [7_u8; 100]]).unwrap();
        }
        connection.execute_batch("COMMIT").unwrap();
    }
}

async fn rebuilt(what: &str, log: &Log, folder: &Path) {
    let path = folder.join("read-models");
    let started = Started::now();
    let end = rebuild(log, &path, |_| ()).await.unwrap();
    started.report(what, end);
    let size = std::fs::metadata(&path).unwrap().len();
    println!("    {} MB, {} bytes an event", size >> 20, size / end.max(1));
}

/// Feeds `per_second` events a second for five seconds; says what following them costs.
async fn live(accounts: usize, folder: &Path, per_second: usize) {
    let from = Memory::new();
    year::purchases(&from, accounts, per_second * 5).await;
    let path = folder.join(format!("live-{accounts}"));
    let log = Memory::new();
    let models = ReadModels::open(log.clone().into(), &path, |_| ()).await.unwrap();
    let events = from.read_all(0, usize::MAX).await.unwrap();
    let appends = year::appends(&events);
    // What must exist before purchases is not what is measured.
    let before = appends.iter().position(|it| it.events[0].name == "purchase_authorised").unwrap();
    let mut appends = appends.into_iter();
    log.append_many(appends.by_ref().take(before).collect()).await;
    let start = log.end().await.unwrap();
    models.at_least(start, Duration::from_mins(10)).await.unwrap();
    let (used, started) = (projector_cpu(), Started::now());
    let (mut lag_max, ticks) = (0, 5 * 100);
    for tick in 1..=ticks {
        let due = start + (per_second * tick / 100) as u64;
        while log.end().await.unwrap() < due {
            let some: Vec<_> = appends.by_ref().take(64).collect();
            if some.is_empty() {
                break;
            }
            log.append_many(some).await;
        }
        lag_max = lag_max.max(log.end().await.unwrap() - models.state().position);
        let next = started.0 + Duration::from_millis(10) * u32::try_from(tick).unwrap();
        tokio::time::sleep(next.saturating_duration_since(Instant::now())).await;
    }
    let end = log.end().await.unwrap();
    models.at_least(end, Duration::from_mins(1)).await.unwrap();
    let followed = end - start;
    started.report(&format!("live, {per_second}/s on {accounts} accounts, memory"), followed);
    let spent = projector_cpu().saturating_sub(used);
    let each = u64::try_from(spent.as_nanos()).unwrap() / followed.max(1);
    println!("    {each} ns of CPU an event; at most {lag_max} events behind");
    models.close();
}

/// What this process has used so far.
fn process_cpu() -> Duration {
    cpu(Path::new("/proc/self"), |_| true)
}

/// What the projector's two threads have used so far.
fn projector_cpu() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let ours = |name: &str| name == "projector" || name == "read-models";
    tasks.map(|it| cpu(&it.unwrap().path(), ours)).sum()
}

/// What the process or thread at `path` has used so far, if it is called so.
fn cpu(path: &Path, named: impl Fn(&str) -> bool) -> Duration {
    let stat = std::fs::read_to_string(path.join("stat")).unwrap_or_default();
    let used = stat.split_once('(').and_then(|(_, it)| it.rsplit_once(") ")).map(|(name, rest)| {
        let mut fields = rest.split(' ').map(|it| it.parse::<u64>().unwrap_or_default());
        let ticks = fields.nth(11).unwrap_or_default() + fields.next().unwrap_or_default();
        if named(name) { ticks } else { 0 }
    });
    Duration::from_millis(used.unwrap_or_default() * 10)
}
