//! The one writer: takes all that waits, checks it, and makes it durable with one sync.
//!
//! ```text
//!  queue ──▶ sequencer ──group──▶ committer ──▶ file, heads, end, answers
//!            (checks, packs)      (one transaction)
//! ```
//!
//! A small group is committed by the thread that checked it: one hand-off for a lone caller. When
//! more waits than fits a block, a second thread commits while the first checks what comes next.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::event_log::{Durations, LogError};

use super::checkpoint::Copier;
use super::commit::Committer;
use super::heads::Heads;
use super::open::{self, Lock, OpenError};
use super::queue::Queue;
use super::reader::Reader;
use super::rows;
use super::sequence::{Group, Sequencer};

/// A commit takes in requests up to so many appends or bytes: a larger one is no faster, and its
/// callers wait longer.
const APPENDS_MAX: usize = 4096;
const BYTES_MAX: usize = 4 << 20;

/// So many bytes are worth the second thread; what is less waits until the commit before is done,
/// and grows.
const LARGE: usize = 64 << 10;

/// So many bytes take so long to commit that more will wait before it is done, whoever sends them.
const SLOW: usize = 512 << 10;

/// What the writer shares with the callers.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) queue: Queue,
    pub(super) heads: Heads,
    pub(super) reader: Reader,
    /// How long commits took.
    pub(super) commits: Durations,
}

/// The one writer.
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) committer: Committer,
    sequencer: Sequencer,
}

/// Tells those who wait when the writer is gone, were it in a panic.
pub(super) struct Gone(pub(super) Arc<Shared>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.queue.fail(&LogError::Unavailable("its writer has stopped; restart".into()));
    }
}

/// A committer that comes back, and whether it may be used again.
type Back = (Committer, Result<(), LogError>);

impl Writer {
    /// Opens the log at `path`; gives its lock, its writer, and who moves the write-ahead log.
    pub(super) fn open(path: &Path) -> Result<(Lock, Self, Copier), OpenError> {
        let (lock, connection) = open::writer(path)?;
        let damaged = OpenError::damaged(path);
        let link = rows::end(&connection).map_err(&damaged)?;
        if link.next > 1 {
            rows::block_at(&connection, link.next - 1).map_err(&damaged)?;
        }
        let heads = Heads::open(path, &connection).map_err(&damaged)?;
        let reader = Reader::new(path.to_owned());
        let (queue, commits) = (Queue::new(), Durations::default());
        let shared = Arc::new(Shared { queue, heads, reader, commits });
        let copying = open::write(path).map_err(OpenError::sqlite(path))?;
        let (committer, copier) = Committer::new(shared.clone(), connection, copying, link)
            .map_err(OpenError::sqlite(path))?;
        let sequencer = Sequencer::new(shared.clone(), link);
        Ok((lock, Self { shared, committer, sequencer }, copier))
    }

    /// Writes until the queue is closed and empty, or it is not certain what the file holds.
    pub(super) fn run(self) {
        let Self { shared, committer, sequencer } = self;
        let _gone = Gone(shared.clone());
        let (give, given) = channel();
        let (returning, returned) = channel();
        let first =
            First { shared: &shared, sequencer, committer: Some(committer), give, returned };
        let stopped = thread::scope(|scope| {
            let second = thread::Builder::new().name("log-committer".into());
            match second.spawn_scoped(scope, move || commit_given(&given, &returning)) {
                Ok(_) => first.run(),
                Err(error) => Err(LogError::Unavailable(error.to_string())),
            }
        });
        if let Err(error) = stopped {
            tracing::error!(%error, "The log takes no more appends: restart to go on");
            let why = format!("it stopped after a failed write ({error}); restart");
            shared.queue.fail(&LogError::Unavailable(why));
        }
    }
}

/// The second thread: commits what it is given.
fn commit_given(given: &Receiver<(Committer, Group)>, returning: &Sender<Back>) {
    while let Ok((mut committer, group)) = given.recv() {
        let done = committer.write(group);
        if returning.send((committer, done)).is_err() {
            return;
        }
    }
}

/// The first thread: takes, checks, and commits or has it committed.
struct First<'a> {
    shared: &'a Shared,
    sequencer: Sequencer,
    /// `None` while the second thread has it.
    committer: Option<Committer>,
    give: Sender<(Committer, Group)>,
    returned: Receiver<Back>,
}

impl First<'_> {
    /// An error when it is not certain what the file holds.
    fn run(mut self) -> Result<(), LogError> {
        let queue = &self.shared.queue;
        loop {
            if queue.wait() < LARGE {
                self.committer = Some(self.committer()?);
            }
            let requests = queue.take(APPENDS_MAX, BYTES_MAX);
            if requests.is_empty() {
                self.committer()?.close();
                return Ok(());
            }
            let Some(mut group) = self.sequencer.check(requests) else { continue };
            let mut committer = self.committer()?;
            if group.before != committer.link {
                // A group before this one could not be written: what this one was checked against
                // has not been.
                self.sequencer.go_back(committer.link);
                let Some(again) = self.sequencer.check(group.requests) else { continue };
                group = again;
            }
            if group.bytes() >= LARGE && (queue.is_waiting() || group.bytes() >= SLOW) {
                self.give.send((committer, group)).map_err(|_| lost())?;
            } else {
                committer.write(group)?;
                self.committer = Some(committer);
            }
        }
    }

    /// The committer, once the second thread has given it back.
    fn committer(&mut self) -> Result<Committer, LogError> {
        if let Some(committer) = self.committer.take() {
            return Ok(committer);
        }
        let (committer, done) = self.returned.recv().map_err(|_| lost())?;
        done.map(|()| committer)
    }
}

/// The second thread panicked.
fn lost() -> LogError {
    LogError::Uncertain("a commit did not end".into())
}
