//! The log in memory: for tests and the demo; gone with the process.

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tokio::sync::watch;

use super::{Append, AppendError, Appended, EventLog, LogError, Position, Recorded};
use crate::stream::StreamId;

/// A log in memory; a clone is the same log.
#[derive(Clone, Debug)]
pub struct Memory {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    written: Mutex<Written>,
    end: watch::Sender<Position>,
}

#[derive(Debug, Default)]
struct Written {
    /// In the order of the log: the one at position `p` is at `p - 1`.
    events: Vec<Recorded>,
    /// Where each stream's events stand, in its order.
    streams: FxHashMap<StreamId, Vec<Position>>,
}

impl Memory {
    /// An empty log.
    pub fn new() -> Self {
        let end = watch::Sender::new(0);
        Self { shared: Arc::new(Shared { written: Mutex::default(), end }) }
    }

    fn write(&self, appends: Vec<Append>) -> Vec<Result<Appended, AppendError>> {
        let mut written = self.shared.written.lock();
        let answers = appends.into_iter().map(|it| written.append(it)).collect();
        self.shared.end.send_replace(written.events.len() as Position);
        answers
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Written {
    fn append(&mut self, append: Append) -> Result<Appended, AppendError> {
        if let Some(error) = append.malformed() {
            return Err(error);
        }
        let Append { stream, expected, meta, events } = append;
        let positions = self.streams.entry(stream).or_default();
        let actual = positions.len() as u64;
        if actual != expected {
            return Err(AppendError::Conflict { stream, expected, actual });
        }
        for event in events {
            let position = self.events.len() as Position + 1;
            positions.push(position);
            self.events.push(Recorded {
                position,
                stream,
                version: positions.len() as u64,
                meta,
                name: event.name.into(),
                schema: event.schema,
                body: Bytes::from(event.body),
            });
        }
        Ok(Appended { version: positions.len() as u64, position: self.events.len() as Position })
    }
}

impl EventLog for Memory {
    fn append(&self, append: Append) -> impl Future<Output = Result<Appended, AppendError>> + Send {
        std::future::ready(self.write(vec![append]).swap_remove(0))
    }

    fn append_many(
        &self,
        appends: Vec<Append>,
    ) -> impl Future<Output = Vec<Result<Appended, AppendError>>> + Send {
        std::future::ready(self.write(appends))
    }

    async fn read_stream(&self, stream: StreamId, after: u64) -> Result<Vec<Recorded>, LogError> {
        let written = self.shared.written.lock();
        let positions = written.streams.get(&stream).map_or(&[][..], Vec::as_slice);
        let later = positions.iter().skip(index(after));
        Ok(later.map(|&it| written.events[index(it - 1)].clone()).collect())
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, LogError> {
        let written = self.shared.written.lock();
        Ok(written.events.iter().skip(index(after)).take(limit).cloned().collect())
    }

    async fn end(&self) -> Result<Position, LogError> {
        Ok(*self.shared.end.borrow())
    }

    async fn wait_past(&self, after: Position) -> Result<Position, LogError> {
        let mut end = self.shared.end.subscribe();
        let seen = end.wait_for(|&it| it > after).await;
        seen.map(|it| *it).map_err(|_| LogError::Unavailable("the log is closed".into()))
    }
}

/// A position as an index; past any list when it does not fit.
fn index(position: Position) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}
