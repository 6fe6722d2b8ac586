use uuid::Uuid;

use super::*;
use crate::decider::{Given, given};
use crate::meta::Role;

const ACCOUNTANT: Actor = Actor { role: Role::Accountant, id: Uuid::from_u128(4) };
const SETTLEMENT: Matched = Matched::Payment(SettlementId(Uuid::from_u128(5)));

fn opened() -> BankAccountOpened {
    BankAccountOpened {
        iban: "FR7610071750000000100420187".parse().unwrap(),
        holder: "Opérateur du compte ressources".into(),
        by: ACCOUNTANT,
    }
}

fn line(number: u32, cents: u64, direction: Direction) -> BankLine {
    BankLine {
        number,
        amount: Budget::from_cents(cents).unwrap(),
        direction,
        booked: "2026-10-12".parse().unwrap(),
        code: "".into(),
        references: vec![],
        returned: "".into(),
    }
}

fn statement(number: u32, opening: u64, closing: u64, lines: Vec<BankLine>) -> StatementImported {
    StatementImported {
        reference: compact_str::format_compact!("2026-{number}"),
        from: "2026-10-12".parse().unwrap(),
        to: "2026-10-12".parse().unwrap(),
        opening: Balance::from_cents(opening),
        closing: Balance::from_cents(closing),
        lines,
        digest: Digest::of(&number.to_be_bytes()),
        file: Digest::of(b"file"),
        by: ACCOUNTANT,
    }
}

fn import(it: StatementImported) -> BankCommand {
    BankCommand::Import(Box::new(it))
}

fn imported(it: StatementImported) -> BankEvent {
    BankEvent::Imported(Box::new(it))
}

fn first() -> StatementImported {
    statement(1, 0, 87_00, vec![line(1, 100_00, Direction::In), line(2, 13_00, Direction::Out)])
}

#[test]
fn statements_follow_each_other() {
    given::<BankAccount>([])
        .when(import(first()))
        .then_refused(BankRefusal::NotOpen)
        .when(BankCommand::Open(opened()))
        .then([BankEvent::Opened(opened())])
        .when(import(first()))
        .then([imported(first())])
        .when(import(statement(3, 90_00, 90_00, vec![])))
        .then_refused(BankRefusal::Gap {
            expected: Balance::from_cents(87_00),
            found: Balance::from_cents(90_00),
        })
        .when(import(statement(2, 87_00, 87_00, vec![])))
        .then([imported(statement(2, 87_00, 87_00, vec![]))]);
}

#[test]
fn a_statement_that_does_not_add_up_or_says_something_else_is_refused() {
    given::<BankAccount>([BankEvent::Opened(opened())])
        .when(import(statement(1, 0, 99_00, vec![line(1, 100_00, Direction::In)])))
        .then_refused(BankRefusal::DoesNotAddUp {
            opening: Balance::ZERO,
            closing: Balance::from_cents(99_00),
        });
    let other = StatementImported { digest: Digest::of(b"other"), ..first() };
    given::<BankAccount>([BankEvent::Opened(opened()), imported(first())])
        .when(import(other))
        .then_refused(BankRefusal::ReferenceReused { reference: "2026-1".into() });
}

#[test]
fn a_statement_sent_again_in_another_file_is_the_same() {
    let again = StatementImported { file: Digest::of(b"another file"), ..first() };
    given::<BankAccount>([BankEvent::Opened(opened()), imported(first())])
        .when(import(again))
        .then([]);
}

#[test]
fn each_line_is_matched_charged_or_parked_once() {
    let line = |number| line_name("2026-1", number);
    let matched = BankCommand::Match {
        line: line(2),
        to: SETTLEMENT,
        reference: "".into(),
        by: Actor::PROCESS,
    };
    given::<BankAccount>([BankEvent::Opened(opened()), imported(first())])
        .when(matched)
        .then([BankEvent::Matched(LineMatched {
            line: line(2),
            to: SETTLEMENT,
            by: Actor::PROCESS,
        })])
        .when(BankCommand::BookCharge { line: line(2) })
        .then_refused(BankRefusal::NotWaiting { line: line(2) })
        .when(BankCommand::BookCharge { line: line(1) })
        .then_refused(BankRefusal::Invalid {
            field: "line",
            expected: "expected money that goes out",
        });
}

#[test]
fn a_parked_line_is_identified_later_by_an_accountant() {
    let line = line_name("2026-1", 1);
    let parked = LineParked {
        line: line.clone(),
        amount: Budget::from_cents(100_00).unwrap(),
        direction: Direction::In,
        booked: "2026-10-12".parse().unwrap(),
    };
    let to = Matched::Convention(ConventionId(Uuid::from_u128(6)));
    let officer = Actor { role: Role::AuthorisingOfficer, id: Uuid::from_u128(3) };
    given::<BankAccount>([BankEvent::Opened(opened()), imported(first())])
        .when(BankCommand::Park { line: line.clone() })
        .then([BankEvent::Parked(parked.clone())])
        .when(BankCommand::Match { line: line.clone(), to, reference: "".into(), by: officer })
        .then_refused(BankRefusal::NotAccountant)
        .when(BankCommand::Match { line: line.clone(), to, reference: "".into(), by: ACCOUNTANT })
        .then([BankEvent::Identified(LineIdentified {
            line,
            amount: parked.amount,
            direction: parked.direction,
            to,
            reference: "".into(),
            by: ACCOUNTANT,
        })]);
}

#[test]
fn a_fee_is_paid_by_one_line() {
    let fee = Matched::Fee(SettlementId(Uuid::from_u128(5)));
    let line = |number| line_name("2026-1", number);
    let says = |number| BankCommand::Match {
        line: line(number),
        to: fee,
        reference: "".into(),
        by: Actor::PROCESS,
    };
    let both = vec![line_in(1), line_in(2)];
    let Given(account) =
        given::<BankAccount>([BankEvent::Opened(opened()), imported(statement(1, 0, 2_00, both))])
            .when(says(1))
            .then([BankEvent::Matched(LineMatched { line: line(1), to: fee, by: Actor::PROCESS })])
            .when(says(2))
            .then_refused(BankRefusal::FeePaidBefore { line: line(1) });
    let (amount, booked) = (line_in(1).amount, Some(line_in(1).booked));
    let payment = FeePayment { amount, booked, line: line(1) };
    assert_eq!(account.fees_matched, [(SettlementId(Uuid::from_u128(5)), payment)]);
}

fn line_in(number: u32) -> BankLine {
    line(number, 1_00, Direction::In)
}
