//! What handlers may use: the ledger, the read models, the clock, the sessions, the counters, and what the service was told.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ledger_core::ledger::Ledger;
use ledger_core::meta::{Actor, Meta};
use projections::ReadModels;
use tokio::sync::Semaphore;

use crate::api::batches::upload;
use crate::api::tokens::Tokens;
use crate::clock::Clock;
use crate::config::Config;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::security::RequestId;
use crate::session::Sessions;
use crate::signin::settings::SettingsError;
use crate::signin::{self, SignIn};
use crate::thumbnails::Thumbnails;
use crate::vouchers::Vouchers;
use crate::webhooks::{Webhooks, WebhooksError};
use crate::workers::feeds::LastPasses;

/// What handlers may use; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What is behind an [`App`].
pub struct Parts {
    /// Every setting.
    pub config: Config,
    /// Carries out commands, and knows the states they lead to.
    pub ledger: Ledger,
    /// What the log says, arranged for reading; never asked by a rule.
    pub models: ReadModels,
    /// What the last pass over each partner's feed came to.
    pub feeds: LastPasses,
    /// The time, and new ids.
    pub clock: Clock,
    /// Who is signed in.
    pub sessions: Sessions,
    /// Signs and reads the API's access tokens.
    pub tokens: Tokens,
    /// How often clients may call.
    pub limits: Limits,
    /// The key of the pseudonyms by which partners know accounts.
    pub pseudonyms: [u8; 32],
    /// The key that people's ids follow from.
    pub person_key: [u8; 32],
    /// Where people sign in.
    pub sign_in: SignIn,
    /// The key that the secrets of webhooks follow from.
    pub webhook_key: [u8; 32],
    /// Tells partners and funders what happens.
    pub webhooks: Webhooks,
    /// Places for files that come in.
    pub uploads: Semaphore,
    /// Files kept with payment orders.
    pub vouchers: Vouchers,
    /// Pictures of offers.
    pub thumbnails: Thumbnails,
    /// What `/metrics` tells.
    pub metrics: Metrics,
    /// Held by whoever moves a sandbox's clock, and shared by all who write at its time.
    pub moving: tokio::sync::RwLock<()>,
    ready: AtomicBool,
}

/// Why the service cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Nobody can be told anything.
    #[error(transparent)]
    Webhooks(#[from] WebhooksError),
    /// Nobody can sign in.
    #[error(transparent)]
    SignIn(#[from] SettingsError),
}

impl App {
    /// Not [ready](Self::unready) before [`set_ready`](Self::set_ready) is called.
    pub fn new(
        config: Config,
        ledger: Ledger,
        models: ReadModels,
        clock: Clock,
        sessions: Sessions,
    ) -> Result<Self, AppError> {
        let tokens = Tokens::new(&sessions);
        let limits = Limits::new(config.rate_limit);
        let pseudonyms = pseudonyms(&sessions);
        let person_key = signin::person_key(&sessions);
        let sign_in = match &config.sign_in {
            Some(path) => SignIn::open(path)?,
            None => SignIn::default(),
        };
        let webhook_key = sessions.derived_key(b"secrets of webhooks");
        let webhooks = Webhooks::new(&config.data, config.demo)?;
        let feeds = LastPasses::default();
        let (metrics, ready) = (Metrics::default(), AtomicBool::new(false));
        let uploads = Semaphore::new(upload::AT_ONCE);
        let vouchers = Vouchers::new(config.vouchers());
        let thumbnails = Thumbnails::new(config.thumbnails());
        Ok(Self(Arc::new(Parts {
            config,
            ledger,
            models,
            feeds,
            clock,
            sessions,
            tokens,
            limits,
            pseudonyms,
            person_key,
            sign_in,
            webhook_key,
            webhooks,
            uploads,
            vouchers,
            thumbnails,
            metrics,
            moving: tokio::sync::RwLock::new(()),
            ready,
        })))
    }

    /// When, who and why, to be written beside the events that this request causes.
    pub fn meta(&self, by: Actor, request: RequestId) -> Meta {
        Meta { at: self.clock.now(), by, cause: request.0 }
    }

    /// Why requests cannot be served, in English; `None` when they can: the log is open, the read
    /// models have caught up once and follow it.
    pub fn unready(&self) -> Option<String> {
        if !self.ready.load(Ordering::Acquire) {
            return Some("the log is being read".to_owned());
        }
        let stopped = self.models.state().stopped?;
        Some(format!("the read models have stopped: {stopped}"))
    }

    /// Says whether requests can be served.
    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Release);
    }
}

/// The key of the pseudonyms by which partners know accounts: it follows from the service's own.
pub fn pseudonyms(sessions: &Sessions) -> [u8; 32] {
    sessions.derived_key(b"partners' names of buyers")
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
