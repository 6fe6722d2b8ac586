//! Lines of statements find the convention that they are of.

use uuid::Uuid;

use super::*;
use crate::account::Earmark;
use crate::bank::{BankAccountOpened, StatementImported, line_name};
use crate::convention::{CarryOver, ConventionEvent, ConventionSigned, FundsCalled};
use crate::convention::{Convention, ConventionCommand};
use crate::digest::Digest;
use crate::event::Event;
use crate::event_log::EventLog;
use crate::ids::CallId;
use crate::meta::Role;
use crate::process::returns;
use crate::story::{ledger, meta, today};

const CONVENTION: ConventionId = ConventionId(Uuid::from_u128(9));
const OFFICER: Actor = Actor { role: Role::AuthorisingOfficer, id: Uuid::from_u128(3) };
const ACCOUNTANT: Actor = Actor { role: Role::Accountant, id: Uuid::from_u128(4) };

fn euros(cents: u64) -> Budget {
    Budget::from_cents(cents).unwrap()
}

fn bank() -> BankAccountId {
    BankAccountId::of("FR7610071750000000100420187")
}

/// A bank account, and a convention of which 300,00 € are called for in three equal calls.
async fn called() -> Ledger {
    let ledger = ledger();
    let opened = BankAccountOpened {
        iban: "FR7610071750000000100420187".parse().unwrap(),
        holder: "Opérateur".into(),
        by: ACCOUNTANT,
    };
    ledger.execute::<BankAccount>(bank(), &BankCommand::Open(opened), meta()).await.unwrap();
    let funder = "siren:217500016".parse().unwrap();
    let signed = ConventionSigned {
        funder,
        funder_name: "Ville de Paris".into(),
        title: "Ressources".into(),
        legal_reference: "D1".into(),
        assent: "A1".into(),
        amount: euros(300_00),
        from: today(),
        until: today(),
        priority: 5,
        earmark: Earmark::default(),
        carry_over: CarryOver::Returned,
        by: OFFICER,
    };
    does(&ledger, ConventionCommand::Sign(Box::new(signed))).await;
    for number in 1..=3 {
        let call = FundsCalled {
            funder,
            call: CallId(Uuid::from_u128(number)),
            reference: compact_str::format_compact!("APPEL-2026-{number}"),
            amount: euros(100_00),
            due: today(),
            by: OFFICER,
        };
        does(&ledger, ConventionCommand::Call(call)).await;
    }
    ledger
}

async fn does(ledger: &Ledger, command: ConventionCommand) {
    ledger.execute::<Convention>(CONVENTION, &command, meta()).await.unwrap();
}

async fn convention(ledger: &Ledger) -> Convention {
    ledger.state::<Convention>(CONVENTION).await.unwrap()
}

fn line(direction: Direction, cents: u64, reference: &str) -> BankLine {
    BankLine {
        number: 1,
        amount: euros(cents),
        direction,
        booked: today(),
        code: "".into(),
        references: vec![reference.into()],
        returned: if direction == Direction::In { "AC06".into() } else { "".into() },
    }
}

/// A statement with this one line is imported and worked through, twice.
async fn statement(ledger: &Ledger, number: u32, line: BankLine) -> Worked {
    let opening = ledger.inspect::<BankAccount, _>(bank(), |it| it.closing).await.unwrap();
    let closing = match line.direction {
        Direction::In => opening.plus(line.amount),
        Direction::Out => opening.minus(line.amount).unwrap(),
    };
    let import = BankCommand::Import(Box::new(StatementImported {
        reference: compact_str::format_compact!("S{number}"),
        from: today(),
        to: today(),
        opening,
        closing,
        lines: vec![line],
        digest: Digest::of(&number.to_be_bytes()),
        file: Digest::of(&number.to_be_bytes()),
        by: ACCOUNTANT,
    }));
    ledger.execute::<BankAccount>(bank(), &import, meta()).await.unwrap();
    let funds_of =
        |it: &str| it.starts_with("APPEL-2026-").then_some(Funds::Convention(CONVENTION));
    let worked = work_through(ledger, bank(), funds_of, meta()).await.unwrap();
    assert_eq!(work_through(ledger, bank(), funds_of, meta()).await, Ok(Worked::default()));
    worked
}

