//! Access tokens: short-lived, signed, and remembered by nobody.
//!
//! ```text
//! crt_  base64url( version · client · scopes · expiry · certificate? )  .  base64url( HMAC-SHA256 of it )
//! ```
//! One that is bound to a certificate (RFC 8705, `cnf` with `x5t#S256`) holds that certificate's
//! SHA-256, and proves nothing on a connection that shows another one, or none.
//!
//! A token says which client it was given to; whether that client was revoked since is looked up
//! each time ([`super::caller`]).

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use ledger_core::client::ClientScope;
use ledger_core::digest::Digest;
use ledger_core::ids::ClientId;
use sha2::Sha256;
use uuid::Uuid;

use crate::session::Sessions;

/// How long a token lasts.
pub const LASTS: TimeDelta = TimeDelta::minutes(10);

/// What a token begins with, so that one that leaked is recognised.
const PREFIX: &str = "crt_";

/// The layout of what is signed; another layout takes another number.
const VERSION: u8 = 2;

/// The layout of what is bound to a certificate.
const VERSION_BOUND: u8 = 3;

/// Version, client, scopes, expiry in seconds since 1970.
const PLAIN: usize = 1 + 16 + 2 + 8;

/// The same, and a certificate's SHA-256.
const PLAIN_BOUND: usize = PLAIN + 32;

/// The layout of before, with scopes of one byte: read for as long as a token lasts, so that nobody
/// is refused when the service is replaced by a newer one.
const VERSION_1: u8 = 1;

/// What an HMAC-SHA256 weighs.
const MAC: usize = 32;

/// What a client may do, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u16);

impl Scopes {
    /// Whether `scope` is one of them.
    pub fn contain(self, scope: ClientScope) -> bool {
        self.0 & bit(scope) != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<ClientScope> for Scopes {
    fn from_iter<I: IntoIterator<Item = ClientScope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |set, it| set | bit(it)))
    }
}

impl std::fmt::Display for Scopes {
    /// As in a token request: names and spaces.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = ClientScope::ALL.into_iter().filter(|it| self.contain(*it));
        f.write_str(&names.map(ClientScope::name).collect::<Vec<_>>().join(" "))
    }
}

const fn bit(scope: ClientScope) -> u16 {
    match scope {
        ClientScope::EnvelopesRead => 1,
        ClientScope::EnvelopesWrite => 2,
        ClientScope::TopupsWrite => 4,
        ClientScope::FeedsRead => 8,
        ClientScope::PaymentsRead => 16,
        ClientScope::PaymentsWrite => 32,
        ClientScope::WebhooksWrite => 64,
    }
}

/// What a token proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Whom it was given to.
    pub client: ClientId,
    /// What it allows.
    pub scopes: Scopes,
    /// Until when.
    pub expires: DateTime<Utc>,
    /// The SHA-256 of the certificate that it is bound to; `None` when it is bound to none.
    pub certificate: Option<Digest>,
}

/// Why a token proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not one of ours.
    #[error("the access token was not made by this service")]
    Forged,
    /// Its time has passed.
    #[error("the access token is over: ask for another one")]
    Over,
    /// It is bound to a certificate that this connection does not show.
    #[error(
        "the access token is bound to a certificate: send it over a connection that shows the one \
         it was asked for with"
    )]
    Elsewhere,
}

/// Signs tokens, and reads back those it signed.
pub struct Tokens {
    key: Hmac<Sha256>,
}

impl Tokens {
    /// With a key that follows from the one that signs `sessions`.
    pub fn new(sessions: &Sessions) -> Self {
        let mut block = [0; 64];
        block[..MAC].copy_from_slice(&sessions.derived_key(b"api access tokens"));
        Self { key: Hmac::new(&block.into()) }
    }

