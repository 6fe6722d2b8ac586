//! A partner is paid for what a teacher buys on its own site: asked for by its machine, confirmed
//! on the hosted page.

use axum::http::{Method, StatusCode};
use ledger_api::api::secrets;
use ledger_core::client::{Client, ClientCommand, ClientRegistered, ClientScope, Party};
use ledger_core::ids::{ClientId, PartnerId};
use ledger_core::offer::Billing;
use ledger_core::partner::{Partner, PartnerCommand, PartnerRegistered, SitesDeclared};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::machine::{self, Machine, SECRET};
use crate::service::Reply;
use crate::shop::{PARTNER, Shop, account};

const SITE: &str = "https://preau.example";

/// What makes a cart wrong.
type Change = fn(&mut Value);

/// A shop whose partner sells on a site of its own, with a machine.
pub struct Partners {
    pub shop: Shop,
    pub token: String,
}

impl Partners {
    pub async fn open() -> Self {
        let shop = Shop::open().await;
        shop.sell("FRACTIONS", 15_00, Billing::Once).await;
        let sites = SitesDeclared { sites: vec![SITE.into()] };
        shop.execute::<Partner>(PARTNER, PartnerCommand::DeclareSites(sites)).await;
        let token = client(&shop, 1, PARTNER).await;
        Self { shop, token }
    }

    pub fn machine(&self) -> Machine<'_> {
        self.machine_with(self.token.clone())
    }

    pub fn machine_with(&self, token: String) -> Machine<'_> {
        Machine { service: &self.shop.service, client: ClientId(Uuid::nil()), token }
    }

    pub async fn ask(&self, key: &str, new: &Value) -> Reply {
        self.machine().post("/api/v1/payments", &[("idempotency-key", key)], new).await
    }

    /// Asks for a payment of 17,00 €; gives its address in the API and its page.
    pub async fn asked(&self) -> (String, String) {
        let reply = self.ask("one", &cart()).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
        (reply.location().to_owned(), page_of(&reply))
    }

    pub async fn shown(&self, at: &str) -> Value {
        let reply = self.machine().get(at).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        reply.json()
    }

    pub async fn act(&self, at: &str, act: &str, key: &str, body: Value) -> Reply {
        self.machine().post(&format!("{at}/{act}"), &[("idempotency-key", key)], &body).await
    }

    /// What a teacher sees above the buttons.
    pub async fn confirm(&self, page: &str) -> Reply {
        self.shop.post(page, "").await
    }
}

/// What a cart of 17,00 € asks for.
pub fn cart() -> Value {
    json!({
        "reference": "CMD-1", "description": "Panier", "return_url": format!("{SITE}/merci?a=1"),
        "metadata": { "ledger_code": "7061" },
        "lines": [
            { "type": "offer", "reference": "FRACTIONS" },
            { "type": "free", "title": "Guide de prise en main", "reference": "GUIDE",
              "kind": "reference", "amount_cents": 200, "vat_rate": 550 },
        ],
    })
}

/// Registers client number `n` of `partner`; gives a token of it.
pub async fn client(shop: &Shop, n: u128, partner: PartnerId) -> String {
    let id = ClientId(Uuid::from_u128(n));
    let register = ClientCommand::Register(ClientRegistered {
        name: "Boutique".into(),
        party: Party::Partner(partner),
        scopes: ClientScope::of(&Party::Partner(partner)),
        secret: secrets::fingerprint(SECRET),
    });
    shop.execute::<Client>(id, register).await;
    let reply = machine::token(&shop.service, &machine::form(id)).await;
    reply.json()["access_token"].as_str().unwrap().to_owned()
}

pub fn page_of(reply: &Reply) -> String {
    let url = reply.json()["payment_url"].as_str().unwrap().to_owned();
    url[url.find("/paiement/").unwrap()..].to_owned()
}

