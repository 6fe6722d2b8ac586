//! A double of the server, for tests: its gRPC services on ports of this machine, all in memory.
//!
//! It does what the server's sources say that it does, notes what a client must not send
//! ([`Double::complaints`]), and breaks where it is told to ([`Fault`]). Its messages are held
//! against the server's by two other clients: `tests/kurrentdb_official.rs` and
//! `fixtures/checks/kurrentdb.sh`.

#![expect(clippy::result_large_err, reason = "it is how tonic's services fail")]

mod appends;
mod reads;
mod service;
mod store;

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::wire::{Empty, Entry, Expected, Proposed, StreamName};
use service::serve;
use store::{Store, Written};

/// What an append may weigh; a real server is started with `MaxAppendSize` as large.
const APPEND_BYTES_MAX: usize = 16 << 20;

/// What is to go wrong with the next append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is written, and the connection breaks before the answer.
    DropAfterCommit,
    /// The connection breaks, and it is not written.
    DropBeforeCommit,
    /// It takes so long.
    Slow(Duration),
    /// It is not written: the server has too much to do.
    Busy,
    /// It is written, and the answer says that there was no time for it.
    TimeoutAfterCommit,
    /// It is not written: the answer says that the stream holds 42 events.
    WrongVersion,
    /// So many answers come in the opposite order, its own the last one.
    AnswersReversed(usize),
}

/// One server, or a cluster of them; gone when it is dropped.
pub struct Double {
    shared: Arc<Shared>,
    nodes: Vec<Node>,
}

struct Node {
    address: SocketAddr,
    /// Taken up to stop it; its connections break.
    running: Option<JoinHandle<()>>,
}

struct Shared {
    store: Mutex<Store>,
    /// How many events there are.
    news: watch::Sender<usize>,
    /// How often subscriptions were ended.
    ended: watch::Sender<u64>,
    /// How many subscriptions there have been, and how many of the first ones keep silent.
    subscribed: AtomicU64,
    muted: watch::Sender<u64>,
    faults: Mutex<VecDeque<Fault>>,
    complaints: Mutex<Vec<String>>,
    /// How connections are encrypted; not at all when it is none.
    tls: Mutex<Option<TlsAcceptor>>,
    /// Who is let in; everybody when it is none.
    credentials: Mutex<Option<String>>,
    members: Mutex<Members>,
}

#[derive(Default)]
struct Members {
    endpoints: Vec<(SocketAddr, bool)>,
    leader: usize,
}

impl Double {
    /// One server, which lets `admin` in with the password `changeit` only.
    pub async fn start() -> std::io::Result<Self> {
        Self::cluster(1).await
    }

