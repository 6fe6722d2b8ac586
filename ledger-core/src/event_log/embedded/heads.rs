//! Where each stream ends: in memory for the recent ones, in a disposable table for all.
//!
//! ```text
//!  writer ──record──▶ dirty ──flush──▶ flushing ──▶ table (a file beside the log)
//!                                          └──────▶ clean (a cache of the table)
//! ```
//!
//! The table says up to where it has indexed the log, and is caught up from there when the log is
//! opened. It may be deleted at any time when the log is closed: it is then built again.

mod table;

use std::collections::hash_map::Entry;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, RwLock};
use rusqlite::Connection;
use rustc_hash::FxHashMap;

use crate::event_log::{LogError, Position};
use crate::stream::StreamId;

use super::rows::{self, Link};
use table::Table;

/// So many streams changed since the last flush make the next one due.
const DIRTY_MAX: usize = 500_000;

/// So many events since the last flush make the next one due: a start after a crash reads as
/// many again, which takes less than a second.
const BEHIND_MAX: u64 = 2_000_000;

/// How long nothing must have been written for a flush, so that it disturbs nobody.
const IDLE: Duration = Duration::from_secs(1);

/// How long a flush may wait for such a moment.
const LATEST: Duration = Duration::from_mins(1);

/// How many heads are kept in memory beyond those to flush: what a hash table of 2^21 places
/// takes before it grows, 86 MB.
const CLEAN_MAX: usize = (1 << 21) / 8 * 7;

/// Where a stream ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// How many events it holds; 0 when it does not exist.
    pub(super) version: u64,
    /// Where the last one stands; 0 when it does not exist.
    pub(super) position: Position,
}

/// Heads by stream.
pub(super) type Map = FxHashMap<StreamId, Head>;

/// The heads of all streams.
#[derive(Debug)]
pub(super) struct Heads {
    recent: RwLock<Recent>,
    /// `None` when the log is open for reading only and has no table that fits: all is in memory.
    table: Option<Table>,
    read_only: bool,
    due: Mutex<Due>,
    news: Condvar,
}

#[derive(Debug)]
struct Recent {
    /// Not in the table yet.
    dirty: Map,
    /// Being written to the table.
    flushing: Arc<Map>,
    /// What `flushing` is up to.
    flushing_link: Link,
    /// As in the table.
    clean: Map,
    /// Whether a stream that is in none of them does not exist.
    complete: bool,
    /// What `dirty` is up to.
    link: Link,
}

#[derive(Debug, Default)]
struct Due {
    full: bool,
    closing: bool,
}

impl Recent {
    fn get(&self, stream: StreamId) -> Option<Head> {
        let found = self.dirty.get(&stream);
        let found = found.or_else(|| self.flushing.get(&stream));
        let found = found.or_else(|| self.clean.get(&stream)).copied();
        found.or_else(|| self.complete.then(Head::default))
    }

    fn keep(&mut self, stream: StreamId, head: Head) {
        if self.clean.len() == CLEAN_MAX {
            self.clean.clear();
            self.complete = false;
        }
        self.clean.insert(stream, head);
    }
}

impl Heads {
    /// Opens the table beside the log at `path` and catches it up with `log`.
    pub(super) fn open(path: &Path, log: &Connection) -> Result<Self, LogError> {
        Self::of_table(Some(Table::open(path, log)?), false, log)
    }

    /// The same, changing nothing.
    pub(super) fn open_read_only(path: &Path, log: &Connection) -> Result<Self, LogError> {
        Self::of_table(Table::open_read_only(path, log), true, log)
    }

    fn of_table(table: Option<Table>, read_only: bool, log: &Connection) -> Result<Self, LogError> {
        let link = table.as_ref().map_or(Link::START, Table::indexed);
        let recent = Recent {
            dirty: Map::default(),
            flushing: Arc::default(),
            flushing_link: link,
            clean: Map::default(),
            complete: link == Link::START,
            link,
        };
        let (due, news) = (Mutex::default(), Condvar::new());
        let heads = Self { recent: RwLock::new(recent), table, read_only, due, news };
        heads.catch_up(log)?;
        Ok(heads)
    }

