//! What the read models promise: stories told as tables, rebuilt as lived, faults told.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod accounting;
mod agreements;
mod books;
mod catalogue;
mod faults;
mod fec;
mod index;
mod licences;
mod lists;
mod quality;
mod rebuilt;
mod story;
mod tables;
mod titles;
