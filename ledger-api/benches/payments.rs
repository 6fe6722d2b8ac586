//! How many whole payments a second the service takes through HTTP: a partner's machine asks, a
//! teacher confirms on the page, the machine captures; each durable before its answer, the load
//! generator on the same cores; and how long the page takes meanwhile. Beside a trivial axum handler
//! asked as many times.
//!
//! `cargo bench -p ledger-api --bench payments [-- SECONDS]`: about so long, 5 s when not given.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "its report")]
#![expect(clippy::float_arithmetic, reason = "rates and ratios, no money")]
#![expect(clippy::cast_precision_loss, reason = "rates and ratios")]

#[allow(dead_code, reason = "a shop for several benches")]
#[path = "../../ledger-core/benches/shop/mod.rs"]
mod shop;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::post;
use axum::serve::ListenerExt as _;
use hdrhistogram::Histogram;
use ledger_api::api::tokens::Proof;
use ledger_api::app::App;
use ledger_api::clock::Clock;
use ledger_api::config::Config;
use ledger_api::router;
use ledger_api::session::{Session, Sessions};
use ledger_core::client::{Client, ClientCommand, ClientRegistered, ClientScope, Party};
use ledger_core::digest::Digest;
use ledger_core::event_log::{Embedded, EventLog as _, Log};
use ledger_core::ids::{ClientId, PartnerId};
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::meta::{Actor, Meta, Role};
use ledger_core::partner::{Partner, PartnerCommand, SitesDeclared};
use projections::ReadModels;
use shop::Shop;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many clients send one request after the other.
const CLIENTS: usize = 64;

/// How many accounts confirm.
const ACCOUNTS: usize = 10_000;

/// Of how many payments one page is looked at before it is confirmed.
const LOOKS: u64 = 20;

const PARTNER: PartnerId = PartnerId(Uuid::from_u128(2));
const CLIENT: ClientId = ClientId(Uuid::from_u128(3));
const SITE: &str = "https://preau.example";

/// One client's connection.
struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, answer: Vec::with_capacity(64 << 10) }
    }

    /// Sends `request`; the answer must begin with `expected`, and is given whole.
    async fn ask(&mut self, request: &str, expected: &str) -> &str {
        self.stream.write_all(request.as_bytes()).await.unwrap();
        self.answer.clear();
        loop {
            assert!(self.stream.read_buf(&mut self.answer).await.unwrap() > 0, "cut off");
            let text = std::str::from_utf8(&self.answer).unwrap_or_default();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.split("\r\n").find_map(|it| it.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |it| it.parse().unwrap());
            if body.len() >= length {
                break;
            }
        }
        let text = std::str::from_utf8(&self.answer).unwrap();
        assert!(text.starts_with(expected), "{text}");
        text
    }
}

/// What all clients send.
struct Asked {
    address: SocketAddr,
    token: String,
    cookies: Vec<String>,
    run: u128,
}

impl Asked {
    fn api(&self, path: &str, key: &str, body: &str) -> String {
        format!(
            "POST /api/v1/payments{path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
             idempotency-key: {key}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            self.token,
            body.len()
        )
    }

    fn page(&self, method: &str, id: &str, n: u64) -> String {
        let cookie = &self.cookies[usize::try_from(n).unwrap().wrapping_mul(7_919) % ACCOUNTS];
        let form = if method == "POST" {
            "sec-fetch-site: same-origin\r\ncontent-length: 0\r\n"
        } else {
            ""
        };
        format!(
            "{method} /paiement/{id} HTTP/1.1\r\nhost: {}\r\n{form}cookie: {cookie}\r\n\r\n",
            self.address
        )
    }

    /// One whole payment; the page is looked at now and then.
    async fn pay(&self, connection: &mut Connection, n: u64, looks: &mut Histogram<u64>) {
        let offer = n % shop::OFFERS;
        let body = format!(
            "{{\"reference\":\"CMD-{n}\",\"return_url\":\"{SITE}/merci\",\"lines\":[{{\"type\":\
             \"offer\",\"reference\":\"preau-{offer:04}\"}}]}}"
        );
        let key = format!("{}-{n}", self.run);
        let answer = connection.ask(&self.api("", &key, &body), "HTTP/1.1 201").await;
        let at = answer.find("\"id\":\"pay_").unwrap() + 6;
        let id = answer[at..at + 36].to_owned();
        if n.is_multiple_of(LOOKS) {
            let began = Instant::now();
            connection.ask(&self.page("GET", &id, n), "HTTP/1.1 200").await;
            looks.record(u64::try_from(began.elapsed().as_micros()).unwrap()).unwrap();
        }
        connection.ask(&self.page("POST", &id, n), "HTTP/1.1 303").await;
        let capture = self.api(&format!("/{id}/capture"), &key, "{}");
        connection.ask(&capture, "HTTP/1.1 200").await;
    }
}

/// How many whole payments were made, how long each took, and how long pages took, in microseconds.
struct Paid {
    took: Duration,
    payments: Histogram<u64>,
    looks: Histogram<u64>,
}

