//! Reading, subscribing and appending.

use bytes::Bytes;

use super::{AllPosition, Empty, Entry, Failure, Id, StreamName};

/// What `Streams/Read` is asked.
#[derive(Clone, PartialEq, prost::Message)]
pub(in super::super) struct Read {
    #[prost(message, optional, tag = "1")]
    pub options: Option<ReadOptions>,
}

/// What is to be read, from where and how much.
#[derive(Clone, PartialEq, prost::Message)]
pub(in super::super) struct ReadOptions {
    /// 0 forwards, 1 backwards.
    #[prost(int32, tag = "3")]
    pub direction: i32,
    #[prost(bool, tag = "4")]
    pub resolve_links: bool,
    #[prost(message, optional, tag = "9")]
    pub ids: Option<ReadIds>,
    #[prost(message, optional, tag = "10")]
    pub control: Option<ReadControl>,
    #[prost(oneof = "ReadFrom", tags = "1, 2")]
    pub from: Option<ReadFrom>,
    #[prost(oneof = "ReadCount", tags = "5, 6")]
    pub count: Option<ReadCount>,
    #[prost(oneof = "ReadFilter", tags = "7, 8")]
    pub filter: Option<ReadFilter>,
}

/// How ids are to be written.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(in super::super) struct ReadIds {
    #[prost(oneof = "IdsAs", tags = "1, 2")]
    pub content: Option<IdsAs>,
}

/// The two ways in which an id is written.
#[derive(Clone, Copy, PartialEq, Eq, prost::Oneof)]
pub(in super::super) enum IdsAs {
    #[prost(message, tag = "1")]
    Structured(Empty),
    #[prost(message, tag = "2")]
    Text(Empty),
}

/// What the client understands.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(in super::super) struct ReadControl {
    #[prost(uint32, tag = "1")]
    pub compatibility: u32,
}

/// One stream, or all of them.
#[derive(Clone, PartialEq, Eq, prost::Oneof)]
pub(in super::super) enum ReadFrom {
    #[prost(message, tag = "1")]
    Stream(ReadStream),
    #[prost(message, tag = "2")]
    All(ReadAll),
}

/// One stream, and from which event on.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(in super::super) struct ReadStream {
    #[prost(message, optional, tag = "1")]
    pub stream: Option<StreamName>,
    #[prost(oneof = "StreamFrom", tags = "2, 3, 4")]
    pub from: Option<StreamFrom>,
}

/// From which event on, numbered from 0; that event included.
#[derive(Clone, Copy, PartialEq, Eq, prost::Oneof)]
pub(in super::super) enum StreamFrom {
    #[prost(uint64, tag = "2")]
    Revision(u64),
    #[prost(message, tag = "3")]
    Start(Empty),
    #[prost(message, tag = "4")]
    End(Empty),
}

/// All streams, and from which place on.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(in super::super) struct ReadAll {
    #[prost(oneof = "AllFrom", tags = "1, 2, 3")]
    pub from: Option<AllFrom>,
}

/// From which place on; to a reader what stands there included, to a subscriber not.
#[derive(Clone, Copy, PartialEq, Eq, prost::Oneof)]
pub(in super::super) enum AllFrom {
    #[prost(message, tag = "1")]
    Position(AllPosition),
    #[prost(message, tag = "2")]
    Start(Empty),
    #[prost(message, tag = "3")]
    End(Empty),
}

/// So many, or for ever.
#[derive(Clone, Copy, PartialEq, Eq, prost::Oneof)]
pub(in super::super) enum ReadCount {
    #[prost(uint64, tag = "5")]
    Count(u64),
    #[prost(message, tag = "6")]
    Subscription(Empty),
}

/// Which events.
#[derive(Clone, PartialEq, Eq, prost::Oneof)]
pub(in super::super) enum ReadFilter {
    #[prost(message, tag = "7")]
    Some(Filter),
    #[prost(message, tag = "8")]
    None(Empty),
}

