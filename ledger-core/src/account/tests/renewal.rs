//! What an agreement freed is taken for nothing; a term is continued only when its holder says so.

use super::*;
use crate::account::event::{RenewalDeclined, RenewalProposed};
use crate::account::renewal::{Origin, Renews};
use crate::account::{AcquireLicence, LicenceAcquired, ProposeRenewal};
use crate::ids::AgreementId;

fn offer() -> OfferId {
    terms(1).offer
}

fn acquire(n: u128) -> AccountCommand {
    AccountCommand::AcquireLicence(AcquireLicence { by: None, licence: acquired(n) })
}

fn acquired(n: u128) -> LicenceAcquired {
    LicenceAcquired {
        purchase: purchase(n),
        terms: terms(5_00),
        agreement: AgreementId::of(offer()),
    }
}

fn renewal(until: &str) -> RenewalProposed {
    RenewalProposed {
        purchase: purchase(1),
        offer: offer(),
        until: day(until),
        paid: held(5_00),
        price: held(6_00),
    }
}

fn propose(until: &str, on: &str) -> AccountCommand {
    AccountCommand::ProposeRenewal(ProposeRenewal { renewal: renewal(until), on: day(on) })
}

fn bought() -> Vec<AccountEvent> {
    let split = [(1, 5_00)];
    vec![opened(), granted(1, 20_00), authorised(1, 5_00, &split), captured_whole(1, 5_00, &split)]
}

#[test]
fn what_is_free_is_taken_without_any_credit() {
    let state = given::<Account>([opened()])
        .when(acquire(1))
        .then([AccountEvent::LicenceAcquired(acquired(1))])
        .when(pay(1, 5_00))
        .then_refused(reused(&purchase(1)))
        .0;
    assert!(state.has_for_nothing(offer()));
    assert_eq!(state.acquired(purchase(1)), Some((offer(), AgreementId::of(offer()))));
}

#[test]
fn a_purchase_is_not_taken_for_nothing_under_the_same_reference() {
    given::<Account>(bought()).when(acquire(1)).then_refused(reused(&purchase(1)));
}

#[test]
fn a_renewal_is_proposed_once_in_the_last_thirty_days() {
    let (field, expected) = ("until", "expected one of the 30 days to come");
    let refused = AccountRefusal::Invalid { field, expected };
    given::<Account>(bought())
        .when(propose("2027-10-01", "2027-08-31"))
        .then_refused(refused.clone())
        .when(propose("2027-10-01", "2027-10-02"))
        .then_refused(refused)
        .when(propose("2027-10-01", "2027-09-01"))
        .then([AccountEvent::RenewalProposed(renewal("2027-10-01"))]);
}

#[test]
fn buying_while_it_is_proposed_continues_the_term_and_nothing_else_does() {
    let mut events = bought();
    events.push(AccountEvent::RenewalProposed(renewal("2026-10-20")));
    let proposed = given::<Account>(events.clone());
    assert_eq!(proposed.0.renewals(day("2026-10-01")).count(), 1);
    let renews = Some(Renews { purchase: purchase(1), from: day("2026-10-21") });
    let AccountEvent::Authorised(mut next) = authorised(2, 5_00, &[(1, 5_00)]) else {
        unreachable!()
    };
    next.origin = Origin { specimen: None, renews };
    let state = proposed
        .when(pay(2, 5_00))
        .then([AccountEvent::Authorised(next), captured_whole(2, 5_00, &[(1, 5_00)])])
        .0;
    assert_eq!(state.renewals(day("2026-10-01")).count(), 0, "answered");

    // The term is over: it is a purchase like any other.
    events.pop();
    events.push(AccountEvent::RenewalProposed(renewal("2026-09-30")));
    given::<Account>(events)
        .when(pay(2, 5_00))
        .then([authorised(2, 5_00, &[(1, 5_00)]), captured_whole(2, 5_00, &[(1, 5_00)])]);
}

#[test]
fn a_renewal_that_is_declined_is_not_proposed_again() {
    let mut events = bought();
    events.push(AccountEvent::RenewalProposed(renewal("2026-10-20")));
    let decline = AccountCommand::DeclineRenewal { purchase: purchase(1) };
    let declined = AccountEvent::RenewalDeclined(RenewalDeclined { purchase: purchase(1) });
    given::<Account>(bought())
        .when(decline.clone())
        .then_refused(AccountRefusal::NoSuchPurchase { purchase: purchase(1) });
    given::<Account>(events)
        .when(decline)
        .then([declined])
        .when(propose("2026-10-20", "2026-10-01"))
        .then([])
        .when(pay(2, 5_00))
        .then([authorised(2, 5_00, &[(1, 5_00)]), captured_whole(2, 5_00, &[(1, 5_00)])]);
}

#[test]
fn a_purchase_refers_to_the_specimen_that_was_tried_before() {
    let taken = AccountEvent::SpecimenTaken(SpecimenTaken {
        offer: offer(),
        partner: PartnerId(Uuid::from_u128(1)),
        reference: "ref-1".into(),
        title: "Fractions en 6e".into(),
        kind: Kind::Activity,
        digest: crate::digest::Digest::of(b"listing"),
        url: "https://preau.example/specimen".into(),
        until: day("2026-10-10"),
    });
    let AccountEvent::Authorised(mut bought) = authorised(1, 5_00, &[(1, 5_00)]) else {
        unreachable!()
    };
    bought.origin = Origin { specimen: Some(day("2026-10-10")), renews: None };
    given::<Account>([opened(), granted(1, 20_00), taken])
        .when(authorise(1, 5_00))
        .then([AccountEvent::Authorised(bought)]);
}
