//! What was paid for was not delivered as sold.

use super::*;
use crate::decider::Decider as _;
use crate::meta::{Actor, Role};

const TEACHER: Actor = Actor { role: Role::Teacher, id: Uuid::from_u128(1) };
const OFFICER: Actor = Actor { role: Role::AuthorisingOfficer, id: Uuid::from_u128(3) };
const UNTIL: &str = "2026-10-23";

fn contest_on(n: u128, on: &str, reason: &str) -> AccountCommand {
    let (purchase, reason) = (purchase(n), reason.into());
    AccountCommand::Contest(Contest { purchase, reason, until: day(UNTIL), on: day(on) })
}

fn contest(n: u128) -> AccountCommand {
    contest_on(n, UNTIL, "Le lien ne marche pas")
}

fn contested(n: u128, cents: u64) -> AccountEvent {
    AccountEvent::Contested(PurchaseContested {
        purchase: purchase(n),
        partner: PartnerId(Uuid::from_u128(1)),
        amount: euros(cents),
        reason: "Le lien ne marche pas".into(),
    })
}

fn end(n: u128, outcome: ContestOutcome, reason: &str, by: Actor) -> AccountCommand {
    AccountCommand::EndContest { purchase: purchase(n), outcome, reason: reason.into(), by }
}

fn withdraw(n: u128) -> AccountCommand {
    end(n, ContestOutcome::Withdrawn, "", TEACHER)
}

fn ended(n: u128, outcome: ContestOutcome, reason: &str) -> AccountEvent {
    AccountEvent::ContestEnded(ContestEnded {
        purchase: purchase(n),
        partner: PartnerId(Uuid::from_u128(1)),
        outcome,
        reason: reason.into(),
    })
}

/// 8 € paid from two lots.
fn paid() -> [AccountEvent; 5] {
    let split = [(1, 5_00), (2, 3_00)];
    [
        opened(),
        granted(1, 5_00),
        granted(2, 5_00),
        authorised(1, 8_00, &split),
        captured_whole(1, 8_00, &split),
    ]
}

#[test]
fn a_purchase_is_contested_up_to_the_last_day_and_no_later() {
    let until = day(UNTIL);
    given::<Account>(paid())
        .when(contest_on(1, "2026-10-24", "Le lien ne marche pas"))
        .then_refused(AccountRefusal::ContestTooLate { until })
        .when(contest(1))
        .then([contested(1, 8_00)]);
}

#[test]
fn a_purchase_contested_twice_is_contested_once_however_late() {
    given::<Account>(paid())
        .when(contest(1))
        .then([contested(1, 8_00)])
        .when(contest_on(1, "2026-12-01", "Toujours pas"))
        .then([]);
}

#[test]
fn a_contest_says_why() {
    let invalid = |expected| AccountRefusal::Invalid { field: "reason", expected };
    given::<Account>(paid())
        .when(contest_on(1, UNTIL, "  "))
        .then_refused(invalid("expected 1 to 500 characters"))
        .when(contest_on(1, UNTIL, &"é".repeat(501)))
        .then_refused(invalid("expected 1 to 500 characters"));
}

#[test]
fn only_what_is_paid_and_not_refunded_can_be_contested() {
    given::<Account>([opened(), granted(1, 10_00), authorised(1, 4_00, &[(1, 4_00)])])
        .when(contest(9))
        .then_refused(AccountRefusal::NoSuchPurchase { purchase: purchase(9) })
        .when(contest(1))
        .then_refused(AccountRefusal::NothingToContest { purchase: purchase(1) });
    given::<Account>(paid())
        .when(refund(1, 1, Some(6_00), "2026-10-02"))
        .then([refunded(1, 1, &[(2, 3_00), (1, 3_00)], &[])])
        .when(contest(1))
        .then([contested(1, 2_00)]);
    given::<Account>(paid())
        .when(refund(1, 1, None, "2026-10-02"))
        .then([refunded(1, 1, &[(2, 3_00), (1, 5_00)], &[])])
        .when(contest(1))
        .then_refused(AccountRefusal::NothingToContest { purchase: purchase(1) });
}

#[test]
fn a_contest_is_withdrawn_by_its_holder_alone() {
    let needed = AccountRefusal::WrongRole { needed: Role::Teacher };
    given::<Account>(paid())
        .when(contest(1))
        .then([contested(1, 8_00)])
        .when(end(1, ContestOutcome::Withdrawn, "", OFFICER))
        .then_refused(needed)
        .when(withdraw(1))
        .then([ended(1, ContestOutcome::Withdrawn, "")]);
}

#[test]
fn a_contest_is_dismissed_by_the_authorising_officer_who_says_why() {
    let dismiss = |reason, by| end(1, ContestOutcome::Dismissed, reason, by);
    given::<Account>(paid())
        .when(contest(1))
        .then([contested(1, 8_00)])
        .when(dismiss("Livré", TEACHER))
        .then_refused(AccountRefusal::WrongRole { needed: Role::AuthorisingOfficer })
        .when(dismiss(" ", OFFICER))
        .then_refused(AccountRefusal::Invalid {
            field: "reason",
            expected: "expected 1 to 500 characters",
        })
        .when(dismiss("Livré", OFFICER))
        .then([ended(1, ContestOutcome::Dismissed, "Livré")]);
}

#[test]
fn what_is_not_contested_has_no_contest_to_end() {
    given::<Account>(paid())
        .when(withdraw(1))
        .then([])
        .when(withdraw(9))
        .then_refused(AccountRefusal::NoSuchPurchase { purchase: purchase(9) });
}

#[test]
fn a_purchase_is_contested_anew_after_its_contest_ended() {
    given::<Account>(paid())
        .when(contest(1))
        .then([contested(1, 8_00)])
        .when(withdraw(1))
        .then([ended(1, ContestOutcome::Withdrawn, "")])
        .when(contest(1))
        .then([contested(1, 8_00)]);
}

#[test]
fn what_is_contested_is_refunded_like_anything_else() {
    given::<Account>(paid())
        .when(contest(1))
        .then([contested(1, 8_00)])
        .when(refund(1, 1, None, "2026-10-02"))
        .then([refunded(1, 1, &[(2, 3_00), (1, 5_00)], &[])]);
}

#[test]
fn a_suspended_account_contests_and_a_closed_one_only_ends_its_contests() {
    let suspended = AccountEvent::Suspended(AccountSuspended { reason: "inquiry".into() });
    given::<Account>(paid().into_iter().chain([suspended]))
        .when(contest(1))
        .then([contested(1, 8_00)])
        .when(AccountCommand::Close)
        .then([
            returned(2, 2_00, ReturnCause::AccountClosed),
            AccountEvent::Closed(AccountClosed {}),
        ])
        .when(withdraw(1))
        .then([ended(1, ContestOutcome::Withdrawn, "")])
        .when(contest(1))
        .then_refused(AccountRefusal::Closed);
    given::<Account>([]).when(contest(1)).then_refused(AccountRefusal::NotOpen);
}

#[test]
fn who_paid_a_part_is_told_in_the_order_in_which_lots_were_used() {
    let account = Account::default().after(&paid());
    assert_eq!(account.paid_by(purchase(1), euros(6_00)), shares(&[(1, 5_00), (2, 1_00)]));
    assert_eq!(account.paid_by(purchase(9), euros(6_00)), shares(&[]));
}