    /// Takes in what `log` holds beyond what was recorded here.
    pub(super) fn catch_up(&self, log: &Connection) -> Result<Position, LogError> {
        let from = self.recent.read().link.next;
        rows::scan(log, from, |stored| {
            let mut seen = Map::default();
            let block = stored.unpack()?;
            for entry in block.entries() {
                let entry = entry.map_err(|it| it.at(stored.first))?;
                let version = entry.before + entry.count;
                let position = entry.first + entry.count - 1;
                seen.insert(entry.stream, Head { version, position });
            }
            self.record(&seen, stored.link);
            if self.is_due() {
                self.flush()?;
            }
            Ok(true)
        })?;
        Ok(self.recent.read().link.next - 1)
    }

    /// Where `stream` ends.
    pub(super) fn of(&self, stream: StreamId) -> Result<Head, LogError> {
        let known = self.recent.read().get(stream);
        known.map_or_else(|| self.in_table(stream), Ok)
    }

    fn in_table(&self, stream: StreamId) -> Result<Head, LogError> {
        self.table.as_ref().map_or(Ok(Head::default()), |it| it.get(stream))
    }

    /// Adds where each of `streams` ends, unless it is in `to` already; by `last` if it is there.
    pub(super) fn look_up(
        &self,
        streams: impl Iterator<Item = StreamId>,
        last: &Map,
        to: &mut Map,
    ) -> Result<(), LogError> {
        let mut unknown = Vec::new();
        let recent = self.recent.read();
        for stream in streams {
            if let Entry::Vacant(place) = to.entry(stream) {
                match last.get(&stream).copied().or_else(|| recent.get(stream)) {
                    Some(head) => drop(place.insert(head)),
                    None => unknown.push(stream),
                }
            }
        }
        drop(recent);
        for stream in unknown {
            to.insert(stream, self.in_table(stream)?);
        }
        Ok(())
    }

    /// Records what was written up to `link`.
    pub(super) fn record(&self, written: &Map, link: Link) {
        let mut recent = self.recent.write();
        let before = recent.link.next;
        // A stream that was only looked up ends before.
        let heads = written.iter().filter(|(_, head)| head.position >= before);
        recent.dirty.extend(heads.map(|(&stream, &head)| (stream, head)));
        recent.link = link;
        drop(recent);
        if self.is_due() {
            self.due.lock().full = true;
            self.news.notify_one();
        }
    }

    fn is_due(&self) -> bool {
        let Some(table) = self.table.as_ref().filter(|_| !self.read_only) else { return false };
        let recent = self.recent.read();
        let behind = recent.link.next.saturating_sub(table.indexed().next);
        recent.flushing.is_empty() && (recent.dirty.len() >= DIRTY_MAX || behind >= BEHIND_MAX)
    }

    /// Writes what is dirty to the table.
    fn flush(&self) -> Result<(), LogError> {
        let Some(table) = self.table.as_ref().filter(|_| !self.read_only) else { return Ok(()) };
        let mut recent = self.recent.write();
        if recent.flushing.is_empty() {
            // Otherwise the last flush failed, and is tried again first.
            recent.flushing = Arc::new(std::mem::take(&mut recent.dirty));
            recent.flushing_link = recent.link;
        }
        let (flushing, link) = (recent.flushing.clone(), recent.flushing_link);
        drop(recent);
        if flushing.is_empty() {
            return Ok(());
        }
        table.write(&flushing, link)?;
        let mut heads = flushing.iter().peekable();
        while heads.peek().is_some() {
            // A few at a time: the writer waits for this lock.
            let mut recent = self.recent.write();
            for (&stream, &head) in heads.by_ref().take(512) {
                recent.keep(stream, head);
            }
        }
        self.recent.write().flushing = Arc::default();
        Ok(())
    }

