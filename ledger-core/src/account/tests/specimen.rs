//! A resource is tried once, for nothing.

use super::*;
use crate::digest::Digest;

const ON: &str = "2026-09-10";

fn taken(offer: u128, until: &str) -> SpecimenTaken {
    SpecimenTaken {
        offer: OfferId(Uuid::from_u128(offer)),
        partner: PartnerId(Uuid::from_u128(1)),
        reference: "MATH-6-12".into(),
        title: "Fractions en 6e".into(),
        kind: Kind::Exercises,
        digest: Digest::of(b"the listing"),
        url: "https://preau.example/specimen".into(),
        until: day(until),
    }
}

fn take(offer: u128, on: &str) -> AccountCommand {
    let until = specimen_until(day(on)).to_string();
    AccountCommand::TakeSpecimen(TakeSpecimen { specimen: taken(offer, &until), on: day(on) })
}

#[test]
fn a_specimen_is_lent_for_thirty_days() {
    given::<Account>([opened()])
        .when(take(1, ON))
        .then([AccountEvent::SpecimenTaken(taken(1, "2026-10-10"))])
        .when(take(2, ON))
        .then([AccountEvent::SpecimenTaken(taken(2, "2026-10-10"))]);
}

#[test]
fn a_specimen_is_taken_once_and_no_second_time_after_its_end() {
    let until = day("2026-10-10");
    given::<Account>([opened(), AccountEvent::SpecimenTaken(taken(1, "2026-10-10"))])
        .when(take(1, "2026-10-10"))
        .then([])
        .when(take(1, "2026-10-11"))
        .then_refused(AccountRefusal::SpecimenAlreadyTaken { until });
}

#[test]
fn a_specimen_needs_an_account_that_takes_part() {
    given::<Account>([]).when(take(1, ON)).then_refused(AccountRefusal::NotOpen);
    let suspended = AccountSuspended { reason: "enquête".into() };
    given::<Account>([opened(), AccountEvent::Suspended(suspended)])
        .when(take(1, ON))
        .then_refused(AccountRefusal::Suspended { reason: "enquête".into() });
    given::<Account>([opened(), AccountEvent::Closed(AccountClosed {})])
        .when(take(1, ON))
        .then_refused(AccountRefusal::Closed);
}

#[test]
fn a_specimen_moves_no_money() {
    let state = given::<Account>([opened(), granted(1, 5_00)]).when(take(1, ON));
    let state = state.then([AccountEvent::SpecimenTaken(taken(1, "2026-10-10"))]).0;
    assert_eq!(state.available_on(day(ON)), held(5_00));
    let event = crate::event::Event::Account(AccountEvent::SpecimenTaken(taken(1, ON)));
    assert!(crate::journal::postings(&event).is_empty());
}
