//! Flows between streams, stopped and started again.

use super::batches::{credit, lot_of};
use super::expiry::{Returns, expire_credits, note_returns};
use super::topups::{TopUpError, finish, top_up};
use crate::account::{Account, AccountCommand, AccountRefusal};
use crate::batch::{Batch, BatchCommand, BatchOpened, BatchStatus, ChunkAdded, Line};
use crate::envelope::{Allocation, Envelope, EnvelopeCommand, EnvelopeRefusal};
use crate::event_log::{Append, EventLog, Log, Memory, NewEvent, Recorded};
use crate::ids::BatchId;
use crate::ledger::{ExecuteError, Ledger};
use crate::money::Balance;
use crate::story::*;
use uuid::Uuid;

const BATCH: BatchId = BatchId(Uuid::from_u128(5));

#[tokio::test]
async fn a_topup_credits_the_account_once() {
    let ledger = ledger();
    opened_envelope(&ledger, 100_00).await;
    let account = opened_account(&ledger, 1).await;
    let first = top_up(&ledger, &topup(1, 40_00), meta()).await.unwrap();
    let again = top_up(&ledger, &topup(1, 40_00), meta()).await.unwrap();
    assert!(first.new && !again.new);
    assert_eq!(available(&ledger, 1).await, 40_00);
    assert_eq!(left(&ledger).await, 60_00);
    assert_eq!(account, crate::story::account(1));
}

#[tokio::test]
async fn a_topup_that_the_account_refuses_costs_the_envelope_nothing() {
    let ledger = ledger();
    opened_envelope(&ledger, 100_00).await;
    for _ in 0..2 {
        let refused = top_up(&ledger, &topup(1, 40_00), meta()).await;
        let not_open = ExecuteError::Refused(AccountRefusal::NotOpen);
        assert_eq!(refused, Err(TopUpError::Account(not_open)));
        assert_eq!(left(&ledger).await, 100_00);
    }
}

#[tokio::test]
async fn a_topup_refused_once_is_never_credited_with_money_that_is_free_again() {
    let ledger = ledger();
    opened_envelope(&ledger, 100_00).await;
    top_up(&ledger, &topup(1, 40_00), meta()).await.unwrap_err();
    opened_account(&ledger, 1).await;
    let allocation = topup(1, 40_00).allocation_id();
    let released = ExecuteError::Refused(EnvelopeRefusal::AllocationReleased { allocation });
    for _ in 0..2 {
        let refused = top_up(&ledger, &topup(1, 40_00), meta()).await;
        assert_eq!(refused, Err(TopUpError::Envelope(released.clone())));
        assert_eq!((available(&ledger, 1).await, left(&ledger).await), (0, 100_00));
    }
}

#[tokio::test]
async fn what_was_set_aside_in_time_is_credited_however_late() {
    let ledger = ledger();
    opened_envelope(&ledger, 100_00).await;
    opened_account(&ledger, 1).await;
    let it = topup(1, 40_00);
    let amount = it.amount.into();
    let allocation = Allocation { id: it.allocation_id(), amount, lines: 1, to: Some(it.account) };
    let set_aside = EnvelopeCommand::Allocate { allocation: allocation.clone(), on: it.on };
    ledger.execute::<Envelope>(ENVELOPE, &set_aside, meta()).await.unwrap();
    let late = "2027-09-02".parse().unwrap();
    assert!(finish(&ledger, ENVELOPE, &allocation, late, meta()).await.unwrap().new);
    let account = ledger.state::<Account>(it.account).await.unwrap();
    assert_eq!(account.lots[0].available.cents(), 40_00);
}

#[tokio::test]
async fn a_batch_credits_its_accounts_and_frees_what_they_refuse() {
    let ledger = ledger();
    opened_envelope(&ledger, 100_00).await;
    opened_account(&ledger, 1).await;
    opened_account(&ledger, 3).await;
    submitted(&ledger, &[&[(1, 10_00), (2, 20_00)], &[(3, 30_00)]]).await;
    credit(&ledger, BATCH, today(), meta()).await.unwrap();
    let batch = ledger.state::<Batch>(BATCH).await.unwrap();
    assert_eq!(batch.status, BatchStatus::Completed);
    assert_eq!((batch.credited, batch.refused), (2, 1));
    assert_eq!(batch.amount_credited, Balance::from_cents(40_00));
    assert_eq!(left(&ledger).await, 60_00);
    assert_eq!((available(&ledger, 1).await, available(&ledger, 3).await), (10_00, 30_00));
}

