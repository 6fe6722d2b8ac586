//! The log in one SQLite file, in this process; no server to install.
//!
//! ```text
//!  callers ──▶ queue ──▶ writer ──▶ file: one row a block of appends, each chained to the last
//!    ▲                     │  └───▶ heads: where each stream ends (memory, and a table beside)
//!    └── read ◀── reader ◀─┴──────▶ blocks kept in memory
//! ```
//!
//! * **Group commit**: while one commit is being synced, appends queue; the next takes them all.
//! * **A stream is a chain**: an append names the stream's previous event, so that a stream is read
//!   backwards from its head, and what is written to is only the end of the file.
//! * **Every block read is checked** against SHA-256 of itself and all before ([`Embedded::verify`]).
//!
//! Beside `<file>` stand `<file>-wal` and `<file>-shm` (SQLite's, part of the log while it is open),
//! `<file>.lock` (held while a process writes) and `<file>-streams` (disposable).

mod backup;
mod block;
mod bytes;
mod checkpoint;
mod commit;
mod heads;
mod open;
mod queue;
mod reader;
mod rows;
mod sequence;
#[cfg(test)]
mod tests;
mod verify;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{oneshot, watch};

use super::{Append, AppendError, Appended, Durations, EventLog, LogError, Position, Recorded};
use crate::stream::StreamId;

use heads::Heads;
use queue::{Queue, Request, closed};
use reader::{Page, Reader, Walk};
use writer::{Shared, Writer};

pub use open::OpenError;
pub use verify::Verified;

/// How often a log open for reading only looks for what another process wrote.
const POLL: Duration = Duration::from_millis(100);

/// [`EventLog::append_many`] is cut into pieces of so many appends or bytes, so that none of the
/// writer's commits is much longer than the others.
const PIECE_MAX: (usize, usize) = (4096, 4 << 20);

/// The log in one SQLite file; a clone is the same log.
///
/// When the last clone is dropped, all that was accepted is written and the file closed.
#[derive(Clone, Debug)]
pub struct Embedded {
    open: Arc<Open>,
}

#[derive(Debug)]
struct Open {
    shared: Arc<Shared>,
    /// `None` when it is open for reading only.
    writing: Option<Writing>,
}

#[derive(Debug)]
struct Writing {
    end: watch::Receiver<Position>,
    writer: Mutex<Option<JoinHandle<()>>>,
    flusher: Mutex<Option<JoinHandle<()>>>,
    copier: Mutex<Option<JoinHandle<()>>>,
    _lock: open::Lock,
}

impl Embedded {
    /// Opens the log at `path` for writing, as its only writer; creates it when there is none.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let (lock, writer, copier) = Writer::open(path)?;
        let (shared, flushed, end) =
            (writer.shared.clone(), writer.shared.clone(), writer.committer.end.subscribe());
        let writing = Writing {
            end,
            writer: spawn(path, "log-writer", move || writer.run())?,
            flusher: spawn(path, "log-streams", move || flushed.heads.keep_flushed())?,
            copier: spawn(path, "log-checkpoint", move || copier.run())?,
            _lock: lock,
        };
        Ok(Self { open: Arc::new(Open { shared, writing: Some(writing) }) })
    }

    /// Opens the log at `path` for reading only, beside the process that writes it, if any.
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        open::check_readable(path)?;
        let reader = Reader::new(path.to_owned());
        let heads = reader.with(|log| Heads::open_read_only(path, log));
        let heads = heads.map_err(OpenError::damaged(path))?;
        let (queue, commits) = (Queue::new(), Durations::default());
        let shared = Arc::new(Shared { queue, heads, reader, commits });
        shared.queue.close(LogError::Unavailable("it is open for reading only".into()));
        Ok(Self { open: Arc::new(Open { shared, writing: None }) })
    }

    /// Writes all that was accepted and takes no more; reading goes on. Blocks until it is done.
    pub fn close(&self) {
        self.open.close();
    }

    /// Checks that the log is what was written, from its first event to its last one now: reads
    /// all of it, while others go on. Tells `progress` the last position checked, and the last of
    /// all. Blocks until it is done.
    pub fn verify(
        &self,
        mut progress: impl FnMut(Position, Position),
    ) -> Result<Verified, LogError> {
        let end = self.open.end()?;
        self.shared().reader.with(|log| verify::verify(log, end, &mut |it| progress(it, end)))
    }

    /// Copies the log to a new file at `to`, while it is written to, and verifies the copy: a
    /// whole prefix of the log, which can be opened as it is. Tells `progress` the last position
    /// copied, and the last of all. Blocks until it is done.
    pub fn backup(
        &self,
        to: impl AsRef<Path>,
        mut progress: impl FnMut(Position, Position),
    ) -> Result<Verified, OpenError> {
        let to = to.as_ref();
        let failed = OpenError::damaged(to);
        let end = self.open.end().map_err(&failed)?;
        let mut report = |it| progress(it, end);
        let copied = |log: &_| Ok(backup::backup(log, end, to, &mut report));
        self.shared().reader.with(copied).map_err(failed)?
    }

    /// How long its commits took since it was opened, until they were durable.
    pub fn commits(&self) -> &Durations {
        &self.shared().commits
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.open.shared
    }

    /// Runs `read`, which waits for the disk, where it delays no other task.
    async fn blocking<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Shared) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        let shared = self.shared().clone();
        match tokio::task::spawn_blocking(move || read(&shared)).await {
            Ok(answer) => answer,
            Err(error) => Err(LogError::Unavailable(format!("a read stopped: {error}"))),
        }
    }
}

