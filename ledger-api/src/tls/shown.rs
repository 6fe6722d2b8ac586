//! The certificate that a client shows, as far as anybody asks: which one it is, and until when.

use axum::http::Extensions;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, Utc};
use ledger_core::digest::Digest;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_cert::Certificate;
use x509_cert::der::Decode;

/// A client's certificate: its authority was verified when it came with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The SHA-256 of its DER: `x5t#S256` of RFC 8705, here as hexadecimal.
    pub thumbprint: Digest,
    /// From when on it is valid no more.
    pub until: DateTime<Utc>,
}

/// A text or file is no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one X.509 certificate in PEM, which begins with -----BEGIN CERTIFICATE-----")]
pub struct CertificateError;

impl ClientCertificate {
    /// The thumbprint of the one that a request's connection shows, unless it is over at `now`; the
    /// connection may have been opened before.
    pub fn of(extensions: &Extensions, now: DateTime<Utc>) -> Option<Digest> {
        let shown = extensions.get::<Self>().filter(|it| now < it.until);
        shown.map(|it| it.thumbprint)
    }

    /// `x5t#S256` of RFC 8705: the thumbprint in base64url.
    pub fn x5t_s256(&self) -> String {
        BASE64.encode(self.thumbprint.0)
    }

    /// The one that `der` holds.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        Ok(Self { thumbprint: Digest::of(der), until: until(der)? })
    }

    /// The only one that a PEM text holds.
    pub fn from_pem(text: &[u8]) -> Result<Self, CertificateError> {
        let mut all = CertificateDer::pem_slice_iter(text);
        match (all.next(), all.next()) {
            (Some(Ok(der)), None) => Self::from_der(&der),
            _ => Err(CertificateError),
        }
    }
}

/// Until when the certificate `der` holds.
pub fn until(der: &[u8]) -> Result<DateTime<Utc>, CertificateError> {
    let certificate = Certificate::from_der(der).map_err(|_| CertificateError)?;
    let until = certificate.tbs_certificate().validity().not_after.to_unix_duration();
    let seconds = i64::try_from(until.as_secs()).map_err(|_| CertificateError)?;
    DateTime::from_timestamp(seconds, 0).ok_or(CertificateError)
}
