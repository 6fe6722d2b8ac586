//! `/api/v1/clients/self/secrets`: a client changes its own secret while the service runs.
//!
//! Asked with a secret, over HTTP Basic, and never with a token: a token that leaked lasts ten
//! minutes, and must not become a secret that lasts.

use axum::extract::{FromRequestParts, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use ledger_core::client::{Client, ClientCommand, SecretAdded};
use ledger_core::codec::Stored;
use ledger_core::digest::Digest;
use ledger_core::event_log::EventLog;
use ledger_core::ids::ClientId;
use ledger_core::meta::{Actor, Meta, Role};
use ledger_core::stream::{Category, StreamId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::oauth::{self, CERTIFICATE_MISSING, WRONG_TOO_OFTEN};
use super::secrets;
use crate::app::App;
use crate::extract::{Json, Path};
use crate::format;
use crate::limits;
use crate::problem::{Problem, kinds};
use crate::security::RequestId;
use crate::tls::ClientCertificate;

/// How a secret is asked for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSecret {
    /// From when on it is valid no more; until it is removed when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false,
        example = "2027-08-31T22:00:00Z")]
    expires_at: Option<DateTime<Utc>>,
}

/// A secret of the caller's.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientSecret {
    /// Its SHA-256, in hexadecimal, by which it is named.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    fingerprint: String,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    created_at: String,
    /// From when on it is valid no more; left out when it has no term.
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// Whether it is valid now.
    valid: bool,
    /// When a token was last asked for with it; left out when none was since the service started.
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
    /// The secret itself; only told when it is made.
    #[schema(nullable = false, pattern = "^crs_")]
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// The secrets of the caller.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecretList {
    /// Oldest first; two at most are valid.
    data: Vec<ClientSecret>,
}

/// A client that proved who it is with one of its secrets.
#[derive(Clone, Copy, Debug)]
pub struct Proven {
    client: ClientId,
    request: RequestId,
}

impl FromRequestParts<App> for Proven {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Parts, app: &App) -> Result<Self, Problem> {
        let request = RequestId::from_request_parts(head, app).await?;
        let from = limits::address(&head.extensions);
        let expected =
            "Authorization: expected HTTP Basic with the client's id and one of its secrets";
        let refused = |client| match app.limits.wrong_secret(client, from) {
            Ok(()) => Problem::new(&kinds::INVALID_CLIENT, expected),
            Err(spent) => spent.problem(WRONG_TOO_OFTEN),
        };
        let given = head.headers.get(AUTHORIZATION).and_then(oauth::basic);
        // Who gives no secret guesses none: it counts for nothing.
        let (id, secret) = given.ok_or_else(|| Problem::new(&kinds::INVALID_CLIENT, expected))?;
        let client: ClientId = id.parse().map_err(|_| refused(None))?;
        let now = app.clock.now();
        let shown = ClientCertificate::of(&head.extensions, now);
        let proven = app.ledger.inspect::<Client, _>(client, |it| {
            let secret = secrets::is_one_of(&secret, it.valid(now).map(|it| it.secret));
            (secret, !it.is_certified() || it.may_show(shown, now))
        });
        match proven.await? {
            (true, true) => Ok(Self { client, request }),
            (true, false) => Err(Problem::new(&kinds::INVALID_CLIENT, CERTIFICATE_MISSING)),
            (false, _) => Err(refused(Some(client))),
        }
    }
}

impl Proven {
    fn meta(self, app: &App) -> Meta {
        app.meta(Actor { role: Role::Client, id: self.client.0 }, self.request)
    }
}

/// When each secret of `client` was added, as its stream tells.
pub(crate) async fn added(
    app: &App,
    client: ClientId,
) -> Result<Vec<(Digest, DateTime<Utc>)>, Problem> {
    use ledger_core::client::ClientEvent;

    let stream = StreamId { category: Category::Client, id: client.0 };
    let events = app.ledger.log().read_stream(stream, 0).await.map_err(Problem::unavailable)?;
    let mut added = Vec::new();
    for it in &events {
        match ClientEvent::read(it).map_err(Problem::internal)? {
            ClientEvent::Registered(event) => added.push((event.secret, it.meta.at)),
            ClientEvent::SecretAdded(event) => added.push((event.secret, it.meta.at)),
            ClientEvent::SecretRemoved(_)
            | ClientEvent::CertificateAdded(_)
            | ClientEvent::CertificateRemoved(_)
            | ClientEvent::Revoked(_) => (),
        }
    }
    Ok(added)
}

