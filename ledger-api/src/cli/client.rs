//! `ledger-api client`: the machines that may call the API, and their secrets.
//!
//! It writes to the log itself, so the service must be stopped; only `list` and `audit` work beside it.

mod certificate;

use std::error::Error;

use chrono::{DateTime, NaiveDate, Utc};
use clap::Subcommand;
use ledger_core::client::{
    Client, ClientCommand, ClientEvent, ClientRegistered, ClientScope, Party, SecretAdded,
};
use ledger_core::codec::Stored;
use ledger_core::decider::Decider;
use ledger_core::digest::Digest;
use ledger_core::event_log::{EventLog, Log};
use ledger_core::identifiers::Funder;
use ledger_core::ids::{ClientId, PartnerId};
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::meta::{Actor, Meta, paris_midnight};
use ledger_core::stream::Category;

use super::store;
use crate::api::secrets;
use crate::clients::{Caused, caused};
use crate::clock::Clock;
use crate::config::{Config, LogAt};
use crate::format;

/// How many events are read at once.
const PAGE: usize = 4096;

/// How many digits of a fingerprint are shown, and needed to name it.
const DIGITS: usize = 12;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register a client of a funder or of a partner; shows its id and its first secret, once.
    #[command(after_long_help = "Example:\n  ledger-api client create --name 'SI finances' \
        --funder siren:217500016 --scope envelopes:read --scope topups:write")]
    Create {
        /// What it is called; 1 to 140 characters, not a person's name.
        #[arg(long)]
        name: String,
        /// For whom it acts: siren:<nine digits>, or state:<a programme's four digits>.
        #[arg(long, required_unless_present = "partner", conflicts_with = "partner")]
        funder: Option<Funder>,
        /// For whom it acts: a partner's id, `par_…`, as `partner list` shows it.
        #[arg(long)]
        partner: Option<PartnerId>,
        /// What it may do, repeated: envelopes:read, envelopes:write, topups:write for a funder;
        /// feeds:read for a partner.
        #[arg(long, required = true)]
        scope: Vec<ClientScope>,
    },
    /// Add a second secret and show it, once; the first stays valid until it is removed.
    Rotate {
        /// Which client: cli_…
        client: ClientId,
        /// The day from which on it is valid no more, as 2027-09-01; without, until it is removed.
        #[arg(long)]
        until: Option<NaiveDate>,
    },
    /// Make one of two secrets invalid.
    RemoveSecret {
        /// Which client: cli_…
        client: ClientId,
        /// The first twelve digits of its fingerprint, as `client list` shows them.
        fingerprint: String,
    },
    /// Say with which certificates a client proves who it is.
    #[command(subcommand)]
    Certificate(certificate::Command),
    /// Make a client invalid for ever, at once.
    Revoke {
        /// Which client: cli_…
        client: ClientId,
        /// Why; no person's name.
        #[arg(long)]
        reason: String,
    },
    /// List what a client caused: position, time and name of each event that it asked for.
    Audit {
        /// Which client: cli_…
        client: ClientId,
    },
    /// List all clients, what they may do, and the fingerprints of their secrets.
    List,
}

/// Does what was asked; gives what is to be shown.
pub(super) async fn run(command: Command, config: &Config) -> Result<String, Box<dyn Error>> {
    if let Command::List = command {
        return list(&store::open_to_read(&config.log)?).await;
    }
    if let Command::Audit { client } = command {
        return audit(&store::open_to_read(&config.log)?, client).await;
    }
    if let LogAt::Memory = config.log {
        return Err("LEDGER_LOG is `memory:`: clients are kept in a log of a file".into());
    }
    let asked_for = config.tls.as_ref().is_some_and(|it| it.client_ca.is_some());
    let warn =
        !asked_for && matches!(command, Command::Certificate(certificate::Command::Add { .. }));
    let ledger = Ledger::new(store::open(&config.log)?, CacheSizes::default());
    let clock = Clock::default();
    let meta = Meta { at: clock.now(), by: Actor::OPERATOR, cause: clock.id() };
    let mut told = change(command, &ledger, ClientId(clock.opaque_id()), meta).await?;
    if warn {
        told.push_str(
            "\nLEDGER_TLS_CLIENT_CA is not set here: unless it is set for the service, no certificate \
             is asked for, and this client gets no token.",
        );
    }
    Ok(told)
}

