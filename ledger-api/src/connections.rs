//! Connections: how many at once, and how long one may take to say what it wants.
//!
//! A connection that says nothing is closed, so that a few machines cannot hold all places by
//! sending one letter a minute. Beyond [`Connections::at_once`] the next ones wait in the system's
//! own queue.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt;
use tower_http::timeout::TimeoutBody;

/// How long to wait when the system has no more files to give, before the next try.
const PAUSE: Duration = Duration::from_secs(1);

/// What each connection may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// How many at once.
    pub at_once: usize,
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
            head_within: Duration::from_secs(65),
            // Later than a file that stops coming is told so by its route.
            body_within: Duration::from_secs(90),
            end_within: Duration::from_secs(30),
        }
    }
}

impl Connections {
    /// Serves `router` until `stop`, then lets requests under way end.
    pub async fn serve(
        self,
        listener: TcpListener,
        router: Router,
        stop: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let places = Arc::new(Semaphore::new(self.at_once));
        let (graceful, http) = (GracefulShutdown::new(), self.http());
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
            let answer = service_fn(move |request: Request<Incoming>| {
                let bounded = |it| Body::new(TimeoutBody::new(self.body_within, it));
                let mut request = request.map(bounded);
                request.extensions_mut().insert(ConnectInfo(address));
                router.clone().oneshot(request)
            });
            let connection = http.serve_connection(TokioIo::new(stream), answer);
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection ended");
                }
                drop(place);
            });
        }
        drop(listener);
        if tokio::time::timeout(self.end_within, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests under way did not end in time");
        }
        Ok(())
    }

    fn http(self) -> http1::Builder {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(self.head_within);
        http
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
