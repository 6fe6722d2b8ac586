//! Payments go to the bank in files, each in one of them, and the bank answers.

use ledger_core::bank::{BankAccount, BankAccountOpened, BankCommand};
use ledger_core::chart::LedgerAccount;
use ledger_core::digest::Digest;
use ledger_core::event_log::EventLog as _;
use ledger_core::ids::SettlementId;
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::{Actor, Role};
use ledger_core::process::remittances::{
    Answer, Answered, DrawUp, DrawnUp, RemittancesError, answer, draw_up,
};
use ledger_core::remittance::{BankStatus, Remittance, RemittanceRefusal};
use ledger_core::settlement::{Settlement, SettlementRefusal, Stage};

use crate::desk::{ACCOUNTANT, Desk, OFFICER, bank, day, iban, noon, remittance, started_again};

const ON: &str = "2026-09-26";

/// What is in the file, and for how much in all.
fn holds(it: &DrawnUp) -> (Vec<SettlementId>, u64) {
    let transfers = it.remittance.transfers.iter().map(|it| it.settlement);
    (transfers.collect(), ledger_core::money::Balance::from(it.remittance.total).cents())
}

async fn stages(desk: &Desk) -> [Stage; 2] {
    let stage = async |n| desk.settlement(n, "2026-09-15").await.stage;
    [stage(1).await, stage(2).await]
}

fn of_one(desk_sent: &Settlement, accepted: bool, reason: &str) -> Answer {
    let end_to_end = desk_sent.sent.as_ref().map(|it| it.end_to_end.clone());
    Answer { end_to_end, accepted: Some(accepted), reason: reason.into() }
}

async fn answered(desk: &Desk, n: u128, answers: &[Answer], report: &[u8]) -> Answered {
    let (id, meta) = (remittance(n), noon("2026-09-28", ACCOUNTANT));
    answer(&desk.ledger, id, answers, Digest::of(report), meta).await.unwrap()
}

async fn last_status(desk: &Desk, n: u128) -> Option<BankStatus> {
    let state = desk.ledger.state::<Remittance>(remittance(n)).await.unwrap();
    state.answers.last().map(|it| it.status)
}

#[tokio::test]
async fn two_files_never_hold_the_same_payment() {
    let (desk, [first, second]) = Desk::two_cleared().await;
    let one = desk.draw_up(1, &[first], ON).await.unwrap();
    assert_eq!(holds(&one), (vec![first], 30_00));
    let two = desk.draw_up(2, &[first, second], ON).await.unwrap();
    assert_eq!(holds(&two), (vec![second], 12_00));
    assert_eq!(two.left_out, [(first, "it is in another file".to_owned())]);
}

#[tokio::test]
async fn two_files_drawn_up_at_once_share_the_payments_out() {
    let (desk, both @ [first, second]) = Desk::two_cleared().await;
    let reversed = [second, first];
    let (one, two) = tokio::join!(desk.draw_up(1, &both, ON), desk.draw_up(2, &reversed, ON));
    let drawn_up = [one, two].into_iter().filter_map(Result::ok);
    let mut held: Vec<_> = drawn_up.flat_map(|it| holds(&it).0).collect();
    held.sort_unstable();
    let mut expected = both;
    expected.sort_unstable();
    assert_eq!(held, expected);
}

#[tokio::test]
async fn a_file_stopped_anywhere_is_finished_by_doing_it_again() {
    let (desk, both) = Desk::two_cleared().await;
    let before = desk.events().await.len();
    let expected = desk.draw_up(1, &both, ON).await.unwrap();
    let whole = desk.events().await;
    assert_eq!(whole.len() - before, 3, "two claims, and the file");
    for events in before..=whole.len() {
        let again = started_again(&whole[..events]).await;
        assert_eq!(again.draw_up(1, &both, ON).await.unwrap(), expected, "after {events}");
        assert_eq!(again.events().await.len(), whole.len(), "stopped after {events}");
    }
}

#[tokio::test]
async fn who_ordered_a_payment_cannot_put_it_in_a_file() {
    let (desk, [first, _]) = Desk::two_cleared().await;
    let it =
        DrawUp { id: remittance(1), account: bank(), settlements: vec![first], execution: day(ON) };
    let both = Actor { role: Role::Accountant, id: OFFICER.id };
    let drawn_up = draw_up(&desk.ledger, &it, noon(ON, both)).await;
    let left_out = vec![(first, SettlementRefusal::SameActor.to_string())];
    assert_eq!(drawn_up, Err(RemittancesError::Nothing { left_out }));
    assert_eq!(stages(&desk).await, [Stage::Cleared, Stage::Cleared]);
}

#[tokio::test]
async fn what_the_bank_takes_whole_is_accepted_once() {
    let (desk, both) = Desk::two_cleared().await;
    desk.draw_up(1, &both, ON).await.unwrap();
    let whole = Answer { end_to_end: None, accepted: Some(true), reason: "".into() };
    let expected = Answered { accepted: 2, rejected: 0, unknown: vec![] };
    assert_eq!(answered(&desk, 1, std::slice::from_ref(&whole), b"A").await, expected);
    let end = desk.ledger.log().end().await.unwrap();
    assert_eq!(answered(&desk, 1, &[whole], b"A").await, expected);
    assert_eq!(desk.ledger.log().end().await.unwrap(), end, "something was written");
    assert_eq!(last_status(&desk, 1).await, Some(BankStatus::Accepted));
    assert!(desk.settlement(1, "2026-09-15").await.accepted);
}

