//! Lines of bank statements find what they are, and the treasury follows the bank.

use compact_str::CompactString;
use ledger_core::account::Earmark;
use ledger_core::bank::{
    BankAccount, BankCommand, BankLine, BankRefusal, Direction, StatementImported, line_name,
};
use ledger_core::chart::LedgerAccount;
use ledger_core::convention::{
    CarryOver, Convention, ConventionCommand, ConventionEvent, ConventionSigned, FundsCalled,
};
use ledger_core::digest::Digest;
use ledger_core::envelope::{Envelope, EnvelopeCommand, EnvelopeOpened};
use ledger_core::event::Event;
use ledger_core::event_log::EventLog as _;
use ledger_core::ids::{BankAccountId, CallId, ConventionId, SettlementId};
use ledger_core::ledger::ExecuteError;
use ledger_core::money::{Balance, Budget};
use ledger_core::process::remittances::{Answer, answer};
use ledger_core::process::returns::send;
use ledger_core::process::statements::{
    Funds, StatementsError, Worked, finish_identified, identify, work_through,
};
use ledger_core::settlement::Stage;
use ledger_core::{account::Recipients, codec};
use uuid::Uuid;

use crate::desk::{
    ACCOUNTANT, Desk, ENVELOPE, OFFICER, bank, cents, day, iban, noon, remittance, started_again,
};

const CONVENTION: ConventionId = ConventionId(Uuid::from_u128(21));
const ON: &str = "2026-09-30";

fn sum(cents: u64) -> Budget {
    Budget::from_cents(cents).unwrap()
}

/// One line: a sum that comes in, or goes out when it has a minus, and the reference it bears.
pub fn line(cents: i64, reference: &str) -> BankLine {
    BankLine {
        number: 0,
        amount: sum(cents.unsigned_abs()),
        direction: if cents < 0 { Direction::Out } else { Direction::In },
        booked: day(ON),
        code: "PMNT".into(),
        references: vec![reference.into()],
        returned: "".into(),
    }
}

/// A statement of these lines, numbered from 1.
pub fn statement(reference: &str, opening: u64, mut lines: Vec<BankLine>) -> StatementImported {
    for (number, line) in (1..).zip(&mut lines) {
        line.number = number;
    }
    let of = |direction| -> Balance {
        let lines = lines.iter().filter(|it| it.direction == direction);
        lines.map(|it| Balance::from(it.amount)).sum()
    };
    StatementImported {
        reference: reference.into(),
        from: day(ON),
        to: day(ON),
        opening: cents(opening),
        closing: cents(opening).and(of(Direction::In)).beyond(of(Direction::Out)),
        digest: Digest::of(format!("{reference} {lines:?}").as_bytes()),
        file: Digest::of(reference.as_bytes()),
        lines,
        by: ACCOUNTANT,
    }
}

/// Whose funds a reference announces.
fn funds_of(reference: &str) -> Option<Funds> {
    match reference {
        "APPEL-1" | "APPEL-2" => Some(Funds::Convention(CONVENTION)),
        "ENVELOPPE" => Some(Funds::Envelope(ENVELOPE)),
        _ => None,
    }
}

pub async fn import(desk: &Desk, it: &StatementImported) -> Result<(), BankRefusal> {
    let command = BankCommand::Import(Box::new(it.clone()));
    let meta = noon(ON, ACCOUNTANT);
    match desk.ledger.execute::<BankAccount>(bank(), &command, meta).await {
        Ok(_) => Ok(()),
        Err(ExecuteError::Refused(refusal)) => Err(refusal),
        Err(error) => panic!("{error}"),
    }
}

async fn work(desk: &Desk) -> Worked {
    work_through(&desk.ledger, bank(), funds_of, noon(ON, ACCOUNTANT)).await.unwrap()
}

/// Takes a statement in and works it through; the treasury must be what the bank says after it.
pub async fn take_in(desk: &Desk, it: &StatementImported) -> Worked {
    import(desk, it).await.unwrap();
    let worked = work(desk).await;
    assert_eq!(work(desk).await, Worked::default(), "worked through twice");
    assert_eq!(desk.balance(LedgerAccount::Treasury).await, closing(it));
    worked
}

