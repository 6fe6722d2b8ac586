//! What is due to partners follows from the log, period after period.

use ledger_core::calendar::Calendar;
use ledger_core::event_log::EventLog as _;
use ledger_core::ids::CalendarId;
use ledger_core::meta::Actor;
use ledger_core::process::settlements::{Certification, SettlementsError, certify};
use ledger_core::settlement::{Contested, Prepared, Stage};

use crate::desk::{Desk, cents, day, instant, noon, started_again};

async fn prepared(desk: &Desk, n: u128, ends: &str) -> Prepared {
    *desk.settlement(n, ends).await.prepared.unwrap()
}

fn waits(it: &[Contested]) -> Vec<(u128, u64)> {
    it.iter().map(|it| (it.purchase.0.as_u128(), it.amount.cents())).collect()
}

#[tokio::test]
async fn each_partner_is_settled_once_for_each_period() {
    let desk = Desk::open("2026-09-01").await;
    desk.buy(1, 1, 30_00, "2026-09-05").await;
    desk.buy(2, 2, 12_00, "2026-09-06").await;
    desk.buy(3, 1, 5_00, "2026-09-07").await;
    desk.refund(3, Some(2_00), "2026-09-08").await;
    desk.buy(4, 1, 99_00, "2026-09-16").await;
    assert_eq!(desk.prepare("2026-09-15").await, (0, 0));
    assert_eq!(desk.prepare("2026-09-16").await, (1, 2));
    let end = desk.ledger.log().end().await.unwrap();
    assert_eq!(desk.prepare("2026-09-16").await, (0, 0));
    assert_eq!(desk.ledger.log().end().await.unwrap(), end, "something was written");
    let first = prepared(&desk, 1, "2026-09-15").await;
    assert_eq!((first.captured, first.refunded, first.lines), (cents(35_00), cents(2_00), 3));
    assert_eq!((first.credits, first.carried), (cents(0), cents(0)));
    assert_eq!(first.presumed_from, day("2026-09-24"));
    let second = prepared(&desk, 2, "2026-09-15").await;
    assert_eq!((second.captured, second.refunded, second.lines), (cents(12_00), cents(0), 1));
}

#[tokio::test]
async fn a_run_stopped_anywhere_goes_on_from_there() {
    let desk = Desk::open("2026-09-01").await;
    desk.buy(1, 1, 30_00, "2026-09-05").await;
    desk.buy(2, 2, 12_00, "2026-09-06").await;
    let before = desk.events().await.len();
    desk.prepare("2026-09-16").await;
    let expected = [prepared(&desk, 1, "2026-09-15").await, prepared(&desk, 2, "2026-09-15").await];
    let whole = desk.events().await;
    assert_eq!(whole.len() - before, 4, "a cut-off, two settlements, and the period");
    for events in before..=whole.len() {
        let again = started_again(&whole[..events]).await;
        again.prepare("2026-09-16").await;
        let found =
            [prepared(&again, 1, "2026-09-15").await, prepared(&again, 2, "2026-09-15").await];
        assert_eq!(found, expected, "stopped after {events}");
        assert_eq!(again.events().await.len(), whole.len(), "stopped after {events}");
    }
}

#[tokio::test]
async fn the_next_period_waits_until_the_one_before_is_certified() {
    let desk = Desk::open("2026-09-01").await;
    desk.buy(1, 1, 30_00, "2026-09-05").await;
    desk.buy(2, 1, 10_00, "2026-09-20").await;
    assert_eq!(desk.prepare("2026-10-01").await, (2, 1));
    assert_eq!(desk.settlement(1, "2026-09-30").await.stage, Stage::Absent);
    assert_eq!(desk.presume("2026-09-15", "2026-10-01").await, 1);
    assert_eq!(desk.presume("2026-09-15", "2026-10-01").await, 0);
    assert_eq!(desk.prepare("2026-10-01").await, (0, 1));
    assert_eq!(prepared(&desk, 1, "2026-09-30").await.captured, cents(10_00));
}

