//! The log in KurrentDB (EventStoreDB's successor), one server or a cluster of them.
//!
//! ```text
//!  callers ──▶ outbox ──BatchAppend──▶ leader
//!     ▲          │  ▲                    │
//!     └──told────┘  └──seen── follower ◀─┴─ $all, filtered, as it grows
//!                                 │
//!                                 ├──▶ positions: the n-th event stands at byte so-and-so
//!                                 └──▶ the last events, in memory
//! ```
//!
//! * **Positions are 1, 2, 3 …** here too: every node counts the events whose streams' names begin
//!   with our prefix, in the one order of `$all` (ADR 27).
//! * **An uncertain answer is made certain**: an append is sent again with the same ids, which the
//!   server knows, until it is seen in the log, refused, or its time is up.
//! * **Nothing waits for ever, nothing stops in silence**: each call has a deadline, a watchdog
//!   begins again what is stuck, and the leader is looked for whenever it is lost.

mod cluster;
#[cfg(feature = "kurrentdb-double")]
pub mod double;
mod event;
mod follower;
mod outbox;
mod positions;
mod reader;
mod settings;
mod wire;
mod writer;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tonic::Status;
use uuid::Uuid;

use super::{Append, AppendError, Appended, Durations, EventLog, LogError, Position, Recorded};
use crate::stream::StreamId;

use cluster::{Cluster, Node, pause};
use follower::{Followed, How};
use outbox::{Outbox, Outcome};
use wire::{FEATURES, Seconds};

pub use settings::{Settings, SettingsError};

/// The log in KurrentDB; a clone is the same log.
///
/// When the last clone is dropped, what was accepted is still sent for as long as a call may take.
#[derive(Clone)]
pub struct KurrentDb {
    open: Arc<Open>,
}

struct Open {
    cluster: Arc<Cluster>,
    outbox: Arc<Outbox>,
    followed: Arc<Followed>,
    /// What the ids of this writer's appends are made from.
    writer: u128,
    appends: AtomicU64,
    tasks: Vec<JoinHandle<()>>,
}

/// Why a log cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// A certificate or key cannot be read.
    #[error("{}: {why}", file.display())]
    File {
        /// Which one.
        file: PathBuf,
        /// Why not.
        why: String,
    },
    /// The user's name, its password or the connection's name cannot be sent.
    #[error("the user, its password or the connection's name holds what no header may")]
    Header,
    /// The system has no randomness to give.
    #[error("the system gives no random number: {0}")]
    Random(String),
}

impl fmt::Debug for KurrentDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KurrentDb").field(&self.open.cluster.settings).finish()
    }
}

impl KurrentDb {
    /// Opens the log on the servers of `settings`, within a runtime. Waits for none of them: calls
    /// do, until their deadline.
    pub fn open(settings: Settings) -> Result<Self, OpenError> {
        let mut writer = [0; 16];
        getrandom::fill(&mut writer).map_err(|error| OpenError::Random(error.to_string()))?;
        let cluster = Arc::new(Cluster::new(settings)?);
        let (outbox, followed) = (Arc::new(Outbox::new()), Arc::new(Followed::new()));
        let (send_again, follow_again) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let deadline = cluster.settings.deadline;
        let tasks = vec![
            tokio::spawn(writer::run(cluster.clone(), outbox.clone(), send_again.clone())),
            tokio::spawn(follower::run(
                cluster.clone(),
                followed.clone(),
                outbox.clone(),
                follow_again.clone(),
            )),
            tokio::spawn(watch_over(outbox.clone(), deadline, send_again, follow_again)),
        ];
        let (writer, appends) = (u128::from_le_bytes(writer), AtomicU64::new(0));
        Ok(Self { open: Arc::new(Open { cluster, outbox, followed, writer, appends, tasks }) })
    }

    /// How long its appends took since it was opened, from the call until they were seen in the log.
    pub fn commits(&self) -> &Durations {
        self.open.outbox.took()
    }

    /// Where it is, without the password.
    pub fn settings(&self) -> &Settings {
        &self.open.cluster.settings
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.open.cluster.settings.deadline
    }

