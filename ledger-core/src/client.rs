//! An API client: a machine of a collectivité or a partner, what it may do, and its secrets.
//!
//! Secrets are shown once and stored as fingerprints; two may be valid during a rotation. With a
//! certificate, a client gets tokens over connections that show it only.

mod certificate;
#[cfg(test)]
mod tests;

pub use certificate::{CERTIFICATES_MAX, CertificateAdded, CertificateRemoved};

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::decider::Decider;
use crate::digest::Digest;
use crate::identifiers::Funder;
use crate::ids::PartnerId;

/// What a client may do, by resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ClientScope {
    /// Read envelopes, top-ups and batches of its funder.
    #[serde(rename = "envelopes:read")]
    EnvelopesRead,
    /// Open, freeze and close envelopes of its funder.
    #[serde(rename = "envelopes:write")]
    EnvelopesWrite,
    /// Credit accounts from its funder's envelopes.
    #[serde(rename = "topups:write")]
    TopupsWrite,
    /// Read what became of its partner's feeds.
    #[serde(rename = "feeds:read")]
    FeedsRead,
    /// Read the payments of its partner.
    #[serde(rename = "payments:read")]
    PaymentsRead,
    /// Ask for payments of its partner, capture, cancel and refund them.
    #[serde(rename = "payments:write")]
    PaymentsWrite,
    /// Be told what happens: make and change webhook endpoints of its party.
    #[serde(rename = "webhooks:write")]
    WebhooksWrite,
}

impl ClientScope {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::EnvelopesRead,
        Self::EnvelopesWrite,
        Self::TopupsWrite,
        Self::FeedsRead,
        Self::PaymentsRead,
        Self::PaymentsWrite,
        Self::WebhooksWrite,
    ];

    /// Whether a client that acts for `party` may have it.
    pub const fn suits(self, party: &Party) -> bool {
        match self {
            Self::EnvelopesRead | Self::EnvelopesWrite | Self::TopupsWrite => {
                matches!(party, Party::Funder(_))
            }
            Self::FeedsRead | Self::PaymentsRead | Self::PaymentsWrite => {
                matches!(party, Party::Partner(_))
            }
            Self::WebhooksWrite => true,
        }
    }

    /// Those that a client which acts for `party` may have.
    pub fn of(party: &Party) -> Vec<Self> {
        Self::ALL.into_iter().filter(|it| it.suits(party)).collect()
    }

    /// As in a token request.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EnvelopesRead => "envelopes:read",
            Self::EnvelopesWrite => "envelopes:write",
            Self::TopupsWrite => "topups:write",
            Self::FeedsRead => "feeds:read",
            Self::PaymentsRead => "payments:read",
            Self::PaymentsWrite => "payments:write",
            Self::WebhooksWrite => "webhooks:write",
        }
    }
}

impl std::str::FromStr for ClientScope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|it| it.name() == text).ok_or_else(|| {
            format!(
                "`{text}` is not a scope: expected envelopes:read, envelopes:write, topups:write, \
                 feeds:read, payments:read, payments:write or webhooks:write"
            )
        })
    }
}

/// For whom a client acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// A funder.
    Funder(Funder),
    /// A partner.
    Partner(PartnerId),
}

/// The most secrets that are valid at once.
pub const SECRETS_MAX: usize = 2;

/// What is asked of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientCommand {
    /// Register it with its first secret.
    Register(ClientRegistered),
    /// Add a second secret, to rotate; those that are over make room for it.
    AddSecret {
        /// What the secret is.
        secret: SecretAdded,
        /// When it is asked for.
        at: DateTime<Utc>,
    },
    /// Make a secret invalid.
    RemoveSecret {
        /// The secret's fingerprint.
        secret: Digest,
        /// When it is asked for.
        at: DateTime<Utc>,
    },
    /// Have it show a certificate; those that are over make room for it.
    AddCertificate {
        /// Which one.
        certificate: CertificateAdded,
        /// When it is asked for.
        at: DateTime<Utc>,
    },
    /// Make a certificate open nothing more; after the last one, secrets do alone.
    RemoveCertificate {
        /// The SHA-256 of its DER.
        thumbprint: Digest,
    },
    /// Make the client invalid for ever.
    Revoke {
        /// Why.
        reason: CompactString,
    },
}

