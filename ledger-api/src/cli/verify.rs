//! `ledger-api verify`.

use std::error::Error;
use std::fmt::Write as _;

use ledger_core::calendar::Calendar;
use ledger_core::codec;
use ledger_core::digest::Digest;
use ledger_core::event_log::embedded::Verified;
use ledger_core::event_log::{EventLog, Log, Position};
use ledger_core::ids::CalendarId;
use ledger_core::journal::postings;
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::stream::StreamId;
use rustc_hash::FxHashMap;

use crate::cli::store::{self, Folded};
use crate::config::Config;

/// How many events are read at a time.
const PAGE: usize = 10_000;

/// Checks the log as an auditor would, trusting nothing but the log: it is what was written, every
/// event can be read, and the read models made from it agree with the accounts.
pub async fn run(config: Config) -> Result<String, Box<dyn Error>> {
    let log = store::open_to_read(&config.log)?;
    let bar = store::progress_bar("events verified");
    let mut progress = |position, end| {
        bar.set_length(end);
        bar.set_position(position);
    };
    let (end, whole) = match &log {
        Log::Embedded(log) => {
            let verified = log.verify(&mut progress)?;
            (verified.events, told(&verified))
        }
        Log::KurrentDb(_) | Log::Memory(_) | Log::Other(_) => {
            let end = log.end().await?;
            (end, format!("{end} events, kept and checked by its servers"))
        }
    };
    let (mut after, mut entries): (Position, u64) = (0, 0);
    let mut versions: FxHashMap<StreamId, u64> = FxHashMap::default();
    while after < end {
        for recorded in log.read_all(after, PAGE).await? {
            let version = versions.entry(recorded.stream).or_default();
            if (recorded.position, recorded.version) != (after + 1, *version + 1) {
                let (stream, position) = (recorded.stream, recorded.position);
                return Err(format!("position {position}: {stream} is not whole").into());
            }
            (after, *version) = (recorded.position, recorded.version);
            entries += u64::try_from(postings(&codec::read(&recorded)?).len())?;
            progress(after, end);
        }
    }
    bar.finish_and_clear();
    let calendar = Ledger::new(log.clone(), CacheSizes::default());
    let calendar = calendar.state::<Calendar>(CalendarId::THE).await?;
    let folded = Folded::from(log).await?;
    let (mut years, mut changed) = (String::new(), false);
    for it in &calendar.closed_years {
        let same = folded.models.now()?.is_as_closed(it)?;
        changed |= !same;
        let word = if same { "as it was closed" } else { "CHANGED since it was closed" };
        let _ = writeln!(years, "year {}: its trial balance is {word} ({})", it.year, it.digest);
    }
    let mut checks = folded.models.now()?.check()?;
    checks.0.extend(folded.models.now()?.check_lots()?.0);
    let text = format!(
        "{whole}\n{entries} entries in {} streams, each balanced by construction\n{years}{checks}",
        versions.len()
    );
    if checks.hold() && !changed {
        Ok(text)
    } else {
        Err(format!("the ledger disagrees with itself:\n{text}").into())
    }
}

/// What was found whole, in a line.
pub fn told(it: &Verified) -> String {
    format!("{} events in {} streams are whole; chain {}", it.events, it.streams, Digest(it.chain))
}