#[tokio::test]
async fn a_return_that_comes_back_is_sent_again_under_another_reference() {
    let ledger = called().await;
    statement(&ledger, 1, line(Direction::In, 100_00, "APPEL-2026-1")).await;
    let order = ConventionCommand::OrderReturn {
        amount: euros(40_00),
        unspent: Balance::from_cents(100_00),
        iban: "FR7630006000011234567890189".parse().unwrap(),
        on: today(),
        by: OFFICER,
    };
    does(&ledger, order).await;
    let pay = async || {
        let meta = Meta { by: ACCOUNTANT, ..meta() };
        for _ in 0..2 {
            returns::send(&ledger, CONVENTION, bank(), today(), meta).await.unwrap();
        }
    };
    pay().await;
    let (first, second) = (CONVENTION.end_to_end(0), CONVENTION.end_to_end(1));
    statement(&ledger, 2, line(Direction::Out, 40_00, &first)).await;
    assert_eq!(convention(&ledger).await.returning, None);
    let worked = statement(&ledger, 3, line(Direction::In, 40_00, &first)).await;
    assert_eq!((worked.matched, worked.parked), (1, 0));
    let failed = convention(&ledger).await.returning.unwrap();
    assert_eq!((failed.sent, failed.failed), (None, Some("AC06".into())));

    pay().await;
    let sent = convention(&ledger).await.returning.unwrap().sent.unwrap();
    assert_eq!(
        (sent.end_to_end, &sent.payer, sent.execution),
        (second.clone(), &"Opérateur".into(), today())
    );
    let worked = statement(&ledger, 4, line(Direction::Out, 40_00, &second)).await;
    assert_eq!((worked.matched, worked.parked), (1, 0));
    let state = convention(&ledger).await;
    assert_eq!((state.returned, state.returning), (Balance::from_cents(40_00), None));
    // Nothing else comes back under a reference that did, nor is paid under it.
    let worked = statement(&ledger, 5, line(Direction::In, 40_00, &first)).await;
    assert_eq!((worked.matched, worked.parked), (0, 1));
    let known = ledger.state::<BankAccount>(bank()).await.unwrap();
    assert!(known.parked.contains_key(&line_name("S5", 1)));
}

/// The call that each receipt was linked to, in their order.
async fn answered(ledger: &Ledger) -> Vec<Option<CallId>> {
    let log = ledger.log().read_all(0, usize::MAX).await.unwrap();
    let events = log.iter().map(|it| crate::codec::read(it).unwrap());
    let receipts = events.filter_map(|it| {
        let Event::Convention(ConventionEvent::Received(it)) = it else { return None };
        Some(it.call)
    });
    receipts.collect()
}

#[tokio::test]
async fn a_receipt_answers_the_call_that_it_quotes_else_the_first_that_is_open() {
    let ledger = called().await;
    let call = |number| Some(CallId(Uuid::from_u128(number)));
    statement(&ledger, 1, line(Direction::In, 100_00, "APPEL-2026-2")).await;
    assert_eq!(answered(&ledger).await, [call(2)], "quoted, of three of the same sum");
    // `APPEL-2026-9` is nobody's call: each goes to the first that is open.
    statement(&ledger, 2, line(Direction::In, 100_00, "APPEL-2026-9")).await;
    statement(&ledger, 3, line(Direction::In, 100_00, "APPEL-2026-9")).await;
    assert_eq!(answered(&ledger).await, [call(2), call(1), call(3)]);
    statement(&ledger, 4, line(Direction::In, 100_00, "APPEL-2026-9")).await;
    statement(&ledger, 5, line(Direction::In, 60_00, "APPEL-2026-1")).await;
    assert_eq!(answered(&ledger).await[3..], [None, call(1)], "none is open; quoted in part");
}
