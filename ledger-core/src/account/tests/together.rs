//! Several commands at once, all or none; and what is held and never delivered.

use super::words::*;
use super::*;

fn two() -> AccountCommand {
    AccountCommand::Together(vec![authorise(1, 6_00), authorise(2, 5_00)])
}

#[test]
fn several_purchases_are_authorised_together() {
    given::<Account>([opened(), granted(1, 11_00)])
        .when(two())
        .then([authorised(1, 6_00, &[(1, 6_00)]), authorised(2, 5_00, &[(1, 5_00)])]);
}

#[test]
fn none_is_authorised_when_one_cannot_be_paid() {
    given::<Account>([opened(), granted(1, 10_99)])
        .when(two())
        .then_refused(AccountRefusal::NotEnough { available: held(4_99), missing: euros(1) });
}

#[test]
fn what_was_done_of_several_is_not_done_again() {
    given::<Account>([opened(), granted(1, 11_00), authorised(1, 6_00, &[(1, 6_00)])])
        .when(two())
        .then([authorised(2, 5_00, &[(1, 5_00)])]);
}

#[test]
fn what_is_not_delivered_is_released_and_what_was_stays_delivered() {
    let released = AccountEvent::HoldExpired(HoldExpired {
        purchase: purchase(1),
        freed: shares(&[(1, 4_00)]),
        released: true,
    });
    given::<Account>([
        opened(),
        granted(1, 10_00),
        authorised(1, 10_00, &[(1, 10_00)]),
        captured(1, 1, 6_00, &[(1, 6_00)], &[], false),
    ])
    .when(AccountCommand::Release { purchase: purchase(1) })
    .then([released])
    .when(capture(1, 2, None))
    .then_refused(AccountRefusal::NotHeld {
        purchase: purchase(1),
        status: PurchaseStatus::Expired,
    });
}
