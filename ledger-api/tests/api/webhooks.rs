//! Partners are told what happens, and check that it is us who tell.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::routing::post;
use chrono::TimeDelta;
use ledger_api::webhooks::Sender;
use ledger_api::workers::webhooks::{Cursor, Passed, pass};
use ledger_core::ids::{PartnerId, WebhookId};
use ledger_core::partner::{Partner, PartnerCommand, PartnerRegistered};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::payments::{Partners, cart, client, page_of};
use crate::service::Reply;
use crate::shop::PARTNER;

pub const NODE: Uuid = Uuid::from_u128(1);

/// What came in, and what is answered next; 200 once that is used up.
#[derive(Clone, Default)]
pub struct Received {
    messages: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    answers: Arc<Mutex<VecDeque<StatusCode>>>,
    /// How many of the next messages are not answered until they are let go.
    held: Arc<AtomicUsize>,
    let_go: Arc<Notify>,
}

impl Received {
    pub async fn serve() -> (Self, String) {
        let received = Self::default();
        let routes = Router::new().route("/hook", post(take)).with_state(received.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (received, url)
    }

    /// Does not answer the next `count` messages until they are let go.
    pub fn hold(&self, count: usize) {
        self.held.store(count, Ordering::SeqCst);
    }

    pub fn let_go(&self) {
        self.let_go.notify_waiters();
    }

    fn answer(&self, answers: &[StatusCode]) {
        self.answers.lock().extend(answers);
    }

    pub fn kinds(&self) -> Vec<String> {
        let kind = |(_, body): &(HeaderMap, Bytes)| {
            let body: Value = serde_json::from_slice(body).unwrap();
            body["type"].as_str().unwrap().to_owned()
        };
        self.messages.lock().iter().map(kind).collect()
    }

    pub fn ids(&self) -> Vec<String> {
        let id =
            |(headers, _): &(HeaderMap, Bytes)| headers["webhook-id"].to_str().unwrap().to_owned();
        self.messages.lock().iter().map(id).collect()
    }

    fn last(&self) -> (HeaderMap, Bytes) {
        self.messages.lock().last().unwrap().clone()
    }
}

async fn take(State(it): State<Received>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let let_go = it.let_go.notified();
    it.messages.lock().push((headers, body));
    let less = |held: usize| held.checked_sub(1);
    if it.held.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
        let_go.await;
    }
    it.answers.lock().pop_front().unwrap_or(StatusCode::OK)
}

/// A partner with an endpoint.
pub struct Told {
    pub partners: Partners,
    pub received: Received,
    pub id: WebhookId,
    secret: String,
    cursor: Cursor,
}

impl Told {
    pub async fn open(events: Value) -> Self {
        let partners = Partners::open().await;
        let (received, url) = Received::serve().await;
        let new = json!({ "url": url, "events": events });
        let machine = partners.machine();
        let made = machine.post("/api/v1/webhooks", &[("idempotency-key", "w")], &new).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let id = made.json()["id"].as_str().unwrap().parse().unwrap();
        let secret = made.json()["secret"].as_str().unwrap().to_owned();
        Self { partners, received, id, secret, cursor: Cursor::default() }
    }

    /// Tells what is due, until there is nothing more.
    pub async fn tell(&mut self) {
        self.partners.shop.service.caught_up().await;
        let app = &self.partners.shop.service.app;
        while pass(app, self.id, NODE, &mut self.cursor).await.unwrap() == Passed::Told {}
    }

    /// A payment that is asked for and confirmed.
    pub async fn paid(&self, key: &str) -> String {
        let reply = self.partners.ask(key, &cart()).await;
        self.partners.confirm(&page_of(&reply)).await;
        reply.location().to_owned()
    }

    async fn later(&mut self, pause: TimeDelta) {
        self.partners.shop.service.app.clock.advance(pause);
        let n = 100 + u128::from(self.partners.shop.service.app.clock.millis().unsigned_abs());
        self.partners.token = client(&self.partners.shop, n, PARTNER).await;
    }

    async fn act(&self, act: &str, body: Value) -> Reply {
        let path = format!("/api/v1/webhooks/{}/{act}", self.id);
        self.partners.machine().post(&path, &[], &body).await
    }

    pub async fn status(&self) -> Value {
        let path = format!("/api/v1/webhooks/{}", self.id);
        // Whatever client asks: it is the partner's.
        self.partners.machine().get(&path).await.json()["status"].clone()
    }
}

/// Whether a message has a signature of `secret`, its age not looked at: tests have their own time.
fn signed_by(secret: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    let text = |name: &str| headers[name].to_str().unwrap();
    let check = standardwebhooks::Webhook::new(secret).unwrap();
    let at = text("webhook-timestamp").parse().unwrap();
    let signature = check.sign(text("webhook-id"), at, body).unwrap();
    text("webhook-signature").split(' ').any(|it| it == signature)
}

