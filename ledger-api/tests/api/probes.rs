//! What whoever watches the service asks: life, readiness, figures.

use axum::http::{Method, StatusCode};
use ledger_core::event_log::{Append, EventLog, NewEvent};
use ledger_core::ids::AccountId;
use ledger_core::meta::{Actor, Meta};
use uuid::Uuid;

use crate::service::{Service, machine};

#[tokio::test]
async fn probes_tell_life_readiness_and_figures() {
    let service = Service::demo().await;
    assert_eq!(service.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(service.get("/readyz").await.status, StatusCode::OK);
    service.app.set_ready(false);
    let reply = service.send(machine(Method::GET, "/readyz"), "").await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.json()["type"], "/problems/unavailable");

    let metrics = service.get("/metrics").await.body;
    for line in [
        "ledger_http_answers_total{class=\"2xx\"} 2",
        "ledger_refusals_total{slug=\"unavailable\"} 1",
        "ledger_read_models_lag_events 0",
        "ledger_ready 0",
    ] {
        assert!(metrics.lines().any(|it| it == line), "{line}\n{metrics}");
    }
    for line in metrics.lines().filter(|it| !it.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(name.starts_with("ledger_") && value.parse::<f64>().is_ok(), "{line}");
        let family = name.split('{').next().unwrap();
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|it| family.strip_suffix(it));
        let family = family.unwrap_or_else(|| name.split('{').next().unwrap());
        assert!(metrics.contains(&format!("# TYPE {family} ")), "{line}");
    }
}

#[tokio::test]
async fn a_service_whose_read_models_have_stopped_is_not_ready() {
    let service = Service::demo().await;
    let event = NewEvent { name: "from_the_future", schema: 1, body: b"{}".to_vec() };
    let stream = AccountId(Uuid::from_u128(1)).into();
    let meta = Meta { at: service.app.clock.now(), by: Actor::PROCESS, cause: Uuid::nil() };
    let append = Append { stream, expected: 0, meta, events: [event].into_iter().collect() };
    let position = service.app.ledger.log().append(append).await.unwrap().position;
    let patience = std::time::Duration::from_secs(10);
    assert!(service.app.models.at_least(position, patience).await.is_err());
    let reply = service.send(machine(Method::GET, "/readyz"), "").await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(reply.body.contains("from_the_future"), "{}", reply.body);
}
