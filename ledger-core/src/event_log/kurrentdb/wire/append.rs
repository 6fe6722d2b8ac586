//! Appending on a call of its own, which only other clients do.

use super::{AppendDone, BatchOptions, Empty, Proposed};

/// A piece of what `Streams/Append` is asked: where to, then each event.
#[derive(Clone, PartialEq, prost::Message)]
pub(in super::super) struct AppendPiece {
    #[prost(oneof = "Piece", tags = "1, 2")]
    pub piece: Option<Piece>,
}

/// Where to, or an event.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(in super::super) enum Piece {
    #[prost(message, tag = "1")]
    Options(BatchOptions),
    #[prost(message, tag = "2")]
    Event(Proposed),
}

/// What `Streams/Append` answers.
#[derive(Clone, PartialEq, prost::Message)]
pub(in super::super) struct AppendAnswer {
    #[prost(oneof = "AppendOutcome", tags = "1, 2")]
    pub outcome: Option<AppendOutcome>,
}

/// Done or not.
#[derive(Clone, Copy, PartialEq, Eq, prost::Oneof)]
pub(in super::super) enum AppendOutcome {
    #[prost(message, tag = "1")]
    Done(AppendDone),
    #[prost(message, tag = "2")]
    Wrong(AppendWrong),
}

/// Another version than was expected.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(in super::super) struct AppendWrong {
    #[prost(oneof = "Told", tags = "6, 7")]
    pub current: Option<Told>,
    #[prost(oneof = "Asked", tags = "8, 9, 10, 11")]
    pub expected: Option<Asked>,
}

/// Where the stream ends, as [`AppendWrong`] tells it.
#[derive(Clone, Copy, PartialEq, Eq, prost::Oneof)]
pub(in super::super) enum Told {
    #[prost(uint64, tag = "6")]
    Revision(u64),
    #[prost(message, tag = "7")]
    NoStream(Empty),
}

/// What was expected, as [`AppendWrong`] tells it.
#[derive(Clone, Copy, PartialEq, Eq, prost::Oneof)]
pub(in super::super) enum Asked {
    #[prost(uint64, tag = "8")]
    Revision(u64),
    #[prost(message, tag = "9")]
    Any(Empty),
    #[prost(message, tag = "10")]
    Exists(Empty),
    #[prost(message, tag = "11")]
    NoStream(Empty),
}
