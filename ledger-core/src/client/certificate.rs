//! Certificates of a client (RFC 8705): with one, it gets tokens over connections that show it only.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Client, ClientEvent, ClientRefusal};
use crate::digest::Digest;

/// The most certificates that are valid at once: one, and the next one during a rotation.
pub const CERTIFICATES_MAX: usize = 2;

/// The client proves who it is with a certificate from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateAdded {
    /// The SHA-256 of the certificate's DER: `x5t#S256` of RFC 8705, here in hexadecimal.
    pub thumbprint: Digest,
    /// From when on it is valid no more, as it says itself.
    pub expires_at: DateTime<Utc>,
}

/// A certificate opens nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateRemoved {
    /// The SHA-256 of its DER.
    pub thumbprint: Digest,
}

impl CertificateAdded {
    /// Whether it is valid at `at`.
    pub fn holds(&self, at: DateTime<Utc>) -> bool {
        at < self.expires_at
    }
}

impl Client {
    /// Whether it must show a certificate: it has one, be it over.
    pub fn is_certified(&self) -> bool {
        !self.certificates.is_empty()
    }

    /// Whether it may come with the certificate `shown`, or with none, at `at`.
    pub fn may_show(&self, shown: Option<Digest>, at: DateTime<Utc>) -> bool {
        match shown {
            None => !self.is_certified(),
            Some(thumbprint) => {
                let one = |it: &CertificateAdded| it.thumbprint == thumbprint && it.holds(at);
                self.certificates.iter().any(one)
            }
        }
    }

    pub(super) fn add_certificate(
        &self,
        certificate: CertificateAdded,
        at: DateTime<Utc>,
    ) -> Result<Vec<ClientEvent>, ClientRefusal> {
        if !certificate.holds(at) {
            return Err(ClientRefusal::Invalid {
                field: "certificate",
                expected: "expected one that is not over",
            });
        }
        let (holds, over): (Vec<_>, Vec<_>) = self.certificates.iter().partition(|it| it.holds(at));
        if holds.len() >= CERTIFICATES_MAX {
            return Err(ClientRefusal::TooManyCertificates);
        }
        let added = [ClientEvent::CertificateAdded(certificate)];
        Ok(over.into_iter().map(CertificateAdded::removed).chain(added).collect())
    }

    pub(super) fn remove_certificate(&self, thumbprint: Digest) -> Vec<ClientEvent> {
        let known = self.certificates.iter().find(|it| it.thumbprint == thumbprint);
        known.map(CertificateAdded::removed).into_iter().collect()
    }
}

impl CertificateAdded {
    fn removed(&self) -> ClientEvent {
        ClientEvent::CertificateRemoved(CertificateRemoved { thumbprint: self.thumbprint })
    }
}
