//! People sign in at a provider: what is right begins a session, anything else none.

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use ledger_core::account::Account;
use ledger_core::event_log::EventLog;
use ledger_core::ids::{AccountId, PersonId};
use ledger_core::meta::{Actor, Role};
use ledger_core::person::{Person, PersonCommand, Quality, RoleGranted, RoleRevoked};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::identity::{Identity, Said};
use crate::service::{Reply, Service, browser};

/// Noon of the tests' day.
const NOW: &str = "2026-11-12T09:00:00Z";

fn rules() -> Value {
    json!([
        { "role": "teacher", "when": { "belonging_population": ["agent"], "siret": ["19750001600018"] } },
        { "role": "accountant", "when": { "siret": ["11004601800013"] } },
    ])
}

/// What makes an answer wrong.
type Spoil = fn(&mut Said);

/// A browser on its way: its cookies.
struct Browser<'a> {
    service: &'a Service,
    identity: &'a Identity,
    cookies: Vec<(String, String)>,
}

impl<'a> Browser<'a> {
    fn new(service: &'a Service, identity: &'a Identity) -> Self {
        Self { service, identity, cookies: vec![] }
    }

    fn keep(&mut self, reply: &Reply) {
        for cookie in reply.headers.get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|it| it.0 != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    fn cookie(&self) -> String {
        let pairs: Vec<_> = self.cookies.iter().map(|(a, b)| format!("{a}={b}")).collect();
        pairs.join("; ")
    }

    async fn get(&mut self, path: &str) -> Reply {
        let cookie = self.cookie();
        let reply = self.service.get_as(&cookie, path).await;
        self.keep(&reply);
        reply
    }

    async fn post(&mut self, path: &str, form: &str) -> Reply {
        let cookie = self.cookie();
        let reply = self.service.post_form(&cookie, path, form).await;
        self.keep(&reply);
        reply
    }

    /// Is sent to the provider; gives what the address asks for.
    async fn sent(&mut self, path: &str) -> Vec<(String, String)> {
        let reply = self.get(path).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.body);
        let address: url::Url = reply.location().parse().unwrap();
        assert!(address.as_str().starts_with(&format!("{}/authorize", self.identity.issuer)));
        address.query_pairs().into_owned().collect()
    }

    /// Comes back with a good code.
    async fn signs_in(&mut self, path: &str) -> Reply {
        let asked = self.sent(path).await;
        let code = self.identity.code(&of(&asked, "nonce"));
        let back = format!("/oidc-callback?code={code}&state={}", of(&asked, "state"));
        self.get(&back).await
    }

    fn is_in(&self) -> bool {
        self.cookies.iter().any(|it| it.0 == "session")
    }
}

fn of(asked: &[(String, String)], name: &str) -> String {
    asked.iter().find(|it| it.0 == name).map(|it| it.1.clone()).unwrap_or_default()
}

async fn world() -> (Identity, Service) {
    let at: chrono::DateTime<chrono::Utc> = NOW.parse().unwrap();
    let identity = Identity::serve(at.timestamp()).await;
    let service = identity.service(rules()).await;
    assert_eq!(service.app.clock.now(), at, "the tests' day");
    (identity, service)
}

/// The person whom the provider calls `subject`.
fn person(service: &Service, identity: &Identity, subject: &str) -> PersonId {
    let issuer: url::Url = identity.issuer.parse().unwrap();
    ledger_api::signin::person_of(&service.app.person_key, issuer.as_str(), subject)
}

