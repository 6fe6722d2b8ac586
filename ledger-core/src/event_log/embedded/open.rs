//! Is the file ours, whole, writable, and nobody else's? Answered before anything is written.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::event_log::LogError;

/// `application_id` of a log: « crlg », for *compte ressources, log*.
pub(super) const LOG_ID: i32 = i32::from_be_bytes(*b"crlg");

/// The version of the file's format that this code writes, and the only one it reads.
pub(super) const LOG_VERSION: i32 = 1;

/// What SQLite reads and writes at once. Larger would make a lone append write more, smaller
/// would cut each block into more pieces.
const PAGE_BYTES: i32 = 4096;

/// The write-ahead log is this long from the start: overwriting takes less than half the time of
/// growing, where each sync also has to record the new length.
const WAL_RESERVED: usize = 32 << 20;

/// Why a file cannot be opened as a log.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The path is empty, a directory, or in a directory that does not exist.
    #[error("`{path}` cannot be a log: {why}")]
    Path {
        /// What was given.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The file is not a log of ours; it was left as it is.
    #[error("`{path}` is not a log of this ledger: it is {what}; give another path")]
    Foreign {
        /// Which file.
        path: PathBuf,
        /// What it is instead.
        what: String,
    },
    /// A later version of this program wrote it.
    #[error("`{path}` has format {found}, this program knows up to {known}: use a newer program")]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: i32,
        /// The newest one known here.
        known: i32,
    },
    /// Another process has it open for writing.
    #[error(
        "`{path}` is in use by another process{by}: stop it first, or read with a read-only command (`{lock}` is its lock)"
    )]
    Locked {
        /// Which file.
        path: PathBuf,
        /// Its lock.
        lock: PathBuf,
        /// Which process, when known: `` (4321)``.
        by: String,
    },
    /// The file or its directory cannot be written to.
    #[error(
        "`{path}` cannot be written to: give this user the right to write it and its directory"
    )]
    ReadOnly {
        /// Which file or directory.
        path: PathBuf,
    },
    /// The log is gone, but its write-ahead log is there: creating another would destroy it.
    #[error(
        "`{path}` is missing or empty, but `{wal}` is there: put both back, or remove the latter"
    )]
    Orphan {
        /// Which file.
        path: PathBuf,
        /// Its write-ahead log.
        wal: PathBuf,
    },
    /// There is no log to read.
    #[error("`{path}` does not exist")]
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// The file system failed.
    #[error("`{path}` cannot be opened: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// SQLite failed.
    #[error("`{path}` cannot be opened: {source}")]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// What it holds cannot be read.
    #[error("`{path}` cannot be read: {source}; restore a backup, and keep this file to look into")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Where, and why.
        source: LogError,
    },
}

impl OpenError {
    pub(super) fn io(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| {
            let path = path.to_owned();
            let refused = [io::ErrorKind::PermissionDenied, io::ErrorKind::ReadOnlyFilesystem];
            let read_only = refused.contains(&source.kind());
            if read_only { Self::ReadOnly { path } } else { Self::Io { path, source } }
        }
    }

    pub(super) fn sqlite(path: &Path) -> impl Fn(rusqlite::Error) -> Self + '_ {
        |source| Self::Sqlite { path: path.to_owned(), source }
    }

    pub(super) fn damaged(path: &Path) -> impl Fn(LogError) -> Self + '_ {
        |source| Self::Damaged { path: path.to_owned(), source }
    }
}

/// `path` with `suffix` after its last letter.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Holds the log for this process until it is dropped.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "held, never read")] File);

impl Lock {
    fn take(path: &Path) -> Result<Self, OpenError> {
        let lock = beside(path, ".lock");
        let mut options = File::options();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock)
            .map_err(OpenError::io(&lock))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(source)) => return Err(OpenError::Io { path: lock, source }),
            Err(TryLockError::WouldBlock) => {
                let mut by = String::new();
                let known = file.read_to_string(&mut by).is_ok() && !by.trim().is_empty();
                let by = if known { format!(" ({})", by.trim()) } else { String::new() };
                return Err(OpenError::Locked { path: path.to_owned(), lock, by });
            }
        }
        let id = format!("{}\n", std::process::id());
        file.set_len(0)
            .and_then(|()| file.write_all(id.as_bytes()))
            .map_err(OpenError::io(&lock))?;
        Ok(Self(file))
    }
}

/// Refuses a path that cannot be a file's.
fn check_path(path: &Path) -> Result<(), OpenError> {
    let why = match () {
        () if path.as_os_str().is_empty() => "it is empty; give the path of a file",
        () if path.is_dir() => "it is a directory; give the path of a file in it",
        () if path.file_name().is_none() => "it does not name a file",
        () if !directory(path).is_dir() => "its directory does not exist; create it first",
        () => return Ok(()),
    };
    Err(OpenError::Path { path: path.to_owned(), why })
}

