//! `POST /api/v1/oauth/token`: OAuth2 client credentials (RFC 6749, section 4.4).
//!
//! A client with a certificate proves who it is by showing it when it connects (RFC 8705,
//! `tls_client_auth`), with its secret or without, and its tokens are bound to that certificate.
//! Its errors are the RFC's own, which OAuth libraries read; all others of the API are problems.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use ledger_core::client::{Client, ClientScope};
use ledger_core::digest::Digest;
use ledger_core::ids::ClientId;
use serde::Serialize;
use utoipa::ToSchema;

use super::secrets;
use super::tokens::{LASTS, Proof, Scopes};
use crate::app::App;
use crate::limits;
use crate::problem::Problem;
use crate::tls::ClientCertificate;

/// What a client asks a token with, as form fields.
#[derive(Debug, Default, ToSchema)]
#[schema(as = TokenRequest)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub struct Described {
    /// Always `client_credentials`.
    #[schema(pattern = "^client_credentials$", example = "client_credentials")]
    grant_type: String,
    /// The client's id; leave it out with HTTP Basic.
    #[schema(nullable = false, pattern = "^cli_[0-9a-f]{32}$")]
    client_id: Option<String>,
    /// The client's secret; leave it out with HTTP Basic, or when the connection shows the client's
    /// certificate.
    #[schema(nullable = false, format = Password)]
    client_secret: Option<String>,
    /// Some of the client's scopes, separated by spaces; all of them when it is left out.
    #[schema(nullable = false, example = "envelopes:read topups:write")]
    scope: Option<String>,
}

/// A token.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenResponse {
    /// To be sent as `Authorization: Bearer …`.
    #[schema(pattern = "^crt_")]
    access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// How long it lasts, in seconds.
    #[schema(example = 600)]
    expires_in: i64,
    /// What it allows, separated by spaces.
    #[schema(example = "envelopes:read topups:write")]
    scope: String,
}

/// Why no token is given (RFC 6749, section 5.2).
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenRefusal {
    /// A name of the RFC.
    error: &'static str,
    /// What is wrong, and what would be right.
    error_description: Cow<'static, str>,
}

/// Why no token is given.
#[derive(Debug)]
pub enum Refused {
    /// The request cannot be read.
    Request(&'static str),
    /// Only client credentials are taken.
    GrantType,
    /// No such client, or not its secret: which of the two is not told.
    Client,
    /// Its secret is right, and the certificate that it must show is not there.
    Certificate,
    /// The client does not have that scope.
    Scope(String),
    /// Our own failure.
    Failed(Box<Problem>),
}

/// Get an access token.
///
/// Gives a token to a client that proves who it is. A client with a certificate shows it when it
/// connects; its tokens are valid over connections that show the same one only.
#[utoipa::path(post, path = "/api/v1/oauth/token", tag = "Access", operation_id = "getToken",
    request_body(content = Described, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "A token, valid for ten minutes", body = TokenResponse),
        (status = 400, description = "The request or the scope is wrong", body = TokenRefusal),
        (status = 401, description = "The client, its secret or its certificate is wrong", body = TokenRefusal),
        (status = 429, description = "It was wrong too often: a right secret is taken all the same"),
    ), security((), ("basic" = [])))]
pub async fn token(State(app): State<App>, request: Request) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BODY_MAX).await;
    let body = body.map_err(|_| Refused::Request("the form is larger than 4,096 bytes"))?;
    let form = Form::read(&parts.headers, &body)?;
    match form.grant_type {
        None => return Err(Refused::Request("grant_type is missing: expected client_credentials")),
        Some(it) if it == "client_credentials" => (),
        Some(_) => return Err(Refused::GrantType),
    }
    let from = limits::address(&parts.extensions);
    let wrong = |client| match app.limits.wrong_secret(client, from) {
        Ok(()) => Refused::Client,
        Err(spent) => Refused::Failed(Box::new(spent.problem(WRONG_TOO_OFTEN))),
    };
    let given = credentials(&parts.headers, form.client_id, form.client_secret);
    let (now, outside) = (app.clock.now(), app.clock.outside());
    let shown = ClientCertificate::of(&parts.extensions, outside);
    let given = given.and_then(|it| {
        if it.1.is_none() && shown.is_none() { Err(Refused::Client) } else { Ok(it) }
    });
    let (id, secret) = given.map_err(|it| if it.is_client() { wrong(None) } else { it })?;
    let id: ClientId = id.parse().map_err(|_| wrong(None))?;
    let known = app.ledger.inspect::<Client, _>(id, |it| {
        let scopes = it.registered.iter().flat_map(|it| it.scopes.iter().copied());
        let proven = Proven::of(it, secret.as_deref(), shown, now);
        (proven, scopes.collect::<Scopes>())
    });
    let (proven, granted) =
        known.await.map_err(|it| Refused::Failed(Box::new(Problem::unavailable(it))))?;
    let certificate = match proven {
        Proven::Secret => None,
        Proven::Certificate(it) => Some(it),
        Proven::WithoutCertificate => return Err(Refused::Certificate),
        Proven::Not => return Err(wrong(Some(id))),
    };
    if let Some(secret) = &secret {
        app.metrics.clients.secret(secrets::fingerprint(secret), now);
    }
    let scopes = asked(form.scope.as_deref(), granted)?;
    let proof = Proof { client: id, scopes, expires: outside + LASTS, certificate };
    app.metrics.clients.token(id, now);
    let answer = TokenResponse {
        access_token: app.tokens.issue(&proof),
        token_type: "Bearer",
        expires_in: LASTS.num_seconds(),
        scope: scopes.to_string(),
    };
    Ok(([(CACHE_CONTROL, "no-store")], axum::Json(answer)).into_response())
}

