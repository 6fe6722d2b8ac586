//! An identity provider in this process, which says what a test wants: right or wrong.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use parking_lot::Mutex;
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::rand_core::OsRng;
use rsa::sha2::Sha256;
use rsa::signature::{SignatureEncoding, Signer};
use rsa::traits::PublicKeyParts;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::service::Service;

static KEY: LazyLock<RsaPrivateKey> =
    LazyLock::new(|| RsaPrivateKey::new(&mut OsRng, 2048).unwrap());

/// What the provider says next.
#[derive(Clone, Debug)]
pub struct Said {
    /// Added to the id token's claims, over what is right.
    pub id_token: Value,
    /// Over what userinfo says.
    pub userinfo: Value,
    /// Whether userinfo is signed.
    pub signed: bool,
    /// Whether signatures are spoilt.
    pub spoilt: bool,
}

/// The provider.
#[derive(Clone)]
pub struct Identity {
    pub issuer: String,
    /// What it says next.
    pub said: Arc<Mutex<Said>>,
    /// Codes that are good, each with its nonce.
    pub codes: Arc<Mutex<Vec<(String, String)>>>,
    pub now: i64,
}

impl Identity {
    /// At work, with a teacher who signs in.
    pub async fn serve(now: i64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let said = Said { id_token: json!({}), userinfo: json!({}), signed: true, spoilt: false };
        let said = Arc::new(Mutex::new(said));
        let it = Self { issuer, said, codes: Arc::default(), now };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(it.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        it
    }

    /// A service where one signs in there; `rules` say who is what.
    pub async fn service(&self, rules: Value) -> Service {
        let directory = tempfile::tempdir().unwrap();
        let secret = directory.path().join("secret");
        std::fs::write(&secret, "secret-de-test\n").unwrap();
        let settings = json!({
            "public_url": "http://localhost:8080",
            "providers": [{
                "slug": "proconnect", "label": "S’identifier avec ProConnect",
                "issuer": self.issuer, "client_id": "compte-ressources",
                "client_secret_file": secret, "local": true, "rules": rules,
            }],
            "schools": {
                "19750001600018": { "uai": "0750655E", "level": "lower_secondary", "academy": 1 },
            },
        });
        let path = directory.path().join("sign-in.json");
        std::fs::write(&path, settings.to_string()).unwrap();
        let path = path.to_str().unwrap().to_owned();
        Service::with(&[("LEDGER_SIGN_IN", &path), ("LEDGER_LOG", "memory:")]).await
    }

    /// A code that is good once, for whoever was sent here with `nonce`.
    pub fn code(&self, nonce: &str) -> String {
        let mut codes = self.codes.lock();
        let code = format!("code-{}", codes.len());
        codes.push((code.clone(), nonce.to_owned()));
        code
    }

    fn signed(&self, claims: &Value) -> String {
        let head = json!({ "alg": "RS256", "kid": "k", "typ": "JWT" });
        let encoded = |it: &Value| BASE64.encode(it.to_string());
        let text = format!("{}.{}", encoded(&head), encoded(claims));
        let mut signature = SigningKey::<Sha256>::new(KEY.clone()).sign(text.as_bytes()).to_vec();
        if self.said.lock().spoilt {
            signature[7] ^= 1;
        }
        format!("{text}.{}", BASE64.encode(signature))
    }
}

/// `right` with `over` over it.
fn with(mut right: Value, over: &Value) -> Value {
    for (name, value) in over.as_object().unwrap() {
        if value.is_null() {
            right.as_object_mut().unwrap().remove(name);
        } else {
            right[name] = value.clone();
        }
    }
    right
}

async fn configuration(State(it): State<Identity>) -> Response {
    let of = |path: &str| format!("{}{path}", it.issuer);
    axum::Json(json!({
        "issuer": it.issuer, "authorization_endpoint": of("/authorize"),
        "token_endpoint": of("/token"), "userinfo_endpoint": of("/userinfo"),
        "jwks_uri": of("/jwks"), "end_session_endpoint": of("/session/end"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }))
    .into_response()
}

async fn jwks() -> Response {
    let part = |it: &rsa::BigUint| BASE64.encode(it.to_bytes_be());
    axum::Json(json!({ "keys": [{
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k",
        "n": part(KEY.n()), "e": part(KEY.e()),
    }] }))
    .into_response()
}

async fn token(State(it): State<Identity>, Form(form): Form<Vec<(String, String)>>) -> Response {
    let field = |name: &str| form.iter().find(|it| it.0 == name).map_or("", |it| it.1.as_str());
    assert_eq!(field("client_secret"), "secret-de-test", "client_secret_post");
    assert!(field("code_verifier").len() >= 43, "PKCE");
    let found = {
        let mut codes = it.codes.lock();
        let at = codes.iter().position(|it| it.0 == field("code"));
        at.map(|at| codes[at].1.clone()).inspect(|_| {
            // Good once; its place stays taken.
            if let Some(at) = at {
                "used".clone_into(&mut codes[at].0);
            }
        })
    };
    let Some(nonce) = found else {
        return (StatusCode::BAD_REQUEST, axum::Json(json!({ "error": "invalid_grant" })))
            .into_response();
    };
    let right = json!({
        "iss": it.issuer, "aud": "compte-ressources", "sub": "sub-prof", "nonce": nonce,
        "iat": it.now, "exp": it.now + 60, "acr": "eidas1", "amr": ["pwd"],
    });
    let over = it.said.lock().id_token.clone();
    let id_token = it.signed(&with(right, &over));
    axum::Json(json!({
        "access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": id_token,
    }))
    .into_response()
}

async fn userinfo(State(it): State<Identity>) -> Response {
    let right = json!({
        "iss": it.issuer, "aud": "compte-ressources", "sub": "sub-prof",
        "given_name": "Camille Anne", "usual_name": "DUPONT", "email": "prof@ac-test.example",
        "uid": "u1", "siret": "19750001600018", "idp_id": "idp-ac", "belonging_population": "agent",
    });
    let said = it.said.lock().clone();
    let claims = with(right, &said.userinfo);
    if said.signed {
        let kind = [("content-type", "application/jwt")];
        return (kind, it.signed(&claims)).into_response();
    }
    axum::Json(claims).into_response()
}