#[tokio::test]
async fn a_refund_of_what_was_paid_is_set_off_on_the_next_run() {
    let (desk, [first, _]) = Desk::two_cleared().await;
    desk.draw_up(1, &[first], "2026-09-26").await.unwrap();
    desk.refund(1, Some(8_00), "2026-09-27").await;
    desk.buy(3, 1, 50_00, "2026-09-28").await;
    assert_eq!(desk.prepare("2026-10-01").await, (1, 1));
    let it = prepared(&desk, 1, "2026-09-30").await;
    assert_eq!((it.captured, it.refunded, it.credits), (cents(50_00), cents(0), cents(8_00)));
    desk.presume("2026-09-30", "2026-10-09").await;
    let it = desk.settlement(1, "2026-09-30").await;
    assert_eq!((it.due, it.set_off()), (cents(50_00), cents(8_00)));
    assert_eq!(it.payable().map(Into::into), Some(cents(42_00)));
    assert_eq!(it.carried_out(), Some(cents(0)));
}

#[tokio::test]
async fn what_a_partner_owes_is_carried_until_it_is_set_off() {
    let (desk, _) = Desk::two_cleared().await;
    desk.refund(1, Some(25_00), "2026-09-27").await;
    desk.prepare("2026-10-01").await;
    desk.presume("2026-09-30", "2026-10-09").await;
    let owes = desk.settlement(1, "2026-09-30").await;
    assert_eq!((owes.stage, owes.due, owes.payable()), (Stage::Settled, cents(0), None));
    assert_eq!(owes.carried_out(), Some(cents(25_00)));
    // Nothing is sold for a while: it still shows what the partner owes.
    assert_eq!(desk.prepare("2026-10-16").await, (1, 1));
    desk.presume("2026-10-15", "2026-10-24").await;
    let still = desk.settlement(1, "2026-10-15").await;
    assert_eq!(still.prepared.as_ref().unwrap().carried, cents(25_00));
    assert_eq!(still.carried_out(), Some(cents(25_00)));
    // Less than what it owes, then more.
    desk.buy(3, 1, 10_00, "2026-10-20").await;
    desk.prepare("2026-11-01").await;
    desk.presume("2026-10-31", "2026-11-09").await;
    let less = desk.settlement(1, "2026-10-31").await;
    assert_eq!((less.due, less.payable()), (cents(10_00), None));
    assert_eq!(less.carried_out(), Some(cents(15_00)));
    desk.buy(4, 1, 40_00, "2026-11-10").await;
    desk.prepare("2026-11-16").await;
    desk.presume("2026-11-15", "2026-11-24").await;
    let more = desk.settlement(1, "2026-11-15").await;
    assert_eq!(more.payable().map(Into::into), Some(cents(25_00)));
    assert_eq!(more.carried_out(), Some(cents(0)));
}

/// 30 € sold, of which purchase 2, 10 €, is contested before service is presumed done.
async fn one_contested() -> Desk {
    let desk = Desk::open("2026-09-01").await;
    desk.buy(1, 1, 20_00, "2026-09-05").await;
    desk.buy(2, 1, 10_00, "2026-09-06").await;
    desk.prepare("2026-09-16").await;
    desk.contest(2, "2026-09-20").await;
    assert_eq!(desk.presume("2026-09-15", "2026-09-24").await, 1);
    let first = desk.settlement(1, "2026-09-15").await;
    assert_eq!((first.due, waits(&first.waiting())), (cents(20_00), vec![(2, 10_00)]));
    desk
}

