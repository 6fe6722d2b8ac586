//! `ledger-api backup`.

use std::error::Error;
use std::path::Path;

use crate::cli::store;
use crate::cli::verify::told;
use crate::config::Config;

/// Copies the log, while it is written to, and verifies the copy.
pub fn run(config: &Config, to: &Path) -> Result<String, Box<dyn Error>> {
    let log = store::open_read_only(&config.log)?;
    let bar = store::progress_bar("events");
    let copied = log.backup(to, |position, end| {
        bar.set_length(end);
        bar.set_position(position);
    })?;
    bar.finish_and_clear();
    Ok(format!("{}: {}", to.display(), told(&copied)))
}
