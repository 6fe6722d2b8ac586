//! `ledger-api client certificate`: which certificates a client proves who it is with.

use std::error::Error;
use std::path::PathBuf;

use clap::Subcommand;
use ledger_core::client::{CertificateAdded, Client, ClientCommand};
use ledger_core::digest::Digest;
use ledger_core::ids::ClientId;
use ledger_core::ledger::Ledger;
use ledger_core::meta::Meta;

use super::DIGITS;
use crate::format;
use crate::tls::ClientCertificate;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    /// Bind a client's tokens to a certificate: from then on its secret alone opens nothing.
    #[command(
        after_long_help = "The service must ask for certificates (LEDGER_TLS_CLIENT_CA) and \
        know who signed this one.\nExample:\n  ledger-api client certificate add cli_… finances.pem"
    )]
    Add {
        /// Which client: cli_…
        client: ClientId,
        /// The certificate, in PEM; two may be valid during a rotation.
        file: PathBuf,
    },
    /// Take a certificate back; after the last one, the client's secrets do alone.
    Remove {
        /// Which client: cli_…
        client: ClientId,
        /// The first twelve digits of its SHA-256, as `client list` shows them.
        thumbprint: String,
    },
}

/// Does what was asked; gives what is to be shown.
pub(super) async fn run(
    command: Command,
    ledger: &Ledger,
    meta: Meta,
) -> Result<String, Box<dyn Error>> {
    let (client, command, told) = match command {
        Command::Add { client, file } => {
            let pem = std::fs::read(&file).map_err(|it| format!("{}: {it}", file.display()))?;
            let shown = ClientCertificate::from_pem(&pem)
                .map_err(|it| format!("{}: {it}", file.display()))?;
            let told = format!(
                "The tokens of {client} are bound to this certificate, until {}.\n\
                 SHA-256:  {}\nx5t#S256: {}",
                format::iso(shown.until),
                shown.thumbprint,
                shown.x5t_s256(),
            );
            let certificate =
                CertificateAdded { thumbprint: shown.thumbprint, expires_at: shown.until };
            (client, ClientCommand::AddCertificate { certificate, at: meta.at }, told)
        }
        Command::Remove { client, thumbprint } => {
            let thumbprint = named(ledger, client, &thumbprint).await?;
            let told = format!("The certificate {thumbprint} of {client} opens nothing more.");
            (client, ClientCommand::RemoveCertificate { thumbprint }, told)
        }
    };
    ledger.execute::<Client>(client, &command, meta).await?;
    Ok(told)
}

/// The certificate of `client` whose SHA-256 begins with `digits`.
async fn named(ledger: &Ledger, client: ClientId, digits: &str) -> Result<Digest, Box<dyn Error>> {
    let state = ledger.state::<Client>(client).await?;
    let known = state.certificates.iter().map(|it| it.thumbprint);
    let mut named = known.filter(|it| it.to_string().starts_with(digits));
    match (named.next(), named.next()) {
        (Some(thumbprint), None) if digits.len() >= DIGITS => Ok(thumbprint),
        _ => Err(format!(
            "no certificate of {client} has the SHA-256 `{digits}`: see `ledger-api client list`"
        )
        .into()),
    }
}
