//! A machine of a collectivité, and the words it uses: a client, its token, its requests.

use axum::body::Body;
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, StatusCode};
use ledger_api::api::secrets;
use ledger_core::account::{Account, AccountCommand, AccountOpened, Holder, School, SchoolLevel};
use ledger_core::client::{Client, ClientCommand, ClientRegistered, ClientScope, Party};
use ledger_core::ids::{AccountId, ClientId};
use ledger_core::meta::{Actor, Meta};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::service::{Reply, Service, machine};

/// A commune and a département.
pub const PARIS: &str = "siren:217500016";
pub const OTHER: &str = "siren:213105554";

/// The secret of every client under test.
pub const SECRET: &str = "crs_0123456789012345678901234567890123456789012";

/// A client with a token.
pub struct Machine<'a> {
    pub service: &'a Service,
    pub client: ClientId,
    pub token: String,
}

/// When and who, for what a test prepares.
pub fn meta(service: &Service) -> Meta {
    Meta { at: service.app.clock.now(), by: Actor::OPERATOR, cause: Uuid::nil() }
}

/// Registers client number `n` of `funder`.
pub async fn registered(
    service: &Service,
    n: u128,
    funder: &str,
    scopes: &[ClientScope],
) -> ClientId {
    let client = ClientId(Uuid::new_v5(&Uuid::nil(), &n.to_be_bytes()));
    let register = ClientCommand::Register(ClientRegistered {
        name: "SI finances".into(),
        party: Party::Funder(funder.parse().unwrap()),
        scopes: scopes.to_vec(),
        secret: secrets::fingerprint(SECRET),
    });
    service.app.ledger.execute::<Client>(client, &register, meta(service)).await.unwrap();
    client
}

/// Asks for a token with `form`.
pub async fn token(service: &Service, form: &str) -> Reply {
    let request = machine(Method::POST, "/api/v1/oauth/token")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    service.send(request, form).await
}

/// All that a funder's client may do.
pub const FUNDERS: [ClientScope; 3] =
    [ClientScope::EnvelopesRead, ClientScope::EnvelopesWrite, ClientScope::TopupsWrite];

/// The form of client `id`.
pub fn form(id: ClientId) -> String {
    format!("grant_type=client_credentials&client_id={id}&client_secret={SECRET}")
}

/// Opens account number `n`.
pub async fn opened_account(service: &Service, n: u128) -> AccountId {
    let account = account(n);
    let uai = "0750655E".parse().unwrap();
    let school = School { uai, level: SchoolLevel::LowerSecondary, academy: 1 };
    let open = AccountCommand::Open(AccountOpened { holder: Holder::Teacher, school });
    service.app.ledger.execute::<Account>(account, &open, meta(service)).await.unwrap();
    account
}

/// Account number `n`, open or not.
pub fn account(n: u128) -> AccountId {
    AccountId(Uuid::new_v5(&Uuid::nil(), &n.to_be_bytes()))
}

/// An envelope of 1,000 €, valid at the time of the tests.
pub fn new_envelope() -> Value {
    json!({
        "title": "Écoles numériques", "funder_name": "Ville de Paris",
        "legal_reference": "Délibération 2026-12", "budget_cents": 100_000,
        "valid_from": "2026-09-01", "valid_until": "2027-08-31",
    })
}

impl<'a> Machine<'a> {
    /// A client of Paris that may do everything.
    pub async fn of_paris(service: &'a Service) -> Self {
        Self::of(service, 1, PARIS, &FUNDERS).await
    }

    /// Client number `n` of `funder`, with a token for all its scopes.
    pub async fn of(service: &'a Service, n: u128, funder: &str, scopes: &[ClientScope]) -> Self {
        let client = registered(service, n, funder, scopes).await;
        let reply = token(service, &form(client)).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        let token = reply.json()["access_token"].as_str().unwrap().to_owned();
        Self { service, client, token }
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &[], "").await
    }

    /// Sends `body`, with these headers.
    pub async fn post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
        let headers = [&[("content-type", "application/json")], headers].concat();
        self.send(Method::POST, path, &headers, &body.to_string()).await
    }

    /// Any request, as this client.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let bearer = format!("Bearer {}", self.token);
        let mut request = machine(method, path).header(AUTHORIZATION, bearer);
        for (name, value) in headers {
            if *name == "accept" {
                request.headers_mut().unwrap().remove(ACCEPT);
            }
            request = request.header(*name, *value);
        }
        self.service.send(request, body).await
    }

    /// Sends `file` as a batch of the envelope at `path`.
    pub async fn batch(&self, path: &str, kind: &str, key: &str, file: impl Into<Body>) -> Reply {
        let request = machine(Method::POST, &format!("{path}/batches"))
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .header(CONTENT_TYPE, kind)
            .header("idempotency-key", key);
        self.service.send_body(request, file.into()).await
    }

    /// Opens `envelope` with that key.
    pub async fn open(&self, key: &str, envelope: &Value) -> Reply {
        self.post("/api/v1/envelopes", &[("idempotency-key", key)], envelope).await
    }

    /// Opens an envelope of 1,000 €; gives its address.
    pub async fn opened(&self) -> String {
        let reply = self.open("one", &new_envelope()).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
        reply.location().to_owned()
    }
}

impl Reply {
    /// The problem it tells: its status and the end of its type.
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.body);
        let slug = self.json()["type"].as_str().unwrap().replace("/problems/", "");
        assert_eq!(self.json()["status"], self.status.as_u16());
        (self.status.as_u16(), slug)
    }
}
