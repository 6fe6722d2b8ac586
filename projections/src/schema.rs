//! The file: its tables, how it is opened, and how one that is not ours is told.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};
use sha2::{Digest as _, Sha256};

use crate::durability;

/// The tables; see the files for what each one is.
const TABLES: &str = concat!(
    include_str!("schema.sql"),
    include_str!("schema/payments.sql"),
    include_str!("schema/harvest.sql"),
    include_str!("schema/lists.sql"),
    include_str!("schema/licences.sql"),
    include_str!("schema/partner_payments.sql"),
    include_str!("schema/webhooks.sql"),
    include_str!("schema/agreements.sql"),
    include_str!("schema/teams.sql")
);

/// Raise it when the same tables are filled otherwise: files written before are rebuilt.
const FOLD: u32 = 1;

/// "Read": tells our files from any other one of SQLite's.
const APPLICATION: i32 = 0x5265_6164;

/// Why a file cannot be used as it is.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is none.
    #[error("there are no read models yet at {0}")]
    Missing(PathBuf),
    /// Another program's file: it is not touched.
    #[error("{0} is not a file of read models: give another path, or move it away")]
    Foreign(PathBuf),
    /// Written by another version of this program.
    #[error("the read models were written by another version")]
    OtherVersion,
    /// It cannot be read.
    #[error("the read models are damaged: {0}")]
    Damaged(String),
    /// The machine stopped while it was being written: it may hold anything.
    #[error("the machine stopped while the read models were being written")]
    Unsynced,
    /// It was made from another log, or from events that this one has lost.
    #[error("the read models are of another log")]
    OtherLog,
    /// The log cannot be read.
    #[error("the log cannot be read: {0}")]
    Log(String),
    /// The disk or the system does not allow it.
    #[error("the read models at {path} cannot be opened: {why}")]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// As SQLite says it.
        why: String,
    },
}

impl OpenError {
    /// Whether deleting the file and reading the log again is the cure.
    pub(crate) const fn is_cured_by_rebuild(&self) -> bool {
        match self {
            Self::Missing(_)
            | Self::OtherVersion
            | Self::Damaged(_)
            | Self::Unsynced
            | Self::OtherLog => true,
            Self::Foreign(_) | Self::Log(_) | Self::Sqlite { .. } => false,
        }
    }

    pub(crate) fn sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        if is_damage(error) {
            Self::Damaged(error.to_string())
        } else {
            Self::Sqlite { path: path.to_owned(), why: error.to_string() }
        }
    }
}

/// Whether `error` says that the file does not hold what it should.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error as E;
    use rusqlite::ErrorCode;
    let odd = matches!(
        error,
        E::FromSqlConversionFailure(..)
            | E::IntegralValueOutOfRange(..)
            | E::InvalidColumnType(..)
            | E::Utf8Error(..)
    );
    let code = error.sqlite_error_code();
    odd || matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
        // A table or column that is not there any more.
        || matches!(error, E::SqlInputError { .. })
}

/// What this program's files are marked with: the tables and how they are filled.
fn version() -> i32 {
    let digest = Sha256::new().chain_update(FOLD.to_be_bytes()).chain_update(TABLES).finalize();
    i32::from_be_bytes([digest[0] & 0x7f, digest[1], digest[2], digest[3]])
}

/// How a file is written: in use, or being made from nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Readers read it meanwhile, and what was written survives a crash as a whole.
    Live,
    /// Nobody reads it, and a crash leaves a file that is thrown away.
    Rebuild,
}

/// Makes an empty file at `path`, where there is none.
pub(crate) fn create(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    settings(&connection, Mode::Rebuild)?;
    connection.execute_batch(TABLES)?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", version())?;
    Ok(connection)
}

/// Opens the file at `path` for writing, if it is one of this version.
pub(crate) fn open(path: &Path) -> Result<Connection, OpenError> {
    if !path.exists() {
        return Err(OpenError::Missing(path.to_owned()));
    }
    let failed = |error: rusqlite::Error| OpenError::sqlite(path, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get(0));
    let application: i32 = number("application_id").map_err(failed)?;
    if application != APPLICATION {
        let tables = connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
        return Err(match tables.map_err(failed)? {
            0 => OpenError::OtherVersion,
            _ => OpenError::Foreign(path.to_owned()),
        });
    }
    let written: i32 = number("user_version").map_err(failed)?;
    if written != version() {
        return Err(OpenError::OtherVersion);
    }
    settings(&connection, Mode::Live).map_err(failed)?;
    if !durability::begin(&connection).map_err(failed)? {
        return Err(OpenError::Unsynced);
    }
    Ok(connection)
}

/// Opens the file at `path` for reading, beside its writer.
pub(crate) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.pragma_update(None, "cache_size", -8_192)?;
    connection.pragma_update(None, "mmap_size", 1_i64 << 30)?;
    Ok(connection)
}

fn settings(connection: &Connection, mode: Mode) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(128);
    connection.pragma_update(None, "temp_store", "memory")?;
    match mode {
        Mode::Live => {
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "full")?;
            connection.pragma_update(None, "wal_autocheckpoint", 8_192)?;
            connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
            connection.pragma_update(None, "cache_size", -131_072)
        }
        Mode::Rebuild => {
            connection.pragma_update(None, "journal_mode", "off")?;
            connection.pragma_update(None, "synchronous", "off")?;
            connection.pragma_update(None, "locking_mode", "exclusive")?;
            connection.pragma_update(None, "cache_size", -524_288)
        }
    }
}

/// Deletes the file at `path` and what SQLite keeps beside it; fine if there is none.
pub(crate) fn delete(path: &Path) -> std::io::Result<()> {
    delete_beside(path)?;
    absent_is_fine(std::fs::remove_file(path))
}

/// Moves a damaged file out of the way, to `<path>-damaged`: should it be another program's after
/// all, nothing is lost.
pub(crate) fn set_aside(path: &Path) -> std::io::Result<()> {
    delete_beside(path)?;
    absent_is_fine(std::fs::rename(path, beside(path, "-damaged")))
}

/// `path` with `suffix` at its end.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Deletes what SQLite keeps beside the file at `path`.
pub(crate) fn delete_beside(path: &Path) -> std::io::Result<()> {
    for suffix in ["-wal", "-shm", "-journal"] {
        absent_is_fine(std::fs::remove_file(beside(path, suffix)))?;
    }
    Ok(())
}

fn absent_is_fine(done: std::io::Result<()>) -> std::io::Result<()> {
    match done {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Ok(()) | Err(_) => done,
    }
}

/// The names of the tables of `connection` that hold read models, sorted; without those that
/// SQLite keeps for itself, and without `unsynced`, which says nothing.
pub(crate) fn tables(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let sql = "SELECT name, sql FROM sqlite_schema
        WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'unsynced'
        ORDER BY name";
    let mut rows = connection.prepare(sql)?;
    let tables = rows.query_map(params![], |row| Ok((row.get(0)?, row.get(1)?)))?;
    tables.collect()
}
