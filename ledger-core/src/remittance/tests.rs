use uuid::Uuid;

use super::*;
use crate::decider::given;

const ACCOUNTANT: Actor = Actor { role: Role::Accountant, id: Uuid::from_u128(4) };

fn transfer(number: u128, cents: u64) -> Transfer {
    Transfer {
        settlement: SettlementId(Uuid::from_u128(number)),
        partner: PartnerId(Uuid::from_u128(2)),
        name: "Éditions du Préau".into(),
        iban: "FR7630006000011234567890189".parse().unwrap(),
        end_to_end: Uuid::from_u128(number).simple().to_string().into(),
        amount: Budget::from_cents(cents).unwrap(),
    }
}

fn drawn_up() -> Box<RemittanceDrawnUp> {
    Box::new(RemittanceDrawnUp {
        message: "R1".into(),
        at: chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
        execution: "2026-10-12".parse().unwrap(),
        from: "FR7610071750000000100420187".parse().unwrap(),
        payer: "Opérateur".into(),
        transfers: vec![transfer(1, 12_00), transfer(2, 3_20)],
        total: Budget::from_cents(15_20).unwrap(),
        by: ACCOUNTANT,
    })
}

#[test]
fn a_file_is_drawn_up_given_to_the_bank_and_answered_once() {
    let digest = Digest::of(b"file");
    let answer = RemittanceAnswered {
        status: BankStatus::PartlyAccepted,
        accepted: 1,
        rejected: 1,
        report: Digest::of(b"answer"),
    };
    given::<Remittance>([])
        .when(RemittanceCommand::DrawUp(drawn_up()))
        .then([RemittanceEvent::DrawnUp(drawn_up())])
        .when(RemittanceCommand::Deliver { digest, by: ACCOUNTANT })
        .then([RemittanceEvent::Delivered(RemittanceDelivered { digest, by: ACCOUNTANT })])
        .when(RemittanceCommand::Answer(answer.clone()))
        .then([RemittanceEvent::Answered(answer)]);
}

#[test]
fn a_file_drawn_up_between_two_seconds_is_the_same_once_it_was_read_back() {
    let at = drawn_up().at + chrono::TimeDelta::milliseconds(700);
    let asked = Box::new(RemittanceDrawnUp { at, ..*drawn_up() });
    given::<Remittance>([])
        .when(RemittanceCommand::DrawUp(asked.clone()))
        .then([RemittanceEvent::DrawnUp(drawn_up())]);
    given::<Remittance>([RemittanceEvent::DrawnUp(drawn_up())])
        .when(RemittanceCommand::DrawUp(asked))
        .then([]);
}

#[test]
fn a_file_that_does_not_add_up_or_pays_twice_is_refused() {
    let total = Budget::from_cents(15_19).unwrap();
    given::<Remittance>([])
        .when(RemittanceCommand::DrawUp(Box::new(RemittanceDrawnUp { total, ..*drawn_up() })))
        .then_refused(RemittanceRefusal::DoesNotAddUp { sum: Balance::from_cents(15_20), total });
    let transfers = vec![transfer(1, 12_00), transfer(1, 3_20)];
    let end_to_end = transfers[0].end_to_end.clone();
    given::<Remittance>([])
        .when(RemittanceCommand::DrawUp(Box::new(RemittanceDrawnUp { transfers, ..*drawn_up() })))
        .then_refused(RemittanceRefusal::Twice { end_to_end });
}

#[test]
fn only_an_accountant_pays() {
    let by = Actor { role: Role::AuthorisingOfficer, id: Uuid::from_u128(3) };
    given::<Remittance>([])
        .when(RemittanceCommand::DrawUp(Box::new(RemittanceDrawnUp { by, ..*drawn_up() })))
        .then_refused(RemittanceRefusal::NotAccountant);
}
