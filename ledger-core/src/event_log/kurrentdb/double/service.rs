//! Listening, letting in, and handing each call to what answers it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tonic::body::Body;
use tonic::codec::ProstCodec;
use tonic::metadata::MetadataMap;
use tonic::server::Grpc;
use tonic::{Code, Request, Response, Status, Streaming};

use super::{Shared, appends, reads};
use crate::event_log::kurrentdb::wire::{
    APPEND, BATCH_APPEND, ClusterInfo, Empty, EndPoint, FEATURES, Features, GOSSIP, Member, Method,
    READ,
};
/// Who calls which server, and how to break its connection.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) shared: Arc<Shared>,
    node: usize,
    pub(super) drop: Arc<Notify>,
}

impl Caller {
    pub(super) fn complain(&self, of: &str) {
        self.shared.complaints.lock().push(of.into());
    }

    /// Lets in who says the password.
    pub(super) fn admit(&self, metadata: &MetadataMap) -> Result<(), Status> {
        let said = metadata.get("authorization").and_then(|it| it.to_str().ok());
        if self.shared.credentials.lock().as_deref().is_some_and(|it| said != Some(it)) {
            let mut told = MetadataMap::new();
            told.insert("exception", "access-denied".parse().map_err(|_| Status::internal(""))?);
            return Err(Status::with_metadata(Code::PermissionDenied, "Access Denied", told));
        }
        Ok(())
    }

    /// Refuses what only the leader does, and says who leads.
    pub(super) fn leads(&self) -> Result<(), Status> {
        let members = self.shared.members.lock();
        if members.leader == self.node {
            return Ok(());
        }
        let Some((leader, true)) = members.endpoints.get(members.leader) else {
            return Err(Status::unknown("No leader info available in response"));
        };
        let mut told = MetadataMap::new();
        let (host, port) = (leader.ip().to_string(), leader.port().to_string());
        for (key, value) in [
            ("exception", "not-leader"),
            ("leader-endpoint-host", &host),
            ("leader-endpoint-port", &port),
        ] {
            told.insert(key, value.parse().map_err(|_| Status::internal(value))?);
        }
        Err(Status::with_metadata(Code::NotFound, "Leader info available", told))
    }

    pub(super) fn leads_if_asked(&self, metadata: &MetadataMap) -> Result<(), Status> {
        let asked = metadata.get("requires-leader").is_some_and(|it| it == "true");
        if asked { self.leads() } else { Ok(()) }
    }

    fn gossip(&self) -> ClusterInfo {
        let members = self.shared.members.lock();
        let member = |(node, &(address, alive)): (usize, &(SocketAddr, bool))| Member {
            instance: Some(uuid::Uuid::from_u128(node as u128 + 1).into()),
            seen: 17_878_464_000_000_000,
            state: if node == members.leader { Member::LEADER } else { Member::FOLLOWER },
            alive,
            endpoint: Some(EndPoint {
                address: address.ip().to_string(),
                port: u32::from(address.port()),
            }),
        };
        ClusterInfo { members: members.endpoints.iter().enumerate().map(member).collect() }
    }
}

/// Serves as the server numbered `node` until it is aborted.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>, node: usize) {
    // Dropped, and so aborted, with this task.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let caller = Caller { shared: shared.clone(), node, drop: Arc::new(Notify::new()) };
        connections.spawn(connection(stream, caller));
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(stream: TcpStream, caller: Caller) {
    let _best_effort = stream.set_nodelay(true);
    let tls = caller.shared.tls.lock().clone();
    match tls {
        None => talk(stream, caller).await,
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                talk(stream, caller).await;
            }
        }
    }
}

async fn talk(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, caller: Caller) {
    let drop = caller.drop.clone();
    let answer = service_fn(move |request| {
        let caller = caller.clone();
        async move { Ok::<_, Infallible>(answer(caller, request).await) }
    });
    let mut http = http2::Builder::new(TokioExecutor::new());
    http.initial_stream_window_size(8 << 20).initial_connection_window_size(32 << 20);
    tokio::select! {
        _ended = http.serve_connection(TokioIo::new(stream), answer) => (),
        () = drop.notified() => (),
    }
}

async fn answer(caller: Caller, request: hyper::Request<Incoming>) -> hyper::Response<Body> {
    const MAX: usize = 80 << 20;
    match request.uri().path() {
        BATCH_APPEND => {
            let mut grpc = Grpc::new(ProstCodec::default()).max_decoding_message_size(MAX);
            grpc.streaming(Handler(|it| appends::batch(caller.clone(), it)), request).await
        }
        APPEND => {
            let mut grpc = Grpc::new(ProstCodec::default()).max_decoding_message_size(MAX);
            grpc.client_streaming(Handler(|it| appends::one(caller.clone(), it)), request).await
        }
        READ => {
            let read = |it| std::future::ready(reads::read(caller.clone(), it));
            Grpc::new(ProstCodec::default()).server_streaming(Handler(read), request).await
        }
        GOSSIP => {
            let told = |_: Request<Empty>| std::future::ready(Ok(Response::new(caller.gossip())));
            Grpc::new(ProstCodec::default()).unary(Handler(told), request).await
        }
        FEATURES => {
            let told = |_: Request<Empty>| std::future::ready(Ok(Response::new(features())));
            Grpc::new(ProstCodec::default()).unary(Handler(told), request).await
        }
        path => {
            caller.complain(&format!("there is no {path}"));
            Status::unimplemented(path.to_owned()).into_http()
        }
    }
}

fn features() -> Features {
    let method = |name: &str| Method {
        name: name.into(),
        service: "event_store.client.streams.streams".into(),
        features: Vec::new(),
    };
    let methods = ["read", "append", "batchappend"].map(method).into();
    Features { methods, version: "24.10.0.0".into() }
}

/// A function as a service.
struct Handler<F>(F);

impl<F, W, Q, A> tonic::server::UnaryService<Q> for Handler<F>
where
    F: FnMut(Request<Q>) -> W,
    W: Future<Output = Result<Response<A>, Status>>,
{
    type Response = A;
    type Future = W;

    fn call(&mut self, request: Request<Q>) -> W {
        (self.0)(request)
    }
}

impl<F, W, Q, A, S> tonic::server::ServerStreamingService<Q> for Handler<F>
where
    F: FnMut(Request<Q>) -> W,
    W: Future<Output = Result<Response<S>, Status>>,
    S: futures_util::Stream<Item = Result<A, Status>>,
{
    type Response = A;
    type ResponseStream = S;
    type Future = W;

    fn call(&mut self, request: Request<Q>) -> W {
        (self.0)(request)
    }
}

impl<F, W, Q, A> tonic::server::ClientStreamingService<Q> for Handler<F>
where
    F: FnMut(Request<Streaming<Q>>) -> W,
    W: Future<Output = Result<Response<A>, Status>>,
{
    type Response = A;
    type Future = W;

    fn call(&mut self, request: Request<Streaming<Q>>) -> W {
        (self.0)(request)
    }
}

impl<F, W, Q, A, S> tonic::server::StreamingService<Q> for Handler<F>
where
    F: FnMut(Request<Streaming<Q>>) -> W,
    W: Future<Output = Result<Response<S>, Status>>,
    S: futures_util::Stream<Item = Result<A, Status>>,
{
    type Response = A;
    type ResponseStream = S;
    type Future = W;

    fn call(&mut self, request: Request<Streaming<Q>>) -> W {
        (self.0)(request)
    }
}
