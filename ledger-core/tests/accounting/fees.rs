//! Partners pay the titles of their fees: the line that quotes one, exactly, once.

use ledger_core::bank::{
    BankAccount, BankCommand, BankLine, BankRefusal, Direction, Matched, line_name,
};
use ledger_core::chart::LedgerAccount;
use ledger_core::ids::SettlementId;
use ledger_core::ledger::ExecuteError;
use ledger_core::money::Budget;
use ledger_core::partner::{FeeAgreed, Partner, PartnerCommand};
use ledger_core::process::statements::{
    Funds, StatementsError, Worked, finish_identified, identify, work_through,
};

use crate::desk::{ACCOUNTANT, Desk, OFFICER, bank, cents, day, noon, partner, started_again};
use crate::statements::{import, line, statement, worked};

/// The title of partner 1: 2 % of 30 €, and 20 % of that.
const TITLE: &str = "TR-20260915-110046018-0001";
const OTHER: &str = "TR-20260915-217500016-0002";

async fn agree(desk: &Desk, n: u128, rate: u16, from: &str) {
    let agreement = "CONV-1, art. 6".into();
    let agreed = FeeAgreed { rate, vat: 2000, from: day(from), agreement, by: OFFICER };
    let agree = PartnerCommand::AgreeFee(agreed);
    desk.act::<Partner>(partner(n), agree, noon(from, OFFICER)).await;
}

/// Both partners owe 2 % on what they sold in the first half of September, and have the visa.
async fn titled() -> (Desk, [SettlementId; 2]) {
    let desk = Desk::open("2026-09-01").await;
    agree(&desk, 1, 20, "2026-09-01").await;
    agree(&desk, 2, 20, "2026-09-15").await;
    desk.buy(1, 1, 30_00, "2026-09-05").await;
    desk.buy(2, 2, 30_00, "2026-09-06").await;
    assert_eq!(desk.prepare("2026-09-16").await, (1, 2));
    desk.presume("2026-09-15", "2026-09-24").await;
    let first = desk.clear(1, "2026-09-15", "2026-09-25").await;
    let second = desk.clear(2, "2026-09-15", "2026-09-25").await;
    assert_eq!(desk.balance(LedgerAccount::PartnersFees).await, 144);
    (desk, [first, second])
}

fn announced(both: [SettlementId; 2]) -> impl Fn(&str) -> Option<Funds> {
    move |reference| match reference {
        TITLE => Some(Funds::Fee(both[0])),
        OTHER => Some(Funds::Fee(both[1])),
        _ => None,
    }
}

async fn work(desk: &Desk, both: [SettlementId; 2]) -> Worked {
    let meta = noon("2026-10-05", ACCOUNTANT);
    work_through(&desk.ledger, bank(), announced(both), meta).await.unwrap()
}

/// A first statement of these lines, worked through twice.
async fn take_in(desk: &Desk, both: [SettlementId; 2], lines: Vec<BankLine>) -> Worked {
    let it = statement("R1", 0, lines);
    import(desk, &it).await.unwrap();
    let worked = work(desk, both).await;
    assert_eq!(work(desk, both).await, Worked::default(), "worked through twice");
    let closing = i64::try_from(it.closing.cents()).unwrap();
    assert_eq!(desk.balance(LedgerAccount::Treasury).await, closing);
    worked
}

#[tokio::test]
async fn the_fee_is_that_of_the_periods_last_day_as_it_was_when_it_was_drawn_up() {
    let (desk, [_, second]) = titled().await;
    let fee = desk.settlement(1, "2026-09-15").await.fee.unwrap();
    assert_eq!(
        (fee.reference.as_str(), fee.base, fee.due),
        (TITLE, cents(30_00), day("2026-10-25"))
    );
    assert_eq!((fee.net.cents(), fee.vat.cents(), fee.total.cents()), (60, 12, 72));
    let state = desk.ledger.state::<ledger_core::settlement::Settlement>(second).await.unwrap();
    assert_eq!(state.fee.unwrap().reference, OTHER);
    // Agreed after a period was drawn up, it is of the next one.
    desk.buy(3, 1, 10_00, "2026-09-20").await;
    desk.prepare("2026-10-01").await;
    agree(&desk, 1, 300, "2026-09-01").await;
    desk.presume("2026-09-30", "2026-10-09").await;
    desk.clear(1, "2026-09-30", "2026-10-09").await;
    let kept = desk.settlement(1, "2026-09-30").await.fee.unwrap();
    assert_eq!((kept.rate, kept.total.cents()), (20, 24));
}

#[tokio::test]
async fn the_partner_is_paid_whole() {
    let (desk, both) = titled().await;
    desk.draw_up(1, &both, "2026-09-26").await.unwrap();
    assert_eq!(desk.balance(LedgerAccount::PaymentsUnderWay).await, -60_00);
    assert_eq!(desk.balance(LedgerAccount::Services).await, -120);
    assert_eq!(desk.balance(LedgerAccount::VatCollected).await, -24);
}

