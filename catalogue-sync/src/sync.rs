//! One pass over one partner: pull, compare, append, report.
//!
//! ```text
//!  state ──etag──▶ pull ──Feed──▶ guard ──▶ changes ──▶ ledger ──▶ report
//!    ▲                                                               │
//!    └───────────────────────────────────────────────────────────────┘
//! ```
//!
//! A pass may stop anywhere: each step is idempotent, and the state is written last. Run again, it
//! does what was left.

pub mod pull;
pub mod report;
pub mod state;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use ledger_core::ids::{OfferId, PartnerId};
use ledger_core::ledger::{ExecuteError, Ledger};
use ledger_core::meta::Meta;
use ledger_core::offer::{Listing, Offer, OfferCommand, OfferRefusal};
use ledger_core::partner::FeedDeclared;
use url::Url;

use crate::changes::{Change, Known, Shrunk, changes, guard};
use crate::feed::{Extent, Feed, Format, Reason, Reference, RefusedOffer, Rule};
use crate::fetch::Fetcher;
use pull::{PullError, Pulled};
pub use report::{Outcome, Report};
use state::{State, States};

/// How many changes are written at once: enough for one commit to serve many.
const CHANGES_AT_ONCE: usize = 256;

/// Where one partner's offers come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Whose offers.
    pub partner: PartnerId,
    /// Its trade name, for the report.
    pub name: String,
    /// Where its feed is.
    pub feed: Url,
    /// How its feed is written.
    pub format: Format,
    /// What an ONIX file tells, which does not say it itself; a JSON feed says it.
    pub extent: Extent,
}

impl Source {
    /// The one that a partner declared; `Err` when its address is none.
    ///
    /// An ONIX file is taken for a whole one: it does not say, and most publishers send that.
    pub fn declared(
        partner: PartnerId,
        name: &str,
        feed: &FeedDeclared,
    ) -> Result<Self, url::ParseError> {
        Ok(Self {
            partner,
            name: name.to_owned(),
            feed: feed.url.parse()?,
            format: feed.format,
            extent: Extent::Full,
        })
    }
}

/// With what a pass is made.
#[derive(Clone, Copy)]
pub struct Tools<'a> {
    /// Asks the partner's site.
    pub fetcher: &'a Fetcher,
    /// What the last passes left.
    pub states: &'a States,
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
}

/// Why a pass changed nothing, or not all that it should have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyncError {
    /// The feed could not be read.
    #[error(transparent)]
    Pull(#[from] PullError),
    /// The feed is refused whole.
    #[error(transparent)]
    Shrunk(#[from] Shrunk),
    /// The ledger failed; what was appended before stays, and the next pass does the rest.
    #[error("the ledger: {0}")]
    Ledger(String),
}

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
    let state = tools.states.load(source.partner);
    // What is kept from the last pass says nothing if the catalogue is no longer what it left.
    let state = state.filter(|it| it.feed == source.feed.as_str() && it.knows(&known));
    let state = state.unwrap_or_else(|| State::new(source.feed.as_str()));
    let mut report = Report::new(source);
    let (feed, etag) = match pull::pull(source, &state, tools.fetcher, pass.today).await? {
        Pulled::Unchanged => {
            report.unchanged = known.len();
            report.refused = state.refused;
            report.remarks = state.remarks;
            return Ok(report);
        }
        Pulled::Feed { feed, etag } => (feed, etag),
    };
    if !pass.accept_shrunk {
        guard(&known, &feed)?;
    }
    let changes = changes(&known, &feed);
    report.outcome = Outcome::from(feed.extent);
    report.named = feed.offers.len() + feed.refused.len() + feed.withdrawn.len();
    report.unchanged =
        feed.offers.iter().filter(|it| known.get(&it.reference) == Some(&it.digest())).count();
    let known = append(source.partner, known, changes, tools.ledger, pass, &mut report).await?;
    let state = remembered(state, &feed, etag, &known, &mut report, pass.today);
    if let Err(error) = tools.states.save(source.partner, &state) {
        tracing::warn!(partner = %source.partner, "state not kept, all is read next time: {error}");
    }
    Ok(report)
}

