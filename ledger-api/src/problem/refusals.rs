//! The table of refusals: one `match` per stream, one line per rule.
//!
//! A new rule does not compile until it has its line here, and `docs/api.md` lists its slug.

mod account;
mod accounting;
mod agreement;
mod batch;
mod client;
mod envelope;
mod harvest;
mod list;
mod payment;
mod person;
mod webhook;

use ledger_core::ledger::ExecuteError;
use ledger_core::process::topups::TopUpError;

use super::{Problem, kinds};

impl<R: Into<Problem>> From<ExecuteError<R>> for Problem {
    fn from(error: ExecuteError<R>) -> Self {
        match error {
            ExecuteError::Refused(refusal) => refusal.into(),
            ExecuteError::Contended => {
                Self::new(&kinds::UNAVAILABLE, "others write to the same object: try again")
            }
            ExecuteError::NotAsBelieved => {
                let detail = "If-Match is not the ETag that the object has now: read it again";
                Self::new(&kinds::PRECONDITION_FAILED, detail)
            }
            ExecuteError::Log(failure) => Self::unavailable(failure),
            ExecuteError::NotWritable(failure) => Self::internal(failure),
            ExecuteError::Decode(failure) => Self::internal(failure),
        }
    }
}

impl From<TopUpError> for Problem {
    fn from(error: TopUpError) -> Self {
        match error {
            TopUpError::Envelope(it) => it.into(),
            TopUpError::Account(it) => it.into(),
        }
    }
}
