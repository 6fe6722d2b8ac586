//! Certificates, their key and authorities, as PEM files hold them.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use ledger_core::digest::Digest;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{TlsError, shown};

const CERTIFICATE: &str = "LEDGER_TLS_CERTIFICATE";
const KEY: &str = "LEDGER_TLS_KEY";
const CLIENT_CA: &str = "LEDGER_TLS_CLIENT_CA";

/// Where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// `LEDGER_TLS_CERTIFICATE`: our certificate, then those of its authority, as PEM.
    pub certificate: PathBuf,
    /// `LEDGER_TLS_KEY`: its key, as PEM, without a passphrase.
    pub key: PathBuf,
    /// `LEDGER_TLS_CLIENT_CA`: who signs certificates of clients; without, none is asked for.
    pub client_ca: Option<PathBuf>,
}

/// What they hold.
pub(super) struct Read {
    pub chain: Vec<CertificateDer<'static>>,
    pub key: PrivateKeyDer<'static>,
    /// Who may sign certificates of clients; `None` when none is asked for.
    pub authorities: Option<RootCertStore>,
    /// Of all of it.
    pub fingerprint: Digest,
}

impl TlsFiles {
    pub(super) fn read(&self) -> Result<Read, TlsError> {
        let certificate = bytes(CERTIFICATE, &self.certificate)?;
        let key_bytes = bytes(KEY, &self.key)?;
        let of_clients = self.client_ca.as_deref().map(|it| bytes(CLIENT_CA, it)).transpose()?;
        let all = [&certificate[..], &key_bytes, of_clients.as_deref().unwrap_or_default()];
        let fingerprint = Digest::of_json(&all.map(|it| Digest::of(it).to_string()));
        let chain = certificates(&certificate).ok_or_else(|| TlsError::Content {
            variable: CERTIFICATE,
            path: self.certificate.clone(),
            expected: "certificates in PEM, which begin with -----BEGIN CERTIFICATE-----",
        })?;
        let key = PrivateKeyDer::from_pem_slice(&key_bytes);
        let key = key.map_err(|_| self.no_key(&key_bytes))?;
        let authorities = of_clients.as_deref().map(|it| self.authorities(it)).transpose()?;
        Ok(Read { chain, key, authorities, fingerprint })
    }

    fn no_key(&self, bytes: &[u8]) -> TlsError {
        let sealed = String::from_utf8_lossy(bytes).contains("BEGIN ENCRYPTED PRIVATE KEY");
        let expected = if sealed {
            "a key without a passphrase, as `openssl pkey -in KEY -out KEY.open` writes it"
        } else {
            "a key in PEM, which begins with -----BEGIN PRIVATE KEY-----"
        };
        TlsError::Content { variable: KEY, path: self.key.clone(), expected }
    }

    fn authorities(&self, bytes: &[u8]) -> Result<RootCertStore, TlsError> {
        let mut store = RootCertStore::empty();
        for it in certificates(bytes).ok_or_else(|| self.no_authority())? {
            store.add(it).map_err(|_| self.no_authority())?;
        }
        Ok(store)
    }

    pub(super) fn no_authority(&self) -> TlsError {
        TlsError::Content {
            variable: CLIENT_CA,
            path: self.client_ca.clone().unwrap_or_default(),
            expected: "certificates in PEM of whoever signs those of clients",
        }
    }

    /// Until when the first certificate of `chain` holds.
    pub(super) fn until(&self, chain: &[CertificateDer<'_>]) -> Result<DateTime<Utc>, TlsError> {
        let until = chain.first().and_then(|it| shown::until(it).ok());
        until.ok_or_else(|| TlsError::Content {
            variable: CERTIFICATE,
            path: self.certificate.clone(),
            expected: "an X.509 certificate first",
        })
    }
}

fn bytes(variable: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    let read = std::fs::read(path);
    read.map_err(|error| TlsError::Unreadable { variable, path: path.to_owned(), error })
}

/// All certificates of a PEM file; `None` when there is none, or one is broken.
fn certificates(bytes: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    read.ok().filter(|it| !it.is_empty())
}
