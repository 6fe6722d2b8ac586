//! A client changes its secret while the service runs.

use axum::http::Method;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::TimeDelta;
use ledger_core::ids::ClientId;
use serde_json::{Value, json};

use crate::machine::{FUNDERS, Machine, OTHER, PARIS, SECRET, form, registered, token};
use crate::service::{Reply, Service, machine};

const PATH: &str = "/api/v1/clients/self/secrets";

/// A client that asks with one of its secrets.
struct Owner<'a> {
    service: &'a Service,
    client: ClientId,
    secret: String,
}

impl Owner<'_> {
    async fn ask(&self, method: Method, path: &str, body: &str) -> Reply {
        let basic = BASE64_STANDARD.encode(format!("{}:{}", self.client, self.secret));
        let request = machine(method, path)
            .header(AUTHORIZATION, format!("Basic {basic}"))
            .header(CONTENT_TYPE, "application/json");
        self.service.send(request, body).await
    }

    async fn add(&self, body: &Value) -> Reply {
        self.ask(Method::POST, PATH, &body.to_string()).await
    }

    async fn list(&self) -> Vec<Value> {
        let reply = self.ask(Method::GET, PATH, "").await;
        assert_eq!(reply.header("cache-control"), "no-store", "{}", reply.body);
        reply.json()["data"].as_array().unwrap().clone()
    }

    /// The error that a request for a token is told; empty when it is given.
    async fn token(&self) -> String {
        let form = form(self.client).replace(SECRET, &self.secret);
        token(self.service, &form).await.json()["error"].as_str().unwrap_or_default().to_owned()
    }
}

async fn owner(service: &Service, n: u128, party: &str) -> ClientId {
    registered(service, n, party, &FUNDERS).await
}

#[tokio::test]
async fn a_client_rotates_its_secret_without_stopping_anything() {
    let service = Service::demo().await;
    let client = owner(&service, 1, PARIS).await;
    let first = Owner { service: &service, client, secret: SECRET.to_owned() };
    assert_eq!(first.token().await, "");

    let added = first.add(&json!({})).await;
    assert_eq!((added.status.as_u16(), added.header("cache-control")), (201, "no-store"));
    let secret = added.json()["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("crs_") && added.location().starts_with(PATH));
    let second = Owner { secret: secret.clone(), ..first };
    let first = Owner { service: &service, client, secret: SECRET.to_owned() };
    assert_eq!((first.token().await, second.token().await), (String::new(), String::new()));

    let all = second.list().await;
    assert_eq!(all.len(), 2);
    for it in &all {
        assert_eq!((&it["valid"], &it["secret"]), (&json!(true), &Value::Null));
        assert_eq!(it["created_at"], "2026-11-12T09:00:00Z");
        assert_eq!(it["last_used_at"], "2026-11-12T09:00:00Z");
    }
    let full = second.add(&json!({})).await;
    assert_eq!(full.problem(), (409, "secrets-full".into()));

    let old = format!("{PATH}/{}", all[0]["fingerprint"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(second.ask(Method::DELETE, &old, "").await.status.as_u16(), 204);
    }
    assert_eq!(
        (first.token().await, second.token().await),
        ("invalid_client".into(), String::new())
    );
    let last = second.ask(Method::DELETE, added.location(), "").await;
    assert_eq!(last.problem(), (409, "last-secret".into()));
    assert_eq!(second.list().await.len(), 1);
}

#[tokio::test]
async fn a_secret_with_a_term_is_refused_from_then_on() {
    let service = Service::demo().await;
    let client = owner(&service, 1, PARIS).await;
    let first = Owner { service: &service, client, secret: SECRET.to_owned() };
    let passed = first.add(&json!({ "expires_at": "2026-11-12T09:00:00Z" })).await;
    assert_eq!(passed.problem(), (422, "invalid-field".into()));
    assert!(passed.body.contains("expires_at"), "{}", passed.body);

    let added = first.add(&json!({ "expires_at": "2026-11-13T09:00:00Z" })).await.json();
    let short = Owner { secret: added["secret"].as_str().unwrap().to_owned(), ..first };
    assert_eq!(short.token().await, "");
    service.app.clock.advance(TimeDelta::days(1));
    assert_eq!(short.token().await, "invalid_client");
    assert_eq!(short.ask(Method::GET, PATH, "").await.problem(), (401, "invalid-client".into()));
    let first = Owner { service: &service, client, secret: SECRET.to_owned() };
    assert_eq!(first.list().await[1]["valid"], false);
    // What is over makes room.
    assert_eq!(first.add(&json!({})).await.status.as_u16(), 201);
    assert_eq!(first.list().await.len(), 2);
}

#[tokio::test]
async fn a_token_never_becomes_a_secret_and_nobody_reaches_anothers() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let with_token = paris.post(PATH, &[], &json!({})).await;
    assert_eq!(with_token.problem(), (401, "invalid-client".into()));
    assert!(with_token.header("www-authenticate").starts_with("Basic "));

    let other = owner(&service, 2, OTHER).await;
    let other = Owner { service: &service, client: other, secret: SECRET.to_owned() };
    let added = other.add(&json!({})).await;
    let mine = Owner { service: &service, client: paris.client, secret: SECRET.to_owned() };
    // Not one of its own: nothing changes, and nothing is told.
    assert_eq!(mine.ask(Method::DELETE, added.location(), "").await.status.as_u16(), 204);
    assert_eq!(other.list().await.len(), 2);
}
