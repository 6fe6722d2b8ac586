//! What a client caused: the events of the log that it asked for.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use ledger_core::event_log::{EventLog, Log, LogError, Position};
use ledger_core::ids::ClientId;
use ledger_core::meta::Role;

/// How many events are read at once.
const PAGE: usize = 4096;

/// One event that a client asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caused {
    /// Where it stands in the log.
    pub position: Position,
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// Its name in the log.
    pub event: CompactString,
}

/// The last `most` events after `after` that `client` asked for, oldest first.
pub async fn caused(
    log: &Log,
    client: ClientId,
    mut after: Position,
    most: usize,
) -> Result<Vec<Caused>, LogError> {
    let mut found = VecDeque::new();
    loop {
        let page = log.read_all(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(found.into()) };
        after = last.position;
        let by = |role: Role, id| role == Role::Client && id == client.0;
        for it in page.iter().filter(|it| by(it.meta.by.role, it.meta.by.id)) {
            if found.len() == most {
                found.pop_front();
            }
            let (position, at, event) = (it.position, it.meta.at, it.name.as_str().into());
            found.push_back(Caused { position, at, event });
        }
    }
}
