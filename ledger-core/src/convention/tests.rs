use uuid::Uuid;

use super::*;
use crate::decider::{Decider, given};

const OFFICER: Actor = Actor { role: Role::AuthorisingOfficer, id: Uuid::from_u128(3) };
const ACCOUNTANT: Actor = Actor { role: Role::Accountant, id: Uuid::from_u128(4) };
const ENVELOPE: EnvelopeId = EnvelopeId(Uuid::from_u128(7));

fn euros(cents: u64) -> Budget {
    Budget::from_cents(cents).unwrap()
}

fn signed() -> Box<ConventionSigned> {
    Box::new(ConventionSigned {
        funder: "siren:217500016".parse().unwrap(),
        funder_name: "Ville de Paris".into(),
        title: "Ressources des écoles 2026-2027".into(),
        legal_reference: "Délibération 2026-DASCO-12".into(),
        assent: "Avis conforme du 20/06/2026".into(),
        amount: euros(1_000_00),
        from: "2026-09-01".parse().unwrap(),
        until: "2027-08-31".parse().unwrap(),
        priority: 5,
        earmark: Earmark::default(),
        carry_over: CarryOver::Returned,
        by: OFFICER,
    })
}

fn call(number: u128, cents: u64) -> FundsCalled {
    FundsCalled {
        funder: signed().funder,
        call: CallId(Uuid::from_u128(number)),
        reference: compact_str::format_compact!("APPEL-{number}"),
        amount: euros(cents),
        due: "2026-10-15".parse().unwrap(),
        by: OFFICER,
    }
}

fn received(cents: u64) -> ConventionFundsReceived {
    ConventionFundsReceived {
        funder: signed().funder,
        receipt: ReceiptId(Uuid::from_u128(20)),
        call: Some(CallId(Uuid::from_u128(1))),
        amount: euros(cents),
        booked: Some("2026-10-02".parse().unwrap()),
        line: "2026-1#1".into(),
    }
}

fn order_return(cents: u64, unspent: u64, by: Actor) -> ConventionCommand {
    ConventionCommand::OrderReturn {
        amount: euros(cents),
        unspent: Balance::from_cents(unspent),
        iban: "FR7630006000011234567890189".parse().unwrap(),
        on: "2027-09-15".parse().unwrap(),
        by,
    }
}

fn ordered() -> ReturnOrdered {
    ReturnOrdered {
        funder: signed().funder,
        amount: euros(80_00),
        iban: "FR7630006000011234567890189".parse().unwrap(),
        on: "2027-09-15".parse().unwrap(),
        by: OFFICER,
    }
}

fn send_return(reference: &str, by: Actor) -> ConventionCommand {
    let ReturnSent { end_to_end, at, execution, from, payer, .. } = sent(reference);
    ConventionCommand::SendReturn { end_to_end, from, payer, at, execution, by }
}

fn sent(reference: &str) -> ReturnSent {
    ReturnSent {
        funder: signed().funder,
        amount: euros(80_00),
        end_to_end: reference.into(),
        at: "2027-09-16T08:00:00Z".parse().unwrap(),
        execution: "2027-09-17".parse().unwrap(),
        from: "FR7610071750000000100420187".parse().unwrap(),
        payer: "Opérateur du compte ressources".into(),
        by: ACCOUNTANT,
    }
}

fn debit(reference: &str, line: &str) -> ConventionCommand {
    ConventionCommand::DebitReturn {
        end_to_end: reference.into(),
        amount: euros(80_00),
        booked: "2027-09-20".parse().unwrap(),
        line: line.into(),
    }
}

fn debited(reference: &str, line: &str) -> ReturnDebited {
    ReturnDebited {
        end_to_end: reference.into(),
        amount: euros(80_00),
        booked: "2027-09-20".parse().unwrap(),
        line: line.into(),
    }
}

fn reject(reference: &str) -> ConventionCommand {
    let (reason, report) = ("AC04".into(), Digest::of(b"pain.002"));
    ConventionCommand::RejectReturn { end_to_end: reference.into(), reason, report }
}

fn rejected(reference: &str) -> ReturnRejected {
    ReturnRejected {
        funder: signed().funder,
        amount: euros(80_00),
        end_to_end: reference.into(),
        reason: "AC04".into(),
        report: Digest::of(b"pain.002"),
    }
}

