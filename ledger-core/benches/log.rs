//! How fast the embedded log is, beside what the disk and plain SQLite do in the same run.
//!
//! `cargo bench -p ledger-core --bench log -- [SECONDS [EVENTS]] [/PART]`: each line lasts about so
//! long, 3 s when not given, and so many events are read, 2,000,000 when not given; the parts are
//! `/lone`, `/many` and `/read`. `TMPDIR` says on which disk.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "its report")]
#![expect(clippy::float_arithmetic, reason = "rates and ratios, no money")]
#![expect(clippy::cast_precision_loss, reason = "rates and ratios")]

mod purchases;

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use ledger_core::event_log::{Append, Embedded, EventLog};
use purchases::Purchases;
use rusqlite::Connection;
use tokio::task::JoinSet;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many appends are made before a part that appends.
const MADE: usize = 400_000;

/// One line of the report.
struct Line {
    what: String,
    /// How many things were done, and how long that took.
    done: u64,
    took: Duration,
    /// How long each call took, in microseconds.
    calls: Histogram<u64>,
}

impl Line {
    fn rate(&self) -> f64 {
        self.done as f64 / self.took.as_secs_f64()
    }

    fn print(&self, baseline: f64) {
        let ms = |quantile| self.calls.value_at_quantile(quantile) as f64 / 1000.0;
        println!(
            "{:<52} {:>10.0}/s  p50 {:>8.3} ms  p99 {:>8.3} ms  p99.9 {:>8.3} ms  × {:>7.2}",
            self.what,
            self.rate(),
            ms(0.5),
            ms(0.99),
            ms(0.999),
            self.rate() / baseline
        );
    }
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap()
}

fn histogram() -> Histogram<u64> {
    Histogram::new(3).unwrap()
}

/// Calls `once` until `time` is over; it says how many things it did.
fn repeat(what: &str, time: Duration, mut once: impl FnMut() -> u64) -> Line {
    let (start, mut done, mut calls) = (Instant::now(), 0, histogram());
    while start.elapsed() < time {
        let call = Instant::now();
        done += once();
        calls.record(micros(call)).unwrap();
    }
    Line { what: what.to_owned(), done, took: start.elapsed(), calls }
}

/// 4 KiB written over, then synced.
fn raw(directory: &Path, time: Duration) -> Line {
    let mut file = File::create(directory.join("raw")).unwrap();
    let page = [7; 4096];
    (0..4096).for_each(|_| file.write_all(&page).unwrap());
    file.sync_all().unwrap();
    let mut at = 0;
    repeat("fdatasync of 4 KiB, written over", time, || {
        file.seek(SeekFrom::Start(at % 4096 * 4096)).unwrap();
        file.write_all(&page).unwrap();
        file.sync_data().unwrap();
        at += 1;
        1
    })
}

/// One row of 300 bytes an event, two events an append, `rows` a commit.
fn plain(directory: &Path, time: Duration, rows: usize) -> Line {
    let connection = Connection::open(directory.join(format!("plain-{rows}"))).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    let table = "CREATE TABLE event (position INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT";
    connection.execute_batch(table).unwrap();
    let mut purchases = Purchases::new(100_000);
    let mut bodies = purchases.next(10_000).into_iter().flat_map(|it| it.events).cycle();
    let bodies: Vec<_> = bodies.by_ref().take(20_000).map(|it| it.body).collect();
    let mut next = bodies.iter().cycle();
    repeat(&format!("plain SQLite, rows, {rows} a commit"), time, || {
        let transaction = connection.unchecked_transaction().unwrap();
        for body in next.by_ref().take(rows) {
            let insert = "INSERT INTO event (body) VALUES (?1)";
            transaction.prepare_cached(insert).unwrap().execute([body]).unwrap();
        }
        transaction.commit().unwrap();
        u64::try_from(rows).unwrap()
    })
}

/// How long the log's own threads have computed so far.
fn computed() -> Duration {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanos = threads.map(|it| {
        let read = |file| std::fs::read_to_string(it.path().join(file)).unwrap_or_default();
        let time = read("schedstat").split(' ').next().and_then(|it| it.parse().ok());
        if read("comm").starts_with("log-") { time.unwrap_or(0) } else { 0 }
    });
    Duration::from_nanos(nanos.sum())
}

