//! Carrying out commands, alone and many at once.

use super::*;
use crate::account::{AccountCommand, AccountEvent, AccountRefusal};
use crate::event_log::Memory;
use crate::story::*;

mod shared;

#[tokio::test]
async fn a_command_sent_twice_is_recorded_once() {
    let ledger = ledger();
    let first = ledger.execute::<Account>(account(1), &open_account(), meta()).await.unwrap();
    let again = ledger.execute::<Account>(account(1), &open_account(), meta()).await.unwrap();
    assert_eq!((first.events.len(), again.events.len()), (1, 0));
    assert_eq!((first.position, again.position), (1, 1));
}

#[tokio::test]
async fn a_refused_command_records_nothing() {
    let ledger = ledger();
    let refused = ledger.execute::<Account>(account(1), &AccountCommand::Close, meta()).await;
    assert_eq!(refused, Err(ExecuteError::Refused(AccountRefusal::NotOpen)));
    assert_eq!(ledger.log().end().await, Ok(0));
}

#[tokio::test]
async fn a_command_is_not_carried_out_on_a_state_its_sender_does_not_know() {
    let ledger = ledger();
    opened_account(&ledger, 1).await;
    let suspend = AccountCommand::Suspend { reason: "inquiry".into() };
    let active = |it: &Account| it.standing == crate::account::state::Standing::Active;
    let id = account(1);
    let done = ledger.execute_if::<Account>(id, &suspend, meta(), active).await.unwrap();
    assert_eq!(done.events.len(), 1);
    let again = ledger.execute_if::<Account>(id, &suspend, meta(), active).await.unwrap();
    assert_eq!(again.events, [], "carried out already, it answers the same");
    let close = ledger.execute_if::<Account>(id, &AccountCommand::Close, meta(), active).await;
    assert_eq!(close, Err(ExecuteError::NotAsBelieved));
    assert!(!active(&ledger.state::<Account>(id).await.unwrap()));
}

#[tokio::test]
async fn many_commands_are_answered_each_in_its_place() {
    let ledger = ledger();
    opened_account(&ledger, 2).await;
    let commands = [
        (account(1), open_account()),
        (account(2), open_account()),
        (account(3), AccountCommand::Close),
        (account(1), AccountCommand::Suspend { reason: "inquiry".into() }),
    ];
    let answers = ledger.execute_many::<Account>(&commands, meta()).await;
    let recorded = |it: &Result<Done<AccountEvent>, _>| it.as_ref().map(|it| it.events.len()).ok();
    assert_eq!(answers.iter().map(recorded).collect::<Vec<_>>(), [Some(1), Some(0), None, Some(1)]);
    let suspended = ledger.state::<Account>(account(1)).await.unwrap();
    assert!(matches!(suspended.standing, crate::account::state::Standing::Suspended(_)));
}

#[tokio::test]
async fn what_another_ledger_wrote_meanwhile_is_seen() {
    let log = Memory::new();
    let (here, there) = (on(log.clone().into()), on(log.into()));
    opened_envelope(&here, 100_00).await;
    opened_account(&here, 1).await;
    opened_account(&there, 1).await;
    let topup = |n| crate::process::topups::TopUp { account: account(1), ..topup(n, 10_00) };
    for n in 0..6 {
        let ledger = if n % 2 == 0 { &here } else { &there };
        crate::process::topups::top_up(ledger, &topup(n), meta()).await.unwrap();
    }
    let seen = on(here.log().clone()).state::<Account>(account(1)).await.unwrap();
    assert_eq!(seen.available_on(today()).cents(), 60_00);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_buyers_on_one_account_never_overspend() {
    let folder = tempfile::tempdir().unwrap();
    let log = crate::event_log::Embedded::open(folder.path().join("ledger.log")).unwrap();
    let ledger = on(log.into());
    opened_envelope(&ledger, 1_000_00).await;
    let account = credited_account(&ledger, 1, 100_00).await;
    let offer = published_offer(&ledger, 3_00, crate::offer::Billing::Once).await;
    let seen = listing(3_00, crate::offer::Billing::Once).digest();
    let mut buyers = tokio::task::JoinSet::new();
    for n in 0..100 {
        let ledger = ledger.clone();
        let order = crate::checkout::Order {
            payer: crate::checkout::Payer::own(account),
            offer,
            seen,
            purchase: purchase(n),
            ceiling: None,
            hold_until: meta().at,
            on: today(),
        };
        buyers.spawn(async move { crate::checkout::buy(&ledger, &order, meta()).await.is_ok() });
    }
    let bought = buyers.join_all().await.into_iter().filter(|it| *it).count();
    assert_eq!(bought, 33);
    let again = on(ledger.log().clone()).state::<Account>(account).await.unwrap();
    assert_eq!((again.available_on(today()).cents(), again.spent().cents()), (1_00, 99_00));
}

#[tokio::test]
async fn a_small_cache_changes_nothing() {
    let ledger = Ledger::new(Memory::new().into(), CacheSizes { accounts: 1, others: 1 });
    opened_envelope(&ledger, 1_000_00).await;
    for n in 0..600 {
        credited_account(&ledger, n, 1_00).await;
    }
    for n in 0..600 {
        let state = ledger.state::<Account>(account(n)).await.unwrap();
        assert_eq!(state.available_on(today()).cents(), 1_00);
    }
    assert!(ledger.accounts_in_memory() <= 256);
}
