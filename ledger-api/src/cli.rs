//! The command line: one file per subcommand.

pub mod backup;
mod bank;
mod client;
pub mod demo;
pub mod export;
mod health;
mod partner;
mod person;
pub mod rebuild;
pub mod sandbox;
pub mod serve;
pub mod store;
pub mod verify;

use std::error::Error;
use std::io::IsTerminal;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::config::Config;

/// Every setting, as `--help` lists them; the table of [`crate::config`] in short.
const SETTINGS: &str = "\
Settings (environment variables, and their defaults):
  LEDGER_LISTEN        where to listen (127.0.0.1:8080)
  LEDGER_PUBLIC_URL    how the service is called (none)
  LEDGER_TLS_CERTIFICATE, LEDGER_TLS_KEY  certificate and key, to end TLS itself (none)
  LEDGER_TLS_CLIENT_CA who signs certificates of clients, which are then asked for (none)
  LEDGER_SECURITY_CONTACT  where to tell of a weakness, mailto: or https: (none)
  LEDGER_DATA          directory of all that is written (data)
  LEDGER_LOG           the event log: file:<path>, kurrentdb://<servers> or memory: (file:<LEDGER_DATA>/log)
  LEDGER_SECRET_FILE   key that signs sessions, made when missing (<LEDGER_DATA>/secret)
  LEDGER_SIGN_IN       file that says where people sign in, docs/operating.md (none)
  LEDGER_SIREN         SIREN of who keeps the books, for the FEC (none)
  LEDGER_DEMO          yes: sign-in by choosing a persona, on loopback only (no)
  LEDGER_SETTLEMENTS   twice-monthly or monthly (twice-monthly)
  LEDGER_RATE_LIMIT    calls of the API by each client, a minute and at once, or off (100000/5000)
  LEDGER_TRACE         warn, info, debug, or a filter (info)
  LEDGER_TRACE_FORMAT  text or json (text)";

/// The ledger of the « compte ressources »: teachers pay, funders follow, accountants prove.
#[derive(Debug, Parser)]
#[command(name = "ledger-api", version, after_long_help = SETTINGS)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the pages and the API until stopped (Ctrl-C or SIGTERM).
    #[command(
        after_long_help = "Example:\n  LEDGER_LISTEN=127.0.0.1:8081 LEDGER_DATA=/var/lib/ledger ledger-api serve"
    )]
    Serve,
    /// Serve the demo, on loopback only: a school year of data, partners' sites, sign-in by persona.
    #[command(
        after_long_help = "Data is kept in data/demo unless LEDGER_DATA says otherwise; delete it to begin again."
    )]
    Demo,
    /// Serve a sandbox, where nothing is real: test accounts, a clock that may be moved, calls that do what people do.
    #[command(
        after_long_help = "Data is kept in data/sandbox unless LEDGER_DATA says otherwise. See docs/sandbox.md."
    )]
    Sandbox,
    /// Ask the service that runs with these settings whether it is ready; fails when it is not.
    #[command(after_long_help = "For containers and scripts, on the service's own machine: the \
                                 same question as GET /readyz.")]
    Health,
    /// Make the read models anew from the log; the old ones serve until then.
    #[command(
        after_long_help = "Example, after a change of version or a doubt:\n  ledger-api rebuild"
    )]
    Rebuild,
    /// Check the log from its first event to its last: unbroken chain, readable, balanced.
    #[command(after_long_help = "May run beside the service. Keep the chain it prints: with it, \
                                 anyone can prove later that nothing up to there was changed.")]
    Verify,
    /// Export the journal for hledger, ledger or beancount, the trial balance in CSV, or a year's FEC, beside the service.
    #[command(subcommand)]
    Export(export::What),
    /// Copy the log to a new file, while the service runs, and verify the copy.
    #[command(after_long_help = "Example:\n  ledger-api backup /var/backups/ledger-$(date +%F)\n\
                           To restore: stop the service, put the copy where LEDGER_LOG says, start.")]
    Backup {
        /// The new file; never an existing one.
        to: PathBuf,
    },
    /// Open the account at the bank, take in its statements.
    #[command(subcommand)]
    Bank(bank::Command),
    /// Register machines that may call the API, change their secrets, revoke them.
    #[command(subcommand)]
    Client(client::Command),
    /// Register partners, list them.
    #[command(subcommand)]
    Partner(partner::Command),
    /// Give people roles, take them back, list them.
    #[command(subcommand)]
    Person(person::Command),
}

impl Cli {
    /// Does what was asked.
    pub fn run(self, config: Config) -> Result<(), Box<dyn Error>> {
        trace(&config)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        match self.command {
            Command::Serve => runtime.block_on(serve::run(config))?,
            Command::Demo => runtime.block_on(serve::run(demo::settings(config)?))?,
            Command::Sandbox => runtime.block_on(serve::run(sandbox::settings(config)?))?,
            Command::Health => answer(&runtime.block_on(health::run(&config))?),
            Command::Rebuild => answer(&runtime.block_on(rebuild::run(config))?),
            Command::Verify => answer(&runtime.block_on(verify::run(config))?),
            Command::Export(what) => runtime.block_on(export::run(config, what))?,
            Command::Backup { to } => answer(&backup::run(&config, &to)?),
            Command::Bank(command) => answer(&runtime.block_on(bank::run(command, config))?),
            Command::Partner(command) => {
                answer(&runtime.block_on(partner::run(command, &config))?);
            }
            Command::Person(command) => answer(&runtime.block_on(person::run(command, &config))?),
            Command::Client(command) => answer(&runtime.block_on(client::run(command, &config))?),
        }
        Ok(())
    }
}

/// A command's own answer, on standard output.
#[expect(clippy::print_stdout, reason = "what was asked for")]
fn answer(text: &str) {
    println!("{text}");
}

/// Traces go to standard error, so that a command's own output stays its own.
fn trace(config: &Config) -> Result<(), Box<dyn Error>> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.trace).map_err(|error| {
        format!(
            "LEDGER_TRACE is `{}`: expected warn, info, debug or a filter: {error}",
            config.trace
        )
    })?;
    let traces = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    if config.trace_json { traces.json().try_init() } else { traces.try_init() }
        .map_err(|error| error as Box<dyn Error>)
}
