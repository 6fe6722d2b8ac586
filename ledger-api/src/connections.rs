//! Connections: how many at once, and how long one may take to say what it wants.
//!
//! ```text
//!  accept ─▶ a place? ─▶ TLS, if it is ended here ─▶ HTTP/1.1 or HTTP/2 ─▶ router
//! ```
//! A connection that says nothing is closed, so that a few machines cannot hold all places by
//! sending one letter a minute. Beyond [`Connections::at_once`] the next ones wait in the system's
//! own queue.

mod idle;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::HeaderValue;
use axum::http::header::HOST;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;
use tower_http::timeout::TimeoutBody;

use crate::tls::{ClientCertificate, Tls};
use idle::Idle;

/// How long to wait when the system has no more files to give, before the next try.
const PAUSE: Duration = Duration::from_secs(1);

/// How long an idle HTTP/2 connection that was asked to end may take.
const GOODBYE: Duration = Duration::from_secs(5);

/// How many requests an HTTP/2 connection may have under way.
const STREAMS_MAX: u32 = 128;

/// What each connection may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// How many at once.
    pub at_once: usize,
    /// How long a TLS handshake may take.
    pub handshake_within: Duration,
    /// How long a request's head may take, and how long a connection may stay idle: a little longer
    /// than proxies keep one, so that they close it first.
    pub head_within: Duration,
    /// How long a body may stop coming.
    pub body_within: Duration,
    /// How long requests under way may take once the service is asked to stop.
    pub end_within: Duration,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            at_once: 10_000,
            handshake_within: Duration::from_secs(10),
            head_within: Duration::from_secs(65),
            // Later than a file that stops coming is told so by its route.
            body_within: Duration::from_secs(90),
            end_within: Duration::from_secs(30),
        }
    }
}

impl Connections {
    /// Serves `router` until `stop`, then lets requests under way end; with `tls`, over it only.
    pub async fn serve(
        self,
        listener: TcpListener,
        router: Router,
        tls: Option<Tls>,
        stop: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let places = Arc::new(Semaphore::new(self.at_once));
        let (ending, ended) = watch::channel(false);
        tokio::pin!(stop);
        loop {
            let next = async {
                // The semaphore is never closed.
                let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
                Ok::<_, io::Error>((place, listener.accept().await))
            };
            let (place, accepted) = tokio::select! {
                next = next => next?,
                () = &mut stop => break,
            };
            let Some((stream, address)) = connected(accepted).await else { continue };
            let router = router.clone();
            let site = Site { router, address, certificate: None, body_within: self.body_within };
            let (tls, ended) = (tls.clone(), ended.clone());
            tokio::spawn(async move {
                match tls {
                    None => self.http1(stream, site, ended).await,
                    Some(tls) => self.secured(stream, &tls, site, ended).await,
                }
                drop(place);
            });
        }
        drop(listener);
        ending.send_replace(true);
        let all = u32::try_from(self.at_once).unwrap_or(u32::MAX);
        if tokio::time::timeout(self.end_within, places.acquire_many(all)).await.is_err() {
            tracing::warn!("requests under way did not end in time");
        }
        Ok(())
    }

    /// Shakes hands, then serves what was agreed on.
    async fn secured(
        self,
        stream: TcpStream,
        tls: &Tls,
        mut site: Site,
        ended: watch::Receiver<bool>,
    ) {
        let handshake = TlsAcceptor::from(tls.current()).accept(stream);
        let stream = match tokio::time::timeout(self.handshake_within, handshake).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return tracing::debug!(%error, "no TLS"),
            Err(_) => return tracing::debug!("a TLS handshake did not end in time"),
        };
        let (_, session) = stream.get_ref();
        if let Some(shown) = session.peer_certificates().and_then(<[_]>::first) {
            match ClientCertificate::from_der(shown) {
                Ok(it) => site.certificate = Some(it),
                Err(error) => return tracing::debug!(%error, "a client's certificate"),
            }
        }
        if session.alpn_protocol() == Some(b"h2") {
            self.http2(stream, site, ended).await;
        } else {
            self.http1(stream, site, ended).await;
        }
    }

    async fn http1(self, stream: impl Stream, site: Site, ended: watch::Receiver<bool>) {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(self.head_within);
        let answer = service_fn(move |request| site.clone().answer(request));
        let connection = http.serve_connection(TokioIo::new(stream), answer);
        // Its head's time is its idle time too.
        drive(connection, None, ended).await;
    }

    async fn http2(self, stream: impl Stream, site: Site, ended: watch::Receiver<bool>) {
        let mut http = http2::Builder::new(TokioExecutor::new());
        http.timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .keep_alive_interval(self.head_within)
            .keep_alive_timeout(self.head_within);
        let idle = Idle::default();
        let busy = idle.clone();
        let answer = service_fn(move |mut request: Request<Incoming>| {
            named(&mut request);
            let (site, busy) = (site.clone(), busy.begin());
            async move { site.answer(request).await.map(|it| busy.until_sent(it)) }
        });
        let connection = http.serve_connection(TokioIo::new(stream), answer);
        drive(connection, Some((idle, self.head_within)), ended).await;
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Stream for T {}

/// Where requests of one connection go, and what each is told of it.
#[derive(Clone)]
struct Site {
    router: Router,
    address: SocketAddr,
    certificate: Option<ClientCertificate>,
    body_within: Duration,
}

impl Site {
    async fn answer(self, request: Request<Incoming>) -> Result<Response, Infallible> {
        let mut request = request.map(|it| Body::new(TimeoutBody::new(self.body_within, it)));
        request.extensions_mut().insert(ConnectInfo(self.address));
        if let Some(shown) = self.certificate {
            request.extensions_mut().insert(shown);
        }
        self.router.oneshot(request).await
    }
}

/// HTTP/2 names the site in `:authority`, whatever `Host` says (RFC 9113, section 8.3.1).
fn named(request: &mut Request<Incoming>) {
    let authority = request.uri().authority().map(|it| HeaderValue::try_from(it.as_str()));
    if let Some(Ok(authority)) = authority {
        request.headers_mut().insert(HOST, authority);
    }
}

/// Serves a connection until it ends, the service does, or it was idle for so long.
async fn drive<C>(
    connection: C,
    mut idle: Option<(Idle, Duration)>,
    mut ended: watch::Receiver<bool>,
) where
    C: GracefulConnection<Error = hyper::Error>,
{
    tokio::pin!(connection);
    let mut asked = false;
    loop {
        let idle_for_long = async {
            match &idle {
                Some((idle, within)) => idle.lasts(*within).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            done = connection.as_mut() => {
                if let Err(error) = done {
                    tracing::debug!(%error, "a connection ended");
                }
                return;
            }
            _ = ended.wait_for(|it| *it), if !asked => (),
            () = idle_for_long => {
                if asked {
                    return;
                }
            }
        }
        asked = true;
        connection.as_mut().graceful_shutdown();
        if let Some((idle, within)) = &mut idle {
            idle.touch();
            *within = GOODBYE;
        }
    }
}

/// A connection, ready to answer small things at once; `None` when it failed before it began.
async fn connected(
    accepted: io::Result<(TcpStream, SocketAddr)>,
) -> Option<(TcpStream, SocketAddr)> {
    match accepted {
        Ok((stream, address)) => {
            // An answer is one small write: waiting for more to send with it only adds delay.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY");
            }
            Some((stream, address))
        }
        Err(error) if of_one_connection(&error) => None,
        Err(error) => {
            tracing::error!(%error, "no connection can be taken");
            tokio::time::sleep(PAUSE).await;
            None
        }
    }
}

fn of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
