//! Where a log is, as settings say it, and opening it there.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

#[cfg(feature = "kurrentdb")]
use super::kurrentdb::{KurrentDb, Settings};
use super::{Embedded, Log, Memory};

/// Where the event log is: `memory:`, `file:<path>` or `kurrentdb://<servers>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogAt {
    /// In memory, lost at the end.
    Memory,
    /// In this file, which is made when it is missing.
    File(PathBuf),
    /// On these servers.
    #[cfg(feature = "kurrentdb")]
    KurrentDb(Box<Settings>),
}

/// Why a text does not say where a log is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogAtError {
    /// It is none of the ways to say it.
    #[error("expected {}", LogAt::EXPECTED)]
    Unknown,
    /// It is a connection string that cannot be used.
    #[cfg(feature = "kurrentdb")]
    #[error(transparent)]
    KurrentDb(#[from] super::kurrentdb::SettingsError),
}

/// Why a log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum LogOpenError {
    /// Its folder cannot be made.
    #[error("{}: {why}", folder.display())]
    Folder {
        /// Which one.
        folder: PathBuf,
        /// Why not.
        why: std::io::Error,
    },
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] super::embedded::OpenError),
    /// The client of the servers cannot be started.
    #[cfg(feature = "kurrentdb")]
    #[error(transparent)]
    KurrentDb(#[from] super::kurrentdb::OpenError),
    /// A log in memory is of one process only.
    #[error("a log in memory (memory:) is there for the process that made it only")]
    Memory,
}

impl LogAt {
    /// What a setting may say.
    pub const EXPECTED: &str = "memory:, file: and a path, for example file:/var/lib/ledger/log, \
                                or kurrentdb:// and servers, for example kurrentdb://db1:2113";
}

impl FromStr for LogAt {
    type Err = LogAtError;

    fn from_str(text: &str) -> Result<Self, LogAtError> {
        match text.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            #[cfg(feature = "kurrentdb")]
            Some((scheme, _)) if Settings::is_scheme(scheme) => {
                Ok(Self::KurrentDb(Box::new(text.parse()?)))
            }
            _ => Err(LogAtError::Unknown),
        }
    }
}

impl fmt::Display for LogAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory:"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            #[cfg(feature = "kurrentdb")]
            Self::KurrentDb(settings) => settings.fmt(f),
        }
    }
}

impl Log {
    /// Opens the log that is at `at`, to write to it, within a runtime. Makes a file, and its
    /// folder, that is missing; waits for no server.
    pub fn open(at: &LogAt) -> Result<Self, LogOpenError> {
        match at {
            LogAt::Memory => Ok(Memory::new().into()),
            LogAt::File(path) => {
                if let Some(folder) = path.parent() {
                    let failed = |why| LogOpenError::Folder { folder: folder.into(), why };
                    std::fs::create_dir_all(folder).map_err(failed)?;
                }
                Ok(Embedded::open(path)?.into())
            }
            #[cfg(feature = "kurrentdb")]
            LogAt::KurrentDb(settings) => Ok(KurrentDb::open((**settings).clone())?.into()),
        }
    }

    /// Opens the log that is at `at` to read it, beside a service that may be running, within a
    /// runtime.
    pub fn open_to_read(at: &LogAt) -> Result<Self, LogOpenError> {
        match at {
            LogAt::Memory => Err(LogOpenError::Memory),
            LogAt::File(path) => Ok(Embedded::open_read_only(path)?.into()),
            #[cfg(feature = "kurrentdb")]
            LogAt::KurrentDb(_) => Self::open(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_log_is_is_read_and_shown_without_a_password() {
        for (text, shown) in [
            ("memory:", "memory:"),
            ("file:/var/log", "file:/var/log"),
            ("esdb://u:secret@db?tls=false", "kurrentdb://u:…@db:2113?tls=false&prefix=ledger"),
        ] {
            assert_eq!(text.parse::<LogAt>().unwrap().to_string(), shown);
        }
        for (text, expected) in [
            ("postgres:", "file:/var/lib/ledger/log, or kurrentdb://"),
            ("file:", "expected memory:"),
            ("kurrentdb://db?tls=1", "tls is `1`"),
        ] {
            let said = text.parse::<LogAt>().unwrap_err().to_string();
            assert!(said.contains(expected), "{said}");
        }
    }
}
