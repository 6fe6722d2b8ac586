//! Gives appends their place: checks them against the streams they are for, and packs them.

use std::sync::Arc;

use crate::event_log::{Append, AppendError, Appended, LogError};

use super::block::{Encoder, Packed};
use super::heads::{Head, Map};
use super::queue::{Outcome, Request};
use super::rows::Link;
use super::writer::Shared;

/// Requests that are checked, and their appends in blocks; not written yet.
pub(super) struct Group {
    pub(super) requests: Vec<Request>,
    outcomes: Vec<Outcome>,
    /// What it follows.
    pub(super) before: Link,
    /// What follows it.
    pub(super) after: Link,
    /// Each with what follows it; none when no append was accepted.
    pub(super) blocks: Vec<(Packed, Link)>,
    /// Where the streams end, after it.
    pub(super) heads: Arc<Map>,
}

impl Group {
    /// What its blocks weigh before packing.
    pub(super) fn bytes(&self) -> usize {
        self.blocks.iter().map(|(it, _)| it.raw.len()).sum()
    }

    /// Tells the callers what became of their appends.
    pub(super) fn answer(self) {
        let mut outcomes = self.outcomes.into_iter();
        for request in self.requests {
            request.answer(outcomes.by_ref());
        }
    }

    /// Tells the callers that nothing was done, or that it is not known.
    pub(super) fn fail(self, error: &LogError) {
        fail(self.requests, error);
    }
}

fn fail(requests: Vec<Request>, error: &LogError) {
    for request in requests {
        request.fail(error);
    }
}

/// Makes groups, each following the one before.
pub(super) struct Sequencer {
    shared: Arc<Shared>,
    encoder: Encoder,
    link: Link,
    /// Where the streams of the last group end: it may not be durable yet, nor in the shared heads.
    last: Arc<Map>,
}

impl Sequencer {
    /// Goes on at `link`.
    pub(super) fn new(shared: Arc<Shared>, link: Link) -> Self {
        Self { shared, encoder: Encoder::new(), link, last: Arc::default() }
    }

    /// Forgets what was not written, and goes on at `link`.
    pub(super) fn go_back(&mut self, link: Link) {
        self.link = link;
        self.last = Arc::default();
    }

    /// A group of which appends fit the streams they are for, in their order. `None` when that
    /// cannot be known: then all are answered.
    pub(super) fn check(&mut self, requests: Vec<Request>) -> Option<Group> {
        let mut heads = Map::default();
        let appends = || requests.iter().flat_map(Request::appends);
        heads.reserve(appends().count());
        let streams = appends().map(|it| it.stream);
        if let Err(error) = self.shared.heads.look_up(streams, &self.last, &mut heads) {
            fail(requests, &error);
            return None;
        }
        let mut outcomes = Vec::with_capacity(appends().count());
        let (before, mut blocks) = (self.link, Vec::new());
        let mut next = self.link.next;
        for append in appends() {
            let head = heads.entry(append.stream).or_default();
            if let Some(error) = refusal(append, head.version) {
                outcomes.push(Err(error));
                continue;
            }
            if self.encoder.is_full_for(append) {
                self.pack(&mut blocks);
            }
            let distance = if head.version == 0 { 0 } else { next - head.position };
            self.encoder.push(append, distance);
            let count = append.events.len() as u64;
            next += count;
            *head = Head { version: head.version + count, position: next - 1 };
            outcomes.push(Ok(Appended { version: head.version, position: head.position }));
        }
        self.pack(&mut blocks);
        self.last = Arc::new(heads);
        let heads = self.last.clone();
        Some(Group { requests, outcomes, before, after: self.link, blocks, heads })
    }

    fn pack(&mut self, blocks: &mut Vec<(Packed, Link)>) {
        if let Some(packed) = self.encoder.pack(|| self.shared.reader.spare()) {
            self.link = self.link.then(packed.count, &packed.data);
            blocks.push((packed, self.link));
        }
    }
}

fn refusal(append: &Append, actual: u64) -> Option<AppendError> {
    let &Append { stream, expected, .. } = append;
    let conflict = AppendError::Conflict { stream, expected, actual };
    append.malformed().or((expected != actual).then_some(conflict))
}
