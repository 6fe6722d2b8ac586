//! How many purchases a second the service takes through HTTP, one per request, durable before the
//! answer, with its load generator on the same cores; beside a trivial axum handler, and the same
//! purchases in process.
//!
//! `cargo bench -p ledger-api --bench http [-- SECONDS]`: each line lasts about so long, 5 s when
//! not given. `TMPDIR` says on which disk.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "its report")]
#![expect(clippy::float_arithmetic, reason = "rates and ratios, no money")]
#![expect(clippy::cast_precision_loss, reason = "rates and ratios")]

#[path = "../../ledger-core/benches/shop/mod.rs"]
mod shop;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::post;
use axum::serve::ListenerExt as _;
use hdrhistogram::Histogram;
use ledger_api::app::App;
use ledger_api::clock::Clock;
use ledger_api::config::Config;
use ledger_api::router;
use ledger_api::session::{Session, Sessions};
use ledger_core::event_log::{Embedded, EventLog as _, Log};
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::meta::Role;
use projections::ReadModels;
use shop::{OFFERS, Shop};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many connections send one request after the other.
const CONNECTIONS: usize = 64;

/// How many accounts buy.
const ACCOUNTS: usize = 10_000;

/// One line of the report.
struct Line {
    what: &'static str,
    done: u64,
    took: Duration,
    /// How long each request took, in microseconds.
    calls: Histogram<u64>,
}

impl Line {
    fn rate(&self) -> f64 {
        self.done as f64 / self.took.as_secs_f64()
    }

    fn print(&self, baseline: f64, target: &str) {
        let ms = |quantile| self.calls.value_at_quantile(quantile) as f64 / 1000.0;
        println!(
            "{:<44} {:>8.0}/s  p50 {:>6.2} ms  p99 {:>6.2} ms  × {:>4.2}  {target}",
            self.what,
            self.rate(),
            ms(0.5),
            ms(0.99),
            self.rate() / baseline,
        );
    }
}

/// Serves `router` on a free port.
async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let listener = listener.tap_io(|it| it.set_nodelay(true).unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// Sends requests over [`CONNECTIONS`] connections from a thread of its own; each answer must
/// begin with `expected`.
fn load(
    what: &'static str,
    address: SocketAddr,
    time: Duration,
    expected: &'static str,
    request: impl Fn(u64) -> String + Send + Sync + 'static,
) -> Line {
    let generator = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (request, next) = (Arc::new(request), Arc::new(AtomicU64::new(0)));
            let (start, mut clients) = (Instant::now(), JoinSet::new());
            for _ in 0..CONNECTIONS {
                let (request, next) = (request.clone(), next.clone());
                clients.spawn(async move {
                    let mut calls = Histogram::new(3).unwrap();
                    let mut connection = TcpStream::connect(address).await.unwrap();
                    connection.set_nodelay(true).unwrap();
                    let mut answer = vec![0; 16 << 10];
                    while start.elapsed() < time {
                        let request = request(next.fetch_add(1, Ordering::Relaxed));
                        let sent = Instant::now();
                        connection.write_all(request.as_bytes()).await.unwrap();
                        // Each answer is short, and comes in one piece.
                        let read = connection.read(&mut answer).await.unwrap();
                        let took = u64::try_from(sent.elapsed().as_micros()).unwrap();
                        calls.record(took).unwrap();
                        assert!(
                            answer[..read].starts_with(expected.as_bytes()),
                            "{}",
                            String::from_utf8_lossy(&answer[..read])
                        );
                    }
                    calls
                });
            }
            let mut calls: Histogram<u64> = Histogram::new(3).unwrap();
            for it in clients.join_all().await {
                calls.add(it).unwrap();
            }
            Line { what, done: calls.len(), took: start.elapsed(), calls }
        })
    });
    generator.join().unwrap()
}

/// The service on `ledger`, as `ledger-api serve` wires it.
async fn service(directory: &Path, log: Log, ledger: Ledger) -> App {
    let config = Config::read(|_| None).unwrap();
    let models =
        ReadModels::open(log.clone(), directory.join("read-models"), |_| ()).await.unwrap();
    let minute = Duration::from_mins(1);
    models.at_least(log.end().await.unwrap(), minute).await.unwrap();
    let app =
        App::new(config, ledger, models, Clock::default(), Sessions::new([7; 32], false)).unwrap();
    app.set_ready(true);
    app
}

