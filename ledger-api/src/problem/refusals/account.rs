//! Why an account refuses, or a purchase is not made.

use ledger_core::account::AccountRefusal as Refusal;
use ledger_core::checkout::CheckoutRefusal;

use crate::format;
use crate::problem::{Kind, Problem, kinds};

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let problem = Self::new(kind(&refusal), &refusal);
        match refusal {
            Refusal::Suspended { reason } => problem.with("reason", reason.as_str()),
            Refusal::ReferenceReused { reference } => problem.with("reference", reference),
            Refusal::NotEnough { available, missing } => problem
                .with("available_cents", available.cents())
                .with("missing_cents", missing.cents())
                .told(format!("Il manque {missing} : vous disposez de {available}.")),
            Refusal::NotEligible { available, eligible, missing, frozen } => problem
                .with("available_cents", available.cents())
                .with("eligible_cents", eligible.cents())
                .with("missing_cents", missing.cents())
                .with("frozen_cents", frozen.cents())
                .told(format!(
                    "Il manque {missing} : sur {available}, seuls {eligible} peuvent payer \
                     cette ressource."
                )),
            Refusal::RecipientNotAdmitted { uai } => problem.with("uai", uai.as_str()),
            Refusal::AlreadyExpired { valid_until } => {
                problem.with("valid_until", valid_until.to_string())
            }
            Refusal::NotHeld { status, .. } => problem.with("purchase_status", status.to_string()),
            Refusal::CaptureTooLarge { held } | Refusal::HasHolds { held } => {
                problem.with("held_cents", held.cents())
            }
            Refusal::PartlyDelivered { captured } => problem
                .with("captured_cents", captured.cents())
                .told(format!("{captured} ont déjà été livrés : demandez un remboursement.")),
            Refusal::RefundTooLarge { refundable } => {
                problem.with("refundable_cents", refundable.cents())
            }
            Refusal::HoldNotOver { until } => problem
                .with("until", format::iso(until))
                .told(format!("La somme est réservée jusqu’au {}.", format::long_moment(until))),
            Refusal::ContestTooLate { until } => problem
                .with("until", until.to_string())
                .told(format!("Il pouvait l’être jusqu’au {}.", format::long_date(until))),
            Refusal::SpecimenAlreadyTaken { until } => problem
                .with("until", until.to_string())
                .told(format!("Il était à vous jusqu’au {}.", format::long_date(until))),
            Refusal::Invalid { field, expected } => {
                Self::field(&kinds::INVALID_FIELD, field, expected)
            }
            Refusal::OverTeamLimit(over) => problem
                .with("limit_cents", over.limit.cents())
                .with("left_cents", over.left.cents())
                .told(format!("La limite est de {}, dont il reste {}.", over.limit, over.left)),
            Refusal::ApprovalPending { until } => problem
                .with("until", format::iso(until))
                .told(format!("Il peut le donner jusqu’au {}.", format::long_moment(until))),
            Refusal::NotATeam
            | Refusal::NotAMember
            | Refusal::NothingToApprove { .. }
            | Refusal::NotYours
            | Refusal::OwnRequest
            | Refusal::LastManager
            | Refusal::NotOpen
            | Refusal::Closed
            | Refusal::NoSuchPurchase { .. }
            | Refusal::NothingToContest { .. }
            | Refusal::WrongRole { .. } => problem,
        }
    }
}

impl From<CheckoutRefusal> for Problem {
    fn from(refusal: CheckoutRefusal) -> Self {
        let kind = match &refusal {
            CheckoutRefusal::Account(it) => return it.clone().into(),
            CheckoutRefusal::NoSuchOffer => &kinds::NO_SUCH_OFFER,
            CheckoutRefusal::OfferWithdrawn => &kinds::OFFER_WITHDRAWN,
            CheckoutRefusal::OfferChanged { price } => {
                return Self::new(&kinds::OFFER_CHANGED, &refusal)
                    .with("price_cents", price.cents())
                    .told(format!(
                        "Sa fiche a changé depuis que vous l’avez vue ; son prix est maintenant \
                         de {price}."
                    ));
            }
            CheckoutRefusal::PartnerSuspended { .. } => &kinds::PARTNER_SUSPENDED,
            CheckoutRefusal::Free => &kinds::OFFER_FREE,
            CheckoutRefusal::NoSpecimen => &kinds::NO_SPECIMEN,
            CheckoutRefusal::CeilingMisplaced => &kinds::CEILING_MISPLACED,
        };
        Self::new(kind, refusal)
    }
}