fn take_back(reference: &str, cents: u64, line: &str) -> ConventionCommand {
    ConventionCommand::TakeBackReturn {
        end_to_end: reference.into(),
        amount: euros(cents),
        reason: "AC06".into(),
        booked: "2027-09-22".parse().unwrap(),
        line: line.into(),
    }
}

fn came_back(reference: &str, line: &str) -> ReturnCameBack {
    ReturnCameBack {
        funder: signed().funder,
        amount: euros(80_00),
        end_to_end: reference.into(),
        reason: "AC06".into(),
        booked: "2027-09-22".parse().unwrap(),
        line: line.into(),
    }
}

/// Up to a return that is sent.
fn until_sent() -> [ConventionEvent; 5] {
    [
        ConventionEvent::Signed(signed()),
        ConventionEvent::Called(call(1, 600_00)),
        ConventionEvent::Received(received(600_00)),
        ConventionEvent::ReturnOrdered(ordered()),
        ConventionEvent::ReturnSent(sent("RET-1")),
    ]
}

#[test]
fn funds_are_called_up_to_what_was_agreed() {
    given::<Convention>([])
        .when(ConventionCommand::Call(call(1, 600_00)))
        .then_refused(ConventionRefusal::NotSigned)
        .when(ConventionCommand::Sign(signed()))
        .then([ConventionEvent::Signed(signed())])
        .when(ConventionCommand::Call(call(1, 600_00)))
        .then([ConventionEvent::Called(call(1, 600_00))])
        .when(ConventionCommand::Call(call(2, 500_00)))
        .then_refused(ConventionRefusal::OverAmount {
            left: Balance::from_cents(400_00),
            missing: euros(100_00),
        });
}

#[test]
fn envelopes_draw_on_it_up_to_what_was_agreed_or_amended() {
    let draw = |cents| ConventionCommand::Draw { envelope: ENVELOPE, amount: euros(cents) };
    let amended = ConventionAmended { amount: euros(500_00), legal_reference: "Avenant 1".into() };
    given::<Convention>([ConventionEvent::Signed(signed())])
        .when(draw(1_200_00))
        .then_refused(ConventionRefusal::OverAmount {
            left: Balance::from_cents(1_000_00),
            missing: euros(200_00),
        })
        .when(ConventionCommand::Amend {
            amount: euros(500_00),
            legal_reference: "Avenant 1".into(),
        })
        .then([ConventionEvent::Amended(amended)])
        .when(draw(1_200_00))
        .then([ConventionEvent::Drawn(ConventionDrawn {
            envelope: ENVELOPE,
            amount: euros(1_200_00),
        })]);
}

#[test]
fn what_is_unspent_goes_back_ordered_by_one_and_paid_by_another() {
    let given_back = |by| send_return("RET-1", by);
    let both = Actor { role: Role::Accountant, id: OFFICER.id };
    given::<Convention>([
        ConventionEvent::Signed(signed()),
        ConventionEvent::Called(call(1, 600_00)),
        ConventionEvent::Received(received(600_00)),
    ])
    .when(order_return(100_00, 80_00, OFFICER))
    .then_refused(ConventionRefusal::NotUnspent {
        unspent: Balance::from_cents(80_00),
        missing: euros(20_00),
    })
    .when(order_return(80_00, 80_00, ACCOUNTANT))
    .then_refused(ConventionRefusal::WrongRole { needed: Role::AuthorisingOfficer })
    .when(order_return(80_00, 80_00, OFFICER))
    .then([ConventionEvent::ReturnOrdered(ordered())])
    .when(given_back(both))
    .then_refused(ConventionRefusal::SameActor)
    .when(given_back(ACCOUNTANT))
    .then([ConventionEvent::ReturnSent(sent("RET-1"))])
    .when(debit("RET-2", "2027-9#1"))
    .then_refused(ConventionRefusal::NoReturn)
    .when(debit("RET-1", "2027-9#1"))
    .then([ConventionEvent::ReturnDebited(debited("RET-1", "2027-9#1"))]);
}

