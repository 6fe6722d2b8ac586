//! The servers: which of them leads, and calls to that one.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Buf as _, BufMut as _, Bytes};
use parking_lot::Mutex;
use prost::Message;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Request, Status, Streaming};

use super::settings::{Host, Settings};
use super::wire::{ClusterInfo, Empty, Features, GOSSIP, Member};
use super::{FEATURES, OpenError};

/// What one message may weigh that a server sends.
const MESSAGE_BYTES_MAX: usize = 80 << 20;

/// How many bytes may be on their way, on one call and on all of a connection.
const WINDOW: (u32, u32) = (8 << 20, 32 << 20);

/// The servers, and which of them leads as far as is known.
pub(super) struct Cluster {
    pub(super) settings: Settings,
    tls: Option<ClientTlsConfig>,
    authorization: Option<MetadataValue<Ascii>>,
    connection_name: MetadataValue<Ascii>,
    state: Mutex<State>,
    /// Held by who looks for the leader, so that only one does.
    looking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    leader: Option<Node>,
    /// Whom a server named as the leader.
    hint: Option<Host>,
    /// The members that a server named last.
    members: Vec<Host>,
    nodes: u64,
}

/// A connection to the server that leads, or led.
#[derive(Clone)]
pub(super) struct Node {
    id: u64,
    host: Host,
    /// For appends, which must not wait behind what is read.
    pub(super) writes: Channel,
    pub(super) reads: Channel,
}

/// What a server's failure means.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Another one leads: this one, if it is known.
    NotLeader(Option<Host>),
    /// It does not let us; trying again is no use.
    Denied(String),
    /// It is gone, busy, or broken.
    Lost(String),
}

impl From<&Status> for Trouble {
    fn from(status: &Status) -> Self {
        let told = |key: &str| status.metadata().get(key).and_then(|it| it.to_str().ok());
        if told("exception") == Some("not-leader") {
            let port = told("leader-endpoint-port").and_then(|it| it.parse().ok());
            let name = told("leader-endpoint-host").map(str::to_owned);
            return Self::NotLeader(name.zip(port).map(|(name, port)| Host { name, port }));
        }
        if status.message().starts_with("No leader info") {
            return Self::NotLeader(None);
        }
        let text = format!("{:?}: {}", status.code(), status.message());
        if matches!(status.code(), Code::Unauthenticated | Code::PermissionDenied) {
            return Self::Denied(text);
        }
        Self::Lost(text)
    }
}

impl Cluster {
    /// The servers of `settings`; connects to none yet. Reads the certificates.
    pub(super) fn new(settings: Settings) -> Result<Self, OpenError> {
        let tls = settings.tls.then(|| tls(&settings)).transpose()?;
        let authorization = settings.user.as_ref().map(|(user, password)| {
            let basic = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
            MetadataValue::try_from(basic).map(|mut it| {
                it.set_sensitive(true);
                it
            })
        });
        let header = |_| OpenError::Header;
        Ok(Self {
            authorization: authorization.transpose().map_err(header)?,
            connection_name: settings.connection_name.parse().map_err(header)?,
            tls,
            settings,
            state: Mutex::default(),
            looking: tokio::sync::Mutex::default(),
        })
    }

    /// The server that leads; looked for, once, when none is known.
    pub(super) async fn leader(&self) -> Result<Node, String> {
        if let Some(node) = self.state.lock().leader.clone() {
            return Ok(node);
        }
        let _one = self.looking.lock().await;
        if let Some(node) = self.state.lock().leader.clone() {
            return Ok(node);
        }
        let node = self.look().await?;
        tracing::info!(server = %node.host, "Connected to the log's server");
        self.state.lock().leader = Some(node.clone());
        Ok(node)
    }

    /// `node` does not lead any more, or is gone; `hint` may be the one that leads.
    pub(super) fn lost(&self, node: &Node, hint: Option<Host>) {
        let mut state = self.state.lock();
        if state.leader.as_ref().is_some_and(|it| it.id == node.id) {
            state.leader = None;
            state.hint = hint;
        }
    }

