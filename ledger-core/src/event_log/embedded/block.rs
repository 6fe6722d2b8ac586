//! A block: consecutive appends as bytes, compressed together.
//!
//! ```text
//! data   = packing (0 plain, 1 LZ4) · length before packing, u32 · the appends, packed
//! append = length of what follows, u32 · category, u8 · stream, 16 bytes
//!        · at, i64 ms · role, u8 · actor, 16 bytes · cause, 16 bytes
//!        · version before · distance back to the stream's previous event, 0 for none
//!        · number of events · event*
//! event  = length, name · schema, u16 · length, body
//! ```
//!
//! Fixed-width numbers are little-endian, the others LEB128. The format is that of the file's
//! `user_version`: another one needs another version, and the code to read both.

use bytes::Bytes;
use chrono::DateTime;
use compact_str::CompactString;
use lz4_flex::block::{CompressTable, compress_into_with_table, get_maximum_output_size};
use uuid::Uuid;

use crate::event_log::{Append, Position, Recorded};
use crate::meta::{Actor, Meta, Role};
use crate::stream::{Category, StreamId};

use super::bytes::{Unread, varint};

/// How many bytes a block holds before packing, unless one append alone is larger. Below 2^16,
/// which is what LZ4 can look back over and what its smaller table can address.
const RAW_MAX: usize = 60 << 10;

const PLAIN: u8 = 0;
const LZ4: u8 = 1;

/// What cannot be read in a block, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken(pub(super) &'static str);

/// Builds blocks, one after the other.
pub(super) struct Encoder {
    raw: Vec<u8>,
    events: u64,
    table: CompressTable,
    /// Packed into first: the length is not known before.
    scratch: Vec<u8>,
}

/// A block as it is stored, and as it was before.
pub(super) struct Packed {
    /// How many events it holds.
    pub(super) count: u64,
    /// As stored.
    pub(super) data: Vec<u8>,
    /// Before packing.
    pub(super) raw: Bytes,
}

impl Encoder {
    pub(super) fn new() -> Self {
        let (raw, scratch) = (Vec::new(), Vec::new());
        Self { raw, events: 0, table: CompressTable::small(), scratch }
    }

    /// Whether `append` should begin another block.
    pub(super) fn is_full_for(&self, append: &Append) -> bool {
        self.events > 0 && self.raw.len() + append.bytes() + 90 + 8 * append.events.len() > RAW_MAX
    }

    /// Adds `append`, whose first event stands `distance` after the stream's previous one.
    pub(super) fn push(&mut self, append: &Append, distance: u64) {
        let start = self.raw.len();
        let raw = &mut self.raw;
        raw.extend_from_slice(&[0; 4]);
        raw.push(append.stream.category as u8);
        raw.extend_from_slice(append.stream.id.as_bytes());
        raw.extend_from_slice(&append.meta.at.timestamp_millis().to_le_bytes());
        raw.push(append.meta.by.role as u8);
        raw.extend_from_slice(append.meta.by.id.as_bytes());
        raw.extend_from_slice(append.meta.cause.as_bytes());
        varint(raw, append.expected);
        varint(raw, distance);
        varint(raw, append.events.len() as u64);
        for event in &append.events {
            varint(raw, event.name.len() as u64);
            raw.extend_from_slice(event.name.as_bytes());
            raw.extend_from_slice(&event.schema.to_le_bytes());
            varint(raw, event.body.len() as u64);
            raw.extend_from_slice(&event.body);
        }
        let length = u32::try_from(raw.len() - start - 4).unwrap_or(u32::MAX);
        raw[start..start + 4].copy_from_slice(&length.to_le_bytes());
        self.events += append.events.len() as u64;
    }

    /// The block of all that was pushed since the last one; `None` when nothing was. `spare` may
    /// give the buffer of a block that nobody needs any more.
    pub(super) fn pack(&mut self, spare: impl FnOnce() -> Option<Vec<u8>>) -> Option<Packed> {
        let count = std::mem::take(&mut self.events);
        if count == 0 {
            return None;
        }
        let raw = if self.raw.len() > RAW_MAX / 2 {
            let next = spare().unwrap_or_else(|| Vec::with_capacity(RAW_MAX));
            Bytes::from(std::mem::replace(&mut self.raw, next))
        } else {
            // A copy of just its length: it may be kept for long, and the buffer is used again.
            let copy = Bytes::copy_from_slice(&self.raw);
            self.raw.clear();
            copy
        };
        self.scratch.resize(get_maximum_output_size(raw.len().max(RAW_MAX)), 0);
        let packed = compress_into_with_table(&raw, &mut self.scratch, &mut self.table);
        let (packing, bytes) = match packed {
            Ok(length) if length < raw.len() => (LZ4, &self.scratch[..length]),
            Ok(_) | Err(_) => (PLAIN, &raw[..]),
        };
        let length = u32::try_from(raw.len()).unwrap_or(u32::MAX);
        let data = [&[packing], &length.to_le_bytes()[..], bytes].concat();
        self.scratch.shrink_to(2 * RAW_MAX);
        Some(Packed { count, data, raw })
    }
}

/// A block that is read.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// The position of its first event.
    pub(super) first: Position,
    /// How many events it holds, at least one.
    pub(super) count: u64,
    /// The appends.
    pub(super) raw: Bytes,
}

