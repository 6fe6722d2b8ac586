//! A ledger in memory, a folder for states, and the words to make a pass.

use std::sync::Arc;
use std::time::Duration;

use catalogue_sync::changes::Known;
use catalogue_sync::feed::{Extent, Format};
use catalogue_sync::fetch::{Fetcher, Limits};
use catalogue_sync::known;
use catalogue_sync::store::Stores;
use catalogue_sync::sync::{FeedSource, Outcome, Pass, Report, Source, Tools, run_once};
use catalogue_sync::vocabularies::Vocabularies;
use chrono::TimeDelta;
use fixtures::partner_site::{self, Site};
use fixtures::partners::Partner;
use ledger_core::event_log::{EventLog as _, Memory, Recorded};
use ledger_core::ids::{OfferId, PartnerId};
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::meta::{Actor, Meta, accounting_day};
use ledger_core::offer::{Listing, Offer};
use ledger_core::stream::Category;
use tempfile::TempDir;
use uuid::Uuid;

/// Limits fit for a test: little is sent, and nobody waits.
pub const LIMITS: Limits = Limits {
    file_bytes_max: 4 << 20,
    page_bytes_max: 1 << 20,
    connect: Duration::from_secs(10),
    silence: Duration::from_secs(10),
    whole: Duration::from_mins(1),
    attempts_max: 4,
    pause: Duration::from_millis(1),
    pause_max: Duration::from_secs(1),
    local: true,
};

/// All that a pass needs, on this machine.
pub struct World {
    pub ledger: Ledger,
    pub stores: Stores,
    pub vocabularies: Arc<Vocabularies>,
    pub fetcher: Fetcher,
    pub pass: Pass,
    folder: TempDir,
}

impl World {
    pub fn new() -> Self {
        Self::within(LIMITS)
    }

    pub fn within(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let meta = Meta {
            at: "2026-09-01T08:00:00Z".parse().unwrap(),
            by: Actor::PROCESS,
            cause: Uuid::from_u128(1),
        };
        Self {
            ledger: Ledger::new(Memory::new().into(), CacheSizes::default()),
            stores: Stores::in_folder(folder.path()),
            vocabularies: Arc::new(Vocabularies::built_in()),
            fetcher: Fetcher::new(limits).unwrap(),
            pass: Pass {
                today: "2026-09-01".parse().unwrap(),
                meta,
                accept_shrunk: false,
                insist: false,
            },
            folder,
        }
    }

    /// What is on sale of `partner`, as the log says.
    pub async fn known(&self, partner: PartnerId) -> Known {
        let shelves = known::from_log(self.ledger.log()).await.unwrap();
        shelves.get(&partner).map(|it| it.on_sale.clone()).unwrap_or_default()
    }

    /// How many events of offers the log holds.
    pub async fn events(&self) -> usize {
        let all = self.ledger.log().read_all(0, usize::MAX).await.unwrap();
        all.iter().filter(|it| it.stream.category == Category::Offer).count()
    }

    /// Every event of the log.
    pub async fn all_events(&self) -> Vec<Recorded> {
        self.ledger.log().read_all(0, usize::MAX).await.unwrap()
    }

    /// What is on sale of `partner`, whole, as the log says.
    pub async fn listings(&self, partner: PartnerId) -> Vec<Listing> {
        let mut listings = Vec::new();
        for reference in self.known(partner).await.into_keys() {
            let offer = OfferId::of(partner, &reference);
            listings.push(
                *self
                    .ledger
                    .inspect(offer, |it: &Offer| it.current.clone())
                    .await
                    .unwrap()
                    .unwrap()
                    .listing,
            );
        }
        listings
    }

    /// Lets time go by.
    pub fn wait(&mut self, time: TimeDelta) {
        self.pass.meta.at += time;
        self.pass.today = accounting_day(self.pass.meta.at);
    }

    /// Begins a pass, and breaks it off as soon as `until` is; whether it was broken off.
    pub async fn sync_until(&self, source: &Source, until: impl Future<Output = ()>) -> bool {
        tokio::select! {
            _ = self.sync(source) => false,
            () = until => true,
        }
    }

    pub async fn sync(&self, source: &Source) -> Report {
        let known = self.known(source.partner).await;
        let tools = Tools {
            fetcher: &self.fetcher,
            stores: &self.stores,
            vocabularies: &self.vocabularies,
            ledger: &self.ledger,
        };
        let pass = run_once(source, known, tools, self.pass);
        may_be_spawned(&pass);
        pass.await.unwrap()
    }

    /// The bytes of all that the last passes left.
    pub fn stored(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files.flat_map(|it| std::fs::read(it.unwrap().path()).unwrap()).collect()
    }

    /// Spoils what the last passes left, as a full disk might.
    pub fn break_states(&self) {
        for file in std::fs::read_dir(self.folder.path()).unwrap() {
            std::fs::write(file.unwrap().path(), "not a database").unwrap();
        }
    }

    /// Forgets what the last passes left, as an operator may.
    pub fn forget_states(&self) {
        for file in std::fs::read_dir(self.folder.path()).unwrap() {
            std::fs::remove_file(file.unwrap().path()).unwrap();
        }
    }
}

/// What became of the one feed of a pass.
pub fn outcome(report: &Report) -> &Outcome {
    &report.feeds[0].outcome
}

/// The service makes its passes in a task of their own.
fn may_be_spawned(_: &impl Send) {}

/// The demo partners' site, served on any free port; its pages are said to be on port 8091, so
/// that reports are the same at each run.
pub async fn demo_site() -> (Site, String) {
    let (listener, _, base) = partner_site::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let site = Site::new("http://127.0.0.1:8091");
    tokio::spawn(partner_site::serve(listener, site.clone(), None));
    (site, base)
}

/// A partner of the demo, on the site that begins with `base`.
pub fn source(partner: &Partner, base: &str) -> Source {
    Source {
        partner: partner.id(),
        name: partner.name.to_owned(),
        feeds: vec![FeedSource {
            url: partner.feed_url(base).parse().unwrap(),
            format: partner.format,
            extent: Extent::Full,
        }],
    }
}

/// Somebody's JSON feed at `url`.
pub fn json_at(url: &str) -> Source {
    Source {
        partner: PartnerId(Uuid::from_u128(7)),
        name: "Partenaire".to_owned(),
        feeds: vec![FeedSource {
            url: url.parse().unwrap(),
            format: Format::Json,
            extent: Extent::Full,
        }],
    }
}
