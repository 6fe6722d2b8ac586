//! Flows between streams: envelopes, top-ups, batches, expiry. Each step is a command whose id follows from
//! what it reacts to, so that any of them may be tried again after a crash, by anybody.
//!
//! What is left to do is read from the read models by whoever runs these; what was done is known
//! to the streams themselves, so that a stale list does no harm.

pub mod agreements;
pub mod batches;
pub mod envelopes;
pub mod expiry;
pub mod payments;
pub mod remittances;
pub mod returns;
pub mod settlements;
pub mod statements;
pub mod topups;

#[cfg(test)]
mod tests;