/// One append of a block, its events not read yet.
pub(super) struct Entry<'a> {
    /// The position of its first event.
    pub(super) first: Position,
    pub(super) stream: StreamId,
    pub(super) meta: Meta,
    /// How many events the stream held before.
    pub(super) before: u64,
    /// The position of the stream's previous event; 0 for none.
    pub(super) previous: Position,
    /// How many events it holds, at least one.
    pub(super) count: u64,
    events: Unread<'a>,
}

impl Block {
    /// Unpacks `data`.
    pub(super) fn unpack(first: Position, count: u64, data: &[u8]) -> Result<Self, Broken> {
        let mut read = Unread(data);
        let packing = read.u8()?;
        let length = usize::try_from(u32::from_le_bytes(read.array()?)).unwrap_or(usize::MAX);
        let raw = match packing {
            PLAIN => read.0.to_vec(),
            // LZ4 cannot pack 255 bytes into less than one.
            LZ4 if length / 255 <= data.len() => lz4_flex::block::decompress(read.0, length)
                .map_err(|_| Broken("it cannot be unpacked"))?,
            _ => return Err(Broken("its packing is not known")),
        };
        if raw.len() != length {
            return Err(Broken("it unpacks to another length"));
        }
        Ok(Self { first, count, raw: raw.into() })
    }

    /// Its buffer, empty, to build another block in; `None` while somebody reads it, or when it is
    /// of an unusual size.
    pub(super) fn into_buffer(self) -> Option<Vec<u8>> {
        let usual = RAW_MAX / 2..=RAW_MAX;
        if !usual.contains(&self.raw.len()) || !self.raw.is_unique() {
            return None;
        }
        let mut buffer = Vec::from(self.raw);
        buffer.clear();
        Some(buffer)
    }

    /// The position after its last event.
    pub(super) fn next(&self) -> Position {
        self.first + self.count
    }

    /// Its appends, in order; ends with an error when they are not `count` events in all.
    pub(super) fn entries(&self) -> Entries<'_> {
        Entries { read: Unread(&self.raw), first: self.first, next: self.next() }
    }

    /// The append that holds `position`.
    pub(super) fn entry_at(&self, position: Position) -> Result<Entry<'_>, Broken> {
        for entry in self.entries() {
            let entry = entry?;
            if position < entry.first + entry.count {
                return Ok(entry);
            }
        }
        Err(Broken("it lacks an event"))
    }

    /// The events of `entry`, which is one of this block's.
    pub(super) fn events<'a>(&'a self, entry: &Entry<'a>) -> Events<'a> {
        Events {
            block: &self.raw,
            read: Unread(entry.events.0),
            left: entry.count,
            position: entry.first,
            version: entry.before + 1,
            stream: entry.stream,
            meta: entry.meta,
        }
    }
}

/// The appends of a block.
pub(super) struct Entries<'a> {
    read: Unread<'a>,
    first: Position,
    next: Position,
}

impl<'a> Entries<'a> {
    fn read(&mut self) -> Result<Entry<'a>, Broken> {
        let length = u32::from_le_bytes(self.read.array()?);
        let mut read = Unread(self.read.take(u64::from(length))?);
        let category = Category::from_code(read.u8()?).ok_or(Broken("a category is not known"))?;
        let stream = StreamId { category, id: Uuid::from_bytes(read.array()?) };
        let at = DateTime::from_timestamp_millis(i64::from_le_bytes(read.array()?))
            .ok_or(Broken("a time is out of bounds"))?;
        let role = Role::from_code(read.u8()?).ok_or(Broken("a role is not known"))?;
        let by = Actor { role, id: Uuid::from_bytes(read.array()?) };
        let meta = Meta { at, by, cause: Uuid::from_bytes(read.array()?) };
        let (before, distance, count) = (read.varint()?, read.varint()?, read.varint()?);
        let first = self.first;
        let previous = match distance {
            0 => 0,
            _ => first.checked_sub(distance).ok_or(Broken("a stream comes from before the log"))?,
        };
        if (before == 0) != (previous == 0) || before >= first {
            return Err(Broken("a stream has versions without events"));
        }
        if count == 0 || count > self.next - first {
            return Err(Broken("it does not hold the events that it should"));
        }
        self.first += count;
        Ok(Entry { first, stream, meta, before, previous, count, events: read })
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.first == self.next && self.read.0.is_empty() {
            return None;
        }
        let entry = self.read();
        if entry.is_err() {
            (self.first, self.read) = (self.next, Unread(&[]));
        }
        Some(entry)
    }
}

/// The events of one append.
pub(super) struct Events<'a> {
    block: &'a Bytes,
    read: Unread<'a>,
    left: u64,
    position: Position,
    version: u64,
    stream: StreamId,
    meta: Meta,
}

impl Events<'_> {
    fn read(&mut self) -> Result<Recorded, Broken> {
        let length = self.read.varint()?;
        let name = CompactString::from_utf8(self.read.take(length)?)
            .map_err(|_| Broken("a name is not a text"))?;
        let schema = u16::from_le_bytes(self.read.array()?);
        let length = self.read.varint()?;
        let body = self.block.slice_ref(self.read.take(length)?);
        if self.left == 1 && !self.read.0.is_empty() {
            return Err(Broken("an append is longer than its events"));
        }
        let (position, version) = (self.position, self.version);
        (self.position, self.version) = (position + 1, version + 1);
        let (stream, meta) = (self.stream, self.meta);
        Ok(Recorded { position, stream, version, meta, name, schema, body })
    }
}

impl Iterator for Events<'_> {
    type Item = Result<Recorded, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let event = self.read();
        self.left = if event.is_ok() { self.left - 1 } else { 0 };
        Some(event)
    }
}
