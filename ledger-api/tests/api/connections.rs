//! What a connection may take, tried on real sockets.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ledger_api::connections::Connections;
use ledger_api::router;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::service::Service;

/// The service on a port, until it is told to stop.
struct Served {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
}

async fn served(limits: Connections) -> Served {
    let router = router(Service::demo().await.app);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let stopped = async {
        let _ = stopped.await;
    };
    let task = tokio::spawn(limits.serve(listener, router, None, stopped));
    Served { address, stop: Some(stop), task }
}

impl Served {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

const ASK: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// What comes until the other side closes, or for `within`.
async fn read(stream: &mut TcpStream, within: Duration) -> (String, bool) {
    let mut bytes = Vec::new();
    let closed = tokio::time::timeout(within, stream.read_to_end(&mut bytes)).await.is_ok();
    (String::from_utf8_lossy(&bytes).into_owned(), closed)
}

#[tokio::test]
async fn a_head_that_does_not_end_and_a_connection_that_says_nothing_are_closed() {
    let head_within = Duration::from_millis(300);
    let served = served(Connections { head_within, ..Connections::default() }).await;
    for begun in [&ASK[..ASK.len() - 2], b""] {
        let (mut stream, from) = (served.connect().await, Instant::now());
        stream.write_all(begun).await.unwrap();
        let (_, closed) = read(&mut stream, Duration::from_secs(10)).await;
        assert!(closed, "{begun:?}");
        assert!(from.elapsed() >= head_within, "{begun:?} was closed at once");
    }
}

#[tokio::test]
async fn a_body_that_stops_coming_is_given_up() {
    let body_within = Duration::from_millis(300);
    let served = served(Connections { body_within, ..Connections::default() }).await;
    let mut stream = served.connect().await;
    let head = "POST /api/v1/oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n\r\ngrant";
    stream.write_all(head.as_bytes()).await.unwrap();
    let (answer, _) = read(&mut stream, Duration::from_secs(5)).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
}

#[tokio::test]
async fn beyond_so_many_connections_the_next_one_waits_for_a_place() {
    let served = served(Connections { at_once: 1, ..Connections::default() }).await;
    let mut first = served.connect().await;
    first.write_all(ASK).await.unwrap();
    let (answer, _) = read(&mut first, Duration::from_millis(300)).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    let mut second = served.connect().await;
    second.write_all(ASK).await.unwrap();
    let (answer, _) = read(&mut second, Duration::from_millis(300)).await;
    assert_eq!(answer, "");
    drop(first);
    let (answer, _) = read(&mut second, Duration::from_secs(2)).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_request_under_way_ends_when_the_service_is_stopped_and_no_other_begins() {
    let mut served = served(Connections::default()).await;
    let mut stream = served.connect().await;
    let head = "POST /api/v1/oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    served.stop.take().unwrap().send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(TcpStream::connect(served.address).await.is_err());
    stream.write_all(b"x").await.unwrap();
    let (answer, closed) = read(&mut stream, Duration::from_secs(5)).await;
    assert!(answer.starts_with("HTTP/1.1 400") && closed, "{answer}");
    served.task.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_a_proxy_may_read_otherwise_is_refused_and_hides_no_second_request() {
    let served = served(Connections::default()).await;
    let hidden = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let post = "POST /connexion HTTP/1.1\r\nHost: localhost\r\n";
    for head in [
        format!("{post}Content-Length: 4\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
        format!("{post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        format!("{post}Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
        format!("{post}Content-Length: +5\r\n\r\n0\r\n\r\n"),
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: example.org\r\n\r\n".to_owned(),
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\nY: b\r\n\x01\r\n\r\n".to_owned(),
    ] {
        let mut stream = served.connect().await;
        stream.write_all(head.as_bytes()).await.unwrap();
        let (answer, _) = read(&mut stream, Duration::from_millis(300)).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{head:?}: {answer}");
    }
    // A length beside chunks: refused, and what stands after the chunks is no part of them.
    let mut stream = served.connect().await;
    let both =
        format!("{post}Content-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n", 5 + hidden.len());
    stream.write_all(format!("{both}0\r\n\r\n").as_bytes()).await.unwrap();
    let (answer, _) = read(&mut stream, Duration::from_millis(300)).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
}