fn load(asked: Asked, time: Duration) -> Paid {
    let generator = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (asked, next) = (Arc::new(asked), Arc::new(AtomicU64::new(0)));
            let (start, mut clients) = (Instant::now(), JoinSet::new());
            for _ in 0..CLIENTS {
                let (asked, next) = (asked.clone(), next.clone());
                clients.spawn(async move {
                    let mut payments: Histogram<u64> = Histogram::new(3).unwrap();
                    let mut looks = Histogram::new(3).unwrap();
                    let mut connection = Connection::open(asked.address).await;
                    while start.elapsed() < time {
                        let began = Instant::now();
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        asked.pay(&mut connection, n, &mut looks).await;
                        payments
                            .record(u64::try_from(began.elapsed().as_micros()).unwrap())
                            .unwrap();
                    }
                    (payments, looks)
                });
            }
            let (mut payments, mut looks) =
                (Histogram::new(3).unwrap(), Histogram::new(3).unwrap());
            for (of_payments, of_looks) in clients.join_all().await {
                payments.add(of_payments).unwrap();
                looks.add(of_looks).unwrap();
            }
            Paid { took: start.elapsed(), payments, looks }
        })
    });
    generator.join().unwrap()
}

/// The same clients, three times one request each, to a handler that does nothing.
fn trivial(address: SocketAddr, time: Duration) -> f64 {
    let generator = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (start, mut clients) = (Instant::now(), JoinSet::new());
            for _ in 0..CLIENTS {
                clients.spawn(async move {
                    let mut connection = Connection::open(address).await;
                    let request = format!(
                        "POST / HTTP/1.1\r\nhost: {address}\r\ncontent-length: 2\r\n\r\n{{}}"
                    );
                    let mut done = 0_u64;
                    while start.elapsed() < time {
                        for _ in 0..3 {
                            connection.ask(&request, "HTTP/1.1 200").await;
                        }
                        done += 1;
                    }
                    done
                });
            }
            let done: u64 = clients.join_all().await.into_iter().sum();
            done as f64 / start.elapsed().as_secs_f64()
        })
    });
    generator.join().unwrap()
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let listener = listener.tap_io(|it| it.set_nodelay(true).unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// The service, a partner with a site and a client, and teachers with money.
async fn prepared(directory: &std::path::Path) -> (App, Shop) {
    let log = Log::from(Embedded::open(directory.join("log")).unwrap());
    let ledger = Ledger::new(log.clone(), CacheSizes::default());
    let shop = Shop::open(ledger.clone(), ACCOUNTS).await;
    let meta = Meta { at: shop.start, by: Actor::OPERATOR, cause: Uuid::nil() };
    let sites = PartnerCommand::DeclareSites(SitesDeclared { sites: vec![SITE.into()] });
    ledger.execute::<Partner>(PARTNER, &sites, meta).await.unwrap();
    let party = Party::Partner(PARTNER);
    let register = ClientCommand::Register(ClientRegistered {
        name: "Boutique".into(),
        party,
        scopes: ClientScope::of(&party),
        secret: Digest::of(b"bench"),
    });
    ledger.execute::<Client>(CLIENT, &register, meta).await.unwrap();
    let data = directory.to_str().map(str::to_owned);
    let config = Config::read(|name| data.clone().filter(|_| name == "LEDGER_DATA")).unwrap();
    let models = ReadModels::open(log.clone(), directory.join("read-models"), |_| ()).await;
    let models = models.unwrap();
    models.at_least(log.end().await.unwrap(), Duration::from_mins(1)).await.unwrap();
    let sessions = Sessions::new([7; 32], false);
    let app = App::new(config, ledger, models, Clock::default(), sessions).unwrap();
    app.set_ready(true);
    (app, shop)
}

/// What a teacher's browser keeps once signed in.
fn cookie(app: &App, account: Uuid) -> String {
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

fn main() {
    let seconds = std::env::args().find_map(|it| it.parse().ok()).unwrap_or(5);
    let time = Duration::from_secs(seconds);
    let directory = tempfile::tempdir().unwrap();
    let cores = std::thread::available_parallelism().unwrap();
    println!("{cores} cores, load generator included; {CLIENTS} clients, {ACCOUNTS} accounts.\n");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let address = runtime.block_on(serve(Router::new().route("/", post(async |it: String| it))));
    let baseline = trivial(address, time);
    println!("{:<52} {baseline:>8.0}/s", "three requests to a trivial axum handler");

    let (app, shop) = runtime.block_on(prepared(directory.path()));
    let cookies = shop.accounts.iter().map(|it| cookie(&app, it.0)).collect();
    let expires = app.clock.now() + chrono::TimeDelta::hours(1);
    let scopes = ClientScope::ALL.into_iter().collect();
    let token = app.tokens.issue(&Proof { client: CLIENT, scopes, expires, certificate: None });
    let run = app.clock.id().as_u128();
    let address = runtime.block_on(serve(router(app)));
    let paid = load(Asked { address, token, cookies, run }, time);
    let rate = paid.payments.len() as f64 / paid.took.as_secs_f64();
    let ms = |it: &Histogram<u64>, quantile| it.value_at_quantile(quantile) as f64 / 1000.0;
    let reached = |it: bool| if it { "reached" } else { "NOT reached" };
    println!(
        "{:<52} {rate:>8.0}/s  p50 {:>6.2} ms  p99 {:>6.2} ms  × {:>4.2}  target 10000/s: {}",
        "payments: asked for, confirmed, captured",
        ms(&paid.payments, 0.5),
        ms(&paid.payments, 0.99),
        rate / baseline,
        reached(rate >= 10_000.0),
    );
    let p99 = paid.looks.value_at_quantile(0.99);
    println!(
        "{:<52} {:>9}   p50 {:>6.2} ms  p99 {:>6.2} ms          target p99 ≤ 10 ms: {}",
        "the payment's page, under that load",
        "",
        ms(&paid.looks, 0.5),
        ms(&paid.looks, 0.99),
        reached(p99 <= 10_000),
    );
}
