//! `ledger-api serve`.

use std::error::Error;

use axum::serve::ListenerExt;
use ledger_core::ledger::{CacheSizes, Ledger};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::cli::store;
use crate::clock::Clock;
use crate::config::Config;
use crate::router;
use crate::session::Sessions;

/// Serves until it is asked to stop, then lets requests under way end.
pub async fn run(config: Config) -> Result<(), Box<dyn Error>> {
    let listen = config.listen;
    let sessions = Sessions::open(&config.secret_file, !config.is_loopback())?;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| format!("LEDGER_LISTEN is `{listen}`: {error}"))?;
    let address = listener.local_addr()?;
    // An answer is one small write: waiting for more to send with it only adds delay.
    let listener = listener.tap_io(|it| {
        if let Err(error) = it.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
    });
    let log = store::open(&config.log)?;
    let models = store::read_models(&config, log.clone()).await?;
    let ledger = Ledger::new(log, CacheSizes::default());
    let app = App::new(config, ledger, models, Clock::default(), sessions);
    app.set_ready(true);
    let mut stop = signal(SignalKind::terminate())?;
    tracing::info!("Listening on http://{address}");
    axum::serve(listener, router(app))
        .with_graceful_shutdown(async move {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => (),
                _ = stop.recv() => (),
            }
            tracing::info!("Stopping");
        })
        .await?;
    Ok(())
}
