//! Machines that prove who they are with a certificate (RFC 8705), over real connections.

use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::TimeDelta;
use ledger_api::session::{LASTS, Session};
use ledger_core::client::{CertificateAdded, Client, ClientCommand};
use ledger_core::ids::ClientId;
use ledger_core::meta::Role;
use uuid::Uuid;

use crate::machine::{FUNDERS, PARIS, SECRET, form, meta, registered};
use crate::service::{Reply, Service};
use crate::tls::{Identity, Line, Secured};

const ENVELOPES: &str = "/api/v1/envelopes";

async fn certify(service: &Service, client: ClientId, identity: &Identity) {
    let (shown, at) = (identity.shown(), service.app.clock.now());
    let certificate = CertificateAdded { thumbprint: shown.thumbprint, expires_at: shown.until };
    let add = ClientCommand::AddCertificate { certificate, at };
    service.app.ledger.execute::<Client>(client, &add, meta(service)).await.unwrap();
}

/// A service, a client of it with a certificate, and that certificate.
async fn certified() -> (Secured, ClientId, Identity) {
    let secured = Secured::open().await;
    let client = registered(&secured.service, 1, PARIS, &FUNDERS).await;
    let identity = secured.clients.client(2100);
    certify(&secured.service, client, &identity).await;
    (secured, client, identity)
}

async fn line(secured: &Secured, identity: Option<&Identity>) -> Line {
    secured.line(identity).await.unwrap()
}

/// The form of a client that gives no secret.
fn without_secret(client: ClientId) -> String {
    format!("grant_type=client_credentials&client_id={client}")
}

/// The token, or the error and what is told of it.
fn given(reply: &Reply) -> Result<String, (String, String)> {
    let json = reply.json();
    let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
    match reply.status {
        StatusCode::OK => Ok(text("access_token")),
        _ => Err((text("error"), text("error_description"))),
    }
}

#[tokio::test]
async fn a_client_gets_a_token_over_a_connection_that_shows_its_certificate_only() {
    let (secured, client, identity) = certified().await;
    let mut own = line(&secured, Some(&identity)).await;
    for right in [without_secret(client), form(client)] {
        let token = given(&own.token(&right).await.unwrap()).unwrap();
        assert_eq!(own.get(ENVELOPES, &token).await.unwrap().status, StatusCode::OK);
    }
    let wrong = form(client).replace("crs_0", "crs_1");
    let refused = given(&own.token(&wrong).await.unwrap()).unwrap_err();
    assert_eq!(refused.0, "invalid_client", "a wrong secret is wrong, whatever is shown");

    let others = secured.clients.client(2100);
    for shown in [None, Some(&others)] {
        let mut other = line(&secured, shown).await;
        let (error, why) = given(&other.token(&form(client)).await.unwrap()).unwrap_err();
        assert_eq!(error, "invalid_client");
        assert!(why.contains("with its certificate"), "{why}");
        // Who does not know the secret is told nothing of a certificate.
        for form in [without_secret(client), wrong.clone()] {
            let (error, why) = given(&other.token(&form).await.unwrap()).unwrap_err();
            assert_eq!(error, "invalid_client");
            assert!(!why.contains("certificate"), "{why}");
        }
    }
}

#[tokio::test]
async fn a_token_that_is_bound_opens_nothing_on_another_connection_and_spends_no_call() {
    let (secured, client, identity) = certified().await;
    let mut own = line(&secured, Some(&identity)).await;
    let token = given(&own.token(&without_secret(client)).await.unwrap()).unwrap();
    let again = line(&secured, Some(&identity)).await.get(ENVELOPES, &token).await.unwrap();
    assert_eq!(again.status, StatusCode::OK, "another connection with the same certificate");
    assert!(!again.header("ratelimit").is_empty());
    let others = secured.clients.client(2100);
    for shown in [None, Some(&others)] {
        let stolen = line(&secured, shown).await.get(ENVELOPES, &token).await.unwrap();
        assert_eq!(stolen.problem(), (401, "invalid-token".to_owned()));
        assert!(stolen.body.contains("bound to a certificate"), "{}", stolen.body);
        assert_eq!(
            stolen.header("www-authenticate"),
            r#"Bearer realm="api", error="invalid_token""#
        );
        assert_eq!(stolen.header("ratelimit"), "", "a call of the client that was robbed");
    }
}

