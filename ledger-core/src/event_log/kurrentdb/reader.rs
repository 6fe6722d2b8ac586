//! What the server is asked, and its answers piece by piece.

use std::time::Duration;

use prost::Message as _;
use tonic::{Status, Streaming};
use uuid::Uuid;

use super::cluster::{Cluster, Node};
use super::wire::{
    AllFrom, Answer, BATCH_APPEND, BatchAppend, BatchAppended, BatchOutcome, Called, Empty, Filter,
    FilterOn, FilterWindow, IdsAs, READ, Read, ReadAll, ReadControl, ReadCount, ReadFilter,
    ReadFrom, ReadIds, ReadOptions, ReadStream, Stored, StreamFrom, StreamName, Told,
};

/// How many events the server looks at before it tells how far it is.
const SEARCH_WINDOW: u32 = 4096;

/// Events of `$all` whose streams' names begin with `prefix` and a full stop.
fn ours(prefix: &str) -> ReadFilter {
    let called = Called { regex: String::new(), prefix: vec![format!("{prefix}.")] };
    ReadFilter::Some(Filter {
        checkpoints: 1,
        on: Some(FilterOn::Stream(called)),
        window: Some(FilterWindow::Max(SEARCH_WINDOW)),
    })
}

fn question(from: ReadFrom, count: ReadCount, filter: ReadFilter) -> Read {
    Read {
        options: Some(ReadOptions {
            direction: 0,
            resolve_links: false,
            ids: Some(ReadIds { content: Some(IdsAs::Structured(Empty {})) }),
            control: Some(ReadControl { compatibility: 1 }),
            from: Some(from),
            count: Some(count),
            filter: Some(filter),
        }),
    }
}

/// Our events from the one at `commit` on, or from the first one on; for ever when `count` is
/// none, and then without the one at `commit`.
pub(super) async fn all(
    cluster: &Cluster,
    node: &Node,
    commit: Option<u64>,
    count: Option<u64>,
) -> Result<Streaming<Answer>, Status> {
    let from = commit.map_or(AllFrom::Start(Empty {}), |it| AllFrom::Position(it.into()));
    let from = ReadFrom::All(ReadAll { from: Some(from) });
    let count = count.map_or(ReadCount::Subscription(Empty {}), ReadCount::Count);
    let question = question(from, count, ours(&cluster.settings.prefix));
    cluster.ask_for_many(node.reads.clone(), READ, &question).await
}

/// The events of `stream` from the one numbered `revision`, from 0, on; none when it has none.
pub(super) async fn stream(
    cluster: &Cluster,
    node: &Node,
    stream: StreamName,
    revision: u64,
) -> Result<Vec<Stored>, Status> {
    let from = Some(StreamFrom::Revision(revision));
    let from = ReadFrom::Stream(ReadStream { stream: Some(stream), from });
    let count = ReadCount::Count(i64::MAX.cast_unsigned());
    let question = question(from, count, ReadFilter::None(Empty {}));
    let answers = within(cluster, cluster.ask_for_many(node.reads.clone(), READ, &question));
    events(cluster, answers.await?, usize::MAX).await
}

/// The events among `answers`, at most `limit`.
pub(super) async fn events(
    cluster: &Cluster,
    mut answers: Streaming<Answer>,
    limit: usize,
) -> Result<Vec<Stored>, Status> {
    let mut events = Vec::new();
    while events.len() < limit {
        let Some(answer) = within(cluster, answers.message()).await? else { break };
        match answer.told {
            Some(Told::Event(it)) => events.extend(it.event),
            Some(Told::NoSuchStream(_)) => break,
            Some(
                Told::Confirmed(_)
                | Told::Checkpoint(_)
                | Told::First(_)
                | Told::Last(_)
                | Told::LastOfAll(_)
                | Told::CaughtUp(_)
                | Told::FellBehind(_),
            )
            | None => (),
        }
    }
    Ok(events)
}

/// One append on a call of its own.
pub(super) async fn append_once(
    cluster: &Cluster,
    node: &Node,
    append: BatchAppend,
) -> Result<Option<BatchOutcome>, Status> {
    let message = futures_util::stream::iter([append.encode_to_vec().into()]);
    let call = cluster.talk::<BatchAppended>(node.writes.clone(), BATCH_APPEND, message);
    let mut answers = within(cluster, call).await?;
    let answer = within(cluster, answers.message()).await?;
    Ok(answer.and_then(|it| it.outcome))
}

/// Waits no longer for the next piece than a call may take.
async fn within<T>(
    cluster: &Cluster,
    call: impl Future<Output = Result<T, Status>>,
) -> Result<T, Status> {
    let deadline: Duration = cluster.settings.deadline;
    let answer = tokio::time::timeout(deadline, call).await;
    match answer {
        Ok(answer) => answer,
        Err(_) => Err(Status::unavailable("it does not answer")),
    }
}

/// The id of an event, if it has one.
pub(super) fn id(of: &Stored) -> Option<Uuid> {
    of.id.as_ref().and_then(super::wire::Id::uuid)
}
