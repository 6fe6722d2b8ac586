//! Whichever log the service was started with.

use futures_util::future::Either;

#[cfg(feature = "kurrentdb")]
use super::KurrentDb;
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
    /// One KurrentDB server, or a cluster of them.
    #[cfg(feature = "kurrentdb")]
    KurrentDb(KurrentDb),
}

impl Log {
    /// How long commits took since it was opened; `None` when nothing is made durable.
    pub fn commits(&self) -> Option<&Durations> {
        match self {
            Self::Memory(_) | Self::Other(_) => None,
            Self::Embedded(it) => Some(it.commits()),
            #[cfg(feature = "kurrentdb")]
            Self::KurrentDb(it) => Some(it.commits()),
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

#[cfg(feature = "kurrentdb")]
impl From<KurrentDb> for Log {
    fn from(it: KurrentDb) -> Self {
        Self::KurrentDb(it)
    }
}

/// Asks whichever log it is; one future that is that of the one asked.
#[cfg(feature = "kurrentdb")]
macro_rules! ask {
    ($log:expr, $it:ident => $question:expr) => {
        match $log {
            Log::Memory($it) => Either::Left(Either::Left($question)),
            Log::Embedded($it) => Either::Left(Either::Right($question)),
            Log::Other($it) => Either::Right(Either::Left($question)),
            // On the heap: what a call to a server holds would make everybody's futures larger.
            Log::KurrentDb($it) => Either::Right(Either::Right(Box::pin($question))),
        }
    };
}

/// Asks whichever log it is; one future that is that of the one asked.
#[cfg(not(feature = "kurrentdb"))]
macro_rules! ask {
    ($log:expr, $it:ident => $question:expr) => {
        match $log {
            Log::Memory($it) => Either::Left($question),
            Log::Embedded($it) => Either::Right(Either::Left($question)),
            Log::Other($it) => Either::Right(Either::Right($question)),
        }
    };
}

impl EventLog for Log {
    fn append(&self, append: Append) -> impl Future<Output = Result<Appended, AppendError>> + Send {
        ask!(self, it => it.append(append))
    }

    fn append_many(
        &self,
        appends: Vec<Append>,
    ) -> impl Future<Output = Vec<Result<Appended, AppendError>>> + Send {
        ask!(self, it => it.append_many(appends))
    }

    async fn read_stream(&self, stream: StreamId, after: u64) -> Result<Vec<Recorded>, LogError> {
        ask!(self, it => it.read_stream(stream, after)).await
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, LogError> {
        ask!(self, it => it.read_all(after, limit)).await
    }

    async fn end(&self) -> Result<Position, LogError> {
        ask!(self, it => it.end()).await
    }

    fn is_shared(&self) -> bool {
        match self {
            Self::Memory(it) => it.is_shared(),
            Self::Embedded(it) => it.is_shared(),
            Self::Other(it) => it.is_shared(),
            #[cfg(feature = "kurrentdb")]
            Self::KurrentDb(it) => it.is_shared(),
        }
    }

    async fn wait_past(&self, after: Position) -> Result<Position, LogError> {
        ask!(self, it => it.wait_past(after)).await
    }
}
