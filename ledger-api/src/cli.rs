//! The command line: one file per subcommand.

pub mod serve;

use std::error::Error;
use std::io::IsTerminal;

use clap::{Parser, Subcommand};

use crate::config::Config;

/// Every setting, as `--help` lists them; the table of [`crate::config`] in short.
const SETTINGS: &str = "\
Settings (environment variables, and their defaults):
  LEDGER_LISTEN        where to listen (127.0.0.1:8080)
  LEDGER_DATA          directory of all that is written (data)
  LEDGER_LOG           the event log: file:<path> or memory: (file:<LEDGER_DATA>/log)
  LEDGER_SECRET_FILE   key that signs sessions, made when missing (<LEDGER_DATA>/secret)
  LEDGER_DEMO          yes: sign-in by choosing a persona, on loopback only (no)
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
}

impl Cli {
    /// Does what was asked.
    pub fn run(self, config: Config) -> Result<(), Box<dyn Error>> {
        trace(&config)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        match self.command {
            Command::Serve => runtime.block_on(serve::run(config)),
        }
    }
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