pub fn closing(it: &StatementImported) -> i64 {
    i64::try_from(it.closing.cents()).unwrap()
}

pub fn worked(matched: usize, charges: usize, parked: usize) -> Worked {
    Worked { matched, charges, parked }
}

/// The account holds 1,000 €; 30 € and 12 € are on their way in file 1.
pub async fn two_sent() -> (Desk, [SettlementId; 2]) {
    let (desk, both) = Desk::two_cleared().await;
    desk.draw_up(1, &both, "2026-09-26").await.unwrap();
    open_envelope(&desk).await;
    let first = statement("R0", 0, vec![line(1_000_00, "ENVELOPPE")]);
    assert_eq!(take_in(&desk, &first).await, worked(1, 0, 0));
    (desk, both)
}

async fn open_envelope(desk: &Desk) {
    let open = EnvelopeCommand::Open(Box::new(EnvelopeOpened {
        funder: "state:0214".parse().unwrap(),
        funder_name: "État".into(),
        title: "Ressources".into(),
        legal_reference: "Arrêté 1".into(),
        budget: sum(10_000_00),
        ratio: 1000,
        valid_from: day("2026-09-01"),
        valid_until: day("2027-08-31"),
        priority: 5,
        recipients: Recipients::default(),
        earmark: Earmark::default(),
        convention: None,
    }));
    desk.act::<Envelope>(ENVELOPE, open, noon("2026-09-01", OFFICER)).await;
}

/// A convention that calls for funds twice, each time for 500 €.
async fn two_calls(desk: &Desk) {
    let funder = "siren:217500016".parse().unwrap();
    let signed = ConventionSigned {
        funder,
        funder_name: "Ville".into(),
        title: "Écoles".into(),
        legal_reference: "D1".into(),
        assent: "A1".into(),
        amount: sum(1_000_00),
        from: day("2026-09-01"),
        until: day("2027-08-31"),
        priority: 5,
        earmark: Earmark::default(),
        carry_over: CarryOver::Returned,
        by: OFFICER,
    };
    let sign = ConventionCommand::Sign(Box::new(signed));
    desk.act::<Convention>(CONVENTION, sign, noon("2026-09-01", OFFICER)).await;
    for number in [1, 2] {
        let call = ConventionCommand::Call(FundsCalled {
            funder,
            call: CallId(Uuid::from_u128(number)),
            reference: compact_str::format_compact!("APPEL-{number}"),
            amount: sum(500_00),
            due: day(ON),
            by: OFFICER,
        });
        desk.act::<Convention>(CONVENTION, call, noon("2026-09-02", OFFICER)).await;
    }
}

pub async fn stages(desk: &Desk) -> [Stage; 2] {
    let stage = async |n| desk.settlement(n, "2026-09-15").await.stage;
    [stage(1).await, stage(2).await]
}

async fn account(desk: &Desk) -> BankAccount {
    desk.ledger.state::<BankAccount>(bank()).await.unwrap()
}

#[tokio::test]
async fn a_payment_that_is_debited_is_over() {
    let (desk, [first, second]) = two_sent().await;
    let lines = vec![line(-30_00, &first.end_to_end(0)), line(-12_00, &second.end_to_end(0))];
    assert_eq!(take_in(&desk, &statement("R1", 1_000_00, lines)).await, worked(2, 0, 0));
    assert_eq!(stages(&desk).await, [Stage::Settled, Stage::Settled]);
    assert_eq!(desk.balance(LedgerAccount::PaymentsUnderWay).await, 0);
    assert_eq!(desk.balance(LedgerAccount::Partners).await, 0);
}

#[tokio::test]
async fn a_payment_debited_for_another_sum_or_twice_is_parked() {
    let (desk, [first, second]) = two_sent().await;
    let once = first.end_to_end(0);
    let other = second.end_to_end(0);
    let lines = vec![line(-30_00, &once), line(-30_00, &once), line(-11_99, &other)];
    assert_eq!(take_in(&desk, &statement("R1", 1_000_00, lines)).await, worked(1, 0, 2));
    assert_eq!(stages(&desk).await, [Stage::Settled, Stage::Sent]);
    assert_eq!(desk.balance(LedgerAccount::UnknownPayments).await, 41_99);
}

