//! Partners' feeds are pulled on a schedule; the last report of each is kept for its page.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use catalogue_sync::fetch::{FetchError, Fetcher, Limits};
use catalogue_sync::sync::state::States;
use catalogue_sync::sync::{Pass, Report, Source, Tools, run_once};
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream};
use ledger_core::ids::PartnerId;
use ledger_core::meta::{Actor, Meta};
use ledger_core::partner::FeedDeclared;
use parking_lot::Mutex;
use projections::reports::partners::PartnerRow;
use url::Url;

use crate::app::App;

/// With what feeds are pulled.
pub struct Feeds {
    fetcher: Fetcher,
    states: States,
}

impl Feeds {
    /// States are kept in `data`, and may be deleted; `local` also asks sites on this machine.
    pub fn new(data: &Path, local: bool) -> Result<Self, FetchError> {
        let fetcher = Fetcher::new(Limits { local, ..Limits::default() })?;
        Ok(Self { fetcher, states: States::in_folder(data.join("catalogue")) })
    }
}

/// What the last pass over one partner came to.
#[derive(Clone, Debug)]
pub struct LastPass {
    /// The partner's name.
    pub name: String,
    /// When it was.
    pub at: DateTime<Utc>,
    /// What was done, or why nothing could be.
    pub outcome: Result<Report, String>,
}

/// The last pass over each partner.
#[derive(Clone, Debug, Default)]
pub struct LastPasses(Arc<Mutex<BTreeMap<PartnerId, LastPass>>>);

impl LastPasses {
    /// Keeps the last pass over `partner`'s feed, in place of the one before.
    pub fn keep(&self, partner: PartnerId, pass: LastPass) {
        self.0.lock().insert(partner, pass);
    }

    /// All of them, by partner's name.
    pub fn all(&self) -> Vec<(PartnerId, LastPass)> {
        let mut all: Vec<_> =
            self.0.lock().iter().map(|(partner, pass)| (*partner, pass.clone())).collect();
        all.sort_by(|one, other| one.1.name.cmp(&other.1.name));
        all
    }
}

/// How many partners are asked at once: a slow one delays few others.
const PARTNERS_AT_ONCE: usize = 8;

/// Pulls every feed and some pictures, then waits, for ever.
pub async fn run(app: App, feeds: Feeds, every: Duration) {
    let mut place = 0;
    loop {
        match partners(&app) {
            Ok(partners) => pass_over_all(&app, &feeds, partners).await,
            Err(failure) => tracing::error!("Partners to ask: {failure}"),
        }
        let fetch = |url: Url| {
            let fetcher = feeds.fetcher.clone();
            async move { fetcher.get_picture(&url).await }
        };
        place = crate::thumbnails::pull::pass(&app, place, fetch).await;
        tokio::time::sleep(every).await;
    }
}

async fn pass_over_all(app: &App, feeds: &Feeds, partners: Vec<PartnerRow>) {
    let pulls = stream::iter(partners);
    pulls.for_each_concurrent(PARTNERS_AT_ONCE, |it| pull(app, feeds, it)).await;
}

fn partners(app: &App) -> Result<Vec<PartnerRow>, projections::ReadError> {
    let partners = app.models.now()?.partners()?;
    Ok(partners.into_iter().filter(|it| it.suspended.is_none()).collect())
}

async fn pull(app: &App, feeds: &Feeds, partner: PartnerRow) {
    let Some(declared) = partner.feeds.first().cloned() else { return };
    let outcome = pass(app, feeds, &partner, &declared).await.map_err(|it| it.to_string());
    match &outcome {
        Ok(report) if report.changed_something() => tracing::info!(
            partner.id = %partner.id,
            "{}: {} offers published, {} revised, {} withdrawn, {} refused",
            partner.name, report.published, report.revised, report.withdrawn, report.refused.len()
        ),
        Ok(_) => (),
        Err(failure) => tracing::warn!(partner.id = %partner.id, "{}: {failure}", partner.name),
    }
    let last = LastPass { name: partner.name, at: app.clock.now(), outcome };
    app.feeds.keep(partner.id, last);
}

async fn pass(
    app: &App,
    feeds: &Feeds,
    partner: &PartnerRow,
    declared: &FeedDeclared,
) -> Result<Report, Box<dyn Error + Send + Sync>> {
    let source = Source::declared(partner.id, &partner.name, declared)?;
    let known = app.models.now()?.known_offers(partner.id)?;
    let meta = Meta { at: app.clock.now(), by: Actor::PROCESS, cause: app.clock.id() };
    let pass = Pass { today: app.clock.today(), meta, accept_shrunk: false };
    let tools = Tools { fetcher: &feeds.fetcher, states: &feeds.states, ledger: &app.ledger };
    Ok(run_once(&source, known, tools, pass).await?)
}
