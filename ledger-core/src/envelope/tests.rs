//! The rules of an envelope, one test each.

use super::*;
use crate::decider::given;
use crate::ids::EnvelopeId;

#[test]
fn an_envelope_allocates_up_to_its_budget_and_not_a_cent_more() {
    given::<Envelope>([opened(|_| ())])
        .when(allocate(1, 1_000_00))
        .then([allocated(1, 1_000_00)])
        .when(allocate(2, 1))
        .then_refused(EnvelopeRefusal::OverBudget { left: Balance::ZERO, missing: euros(1) });
}

#[test]
fn a_provisional_budget_allocates_only_its_ratio_until_it_is_confirmed() {
    given::<Envelope>([opened(|it| it.ratio = 800)])
        .when(allocate(1, 800_01))
        .then_refused(EnvelopeRefusal::OverProvisional {
            left: Balance::from_cents(800_00),
            missing: euros(1),
            ratio: 800,
        })
        .when(EnvelopeCommand::ConfirmBudget { legal_reference: "DM 2".into() })
        .then([EnvelopeEvent::BudgetConfirmed(BudgetConfirmed {
            funder: funder(),
            legal_reference: "DM 2".into(),
            rest: Some(euros(200_00)),
        })])
        .when(allocate(1, 800_01))
        .then([allocated(1, 800_01)]);
}

#[test]
fn a_raise_before_the_vote_is_called_once() {
    let raise =
        EnvelopeCommand::RaiseBudget { amount: euros(100_00), legal_reference: "DM 1".into() };
    given::<Envelope>([opened(|it| it.ratio = 800)])
        .when(raise)
        .then([EnvelopeEvent::BudgetRaised(BudgetRaised {
            funder: funder(),
            amount: euros(100_00),
            legal_reference: "DM 1".into(),
        })])
        .when(EnvelopeCommand::ConfirmBudget { legal_reference: "DM 2".into() })
        .then([EnvelopeEvent::BudgetConfirmed(BudgetConfirmed {
            funder: funder(),
            legal_reference: "DM 2".into(),
            rest: Some(euros(200_00)),
        })]);
}

#[test]
fn the_state_allocates_only_what_was_received() {
    let state: Funder = "state:0214".parse().expect("a funder");
    let receive = EnvelopeCommand::ReceiveFunds {
        receipt: ReceiptId(Uuid::from_u128(1)),
        amount: euros(500_00),
        reference: "VIR 1".into(),
        booked: None,
    };
    let received = EnvelopeEvent::FundsReceived(FundsReceived {
        funder: state,
        receipt: ReceiptId(Uuid::from_u128(1)),
        amount: euros(500_00),
        reference: "VIR 1".into(),
        booked: None,
    });
    given::<Envelope>([opened(|it| it.funder = state)])
        .when(allocate(1, 1))
        .then_refused(EnvelopeRefusal::NotFunded { left: Balance::ZERO, missing: euros(1) })
        .when(receive)
        .then([received])
        .when(allocate(1, 600_00))
        .then_refused(EnvelopeRefusal::NotFunded {
            left: Balance::from_cents(500_00),
            missing: euros(100_00),
        });
}

#[test]
fn a_frozen_envelope_allocates_nothing_until_it_is_unfrozen() {
    let freeze = EnvelopeCommand::Freeze { reason: "vote".into(), on: day("2026-10-02") };
    given::<Envelope>([opened(|_| ())])
        .when(freeze)
        .then([EnvelopeEvent::Frozen(EnvelopeFrozen {
            reason: "vote".into(),
            on: day("2026-10-02"),
        })])
        .when(allocate(1, 1))
        .then_refused(EnvelopeRefusal::Frozen { reason: "vote".into() })
        .when(EnvelopeCommand::Unfreeze)
        .then([EnvelopeEvent::Unfrozen(EnvelopeUnfrozen {})])
        .when(allocate(1, 1))
        .then([allocated(1, 1)]);
}

#[test]
fn an_envelope_credits_only_on_its_days() {
    let late = EnvelopeCommand::Allocate { allocation: allocation(1, 1), on: day("2027-09-01") };
    given::<Envelope>([opened(|_| ())]).when(late).then_refused(EnvelopeRefusal::NotValid {
        from: day("2026-09-01"),
        until: day("2027-08-31"),
    });
}

#[test]
fn what_could_not_be_credited_is_free_again_once() {
    let release =
        |cents| EnvelopeCommand::Release { allocation: Uuid::from_u128(1), amount: euros(cents) };
    given::<Envelope>([opened(|_| ()), allocated(1, 1_000_00)])
        .when(release(1_000_01))
        .then_refused(EnvelopeRefusal::NothingToRelease {
            allocation: Uuid::from_u128(1),
            amount: euros(1_000_01),
        })
        .when(release(100_00))
        .then([EnvelopeEvent::Released(AllocationReleased {
            allocation: Uuid::from_u128(1),
            amount: euros(100_00),
        })])
        .when(release(200_00))
        .then_refused(reused(&Uuid::from_u128(1)))
        .when(allocate(2, 100_00))
        .then([allocated(2, 100_00)]);
}

