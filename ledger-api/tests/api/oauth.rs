//! How a machine proves who it is, and what it may do.

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, StatusCode};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::TimeDelta;
use ledger_core::client::{Client, ClientCommand, ClientScope};
use serde_json::json;

use crate::machine::{
    FUNDERS, Machine, OTHER, PARIS, SECRET, form, meta, new_envelope, registered, token,
};
use crate::service::{Service, machine};

#[tokio::test]
async fn a_client_gets_a_token_for_ten_minutes() {
    let service = Service::demo().await;
    let client = registered(&service, 1, PARIS, &FUNDERS).await;
    let reply = token(&service, &form(client)).await;
    assert_eq!((reply.status, reply.header("cache-control")), (StatusCode::OK, "no-store"));
    let answer = reply.json();
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["expires_in"], 600);
    assert_eq!(answer["scope"], "envelopes:read envelopes:write topups:write");

    let paris = Machine::of_paris(&service).await;
    let path = paris.opened().await;
    service.app.clock.advance(TimeDelta::seconds(599));
    assert_eq!(paris.get(&path).await.status, StatusCode::OK);
    service.app.clock.advance(TimeDelta::seconds(1));
    let over = paris.get(&path).await;
    assert_eq!(over.problem(), (401, "invalid-token".into()));
    assert_eq!(over.header("www-authenticate"), r#"Bearer realm="api", error="invalid_token""#);
}

#[tokio::test]
async fn a_client_may_prove_who_it_is_with_http_basic() {
    let service = Service::demo().await;
    let client = registered(&service, 1, PARIS, &[ClientScope::EnvelopesRead]).await;
    let basic = BASE64_STANDARD.encode(format!("{client}:{SECRET}"));
    let request = || {
        machine(Method::POST, "/api/v1/oauth/token")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(AUTHORIZATION, format!("Basic {basic}"))
    };
    let reply = service.send(request(), "grant_type=client_credentials").await;
    assert_eq!(reply.json()["scope"], "envelopes:read");
    let twice = format!("grant_type=client_credentials&client_secret={SECRET}");
    assert_eq!(service.send(request(), &twice).await.json()["error"], "invalid_request");
}

#[tokio::test]
async fn a_wrong_request_for_a_token_is_refused_as_the_rfc_says() {
    let service = Service::demo().await;
    let client = registered(&service, 1, PARIS, &[ClientScope::EnvelopesRead]).await;
    let right = form(client);
    for (form, status, error) in [
        (String::new(), 400, "invalid_request"),
        (right.replace("client_credentials", "password"), 400, "unsupported_grant_type"),
        (right.replace("crs_0", "crs_1"), 401, "invalid_client"),
        (right.replace("cli_", "acc_"), 401, "invalid_client"),
        (right.replace("client_secret", "secret"), 401, "invalid_client"),
        (form(ledger_core::ids::ClientId(uuid::Uuid::from_u128(9))), 401, "invalid_client"),
        (format!("{right}&client_id={client}"), 400, "invalid_request"),
        (format!("{right}&scope=topups%3Awrite"), 400, "invalid_scope"),
        (format!("{right}&scope=%22%5C%C3%A9"), 400, "invalid_scope"),
        (format!("{right}&scope={}", "a".repeat(5000)), 400, "invalid_request"),
    ] {
        let reply = token(&service, &form).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.json()["error"]),
            (status, &json!(error)),
            "{form}"
        );
        assert_eq!(reply.header("www-authenticate").is_empty(), status == 400, "{form}");
        let described = reply.json()["error_description"].as_str().unwrap().to_owned();
        assert!(described.bytes().all(|it| (b' '..=b'~').contains(&it)), "{described}");
        assert!(!described.contains(SECRET), "{described}");
    }
    let json =
        machine(Method::POST, "/api/v1/oauth/token").header(CONTENT_TYPE, "application/json");
    assert_eq!(service.send(json, "{}").await.json()["error"], "invalid_request");
}

#[tokio::test]
async fn a_token_that_is_missing_forged_or_of_a_revoked_client_opens_nothing() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let path = paris.opened().await;
    let (plain, _) = paris.token.split_once('.').unwrap();
    for wrong in [
        String::new(),
        "Bearer".into(),
        "Bearer crt_".into(),
        format!("Basic {}", paris.token),
        format!("Bearer {plain}.{}", "A".repeat(43)),
        format!("Bearer {}", paris.token.replacen("crt_A", "crt_B", 1)),
        format!("Bearer {SECRET}"),
    ] {
        let request = machine(Method::GET, &path).header(AUTHORIZATION, &wrong);
        let reply = service.send(request, "").await;
        assert_eq!(reply.problem(), (401, "invalid-token".into()), "{wrong}");
    }
    let revoke = ClientCommand::Revoke { reason: "perdu".into() };
    let revoked = service.app.ledger.execute::<Client>(paris.client, &revoke, meta(&service));
    revoked.await.unwrap();
    assert_eq!(paris.get(&path).await.problem(), (401, "invalid-token".into()));
    assert_eq!(token(&service, &form(paris.client)).await.json()["error"], "invalid_client");
}

#[tokio::test]
async fn a_token_only_allows_its_scopes() {
    let service = Service::demo().await;
    let reader = Machine::of(&service, 2, PARIS, &[ClientScope::EnvelopesRead]).await;
    let reply = reader.open("key", &new_envelope()).await;
    assert_eq!(reply.problem(), (403, "insufficient-scope".into()));
    assert_eq!(reply.json()["scope"], "envelopes:write");
    assert!(reply.header("www-authenticate").contains(r#"scope="envelopes:write""#));

    let all = registered(&service, 3, PARIS, &FUNDERS).await;
    let narrow = token(&service, &format!("{}&scope=topups%3Awrite", form(all))).await;
    let token = narrow.json()["access_token"].as_str().unwrap().to_owned();
    let narrow = Machine { service: &service, client: all, token };
    let path = Machine::of_paris(&service).await.opened().await;
    assert_eq!(narrow.get(&path).await.problem(), (403, "insufficient-scope".into()));
}

#[tokio::test]
async fn what_belongs_to_another_funder_does_not_exist() {
    let service = Service::demo().await;
    let path = Machine::of_paris(&service).await.opened().await;
    let other = Machine::of(&service, 2, OTHER, &FUNDERS).await;
    let nothing = path.replace(&path[path.len() - 4..], "0000");
    for path in [path, nothing] {
        assert_eq!(other.get(&path).await.problem(), (404, "not-found".into()));
        for (what, body) in [
            ("freeze", json!({ "reason": "budget" })),
            ("unfreeze", json!({})),
            ("close", json!({})),
            ("confirm-budget", json!({ "legal_reference": "BP 2027" })),
            ("raise-budget", json!({ "legal_reference": "DM 1", "amount_cents": 1 })),
        ] {
            let reply = other.post(&format!("{path}/{what}"), &[], &body).await;
            assert_eq!(reply.problem(), (404, "not-found".into()), "{what}");
        }
    }
}
