//! A partner's agent sees what its servers were sent, pauses, resumes, and has it sent again.

use axum::http::StatusCode;
use ledger_api::session::{ActsFor, LASTS, Session};
use ledger_core::ids::PartnerId;
use ledger_core::meta::Role;
use serde_json::json;
use uuid::Uuid;

use crate::service::Service;
use crate::shop::PARTNER;
use crate::webhooks::Told;

fn cookie(service: &Service, role: Role, partner: Option<PartnerId>) -> String {
    let app = &service.app;
    let session = Session {
        role,
        id: Uuid::from_u128(9),
        acts_for: partner.map(ActsFor::Partner),
        name: "Quelqu’un".into(),
        began: app.clock.now(),
        expires: app.clock.now() + LASTS,
        provider: compact_str::CompactString::default(),
        granted: false,
    };
    let cookie = app.sessions.begin(&session, app.clock.now()).unwrap();
    cookie.to_str().unwrap().split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_partners_agent_sees_deliveries_pauses_resumes_and_replays() {
    let mut it = Told::open(json!(["payment.authorised"])).await;
    it.paid("one").await;
    it.tell().await;
    assert_eq!(it.received.kinds(), ["payment.authorised"]);
    let agent = cookie(&it.partners.shop.service, Role::PartnerAgent, Some(PARTNER));
    let at = format!("/partenaire/webhooks/{}", it.id);
    let list = it.partners.shop.service.get_as(&agent, "/partenaire/webhooks").await;
    assert!(list.body.contains(&at) && list.body.contains("Actif"), "{}", list.body);
    let page = it.partners.shop.service.get_as(&agent, &at).await;
    let id = it.received.ids()[0].clone();
    assert!(page.body.contains("Reçu") && page.body.contains(&id), "{}", page.body);

    for form in ["depuis=2026-11-12&message=".to_owned(), format!("depuis=&message={id}")] {
        let again =
            it.partners.shop.service.post_form(&agent, &format!("{at}/renvoi"), &form).await;
        assert_eq!((again.status, again.location()), (StatusCode::SEE_OTHER, &*at));
        it.tell().await;
        assert_eq!(it.received.ids().last(), Some(&id));
    }
    assert_eq!(it.received.ids().len(), 3);
    for wrong in ["depuis=hier", "depuis=2026-01-01", "message=msg_1", "depuis=2027-01-01"] {
        let refused =
            it.partners.shop.service.post_form(&agent, &format!("{at}/renvoi"), wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }

    let paused = it.partners.shop.service.post_form(&agent, &format!("{at}/pause"), "").await;
    assert_eq!((paused.status, paused.location()), (StatusCode::SEE_OTHER, &*at));
    assert_eq!(it.status().await, "paused");
    let resumed = it.partners.shop.service.post_form(&agent, &format!("{at}/reprise"), "").await;
    assert_eq!((resumed.status, resumed.location()), (StatusCode::SEE_OTHER, &*at));
    assert_eq!(it.status().await, "active");
}

#[tokio::test]
async fn others_read_at_most_and_nobody_reads_a_secret() {
    let it = Told::open(json!([])).await;
    let service = &it.partners.shop.service;
    let at = format!("/partenaire/webhooks/{}", it.id);
    for role in [Role::Accountant, Role::Administrator] {
        let reader = cookie(service, role, None);
        let page = service.get_as(&reader, &at).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(!page.body.contains("whsec_") && !page.body.contains(&format!("{at}/")));
        let paused = service.post_form(&reader, &format!("{at}/pause"), "").await;
        assert_eq!(paused.status, StatusCode::FORBIDDEN);
    }
    let other = cookie(service, Role::PartnerAgent, Some(PartnerId(Uuid::from_u128(99))));
    assert_eq!(service.get_as(&other, &at).await.status, StatusCode::NOT_FOUND);
    let paused = service.post_form(&other, &format!("{at}/pause"), "").await;
    assert_eq!(paused.status, StatusCode::NOT_FOUND);
    let list = service.get_as(&other, "/partenaire/webhooks").await;
    assert!(!list.body.contains(&at), "{}", list.body);
    let teacher = service.sign_in("amina").await;
    assert_eq!(service.get_as(&teacher, &at).await.status, StatusCode::FORBIDDEN);
    assert_eq!(it.status().await, "active");
}