#[tokio::test]
async fn a_whole_file_is_debited_as_one_line() {
    let (desk, _) = two_sent().await;
    let lines = vec![line(-42_00, &remittance(1).message())];
    assert_eq!(take_in(&desk, &statement("R1", 1_000_00, lines)).await, worked(1, 0, 0));
    assert_eq!(stages(&desk).await, [Stage::Settled, Stage::Settled]);
    assert_eq!(desk.balance(LedgerAccount::PaymentsUnderWay).await, 0);
}

#[tokio::test]
async fn a_file_debited_as_one_line_goes_without_what_the_bank_refused_of_it() {
    let (desk, [first, _]) = two_sent().await;
    let refused =
        Answer { end_to_end: Some(first.end_to_end(0)), accepted: Some(false), reason: "".into() };
    let (report, meta) = (Digest::of(b"A"), noon(ON, ACCOUNTANT));
    answer(&desk.ledger, remittance(1), &[refused], report, meta).await.unwrap();
    let message = remittance(1).message();
    let lines = vec![line(-42_00, &message), line(-12_00, &message)];
    assert_eq!(take_in(&desk, &statement("R1", 1_000_00, lines)).await, worked(1, 0, 1));
    assert_eq!(stages(&desk).await, [Stage::Cleared, Stage::Settled]);
}

#[tokio::test]
async fn a_statement_stopped_anywhere_is_worked_through_by_doing_it_again() {
    let (desk, [first, _]) = two_sent().await;
    let lines = vec![
        line(-42_00, &remittance(1).message()),
        line(30_00, &first.end_to_end(0)),
        line(10_00, "?"),
        line(5_00, "ENVELOPPE"),
    ];
    let it = statement("R1", 1_000_00, lines);
    import(&desk, &it).await.unwrap();
    let before = desk.events().await.len();
    assert_eq!(work(&desk).await, worked(3, 0, 1));
    let whole = desk.events().await;
    for events in before..=whole.len() {
        let again = started_again(&whole[..events]).await;
        work(&again).await;
        assert_eq!(again.events().await.len(), whole.len(), "stopped after {events}");
        assert_eq!(account(&again).await, account(&desk).await, "stopped after {events}");
        assert_eq!(again.balance(LedgerAccount::Treasury).await, closing(&it));
        assert_eq!(stages(&again).await, [Stage::Cleared, Stage::Settled]);
    }
}

#[tokio::test]
async fn a_payment_that_comes_back_is_sent_again_and_debited_again() {
    let (desk, [first, _]) = two_sent().await;
    let lines = vec![line(-42_00, &remittance(1).message())];
    take_in(&desk, &statement("R1", 1_000_00, lines)).await;
    let back = BankLine { returned: "AC04".into(), ..line(30_00, &first.end_to_end(0)) };
    assert_eq!(take_in(&desk, &statement("R2", 958_00, vec![back])).await, worked(1, 0, 0));
    assert_eq!(stages(&desk).await, [Stage::Cleared, Stage::Settled]);
    assert_eq!(desk.balance(LedgerAccount::ReturnedTransfers).await, -30_00);
    desk.draw_up(2, &[first], ON).await.unwrap();
    let lines = vec![line(-30_00, &first.end_to_end(1))];
    assert_eq!(take_in(&desk, &statement("R3", 988_00, lines)).await, worked(1, 0, 0));
    assert_eq!(stages(&desk).await, [Stage::Settled, Stage::Settled]);
    assert_eq!(desk.balance(LedgerAccount::ReturnedTransfers).await, 0);
}

#[tokio::test]
async fn a_payment_debited_and_back_on_one_statement_came_back_whatever_the_lines_numbers() {
    let (desk, [first, _]) = two_sent().await;
    // Debited on line 2, back on line 10.
    let mut lines: Vec<_> = (0..10).map(|_| line(1_00, "?")).collect();
    lines[1] = line(-30_00, &first.end_to_end(0));
    lines[9] = line(30_00, &first.end_to_end(0));
    assert_eq!(take_in(&desk, &statement("R1", 1_000_00, lines)).await, worked(2, 0, 8));
    assert_eq!(stages(&desk).await, [Stage::Cleared, Stage::Sent]);
}