#[tokio::test]
async fn what_is_contested_waits_and_is_paid_once_the_contest_is_over() {
    let desk = one_contested().await;
    assert_eq!(desk.prepare("2026-10-01").await, (1, 1));
    let second = prepared(&desk, 1, "2026-09-30").await;
    assert_eq!((waits(&second.waiting), second.reinstated), (vec![(2, 10_00)], cents(0)));
    desk.presume("2026-09-30", "2026-10-09").await;
    assert_eq!(desk.settlement(1, "2026-09-30").await.due, cents(0));
    desk.withdraw_contest(2, "2026-10-10").await;
    desk.prepare("2026-10-16").await;
    let third = prepared(&desk, 1, "2026-10-15").await;
    assert_eq!((waits(&third.waiting), third.reinstated), (vec![], cents(10_00)));
    desk.presume("2026-10-15", "2026-10-24").await;
    let third = desk.settlement(1, "2026-10-15").await;
    let charged = &third.certified.as_ref().unwrap().charged;
    assert_eq!((third.due, charged.len()), (cents(10_00), 1));
    assert_eq!(desk.prepare("2026-11-01").await, (1, 0), "taken up once");
}

#[tokio::test]
async fn what_is_contested_and_refunded_is_never_due_nor_set_off() {
    let desk = one_contested().await;
    desk.refund(2, Some(4_00), "2026-09-25").await;
    desk.prepare("2026-10-01").await;
    let partly = prepared(&desk, 1, "2026-09-30").await;
    assert_eq!((partly.refunded, partly.credits), (cents(4_00), cents(0)));
    assert_eq!(waits(&partly.waiting), [(2, 6_00)]);
    desk.presume("2026-09-30", "2026-10-09").await;
    desk.refund(2, None, "2026-10-10").await;
    desk.prepare("2026-10-16").await;
    desk.presume("2026-10-15", "2026-10-24").await;
    let it = desk.settlement(1, "2026-10-15").await;
    assert_eq!((it.due, it.carried_out(), it.waiting()), (cents(0), Some(cents(0)), vec![]));
    assert_eq!(desk.prepare("2026-11-01").await, (1, 0));
}

#[tokio::test]
async fn a_contest_over_before_service_is_certified_keeps_nothing_back() {
    let desk = Desk::open("2026-09-01").await;
    desk.buy(1, 1, 10_00, "2026-09-06").await;
    desk.prepare("2026-09-16").await;
    desk.contest(1, "2026-09-20").await;
    desk.withdraw_contest(1, "2026-09-21").await;
    desk.presume("2026-09-15", "2026-09-24").await;
    let it = desk.settlement(1, "2026-09-15").await;
    assert_eq!((it.due, it.waiting()), (cents(10_00), vec![]));
}

#[tokio::test]
async fn a_period_that_is_not_cut_off_has_nothing_to_certify() {
    let desk = Desk::open("2026-09-01").await;
    let certification = Certification { on: day("2026-09-24"), by: Actor::PROCESS, seed: 7 };
    let (on, meta) = (day("2026-09-15"), noon("2026-09-24", Actor::PROCESS));
    let done = certify(&desk.ledger, on, &[], certification, |_| None, meta).await;
    assert_eq!(done, Err(SettlementsError::NotCutOff { on }));
}

#[tokio::test]
async fn a_period_ends_to_the_second_at_midnight_in_paris() {
    // Before and after both changes of hour: 25 October 2026 and 28 March 2027.
    for (opened, ends, first_after) in [
        ("2026-10-01", "2026-10-15", "2026-10-15T22:00:00Z"),
        ("2026-10-16", "2026-10-31", "2026-10-31T23:00:00Z"),
        ("2027-03-01", "2027-03-15", "2027-03-15T23:00:00Z"),
        ("2027-03-16", "2027-03-31", "2027-03-31T22:00:00Z"),
    ] {
        let desk = Desk::open(opened).await;
        let after = instant(first_after);
        let last = desk.buy_at(1, 1, 1_00, after - chrono::TimeDelta::seconds(1)).await;
        desk.buy_at(2, 1, 2_00, after).await;
        assert_eq!(desk.prepare(ends).await, (0, 0), "{ends} is not over");
        let next = day(ends).succ_opt().unwrap().to_string();
        assert_eq!(desk.prepare(&next).await, (1, 1));
        let calendar = desk.ledger.state::<Calendar>(CalendarId::THE).await.unwrap();
        assert_eq!(calendar.cut_offs[0].up_to, last, "{ends}");
        assert_eq!(prepared(&desk, 1, ends).await.captured, cents(1_00), "{ends}");
    }
}
