//! What a partner's feeds last told: one SQLite file for each partner, which may be deleted.
//!
//! A page's records and how far the feed was read are written in one transaction: after a crash
//! the next pass goes on from the last page that was written, without a gap and without a double.
//! Nothing here is the truth: the ledger's log is, and this is told anew by the partner.

mod findings;
mod progress;
mod records;
#[cfg(test)]
mod tests;
mod writing;

use std::path::{Path, PathBuf};

use ledger_core::ids::PartnerId;
use ledger_core::partner::FeedRole;
use rusqlite::Connection;

pub use findings::Findings;
pub use progress::{Progress, Repository, Resume};
pub use records::Joined;
pub use writing::Writing;

/// The tables.
const TABLES: &str = include_str!("store/schema.sql");

/// Raised when the tables or what they hold change: older files are deleted.
const VERSION: i32 = 1;

/// Why what was told cannot be kept or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what the feeds told cannot be kept in {file}: {why}")]
pub struct StoreError {
    file: String,
    why: String,
}

/// The folder of all partners' files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stores(PathBuf);

impl Stores {
    /// Those in `folder`, which is made when it is needed.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// What `partner`'s feeds told; empty when there is no file, or none that can be read.
    pub fn open(&self, partner: PartnerId) -> Result<Store, StoreError> {
        let file = self.0.join(format!("{partner}.sqlite"));
        let failed = |why: String| StoreError { file: file.display().to_string(), why };
        std::fs::create_dir_all(&self.0).map_err(|it| failed(it.to_string()))?;
        match open(&file) {
            Ok(connection) => Ok(Store { connection, file }),
            Err(error) => {
                tracing::warn!(file = %file.display(), "begun anew: {error}");
                for suffix in ["", "-wal", "-shm"] {
                    let mut beside = file.clone().into_os_string();
                    beside.push(suffix);
                    match std::fs::remove_file(beside) {
                        Err(it) if it.kind() != std::io::ErrorKind::NotFound => {
                            return Err(failed(it.to_string()));
                        }
                        Ok(()) | Err(_) => {}
                    }
                }
                let connection = open(&file).map_err(|it| failed(it.to_string()))?;
                Ok(Store { connection, file })
            }
        }
    }
}

/// What one partner's feeds told.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    file: PathBuf,
}

fn open(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // What a power cut takes away is told again: the file stays whole all the same.
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.set_prepared_statement_cache_capacity(32);
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version != VERSION {
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables > 0 {
            return Err(rusqlite::Error::InvalidQuery);
        }
        connection.execute_batch(TABLES)?;
        connection.pragma_update(None, "user_version", VERSION)?;
    }
    connection.query_row("SELECT count(*) FROM progress", [], |_| Ok(()))?;
    Ok(connection)
}

impl Store {
    fn failed(&self, error: &rusqlite::Error) -> StoreError {
        StoreError { file: self.file.display().to_string(), why: error.to_string() }
    }
}

const fn code(role: FeedRole) -> u8 {
    role as u8
}