#[tokio::test]
async fn a_batch_stopped_anywhere_goes_on_from_there() {
    // The whole story, then the same one cut after each of its appends and run again.
    let source = ledger();
    story(&source).await;
    let whole = source.log().read_all(0, usize::MAX).await.unwrap();
    for events in 0..whole.len() {
        let again = on(left_behind(&whole[..events]).await);
        opened_envelope(&again, 100_00).await;
        opened_account(&again, 1).await;
        opened_account(&again, 3).await;
        submitted(&again, &[&[(1, 10_00), (2, 20_00)], &[(3, 30_00)]]).await;
        credit(&again, BATCH, today(), meta()).await.unwrap();
        assert_eq!(left(&again).await, 60_00, "cut after {events}");
        assert_eq!((available(&again, 1).await, available(&again, 3).await), (10_00, 30_00));
    }
}

#[tokio::test]
async fn a_batch_over_the_budget_is_refused_whole() {
    let ledger = ledger();
    opened_envelope(&ledger, 25_00).await;
    opened_account(&ledger, 1).await;
    submitted(&ledger, &[&[(1, 10_00), (2, 20_00)]]).await;
    credit(&ledger, BATCH, today(), meta()).await.unwrap();
    assert_eq!(ledger.state::<Batch>(BATCH).await.unwrap().status, BatchStatus::Refused);
    assert_eq!(available(&ledger, 1).await, 0);
    assert_eq!(left(&ledger).await, 25_00);
}

#[tokio::test]
async fn expired_credits_come_back_to_the_envelope_once() {
    let ledger = ledger();
    opened_envelope(&ledger, 100_00).await;
    let account = credited_account(&ledger, 1, 10_00).await;
    let on = "2027-09-01".parse().unwrap();
    assert_eq!(expire_credits(&ledger, &[account], on, meta()).await, Ok(1));
    assert_eq!(expire_credits(&ledger, &[account], on, meta()).await, Ok(0));
    let expired = Balance::from_cents(10_00);
    let refunded = Balance::ZERO;
    let returns = Returns { envelope: ENVELOPE, after: 0, up_to: 9, expired, refunded };
    for _ in 0..2 {
        note_returns(&ledger, returns, meta()).await.unwrap();
    }
    assert_eq!(ledger.state::<Envelope>(ENVELOPE).await.unwrap().returned, expired);
}

#[tokio::test]
async fn a_credit_of_a_batch_returns_when_its_account_is_closed() {
    let ledger = ledger();
    opened_envelope(&ledger, 100_00).await;
    opened_account(&ledger, 1).await;
    submitted(&ledger, &[&[(1, 10_00)]]).await;
    credit(&ledger, BATCH, today(), meta()).await.unwrap();
    ledger.execute::<Account>(account(1), &AccountCommand::Close, meta()).await.unwrap();
    let lot = lot_of(BATCH, 1);
    let account = ledger.state::<Account>(account(1)).await.unwrap();
    assert_eq!(account.lot(lot).map(|it| it.returned), Some(Balance::from_cents(10_00)));
}

/// The log that a service killed after these events leaves behind.
pub(in crate::process) async fn left_behind(events: &[Recorded]) -> Log {
    let log = Memory::new();
    for it in events {
        let name = crate::codec::table().into_iter().find(|row| it.name == row.1).unwrap().1;
        let event = NewEvent { name, schema: it.schema, body: it.body.to_vec() };
        let (stream, expected, meta) = (it.stream, it.version - 1, it.meta);
        let append = Append { stream, expected, meta, events: [event].into_iter().collect() };
        log.append(append).await.unwrap();
    }
    log.into()
}

async fn story(ledger: &Ledger) {
    opened_envelope(ledger, 100_00).await;
    opened_account(ledger, 1).await;
    opened_account(ledger, 3).await;
    submitted(ledger, &[&[(1, 10_00), (2, 20_00)], &[(3, 30_00)]]).await;
    credit(ledger, BATCH, today(), meta()).await.unwrap();
}

async fn submitted(ledger: &Ledger, chunks: &[&[(u128, u64)]]) {
    let opened = BatchOpened { envelope: ENVELOPE, reference: "rentrée".into() };
    let execute = async |command| ledger.execute::<Batch>(BATCH, &command, meta()).await.unwrap();
    execute(BatchCommand::Open(opened)).await;
    let mut number = 0;
    for (index, chunk) in chunks.iter().enumerate() {
        let mut line = |&(n, cents): &(u128, u64)| {
            number += 1;
            Line { number, account: account(n), amount: euros(cents) }
        };
        let lines = chunk.iter().map(&mut line).collect();
        let number = u32::try_from(index).unwrap();
        execute(BatchCommand::AddChunk(ChunkAdded { number, lines, refused: vec![] })).await;
    }
    execute(BatchCommand::Submit).await;
}

async fn available(ledger: &Ledger, n: u128) -> u64 {
    let account = ledger.state::<Account>(account(n)).await.unwrap();
    account.available_on(today()).cents()
}

async fn left(ledger: &Ledger) -> u64 {
    ledger.state::<Envelope>(ENVELOPE).await.unwrap().left().cents()
}
