//! The one writer: reads the log, folds runs of it, writes each run in one transaction.
//!
//! ```text
//!   log ──read_all──▶ decode ──▶ fold ──▶ Run ──(hand-over)──▶ write rows + checkpoint, commit
//!        └────────── one thread ───────────┘                    └──────── another ────────┘
//! ```
//!
//! While one run is written the next is folded, so that a run is as long as the writer is behind:
//! one event when all is quiet, tens of thousands when there is much to catch up on. Between two
//! runs it rests in proportion to what the last one took, so that under load it leaves the machine
//! to those who serve; less so when somebody is waiting for a page.
//!
//! An event that cannot be read stops it, and says where: none is ever left out in silence.

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use ledger_core::codec::{DecodeError, Follower};
use ledger_core::event_log::{EventLog, Log, LogError, Position, Recorded};
use ledger_core::ids::OfferId;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use rustc_hash::FxHashSet;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

use crate::checkpoint::Checkpoint;
use crate::fold::{Known, Run, Touched};
use crate::schema::{self, OpenError};
use crate::search::indexer::{self, Indexer};

/// How many events are read from the log at once.
const PAGE: usize = 1_024;

/// The most events in one transaction.
const RUN_MAX: usize = 65_536;

/// The most listings in one transaction: tens of megabytes.
const LISTINGS_MAX: usize = 8_192;

/// How long to wait before a log that is not available is asked again.
const RETRY: Duration = Duration::from_millis(250);

/// How long to wait before a full disk is tried again.
const RETRY_FULL: Duration = Duration::from_secs(1);

/// How many times what the last run took is rested before the next, and at most how long: while
/// nobody waits for a page. The more events a run has, the less each costs.
const REST: (u32, Duration) = (8, Duration::from_millis(200));

/// The same, while somebody does.
const HURRIED_REST: (u32, Duration) = (2, Duration::from_millis(50));

/// Why the projector stopped.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ProjectorError {
    /// An event cannot be read: the log is newer than this program, or damaged.
    #[error("the event at position {position} cannot be read: {why}")]
    Event {
        /// Where it stands.
        position: Position,
        /// What is wrong with it.
        why: DecodeError,
    },
    /// The log does not go on where it should.
    #[error("position {expected} of the log is missing: {found} comes instead")]
    Gap {
        /// The position that should come next.
        expected: Position,
        /// The one that came.
        found: Position,
    },
    /// The log failed for good.
    #[error(transparent)]
    Log(#[from] LogError),
    /// There is no room on the disk; written again in a moment, and for as long as it takes.
    #[error("the disk of the read models is full: {0}")]
    Full(String),
    /// The file failed: it is not ours any more.
    #[error("the read models cannot be written: {0}")]
    Store(String),
    /// The file is damaged; a rebuild cures it.
    #[error("the read models are damaged: {0}")]
    Damaged(String),
    /// Another process writes the same file.
    #[error("another process writes these read models: give each its own file")]
    OtherWriter,
}

impl From<rusqlite::Error> for ProjectorError {
    fn from(error: rusqlite::Error) -> Self {
        if schema::is_damage(&error) {
            Self::Damaged(error.to_string())
        } else if error.sqlite_error_code() == Some(ErrorCode::DiskFull) {
            Self::Full(error.to_string())
        } else {
            Self::Store(error.to_string())
        }
    }
}

/// How far the read models are.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// What can be read covers the log up to here.
    pub position: Position,
    /// Why they go no further; `None` while they follow the log.
    pub stopped: Option<Arc<ProjectorError>>,
}

/// What the projector and those who read share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) state: watch::Sender<State>,
    /// How many wait for a position.
    pub(crate) waiting: AtomicUsize,
    /// Told when somebody begins to wait.
    pub(crate) hurry: Notify,
    /// Becomes true once, when the projector is to stop.
    pub(crate) stop: watch::Sender<bool>,
    /// What the last transaction took, in microseconds.
    took: AtomicU64,
}

impl Shared {
    pub(crate) fn new(position: Position) -> Self {
        Self {
            state: watch::Sender::new(State { position, stopped: None }),
            waiting: AtomicUsize::new(0),
            hurry: Notify::new(),
            stop: watch::Sender::new(false),
            took: AtomicU64::new(0),
        }
    }
}

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// Up to this position.
    Position(Position),
    /// For ever, until told to stop.
    Stopped,
}

