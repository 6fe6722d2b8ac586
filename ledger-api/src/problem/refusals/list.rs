//! Why a list of offers does not do what was asked.

use ledger_core::list::ListRefusal as Refusal;

use crate::problem::{Problem, kinds};

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal {
            Refusal::NoSuchList => &kinds::NO_SUCH_LIST,
            Refusal::ReferenceReused => &kinds::REFERENCE_REUSED,
            Refusal::FavouritesStay => &kinds::FAVOURITES_STAY,
            Refusal::Full { .. } => &kinds::LIST_FULL,
            Refusal::Invalid { field, expected } => {
                return Self::field(&kinds::INVALID_FIELD, field, expected);
            }
        };
        Self::new(kind, refusal)
    }
}
