//! The words of a settlement's stories.

use uuid::Uuid;

use super::super::*;
use crate::decider::{Given, given};
use crate::event_log::Position;
use crate::ids::{AccountId, EnvelopeId, PartnerId};
use crate::meta::Role;
use crate::money::{Amount, Balance};

pub(super) const OFFICER: Actor = Actor { role: Role::AuthorisingOfficer, id: Uuid::from_u128(3) };
pub(super) const ACCOUNTANT: Actor = Actor { role: Role::Accountant, id: Uuid::from_u128(4) };
pub(super) const PARTNER: Actor = Actor { role: Role::Client, id: Uuid::from_u128(6) };
pub(super) const REMITTANCE: RemittanceId = RemittanceId(Uuid::from_u128(8));
pub(super) const PURCHASE: PurchaseId = PurchaseId(Uuid::from_u128(10));

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(super) fn euros(cents: u64) -> Budget {
    Budget::from_cents(cents).unwrap()
}

pub(super) fn cents(cents: u64) -> Balance {
    Balance::from_cents(cents)
}

pub(super) fn iban() -> Iban {
    "FR7630006000011234567890189".parse().unwrap()
}

/// 100 € captured, 10 € of it refunded, 20 € of earlier refunds.
pub(super) fn prepared() -> Box<Prepared> {
    Box::new(Prepared {
        partner: PartnerId(Uuid::from_u128(2)),
        siren: "110046018".parse().unwrap(),
        on: day("2026-09-15"),
        after: 0 as Position,
        up_to: 99,
        lines: 8,
        captured: cents(100_00),
        refunded: cents(10_00),
        credits: cents(20_00),
        carried: Balance::ZERO,
        reinstated: Balance::ZERO,
        waiting: vec![],
        funding: vec![Funding {
            envelope: EnvelopeId(Uuid::from_u128(1)),
            funder: "siren:217500016".parse().unwrap(),
            captured: cents(100_00),
            refunded: cents(30_00),
        }],
        digest: Digest::of(b"lines"),
        presumed_from: day("2026-09-24"),
        previous: None,
        fee: None,
    })
}

pub(super) fn charged(cents: u64) -> Vec<Charged> {
    let (envelope, funder) = (prepared().funding[0].envelope, prepared().funding[0].funder);
    vec![Charged { envelope, funder, amount: euros(cents) }]
}

pub(super) fn certified(contested: u64) -> ServiceCertified {
    let contested = Amount::from_cents(contested).map(|amount| Contested {
        account: AccountId(Uuid::from_u128(9)),
        purchase: PURCHASE,
        amount,
    });
    let due = 90_00 - contested.map_or(0, |it| it.amount.cents());
    ServiceCertified {
        on: day("2026-09-24"),
        presumed: true,
        contested: contested.into_iter().collect(),
        charged: charged(due),
        sample: None,
        by: Actor::PROCESS,
    }
}

pub(super) fn statement(amount: u64) -> StatementReceived {
    StatementReceived {
        reference: "REL-2026-18".into(),
        dated: day("2026-09-25"),
        received: day("2026-09-26"),
        amount: cents(amount),
        by: PARTNER,
    }
}

pub(super) fn matched(amount: u64) -> SettlementEvent {
    SettlementEvent::Matched(StatementMatched {
        siren: prepared().siren,
        reference: "REL-2026-18".into(),
        amount: cents(amount),
    })
}

pub(super) fn order(by: Actor) -> SettlementCommand {
    SettlementCommand::Order { on: day("2026-09-28"), by }
}

pub(super) fn ordered() -> SettlementEvent {
    SettlementEvent::Ordered(PaymentOrdered {
        payable: cents(70_00),
        set_off: cents(20_00),
        carried: Balance::ZERO,
        on: day("2026-09-28"),
        due: day("2026-10-26"),
        by: OFFICER,
    })
}

pub(super) fn checks() -> Vec<CheckResult> {
    let passed =
        |check| CheckResult { check, passed: true, evidence: "vu".into(), note: "".into() };
    Check::ALL.map(passed).to_vec()
}

pub(super) fn visa(by: Actor) -> SettlementCommand {
    SettlementCommand::GrantVisa { checks: checks(), on: day("2026-09-29"), by }
}

pub(super) fn visa_granted() -> SettlementEvent {
    SettlementEvent::VisaGranted(VisaGranted {
        checks: checks(),
        on: day("2026-09-29"),
        by: ACCOUNTANT,
    })
}

pub(super) fn send(end_to_end: &str) -> SettlementCommand {
    SettlementCommand::Send {
        remittance: REMITTANCE,
        end_to_end: end_to_end.into(),
        iban: iban(),
        by: ACCOUNTANT,
    }
}

pub(super) fn sent(end_to_end: &str, set_off: u64, again: bool) -> SettlementEvent {
    SettlementEvent::Sent(PaymentSent {
        siren: prepared().siren,
        remittance: REMITTANCE,
        end_to_end: end_to_end.into(),
        iban: iban(),
        amount: euros(70_00),
        set_off: cents(set_off),
        again,
        by: ACCOUNTANT,
    })
}

pub(super) fn answer(end_to_end: &str, reason: &str) -> BankAnswer {
    BankAnswer {
        end_to_end: end_to_end.into(),
        reason: reason.into(),
        report: Digest::of(b"pain.002"),
    }
}

pub(super) fn movement(end_to_end: &str, amount: u64, line: &str) -> BankMovement {
    BankMovement {
        end_to_end: end_to_end.into(),
        amount: euros(amount),
        booked: day("2026-10-02"),
        line: line.into(),
    }
}

pub(super) fn debited(end_to_end: &str, line: &str) -> SettlementEvent {
    SettlementEvent::Debited(PaymentDebited {
        end_to_end: end_to_end.into(),
        amount: euros(70_00),
        booked: day("2026-10-02"),
        line: line.into(),
    })
}

pub(super) fn suspend(failed: &[Check]) -> SettlementCommand {
    SettlementCommand::Suspend {
        failed: failed.to_vec(),
        reason: "Pièce manquante".into(),
        on: day("2026-09-29"),
        by: ACCOUNTANT,
    }
}

pub(super) fn suspended(failed: &[Check]) -> SettlementEvent {
    SettlementEvent::Suspended(PaymentSuspended {
        failed: failed.to_vec(),
        reason: "Pièce manquante".into(),
        on: day("2026-09-29"),
        by: ACCOUNTANT,
    })
}

/// As it is when its order is given.
pub(super) fn given_ordered() -> Given<Settlement> {
    given::<Settlement>([
        SettlementEvent::Prepared(prepared()),
        SettlementEvent::Certified(certified(0)),
        SettlementEvent::StatementReceived(statement(90_00)),
        matched(90_00),
        ordered(),
    ])
}

pub(super) fn given_sent() -> Given<Settlement> {
    given_ordered()
        .when(visa(ACCOUNTANT))
        .then([visa_granted()])
        .when(send("A"))
        .then([sent("A", 20_00, false)])
}