#[tokio::test]
async fn a_teacher_confirms_what_a_partner_asks_for_and_the_partner_delivers() {
    let it = Partners::open().await;
    let (at, page) = it.asked().await;
    let shown = it.shown(&at).await;
    assert_eq!(shown["state"]["status"], "created");
    assert_eq!((&shown["amount_cents"], &shown["held_cents"]), (&json!(17_00), &json!(0)));
    assert_eq!(shown["metadata"]["ledger_code"], "7061");

    let seen = it.shop.get(&page).await;
    assert_eq!(seen.status, StatusCode::OK);
    for told in ["Panier", "Guide de prise en main", "Région Occitanie", "17,00", "95,00", "CMD-1"]
    {
        assert!(seen.body.replace('\u{202f}', " ").contains(told), "{told}: {}", seen.body);
    }
    let policy = seen.header("content-security-policy");
    assert!(policy.contains(&format!("form-action 'self' {SITE};")), "{policy}");

    // A double click confirms once, and leads to the same place.
    for _ in 0..2 {
        let back = it.confirm(&page).await;
        assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.body);
        let id = at.rsplit('/').next().unwrap();
        assert_eq!(back.location(), format!("{SITE}/merci?a=1&payment={id}"));
    }
    let shown = it.shown(&at).await;
    assert_eq!(shown["state"]["status"], "authorised");
    assert_eq!(shown["held_cents"], 17_00);
    assert!(shown["buyer"].as_str().unwrap().starts_with("buy_"));
    let amina = account("amina").to_string();
    assert!(!shown.to_string().contains(&amina[4..]), "the account is told to the partner");

    let part = json!({ "amount_cents": 15_50, "last": false });
    for _ in 0..2 {
        let reply = it.act(&at, "capture", "c1", part.clone()).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        assert_eq!(reply.json()["captured_cents"], 15_50);
    }
    let rest = it.act(&at, "capture", "c2", json!({})).await;
    assert_eq!(rest.json()["state"]["status"], "captured");
    assert_eq!(rest.json()["state"]["finished"], true);
    let over = it.act(&at, "capture", "c3", json!({})).await;
    assert_eq!(over.problem(), (409, "amount-too-large".to_owned()));

    let line = json!({ "lines": [{ "line": 0, "amount_cents": 5_00 }] });
    for _ in 0..2 {
        let reply = it.act(&at, "refunds", "r1", line.clone()).await;
        assert_eq!(reply.json()["refunded_cents"], 5_00, "{}", reply.body);
    }
    let reused = it.act(&at, "refunds", "r1", json!({ "amount_cents": 6_00 })).await;
    assert_eq!(reused.problem().1, "reference-reused");
    let too_much = it.act(&at, "refunds", "r2", json!({ "amount_cents": 12_01 })).await;
    assert_eq!(too_much.json()["possible_cents"], 12_00);

    let events = it.shown(&format!("{at}/events")).await;
    let kinds: Vec<_> =
        events["data"].as_array().unwrap().iter().map(|it| it["type"].as_str().unwrap()).collect();
    let whole = [
        "payment.created",
        "payment.authorised",
        "payment.captured",
        "payment.captured",
        "payment.captured",
        "payment.refunded",
    ];
    assert_eq!(kinds, whole);
}

#[tokio::test]
async fn the_same_call_twice_gives_the_same_answer_whatever_became_of_the_offer() {
    let it = Partners::open().await;
    let first = it.ask("one", &cart()).await;
    it.shop.sell("FRACTIONS", 20_00, Billing::Once).await;
    let again = it.ask("one", &cart()).await;
    assert_eq!((again.status, &again.body), (StatusCode::OK, &first.body));
    assert_eq!(again.header("idempotent-replayed"), "true");
    let mut other = cart();
    other["reference"] = json!("CMD-2");
    assert_eq!(it.ask("one", &other).await.problem(), (422, "idempotency-key-reused".to_owned()));
    let now = it.ask("two", &cart()).await;
    assert_eq!(now.json()["amount_cents"], 22_00);
}