#[tokio::test]
async fn funds_go_to_the_convention_and_the_call_they_answer() {
    let (desk, _) = two_sent().await;
    two_calls(&desk).await;
    let lines = vec![line(500_00, "APPEL-2"), line(500_00, "APPEL-1"), line(7_00, "APPEL-1")];
    assert_eq!(take_in(&desk, &statement("R1", 1_000_00, lines)).await, worked(3, 0, 0));
    let state = desk.ledger.state::<Convention>(CONVENTION).await.unwrap();
    assert_eq!((state.received, state.outstanding()), (cents(1_007_00), cents(0)));
    let events = desk.events().await;
    let answered = events.iter().filter_map(|it| {
        let event = codec::read(it).unwrap();
        let Event::Convention(ConventionEvent::Received(it)) = event else { return None };
        Some(it.call.map(|it| it.0.as_u128()))
    });
    assert_eq!(answered.collect::<Vec<_>>(), [Some(2), Some(1), Some(1)]);
}

#[tokio::test]
async fn what_goes_back_to_a_collectivity_is_debited_under_its_own_name() {
    let (desk, _) = two_sent().await;
    two_calls(&desk).await;
    take_in(&desk, &statement("R1", 1_000_00, vec![line(500_00, "APPEL-1")])).await;
    let end_to_end = CONVENTION.end_to_end(0);
    let order = ConventionCommand::OrderReturn {
        amount: sum(80_00),
        unspent: cents(500_00),
        iban: iban(),
        on: day(ON),
        by: OFFICER,
    };
    desk.act::<Convention>(CONVENTION, order, noon(ON, ACCOUNTANT)).await;
    send(&desk.ledger, CONVENTION, bank(), day(ON), noon(ON, ACCOUNTANT)).await.unwrap();
    assert_eq!(desk.balance(LedgerAccount::PaymentsUnderWay).await, -122_00);
    let lines = vec![line(-80_00, &end_to_end), line(-80_00, &end_to_end)];
    assert_eq!(take_in(&desk, &statement("R2", 1_500_00, lines)).await, worked(1, 0, 1));
    assert_eq!(desk.balance(LedgerAccount::PaymentsUnderWay).await, -42_00);
}

#[tokio::test]
async fn a_charge_of_the_bank_is_one_and_money_that_comes_in_is_none() {
    let (desk, _) = two_sent().await;
    let charge = |cents| BankLine { code: "ACMT-MDOP-CHRG".into(), ..line(cents, "?") };
    let lines = vec![charge(-3_00), charge(2_00)];
    assert_eq!(take_in(&desk, &statement("R1", 1_000_00, lines)).await, worked(0, 1, 1));
    assert_eq!(desk.balance(LedgerAccount::BankCharges).await, 3_00);
    assert_eq!(desk.balance(LedgerAccount::UnknownReceipts).await, -2_00);
}

#[tokio::test]
async fn what_nobody_knows_is_parked_until_an_accountant_says_what_it_is() {
    let (desk, _) = two_sent().await;
    two_calls(&desk).await;
    let lines = vec![line(500_00, "?"), line(20_00, "?"), line(-4_00, "?")];
    let it = statement("R1", 1_000_00, lines);
    assert_eq!(take_in(&desk, &it).await, worked(0, 0, 3));
    assert_eq!(desk.balance(LedgerAccount::UnknownReceipts).await, -520_00);
    assert_eq!(desk.balance(LedgerAccount::UnknownPayments).await, 4_00);
    let meta = noon("2026-10-02", ACCOUNTANT);
    let say = async |number, funds| {
        identify(&desk.ledger, bank(), &line_name("R1", number), funds, meta).await
    };
    let convention = Funds::Convention(CONVENTION);
    say(1, convention).await.unwrap();
    say(2, Funds::Envelope(ENVELOPE)).await.unwrap();
    let end = desk.ledger.log().end().await.unwrap();
    say(1, convention).await.unwrap();
    assert_eq!(desk.ledger.log().end().await.unwrap(), end, "identified twice");
    let out = StatementsError::NotThat("money that goes out is no receipt");
    assert_eq!(say(3, convention).await, Err(out));
    let waits = BankRefusal::NotWaiting { line: line_name("R1", 1) };
    let otherwise = say(1, Funds::Envelope(ENVELOPE)).await;
    assert_eq!(otherwise, Err(StatementsError::Bank(ExecuteError::Refused(waits))));
    assert_eq!(desk.balance(LedgerAccount::UnknownReceipts).await, 0);
    assert_eq!(desk.balance(LedgerAccount::Treasury).await, closing(&it));
    let state = desk.ledger.state::<Convention>(CONVENTION).await.unwrap();
    assert_eq!(state.received, cents(500_00));
}