fn spawn(
    path: &Path,
    name: &str,
    run: impl FnOnce() + Send + 'static,
) -> Result<Mutex<Option<JoinHandle<()>>>, OpenError> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(run);
    thread.map(|it| Mutex::new(Some(it))).map_err(OpenError::io(path))
}

impl Open {
    /// The last durable position; reads the file when another process may have written it.
    fn end(&self) -> Result<Position, LogError> {
        match &self.writing {
            Some(writing) => Ok(*writing.end.borrow()),
            None => self.shared.reader.with(rows::end).map(|it| it.next - 1),
        }
    }

    fn close(&self) {
        let Some(writing) = &self.writing else { return };
        let join = |thread: &Mutex<Option<JoinHandle<()>>>| {
            let ended = thread.lock().take().map(JoinHandle::join);
            if let Some(Err(_)) = ended {
                tracing::error!("A thread of the log panicked");
            }
        };
        self.shared.queue.close(closed());
        self.shared.reader.close_idle();
        join(&writing.writer);
        join(&writing.copier);
        self.shared.heads.close();
        join(&writing.flusher);
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.close();
    }
}

impl EventLog for Embedded {
    fn append(&self, append: Append) -> impl Future<Output = Result<Appended, AppendError>> + Send {
        let (caller, answer) = oneshot::channel();
        self.shared().queue.push(Request::One(append, caller));
        async { answer.await.map_or_else(|_| Err(unanswered().into()), |(outcome, _)| outcome) }
    }

    fn append_many(
        &self,
        appends: Vec<Append>,
    ) -> impl Future<Output = Vec<Result<Appended, AppendError>>> + Send {
        let queued = cut(appends).into_iter().map(|piece| {
            let (caller, answer) = oneshot::channel();
            let many = piece.len();
            self.shared().queue.push(Request::Many(piece, caller));
            (many, answer)
        });
        let queued: Vec<_> = queued.collect();
        async {
            let mut outcomes = Vec::new();
            for (many, answer) in queued {
                match answer.await {
                    Ok((piece, _)) => outcomes.extend(piece),
                    Err(_) => outcomes.extend((0..many).map(|_| Err(unanswered().into()))),
                }
            }
            outcomes
        }
    }

    async fn read_stream(&self, stream: StreamId, after: u64) -> Result<Vec<Recorded>, LogError> {
        if self.open.writing.is_none() {
            self.blocking(|shared| shared.reader.with(|log| shared.heads.catch_up(log))).await?;
        }
        let mut walk = Walk::new(stream, self.shared().heads.of(stream)?, after);
        if walk.recent(&self.shared().reader)? {
            return Ok(walk.oldest_first());
        }
        self.blocking(move |shared| {
            walk.all(&shared.reader)?;
            Ok(walk.oldest_first())
        })
        .await
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, LogError> {
        let mut page = Page::new(after, self.end().await?, limit);
        if self.shared().reader.recent(&mut page)? {
            return Ok(page.events);
        }
        self.blocking(|shared| shared.reader.all(page)).await
    }

    async fn end(&self) -> Result<Position, LogError> {
        match &self.open.writing {
            Some(writing) => Ok(*writing.end.borrow()),
            None => {
                self.blocking(|shared| shared.reader.with(rows::end).map(|it| it.next - 1)).await
            }
        }
    }

    /// The file is locked: one process writes to it, through one ledger.
    fn is_shared(&self) -> bool {
        false
    }

    async fn wait_past(&self, after: Position) -> Result<Position, LogError> {
        let Some(writing) = &self.open.writing else {
            loop {
                let end = self.end().await?;
                if end > after {
                    return Ok(end);
                }
                tokio::time::sleep(POLL).await;
            }
        };
        let mut end = writing.end.clone();
        end.wait_for(|&it| it > after).await.map(|it| *it).map_err(|_| closed())
    }
}

/// `appends` in pieces, in order.
fn cut(appends: Vec<Append>) -> Vec<Vec<Append>> {
    let bytes = appends.iter().map(Append::bytes).sum::<usize>();
    if appends.len() <= PIECE_MAX.0 && bytes <= PIECE_MAX.1 {
        return vec![appends];
    }
    let (mut pieces, mut piece, mut bytes) = (Vec::new(), Vec::new(), 0);
    for append in appends {
        bytes += append.bytes();
        piece.push(append);
        if piece.len() == PIECE_MAX.0 || bytes >= PIECE_MAX.1 {
            pieces.push(std::mem::take(&mut piece));
            bytes = 0;
        }
    }
    pieces.push(piece);
    pieces
}

fn unanswered() -> LogError {
    LogError::Uncertain("its writer stopped before it answered; restart".into())
}
