//! How often a machine may call, and what it is told when it calls too often.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use ledger_core::client::ClientScope;

use crate::machine::{FUNDERS, Machine, OTHER, PARIS, form, registered, token};
use crate::service::{Reply, Service, machine};

const LIST: &str = "/api/v1/envelopes";

async fn limited(rate: &str) -> Service {
    let settings = [("LEDGER_DEMO", "yes"), ("LEDGER_LOG", "memory:"), ("LEDGER_RATE_LIMIT", rate)];
    Service::with(&settings).await
}

#[tokio::test]
async fn a_client_that_calls_too_often_is_told_when_to_come_back() {
    let service = limited("1/3").await;
    let paris = Machine::of_paris(&service).await;
    for left in [2, 1, 0] {
        let reply = paris.get(LIST).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        assert_eq!(reply.header("ratelimit-policy"), "\"client\";q=3;w=180");
        let standing = format!("\"client\";r={left};t={}", 60 * (3 - left));
        assert_eq!(reply.header("ratelimit"), standing);
    }
    let over = paris.get(LIST).await;
    assert_eq!(over.problem(), (429, "too-many-requests".into()));
    assert_eq!(over.header("ratelimit"), "\"client\";r=0;t=180");
    let seconds: u64 = over.header("retry-after").parse().unwrap();
    assert!((55..=60).contains(&seconds), "{seconds}");
    assert_eq!(over.json()["retry_after_seconds"], seconds);

    let other = Machine::of(&service, 2, OTHER, &FUNDERS).await;
    assert_eq!(other.get(LIST).await.status, StatusCode::OK);
    let open = service.send(machine(Method::GET, "/api/v1/offers"), "").await;
    assert_eq!((open.status, open.header("ratelimit")), (StatusCode::OK, ""));
}

#[tokio::test]
async fn a_refused_call_counts_too_and_nothing_is_carried_out_over_the_limit() {
    let service = limited("1/2").await;
    let reader = Machine::of(&service, 2, PARIS, &[ClientScope::EnvelopesRead]).await;
    let new = crate::machine::new_envelope();
    for problem in
        [(403, "insufficient-scope"), (403, "insufficient-scope"), (429, "too-many-requests")]
    {
        assert_eq!(reader.open("key", &new).await.problem(), (problem.0, problem.1.into()));
    }
}

#[tokio::test]
async fn calls_are_not_counted_when_the_limit_is_off() {
    let service = limited("off").await;
    let reply = Machine::of_paris(&service).await.get(LIST).await;
    assert_eq!((reply.status, reply.header("ratelimit")), (StatusCode::OK, ""));
}

/// Asks for a token from `address`.
async fn token_from(service: &Service, address: &str, form: &str) -> Reply {
    let address: IpAddr = address.parse().unwrap();
    let request = machine(Method::POST, "/api/v1/oauth/token")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .extension(ConnectInfo(SocketAddr::new(address, 40_000)));
    service.send(request, form).await
}

#[tokio::test]
async fn wrong_secrets_are_told_so_ten_times_and_the_right_one_is_taken_all_the_same() {
    let service = Service::demo().await;
    let client = registered(&service, 1, PARIS, &FUNDERS).await;
    let wrong = form(client).replace("crs_0", "crs_1");
    for n in 0..10 {
        let reply = token_from(&service, &format!("192.0.2.{n}"), &wrong).await;
        assert_eq!(reply.json()["error"], "invalid_client", "{n}");
    }
    let over = token_from(&service, "192.0.2.99", &wrong).await;
    assert_eq!(over.problem(), (429, "too-many-requests".into()));
    assert!(!over.header("retry-after").is_empty());
    // Else anybody who knows its id could shut it out.
    assert_eq!(token(&service, &form(client)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn wrong_ids_are_counted_by_the_address_that_they_come_from() {
    let service = Service::demo().await;
    let wrong =
        |n| format!("grant_type=client_credentials&client_id=cli_{n:032x}&client_secret=no");
    for n in 0..10 {
        let reply = token_from(&service, "192.0.2.1", &wrong(n)).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{n}");
    }
    for form in [wrong(11), "grant_type=client_credentials".to_owned()] {
        let reply = token_from(&service, "192.0.2.1", &form).await;
        assert_eq!(reply.problem(), (429, "too-many-requests".into()), "{form}");
    }
    let elsewhere = token_from(&service, "192.0.2.2", &wrong(12)).await;
    assert_eq!(elsewhere.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_each_client_does_is_counted() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    paris.get(LIST).await;
    paris.get("/api/v1/envelopes/env_00000000000000000000000000000000").await;
    let metrics = service.send(machine(Method::GET, "/metrics"), "").await.body;
    for (name, count) in [("requests", 2), ("refusals", 1), ("tokens", 1)] {
        let line = format!("ledger_client_{name}_total{{client=\"{}\"}} {count}", paris.client);
        assert!(metrics.lines().any(|it| it == line), "{line}\n{metrics}");
    }
}
