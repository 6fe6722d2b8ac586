//! Follows our events as they come, counts them, and keeps the last ones.
//!
//! A subscription that the server ends, or that keeps silent while there is news, is begun again
//! where it was. What was counted is kept on the server, one event a block, in a stream beside ours,
//! so that a node that starts counts only the last ones; any node may write it, since all count the
//! same.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tonic::Status;
use uuid::Uuid;

use super::cluster::{Cluster, Node, pause};
use super::event;
use super::outbox::Outbox;
use super::positions::{BLOCK, Positions};
use super::reader;
use super::wire::{
    BatchAppend, BatchOptions, BatchOutcome, Deadline, Empty, Entry, Expected, Proposed, Seconds,
    Stored, StreamName, Told,
};
use crate::event_log::{LogError, Position, Recorded};

/// How many of the last events, and bytes of them, are kept in memory.
const RECENT_MAX: (usize, usize) = (16_384, 32 << 20);

/// How often a subscription that says nothing is checked against a read.
const CHECK: Duration = Duration::from_secs(10);

/// What is known of our events.
pub(super) struct Followed {
    state: Mutex<State>,
    end: watch::Sender<Position>,
    how: watch::Sender<How>,
}

#[derive(Default)]
struct State {
    positions: Positions,
    recent: VecDeque<Result<Recorded, LogError>>,
    recent_bytes: usize,
}

/// How far the following is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// It has not seen all that there was when it began; why not, if anything is wrong.
    Behind(Option<String>),
    /// It has, and goes on.
    CaughtUp,
    /// It cannot go on.
    Stopped(LogError),
}

/// Why following ends.
enum End {
    /// The call failed: begin again.
    Failed(Status),
    /// What the server says cannot be: stop.
    Damaged(LogError),
}

impl From<Status> for End {
    fn from(status: Status) -> Self {
        Self::Failed(status)
    }
}

impl Followed {
    /// Nothing is known yet.
    pub(super) fn new() -> Self {
        let (end, how) = (watch::Sender::new(0), watch::Sender::new(How::Behind(None)));
        Self { state: Mutex::default(), end, how }
    }

    /// The position of the last event seen, as it grows.
    pub(super) fn end(&self) -> watch::Receiver<Position> {
        self.end.subscribe()
    }

    /// How far the following is, as it changes.
    pub(super) fn how(&self) -> watch::Receiver<How> {
        self.how.subscribe()
    }

    /// The events after `after`, at most `limit`; none when they are not in memory any more.
    pub(super) fn recent(
        &self,
        after: Position,
        limit: usize,
    ) -> Option<Result<Vec<Recorded>, LogError>> {
        let state = self.state.lock();
        let before = state.positions.end() - state.recent.len() as u64;
        let skip = usize::try_from(after.checked_sub(before)?).unwrap_or(usize::MAX);
        Some(state.recent.iter().skip(skip).take(limit).cloned().collect())
    }

    /// Where the event at `position` stands in `$all`.
    pub(super) fn commit(&self, position: Position) -> Option<u64> {
        self.state.lock().positions.commit(position)
    }

    /// The position of the event that stands at `commit` in `$all`.
    pub(super) fn position(&self, commit: u64) -> Option<Position> {
        self.state.lock().positions.position(commit)
    }

    fn last_commit(&self) -> Option<u64> {
        self.state.lock().positions.last_commit()
    }

    /// The next event; its position, unless it was seen before.
    fn push(&self, stored: Stored, prefix: &str) -> Option<Position> {
        let commit = stored.commit;
        let mut state = self.state.lock();
        if state.positions.last_commit().is_some_and(|it| it >= commit) {
            return None;
        }
        state.positions.push(commit);
        let position = state.positions.end();
        let event = event::recorded(stored, prefix, position);
        state.recent_bytes += event.as_ref().map_or(0, |it| it.body.len());
        state.recent.push_back(event.map_err(|why| LogError::Damaged { position, why }));
        while state.recent.len() > RECENT_MAX.0 || state.recent_bytes > RECENT_MAX.1 {
            let first = state.recent.pop_front();
            let first = first.and_then(Result::ok).map_or(0, |it| it.body.len());
            state.recent_bytes -= first.min(state.recent_bytes);
        }
        drop(state);
        self.end.send_replace(position);
        Some(position)
    }

