//! The ledger's domain: what may happen to money, and nothing else.
//!
//! ```text
//!  ┌──────────┐ fold  ┌─────────┐ decide ┌────────┐ append ┌──────────┐
//!  │ EventLog │──────▶│ Account │───────▶│ events │───────▶│ EventLog │──▶ projections
//!  └──────────┘evolve └─────────┘  or    └────────┘        └──────────┘
//!                                Refusal
//! ```
//!
//! Read in this order: [`money`], [`ids`], [`decider`], [`account`], [`journal`], [`codec`],
//! [`event_log`], [`ledger`]. [`checkout`] and [`process`] are the flows between streams. Up to
//! `codec` all is pure: no clock, no randomness, no I/O, no `async` (`tests/tidy.rs`).
//!
//! # Invariants
//!
//! * An account's available balance never goes below zero ([`account`]).
//! * What an envelope has allocated never exceeds its budget ([`envelope`]).
//! * Every event that moves money is balanced postings, in one place ([`journal`]).
//! * A command sent again changes nothing and gives the same answer ([`decider`]).
//! * Nothing is answered before its events are durable ([`event_log`], [`ledger`]).
//! * A stored event's bytes are never written again; every version ever written can be read
//!   ([`codec`]).

pub mod account;
pub mod agreement;
pub mod bank;
pub mod batch;
pub mod calendar;
pub mod chart;
pub mod checkout;
pub mod client;
pub mod codec;
pub mod control;
pub mod convention;
pub mod correction;
pub mod decider;
pub mod digest;
pub mod envelope;
pub mod event;
pub mod event_log;
pub mod harvest;
pub mod identifiers;
pub mod ids;
pub mod journal;
pub mod ledger;
pub mod list;
pub mod meta;
pub mod money;
pub mod offer;
pub mod partner;
pub mod payment;
pub mod person;
pub mod process;
pub mod remittance;
pub mod repeated;
pub mod settlement;
pub mod stream;
pub mod vocabulary;
pub mod webhook;

#[cfg(test)]
mod story;
