//! The rules of a partner, one test each.

use uuid::Uuid;

use super::*;
use crate::decider::{Given, given};
use crate::meta::Role;

const IBAN: &str = "FR1420041010050500013M02606";

#[test]
fn sites_are_declared_as_a_whole_and_lead_nowhere_else() {
    let declare = |sites: &[&str]| {
        let sites = sites.iter().map(|it| (*it).into()).collect();
        SitesDeclared { sites }
    };
    let both = declare(&["https://preau.example", "http://127.0.0.1:8091"]);
    given::<Partner>([registered()])
        .when(PartnerCommand::DeclareSites(both.clone()))
        .then([PartnerEvent::SitesDeclared(both.clone())])
        .when(PartnerCommand::DeclareSites(declare(&["https://preau.example/boutique"])))
        .then_refused(PartnerRefusal::Invalid {
            field: "sites",
            expected: "expected at most 10 origins, as in https://boutique.example",
        });
    let partner = Partner::default().after([&registered(), &PartnerEvent::SitesDeclared(both)]);
    for right in
        ["https://preau.example", "https://preau.example/merci?a=1", "http://127.0.0.1:8091/"]
    {
        assert!(partner.site_of(right).is_some(), "{right}");
    }
    for wrong in [
        "https://preau.example.evil.example/",
        "https://preau.example:444/",
        "https://preau.example@evil.example/",
        "http://preau.example/",
        "javascript:alert(1)",
        "",
    ] {
        assert!(partner.site_of(wrong).is_none(), "{wrong}");
    }
}

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
    let it =
        FeedDeclared { url: "ftp://example.org".into(), format: FeedFormat::Json, hosts: vec![] };
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

#[test]
fn a_fee_is_recorded_by_an_authorising_officer_within_bounds() {
    let invalid = |field, expected| PartnerRefusal::Invalid { field, expected };
    let by_accountant = Actor { role: Role::Accountant, ..OFFICER };
    given::<Partner>([registered()])
        .when(agree(FeeAgreed { by: by_accountant, ..fee(20, "2026-09-01") }))
        .then_refused(PartnerRefusal::NotOfficer)
        .when(agree(fee(301, "2026-09-01")))
        .then_refused(invalid("rate", "expected 0 to 300 thousandths"))
        .when(agree(FeeAgreed { vat: 1960, ..fee(20, "2026-09-01") }))
        .then_refused(invalid(
            "vat",
            "expected a French VAT rate in hundredths of a percent, as in 2000",
        ))
        .when(agree(FeeAgreed { agreement: " ".into(), ..fee(20, "2026-09-01") }))
        .then_refused(invalid("agreement", "expected 1 to 200 characters"))
        .when(agree(fee(300, "2026-09-01")))
        .then([PartnerEvent::FeeAgreed(fee(300, "2026-09-01"))]);
}

#[test]
fn a_fee_holds_from_its_day_and_replaces_what_was_agreed_from_then_on() {
    let Given(partner) = given::<Partner>([registered()])
        .when(agree(fee(20, "2026-09-01")))
        .then([PartnerEvent::FeeAgreed(fee(20, "2026-09-01"))])
        .when(agree(fee(30, "2027-01-01")))
        .then([PartnerEvent::FeeAgreed(fee(30, "2027-01-01"))])
        .when(agree(fee(20, "2026-09-01")))
        .then([])
        .when(agree(fee(0, "2027-07-01")))
        .then([PartnerEvent::FeeAgreed(fee(0, "2027-07-01"))]);
    let on = |partner: &Partner, day: &str| {
        partner.fee_on(day.parse().expect("a day")).map(|it| it.rate)
    };
    let days = ["2026-08-31", "2026-09-01", "2026-12-31", "2027-01-01", "2027-07-01"];
    assert_eq!(days.map(|it| on(&partner, it)), [None, Some(20), Some(20), Some(30), None]);
    let Given(partner) = Given(partner)
        .when(agree(fee(25, "2026-10-01")))
        .then([PartnerEvent::FeeAgreed(fee(25, "2026-10-01"))]);
    assert_eq!(days.map(|it| on(&partner, it)), [None, Some(20), Some(25), Some(25), Some(25)]);
}

// The words of the stories.

const OFFICER: Actor = Actor { role: Role::AuthorisingOfficer, id: Uuid::from_u128(3) };

fn fee(rate: u16, from: &str) -> FeeAgreed {
    FeeAgreed {
        rate,
        vat: 2000,
        from: from.parse().expect("a day"),
        agreement: "CONV-2026-1, art. 6".into(),
        by: OFFICER,
    }
}

fn agree(it: FeeAgreed) -> PartnerCommand {
    PartnerCommand::AgreeFee(it)
}

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
