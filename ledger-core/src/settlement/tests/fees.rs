//! The rules of a partner's fee: titled when the statement is matched, never netted, paid once.

use super::words::*;
use super::*;
use crate::partner::FeeTerms;

/// [`prepared`], by a partner that owes so many thousandths, with VAT at 20 %.
fn owing(rate: u16) -> Box<Prepared> {
    let fee = Some(FeeTerms { rate, vat: 2000, agreement: "CONV-1".into() });
    Box::new(Prepared { fee, ..*prepared() })
}

/// 2 % of 70 €, and 20 % of that.
fn title(on: &str, due: &str) -> FeeTitled {
    FeeTitled {
        siren: prepared().siren,
        reference: "TR-20260915-110046018-0002".into(),
        agreement: "CONV-1".into(),
        base: cents(70_00),
        rate: 20,
        vat_rate: 2000,
        net: euros(140),
        vat: cents(28),
        total: euros(168),
        on: day(on),
        due: day(due),
    }
}

fn pay(amount: u64, line: &str) -> SettlementCommand {
    let booked = Some(day("2026-10-12"));
    SettlementCommand::PayFee(FeePayment { amount: euros(amount), booked, line: line.into() })
}

fn paid(line: &str) -> SettlementEvent {
    SettlementEvent::FeePaid(FeePaid {
        siren: prepared().siren,
        reference: title("2026-09-26", "2026-10-26").reference,
        amount: euros(168),
        booked: Some(day("2026-10-12")),
        line: line.into(),
    })
}

fn given_titled() -> Given<Settlement> {
    given::<Settlement>([
        SettlementEvent::Prepared(owing(20)),
        SettlementEvent::Certified(certified(0)),
    ])
    .when(SettlementCommand::ReceiveStatement(statement(90_00)))
    .then([
        SettlementEvent::StatementReceived(statement(90_00)),
        matched(90_00),
        SettlementEvent::FeeTitled(title("2026-09-26", "2026-10-26")),
    ])
}

#[test]
fn the_fee_is_titled_as_its_statement_is_matched_and_taken_off_nothing() {
    let Given(settlement) = given_titled().when(order(OFFICER)).then([ordered()]);
    assert_eq!(settlement.payable(), Budget::from_cents(70_00));
    assert_eq!(settlement.unpaid_fee().map(|it| it.total), Budget::from_cents(168));
}

#[test]
fn it_is_titled_on_the_later_of_statement_and_service_done() {
    given::<Settlement>([
        SettlementEvent::Prepared(owing(20)),
        SettlementEvent::StatementReceived(statement(90_00)),
    ])
    .when(SettlementCommand::Certify(ServiceCertified { on: day("2026-09-28"), ..certified(0) }))
    .then([
        SettlementEvent::Certified(ServiceCertified { on: day("2026-09-28"), ..certified(0) }),
        matched(90_00),
        SettlementEvent::FeeTitled(title("2026-09-28", "2026-10-28")),
    ]);
}

#[test]
fn nothing_is_titled_while_the_statement_differs() {
    given::<Settlement>([
        SettlementEvent::Prepared(owing(20)),
        SettlementEvent::Certified(certified(0)),
    ])
    .when(SettlementCommand::ReceiveStatement(statement(91_00)))
    .then([
        SettlementEvent::StatementReceived(statement(91_00)),
        SettlementEvent::Differs(StatementDiffers {
            reference: "REL-2026-18".into(),
            stated: cents(91_00),
            certified: cents(90_00),
        }),
    ])
    .when(pay(168, "S#1"))
    .then_refused(SettlementRefusal::NoFee);
}

#[test]
fn half_a_cent_is_rounded_up_and_a_fee_of_nothing_is_not_titled() {
    let on = |rate, base: u64| {
        let title = owing(rate).title(cents(base + 20_00), day("2026-09-26"));
        title.map(|it| (it.net.cents(), it.vat.cents(), it.total.cents()))
    };
    assert_eq!(on(20, 25), Some((1, 0, 1)), "half a cent");
    assert_eq!(on(20, 24), None, "less than half a cent");
    assert_eq!(on(0, 100_00), None, "no fee");
    // 12.5 % of 10.00 € is 1.25 €, whose tax is 0.25 €.
    assert_eq!(on(125, 10_00), Some((125, 25, 150)));
    assert_eq!(on(300, 12), Some((4, 1, 5)), "3.6 cents, and 0.8 of tax");
    // Credit notes for more than is due: nothing to take a fee on.
    assert_eq!(owing(300).title(cents(15_00), day("2026-09-26")), None);
}

#[test]
fn a_title_is_paid_once_and_whole() {
    given_titled()
        .when(pay(167, "S#1"))
        .then_refused(SettlementRefusal::OtherFee { expected: euros(168), found: euros(167) })
        .when(pay(168, "S#2"))
        .then([paid("S#2")])
        .when(pay(168, "S#3"))
        .then_refused(SettlementRefusal::FeePaidBefore { line: "S#2".into() });
}

#[test]
fn a_title_is_paid_whatever_becomes_of_the_settlement() {
    let Given(settlement) = given_titled()
        .when(order(OFFICER))
        .then([ordered()])
        .when(pay(168, "S#2"))
        .then([paid("S#2")])
        .when(visa(ACCOUNTANT))
        .then([visa_granted()]);
    assert_eq!((settlement.stage, settlement.unpaid_fee()), (Stage::Cleared, None));
}
