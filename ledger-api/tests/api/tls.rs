//! TLS that the service ends itself, tried on real sockets with certificates of the tests' making.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, STRICT_TRANSPORT_SECURITY};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use ledger_api::connections::Connections;
use ledger_api::router;
use ledger_api::tls::{ClientCertificate, Tls};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::service::{Reply, Service};

/// The name of the service's certificate.
const NAME: &str = "compte.example";

/// A certificate and its key, as PEM.
#[derive(Clone)]
pub struct Identity {
    pub certificate: String,
    key: String,
}

impl Identity {
    pub fn shown(&self) -> ClientCertificate {
        ClientCertificate::from_pem(self.certificate.as_bytes()).unwrap()
    }
}

/// Who signs certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    fn sign(&self, names: &[&str], usage: ExtendedKeyUsagePurpose, last_year: i32) -> Identity {
        let names: Vec<_> = names.iter().map(|it| (*it).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_after = date_time_ymd(last_year, 12, 31);
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Identity { certificate, key: key.serialize_pem() }
    }

    /// A client's certificate, good until the end of that year.
    pub fn client(&self, last_year: i32) -> Identity {
        self.sign(&[], ExtendedKeyUsagePurpose::ClientAuth, last_year)
    }

    fn server(&self) -> Identity {
        self.sign(&[NAME], ExtendedKeyUsagePurpose::ServerAuth, 2100)
    }
}

/// The service on a port, over TLS.
pub struct Secured {
    pub service: Service,
    /// Who signs certificates of clients.
    pub clients: Authority,
    authority: Authority,
    tls: Tls,
    address: SocketAddr,
    folder: TempDir,
}

impl Secured {
    pub async fn open() -> Self {
        Self::with(Connections::default()).await
    }

    async fn with(limits: Connections) -> Self {
        let (authority, clients) = (Authority::new("serveurs"), Authority::new("machines"));
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (certificate, key, ca) = (at("certificate"), at("key"), at("ca"));
        std::fs::write(&ca, &clients.pem).unwrap();
        keep(&folder, &authority.server());
        let service = Service::with(&[
            ("LEDGER_LOG", "memory:"),
            ("LEDGER_TLS_CERTIFICATE", &certificate),
            ("LEDGER_TLS_KEY", &key),
            ("LEDGER_TLS_CLIENT_CA", &ca),
        ])
        .await;
        let tls = Tls::open(service.app.config.tls.clone().unwrap()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (router, over) = (router(service.app.clone()), Some(tls.clone()));
        tokio::spawn(limits.serve(listener, router, over, std::future::pending()));
        Self { service, clients, authority, tls, address, folder }
    }

    /// What a client trusts, speaks and shows.
    fn client(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        protocol: &str,
        identity: Option<&Identity>,
    ) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.authority.pem.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let client = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        let mut client = match identity {
            None => client.with_no_client_auth(),
            Some(it) => {
                let chain = CertificateDer::from_pem_slice(it.certificate.as_bytes()).unwrap();
                let key = PrivateKeyDer::from_pem_slice(it.key.as_bytes()).unwrap();
                client.with_client_auth_cert(vec![chain], key).unwrap()
            }
        };
        client.alpn_protocols = vec![protocol.into()];
        client
    }

    async fn connect(&self, client: ClientConfig) -> io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::try_from(NAME).unwrap();
        TlsConnector::from(Arc::new(client)).connect(name, stream).await
    }

    /// A connection that shows `identity`, or nothing.
    pub async fn line(&self, identity: Option<&Identity>) -> io::Result<Line> {
        let client = self.client(&[&TLS13], "http/1.1", identity);
        Line::over(self.connect(client).await?).await
    }
}

fn keep(folder: &TempDir, identity: &Identity) {
    std::fs::write(folder.path().join("certificate"), &identity.certificate).unwrap();
    std::fs::write(folder.path().join("key"), &identity.key).unwrap();
}

/// One connection of HTTP/1.1, kept open.
pub struct Line(http1::SendRequest<Body>);

impl Line {
    async fn over(stream: TlsStream<TcpStream>) -> io::Result<Self> {
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        tokio::spawn(connection);
        Ok(Self(sender))
    }

    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<Reply> {
        let mut request = Request::builder().method(method).uri(path).header(HOST, NAME);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let answer = self.0.send_request(request).await.map_err(io::Error::other)?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Reply { status: parts.status, headers: parts.headers, body })
    }

    pub async fn get(&mut self, path: &str, token: &str) -> io::Result<Reply> {
        let bearer = format!("Bearer {token}");
        self.send(Method::GET, path, &[(AUTHORIZATION.as_str(), &bearer)], "").await
    }

    pub async fn token(&mut self, form: &str) -> io::Result<Reply> {
        let kind = (CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded");
        self.send(Method::POST, "/api/v1/oauth/token", &[kind], form).await
    }
}

fn is_strict(headers: &HeaderMap) -> bool {
    headers
        .get(STRICT_TRANSPORT_SECURITY)
        .is_some_and(|it| it.to_str().unwrap().contains("max-age"))
}

#[tokio::test]
async fn a_page_is_served_over_tls_in_each_version_of_it_and_of_http() {
    let secured = Secured::open().await;
    for version in [&TLS12, &TLS13] {
        let stream = secured.connect(secured.client(&[version], "http/1.1", None)).await.unwrap();
        assert_eq!(stream.get_ref().1.protocol_version(), Some(version.version));
        let page = Line::over(stream).await.unwrap().get("/accessibilite", "").await.unwrap();
        assert_eq!((page.status, is_strict(&page.headers)), (StatusCode::OK, true));
    }
    let stream = secured.connect(secured.client(&[&TLS13], "h2", None)).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    for path in ["/accessibilite", "/mentions-legales"] {
        let request = Request::get(format!("https://{NAME}{path}"));
        let page = sender.send_request(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!((page.status(), is_strict(page.headers())), (StatusCode::OK, true), "{path}");
        let body = page.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&body).contains("</html>"));
    }
    let old = Request::get(format!("https://{NAME}/")).header(HOST, "elsewhere.example");
    let page = sender.send_request(old.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(page.status(), StatusCode::OK, "`:authority` stands for Host");
}

