//! What is sent to the bank is what was meant; what it sends is read whole, or refused.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bank_statement;
mod credit_transfer;
mod hostile;
mod messages;
mod random;
mod samples;
mod status_report;
