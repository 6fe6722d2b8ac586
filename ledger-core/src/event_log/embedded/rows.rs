//! The file's rows, each checked against the chain as it is read.

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Row, params};
use sha2::{Digest as _, Sha256};

use crate::event_log::{LogError, Position};

use super::block::{Block, Broken};

/// How many blocks a slice has: at most some 10 MiB.
const SLICE: usize = 512;

/// SHA-256 of all that stands in the log up to some block.
pub(super) type Chain = [u8; 32];

/// Where the log may go on: the next position, and the chain up to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// The position that comes next.
    pub(super) next: Position,
    /// Of all the blocks before.
    pub(super) chain: Chain,
}

impl Link {
    /// Before the first block.
    pub(super) const START: Self = Self { next: 1, chain: [0; 32] };

    /// After a block of `count` events: SHA-256 of the chain before, its first position, its
    /// count (both u64, little-endian) and its data.
    pub(super) fn then(self, count: u64, data: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.chain);
        hash.update(self.next.to_le_bytes());
        hash.update(count.to_le_bytes());
        hash.update(data);
        Self { next: self.next + count, chain: hash.finalize().into() }
    }
}

/// A block as it is stored.
pub(super) struct Stored<'a> {
    /// After it.
    pub(super) link: Link,
    /// The position of its first event.
    pub(super) first: Position,
    /// How many events it holds.
    pub(super) count: u64,
    /// Packed.
    pub(super) data: &'a [u8],
}

impl Stored<'_> {
    /// Its appends.
    pub(super) fn unpack(&self) -> Result<Block, LogError> {
        Block::unpack(self.first, self.count, self.data).map_err(|it| it.at(self.first))
    }
}

impl Broken {
    /// As the log's own error.
    pub(super) fn at(self, position: Position) -> LogError {
        LogError::Damaged { position, why: self.0.to_owned() }
    }
}

/// `error` of SQLite, met while reading.
pub(super) fn unreadable(error: &rusqlite::Error) -> LogError {
    let damaged = match error.sqlite_error_code() {
        Some(code) => matches!(code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase),
        None => matches!(
            error,
            rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
        ),
    };
    if damaged {
        return LogError::Damaged { position: 0, why: error.to_string() };
    }
    LogError::Unavailable(error.to_string())
}

/// A position or a count as SQLite keeps it.
pub(super) fn int(it: u64) -> i64 {
    i64::try_from(it).unwrap_or(i64::MAX)
}

fn uint(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let it: i64 = row.get(column)?;
    u64::try_from(it).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, it))
}

/// Where the block that holds `position` begins, or the end when none does.
pub(super) fn link_at(connection: &Connection, position: Position) -> Result<Link, LogError> {
    let links = || {
        let mut query = connection.prepare_cached(
            "SELECT first, count, chain FROM block WHERE first <= ?1 ORDER BY first DESC LIMIT 2",
        )?;
        let rows = query.query_map([int(position)], |row| {
            let (first, count) = (uint(row, 0)?, uint(row, 1)?);
            Ok((first, Link { next: first.saturating_add(count), chain: row.get(2)? }))
        })?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    let found = links().map_err(|it| unreadable(&it))?;
    Ok(match found.as_slice() {
        [(_, after), ..] if position >= after.next => *after,
        [] | [_] => Link::START,
        [_, (_, before), ..] => *before,
    })
}

/// After the last block.
pub(super) fn end(connection: &Connection) -> Result<Link, LogError> {
    link_at(connection, Position::MAX)
}

fn check<'a>(row: &'a Row<'_>, before: Link) -> Result<Stored<'a>, LogError> {
    let read = || -> rusqlite::Result<_> {
        let chain: Chain = row.get(2)?;
        let data = row.get_ref(3)?.as_blob()?;
        Ok((uint(row, 0)?, uint(row, 1)?, chain, data))
    };
    let (first, count, chain, data) = read().map_err(|it| unreadable(&it))?;
    if first != before.next || count == 0 {
        return Err(Broken("it does not follow the block before").at(before.next));
    }
    let link = before.then(count, data);
    if link.chain != chain {
        return Err(Broken("it is not what was written: its hash differs").at(first));
    }
    Ok(Stored { link, first, count, data })
}

/// The block that holds `position`; an error when there is none.
pub(super) fn block_at(connection: &Connection, position: Position) -> Result<Block, LogError> {
    let before = link_at(connection, position)?;
    let mut query = connection
        .prepare_cached("SELECT first, count, chain, data FROM block WHERE first = ?1")
        .map_err(|it| unreadable(&it))?;
    query
        .query_row([int(before.next)], |row| Ok(check(row, before).and_then(|it| it.unpack())))
        .optional()
        .map_err(|it| unreadable(&it))?
        .unwrap_or_else(|| Err(Broken("there is no such block").at(position)))
}

/// Goes through the blocks from the one that holds `from`, in order, as long as `each` says so.
/// Gives what comes after the last one seen.
pub(super) fn scan(
    connection: &Connection,
    from: Position,
    each: impl FnMut(&Stored<'_>) -> Result<bool, LogError>,
) -> Result<Link, LogError> {
    scan_after(connection, link_at(connection, from)?, each)
}

/// Goes through some blocks after `link`, enough to be quick, few enough that the write-ahead log
/// can begin again in between: it cannot while somebody reads. Gives what comes after them, which
/// is `link` when there is none.
pub(super) fn slice(
    connection: &Connection,
    link: Link,
    mut each: impl FnMut(&Stored<'_>) -> Result<(), LogError>,
) -> Result<Link, LogError> {
    let mut seen = 0;
    scan_after(connection, link, |stored| {
        seen += 1;
        each(stored)?;
        Ok(seen < SLICE)
    })
}

fn scan_after(
    connection: &Connection,
    mut link: Link,
    mut each: impl FnMut(&Stored<'_>) -> Result<bool, LogError>,
) -> Result<Link, LogError> {
    let mut query = connection
        .prepare_cached(
            "SELECT first, count, chain, data FROM block WHERE first >= ?1 ORDER BY first",
        )
        .map_err(|it| unreadable(&it))?;
    let mut rows = query.query([int(link.next)]).map_err(|it| unreadable(&it))?;
    while let Some(row) = rows.next().map_err(|it| unreadable(&it))? {
        let stored = check(row, link)?;
        link = stored.link;
        if !each(&stored)? {
            break;
        }
    }
    Ok(link)
}

/// Adds the block of `count` events that `after` follows.
pub(super) fn insert(
    connection: &Connection,
    after: Link,
    count: u64,
    data: &[u8],
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO block (first, count, chain, data) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![int(after.next - count), int(count), after.chain, data])?;
    Ok(())
}
