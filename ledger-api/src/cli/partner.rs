//! `ledger-api partner`: who sells resources.
//!
//! It writes to the log itself, so the service must be stopped; only `list` works beside it. Bank
//! details take two people, who sign in: they are proposed and approved on the page
//! « Partenaires ».

use std::error::Error;

use clap::Subcommand;
use ledger_core::codec::Stored;
use ledger_core::decider::Decider;
use ledger_core::event_log::{EventLog, Log};
use ledger_core::identifiers::Siret;
use ledger_core::ids::PartnerId;
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::meta::{Actor, Meta};
use ledger_core::partner::{Partner, PartnerCommand, PartnerEvent, PartnerRegistered};
use ledger_core::stream::Category;

use super::store;
use crate::clock::Clock;
use crate::config::{Config, LogAt};

/// How many events are read at once.
const PAGE: usize = 4096;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register a partner; again changes nothing.
    #[command(after_long_help = "Example:\n  ledger-api partner register --siret 11004601800013 \
        --name 'Éditions du Préau' --agreement CONV-2026-1")]
    Register {
        /// Its establishment: fourteen digits.
        #[arg(long)]
        siret: Siret,
        /// Its trade name; 1 to 140 characters.
        #[arg(long)]
        name: String,
        /// The signed agreement; 1 to 200 characters.
        #[arg(long)]
        agreement: String,
    },
    /// List all partners, whether they sell, and whether they can be paid.
    List,
}

/// Does what was asked; gives what is to be shown.
pub(super) async fn run(command: Command, config: &Config) -> Result<String, Box<dyn Error>> {
    match command {
        Command::List => list(&store::open_read_only(&config.log)?.into()).await,
        Command::Register { siret, name, agreement } => {
            if let LogAt::Memory = config.log {
                return Err("LEDGER_LOG is `memory:`: partners are kept in a log of a file".into());
            }
            let ledger = Ledger::new(store::open(&config.log)?, CacheSizes::default());
            let clock = Clock::default();
            let meta = Meta { at: clock.now(), by: Actor::OPERATOR, cause: clock.id() };
            let (name, agreement) = (name.trim().into(), agreement.trim().into());
            register(&ledger, PartnerRegistered { siret, name, agreement }, meta).await
        }
    }
}

async fn register(
    ledger: &Ledger,
    partner: PartnerRegistered,
    meta: Meta,
) -> Result<String, Box<dyn Error>> {
    let id = PartnerId::of(partner.siret);
    let told = format!(
        "{id}: {} is registered.\nIt is paid once two people have proposed and approved its bank \
         details, at /comptable/partenaires/{id}.",
        partner.name
    );
    ledger.execute::<Partner>(id, &PartnerCommand::Register(partner), meta).await?;
    Ok(told)
}

/// Every partner, read from the log.
async fn list(log: &Log) -> Result<String, Box<dyn Error>> {
    let mut partners: Vec<(PartnerId, Partner)> = Vec::new();
    let mut after = 0;
    loop {
        let page = log.read_all(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        for recorded in page.iter().filter(|it| it.stream.category == Category::Partner) {
            let id = PartnerId(recorded.stream.id);
            let event = PartnerEvent::read(recorded)?;
            if let Some((_, partner)) = partners.iter_mut().find(|it| it.0 == id) {
                partner.evolve(&event);
            } else {
                partners.push((id, Partner::default().after([&event])));
            }
        }
    }
    let mut text = format!("{} partners", partners.len());
    for (id, partner) in partners {
        text.push_str(&told(id, &partner));
    }
    Ok(text)
}

fn told(id: PartnerId, partner: &Partner) -> String {
    let Some(registered) = &partner.registered else { return format!("\n{id}  not registered") };
    let sells = match &partner.suspended {
        None => "sells".to_owned(),
        Some(reason) => format!("suspended: {reason}"),
    };
    let paid = match (&partner.approved, &partner.proposed) {
        (Some(_), None) => "bank details approved",
        (Some(_), Some(_)) => "bank details approved, others to be approved",
        (None, Some(_)) => "bank details to be approved",
        (None, None) => "no bank details",
    };
    format!(
        "\n{id}  {}\n    SIRET {}, {}\n    {sells}; {paid}",
        registered.name, registered.siret, registered.agreement
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_partner_is_registered_once_and_listed() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().to_str().unwrap().to_owned();
        let config = Config::read(|name| (name == "LEDGER_DATA").then(|| data.clone())).unwrap();
        let register = async |name: &str| {
            let (siret, name) = ("11004601800013".parse().unwrap(), name.to_owned());
            let command = Command::Register { siret, name, agreement: "CONV-2026-1".into() };
            run(command, &config).await.map_err(|it| it.to_string())
        };
        for _ in 0..2 {
            assert!(register("Éditions du Préau").await.unwrap().contains("par_"));
        }
        assert!(register("Autre").await.unwrap_err().contains("another identity"));
        assert!(register(" ").await.is_err());
        let listed = run(Command::List, &config).await.unwrap();
        assert!(listed.starts_with("1 partners\n"), "{listed}");
        assert!(listed.contains("Éditions du Préau\n    SIRET 11004601800013"), "{listed}");
        assert!(listed.contains("sells; no bank details"), "{listed}");
    }
}