#[tokio::test]
async fn the_line_that_quotes_a_title_exactly_pays_it_once() {
    let (desk, both) = titled().await;
    let lines =
        vec![line(71, TITLE), line(72, TITLE), line(72, TITLE), line(73, OTHER), line(-72, OTHER)];
    assert_eq!(take_in(&desk, both, lines).await, worked(1, 0, 4));
    assert_eq!(desk.balance(LedgerAccount::PartnersFees).await, 72);
    let paid = desk.settlement(1, "2026-09-15").await.fee_paid.unwrap();
    assert_eq!((paid.line, paid.booked), (line_name("R1", 2), Some(day("2026-09-30"))));
    assert_eq!(desk.settlement(2, "2026-09-15").await.fee_paid, None);
}

#[tokio::test]
async fn a_parked_line_is_identified_as_a_titles_payment() {
    let (desk, both) = titled().await;
    let lines = vec![line(72, "?"), line(72, "?"), line(72, "?"), line(71, "?")];
    assert_eq!(take_in(&desk, both, lines).await, worked(0, 0, 4));
    let meta = noon("2026-10-02", ACCOUNTANT);
    let say = async |number, id| {
        let line = line_name("R1", number);
        identify(&desk.ledger, bank(), &line, Funds::Fee(id), meta).await
    };
    let not_taken = StatementsError::NotThat("it does not take these funds");
    assert_eq!(say(4, both[0]).await, Err(not_taken.clone()), "another sum");
    say(1, both[0]).await.unwrap();
    let end = desk.events().await.len();
    say(1, both[0]).await.unwrap();
    assert_eq!(desk.events().await.len(), end, "identified twice");
    assert_eq!(say(2, both[0]).await, Err(not_taken), "paid before");
    let waits = BankRefusal::NotWaiting { line: line_name("R1", 1) };
    let otherwise = say(1, both[1]).await;
    assert_eq!(otherwise, Err(StatementsError::Bank(ExecuteError::Refused(waits))));
    assert_eq!(desk.balance(LedgerAccount::UnknownReceipts).await, -215);
    assert_eq!(desk.balance(LedgerAccount::PartnersFees).await, 72);
    assert_eq!(desk.balance(LedgerAccount::Treasury).await, 287);
    let paid = desk.settlement(1, "2026-09-15").await.fee_paid.unwrap();
    assert_eq!(paid.booked, None, "until then it stood on the suspense account");
}

#[tokio::test]
async fn a_payment_stopped_anywhere_is_finished_and_pays_once() {
    let (desk, both) = titled().await;
    import(&desk, &statement("R1", 0, vec![line(72, TITLE)])).await.unwrap();
    let before = desk.events().await.len();
    work(&desk, both).await;
    let whole = desk.events().await;
    assert_eq!(whole.len() - before, 2, "the claim, and the payment");
    let meta = noon("2026-10-05", ACCOUNTANT);
    for events in before..=whole.len() {
        let again = started_again(&whole[..events]).await;
        work(&again, both).await;
        finish_identified(&again.ledger, bank(), meta).await.unwrap();
        assert_eq!(again.events().await.len(), whole.len(), "stopped after {events}");
        assert_eq!(again.balance(LedgerAccount::PartnersFees).await, 72);
        assert_eq!(again.balance(LedgerAccount::Treasury).await, 72);
    }
}

#[tokio::test]
async fn two_lines_that_are_said_to_pay_one_title_at_once_do_not_both() {
    let (desk, both) = titled().await;
    take_in(&desk, both, vec![line(72, "?"), line(72, "?")]).await;
    // The first is claimed by somebody whose service stopped before it was recorded.
    let (line, to) = (line_name("R1", 1), Matched::Fee(both[0]));
    let claim = BankCommand::Match { line: line.clone(), to, reference: "".into(), by: ACCOUNTANT };
    desk.act::<BankAccount>(bank(), claim, noon("2026-10-02", ACCOUNTANT)).await;
    let meta = noon("2026-10-02", ACCOUNTANT);
    let second = line_name("R1", 2);
    let said = identify(&desk.ledger, bank(), &second, Funds::Fee(both[0]), meta).await;
    let claimed = BankRefusal::FeePaidBefore { line };
    assert_eq!(said, Err(StatementsError::Bank(ExecuteError::Refused(claimed))));
    finish_identified(&desk.ledger, bank(), meta).await.unwrap();
    assert_eq!(desk.balance(LedgerAccount::PartnersFees).await, 72);
    assert_eq!(desk.balance(LedgerAccount::Treasury).await, 144);
}

#[tokio::test]
async fn money_that_goes_out_pays_no_title() {
    let (desk, both) = titled().await;
    take_in(&desk, both, vec![line(100, "?"), line(-72, "?")]).await;
    let meta = noon("2026-10-02", ACCOUNTANT);
    let said = identify(&desk.ledger, bank(), &line_name("R1", 2), Funds::Fee(both[0]), meta).await;
    assert_eq!(said, Err(StatementsError::NotThat("money that goes out is no receipt")));
    let parked = desk.ledger.state::<BankAccount>(bank()).await.unwrap().parked;
    assert!(parked.values().any(|it| it.direction == Direction::Out));
    assert_eq!(Budget::from_cents(72), Some(parked[&line_name("R1", 2)].amount));
}
