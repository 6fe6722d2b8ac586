//! From what is told to what is sold: joined, compared with the catalogue, appended.

use std::sync::Arc;

use ledger_core::digest::Digest;
use ledger_core::ids::{OfferId, PartnerId};
use ledger_core::ledger::{ExecuteError, Ledger};
use ledger_core::offer::{Offer, OfferCommand, OfferRefusal};
use ledger_core::partner::FeedRole;
use tokio::sync::mpsc::{self, Receiver};
use tokio::task::JoinHandle;

use super::{Outcome, Pass, Report, Shared, Source, SyncError};
use crate::changes::{Change, Known, Silence, change, withdrawals};
use crate::feed::{Reason, Record, RefusedOffer, Rule};
use crate::store::{Store, StoreError};

/// How many changes are written at once: enough for one commit to serve many.
const CHANGES_AT_ONCE: usize = 256;

/// Makes the catalogue say what is told, unless nothing was told since they were compared, or a
/// feed is held, or what is sold was never told.
pub(super) async fn settle(
    source: &Source,
    known: Arc<Known>,
    store: &Shared,
    ledger: &Ledger,
    pass: Pass,
    report: &mut Report,
) -> Result<(), SyncError> {
    let held = report.feeds.iter().any(|it| matches!(it.outcome, Outcome::Held { .. }));
    let before = Digest::of_json(known.as_ref());
    let State { compared, whole, told, waiting } = state(source, store, before)?;
    if held || compared || !told {
        (report.unchanged, report.waiting) = (known.len(), waiting);
        return Ok(());
    }
    let (mut changes, comparing) = compared_in_a_thread(store.clone(), known.clone(), whole);
    let (mut after, mut refused) = ((*known).clone(), Vec::new());
    while let Some(some) = changes.recv().await {
        refused.extend(append(source.partner, &some, ledger, pass, report, &mut after).await?);
    }
    let Compared { unchanged, waiting } = comparing
        .await
        .map_err(|it| SyncError::Ledger(format!("the comparison stopped: {it}")))??;
    (report.unchanged, report.waiting) = (unchanged, waiting);
    settled(source, &mut store.lock(), Digest::of_json(&after), (waiting, refused))?;
    Ok(())
}

/// Keeps that the catalogue is what was told, but for what the ledger `refused`.
fn settled(
    source: &Source,
    store: &mut Store,
    catalogue: Digest,
    (waiting, refused): (usize, Vec<RefusedOffer>),
) -> Result<(), StoreError> {
    store.forget_gone()?;
    let mut refused = Some(refused);
    for feed in &source.feeds {
        let role = feed.format.role();
        let (mut progress, run) = store.progress(role, feed.url.as_str())?;
        (progress.settled, progress.waiting) = (Some(catalogue), waiting);
        let mut page = store.writing(feed.format, run, 1)?;
        for it in refused.take().unwrap_or_default() {
            page.take(Record::Refused(it));
        }
        page.commit(&progress)?;
    }
    Ok(())
}

/// What is known of all feeds before they are compared with the catalogue.
struct State {
    /// Whether nothing was told since the catalogue was what it is.
    compared: bool,
    /// Whether all that is sold was told at least once.
    whole: bool,
    /// Whether what is sold was told at all.
    told: bool,
    /// How many resources waited for a price when they were last compared.
    waiting: usize,
}

fn state(source: &Source, store: &Shared, known: Digest) -> Result<State, StoreError> {
    let store = store.lock();
    let selling = if source.sells() { FeedRole::Offers } else { FeedRole::Notices };
    let mut state = State { compared: true, whole: false, told: false, waiting: 0 };
    for feed in &source.feeds {
        let (progress, _) = store.progress(feed.format.role(), feed.url.as_str())?;
        state.compared &= progress.settled == Some(known);
        state.waiting = state.waiting.max(progress.waiting);
        if feed.format.role() == selling {
            state.whole = progress.full_on.is_some();
            state.told = progress.read_on.is_some();
        }
    }
    Ok(state)
}

/// What a comparison found beside the changes.
struct Compared {
    unchanged: usize,
    waiting: usize,
}

/// Compares in a thread of its own, which waits while changes are appended: no more than a few
/// hundred of them are in memory.
fn compared_in_a_thread(
    store: Shared,
    known: Arc<Known>,
    whole: bool,
) -> (Receiver<Vec<Change>>, JoinHandle<Result<Compared, SyncError>>) {
    let (sender, receiver) = mpsc::channel(2);
    let comparing = tokio::task::spawn_blocking(move || {
        let mut some = Vec::with_capacity(CHANGES_AT_ONCE);
        let (mut unchanged, mut silence) = (0, Silence { whole, ..Silence::default() });
        let waiting = {
            let store = store.lock();
            silence.gone = store.gone()?;
            silence.refused =
                store.refused(FeedRole::Offers)?.into_iter().map(Into::into).collect();
            store.joined(|it| {
                silence.named.insert(it.listing.reference.clone());
                match change(&known, it.listing) {
                    None => unchanged += 1,
                    Some(change) => some.push(change),
                }
                if some.len() == CHANGES_AT_ONCE {
                    // Nobody listens any more: the pass has failed.
                    drop(sender.blocking_send(std::mem::take(&mut some)));
                }
            })?
        };
        some.extend(withdrawals(&known, silence));
        for some in some.chunks(CHANGES_AT_ONCE) {
            drop(sender.blocking_send(some.to_vec()));
        }
        Ok(Compared { unchanged, waiting })
    });
    (receiver, comparing)
}

async fn append(
    partner: PartnerId,
    changes: &[Change],
    ledger: &Ledger,
    pass: Pass,
    report: &mut Report,
    known: &mut Known,
) -> Result<Vec<RefusedOffer>, SyncError> {
    let commands: Vec<(OfferId, OfferCommand)> = changes
        .iter()
        .map(|it| (OfferId::of(partner, it.reference()), command(partner, it)))
        .collect();
    let answers = ledger.execute_many::<Offer>(&commands, pass.meta).await;
    let mut refused = Vec::new();
    for (change, answer) in changes.iter().zip(answers) {
        match answer {
            Ok(done) => {
                report.position = report.position.max(Some(done.position));
                done_of(change, report, known);
            }
            Err(ExecuteError::Refused(refusal)) => {
                refused.push(refused_by_ledger(change, &refusal));
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
    Ok(refused)
}

fn command(partner: PartnerId, change: &Change) -> OfferCommand {
    match change {
        Change::Publish(listing) | Change::Revise(listing) => {
            OfferCommand::List { partner, listing: listing.clone() }
        }
        Change::Withdraw { reason, .. } => OfferCommand::Withdraw { reason: reason.clone() },
    }
}

fn done_of(change: &Change, report: &mut Report, known: &mut Known) {
    match change {
        Change::Publish(listing) => {
            report.published += 1;
            known.insert(listing.reference.clone(), listing.digest());
        }
        Change::Revise(listing) => {
            report.revised += 1;
            known.insert(listing.reference.clone(), listing.digest());
        }
        Change::Withdraw { reference, .. } => {
            report.withdrawn += 1;
            known.remove(reference);
        }
    }
}

fn refused_by_ledger(change: &Change, refusal: &OfferRefusal) -> RefusedOffer {
    let title = match change {
        Change::Publish(listing) | Change::Revise(listing) => Some(listing.title.clone()),
        Change::Withdraw { .. } => None,
    };
    RefusedOffer {
        reference: Some(change.reference().clone()),
        title,
        place: "ledger".into(),
        reasons: vec![Reason::new(Rule::LedgerRefusal, "", refusal.to_string())],
    }
}
