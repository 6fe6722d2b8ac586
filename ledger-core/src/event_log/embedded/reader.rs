//! Reads the log: from the blocks kept in memory where it can, else from the file.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;

use parking_lot::Mutex;
use rusqlite::Connection;

use crate::event_log::{LogError, Position, Recorded};
use crate::stream::StreamId;

use super::block::{Block, Broken};
use super::heads::Head;
use super::{open, rows};

/// How many bytes of blocks are kept unpacked.
const KEPT_MAX: usize = 16 << 20;

/// How many buffers of blocks no longer kept wait for the writer to use them again.
const SPARE_MAX: usize = 64;

/// Connections beyond so many are closed after use.
const IDLE_MAX: usize = 8;

/// Whoever reads.
#[derive(Debug)]
pub(super) struct Reader {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    kept: Mutex<Kept>,
}

/// The last blocks written or looked up.
#[derive(Debug, Default)]
struct Kept {
    blocks: BTreeMap<Position, Block>,
    /// The order in which they came.
    order: VecDeque<Position>,
    bytes: usize,
    /// Buffers of blocks that are no longer kept.
    spare: Vec<Vec<u8>>,
}

impl Kept {
    fn holding(&self, position: Position) -> Option<&Block> {
        let (_, block) = self.blocks.range(..=position).next_back()?;
        (position < block.next()).then_some(block)
    }

    fn keep(&mut self, block: Block) {
        let (first, bytes) = (block.first, weight(&block));
        if self.blocks.insert(first, block).is_none() {
            self.order.push_back(first);
            self.bytes += bytes;
        }
        while self.bytes > KEPT_MAX {
            let oldest = self.order.pop_front().and_then(|it| self.blocks.remove(&it));
            self.bytes -= oldest.as_ref().map_or(self.bytes, weight);
            if self.spare.len() < SPARE_MAX {
                self.spare.extend(oldest.and_then(Block::into_buffer));
            }
        }
    }
}

/// How much memory a block takes, in bytes: its appends, and the places that hold it.
fn weight(block: &Block) -> usize {
    block.raw.len() + 128
}

impl Reader {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::default(), kept: Mutex::default() }
    }

    /// Keeps blocks that were just written, for who reads them next.
    pub(super) fn keep(&self, blocks: impl IntoIterator<Item = Block>) {
        let mut kept = self.kept.lock();
        blocks.into_iter().for_each(|it| kept.keep(it));
    }

    /// The buffer of a block that is no longer kept.
    pub(super) fn spare(&self) -> Option<Vec<u8>> {
        self.kept.lock().spare.pop()
    }

    /// Lends a connection to `read`.
    pub(super) fn with<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, LogError>,
    ) -> Result<T, LogError> {
        let idle = self.idle.lock().pop();
        let connection = match idle {
            Some(it) => it,
            None => open::reader(&self.path).map_err(|it| rows::unreadable(&it))?,
        };
        let answer = read(&connection)?;
        let mut idle = self.idle.lock();
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
        Ok(answer)
    }

    /// Closes what nobody uses: the last to close the file tidies up, and a reader cannot.
    pub(super) fn close_idle(&self) {
        self.idle.lock().clear();
    }

    fn block_at(&self, position: Position) -> Result<Block, LogError> {
        if let Some(block) = self.kept.lock().holding(position) {
            return Ok(block.clone());
        }
        let block = self.with(|it| rows::block_at(it, position))?;
        self.kept.lock().keep(block.clone());
        Ok(block)
    }

    /// Fills `page` from what is kept, up to the first event that is not. Says whether it is full.
    pub(super) fn recent(&self, page: &mut Page) -> Result<bool, LogError> {
        while !page.is_full() {
            let Some(block) = self.kept.lock().holding(page.next).cloned() else {
                return Ok(false);
            };
            page.take(&block)?;
        }
        Ok(true)
    }

    /// Fills the rest of `page`.
    pub(super) fn all(&self, mut page: Page) -> Result<Vec<Recorded>, LogError> {
        self.with(|connection| {
            rows::scan(connection, page.next, |stored| {
                page.take(&stored.unpack()?)?;
                Ok(!page.is_full())
            })
        })?;
        Ok(page.events)
    }
}

/// Events of all streams, being read.
pub(super) struct Page {
    next: Position,
    end: Position,
    limit: usize,
    pub(super) events: Vec<Recorded>,
}

impl Page {
    /// At most `limit` events after `after`, up to `end`.
    pub(super) fn new(after: Position, end: Position, limit: usize) -> Self {
        let many = usize::try_from(end.saturating_sub(after)).unwrap_or(limit).min(limit);
        let events = Vec::with_capacity(many);
        Self { next: after.saturating_add(1), end, limit, events }
    }

    fn is_full(&self) -> bool {
        self.next > self.end || self.events.len() == self.limit
    }

    /// Takes what it needs from `block`.
    fn take(&mut self, block: &Block) -> Result<(), LogError> {
        for entry in block.entries() {
            let entry = entry.map_err(|it| it.at(block.first))?;
            if entry.first + entry.count <= self.next {
                continue;
            }
            for event in block.events(&entry) {
                let event = event.map_err(|it| it.at(entry.first))?;
                if event.position == self.next && !self.is_full() {
                    self.next += 1;
                    self.events.push(event);
                }
            }
            if self.is_full() {
                break;
            }
        }
        Ok(())
    }
}

/// A walk back through one stream, an append at a time.
pub(super) struct Walk {
    stream: StreamId,
    after: u64,
    /// Where it stands.
    head: Head,
    newest_first: Vec<Recorded>,
}

impl Walk {
    /// From the end of `stream`, at `head`, back to its first `after` events.
    pub(super) fn new(stream: StreamId, head: Head, after: u64) -> Self {
        Self { stream, after, head, newest_first: Vec::new() }
    }

    /// Whether all was read without the file.
    pub(super) fn recent(&mut self, reader: &Reader) -> Result<bool, LogError> {
        while self.head.version > self.after {
            let Some(block) = reader.kept.lock().holding(self.head.position).cloned() else {
                return Ok(false);
            };
            self.step(&block)?;
        }
        Ok(true)
    }

    /// Reads the rest.
    pub(super) fn all(&mut self, reader: &Reader) -> Result<(), LogError> {
        while self.head.version > self.after {
            let block = reader.block_at(self.head.position)?;
            self.step(&block)?;
        }
        Ok(())
    }

    fn step(&mut self, block: &Block) -> Result<(), LogError> {
        let Head { version, position } = self.head;
        let entry = block.entry_at(position).map_err(|it| it.at(position))?;
        let ends = (entry.before + entry.count, entry.first + entry.count - 1);
        if entry.stream != self.stream || ends != (version, position) {
            return Err(Broken("a stream does not go on where it should").at(position));
        }
        let start = self.newest_first.len();
        for event in block.events(&entry) {
            let mut event = event.map_err(|it| it.at(entry.first))?;
            if event.version > self.after {
                // A copy, so that one event does not keep its whole block in memory.
                event.body = bytes::Bytes::copy_from_slice(&event.body);
                self.newest_first.push(event);
            }
        }
        self.newest_first[start..].reverse();
        self.head = Head { version: entry.before, position: entry.previous };
        Ok(())
    }

    /// The events, oldest first.
    pub(super) fn oldest_first(mut self) -> Vec<Recorded> {
        self.newest_first.reverse();
        self.newest_first
    }
}
