//! What a machine may rely on: the catalogue's search, one offer, suggestions, open data, and what
//! became of a partner's feeds.

use axum::http::{Method, StatusCode};
use ledger_core::client::{Client, ClientCommand, ClientRegistered, ClientScope, Party};
use ledger_core::digest::Digest;
use ledger_core::harvest::{FeedFailed, Harvest, HarvestCommand};
use ledger_core::ids::{ClientId, HarvestId};
use ledger_core::meta::{Actor, Meta};
use ledger_core::offer::{Billing, Listing};
use ledger_core::partner::{FeedDeclared, FeedFormat, Partner, PartnerCommand};
use uuid::Uuid;

use crate::machine::{FUNDERS, Machine, SECRET, form, token};
use crate::service::{Reply, Service, machine};
use crate::shop::{PARTNER, Shop, listing};

async fn get(service: &Service, path: &str) -> Reply {
    service.send(machine(Method::GET, path), "").await
}

/// A shop that sells an atlas and an exercise besides.
async fn shop() -> Shop {
    let shop = Shop::open().await;
    let atlas = Listing {
        title: "Grand atlas de géographie".into(),
        subjects: vec!["geographie".into()],
        levels: vec!["5e".into()],
        ..listing("ATLAS", 12_00, Billing::Once)
    };
    let exercise = Listing {
        title: "Fractions, exercices".into(),
        subjects: vec!["mathematiques".into()],
        levels: vec!["6e".into()],
        ..listing("FRACTIONS", 3_00, Billing::Once)
    };
    for it in [atlas, exercise] {
        shop.list(it).await;
    }
    shop.service.caught_up().await;
    shop
}

#[tokio::test]
async fn what_a_machine_finds_is_what_a_teacher_finds() {
    let shop = shop().await;
    let found = get(&shop.service, "/api/v1/offers?q=fraction+sixi%C3%A8me").await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.body);
    let json = found.json();
    assert_eq!(json["data"][0]["title"], "Fractions, exercices", "{json:#}");
    assert_eq!((&json["count"], &json["data"][0]["price_cents"]), (&1.into(), &300.into()));
    let etag = found.header("etag").to_owned();
    let again = machine(Method::GET, "/api/v1/offers?q=fraction+sixi%C3%A8me");
    let again = shop.service.send(again.header("if-none-match", &etag), "").await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);

    let facets = get(&shop.service, "/api/v1/offers?level=5e").await.json();
    let level = facets["facets"].as_array().unwrap().iter().find(|it| it["name"] == "level");
    let chosen =
        level.unwrap()["values"].as_array().unwrap().iter().find(|it| it["chosen"] == true);
    assert_eq!(chosen.unwrap()["value"], "5e", "{facets:#}");

    let one = format!("/api/v1/offers/{}", json["data"][0]["id"].as_str().unwrap());
    assert_eq!(get(&shop.service, &one).await.json()["reference"], "FRACTIONS");
    let none = get(&shop.service, "/api/v1/offers/off_00000000000000000000000000000000").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    let suggested = get(&shop.service, "/api/v1/offers/suggestions?q=frac").await.json();
    assert!(suggested["data"][0]["text"].as_str().unwrap().starts_with("frac"), "{suggested}");
}

#[tokio::test]
async fn what_cannot_be_searched_says_what_would_be_right() {
    let shop = shop().await;
    for (query, told) in [
        ("sort=cheap", "relevance, price"),
        ("colour=red", "no such parameter"),
        ("limit=0", "1 to"),
    ] {
        let reply = get(&shop.service, &format!("/api/v1/offers?{query}")).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(reply.body.contains(told), "{}", reply.body);
    }
}

#[tokio::test]
async fn the_whole_catalogue_is_open_data() {
    let shop = shop().await;
    let page = shop.service.get("/catalogue/donnees-ouvertes").await;
    assert!(page.body.contains("Licence Ouverte 2.0"), "{}", page.body);
    let table = shop.service.get("/catalogue/donnees-ouvertes.csv").await;
    let lines = shop.service.get("/catalogue/donnees-ouvertes.jsonl").await;
    assert_eq!(table.body.lines().count(), lines.body.lines().count() + 1);
    assert!(table.body.contains("Grand atlas de géographie;"), "{}", table.body);
    for line in lines.body.lines() {
        let offer: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(offer["on_sale"], true);
    }
    let tag = table.header("etag").to_owned();
    let again =
        machine(Method::GET, "/catalogue/donnees-ouvertes.csv").header("if-none-match", tag);
    assert_eq!(shop.service.send(again, "").await.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn a_partner_reads_what_became_of_its_own_feeds_and_of_no_other() {
    let shop = shop().await;
    let (service, ledger) = (&shop.service, &shop.service.app.ledger);
    let meta = Meta { at: service.app.clock.now(), by: Actor::OPERATOR, cause: Uuid::nil() };
    let url = "https://preau.example/onix.xml".into();
    let declare = FeedDeclared { url, format: FeedFormat::Onix, hosts: vec![] };
    let declare = PartnerCommand::DeclareFeed(declare);
    ledger.execute::<Partner>(PARTNER, &declare, meta).await.unwrap();
    let failed = FeedFailed { format: FeedFormat::Onix, reason: "answered 503".into() };
    let failed = HarvestCommand::RecordFailed(failed);
    ledger.execute::<Harvest>(HarvestId::of(PARTNER), &failed, meta).await.unwrap();
    let client = ClientId(Uuid::from_u128(0xc9));
    let register = ClientCommand::Register(ClientRegistered {
        name: "Flux".into(),
        party: Party::Partner(PARTNER),
        scopes: vec![ClientScope::FeedsRead],
        secret: Digest::of(SECRET.as_bytes()),
    });
    ledger.execute::<Client>(client, &register, meta).await.unwrap();
    let bearer =
        token(service, &form(client)).await.json()["access_token"].as_str().unwrap().to_owned();
    let read = async |path: &str| {
        let request =
            machine(Method::GET, path).header("authorization", format!("Bearer {bearer}"));
        service.send(request, "").await
    };
    let feeds = read("/api/v1/feeds").await.json();
    assert_eq!(feeds["data"][0]["last"]["outcome"], "failed", "{feeds:#}");
    let readings = read("/api/v1/feeds/readings").await.json();
    assert_eq!(readings["data"][0]["detail"], "answered 503");
    let one = format!("/api/v1/feeds/readings/{}", readings["data"][0]["id"]);
    assert_eq!(read(&one).await.json()["refused"], serde_json::json!([]));
    assert_eq!(read("/api/v1/feeds/readings/1").await.status, StatusCode::NOT_FOUND);

    let paris = Machine::of(service, 1, "siren:217500016", &FUNDERS).await;
    assert_eq!(paris.get("/api/v1/feeds").await.status, StatusCode::FORBIDDEN);
}