#[tokio::test]
async fn what_cannot_be_asked_for_says_what_would_be_right() {
    let it = Partners::open().await;
    let with = |change: fn(&mut Value)| {
        let mut new = cart();
        change(&mut new);
        new
    };
    let cases: [(Change, u16, &str); 9] = [
        (|it| it["return_url"] = json!("https://evil.example/"), 409, "site-not-declared"),
        (
            |it| it["return_url"] = json!("https://preau.example@evil.example/"),
            409,
            "site-not-declared",
        ),
        (|it| it["return_url"] = json!("javascript:alert(1)"), 409, "site-not-declared"),
        (|it| it["lines"] = json!([]), 422, "invalid-field"),
        (|it| it["lines"][1]["vat_rate"] = json!(551), 422, "invalid-field"),
        (|it| it["lines"][0]["reference"] = json!("NOTHING"), 404, "no-such-offer"),
        (|it| it["lines"][0]["ceiling_cents"] = json!(5), 422, "ceiling-misplaced"),
        (|it| it["metadata"]["a b"] = json!("c"), 422, "invalid-field"),
        (|it| it["expires_in"] = json!(59), 422, "invalid-field"),
    ];
    for (nth, (change, status, slug)) in cases.into_iter().enumerate() {
        let reply = it.ask(&format!("case-{nth}"), &with(change)).await;
        assert_eq!(reply.problem(), (status, slug.to_owned()), "{nth}: {}", reply.body);
    }
    // A whole line that is wrong names the line.
    let reply = it.ask("line", &with(|it| it["lines"][1] = json!({ "type": "free" }))).await;
    assert!(reply.body.contains("lines[1]"), "{}", reply.body);
}

#[tokio::test]
async fn a_teacher_declines_and_nothing_is_taken() {
    let it = Partners::open().await;
    let (at, page) = it.asked().await;
    let back = it.shop.post(&format!("{page}/refuser"), "").await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    let shown = it.shown(&at).await;
    assert_eq!(shown["state"]["status"], "declined");
    assert_eq!(shown["state"]["code"], "declined-by-teacher");
    assert_eq!(shown["state"]["can_retry"], false);
    let late = it.confirm(&page).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.body.contains("Ce paiement est terminé"), "{}", late.body);
    assert_eq!(it.shop.available().await.cents(), 112_00);
}

