//! What every request goes through, whatever the route: who may send it, and how it is answered.
//!
//! ```text
//! id ─▶ demo: local name? ─▶ page: own site? ─▶ API: a call left? ─▶ route ─▶ problem as a page? ─▶ headers, counters
//! ```
//! It runs before each payment too: no allocation but the id's, and headers that are constants.

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tracing::Instrument;
use uuid::Uuid;

use ledger_core::meta::Role;

use crate::app::App;
use crate::limits;
use crate::metrics::Refused;
use crate::page;
use crate::problem::{Problem, kinds};

/// The most that a body may hold unless its route says otherwise, in bytes.
pub const BODY_MAX: usize = 64 * 1024;

/// Everything of ours, nothing inline, no script, in nobody's frame.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// The same, for the page whose own script completes what is typed: a file of ours, that asks us.
pub const WITH_SCRIPT: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     script-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// The same, for a page whose forms lead to the partner's site `origin` in the end.
pub fn with_forms_to(origin: &str) -> Result<HeaderValue, Problem> {
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         form-action 'self' {origin}; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).map_err(Problem::internal)
}

const FIXED: [(HeaderName, HeaderValue); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Only over TLS, where browsers heed it.
const STRICT_TRANSPORT: HeaderValue =
    HeaderValue::from_static("max-age=31536000; includeSubDomains");

/// A page of who is signed in stays on no disk: browsers of schools are shared.
const NOT_KEPT: HeaderValue = HeaderValue::from_static("private, no-store");

/// Any other answer is whoever asked's own; a browser asks again before it shows it again.
const NOT_SHARED: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Says in every answer of a sandbox that nothing is real.
const LEDGER_MODE: HeaderName = HeaderName::from_static("ledger-mode");

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The id of one request: in its answer's `X-Request-Id`, in the traces, and beside its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let found = parts.extensions.get().copied();
        found.ok_or_else(|| Problem::internal("a route that is not behind the guard"))
    }
}

/// Lets a request through to its route, and sees to its answer.
pub async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = RequestId(app.clock.id());
    request.extensions_mut().insert(id);
    let as_page = Asked::of(&request);
    let signed_in = app.sessions.cookie_of("session", request.headers()).is_some();

    let admitted = admit(&app, &request);
    let mut counted = if is_api(request.uri()) { limits::count(&app, &mut request) } else { None };
    let refused = counted.as_mut().and_then(|it| it.refused.take());
    let time_stands = keeps_time(&app, request.uri());
    let _time_stands = if time_stands { Some(app.moving.read().await) } else { None };
    let mut response = match admitted.and(refused.map_or(Ok(()), Err)) {
        Err(problem) => problem.into_response(),
        Ok(()) if tracing::enabled!(tracing::Level::INFO) => {
            let (method, path) = (request.method().clone(), request.uri().path().to_owned());
            let span = tracing::info_span!("request", id = %id.0.simple(), %method, path);
            next.run(request).instrument(span).await
        }
        Ok(()) => next.run(request).await,
    };
    if let Some(refused) = response.extensions_mut().remove() {
        app.metrics.refused(refused);
    }
    if let Some(problem) = response.extensions_mut().remove::<Arc<Problem>>() {
        app.metrics.refused(Refused(problem.kind.slug));
        if let Some(asked) = as_page {
            response = asked.page(&app, id, &problem, &response);
        }
    }
    if let Some(counted) = counted {
        app.metrics.clients.answered(counted.client, response.status());
        if let Some(standing) = counted.standing {
            standing.tell(response.headers_mut());
        }
    }
    let cached = if signed_in { NOT_KEPT } else { NOT_SHARED };
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(cached);
    dress(&app, id, response.headers_mut());
    app.metrics.answered(response.status(), started.elapsed());
    response
}

/// Whether a sandbox's clock stays where it is while this request is carried out, so that events are
/// written in the order of their times; what moves it waits for its turn.
fn keeps_time(app: &App, uri: &Uri) -> bool {
    let moves = ["/clock", "/settlement", "/year-end"];
    let path = uri.path().strip_prefix("/api/v1/simulation");
    app.config.sandbox && !path.is_some_and(|it| moves.contains(&it))
}

/// A route that panics is our failure, told as any other; its panic was logged by the hook.
pub fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Problem::internal("a handler panicked").into_response()
}

/// Smaller answers for whoever takes gzip, from one kilobyte on.
pub fn compression() -> CompressionLayer<impl Predicate> {
    let text = NotForContentType::IMAGES.and(NotForContentType::new("application/octet-stream"));
    CompressionLayer::new().compress_when(SizeAbove::new(1024).and(text))
}

fn admit(app: &App, request: &Request) -> Result<(), Problem> {
    let host = host(request);
    if app.config.demo && !is_local(host) {
        // A page of another site could otherwise name itself 127.0.0.1 (DNS rebinding).
        let detail = "Host is not a name of this machine: expected localhost or 127.0.0.1";
        return Err(Problem::new(&kinds::MISDIRECTED, detail));
    }
    known_by(app, request, host)?;
    read_one_way(request.headers())?;
    // The API takes no cookie, so that no other site's page can use one.
    if request.method().is_safe() || is_api(request.uri()) {
        return Ok(());
    }
    from_own_page(request.headers(), host, app.config.is_secure())?;
    may_change(app, request)
}