#[tokio::test]
async fn a_certificate_is_replaced_without_a_pause_and_what_it_opened_ends_with_it() {
    let (secured, client, first) = certified().await;
    let service = &secured.service;
    let second = secured.clients.client(2100);
    certify(service, client, &second).await;
    let (mut old, mut new) =
        (line(&secured, Some(&first)).await, line(&secured, Some(&second)).await);
    let of_old = given(&old.token(&without_secret(client)).await.unwrap()).unwrap();
    let of_new = given(&new.token(&without_secret(client)).await.unwrap()).unwrap();
    let remove = ClientCommand::RemoveCertificate { thumbprint: first.shown().thumbprint };
    service.app.ledger.execute::<Client>(client, &remove, meta(service)).await.unwrap();
    let ended = old.get(ENVELOPES, &of_old).await.unwrap();
    assert_eq!(ended.problem(), (401, "invalid-token".to_owned()));
    assert!(ended.body.contains("certificates changed"), "{}", ended.body);
    assert!(given(&old.token(&form(client)).await.unwrap()).is_err());
    assert_eq!(new.get(ENVELOPES, &of_new).await.unwrap().status, StatusCode::OK);
    // Over while its connection is open: the connection was verified before.
    service.app.clock.advance(TimeDelta::days(366 * 80));
    assert!(given(&new.token(&form(client)).await.unwrap()).is_err());
    let mut plain = line(&secured, None).await;
    assert!(given(&plain.token(&form(client)).await.unwrap()).is_err(), "nor without it");
}

#[tokio::test]
async fn a_certificate_that_nobody_registered_binds_nothing_and_proves_nothing() {
    let secured = Secured::open().await;
    let client = registered(&secured.service, 1, PARIS, &FUNDERS).await;
    let identity = secured.clients.client(2100);
    let mut shown = line(&secured, Some(&identity)).await;
    assert!(given(&shown.token(&without_secret(client)).await.unwrap()).is_err());
    let token = given(&shown.token(&form(client)).await.unwrap()).unwrap();
    let mut plain = line(&secured, None).await;
    assert_eq!(plain.get(ENVELOPES, &token).await.unwrap().status, StatusCode::OK);

    certify(&secured.service, client, &identity).await;
    for line in [&mut plain, &mut shown] {
        let before = line.get(ENVELOPES, &token).await.unwrap();
        assert_eq!(before.problem(), (401, "invalid-token".to_owned()), "given before");
    }
}

#[tokio::test]
async fn a_client_sees_to_its_secrets_with_its_certificate_only() {
    let (secured, client, identity) = certified().await;
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{client}:{SECRET}")));
    for (shown, status) in [(None, 401), (Some(&identity), 200)] {
        let mut line = line(&secured, shown).await;
        let headers = [(AUTHORIZATION.as_str(), &*basic), (CONTENT_TYPE.as_str(), "text/plain")];
        let path = "/api/v1/clients/self/secrets";
        let reply = line.send(axum::http::Method::GET, path, &headers, "").await.unwrap();
        assert_eq!(reply.status.as_u16(), status, "{}", reply.body);
    }
}

#[tokio::test]
async fn an_administrator_gives_and_takes_certificates_on_the_page_of_a_client() {
    let (secured, client, identity) = certified().await;
    let service = &secured.service;
    let app = &service.app;
    let session = Session {
        role: Role::Administrator,
        id: Uuid::from_u128(9),
        acts_for: None,
        name: "Quelqu’un".into(),
        began: app.clock.now(),
        expires: app.clock.now() + LASTS,
        provider: "proconnect".into(),
        granted: false,
    };
    let cookie = app.sessions.begin(&session, app.clock.now()).unwrap();
    let cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = format!("/administration/clients/{client}");
    let shown = service.get_as(&cookie, &page).await;
    let first = identity.shown().thumbprint.to_string();
    assert!(shown.body.contains(&first[..12]), "{}", shown.body);

    let post = async |certificate: &str| {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("certificat", certificate)
            .finish();
        service.post_form(&cookie, &format!("{page}/certificats"), &form).await
    };
    for (wrong, told) in [
        ("cli_1", "Collez un seul certificat"),
        (&secured.clients.client(2020).certificate, "Ce certificat a expiré"),
    ] {
        let refused = post(wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(told), "{told}: {}", refused.body);
    }
    let next = secured.clients.client(2100);
    assert_eq!(post(&next.certificate).await.location(), page);
    let mut own = line(&secured, Some(&next)).await;
    assert!(given(&own.token(&without_secret(client)).await.unwrap()).is_ok());
    let full = post(&secured.clients.client(2100).certificate).await;
    assert!(full.body.contains("Deux certificats sont déjà valables"), "{}", full.body);

    let remove = format!("{page}/certificats/{first}/retrait");
    assert!(service.get_as(&cookie, &remove).await.body.contains("Retirer le certificat"));
    assert_eq!(service.post_form(&cookie, &remove, "").await.location(), page);
    assert_eq!(service.get_as(&cookie, &remove).await.status, StatusCode::NOT_FOUND);
    let left = service.app.ledger.state::<Client>(client).await.unwrap().certificates;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].thumbprint, next.shown().thumbprint);
}