    /// The token that proves `proof`.
    pub fn issue(&self, proof: &Proof) -> String {
        let mut plain = [0; PLAIN_BOUND];
        plain[0] = VERSION;
        plain[1..17].copy_from_slice(proof.client.0.as_bytes());
        plain[17..19].copy_from_slice(&proof.scopes.0.to_be_bytes());
        plain[19..PLAIN].copy_from_slice(&proof.expires.timestamp().to_be_bytes());
        let plain = match proof.certificate {
            None => &plain[..PLAIN],
            Some(certificate) => {
                plain[0] = VERSION_BOUND;
                plain[PLAIN..].copy_from_slice(&certificate.0);
                &plain[..]
            }
        };
        let mac = self.key.clone().chain_update(plain).finalize().into_bytes();
        format!("{PREFIX}{}.{}", BASE64.encode(plain), BASE64.encode(mac))
    }

    /// What `token` proves at `now`, on a connection that shows the certificate `shown`.
    pub fn read(
        &self,
        token: &str,
        now: DateTime<Utc>,
        shown: Option<Digest>,
    ) -> Result<Proof, TokenError> {
        let proof = self.verified(token).ok_or(TokenError::Forged)?;
        if proof.expires <= now {
            return Err(TokenError::Over);
        }
        if proof.certificate.is_some() && proof.certificate != shown {
            return Err(TokenError::Elsewhere);
        }
        Ok(proof)
    }

    fn verified(&self, token: &str) -> Option<Proof> {
        let (plain_text, mac_text) = token.strip_prefix(PREFIX)?.split_once('.')?;
        // On the stack: a token is read before every request.
        let (mut plain, mut mac) = ([0; PLAIN_BOUND + 1], [0; MAC + 1]);
        let plain_length = BASE64.decode_slice(plain_text, &mut plain).ok()?;
        let mac_length = BASE64.decode_slice(mac_text, &mut mac).ok()?;
        let plain = plain.get(..plain_length).filter(|_| mac_length == MAC)?;
        self.key.clone().chain_update(plain).verify_slice(&mac[..MAC]).ok()?;
        parsed(plain)
    }
}

