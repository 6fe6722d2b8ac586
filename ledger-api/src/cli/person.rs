//! `ledger-api person`: who has which role, for the first administrator and in emergencies.
//!
//! It writes to the log itself, so the service must be stopped; only `list` works beside it.

use std::collections::BTreeMap;
use std::error::Error;

use chrono::NaiveDate;
use clap::Subcommand;
use ledger_core::codec::Stored;
use ledger_core::decider::Decider;
use ledger_core::event_log::{EventLog, Log};
use ledger_core::ids::PersonId;
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::meta::{Actor, Meta, Role};
use ledger_core::person::{Person, PersonCommand, PersonEvent, Quality, RoleGranted, RoleRevoked};
use ledger_core::stream::Category;

use super::store;
use crate::clock::Clock;
use crate::config::{Config, LogAt};

/// How many events are read at once.
const PAGE: usize = 4096;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Give a person a role; again changes nothing.
    #[command(after_long_help = "Example:\n  ledger-api person grant --person per_… \
        --role administrator")]
    Grant {
        /// Who, as the page of their first sign-in shows.
        #[arg(long)]
        person: PersonId,
        /// Which role: administrator, accountant, authorising-officer, head-of-school, funder,
        /// partner-agent, auditor or support.
        #[arg(long)]
        role: Role,
        /// For whom: siren:…, state:…, school:… or partner:par_….
        #[arg(long = "for")]
        acts_for: Option<String>,
        /// The last day on which they have it.
        #[arg(long)]
        until: Option<NaiveDate>,
    },
    /// Take a role back; their sessions in it are over.
    Revoke {
        /// Who.
        #[arg(long)]
        person: PersonId,
        /// Which role.
        #[arg(long)]
        role: Role,
        /// For whom it acted.
        #[arg(long = "for")]
        acts_for: Option<String>,
    },
    /// List who was given which role.
    List,
}

/// Does what was asked; gives what is to be shown.
pub(super) async fn run(command: Command, config: &Config) -> Result<String, Box<dyn Error>> {
    let quality = |role, acts_for: Option<String>| Quality {
        role,
        acts_for: acts_for.map(|it| it.as_str().into()),
    };
    match command {
        Command::List => list(&store::open_to_read(&config.log)?).await,
        Command::Grant { person, role, acts_for, until } => {
            let quality = quality(role, acts_for);
            let granted = RoleGranted { quality, until, by: Actor::OPERATOR };
            execute(config, person, PersonCommand::Grant { person, granted }).await?;
            Ok(format!("{person}: {} is granted.", role.name()))
        }
        Command::Revoke { person, role, acts_for } => {
            let quality = quality(role, acts_for);
            let revoked = RoleRevoked { quality, by: Actor::OPERATOR };
            execute(config, person, PersonCommand::Revoke(revoked)).await?;
            Ok(format!("{person}: {} is taken back.", role.name()))
        }
    }
}

async fn execute(
    config: &Config,
    person: PersonId,
    command: PersonCommand,
) -> Result<(), Box<dyn Error>> {
    if let LogAt::Memory = config.log {
        return Err("LEDGER_LOG is `memory:`: roles are kept in a log of a file".into());
    }
    let ledger = Ledger::new(store::open(&config.log)?, CacheSizes::default());
    let clock = Clock::default();
    let meta = Meta { at: clock.now(), by: Actor::OPERATOR, cause: clock.id() };
    ledger.execute::<Person>(person, &command, meta).await?;
    Ok(())
}

/// Everybody with a role, read from the log.
async fn list(log: &Log) -> Result<String, Box<dyn Error>> {
    let mut persons: BTreeMap<PersonId, Person> = BTreeMap::new();
    let mut after = 0;
    loop {
        let page = log.read_all(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        for recorded in page.iter().filter(|it| it.stream.category == Category::Person) {
            let person = persons.entry(PersonId(recorded.stream.id)).or_default();
            person.evolve(&PersonEvent::read(recorded)?);
        }
    }
    persons.retain(|_, person| !person.granted.is_empty());
    let mut text = format!("{} persons with a role", persons.len());
    for (id, person) in &persons {
        for (quality, until) in &person.granted {
            let of = quality.acts_for.as_deref().unwrap_or_default();
            let until = until.map(|it| format!(", until {it}")).unwrap_or_default();
            text.extend(["\n", &id.to_string(), "  ", quality.role.name(), " ", of, &until]);
        }
    }
    Ok(text)
}
