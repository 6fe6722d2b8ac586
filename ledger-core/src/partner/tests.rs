//! The rules of a partner, one test each.

use uuid::Uuid;

use super::*;
use crate::decider::given;
use crate::meta::Role;

const IBAN: &str = "FR1420041010050500013M02606";

#[test]
fn bank_details_are_changed_by_two_people() {
    given::<Partner>([registered()])
        .when(propose(1))
        .then([PartnerEvent::BankDetailsProposed(proposed(1))])
        .when(approve(1))
        .then_refused(PartnerRefusal::SameActor)
        .when(approve(2))
        .then([PartnerEvent::BankDetailsApproved(BankDetailsApproved {
            iban: iban(),
            proposed_by: actor(1),
            by: actor(2),
        })]);
}

#[test]
fn what_is_rejected_is_not_approved_and_may_be_proposed_again() {
    given::<Partner>([registered(), PartnerEvent::BankDetailsProposed(proposed(1))])
        .when(reject(2, " "))
        .then_refused(PartnerRefusal::Invalid {
            field: "reason",
            expected: "expected 1 to 1,000 characters",
        })
        .when(reject(2, "another company's account"))
        .then([PartnerEvent::BankDetailsRejected(BankDetailsRejected {
            iban: iban(),
            proposed_by: actor(1),
            reason: "another company's account".into(),
            by: actor(2),
        })])
        .when(approve(2))
        .then_refused(PartnerRefusal::NotProposed)
        .when(reject(1, "too late"))
        .then_refused(PartnerRefusal::NotProposed)
        .when(propose(1))
        .then([PartnerEvent::BankDetailsProposed(proposed(1))]);
}

#[test]
fn bank_details_that_come_back_are_approved_anew() {
    let other = BankDetailsProposed {
        iban: "DE89370400440532013000".parse().expect("an IBAN"),
        by: actor(1),
    };
    let approved = BankDetailsApproved { iban: iban(), proposed_by: actor(1), by: actor(2) };
    given::<Partner>([
        registered(),
        PartnerEvent::BankDetailsProposed(proposed(1)),
        PartnerEvent::BankDetailsApproved(approved.clone()),
        PartnerEvent::BankDetailsProposed(other),
    ])
    .when(propose(1))
    .then([PartnerEvent::BankDetailsProposed(proposed(1))])
    .when(approve(2))
    .then([PartnerEvent::BankDetailsApproved(approved)]);
}

#[test]
fn what_was_not_proposed_is_not_approved() {
    given::<Partner>([registered()]).when(approve(2)).then_refused(PartnerRefusal::NotProposed);
}

#[test]
fn a_partner_keeps_its_identity() {
    let mut it = identity();
    it.name = "Autre".into();
    given::<Partner>([registered()])
        .when(PartnerCommand::Register(it))
        .then_refused(PartnerRefusal::ReferenceReused)
        .when(PartnerCommand::Register(identity()))
        .then([]);
}

#[test]
fn a_suspended_partner_is_resumed() {
    given::<Partner>([registered()])
        .when(PartnerCommand::Suspend { reason: "complaints".into() })
        .then([PartnerEvent::Suspended(PartnerSuspended { reason: "complaints".into() })])
        .when(PartnerCommand::Resume)
        .then([PartnerEvent::Resumed(PartnerResumed {})]);
}

#[test]
fn a_feed_is_an_address_of_the_web() {
    let it = FeedDeclared { url: "ftp://example.org".into(), format: FeedFormat::Json };
    given::<Partner>([registered()]).when(PartnerCommand::DeclareFeed(it)).then_refused(
        PartnerRefusal::Invalid {
            field: "url",
            expected: "expected an http:// or https:// address",
        },
    );
}

#[test]
fn nothing_is_asked_of_a_partner_that_is_not_registered() {
    given::<Partner>([]).when(propose(1)).then_refused(PartnerRefusal::NotRegistered);
}

#[test]
fn an_iban_is_checked() {
    assert_eq!("fr14 2004 1010 0505 0001 3M02 606".parse::<Iban>().unwrap().as_str(), IBAN);
    for wrong in ["", "FR1420041010050500013M02607", "1420041010050500013M02606FR", "FR14é"] {
        assert_eq!(wrong.parse::<Iban>(), Err(IbanError), "{wrong}");
    }
}

// The words of the stories.

fn identity() -> PartnerRegistered {
    PartnerRegistered {
        siret: "11004601800013".parse().expect("a SIRET"),
        name: "Éditions du Préau".into(),
        agreement: "CONV-2026-1".into(),
    }
}

fn registered() -> PartnerEvent {
    PartnerEvent::Registered(identity())
}

fn iban() -> Iban {
    IBAN.parse().expect("an IBAN")
}

fn actor(n: u128) -> Actor {
    Actor { role: Role::Operator, id: Uuid::from_u128(n) }
}

fn proposed(n: u128) -> BankDetailsProposed {
    BankDetailsProposed { iban: iban(), by: actor(n) }
}

fn propose(n: u128) -> PartnerCommand {
    PartnerCommand::ProposeBankDetails(proposed(n))
}

fn approve(n: u128) -> PartnerCommand {
    PartnerCommand::ApproveBankDetails { iban: iban(), by: actor(n) }
}

fn reject(n: u128, reason: &str) -> PartnerCommand {
    PartnerCommand::RejectBankDetails { iban: iban(), reason: reason.into(), by: actor(n) }
}
