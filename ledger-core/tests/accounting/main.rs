//! Partners are settled, paid and reconciled with the bank: the flows between streams, on the log
//! in memory, done again after every stop.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod desk;
mod fees;
mod identified;
mod remittances;
mod settlements;
mod statements;