async fn listed(app: &App, client: ClientId) -> Result<Vec<ClientSecret>, Problem> {
    let (state, added) = (app.ledger.state::<Client>(client).await?, added(app, client).await?);
    let now = app.clock.now();
    let shown = |it: &SecretAdded| {
        let at = added.iter().rfind(|known| known.0 == it.secret)?.1;
        Some(ClientSecret {
            fingerprint: it.secret.to_string(),
            created_at: format::iso(at),
            expires_at: it.expires_at.map(format::iso),
            valid: it.holds(now),
            last_used_at: app.metrics.clients.last_use(&it.secret).map(format::iso),
            secret: None,
        })
    };
    Ok(state.secrets.iter().filter_map(shown).collect())
}

/// List the caller's secrets.
///
/// Lists the secrets of the client that asks, by fingerprint: none can be read again.
#[utoipa::path(get, path = "/api/v1/clients/self/secrets", tag = "Access",
    operation_id = "listSecrets",
    responses((status = 200, description = "The secrets", body = SecretList)),
    security(("basic" = [])))]
pub async fn list(State(app): State<App>, caller: Proven) -> Result<Response, Problem> {
    Ok(private(Json(SecretList { data: listed(&app, caller.client).await? }).into_response()))
}

/// Add a secret.
///
/// Adds a second secret, which is told now and never again; the first stays valid until it is
/// removed. When the answer is lost, list the secrets, remove the one that nobody knows, and ask
/// again.
#[utoipa::path(post, path = "/api/v1/clients/self/secrets", tag = "Access",
    operation_id = "addSecret", request_body = NewSecret,
    responses((status = 201, description = "It is valid from now on", body = ClientSecret,
        headers(("Location" = String, description = "Its address")))),
    security(("basic" = [])))]
pub async fn add(
    State(app): State<App>,
    caller: Proven,
    Json(new): Json<NewSecret>,
) -> Result<Response, Problem> {
    let text = secrets::new().map_err(Problem::internal)?;
    let fingerprint = secrets::fingerprint(&text);
    let secret = SecretAdded { secret: fingerprint, expires_at: new.expires_at };
    let command = ClientCommand::AddSecret { secret, at: app.clock.now() };
    app.ledger.execute::<Client>(caller.client, &command, caller.meta(&app)).await?;
    let all = listed(&app, caller.client).await?;
    let shown = all.into_iter().find(|it| it.fingerprint == fingerprint.to_string());
    let mut shown = shown.ok_or_else(|| Problem::internal("a secret that is not there"))?;
    shown.secret = Some(text);
    let at = format!("/api/v1/clients/self/secrets/{}", shown.fingerprint);
    let mut response = (StatusCode::CREATED, Json(shown)).into_response();
    response.headers_mut().insert(LOCATION, HeaderValue::try_from(at).map_err(Problem::internal)?);
    Ok(private(response))
}

/// Remove a secret.
///
/// Makes a secret invalid at once; one that is valid must be left. Tokens given for it last ten
/// minutes at most. Removing it again changes nothing.
#[utoipa::path(delete, path = "/api/v1/clients/self/secrets/{fingerprint}", tag = "Access",
    operation_id = "removeSecret",
    params(("fingerprint" = String, Path, pattern = "^[0-9a-f]{64}$")),
    responses((status = 204, description = "It is valid no more")),
    security(("basic" = [])))]
pub async fn remove(
    State(app): State<App>,
    caller: Proven,
    Path(fingerprint): Path<Digest>,
) -> Result<StatusCode, Problem> {
    let command = ClientCommand::RemoveSecret { secret: fingerprint, at: app.clock.now() };
    app.ledger.execute::<Client>(caller.client, &command, caller.meta(&app)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An answer that nobody keeps.
fn private(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
