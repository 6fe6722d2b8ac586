//! The rules of an account, one test each.

mod contest;
mod renewal;
mod specimen;
mod team;
mod together;
mod words;

use uuid::Uuid;

use super::*;
use crate::decider::given;
use crate::money::Balance;
use words::*;

#[test]
fn a_teacher_spends_what_was_granted() {
    given::<Account>([opened(), granted(1, 150_00)])
        .when(authorise(1, 49_90))
        .then([authorised(1, 49_90, &[(1, 49_90)])])
        .when(capture(1, 1, None))
        .then([captured(1, 1, 49_90, &[(1, 49_90)], &[], true)]);
}

#[test]
fn the_term_of_a_hold_is_in_whole_seconds_as_it_is_stored() {
    let mut asked = authorisation(1, 49_90);
    asked.hold_until += chrono::TimeDelta::milliseconds(700);
    given::<Account>([opened(), granted(1, 150_00)])
        .when(AccountCommand::Authorise(asked))
        .then([authorised(1, 49_90, &[(1, 49_90)])]);
}

#[test]
fn a_teacher_cannot_spend_more_than_is_available() {
    given::<Account>([opened(), granted(1, 40_00)])
        .when(authorise(1, 49_90))
        .then_refused(AccountRefusal::NotEnough { available: held(40_00), missing: euros(9_90) });
}

#[test]
fn a_hold_is_money_that_cannot_be_spent_twice() {
    given::<Account>([opened(), granted(1, 60_00), authorised(1, 49_90, &[(1, 49_90)])])
        .when(authorise(2, 20_00))
        .then_refused(AccountRefusal::NotEnough { available: held(10_10), missing: euros(9_90) });
}

#[test]
fn an_account_without_a_credit_has_nothing_to_spend() {
    given::<Account>([opened()])
        .when(pay(1, 1))
        .then_refused(AccountRefusal::NotEnough { available: Balance::ZERO, missing: euros(1) });
}

#[test]
fn what_is_delivered_at_once_is_held_and_paid_in_one() {
    given::<Account>([opened(), granted(1, 10_00)])
        .when(pay(1, 10_00))
        .then([authorised(1, 10_00, &[(1, 10_00)]), captured_whole(1, 10_00, &[(1, 10_00)])]);
}

#[test]
fn several_funders_pay_one_purchase_by_priority_then_expiry_then_earmark_then_age() {
    let lots = [
        lot(1, 3_00, |it| it.priority = 6),
        lot(2, 3_00, |_| ()),
        lot(3, 3_00, |it| it.earmark.kinds = vec![Kind::Activity]),
        lot(4, 3_00, |it| it.valid_until = day("2026-12-31")),
        lot(5, 3_00, |_| ()),
    ];
    given::<Account>([opened()].into_iter().chain(lots.map(AccountEvent::Granted)))
        .when(authorise(1, 14_00))
        .then([authorised(1, 14_00, &[(4, 3_00), (3, 3_00), (2, 3_00), (5, 3_00), (1, 2_00)])]);
}

#[test]
fn money_set_aside_for_other_resources_does_not_pay() {
    let other = lot(1, 5_00, |it| it.earmark.subjects = vec!["latin".into()]);
    given::<Account>([opened(), AccountEvent::Granted(other), granted(2, 2_00)])
        .when(pay(1, 3_00))
        .then_refused(AccountRefusal::NotEligible {
            available: held(7_00),
            eligible: held(2_00),
            missing: euros(1_00),
            frozen: Balance::ZERO,
        });
}

#[test]
fn a_frozen_envelope_pays_for_nothing_new_and_breaks_nothing_engaged() {
    let AccountCommand::Pay(mut it) = pay(2, 3_00) else { unreachable!() };
    it.frozen = [envelope(1)].into();
    given::<Account>([opened(), granted(1, 10_00), authorised(1, 4_00, &[(1, 4_00)])])
        .when(AccountCommand::Pay(it))
        .then_refused(AccountRefusal::NotEligible {
            available: held(6_00),
            eligible: Balance::ZERO,
            missing: euros(3_00),
            frozen: held(6_00),
        })
        .when(capture(1, 1, None))
        .then([captured(1, 1, 4_00, &[(1, 4_00)], &[], true)]);
}

#[test]
fn expired_money_does_not_pay() {
    let AccountCommand::Pay(mut it) = pay(1, 3_00) else { unreachable!() };
    it.on = day("2027-09-01");
    given::<Account>([opened(), granted(1, 10_00)])
        .when(AccountCommand::Pay(it))
        .then_refused(AccountRefusal::NotEnough { available: Balance::ZERO, missing: euros(3_00) });
}