    fn push(&self, appends: Vec<Append>) -> Vec<oneshot::Receiver<Outcome>> {
        let settings = &self.open.cluster.settings;
        let time = settings.deadline;
        let seconds = Seconds {
            seconds: time.as_secs().cast_signed(),
            nanos: time.subsec_nanos().cast_signed(),
        };
        let numbered = appends.into_iter().map(|append| {
            let count = self.open.appends.fetch_add(1, Ordering::Relaxed);
            let of = Uuid::from_u128(self.open.writer.wrapping_add(u128::from(count)));
            let (stream, expected) = (append.stream, append.expected);
            (stream, expected, event::frames(append, of, &settings.prefix, seconds))
        });
        // Made before the outbox is locked: that is where the time goes.
        let ready: Vec<_> = numbered.collect();
        self.open.outbox.push(ready, Instant::now(), time)
    }

    /// Waits until all that was in the log at the start has been seen.
    async fn ready(&self) -> Result<(), LogError> {
        let mut how = self.open.followed.how();
        let behind = |how: &How| !matches!(how, How::Behind(_));
        let waited = timeout_at(self.deadline(), how.wait_for(behind)).await.is_ok();
        let how = how.borrow().clone();
        match how {
            How::CaughtUp => Ok(()),
            How::Stopped(error) => Err(error),
            How::Behind(_) if waited => Err(closed()),
            How::Behind(Some(why)) => Err(LogError::Unavailable(why)),
            How::Behind(None) => {
                Err(LogError::Unavailable("it has not been read up to its end yet".into()))
            }
        }
    }

    /// Asks the leader, and again whenever that fails, until the deadline.
    async fn ask<T, F: Future<Output = Result<T, Status>>>(
        &self,
        question: impl Fn(Node) -> F,
    ) -> Result<T, LogError> {
        let (cluster, deadline) = (&self.open.cluster, self.deadline());
        for tries in 0.. {
            let why = match cluster.leader().await {
                Ok(node) => match question(node.clone()).await {
                    Ok(answer) => return Ok(answer),
                    Err(status) => cluster.failed(&node, &status).map_err(LogError::Unavailable)?,
                },
                Err(why) => why,
            };
            if Instant::now() >= deadline {
                return Err(LogError::Unavailable(why));
            }
            tokio::time::sleep(pause(cluster.settings.retry, tries)).await;
        }
        Err(closed())
    }

    /// The position of the event that stands at `commit`, once it has been seen.
    async fn position(&self, commit: u64) -> Result<Position, LogError> {
        let mut end = self.open.followed.end();
        loop {
            end.mark_unchanged();
            if let Some(position) = self.open.followed.position(commit) {
                return Ok(position);
            }
            let news = timeout_at(self.deadline(), end.changed()).await;
            if !matches!(news, Ok(Ok(()))) {
                let why = "an event of its stream has not been seen among all";
                return Err(LogError::Unavailable(why.into()));
            }
        }
    }
}

/// Tells those whose time is up, and begins again what is stuck.
async fn watch_over(
    outbox: Arc<Outbox>,
    deadline: Duration,
    send_again: Arc<Notify>,
    follow_again: Arc<Notify>,
) {
    let (tick, patience) = ((deadline / 20).min(Duration::from_millis(50)), deadline / 3);
    let mut ticks = tokio::time::interval(tick.max(Duration::from_millis(1)));
    loop {
        ticks.tick().await;
        let stalled = outbox.watch(Instant::now(), patience);
        if stalled.server {
            send_again.notify_one();
        }
        if stalled.follower {
            follow_again.notify_one();
        }
    }
}

fn closed() -> LogError {
    LogError::Unavailable("the log is closed".into())
}

fn unanswered() -> AppendError {
    LogError::Uncertain("its writer stopped before it answered; restart".into()).into()
}

impl Drop for Open {
    fn drop(&mut self) {
        let tasks = std::mem::take(&mut self.tasks);
        let stop = move || tasks.iter().for_each(JoinHandle::abort);
        let (outbox, deadline) = (self.outbox.clone(), self.cluster.settings.deadline);
        outbox.close();
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async move {
                let _late = tokio::time::timeout(deadline, outbox.all_answered()).await;
                stop();
            })),
            Err(_) => stop(),
        }
    }
}