/// `callers` at once, each appending `many` at a time, over and over; `many` of 0 is one, alone.
/// What they append is made beforehand: it ends when that does, or after `time`.
async fn ours(directory: &Path, time: Duration, callers: usize, many: usize) -> Line {
    let path = directory.join(format!("log-{callers}-{many}"));
    let log = Embedded::open(&path).unwrap();
    let calls = MADE / callers / many.max(1);
    let work: Vec<Vec<Vec<Append>>> = (0..callers)
        .map(|_| {
            let mut purchases = Purchases::new(100_000);
            (0..calls).map(|_| purchases.next(many.max(1))).collect()
        })
        .collect();
    let (start, before, mut tasks) = (Instant::now(), computed(), JoinSet::new());
    for calls in work {
        let log = log.clone();
        tasks.spawn(async move {
            let (mut done, mut took) = (0, histogram());
            for mut appends in calls {
                if start.elapsed() > time {
                    break;
                }
                let call = Instant::now();
                if many == 0 {
                    log.append(appends.swap_remove(0)).await.unwrap();
                    done += 1;
                } else {
                    let outcomes = log.append_many(appends).await;
                    done += outcomes.into_iter().map(Result::unwrap).len() as u64;
                }
                took.record(micros(call)).unwrap();
            }
            (done, took, start.elapsed())
        });
    }
    let (mut done, mut calls, mut took) = (0, histogram(), Duration::ZERO);
    for (some, times, until) in tasks.join_all().await {
        done += some;
        took = took.max(until);
        calls.add(times).unwrap();
    }
    let computed = computed().saturating_sub(before).as_secs_f64() * 1e6 / done as f64;
    log.close();
    drop(log);
    let size = std::fs::metadata(&path).unwrap().len() / done;
    let what = match many {
        0 => format!("append, {callers} callers, {computed:.1} µs CPU, {size} B"),
        _ => format!("append_many of {many}, {callers} callers, {computed:.1} µs, {size} B"),
    };
    Line { what, done, took, calls }
}

/// Fills a log with `events` of 900,000 accounts, opens it again as after a crash and as after an
/// orderly end, and reads it as a projector and as a rule does.
async fn read(directory: &Path, events: usize) -> Vec<Line> {
    let path = directory.join("read");
    let log = Embedded::open(&path).unwrap();
    let mut source = Purchases::new(900_000);
    for _ in 0..events / 10_000 {
        let outcomes = log.append_many(source.next(5000)).await;
        assert!(outcomes.iter().all(Result::is_ok));
    }
    let mut lines = Vec::new();
    let mut open = |what: &str, path: &Path| {
        let start = Instant::now();
        let log = Embedded::open(path).unwrap();
        let mut calls = histogram();
        calls.record(micros(start)).unwrap();
        let what = format!("open {events} events {what}");
        lines.push(Line { what, done: 1, took: start.elapsed(), calls });
        log
    };
    let copy = directory.join("copy");
    for suffix in ["", "-wal", "-streams", "-streams-wal"] {
        let beside = |it: &Path| format!("{}{suffix}", it.display());
        std::fs::copy(beside(&path), beside(&copy)).unwrap();
    }
    drop(open("after a crash", &copy));
    std::fs::remove_file(format!("{}-streams", copy.display())).unwrap();
    drop(open("without its index of streams", &copy));
    log.close();
    drop(log);
    let log = open("after an orderly end", &path);
    let end = log.end().await.unwrap();

    let (start, mut calls, mut after, mut bytes) = (Instant::now(), histogram(), 0, 0);
    while after < end {
        let call = Instant::now();
        let page = log.read_all(after, 10_000).await.unwrap();
        calls.record(micros(call)).unwrap();
        after = page.last().unwrap().position;
        bytes += page.iter().map(|it| it.body.len()).sum::<usize>();
    }
    let what = format!("read_all by 10000, events of {} bytes", bytes as u64 / end);
    lines.push(Line { what, done: end, took: start.elapsed(), calls });

    let (start, mut calls, mut done) = (Instant::now(), histogram(), 0);
    let mut events = 0;
    for stream in source.streams().step_by(37).take(5000) {
        let call = Instant::now();
        events += log.read_stream(stream, 0).await.unwrap().len();
        calls.record(micros(call)).unwrap();
        done += 1;
    }
    let what = format!("read_stream of about {} events, cold", events / 5000);
    lines.push(Line { what, done, took: start.elapsed(), calls });
    lines
}

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|it| it.parse().ok());
    let time = Duration::from_secs(numbers.next().unwrap_or(3));
    let events = usize::try_from(numbers.next().unwrap_or(2_000_000)).unwrap();
    let only = std::env::args().skip(1).find(|it| it.starts_with('/'));
    let wanted = |it: &str| only.as_ref().is_none_or(|only| it.contains(&only[1..]));
    let held = tempfile::tempdir().unwrap();
    let directory = held.path();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();

    println!("Each rate is of syncs, rows, appends of two events, events, or calls.");
    println!("× is the ratio to the first line of its part.\n");
    let print = |lines: Vec<Line>| {
        let baseline = lines.first().map_or(1.0, Line::rate);
        for line in &lines {
            line.print(baseline);
        }
        println!();
    };
    let mut lines = vec![raw(directory, time)];
    if wanted("lone") {
        lines.push(plain(directory, time, 1));
        lines.push(runtime.block_on(ours(directory, time, 1, 0)));
        lines.push(runtime.block_on(ours(directory, time, 64, 0)));
        print(std::mem::take(&mut lines));
    }
    if wanted("many") {
        let mut lines = vec![plain(directory, time, 100), plain(directory, time, 1000)];
        for (callers, many) in [(1, 100), (4, 100), (1, 1000), (4, 1000), (1, 5000), (2, 5000)] {
            lines.push(runtime.block_on(ours(directory, time, callers, many)));
        }
        print(lines);
    }
    if wanted("read") {
        for line in runtime.block_on(read(directory, events)) {
            print(vec![line]);
        }
    }
}