/// The payments of orders as the page's form sends them: what each offer's have in common is
/// written once.
struct Payments {
    shop: Arc<Shop>,
    cookies: Vec<String>,
    /// Up to the cookie, then from there to the reference, then to the end.
    offers: Vec<(String, &'static str, String)>,
}

impl Payments {
    fn new(shop: Arc<Shop>, cookies: Vec<String>, address: SocketAddr) -> Self {
        let offers = shop.offers.iter().map(|(offer, seen, _)| {
            let rest = format!("&vu={seen}&plafond=");
            let length = "reference=".len() + uuid::fmt::Hyphenated::LENGTH + rest.len();
            let head = format!(
                "POST /catalogue/{offer}/payer HTTP/1.1\r\nhost: {address}\r\n\
                 sec-fetch-site: same-origin\r\ncontent-length: {length}\r\n\
                 content-type: application/x-www-form-urlencoded\r\ncookie: "
            );
            (head, "\r\n\r\nreference=", rest)
        });
        Self { offers: offers.collect(), shop, cookies }
    }

    /// The payment of the `n`th order.
    fn of(&self, n: u64) -> String {
        let order = self.shop.order(n, false);
        let (head, then, rest) = &self.offers[usize::try_from(n % OFFERS).unwrap()];
        let account = usize::try_from(n).unwrap().wrapping_mul(7_919) % self.cookies.len();
        let mut reference = [0; uuid::fmt::Hyphenated::LENGTH];
        let reference = order.purchase.0.hyphenated().encode_lower(&mut reference);
        [head.as_str(), &self.cookies[account], then, reference, rest].concat()
    }
}

fn main() {
    let seconds = std::env::args().find_map(|it| it.parse().ok()).unwrap_or(5);
    let time = Duration::from_secs(seconds);
    let directory = tempfile::tempdir().unwrap();
    let cores = std::thread::available_parallelism().unwrap();
    println!(
        "{cores} cores, load generator included; {CONNECTIONS} connections, {ACCOUNTS} accounts.\n"
    );
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();

    let trivial = Router::new().route("/", post(async |body: String| body));
    let address = runtime.block_on(serve(trivial));
    let baseline = load("a trivial axum handler", address, time, "HTTP/1.1 200", move |n| {
        let body = format!("reference={n}");
        format!(
            "POST / HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    });
    baseline.print(baseline.rate(), "");

    let (address, shop, cookies) = runtime.block_on(async {
        let log = Log::from(Embedded::open(directory.path().join("log")).unwrap());
        let ledger = Ledger::new(log.clone(), CacheSizes::default());
        let shop = Shop::open(ledger.clone(), ACCOUNTS).await;
        let app = service(directory.path(), log, ledger).await;
        let cookies: Vec<String> = shop.accounts.iter().map(|it| cookie(&app, it.0)).collect();
        (serve(router(app)).await, Arc::new(shop), cookies)
    });
    let lap = shop.lap();
    let payments = Payments::new(shop, cookies, address);
    let line =
        load("purchases, one per request, durable", address, time, "HTTP/1.1 303", move |n| {
            payments.of(lap + n)
        });
    let reached = |it: bool| if it { "reached" } else { "NOT reached" };
    let p99 = line.calls.value_at_quantile(0.99);
    line.print(
        baseline.rate(),
        &format!(
            "target 50000/s: {}; p99 ≤ 10 ms: {}",
            reached(line.rate() >= 50_000.0),
            reached(p99 <= 10_000)
        ),
    );
    let line = load("/healthz, the frame alone", address, time, "HTTP/1.1 200", move |_| {
        format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\n\r\n")
    });
    line.print(baseline.rate(), "");
}

/// What a teacher's browser keeps once signed in.
fn cookie(app: &App, account: uuid::Uuid) -> String {
    let now = app.clock.now();
    let session = Session {
        role: Role::Teacher,
        id: account,
        name: "Quelqu’un".into(),
        acts_for: None,
        began: now,
        expires: now + chrono::TimeDelta::hours(8),
        provider: "bench".into(),
        granted: false,
    };
    let cookie = app.sessions.begin(&session, now).unwrap();
    cookie.to_str().unwrap().split(';').next().unwrap().to_owned()
}
