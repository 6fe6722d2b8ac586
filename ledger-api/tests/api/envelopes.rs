//! What a collectivité does with its envelopes.

use axum::http::{Method, StatusCode};
use ledger_core::account::Earmark;
use ledger_core::convention::{CarryOver, Convention, ConventionCommand, ConventionSigned};
use ledger_core::ids::ConventionId;
use ledger_core::meta::{Actor, Role};
use ledger_core::money::Budget;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::machine::{FUNDERS, Machine, OTHER, PARIS, meta, new_envelope};
use crate::service::Service;

#[tokio::test]
async fn an_envelope_is_opened_once_for_each_key() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let first = paris.open("k-1", &new_envelope()).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
    assert_eq!(first.header("idempotent-replayed"), "");
    let envelope = first.json();
    assert_eq!(envelope["funder"], PARIS);
    assert_eq!(envelope["available_cents"], 100_000);
    assert_eq!((&envelope["status"], &envelope["priority"]), (&json!("open"), &json!(5)));
    assert_eq!(first.location(), format!("/api/v1/envelopes/{}", envelope["id"].as_str().unwrap()));

    let again = paris.open("\"k-1\"", &new_envelope()).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (StatusCode::OK, "true"));
    assert_eq!(again.body, first.body);

    let mut other = new_envelope();
    other["budget_cents"] = 1.into();
    let reused = paris.open("k-1", &other).await;
    assert_eq!(reused.problem(), (422, "idempotency-key-reused".into()));

    let second = paris.open("k-2", &new_envelope()).await;
    assert_ne!(second.json()["id"], envelope["id"]);
    let colleague = Machine::of(&service, 2, PARIS, &FUNDERS).await;
    let same_key = colleague.open("k-1", &new_envelope()).await;
    assert_ne!(same_key.json()["id"], envelope["id"], "another client's keys are its own");
}

#[tokio::test]
async fn an_envelope_is_only_opened_with_a_key() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let none = paris.post("/api/v1/envelopes", &[], &new_envelope()).await;
    assert_eq!(none.problem(), (400, "idempotency-key-missing".into()));
    for wrong in ["", "\"\"", "  ", &"k".repeat(201)] {
        let reply = paris.open(wrong, &new_envelope()).await;
        assert_eq!(reply.problem(), (422, "invalid-field".into()), "{wrong}");
    }
    let twice = [("idempotency-key", "a"), ("idempotency-key", "b")];
    let reply = paris.post("/api/v1/envelopes", &twice, &new_envelope()).await;
    assert_eq!(reply.problem(), (422, "invalid-field".into()));
}

#[tokio::test]
async fn a_field_that_cannot_be_taken_is_named_with_what_would_be_right() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let long = "a".repeat(201);
    let cases: &[(&str, Value, &str)] = &[
        ("title", json!(""), "expected 1 to 200"),
        ("title", json!("   "), "expected 1 to 200"),
        ("title", json!(long), "201 characters"),
        ("title", json!("a\u{0}b"), "on one line"),
        ("title", json!("a\nb"), "on one line"),
        ("title", json!(null), "string"),
        ("title", json!(7), "string"),
        ("funder_name", json!(""), "expected 1 to 200"),
        ("legal_reference", json!(long), "expected 1 to 200"),
        ("budget_cents", json!(0), "1 to 10000000000000"),
        ("budget_cents", json!(-5), "1 to 10000000000000"),
        ("budget_cents", json!(12.5), "whole euro cents"),
        ("budget_cents", json!("100"), "whole euro cents"),
        ("budget_cents", json!(10_000_000_000_001_u64), "1 to 10000000000000"),
        ("ratio_permille", json!(0), "expected 1 to 1000"),
        ("ratio_permille", json!(1001), "expected 1 to 1000"),
        ("ratio_permille", json!(70_000), "u16"),
        ("priority", json!(0), "expected 1"),
        ("priority", json!(10), "to 9"),
        ("valid_from", json!("01/09/2026"), "YYYY-MM-DD"),
        ("valid_from", json!("2026-02-30"), "YYYY-MM-DD"),
        ("valid_until", json!("2026-08-31"), "valid_from or later"),
        ("valid_until", json!("1999-01-01"), "2000 to 2199"),
        ("recipients.levels[1]", json!({ "levels": ["primary", "university"] }), "lower_secondary"),
        ("recipients.academies[0]", json!({ "academies": [0] }), "1 to 99"),
        ("recipients.academies[0]", json!({ "academies": [256] }), "u8"),
        ("recipients.schools[0]", json!({ "schools": ["0750655F"] }), "UAI"),
        ("recipients.school", json!({ "school": [] }), "unknown field"),
        ("earmark.kinds[0]", json!({ "kinds": ["game"] }), "textbook"),
        ("earmark.subjects[0]", json!({ "subjects": [" "] }), "expected 1 to 100"),
        ("earmark.subjects", json!({ "subjects": vec!["maths"; 51] }), "at most 50"),
        ("colour", json!("blue"), "unknown field"),
    ];
    for (field, value, told) in cases {
        let mut envelope = new_envelope();
        let name = field.split(['.', '[']).next().unwrap();
        envelope[name] = value.clone();
        let reply = paris.open("k", &envelope).await;
        assert_eq!(reply.problem(), (422, "invalid-field".into()), "{field}: {value}");
        let error = &reply.json()["errors"][0];
        assert_eq!(error["field"], *field, "{value}: {}", reply.body);
        assert!(error["detail"].as_str().unwrap().contains(told), "{field}: {}", reply.body);
    }
    for field in
        ["title", "funder_name", "legal_reference", "budget_cents", "valid_from", "valid_until"]
    {
        let mut envelope = new_envelope();
        envelope.as_object_mut().unwrap().remove(field);
        let error = &paris.open("k", &envelope).await.json()["errors"][0];
        assert_eq!(*error, json!({ "field": field, "detail": "is missing" }));
    }
    assert_eq!(
        paris.open("k", &new_envelope()).await.status,
        StatusCode::CREATED,
        "nothing was kept"
    );
}

