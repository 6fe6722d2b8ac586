//! Partners' feeds are pulled on a schedule, each partner in a task of its own: one that is slow
//! delays no other. What became of each is told to the log; what is only known here is when it was
//! last asked.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use catalogue_sync::fetch::{FetchError, Fetcher, Limits};
use catalogue_sync::store::Stores;
use catalogue_sync::sync::{Pass, Report, Source, Tools, run_once};
use catalogue_sync::vocabularies::{Vocabularies, VocabulariesError};
use chrono::{DateTime, TimeDelta, Utc};
use ledger_core::ids::PartnerId;
use ledger_core::meta::{Actor, Meta};
use parking_lot::Mutex;
use projections::reports::partners::PartnerRow;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use crate::app::App;

/// With what feeds are pulled.
#[derive(Clone)]
pub struct Feeds {
    fetcher: Fetcher,
    stores: Stores,
    vocabularies: Arc<Vocabularies>,
    /// Places for passes: each holds a connection and a file.
    places: Arc<Semaphore>,
}

/// Why feeds cannot be pulled at all.
#[derive(Debug, thiserror::Error)]
pub enum FeedsError {
    /// There is no HTTP client.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The vocabularies that were put beside the data cannot be read.
    #[error(transparent)]
    Vocabularies(#[from] VocabulariesError),
}

/// How many partners are asked at once. A silent site holds its place for some minutes at most.
const PARTNERS_AT_ONCE: usize = 256;

/// How often it is looked who is to be asked.
const LOOKED_EVERY: Duration = Duration::from_secs(30);

impl Feeds {
    /// What they tell is kept in `data`, and may be deleted; `local` also asks private networks.
    ///
    /// The vocabularies of `ScoLOMFR` are those of the folder `vocabularies` in `data`, if any.
    pub fn new(data: &Path, local: bool) -> Result<Self, FeedsError> {
        let fetcher = Fetcher::new(Limits { local, ..Limits::default() })?;
        let vocabularies = Arc::new(Vocabularies::beside(data)?);
        let stores = Stores::in_folder(data.join("catalogue"));
        let places = Arc::new(Semaphore::new(PARTNERS_AT_ONCE));
        Ok(Self { fetcher, stores, vocabularies, places })
    }
}

impl Feeds {
    /// What asks partners' sites.
    pub fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }
}

/// What the last pass over one partner came to.
#[derive(Clone, Debug)]
pub struct LastPass {
    /// The partner's name.
    pub name: String,
    /// When it ended.
    pub at: DateTime<Utc>,
    /// How long it took.
    pub took: TimeDelta,
    /// What was done, or why nothing could be.
    pub outcome: Result<Report, String>,
}

/// The last pass over each partner since the start, and who is to be asked at once.
#[derive(Clone, Debug, Default)]
pub struct LastPasses(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    passes: Mutex<BTreeMap<PartnerId, LastPass>>,
    asked: Mutex<BTreeSet<PartnerId>>,
    ask: Notify,
}

impl LastPasses {
    /// Keeps the last pass over `partner`'s feeds, in place of the one before.
    pub fn keep(&self, partner: PartnerId, pass: LastPass) {
        self.0.passes.lock().insert(partner, pass);
    }

    /// The last pass over `partner`'s feeds; `None` when there was none since the start.
    pub fn of(&self, partner: PartnerId) -> Option<LastPass> {
        self.0.passes.lock().get(&partner).cloned()
    }

    /// All of them, by partner's name.
    pub fn all(&self) -> Vec<(PartnerId, LastPass)> {
        let passes = self.0.passes.lock();
        let mut all: Vec<_> = passes.iter().map(|(it, pass)| (*it, pass.clone())).collect();
        all.sort_by(|one, other| one.1.name.cmp(&other.1.name));
        all
    }

    /// Has `partner` asked at once, even when its site failed so often that it is left in peace.
    pub fn ask(&self, partner: PartnerId) {
        self.0.asked.lock().insert(partner);
        self.0.ask.notify_one();
    }
}

/// Pulls every feed, and again `every` so often, for ever.
pub async fn run(app: App, feeds: Feeds, every: Duration) {
    let mut tasks = JoinSet::new();
    let mut running: BTreeMap<PartnerId, tokio::time::Instant> = BTreeMap::new();
    let mut at_work: BTreeSet<PartnerId> = BTreeSet::new();
    loop {
        let asked = std::mem::take(&mut *app.feeds.0.asked.lock());
        match partners(&app) {
            Ok(partners) => {
                for partner in partners {
                    let id = partner.id;
                    let due = running.get(&id).is_none_or(|it| it.elapsed() >= every);
                    let insist = asked.contains(&id);
                    if (due || insist) && at_work.insert(id) {
                        running.insert(id, tokio::time::Instant::now());
                        tasks.spawn(pull(app.clone(), feeds.clone(), partner, insist));
                    } else if insist {
                        // It is at work already: once more, afterwards.
                        app.feeds.0.asked.lock().insert(id);
                    }
                }
            }
            Err(failure) => tracing::error!("Partners to ask: {failure}"),
        }
        tokio::select! {
            Some(done) = tasks.join_next() => match done {
                Ok(partner) => {
                    at_work.remove(&partner);
                }
                // Only a pass that panicked: its partner is asked again when it is due.
                Err(failure) => {
                    tracing::error!("A pass over feeds: {failure}");
                    at_work.clear();
                }
            },
            () = app.feeds.0.ask.notified() => (),
            () = tokio::time::sleep(LOOKED_EVERY.min(every)) => (),
        }
    }
}

fn partners(app: &App) -> Result<Vec<PartnerRow>, projections::ReadError> {
    let partners = app.models.now()?.partners()?;
    Ok(partners.into_iter().filter(|it| it.suspended.is_none() && !it.feeds.is_empty()).collect())
}

async fn pull(app: App, feeds: Feeds, partner: PartnerRow, insist: bool) -> PartnerId {
    let _place = feeds.places.acquire().await;
    let begun = app.clock.now();
    let outcome = pass(&app, &feeds, &partner, insist).await.map_err(|it| it.to_string());
    match &outcome {
        Ok(report) => {
            if report.changed_something() {
                tracing::info!(
                    partner.id = %partner.id,
                    "{}: {} offers published, {} revised, {} withdrawn, {} refused",
                    partner.name, report.published, report.revised, report.withdrawn, report.refused()
                );
            }
            if let Some(trouble) = report.trouble() {
                tracing::warn!(partner.id = %partner.id, "{}: {trouble}", partner.name);
            }
        }
        Err(failure) => tracing::warn!(partner.id = %partner.id, "{}: {failure}", partner.name),
    }
    let at = app.clock.now();
    let last = LastPass { name: partner.name, at, took: at - begun, outcome };
    app.metrics.fed(partner.id, &last);
    app.feeds.keep(partner.id, last);
    partner.id
}

async fn pass(
    app: &App,
    feeds: &Feeds,
    partner: &PartnerRow,
    insist: bool,
) -> Result<Report, Box<dyn Error + Send + Sync>> {
    let source = Source::declared(partner.id, &partner.name, &partner.feeds)?;
    let known = app.models.now()?.known_offers(partner.id)?;
    let meta = Meta { at: app.clock.now(), by: Actor::PROCESS, cause: app.clock.id() };
    let pass = Pass { today: app.clock.today(), meta, accept_shrunk: false, insist };
    let tools = Tools {
        fetcher: &feeds.fetcher,
        stores: &feeds.stores,
        vocabularies: &feeds.vocabularies,
        ledger: &app.ledger,
    };
    Ok(run_once(&source, known, tools, pass).await?)
}
