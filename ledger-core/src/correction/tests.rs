use uuid::Uuid;

use super::*;
use crate::decider::given;

const ONE: Actor = Actor { role: Role::Accountant, id: Uuid::from_u128(4) };
const OTHER: Actor = Actor { role: Role::Accountant, id: Uuid::from_u128(5) };

fn side(account: u32, siren: &str) -> CorrectedSide {
    CorrectedSide { account, partner: Some(siren.parse().unwrap()) }
}

fn proposed() -> CorrectionProposed {
    CorrectionProposed {
        corrects: 4_711,
        reason: "Relevé rapproché du mauvais partenaire".into(),
        lines: vec![CorrectedLine {
            debit: side(401_100, "110046018"),
            credit: side(401_100, "217500016"),
            amount: Budget::from_cents(12_00).unwrap(),
        }],
        by: ONE,
    }
}

#[test]
fn a_correction_is_prepared_by_one_and_approved_by_another() {
    let approved = CorrectionApproved {
        corrects: 4_711,
        lines: proposed().lines,
        proposed_by: ONE,
        by: OTHER,
    };
    given::<Correction>([])
        .when(CorrectionCommand::Propose(proposed()))
        .then([CorrectionEvent::Proposed(proposed())])
        .when(CorrectionCommand::Approve { by: ONE })
        .then_refused(CorrectionRefusal::SameActor)
        .when(CorrectionCommand::Approve { by: OTHER })
        .then([CorrectionEvent::Approved(approved)])
        .when(CorrectionCommand::Reject { reason: "non".into(), by: OTHER })
        .then_refused(CorrectionRefusal::Over);
}

#[test]
fn funds_rights_and_the_bank_are_not_moved_by_hand() {
    for account in [443_210, 443_220, 801_200, 515_100, 999_999] {
        let mut proposed = proposed();
        proposed.lines[0].debit = CorrectedSide { account, partner: None };
        given::<Correction>([])
            .when(CorrectionCommand::Propose(proposed))
            .then_refused(CorrectionRefusal::NotByHand { account });
    }
}

#[test]
fn a_correction_given_up_posts_nothing() {
    let rejected = CorrectionRejected { reason: "Erreur".into(), by: OTHER };
    given::<Correction>([CorrectionEvent::Proposed(proposed())])
        .when(CorrectionCommand::Reject { reason: "Erreur".into(), by: OTHER })
        .then([CorrectionEvent::Rejected(rejected)])
        .when(CorrectionCommand::Approve { by: OTHER })
        .then_refused(CorrectionRefusal::Over);
}
