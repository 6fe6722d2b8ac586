//! `ledger-api export`.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use clap::ValueEnum;
use ledger_core::event_log::Log;
use projections::beancount::beancount;
use projections::hledger::hledger;
use projections::reports::journal::JournalOf;
use projections::reports::trial_balance::TrialBalanceOf;

use crate::cli::store::{self, Folded};
use crate::config::Config;

/// What can be exported.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum What {
    /// The journal, as beancount reads it.
    Beancount,
    /// The journal, as hledger and ledger read it.
    Hledger,
    /// The trial balance by auxiliary account, in CSV.
    TrialBalance,
}

/// Writes `what` to the file `to`, or to standard output; all of it is made from the log anew.
pub async fn run(config: Config, what: What, to: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let log = Log::from(store::open_read_only(&config.log)?);
    let folded = Folded::from(log.clone()).await?;
    let out: Box<dyn Write> = match to {
        Some(path) => Box::new(
            File::create_new(path).map_err(|error| format!("{}: {error}", path.display()))?,
        ),
        None => Box::new(io::stdout()),
    };
    let mut out = BufWriter::new(out);
    match what {
        What::Beancount => {
            beancount(folded.models.now()?, &log, JournalOf::default(), &mut out).await?;
        }
        What::Hledger => {
            hledger(folded.models.now()?, &log, JournalOf::default(), &mut out).await?;
        }
        What::TrialBalance => {
            let of = TrialBalanceOf { by_auxiliary: true, ..TrialBalanceOf::default() };
            folded.models.now()?.trial_balance(of)?.table().write_csv(&mut out)?;
        }
    }
    Ok(out.flush()?)
}