/// Events whose stream or type is called so.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(in super::super) struct Filter {
    #[prost(uint32, tag = "5")]
    pub checkpoints: u32,
    #[prost(oneof = "FilterOn", tags = "1, 2")]
    pub on: Option<FilterOn>,
    #[prost(oneof = "FilterWindow", tags = "3, 4")]
    pub window: Option<FilterWindow>,
}

/// What must be called so.
#[derive(Clone, PartialEq, Eq, prost::Oneof)]
pub(in super::super) enum FilterOn {
    #[prost(message, tag = "1")]
    Stream(Called),
    #[prost(message, tag = "2")]
    EventType(Called),
}

/// How it must be called.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(in super::super) struct Called {
    #[prost(string, tag = "1")]
    pub regex: String,
    #[prost(string, repeated, tag = "2")]
    pub prefix: Vec<String>,
}

/// How many events the server looks at before it tells how far it is.
#[derive(Clone, Copy, PartialEq, Eq, prost::Oneof)]
pub(in super::super) enum FilterWindow {
    #[prost(uint32, tag = "3")]
    Max(u32),
    #[prost(message, tag = "4")]
    Count(Empty),
}

/// What `Streams/Read` answers, piece by piece.
#[derive(Clone, PartialEq, prost::Message)]
pub(in super::super) struct Answer {
    #[prost(oneof = "Told", tags = "1, 2, 3, 4, 5, 6, 7, 8, 9")]
    pub told: Option<Told>,
}

/// One piece of what `Streams/Read` answers.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(in super::super) enum Told {
    #[prost(message, tag = "1")]
    Event(ReadEvent),
    #[prost(message, tag = "2")]
    Confirmed(Confirmed),
    #[prost(message, tag = "3")]
    Checkpoint(AllPosition),
    #[prost(message, tag = "4")]
    NoSuchStream(NoSuchStream),
    #[prost(uint64, tag = "5")]
    First(u64),
    #[prost(uint64, tag = "6")]
    Last(u64),
    #[prost(message, tag = "7")]
    LastOfAll(AllPosition),
    #[prost(message, tag = "8")]
    CaughtUp(Empty),
    #[prost(message, tag = "9")]
    FellBehind(Empty),
}

/// An event, and the link that led to it, if any.
#[derive(Clone, PartialEq, prost::Message)]
pub(in super::super) struct ReadEvent {
    #[prost(message, optional, tag = "1")]
    pub event: Option<Stored>,
    #[prost(oneof = "EventAt", tags = "3, 4")]
    pub at: Option<EventAt>,
}

/// Where an event stands in `$all`, when it is read from there.
#[derive(Clone, Copy, PartialEq, Eq, prost::Oneof)]
pub(in super::super) enum EventAt {
    #[prost(uint64, tag = "3")]
    Commit(u64),
    #[prost(message, tag = "4")]
    Nowhere(Empty),
}

/// An event as the server keeps it.
#[derive(Clone, PartialEq, prost::Message)]
pub(in super::super) struct Stored {
    #[prost(message, optional, tag = "1")]
    pub id: Option<Id>,
    #[prost(message, optional, tag = "2")]
    pub stream: Option<StreamName>,
    /// Where it stands in its stream, from 0.
    #[prost(uint64, tag = "3")]
    pub revision: u64,
    #[prost(uint64, tag = "4")]
    pub prepare: u64,
    #[prost(uint64, tag = "5")]
    pub commit: u64,
    #[prost(message, repeated, tag = "6")]
    pub system: Vec<Entry>,
    #[prost(bytes = "bytes", tag = "7")]
    pub metadata: Bytes,
    #[prost(bytes = "bytes", tag = "8")]
    pub data: Bytes,
}

impl Stored {
    /// One line of its system metadata; none when it is not there.
    pub(in super::super) fn system(&self, key: &str) -> Option<&Bytes> {
        self.system.iter().find(|it| it.key == key).map(|it| &it.value)
    }
}

