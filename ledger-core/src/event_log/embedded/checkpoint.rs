//! Moves what is in the write-ahead log into the file, without making the writer wait.
//!
//! A thread of its own copies most of it (a passive checkpoint, beside the writer), and again, as
//! the writer goes on meanwhile. When only a little is left, the writer copies that itself: then
//! all is copied, and its next commit begins the write-ahead log again from its start.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, DEFAULT_NAME};

/// A checkpoint begins at so many pages of 4 KiB: 16 MiB, half of what is reserved. With less they
/// come too often for the 99th percentile of the callers' waiting, with more each lasts too long.
const BEGIN: u32 = 16 << 8;

/// The writer copies so many pages itself, 1 MiB: a few milliseconds.
const LITTLE: u32 = 1 << 8;

/// Beyond so many pages, 256 MiB, the writer waits for the readers rather than fill the disk.
const TOO_MANY: u32 = 256 << 8;

/// How long it then waits before it goes on, to try again later.
const PATIENCE: Duration = Duration::from_millis(100);

/// How far the copying has come; pages are counted from the start of the write-ahead log.
#[derive(Debug, Default)]
struct Progress {
    written: AtomicU32,
    copied: AtomicU32,
    copying: AtomicBool,
}

/// The writer's side.
pub(super) struct Checkpoints {
    progress: Arc<Progress>,
    ask: SyncSender<()>,
    /// How long the write-ahead log was after the last commit.
    before: u32,
    /// The writer copies no more itself until it is this long.
    not_before: u32,
}

/// The thread's side.
pub(super) struct Copier {
    progress: Arc<Progress>,
    asked: Receiver<()>,
    connection: Connection,
}

/// Both sides, for the log that `writer` writes and `connection` may copy.
pub(super) fn checkpoints(
    writer: &mut Connection,
    connection: Connection,
) -> rusqlite::Result<(Checkpoints, Copier)> {
    let progress = Arc::<Progress>::default();
    let (ask, asked) = sync_channel(1);
    let seen = progress.clone();
    writer.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
        seen.written.store(u32::try_from(pages).unwrap_or(0), Ordering::Relaxed);
        Ok(())
    }))?;
    let copier = Copier { progress: progress.clone(), asked, connection };
    Ok((Checkpoints { progress, ask, before: 0, not_before: 0 }, copier))
}

impl Checkpoints {
    /// To be called after each commit of `writer`.
    pub(super) fn after_commit(&mut self, writer: &Connection) {
        let written = self.progress.written.load(Ordering::Relaxed);
        if written < self.before {
            // It began again.
            self.progress.copied.store(0, Ordering::Relaxed);
            self.not_before = 0;
        }
        let last = written.saturating_sub(std::mem::replace(&mut self.before, written));
        if written < BEGIN || self.progress.copying.load(Ordering::Acquire) {
            return;
        }
        // Meanwhile the writer goes on: less than a commit or two will never be left.
        let left = written.saturating_sub(self.progress.copied.load(Ordering::Relaxed));
        if left > LITTLE.max(2 * last) && written < TOO_MANY {
            self.progress.copying.store(true, Ordering::Release);
            if self.ask.try_send(()).is_err() {
                self.progress.copying.store(false, Ordering::Release);
            }
        } else if written >= self.not_before {
            self.finish(writer, written);
        }
    }

    /// Copies all that is left, when the log is closed: then the file alone is the log.
    pub(super) fn at_end(&self, writer: &Connection) {
        let waiting = writer.busy_timeout(PATIENCE);
        note(
            &self.progress,
            &waiting
                .and_then(|()| writer.wal_checkpoint_v2(DEFAULT_NAME, CheckpointMode::TRUNCATE)),
        );
    }

    /// Copies the rest. If a reader still needs the write-ahead log, it is tried again later.
    fn finish(&mut self, writer: &Connection, written: u32) {
        self.not_before = written + if written < TOO_MANY { LITTLE } else { BEGIN };
        let copied = if written < TOO_MANY {
            writer.wal_checkpoint_v2(DEFAULT_NAME, CheckpointMode::PASSIVE)
        } else {
            writer.busy_timeout(PATIENCE).and_then(|()| {
                let copied = writer.wal_checkpoint_v2(DEFAULT_NAME, CheckpointMode::RESTART);
                writer.busy_timeout(Duration::ZERO).and(copied)
            })
        };
        note(&self.progress, &copied);
    }
}

impl Copier {
    /// Copies each time it is asked, until the writer is gone.
    pub(super) fn run(&self) {
        while self.asked.recv().is_ok() {
            let connection = &self.connection;
            note(
                &self.progress,
                &connection.wal_checkpoint_v2(DEFAULT_NAME, CheckpointMode::PASSIVE),
            );
            self.progress.copying.store(false, Ordering::Release);
        }
    }
}

/// What could not be copied now is copied later: nothing is lost but room on the disk.
fn note(progress: &Progress, copied: &rusqlite::Result<(i32, i32)>) {
    match copied {
        Ok((_, copied)) => {
            progress.copied.store(u32::try_from(*copied).unwrap_or(0), Ordering::Relaxed);
        }
        Err(error) => tracing::debug!(%error, "The write-ahead log was not copied yet"),
    }
}
