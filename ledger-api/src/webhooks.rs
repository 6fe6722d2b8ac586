//! Partners and funders are told what happens (webhooks), after the Standard Webhooks
//! specification, version 1.
//!
//! ```text
//!  log ──▶ message ──▶ signature ──▶ sender ──2xx──▶ progress, in the endpoint's stream
//!             │                        └─otherwise─▶ waits: 60 s, 5 min, 1 h, 1 d, 2 d
//!        who is told what                            (every try is in `attempts`)
//! ```
//!
//! # Invariants
//!
//! * A message's id follows from the event: every try, of any node, has the same one.
//! * Nothing is noted as told before it was answered 2xx, or waits for another try.
//! * No personal data is told, nor what another party did.

pub mod attempts;
pub mod message;
pub mod pages;
pub mod sender;
pub mod signature;

use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::Semaphore;

pub use attempts::Attempts;
pub use message::Message;
pub use sender::Sender;

/// After how long each further try is made.
pub const RETRIES: [TimeDelta; 5] = [
    TimeDelta::seconds(60),
    TimeDelta::minutes(5),
    TimeDelta::hours(1),
    TimeDelta::days(1),
    TimeDelta::days(2),
];

/// For how long both secrets sign after a rotation.
pub const OVERLAP: TimeDelta = TimeDelta::hours(24);

/// How many messages are under way at once to all endpoints, beyond the few that each always has.
const PLACES: usize = 512;

/// What telling works with; cheap to clone.
#[derive(Clone)]
pub struct Webhooks(Arc<Parts>);

/// What is behind [`Webhooks`].
pub struct Parts {
    /// Sends messages.
    pub sender: Sender,
    /// Every try of the last thirty days.
    pub attempts: Attempts,
    /// Places for messages under way, beyond the few that each endpoint always has.
    pub places: Arc<Semaphore>,
}

/// Why nobody can be told anything.
#[derive(Debug, thiserror::Error)]
pub enum WebhooksError {
    /// Nothing can be sent.
    #[error("webhooks cannot be sent: {0}")]
    Client(#[from] reqwest::Error),
    /// Tries cannot be kept.
    #[error("the list of webhooks' tries: {0}")]
    Attempts(#[from] rusqlite::Error),
}

impl Webhooks {
    /// Keeps its tries in `folder`; `local` lets it tell this machine and private networks, over
    /// plain HTTP: for the demo and for tests.
    pub fn new(folder: &Path, local: bool) -> Result<Self, WebhooksError> {
        let attempts = Attempts::open(&folder.join("webhook-attempts"))?;
        let (sender, places) = (Sender::new(local)?, Arc::new(Semaphore::new(PLACES)));
        Ok(Self(Arc::new(Parts { sender, attempts, places })))
    }
}

impl std::ops::Deref for Webhooks {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
