//! A partner integrates in a sandbox, without a human.

use axum::http::StatusCode;
use fixtures::sandbox::{ACCOUNTS, clients};
use ledger_api::sandbox::{check, secret_of};
use ledger_core::event_log::Memory;
use serde_json::{Value, json};

use crate::machine::{self, Machine};
use crate::service::{Reply, Service};

/// A sandbox, and the machine of its partner.
struct Sandbox {
    service: Service,
}

impl Sandbox {
    async fn open() -> Self {
        Self { service: Service::sandbox().await }
    }

    async fn machine(&self, nth: usize) -> Machine<'_> {
        let secrets = |it: &str| secret_of(&self.service.app.sessions, it);
        let (client, secret, _) = &clients(secrets)[nth];
        let form = machine::form(*client).replace(machine::SECRET, secret);
        let reply = machine::token(&self.service, &form).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        let token = reply.json()["access_token"].as_str().unwrap().to_owned();
        Machine { service: &self.service, client: *client, token }
    }

    async fn post(&self, path: &str, body: Value) -> Reply {
        let machine = self.machine(0).await;
        machine.post(path, &[("idempotency-key", path)], &body).await
    }

    /// Asks for a payment of 12,00 €; gives its address.
    async fn asked(&self, key: &str, capture: &str) -> String {
        let cart = json!({
            "reference": key, "return_url": "http://localhost:3000/merci", "capture": capture,
            "lines": [{ "type": "offer", "reference": "MANUEL" }],
        });
        let machine = self.machine(0).await;
        let reply = machine.post("/api/v1/payments", &[("idempotency-key", key)], &cart).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
        reply.location().to_owned()
    }

    async fn simulate(&self, at: &str, act: &str, body: Value) -> Reply {
        let id = at.rsplit('/').next().unwrap();
        self.post(&format!("/api/v1/simulation/payments/{id}/{act}"), body).await
    }

    async fn shown(&self, at: &str) -> Value {
        self.machine(0).await.get(at).await.json()
    }
}