#[tokio::test]
async fn what_happens_is_told_once_signed_and_without_anybodys_name() {
    let mut it = Told::open(json!([])).await;
    let at = it.paid("one").await;
    it.partners.act(&at, "capture", "c", json!({})).await;
    it.tell().await;
    let told = ["payment.authorised", "payment.captured", "payment.captured"];
    assert_eq!(it.received.kinds(), told);
    it.tell().await;
    assert_eq!(it.received.kinds().len(), 3, "told once");

    let (headers, body) = it.received.last();
    assert!(signed_by(&it.secret, &headers, &body));
    let now = it.partners.shop.service.app.clock.now().timestamp().to_string();
    assert_eq!(headers["webhook-timestamp"], now.as_str());
    let said: Value = serde_json::from_slice(&body).unwrap();
    let data = &said["data"];
    assert_eq!((&data["line"], &data["amount_cents"]), (&json!(1), &json!(2_00)));
    assert_eq!(
        (&data["reference"], &data["payment"]),
        (&json!("CMD-1"), &json!(at.rsplit('/').next()))
    );
    let amina = crate::shop::account("amina").to_string();
    for (_, body) in it.received.messages.lock().iter() {
        assert!(!String::from_utf8_lossy(body).contains(&amina[4..]), "the account is told");
    }
}

