//! `ledger-api rebuild`.

use std::error::Error;

use crate::cli::store;
use crate::config::Config;

/// Makes the read models anew from the whole log, beside the old ones, which they then replace.
pub async fn run(config: Config) -> Result<String, Box<dyn Error>> {
    let log = store::open_to_read(&config.log)?;
    std::fs::create_dir_all(&config.data)?;
    let path = config.read_models();
    let bar = store::progress_bar("events");
    let position = projections::rebuild(&log, &path, |it| store::advance(&bar, it)).await?;
    bar.finish_and_clear();
    let digest = projections::dump::dump_digest(&path)?;
    Ok(format!("{}: {position} events read; tables {digest}", path.display()))
}