#[tokio::test]
async fn a_line_is_never_funds_of_two_wherever_it_was_stopped() {
    let (desk, _) = two_sent().await;
    two_calls(&desk).await;
    open_envelope(&desk).await;
    let it = statement("R1", 1_000_00, vec![line(500_00, "?")]);
    assert_eq!(take_in(&desk, &it).await, worked(0, 0, 1));
    let before = desk.events().await.len();
    let (name, meta) = (line_name("R1", 1), noon("2026-10-02", ACCOUNTANT));
    let convention = Funds::Convention(CONVENTION);
    identify(&desk.ledger, bank(), &name, convention, meta).await.unwrap();
    let whole = desk.events().await;
    assert_eq!(whole.len() - before, 2, "the claim, and the receipt");
    for events in before + 1..=whole.len() {
        let again = started_again(&whole[..events]).await;
        let envelope = Funds::Envelope(ENVELOPE);
        identify(&again.ledger, bank(), &name, envelope, meta).await.unwrap_err();
        finish_identified(&again.ledger, bank(), meta).await.unwrap();
        assert_eq!(again.events().await.len(), whole.len(), "stopped after {events}");
        assert_eq!(again.balance(LedgerAccount::Treasury).await, closing(&it));
    }
}

#[tokio::test]
async fn funds_for_what_does_not_exist_stay_parked() {
    let (desk, _) = two_sent().await;
    let it = statement("R1", 1_000_00, vec![line(500_00, "APPEL-1")]);
    assert_eq!(take_in(&desk, &it).await, worked(0, 0, 1));
    let meta = noon(ON, ACCOUNTANT);
    let name = line_name("R1", 1);
    let said = identify(&desk.ledger, bank(), &name, Funds::Convention(CONVENTION), meta).await;
    assert_eq!(said, Err(StatementsError::NotThat("it does not take these funds")));
    assert!(account(&desk).await.parked.contains_key::<CompactString>(&name));
}

#[tokio::test]
async fn a_statement_is_taken_in_once_and_in_its_turn() {
    let (desk, _) = two_sent().await;
    let first = statement("R1", 1_000_00, vec![line(10_00, "?")]);
    let second = statement("R2", 1_010_00, vec![line(5_00, "?")]);
    let gap = BankRefusal::Gap { expected: cents(1_000_00), found: cents(1_010_00) };
    assert_eq!(import(&desk, &second).await, Err(gap));
    assert_eq!(take_in(&desk, &first).await, worked(0, 0, 1));
    assert_eq!(take_in(&desk, &second).await, worked(0, 0, 1));
    let end = desk.ledger.log().end().await.unwrap();
    for it in [&first, &second] {
        assert_eq!(import(&desk, it).await, Ok(()));
        assert_eq!(work(&desk).await, Worked::default());
    }
    assert_eq!(desk.ledger.log().end().await.unwrap(), end, "something was written");
    let other = statement("R1", 1_015_00, vec![line(11_00, "?")]);
    let reused = BankRefusal::ReferenceReused { reference: "R1".into() };
    assert_eq!(import(&desk, &other).await, Err(reused));
}

#[tokio::test]
async fn a_statement_of_an_account_that_is_not_ours_is_refused() {
    let (desk, _) = two_sent().await;
    let other = BankAccountId::of("FR7699999000010000001000185");
    let import = BankCommand::Import(Box::new(statement("R1", 0, vec![line(10_00, "?")])));
    let done = desk.ledger.execute::<BankAccount>(other, &import, noon(ON, ACCOUNTANT)).await;
    assert_eq!(done.map(|it| it.events), Err(ExecuteError::Refused(BankRefusal::NotOpen)));
    let meta = noon(ON, ACCOUNTANT);
    let nothing = work_through(&desk.ledger, other, funds_of, meta).await;
    assert_eq!(nothing, Ok(Worked::default()));
}
