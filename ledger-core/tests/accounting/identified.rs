//! What an accountant says a parked line is: a payment whose reference the bank did not give back.

use compact_str::CompactString;
use ledger_core::bank::{BankLine, line_name};
use ledger_core::chart::LedgerAccount;
use ledger_core::event_log::EventLog;
use ledger_core::process::statements::{StatementsError, finish_identified, identify_payment};
use ledger_core::settlement::Stage;

use crate::desk::{ACCOUNTANT, Desk, bank, noon, remittance, started_again};
use crate::statements::{closing, line, stages, statement, take_in, two_sent, worked};

const SAID: &str = "2026-10-02";

async fn say(desk: &Desk, number: u32, reference: &str) -> Result<(), StatementsError> {
    let (line, meta) = (line_name("R1", number), noon(SAID, ACCOUNTANT));
    identify_payment(&desk.ledger, bank(), &line, &CompactString::from(reference), meta).await
}

#[tokio::test]
async fn a_payment_whose_reference_the_bank_lost_is_debited_once_somebody_says_so() {
    let (desk, [first, second]) = two_sent().await;
    let it = statement("R1", 1_000_00, vec![line(-30_00, "VIR SEPA"), line(-12_00, "?")]);
    assert_eq!(take_in(&desk, &it).await, worked(0, 0, 2));
    assert_eq!(desk.balance(LedgerAccount::UnknownPayments).await, 42_00);

    let not_that = StatementsError::NotThat("no such payment of that sum is under way");
    for wrong in [&*second.end_to_end(0), &first.end_to_end(3), "VIR SEPA", ""] {
        assert_eq!(say(&desk, 1, wrong).await, Err(not_that.clone()), "{wrong}");
    }
    say(&desk, 1, &first.end_to_end(0)).await.unwrap();
    assert_eq!(stages(&desk).await, [Stage::Settled, Stage::Sent]);
    let end = desk.ledger.log().end().await.unwrap();
    say(&desk, 1, &first.end_to_end(0)).await.unwrap();
    assert_eq!(desk.ledger.log().end().await.unwrap(), end, "said twice");
    assert!(say(&desk, 1, &second.end_to_end(0)).await.is_err(), "one line, two payments");
    say(&desk, 2, &second.end_to_end(0)).await.unwrap();
    for account in [LedgerAccount::UnknownPayments, LedgerAccount::PaymentsUnderWay] {
        assert_eq!(desk.balance(account).await, 0, "{account}");
    }
    assert_eq!(desk.balance(LedgerAccount::Treasury).await, closing(&it));
}

#[tokio::test]
async fn a_line_that_was_said_to_be_a_payment_is_one_wherever_it_was_stopped() {
    let (desk, [first, _]) = two_sent().await;
    let it = statement("R1", 1_000_00, vec![line(-30_00, "VIR SEPA")]);
    take_in(&desk, &it).await;
    let before = desk.events().await.len();
    say(&desk, 1, &first.end_to_end(0)).await.unwrap();
    let whole = desk.events().await;
    assert_eq!(whole.len() - before, 2, "the claim, and the debit");
    for events in before + 1..=whole.len() {
        let again = started_again(&whole[..events]).await;
        finish_identified(&again.ledger, bank(), noon(SAID, ACCOUNTANT)).await.unwrap();
        assert_eq!(again.events().await.len(), whole.len(), "stopped after {events}");
        assert_eq!(again.balance(LedgerAccount::Treasury).await, closing(&it));
    }
}

#[tokio::test]
async fn a_payment_that_came_back_without_its_reference_is_sent_again() {
    let (desk, [first, _]) = two_sent().await;
    let whole = line(-42_00, &remittance(1).message());
    let back = BankLine { returned: "AC04".into(), ..line(30_00, "RETOUR") };
    let it = statement("R1", 1_000_00, vec![whole, back]);
    assert_eq!(take_in(&desk, &it).await, worked(1, 0, 1));
    say(&desk, 2, &first.end_to_end(0)).await.unwrap();
    assert_eq!(stages(&desk).await, [Stage::Cleared, Stage::Settled]);
    assert_eq!(desk.balance(LedgerAccount::UnknownReceipts).await, 0);
    assert_eq!(desk.balance(LedgerAccount::ReturnedTransfers).await, -30_00);
    // Sent and debited again, what was said before stays as it is.
    desk.draw_up(2, &[first], SAID).await.unwrap();
    let again = statement("R2", 988_00, vec![line(-30_00, &first.end_to_end(1))]);
    assert_eq!(take_in(&desk, &again).await, worked(1, 0, 0));
    let end = desk.ledger.log().end().await.unwrap();
    finish_identified(&desk.ledger, bank(), noon(SAID, ACCOUNTANT)).await.unwrap();
    assert_eq!(desk.ledger.log().end().await.unwrap(), end);
}
