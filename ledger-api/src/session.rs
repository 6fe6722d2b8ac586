//! Who is signed in: an encrypted cookie that the server does not have to remember.
//!
//! ```text
//! base64url( nonce · XChaCha20-Poly1305( version · role · id · beginning · expiry · … ) )
//! ```
//! The name is shown on pages and goes nowhere else: neither into the log nor into the traces.
//! A session of a person who signed in is over once they sign out everywhere, or once the role it
//! acts in is taken back: that is looked up each time.

mod asking;

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use axum::http::header::{COOKIE, HeaderMap, HeaderValue};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, Payload};
use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;
use hmac::{Hmac, KeyInit, Mac};
use ledger_core::identifiers::{Funder, Uai};
use ledger_core::ids::PartnerId;
use ledger_core::meta::{Actor, Role};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use crate::page;
use crate::problem::{Problem, kinds};

pub use asking::{
    Accountant, Administrator, FunderAgent, HeadOfSchool, PartnerAgent, Reader, Teacher,
};

/// How long a session lasts: a school day.
pub const LASTS: TimeDelta = TimeDelta::hours(10);

/// The longest cookie that is looked at, in bytes.
const COOKIE_MAX: usize = 3500;

/// The layout of what is sealed; another layout takes another number.
const VERSION: u8 = 2;

/// What a cookie is sealed for: none can stand for another.
const SESSION: &[u8] = b"session";

/// Someone signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// In which quality.
    pub role: Role,
    /// Which one; for a teacher, their account's.
    pub id: Uuid,
    /// For whom they act; `None` for who acts for themselves or for the State's books.
    pub acts_for: Option<ActsFor>,
    /// How pages call them; never stored.
    pub name: String,
    /// When they signed in.
    pub began: DateTime<Utc>,
    /// When they must sign in again.
    pub expires: DateTime<Utc>,
    /// Where they signed in, as `/connexion/{provider}` calls it; empty for a persona of the demo.
    pub provider: CompactString,
    /// Whether an administrator gave them the role; else it follows from what the provider says.
    pub granted: bool,
}

/// A session as it is sealed.
#[derive(Serialize, Deserialize)]
struct Sealed {
    version: u8,
    role: Role,
    id: Uuid,
    acts_for: String,
    name: String,
    began: i64,
    expires: i64,
    provider: CompactString,
    granted: bool,
}

/// For whom an agent acts. Written `siren:217500016`, `school:0750001A`, `partner:par_…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActsFor {
    /// A funder.
    Funder(Funder),
    /// A school.
    School(Uai),
    /// A partner.
    Partner(PartnerId),
}

impl fmt::Display for ActsFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Funder(it) => it.fmt(f),
            Self::School(it) => write!(f, "school:{it}"),
            Self::Partner(it) => write!(f, "partner:{it}"),
        }
    }
}

impl FromStr for ActsFor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = match text.split_once(':') {
            Some(("school", uai)) => uai.parse().ok().map(Self::School),
            Some(("partner", id)) => id.parse().ok().map(Self::Partner),
            Some(_) | None => text.parse().ok().map(Self::Funder),
        };
        let expected = "expected siren:, state:, school: or partner:, and which one";
        read.ok_or_else(|| format!("`{text}`: {expected}"))
    }
}

impl Session {
    /// The funder they act for.
    pub fn funder(&self) -> Option<Funder> {
        match self.acts_for {
            Some(ActsFor::Funder(it)) => Some(it),
            Some(ActsFor::School(_) | ActsFor::Partner(_)) | None => None,
        }
    }

    /// The school they act for.
    pub fn school(&self) -> Option<Uai> {
        match self.acts_for {
            Some(ActsFor::School(it)) => Some(it),
            Some(ActsFor::Funder(_) | ActsFor::Partner(_)) | None => None,
        }
    }

    /// The partner they act for.
    pub fn partner(&self) -> Option<PartnerId> {
        match self.acts_for {
            Some(ActsFor::Partner(it)) => Some(it),
            Some(ActsFor::Funder(_) | ActsFor::School(_)) | None => None,
        }
    }

    /// Who is written beside the events that they cause.
    pub fn actor(&self) -> Actor {
        Actor { role: self.role, id: self.id }
    }

    /// How pages call their role.
    pub fn quality(&self) -> &'static str {
        page::role_name(self.role)
    }

    /// Themselves, if they act as one of `roles`.
    pub fn acting_as(self, roles: &[Role]) -> Result<Self, Problem> {
        if roles.contains(&self.role) {
            return Ok(self);
        }
        let detail = format!("signed in as {}", self.role.name());
        Err(Problem::new(&kinds::FORBIDDEN, detail))
    }
}

