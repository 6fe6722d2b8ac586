//! Why an agreement does not do what was asked.

use ledger_core::agreement::AgreementRefusal as Refusal;

use crate::problem::{Problem, kinds};

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal {
            Refusal::NoSuchAgreement => &kinds::NO_SUCH_AGREEMENT,
            Refusal::Runs { .. } => &kinds::AGREEMENT_RUNS,
            Refusal::Over => &kinds::AGREEMENT_OVER,
            Refusal::ReferenceReused { .. } => &kinds::REFERENCE_REUSED,
            Refusal::NotCounted { .. } => &kinds::NOT_COUNTED,
            Refusal::WrongRole { .. } => &kinds::WRONG_ROLE,
            Refusal::Invalid { field, expected } => {
                return Self::field(&kinds::INVALID_FIELD, field, expected);
            }
        };
        Self::new(kind, refusal)
    }
}