async fn change(
    command: Command,
    ledger: &Ledger,
    new: ClientId,
    meta: Meta,
) -> Result<String, Box<dyn Error>> {
    let secret = secrets::new()?;
    let fingerprint = secrets::fingerprint(&secret);
    let shown = |id: ClientId| {
        format!("client id:     {id}\nclient secret: {secret}\nKeep it now: it is not shown again.")
    };
    let (id, command, told) = match command {
        Command::List => return list(ledger.log()).await,
        Command::Audit { client } => return audit(ledger.log(), client).await,
        Command::Certificate(command) => return certificate::run(command, ledger, meta).await,
        Command::Create { name, funder, partner, scope: mut scopes } => {
            scopes.sort_unstable();
            scopes.dedup();
            let party = match (funder, partner) {
                (Some(funder), _) => Party::Funder(funder),
                (None, Some(partner)) => Party::Partner(partner),
                (None, None) => return Err("give --funder or --partner".into()),
            };
            let name = name.into();
            let registered = ClientRegistered { name, party, scopes, secret: fingerprint };
            (new, ClientCommand::Register(registered), shown(new))
        }
        Command::Rotate { client, until } => {
            let expires_at = until.map(paris_midnight);
            let told = format!(
                "{}\nThe other secret stays valid: once no machine uses it, `client remove-secret`.",
                shown(client)
            );
            let secret = SecretAdded { secret: fingerprint, expires_at };
            (client, ClientCommand::AddSecret { secret, at: meta.at }, told)
        }
        Command::RemoveSecret { client, fingerprint } => {
            let secret = named(ledger, client, &fingerprint).await?;
            let told = format!("The secret {fingerprint} of {client} is valid no more.");
            (client, ClientCommand::RemoveSecret { secret, at: meta.at }, told)
        }
        Command::Revoke { client, reason } => {
            let told = format!("{client} was revoked.");
            (client, ClientCommand::Revoke { reason: reason.into() }, told)
        }
    };
    ledger.execute::<Client>(id, &command, meta).await?;
    Ok(told)
}

/// The secret of `client` whose fingerprint begins with `digits`.
async fn named(ledger: &Ledger, client: ClientId, digits: &str) -> Result<Digest, Box<dyn Error>> {
    let state = ledger.state::<Client>(client).await?;
    let known = state.secrets.iter().map(|it| it.secret);
    let mut named = known.filter(|it| it.to_string().starts_with(digits));
    match (named.next(), named.next()) {
        (Some(secret), None) if digits.len() >= DIGITS => Ok(secret),
        _ => Err(format!(
            "no secret of {client} has the fingerprint `{digits}`: see `ledger-api client list`"
        )
        .into()),
    }
}