/// Seals sessions, and opens those it sealed.
#[derive(Clone)]
pub struct Sessions {
    key: Hmac<Sha256>,
    cipher: XChaCha20Poly1305,
    /// Whether the cookie is kept to TLS: everywhere but on loopback.
    secure: bool,
}

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It could not be read or made.
    #[error("the key {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Others may read it.
    #[error("the key {0} may be read by others: make it private with `chmod 600 {0}`")]
    Exposed(PathBuf),
    /// It is not ours, or was cut short.
    #[error(
        "the key {0} does not hold 32 bytes: delete it to make a new one (everybody signs in again)"
    )]
    WrongSize(PathBuf),
}

impl Sessions {
    /// Signs with `key`; `secure` keeps the cookie to TLS.
    pub fn new(key: [u8; 32], secure: bool) -> Self {
        // HMAC fills a key shorter than its block with zeros.
        let mut block = [0; 64];
        block[..key.len()].copy_from_slice(&key);
        let key = Hmac::new(&block.into());
        let sealing = derived(&key, b"sealed cookies");
        Self { key, cipher: XChaCha20Poly1305::new(&sealing.into()), secure }
    }

    /// Signs with the key in the file at `path`, which is made when it is missing.
    pub fn open(path: &Path, secure: bool) -> Result<Self, KeyError> {
        let failed = |source| KeyError::File { path: path.to_owned(), source };
        let key = match fs::read(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => make_key(path).map_err(failed)?,
            read => {
                let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
                if mode & 0o077 != 0 {
                    return Err(KeyError::Exposed(path.to_owned()));
                }
                read.map_err(failed)?
            }
        };
        let key = key.try_into().map_err(|_| KeyError::WrongSize(path.to_owned()))?;
        Ok(Self::new(key, secure))
    }

    /// Another key, for `purpose`, that follows from this one and tells nothing of it.
    pub(crate) fn derived_key(&self, purpose: &[u8]) -> [u8; 32] {
        derived(&self.key, purpose)
    }

    /// `plain`, which only this service reads, and only as what it is sealed for.
    pub(crate) fn seal(&self, purpose: &[u8], plain: &[u8]) -> Result<String, Problem> {
        let mut nonce = [0; 24];
        getrandom::fill(&mut nonce).map_err(|it| Problem::internal(it.to_string()))?;
        let payload = Payload { msg: plain, aad: purpose };
        let sealed = self.cipher.encrypt(&nonce.into(), payload);
        let sealed = sealed.map_err(|it| Problem::internal(it.to_string()))?;
        Ok(BASE64.encode([&nonce[..], &sealed].concat()))
    }

    /// What was sealed for `purpose`; `None` when it was not, or not by this service.
    pub(crate) fn open_sealed(&self, purpose: &[u8], sealed: &str) -> Option<Vec<u8>> {
        if sealed.len() > COOKIE_MAX {
            return None;
        }
        let bytes = BASE64.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<24>()?;
        self.cipher.decrypt(&(*nonce).into(), Payload { msg: sealed, aad: purpose }).ok()
    }