/// One file being written.
pub(crate) struct Projector {
    connection: Connection,
    checkpoint: Checkpoint,
    known: Known,
    pub(crate) search: Indexer,
}

impl Projector {
    /// Begins an empty file at `path`.
    pub(crate) fn create(path: &Path) -> Result<Self, ProjectorError> {
        let connection = schema::create(path)?;
        let search = Indexer::create(indexer::beside(path));
        let search = search.map_err(|error| ProjectorError::Store(error.to_string()))?;
        let (checkpoint, known) = (Checkpoint::default(), Known::default());
        Ok(Self { connection, checkpoint, known, search })
    }

    /// Goes on with the file at `path`, if it is of this version and of this log.
    pub(crate) async fn open(log: &Log, path: &Path) -> Result<Self, OpenError> {
        let failed = |error: rusqlite::Error| OpenError::sqlite(path, &error);
        let connection = schema::open(path)?;
        let checkpoint = Checkpoint::read(&connection).map_err(failed)?;
        let known = Known::read(&connection).map_err(failed)?;
        if !is_of(log, &checkpoint).await? {
            return Err(OpenError::OtherLog);
        }
        let beside = indexer::beside(path);
        let trusted = match indexer::covered(&beside) {
            Some(covered) => is_of(log, &covered).await?,
            None => false,
        };
        let search = Indexer::open(beside, trusted, &connection, &checkpoint);
        Ok(Self { connection, checkpoint, known, search })
    }

    /// Where it is.
    pub(crate) fn position(&self) -> Position {
        self.checkpoint.position
    }

    /// Follows the log; blocks until it is where it should be, or cannot go on.
    pub(crate) fn run(
        mut self,
        log: &Log,
        runtime: &Handle,
        shared: &Shared,
        until: Until,
    ) -> Result<Connection, ProjectorError> {
        let (sender, runs) = sync_channel(0);
        let writing = Writer {
            connection: self.connection,
            position: self.checkpoint.position,
            search: self.search,
        };
        std::thread::scope(|scope| {
            let written = std::thread::Builder::new()
                .name("read-models".to_owned())
                .spawn_scoped(scope, move || writing.run(runs, shared))
                .map_err(|error| ProjectorError::Store(error.to_string()))?;
            let folder = Folder {
                log,
                shared,
                known: &mut self.known,
                follower: Follower::default(),
                position: self.checkpoint.position,
                sender,
            };
            let outcome = runtime.block_on(folder.run(until));
            let done = written
                .join()
                .unwrap_or_else(|_| Err(ProjectorError::Store("its writer panicked".into())))?;
            outcome.map(|()| done.connection)
        })
    }
}

/// The thread that reads and folds.
struct Folder<'a> {
    log: &'a Log,
    shared: &'a Shared,
    known: &'a mut Known,
    follower: Follower,
    position: Position,
    sender: SyncSender<Run>,
}

impl Folder<'_> {
    /// `Ok` when it has got there, was told to stop, or when the writer has gone, which says why.
    async fn run(mut self, until: Until) -> Result<(), ProjectorError> {
        let mut stop = self.shared.stop.subscribe();
        let (mut run, mut handed_over) = (Run::default(), Instant::now());
        loop {
            let limit = match until {
                Until::Position(end) if self.position >= end => 0,
                Until::Position(end) => {
                    usize::try_from(end - self.position).unwrap_or(PAGE).min(PAGE)
                }
                Until::Stopped => PAGE,
            };
            let page = tokio::select! {
                biased;
                _ = stop.wait_for(|it| *it) => return Ok(()),
                page = read(self.log, self.position, limit) => page,
            };
            let page = page?;
            let more = page.len() == PAGE;
            let failed = self.fold(&mut run, &page).err();
            let full = run.events >= RUN_MAX || run.listings >= LISTINGS_MAX;
            if full || run.events > 0 && (!more || failed.is_some()) {
                run.sort();
                if self.sender.send(std::mem::take(&mut run)).is_err() {
                    return Ok(());
                }
                handed_over = Instant::now();
            }
            match (failed, until) {
                (Some(error), _) => return Err(error),
                (None, Until::Position(end)) if self.position >= end => return Ok(()),
                (None, _) if more => (),
                (None, Until::Position(_)) if page.is_empty() => return Ok(()),
                (None, Until::Position(_)) => (),
                (None, Until::Stopped) => tokio::select! {
                    biased;
                    _ = stop.wait_for(|it| *it) => return Ok(()),
                    waited = self.rest(handed_over) => waited?,
                },
            }
        }
    }

    /// Folds `page` into `run`, up to the first event that cannot be read.
    fn fold(&mut self, run: &mut Run, page: &[Recorded]) -> Result<(), ProjectorError> {
        for recorded in page {
            let (position, expected) = (recorded.position, self.position + 1);
            if position != expected {
                return Err(ProjectorError::Gap { expected, found: position });
            }
            let event = self.follower.read(recorded);
            let event = event.map_err(|why| ProjectorError::Event { position, why })?;
            run.take(self.known, recorded, event);
            self.position = position;
        }
        Ok(())
    }

    /// Waits for news, then until it has rested enough.
    async fn rest(&self, handed_over: Instant) -> Result<(), ProjectorError> {
        while let Err(error) = self.log.wait_past(self.position).await {
            retry(error).await?;
        }
        loop {
            let took = Duration::from_micros(self.shared.took.load(Ordering::Relaxed));
            let hurried = self.shared.waiting.load(Ordering::Relaxed) > 0;
            let (times, longest) = if hurried { HURRIED_REST } else { REST };
            let rested = handed_over + (took * times).min(longest);
            let left = rested.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            tokio::select! {
                () = tokio::time::sleep(left) => return Ok(()),
                () = self.shared.hurry.notified(), if !hurried => (),
            }
        }
    }
}