/// Refuses a path where a file cannot be made, or is already.
pub(super) fn check_new(path: &Path) -> Result<(), OpenError> {
    check_path(path)?;
    if path.exists() {
        let why = "it exists already, and is not written over; give another path";
        return Err(OpenError::Path { path: path.to_owned(), why });
    }
    refuse_read_only(directory(path))
}

/// The directory of `path`.
pub(super) fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(it) if !it.as_os_str().is_empty() => it,
        _ => Path::new("."),
    }
}

fn refuse_read_only(path: &Path) -> Result<(), OpenError> {
    // A superuser may write to it all the same; whoever marked it meant something by it.
    let marked = fs::metadata(path).map_err(OpenError::io(path))?.permissions().readonly();
    if marked { Err(OpenError::ReadOnly { path: path.to_owned() }) } else { Ok(()) }
}

fn is_empty(path: &Path) -> bool {
    fs::metadata(path).map_or(true, |it| it.len() == 0)
}

/// Reads the first page's header, without SQLite, which might change a file that is not ours.
fn check_header(path: &Path) -> Result<(), OpenError> {
    let mut header = [0; 100];
    let foreign = |what: String| OpenError::Foreign { path: path.to_owned(), what };
    let mut file = File::open(path).map_err(OpenError::io(path))?;
    match file.read_exact(&mut header) {
        Ok(()) if header.starts_with(b"SQLite format 3\0") => {}
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            return Err(OpenError::io(path)(error));
        }
        Ok(()) | Err(_) => return Err(foreign("not an SQLite file".into())),
    }
    let number = |at: usize| {
        let bytes = header[at..].first_chunk().copied();
        i32::from_be_bytes(bytes.unwrap_or_default())
    };
    let (version, id) = (number(60), number(68));
    if id != LOG_ID {
        return Err(foreign(format!("an SQLite file of another program (application {id})")));
    }
    if version > LOG_VERSION {
        let (found, known) = (version, LOG_VERSION);
        return Err(OpenError::Newer { path: path.to_owned(), found, known });
    }
    Ok(())
}

/// Locks the log, creates it when there is none, and opens it for its one writer.
pub(super) fn writer(path: &Path) -> Result<(Lock, Connection), OpenError> {
    check_path(path)?;
    refuse_read_only(directory(path))?;
    let wal = beside(path, "-wal");
    let lock = Lock::take(path)?;
    if is_empty(path) {
        if !is_empty(&wal) {
            return Err(OpenError::Orphan { path: path.to_owned(), wal });
        }
        create(path).map_err(OpenError::sqlite(path))?;
        sync_directory(path)?;
    }
    refuse_read_only(path)?;
    check_header(path)?;
    if is_empty(&wal) {
        reserve(&wal).map_err(OpenError::io(&wal))?;
        sync_directory(path)?;
    }
    let connection = write(path).map_err(OpenError::sqlite(path))?;
    Ok((lock, connection))
}

/// Makes the names of new files durable.
pub(super) fn sync_directory(path: &Path) -> Result<(), OpenError> {
    let directory = directory(path);
    File::open(directory).and_then(|it| it.sync_all()).map_err(OpenError::io(directory))
}

/// In one transaction, so that a file is either empty or whole; in a journal, so that the header
/// is in the file itself.
pub(super) fn create(path: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    connection.pragma_update(None, "synchronous", "EXTRA")?;
    connection.execute_batch(&format!(
        "BEGIN EXCLUSIVE;
         PRAGMA application_id = {LOG_ID};
         PRAGMA user_version = {LOG_VERSION};
         CREATE TABLE block (
             first INTEGER PRIMARY KEY,
             count INTEGER NOT NULL,
             chain BLOB NOT NULL,
             data  BLOB NOT NULL
         ) STRICT;
         COMMIT;"
    ))
}

/// Fills the write-ahead log with zeros, which SQLite takes for an empty one.
fn reserve(wal: &Path) -> io::Result<()> {
    let mut file = File::create(wal)?;
    let zeros = vec![0; 1 << 20];
    for _ in 0..WAL_RESERVED / zeros.len() {
        file.write_all(&zeros)?;
    }
    file.sync_all()
}

/// Opens a log that exists for writing.
pub(super) fn write(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(rusqlite::Error::InvalidParameterName(format!(
            "journal_mode is {mode}, not WAL"
        )));
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Checkpoints have their own thread: see checkpoint.rs.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.prepare("SELECT first, count, chain, data FROM block")?;
    Ok(connection)
}

/// Refuses what is not a log that can be read.
pub(super) fn check_readable(path: &Path) -> Result<(), OpenError> {
    check_path(path)?;
    if !path.exists() {
        return Err(OpenError::Missing { path: path.to_owned() });
    }
    check_header(path)
}

/// Opens the log for reading; it may be written to at the same time.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // A block is read once and kept unpacked elsewhere: pages need little room.
    connection.pragma_update(None, "cache_size", -256)?;
    Ok(connection)
}
