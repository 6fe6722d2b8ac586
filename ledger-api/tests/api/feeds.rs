//! The accountant reads what the last pass over each partner's feed came to.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use catalogue_sync::feed::{Reason, RefusedOffer, Rule};
use catalogue_sync::sync::Report;
use catalogue_sync::sync::report::Outcome;
use fixtures::partner_site;
use fixtures::partners::PARTNERS;
use ledger_api::workers::feeds::{self, Feeds, LastPass};
use ledger_core::ids::PartnerId;
use ledger_core::meta::{Actor, Meta};
use ledger_core::partner::{FeedDeclared, Partner, PartnerCommand, PartnerRegistered};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::books::{Books, PARTNER};
use crate::service::Service;

const UNREACHABLE: PartnerId = PartnerId(Uuid::from_u128(0xa9));

/// One offer taken, one refused for two reasons.
fn report() -> Report {
    let reasons = vec![
        Reason::new(Rule::Currency, "NZD", "the price is in NZD: give one in EUR"),
        Reason::new(Rule::NotDigital, "BC", "ProductForm is BC: give one that begins with E"),
    ];
    Report {
        partner: PARTNER,
        name: "Éditions du Préau".into(),
        feed: "https://preau.example/onix.xml".into(),
        outcome: Outcome::Full,
        named: 2,
        published: 1,
        revised: 0,
        withdrawn: 0,
        unchanged: 0,
        refused: vec![RefusedOffer {
            reference: Some("9780000000001".into()),
            title: Some("<b>Atlas</b>".into()),
            place: "line 12".into(),
            reasons,
        }],
        remarks: vec![],
        position: None,
    }
}

#[tokio::test]
async fn each_refused_record_is_shown_with_its_rule_its_value_and_its_place() {
    let books = Books::open().await;
    assert!(books.page("/comptable/flux-partenaires").await.contains("Aucun passage"));
    let app = &books.service.app;
    let (name, at) = ("Éditions du Préau".to_owned(), app.clock.now());
    app.feeds.keep(PARTNER, LastPass { name, at, outcome: Ok(report()) });
    let failed = LastPass { name: "Au loin".into(), at, outcome: Err("timed out".into()) };
    app.feeds.keep(UNREACHABLE, failed);

    let all = books.page("/comptable/flux-partenaires").await;
    let path = format!("/comptable/flux-partenaires/{PARTNER}");
    assert!(all.contains(&path) && all.contains("Échec"), "{all}");
    let one = books.page(&path).await;
    for told in [
        "9780000000001",
        "&#60;b&#62;Atlas",
        "line 12",
        "Aucun prix en euros.",
        "NZD",
        "give one that begins with E",
        "not-digital",
    ] {
        assert!(one.contains(told), "{told}\n{one}");
    }
    let csv = books.page(&format!("{path}/csv")).await;
    assert_eq!(csv.lines().count(), 3, "{csv}");
    let failed = books.page(&format!("/comptable/flux-partenaires/{UNREACHABLE}")).await;
    assert!(failed.contains("timed out"), "{failed}");
    let other = books.get("/comptable/flux-partenaires/par_0").await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_that_does_not_answer_delays_no_other() {
    let service = Service::demo().await;
    let app = &service.app;
    let at = app.clock.now();
    let meta = Meta { at, by: Actor::OPERATOR, cause: Uuid::nil() };
    let (listener, site, base) = partner_site::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    tokio::spawn(partner_site::serve(listener, site));
    // Takes connections, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silence = format!("http://{}/offers.json", silent.local_addr().unwrap());
    let answers = PARTNERS.iter().max_by_key(|it| it.id()).unwrap();
    for it in &PARTNERS {
        let url = if it.slug == answers.slug { it.feed_url(&base) } else { silence.clone() };
        let registered = PartnerRegistered {
            siret: it.siret(),
            name: it.name.into(),
            agreement: "CONV-2026-1".into(),
        };
        let declared = FeedDeclared { url: url.as_str().into(), format: it.format };
        for command in [PartnerCommand::Register(registered), PartnerCommand::DeclareFeed(declared)]
        {
            app.ledger.execute::<Partner>(it.id(), &command, meta).await.unwrap();
        }
    }
    service.caught_up().await;
    let folder = tempfile::tempdir().unwrap();
    let pulling = tokio::spawn(feeds::run(
        app.clone(),
        Feeds::new(folder.path(), true).unwrap(),
        Duration::from_hours(1),
    ));
    let patience = Instant::now() + Duration::from_secs(10);
    while app.feeds.all().is_empty() && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let passes = app.feeds.all();
    assert_eq!(passes.iter().map(|it| it.0).collect::<Vec<_>>(), [answers.id()]);
    assert!(passes[0].1.outcome.as_ref().is_ok_and(|it| it.published > 0), "{passes:?}");
    pulling.abort();
}
