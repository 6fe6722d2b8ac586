//! Deliveries a second to a receiver on this machine, beside a bare loop of POSTs in the same run;
//! and none lost when the node is killed in the middle.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench panics and prints")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use chrono::TimeDelta;
use ledger_api::app::App;
use ledger_api::clock::Clock;
use ledger_api::config::Config;
use ledger_api::session::Sessions;
use ledger_api::workers::webhooks::run;
use ledger_core::client::Party;
use ledger_core::digest::Digest;
use ledger_core::event_log::{Log, Memory};
use ledger_core::harvest::{FeedHeld, FeedRead, Harvest, HarvestCommand};
use ledger_core::ids::{HarvestId, PartnerId, WebhookId};
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::meta::{Actor, Meta};
use ledger_core::partner::FeedFormat;
use ledger_core::webhook::{Webhook, WebhookCommand, WebhookCreated};
use parking_lot::Mutex;
use projections::ReadModels;
use tokio::task::JoinSet;
use tokio::time::Instant;
use uuid::Uuid;

const MESSAGES: usize = 40_000;
const PARTNER: PartnerId = PartnerId(Uuid::from_u128(1));
/// As many at once as one webhook is told.
const AT_ONCE: usize = 32;

type Ids = Arc<Mutex<Vec<String>>>;

async fn take(State(ids): State<Ids>, headers: HeaderMap) -> StatusCode {
    let id = headers.get("webhook-id").and_then(|it| it.to_str().ok()).unwrap_or_default();
    ids.lock().push(id.to_owned());
    StatusCode::NO_CONTENT
}

#[tokio::main]
async fn main() {
    // Under `cargo test --benches` only whether it builds is asked.
    if std::env::args().all(|it| it != "--bench") {
        return;
    }
    let ids: Ids = Arc::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let routes = Router::new().route("/hook", post(take)).with_state(ids.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });

    let bare = bare(&url).await;
    println!("bare POSTs                {bare:>9} a second");
    ids.lock().clear();

    let directory = tempfile::tempdir().unwrap();
    let app = app(directory.path(), &url).await;
    let begun = Instant::now();
    happen(&app, MESSAGES).await;
    println!("events written            {:>9} a second", rate(MESSAGES * 2, begun.elapsed()));

    let begun = Instant::now();
    let worker = tokio::spawn(run(app.clone()));
    came(&ids, MESSAGES / 2).await;
    worker.abort();
    let _ = worker.await;
    let first = begun.elapsed();
    let before = ids.lock().len();
    println!("deliveries                {:>9} a second", rate(before, first));
    let share = rate(before, first) * 100 / bare.max(1);
    println!("                          {share:>8} % of bare POSTs");

    // Killed in the middle: its lease ends, and another one goes on.
    app.clock.advance(TimeDelta::seconds(61));
    let begun = Instant::now();
    let worker = tokio::spawn(run(app.clone()));
    while distinct(&ids) < MESSAGES {
        assert!(begun.elapsed() < Duration::from_mins(2), "lost: {}", MESSAGES - distinct(&ids));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("after a kill              {:>9} a second", rate(MESSAGES - before, begun.elapsed()));
    println!("lost 0, sent twice        {:>9} of {MESSAGES}", ids.lock().len() - MESSAGES);
    worker.abort();
}

async fn bare(url: &str) -> u64 {
    let client = reqwest::Client::builder().no_proxy().tcp_nodelay(true).build().unwrap();
    let body = r#"{"type":"feed.held","timestamp":"2026-11-12T09:00:00Z","data":{"format":"json","offers":1000,"named":10}}"#;
    let (begun, mut tasks) = (Instant::now(), JoinSet::new());
    for number in 0..MESSAGES {
        if tasks.len() >= AT_ONCE {
            tasks.join_next().await;
        }
        let request = client
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", number)
            .body(body);
        tasks.spawn(async move { request.send().await.unwrap().bytes().await.unwrap() });
    }
    tasks.join_all().await;
    rate(MESSAGES, begun.elapsed())
}

async fn app(data: &std::path::Path, url: &str) -> App {
    let config = Config::read(|name| match name {
        "LEDGER_DEMO" => Some("yes".to_owned()),
        "LEDGER_LOG" => Some("memory:".to_owned()),
        "LEDGER_DATA" => data.to_str().map(ToOwned::to_owned),
        _ => None,
    });
    let log = Log::from(Memory::new());
    let models = ReadModels::open(log.clone(), data.join("read-models"), |_| ()).await.unwrap();
    let ledger = Ledger::new(log, CacheSizes::default());
    let clock = Clock::fixed("2026-11-12T09:00:00Z".parse().unwrap());
    let sessions = Sessions::new([7; 32], false);
    let app = App::new(config.unwrap(), ledger, models, clock, sessions).unwrap();
    let party = Party::Partner(PARTNER);
    let created =
        WebhookCreated { party, url: url.into(), events: vec![], description: "".into(), after: 0 };
    let command = WebhookCommand::Create(created);
    let id = WebhookId(Uuid::from_u128(2));
    app.ledger.execute::<Webhook>(id, &command, meta(&app)).await.unwrap();
    app
}

/// A feed is held, then read, again and again: each time the former is told.
async fn happen(app: &App, count: usize) {
    let (id, format) = (HarvestId::of(PARTNER), FeedFormat::Json);
    for number in 0..count {
        let hold = HarvestCommand::Hold(FeedHeld { format, known: 1_000, named: 10 });
        app.ledger.execute::<Harvest>(id, &hold, meta(app)).await.unwrap();
        let read = FeedRead {
            format,
            whole: true,
            named: 1_000,
            published: 1,
            revised: 0,
            withdrawn: 0,
            unchanged: 0,
            waiting: 0,
            refused: 0,
            remarked: 0,
            changed_up_to: Some(number as u64),
            findings: Digest::of(b""),
            records: vec![],
            remarks: vec![],
        };
        let read = HarvestCommand::RecordRead(Box::new(read));
        app.ledger.execute::<Harvest>(id, &read, meta(app)).await.unwrap();
    }
}

fn meta(app: &App) -> Meta {
    Meta { at: app.clock.now(), by: Actor::PROCESS, cause: Uuid::nil() }
}

async fn came(ids: &Ids, count: usize) {
    while ids.lock().len() < count {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn distinct(ids: &Ids) -> usize {
    ids.lock().iter().collect::<BTreeSet<_>>().len()
}

fn rate(count: usize, took: Duration) -> u64 {
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    count as u64 * 1_000 / millis
}