    /// Stops for good: whoever waits is told so.
    pub(super) fn stop(&self, error: LogError) {
        self.how.send_replace(How::Stopped(error));
    }
}

/// Follows until it is aborted; `restart` has it begin a new subscription.
pub(super) async fn run(
    cluster: Arc<Cluster>,
    followed: Arc<Followed>,
    outbox: Arc<Outbox>,
    restart: Arc<Notify>,
) {
    let mut it = Follower { cluster, followed, outbox, restart, kept: 0, counted: false };
    let mut tries = 0;
    loop {
        let before = *it.followed.end.borrow();
        let why = match it.cluster.leader().await {
            Ok(node) => match it.follow(&node).await {
                Ok(()) => "its server ended the subscription".into(),
                Err(End::Failed(status)) => match it.cluster.failed(&node, &status) {
                    Ok(why) | Err(why) => why,
                },
                Err(End::Damaged(error)) => {
                    tracing::error!("Following the log stops: {error}");
                    it.followed.stop(error);
                    return;
                }
            },
            Err(why) => why,
        };
        tracing::warn!("Following the log again in a moment: {why}");
        it.followed.how.send_if_modified(|how| match how {
            How::Behind(of) => {
                *of = Some(why);
                true
            }
            How::CaughtUp | How::Stopped(_) => false,
        });
        tries = if *it.followed.end.borrow() > before { 0 } else { tries + 1 };
        tokio::time::sleep(pause(it.cluster.settings.retry, tries)).await;
    }
}

struct Follower {
    cluster: Arc<Cluster>,
    followed: Arc<Followed>,
    outbox: Arc<Outbox>,
    restart: Arc<Notify>,
    /// How many blocks are on the server.
    kept: usize,
    /// Whether those that were there at the start have been read.
    counted: bool,
}

impl Follower {
    /// One subscription, until the server ends it.
    async fn follow(&mut self, node: &Node) -> Result<(), End> {
        if !self.counted {
            self.count(node).await?;
            self.counted = true;
        }
        let (cluster, from) = (self.cluster.clone(), self.followed.last_commit());
        let mut told = reader::all(&cluster, node, from, None).await?;
        let mut check = tokio::time::interval(CHECK);
        let mut quiet = false;
        check.tick().await;
        loop {
            let answer = tokio::select! {
                biased;
                answer = told.message() => answer?,
                () = self.restart.notified() => return Ok(()),
                _ = check.tick() => {
                    if std::mem::replace(&mut quiet, true) && self.is_behind(node).await? {
                        return Ok(());
                    }
                    continue;
                }
            };
            let Some(answer) = answer else { return Ok(()) };
            match answer.told {
                Some(Told::Event(it)) => {
                    quiet = false;
                    if let Some(stored) = it.event {
                        self.take(stored, node).await?;
                    }
                }
                Some(Told::CaughtUp(_)) => {
                    self.followed.how.send_replace(How::CaughtUp);
                }
                Some(
                    Told::Confirmed(_)
                    | Told::Checkpoint(_)
                    | Told::NoSuchStream(_)
                    | Told::First(_)
                    | Told::Last(_)
                    | Told::LastOfAll(_)
                    | Told::FellBehind(_),
                )
                | None => (),
            }
        }
    }

    async fn take(&mut self, stored: Stored, node: &Node) -> Result<(), End> {
        let (id, version) = (reader::id(&stored), stored.revision + 1);
        let Some(position) = self.followed.push(stored, &self.cluster.settings.prefix) else {
            return Ok(());
        };
        if let Some(id) = id {
            self.outbox.seen(id, version, position);
        }
        if position % BLOCK as u64 == 0 {
            self.keep(node).await?;
        }
        Ok(())
    }