impl EventLog for KurrentDb {
    fn append(&self, append: Append) -> impl Future<Output = Result<Appended, AppendError>> + Send {
        let outcome = match append.malformed() {
            Some(error) => Err(error),
            None => Ok(self.push(vec![append]).pop()),
        };
        async {
            match outcome? {
                Some(outcome) => outcome.await.unwrap_or_else(|_| Err(unanswered())),
                None => Err(unanswered()),
            }
        }
    }

    fn append_many(
        &self,
        appends: Vec<Append>,
    ) -> impl Future<Output = Vec<Result<Appended, AppendError>>> + Send {
        let none = appends.is_empty().then(|| self.open.outbox.all_answered());
        let malformed: Vec<_> = appends.iter().map(Append::malformed).collect();
        let right = appends.into_iter().zip(&malformed).filter(|it| it.1.is_none());
        let mut sent = self.push(right.map(|it| it.0).collect()).into_iter();
        async move {
            if let Some(none) = none {
                none.await;
            }
            let mut outcomes = Vec::with_capacity(malformed.len());
            for error in malformed {
                outcomes.push(match error {
                    Some(error) => Err(error),
                    None => match sent.next() {
                        Some(outcome) => outcome.await.unwrap_or_else(|_| Err(unanswered())),
                        None => Err(unanswered()),
                    },
                });
            }
            outcomes
        }
    }

    async fn read_stream(&self, stream: StreamId, after: u64) -> Result<Vec<Recorded>, LogError> {
        if i64::try_from(after).is_err() {
            return Ok(Vec::new());
        }
        let (cluster, prefix) = (&self.open.cluster, &self.open.cluster.settings.prefix);
        let read = |node| async move {
            reader::stream(cluster, &node, event::stream_name(prefix, stream), after).await
        };
        let mut events = Vec::new();
        for stored in self.ask(read).await? {
            let position = self.position(stored.commit).await?;
            let event = event::recorded(stored, prefix, position);
            events.push(event.map_err(|why| LogError::Damaged { position, why })?);
        }
        Ok(events)
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, LogError> {
        let end = self.end().await?;
        let count = end.saturating_sub(after).min(limit as u64);
        if count == 0 {
            return Ok(Vec::new());
        }
        if let Some(recent) = self.open.followed.recent(after, limit) {
            return recent;
        }
        let cluster = &self.open.cluster;
        let from = self.open.followed.commit(after + 1);
        let read = |node| async move {
            let answers = reader::all(cluster, &node, from, Some(count)).await?;
            reader::events(cluster, answers, usize::try_from(count).unwrap_or(usize::MAX)).await
        };
        let stored = self.ask(read).await?;
        let events = stored.into_iter().zip(after + 1..).map(|(stored, position)| {
            let right = self.open.followed.commit(position) == Some(stored.commit);
            let event = if right {
                event::recorded(stored, &cluster.settings.prefix, position)
            } else {
                Err(format!("another event is at {} than was counted", stored.commit))
            };
            event.map_err(|why| LogError::Damaged { position, why })
        });
        events.collect()
    }

    async fn end(&self) -> Result<Position, LogError> {
        self.ready().await?;
        Ok(*self.open.followed.end().borrow())
    }

    async fn wait_past(&self, after: Position) -> Result<Position, LogError> {
        self.ready().await?;
        let (mut end, mut how) = (self.open.followed.end(), self.open.followed.how());
        let stopped = |how: &How| matches!(how, How::Stopped(_));
        let stop = async {
            let stopped: Result<watch::Ref<'_, How>, _> = how.wait_for(stopped).await;
            match stopped.as_deref() {
                Ok(How::Stopped(error)) => error.clone(),
                Ok(How::Behind(_) | How::CaughtUp) | Err(_) => closed(),
            }
        };
        tokio::select! {
            past = end.wait_for(|&it| it > after) => past.map(|it| *it).map_err(|_| closed()),
            error = stop => Err(error),
        }
    }
}
