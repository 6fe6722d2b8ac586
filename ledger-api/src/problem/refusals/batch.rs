//! Why a batch refuses.

use ledger_core::batch::BatchRefusal as Refusal;

use crate::problem::{Problem, kinds};

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let kind = match &refusal {
            Refusal::NotOpen => &kinds::NOT_FOUND,
            Refusal::ReferenceReused { .. } => &kinds::IDEMPOTENCY_KEY_REUSED,
            Refusal::Invalid { field, expected } => {
                return Self::field(&kinds::INVALID_FIELD, field, expected);
            }
            Refusal::TooManyLines => &kinds::BATCH_TOO_LONG,
            Refusal::Submitted => &kinds::BATCH_SUBMITTED,
            Refusal::Empty => &kinds::BATCH_EMPTY,
            Refusal::ChunkMissing { .. } | Refusal::NotUnderWay => &kinds::CONFLICT,
        };
        Self::new(kind, &refusal)
    }
}