    /// Whether there are events that the subscription did not bring.
    async fn is_behind(&self, node: &Node) -> Result<bool, Status> {
        let last = self.followed.last_commit();
        let read = reader::all(&self.cluster, node, last, Some(2)).await?;
        let read = reader::events(&self.cluster, read, 2).await?;
        let behind = read.iter().any(|it| last.is_none_or(|last| it.commit > last));
        Ok(behind && self.followed.last_commit() == last)
    }

    /// Takes what other nodes, or this one, counted before.
    async fn count(&mut self, node: &Node) -> Result<(), End> {
        let kept = reader::stream(&self.cluster, node, self.stream(), 0).await?;
        let mut positions = Positions::default();
        for (stored, position) in kept.into_iter().zip((1..).step_by(BLOCK)) {
            if !positions.restore(&stored.data) {
                let why = format!("{} does not count on at this position", self.stream_name());
                return Err(End::Damaged(LogError::Damaged { position, why }));
            }
            self.kept += 1;
        }
        if let Some(commit) = positions.last_commit() {
            let read = reader::all(&self.cluster, node, Some(commit), Some(1)).await;
            let there = match read {
                Ok(read) => reader::events(&self.cluster, read, 1).await,
                Err(status) => Err(status),
            };
            if there?.first().is_none_or(|it| it.commit != commit) {
                let (position, name) = (positions.end(), self.stream_name());
                let why = format!(
                    "{name} says that it stands at {commit}, where there is no event of ours: \
                     delete that stream, and all is counted again"
                );
                return Err(End::Damaged(LogError::Damaged { position, why }));
            }
        }
        let end = positions.end();
        self.followed.state.lock().positions = positions;
        self.followed.end.send_replace(end);
        Ok(())
    }

    /// Writes down the blocks that are whole and not on the server yet.
    async fn keep(&mut self, node: &Node) -> Result<(), Status> {
        loop {
            let kept = self.followed.state.lock().positions.kept(self.kept);
            let Some(data) = kept else { return Ok(()) };
            let block = self.kept as u64;
            let append = self.block(block, data);
            match reader::append_once(&self.cluster, node, append).await? {
                Some(BatchOutcome::Done(_)) => self.kept += 1,
                Some(BatchOutcome::Failed(failure)) => {
                    // A reader may not be let write; what is not kept is counted at the next start.
                    tracing::warn!("What was counted cannot be kept: {}", failure.message);
                    return Ok(());
                }
                None => return Ok(()),
            }
        }
    }

    /// The append that keeps block `block`: the same one on every node.
    fn block(&self, block: u64, data: Vec<u8>) -> BatchAppend {
        let name = self.stream_name();
        let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{name}/{block}").as_bytes());
        let entry = |key: &'static str, value: &'static str| Entry {
            key: key.as_bytes().into(),
            value: value.as_bytes().into(),
        };
        let deadline =
            Seconds { seconds: self.cluster.settings.deadline.as_secs().cast_signed(), nanos: 0 };
        BatchAppend {
            correlation: Some(id.into()),
            options: Some(BatchOptions {
                stream: Some(self.stream()),
                expected: Some(match block.checked_sub(1) {
                    None => Expected::NoStream(Empty {}),
                    Some(revision) => Expected::Revision(revision),
                }),
                deadline: Some(Deadline::Within(deadline)),
            }),
            events: vec![Proposed {
                id: Some(id.into()),
                system: vec![
                    entry("type", "positions-counted"),
                    entry("content-type", "application/json"),
                ],
                metadata: bytes::Bytes::new(),
                data: data.into(),
            }],
            is_final: true,
        }
    }

    fn stream_name(&self) -> String {
        format!("{}-positions", self.cluster.settings.prefix)
    }

    fn stream(&self) -> StreamName {
        StreamName { name: self.stream_name().into() }
    }
}
