//! The bank's files: payments out (pain.001), what the bank says of them (pain.002), statements
//! (camt.053). Pure functions between bytes and what the domain takes.
//!
//! Read by the crate `sepa`, which refuses document types and entities, and has limits on size,
//! depth and nodes; what is read is then checked whole before anything is recorded. Of whoever pays
//! or is paid no name and no address is taken in: only references.

pub mod answers;
mod encoding;
pub mod statements;
pub mod transfers;

/// Why a bank's file cannot be taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {expected}")]
pub struct FileError {
    /// What is wrong, and where, in French.
    pub what: String,
    /// What would be right, in French.
    pub expected: String,
}

impl FileError {
    fn new(what: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { what: what.into(), expected: expected.into() }
    }
}

/// The limits on a file: 32 MiB, 400,000 elements, 40 levels.
fn limits() -> sepa::ParseLimits {
    sepa::ParseLimits { nodes: 400_000, depth: 40, ..sepa::ParseLimits::default() }
}

/// Why the XML itself cannot be read.
fn unreadable(error: &impl std::fmt::Display, expected: &str) -> FileError {
    FileError::new(format!("le fichier ne peut pas être lu ({error})"), expected)
}