#[tokio::test]
async fn a_body_that_is_no_json_is_told_so() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let json = ("content-type", "application/json");
    let key = ("idempotency-key", "k");
    for body in ["", "{", "[]", "null", "{\"title\":\"\\ud800\"}", "\u{0}"] {
        let reply = paris.send(Method::POST, "/api/v1/envelopes", &[json, key], body).await;
        assert!(matches!(reply.status.as_u16(), 400 | 422), "{body}: {}", reply.body);
        reply.problem();
    }
    let reply = paris.send(Method::POST, "/api/v1/envelopes", &[key], "{}").await;
    assert_eq!(reply.problem(), (415, "unsupported-media-type".into()));
    let large = format!("{{\"title\":\"{}\"}}", "a".repeat(600_000));
    let reply = paris.send(Method::POST, "/api/v1/envelopes", &[json, key], &large).await;
    assert_eq!(reply.problem(), (413, "body-too-large".into()));
}

#[tokio::test]
async fn an_envelope_for_ten_thousand_schools_fits() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let mut envelope = new_envelope();
    envelope["recipients"] = json!({ "schools": vec!["0750655E"; 10_000] });
    assert_eq!(paris.open("k", &envelope).await.status, StatusCode::CREATED);
    envelope["recipients"] = json!({ "schools": vec!["0750655E"; 10_001] });
    let reply = paris.open("l", &envelope).await;
    assert_eq!(reply.json()["errors"][0]["field"], "recipients.schools", "{}", reply.body);
}

#[tokio::test]
async fn a_funder_freezes_unfreezes_and_closes() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let path = paris.opened().await;
    let step = async |what: &str, body: Value| {
        let reply = paris.post(&format!("{path}/{what}"), &[], &body).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        assert_ne!(reply.header("ledger-position"), "");
        reply.json()
    };
    let frozen = step("freeze", json!({ "reason": "budget à revoir" })).await;
    assert_eq!(frozen["status"], "frozen");
    assert_eq!(frozen["frozen_reason"], "budget à revoir");
    assert_eq!(frozen["available_cents"], 0);
    assert_eq!(step("freeze", json!({ "reason": "autre" })).await, frozen, "once is enough");
    let open = step("unfreeze", json!({})).await;
    assert_eq!((&open["status"], &open["frozen_reason"]), (&json!("open"), &Value::Null));
    assert_eq!(step("close", json!({})).await["status"], "closed");
    assert_eq!(step("close", json!({})).await["status"], "closed");
    let reply = paris.post(&format!("{path}/freeze"), &[], &json!({ "reason": "x" })).await;
    assert_eq!(reply.problem(), (409, "envelope-closed".into()));
}

#[tokio::test]
async fn a_provisional_budget_is_confirmed_and_raised_once() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let mut envelope = new_envelope();
    envelope["ratio_permille"] = 800.into();
    let reply = paris.open("k", &envelope).await;
    assert_eq!(reply.json()["available_cents"], 80_000);
    let path = reply.location();
    for available in [100_000, 105_000] {
        let body = json!({ "legal_reference": "BP 2027" });
        let reply = paris.post(&format!("{path}/confirm-budget"), &[], &body).await;
        assert_eq!(reply.json()["available_cents"], available);
        let body = json!({ "legal_reference": "DM 1", "amount_cents": 5_000 });
        let reply = paris.post(&format!("{path}/raise-budget"), &[], &body).await;
        assert_eq!(reply.json()["budget_cents"], 105_000);
    }
    let body = json!({ "legal_reference": "DM 1", "amount_cents": 6_000 });
    let reply = paris.post(&format!("{path}/raise-budget"), &[], &body).await;
    assert_eq!(reply.problem(), (422, "reference-reused".into()));
    let body = json!({ "legal_reference": "", "amount_cents": 6_000 });
    let reply = paris.post(&format!("{path}/raise-budget"), &[], &body).await;
    assert_eq!(reply.json()["errors"][0]["field"], "legal_reference");
}

