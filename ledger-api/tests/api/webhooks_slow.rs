//! What is not answered holds up nothing else, and is sent by one node at a time.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use ledger_api::app::App;
use ledger_api::workers::webhooks::{Cursor, Passed, pass, run};
use ledger_core::digest::Digest;
use ledger_core::harvest::{FeedHeld, FeedRead, Harvest, HarvestCommand};
use ledger_core::ids::HarvestId;
use ledger_core::meta::{Actor, Meta};
use ledger_core::partner::FeedFormat;
use ledger_core::webhook::Webhook;
use serde_json::json;
use uuid::Uuid;

use crate::service::machine;
use crate::shop::PARTNER;
use crate::webhooks::{NODE, Received, Told};

const OTHER: Uuid = Uuid::from_u128(2);

impl Told {
    fn app(&self) -> &App {
        &self.partners.shop.service.app
    }

    async fn state(&self) -> Webhook {
        self.app().ledger.state::<Webhook>(self.id).await.unwrap()
    }

    async fn pass(&self, node: Uuid, cursor: &mut Cursor) -> Passed {
        self.partners.shop.service.caught_up().await;
        pass(self.app(), self.id, node, cursor).await.unwrap()
    }

    async fn metric(&self, name: &str) -> i64 {
        let metrics = self.partners.shop.service.send(machine(Method::GET, "/metrics"), "").await;
        let line = metrics.body.lines().find_map(|it| it.strip_prefix(name)).unwrap();
        line.trim().parse().unwrap()
    }
}

#[tokio::test]
async fn a_message_that_is_not_answered_holds_up_none_of_the_next() {
    let it = Told::open(json!(["payment.authorised"])).await;
    let mut cursor = Cursor::default();
    it.received.hold(1);
    it.paid("one").await;
    assert_eq!(it.pass(NODE, &mut cursor).await, Passed::Told);
    it.paid("two").await;
    it.paid("three").await;
    it.pass(NODE, &mut cursor).await;
    assert_eq!(it.received.kinds().len(), 3, "the first is still under way");

    // Whoever comes next begins from the stream: what is under way waits in it.
    let noted = it.state().await;
    let [waits] = noted.pending[..] else { panic!("{:?}", noted.pending) };
    assert_eq!((waits.attempts, waits.position < noted.up_to), (0, true));
    assert!(waits.next > it.app().clock.now() + TimeDelta::seconds(15));
    it.app().clock.advance(TimeDelta::seconds(7));
    it.pass(NODE, &mut cursor).await;
    assert_eq!(it.metric("ledger_webhook_pending ").await, 1);
    assert_eq!(it.metric("ledger_webhook_oldest_pending_seconds ").await, 7);

    it.received.let_go();
    tokio::time::sleep(Duration::from_millis(100)).await;
    while it.pass(NODE, &mut cursor).await == Passed::Told {}
    assert_eq!(it.state().await.pending, []);
    assert_eq!(it.received.kinds().len(), 3, "each was sent once");
    assert_eq!(it.metric("ledger_webhook_pending ").await, 0);
    assert_eq!(it.metric("ledger_webhook_endpoints{state=\"active\"} ").await, 1);
    let path = format!("/api/v1/webhooks/{}/pause", it.id);
    assert_eq!(it.partners.machine().post(&path, &[], &json!({})).await.status, StatusCode::OK);
    assert_eq!(it.pass(NODE, &mut cursor).await, Passed::Over);
    assert_eq!(it.metric("ledger_webhook_endpoints{state=\"paused\"} ").await, 1);
}

#[tokio::test]
async fn a_node_keeps_its_claim_for_as_long_as_something_is_under_way() {
    let it = Told::open(json!(["payment.authorised"])).await;
    let (mut one, mut two) = (Cursor::default(), Cursor::default());
    it.received.hold(1);
    it.paid("one").await;
    it.pass(NODE, &mut one).await;
    for _ in 0..4 {
        it.app().clock.advance(TimeDelta::seconds(25));
        it.pass(NODE, &mut one).await;
        let (holder, until) = it.state().await.claim.unwrap();
        assert_eq!((holder, until >= it.app().clock.now() + TimeDelta::seconds(30)), (NODE, true));
        while it.pass(OTHER, &mut two).await == Passed::Told {}
        assert_eq!(it.received.kinds().len(), 1, "nobody else sends it");
    }

    // It stops for more than a minute: another one tells, and what the first learns late is void.
    it.app().clock.advance(TimeDelta::seconds(61));
    while it.pass(OTHER, &mut two).await == Passed::Told {}
    assert_eq!(it.received.kinds().len(), 2, "told again by the other one");
    let noted = it.state().await;
    it.received.let_go();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(it.pass(NODE, &mut one).await, Passed::Idle);
    assert_eq!(it.state().await, noted);
    assert_eq!(noted.claim.map(|it| it.0), Some(OTHER));
}

/// A feed is held, then read, again and again: each time the former is told.
async fn happen(app: &App, count: u64) {
    let (id, format) = (HarvestId::of(PARTNER), FeedFormat::Json);
    for number in 0..count {
        let read = FeedRead {
            format,
            whole: true,
            named: 1_000,
            published: 1,
            revised: 0,
            withdrawn: 0,
            unchanged: 0,
            waiting: 0,
            refused: 0,
            remarked: 0,
            changed_up_to: Some(number),
            findings: Digest::of(b""),
            records: vec![],
            remarks: vec![],
        };
        let held = HarvestCommand::Hold(FeedHeld { format, known: 1_000, named: 10 });
        for command in [held, HarvestCommand::RecordRead(Box::new(read))] {
            let meta = Meta { at: app.clock.now(), by: Actor::PROCESS, cause: app.clock.id() };
            app.ledger.execute::<Harvest>(id, &command, meta).await.unwrap();
        }
    }
}

#[tokio::test]
async fn an_endpoint_that_answers_nothing_delays_no_other() {
    let it = Told::open(json!(["feed.held"])).await;
    let (quick, url) = Received::serve().await;
    let new = json!({ "url": url, "events": ["feed.held"] });
    let machine = it.partners.machine();
    let made = machine.post("/api/v1/webhooks", &[("idempotency-key", "2")], &new);
    assert_eq!(made.await.status, StatusCode::CREATED);
    it.received.hold(usize::MAX);
    // Even if others hold all places that are shared.
    let places = it.app().webhooks.places.clone();
    let shared = u32::try_from(places.available_permits()).unwrap();
    let held = places.acquire_many(shared).await.unwrap();
    happen(it.app(), 200).await;
    it.partners.shop.service.caught_up().await;
    let worker = tokio::spawn(run(it.app().clone()));
    let all = async {
        while quick.ids().len() < 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    // A message that is not answered is given up after 15 s.
    assert!(
        tokio::time::timeout(Duration::from_secs(8), all).await.is_ok(),
        "{}",
        quick.ids().len()
    );
    let mut ids = quick.ids();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), quick.ids().len()), (200, 200));
    assert_eq!(it.received.ids().len(), 4, "what each endpoint always may have under way");
    drop(held);
    worker.abort();
}