#[test]
fn a_return_that_the_bank_refuses_is_sent_again_under_another_reference() {
    let id = crate::ids::ConventionId(Uuid::from_u128(9));
    let mut state = Convention::default();
    for event in until_sent() {
        state.evolve(&event);
    }
    assert_eq!(state.next_end_to_end(id), "RET-1", "the one that is sent");
    state.evolve(&ConventionEvent::ReturnRejected(rejected("RET-1")));
    assert_eq!(state.next_end_to_end(id), id.end_to_end(1));
    assert_eq!(state.returned, Balance::from_cents(80_00), "it is still ordered");

    given::<Convention>(until_sent())
        .when(reject("RET-9"))
        .then_refused(ConventionRefusal::NoReturn)
        .when(reject("RET-1"))
        .then([ConventionEvent::ReturnRejected(rejected("RET-1"))])
        .when(debit("RET-1", "2027-9#1"))
        .then_refused(ConventionRefusal::NoReturn)
        .when(send_return("RET-1", ACCOUNTANT))
        .then_refused(ConventionRefusal::ReferenceReused { reference: "RET-1".into() })
        .when(send_return("RET-2", Actor { role: Role::Accountant, id: OFFICER.id }))
        .then_refused(ConventionRefusal::SameActor)
        .when(send_return("RET-2", ACCOUNTANT))
        .then([ConventionEvent::ReturnSent(sent("RET-2"))])
        .when(debit("RET-2", "2027-9#2"))
        .then([ConventionEvent::ReturnDebited(debited("RET-2", "2027-9#2"))]);
}

#[test]
fn a_return_that_comes_back_is_sent_again_or_ordered_to_another_account() {
    let iban: Iban = "FR7699999000010000001000185".parse().unwrap();
    let elsewhere = ReturnOrdered { iban: iban.clone(), amount: euros(90_00), ..ordered() };
    given::<Convention>(until_sent())
        .when(take_back("RET-1", 80_00, "2027-9#4"))
        .then_refused(ConventionRefusal::NoReturn)
        .when(debit("RET-1", "2027-9#1"))
        .then([ConventionEvent::ReturnDebited(debited("RET-1", "2027-9#1"))])
        .when(take_back("RET-1", 70_00, "2027-9#4"))
        .then_refused(ConventionRefusal::NoReturn)
        .when(take_back("RET-1", 80_00, "2027-9#4"))
        .then([ConventionEvent::ReturnCameBack(came_back("RET-1", "2027-9#4"))])
        .when(take_back("RET-1", 80_00, "2027-9#5"))
        .then_refused(ConventionRefusal::NoReturn)
        // What failed is free again: 20,00 € beside it.
        .when(order_return(101_00, 20_00, OFFICER))
        .then_refused(ConventionRefusal::NotUnspent {
            unspent: Balance::from_cents(100_00),
            missing: euros(1_00),
        })
        .when(ConventionCommand::OrderReturn {
            amount: euros(90_00),
            unspent: Balance::from_cents(20_00),
            iban,
            on: elsewhere.on,
            by: OFFICER,
        })
        .then([ConventionEvent::ReturnOrdered(elsewhere)])
        .when(order_return(80_00, 20_00, OFFICER))
        .then_refused(ConventionRefusal::ReturnUnderWay { amount: euros(90_00) });
}

#[test]
fn a_return_that_comes_back_while_another_is_under_way_is_unspent_again() {
    let mut state = Convention::default();
    let again = ReturnOrdered { amount: euros(20_00), ..ordered() };
    for event in until_sent().into_iter().chain([
        ConventionEvent::ReturnDebited(debited("RET-1", "2027-9#1")),
        ConventionEvent::ReturnOrdered(again.clone()),
        ConventionEvent::ReturnCameBack(came_back("RET-1", "2027-9#4")),
    ]) {
        state.evolve(&event);
    }
    assert_eq!(state.returned, Balance::from_cents(20_00));
    assert_eq!(state.returning.map(|it| it.ordered), Some(again));
}

#[test]
fn the_state_signs_no_convention() {
    let funder = "state:0214".parse().unwrap();
    given::<Convention>([])
        .when(ConventionCommand::Sign(Box::new(ConventionSigned { funder, ..*signed() })))
        .then_refused(ConventionRefusal::State);
}