/// Appends `changes`, and gives what is known afterwards.
async fn append(
    partner: PartnerId,
    mut known: Known,
    changes: Vec<Change>,
    ledger: &Ledger,
    pass: Pass,
    report: &mut Report,
) -> Result<Known, SyncError> {
    for changes in changes.chunks(CHANGES_AT_ONCE) {
        let commands: Vec<(OfferId, OfferCommand)> = changes
            .iter()
            .map(|it| (OfferId::of(partner, it.reference()), command(partner, it)))
            .collect();
        let answers = ledger.execute_many::<Offer>(&commands, pass.meta).await;
        for (change, answer) in changes.iter().zip(answers) {
            match answer {
                Ok(done) => {
                    report.position = report.position.max(Some(done.position));
                    report.count(change);
                    known_after(&mut known, change);
                }
                Err(ExecuteError::Refused(refusal)) => {
                    report.refused.push(refused_by_ledger(change, &refusal));
                }
                Err(
                    error @ (ExecuteError::Contended
                    | ExecuteError::NotAsBelieved
                    | ExecuteError::Log(_)
                    | ExecuteError::NotWritable(_)
                    | ExecuteError::Decode(_)),
                ) => return Err(SyncError::Ledger(error.to_string())),
            }
        }
    }
    Ok(known)
}

fn command(partner: PartnerId, change: &Change) -> OfferCommand {
    match change {
        Change::Publish(listing) | Change::Revise(listing) => {
            OfferCommand::List { partner, listing: listing.clone() }
        }
        Change::Withdraw { reason, .. } => OfferCommand::Withdraw { reason: reason.clone() },
    }
}

fn known_after(known: &mut Known, change: &Change) {
    match change {
        Change::Publish(listing) | Change::Revise(listing) => {
            known.insert(listing.reference.clone(), listing.digest());
        }
        Change::Withdraw { reference, .. } => {
            known.remove(reference);
        }
    }
}

fn refused_by_ledger(change: &Change, refusal: &OfferRefusal) -> RefusedOffer {
    let title = |it: &Listing| Some(it.title.clone());
    let title = match change {
        Change::Publish(listing) | Change::Revise(listing) => title(listing),
        Change::Withdraw { .. } => None,
    };
    RefusedOffer {
        reference: Some(change.reference().clone()),
        title,
        place: "ledger".into(),
        reasons: vec![Reason::new(Rule::LedgerRefusal, "", refusal.to_string())],
    }
}

/// What the next pass will want to know of this one; the report tells the same refusals.
fn remembered(
    before: State,
    feed: &Feed,
    etag: Option<String>,
    known: &Known,
    report: &mut Report,
    today: NaiveDate,
) -> State {
    let (mut refused, mut remarks) = (Vec::new(), Vec::new());
    if feed.extent == Extent::Changes {
        // A feed of changes is silent about what it refused before and has not changed since.
        let offers = feed.offers.iter().map(|it| &it.reference);
        let gone = feed.withdrawn.iter().map(|it| &it.reference);
        let refused_now = feed.refused.iter().filter_map(|it| it.reference.as_ref());
        let named: BTreeSet<&Reference> = offers.chain(gone).chain(refused_now).collect();
        let named = |reference: Option<&Reference>| reference.is_none_or(|it| named.contains(it));
        refused.extend(before.refused.into_iter().filter(|it| !named(it.reference.as_ref())));
        remarks.extend(before.remarks.into_iter().filter(|it| !named(it.reference.as_ref())));
    }
    refused.extend(feed.refused.iter().cloned());
    refused.append(&mut report.refused);
    remarks.extend(feed.remarks.iter().cloned());
    report.refused.clone_from(&refused);
    report.remarks.clone_from(&remarks);
    State {
        feed: before.feed,
        etag,
        as_of: feed.as_of,
        read_on: Some(today),
        full_on: if feed.extent == Extent::Full { Some(today) } else { before.full_on },
        known: Some(state::digest(known)),
        refused,
        remarks,
    }
}

impl Report {
    fn count(&mut self, change: &Change) {
        match change {
            Change::Publish(_) => self.published += 1,
            Change::Revise(_) => self.revised += 1,
            Change::Withdraw { .. } => self.withdrawn += 1,
        }
    }
}
