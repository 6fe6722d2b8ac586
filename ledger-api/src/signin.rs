//! People sign in where their administration knows them: OpenID Connect, as ProConnect does it.
//!
//! ```text
//!  /connexion ─▶ /connexion/{provider} ─▶ provider ─▶ /oidc-callback ─▶ roles ─▶ session
//!                  state, nonce, PKCE        │            tokens, claims checked
//!                  in a sealed cookie        └─ what they are: claims, by rules; or granted
//! ```
//!
//! # Invariants
//!
//! * Nothing is remembered by the server: the way through and the session are sealed cookies.
//! * A person is a fingerprint of the provider's issuer and subject under the service's key: the
//!   log never tells who they are.
//! * Who orders, pays or administers has signed in with two factors.

pub mod administration;
pub mod ending;
pub mod failure;
pub mod pages;
pub mod provider;
pub mod qualities;
pub mod settings;
pub mod way;

use std::path::Path;

use axum::Router;
use axum::routing::{get, post};
use ledger_core::ids::PersonId;
use uuid::Uuid;

use crate::app::App;
use provider::Provider;
use settings::{Settings, SettingsError};

/// Where people may sign in; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct SignIn {
    /// What the file of settings says; `None` without one.
    pub settings: Option<std::sync::Arc<Settings>>,
    /// The providers, in the order of the file.
    pub providers: std::sync::Arc<[Provider]>,
}

impl SignIn {
    /// As the file at `path` says.
    pub fn open(path: &Path) -> Result<Self, SettingsError> {
        Self::new(Settings::read(path)?)
    }

    /// As `settings` say.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        let providers = settings.providers.iter().map(Provider::new).collect::<Result<_, _>>()?;
        Ok(Self { settings: Some(settings.into()), providers })
    }

    /// The provider called `slug` in addresses; `None` when there is none.
    pub fn provider(&self, slug: &str) -> Option<&Provider> {
        self.providers.iter().find(|it| it.settings.slug == slug)
    }
}

/// The person whom `issuer` calls `subject`: the same each time, and telling nothing of either.
pub fn person_of(key: &[u8; 32], issuer: &str, subject: &str) -> PersonId {
    let name = [&key[..], issuer.as_bytes(), &[0], subject.as_bytes()].concat();
    let digest = ledger_core::digest::Digest::of(&name).0;
    let (&bytes, _) = digest.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    PersonId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// The key that people's ids follow from.
pub fn person_key(sessions: &crate::session::Sessions) -> [u8; 32] {
    sessions.derived_key(b"names of people")
}

/// Every page of signing in and out, and of who has which role.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/connexion/qualite", get(pages::qualities).post(pages::choose))
        .route("/connexion/{provider}", get(pages::begin))
        .route("/oidc-callback", get(pages::end))
        .route("/deconnexion/partout", post(ending::everywhere))
        .route("/deconnecte", get(ending::done))
        .route("/administration/personnes", get(administration::show))
        .route("/administration/personnes/accorder", post(administration::grant))
        .route("/administration/personnes/retirer", post(administration::revoke))
}

/// An id for tests and pages: what a person is shown of themselves.
pub fn shown(id: Uuid) -> String {
    PersonId(id).to_string()
}
