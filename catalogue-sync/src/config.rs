//! Every setting of the worker, read from the environment.
//!
//! | variable                 | default                  | meaning                                     |
//! |--------------------------|--------------------------|---------------------------------------------|
//! | `LEDGER_DATA`            | `data`                   | directory of all that is written            |
//! | `LEDGER_LOG`             | `file:<LEDGER_DATA>/log` | the event log: `file:<path>`, or `kurrentdb://<servers>` |
//! | `CATALOGUE_EVERY`        | (none: one pass)         | minutes between two passes, 1 to 1440       |
//! | `CATALOGUE_LOCAL`        | `no`                     | `yes`: sites on private networks are asked too, for the demo |
//! | `CATALOGUE_INSIST`       | `no`                     | `yes`: ask sites that failed so often that they are left in peace |
//! | `CATALOGUE_ACCEPT_SHRUNK`| `no`                     | `yes`: take a feed that shrank to a tenth   |
//! | `CATALOGUE_REPORT`       | `text`                   | how reports are printed: `text`, or `json`  |

use std::path::PathBuf;
use std::time::Duration;

use ledger_core::event_log::LogAt;
use ledger_core::event_log::at::LogAtError;

use crate::fetch::Limits;

/// Every setting; see the [module](self) for what each means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `LEDGER_LOG`: a file, or servers.
    pub log: LogAt,
    /// `LEDGER_DATA`: vocabularies are in it too, when there are any.
    pub data: PathBuf,
    /// Where what feeds tell is kept: `catalogue` in `LEDGER_DATA`.
    pub stores: PathBuf,
    /// `CATALOGUE_EVERY`; `None` for one pass.
    pub every: Option<Duration>,
    /// How far partners' sites are trusted; `CATALOGUE_LOCAL` is in it.
    pub limits: Limits,
    /// `CATALOGUE_ACCEPT_SHRUNK`.
    pub accept_shrunk: bool,
    /// `CATALOGUE_INSIST`.
    pub insist: bool,
    /// Whether `CATALOGUE_REPORT` is `json`.
    pub json: bool,
}

/// A setting that cannot be used, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Its text is not what it should be.
    #[error("{variable} is `{value}`: expected {expected}")]
    Unreadable {
        /// Which one.
        variable: &'static str,
        /// What it says.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// `LEDGER_LOG` does not say where a log is.
    #[error("LEDGER_LOG: {0}")]
    Log(#[from] LogAtError),
}

/// A log that the service reads too.
const SHARED: &str = "file: and a path, or kurrentdb:// and servers";

impl Config {
    /// Reads the settings from the environment.
    pub fn from_environment() -> Result<Self, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads the settings with `var`, which gives a variable's value.
    pub fn read(var: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let var = |name: &'static str| var(name).filter(|it| !it.is_empty());
        let data = PathBuf::from(var("LEDGER_DATA").unwrap_or_else(|| "data".to_owned()));
        let log = match var("LEDGER_LOG") {
            None => LogAt::File(data.join("log")),
            Some(value) => match value.parse() {
                Ok(at @ (LogAt::File(_) | LogAt::KurrentDb(_))) => at,
                Ok(LogAt::Memory) => return Err(wrong("LEDGER_LOG", value, SHARED)),
                Err(why) => return Err(ConfigError::Log(why)),
            },
        };
        let every = match var("CATALOGUE_EVERY") {
            None => None,
            Some(value) => match value.parse() {
                Ok(minutes @ 1..=1_440) => Some(Duration::from_mins(minutes)),
                _ => return Err(wrong("CATALOGUE_EVERY", value, "a number of minutes, 1 to 1440")),
            },
        };
        let yes = |name| match var(name).as_deref() {
            None | Some("no") => Ok(false),
            Some("yes") => Ok(true),
            Some(other) => Err(wrong(name, other.to_owned(), "yes or no")),
        };
        let json = match var("CATALOGUE_REPORT").as_deref() {
            None | Some("text") => false,
            Some("json") => true,
            Some(other) => return Err(wrong("CATALOGUE_REPORT", other.to_owned(), "text or json")),
        };
        Ok(Self {
            log,
            stores: data.join("catalogue"),
            data,
            every,
            limits: Limits { local: yes("CATALOGUE_LOCAL")?, ..Limits::default() },
            accept_shrunk: yes("CATALOGUE_ACCEPT_SHRUNK")?,
            insist: yes("CATALOGUE_INSIST")?,
            json,
        })
    }
}

fn wrong(variable: &'static str, value: String, expected: &'static str) -> ConfigError {
    ConfigError::Unreadable { variable, value, expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Config, String> {
        let var = |name: &str| set.iter().find(|it| it.0 == name).map(|it| it.1.to_owned());
        Config::read(var).map_err(|error| error.to_string())
    }

    #[test]
    fn without_any_setting_one_pass_is_made_over_the_services_own_log() {
        let config = read(&[]).unwrap();
        assert_eq!(config.log, LogAt::File("data/log".into()));
        assert_eq!(config.stores, PathBuf::from("data/catalogue"));
        assert_eq!((config.every, config.limits.local, config.accept_shrunk), (None, false, false));
    }

    #[test]
    fn a_wrong_setting_says_what_would_be_right() {
        for (name, value, expected) in [
            (
                "CATALOGUE_EVERY",
                "0",
                "CATALOGUE_EVERY is `0`: expected a number of minutes, 1 to 1440",
            ),
            (
                "CATALOGUE_EVERY",
                "1h",
                "CATALOGUE_EVERY is `1h`: expected a number of minutes, 1 to 1440",
            ),
            ("CATALOGUE_LOCAL", "1", "CATALOGUE_LOCAL is `1`: expected yes or no"),
            ("CATALOGUE_REPORT", "xml", "CATALOGUE_REPORT is `xml`: expected text or json"),
            (
                "LEDGER_LOG",
                "memory:",
                "LEDGER_LOG is `memory:`: expected file: and a path, or kurrentdb:// and servers",
            ),
            (
                "LEDGER_LOG",
                "kurrentdb://db?tls=perhaps",
                "LEDGER_LOG: tls is `perhaps`: expected true or false",
            ),
        ] {
            assert_eq!(read(&[(name, value)]), Err(expected.to_owned()));
        }
        assert_eq!(
            read(&[("CATALOGUE_EVERY", "60")]).unwrap().every,
            Some(Duration::from_hours(1))
        );
    }
}
