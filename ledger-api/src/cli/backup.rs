//! `ledger-api backup`.

use std::error::Error;
use std::path::Path;

use ledger_core::event_log::Embedded;

use crate::cli::store;
use crate::cli::verify::told;
use crate::config::{Config, LogAt};

/// Copies the log, while it is written to, and verifies the copy.
pub fn run(config: &Config, to: &Path) -> Result<String, Box<dyn Error>> {
    let LogAt::File(file) = &config.log else {
        let see = "docs/operating.md, A log on KurrentDB";
        return Err(
            format!("LEDGER_LOG is `{}`: a backup is of a file; see {see}", config.log).into()
        );
    };
    let log = Embedded::open_read_only(file)?;
    let bar = store::progress_bar("events");
    let copied = log.backup(to, |position, end| {
        bar.set_length(end);
        bar.set_position(position);
    })?;
    bar.finish_and_clear();
    Ok(format!("{}: {}", to.display(), told(&copied)))
}