/// Whether the event that `checkpoint` stands on is in `log`.
async fn is_of(log: &Log, checkpoint: &Checkpoint) -> Result<bool, OpenError> {
    let Some(before) = checkpoint.position.checked_sub(1) else { return Ok(true) };
    let last = read(log, before, 1).await.map_err(|error| OpenError::Log(error.to_string()))?;
    Ok(last.first().is_some_and(|it| checkpoint.stands_on(it)))
}

/// Reads the log; asks again while it is only not available.
async fn read(log: &Log, after: Position, limit: usize) -> Result<Vec<Recorded>, LogError> {
    loop {
        match log.read_all(after, limit).await {
            Ok(page) => return Ok(page),
            Err(error) => retry(error).await?,
        }
    }
}

async fn retry(error: LogError) -> Result<(), LogError> {
    match error {
        LogError::Unavailable(_) | LogError::Uncertain(_) => {
            tracing::warn!("Reading the log again in a moment: {error}");
            tokio::time::sleep(RETRY).await;
            Ok(())
        }
        LogError::Damaged { .. } => Err(error),
    }
}

/// The thread that writes.
struct Writer {
    connection: Connection,
    position: Position,
    search: Indexer,
}

impl Writer {
    fn run(mut self, runs: Receiver<Run>, shared: &Shared) -> Result<Self, ProjectorError> {
        for run in runs {
            let started = Instant::now();
            while let Err(error) = self.write(&run) {
                // A run that was not written whole was not written at all.
                if !matches!(error, ProjectorError::Full(_)) || *shared.stop.borrow() {
                    return Err(error);
                }
                tracing::error!("Writing again in a moment: {error}");
                std::thread::sleep(RETRY_FULL);
            }
            self.index(&run)?;
            shared.took.store(
                u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
                Ordering::Relaxed,
            );
            shared.state.send_modify(|it| it.position = self.position);
        }
        self.search.finish(&Checkpoint::read(&self.connection)?);
        Ok(self)
    }

    /// Has the index take in what a run that was written says of offers.
    fn index(&mut self, run: &Run) -> Result<(), ProjectorError> {
        let Some(checkpoint) = &run.checkpoint else { return Ok(()) };
        let (mut offers, named) = run.touched();
        let mut known: FxHashSet<OfferId> = offers.iter().map(|it| it.id).collect();
        for partner in named {
            let theirs = indexer::offers_of(&self.connection, partner)?;
            let others = theirs.into_iter().filter(|it| known.insert(*it));
            offers.extend(others.map(|id| Touched { id, listing: None }));
        }
        self.search.follow(&self.connection, &offers, checkpoint);
        Ok(())
    }

    fn write(&mut self, run: &Run) -> Result<(), ProjectorError> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if Checkpoint::read(&transaction)?.position != self.position {
            return Err(ProjectorError::OtherWriter);
        }
        run.write(&transaction)?;
        transaction.commit()?;
        self.position = run.checkpoint.map_or(self.position, |it| it.position);
        Ok(())
    }
}
