//! How long the catalogue takes through HTTP, over a real socket of the same machine: the search
//! of the API, the page of results, the page of one offer.
//!
//! `cargo bench -p ledger-api --bench catalogue [-- OFFERS]`; half a million unless told. One
//! request after the other, on one connection: how long one teacher waits, not how many are served.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench may panic and prints")]

#[path = "../../projections/benches/search/offers.rs"]
mod offers;
#[path = "../../projections/benches/search/vocabulary.rs"]
mod vocabulary;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use axum::serve::ListenerExt as _;
use ledger_api::app::App;
use ledger_api::clock::Clock;
use ledger_api::config::Config;
use ledger_api::router;
use ledger_api::session::Sessions;
use ledger_core::event_log::{EventLog as _, Log, Memory};
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::vocabulary::{LEVELS, SUBJECTS};
use projections::ReadModels;
use tokio::net::TcpListener;
use vocabulary::Vocabulary;

/// As in the service.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many times each address is asked for.
const ASKED: u64 = 400;

/// What the slowest in a hundred may take: through the API, and for a page.
const API: Duration = Duration::from_millis(15);
const PAGE: Duration = Duration::from_millis(10);

fn main() {
    let count = std::env::args().find_map(|it| it.parse().ok()).unwrap_or(500_000);
    let vocabulary = Vocabulary::read();
    println!("{count} offers from {}.\n", vocabulary.told);
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (address, shown) = runtime.block_on(async {
        let log = Memory::new();
        offers::tell(&log, &vocabulary, count).await;
        let log = Log::from(log);
        let path = folder.path().join("read-models");
        let models = ReadModels::open(log.clone(), path, |_| ()).await.unwrap();
        models.at_least(log.end().await.unwrap(), Duration::from_mins(10)).await.unwrap();
        let first = projections::search::SearchRequest { limit: 100, ..Default::default() };
        let first = models.now().unwrap().search(&first).unwrap().offers;
        let shown: Vec<String> = first.iter().map(|it| it.offer.id.to_string()).collect();
        let config = Config::read(|_| None).unwrap();
        let ledger = Ledger::new(log, CacheSizes::default());
        let app = App::new(config, ledger, models, Clock::default(), Sessions::new([7; 32], false))
            .unwrap();
        app.set_ready(true);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let listener = listener.tap_io(|it| it.set_nodelay(true).unwrap());
        tokio::spawn(async move { axum::serve(listener, router(app)).await.unwrap() });
        (address, shown)
    });

    println!("{:<34}{:>9}{:>9}{:>9}{:>10}", "what", "p50 ms", "p99 ms", "max ms", "bytes");
    let api = |it| format!("/api/v1/offers?{}", narrowed(it));
    told("API, three facets", address, API, api);
    told("API, three facets and a word", address, API, |it| {
        format!("/api/v1/offers?q={}&{}", word(it), narrowed(it))
    });
    told("the catalogue's page, filtered", address, PAGE, |it| {
        let (level, subject, euros) = chosen(it);
        format!("/catalogue?niveau={level}&matiere={subject}&prix={euros}")
    });
    told("the catalogue's page, a word", address, PAGE, |it| format!("/catalogue?q={}", word(it)));
    told("an offer's page", address, PAGE, |it| {
        format!("/catalogue/{}", shown[usize::try_from(it).unwrap() % shown.len()])
    });
}

fn word(number: u64) -> &'static str {
    ["exercices", "evaluation", "manuel", "francais", "geometrie"][offers::mixed(number, 54) % 5]
}

fn chosen(number: u64) -> (&'static str, &'static str, &'static str) {
    let level = LEVELS[offers::mixed(number, 51) % LEVELS.len()].cycle.word();
    let subject = SUBJECTS[offers::mixed(number, 52) % SUBJECTS.len()];
    let euros = ["5", "10", "20", "50"][offers::mixed(number, 53) % 4];
    (level, subject.broader.unwrap_or(subject.word), euros)
}

fn narrowed(number: u64) -> String {
    let (level, subject, euros) = chosen(number);
    format!("level={level}&subject={subject}&price={euros}")
}

/// Asks for each address in its turn, and says how long the answers took.
fn told(what: &str, server: SocketAddr, target: Duration, address: impl Fn(u64) -> String) {
    let mut connection = TcpStream::connect(server).unwrap();
    connection.set_nodelay(true).unwrap();
    let (mut took, mut bytes) = (Vec::new(), 0);
    for number in 0..ASKED {
        let address = address(number);
        let request = format!("GET {address} HTTP/1.1\r\nhost: {server}\r\n\r\n");
        let started = Instant::now();
        connection.write_all(request.as_bytes()).unwrap();
        let answer = answer(&mut connection);
        took.push(started.elapsed());
        assert!(answer.starts_with("HTTP/1.1 200"), "{address}: {answer:.300}");
        bytes += answer.len();
    }
    took.sort_unstable();
    let text = |it: Duration| format!("{},{:02}", it.as_millis(), it.as_micros() % 1_000 / 10);
    let (p50, p99) = (took[took.len() / 2], took[took.len() * 99 / 100]);
    let (slowest, mean) = (took[took.len() - 1], bytes / took.len());
    let note = if p99 <= target { "" } else { "  (target missed)" };
    println!("{what:<34}{:>9}{:>9}{:>9}{mean:>10}{note}", text(p50), text(p99), text(slowest));
}

/// One whole answer, head and body.
fn answer(connection: &mut TcpStream) -> String {
    let (mut answer, mut piece) = (Vec::new(), vec![0; 64 << 10]);
    loop {
        let read = connection.read(&mut piece).unwrap();
        assert!(read > 0, "the connection was closed");
        answer.extend_from_slice(&piece[..read]);
        let Some(end) = answer.windows(4).position(|it| it == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
        let whole = match head.split_once("content-length: ") {
            Some((_, rest)) => {
                let length = rest.split("\r\n").next().unwrap().parse::<usize>().unwrap();
                answer.len() >= end + 4 + length
            }
            None => answer.ends_with(b"0\r\n\r\n"),
        };
        if whole {
            return String::from_utf8_lossy(&answer).into_owned();
        }
    }
}
