//! Sends what is in the outbox to the server that leads, and reads what it says of it.
//!
//! One `BatchAppend` call carries all appends: the server takes them one after the other, in the
//! order in which they were sent, and answers each on its own.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream;
use prost::Message;
use smallvec::SmallVec;
use tokio::sync::Notify;
use tokio::time::Instant;
use tonic::{Code, Status, Streaming};

use super::cluster::{Cluster, Node, pause};
use super::outbox::{Outbox, Refusal};
use super::wire::{
    BATCH_APPEND, BatchAppended, BatchOutcome, Current, Failure, TooManyBytes, WrongVersion,
};

/// How long to leave a server alone that says it is busy.
const BUSY: Duration = Duration::from_millis(20);

/// Sends until it is aborted; `restart` has it begin again with a new connection.
pub(super) async fn run(cluster: Arc<Cluster>, outbox: Arc<Outbox>, restart: Arc<Notify>) {
    let mut tries = 0;
    loop {
        let began = Instant::now();
        match cluster.leader().await {
            Ok(node) => {
                let ended = tokio::select! {
                    ended = talk(&cluster, &node, &outbox) => ended,
                    () = restart.notified() => Err(Status::unavailable("it does not answer")),
                };
                // What was sent and not answered is sent again, so the old call must be over.
                match ended {
                    Ok(()) => tracing::warn!("The log's server ended the appends' connection"),
                    Err(status) => match cluster.failed(&node, &status) {
                        Ok(why) => tracing::warn!("Appending again in a moment: {why}"),
                        Err(why) => {
                            tracing::error!("{why}");
                            outbox.denied(&why);
                        }
                    },
                }
            }
            Err(why) => tracing::warn!("No server of the log to append to: {why}"),
        }
        let short = began.elapsed() < cluster.settings.gossip_timeout;
        tries = if short { tries + 1 } else { 0 };
        tokio::time::sleep(pause(cluster.settings.retry, tries)).await;
    }
}

/// One call, until the server ends it.
async fn talk(cluster: &Cluster, node: &Node, outbox: &Arc<Outbox>) -> Result<(), Status> {
    let session = outbox.begin();
    let messages = messages(outbox.clone(), session);
    let mut answers: Streaming<BatchAppended> =
        cluster.talk(node.writes.clone(), BATCH_APPEND, messages).await?;
    while let Some(answer) = answers.message().await? {
        let id = answer.correlation.as_ref().and_then(super::wire::Id::uuid);
        let id = id.ok_or_else(|| Status::internal("an answer does not say to what"))?;
        match answer.outcome {
            Some(BatchOutcome::Done(_)) => outbox.done(id, Instant::now()),
            Some(BatchOutcome::Failed(failure)) => {
                outbox.refused(id, refusal(&failure), Instant::now(), BUSY);
            }
            None => outbox.refused(id, Refusal::Later, Instant::now(), BUSY),
        }
    }
    Ok(())
}

/// The messages of the outbox, as they come, while `session` is the last one.
fn messages(outbox: Arc<Outbox>, session: u64) -> impl Stream<Item = Bytes> + Send + 'static {
    type Rest = std::iter::Rev<smallvec::IntoIter<[Bytes; 1]>>;
    let none = SmallVec::<[Bytes; 1]>::new().into_iter().rev();
    stream::unfold((outbox, none), move |(outbox, mut rest): (Arc<Outbox>, Rest)| async move {
        loop {
            if let Some(message) = rest.next() {
                return Some((message, (outbox, rest)));
            }
            match outbox.next(session, Instant::now()) {
                Ok(Some(mut messages)) => {
                    messages.reverse();
                    rest = messages.into_iter().rev();
                }
                Ok(None) => outbox.news.notified().await,
                Err(()) => {
                    // It may have been the other connection that was told.
                    outbox.news.notify_one();
                    return None;
                }
            }
        }
    })
}

/// What the server means that did not do an append.
pub(super) fn refusal(failure: &Failure) -> Refusal {
    let details = failure.details.as_ref();
    let kind = details.and_then(|it| it.url.rsplit(['.', '/']).next()).unwrap_or_default();
    let value = details.map(|it| it.value.clone()).unwrap_or_default();
    let text = || format!("its server refuses the append: {}", failure.message);
    match kind {
        "WrongExpectedVersion" => match WrongVersion::decode(value).map(|it| it.current) {
            Ok(Some(Current::Revision(last))) => Refusal::Version(last + 1),
            Ok(Some(Current::NoStream(_))) => Refusal::Version(0),
            Ok(None) | Err(_) => Refusal::Later,
        },
        "MaximumAppendSizeExceeded" => {
            let max = TooManyBytes::decode(value).map(|it| it.max).unwrap_or_default();
            Refusal::TooLarge(usize::try_from(max).unwrap_or(usize::MAX))
        }
        "AccessDenied" | "StreamDeleted" | "InvalidTransaction" | "BadRequest" => {
            Refusal::Never(text())
        }
        // Not ready, busy, no leader, timed out: none says that it never will be.
        _ if failure.code == Code::InvalidArgument as i32 => Refusal::Never(text()),
        _ => Refusal::Later,
    }
}
