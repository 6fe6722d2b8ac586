//! One pass over one partner: pull its feeds, keep what they tell, compare, append, report.
//!
//! ```text
//!  offers ──┐
//!  notices ─┼─ pull ──▶ store ──▶ join ──▶ changes ──▶ ledger ──▶ report
//!  access ──┘   ▲         │
//!               └─────────┘ how far each feed was read
//! ```
//!
//! A pass may stop anywhere: each step is idempotent, and goes on where it was. A feed that cannot
//! be read does not prevent reading the others of its partner, nor those of other partners.

pub mod breaker;
mod pull;
mod record;
pub mod report;
mod settle;

use std::sync::Arc;

use chrono::NaiveDate;
use ledger_core::ids::{HarvestId, PartnerId};
use ledger_core::ledger::Ledger;
use ledger_core::meta::Meta;
use ledger_core::partner::{FeedDeclared, FeedRole};
use parking_lot::Mutex;
use url::Url;

use crate::changes::Known;
use crate::feed::{Extent, FeedError, Format};
use crate::fetch::{FetchError, Fetcher};
use crate::store::{Store, StoreError, Stores};
use crate::vocabularies::Vocabularies;
pub use report::{FeedReport, Outcome, Report};

/// A partner's feeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Whose.
    pub partner: PartnerId,
    /// Its trade name, for the report.
    pub name: String,
    /// At most one of each role, in their order.
    pub feeds: Vec<FeedSource>,
}

/// Where one feed is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedSource {
    /// Its address.
    pub url: Url,
    /// How it is written.
    pub format: Format,
    /// What an ONIX file or a table tells, which do not say it themselves.
    pub extent: Extent,
}

impl FeedSource {
    /// The one that a partner declared; `Err` when its address is none.
    ///
    /// An ONIX file or a table is taken for a whole one, unless its address ends in `#delta`: it
    /// does not say, and most publishers send that.
    pub fn declared(feed: &FeedDeclared) -> Result<Self, url::ParseError> {
        let mut url: Url = feed.url.parse()?;
        let delta = url.fragment() == Some("delta");
        url.set_fragment(None);
        let extent = if delta { Extent::Changes } else { Extent::Full };
        Ok(Self { url, format: feed.format, extent })
    }
}

impl Source {
    /// The feeds that a partner declared; `Err` when an address is none.
    pub fn declared(
        partner: PartnerId,
        name: &str,
        feeds: &[FeedDeclared],
    ) -> Result<Self, url::ParseError> {
        let feeds = feeds.iter().map(FeedSource::declared).collect::<Result<_, _>>()?;
        Ok(Self { partner, name: name.to_owned(), feeds })
    }

    /// Whether it sells by a feed: what only describes sells nothing but free resources.
    fn sells(&self) -> bool {
        self.feeds.iter().any(|it| it.format.role() == FeedRole::Offers)
    }
}

/// With what a pass is made.
#[derive(Clone, Copy)]
pub struct Tools<'a> {
    /// Asks partners' sites.
    pub fetcher: &'a Fetcher,
    /// What feeds told.
    pub stores: &'a Stores,
    /// What the concepts of notices are called.
    pub vocabularies: &'a Arc<Vocabularies>,
    /// Where changes are appended.
    pub ledger: &'a Ledger,
}

/// How a pass is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The day in France: decides which dated price applies, and that a whole feed is read daily.
    pub today: NaiveDate,
    /// When, who and why, for all that is appended.
    pub meta: Meta,
    /// Take even a feed that comes back empty or a tenth of what is known: an operator's decision.
    pub accept_shrunk: bool,
    /// Ask even a site that failed so often that it is left in peace.
    pub insist: bool,
}

/// Why one feed could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PullError {
    /// The site gave nothing that can be read.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// What it gave is not a feed.
    #[error("{url}: {error}")]
    Feed {
        /// Which page.
        url: String,
        /// What is wrong with it.
        error: FeedError,
    },
    /// It changes faster than it can be read.
    #[error("{url} changed while it was read, {} times", pull::BEGINNINGS_MAX)]
    Moving {
        /// Where it begins.
        url: String,
    },
    /// It names more records than any partner has.
    #[error("{url} names over {} records", pull::RECORDS_MAX)]
    TooMany {
        /// Where it begins.
        url: String,
    },
    /// Its pages lead back to one another, or never end.
    #[error(
        "{url}: page {page} leads to a page that was read already, or over {}",
        pull::PAGES_MAX
    )]
    Circular {
        /// Where it begins.
        url: String,
        /// Which page, from 1.
        page: usize,
    },
    /// Its pages name nothing, and lead to one another.
    #[error("{url}: {} empty pages in a row", pull::EMPTY_PAGES_MAX)]
    Empty {
        /// Where it begins.
        url: String,
    },
    /// What it told cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The reader stopped in the middle: ours to repair.
    #[error("{url}: the reader stopped: {why}")]
    Reader {
        /// Which page.
        url: String,
        /// What it said.
        why: String,
    },
}

impl PullError {
    /// How long the site asks to be left in peace, when it does.
    fn asks_for(&self) -> Option<std::time::Duration> {
        match self {
            Self::Fetch(FetchError::Status { retry_after, .. }) => {
                retry_after.map(std::time::Duration::from_secs)
            }
            Self::Fetch(_)
            | Self::Feed { .. }
            | Self::Moving { .. }
            | Self::TooMany { .. }
            | Self::Circular { .. }
            | Self::Empty { .. }
            | Self::Store(_)
            | Self::Reader { .. } => None,
        }
    }
}

/// Why a pass was not made, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyncError {
    /// What was told cannot be kept or read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger failed; what was appended before stays, and the next pass does the rest.
    #[error("the ledger: {0}")]
    Ledger(String),
}

/// What one partner's feeds told, shared with the threads that read.
type Shared = Arc<Mutex<Store>>;

/// Makes one pass over `source`.
///
/// `known` is what is on sale of this partner, as the catalogue says: each reference and the
/// digest of its listing.
pub async fn run_once(
    source: &Source,
    known: Known,
    tools: Tools<'_>,
    pass: Pass,
) -> Result<Report, SyncError> {
    let known = Arc::new(known);
    let store: Shared = Arc::new(Mutex::new(tools.stores.open(source.partner)?));
    let harvest = HarvestId::of(source.partner);
    let (mut report, mut lost) = (Report::new(source), false);
    for (feed, told) in source.feeds.iter().zip(&mut report.feeds) {
        let before = record::before(tools.ledger, harvest, feed.format).await?;
        let accept = Pass { accept_shrunk: pass.accept_shrunk || before.lifted, ..pass };
        let with = (tools.fetcher, tools.vocabularies);
        pull::feed(feed, &store, with, accept, &known, told).await;
        // What it told is lost, and it cannot be read again: better to wait than to believe that it
        // never told anything.
        lost |=
            before.told && !told.was_read() && store.lock().knows_nothing(feed.format.role())?;
    }
    if lost {
        report.unchanged = known.len();
    } else {
        settle::settle(source, known, &store, tools.ledger, pass, &mut report).await?;
    }
    for told in &mut report.feeds {
        let role = told.format.role();
        told.findings = Some(store.lock().findings(role, report::FINDINGS_MAX)?);
    }
    record::record(tools.ledger, harvest, pass.meta, &report).await?;
    Ok(report)
}
