//! Brings partners' offers into the ledger.
//!
//! ```text
//!            ┌───────┐ bytes ┌──────┐ Record ┌───────┐ join ┌─────────┐ Change ┌────────┐
//!  partner ─▶│ fetch │──────▶│ feed │───────▶│ store │─────▶│ changes │───────▶│ ledger │
//!  (HTTP)    └───────┘       └──────┘        └───────┘      └─────────┘        └────────┘
//!           JSON, ONIX, CSV, OAI-PMH, GAR                        ▲ what is known already
//! ```
//!
//! Read in this order: [`feed`] (what a partner says, in any format), [`vocabularies`] (what the
//! concepts of notices are called), [`fetch`] (how it is asked), [`store`] (what it told so far),
//! [`join`] (offers, and what other feeds say of them), [`changes`] (what to do about it), [`sync`]
//! (one pass over one partner, and its report).
//!
//! # Invariants
//!
//! * One bad offer never spoils the others: each is either taken or refused with every reason.
//! * A whole feed that comes back empty, or a tenth of what is known, changes nothing.
//! * No reader lets personal data of authors through: [`feed::personal`].
//! * What is refused is never withdrawn for that: it stays as it was until it can be read again.

pub mod changes;
pub mod config;
pub mod feed;
pub mod fetch;
pub mod join;
pub mod known;
pub mod store;
pub mod sync;
pub mod vocabularies;