/// What has happened to a client: the stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientEvent {
    /// See [`ClientRegistered`].
    Registered(ClientRegistered),
    /// See [`SecretAdded`].
    SecretAdded(SecretAdded),
    /// See [`SecretRemoved`].
    SecretRemoved(SecretRemoved),
    /// See [`CertificateAdded`].
    CertificateAdded(CertificateAdded),
    /// See [`CertificateRemoved`].
    CertificateRemoved(CertificateRemoved),
    /// See [`ClientRevoked`].
    Revoked(ClientRevoked),
}

/// A client may call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientRegistered {
    /// What it is called; 1 to 140 characters.
    pub name: CompactString,
    /// For whom it acts.
    pub party: Party,
    /// What it may do; at least one.
    pub scopes: Vec<ClientScope>,
    /// Fingerprint of its first secret.
    pub secret: Digest,
}

/// Another secret is valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretAdded {
    /// Its fingerprint.
    pub secret: Digest,
    /// From when on it is valid no more; `None`: until it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

impl SecretAdded {
    /// Whether it is valid at `at`.
    pub fn holds(&self, at: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|it| at < it)
    }
}

/// A secret is valid no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRemoved {
    /// Its fingerprint.
    pub secret: Digest,
}

/// The client is valid no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientRevoked {
    /// Why.
    pub reason: CompactString,
}

/// Why a command on a client is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientRefusal {
    /// There is no such client.
    #[error("this client does not exist")]
    NotRegistered,
    /// It is registered otherwise.
    #[error("this client is registered otherwise")]
    ReferenceReused,
    /// It was revoked.
    #[error("this client was revoked")]
    Revoked,
    /// A field cannot be taken.
    #[error("{field}: {expected}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What would be right.
        expected: &'static str,
    },
    /// Two are valid already.
    #[error("two secrets are valid already: remove one first")]
    TooManySecrets,
    /// Two are valid already.
    #[error("two certificates are valid already: remove one first")]
    TooManyCertificates,
    /// It would be left without a secret.
    #[error("this is the only secret: add another one first, or revoke the client")]
    LastSecret,
}

/// One client, as its stream tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// Who it is; `None` before it was registered.
    pub registered: Option<ClientRegistered>,
    /// The secrets that were not removed; some may be over.
    pub secrets: Vec<SecretAdded>,
    /// The certificates that were not removed; some may be over.
    pub certificates: Vec<CertificateAdded>,
    /// Whether it was revoked.
    pub revoked: bool,
}

impl Decider for Client {
    type Command = ClientCommand;
    type Event = ClientEvent;
    type Refusal = ClientRefusal;