    /// The value of the cookie `name` of a request, `__Host-` before it over TLS.
    pub(crate) fn cookie_of<'a>(&self, name: &str, headers: &'a HeaderMap) -> Option<&'a str> {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|it| it.to_str().ok());
        let mut pairs = cookies.flat_map(|it| it.split(';')).filter_map(|it| it.split_once('='));
        let prefix = if self.secure { "__Host-" } else { "" };
        let (_, value) = pairs.find(|(it, _)| it.trim().strip_prefix(prefix) == Some(name))?;
        Some(value.trim())
    }

    /// A `Set-Cookie` of `name` for the whole site; 0 seconds ends it.
    pub(crate) fn set_cookie(
        &self,
        name: &str,
        value: &str,
        seconds: i64,
    ) -> Result<HeaderValue, Problem> {
        let (prefix, secure) = if self.secure { ("__Host-", "; Secure") } else { ("", "") };
        let cookie = format!(
            "{prefix}{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
        );
        HeaderValue::try_from(cookie).map_err(Problem::internal)
    }

    /// The session that a request comes with, if it is ours and not over at `now`.
    pub fn read(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Option<Session> {
        let sealed = self.cookie_of("session", headers)?;
        self.unsealed(sealed).filter(|it| now < it.expires)
    }

    /// The `Set-Cookie` that begins `session`.
    pub fn begin(&self, session: &Session, now: DateTime<Utc>) -> Result<HeaderValue, Problem> {
        let seconds = (session.expires - now).num_seconds();
        self.set_cookie("session", &self.sealed(session)?, seconds)
    }

    /// The `Set-Cookie` that ends any session.
    pub fn end(&self) -> Result<HeaderValue, Problem> {
        self.set_cookie("session", "", 0)
    }

    fn sealed(&self, session: &Session) -> Result<String, Problem> {
        let plain = Sealed {
            version: VERSION,
            role: session.role,
            id: session.id,
            acts_for: session.acts_for.map(|it| it.to_string()).unwrap_or_default(),
            name: session.name.chars().take(120).collect(),
            began: session.began.timestamp_millis(),
            expires: session.expires.timestamp(),
            provider: session.provider.clone(),
            granted: session.granted,
        };
        let plain = serde_json::to_vec(&plain).map_err(Problem::internal)?;
        self.seal(SESSION, &plain)
    }

    /// `None` when another release sealed it otherwise, too.
    fn unsealed(&self, sealed: &str) -> Option<Session> {
        let plain = self.open_sealed(SESSION, sealed)?;
        let it: Sealed = serde_json::from_slice(&plain).ok()?;
        let acts_for = match it.acts_for.as_str() {
            "" => None,
            text => Some(ActsFor::from_str(text).ok()?),
        };
        Some(Session {
            role: Some(it.role).filter(|_| it.version == VERSION)?,
            id: it.id,
            acts_for,
            name: it.name,
            began: DateTime::from_timestamp_millis(it.began)?,
            expires: DateTime::from_timestamp(it.expires, 0)?,
            provider: it.provider,
            granted: it.granted,
        })
    }
}

fn derived(key: &Hmac<Sha256>, purpose: &[u8]) -> [u8; 32] {
    key.clone().chain_update(purpose).finalize().into_bytes().into()
}

/// Makes a key that only its owner can read, durable before it is used.
fn make_key(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut key = vec![0; 32];
    getrandom::fill(&mut key).map_err(|it| std::io::Error::other(it.to_string()))?;
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(&key)?;
    file.sync_all()?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-09-01T08:00:00Z".parse().unwrap()
    }

    fn agent() -> Session {
        Session {
            role: Role::Funder,
            id: Uuid::from_u128(7),
            acts_for: Some("siren:217500016".parse().unwrap()),
            name: "Région Exemple – Zoé".into(),
            began: now(),
            expires: now() + LASTS,
            provider: CompactString::default(),
            granted: false,
        }
    }

    fn with_cookie(cookie: &str) -> HeaderMap {
        let cookie = cookie.split(';').next().unwrap();
        HeaderMap::from_iter([(COOKIE, format!("other=1; {cookie}; last=2").parse().unwrap())])
    }

    #[test]
    fn a_session_is_read_back_until_it_is_over() {
        for secure in [true, false] {
            let sessions = Sessions::new([1; 32], secure);
            let cookie = sessions.begin(&agent(), now()).unwrap();
            let headers = with_cookie(cookie.to_str().unwrap());
            assert_eq!(sessions.read(&headers, now()), Some(agent()));
            assert_eq!(sessions.read(&headers, now() + LASTS), None);
            assert_eq!(cookie.to_str().unwrap().ends_with("; Secure"), secure);
        }
    }

    #[test]
    fn no_byte_of_a_session_can_be_changed() {
        let sessions = Sessions::new([1; 32], false);
        let sealed = sessions.sealed(&agent()).unwrap();
        for at in 0..sealed.len() {
            let mut forged = sealed.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(sessions.unsealed(&forged), None, "byte {at}");
        }
        assert_eq!(Sessions::new([2; 32], false).unsealed(&sealed), None);
        assert!(sessions.open_sealed(b"another purpose", &sealed).is_none());
        assert!(!BASE64.decode(&sealed).unwrap().windows(5).any(|it| it == b"siren"));
    }

    #[test]
    fn the_key_is_made_once_and_kept_private() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data/secret");
        let sealed = Sessions::open(&path, false).unwrap().sealed(&agent()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Sessions::open(&path, false).unwrap().unsealed(&sealed), Some(agent()));

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Sessions::open(&path, false), Err(KeyError::Exposed(_))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "short").unwrap();
        assert!(matches!(Sessions::open(&path, false), Err(KeyError::WrongSize(_))));
    }
}
