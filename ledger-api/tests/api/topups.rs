//! A collectivité credits one account, and sees what became of it.

use axum::http::StatusCode;
use ledger_api::workers::flows;
use ledger_core::codec::Stored;
use ledger_core::envelope::{Allocation, CreditsAllocated, EnvelopeEvent};
use ledger_core::event_log::{Append, EventLog};
use ledger_core::ids::EnvelopeId;
use ledger_core::money::Amount;
use ledger_core::process::topups;
use serde_json::{Value, json};

use crate::machine::{FUNDERS, Machine, OTHER, PARIS, account, meta, new_envelope, opened_account};
use crate::service::Service;

fn topup(n: u128, cents: u64, reference: &str) -> Value {
    json!({ "account": account(n), "amount_cents": cents, "reference": reference })
}

#[tokio::test]
async fn an_account_is_credited_once_for_each_reference() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    opened_account(&service, 1).await;
    let path = paris.opened().await;
    let topups = format!("{path}/topups");
    let first = paris.post(&topups, &[], &topup(1, 2_500, "été 1")).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
    assert_eq!(first.json()["status"], "credited");
    let again = paris.post(&topups, &[], &topup(1, 2_500, "été 1")).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (StatusCode::OK, "true"));
    assert_eq!(again.body, first.body);
    for other in [topup(1, 2_501, "été 1"), topup(2, 2_500, "été 1")] {
        let reply = paris.post(&topups, &[], &other).await;
        assert_eq!(reply.problem(), (422, "reference-reused".into()));
    }
    assert_eq!(paris.get(&path).await.json()["allocated_cents"], 2_500);

    let found = paris.get(first.location()).await.json();
    assert_eq!(found["data"][0], first.json());
    let none = paris.get(&format!("{topups}?reference=autre")).await.json();
    assert_eq!(none, json!({ "data": [] }));
}

#[tokio::test]
async fn the_idempotency_key_is_the_reference_when_there_is_no_other() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    opened_account(&service, 1).await;
    let topups = format!("{}/topups", paris.opened().await);
    let body = json!({ "account": account(1), "amount_cents": 100 });
    let none = paris.post(&topups, &[], &body).await;
    assert_eq!(none.problem(), (400, "idempotency-key-missing".into()));
    let key = [("idempotency-key", "k-1")];
    assert_eq!(paris.post(&topups, &key, &body).await.status, StatusCode::CREATED);
    assert_eq!(paris.post(&topups, &key, &body).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_topup_that_cannot_be_names_the_rule_and_what_is_missing() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    opened_account(&service, 1).await;
    let path = paris.opened().await;
    let topups = format!("{path}/topups");
    let over = paris.post(&topups, &[], &topup(1, 100_001, "a")).await;
    assert_eq!(over.problem(), (409, "over-budget".into()));
    assert_eq!(
        (&over.json()["available_cents"], &over.json()["missing_cents"]),
        (&json!(100_000), &json!(1))
    );

    let nobody = paris.post(&topups, &[], &topup(2, 100, "b")).await;
    assert_eq!(nobody.problem(), (404, "account-not-open".into()));
    assert_eq!(nobody.json()["account"], json!(account(2)));
    let listed = paris.get(&format!("{topups}?reference=b")).await.json();
    assert_eq!(listed["data"][0]["status"], "refused");
    opened_account(&service, 2).await;
    let released = paris.post(&topups, &[], &topup(2, 100, "b")).await;
    assert_eq!(released.problem(), (409, "topup-released".into()));

    let mut narrow = new_envelope();
    narrow["recipients"] = json!({ "levels": ["primary"] });
    let narrow = paris.open("narrow", &narrow).await.location().to_owned();
    let reply = paris.post(&format!("{narrow}/topups"), &[], &topup(1, 100, "c")).await;
    assert_eq!(reply.problem(), (409, "recipient-not-admitted".into()));

    paris.post(&format!("{path}/freeze"), &[], &json!({ "reason": "vote" })).await;
    let frozen = paris.post(&topups, &[], &topup(1, 100, "d")).await;
    assert_eq!(frozen.problem(), (409, "envelope-frozen".into()));
    assert_eq!(frozen.json()["reason"], "vote");
}

#[tokio::test]
async fn a_wrong_field_of_a_topup_is_named() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let topups = format!("{}/topups", paris.opened().await);
    for (field, value, told) in [
        ("account", json!("7"), "acc_"),
        ("account", json!("env_00000000000000000000000000000007"), "acc_"),
        ("account", json!(7), "acc_"),
        ("amount_cents", json!(0), "1 to 100000000"),
        ("amount_cents", json!(-1), "1 to 100000000"),
        ("amount_cents", json!(1.5), "whole euro cents"),
        ("amount_cents", json!(100_000_001), "1 to 100000000"),
        ("reference", json!(""), "expected 1 to 200"),
        ("reference", json!("a\u{7}"), "on one line"),
        ("nom", json!("x"), "unknown field"),
    ] {
        let mut body = topup(1, 100, "a");
        body[field] = value.clone();
        let reply = paris.post(&topups, &[], &body).await;
        assert_eq!(reply.problem(), (422, "invalid-field".into()), "{field}: {value}");
        let error = &reply.json()["errors"][0];
        assert_eq!(error["field"], field, "{}", reply.body);
        assert!(error["detail"].as_str().unwrap().contains(told), "{field}: {}", reply.body);
    }
}