    /// What follows from the failure of a call to `node`; the error if there is no use in trying
    /// again.
    pub(super) fn failed(&self, node: &Node, status: &Status) -> Result<String, String> {
        match Trouble::from(status) {
            Trouble::NotLeader(hint) => {
                self.lost(node, hint);
                Ok(format!("{} does not lead", node.host))
            }
            Trouble::Denied(why) => Err(format!("{} refuses us: {why}", node.host)),
            Trouble::Lost(why) => {
                self.lost(node, None);
                Ok(format!("{}: {why}", node.host))
            }
        }
    }

    async fn look(&self) -> Result<Node, String> {
        let hint = self.state.lock().hint.take();
        if let Some(hint) = hint
            && let Ok(node) = self.connect(&hint).await
        {
            return Ok(node);
        }
        if !self.settings.discover {
            return self.connect(&self.settings.hosts[0]).await;
        }
        let mut candidates = self.state.lock().members.clone();
        candidates.extend(self.settings.hosts.iter().cloned());
        let mut why = Vec::new();
        for candidate in candidates {
            match self.ask(&candidate).await {
                Ok(leader) => match self.connect(&leader).await {
                    Ok(node) => return Ok(node),
                    Err(error) => why.push(error),
                },
                Err(error) => why.push(error),
            }
        }
        why.dedup();
        Err(why.join("; "))
    }

    /// Asks `host` who leads.
    async fn ask(&self, host: &Host) -> Result<Host, String> {
        let channel = self.channel(host).await?;
        let call = self.unary::<ClusterInfo>(channel, GOSSIP, Empty {}.encode_to_vec().into());
        let info = tokio::time::timeout(self.settings.gossip_timeout, call).await;
        let info = info.map_err(|_| format!("{host} does not say who leads"))?;
        let info = info.map_err(|it| format!("{host} does not say who leads: {it}"))?;
        let endpoint = |it: &Member| {
            let endpoint = it.endpoint.as_ref()?;
            let port = u16::try_from(endpoint.port).ok()?;
            Some(Host { name: endpoint.address.clone(), port })
        };
        let alive = || info.members.iter().filter(|it| it.alive);
        self.state.lock().members = alive().filter_map(endpoint).collect();
        let leader = alive().find(|it| it.state == Member::LEADER).and_then(endpoint);
        leader.ok_or_else(|| format!("{host} knows of no leader"))
    }

    async fn connect(&self, host: &Host) -> Result<Node, String> {
        let (writes, reads) = (self.channel(host).await?, self.channel(host).await?);
        let call = self.unary::<Features>(reads.clone(), FEATURES, Bytes::new());
        let features = tokio::time::timeout(self.settings.gossip_timeout, call).await;
        let features = features.map_err(|_| format!("{host} does not answer"))?;
        let features = features.map_err(|status| format!("{host} does not answer: {status}"))?;
        let batch = |it: &super::wire::Method| {
            it.name.eq_ignore_ascii_case("batchappend")
                && it.service.eq_ignore_ascii_case("event_store.client.streams.streams")
        };
        if !features.methods.iter().any(batch) {
            let version = features.version;
            return Err(format!("{host} is {version}: expected EventStoreDB 23.10 or later"));
        }
        let mut state = self.state.lock();
        state.nodes += 1;
        Ok(Node { id: state.nodes, host: host.clone(), writes, reads })
    }

