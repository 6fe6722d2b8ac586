//! Whichever log the service was started with.

use futures_util::future::Either;

use super::{Append, AppendError, Appended, Durations, Embedded, EventLog, LogError, Memory};
use super::{Other, Position, Recorded};
use crate::stream::StreamId;

/// One of the adapters, chosen when the service starts; a clone is the same log.
#[derive(Clone, Debug)]
pub enum Log {
    /// In memory, gone with the process.
    Memory(Memory),
    /// One file, in this process.
    Embedded(Embedded),
    /// Another crate's or a test's.
    Other(Other),
}

impl Log {
    /// How long commits took since it was opened; `None` when nothing is made durable.
    pub fn commits(&self) -> Option<&Durations> {
        match self {
            Self::Memory(_) | Self::Other(_) => None,
            Self::Embedded(it) => Some(it.commits()),
        }
    }
}

impl From<Memory> for Log {
    fn from(it: Memory) -> Self {
        Self::Memory(it)
    }
}

impl From<Embedded> for Log {
    fn from(it: Embedded) -> Self {
        Self::Embedded(it)
    }
}

impl From<Other> for Log {
    fn from(it: Other) -> Self {
        Self::Other(it)
    }
}

impl EventLog for Log {
    fn append(&self, append: Append) -> impl Future<Output = Result<Appended, AppendError>> + Send {
        match self {
            Self::Memory(it) => Either::Left(it.append(append)),
            Self::Embedded(it) => Either::Right(Either::Left(it.append(append))),
            Self::Other(it) => Either::Right(Either::Right(it.append(append))),
        }
    }

    fn append_many(
        &self,
        appends: Vec<Append>,
    ) -> impl Future<Output = Vec<Result<Appended, AppendError>>> + Send {
        match self {
            Self::Memory(it) => Either::Left(it.append_many(appends)),
            Self::Embedded(it) => Either::Right(Either::Left(it.append_many(appends))),
            Self::Other(it) => Either::Right(Either::Right(it.append_many(appends))),
        }
    }

    async fn read_stream(&self, stream: StreamId, after: u64) -> Result<Vec<Recorded>, LogError> {
        match self {
            Self::Memory(it) => it.read_stream(stream, after).await,
            Self::Embedded(it) => it.read_stream(stream, after).await,
            Self::Other(it) => it.read_stream(stream, after).await,
        }
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, LogError> {
        match self {
            Self::Memory(it) => it.read_all(after, limit).await,
            Self::Embedded(it) => it.read_all(after, limit).await,
            Self::Other(it) => it.read_all(after, limit).await,
        }
    }

    async fn end(&self) -> Result<Position, LogError> {
        match self {
            Self::Memory(it) => it.end().await,
            Self::Embedded(it) => it.end().await,
            Self::Other(it) => it.end().await,
        }
    }

    fn is_shared(&self) -> bool {
        match self {
            Self::Memory(it) => it.is_shared(),
            Self::Embedded(it) => it.is_shared(),
            Self::Other(it) => it.is_shared(),
        }
    }

    async fn wait_past(&self, after: Position) -> Result<Position, LogError> {
        match self {
            Self::Memory(it) => it.wait_past(after).await,
            Self::Embedded(it) => it.wait_past(after).await,
            Self::Other(it) => it.wait_past(after).await,
        }
    }
}
