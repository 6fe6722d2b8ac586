//! The read models behind a page: at the end of the log, or as far as they are.

use std::time::Duration;

use ledger_core::event_log::EventLog;
use projections::{ReadError, Reader};

use crate::app::App;
use crate::problem::Problem;

/// How long a page waits for the read models; then it tells what they know, and up to where.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the read models say of all that is durable now; of less when they are behind or stopped.
///
/// The page says which [`Reader::position`] it shows.
pub async fn latest(app: &App) -> Result<Reader, Problem> {
    let end = app.ledger.log().end().await.map_err(Problem::unavailable)?;
    match app.models.at_least(end, PATIENCE).await {
        Ok(reader) => Ok(reader),
        Err(ReadError::Behind { .. } | ReadError::Stopped(_)) => app.models.now().map_err(failed),
        Err(error) => Err(failed(error)),
    }
}

/// Why a report cannot be shown.
pub fn failed(error: ReadError) -> Problem {
    match error {
        ReadError::Behind { .. } | ReadError::Stopped(_) | ReadError::Search(_) => {
            Problem::unavailable(error)
        }
        ReadError::Store(_) | ReadError::Log(_) | ReadError::Export(_) => Problem::internal(error),
    }
}
