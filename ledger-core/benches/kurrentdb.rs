//! How fast the log in KurrentDB is against the double, beside the official client in the same run.
//!
//! `cargo bench -p ledger-core --bench kurrentdb -- [SECONDS]`: each line lasts about so long, 3 s
//! when not given. All run in one process: what is measured is the clients, the protocol and the
//! double, which keeps events in memory; a real server adds its disk and its replicas.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "its report")]
#![expect(clippy::float_arithmetic, reason = "rates and ratios, no money")]
#![expect(clippy::cast_precision_loss, reason = "rates and ratios")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::DateTime;
use hdrhistogram::Histogram;
use kurrentdb::{AppendToStreamOptions, BatchAppendOptions, Client, EventData, StreamState};
use ledger_core::event_log::kurrentdb::double::Double;
use ledger_core::event_log::{Append, EventLog, KurrentDb, NewEvent};
use ledger_core::meta::{Actor, Meta};
use ledger_core::stream::{Category, StreamId};
use smallvec::smallvec;
use tokio::task::JoinSet;
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// About what an event of a purchase is.
const BODY: &[u8] = br#"{"purchase":"pur_0197f2b5c6d87a10b1d2c3e4f5a6b7c8","amount":1250,"lots":[{"envelope":"env_0197f2b5c6d87a10b1d2c3e4f5a6b7c8","amount":1250}],"offer":"off_0197f2b5c6d87a10b1d2c3e4f5a6b7c8","until":"2027-08-31"}"#;

/// One line of the report.
struct Line {
    rate: f64,
    calls: Histogram<u64>,
}

/// Has `callers` append until `time` is over, each to a stream of its own; `once` appends the
/// `count`th event, from 0, of the caller's.
async fn run<W>(
    what: &str,
    callers: u32,
    time: Duration,
    baseline: Option<f64>,
    once: impl Fn(u32, u64) -> W + Clone + Send + 'static,
) -> Line
where
    W: Future<Output = ()> + Send,
{
    let start = Instant::now();
    let mut running = JoinSet::new();
    for caller in 0..callers {
        let once = once.clone();
        running.spawn(async move {
            let mut calls = Histogram::<u64>::new(3).unwrap();
            let mut count = 0;
            while start.elapsed() < time {
                let call = Instant::now();
                once(caller, count).await;
                count += 1;
                calls.record(u64::try_from(call.elapsed().as_micros()).unwrap()).unwrap();
            }
            calls
        });
    }
    let mut calls = Histogram::<u64>::new(3).unwrap();
    for it in running.join_all().await {
        calls.add(it).unwrap();
    }
    let rate = calls.len() as f64 / start.elapsed().as_secs_f64();
    let ms = |quantile| calls.value_at_quantile(quantile) as f64 / 1000.0;
    let ratio = baseline.map(|it| format!("× {:>7.1}", rate / it)).unwrap_or_default();
    println!(
        "{what:<44} {rate:>9.0}/s  p50 {:>7.3} ms  p99 {:>7.3} ms  {ratio}",
        ms(0.5),
        ms(0.99)
    );
    Line { rate, calls }
}

fn append(caller: u32, count: u64) -> Append {
    Append {
        stream: StreamId {
            category: Category::Account,
            id: Uuid::from_u128(u128::from(caller) << 64 | 0xbe),
        },
        expected: count,
        meta: Meta {
            at: DateTime::from_timestamp_millis(1_788_249_600_123).unwrap(),
            by: Actor::PROCESS,
            cause: Uuid::from_u128(u128::from(count)),
        },
        events: smallvec![NewEvent { name: "purchase_authorised", schema: 1, body: BODY.to_vec() }],
    }
}

fn official_event() -> EventData {
    EventData::binary("purchase_authorised", BODY.into()).metadata(BODY[..120].into())
}

fn expected(count: u64) -> StreamState {
    count.checked_sub(1).map_or(StreamState::NoStream, StreamState::StreamRevision)
}

