//! What is exchanged with the bank, as ISO 20022 messages: pure, from values to bytes and back.
//!
//! ```text
//!  TransferFile ──▶ credit_transfer ──▶ pain.001 ──▶ bank ──┬▶ pain.002 ──▶ status_report
//!                                                           └▶ camt.053 ──▶ bank_statement
//! ```
//!
//! # Invariants
//!
//! * A message is read whole or refused whole, with the line that is wrong ([`ReadError`]).
//! * No name and no address of a counterparty is kept: banks rewrite them, and they are personal.
//! * Every error is in French: the accountant reads it on the page, word for word.
//! * Nothing is fetched and no entity is expanded, whatever the file asks for.

pub mod bank_statement;
pub mod credit_transfer;
mod element;
mod encoding;
mod read_error;
pub mod status_report;
mod values;
mod xml;

pub use read_error::ReadError;
pub use xml::{DEPTH_MAX, ELEMENTS_MAX, FILE_BYTES_MAX};