#[tokio::test]
async fn what_the_account_cannot_pay_is_refused_on_the_page_and_nothing_is_held() {
    let it = Partners::open().await;
    let mut dear = cart();
    dear["lines"][1]["amount_cents"] = json!(100_00);
    let page = page_of(&it.ask("dear", &dear).await);
    let seen = it.shop.get(&page).await;
    assert_eq!(seen.status, StatusCode::CONFLICT);
    assert!(seen.body.contains("Il manque 3,00"), "{}", seen.body);
    assert_eq!(it.confirm(&page).await.status, StatusCode::CONFLICT);
    assert_eq!(it.shop.available().await.cents(), 112_00);
    // What is missing comes, and the same page works.
    it.shop.credit("amina", crate::shop::REGION, 5_00).await;
    assert_eq!(it.confirm(&page).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn only_a_teacher_confirms_and_only_once() {
    let it = Partners::open().await;
    let (_, page) = it.asked().await;
    let visitor = it.shop.service.get(&page).await;
    assert!(visitor.location().starts_with("/connexion?retour="), "{}", visitor.location());
    let accountant = it.shop.service.sign_in("comptable").await;
    let refused = it.shop.service.post_form(&accountant, &page, "").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(it.confirm(&page).await.status, StatusCode::SEE_OTHER);
    let lucas = it.shop.service.sign_in("lucas").await;
    let other = it.shop.service.post_form(&lucas, &page, "").await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert!(other.body.contains("confirmé par quelqu’un d’autre"), "{}", other.body);
    let nothing = it.shop.get("/paiement/pay_00000000000000000000000000000001").await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn another_partner_sees_nothing_of_it_and_knows_the_teacher_otherwise() {
    let it = Partners::open().await;
    let (at, page) = it.asked().await;
    it.confirm(&page).await;
    let other = PartnerId(Uuid::from_u128(21));
    let register = PartnerCommand::Register(PartnerRegistered {
        siret: "73282932000074".parse().unwrap(),
        name: "Un autre".into(),
        agreement: "CONV-2026-2".into(),
    });
    it.shop.execute::<Partner>(other, register).await;
    let sites = SitesDeclared { sites: vec![SITE.into()] };
    it.shop.execute::<Partner>(other, PartnerCommand::DeclareSites(sites)).await;
    let token = client(&it.shop, 2, other).await;
    let machine = it.machine_with(token);
    assert_eq!(machine.get(&at).await.problem(), (404, "no-such-payment".to_owned()));
    for act in ["capture", "refunds", "cancel", "usage", "usage/close"] {
        let body = if act == "usage" { json!({ "units": 1 }) } else { json!({}) };
        let key = [("idempotency-key", "k")];
        let reply = machine.post(&format!("{at}/{act}"), &key, &body).await;
        assert_eq!(reply.problem(), (404, "no-such-payment".to_owned()), "{act}");
    }
    let mut free = cart();
    free["lines"].as_array_mut().unwrap().remove(0);
    let reply = machine.post("/api/v1/payments", &[("idempotency-key", "one")], &free).await;
    let theirs = reply.location().to_owned();
    it.confirm(&page_of(&reply)).await;
    let (ours, theirs) = (it.shown(&at).await, machine.get(&theirs).await.json());
    assert_ne!(ours["buyer"], theirs["buyer"]);
    let listed = machine.get("/api/v1/payments").await.json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_payment_is_given_up_before_delivery_and_not_after() {
    let it = Partners::open().await;
    let (at, page) = it.asked().await;
    it.confirm(&page).await;
    let cancelled = it.act(&at, "cancel", "x", json!({ "reason": "rupture de stock" })).await;
    assert_eq!(cancelled.json()["state"]["code"], "cancelled-before-delivery");
    assert_eq!(it.shop.available().await.cents(), 112_00);
    let reply = it.ask("two", &cart()).await;
    let at = reply.location().to_owned();
    it.confirm(&page_of(&reply)).await;
    it.act(&at, "capture", "c", json!({ "amount_cents": 1_00, "last": false })).await;
    let refused = it.act(&at, "cancel", "x", json!({})).await;
    assert_eq!(refused.problem().1, "purchase-partly-delivered");
}

#[tokio::test]
async fn payments_are_found_by_reference_state_and_metadata_page_by_page() {
    let it = Partners::open().await;
    for n in 1..=3 {
        let mut new = cart();
        new["reference"] = json!(format!("CMD-{n}"));
        new["metadata"] = json!({ "site": if n == 2 { "lille" } else { "lyon" } });
        let reply = it.ask(&format!("k{n}"), &new).await;
        if n == 1 {
            it.confirm(&page_of(&reply)).await;
        }
    }
    let found = async |query: &str| -> Vec<String> {
        let listed = it.machine().get(&format!("/api/v1/payments{query}")).await.json();
        let reference = |it: &Value| it["reference"].as_str().unwrap().to_owned();
        listed["data"].as_array().unwrap().iter().map(reference).collect()
    };
    assert_eq!(found("").await, ["CMD-3", "CMD-2", "CMD-1"]);
    assert_eq!(found("?reference=CMD-2").await, ["CMD-2"]);
    assert_eq!(found("?status=authorised").await, ["CMD-1"]);
    assert_eq!(found("?status=created").await, ["CMD-3", "CMD-2"]);
    assert_eq!(found("?metadata=site%3Dlille").await, ["CMD-2"]);
    assert_eq!(found("?since=2030-01-01T00:00:00Z").await, Vec::<String>::new());
    let first = it.machine().get("/api/v1/payments?limit=2").await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(found(&format!("?limit=2&cursor={cursor}")).await, ["CMD-1"]);
}

#[tokio::test]
async fn a_client_needs_the_scope_and_a_partner() {
    let it = Partners::open().await;
    let paris = Machine::of_paris(&it.shop.service).await;
    let reply = paris.get("/api/v1/payments").await;
    assert_eq!(reply.problem(), (403, "insufficient-scope".to_owned()));
    let wrong = it.machine().send(Method::POST, "/api/v1/payments", &[], "{").await;
    assert!(wrong.status.is_client_error());
}