/// Where the public address is set, no other name is answered to: addresses in answers cannot be
/// made to lead elsewhere. Probes come by any name.
fn known_by(app: &App, request: &Request, host: &str) -> Result<(), Problem> {
    let Some(public) = &app.config.public_url else { return Ok(()) };
    let probe = matches!(request.uri().path(), "/healthz" | "/readyz" | "/metrics");
    let authority = &public[url::Position::BeforeHost..url::Position::AfterPort];
    if probe || host.eq_ignore_ascii_case(authority) {
        return Ok(());
    }
    let detail = format!("Host is not this service's name: expected {authority}");
    Err(Problem::new(&kinds::MISDIRECTED, detail))
}

/// What a proxy may read otherwise than we do is not read at all (RFC 9112, sections 3.2 and 6.3).
fn read_one_way(headers: &HeaderMap) -> Result<(), Problem> {
    let refused = |detail: &str| Err(Problem::new(&kinds::BAD_REQUEST, detail));
    if headers.get_all(header::HOST).iter().nth(1).is_some() {
        return refused("Host is there twice");
    }
    let chunked = headers.contains_key(header::TRANSFER_ENCODING);
    if chunked && headers.contains_key(header::CONTENT_LENGTH) {
        return refused("both Content-Length and Transfer-Encoding: send one of them");
    }
    Ok(())
}

/// Who only reads changes nothing, whatever the page: but may always sign out.
fn may_change(app: &App, request: &Request) -> Result<(), Problem> {
    let session = app.sessions.read(request.headers(), app.clock.now());
    let leaving = request.uri().path().starts_with("/deconnexion");
    match session.map(|it| it.role) {
        Some(role @ (Role::Auditor | Role::Support)) if !leaving => {
            let detail = format!("signed in as {}, who reads and changes nothing", role.name());
            Err(Problem::new(&kinds::FORBIDDEN, detail))
        }
        Some(_) | None => Ok(()),
    }
}

/// A form is only taken from a page of ours: browsers say where it comes from.
fn from_own_page(headers: &HeaderMap, host: &str, secure: bool) -> Result<(), Problem> {
    let refused = |detail: &str| Err(Problem::new(&kinds::CROSS_SITE, detail));
    if let Some(site) = headers.get(SEC_FETCH_SITE) {
        return if site == "same-origin" {
            Ok(())
        } else {
            refused("Sec-Fetch-Site is not `same-origin`")
        };
    }
    let Some(origin) = headers.get(header::ORIGIN).and_then(|it| it.to_str().ok()) else {
        return refused(
            "neither Sec-Fetch-Site nor Origin: a form is sent from a page of this site",
        );
    };
    match origin.split_once("://") {
        // A page that came without TLS may be anybody's.
        Some(("http", _)) if secure => refused("Origin is not https"),
        Some((_, origin)) if origin == host && !host.is_empty() => Ok(()),
        _ => refused("Origin is another site's"),
    }
}

/// What the client calls us, with the port; empty when it does not say.
fn host(request: &Request) -> &str {
    let header = request.headers().get(header::HOST).and_then(|it| it.to_str().ok());
    header.or_else(|| request.uri().authority().map(Authority::as_str)).unwrap_or_default()
}

fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|it| it.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

fn is_api(uri: &Uri) -> bool {
    uri.path().starts_with("/api/")
}

fn dress(app: &App, id: RequestId, headers: &mut HeaderMap) {
    for (name, value) in FIXED {
        headers.entry(name).or_insert(value);
    }
    if app.config.sandbox {
        headers.insert(LEDGER_MODE, HeaderValue::from_static("sandbox"));
    }
    if app.config.is_secure() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT);
    }
    let mut text = [0; uuid::fmt::Simple::LENGTH];
    if let Ok(value) = HeaderValue::from_str(id.0.simple().encode_lower(&mut text)) {
        headers.insert(X_REQUEST_ID, value);
    }
}

/// What a problem's page needs of the request; kept only when a browser asks for a page.
struct Asked {
    uri: Uri,
    method: Method,
    headers: HeaderMap,
}

impl Asked {
    fn of(request: &Request) -> Option<Self> {
        let accept = request.headers().get(header::ACCEPT)?.to_str().ok()?;
        if is_api(request.uri()) || !accept.contains("text/html") {
            return None;
        }
        let mut headers = HeaderMap::new();
        for cookie in request.headers().get_all(header::COOKIE) {
            headers.append(header::COOKIE, cookie.clone());
        }
        Some(Self { uri: request.uri().clone(), method: request.method().clone(), headers })
    }

    /// The problem as a page; someone who is not signed in is led to where they can.
    fn page(&self, app: &App, id: RequestId, problem: &Arc<Problem>, plain: &Response) -> Response {
        if problem.status() == StatusCode::UNAUTHORIZED {
            let back = if self.method == Method::GET { Some(&self.uri) } else { None };
            return page::to_sign_in(back);
        }
        let frame = page::Frame::of(app, &self.uri, &self.headers);
        let mut page = page::problem(frame, problem, id).into_response();
        *page.status_mut() = plain.status();
        if let Some(allow) = plain.headers().get(header::ALLOW) {
            page.headers_mut().insert(header::ALLOW, allow.clone());
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_local() {
        for host in ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]", "[::1]:8080"] {
            assert!(is_local(host), "{host}");
        }
        for host in ["", "example.org", "localhost.example.org:80", "127.0.0.1.nip.io", "[::2]:80"]
        {
            assert!(!is_local(host), "{host}");
        }
    }
}
