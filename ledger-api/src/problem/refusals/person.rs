//! Why somebody is not given a role.

use ledger_core::person::PersonRefusal as Refusal;

use crate::problem::{Problem, kinds};

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal {
            Refusal::NotAdministrator => &kinds::WRONG_ROLE,
            Refusal::OwnRole => &kinds::SAME_PERSON,
            Refusal::NotAPersons(_) => {
                return Self::field(&kinds::INVALID_FIELD, "qualite", refusal);
            }
            Refusal::ActsFor { .. } => {
                return Self::field(&kinds::INVALID_FIELD, "pour", refusal);
            }
        };
        Self::new(kind, refusal)
    }
}