/// What was signed, whichever of the three layouts it has: each is of one length.
fn parsed(plain: &[u8]) -> Option<Proof> {
    let (&[version], rest) = plain.split_first_chunk::<1>()?;
    let (&client, rest) = rest.split_first_chunk::<16>()?;
    let (scopes, expires) = match version {
        VERSION | VERSION_BOUND => {
            rest.split_first_chunk().map(|(it, rest)| (u16::from_be_bytes(*it), rest))?
        }
        VERSION_1 => rest.split_first().map(|(it, rest)| (u16::from(*it), rest))?,
        _ => return None,
    };
    let (&expires, rest) = expires.split_first_chunk()?;
    let certificate = match (version, rest) {
        (VERSION_BOUND, bound) => Some(Digest(bound.try_into().ok()?)),
        (_, []) => None,
        (_, _) => return None,
    };
    let expires = i64::from_be_bytes(expires);
    Some(Proof {
        client: ClientId(Uuid::from_bytes(client)),
        scopes: Scopes(scopes),
        expires: DateTime::from_timestamp(expires, 0)?,
        certificate,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-12T09:00:00Z".parse().unwrap()
    }

    fn proof() -> Proof {
        let scopes = [ClientScope::EnvelopesRead, ClientScope::TopupsWrite].into_iter().collect();
        let client = ClientId(Uuid::from_u128(7));
        Proof { client, scopes, expires: now() + LASTS, certificate: None }
    }

    fn tokens(key: u8) -> Tokens {
        Tokens::new(&Sessions::new([key; 32], false))
    }

    #[test]
    fn a_token_is_read_back_until_it_is_over() {
        let token = tokens(1).issue(&proof());
        assert_eq!(tokens(1).read(&token, now(), None), Ok(proof()));
        assert_eq!(proof().scopes.to_string(), "envelopes:read topups:write");
        assert_eq!(tokens(1).read(&token, now() + LASTS, None), Err(TokenError::Over));
    }

    fn signed(key: u8, plain: &[u8]) -> String {
        let mac = tokens(key).key.chain_update(plain).finalize().into_bytes();
        format!("{PREFIX}{}.{}", BASE64.encode(plain), BASE64.encode(mac))
    }

    #[test]
    fn a_token_of_the_layout_of_before_is_read() {
        let client = proof().client.0.into_bytes();
        let expires = proof().expires.timestamp().to_be_bytes();
        let before = [&[1][..], &client, &[1 | 4], &expires].concat();
        assert_eq!(tokens(1).read(&signed(1, &before), now(), None), Ok(proof()));
        let now_written = [&[2][..], &client, &[0, 1 | 4], &expires].concat();
        assert_eq!(tokens(1).issue(&proof()), signed(1, &now_written));
    }

    #[test]
    fn a_layout_is_not_taken_for_another() {
        let client = proof().client.0.into_bytes();
        let expires = proof().expires.timestamp().to_be_bytes();
        for (version, scopes) in
            [(0, &[5][..]), (1, &[0, 5]), (2, &[5]), (2, &[0, 0, 5]), (3, &[0, 5])]
        {
            let plain = [&[version][..], &client, scopes, &expires].concat();
            let read = tokens(1).read(&signed(1, &plain), now(), None);
            assert_eq!(read, Err(TokenError::Forged), "{version} {scopes:?}");
        }
        assert_eq!(tokens(1).read(&signed(1, &[]), now(), None), Err(TokenError::Forged));
    }

    #[test]
    fn a_token_that_is_bound_proves_nothing_without_its_certificate() {
        let certificate = Some(Digest::of(b"a certificate"));
        let bound = Proof { certificate, ..proof() };
        let token = tokens(1).issue(&bound);
        assert_eq!(tokens(1).read(&token, now(), certificate), Ok(bound));
        for shown in [None, Some(Digest::of(b"another one"))] {
            assert_eq!(tokens(1).read(&token, now(), shown), Err(TokenError::Elsewhere));
        }
        // Whoever shows one uses a token that is bound to none.
        let free = tokens(1).issue(&proof());
        assert_eq!(tokens(1).read(&free, now(), certificate), Ok(proof()));
        let plain = |version: u8, bound: &[u8]| {
            let (client, expires) = (proof().client.0.into_bytes(), proof().expires.timestamp());
            [&[version][..], &client, &[0, 5], &expires.to_be_bytes(), bound].concat()
        };
        for wrong in [plain(3, &[]), plain(3, &[7; 31]), plain(3, &[7; 33]), plain(2, &[7; 32])] {
            let read = tokens(1).read(&signed(1, &wrong), now(), Some(Digest([7; 32])));
            assert_eq!(read, Err(TokenError::Forged), "{wrong:?}");
        }
        let whole = tokens(1).read(&signed(1, &plain(3, &[7; 32])), now(), Some(Digest([7; 32])));
        assert!(whole.is_ok());
    }

    #[test]
    fn every_scope_has_a_bit_of_its_own() {
        let each = ClientScope::ALL.map(bit);
        assert!(each.iter().all(|it| it.is_power_of_two()));
        assert_eq!(each.iter().fold(0, |all, it| all | it).count_ones() as usize, each.len());
    }

    #[test]
    fn a_token_that_was_touched_is_nobodys() {
        let token = tokens(1).issue(&proof());
        assert_eq!(tokens(2).read(&token, now(), None), Err(TokenError::Forged));
        for at in 0..token.len() {
            let mut touched = token.clone().into_bytes();
            touched[at] = if touched[at] == b'A' { b'B' } else { b'A' };
            let touched = String::from_utf8(touched).unwrap();
            // The last digit of base64 may carry bits that are not part of the value.
            assert_eq!(
                tokens(1).read(&touched, now(), None),
                Err(TokenError::Forged),
                "digit {at}"
            );
        }
        for other in ["", "crt_", "crt_.", &token[4..], &token[..60], &format!("{token}A")] {
            assert_eq!(tokens(1).read(other, now(), None), Err(TokenError::Forged), "{other}");
        }
    }
}
