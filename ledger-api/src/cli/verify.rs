//! `ledger-api verify`.

use std::error::Error;

use ledger_core::codec;
use ledger_core::digest::Digest;
use ledger_core::event_log::embedded::Verified;
use ledger_core::event_log::{EventLog, Position};
use ledger_core::journal::postings;

use crate::cli::store::{self, Folded};
use crate::config::Config;

/// How many events are read at a time.
const PAGE: usize = 10_000;

/// Checks the log as an auditor would, trusting nothing but the file: it is what was written, every
/// event can be read, and the read models made from it agree with the accounts.
pub async fn run(config: Config) -> Result<String, Box<dyn Error>> {
    let log = store::open_read_only(&config.log)?;
    let bar = store::progress_bar("events verified");
    let verified = log.verify(|position, end| {
        bar.set_length(end);
        bar.set_position(position);
    })?;
    bar.finish_and_clear();
    let (mut after, mut entries): (Position, u64) = (0, 0);
    while after < verified.events {
        for recorded in log.read_all(after, PAGE).await? {
            after = recorded.position;
            entries += u64::try_from(postings(&codec::read(&recorded)?).len())?;
        }
    }
    let folded = Folded::from(log.into()).await?;
    let mut checks = folded.models.now()?.check()?;
    checks.0.extend(folded.models.now()?.check_lots()?.0);
    let text =
        format!("{}\n{entries} entries, each balanced by construction\n{checks}", told(&verified));
    if checks.hold() {
        Ok(text)
    } else {
        Err(format!("the ledger disagrees with itself:\n{text}").into())
    }
}

/// What was found whole, in a line.
pub fn told(it: &Verified) -> String {
    format!("{} events in {} streams are whole; chain {}", it.events, it.streams, Digest(it.chain))
}
