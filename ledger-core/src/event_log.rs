//! The port to the log: an append-only, totally ordered list of events, cut into streams.
//!
//! What every adapter promises (`tests/event_log_contract.rs` runs on each of them):
//!
//! * an append is all or none, and durable before it returns;
//! * a stale writer is refused and writes nothing;
//! * positions are 1, 2, 3 … without a gap, and what was read at one never changes;
//! * what [`EventLog::read_all`] has not shown yet is always after what it has shown.

pub mod any;
pub mod at;
pub mod durations;
pub mod embedded;
#[cfg(feature = "kurrentdb")]
pub mod kurrentdb;
pub mod memory;
pub mod other;

use std::future::Future;

use bytes::Bytes;
use compact_str::CompactString;
use smallvec::SmallVec;

use crate::meta::Meta;
use crate::stream::StreamId;

pub use any::Log;
pub use at::LogAt;
pub use durations::Durations;
pub use embedded::Embedded;
#[cfg(feature = "kurrentdb")]
pub use kurrentdb::KurrentDb;
pub use memory::Memory;
pub use other::Other;

/// Where an event stands in the whole log: 1 for the first; 0 is before all of them.
pub type Position = u64;

/// One event to be written: its name and version in [`crate::codec`]'s table, and its JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Its name, for example `purchase_authorised`.
    pub name: &'static str,
    /// The version of its shape.
    pub schema: u16,
    /// JSON, stored as it is and never re-encoded.
    pub body: Vec<u8>,
}

/// Events to be written to one stream: all or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// Which stream.
    pub stream: StreamId,
    /// How many events it must hold before: 0 for a stream that does not exist.
    pub expected: u64,
    /// When, who and why, for all of them.
    pub meta: Meta,
    /// At least one.
    pub events: SmallVec<[NewEvent; 2]>,
}

impl Append {
    /// The most that the names and bodies of one append's events may weigh, in bytes.
    pub const BYTES_MAX: usize = 64 << 20;

    /// What the names and bodies of its events weigh, in bytes.
    pub fn bytes(&self) -> usize {
        self.events.iter().map(|it| it.name.len() + it.body.len()).sum()
    }

    /// Why no log would take it, whatever it holds.
    fn malformed(&self) -> Option<AppendError> {
        if self.events.is_empty() {
            return Some(AppendError::Empty { stream: self.stream });
        }
        let bytes = self.bytes();
        let (stream, max) = (self.stream, Self::BYTES_MAX);
        (bytes > max).then_some(AppendError::TooLarge { stream, bytes, max })
    }
}

/// An append that is done and durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// How many events the stream holds now.
    pub version: u64,
    /// Where the last of the events stands in the log.
    pub position: Position,
}

/// One event as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Where it stands in the whole log, from 1.
    pub position: Position,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Where it stands in its stream, from 1.
    pub version: u64,
    /// When, who and why.
    pub meta: Meta,
    /// Its name in [`crate::codec`]'s table.
    pub name: CompactString,
    /// The version of its shape.
    pub schema: u16,
    /// JSON, as it was written.
    pub body: Bytes,
}

/// Why nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Somebody wrote to the stream in between: read it again and decide again.
    #[error("{stream} holds {actual} events, not {expected}")]
    Conflict {
        /// Which stream.
        stream: StreamId,
        /// What the writer believed.
        expected: u64,
        /// What it holds.
        actual: u64,
    },
    /// It holds no event: there is nothing to write.
    #[error("an append to {stream} holds no event: give at least one")]
    Empty {
        /// Which stream.
        stream: StreamId,
    },
    /// Its events weigh more than [`Append::BYTES_MAX`], or than this log takes.
    #[error("an append to {stream} weighs {bytes} bytes: give at most {max}")]
    TooLarge {
        /// Which stream.
        stream: StreamId,
        /// What its names and bodies weigh.
        bytes: usize,
        /// What they may weigh; a server counts some bytes more for each event.
        max: usize,
    },
    /// The log failed.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Why the log could not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// Nothing was written, and nothing will be: the log is closed, full, or not reachable.
    #[error("the log is not available: {0}")]
    Unavailable(String),
    /// Unknown whether it was written: read the stream before trying again.
    #[error("the log did not answer: {0}")]
    Uncertain(String),
    /// What it holds cannot be read: stop and look.
    #[error("the log is damaged at position {position}: {why}")]
    Damaged {
        /// The first position that cannot be read.
        position: Position,
        /// What is wrong with it.
        why: String,
    },
}

/// An append-only, totally ordered log of events, cut into streams.
pub trait EventLog: Send + Sync {
    /// Appends to one stream, all or none; durable before it answers.
    ///
    /// It is queued when this function returns, before the future is polled: an adapter with one
    /// writer carries out appends in the order in which they were queued. A future that is dropped
    /// does not take its append back.
    fn append(&self, append: Append) -> impl Future<Output = Result<Appended, AppendError>> + Send;

    /// Appends to many streams in this order; each is all or none on its own, and one refused
    /// does not keep the next from being written. As many answers as appends, in their order.
    ///
    /// Queued like [`Self::append`]. An empty list answers when all that was queued before is done.
    fn append_many(
        &self,
        appends: Vec<Append>,
    ) -> impl Future<Output = Vec<Result<Appended, AppendError>>> + Send;

    /// The events of `stream` after its first `after` ones, oldest first; none when it has none.
    fn read_stream(
        &self,
        stream: StreamId,
        after: u64,
    ) -> impl Future<Output = Result<Vec<Recorded>, LogError>> + Send;

    /// At most `limit` events of all streams after `after`, in the order of the log.
    fn read_all(
        &self,
        after: Position,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Recorded>, LogError>> + Send;

    /// The position of the last durable event; 0 when there is none.
    fn end(&self) -> impl Future<Output = Result<Position, LogError>> + Send;

    /// Whether anybody but one [`crate::ledger::Ledger`] may write to it. If not, a command may be
    /// decided on events that are only queued: whatever takes their place is known here (ADR 30).
    fn is_shared(&self) -> bool {
        true
    }

    /// Waits until there is an event after `after`; gives the end then.
    fn wait_past(&self, after: Position)
    -> impl Future<Output = Result<Position, LogError>> + Send;
}