/// A subscription has begun.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(in super::super) struct Confirmed {
    #[prost(string, tag = "1")]
    pub id: String,
}

/// There is no such stream.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(in super::super) struct NoSuchStream {
    #[prost(message, optional, tag = "1")]
    pub stream: Option<StreamName>,
}

/// One append among those of `Streams/BatchAppend`, or a part of it.
#[derive(Clone, PartialEq, prost::Message)]
pub(in super::super) struct BatchAppend {
    #[prost(message, optional, tag = "1")]
    pub correlation: Option<Id>,
    #[prost(message, optional, tag = "2")]
    pub options: Option<BatchOptions>,
    #[prost(message, repeated, tag = "3")]
    pub events: Vec<Proposed>,
    #[prost(bool, tag = "4")]
    pub is_final: bool,
}

/// To which stream, and on which condition.
#[derive(Clone, PartialEq, prost::Message)]
pub(in super::super) struct BatchOptions {
    #[prost(message, optional, tag = "1")]
    pub stream: Option<StreamName>,
    #[prost(oneof = "Expected", tags = "2, 3, 4, 5")]
    pub expected: Option<Expected>,
    #[prost(oneof = "Deadline", tags = "6, 7")]
    pub deadline: Option<Deadline>,
}

/// What a stream must be like: the number of its last event, from 0.
#[derive(Clone, Copy, PartialEq, Eq, prost::Oneof)]
pub(in super::super) enum Expected {
    #[prost(uint64, tag = "2")]
    Revision(u64),
    #[prost(message, tag = "3")]
    NoStream(Empty),
    #[prost(message, tag = "4")]
    Any(Empty),
    #[prost(message, tag = "5")]
    Exists(Empty),
}

/// Until when the server may try.
#[derive(Clone, Copy, PartialEq, Eq, prost::Oneof)]
pub(in super::super) enum Deadline {
    /// A date: what servers of 21.10 know.
    #[prost(message, tag = "6")]
    At(Seconds),
    /// So long.
    #[prost(message, tag = "7")]
    Within(Seconds),
}

/// A date from 1970 on, or a length of time.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(in super::super) struct Seconds {
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

/// An event to be written.
#[derive(Clone, PartialEq, prost::Message)]
pub(in super::super) struct Proposed {
    #[prost(message, optional, tag = "1")]
    pub id: Option<Id>,
    #[prost(message, repeated, tag = "2")]
    pub system: Vec<Entry>,
    #[prost(bytes = "bytes", tag = "3")]
    pub metadata: Bytes,
    #[prost(bytes = "bytes", tag = "4")]
    pub data: Bytes,
}

/// What became of one append of `Streams/BatchAppend`.
#[derive(Clone, PartialEq, prost::Message)]
pub(in super::super) struct BatchAppended {
    #[prost(message, optional, tag = "1")]
    pub correlation: Option<Id>,
    #[prost(message, optional, tag = "4")]
    pub stream: Option<StreamName>,
    #[prost(oneof = "BatchOutcome", tags = "2, 3")]
    pub outcome: Option<BatchOutcome>,
}

/// Done or not.
#[derive(Clone, PartialEq, Eq, prost::Oneof)]
pub(in super::super) enum BatchOutcome {
    #[prost(message, tag = "2")]
    Failed(Failure),
    #[prost(message, tag = "3")]
    Done(AppendDone),
}

/// An append that was done: where its last event stands.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(in super::super) struct AppendDone {
    #[prost(oneof = "super::Current", tags = "1, 2")]
    pub current: Option<super::Current>,
    #[prost(oneof = "DoneAt", tags = "3, 4")]
    pub at: Option<DoneAt>,
}

/// Where in `$all`; not always known of what was sent twice.
#[derive(Clone, Copy, PartialEq, Eq, prost::Oneof)]
pub(in super::super) enum DoneAt {
    #[prost(message, tag = "3")]
    Position(AllPosition),
    #[prost(message, tag = "4")]
    Nowhere(Empty),
}
