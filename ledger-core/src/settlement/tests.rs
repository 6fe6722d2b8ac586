//! The rules of a settlement, one test each.

mod fees;
mod words;

use uuid::Uuid;

use super::*;
use crate::decider::{Decider, Given, given};
use crate::ids::AccountId;
use crate::meta::Role;
use crate::money::{Amount, Balance};
use words::*;

#[test]
fn from_the_captures_to_the_bank_statement() {
    given::<Settlement>([])
        .when(SettlementCommand::Prepare(prepared()))
        .then([SettlementEvent::Prepared(prepared())])
        .when(SettlementCommand::Certify(certified(0)))
        .then([SettlementEvent::Certified(certified(0))])
        .when(SettlementCommand::ReceiveStatement(statement(90_00)))
        .then([SettlementEvent::StatementReceived(statement(90_00)), matched(90_00)])
        .when(order(OFFICER))
        .then([ordered()])
        .when(visa(ACCOUNTANT))
        .then([visa_granted()])
        .when(send("A"))
        .then([sent("A", 20_00, false)])
        .when(SettlementCommand::Accept(answer("A", "")))
        .then([SettlementEvent::Accepted(PaymentAccepted {
            end_to_end: "A".into(),
            report: Digest::of(b"pain.002"),
        })])
        .when(SettlementCommand::Debit(movement("A", 70_00, "R1#1")))
        .then([debited("A", "R1#1")]);
}

#[test]
fn shares_that_do_not_add_up_are_refused() {
    let mut wrong = prepared();
    wrong.captured = cents(99_99);
    given::<Settlement>([]).when(SettlementCommand::Prepare(wrong)).then_refused(
        SettlementRefusal::DoesNotAddUp {
            what: "funding",
            sum: cents(100_00),
            expected: cents(99_99),
        },
    );
    let wrong = ServiceCertified { charged: charged(89_99), ..certified(0) };
    given::<Settlement>([SettlementEvent::Prepared(prepared())])
        .when(SettlementCommand::Certify(wrong))
        .then_refused(SettlementRefusal::DoesNotAddUp {
            what: "charged",
            sum: cents(89_99),
            expected: cents(90_00),
        });
}

#[test]
fn service_done_is_presumed_only_once_nobody_can_contest() {
    let early = ServiceCertified { on: day("2026-09-23"), ..certified(0) };
    given::<Settlement>([SettlementEvent::Prepared(prepared())])
        .when(SettlementCommand::Certify(early.clone()))
        .then_refused(SettlementRefusal::NotPresumedYet { from: day("2026-09-24") })
        .when(SettlementCommand::Certify(ServiceCertified { presumed: false, ..early.clone() }))
        .then_refused(SettlementRefusal::WrongRole { needed: Role::AuthorisingOfficer });
    let by_hand = ServiceCertified { presumed: false, by: OFFICER, ..early };
    given::<Settlement>([SettlementEvent::Prepared(prepared())])
        .when(SettlementCommand::Certify(by_hand.clone()))
        .then([SettlementEvent::Certified(by_hand)]);
}

#[test]
fn what_is_contested_waits_and_the_rest_is_due() {
    let Given(settlement) = given::<Settlement>([SettlementEvent::Prepared(prepared())])
        .when(SettlementCommand::Certify(certified(15_00)))
        .then([SettlementEvent::Certified(certified(15_00))])
        .when(SettlementCommand::ReceiveStatement(statement(75_00)))
        .then([SettlementEvent::StatementReceived(statement(75_00)), matched(75_00)]);
    assert_eq!(settlement.payable(), Budget::from_cents(55_00));
    assert_eq!(settlement.waiting(), certified(15_00).contested);
}

#[test]
fn a_purchase_that_waits_since_two_periods_waits_once_for_both_parts() {
    let mut settlement = Settlement::default();
    let mut prepared = prepared();
    let part = certified(15_00).contested[0];
    prepared.waiting = vec![part];
    settlement.evolve(&SettlementEvent::Prepared(prepared));
    settlement.evolve(&SettlementEvent::Certified(certified(15_00)));
    let both = Amount::from_cents(2 * part.amount.cents()).unwrap();
    assert_eq!(settlement.waiting(), [Contested { amount: both, ..part }]);
}

