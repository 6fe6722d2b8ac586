//! The table of heads: a file that may be lost, and is never trusted further than it can prove.

use std::fs;
use std::path::{Path, PathBuf};

use parking_lot::{Mutex, RwLock};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, params};
use uuid::Uuid;

use crate::event_log::LogError;
use crate::stream::{Category, StreamId};

use super::super::open::beside;
use super::super::rows::{self, Chain, Link, int};
use super::{Head, Map};

/// `application_id` of an index: « crli ».
const INDEX_ID: i32 = i32::from_be_bytes(*b"crli");

/// A stream as the table's key: its category and its id.
type Key = [u8; 17];

/// The table, and up to where it has indexed the log.
#[derive(Debug)]
pub(super) struct Table {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    indexed: RwLock<Link>,
}

impl Table {
    /// Opens the table of the log at `path`. When it is missing, damaged, or not of what `log`
    /// holds, it begins again from nothing.
    pub(super) fn open(path: &Path, log: &Connection) -> Result<Self, LogError> {
        let path = beside(path, "-streams");
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(&path, flags)
            .and_then(|it| Ok((fitting(&it, log)?, configure(&it), it)));
        if let Ok((Some(link), Ok(()), connection)) = opened {
            return Ok(Self::new(path, connection, link));
        }
        tracing::info!(path = %path.display(), "Building the index of streams");
        let connection = create(&path).map_err(|it| unusable(&path, &it))?;
        Ok(Self::new(path, connection, Link::START))
    }

    /// The same, changing nothing: `None` when it is missing, damaged, or not of what `log` holds.
    pub(super) fn open_read_only(path: &Path, log: &Connection) -> Option<Self> {
        let path = beside(path, "-streams");
        let opened = reader(&path).and_then(|it| Ok((fitting(&it, log)?, it)));
        match opened {
            Ok((Some(link), connection)) => Some(Self::new(path, connection, link)),
            Ok((None, _)) | Err(_) => None,
        }
    }

    fn new(path: PathBuf, connection: Connection, link: Link) -> Self {
        let (writer, readers) = (Mutex::new(connection), Mutex::default());
        Self { path, writer, readers, indexed: RwLock::new(link) }
    }

    /// After the last event that is indexed.
    pub(super) fn indexed(&self) -> Link {
        *self.indexed.read()
    }

    /// Where `stream` ends, up to what is indexed.
    pub(super) fn get(&self, stream: StreamId) -> Result<Head, LogError> {
        let idle = self.readers.lock().pop();
        let read = || {
            let connection = idle.map_or_else(|| reader(&self.path), Ok)?;
            let head = connection
                .prepare_cached("SELECT version, position FROM head WHERE stream = ?1")?
                .query_row([key(stream)], |row| head(row, 0))
                .optional()?;
            Ok((connection, head))
        };
        let (connection, head) = read().map_err(|it| self.unusable(&it))?;
        self.readers.lock().push(connection);
        Ok(head.unwrap_or_default())
    }

    /// `error`, met while using the table. When it is damaged it is deleted, so that the next
    /// start builds it again.
    fn unusable(&self, error: &rusqlite::Error) -> LogError {
        let damaged = [ErrorCode::DatabaseCorrupt, ErrorCode::NotADatabase];
        if error.sqlite_error_code().is_some_and(|it| damaged.contains(&it)) {
            tracing::error!(%error, path = %self.path.display(), "The index of streams is damaged");
            // Were it not deleted, the operator is told to.
            let _ = fs::remove_file(&self.path);
        }
        unusable(&self.path, error)
    }

    /// Writes `heads`, and that all is indexed up to `link`, in one transaction.
    pub(super) fn write(&self, heads: &Map, link: Link) -> Result<(), LogError> {
        let mut sorted: Vec<_> = heads.iter().map(|(&stream, head)| (key(stream), head)).collect();
        sorted.sort_unstable_by_key(|it| it.0);
        let write = |connection: &mut Connection| {
            let transaction = connection.transaction()?;
            let mut insert = transaction.prepare_cached(
                "INSERT OR REPLACE INTO head (stream, version, position) VALUES (?1, ?2, ?3)",
            )?;
            for (key, head) in &sorted {
                insert.execute(params![key, int(head.version), int(head.position)])?;
            }
            drop(insert);
            record(&transaction, link)?;
            transaction.commit()
        };
        write(&mut self.writer.lock()).map_err(|it| self.unusable(&it))?;
        *self.indexed.write() = link;
        Ok(())
    }