fn kind(refusal: &Refusal) -> &'static Kind {
    match refusal {
        Refusal::NotOpen => &kinds::ACCOUNT_NOT_OPEN,
        Refusal::Closed => &kinds::ACCOUNT_CLOSED,
        Refusal::Suspended { .. } => &kinds::ACCOUNT_SUSPENDED,
        Refusal::ReferenceReused { .. } => &kinds::REFERENCE_REUSED,
        Refusal::NotEnough { .. } => &kinds::NOT_ENOUGH_MONEY,
        Refusal::NotEligible { .. } => &kinds::NOT_ELIGIBLE,
        Refusal::RecipientNotAdmitted { .. } => &kinds::RECIPIENT_NOT_ADMITTED,
        Refusal::AlreadyExpired { .. } => &kinds::CREDITS_ALREADY_EXPIRED,
        Refusal::NoSuchPurchase { .. } => &kinds::NO_SUCH_PURCHASE,
        Refusal::NotHeld { .. } => &kinds::PURCHASE_NOT_HELD,
        Refusal::CaptureTooLarge { .. } => &kinds::CAPTURE_TOO_LARGE,
        Refusal::PartlyDelivered { .. } => &kinds::PARTLY_DELIVERED,
        Refusal::RefundTooLarge { .. } => &kinds::REFUND_TOO_LARGE,
        Refusal::HoldNotOver { .. } => &kinds::HOLD_NOT_OVER,
        Refusal::HasHolds { .. } => &kinds::ACCOUNT_HAS_HOLDS,
        Refusal::NothingToContest { .. } => &kinds::NOTHING_TO_CONTEST,
        Refusal::ContestTooLate { .. } => &kinds::CONTEST_TOO_LATE,
        Refusal::SpecimenAlreadyTaken { .. } => &kinds::SPECIMEN_ALREADY_TAKEN,
        Refusal::NotATeam => &kinds::NOT_A_TEAM,
        Refusal::NotAMember => &kinds::NOT_A_MEMBER,
        Refusal::OverTeamLimit(_) => &kinds::OVER_TEAM_LIMIT,
        Refusal::ApprovalPending { .. } => &kinds::APPROVAL_PENDING,
        Refusal::NothingToApprove { .. } => &kinds::NOTHING_TO_APPROVE,
        Refusal::NotYours => &kinds::NOT_YOURS_TO_DECIDE,
        Refusal::OwnRequest => &kinds::OWN_REQUEST,
        Refusal::LastManager => &kinds::LAST_MANAGER,
        Refusal::WrongRole { .. } => &kinds::WRONG_ROLE,
        Refusal::Invalid { .. } => &kinds::INVALID_FIELD,
    }
}

#[cfg(test)]
mod tests {
    use ledger_core::money::{Amount, Balance};

    use super::*;

    #[test]
    fn a_refusal_is_called_the_same_in_a_report_and_in_a_problem() {
        let missing = Amount::from_cents(320).unwrap();
        let refusals = [
            Refusal::NotOpen,
            Refusal::Closed,
            Refusal::Suspended { reason: "enquête".into() },
            Refusal::ReferenceReused { reference: "r".into() },
            Refusal::NotEnough { available: Balance::ZERO, missing },
            Refusal::RecipientNotAdmitted { uai: "0750655E".parse().unwrap() },
            Refusal::HasHolds { held: Balance::from_cents(1) },
            Refusal::CaptureTooLarge { held: Balance::ZERO },
            Refusal::RefundTooLarge { refundable: Balance::ZERO },
            Refusal::PartlyDelivered { captured: Balance::ZERO },
        ];
        for refusal in refusals {
            assert_eq!(kind(&refusal).slug, refusal.rule());
        }
    }

    #[test]
    fn what_is_missing_is_told_to_machines_in_cents_and_to_people_in_euros() {
        let refusal = Refusal::NotEnough {
            available: Balance::from_cents(12_00),
            missing: Amount::from_cents(3_20).unwrap(),
        };
        let problem = Problem::from(CheckoutRefusal::Account(refusal));
        assert_eq!(problem.to_json()["missing_cents"], 320);
        assert_eq!(problem.to_json()["available_cents"], 1200);
        assert!(problem.told.unwrap().starts_with("Il manque 3,20\u{a0}€"));
    }
}
