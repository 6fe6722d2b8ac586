//! What a command opens: the log that the settings name, and the read models beside it.

use std::error::Error;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use ledger_core::event_log::{EventLog, Log, LogAt};
use projections::{Progress, ReadModels};
use tempfile::TempDir;

use crate::config::Config;

/// Opens the log, to write to it.
pub fn open(log: &LogAt) -> Result<Log, Box<dyn Error>> {
    Ok(Log::open(log)?)
}

/// Opens the log to read it, beside a service that may be running.
pub fn open_to_read(log: &LogAt) -> Result<Log, Box<dyn Error>> {
    Log::open_to_read(log).map_err(|error| format!("LEDGER_LOG is `{log}`: {error}").into())
}

/// Opens the read models and has them follow `log`; rebuilt first, with a bar, when they must be.
pub async fn read_models(config: &Config, log: Log) -> Result<ReadModels, Box<dyn Error>> {
    std::fs::create_dir_all(&config.data)
        .map_err(|error| format!("LEDGER_DATA is `{}`: {error}", config.data.display()))?;
    let bar = progress_bar("events");
    let models = ReadModels::open(log, config.read_models(), |it| advance(&bar, it)).await?;
    bar.finish_and_clear();
    Ok(models)
}

/// Read models made anew from a log, in a file that is gone with them.
pub struct Folded {
    /// Up to the log's end.
    pub models: ReadModels,
    _directory: TempDir,
}

impl Folded {
    /// Reads all of `log`, with a bar.
    pub async fn from(log: Log) -> Result<Self, Box<dyn Error>> {
        let directory = tempfile::tempdir()?;
        let bar = progress_bar("events");
        let path = directory.path().join("read-models");
        let end = log.end().await?;
        let models = ReadModels::open(log, path, |it| advance(&bar, it)).await?;
        models.at_least(end, CATCH_UP_MAX).await?;
        bar.finish_and_clear();
        Ok(Self { models, _directory: directory })
    }
}

/// How long read models may take to catch up with the log.
pub const CATCH_UP_MAX: Duration = Duration::from_hours(1);

/// A bar on standard error, which is silent when that is not a terminal.
pub fn progress_bar(what: &'static str) -> ProgressBar {
    let style = "{bar:40} {human_pos}/{human_len} {msg}, {per_sec}, {eta} left";
    let style = ProgressStyle::with_template(style);
    let bar = ProgressBar::new(0).with_message(what);
    style.map_or(bar.clone(), |it| bar.with_style(it))
}

/// Moves `bar` to where a rebuild is.
pub fn advance(bar: &ProgressBar, it: Progress) {
    bar.set_length(it.end.max(it.position));
    bar.set_position(it.position);
}
