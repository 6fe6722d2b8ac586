//! Pages of the API's clients: for an administrator, and for a partner's agent.

use axum::http::StatusCode;
use fixtures::partners::Partner;
use ledger_core::client::Client;
use ledger_core::event_log::EventLog;
use ledger_core::ids::ClientId;

use crate::machine::{Machine, PARIS, SECRET, form, registered, token};
use crate::service::{Reply, Service};

const ADMINISTRATION: &str = "/administration/clients";
const PARTNER: &str = "/partenaire/clients";

/// The id and the secret that a page shows once.
fn shown(reply: &Reply) -> (ClientId, String) {
    let word = |prefix: &str| {
        let from = reply.body.find(prefix).unwrap_or_else(|| panic!("{prefix}: {}", reply.body));
        let text = &reply.body[from..];
        let end = text.find(|it: char| !it.is_ascii_alphanumeric() && !"_-".contains(it)).unwrap();
        text[..end].to_owned()
    };
    (word("cli_").parse().unwrap(), word("crs_"))
}

async fn register(service: &Service, cookie: &str, party: &str, scopes: &str) -> Reply {
    let form = format!("nom=SI+essai&pour={party}&droits={scopes}");
    service.post_form(cookie, ADMINISTRATION, &form).await
}

fn asks(id: ClientId, secret: &str) -> String {
    form(id).replace(SECRET, secret)
}

#[tokio::test]
async fn an_administrator_registers_a_client_and_sees_its_secret_once() {
    let service = Service::demo().await;
    let cookie = service.sign_in("administrateur").await;
    let made = register(&service, &cookie, PARIS, "topups:write+envelopes:read").await;
    assert_eq!((made.status, made.header("cache-control")), (StatusCode::OK, "no-store"));
    let (id, secret) = shown(&made);
    assert!(made.body.contains("aucun depuis le démarrage"), "no token yet: {}", made.body);
    let given = token(&service, &asks(id, &secret)).await.json();
    assert_eq!(given["scope"], "envelopes:read topups:write");

    let page = service.get_as(&cookie, &format!("{ADMINISTRATION}/{id}")).await;
    assert!(page.body.contains("SI essai") && !page.body.contains(&secret), "{}", page.body);
    assert!(!page.body.contains("aucun depuis le démarrage"), "last token: {}", page.body);
    let list = service.get_as(&cookie, ADMINISTRATION).await;
    assert!(list.body.contains(&format!("{ADMINISTRATION}/{id}")), "{}", list.body);
    for (party, scopes, told) in [
        ("siren:1", "envelopes:read", "« Pour »"),
        (PARIS, "feeds:read", "au moins un droit"),
        (PARIS, "", "au moins un droit"),
        (PARIS, "all", "n’existe pas"),
    ] {
        let refused = register(&service, &cookie, party, scopes).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(refused.body.contains(told), "{told}: {}", refused.body);
    }
}

