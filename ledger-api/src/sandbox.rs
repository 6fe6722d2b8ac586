//! The sandbox: a service of its own, with its own data and its own clock, where nothing is real
//! and a partner integrates without a human.
//!
//! ```text
//!  ledger-api sandbox ─▶ log that begins with the sandbox's mark ─▶ test accounts, partner, clients
//!                     ─▶ clock that may be moved forward          ─▶ /api/v1/simulation/…
//! ```
//! What people do is done by test people through the same commands and rules: nothing is written
//! that a rule would refuse. A log knows by its first event whether it is a sandbox's; neither mode
//! serves the other's log. ADR 26.

pub mod close_year;
pub mod settle;
pub mod time;

use std::error::Error;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ledger_core::event_log::{EventLog, Log};

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::problem::Problem;
use crate::session::Sessions;

/// The file, in the directory of data, that says how far ahead the sandbox's clock is.
const CLOCK: &str = "sandbox-clock";

/// Only in a sandbox: anywhere else there is no such address.
#[derive(Clone, Copy, Debug)]
pub struct InSandbox;

impl FromRequestParts<App> for InSandbox {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Problem> {
        if app.config.sandbox { Ok(Self) } else { Err(Problem::not_found("no such address")) }
    }
}

/// Refuses a log of the other mode: a sandbox's is no real one, and a real one is no sandbox's.
pub async fn check(config: &Config, log: &Log) -> Result<(), Box<dyn Error>> {
    let Some(first) = log.read_all(0, 1).await?.into_iter().next() else { return Ok(()) };
    match (config.sandbox, first.stream.id == fixtures::sandbox::mark().0) {
        (true, true) | (false, false) => Ok(()),
        (true, false) => Err("the log is not a sandbox's: a sandbox writes to a log of its own; \
                              set LEDGER_DATA to another directory"
            .into()),
        (false, true) => Err("the log is a sandbox's, where nothing is real: serve it with \
                              `ledger-api sandbox`, or set LEDGER_DATA to another directory"
            .into()),
    }
}

/// The secret of the client called `name`: it follows from the service's own key, so that nobody
/// knows it who does not run the sandbox.
pub fn secret_of(sessions: &Sessions, name: &str) -> String {
    let key = sessions.derived_key(format!("sandbox client {name}").as_bytes());
    format!("crs_{}", BASE64.encode(key))
}

/// The sandbox's clock: as far ahead as it was moved, and never before what the log holds.
pub async fn clock(config: &Config, log: &Log) -> Result<Clock, Box<dyn Error>> {
    let ahead = match fs::read_to_string(config.data.join(CLOCK)) {
        Ok(text) => text.trim().parse().unwrap_or(0),
        Err(error) if error.kind() == ErrorKind::NotFound => 0,
        Err(error) => return Err(format!("{}: {error}", config.data.join(CLOCK).display()).into()),
    };
    let clock = Clock::ahead(ahead);
    let end = log.end().await?;
    if let Some(last) = log.read_all(end.saturating_sub(1), 1).await?.first() {
        clock.advance((last.meta.at - clock.now()).max(chrono::TimeDelta::zero()));
    }
    Ok(clock)
}

/// Keeps how far ahead the clock is, for the next start; all of it or nothing.
fn keep_clock(data: &Path, milliseconds: i64) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(data)?;
    writeln!(file, "{milliseconds}")?;
    file.as_file().sync_all()?;
    file.persist(data.join(CLOCK))?;
    Ok(())
}
