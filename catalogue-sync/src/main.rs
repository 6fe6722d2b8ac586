//! The worker: passes over every partner that declared a feed, once or on a schedule.
//!
//! With the embedded log it runs while the service does not, since one process opens it at a time;
//! the service makes the same passes itself.

mod clock;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use catalogue_sync::config::Config;
use catalogue_sync::fetch::Fetcher;
use catalogue_sync::known::{self, Shelf};
use catalogue_sync::store::Stores;
use catalogue_sync::sync::{Pass, Source, Tools, run_once};
use catalogue_sync::vocabularies::Vocabularies;
use futures_util::StreamExt as _;
use ledger_core::event_log::Log;
use ledger_core::ids::PartnerId;
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::meta::accounting_day;
use tokio::signal::unix::{SignalKind, signal};

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            drop(writeln!(std::io::stderr(), "catalogue-sync: {failure}"));
            ExitCode::FAILURE
        }
    }
}

/// Whether every partner's feed could be read, on the last pass.
async fn run() -> Result<bool, Failure> {
    let config = Config::from_environment()?;
    let ledger = Ledger::new(Log::open(&config.log)?, CacheSizes::default());
    let (fetcher, stores) = (Fetcher::new(config.limits)?, Stores::in_folder(&config.stores));
    let vocabularies = Arc::new(Vocabularies::beside(&config.data)?);
    let tools =
        Tools { fetcher: &fetcher, stores: &stores, vocabularies: &vocabularies, ledger: &ledger };
    let mut stop = signal(SignalKind::terminate())?;
    loop {
        let all_read = pass_over_all(&config, tools).await?;
        let Some(every) = config.every else { return Ok(all_read) };
        tokio::select! {
            () = tokio::time::sleep(every) => (),
            _ = tokio::signal::ctrl_c() => return Ok(all_read),
            _ = stop.recv() => return Ok(all_read),
        }
    }
}

/// How many partners are asked at once: a slow one delays no other, unless there are so many.
const PARTNERS_AT_ONCE: usize = 512;

async fn pass_over_all(config: &Config, tools: Tools<'_>) -> Result<bool, Failure> {
    let shelves = known::from_log(tools.ledger.log()).await?;
    let asked = shelves.into_iter().filter(|(_, it)| !it.suspended && !it.feeds.is_empty());
    let passes = asked.map(|(partner, shelf)| async move {
        let name = shelf.name.clone();
        (name, pass_over(config, tools, partner, shelf).await)
    });
    let mut passes = futures_util::stream::iter(passes).buffer_unordered(PARTNERS_AT_ONCE);
    let mut all_read = true;
    while let Some((name, pass)) = passes.next().await {
        if let Err(failure) = pass {
            all_read = false;
            drop(writeln!(std::io::stderr(), "{name}: {failure}"));
        }
    }
    Ok(all_read)
}

async fn pass_over(
    config: &Config,
    tools: Tools<'_>,
    partner: PartnerId,
    shelf: Shelf,
) -> Result<(), Failure> {
    let source = Source::declared(partner, &shelf.name, &shelf.feeds)?;
    let meta = clock::now();
    let today = accounting_day(meta.at);
    let pass = Pass { today, meta, accept_shrunk: config.accept_shrunk, insist: config.insist };
    let report = run_once(&source, shelf.on_sale, tools, pass).await?;
    let text = if config.json { serde_json::to_string(&report)? } else { report.to_string() };
    writeln!(std::io::stdout(), "{text}")?;
    match report.trouble() {
        Some(trouble) => Err(trouble.into()),
        None => Ok(()),
    }
}