    /// Flushes when it is due, until the log is closed; then once more.
    pub(super) fn keep_flushed(&self) {
        self.warm_up();
        let (mut seen, mut since) = (self.recent.read().link, Instant::now());
        loop {
            let mut due = self.due.lock();
            if !due.full && !due.closing {
                self.news.wait_for(&mut due, IDLE);
            }
            let Due { full, closing } = *due;
            due.full = false;
            drop(due);
            let link = self.recent.read().link;
            let idle = link == std::mem::replace(&mut seen, link);
            if full || closing || idle || since.elapsed() > LATEST {
                if let Err(error) = self.flush() {
                    tracing::warn!(%error, "The index of streams was not written; it will be");
                }
                since = Instant::now();
            }
            if closing {
                return;
            }
        }
    }

    /// Ends [`Self::keep_flushed`].
    pub(super) fn close(&self) {
        self.due.lock().closing = true;
        self.news.notify_one();
    }

    /// Loads the table, so that most look-ups need not read it.
    fn warm_up(&self) {
        let Some(table) = self.table.as_ref().filter(|_| !self.recent.read().complete) else {
            return;
        };
        let mut room = CLEAN_MAX;
        let loaded = table.load(512, |heads| {
            let mut recent = self.recent.write();
            for &(stream, head) in heads {
                // What is there already was flushed since, and is newer.
                recent.clean.entry(stream).or_insert(head);
            }
            room = room.saturating_sub(heads.len());
            room > 0 && !self.due.lock().closing
        });
        match loaded {
            Ok(all) => self.recent.write().complete = all,
            Err(error) => tracing::warn!(%error, "The index of streams was not loaded"),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::open;
    use super::*;
    use crate::stream::Category;

    fn stream(id: u128) -> StreamId {
        StreamId { category: Category::Account, id: Uuid::from_u128(id) }
    }

    fn head(version: u64) -> Head {
        Head { version, position: version }
    }

    #[test]
    fn a_head_is_found_wherever_it_is() {
        let held = tempfile::tempdir().unwrap();
        let path = held.path().join("log");
        let (_lock, log) = open::writer(&path).unwrap();
        let heads = Heads::open(&path, &log).unwrap();
        let link = |next| Link { next, chain: [7; 32] };
        let write = |id, version| {
            heads.record(&Map::from_iter([(stream(id), head(version))]), link(version + 1));
        };
        write(1, 1);
        write(2, 2);
        assert_eq!(heads.of(stream(1)), Ok(head(1)));
        heads.flush().unwrap();
        write(2, 3);
        heads.flush().unwrap();
        write(1, 4);
        assert_eq!(heads.of(stream(1)), Ok(head(4)), "newer than in the table");
        assert_eq!(heads.of(stream(2)), Ok(head(3)));
        assert_eq!(heads.of(stream(3)), Ok(Head::default()));
        // As when more streams were kept than there is room for.
        let mut recent = heads.recent.write();
        (recent.clean, recent.complete) = (Map::default(), false);
        drop(recent);
        let mut found = Map::default();
        let last = Map::from_iter([(stream(4), head(5))]);
        heads.look_up((1..=4).map(stream), &last, &mut found).unwrap();
        let versions = (1..=4).map(|it| found[&stream(it)].version);
        assert_eq!(versions.collect::<Vec<_>>(), [4, 3, 0, 5]);
        heads.warm_up();
        assert!(heads.recent.read().complete);
        assert_eq!(heads.of(stream(1)), Ok(head(4)));
        assert_eq!(heads.of(stream(2)), Ok(head(3)));
    }

    #[test]
    fn a_stream_that_was_only_looked_up_is_not_recorded() {
        let held = tempfile::tempdir().unwrap();
        let path = held.path().join("log");
        let (_lock, log) = open::writer(&path).unwrap();
        let heads = Heads::open(&path, &log).unwrap();
        let seen = Map::from_iter([(stream(1), head(1)), (stream(2), Head::default())]);
        heads.record(&seen, Link { next: 2, chain: [7; 32] });
        assert_eq!(heads.recent.read().dirty.len(), 1);
    }
}