/// What a client proves of itself.
enum Proven {
    /// It knows its secret, and has no certificate.
    Secret,
    /// It shows its certificate, whose SHA-256 this is.
    Certificate(Digest),
    /// It knows its secret, but does not show its certificate.
    WithoutCertificate,
    /// Nothing.
    Not,
}

impl Proven {
    fn of(
        client: &Client,
        secret: Option<&str>,
        shown: Option<Digest>,
        now: DateTime<Utc>,
    ) -> Self {
        let valid = client.valid(now).map(|it| it.secret);
        let secret = secret.map(|it| secrets::is_one_of(it, valid));
        match (client.is_certified(), shown.filter(|it| client.may_show(Some(*it), now)), secret) {
            (_, _, Some(false)) => Self::Not,
            (true, Some(certificate), _) => Self::Certificate(certificate),
            (true, None, Some(true)) => Self::WithoutCertificate,
            (false, _, Some(true)) => Self::Secret,
            (_, _, None) => Self::Not,
        }
    }
}

/// What a client is told that knows its secret only.
pub(super) const CERTIFICATE_MISSING: &str = "this client proves who it is with its certificate: \
                                              connect with it, and with its key";

/// The most that a request for a token may hold, in bytes.
const BODY_MAX: usize = 4096;

pub(super) const WRONG_TOO_OFTEN: &str = "too many requests with a wrong secret, of this client or from this \
                               address: wait, then give the right one";

#[derive(Default)]
struct Form<'a> {
    grant_type: Option<Cow<'a, str>>,
    client_id: Option<Cow<'a, str>>,
    client_secret: Option<Cow<'a, str>>,
    scope: Option<Cow<'a, str>>,
}

impl<'a> Form<'a> {
    fn read(headers: &HeaderMap, body: &'a Bytes) -> Result<Self, Refused> {
        let given = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let essence = given.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let expected = "Content-Type: expected application/x-www-form-urlencoded";
            return Err(Refused::Request(expected));
        }
        let mut form = Self::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            let field = match name.as_ref() {
                "grant_type" => &mut form.grant_type,
                "client_id" => &mut form.client_id,
                "client_secret" => &mut form.client_secret,
                "scope" => &mut form.scope,
                // The RFC: parameters that are not recognised are ignored.
                _ => continue,
            };
            if field.replace(value).is_some() {
                return Err(Refused::Request("a field is there twice"));
            }
        }
        Ok(form)
    }
}

/// Id and secret, of the form or of HTTP Basic; never of both. The secret may be left out where a
/// certificate is shown.
fn credentials<'a>(
    headers: &HeaderMap,
    id: Option<Cow<'a, str>>,
    secret: Option<Cow<'a, str>>,
) -> Result<(Cow<'a, str>, Option<Cow<'a, str>>), Refused> {
    let Some(header) = headers.get(AUTHORIZATION) else {
        return id.map(|id| (id, secret)).ok_or(Refused::Client);
    };
    if secret.is_some() {
        return Err(Refused::Request("the secret is given twice: keep the header or the form"));
    }
    let (id, secret) = basic(header).ok_or(Refused::Client)?;
    Ok((id.into(), Some(secret.into())))
}

/// Id and secret of HTTP Basic.
///
/// The RFC has both form-encoded first; ours hold nothing that this changes.
pub(super) fn basic(header: &HeaderValue) -> Option<(String, String)> {
    let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
    let encoded = Some(encoded.trim()).filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let text = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// The scopes asked for, all of which were granted; those granted when none is named.
fn asked(scope: Option<&str>, granted: Scopes) -> Result<Scopes, Refused> {
    let mut scopes = Vec::new();
    for name in scope.unwrap_or_default().split(' ').filter(|it| !it.is_empty()) {
        let scope: ClientScope = name.parse().map_err(Refused::Scope)?;
        if !granted.contain(scope) {
            let why = format!("this client was not given {name}, but {granted}");
            return Err(Refused::Scope(why));
        }
        scopes.push(scope);
    }
    let scopes: Scopes = scopes.into_iter().collect();
    Ok(if scopes.is_empty() { granted } else { scopes })
}

impl Refused {
    fn is_client(&self) -> bool {
        matches!(self, Self::Client)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, error, error_description) = match self {
            Self::Failed(problem) => return problem.into_response(),
            Self::Request(why) => (StatusCode::BAD_REQUEST, "invalid_request", why.into()),
            Self::GrantType => (
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                "grant_type: expected client_credentials".into(),
            ),
            Self::Client => (
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "no such client, or not its secret: give client_id and client_secret, or HTTP Basic"
                    .into(),
            ),
            Self::Certificate => {
                (StatusCode::UNAUTHORIZED, "invalid_client", CERTIFICATE_MISSING.into())
            }
            Self::Scope(why) => {
                // The RFC: printable ASCII, without quotes and backslashes.
                let plain = why.chars().filter(|it| matches!(it, ' '..='~') && !"\"\\".contains(*it));
                (StatusCode::BAD_REQUEST, "invalid_scope", plain.take(200).collect::<String>().into())
            }
        };
        let mut response =
            (status, axum::Json(TokenRefusal { error, error_description })).into_response();
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"api\", charset=\"UTF-8\"");
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
