//! What became of the events that a state in memory rests on: durable, or lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;

use super::{Aggregate, Caches, Known};

/// Shared by a state in memory and by everybody whose answer rests on it; a state that is read
/// again has another one.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// How many events of its stream are known to be durable.
    durable: AtomicU64,
    /// Whether some that were taken in never became durable, as far as is known.
    lost: AtomicBool,
    news: Notify,
}

impl Standing {
    /// Of a state that was read from the log.
    pub(super) fn read(version: u64) -> Arc<Self> {
        Arc::new(Self { durable: AtomicU64::new(version), ..Self::default() })
    }

    /// Whether the first `version` events are durable; waits until that is known.
    pub(super) async fn holds(&self, version: u64) -> bool {
        loop {
            let news = self.news.notified();
            if self.durable.load(Ordering::Acquire) >= version {
                return true;
            }
            if self.lost.load(Ordering::Acquire) {
                return false;
            }
            news.await;
        }
    }

    /// Whether nothing is under way, and nothing was lost.
    pub(super) fn is_settled(&self, version: u64) -> bool {
        self.durable.load(Ordering::Acquire) == version && !self.lost.load(Ordering::Acquire)
    }

    /// The first `version` events are durable.
    pub(super) fn note(&self, version: u64) {
        self.durable.fetch_max(version, Ordering::AcqRel);
        self.news.notify_waiters();
    }

    fn lose(&self) {
        self.lost.store(true, Ordering::Release);
        self.news.notify_waiters();
    }
}

/// A state in memory of which something is still to be known: whether its last events are durable,
/// or whether there are later ones. Dropped before that, for whatever reason, it takes the state
/// out of memory.
pub(super) struct Awaited<'a, D: Aggregate> {
    caches: &'a Caches,
    id: D::Id,
    standing: Arc<Standing>,
    known: bool,
}

impl<'a, D: Aggregate> Awaited<'a, D> {
    pub(super) fn new(caches: &'a Caches, id: D::Id, standing: Arc<Standing>) -> Self {
        Self { caches, id, standing, known: false }
    }

    /// The first `version` events of its stream are durable.
    pub(super) fn durable(self, version: u64) {
        self.standing.note(version);
        self.known();
    }

    /// The state is right.
    pub(super) fn known(mut self) {
        self.known = true;
    }
}

impl<D: Aggregate> Drop for Awaited<'_, D> {
    fn drop(&mut self) {
        if !self.known {
            let rests = |it: &Known<D>| Arc::ptr_eq(&it.standing, &self.standing);
            D::cache(self.caches).remove_if(self.id.into().id, rests);
            self.standing.lose();
        }
    }
}