#[tokio::test]
async fn a_funder_sees_its_own_credits_of_an_account_only() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let other = Machine::of(&service, 2, OTHER, &FUNDERS).await;
    let holder = opened_account(&service, 1).await;
    let path = format!("/api/v1/accounts/{holder}");
    assert_eq!(paris.get(&path).await.problem(), (404, "not-found".into()));
    let envelope = paris.opened().await;
    paris.post(&format!("{envelope}/topups"), &[], &topup(1, 700, "a")).await;
    let theirs = other.opened().await;
    other.post(&format!("{theirs}/topups"), &[], &topup(1, 900, "a")).await;
    let seen = paris.get(&path).await.json();
    assert_eq!((&seen["granted_cents"], &seen["available_cents"]), (&json!(700), &json!(700)));
    assert_eq!(seen["credits"].as_array().unwrap().len(), 1);
    assert_eq!(seen["credits"][0]["valid_until"], "2027-08-31");
    assert_eq!(other.get(&path).await.json()["granted_cents"], 900);
    assert_eq!(other.get(&format!("{envelope}/topups")).await.problem().0, 404);
    let intruder = other.post(&format!("{envelope}/topups"), &[], &topup(1, 1, "z")).await;
    assert_eq!(intruder.problem(), (404, "not-found".into()));
}

#[tokio::test]
async fn lists_are_read_page_by_page() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let other = Machine::of(&service, 2, OTHER, &FUNDERS).await;
    other.opened().await;
    let mut opened = Vec::new();
    for n in 0..5 {
        let reply = paris.open(&format!("k-{n}"), &new_envelope()).await;
        opened.push(reply.json()["id"].as_str().unwrap().to_owned());
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/envelopes?limit=2".to_owned();
    loop {
        let page = paris.get(&path).await.json();
        for it in page["data"].as_array().unwrap() {
            seen.push(it["id"].as_str().unwrap().to_owned());
        }
        let Some(next) = page["next_cursor"].as_str() else { break };
        path = format!("/api/v1/envelopes?limit=2&cursor={next}");
    }
    assert_eq!(seen, opened);

    for n in 1..=3 {
        opened_account(&service, n).await;
        let topups = format!("/api/v1/envelopes/{}/topups", opened[0]);
        paris.post(&topups, &[], &topup(n, 100, &format!("r-{n}"))).await;
    }
    let topups = format!("/api/v1/envelopes/{}/topups?limit=2", opened[0]);
    let first = paris.get(&topups).await.json();
    assert_eq!(first["data"].as_array().unwrap().len(), 2);
    let next = first["next_cursor"].as_str().unwrap();
    let second = paris.get(&format!("{topups}&cursor={next}")).await.json();
    assert_eq!(second["data"][0]["account"], json!(account(3)));
    assert_eq!(second.get("next_cursor"), None);

    for wrong in
        ["limit=0", "limit=101", "limit=abc", "limit=%2B5", "cursor=x", "cursor=", "page=2"]
    {
        let reply = paris.get(&format!("/api/v1/envelopes?{wrong}")).await;
        assert_eq!(reply.problem(), (422, "invalid-field".into()), "{wrong}");
        let field = wrong.split('=').next().unwrap();
        assert_eq!(reply.json()["errors"][0]["field"], field, "{}", reply.body);
    }
}

#[tokio::test]
async fn a_topup_cut_off_between_envelope_and_account_is_finished() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let holder = opened_account(&service, 1).await;
    let path = paris.opened().await;
    let envelope: EnvelopeId = path.rsplit('/').next().unwrap().parse().unwrap();
    // What is in the log when the service stops after the first of the two steps.
    let amount = Amount::from_cents(700).unwrap().into();
    let id = topups::allocation_id(envelope, "cut");
    let allocation = Allocation { id, amount, lines: 1, to: Some(holder) };
    let funder = PARIS.parse().unwrap();
    let event = EnvelopeEvent::Allocated(CreditsAllocated { funder, allocation });
    let append = Append {
        stream: envelope.into(),
        expected: 1,
        meta: meta(&service),
        events: [event.encode()].into_iter().collect(),
    };
    service.app.ledger.log().append(append).await.unwrap();
    let service = service.restarted().await;
    let paris = Machine { service: &service, ..paris };
    let pending = paris.get(&format!("{path}/topups")).await.json();
    assert_eq!(pending["data"][0]["status"], "pending");

    let seen = flows::pass(&service.app, 0).await.unwrap();
    let pending = paris.get(&format!("{path}/topups")).await.json();
    assert_eq!(pending["data"][0]["status"], "pending", "a request may still be at it");
    flows::pass(&service.app, seen).await.unwrap();
    let done = paris.get(&format!("{path}/topups")).await.json();
    assert_eq!(done["data"][0]["status"], "credited");
}

#[tokio::test]
async fn credits_past_their_last_day_come_back_to_the_envelope() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let holder = opened_account(&service, 1).await;
    let path = paris.opened().await;
    paris.post(&format!("{path}/topups"), &[], &topup(1, 700, "a")).await;
    service.app.clock.advance(chrono::TimeDelta::days(400));
    let paris = Machine::of_paris(&service).await;
    for _ in 0..2 {
        service.caught_up().await;
        flows::pass(&service.app, 0).await.unwrap();
    }
    let seen = paris.get(&format!("/api/v1/accounts/{holder}")).await.json();
    assert_eq!((&seen["available_cents"], &seen["returned_cents"]), (&json!(0), &json!(700)));
    assert_eq!(paris.get(&path).await.json()["returned_cents"], 700);
}