#[test]
fn a_statement_that_says_something_else_is_an_exception_until_another_one_comes() {
    given::<Settlement>([
        SettlementEvent::Prepared(prepared()),
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
    .when(order(OFFICER))
    .then_refused(SettlementRefusal::NotAtStage {
        at: Stage::Certified,
        needed: "a statement that is matched",
    })
    .when(SettlementCommand::ReceiveStatement(statement(90_00)))
    .then([SettlementEvent::StatementReceived(statement(90_00)), matched(90_00)]);
}

#[test]
fn a_statement_that_comes_early_is_compared_when_service_is_certified() {
    given::<Settlement>([
        SettlementEvent::Prepared(prepared()),
        SettlementEvent::StatementReceived(statement(90_00)),
    ])
    .when(SettlementCommand::Certify(certified(0)))
    .then([SettlementEvent::Certified(certified(0)), matched(90_00)]);
}

#[test]
fn who_orders_neither_gives_the_visa_nor_pays() {
    let both = Actor { role: Role::Accountant, id: OFFICER.id };
    given_ordered()
        .when(visa(both))
        .then_refused(SettlementRefusal::SameActor)
        .when(visa(OFFICER))
        .then_refused(SettlementRefusal::WrongRole { needed: Role::Accountant })
        .when(visa(ACCOUNTANT))
        .then([visa_granted()])
        .when(SettlementCommand::Send {
            remittance: REMITTANCE,
            end_to_end: "A".into(),
            iban: iban(),
            by: both,
        })
        .then_refused(SettlementRefusal::SameActor);
}

#[test]
fn a_visa_needs_all_five_checks_to_pass() {
    let with =
        |checks| SettlementCommand::GrantVisa { checks, on: day("2026-09-29"), by: ACCOUNTANT };
    let mut four = checks();
    four.remove(1);
    let mut failed = checks();
    failed[2].passed = false;
    given_ordered()
        .when(with(four))
        .then_refused(SettlementRefusal::ChecksIncomplete { missing: Check::Imputation })
        .when(with(failed))
        .then_refused(SettlementRefusal::CheckFailed { failed: Check::AvailableCredits });
}

#[test]
fn the_sample_is_looked_at_before_the_visa() {
    let sample = Sample {
        plan: 1,
        seed: 7,
        out_of: 8,
        drawn: vec![Sampled {
            account: AccountId(Uuid::from_u128(9)),
            purchase: PURCHASE,
            amount: Amount::from_cents(12_00).unwrap(),
            because: sampling::Drawn::Chance,
        }],
    };
    let seen = |conform| LineChecked {
        purchase: PURCHASE,
        conform,
        note: "Livré le 12/09".into(),
        by: ACCOUNTANT,
    };
    let other = LineChecked { purchase: PurchaseId(Uuid::from_u128(11)), ..seen(true) };
    given::<Settlement>([
        SettlementEvent::Prepared(prepared()),
        SettlementEvent::Certified(ServiceCertified { sample: Some(sample), ..certified(0) }),
        SettlementEvent::StatementReceived(statement(90_00)),
        matched(90_00),
        ordered(),
    ])
    .when(visa(ACCOUNTANT))
    .then_refused(SettlementRefusal::SampleOpen { left: 1 })
    .when(SettlementCommand::CheckLine(other.clone()))
    .then_refused(SettlementRefusal::NotSampled { purchase: other.purchase })
    .when(SettlementCommand::CheckLine(seen(false)))
    .then([SettlementEvent::LineChecked(seen(false))])
    .when(visa(ACCOUNTANT))
    .then_refused(SettlementRefusal::CheckFailed { failed: Check::ValidDebt })
    .when(SettlementCommand::CheckLine(seen(true)))
    .then([SettlementEvent::LineChecked(seen(true))])
    .when(visa(ACCOUNTANT))
    .then([visa_granted()]);
}

#[test]
fn a_suspended_payment_is_answered_and_looked_at_again() {
    let answer = SettlementCommand::Answer {
        answer: "Pièce jointe".into(),
        on: day("2026-09-30"),
        by: OFFICER,
    };
    given_ordered()
        .when(suspend(&[Check::Imputation]))
        .then([suspended(&[Check::Imputation])])
        .when(visa(ACCOUNTANT))
        .then_refused(SettlementRefusal::NotAtStage {
            at: Stage::Suspended,
            needed: "an order to pay",
        })
        .when(answer)
        .then([SettlementEvent::Answered(SuspensionAnswered {
            answer: "Pièce jointe".into(),
            on: day("2026-09-30"),
            by: OFFICER,
        })])
        .when(visa(ACCOUNTANT))
        .then([visa_granted()]);
}

#[test]
fn a_requisition_passes_over_what_the_decret_allows_and_nothing_else() {
    let requisition = SettlementCommand::Requisition {
        reason: "Ordre écrit".into(),
        on: day("2026-09-30"),
        by: OFFICER,
    };
    given_ordered()
        .when(suspend(&[Check::Imputation]))
        .then([suspended(&[Check::Imputation])])
        .when(requisition.clone())
        .then([SettlementEvent::Requisitioned(PaymentRequisitioned {
            reason: "Ordre écrit".into(),
            failed: vec![Check::Imputation],
            on: day("2026-09-30"),
            by: OFFICER,
        })])
        .when(send("A"))
        .then([sent("A", 20_00, false)]);
    for check in [Check::AvailableCredits, Check::ValidDebt, Check::DischargingPayment] {
        given_ordered()
            .when(suspend(&[Check::OfficerQuality, check]))
            .then([suspended(&[Check::OfficerQuality, check])])
            .when(requisition.clone())
            .then_refused(SettlementRefusal::RequisitionForbidden { check });
    }
}

#[test]
fn what_the_bank_refuses_is_owed_again_and_set_off_once() {
    given_sent()
        .when(SettlementCommand::Reject(answer("A", "AC04")))
        .then([SettlementEvent::Rejected(PaymentRejected {
            siren: prepared().siren,
            end_to_end: "A".into(),
            amount: euros(70_00),
            again: false,
            reason: "AC04".into(),
            report: Digest::of(b"pain.002"),
        })])
        .when(send("B"))
        .then([sent("B", 0, false)])
        .when(SettlementCommand::Debit(movement("A", 70_00, "R1#1")))
        .then_refused(SettlementRefusal::OtherPayment { expected: "B".into(), found: "A".into() });
}

#[test]
fn money_that_comes_back_is_sent_again() {
    let returned = PaymentReturned {
        siren: prepared().siren,
        end_to_end: "A".into(),
        amount: euros(70_00),
        reason: "AC06".into(),
        booked: day("2026-10-05"),
        line: "R2#1".into(),
    };
    given_sent()
        .when(SettlementCommand::Return(Box::new(returned.clone())))
        .then_refused(SettlementRefusal::OtherPayment { expected: "A".into(), found: "A".into() })
        .when(SettlementCommand::Debit(movement("A", 70_00, "R1#1")))
        .then([debited("A", "R1#1")])
        .when(SettlementCommand::Return(Box::new(returned.clone())))
        .then([SettlementEvent::Returned(Box::new(returned))])
        .when(send("A"))
        .then_refused(SettlementRefusal::ReferenceReused { reference: "A".into() })
        .when(send("B"))
        .then([sent("B", 0, true)])
        .when(SettlementCommand::Debit(movement("B", 70_00, "R3#1")))
        .then([debited("B", "R3#1")]);
}

#[test]
fn an_answer_that_comes_after_the_debit_adds_nothing_to_it() {
    let other =
        |found: &str| SettlementRefusal::OtherPayment { expected: "A".into(), found: found.into() };
    given_sent()
        .when(SettlementCommand::Debit(movement("A", 70_00, "R1#1")))
        .then([debited("A", "R1#1")])
        .when(SettlementCommand::Accept(answer("A", "")))
        .then([])
        .when(SettlementCommand::Accept(answer("B", "")))
        .then_refused(other("B"))
        .when(SettlementCommand::Reject(answer("A", "AC04")))
        .then_refused(other("A"));
}

#[test]
fn another_sum_on_the_bank_statement_is_not_ours() {
    given_sent().when(SettlementCommand::Debit(movement("A", 69_99, "R1#1"))).then_refused(
        SettlementRefusal::OtherAmount { expected: euros(70_00), found: euros(69_99) },
    );
}

#[test]
fn what_is_set_off_whole_needs_no_payment() {
    let mut more = prepared();
    more.carried = cents(75_00);
    let ordered = PaymentOrdered {
        payable: Balance::ZERO,
        set_off: cents(90_00),
        carried: cents(5_00),
        on: day("2026-09-28"),
        due: day("2026-10-26"),
        by: OFFICER,
    };
    given::<Settlement>([
        SettlementEvent::Prepared(more),
        SettlementEvent::Certified(certified(0)),
        SettlementEvent::StatementReceived(statement(90_00)),
        matched(90_00),
    ])
    .when(order(OFFICER))
    .then([SettlementEvent::Ordered(ordered)])
    .when(visa(ACCOUNTANT))
    .then([visa_granted()])
    .when(send("A"))
    .then_refused(SettlementRefusal::NothingToPay)
    .when(SettlementCommand::SetOff { on: day("2026-09-30"), by: ACCOUNTANT })
    .then([SettlementEvent::SetOff(SetOffWhole {
        siren: prepared().siren,
        amount: euros(90_00),
        on: day("2026-09-30"),
        by: ACCOUNTANT,
    })]);
}

#[test]
fn a_voucher_is_kept_once_under_a_plain_name() {
    let voucher = Voucher::of(VoucherKind::Statement, "releve.pdf", "application/pdf", b"%PDF");
    let attach =
        |voucher: &Voucher| SettlementCommand::Attach { voucher: voucher.clone(), by: PARTNER };
    let hidden = Voucher { name: "../releve.pdf".into(), ..voucher.clone() };
    given_ordered()
        .when(attach(&hidden))
        .then_refused(SettlementRefusal::Invalid {
            field: "name",
            expected: "expected a file name of 1 to 200 characters, without a path",
        })
        .when(attach(&voucher))
        .then([SettlementEvent::VoucherAttached(VoucherAttached { voucher, by: PARTNER })]);
}