#[test]
fn billing_by_use_captures_several_times_up_to_the_ceiling() {
    given::<Account>([opened(), granted(1, 5_00), granted(2, 5_00)])
        .when(authorise(1, 8_00))
        .then([authorised(1, 8_00, &[(1, 5_00), (2, 3_00)])])
        .when(capture(1, 1, Some(6_00)))
        .then([captured(1, 1, 6_00, &[(1, 5_00), (2, 1_00)], &[], false)])
        .when(capture(1, 2, Some(2_01)))
        .then_refused(AccountRefusal::CaptureTooLarge { held: held(2_00) })
        .when(last_capture(1, 3, 50))
        .then([captured(1, 3, 50, &[(2, 50)], &[(2, 1_50)], true)])
        .when(capture(1, 4, Some(1)))
        .then_refused(AccountRefusal::NotHeld {
            purchase: purchase(1),
            status: PurchaseStatus::Captured,
        });
}

#[test]
fn a_cancelled_purchase_frees_its_hold() {
    given::<Account>([opened(), granted(1, 10_00), authorised(1, 4_00, &[(1, 4_00)])])
        .when(cancel(1))
        .then([cancelled(1, &[(1, 4_00)])])
        .when(pay(2, 10_00))
        .then([authorised(2, 10_00, &[(1, 10_00)]), captured_whole(2, 10_00, &[(1, 10_00)])]);
}

#[test]
fn a_delivered_purchase_is_not_cancelled() {
    given::<Account>([opened(), granted(1, 10_00), authorised(1, 4_00, &[(1, 4_00)])])
        .when(capture(1, 1, Some(1_00)))
        .then([captured(1, 1, 1_00, &[(1, 1_00)], &[], false)])
        .when(cancel(1))
        .then_refused(AccountRefusal::PartlyDelivered { captured: held(1_00) });
}

#[test]
fn a_hold_ends_with_its_term_and_not_before() {
    given::<Account>([opened(), granted(1, 10_00), authorised(1, 4_00, &[(1, 4_00)])])
        .when(AccountCommand::ExpireHold {
            purchase: purchase(1),
            at: instant("2026-10-07T23:59:59Z"),
        })
        .then_refused(AccountRefusal::HoldNotOver { until: instant("2026-10-08T00:00:00Z") })
        .when(AccountCommand::ExpireHold {
            purchase: purchase(1),
            at: instant("2026-10-08T00:00:00Z"),
        })
        .then([AccountEvent::HoldExpired(HoldExpired {
            purchase: purchase(1),
            freed: shares(&[(1, 4_00)]),
            released: false,
        })])
        .when(capture(1, 1, None))
        .then_refused(AccountRefusal::NotHeld {
            purchase: purchase(1),
            status: PurchaseStatus::Expired,
        });
}

#[test]
fn a_refund_goes_back_to_the_lots_it_came_from() {
    given::<Account>([opened(), granted(1, 5_00), granted(2, 5_00)])
        .when(pay(1, 8_00))
        .then([
            authorised(1, 8_00, &[(1, 5_00), (2, 3_00)]),
            captured_whole(1, 8_00, &[(1, 5_00), (2, 3_00)]),
        ])
        .when(refund(1, 1, Some(4_00), "2026-10-02"))
        .then([refunded(1, 1, &[(2, 3_00), (1, 1_00)], &[])])
        .when(refund(1, 2, Some(4_01), "2026-10-02"))
        .then_refused(AccountRefusal::RefundTooLarge { refundable: held(4_00) })
        .when(refund(1, 3, None, "2026-10-02"))
        .then([refunded(1, 3, &[(1, 4_00)], &[])]);
}

#[test]
fn a_refund_of_expired_credits_goes_back_to_the_funder() {
    given::<Account>([opened(), granted(1, 5_00)])
        .when(pay(1, 3_00))
        .then([authorised(1, 3_00, &[(1, 3_00)]), captured_whole(1, 3_00, &[(1, 3_00)])])
        .when(refund(1, 1, None, "2027-09-01"))
        .then([refunded(1, 1, &[], &[(1, 3_00)])]);
}

#[test]
fn a_refund_from_a_closed_envelope_goes_back_to_the_funder() {
    let AccountCommand::Refund(mut it) = refund(1, 1, None, "2026-10-02") else { unreachable!() };
    it.closed = [envelope(1)].into();
    given::<Account>([opened(), granted(1, 5_00)])
        .when(pay(1, 3_00))
        .then([authorised(1, 3_00, &[(1, 3_00)]), captured_whole(1, 3_00, &[(1, 3_00)])])
        .when(AccountCommand::Refund(it))
        .then([refunded(1, 1, &[], &[(1, 3_00)])]);
}

