//! The ledger's domain: what may happen to money, and nothing else.
//!
//! ```text
//!  ┌──────────┐ fold  ┌─────────┐ decide ┌────────┐ append ┌──────────┐
//!  │ EventLog │──────▶│ Account │───────▶│ events │───────▶│ EventLog │──▶ projections
//!  └──────────┘evolve └─────────┘  or    └────────┘        └──────────┘
//!                                Refusal
//! ```

pub mod account;
pub mod batch;
pub mod chart;
pub mod checkout;
pub mod client;
pub mod codec;
pub mod decider;
pub mod digest;
pub mod envelope;
pub mod event;
pub mod event_log;
pub mod identifiers;
pub mod ids;
pub mod journal;
pub mod ledger;
pub mod meta;
pub mod money;
pub mod offer;
pub mod partner;
pub mod process;
pub mod repeated;
pub mod stream;

#[cfg(test)]
mod story;
