//! What the rules of partners' feeds refuse.

use ledger_core::harvest::HarvestRefusal;

use super::super::{Problem, kinds};

impl From<HarvestRefusal> for Problem {
    fn from(refusal: HarvestRefusal) -> Self {
        match &refusal {
            HarvestRefusal::NotHeld => Self::new(&kinds::ACT_REFUSED, &refusal).told(
                "Ce flux n’est pas retenu, ou ne l’est plus : il n’y a rien à laisser passer.",
            ),
            HarvestRefusal::NotOfficer => Self::new(&kinds::WRONG_ROLE, &refusal)
                .told("Un flux retenu est laissé passer par un ordonnateur."),
            HarvestRefusal::Invalid { field, expected } => {
                Self::field(&kinds::INVALID_FIELD, field, expected)
                    .told("Dites pourquoi, en 1 000 caractères au plus.")
            }
        }
    }
}
