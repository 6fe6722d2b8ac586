//! What other nodes write to a shared log is taken into the states that this one has in memory.

use std::time::Duration;

use ledger_core::event_log::EventLog;
use ledger_core::ledger::CatchUpError;

use crate::app::App;

/// How long to wait before a log that does not answer is asked again.
const RETRY: Duration = Duration::from_millis(250);

/// Follows the log for ever; returns at once when nobody else writes to it.
pub async fn run(app: App) {
    if !app.ledger.log().is_shared() {
        return;
    }
    loop {
        if let Err(failure) = pass(&app).await {
            tracing::error!("What other nodes wrote cannot be taken in: {failure}");
            tokio::time::sleep(RETRY).await;
        }
    }
}

/// Takes in all that was written until now, and waits for more.
async fn pass(app: &App) -> Result<(), CatchUpError> {
    let end = app.ledger.log().end().await?;
    app.ledger.catch_up().await?;
    app.ledger.log().wait_past(end).await?;
    Ok(())
}
