//! Why an envelope refuses.

use ledger_core::envelope::EnvelopeRefusal as Refusal;

use crate::problem::{Problem, kinds};

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let kind = match &refusal {
            Refusal::NotOpen => &kinds::NOT_FOUND,
            Refusal::Closed => &kinds::ENVELOPE_CLOSED,
            Refusal::Frozen { .. } => &kinds::ENVELOPE_FROZEN,
            Refusal::ReferenceReused { .. } => &kinds::REFERENCE_REUSED,
            Refusal::Invalid { field, expected } => {
                return Self::field(&kinds::INVALID_FIELD, field, expected);
            }
            Refusal::OverBudget { .. } => &kinds::OVER_BUDGET,
            Refusal::OverProvisional { .. } => &kinds::OVER_PROVISIONAL,
            Refusal::NotFunded { .. } => &kinds::NOT_FUNDED,
            Refusal::NotValid { .. } => &kinds::ENVELOPE_NOT_VALID,
            Refusal::UnderConvention => &kinds::UNDER_CONVENTION,
            Refusal::AllocationReleased { .. } => &kinds::TOPUP_RELEASED,
            Refusal::NothingToRelease { .. } | Refusal::ReturnsOutOfOrder { .. } => {
                &kinds::CONFLICT
            }
        };
        let problem = Self::new(kind, &refusal);
        match refusal {
            Refusal::Frozen { reason } => problem.with("reason", reason.as_str()),
            Refusal::ReferenceReused { reference } => problem.with("reference", reference),
            Refusal::OverBudget { left, missing } | Refusal::NotFunded { left, missing } => {
                problem.with("available_cents", left.cents()).with("missing_cents", missing.cents())
            }
            Refusal::OverProvisional { left, missing, ratio } => problem
                .with("available_cents", left.cents())
                .with("missing_cents", missing.cents())
                .with("ratio_permille", ratio),
            Refusal::NotValid { from, until } => {
                problem.with("valid_from", from.to_string()).with("valid_until", until.to_string())
            }
            Refusal::ReturnsOutOfOrder { up_to } => problem.with("position", up_to),
            Refusal::NotOpen
            | Refusal::Closed
            | Refusal::Invalid { .. }
            | Refusal::UnderConvention
            | Refusal::AllocationReleased { .. }
            | Refusal::NothingToRelease { .. } => problem,
        }
    }
}

#[cfg(test)]
mod tests {
    use ledger_core::money::{Balance, Budget};

    use super::*;

    #[test]
    fn a_refusal_is_called_the_same_in_a_report_and_in_a_problem() {
        let (left, missing) = (Balance::ZERO, Budget::from_cents(1).unwrap());
        let (from, until) = ("2026-09-01".parse().unwrap(), "2027-08-31".parse().unwrap());
        for refusal in [
            Refusal::NotOpen,
            Refusal::Closed,
            Refusal::Frozen { reason: "over the budget".into() },
            Refusal::ReferenceReused { reference: "r".into() },
            Refusal::Invalid { field: "title", expected: "1 to 200 characters" },
            Refusal::OverBudget { left, missing },
            Refusal::OverProvisional { left, missing, ratio: 800 },
            Refusal::NotFunded { left, missing },
            Refusal::NotValid { from, until },
            Refusal::ReturnsOutOfOrder { up_to: 7 },
        ] {
            let rule = refusal.rule();
            assert_eq!(Problem::from(refusal).kind.slug, rule);
        }
    }
}
