//! A log that others write to, and that loses what it was sent.

use std::collections::VecDeque;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::*;
use crate::account::state::Standing;
use crate::codec;
use crate::event_log::{Append, LogError, Other, Recorded};

/// A log whose first appends wait for somebody to say whether they are written.
struct Gated {
    log: Memory,
    gates: Mutex<VecDeque<oneshot::Receiver<bool>>>,
}

impl EventLog for Gated {
    fn append(&self, append: Append) -> impl Future<Output = Result<Appended, AppendError>> + Send {
        let gate = self.gates.lock().pop_front();
        async move {
            let written = match gate {
                Some(gate) => gate.await == Ok(true),
                None => true,
            };
            if !written {
                return Err(LogError::Unavailable("lost".into()).into());
            }
            self.log.append(append).await
        }
    }

    async fn append_many(&self, appends: Vec<Append>) -> Vec<Result<Appended, AppendError>> {
        self.log.append_many(appends).await
    }

    async fn read_stream(&self, stream: StreamId, after: u64) -> Result<Vec<Recorded>, LogError> {
        self.log.read_stream(stream, after).await
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, LogError> {
        self.log.read_all(after, limit).await
    }

    async fn end(&self) -> Result<Position, LogError> {
        self.log.end().await
    }

    async fn wait_past(&self, after: Position) -> Result<Position, LogError> {
        self.log.wait_past(after).await
    }
}

/// A ledger whose first append waits.
fn gated() -> (Ledger, oneshot::Sender<bool>) {
    let (say, gate) = oneshot::channel();
    let log = Gated { log: Memory::new(), gates: Mutex::new([gate].into()) };
    (on(Other::new(log).into()), say)
}

#[tokio::test]
async fn done_before_is_not_answered_on_what_was_lost() {
    let (ledger, say) = gated();
    let command = open_account();
    let send = || ledger.execute::<Account>(account(1), &command, meta());
    let (first, again, ()) = tokio::join!(send(), send(), async {
        tokio::task::yield_now().await;
        say.send(false).unwrap();
    });
    assert!(matches!(first, Err(ExecuteError::Log(LogError::Unavailable(_)))), "{first:?}");
    assert_eq!(again.unwrap().events.len(), 1, "decided again");
    assert_eq!(ledger.log().end().await, Ok(1));
}

#[tokio::test]
async fn nothing_is_decided_or_seen_on_what_others_may_take_the_place_of() {
    let (ledger, say) = gated();
    let open = open_account();
    let suspend = AccountCommand::Suspend { reason: "inquiry".into() };
    let (opened, suspended, seen, ()) = tokio::join!(
        ledger.execute::<Account>(account(1), &open, meta()),
        ledger.execute::<Account>(account(1), &suspend, meta()),
        ledger.state::<Account>(account(1)),
        async {
            tokio::task::yield_now().await;
            say.send(false).unwrap();
        }
    );
    opened.unwrap_err();
    assert_eq!(suspended, Err(ExecuteError::Refused(AccountRefusal::NotOpen)));
    assert_eq!(seen.unwrap(), Account::default());
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_nothing_in_memory() {
    let (ledger, say) = gated();
    let command = open_account();
    {
        let mut call = Box::pin(ledger.execute::<Account>(account(1), &command, meta()));
        let polled = futures_util::future::poll_immediate(&mut call).await;
        assert!(polled.is_none(), "it waits for the log");
    }
    drop(say);
    let done = ledger.execute::<Account>(account(1), &command, meta()).await.unwrap();
    assert_eq!(done.events.len(), 1);
}

#[tokio::test]
async fn what_others_wrote_is_taken_in() {
    let log = Memory::new();
    let (here, there) = (on(log.clone().into()), on(log.into()));
    opened_account(&here, 1).await;
    opened_account(&there, 1).await;
    let suspend = AccountCommand::Suspend { reason: "inquiry".into() };
    there.execute::<Account>(account(1), &suspend, meta()).await.unwrap();
    let standing = async |ledger: &Ledger| {
        ledger.inspect::<Account, _>(account(1), |it| it.standing.clone()).await.unwrap()
    };
    assert_eq!(standing(&here).await, Standing::Active, "not heard of yet");
    for it in here.log().read_all(0, 10).await.unwrap() {
        here.hear(&it, &codec::read(&it).unwrap());
    }
    assert!(matches!(standing(&here).await, Standing::Suspended(_)));

    there.execute::<Account>(account(1), &AccountCommand::Resume, meta()).await.unwrap();
    here.catch_up().await.unwrap();
    assert_eq!(standing(&here).await, Standing::Active);
}