#[tokio::test]
async fn a_teacher_signs_in_and_their_account_is_opened() {
    let (identity, service) = world().await;
    let list = service.get("/connexion?retour=%2Fcompte").await;
    assert!(list.body.contains("S’identifier avec ProConnect"), "{}", list.body);
    assert!(!list.body.contains("Amina"), "no persona outside the demo");

    let mut browser = Browser::new(&service, &identity);
    let asked = browser.sent("/connexion/proconnect?retour=%2Fcompte").await;
    assert_eq!(of(&asked, "redirect_uri"), "http://localhost:8080/oidc-callback");
    assert_eq!(of(&asked, "code_challenge_method"), "S256");
    assert!(of(&asked, "scope").contains("belonging_population"));
    assert!(of(&asked, "claims").contains("\"acr\""));
    assert_eq!((of(&asked, "state").len(), of(&asked, "nonce").len()), (43, 43));

    let reply = browser.signs_in("/connexion/proconnect?retour=%2Fcompte").await;
    assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/compte"));
    let account = browser.get("/compte").await;
    assert_eq!(account.status, StatusCode::OK);
    assert!(account.body.contains("Camille Anne DUPONT"), "{}", account.body);

    let id = AccountId(person(&service, &identity, "sub-prof").0);
    let school = service.app.ledger.inspect(id, |it: &Account| it.holder).await.unwrap();
    assert_eq!(school.unwrap().1.uai.as_str(), "0750655E");
    // The log tells nothing of who they are.
    for it in service.app.ledger.log().read_all(0, 100).await.unwrap() {
        let body = String::from_utf8_lossy(&it.body).into_owned();
        for personal in ["Camille", "DUPONT", "prof@", "sub-prof", "19750001600018"] {
            assert!(!body.contains(personal), "{body}");
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_answer_is_told_in_its_own_words() {
    let (identity, service) = world().await;
    let cases: [(&str, Spoil, &str); 9] = [
        ("nonce", |it| it.id_token = json!({ "nonce": "another" }), "n’a pas pu être vérifiée"),
        ("expired", |it| it.id_token = json!({ "exp": 1 }), "n’a pas pu être vérifiée"),
        ("issued long ago", |it| it.id_token = json!({ "iat": 1 }), "n’a pas pu être vérifiée"),
        ("audience", |it| it.id_token = json!({ "aud": "other" }), "n’a pas pu être vérifiée"),
        ("issuer", |it| it.id_token = json!({ "iss": "https://evil" }), "n’a pas pu être vérifiée"),
        ("signature", |it| it.spoilt = true, "n’a pas pu être vérifiée"),
        ("subject", |it| it.userinfo = json!({ "sub": "other" }), "Votre identité n’a pas pu"),
        ("unsigned", |it| it.signed = false, "Votre identité n’a pas pu"),
        ("siret", |it| it.userinfo = json!({ "siret": null }), "établissement n’est pas connu"),
    ];
    let right = identity.said.lock().clone();
    for (name, spoil, told) in cases {
        spoil(&mut identity.said.lock());
        let mut browser = Browser::new(&service, &identity);
        let reply = browser.signs_in("/connexion/proconnect").await;
        assert!(reply.body.contains(told), "{name}: {} {}", reply.status, reply.body);
        assert!(!browser.is_in(), "{name}");
        *identity.said.lock() = right.clone();
    }
}

#[tokio::test]
async fn an_answer_that_was_not_asked_for_or_used_begins_nothing() {
    let (identity, service) = world().await;
    // Another state; no way begun; too late; refused there; a code used before.
    let mut browser = Browser::new(&service, &identity);
    let asked = browser.sent("/connexion/proconnect").await;
    let code = identity.code(&of(&asked, "nonce"));
    let wrong = browser.get(&format!("/oidc-callback?code={code}&state=other")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.body.contains("n’est plus valable") && !browser.is_in());

    let mut stranger = Browser::new(&service, &identity);
    let right = format!("/oidc-callback?code={code}&state={}", of(&asked, "state"));
    assert!(stranger.get(&right).await.body.contains("n’est plus valable"));

    let mut browser = Browser::new(&service, &identity);
    let asked = browser.sent("/connexion/proconnect").await;
    let state = of(&asked, "state");
    let refused = browser.get(&format!("/oidc-callback?error=access_denied&state={state}")).await;
    assert!(refused.body.contains("a été refusée"), "{}", refused.body);

    let mut browser = Browser::new(&service, &identity);
    let asked = browser.sent("/connexion/proconnect").await;
    let kept = browser.cookies.clone();
    let code = identity.code(&of(&asked, "nonce"));
    let back = format!("/oidc-callback?code={code}&state={}", of(&asked, "state"));
    assert_eq!(browser.get(&back).await.status, StatusCode::SEE_OTHER);
    let again = browser.get(&back).await;
    assert!(again.body.contains("n’est plus valable"), "the way is over: {}", again.body);
    // Even with the cookie of before, the provider takes a code once.
    let mut replaying = Browser { cookies: kept.clone(), ..Browser::new(&service, &identity) };
    let replayed = replaying.get(&back).await;
    assert!(replayed.body.contains("a déjà servi"), "{}", replayed.body);
    assert!(!replaying.is_in());

    service.app.clock.advance(TimeDelta::minutes(11));
    let mut late = Browser { cookies: kept, ..Browser::new(&service, &identity) };
    assert!(late.get(&back).await.body.contains("n’est plus valable"));
}

#[tokio::test]
async fn an_accountant_shows_two_factors() {
    let (identity, service) = world().await;
    identity.said.lock().userinfo = json!({ "siret": "11004601800013" });
    let mut browser = Browser::new(&service, &identity);
    let once = browser.signs_in("/connexion/proconnect").await;
    assert_eq!(once.status, StatusCode::FORBIDDEN);
    assert!(once.body.contains("double authentification") && !browser.is_in(), "{}", once.body);
    assert!(once.body.contains("/connexion/proconnect?mfa=oui"), "{}", once.body);

    let asked = browser.sent("/connexion/proconnect?mfa=oui").await;
    assert!(of(&asked, "acr_values").contains("eidas1-mfa"));
    assert!(of(&asked, "claims").contains("\"essential\":true"));
    // The provider says yes without having looked: not believed.
    let still = browser.signs_in("/connexion/proconnect?mfa=oui").await;
    assert!(still.body.contains("double authentification est nécessaire"), "{}", still.body);
    assert!(!browser.is_in());

    identity.said.lock().id_token = json!({ "acr": "eidas1-mfa", "amr": ["pwd", "totp", "mfa"] });
    let reply = browser.signs_in("/connexion/proconnect?mfa=oui").await;
    assert_eq!(reply.location(), "/comptable/balance");
    assert_eq!(browser.get("/comptable/balance").await.status, StatusCode::OK);
}

#[tokio::test]
async fn who_has_no_role_is_told_what_to_give_an_administrator() {
    let (identity, service) = world().await;
    identity.said.lock().userinfo = json!({ "siret": "99999999999999" });
    let mut browser = Browser::new(&service, &identity);
    let nobody = browser.signs_in("/connexion/proconnect").await;
    let id = person(&service, &identity, "sub-prof");
    assert_eq!(nobody.status, StatusCode::FORBIDDEN);
    assert!(nobody.body.contains(&id.to_string()), "{}", nobody.body);
    assert!(!browser.is_in());

    // An administrator grants a role, and takes it back: the session is over at once.
    let by = Actor { role: Role::Administrator, id: Uuid::from_u128(9) };
    let quality = Quality { role: Role::Auditor, acts_for: None };
    let granted = RoleGranted { quality: quality.clone(), until: None, by };
    execute(&service, id, PersonCommand::Grant { person: id, granted }).await;
    let reply = browser.signs_in("/connexion/proconnect").await;
    assert_eq!(reply.location(), "/comptable/balance");
    assert_eq!(browser.get("/comptable/balance").await.status, StatusCode::OK);
    execute(&service, id, PersonCommand::Revoke(RoleRevoked { quality, by })).await;
    let over = browser.get("/comptable/balance").await;
    assert!(over.location().starts_with("/connexion"), "{}", over.status);
}

async fn execute(service: &Service, id: PersonId, command: PersonCommand) {
    let meta = crate::machine::meta(service);
    service.app.ledger.execute::<Person>(id, &command, meta).await.unwrap();
}

#[tokio::test]
async fn who_has_several_qualities_chooses_one() {
    let (identity, service) = world().await;
    let id = person(&service, &identity, "sub-prof");
    let by = Actor { role: Role::Administrator, id: Uuid::from_u128(9) };
    let acts_for = Some("school:0750655E".into());
    let quality = Quality { role: Role::HeadOfSchool, acts_for };
    let granted = RoleGranted { quality, until: None, by };
    execute(&service, id, PersonCommand::Grant { person: id, granted }).await;
    let mut browser = Browser::new(&service, &identity);
    let reply = browser.signs_in("/connexion/proconnect").await;
    assert_eq!(reply.location(), "/connexion/qualite");
    assert!(!browser.is_in());
    let choice = browser.get("/connexion/qualite").await;
    assert!(choice.body.contains("Chef d’établissement") && choice.body.contains("0750655E"));
    let chosen = browser.post("/connexion/qualite", "qualite=0").await;
    assert_eq!(chosen.location(), "/catalogue", "a teacher's first");
    let wrong = browser.post("/connexion/qualite", "qualite=7").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn signing_out_goes_through_the_provider_and_may_end_every_session() {
    let (identity, service) = world().await;
    let mut here = Browser::new(&service, &identity);
    here.signs_in("/connexion/proconnect").await;
    let mut elsewhere = Browser::new(&service, &identity);
    elsewhere.signs_in("/connexion/proconnect").await;

    let left = here.post("/deconnexion", "").await;
    let refresh = left.header("refresh");
    let address: url::Url = refresh.strip_prefix("0; url=").unwrap().parse().unwrap();
    assert_eq!(address.path(), "/session/end");
    let asked: Vec<_> = address.query_pairs().into_owned().collect();
    assert_eq!(of(&asked, "post_logout_redirect_uri"), "http://localhost:8080/deconnecte");
    assert!(!of(&asked, "id_token_hint").is_empty() && !here.is_in());
    assert_eq!(service.get("/deconnecte").await.status, StatusCode::OK);

    assert_eq!(elsewhere.get("/compte").await.status, StatusCode::OK);
    let mut here = Browser::new(&service, &identity);
    service.app.clock.advance(TimeDelta::seconds(1));
    here.signs_in("/connexion/proconnect").await;
    here.post("/deconnexion/partout", "").await;
    let over = elsewhere.get("/compte").await;
    assert!(over.location().starts_with("/connexion"), "{}", over.status);
}

#[tokio::test]
async fn a_provider_that_is_down_is_told_and_nothing_else_stops() {
    let (identity, service) = world().await;
    let gone = Identity { issuer: "http://127.0.0.1:9".to_owned(), ..identity };
    let other = gone.service(rules()).await;
    let reply = other.get("/connexion/proconnect").await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
    assert!(reply.body.contains("ne répond pas"), "{}", reply.body);
    assert_eq!(service.get("/catalogue").await.status, StatusCode::OK);
}

#[tokio::test]
async fn personas_are_nobody_outside_the_demo() {
    let (identity, service) = world().await;
    let demo = Service::demo().await;
    let reply = service.post_form("", "/connexion", "persona=comptable").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    // Nor with a cookie of the demo's, were the key the same.
    let cookie = demo.sign_in("comptable").await;
    let books = service.get_as(&cookie, "/comptable/balance").await;
    assert!(books.location().starts_with("/connexion"), "{}", books.status);
    drop(identity);
}

#[tokio::test]
async fn who_only_reads_changes_nothing() {
    let service = Service::demo().await;
    let cookie = service.sign_in("auditrice").await;
    for path in [
        "/comptable/balance",
        "/comptable/grand-livre",
        "/comptable/journal",
        "/comptable/achats",
        "/comptable/controles",
        "/comptable/exports",
        "/comptable/licences-liberatoires",
    ] {
        let page = service.get_as(&cookie, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
    }
    for path in [
        "/comptable/partenaires",
        "/comptable/periodes/mois",
        "/comptable/corrections",
        "/financeur/enveloppes",
        "/catalogue/off_00000000000000000000000000000001/payer",
    ] {
        let refused = service.post_form(&cookie, path, "a=b").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
    let left = service.post_form(&cookie, "/deconnexion", "").await;
    assert_eq!(left.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_administrator_says_who_has_which_role() {
    let service = Service::demo().await;
    let cookie = service.sign_in("administrateur").await;
    let id = PersonId(Uuid::from_u128(77));
    let form =
        format!("personne={id}&qualite=head-of-school&pour=school:0750655E&jusquau=2027-08-31");
    let granted = service.post_form(&cookie, "/administration/personnes/accorder", &form).await;
    assert_eq!(granted.status, StatusCode::SEE_OTHER, "{}", granted.body);
    service.caught_up().await;
    let page = service.get_as(&cookie, "/administration/personnes").await;
    assert!(page.body.contains(&id.to_string()) && page.body.contains("2027"), "{}", page.body);
    let wrong = format!("personne={id}&qualite=head-of-school&pour=siren:217500016");
    let refused = service.post_form(&cookie, "/administration/personnes/accorder", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let revoke = format!("personne={id}&qualite=head-of-school&pour=school:0750655E");
    service.post_form(&cookie, "/administration/personnes/retirer", &revoke).await;
    service.caught_up().await;
    let page = service.get_as(&cookie, "/administration/personnes").await;
    assert!(page.body.contains("Personne n’a encore reçu"), "{}", page.body);
    let teacher = service.sign_in("amina").await;
    let request = browser(Method::GET, "/administration/personnes").header("cookie", teacher);
    assert_eq!(service.send(request, "").await.status, StatusCode::FORBIDDEN);
}
