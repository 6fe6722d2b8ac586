//! `ledger-api serve`.

use std::error::Error;

use axum::serve::ListenerExt;
use ledger_core::event_log::{Embedded, Log, Memory};
use ledger_core::ledger::{CacheSizes, Ledger};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::clock::Clock;
use crate::config::{Config, LogAt};
use crate::router;
use crate::session::Sessions;

/// Opens the log that the settings name.
pub fn open(log: &LogAt) -> Result<Log, Box<dyn Error>> {
    Ok(match log {
        LogAt::Memory => Memory::new().into(),
        LogAt::File(path) => {
            if let Some(directory) = path.parent() {
                std::fs::create_dir_all(directory)?;
            }
            Embedded::open(path)?.into()
        }
    })
}

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
    let ledger = Ledger::new(open(&config.log)?, CacheSizes::default());
    let app = App::new(config, ledger, Clock::default(), sessions);
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
