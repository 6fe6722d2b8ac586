//! The file of settings that `LEDGER_SIGN_IN` names: providers, who is what, which school is where.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use compact_str::CompactString;
use ledger_core::account::{School, SchoolLevel};
use ledger_core::identifiers::Uai;
use ledger_core::meta::Role;
use ledger_core::person::Quality;
use serde::Deserialize;
use url::Url;

/// The whole file; `docs/operating.md` has an example.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How browsers call this service: `https://compte.example`.
    pub public_url: Url,
    /// Where people sign in.
    pub providers: Vec<ProviderSettings>,
    /// Schools by the SIRET that providers tell: UAI is no claim.
    #[serde(default)]
    pub schools: BTreeMap<String, SchoolSettings>,
}

/// One provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// In addresses: lowercase letters, digits and hyphens.
    pub slug: CompactString,
    /// On the button, in French.
    pub label: String,
    /// Its issuer.
    pub issuer: Url,
    /// What it calls this service.
    pub client_id: String,
    /// A file with the secret that it gave.
    pub client_secret_file: PathBuf,
    /// What is asked for beside `openid`.
    #[serde(default = "pro_connect_scopes")]
    pub scopes: Vec<String>,
    /// Classes of authentication (`acr`) that have two factors.
    #[serde(default = "pro_connect_mfa")]
    pub mfa_acr: Vec<String>,
    /// Whether userinfo must be signed.
    #[serde(default = "yes")]
    pub signed_userinfo: bool,
    /// Whether whoever has no SIRET is refused.
    #[serde(default = "yes")]
    pub siret_required: bool,
    /// Who is what.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Whether it may be asked over plain HTTP, and on this machine: for tests only.
    #[serde(default)]
    pub local: bool,
}

/// Whoever has these claims has this role.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Which role.
    pub role: Role,
    /// For whom it acts.
    #[serde(default)]
    pub acts_for: Option<CompactString>,
    /// Each claim with the values of which it has one; none holds for everybody.
    #[serde(default)]
    pub when: BTreeMap<String, Vec<String>>,
}

/// A school, by its SIRET.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchoolSettings {
    /// Its UAI.
    pub uai: Uai,
    /// Its level.
    pub level: SchoolLevel,
    /// Its académie.
    pub academy: u8,
}

impl From<&SchoolSettings> for School {
    fn from(it: &SchoolSettings) -> Self {
        Self { uai: it.uai, level: it.level, academy: it.academy }
    }
}

/// Why nobody can sign in, and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A file cannot be read.
    #[error("LEDGER_SIGN_IN, {path}: {why}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// What it says cannot be used.
    #[error("LEDGER_SIGN_IN: {0}")]
    Wrong(String),
}

fn yes() -> bool {
    true
}

fn pro_connect_scopes() -> Vec<String> {
    let scopes =
        ["given_name", "usual_name", "email", "uid", "siret", "idp_id", "belonging_population"];
    scopes.map(str::to_owned).to_vec()
}

fn pro_connect_mfa() -> Vec<String> {
    ["eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3"].map(str::to_owned).to_vec()
}

impl Settings {
    /// What the file at `path` says.
    pub fn read(path: &Path) -> Result<Self, SettingsError> {
        let failed = |why: String| SettingsError::File { path: path.to_owned(), why };
        let text = std::fs::read_to_string(path).map_err(|it| failed(it.to_string()))?;
        let settings: Self = serde_json::from_str(&text).map_err(|it| failed(it.to_string()))?;
        settings.checked()
    }

    /// Itself, if it can be used.
    pub fn checked(self) -> Result<Self, SettingsError> {
        let wrong = |why: String| Err(SettingsError::Wrong(why));
        if self.providers.is_empty() {
            return wrong("providers: expected at least one".to_owned());
        }
        for it in &self.providers {
            let plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
            let slug = &it.slug;
            if slug.is_empty() || !slug.chars().all(plain) || slug == "qualite" {
                return wrong(format!("{slug}: expected lowercase letters, digits and hyphens"));
            }
            if it.issuer.scheme() != "https" && !it.local {
                return wrong(format!("{}: expected https://", it.issuer));
            }
            for rule in &it.rules {
                let quality = Quality { role: rule.role, acts_for: rule.acts_for.clone() };
                quality.check().map_err(|it| SettingsError::Wrong(it.to_string()))?;
            }
        }
        if let Some(siret) = self.schools.keys().find(|it| it.len() != 14) {
            return wrong(format!("schools: `{siret}` is no SIRET: expected fourteen digits"));
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut serde_json::Value);

    fn read(change: impl FnOnce(&mut serde_json::Value)) -> Result<Settings, String> {
        let mut json = serde_json::json!({
            "public_url": "https://compte.example",
            "providers": [{
                "slug": "proconnect", "label": "ProConnect", "issuer": "https://fca.example/api/v2",
                "client_id": "compte", "client_secret_file": "secret",
                "rules": [{ "role": "teacher", "when": { "belonging_population": ["agent"] } }],
            }],
            "schools": { "19750001600018": { "uai": "0750655E", "level": "lower_secondary", "academy": 1 } },
        });
        change(&mut json);
        let settings: Settings = serde_json::from_value(json).map_err(|it| it.to_string())?;
        settings.checked().map_err(|it| it.to_string())
    }

    #[test]
    fn what_cannot_be_used_says_what_would_be_right() {
        assert!(read(|_| ()).is_ok());
        let cases: [(Change, &str); 5] = [
            (|it| it["providers"] = serde_json::json!([]), "at least one"),
            (|it| it["providers"][0]["issuer"] = "http://fca.example".into(), "expected https://"),
            (|it| it["providers"][0]["rules"][0]["role"] = "king".into(), "is not a role"),
            (|it| it["providers"][0]["rules"][0]["role"] = "funder".into(), "expected a funder"),
            (|it| it["providers"][0]["slug"] = "Pro Connect".into(), "lowercase letters"),
        ];
        for (change, told) in cases {
            let error = read(change).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }
}
