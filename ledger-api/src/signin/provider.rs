//! One provider: what it says of itself, where people are sent, and what it says of them.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreGenderClaim, CoreJwsSigningAlgorithm,
    CoreProviderMetadata,
};
use openidconnect::{
    AdditionalClaims, AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest,
    HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, Scope, TokenResponse, UserInfoClaims, UserInfoResponseType,
};
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use url::Url;

use super::failure::Failure;
use super::qualities::Claims;
use super::settings::{ProviderSettings, SettingsError};
use super::way::Way;

/// For how long what a provider says of itself is believed: its keys change now and then.
const KEPT: TimeDelta = TimeDelta::hours(1);

/// How much its clock may differ from ours.
const SKEW: TimeDelta = TimeDelta::seconds(60);

/// How an id token may be signed: never with a secret that both sides know.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 5] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// One provider.
#[derive(Clone, Debug)]
pub struct Provider {
    /// As the file says.
    pub settings: ProviderSettings,
    secret: ClientSecret,
    http: reqwest::Client,
    known: Arc<RwLock<Option<Asked>>>,
}

/// When a provider was asked, and what it said.
type Asked = (DateTime<Utc>, Metadata);

/// What a provider says of itself, and where it ends sessions.
#[derive(Clone, Debug)]
struct Metadata {
    core: CoreProviderMetadata,
    end_session: Option<Url>,
}

/// What ProConnect says beside the standard claims.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct ProClaims {
    #[serde(flatten)]
    said: std::collections::BTreeMap<String, serde_json::Value>,
}

impl AdditionalClaims for ProClaims {}

/// What comes back with a person.
pub struct SignedIn {
    /// What the provider says of them.
    pub claims: Claims,
    /// Its id token, to end the session there.
    pub id_token: String,
}