fn status(reply: &Reply) -> (u16, String) {
    let told = reply.json();
    let status = told["state"]["status"].as_str().or_else(|| told["type"].as_str());
    (reply.status.as_u16(), status.unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_teacher_confirms_and_each_test_account_does_what_it_is_there_for() {
    let it = Sandbox::open().await;
    let told = it.machine(0).await.get("/api/v1/simulation").await;
    assert_eq!(told.header("ledger-mode"), "sandbox");
    assert_eq!(told.json()["accounts"].as_array().unwrap().len(), ACCOUNTS.len());
    for (account, expected, kind) in [
        ("prof-riche", 200, "authorised"),
        ("prof-deux-financeurs", 200, "authorised"),
        ("prof-petit-solde", 409, "/problems/not-enough-money"),
        ("prof-sans-rien", 409, "/problems/not-enough-money"),
        ("prof-manuels", 200, "authorised"),
        ("prof-gele", 409, "/problems/not-eligible"),
        ("prof-suspendu", 409, "/problems/account-suspended"),
        ("prof-clos", 409, "/problems/account-closed"),
        ("equipe", 200, "authorised"),
        ("personne", 422, "/problems/invalid-field"),
    ] {
        let at = it.asked(account, "manual").await;
        let reply = it.simulate(&at, "confirm", json!({ "account": account })).await;
        assert_eq!(status(&reply), (expected, kind.to_owned()), "{account}: {}", reply.body);
    }
    let at = it.asked("declined", "manual").await;
    let reply = it.simulate(&at, "decline", json!({})).await;
    assert_eq!(status(&reply), (200, "declined".to_owned()), "{}", reply.body);
}

#[tokio::test]
async fn a_teams_payment_waits_for_its_head_who_agrees_or_refuses() {
    let it = Sandbox::open().await;
    let cart = |key: &str| {
        json!({ "reference": key, "return_url": "http://localhost:3000/merci",
            "lines": [{ "type": "offer", "reference": "CLASSE" }] })
    };
    for (act, becomes) in [("approve", "authorised"), ("refuse", "declined")] {
        let machine = it.machine(0).await;
        let reply = machine.post("/api/v1/payments", &[("idempotency-key", act)], &cart(act)).await;
        let at = reply.location().to_owned();
        let reply = it.simulate(&at, "confirm", json!({ "account": "equipe" })).await;
        assert_eq!(status(&reply), (200, "awaiting_approval".to_owned()), "{}", reply.body);
        let reply = it.simulate(&at, act, json!({})).await;
        assert_eq!(status(&reply), (200, becomes.to_owned()), "{}", reply.body);
        let again = it.simulate(&at, act, json!({})).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
    }
}

#[tokio::test]
async fn time_passes_and_what_nobody_did_in_time_is_over() {
    let it = Sandbox::open().await;
    let (waits, held) = (it.asked("waits", "manual").await, it.asked("held", "manual").await);
    it.simulate(&held, "confirm", json!({})).await;
    let before = it.service.app.clock.now();
    let to = json!({ "to": before + chrono::TimeDelta::days(90) });
    let moved = it.post("/api/v1/simulation/clock", to.clone()).await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.body);
    assert!(moved.json()["events"].as_u64().unwrap() >= 2, "{}", moved.body);
    let again = it.post("/api/v1/simulation/clock", to).await;
    assert_eq!(again.json()["events"], 0, "sent again: {}", again.body);
    assert_eq!((it.service.app.clock.now() - before).num_days(), 90);
    assert_eq!(it.shown(&waits).await["state"]["code"], "not-confirmed-in-time");
    assert_eq!(it.shown(&held).await["state"]["code"], "not-delivered-in-time");
    for wrong in [
        json!({}),
        json!({ "seconds": 5 }),
        json!({ "to": "2099-01-01T00:00:00Z" }),
        json!({ "to": "demain" }),
    ] {
        let refused = it.post("/api/v1/simulation/clock", wrong.clone()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {}", refused.body);
    }
}

#[tokio::test]
async fn what_was_captured_is_settled_to_the_line_of_the_banks_statement_and_the_year_closes() {
    let it = Sandbox::open().await;
    let nothing = it.post("/api/v1/simulation/settlement", json!({})).await;
    assert_eq!(status(&nothing), (409, "/problems/act-refused".to_owned()), "{}", nothing.body);
    let at = it.asked("one", "automatic").await;
    it.simulate(&at, "confirm", json!({})).await;
    assert_eq!(it.shown(&at).await["state"]["status"], "captured");
    let paid = it.post("/api/v1/simulation/settlement", json!({})).await;
    assert_eq!(paid.status, StatusCode::OK, "{}", paid.body);
    assert_eq!(
        (&paid.json()["amount_cents"], &paid.json()["status"]),
        (&json!(12_00), &json!("settled"))
    );
    let wrong = it.post("/api/v1/simulation/year-end", json!({ "year": 2031 })).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    for _ in 0..2 {
        let closed = it.post("/api/v1/simulation/year-end", json!({ "year": 2026 })).await;
        assert_eq!(closed.status, StatusCode::OK, "{}", closed.body);
        assert_eq!(closed.json()["year"], 2026);
    }
}

#[tokio::test]
async fn a_partner_simulates_its_own_payments_only_and_a_funder_none() {
    let it = Sandbox::open().await;
    let at = it.asked("one", "manual").await;
    let id = at.rsplit('/').next().unwrap();
    let path = format!("/api/v1/simulation/payments/{id}/confirm");
    let funder = it.machine(1).await;
    let refused = funder.post(&path, &[], &json!({})).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    let other = "/api/v1/simulation/payments/pay_00000000000000000000000000000000/confirm";
    let missing = it.post(other, json!({})).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND, "{}", missing.body);
    let anonymous = Machine { token: "none".into(), ..it.machine(0).await };
    for path in [&path, "/api/v1/simulation/clock", "/api/v1/simulation/settlement"] {
        let refused = anonymous.post(path, &[], &json!({})).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{path}: {}", refused.body);
    }
}

#[tokio::test]
async fn anywhere_else_there_is_no_such_address_and_no_such_log() {
    let service = Service::demo().await;
    for path in ["/api/v1/simulation", "/api/v1/simulation/clock"] {
        let reply = service.get(path).await;
        assert!(matches!(reply.status.as_u16(), 404 | 405), "{path}: {}", reply.body);
    }
    let sandbox = Service::sandbox().await;
    let (log, config) = (sandbox.app.ledger.log().clone(), sandbox.app.config.clone());
    check(&config, &log).await.unwrap();
    let real = ledger_api::config::Config { sandbox: false, ..config.clone() };
    let refused = check(&real, &log).await.unwrap_err().to_string();
    assert!(refused.contains("where nothing is real"), "{refused}");
    check(&config, &Memory::new().into()).await.unwrap();
}

#[tokio::test]
async fn pages_say_that_nothing_is_real_and_test_people_sign_in() {
    let it = Sandbox::open().await;
    let home = it.service.get("/connexion").await;
    assert!(home.body.contains("Bac à sable") && home.body.contains("prof-riche"), "{}", home.body);
    let at = it.asked("one", "manual").await;
    let shown = it.shown(&at).await;
    let url = shown["payment_url"].as_str().unwrap();
    let page = &url[url.find("/paiement/").unwrap()..];
    let teacher = it.service.sign_in("prof-riche").await;
    let seen = it.service.get_as(&teacher, page).await;
    assert!(seen.body.contains("Vérifier, puis confirmer"), "{}", seen.body);
}