    /// Gives all heads to `each`, up to `many` at a time, as long as it says so. Says whether it
    /// came to the end.
    pub(super) fn load(
        &self,
        many: usize,
        mut each: impl FnMut(&[(StreamId, Head)]) -> bool,
    ) -> Result<bool, LogError> {
        let mut load = || {
            let connection = reader(&self.path)?;
            let mut query = connection.prepare("SELECT stream, version, position FROM head")?;
            let mut rows = query.query([])?;
            let mut some = Vec::with_capacity(many);
            while let Some(row) = rows.next()? {
                some.push((stream(&row.get::<_, Key>(0)?)?, head(row, 1)?));
                if some.len() == many {
                    if !each(&some) {
                        return Ok(false);
                    }
                    some.clear();
                }
            }
            Ok(each(&some))
        };
        load().map_err(|it| self.unusable(&it))
    }
}

fn key(stream: StreamId) -> Key {
    let mut key = [stream.category as u8; 17];
    key[1..].copy_from_slice(stream.id.as_bytes());
    key
}

fn stream(key: &Key) -> rusqlite::Result<StreamId> {
    let [code, id @ ..] = *key;
    let category = Category::from_code(code)
        .ok_or(rusqlite::Error::IntegralValueOutOfRange(0, code.into()))?;
    Ok(StreamId { category, id: Uuid::from_bytes(id) })
}

fn head(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Head> {
    let number = |column| -> rusqlite::Result<u64> {
        let it: i64 = row.get(column)?;
        u64::try_from(it).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, it))
    };
    Ok(Head { version: number(column)?, position: number(column + 1)? })
}

fn record(connection: &Connection, link: Link) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO indexed (only, next, chain) VALUES (1, ?1, ?2)")?
        .execute(params![int(link.next), link.chain])?;
    Ok(())
}

fn unusable(path: &Path, error: &rusqlite::Error) -> LogError {
    let path = path.display();
    let advice = "delete it, if it is still there, and restart: it is built again";
    LogError::Unavailable(format!("the index of streams `{path}`: {error}; {advice}"))
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Enough to come back whole after a power cut, only older: it is then caught up.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "cache_size", -32_768)
}

/// Up to where the table has indexed what `log` holds; `None` when it is not of this log.
fn fitting(connection: &Connection, log: &Connection) -> rusqlite::Result<Option<Link>> {
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if id != INDEX_ID {
        return Ok(None);
    }
    connection.prepare("SELECT stream, version, position FROM head")?;
    let link = connection.query_row("SELECT next, chain FROM indexed", [], |row| {
        let (next, chain): (i64, Chain) = (row.get(0)?, row.get(1)?);
        let next = u64::try_from(next);
        let next = next.map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, -1))?;
        Ok(Link { next, chain })
    })?;
    Ok(rows::link_at(log, link.next).is_ok_and(|it| it == link).then_some(link))
}

/// Deletes what is there and begins again.
fn create(path: &Path) -> rusqlite::Result<Connection> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        match fs::remove_file(beside(path, suffix)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(rusqlite::Error::ToSqlConversionFailure(error.into()));
            }
            Ok(()) | Err(_) => {}
        }
    }
    let connection = Connection::open(path)?;
    configure(&connection)?;
    connection.execute_batch(&format!(
        "BEGIN;
         PRAGMA application_id = {INDEX_ID};
         CREATE TABLE head (
             stream   BLOB PRIMARY KEY,
             version  INTEGER NOT NULL,
             position INTEGER NOT NULL
         ) STRICT, WITHOUT ROWID;
         CREATE TABLE indexed (
             only  INTEGER PRIMARY KEY CHECK (only = 1),
             next  INTEGER NOT NULL,
             chain BLOB NOT NULL
         ) STRICT;
         COMMIT;"
    ))?;
    record(&connection, Link::START)?;
    Ok(connection)
}

fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
}
