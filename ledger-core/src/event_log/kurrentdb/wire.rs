//! The messages of the server's gRPC services, by hand: only those that are spoken here.
//!
//! The numbers are the protocol's (`streams.proto`, `shared.proto`, `gossip.proto`,
//! `serverfeatures.proto` of the server from 21.10 on); a test of the double by other clients
//! would fail if one were wrong. Texts that are sent often are [`Bytes`]: on the wire the same.

#[cfg(feature = "kurrentdb-double")]
mod append;
mod cluster;
mod streams;

use bytes::Bytes;
use uuid::Uuid;

#[cfg(feature = "kurrentdb-double")]
pub(super) use append::{
    AppendAnswer, AppendOutcome, AppendPiece, AppendWrong, Asked, Piece, Told as Wrong,
};
pub(super) use cluster::*;
pub(super) use streams::*;

/// Where `Streams/BatchAppend` is.
pub(super) const BATCH_APPEND: &str = "/event_store.client.streams.Streams/BatchAppend";
/// Where `Streams/Append` is.
#[cfg(feature = "kurrentdb-double")]
pub(super) const APPEND: &str = "/event_store.client.streams.Streams/Append";
/// Where `Streams/Read` is.
pub(super) const READ: &str = "/event_store.client.streams.Streams/Read";
/// Where `Gossip/Read` is.
pub(super) const GOSSIP: &str = "/event_store.client.gossip.Gossip/Read";
/// Where `ServerFeatures/GetSupportedMethods` is.
pub(super) const FEATURES: &str =
    "/event_store.client.server_features.ServerFeatures/GetSupportedMethods";

/// Nothing, where the protocol says so with an empty message.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(super) struct Empty {}

/// An id.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(super) struct Id {
    #[prost(oneof = "IdValue", tags = "1, 2")]
    pub value: Option<IdValue>,
}

/// The two ways in which an id is written.
#[derive(Clone, PartialEq, Eq, prost::Oneof)]
pub(super) enum IdValue {
    #[prost(message, tag = "1")]
    Structured(Halves),
    #[prost(string, tag = "2")]
    Text(String),
}

/// An id as two numbers.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(super) struct Halves {
    #[prost(int64, tag = "1")]
    pub most: i64,
    #[prost(int64, tag = "2")]
    pub least: i64,
}

impl From<Uuid> for Id {
    fn from(id: Uuid) -> Self {
        let (most, least) = id.as_u64_pair();
        let halves = Halves { most: most.cast_signed(), least: least.cast_signed() };
        Self { value: Some(IdValue::Structured(halves)) }
    }
}

impl Id {
    /// The id, if it is one.
    pub(super) fn uuid(&self) -> Option<Uuid> {
        match self.value.as_ref()? {
            IdValue::Structured(it) => {
                Some(Uuid::from_u64_pair(it.most.cast_unsigned(), it.least.cast_unsigned()))
            }
            IdValue::Text(text) => text.parse().ok(),
        }
    }
}

/// The name of a stream.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(super) struct StreamName {
    #[prost(bytes = "bytes", tag = "3")]
    pub name: Bytes,
}

/// A place in `$all`.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(super) struct AllPosition {
    #[prost(uint64, tag = "1")]
    pub commit: u64,
    #[prost(uint64, tag = "2")]
    pub prepare: u64,
}

impl From<u64> for AllPosition {
    fn from(commit: u64) -> Self {
        Self { commit, prepare: commit }
    }
}

/// One line of an event's system metadata.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(super) struct Entry {
    #[prost(bytes = "bytes", tag = "1")]
    pub key: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    pub value: Bytes,
}

/// A message of some kind, and which.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(super) struct Any {
    #[prost(string, tag = "1")]
    pub url: String,
    #[prost(bytes = "bytes", tag = "2")]
    pub value: Bytes,
}

/// Why something was not done, inside an answer.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(super) struct Failure {
    #[prost(int32, tag = "1")]
    pub code: i32,
    #[prost(string, tag = "2")]
    pub message: String,
    #[prost(message, optional, tag = "3")]
    pub details: Option<Any>,
}

/// The details of a [`Failure`]: another version than was expected.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(super) struct WrongVersion {
    #[prost(oneof = "Current", tags = "1, 2")]
    pub current: Option<Current>,
}

/// Where a stream ends: the number of its last event, from 0.
#[derive(Clone, Copy, PartialEq, Eq, prost::Oneof)]
pub(super) enum Current {
    #[prost(uint64, tag = "1")]
    Revision(u64),
    #[prost(message, tag = "2")]
    NoStream(Empty),
}

/// The details of a [`Failure`]: more bytes than the server takes at once.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(super) struct TooManyBytes {
    #[prost(uint32, tag = "1")]
    pub max: u32,
}