/// The official client's `append_to_stream`.
async fn official(callers: u32, time: Duration) -> f64 {
    let double = Double::start().await.unwrap();
    let client = Client::new(double.url("").parse().unwrap()).unwrap();
    let what = format!("official client, append, {callers} callers");
    let once = move |caller: u32, count: u64| {
        let client = client.clone();
        async move {
            let options = AppendToStreamOptions::default().stream_state(expected(count));
            let stream = format!("ledger.account-{caller}");
            client.append_to_stream(stream, &options, official_event()).await.unwrap();
        }
    };
    run(&what, callers, time, None, once).await.rate
}

/// The official client's `batch_append`.
async fn official_batch(callers: u32, time: Duration, baseline: f64) {
    let double = Double::start().await.unwrap();
    let client = Client::new(double.url("").parse().unwrap()).unwrap();
    let batch = Arc::new(client.batch_append(&BatchAppendOptions::default()).await.unwrap());
    let what = format!("official client, batch append, {callers} callers");
    let once = move |caller: u32, count: u64| {
        let batch = batch.clone();
        async move {
            let stream = format!("ledger.account-{caller}");
            batch.append_to_stream(stream, expected(count), vec![official_event()]).await.unwrap();
        }
    };
    run(&what, callers, time, Some(baseline), once).await;
}

async fn ours(callers: u32, time: Duration, baseline: f64) -> Line {
    let double = Double::start().await.unwrap();
    let log = KurrentDb::open(double.url("").parse().unwrap()).unwrap();
    log.end().await.unwrap();
    let what = format!("ours, append, seen in the log, {callers} callers");
    let once = move |caller: u32, count: u64| {
        let log = log.clone();
        async move {
            log.append(append(caller, count)).await.unwrap();
        }
    };
    run(&what, callers, time, Some(baseline), once).await
}

/// Lists of a thousand, in process management's manner.
async fn ours_many(time: Duration, baseline: f64) {
    const LIST: u32 = 1000;
    let double = Double::start().await.unwrap();
    let log = KurrentDb::open(double.url("").parse().unwrap()).unwrap();
    log.end().await.unwrap();
    let (start, mut done, mut lists) = (Instant::now(), 0_u64, 0);
    while start.elapsed() < time {
        let outcomes = log.append_many((0..LIST).map(|it| append(it, lists)).collect()).await;
        done += outcomes.into_iter().map(|it| u64::from(it.is_ok())).sum::<u64>();
        lists += 1;
    }
    let rate = done as f64 / start.elapsed().as_secs_f64();
    println!("{:<44} {rate:>9.0}/s {:>39}{:>7.1}", "ours, lists of 1,000", "× ", rate / baseline);
}

/// All that was written, read again by a node that starts.
async fn ours_read(events: u32) {
    let double = Double::start().await.unwrap();
    let log = KurrentDb::open(double.url("").parse().unwrap()).unwrap();
    for from in (0..events).step_by(10_000) {
        let outcomes = log.append_many((from..from + 10_000).map(|it| append(it, 0)).collect());
        assert!(outcomes.await.iter().all(Result::is_ok));
    }
    let start = Instant::now();
    let reading = KurrentDb::open(double.url("").parse().unwrap()).unwrap();
    let end = reading.end().await.unwrap();
    let ready = start.elapsed();
    let (start, mut after) = (Instant::now(), 0);
    while after < end {
        after += reading.read_all(after, 10_000).await.unwrap().len() as u64;
    }
    let rate = end as f64 / start.elapsed().as_secs_f64();
    println!("{:<44} {rate:>9.0}/s", format!("ours, read_all of {end} events"));
    println!(
        "{:<44} {:>9.1} ms",
        "ours, a new node counts on, until ready",
        ready.as_secs_f64() * 1e3
    );
}

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let seconds = std::env::args().skip(1).find_map(|it| it.parse().ok()).unwrap_or(3);
    let time = Duration::from_secs(seconds);
    println!("one event of {} bytes an append; × beside the official client's append", BODY.len());
    for callers in [1, 64] {
        let baseline = official(callers, time).await;
        official_batch(callers, time, baseline).await;
        let line = ours(callers, time, baseline).await;
        let p50 = line.calls.value_at_quantile(0.5) as f64 / 1000.0;
        if callers == 1 {
            println!("  wanted: p50 at most 1 ms; it is {p50:.3} ms");
        } else {
            println!("  wanted: at least × 20; it is × {:.1}", line.rate / baseline);
            ours_many(time, baseline).await;
        }
    }
    ours_read(200_000).await;
}
