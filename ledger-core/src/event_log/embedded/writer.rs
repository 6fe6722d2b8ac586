//! The one writer: takes all that waits, checks it, and makes it durable with one sync.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode};
use tokio::sync::watch;

use crate::event_log::{Append, AppendError, Appended, LogError, Position};

use super::block::{Block, Encoder, Packed};
use super::checkpoint::{self, Checkpoints, Copier};
use super::heads::{Head, Heads, Map};
use super::open::{self, Lock, OpenError};
use super::queue::{Outcome, Queue, Request};
use super::reader::Reader;
use super::rows::{self, Link};

/// A commit takes in requests up to so many appends or bytes: a larger one is no faster, and its
/// callers wait longer.
const APPENDS_MAX: usize = 4096;
const BYTES_MAX: usize = 4 << 20;

/// What the writer shares with the callers.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) queue: Queue,
    pub(super) heads: Heads,
    pub(super) reader: Reader,
}

/// The one writer.
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) connection: Connection,
    checkpoints: Checkpoints,
    /// Where the log goes on.
    link: Link,
    /// The last durable position, for all to see; who waits for it is told when this is dropped.
    pub(super) end: watch::Sender<Position>,
    encoder: Encoder,
    /// Where the streams of the group end, after it.
    heads: Map,
}

/// Tells those who wait when the writer is gone, were it in a panic.
pub(super) struct Gone(pub(super) Arc<Shared>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.queue.fail(&LogError::Unavailable("its writer has stopped; restart".into()));
    }
}

/// A group of appends, checked, not written yet.
struct Group {
    outcomes: Vec<Outcome>,
    blocks: Vec<Packed>,
}

/// The commit failed.
struct Failed {
    error: LogError,
    /// Whether what the file holds is known: nothing of the group.
    certain: bool,
}

impl Writer {
    /// Opens the log at `path`; gives its lock, its writer, and who moves the write-ahead log.
    pub(super) fn open(path: &Path) -> Result<(Lock, Self, Copier), OpenError> {
        let (lock, mut connection) = open::writer(path)?;
        let damaged = OpenError::damaged(path);
        let link = rows::end(&connection).map_err(&damaged)?;
        if link.next > 1 {
            rows::block_at(&connection, link.next - 1).map_err(&damaged)?;
        }
        let heads = Heads::open(path, &connection).map_err(&damaged)?;
        let reader = Reader::new(path.to_owned());
        let shared = Arc::new(Shared { queue: Queue::new(), heads, reader });
        let copying = open::write(path).map_err(OpenError::sqlite(path))?;
        let (checkpoints, copier) =
            checkpoint::checkpoints(&mut connection, copying).map_err(OpenError::sqlite(path))?;
        let end = watch::Sender::new(link.next - 1);
        let (encoder, heads) = (Encoder::new(), Map::default());
        let writer = Self { shared, connection, checkpoints, link, end, encoder, heads };
        Ok((lock, writer, copier))
    }

    /// Writes until the queue is closed and empty, or it is not certain what the file holds.
    pub(super) fn run(mut self) {
        let _gone = Gone(self.shared.clone());
        loop {
            let requests = self.shared.queue.take(APPENDS_MAX, BYTES_MAX);
            if requests.is_empty() {
                self.checkpoints.at_end(&self.connection);
                return;
            }
            if let Err(error) = self.write(requests) {
                tracing::error!(%error, "The log takes no more appends: restart to go on");
                let why = format!("it stopped after a failed write ({error}); restart");
                self.shared.queue.fail(&LogError::Unavailable(why));
                return;
            }
        }
    }

    /// Writes what `requests` ask for. An error when it is not certain what the file holds.
    fn write(&mut self, requests: Vec<Request>) -> Result<(), LogError> {
        let done = match self.check(&requests) {
            Ok(group) => self.commit(group),
            Err(error) => Err(Failed { error, certain: true }),
        };
        match done {
            Ok(outcomes) => {
                let mut outcomes = outcomes.into_iter();
                for request in requests {
                    request.answer(outcomes.by_ref());
                }
                self.checkpoints.after_commit(&self.connection);
                Ok(())
            }
            Err(Failed { error, certain }) => {
                for request in requests {
                    request.fail(&error);
                }
                if certain { Ok(()) } else { Err(error) }
            }
        }
    }

    /// Which appends fit the streams they are for, in their order; and these, as blocks.
    fn check(&mut self, requests: &[Request]) -> Result<Group, LogError> {
        let appends = || requests.iter().flat_map(Request::appends);
        self.heads.clear();
        self.shared.heads.look_up(appends().map(|it| it.stream), &mut self.heads)?;
        let (mut outcomes, mut blocks) = (Vec::with_capacity(appends().count()), Vec::new());
        let mut next = self.link.next;
        for append in appends() {
            if let Some(error) = append.malformed() {
                outcomes.push(Err(error));
                continue;
            }
            let head = self.heads.entry(append.stream).or_default();
            if head.version != append.expected {
                outcomes.push(Err(conflict(append, head.version)));
                continue;
            }
            if self.encoder.is_full_for(append) {
                blocks.extend(self.encoder.pack());
            }
            let distance = if head.version == 0 { 0 } else { next - head.position };
            self.encoder.push(append, distance);
            let count = append.events.len() as u64;
            next += count;
            *head = Head { version: head.version + count, position: next - 1 };
            outcomes.push(Ok(Appended { version: head.version, position: head.position }));
        }
        blocks.extend(self.encoder.pack());
        Ok(Group { outcomes, blocks })
    }

    /// Makes `group` durable, then known.
    fn commit(&mut self, group: Group) -> Result<Vec<Outcome>, Failed> {
        if group.blocks.is_empty() {
            return Ok(group.outcomes);
        }
        let (mut first, link) = (self.link.next, self.insert(&group.blocks)?);
        self.link = link;
        let blocks = group.blocks.into_iter().map(|Packed { count, raw, .. }| {
            first += count;
            Block { first: first - count, count, raw }
        });
        self.shared.reader.keep(blocks);
        self.shared.heads.record(&mut self.heads, link);
        self.end.send_replace(link.next - 1);
        Ok(group.outcomes)
    }

    fn insert(&mut self, blocks: &[Packed]) -> Result<Link, Failed> {
        let certain = |it: rusqlite::Error| Failed { error: unwritten(&it), certain: true };
        // Dropped without a commit, it is rolled back.
        let transaction = self.connection.unchecked_transaction().map_err(certain)?;
        let mut link = self.link;
        for Packed { count, data, .. } in blocks {
            link = rows::insert(&transaction, link, *count, data).map_err(certain)?;
        }
        transaction.commit().map_err(|it| match it.sqlite_error_code() {
            // The frame that says so was not written whole.
            Some(ErrorCode::DiskFull) => certain(it),
            _ => Failed { error: LogError::Uncertain(it.to_string()), certain: false },
        })?;
        Ok(link)
    }
}

fn conflict(append: &Append, actual: u64) -> AppendError {
    AppendError::Conflict { stream: append.stream, expected: append.expected, actual }
}

fn unwritten(error: &rusqlite::Error) -> LogError {
    LogError::Unavailable(format!("nothing was written: {error}"))
}
