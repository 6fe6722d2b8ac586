//! `ledger-api serve`.

use std::error::Error;
use std::time::Duration;

use chrono::{DateTime, Utc};
use ledger_core::event_log::EventLog;
use ledger_core::ledger::{CacheSizes, Ledger};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

use crate::app::{App, pseudonyms};
use crate::cli::{demo, sandbox, store};
use crate::clock::Clock;
use crate::config::Config;
use crate::connections::Connections;
use crate::router;
use crate::session::Sessions;
use crate::tls::Tls;
use crate::vouchers::Vouchers;
use crate::workers::{self, feeds::Feeds};

/// How often partners' feeds are pulled.
const FEEDS_EVERY: Duration = Duration::from_hours(1);

/// Serves until it is asked to stop, then lets requests under way end.
pub async fn run(config: Config) -> Result<(), Box<dyn Error>> {
    let listen = config.listen;
    let sessions = Sessions::open(&config.secret_file, config.is_secure())?;
    let tls = config.tls.clone().map(Tls::open).transpose()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| format!("LEDGER_LISTEN is `{listen}`: {error}"))?;
    let address = listener.local_addr()?;
    let log = store::open(&config.log)?;
    crate::sandbox::check(&config, &log).await?;
    let clock =
        if config.sandbox { crate::sandbox::clock(&config, &log).await? } else { Clock::default() };
    let ledger = Ledger::new(log.clone(), CacheSizes::default());
    ledger.hear_after(log.end().await?);
    let vouchers = Vouchers::new(config.vouchers());
    let site = if config.sandbox {
        sandbox::prepare(&ledger, &clock, &sessions).await?;
        None
    } else if config.demo {
        let pseudonyms = pseudonyms(&sessions);
        Some(demo::prepare(address, &ledger, pseudonyms, &vouchers, &clock).await?)
    } else {
        None
    };
    let models = store::read_models(&config, log.clone()).await?;
    models.at_least(log.end().await?, store::CATCH_UP_MAX).await?;
    let feeds = Feeds::new(&config.data, config.demo)?;
    let told = config.sandbox.then(|| sandbox::told(address, &config, &sessions));
    let app = App::new(config, ledger, models, clock, sessions)?;
    let workers = workers::start(&app, Some((feeds, FEEDS_EVERY)));
    app.set_ready(true);
    if let Some(told) = told.or_else(|| site.map(|it| demo::told(address, &it))) {
        eprintln!("{told}");
    }
    let mut stop = signal(SignalKind::terminate())?;
    // Without TLS there is nothing to read again: that is no reason to end.
    let _hangup = signal(SignalKind::hangup())?;
    let follower = tls.as_ref().map(|it| follow(it.clone(), app.clone())).transpose()?;
    tracing::info!("Listening on {scheme}://{address}");
    let stop = async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => (),
            _ = stop.recv() => (),
        }
        tracing::info!("Stopping");
    };
    Connections::default().serve(listener, router(app), tls, stop).await?;
    drop((workers, follower));
    Ok(())
}

/// Reads the TLS files again as they change, and at once on SIGHUP.
fn follow(tls: Tls, app: App) -> std::io::Result<JoinSet<()>> {
    let mut hangup = signal(SignalKind::hangup())?;
    let asked = async move || {
        hangup.recv().await;
    };
    if tls.until() <= app.clock.now() {
        tracing::warn!("LEDGER_TLS_CERTIFICATE is over since {}: clients refuse it", tls.until());
    }
    let each = move |until: DateTime<Utc>| app.metrics.certificate(until);
    let mut tasks = JoinSet::new();
    tasks.spawn(tls.follow(asked, each));
    Ok(tasks)
}