#[tokio::test]
async fn only_what_is_wanted_is_told_and_only_to_whom_it_concerns() {
    let mut it = Told::open(json!(["payment.refunded"])).await;
    let other = PartnerId(Uuid::from_u128(21));
    let register = PartnerCommand::Register(PartnerRegistered {
        siret: "73282932000074".parse().unwrap(),
        name: "Un autre".into(),
        agreement: "CONV-2026-2".into(),
    });
    it.partners.shop.execute::<Partner>(other, register).await;
    let token = client(&it.partners.shop, 2, other).await;
    let (theirs, url) = Received::serve().await;
    let machine = it.partners.machine_with(token);
    let new = json!({ "url": url });
    let made = machine.post("/api/v1/webhooks", &[("idempotency-key", "w")], &new).await;
    let their_id: WebhookId = made.json()["id"].as_str().unwrap().parse().unwrap();
    let path = format!("/api/v1/webhooks/{}", it.id);
    assert_eq!(machine.get(&path).await.problem(), (404, "no-such-webhook".to_owned()));

    let at = it.paid("one").await;
    it.partners.act(&at, "capture", "c", json!({})).await;
    it.partners.act(&at, "refunds", "r", json!({ "amount_cents": 1_00 })).await;
    it.tell().await;
    assert_eq!(it.received.kinds(), ["payment.refunded"]);
    let app = &it.partners.shop.service.app;
    let mut cursor = Cursor::default();
    while pass(app, their_id, NODE, &mut cursor).await.unwrap() == Passed::Told {}
    assert_eq!(theirs.kinds(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_not_taken_is_tried_again_later_and_the_rest_goes_on() {
    let mut it = Told::open(json!(["payment.authorised"])).await;
    it.received.answer(&[StatusCode::INTERNAL_SERVER_ERROR, StatusCode::FOUND]);
    it.paid("one").await;
    it.tell().await;
    it.paid("two").await;
    it.tell().await;
    it.paid("three").await;
    it.tell().await;
    assert_eq!(it.received.kinds().len(), 3, "nothing is tried again at once");
    // 60 s, then 5 minutes, 1 hour: a tenth more at most.
    it.later(TimeDelta::seconds(67)).await;
    it.received.answer(&[StatusCode::SERVICE_UNAVAILABLE]);
    it.tell().await;
    assert_eq!(it.received.kinds().len(), 5, "both are tried again");
    it.later(TimeDelta::seconds(67)).await;
    it.tell().await;
    assert_eq!(it.received.kinds().len(), 5);
    it.later(TimeDelta::minutes(5)).await;
    it.tell().await;
    let ids = it.received.ids();
    assert_eq!(ids.len(), 6);
    assert_eq!(ids[5], ids[3], "the one that failed again, under its own id");

    let path = format!("/api/v1/webhooks/{}/deliveries", it.id);
    let listed = it.partners.machine().get(&path).await.json();
    let tries = listed["data"].as_array().unwrap();
    assert_eq!(tries.len(), 6);
    assert_eq!((&tries[0]["attempt"], &tries[0]["status"]), (&json!(3), &json!(200)));
}

#[tokio::test]
async fn an_endpoint_that_answers_nothing_good_for_days_is_paused_and_resumed_without_loss() {
    let mut it = Told::open(json!(["payment.authorised"])).await;
    it.received.answer(&[StatusCode::BAD_GATEWAY; 6]);
    it.paid("one").await;
    it.tell().await;
    for pause in [2, 6, 67, 1600, 3200] {
        it.later(TimeDelta::minutes(pause)).await;
        it.tell().await;
    }
    assert_eq!(it.received.kinds().len(), 6, "six tries");
    assert_eq!(it.status().await, "failing");
    // Nothing is told while it is paused; all of it once it is resumed.
    it.partners.shop.wait(0).await;
    it.paid("two").await;
    it.tell().await;
    assert_eq!(it.received.kinds().len(), 6);
    it.act("resume", json!({})).await;
    it.tell().await;
    assert_eq!(it.received.kinds().len(), 7);
    assert_eq!(it.status().await, "active");
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_left_alone() {
    let mut it = Told::open(json!(["payment.authorised"])).await;
    it.received.answer(&[StatusCode::GONE]);
    it.paid("one").await;
    it.tell().await;
    assert_eq!(it.status().await, "gone");
}

#[tokio::test]
async fn what_a_stopped_node_did_not_note_is_told_again_and_never_lost() {
    let mut it = Told::open(json!(["payment.authorised"])).await;
    it.paid("one").await;
    it.paid("two").await;
    // A node stops after it sent, before it noted: another one begins from the stream.
    let app = &it.partners.shop.service.app;
    it.partners.shop.service.caught_up().await;
    let (url, state) = (it.received.clone(), it.id);
    let stopped = {
        let mut cursor = Cursor::default();
        let work = pass(app, state, NODE, &mut cursor);
        tokio::time::timeout(std::time::Duration::from_millis(1), work).await
    };
    let before = url.ids();
    it.later(TimeDelta::seconds(61)).await;
    let app = &it.partners.shop.service.app;
    let mut cursor = Cursor::default();
    while pass(app, it.id, Uuid::from_u128(2), &mut cursor).await.unwrap() == Passed::Told {}
    let mut ids = it.received.ids();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 2, "both are told: {stopped:?}, {before:?}");
}

#[tokio::test]
async fn two_nodes_at_once_tell_each_message_once() {
    let mut it = Told::open(json!(["payment.authorised"])).await;
    it.paid("one").await;
    it.paid("two").await;
    it.partners.shop.service.caught_up().await;
    let app = &it.partners.shop.service.app;
    let (mut one, mut two) = (Cursor::default(), Cursor::default());
    let (first, second) = tokio::join!(
        pass(app, it.id, NODE, &mut one),
        pass(app, it.id, Uuid::from_u128(2), &mut two),
    );
    assert!(first.is_ok() && second.is_ok());
    it.tell().await;
    assert_eq!(it.received.kinds().len(), 2);
}

#[tokio::test]
async fn a_secret_is_rotated_without_a_message_that_nobody_can_check() {
    let mut it = Told::open(json!(["payment.authorised"])).await;
    let rotated = it.act("secret", json!({})).await;
    let next = rotated.json()["secret"].as_str().unwrap().to_owned();
    assert_ne!(next, it.secret);
    it.paid("one").await;
    it.tell().await;
    let (headers, body) = it.received.last();
    for secret in [&it.secret, &next] {
        assert!(signed_by(secret, &headers, &body));
    }
    it.later(TimeDelta::hours(25)).await;
    it.partners.shop.wait(0).await;
    it.paid("two").await;
    it.tell().await;
    let (headers, body) = it.received.last();
    assert!(!signed_by(&it.secret, &headers, &body), "the old one signs no more");
    assert!(signed_by(&next, &headers, &body));
    let shown = it.partners.machine().get(&format!("/api/v1/webhooks/{}", it.id)).await;
    assert!(!shown.body.contains("whsec_"), "told once: {}", shown.body);
}

#[tokio::test]
async fn what_was_told_is_told_again_on_demand_under_the_same_ids() {
    let mut it = Told::open(json!(["payment.authorised"])).await;
    let since = it.partners.shop.service.app.clock.now().to_rfc3339();
    it.later(TimeDelta::seconds(1)).await;
    it.paid("one").await;
    it.later(TimeDelta::seconds(1)).await;
    it.paid("two").await;
    it.tell().await;
    let ids = it.received.ids();
    it.act("replay", json!({ "message": ids[0] })).await;
    it.tell().await;
    assert_eq!(it.received.ids(), [&ids[..], &ids[..1]].concat());
    it.act("replay", json!({ "since": since })).await;
    it.tell().await;
    assert_eq!(it.received.ids(), [&ids[..], &ids[..1], &ids[..]].concat());
    let wrong = it.act("replay", json!({})).await;
    assert_eq!(wrong.problem(), (422, "invalid-field".to_owned()));
}

#[tokio::test]
async fn a_test_says_how_it_was_answered() {
    let it = Told::open(json!([])).await;
    it.received.answer(&[StatusCode::IM_A_TEAPOT]);
    let tested = it.act("test", json!({})).await.json();
    assert_eq!((&tested["status"], &tested["taken"]), (&json!(418), &json!(false)));
    assert_eq!(it.received.kinds(), ["ping"]);
    let path = format!("/api/v1/webhooks/{}", it.id);
    let deleted = it.partners.machine().send(Method::DELETE, &path, &[], "").await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert_eq!(it.partners.machine().get(&path).await.status, StatusCode::NOT_FOUND);
}

#[test]
fn machines_that_only_we_see_are_never_asked() {
    let sender = Sender::new(false).unwrap();
    for wrong in [
        "https://127.0.0.1/hook",
        "https://localhost/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/hook",
        "http://preau.example/hook",
        "https://user:secret@preau.example/hook",
        "file:///etc/passwd",
    ] {
        assert!(sender.may_ask(wrong).is_err(), "{wrong}");
    }
    assert!(sender.may_ask("https://preau.example/hook").is_ok());
}
