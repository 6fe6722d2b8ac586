//! `ledger-api backup`.

use std::error::Error;
use std::path::Path;

use ledger_core::event_log::Log;

use crate::cli::store;
use crate::cli::verify::told;
use crate::config::Config;

/// Copies the log, while it is written to, and verifies the copy.
pub fn run(config: &Config, to: &Path) -> Result<String, Box<dyn Error>> {
    let Log::Embedded(log) = store::open_to_read(&config.log)? else {
        return Err("the log is on KurrentDB's servers: back it up there, see \
                    docs/operating.md#a-log-on-kurrentdb"
            .into());
    };
    let bar = store::progress_bar("events");
    let copied = log.backup(to, |position, end| {
        bar.set_length(end);
        bar.set_position(position);
    })?;
    bar.finish_and_clear();
    Ok(format!("{}: {}", to.display(), told(&copied)))
}