#[test]
fn what_is_left_of_expired_credits_returns_to_the_funder_once() {
    let soon = lot(2, 3_00, |it| it.valid_until = day("2026-12-31"));
    given::<Account>([opened(), granted(1, 5_00), AccountEvent::Granted(soon)])
        .when(AccountCommand::ExpireCredits { on: day("2026-12-31") })
        .then([])
        .when(AccountCommand::ExpireCredits { on: day("2027-01-01") })
        .then([returned(2, 3_00, ReturnCause::Expired)]);
}

#[test]
fn a_reference_used_for_something_else_is_refused() {
    given::<Account>([opened(), granted(1, 10_00), authorised(1, 4_00, &[(1, 4_00)])])
        .when(authorise(1, 5_00))
        .then_refused(reused(&purchase(1)))
        .when(pay(1, 4_00))
        .then_refused(reused(&purchase(1)))
        .when(AccountCommand::Grant(grant(lot(1, 11_00, |_| ()))))
        .then_refused(reused(&lot_id(1)))
        .when(capture(1, 1, Some(1_00)))
        .then([captured(1, 1, 1_00, &[(1, 1_00)], &[], false)])
        .when(capture(1, 1, Some(2_00)))
        .then_refused(reused(&CaptureId(Uuid::from_u128(1))));
}

#[test]
fn what_was_done_is_done_whatever_came_after() {
    let story = [
        opened(),
        granted(1, 10_00),
        authorised(1, 4_00, &[(1, 4_00)]),
        cancelled(1, &[(1, 4_00)]),
    ];
    let closed =
        [returned(1, 10_00, ReturnCause::AccountClosed), AccountEvent::Closed(AccountClosed {})];
    given::<Account>(story)
        .when(AccountCommand::Close)
        .then(closed)
        .when(authorise(1, 4_00))
        .then([])
        .when(AccountCommand::Grant(grant(lot(1, 10_00, |_| ()))))
        .then([])
        .when(pay(2, 1_00))
        .then_refused(AccountRefusal::Closed);
}

#[test]
fn an_account_with_a_hold_is_not_closed() {
    given::<Account>([opened(), granted(1, 10_00), authorised(1, 4_00, &[(1, 4_00)])])
        .when(AccountCommand::Close)
        .then_refused(AccountRefusal::HasHolds { held: held(4_00) });
}

#[test]
fn a_suspended_account_buys_nothing_and_what_is_engaged_goes_on() {
    let suspend = AccountCommand::Suspend { reason: "inquiry".into() };
    given::<Account>([opened(), granted(1, 10_00), authorised(1, 4_00, &[(1, 4_00)])])
        .when(suspend)
        .then([AccountEvent::Suspended(AccountSuspended { reason: "inquiry".into() })])
        .when(pay(2, 1_00))
        .then_refused(AccountRefusal::Suspended { reason: "inquiry".into() })
        .when(capture(1, 1, None))
        .then([captured(1, 1, 4_00, &[(1, 4_00)], &[], true)])
        .when(AccountCommand::Resume)
        .then([AccountEvent::Resumed(AccountResumed {})])
        .when(pay(2, 1_00))
        .then([authorised(2, 1_00, &[(1, 1_00)]), captured_whole(2, 1_00, &[(1, 1_00)])]);
}

#[test]
fn a_funder_credits_only_its_recipients() {
    let mut it = grant(lot(1, 10_00, |_| ()));
    it.recipients =
        Arc::new(Recipients { levels: vec![SchoolLevel::UpperSecondary], ..Recipients::default() });
    given::<Account>([opened()])
        .when(AccountCommand::Grant(it))
        .then_refused(AccountRefusal::RecipientNotAdmitted { uai: school().uai });
}

#[test]
fn credits_that_are_over_are_not_granted() {
    let valid_until = day("2026-09-30");
    given::<Account>([opened()])
        .when(AccountCommand::Grant(grant(lot(1, 10_00, |it| it.valid_until = valid_until))))
        .then_refused(AccountRefusal::AlreadyExpired { valid_until });
}

#[test]
fn nothing_happens_to_an_account_that_was_not_opened() {
    given::<Account>([])
        .when(pay(1, 1_00))
        .then_refused(AccountRefusal::NotOpen)
        .when(capture(1, 1, None))
        .then_refused(AccountRefusal::NotOpen)
        .when(AccountCommand::Close)
        .then_refused(AccountRefusal::NotOpen)
        .when(AccountCommand::Open(AccountOpened { holder: Holder::Teacher, school: school() }))
        .then([opened()]);
}

#[test]
fn a_purchase_that_is_not_there_is_said_so() {
    let missing = AccountRefusal::NoSuchPurchase { purchase: purchase(9) };
    given::<Account>([opened()])
        .when(cancel(9))
        .then_refused(missing.clone())
        .when(refund(9, 1, None, "2026-10-01"))
        .then_refused(missing);
}