    /// So many servers; the first one leads.
    pub async fn cluster(nodes: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            store: Mutex::new(Store::new()),
            news: watch::Sender::new(0),
            ended: watch::Sender::new(0),
            subscribed: AtomicU64::new(0),
            muted: watch::Sender::new(0),
            faults: Mutex::default(),
            complaints: Mutex::default(),
            tls: Mutex::default(),
            credentials: Mutex::new(Some(format!("Basic {}", STANDARD.encode("admin:changeit")))),
            members: Mutex::default(),
        });
        let mut double = Self { shared, nodes: Vec::new() };
        for node in 0..nodes {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let address = listener.local_addr()?;
            double.shared.members.lock().endpoints.push((address, true));
            let running = Some(tokio::spawn(serve(listener, double.shared.clone(), node)));
            double.nodes.push(Node { address, running });
        }
        Ok(double)
    }

    /// One server that listens at `address`, for programs that are not tests.
    pub async fn listen(address: SocketAddr) -> std::io::Result<Self> {
        let mut double = Self::cluster(0).await?;
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        double.shared.members.lock().endpoints.push((address, true));
        let running = Some(tokio::spawn(serve(listener, double.shared.clone(), 0)));
        double.nodes.push(Node { address, running });
        Ok(double)
    }

    /// Where it is, with user, password and `values` such as `defaultDeadline=500`.
    pub fn url(&self, values: &str) -> String {
        let hosts: Vec<String> = self.nodes.iter().map(|it| it.address.to_string()).collect();
        format!("kurrentdb://admin:changeit@{}?tls=false&{values}", hosts.join(","))
    }

    /// What is to go wrong with the next appends, one fault each.
    pub fn next_appends(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.faults.lock().extend(faults);
    }

    /// Encrypts connections from now on, with a certificate and its key, both PEM.
    pub fn encrypt(&self, certificate: &str, key: &str) -> Result<(), rustls::Error> {
        let broken = |error: pem::Error| rustls::Error::General(error.to_string());
        let certificates = CertificateDer::pem_slice_iter(certificate.as_bytes());
        let certificates = certificates.collect::<Result<Vec<_>, _>>().map_err(broken)?;
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(broken)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ServerConfig::builder_with_provider(provider);
        let tls = tls.with_safe_default_protocol_versions()?.with_no_client_auth();
        let mut tls = tls.with_single_cert(certificates, key)?;
        tls.alpn_protocols = vec![b"h2".to_vec()];
        *self.shared.tls.lock() = Some(TlsAcceptor::from(Arc::new(tls)));
        Ok(())
    }

    /// Lets everybody in, as a server that was started with `--insecure`.
    pub fn let_everybody_in(&self) {
        *self.shared.credentials.lock() = None;
    }

    /// Nothing is to go wrong any more.
    pub fn next_appends_are_fine(&self) {
        self.shared.faults.lock().clear();
    }

    /// Ends all subscriptions, cleanly.
    pub fn end_subscriptions(&self) {
        self.shared.ended.send_modify(|it| *it += 1);
    }

    /// Has the subscriptions that there are now say nothing more, though they go on.
    pub fn mute_subscriptions(&self) {
        self.shared.muted.send_replace(self.shared.subscribed.load(Ordering::Relaxed));
    }

    /// Writes an event of a type and with a body of another's making, to the end of a stream.
    pub fn write(&self, stream: &str, name: &str, body: &str) {
        let entry = |key: &'static str, value: &str| Entry {
            key: key.as_bytes().into(),
            value: value.to_owned().into(),
        };
        let store = self.shared.store.lock();
        let id = uuid::Uuid::from_u128(u128::MAX - store.events.len() as u128);
        drop(store);
        let event = Proposed {
            id: Some(id.into()),
            system: vec![entry("type", name), entry("content-type", "application/json")],
            metadata: bytes::Bytes::new(),
            data: body.to_owned().into(),
        };
        let stream = StreamName { name: stream.to_owned().into() };
        let _written = self.shared.write(&stream, Expected::Any(Empty {}), &[event]);
    }

    /// Has the server numbered `node`, from 0, lead.
    pub fn elect(&self, node: usize) {
        self.shared.members.lock().leader = node;
    }

    /// Stops the server numbered `node`, from 0: all its connections break, it accepts no more.
    pub async fn stop(&mut self, node: usize) {
        self.shared.members.lock().endpoints[node].1 = false;
        if let Some(running) = self.nodes[node].running.take() {
            running.abort();
            let _aborted = running.await;
        }
    }

    /// Starts the server numbered `node`, from 0, again, where it was.
    pub async fn start_again(&mut self, node: usize) -> std::io::Result<()> {
        let listener = TcpListener::bind(self.nodes[node].address).await?;
        self.shared.members.lock().endpoints[node].1 = true;
        self.nodes[node].running = Some(tokio::spawn(serve(listener, self.shared.clone(), node)));
        Ok(())
    }

    /// What clients sent that they must not.
    pub fn complaints(&self) -> Vec<String> {
        self.shared.complaints.lock().clone()
    }

    /// How many events the stream called `name` holds.
    pub fn stream_len(&self, name: &str) -> usize {
        self.shared.store.lock().stream(name.as_bytes()).map_or(0, <[usize]>::len)
    }

    /// The type, the metadata and the data of the first event of the stream called `name`.
    pub fn first_event(&self, name: &str) -> Option<(String, String, String)> {
        let store = self.shared.store.lock();
        let it = &store.events[*store.stream(name.as_bytes())?.first()?];
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let name = it.system("type").map(|it| text(it)).unwrap_or_default();
        Some((name, text(&it.metadata), text(&it.data)))
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        for running in self.nodes.iter().filter_map(|it| it.running.as_ref()) {
            running.abort();
        }
    }
}

impl Shared {
    fn write(
        &self,
        stream: &StreamName,
        expected: Expected,
        events: &[Proposed],
    ) -> Result<Written, Option<u64>> {
        let mut store = self.store.lock();
        let written = store.append(stream, expected, events);
        self.news.send_replace(store.events.len());
        written
    }
}