#[tokio::test]
async fn a_client_shows_a_certificate_of_the_authority_that_is_not_over_or_none() {
    let secured = Secured::open().await;
    let (good, over) = (secured.clients.client(2100), secured.clients.client(2020));
    let others = Authority::new("machines").client(2100);
    let servers = secured.clients.sign(&[NAME], ExtendedKeyUsagePurpose::ServerAuth, 2100);
    for version in [&TLS12, &TLS13] {
        for (identity, taken) in [
            (None, true),
            (Some(&good), true),
            (Some(&over), false),
            (Some(&others), false),
            (Some(&servers), false),
        ] {
            let answered = async {
                let client = secured.client(&[version], "http/1.1", identity);
                Line::over(secured.connect(client).await?).await?.get("/healthz", "").await
            };
            let status = answered.await.ok().map(|it| it.status);
            assert_eq!(
                status,
                taken.then_some(StatusCode::OK),
                "{:?}",
                identity.map(Identity::shown)
            );
        }
    }
}

#[tokio::test]
async fn authorities_of_clients_are_changed_without_a_pause_and_may_be_certificates_themselves() {
    let secured = Secured::open().await;
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "SI finances");
    let certificate = params.self_signed(&key).unwrap().pem();
    let own = Identity { certificate, key: key.serialize_pem() };
    let signed = secured.clients.client(2100);
    let answers = async |identity: &Identity| match secured.line(Some(identity)).await {
        Ok(mut line) => line.get("/healthz", "").await.is_ok(),
        Err(_) => false,
    };
    for (file, taken) in [
        (secured.clients.pem.clone(), [true, false]),
        (format!("{}{}", secured.clients.pem, own.certificate), [true, true]),
        (own.certificate.clone(), [false, true]),
    ] {
        std::fs::write(secured.folder.path().join("ca"), file).unwrap();
        secured.tls.reload().unwrap();
        assert_eq!([answers(&signed).await, answers(&own).await], taken);
    }
}

#[tokio::test]
async fn another_certificate_serves_the_next_connections_and_ends_none() {
    let secured = Secured::open().await;
    let shown = async || {
        let stream = secured.connect(secured.client(&[&TLS13], "http/1.1", None)).await.unwrap();
        stream.get_ref().1.peer_certificates().unwrap()[0].clone()
    };
    let (before, mut line) = (shown().await, secured.line(None).await.unwrap());
    line.get("/healthz", "").await.unwrap();
    keep(&secured.folder, &secured.authority.server());
    assert!(secured.tls.reload().unwrap());
    assert_ne!(shown().await, before);
    assert_eq!(line.get("/healthz", "").await.unwrap().status, StatusCode::OK, "the same line");
    std::fs::write(secured.folder.path().join("key"), "nothing").unwrap();
    assert!(secured.tls.reload().is_err());
    assert_ne!(shown().await, before, "the last good one goes on");
}

#[tokio::test]
async fn a_changed_file_is_taken_when_the_service_is_told() {
    let secured = Secured::open().await;
    let (tell, mut told) = tokio::sync::mpsc::channel(1);
    let asked = async move || {
        told.recv().await;
    };
    let until = Arc::new(parking_lot::Mutex::new(vec![]));
    let noted = until.clone();
    let follow = secured.tls.clone().follow(asked, move |it| noted.lock().push(it));
    let follow = tokio::spawn(follow);
    let next = secured.authority.sign(&[NAME], ExtendedKeyUsagePurpose::ServerAuth, 2099);
    keep(&secured.folder, &next);
    tell.send(()).await.unwrap();
    for _ in 0..100 {
        if until.lock().last() == Some(&next.shown().until) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(secured.tls.until(), next.shown().until);
    follow.abort();
}

#[tokio::test]
async fn who_does_not_shake_hands_or_says_nothing_afterwards_is_let_go() {
    let within = Duration::from_millis(300);
    let limits = Connections {
        handshake_within: within,
        head_within: within,
        at_once: 1,
        ..Connections::default()
    };
    let secured = Secured::with(limits).await;
    let closed = async |mut stream: TcpStream| {
        let mut bytes = Vec::new();
        tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes)).await.is_ok()
    };
    let silent = TcpStream::connect(secured.address).await.unwrap();
    assert!(closed(silent).await, "a handshake that does not begin");
    let mut plain = TcpStream::connect(secured.address).await.unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: compte.example\r\n\r\n").await.unwrap();
    assert!(closed(plain).await, "HTTP without TLS");

    let stream = secured.connect(secured.client(&[&TLS13], "h2", None)).await.unwrap();
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let ask = Request::get(format!("https://{NAME}/healthz")).body(Body::empty()).unwrap();
    assert_eq!(sender.send_request(ask).await.unwrap().status(), StatusCode::OK);
    let ended = tokio::time::timeout(Duration::from_secs(10), connection).await;
    assert!(ended.is_ok(), "a silent connection of HTTP/2 holds no place");
    // The only place is free again.
    let next = tokio::time::timeout(Duration::from_secs(10), secured.line(None)).await;
    assert!(next.unwrap().is_ok());
}
