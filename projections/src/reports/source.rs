//! Back to the log: the events that a report's lines name.

use std::collections::BTreeMap;

use ledger_core::event_log::{EventLog, Log, LogError, Position, Recorded};

use crate::ReadError;

/// Positions closer than this are read together.
const NEAR: u64 = 64;

/// The events at `positions`, whatever their order; one that is not there is left out.
pub(crate) async fn events_at(
    log: &Log,
    positions: impl IntoIterator<Item = Position>,
) -> Result<BTreeMap<Position, Recorded>, ReadError> {
    let mut wanted: Vec<Position> = positions.into_iter().collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut events = BTreeMap::new();
    for near in wanted.chunk_by(|a, b| b - a < NEAR) {
        let (Some(first), Some(last)) = (near.first(), near.last()) else { continue };
        let limit = usize::try_from(last - first + 1).unwrap_or(usize::MAX);
        let read = log.read_all(first.saturating_sub(1), limit).await?;
        let wanted = read.into_iter().filter(|it| near.binary_search(&it.position).is_ok());
        events.extend(wanted.map(|it| (it.position, it)));
    }
    Ok(events)
}

impl From<LogError> for ReadError {
    fn from(error: LogError) -> Self {
        Self::Log(error.to_string())
    }
}

impl From<std::io::Error> for ReadError {
    fn from(error: std::io::Error) -> Self {
        Self::Export(error.to_string())
    }
}