#[test]
fn returns_are_noted_once_and_do_not_become_budget_again() {
    let noted = |after, up_to| ReturnsNoted {
        after,
        up_to,
        expired: Balance::from_cents(10_00),
        refunded: Balance::ZERO,
    };
    given::<Envelope>([opened(|_| ()), allocated(1, 1_000_00)])
        .when(EnvelopeCommand::NoteReturns(noted(0, 50)))
        .then([EnvelopeEvent::ReturnsNoted(noted(0, 50))])
        .when(EnvelopeCommand::NoteReturns(noted(0, 60)))
        .then_refused(EnvelopeRefusal::ReturnsOutOfOrder { up_to: 50 })
        .when(EnvelopeCommand::NoteReturns(noted(50, 60)))
        .then([EnvelopeEvent::ReturnsNoted(noted(50, 60))])
        .when(allocate(2, 1))
        .then_refused(EnvelopeRefusal::OverBudget { left: Balance::ZERO, missing: euros(1) });
}

#[test]
fn a_reference_used_for_something_else_is_refused() {
    given::<Envelope>([opened(|_| ()), allocated(1, 10_00)])
        .when(allocate(1, 20_00))
        .then_refused(reused(&Uuid::from_u128(1)))
        .when(open(|it| it.budget = euros(2_000_00)))
        .then_refused(reused(&"of this envelope"));
}

#[test]
fn an_envelope_is_opened_with_fields_that_make_sense() {
    let wrong: [(Spoil<EnvelopeOpened>, &str); 5] = [
        (|it| it.title = " ".into(), "title"),
        (|it| it.ratio = 0, "ratio"),
        (|it| it.ratio = 1001, "ratio"),
        (|it| it.priority = 0, "priority"),
        (|it| it.valid_until = day("2026-08-31"), "valid_until"),
    ];
    for (spoil, field) in wrong {
        let Err(EnvelopeRefusal::Invalid { field: refused, .. }) =
            Envelope::default().decide(&open(spoil))
        else {
            panic!("{field} was taken");
        };
        assert_eq!(refused, field);
    }
}

#[test]
fn a_closed_envelope_allocates_nothing_and_still_notes_what_comes_back() {
    let noted = ReturnsNoted {
        after: 0,
        up_to: 9,
        expired: Balance::ZERO,
        refunded: Balance::from_cents(1),
    };
    given::<Envelope>([opened(|_| ())])
        .when(EnvelopeCommand::Close)
        .then([EnvelopeEvent::Closed(EnvelopeClosed {})])
        .when(allocate(1, 1))
        .then_refused(EnvelopeRefusal::Closed)
        .when(EnvelopeCommand::NoteReturns(noted.clone()))
        .then([EnvelopeEvent::ReturnsNoted(noted)]);
}

#[test]
fn the_ratio_of_the_largest_budget_does_not_overflow() {
    let envelope = Envelope { budget: Budget::MAX.into(), ratio: 999, ..Envelope::default() };
    assert_eq!(envelope.ceiling().cents(), Budget::MAX.cents() / 1000 * 999);
}

// The words of the stories.

/// Makes one field wrong.
type Spoil<T> = fn(&mut T);

use crate::decider::Decider;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn euros(cents: u64) -> Budget {
    Budget::from_cents(cents).expect("a budget")
}

fn funder() -> Funder {
    "siren:217500016".parse().expect("a funder")
}

fn opening() -> EnvelopeOpened {
    EnvelopeOpened {
        funder: funder(),
        funder_name: "Ville de Paris".into(),
        title: "Écoles numériques".into(),
        legal_reference: "Délibération 2026-12".into(),
        budget: euros(1_000_00),
        ratio: 1000,
        valid_from: day("2026-09-01"),
        valid_until: day("2027-08-31"),
        priority: 5,
        recipients: Recipients::default(),
        earmark: Earmark::default(),
        convention: None,
    }
}

fn open(change: impl FnOnce(&mut EnvelopeOpened)) -> EnvelopeCommand {
    let mut it = opening();
    change(&mut it);
    EnvelopeCommand::Open(Box::new(it))
}

fn opened(change: impl FnOnce(&mut EnvelopeOpened)) -> EnvelopeEvent {
    let mut it = opening();
    change(&mut it);
    EnvelopeEvent::Opened(Box::new(it))
}

fn allocation(n: u128, cents: u64) -> Allocation {
    Allocation { id: Uuid::from_u128(n), amount: euros(cents), lines: 1, to: None }
}

fn allocate(n: u128, cents: u64) -> EnvelopeCommand {
    EnvelopeCommand::Allocate { allocation: allocation(n, cents), on: day("2026-10-01") }
}

fn allocated(n: u128, cents: u64) -> EnvelopeEvent {
    let (funder, allocation) = (funder(), allocation(n, cents));
    EnvelopeEvent::Allocated(CreditsAllocated { funder, allocation })
}

fn reused(reference: &dyn std::fmt::Display) -> EnvelopeRefusal {
    EnvelopeRefusal::ReferenceReused { reference: reference.to_string() }
}

#[test]
fn credits_carry_the_envelopes_terms() {
    let envelope = Envelope::default().after(&[opened(|it| it.priority = 2)]);
    let amount = Amount::from_cents(5_00).expect("an amount");
    let lot = crate::ids::LotId(Uuid::from_u128(1));
    let credits = envelope.credits(EnvelopeId(Uuid::from_u128(1)), lot, amount, None);
    assert_eq!(credits.map(|it| (it.priority, it.valid_until)), Some((2, day("2027-08-31"))));
}