#[tokio::test]
async fn an_answer_that_is_to_come_changes_no_payment() {
    let (desk, both) = Desk::two_cleared().await;
    desk.draw_up(1, &both, ON).await.unwrap();
    let later = Answer { end_to_end: None, accepted: None, reason: "".into() };
    assert_eq!(answered(&desk, 1, &[later], b"A").await, Answered::default());
    assert_eq!(last_status(&desk, 1).await, Some(BankStatus::Pending));
    assert_eq!(stages(&desk).await, [Stage::Sent, Stage::Sent]);
}

#[tokio::test]
async fn what_the_bank_refuses_is_owed_again_and_goes_by_another_name() {
    let (desk, both @ [first, second]) = Desk::two_cleared().await;
    desk.draw_up(1, &both, ON).await.unwrap();
    let sent = desk.settlement(2, "2026-09-15").await;
    let whole = Answer { end_to_end: None, accepted: Some(true), reason: "".into() };
    let answers = [whole, of_one(&sent, false, "AC04")];
    let expected = Answered { accepted: 1, rejected: 1, unknown: vec![] };
    assert_eq!(answered(&desk, 1, &answers, b"A").await, expected);
    assert_eq!(last_status(&desk, 1).await, Some(BankStatus::PartlyAccepted));
    assert_eq!(stages(&desk).await, [Stage::Sent, Stage::Cleared]);
    assert_eq!(desk.balance(LedgerAccount::PaymentsUnderWay).await, -30_00);
    let two = desk.draw_up(2, &[first, second], ON).await.unwrap();
    assert_eq!(holds(&two), (vec![second], 12_00));
    assert_eq!(two.remittance.transfers[0].end_to_end, second.end_to_end(1));
    // Heard again, it says nothing of the payment that is on its way since.
    let end = desk.ledger.log().end().await.unwrap();
    assert_eq!(answered(&desk, 1, &answers, b"A").await, expected);
    assert_eq!(desk.ledger.log().end().await.unwrap(), end, "something was written");
    assert_eq!(stages(&desk).await, [Stage::Sent, Stage::Sent]);
}

#[tokio::test]
async fn a_file_asked_for_again_after_a_refusal_is_the_same_and_claims_nothing() {
    let (desk, both @ [_, second]) = Desk::two_cleared().await;
    let drawn_up = desk.draw_up(1, &both, ON).await.unwrap();
    let sent = desk.settlement(2, "2026-09-15").await;
    answered(&desk, 1, &[of_one(&sent, false, "AC04")], b"A").await;
    assert_eq!(desk.draw_up(1, &both, ON).await.unwrap(), drawn_up);
    assert_eq!(stages(&desk).await, [Stage::Sent, Stage::Cleared]);
    let two = desk.draw_up(2, &[second], ON).await.unwrap();
    assert_eq!(holds(&two), (vec![second], 12_00));
}

#[tokio::test]
async fn a_payment_added_to_a_file_that_is_drawn_up_is_left_out_of_it() {
    let (desk, both @ [first, second]) = Desk::two_cleared().await;
    desk.draw_up(1, &[first], ON).await.unwrap();
    let again = desk.draw_up(1, &both, ON).await.unwrap();
    assert_eq!(holds(&again), (vec![first], 30_00));
    assert_eq!(again.left_out.iter().map(|it| it.0).collect::<Vec<_>>(), [second]);
    assert_eq!(stages(&desk).await, [Stage::Sent, Stage::Cleared]);
}

#[tokio::test]
async fn an_answer_about_an_unknown_payment_is_told() {
    let (desk, [first, _]) = Desk::two_cleared().await;
    desk.draw_up(1, &[first], ON).await.unwrap();
    let other = Answer { end_to_end: Some("X".into()), accepted: Some(true), reason: "".into() };
    let found = answered(&desk, 1, &[other], b"A").await;
    assert_eq!((found.accepted, found.rejected), (0, 0));
    assert_eq!(found.unknown, [("X".into(), "no such payment in this file".to_owned())]);
    assert_eq!(last_status(&desk, 1).await, Some(BankStatus::Pending));
    let (report, meta) = (Digest::of(b"A"), noon(ON, ACCOUNTANT));
    let nothing = answer(&desk.ledger, remittance(9), &[], report, meta).await;
    let refused = ExecuteError::Refused(RemittanceRefusal::NotDrawnUp);
    assert_eq!(nothing, Err(RemittancesError::Remittance(refused)));
}

#[tokio::test]
async fn the_account_that_pays_keeps_its_number() {
    let (desk, _) = Desk::two_cleared().await;
    let other = "FR7699999000010000001000185".parse().unwrap();
    let opened = BankAccountOpened { iban: other, holder: "Opérateur".into(), by: ACCOUNTANT };
    let meta = noon(ON, ACCOUNTANT);
    let open = BankCommand::Open(opened);
    assert!(desk.ledger.execute::<BankAccount>(bank(), &open, meta).await.is_err());
    let known = desk.ledger.state::<BankAccount>(bank()).await.unwrap();
    assert_eq!(known.opened.unwrap().iban, iban());
}
