//! From a partner's site to the store: all pages of one feed, or the news since last time.

mod list;
mod repository;

use std::sync::Arc;

use chrono::TimeDelta;
use ledger_core::partner::FeedRole;

use super::{FeedReport, FeedSource, Outcome, Pass, PullError, Shared, breaker};
use crate::changes::{Known, Shrunk, guard};
use crate::feed::Extent;
use crate::fetch::Fetcher;
use crate::store::Progress;
use crate::vocabularies::Vocabularies;
use list::List;

/// How many pages are read at most.
pub const PAGES_MAX: usize = 100_000;
/// How many records one partner may name.
pub const RECORDS_MAX: usize = 500_000;
/// How many empty pages in a row still lead to another one.
pub const EMPTY_PAGES_MAX: usize = 1_000;
/// How many times a feed that changes while it is read is begun again.
pub const BEGINNINGS_MAX: usize = 3;

/// Pulls one feed, and tells in `told` what became of it; `known` is what is on sale.
pub(super) async fn feed(
    feed: &FeedSource,
    store: &Shared,
    (fetcher, vocabularies): (&Fetcher, &Arc<Vocabularies>),
    pass: Pass,
    known: &Arc<Known>,
    told: &mut FeedReport,
) {
    match pulled(feed, store, (fetcher, vocabularies), pass, known, told).await {
        Ok(outcome) => told.outcome = outcome,
        Err(error) => {
            told.outcome = Outcome::Failed { reason: error.to_string() };
            if let Err(error) = failed(feed, store, pass, &error) {
                tracing::warn!(url = %feed.url, "{error}");
            }
        }
    }
}

/// Counts the failure, so that the site is left in peace when there are many.
fn failed(
    feed: &FeedSource,
    store: &Shared,
    pass: Pass,
    error: &PullError,
) -> Result<(), crate::store::StoreError> {
    let (store, role) = (store.lock(), feed.format.role());
    let (mut progress, run) = store.progress(role, feed.url.as_str())?;
    progress.failures = progress.failures.saturating_add(1);
    // Only what the network broke off is gone on with: anything else would break again.
    if !matches!(error, PullError::Fetch(_)) {
        progress.resume = None;
    }
    let pause = breaker::pause(progress.failures, error.asks_for());
    let pause = TimeDelta::from_std(pause).unwrap_or(TimeDelta::days(1));
    progress.not_before = (!pause.is_zero()).then(|| pass.meta.at + pause);
    store.keep(role, run, &progress)
}

async fn pulled(
    feed: &FeedSource,
    store: &Shared,
    (fetcher, vocabularies): (&Fetcher, &Arc<Vocabularies>),
    pass: Pass,
    known: &Arc<Known>,
    told: &mut FeedReport,
) -> Result<Outcome, PullError> {
    let (progress, run) = store.lock().progress(feed.format.role(), feed.url.as_str())?;
    if let Some(until) = progress.not_before.filter(|it| *it > pass.meta.at && !pass.insist) {
        return Ok(Outcome::Left { until });
    }
    let mut list =
        List { feed, store, fetcher, vocabularies, pass, progress, run, identified: None };
    let pulled = list.pull().await?;
    told.named = pulled.as_ref().map_or(0, |it| it.named);
    let whole = match &pulled {
        None if list.progress.held => true,
        None => return list.unchanged().map(|()| Outcome::NotModified),
        Some(it) => it.extent == Extent::Full,
    };
    let List { mut progress, run, .. } = list;
    (progress.failures, progress.not_before) = (0, None);
    let outcome = pulled.map_or(Outcome::Full, |it| Outcome::from(it.extent));
    if whole {
        if let Err(shrunk) = whole_was_read(feed, store, run, pass, known).await? {
            progress.held = true;
            store.lock().keep(feed.format.role(), run, &progress)?;
            return Ok(Outcome::Held { known: shrunk.known, named: shrunk.named });
        }
        (progress.full_on, progress.settled) = (Some(pass.today), None);
    }
    progress.held = false;
    store.lock().keep(feed.format.role(), run, &progress)?;
    Ok(outcome)
}

/// A whole feed was read in `run`: what it did not name is forgotten, unless it is too much.
async fn whole_was_read(
    feed: &FeedSource,
    store: &Shared,
    run: i64,
    pass: Pass,
    known: &Arc<Known>,
) -> Result<Result<(), Shrunk>, PullError> {
    let (store, role, url) = (Arc::clone(store), feed.format.role(), feed.url.to_string());
    let known = Arc::clone(known);
    let counted = move || {
        let mut store = store.lock();
        let (recorded, all) = store.counts(role, run)?;
        let (named, before) = match role {
            // What is refused or withdrawn by name is named too, if it was ever sold.
            FeedRole::Offers => {
                let named = store.named_otherwise(role, run)?;
                let sold = named.iter().filter(|it| known.contains_key(it.as_str())).count();
                (recorded + sold, all.max(known.len()))
            }
            FeedRole::Notices | FeedRole::Access => (recorded, all),
        };
        if !pass.accept_shrunk
            && let Err(shrunk) = guard(before, named)
        {
            return Ok(Err(shrunk));
        }
        store.forget_unnamed(role, run).map(Ok)
    };
    match tokio::task::spawn_blocking(counted).await {
        Ok(done) => Ok(done?),
        Err(why) => Err(PullError::Reader { url, why: why.to_string() }),
    }
}

impl List<'_> {
    /// The feed is as it was: a failure before is forgotten.
    fn unchanged(&self) -> Result<(), PullError> {
        if self.progress.failures > 0 {
            let progress = Progress { failures: 0, not_before: None, ..self.progress.clone() };
            self.store.lock().keep(self.feed.format.role(), self.run, &progress)?;
        }
        Ok(())
    }
}
