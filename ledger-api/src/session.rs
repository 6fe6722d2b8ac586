//! Who is signed in: a signed cookie that the server does not have to remember.
//!
//! ```text
//! base64url( version · role · id · expiry · acts for · name )  .  base64url( HMAC-SHA256 of it )
//! ```
//! The name is shown on pages and goes nowhere else: neither into the log nor into the traces.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::{COOKIE, HeaderMap, HeaderValue};
use axum::http::request::Parts;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use ledger_core::identifiers::{Funder, Uai};
use ledger_core::ids::PartnerId;
use ledger_core::meta::{Actor, Role};
use sha2::Sha256;
use uuid::Uuid;

use crate::app::App;
use crate::page;
use crate::problem::{Problem, kinds};

/// How long a session lasts: a school day.
pub const LASTS: TimeDelta = TimeDelta::hours(10);

/// The longest cookie that is looked at, in bytes.
const COOKIE_MAX: usize = 1024;

/// The layout of what is signed; another layout takes another number.
const VERSION: u8 = 1;

/// Bytes before whom they act for and the name: version, role, id, expiry, length of the former.
const HEAD: usize = 1 + 1 + 16 + 8 + 1;

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
    /// When they must sign in again.
    pub expires: DateTime<Utc>,
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

/// Signs sessions, and reads back those it signed.
#[derive(Clone)]
pub struct Sessions {
    key: Hmac<Sha256>,
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
        Self { key: Hmac::new(&block.into()), secure }
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
        // A session's signed text begins with its version, which is no letter: neither can pass
        // for the other.
        self.key.clone().chain_update(purpose).finalize().into_bytes().into()
    }

    /// The session that a request comes with, if it is ours and not over at `now`.
    pub fn read(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Option<Session> {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|it| it.to_str().ok());
        let mut pairs = cookies.flat_map(|it| it.split(';')).filter_map(|it| it.split_once('='));
        let (_, sealed) = pairs.find(|(name, _)| name.trim() == self.cookie_name())?;
        self.unseal(sealed.trim()).filter(|it| now < it.expires)
    }

    /// The `Set-Cookie` that begins `session`.
    pub fn begin(&self, session: &Session, now: DateTime<Utc>) -> Result<HeaderValue, Problem> {
        let seconds = (session.expires - now).num_seconds();
        let cookie = self.cookie(&self.seal(session), seconds);
        HeaderValue::try_from(cookie).map_err(Problem::internal)
    }

    /// The `Set-Cookie` that ends any session.
    pub fn end(&self) -> Result<HeaderValue, Problem> {
        HeaderValue::try_from(self.cookie("", 0)).map_err(Problem::internal)
    }

    /// A browser only takes a `__Host-` cookie over TLS and for the whole host.
    fn cookie_name(&self) -> &'static str {
        if self.secure { "__Host-session" } else { "session" }
    }

    fn cookie(&self, value: &str, seconds: i64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        let name = self.cookie_name();
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
    }

    fn seal(&self, session: &Session) -> String {
        let acts_for = session.acts_for.map(|it| it.to_string()).unwrap_or_default();
        let mut plain = Vec::with_capacity(HEAD + acts_for.len() + session.name.len());
        plain.push(VERSION);
        plain.push(session.role as u8);
        plain.extend(session.id.as_bytes());
        plain.extend(session.expires.timestamp().to_be_bytes());
        plain.push(u8::try_from(acts_for.len()).unwrap_or_default());
        plain.extend(acts_for.bytes());
        plain.extend(session.name.bytes());
        let mac = self.key.clone().chain_update(&plain).finalize().into_bytes();
        format!("{}.{}", BASE64.encode(&plain), BASE64.encode(mac))
    }

    fn unseal(&self, sealed: &str) -> Option<Session> {
        if sealed.len() > COOKIE_MAX {
            return None;
        }
        let (plain, mac) = sealed.split_once('.')?;
        let plain = BASE64.decode(plain).ok()?;
        let mac = BASE64.decode(mac).ok()?;
        self.key.clone().chain_update(&plain).verify_slice(&mac).ok()?;
        parse(&plain)
    }
}

/// Reads what was signed; `None` when an older or newer release signed it otherwise.
fn parse(plain: &[u8]) -> Option<Session> {
    let (head, rest) = plain.split_at_checked(HEAD)?;
    let (&[version, role], head) = head.split_first_chunk()?;
    let (&id, head) = head.split_first_chunk::<16>()?;
    let (&expires, acts_for_length) = head.split_first_chunk::<8>()?;
    let (acts_for, name) = rest.split_at_checked(usize::from(*acts_for_length.first()?))?;
    let acts_for = std::str::from_utf8(acts_for).ok()?;
    Some(Session {
        role: Role::from_code(role).filter(|_| version == VERSION)?,
        id: Uuid::from_bytes(id),
        acts_for: if acts_for.is_empty() { None } else { Some(ActsFor::from_str(acts_for).ok()?) },
        name: std::str::from_utf8(name).ok()?.to_owned(),
        expires: DateTime::from_timestamp(i64::from_be_bytes(expires), 0)?,
    })
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

/// Whoever is signed in; nobody is a problem that sends a browser to `/connexion`.
impl FromRequestParts<App> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        app.sessions
            .read(&parts.headers, app.clock.now())
            .ok_or_else(|| Problem::new(&kinds::SIGN_IN, "no session, or one that is over"))
    }
}

impl OptionalFromRequestParts<App> for Session {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &App,
    ) -> Result<Option<Self>, Self::Rejection> {
        Ok(app.sessions.read(&parts.headers, app.clock.now()))
    }
}

macro_rules! acting_as {
    ($($(#[$doc:meta])* $name:ident = $($role:ident)|+;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(pub Session);

        impl FromRequestParts<App> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
                let session = <Session as FromRequestParts<App>>::from_request_parts(parts, app);
                session.await?.acting_as(&[$(Role::$role),+]).map(Self)
            }
        }
    )+};
}

acting_as! {
    /// A teacher is signed in; anybody else is refused.
    Teacher = Teacher;
    /// A funder's agent or authorising officer is signed in; anybody else is refused.
    FunderAgent = Funder | AuthorisingOfficer;
    /// The public accountant is signed in; anybody else is refused.
    Accountant = Accountant;
    /// Someone who may read the books is signed in: accountant or authorising officer.
    Reader = Accountant | AuthorisingOfficer;
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
            expires: now() + LASTS,
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
        let sealed = sessions.seal(&agent());
        for at in 0..sealed.len() {
            let mut forged = sealed.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(sessions.unseal(&forged), None, "byte {at}");
        }
        assert_eq!(Sessions::new([2; 32], false).unseal(&sealed), None);
    }

    #[test]
    fn the_key_is_made_once_and_kept_private() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data/secret");
        let sealed = Sessions::open(&path, false).unwrap().seal(&agent());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Sessions::open(&path, false).unwrap().unseal(&sealed), Some(agent()));

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Sessions::open(&path, false), Err(KeyError::Exposed(_))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "short").unwrap();
        assert!(matches!(Sessions::open(&path, false), Err(KeyError::WrongSize(_))));
    }
}