#[tokio::test]
async fn a_secret_is_added_and_removed_and_the_client_revoked_each_after_a_question() {
    let service = Service::demo().await;
    let cookie = service.sign_in("administrateur").await;
    let id = registered(&service, 1, PARIS, &crate::machine::FUNDERS).await;
    let page = format!("{ADMINISTRATION}/{id}");
    let passed = service.post_form(&cookie, &format!("{page}/secrets"), "jusquau=2026-11-12").await;
    assert!(passed.body.contains("Donnez une date à venir"), "{}", passed.body);
    let added = service.post_form(&cookie, &format!("{page}/secrets"), "jusquau=2026-12-01").await;
    let (_, secret) = shown(&added);
    assert!(added.body.contains("n’est plus valable à partir du 01/12/2026"), "{}", added.body);
    assert_eq!(token(&service, &asks(id, &secret)).await.status, StatusCode::OK);

    let state = service.app.ledger.state::<Client>(id).await.unwrap();
    let before = service.app.ledger.log().end().await.unwrap();
    let remove = format!("{page}/secrets/{}/retrait", state.secrets[0].secret);
    assert!(service.get_as(&cookie, &remove).await.body.contains("Retirer le secret"));
    assert_eq!(service.app.ledger.log().end().await.unwrap(), before, "a question changes nothing");
    let removed = service.post_form(&cookie, &remove, "").await;
    assert_eq!((removed.status, removed.location()), (StatusCode::SEE_OTHER, &*page));
    assert_eq!(token(&service, &form(id)).await.status, StatusCode::UNAUTHORIZED);
    let last = format!("{page}/secrets/{}/retrait", state.secrets[1].secret);
    let last = service.post_form(&cookie, &last, "").await;
    assert!(last.body.contains("C’est le seul secret valable"), "{}", last.body);

    let revoke = format!("{page}/revocation");
    let silent = service.post_form(&cookie, &revoke, "motif=+").await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    service.post_form(&cookie, &revoke, "motif=perdu").await;
    assert_eq!(token(&service, &asks(id, &secret)).await.status, StatusCode::UNAUTHORIZED);
    assert!(service.get_as(&cookie, &page).await.body.contains("Révoqué"));
}

#[tokio::test]
async fn a_partners_agent_answers_for_its_own_machines_and_for_no_other() {
    let service = Service::demo().await;
    let administrator = service.sign_in("administrateur").await;
    let own = Partner::of_slug("atelier-boussole").unwrap().id().to_string();
    let (own, _) = shown(&register(&service, &administrator, &own, "feeds:read").await);
    let (other, _) = shown(&register(&service, &administrator, PARIS, "envelopes:read").await);

    let agent = service.sign_in("partenaire").await;
    let list = service.get_as(&agent, PARTNER).await;
    assert!(list.body.contains(&own.to_string()), "{}", list.body);
    assert!(!list.body.contains(&other.to_string()) && !list.body.contains("Inscrire"));
    let added = service.post_form(&agent, &format!("{PARTNER}/{own}/secrets"), "").await;
    let (id, secret) = shown(&added);
    assert_eq!(id, own);
    assert_eq!(token(&service, &asks(own, &secret)).await.status, StatusCode::OK);

    for base in [PARTNER, ADMINISTRATION] {
        let page = format!("{base}/{other}");
        assert_eq!(service.get_as(&agent, &page).await.status, StatusCode::NOT_FOUND);
        let nothing = format!("{page}/revocation");
        let reply = service.post_form(&agent, &nothing, "motif=perdu").await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
        assert_eq!(
            service.post_form(&agent, &format!("{page}/secrets"), "").await.status,
            StatusCode::NOT_FOUND
        );
    }
    let mine = register(&service, &agent, PARIS, "envelopes:read").await;
    assert_eq!(mine.status, StatusCode::FORBIDDEN);
    for persona in ["amina", "comptable", "region", "auditrice"] {
        let cookie = service.sign_in(persona).await;
        assert_eq!(service.get_as(&cookie, PARTNER).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn what_a_client_caused_is_on_its_page_and_nothing_of_another() {
    let service = Service::demo().await;
    let cookie = service.sign_in("administrateur").await;
    let paris = Machine::of_paris(&service).await;
    paris.opened().await;
    let idle = registered(&service, 2, PARIS, &crate::machine::FUNDERS).await;
    let page = service.get_as(&cookie, &format!("{ADMINISTRATION}/{}", paris.client)).await;
    assert!(page.body.contains("envelope_opened"), "{}", page.body);
    let idle = service.get_as(&cookie, &format!("{ADMINISTRATION}/{idle}")).await;
    assert!(!idle.body.contains("envelope_opened"), "{}", idle.body);
    let log = service.app.ledger.log();
    let caused = ledger_api::clients::caused(log, paris.client, 0, 10).await.unwrap();
    assert!(caused.iter().any(|it| it.event == "envelope_opened"), "{caused:?}");
}
