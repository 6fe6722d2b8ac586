//! TLS that the process ends itself: its certificate and key, and who may show one.
//!
//! ```text
//!  LEDGER_TLS_CERTIFICATE ─┐                       ┌─▶ new connections
//!  LEDGER_TLS_KEY ─────────┼─▶ read ─▶ agree? ─▶ current
//!  LEDGER_TLS_CLIENT_CA ───┘   ▲        └─ no: told, and the ones before stay
//!                              └── SIGHUP, or a file changed
//! ```
//! TLS 1.3 and 1.2, HTTP/2 and HTTP/1.1. Where certificates of clients are asked for (mTLS, RFC
//! 8705), each connection's is verified anew: no session is resumed, so that one that is over
//! opens nothing.

mod files;
mod shown;

pub use files::TlsFiles;
pub use shown::{CertificateError, ClientCertificate, until};

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use ledger_core::digest::Digest;
use parking_lot::RwLock;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};

/// How often the files are looked at.
const PERIOD: Duration = Duration::from_secs(30);

/// What a client may speak, the best first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Why the files cannot be used, and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// One cannot be read.
    #[error("{variable} is `{}`, which cannot be read: {error}", path.display())]
    Unreadable {
        /// Which one.
        variable: &'static str,
        /// Where it is.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// One does not hold what it should.
    #[error("{variable} is `{}`: expected {expected}", path.display())]
    Content {
        /// Which one.
        variable: &'static str,
        /// Where it is.
        path: PathBuf,
        /// What would be right.
        expected: &'static str,
    },
    /// The key is another certificate's.
    #[error(
        "LEDGER_TLS_KEY is not the key of the first certificate of LEDGER_TLS_CERTIFICATE: expected \
         the key that it was made with, and the server's own certificate before those of its authority"
    )]
    OtherKey,
    /// The TLS library refuses them.
    #[error("LEDGER_TLS_CERTIFICATE and LEDGER_TLS_KEY cannot be used: {0}")]
    Refused(#[from] rustls::Error),
}

/// What connections are secured with; cheap to clone.
#[derive(Clone)]
pub struct Tls(Arc<Parts>);

struct Parts {
    files: TlsFiles,
    current: RwLock<Current>,
}

struct Current {
    config: Arc<ServerConfig>,
    /// Of all that was read.
    fingerprint: Digest,
    until: DateTime<Utc>,
}

impl Tls {
    /// Reads the files, and refuses what cannot serve.
    pub fn open(files: TlsFiles) -> Result<Self, TlsError> {
        let current = RwLock::new(Current::read(&files)?);
        Ok(Self(Arc::new(Parts { files, current })))
    }

    /// What the next connection is secured with.
    pub fn current(&self) -> Arc<ServerConfig> {
        self.0.current.read().config.clone()
    }

    /// Until when our certificate holds.
    pub fn until(&self) -> DateTime<Utc> {
        self.0.current.read().until
    }

    /// Reads the files again; whether they changed. Those before stay when these cannot be used;
    /// connections that are there go on.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let next = Current::read(&self.0.files)?;
        let mut current = self.0.current.write();
        let changed = current.fingerprint != next.fingerprint;
        if changed {
            *current = next;
        }
        Ok(changed)
    }

    /// Reads the files again whenever `asked` comes true, and every half minute, for ever; tells
    /// `each` time until when the certificate holds.
    pub async fn follow(self, mut asked: impl AsyncFnMut(), each: impl Fn(DateTime<Utc>)) {
        let mut told = String::new();
        loop {
            each(self.until());
            tokio::select! {
                () = asked() => told.clear(),
                () = tokio::time::sleep(PERIOD) => (),
            }
            match self.reload() {
                Ok(changed) => {
                    if changed {
                        tracing::info!("A new TLS certificate serves, until {}", self.until());
                    }
                    told.clear();
                }
                // The same failure is told once, not every half minute.
                Err(failure) if failure.to_string() == told => (),
                Err(failure) => {
                    told = failure.to_string();
                    tracing::error!("The TLS certificate before stays: {failure}");
                }
            }
        }
    }
}

impl Current {
    fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        let read = files.read()?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let until = files.until(&read.chain)?;
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()?;
        let builder = match read.authorities {
            None => builder.with_no_client_auth(),
            Some(authorities) => builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), provider)
                    // Browsers show none.
                    .allow_unauthenticated()
                    .build()
                    .map_err(|_| files.no_authority())?,
            ),
        };
        let config = builder.with_single_cert(read.chain, read.key);
        let mut config = config.map_err(|it| {
            let other_key = matches!(it, rustls::Error::InconsistentKeys(_));
            if other_key { TlsError::OtherKey } else { TlsError::Refused(it) }
        })?;
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        if files.client_ca.is_some() {
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Ok(Self { config: Arc::new(config), fingerprint: read.fingerprint, until })
    }
}

#[cfg(test)]
mod tests;
