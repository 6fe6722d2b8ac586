//! What the service does by itself: flows between streams, partners' feeds, and hearing other nodes.
//!
//! Each reads what is left to do from the read models and does it by commands that may be sent
//! again: a worker may be stopped anywhere, and another node may do the same at the same time.

pub mod agreements;
pub mod feeds;
pub mod flows;
pub mod hearing;
pub mod payments;
pub mod pictures;
pub mod settlements;
pub mod webhooks;

use std::time::Duration;

use tokio::task::JoinSet;

use crate::app::App;
use feeds::Feeds;

/// The workers of a service; they stop when this is dropped.
pub struct Workers {
    _tasks: JoinSet<()>,
}

/// Starts them: flows at once, feeds at once and then every `every`; never when `None`.
pub fn start(app: &App, feeds: Option<(Feeds, Duration)>) -> Workers {
    let mut tasks = JoinSet::new();
    tasks.spawn(hearing::run(app.clone()));
    tasks.spawn(flows::run(app.clone()));
    tasks.spawn(payments::run(app.clone()));
    tasks.spawn(webhooks::run(app.clone()));
    if let Some((feeds, every)) = feeds {
        tasks.spawn(pictures::run(app.clone(), feeds.clone()));
        tasks.spawn(feeds::run(app.clone(), feeds, every));
    }
    Workers { _tasks: tasks }
}
