//! An adapter that this crate does not know, for example the simulated log of its tests.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{Append, AppendError, Appended, EventLog, LogError, Position, Recorded};
use crate::stream::StreamId;

/// Any adapter of the log, its type forgotten; a clone is the same log.
#[derive(Clone)]
pub struct Other(Arc<dyn Erased>);

impl Other {
    /// `log`, whatever it is.
    pub fn new(log: impl EventLog + 'static) -> Self {
        Self(Arc::new(log))
    }
}

impl fmt::Debug for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Other")
    }
}

/// [`EventLog`] with its futures on the heap, so that the adapter's type can be forgotten.
trait Erased: Send + Sync {
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, AppendError>>;

    fn append_many(
        &self,
        appends: Vec<Append>,
    ) -> BoxFuture<'_, Vec<Result<Appended, AppendError>>>;

    fn read_stream(
        &self,
        stream: StreamId,
        after: u64,
    ) -> BoxFuture<'_, Result<Vec<Recorded>, LogError>>;

    fn read_all(
        &self,
        after: Position,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Recorded>, LogError>>;

    fn end(&self) -> BoxFuture<'_, Result<Position, LogError>>;

    fn is_shared(&self) -> bool;

    fn wait_past(&self, after: Position) -> BoxFuture<'_, Result<Position, LogError>>;
}

impl<L: EventLog> Erased for L {
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, AppendError>> {
        Box::pin(EventLog::append(self, append))
    }

    fn append_many(
        &self,
        appends: Vec<Append>,
    ) -> BoxFuture<'_, Vec<Result<Appended, AppendError>>> {
        Box::pin(EventLog::append_many(self, appends))
    }

    fn read_stream(
        &self,
        stream: StreamId,
        after: u64,
    ) -> BoxFuture<'_, Result<Vec<Recorded>, LogError>> {
        Box::pin(EventLog::read_stream(self, stream, after))
    }

    fn read_all(
        &self,
        after: Position,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Recorded>, LogError>> {
        Box::pin(EventLog::read_all(self, after, limit))
    }

    fn end(&self) -> BoxFuture<'_, Result<Position, LogError>> {
        Box::pin(EventLog::end(self))
    }

    fn is_shared(&self) -> bool {
        EventLog::is_shared(self)
    }

    fn wait_past(&self, after: Position) -> BoxFuture<'_, Result<Position, LogError>> {
        Box::pin(EventLog::wait_past(self, after))
    }
}

impl EventLog for Other {
    fn append(&self, append: Append) -> impl Future<Output = Result<Appended, AppendError>> + Send {
        self.0.append(append)
    }

    fn append_many(
        &self,
        appends: Vec<Append>,
    ) -> impl Future<Output = Vec<Result<Appended, AppendError>>> + Send {
        self.0.append_many(appends)
    }

    async fn read_stream(&self, stream: StreamId, after: u64) -> Result<Vec<Recorded>, LogError> {
        self.0.read_stream(stream, after).await
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, LogError> {
        self.0.read_all(after, limit).await
    }

    async fn end(&self) -> Result<Position, LogError> {
        self.0.end().await
    }

    fn is_shared(&self) -> bool {
        self.0.is_shared()
    }

    async fn wait_past(&self, after: Position) -> Result<Position, LogError> {
        self.0.wait_past(after).await
    }
}