    fn decide(&self, command: &ClientCommand) -> Result<Vec<ClientEvent>, ClientRefusal> {
        let registered = match (&self.registered, command) {
            (Some(known), ClientCommand::Register(it)) if known == it => return Ok(vec![]),
            (Some(_), ClientCommand::Register(_)) => return Err(ClientRefusal::ReferenceReused),
            (None, ClientCommand::Register(it)) => {
                it.check()?;
                return Ok(vec![ClientEvent::Registered(it.clone())]);
            }
            (registered, _) => registered.is_some(),
        };
        let known = |secret: &Digest| self.secrets.iter().find(|it| it.secret == *secret);
        let event = match command {
            _ if !registered => return Err(ClientRefusal::NotRegistered),
            ClientCommand::Revoke { .. } if self.revoked => return Ok(vec![]),
            ClientCommand::AddSecret { secret, .. } if known(&secret.secret).is_some() => {
                let same = known(&secret.secret) == Some(secret);
                return if same { Ok(vec![]) } else { Err(ClientRefusal::ReferenceReused) };
            }
            ClientCommand::RemoveSecret { secret, .. } if known(secret).is_none() => {
                return Ok(vec![]);
            }
            ClientCommand::AddCertificate { certificate, .. }
                if self.certificates.contains(certificate) =>
            {
                return Ok(vec![]);
            }
            ClientCommand::RemoveCertificate { thumbprint } => {
                return Ok(self.remove_certificate(*thumbprint));
            }
            _ if self.revoked => return Err(ClientRefusal::Revoked),
            ClientCommand::AddCertificate { certificate, at } => {
                return self.add_certificate(*certificate, *at);
            }
            ClientCommand::AddSecret { secret, at } => return self.add(secret, *at),
            ClientCommand::RemoveSecret { secret, at } => {
                let left = self.valid(*at).filter(|it| it.secret != *secret).count();
                if left == 0 && known(secret).is_some_and(|it| it.holds(*at)) {
                    return Err(ClientRefusal::LastSecret);
                }
                ClientEvent::SecretRemoved(SecretRemoved { secret: *secret })
            }
            ClientCommand::Revoke { reason } => {
                ClientEvent::Revoked(ClientRevoked { reason: reason.clone() })
            }
            ClientCommand::Register(_) => return Err(ClientRefusal::ReferenceReused),
        };
        Ok(vec![event])
    }

    fn evolve(&mut self, event: &ClientEvent) {
        match event {
            ClientEvent::Registered(it) => {
                self.secrets = vec![SecretAdded { secret: it.secret, expires_at: None }];
                self.registered = Some(it.clone());
            }
            ClientEvent::SecretAdded(it) => self.secrets.push(it.clone()),
            ClientEvent::SecretRemoved(it) => {
                self.secrets.retain(|known| known.secret != it.secret);
            }
            ClientEvent::CertificateAdded(it) => self.certificates.push(*it),
            ClientEvent::CertificateRemoved(it) => {
                self.certificates.retain(|known| known.thumbprint != it.thumbprint);
            }
            ClientEvent::Revoked(_) => {
                self.revoked = true;
                self.secrets.clear();
                self.certificates.clear();
            }
        }
    }
}

impl Client {
    /// The secrets that are valid at `at`.
    pub fn valid(&self, at: DateTime<Utc>) -> impl Iterator<Item = &SecretAdded> {
        self.secrets.iter().filter(move |it| it.holds(at))
    }

    fn add(
        &self,
        secret: &SecretAdded,
        at: DateTime<Utc>,
    ) -> Result<Vec<ClientEvent>, ClientRefusal> {
        if !secret.holds(at) {
            return Err(ClientRefusal::Invalid {
                field: "expires_at",
                expected: "expected a time that has not passed",
            });
        }
        if self.valid(at).count() >= SECRETS_MAX {
            return Err(ClientRefusal::TooManySecrets);
        }
        let over = self.secrets.iter().filter(|it| !it.holds(at));
        let removed =
            over.map(|it| ClientEvent::SecretRemoved(SecretRemoved { secret: it.secret }));
        Ok(removed.chain([ClientEvent::SecretAdded(secret.clone())]).collect())
    }
}

impl ClientRegistered {
    fn check(&self) -> Result<(), ClientRefusal> {
        if self.name.trim().is_empty() || self.name.chars().count() > 140 {
            let (field, expected) = ("name", "expected 1 to 140 characters");
            return Err(ClientRefusal::Invalid { field, expected });
        }
        if self.scopes.iter().any(|it| !it.suits(&self.party)) {
            return Err(ClientRefusal::Invalid {
                field: "scopes",
                expected: "expected envelopes:read, envelopes:write or topups:write for a funder, \
                           feeds:read, payments:read or payments:write for a partner, \
                           webhooks:write for both",
            });
        }
        if self.scopes.is_empty() {
            return Err(ClientRefusal::Invalid {
                field: "scopes",
                expected: "expected at least one",
            });
        }
        Ok(())
    }
}