/// Every client, read from the log.
async fn list(log: &Log) -> Result<String, Box<dyn Error>> {
    let mut clients: Vec<(ClientId, DateTime<Utc>, Client)> = Vec::new();
    let mut after = 0;
    loop {
        let page = log.read_all(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        for recorded in page.iter().filter(|it| it.stream.category == Category::Client) {
            let id = ClientId(recorded.stream.id);
            let event = ClientEvent::read(recorded)?;
            if let Some((_, _, client)) = clients.iter_mut().find(|it| it.0 == id) {
                client.evolve(&event);
            } else {
                clients.push((id, recorded.meta.at, Client::default().after([&event])));
            }
        }
    }
    let mut text = format!("{} clients", clients.len());
    for (id, at, client) in clients {
        text.push_str(&told(id, at, &client));
    }
    Ok(text)
}

/// Every event that `client` asked for.
async fn audit(log: &Log, client: ClientId) -> Result<String, Box<dyn Error>> {
    let all = caused(log, client, 0, usize::MAX).await?;
    let mut lines = vec![format!("{} events that {client} asked for", all.len())];
    let line = |it: &Caused| format!("{:>10}  {}  {}", it.position, format::iso(it.at), it.event);
    lines.extend(all.iter().map(line));
    Ok(lines.join("\n"))
}

fn told(id: ClientId, at: DateTime<Utc>, client: &Client) -> String {
    let Some(registered) = &client.registered else { return format!("\n{id}  not registered") };
    let party = match registered.party {
        Party::Funder(it) => it.to_string(),
        Party::Partner(it) => it.to_string(),
    };
    let scopes: Vec<_> = registered.scopes.iter().map(|it| it.name()).collect();
    let secrets: Vec<String> = client.secrets.iter().map(shortened).collect();
    let secrets = if client.revoked { "revoked".to_owned() } else { secrets.join(", ") };
    let mut text = format!(
        "\n{id}  {}\n    since {}, for {party}, may {}\n    secrets: {secrets}",
        registered.name,
        format::iso(at),
        scopes.join(", "),
    );
    for it in &client.certificates {
        let thumbprint: String = it.thumbprint.to_string().chars().take(DIGITS).collect();
        let line = format!("\n    certificate: {thumbprint} until {}", format::iso(it.expires_at));
        text.push_str(&line);
    }
    text
}

/// The fingerprint of a secret, shortened, and until when it is valid.
fn shortened(secret: &SecretAdded) -> String {
    let mut text: String = secret.secret.to_string().chars().take(DIGITS).collect();
    if let Some(until) = secret.expires_at {
        text = format!("{text} until {}", format::iso(until));
    }
    text
}

#[cfg(test)]
mod tests {
    use ledger_core::event_log::Memory;
    use uuid::Uuid;

    use super::*;

    fn meta() -> Meta {
        let at = "2026-10-01T08:00:00Z".parse().unwrap();
        Meta { at, by: Actor::OPERATOR, cause: Uuid::nil() }
    }

    async fn told(ledger: &Ledger, command: Command) -> Result<String, String> {
        let told = change(command, ledger, ClientId(Uuid::from_u128(7)), meta()).await;
        told.map_err(|it| it.to_string())
    }

    fn secret(told: &str) -> &str {
        told.split_whitespace().find(|it| it.starts_with("crs_")).unwrap()
    }

    #[tokio::test]
    async fn a_client_changes_its_secret_without_a_pause() {
        let ledger = Ledger::new(Memory::new().into(), CacheSizes::default());
        let client = ClientId(Uuid::from_u128(7));
        let create = Command::Create {
            name: "SI finances".into(),
            funder: Some("siren:217500016".parse().unwrap()),
            partner: None,
            scope: vec![ClientScope::TopupsWrite, ClientScope::TopupsWrite],
        };
        let until = Some("2027-09-01".parse().unwrap());
        let created = told(&ledger, create).await.unwrap();
        let rotated = told(&ledger, Command::Rotate { client, until }).await.unwrap();
        let known = ledger.state::<Client>(client).await.unwrap();
        let fingerprints: Vec<_> = known.secrets.iter().map(|it| it.secret).collect();
        for text in [&created, &rotated] {
            assert!(secrets::is_one_of(secret(text), fingerprints.iter().copied()));
        }
        assert_eq!(known.registered.unwrap().scopes, [ClientScope::TopupsWrite]);

        let first = secrets::fingerprint(secret(&created)).to_string();
        for wrong in ["", "0123456789ab", &first[..5]] {
            let fingerprint = wrong.to_owned();
            told(&ledger, Command::RemoveSecret { client, fingerprint }).await.unwrap_err();
        }
        let fingerprint = first[..DIGITS].to_owned();
        told(&ledger, Command::RemoveSecret { client, fingerprint }).await.unwrap();
        let listed = told(&ledger, Command::List).await.unwrap();
        assert!(listed.contains("SI finances") && !listed.contains(&first[..DIGITS]), "{listed}");
        assert!(listed.contains(" until 2027-08-31T22:00:00"), "{listed}");
        assert!(!listed.contains("crs_"), "{listed}");

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("finances.pem");
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new([]).unwrap();
        std::fs::write(&file, params.self_signed(&key).unwrap().pem()).unwrap();
        let add = || certificate::Command::Add { client, file: file.clone() };
        let added = told(&ledger, Command::Certificate(add())).await.unwrap();
        assert!(added.contains("x5t#S256: "), "{added}");
        let known = ledger.state::<Client>(client).await.unwrap().certificates;
        let thumbprint = known[0].thumbprint.to_string();
        assert!(added.contains(&thumbprint), "{added}");
        let listed = told(&ledger, Command::List).await.unwrap();
        assert!(listed.contains(&format!("certificate: {} until", &thumbprint[..12])), "{listed}");
        for (digits, known) in
            [("0123456789ab", false), (&thumbprint[..5], false), (&thumbprint[..12], true)]
        {
            let thumbprint = digits.to_owned();
            let remove = certificate::Command::Remove { client, thumbprint };
            assert_eq!(
                told(&ledger, Command::Certificate(remove)).await.is_ok(),
                known,
                "{digits}"
            );
        }
        std::fs::write(&file, key.serialize_pem()).unwrap();
        let refused = told(&ledger, Command::Certificate(add())).await.unwrap_err();
        assert!(refused.contains("expected one X.509 certificate"), "{refused}");

        let revoke = Command::Revoke { client, reason: "fin de convention".into() };
        told(&ledger, revoke).await.unwrap();
        assert!(told(&ledger, Command::List).await.unwrap().contains("revoked"));
        assert!(
            told(&ledger, Command::Rotate { client, until }).await.unwrap_err().contains("revoked")
        );
    }
}
