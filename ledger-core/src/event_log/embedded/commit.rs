//! Makes groups of appends durable, then known.

use std::sync::Arc;
use std::time::Instant;

use rusqlite::{Connection, ErrorCode};
use tokio::sync::watch;

use crate::event_log::{LogError, Position};

use super::block::{Block, Packed};
use super::checkpoint::{self, Checkpoints, Copier};
use super::rows::{self, Link};
use super::sequence::Group;
use super::writer::Shared;

/// The connection that writes, and what must follow a commit.
pub(super) struct Committer {
    shared: Arc<Shared>,
    pub(super) connection: Connection,
    checkpoints: Checkpoints,
    /// After what is durable.
    pub(super) link: Link,
    /// The last durable position, for all to see; who waits for it is told when this is dropped.
    pub(super) end: watch::Sender<Position>,
}

/// A commit that failed.
struct Failed {
    error: LogError,
    /// Whether what the file holds is known: nothing of the group.
    certain: bool,
}

impl Committer {
    /// Writes after `link` over `connection`; `copying` is for checkpoints.
    pub(super) fn new(
        shared: Arc<Shared>,
        mut connection: Connection,
        copying: Connection,
        link: Link,
    ) -> rusqlite::Result<(Self, Copier)> {
        let (checkpoints, copier) = checkpoint::checkpoints(&mut connection, copying)?;
        let end = watch::Sender::new(link.next - 1);
        Ok((Self { shared, connection, checkpoints, link, end }, copier))
    }

    /// Writes `group` and answers it. An error when it is not certain what the file holds.
    pub(super) fn write(&mut self, group: Group) -> Result<(), LogError> {
        match self.commit(&group) {
            Ok(()) => group.answer(),
            Err(Failed { error, certain }) => {
                group.fail(&error);
                if !certain {
                    return Err(error);
                }
            }
        }
        self.checkpoints.after_commit(&self.connection);
        Ok(())
    }

    /// Leaves the file in good order.
    pub(super) fn close(&mut self) {
        self.checkpoints.at_end(&self.connection);
    }

    fn commit(&mut self, group: &Group) -> Result<(), Failed> {
        if group.blocks.is_empty() {
            return Ok(());
        }
        let started = Instant::now();
        self.insert(&group.blocks)?;
        self.shared.commits.record(started.elapsed());
        self.link = group.after;
        let blocks = group.blocks.iter().map(|(packed, link)| {
            let Packed { count, ref raw, .. } = *packed;
            Block { first: link.next - count, count, raw: raw.clone() }
        });
        self.shared.reader.keep(blocks);
        self.shared.heads.record(&group.heads, group.after);
        self.end.send_replace(group.after.next - 1);
        Ok(())
    }

    fn insert(&mut self, blocks: &[(Packed, Link)]) -> Result<(), Failed> {
        let certain = |it: rusqlite::Error| Failed { error: unwritten(&it), certain: true };
        // Dropped without a commit, it is rolled back.
        let transaction = self.connection.unchecked_transaction().map_err(certain)?;
        for (Packed { count, data, .. }, link) in blocks {
            rows::insert(&transaction, *link, *count, data).map_err(certain)?;
        }
        transaction.commit().map_err(|it| match it.sqlite_error_code() {
            // The frame that says so was not written whole.
            Some(ErrorCode::DiskFull) => certain(it),
            _ => Failed { error: LogError::Uncertain(it.to_string()), certain: false },
        })
    }
}

fn unwritten(error: &rusqlite::Error) -> LogError {
    LogError::Unavailable(format!("nothing was written: {error}"))
}