impl Provider {
    /// As `settings` say; their secret is read now.
    pub fn new(settings: &ProviderSettings) -> Result<Self, SettingsError> {
        let path = &settings.client_secret_file;
        let secret = std::fs::read_to_string(path)
            .map_err(|it| SettingsError::File { path: path.clone(), why: it.to_string() })?;
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(15))
            .build()
            .map_err(|it| SettingsError::Wrong(it.to_string()))?;
        let secret = ClientSecret::new(secret.trim().to_owned());
        Ok(Self { settings: settings.clone(), secret, http, known: Arc::default() })
    }

    async fn ask(
        http: reqwest::Client,
        request: HttpRequest,
    ) -> Result<HttpResponse, openidconnect::HttpClientError<reqwest::Error>> {
        let request = reqwest::Request::try_from(request).map_err(Box::new)?;
        let response = http.execute(request).await.map_err(Box::new)?;
        let mut answer = openidconnect::http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let body = response.bytes().await.map_err(Box::new)?.to_vec();
        answer.body(body).map_err(openidconnect::HttpClientError::Http)
    }

    /// What it says of itself; asked again each hour, and after its keys changed.
    async fn metadata(&self, now: DateTime<Utc>, anew: bool) -> Result<Metadata, Failure> {
        let known = self.known.read().clone();
        if let Some((at, known)) = known
            && !anew
            && now - at < KEPT
        {
            return Ok(known);
        }
        let failed = |why: String| Failure::Unreachable(why);
        let issuer = IssuerUrl::new(self.settings.issuer.as_str().trim_end_matches('/').to_owned());
        let issuer = issuer.map_err(|it| failed(it.to_string()))?;
        let http = self.http.clone();
        let ask = move |it| Self::ask(http.clone(), it);
        let core = CoreProviderMetadata::discover_async(issuer.clone(), &ask).await;
        let core = core.map_err(|it| failed(told(&it)))?;
        // Where sessions end is no part of the core's own metadata.
        let document = format!("{}/.well-known/openid-configuration", issuer.as_str());
        let said = self.http.get(document).send().await.map_err(|it| failed(told(&it)))?;
        let said: serde_json::Value = said.json().await.map_err(|it| failed(told(&it)))?;
        let end_session = said["end_session_endpoint"].as_str().and_then(|it| it.parse().ok());
        let metadata = Metadata { core, end_session };
        *self.known.write() = Some((now, metadata.clone()));
        Ok(metadata)
    }

    /// Where a person signs in.
    pub async fn address(
        &self,
        way: &Way,
        redirect: &Url,
        now: DateTime<Utc>,
    ) -> Result<Url, Failure> {
        let metadata = self.metadata(now, false).await?;
        let client = CoreClient::from_provider_metadata(
            metadata.core,
            ClientId::new(self.settings.client_id.clone()),
            Some(self.secret.clone()),
        )
        .set_redirect_uri(RedirectUrl::from_url(redirect.clone()));
        let verifier = PkceCodeVerifier::new(way.verifier.clone());
        let (state, nonce) = (way.state.clone(), way.nonce.clone());
        let mut request = client.authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            || CsrfToken::new(state),
            || Nonce::new(nonce),
        );
        for scope in &self.settings.scopes {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        request =
            request.set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        let mut acr = serde_json::json!({ "essential": way.mfa });
        if way.mfa {
            acr["values"] = serde_json::json!(self.settings.mfa_acr);
            request = request.add_extra_param("acr_values", self.settings.mfa_acr.join(" "));
        }
        let claims =
            serde_json::json!({ "id_token": { "acr": acr, "amr": { "essential": true } } });
        request = request.add_extra_param("claims", claims.to_string());
        Ok(request.url().0)
    }

    /// What it says of whoever comes back with `code`.
    pub async fn exchange(
        &self,
        code: String,
        way: &Way,
        redirect: &Url,
        now: DateTime<Utc>,
    ) -> Result<SignedIn, Failure> {
        match self.exchanged(&code, way, redirect, now, false).await {
            // Its keys may have changed since; the code is then spent, and the person begins again.
            Err(Failure::Token(why)) => {
                self.metadata(now, true).await?;
                Err(Failure::Token(why))
            }
            other => other,
        }
    }

    async fn exchanged(
        &self,
        code: &str,
        way: &Way,
        redirect: &Url,
        now: DateTime<Utc>,
        anew: bool,
    ) -> Result<SignedIn, Failure> {
        let metadata = self.metadata(now, anew).await?;
        let client = CoreClient::from_provider_metadata(
            metadata.core,
            ClientId::new(self.settings.client_id.clone()),
            Some(self.secret.clone()),
        )
        .set_redirect_uri(RedirectUrl::from_url(redirect.clone()))
        .set_auth_type(AuthType::RequestBody);
        let http = self.http.clone();
        let ask = move |it| Self::ask(http.clone(), it);
        let request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|it| Failure::Unreachable(it.to_string()))?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(way.verifier.clone()));
        let answer = request.request_async(&ask).await.map_err(|error| {
            if let RequestTokenError::ServerResponse(it) = &error {
                return Failure::Code(it.error().to_string());
            }
            Failure::Unreachable(told(&error))
        })?;
        let id_token = answer.id_token().ok_or_else(|| Failure::Token("there is none".into()))?;
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(move || now - SKEW)
            .set_issue_time_verifier_fn(move |issued| {
                let right = issued <= now + SKEW && issued > now - TimeDelta::minutes(10);
                if right { Ok(()) } else { Err("issued at another time".to_owned()) }
            });
        let nonce = Nonce::new(way.nonce.clone());
        let said = id_token.claims(&verifier, &nonce).map_err(|it| Failure::Token(told(&it)))?;
        let acr = said.auth_context_ref().map(|it| it.as_str().to_owned()).unwrap_or_default();
        let amr = said.auth_method_refs().into_iter().flatten();
        let mfa = self.settings.mfa_acr.contains(&acr) || amr.into_iter().any(|it| **it == "mfa");
        if way.mfa && !mfa {
            return Err(Failure::NoMfa);
        }
        let subject = said.subject().clone();
        let asked = client
            .user_info(answer.access_token().clone(), Some(subject))
            .map_err(|it| Failure::Unreachable(it.to_string()))?;
        let asked = if self.settings.signed_userinfo {
            asked.require_signed_response(true).set_response_type(UserInfoResponseType::Jwt)
        } else {
            asked
        };
        let info: UserInfoClaims<ProClaims, CoreGenderClaim> =
            asked.request_async(&ask).await.map_err(|it| Failure::Claims(told(&it)))?;
        let claims = claims(&info, mfa);
        if self.settings.siret_required && claims.siret.is_empty() {
            return Err(Failure::NoSiret);
        }
        Ok(SignedIn { claims, id_token: id_token.to_string() })
    }

    /// Where the session ends at the provider; `None` when it has no such place.
    pub async fn leaving(
        &self,
        id_token: &str,
        state: &str,
        back: &Url,
        now: DateTime<Utc>,
    ) -> Option<Url> {
        let mut address = self.metadata(now, false).await.ok()?.end_session?;
        address
            .query_pairs_mut()
            .append_pair("id_token_hint", id_token)
            .append_pair("state", state)
            .append_pair("post_logout_redirect_uri", back.as_str());
        Some(address)
    }
}

fn claims(info: &UserInfoClaims<ProClaims, CoreGenderClaim>, mfa: bool) -> Claims {
    let said = info.additional_claims().said.iter().filter_map(|(name, value)| {
        let text = value
            .as_str()
            .map(str::to_owned)
            .or_else(|| (value.is_number() || value.is_boolean()).then(|| value.to_string()));
        Some((name.clone(), text?))
    });
    let said: std::collections::BTreeMap<String, String> = said.collect();
    let of = |name: &str| said.get(name).cloned().unwrap_or_default();
    let given = info.given_name().and_then(|it| it.get(None)).map(|it| it.to_string());
    let given = given.unwrap_or_else(|| of("given_name"));
    let name = format!("{given} {}", of("usual_name")).trim().to_owned();
    let subject = info.subject().to_string();
    let siret = of("siret");
    Claims { subject, name, siret, said, mfa }
}

/// An error and what caused it.
fn told(error: &dyn std::error::Error) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(it) = cause {
        text.push_str(": ");
        text.push_str(&it.to_string());
        cause = it.source();
    }
    text.chars().take(300).collect()
}