#[tokio::test]
async fn an_etag_tells_whether_an_envelope_changed() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let path = paris.opened().await;
    let tag = paris.get(&path).await.header("etag").to_owned();
    let known = [("if-none-match", tag.as_str())];
    let same = paris.send(Method::GET, &path, &known, "").await;
    assert_eq!((same.status, same.body.as_str()), (StatusCode::NOT_MODIFIED, ""));

    let freeze = format!("{path}/freeze");
    let reason = json!({ "reason": "x" });
    let stale = paris.post(&freeze, &[("if-match", "\"0123\"")], &reason).await;
    assert_eq!(stale.problem(), (412, "precondition-failed".into()));
    let frozen = paris.post(&freeze, &[("if-match", &tag)], &reason).await;
    assert_eq!(frozen.status, StatusCode::OK);
    assert_ne!(frozen.header("etag"), tag);
    let again = paris.post(&freeze, &[("if-match", &tag)], &reason).await;
    assert_eq!((again.status, again.header("etag")), (StatusCode::OK, frozen.header("etag")));
    let late = paris.post(&format!("{path}/close"), &[("if-match", &tag)], &json!({})).await;
    assert_eq!(late.problem(), (412, "precondition-failed".into()));
    assert_eq!(paris.send(Method::GET, &path, &known, "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_address_takes_its_own_methods_only() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let path = paris.opened().await;
    for method in ["TRACE", "PUT", "PATCH", "DELETE"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let reply = paris.send(method, &path, &[], "").await;
        assert_eq!(reply.problem(), (405, "method-not-allowed".into()));
        assert_eq!(reply.header("allow"), "GET,HEAD");
    }
    for nowhere in ["/api/v1/envelopes/env_1", "/api/v1/envelopes/%00", "/api/v2/envelopes"] {
        assert_eq!(paris.get(nowhere).await.problem().0, 404, "{nowhere}");
    }
}

/// Signs a convention of 1 000 € with `funder`.
async fn signed(service: &Service, n: u128, funder: &str) -> ConventionId {
    let id = ConventionId(Uuid::from_u128(n));
    let by = Actor { role: Role::AuthorisingOfficer, id: Uuid::from_u128(9) };
    let sign = ConventionCommand::Sign(Box::new(ConventionSigned {
        funder: funder.parse().unwrap(),
        funder_name: "Collectivité".into(),
        title: "Ressources numériques".into(),
        legal_reference: "Délibération 2026-12".into(),
        assent: "Avis conforme".into(),
        amount: Budget::from_cents(1_000_00).unwrap(),
        from: "2026-09-01".parse().unwrap(),
        until: "2027-08-31".parse().unwrap(),
        priority: 5,
        earmark: Earmark::default(),
        carry_over: CarryOver::Returned,
        by,
    }));
    service.app.ledger.execute::<Convention>(id, &sign, meta(service)).await.unwrap();
    id
}

#[tokio::test]
async fn an_envelope_draws_on_its_funders_convention_only() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let own = signed(&service, 1, PARIS).await;
    let others = signed(&service, 2, OTHER).await;
    let on = |convention: &str, cents: u64| {
        let mut envelope = new_envelope();
        envelope["convention"] = convention.into();
        envelope["budget_cents"] = cents.into();
        envelope
    };
    let left = async |id| service.app.ledger.state::<Convention>(id).await.unwrap().left().cents();

    for wrong in [others.to_string(), ConventionId(Uuid::from_u128(3)).to_string(), "con_1".into()]
    {
        let reply = paris.open("k", &on(&wrong, 600_00)).await;
        assert_eq!(reply.problem(), (422, "invalid-field".into()), "{wrong}: {}", reply.body);
        assert_eq!(reply.json()["errors"][0]["field"], "convention", "{wrong}");
    }
    let created = paris.open("k", &on(&own.to_string(), 600_00)).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.body);
    assert_eq!(created.json()["convention"], own.to_string());
    let again = paris.open("k", &on(&own.to_string(), 600_00)).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (StatusCode::OK, "true"));
    let reused = paris.open("k", &on(&own.to_string(), 700_00)).await;
    assert_eq!(reused.problem(), (422, "idempotency-key-reused".into()));
    assert_eq!(left(own).await, 400_00, "set aside once");

    let over = paris.open("k-2", &on(&own.to_string(), 400_01)).await;
    assert_eq!(over.problem(), (409, "act-refused".into()));
    let over = over.json();
    assert_eq!((&over["rule"], &over["missing_cents"]), (&json!("over-convention"), &json!(1)));
    assert_eq!((left(own).await, left(others).await), (400_00, 1_000_00));

    let alone = paris.open("k-3", &new_envelope()).await.json();
    assert!(alone.get("convention").is_none(), "{alone}");
}
