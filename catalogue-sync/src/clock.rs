//! The one place of the worker that reads the time and makes ids.

use chrono::Utc;
use ledger_core::meta::{Actor, Meta};
use uuid::Uuid;

/// Now, as the cause of one pass over one partner.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the time")]
pub fn now() -> Meta {
    Meta { at: Utc::now(), by: Actor::PROCESS, cause: Uuid::new_v4() }
}
