//! `ledger-api export`.

mod target;

use std::error::Error;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::Subcommand;
use ledger_core::identifiers::Siren;
use projections::beancount::beancount;
use projections::fec::{Encoding, FecOf, fec, file_name};
use projections::hledger::hledger;
use projections::reports::journal::JournalOf;
use projections::reports::trial_balance::TrialBalanceOf;

use crate::cli::store::{self, Folded};
use crate::config::Config;
use target::Target;

/// What can be exported.
#[derive(Debug, Subcommand)]
pub enum What {
    /// The journal, as beancount reads it.
    Beancount {
        /// The new file; standard output when not given.
        to: Option<PathBuf>,
    },
    /// The journal, as hledger and ledger read it.
    #[command(
        after_long_help = "Example:\n  ledger-api export hledger year.hledger && hledger -f year.hledger check -s"
    )]
    Hledger {
        /// The new file; standard output when not given.
        to: Option<PathBuf>,
    },
    /// The trial balance by auxiliary account, in CSV.
    TrialBalance {
        /// The last day, as in 2026-12-31; all that is posted when not given.
        #[arg(long)]
        as_at: Option<NaiveDate>,
        /// As it was known at the end of this day; as it is known now when not given.
        #[arg(long)]
        known_on: Option<NaiveDate>,
        /// The new file; standard output when not given.
        to: Option<PathBuf>,
    },
    /// The accounting file of a year (FEC), as the tax administration reads it.
    #[command(
        after_long_help = "Example:\n  ledger-api export fec --year 2026 --siren 110046018 .\n\
                                 writes 110046018FEC20261231.txt, in ISO 8859-15."
    )]
    Fec {
        /// The accounting year.
        #[arg(long, value_parser = clap::value_parser!(i32).range(2000..=2999))]
        year: i32,
        /// The SIREN of who keeps the books; the setting's when not given.
        #[arg(long)]
        siren: Option<Siren>,
        /// Write UTF-8 instead of ISO 8859-15.
        #[arg(long)]
        utf8: bool,
        /// An existing directory, in which the file is called as it must be; or the new file.
        to: PathBuf,
    },
}

/// Writes what is asked; all of it is made from the log anew. A file that could not be written whole
/// is not there at all.
pub async fn run(config: Config, what: What) -> Result<(), Box<dyn Error>> {
    let mut target = match &what {
        What::Beancount { to } | What::Hledger { to } | What::TrialBalance { to, .. } => {
            Target::open(to.as_deref())?
        }
        What::Fec { year, siren, to, .. } => {
            Target::open(Some(&fec_path(&config, *year, *siren, to)?))?
        }
    };
    let log = store::open_to_read(&config.log)?;
    let folded = Folded::from(log.clone()).await?;
    let reader = folded.models.now()?;
    match what {
        What::Beancount { .. } => {
            beancount(reader, &log, JournalOf::default(), &mut target).await?;
        }
        What::Hledger { .. } => hledger(reader, &log, JournalOf::default(), &mut target).await?,
        What::TrialBalance { as_at, known_on, .. } => {
            let of = TrialBalanceOf { from: None, to: as_at, known: known_on, by_auxiliary: true };
            reader.trial_balance(of)?.table().write_csv(&mut target)?;
        }
        What::Fec { year, utf8, .. } => {
            let encoding = if utf8 { Encoding::Utf8 } else { Encoding::Latin9 };
            let bar = store::progress_bar("events");
            let of = FecOf { year, encoding };
            fec(reader, &log, of, &mut target, |it| store::advance(&bar, it)).await?;
            bar.finish_and_clear();
        }
    }
    target.finish()
}

/// Where the file goes: under its own name when `to` is a directory.
fn fec_path(
    config: &Config,
    year: i32,
    siren: Option<Siren>,
    to: &Path,
) -> Result<PathBuf, Box<dyn Error>> {
    let siren = siren.or(config.siren).ok_or(
        "the SIREN of who keeps the books is not known: give --siren, or set LEDGER_SIREN",
    )?;
    Ok(if to.is_dir() { to.join(file_name(siren, year)) } else { to.to_owned() })
}
