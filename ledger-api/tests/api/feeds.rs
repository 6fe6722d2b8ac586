//! The accountant reads what the last pass over each partner's feed came to.

use axum::http::StatusCode;
use catalogue_sync::feed::{Reason, RefusedOffer, Rule};
use catalogue_sync::sync::Report;
use catalogue_sync::sync::report::Outcome;
use ledger_api::workers::feeds::LastPass;
use ledger_core::ids::PartnerId;
use uuid::Uuid;

use crate::books::{Books, PARTNER};

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
