//! Who is in the cluster, and what a server can do.

use super::Id;

/// The answer of `Gossip/Read`.
#[derive(Clone, PartialEq, prost::Message)]
pub(in super::super) struct ClusterInfo {
    #[prost(message, repeated, tag = "1")]
    pub members: Vec<Member>,
}

/// One server of the cluster.
#[derive(Clone, PartialEq, prost::Message)]
pub(in super::super) struct Member {
    #[prost(message, optional, tag = "1")]
    pub instance: Option<Id>,
    #[prost(int64, tag = "2")]
    pub seen: i64,
    #[prost(int32, tag = "3")]
    pub state: i32,
    #[prost(bool, tag = "4")]
    pub alive: bool,
    #[prost(message, optional, tag = "5")]
    pub endpoint: Option<EndPoint>,
}

impl Member {
    /// The state of the one that takes writes.
    pub(in super::super) const LEADER: i32 = 8;
    /// The state of the others.
    #[cfg(feature = "kurrentdb-double")]
    pub(in super::super) const FOLLOWER: i32 = 6;
}

/// Where a server listens.
#[derive(Clone, PartialEq, prost::Message)]
pub(in super::super) struct EndPoint {
    #[prost(string, tag = "1")]
    pub address: String,
    #[prost(uint32, tag = "2")]
    pub port: u32,
}

/// The answer of `ServerFeatures/GetSupportedMethods`.
#[derive(Clone, PartialEq, prost::Message)]
pub(in super::super) struct Features {
    #[prost(message, repeated, tag = "1")]
    pub methods: Vec<Method>,
    #[prost(string, tag = "2")]
    pub version: String,
}

/// A call that a server takes, in small letters.
#[derive(Clone, PartialEq, prost::Message)]
pub(in super::super) struct Method {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub service: String,
    #[prost(string, repeated, tag = "3")]
    pub features: Vec<String>,
}