    async fn channel(&self, host: &Host) -> Result<Channel, String> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let endpoint = Endpoint::from_shared(format!("{scheme}://{host}"));
        let (interval, timeout) = self.settings.keep_alive;
        let mut endpoint = endpoint
            .map_err(|error| format!("{host}: {error}"))?
            // Without it, each small append waits for an acknowledgement of 40 ms.
            .tcp_nodelay(true)
            .connect_timeout(self.settings.gossip_timeout)
            .initial_stream_window_size(WINDOW.0)
            .initial_connection_window_size(WINDOW.1)
            .http2_keep_alive_interval(interval)
            .keep_alive_timeout(timeout)
            .keep_alive_while_idle(true);
        if let Some(tls) = &self.tls {
            let tls = endpoint.tls_config(tls.clone());
            endpoint = tls.map_err(|error| format!("{host}: {error}"))?;
        }
        let connected = tokio::time::timeout(self.settings.gossip_timeout, endpoint.connect());
        match connected.await {
            Ok(Ok(channel)) => Ok(channel),
            Ok(Err(error)) => Err(format!("{host}: {}", whole(&error))),
            Err(_) => Err(format!("{host} does not accept a connection")),
        }
    }

    /// One question, one answer.
    async fn unary<A: Message + Default + 'static>(
        &self,
        channel: Channel,
        path: &'static str,
        question: Bytes,
    ) -> Result<A, Status> {
        let mut grpc = grpc(channel).await?;
        let path = PathAndQuery::from_static(path);
        let answer = grpc.unary(self.request(question), path, Answers::new()).await;
        answer.map(tonic::Response::into_inner)
    }

    /// One question, many answers; answers when the first is on its way.
    pub(super) async fn ask_for_many<A: Message + Default + 'static>(
        &self,
        channel: Channel,
        path: &'static str,
        question: &impl Message,
    ) -> Result<Streaming<A>, Status> {
        let question = Bytes::from(question.encode_to_vec());
        let mut grpc = grpc(channel).await?;
        let path = PathAndQuery::from_static(path);
        let request = self.request(question);
        let answer = grpc.server_streaming(request, path, Answers::new()).await;
        answer.map(tonic::Response::into_inner)
    }

    /// Many questions, many answers; a server may keep silent until it has the first answer.
    pub(super) async fn talk<A: Message + Default + 'static>(
        &self,
        channel: Channel,
        path: &'static str,
        questions: impl futures_util::Stream<Item = Bytes> + Send + 'static,
    ) -> Result<Streaming<A>, Status> {
        let mut grpc = grpc(channel).await?;
        let path = PathAndQuery::from_static(path);
        let answer = grpc.streaming(self.request(questions), path, Answers::new()).await;
        answer.map(tonic::Response::into_inner)
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        if let Some(it) = &self.authorization {
            metadata.insert("authorization", it.clone());
        }
        metadata.insert("connection-name", self.connection_name.clone());
        metadata.insert("requires-leader", MetadataValue::from_static("true"));
        request
    }
}

async fn grpc(channel: Channel) -> Result<Grpc<Channel>, Status> {
    let mut grpc = Grpc::new(channel).max_decoding_message_size(MESSAGE_BYTES_MAX);
    grpc.ready().await.map_err(|error| Status::unavailable(whole(&error)))?;
    Ok(grpc)
}

/// An error and what caused it.
fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        text = format!("{text}: {it}");
        cause = it.source();
    }
    text
}

fn tls(settings: &Settings) -> Result<ClientTlsConfig, OpenError> {
    let read = |path: &std::path::Path| {
        let failed =
            |why: std::io::Error| OpenError::File { file: path.into(), why: why.to_string() };
        std::fs::read(path).map_err(failed)
    };
    let mut tls = ClientTlsConfig::new();
    tls = match &settings.ca_file {
        Some(path) => tls.ca_certificate(Certificate::from_pem(read(path)?)),
        None => tls.with_native_roots(),
    };
    if let Some((certificate, key)) = &settings.certificate {
        tls = tls.identity(Identity::from_pem(read(certificate)?, read(key)?));
    }
    Ok(tls)
}

/// Messages that are encoded already, one way; messages of one kind, the other.
struct Answers<A>(std::marker::PhantomData<fn() -> A>);

impl<A> Answers<A> {
    fn new() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<A: Message + Default + 'static> Codec for Answers<A> {
    type Encode = Bytes;
    type Decode = A;
    type Encoder = Encoded;
    type Decoder = Self;

    fn encoder(&mut self) -> Encoded {
        Encoded
    }

    fn decoder(&mut self) -> Self {
        Self::new()
    }
}

impl<A: Message + Default + 'static> Decoder for Answers<A> {
    type Item = A;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<A>, Status> {
        // Its own piece of memory, which the bodies of events share from then on.
        let bytes = from.copy_to_bytes(from.remaining());
        let read = A::decode(bytes);
        read.map(Some).map_err(|error| Status::internal(format!("an answer is broken: {error}")))
    }
}

struct Encoded;

impl Encoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(message);
        Ok(())
    }
}

/// How long to wait before the next try, after `tries` in vain.
pub(super) fn pause(retry: Duration, tries: u32) -> Duration {
    let first = Duration::from_millis(10);
    (first * 2_u32.saturating_pow(tries.min(10))).min(retry)
}
