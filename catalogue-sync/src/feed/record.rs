//! What a feed tells, one record at a time: the same whatever the format.

use compact_str::CompactString;
use ledger_core::digest::Digest;
use ledger_core::offer::{Details, Kind, Listing};
use serde::{Deserialize, Serialize};

use super::Reason;

/// A partner's own name for one of its offers, or a repository's for one of its notices.
pub type Reference = CompactString;

/// One thing that a feed tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// What is sold, checked.
    Offer(Box<Listing>),
    /// What a resource is.
    Notice(Box<Notice>),
    /// How a resource is reached.
    Access(Box<Access>),
    /// What is no longer sold or described.
    Gone(Withdrawn),
    /// What cannot be taken, and why.
    Refused(RefusedOffer),
    /// What was taken all the same, and could be said better.
    Remark(Remark),
}

/// What a notice says of a resource; joined to the offer that has one of its identifiers.
///
/// Personal data were taken out of it before it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The repository's identifier: where it is put when it comes again.
    pub reference: Reference,
    /// 1 to 300 characters.
    pub title: String,
    /// Plain text; empty when there is none.
    pub description: String,
    /// What kind of resource; `None` when nothing tells.
    pub kind: Option<Kind>,
    /// Words of [`ledger_core::vocabulary::SUBJECTS`].
    pub subjects: Vec<CompactString>,
    /// Words of [`ledger_core::vocabulary::LEVELS`].
    pub levels: Vec<CompactString>,
    /// Where the resource is.
    pub url: Option<String>,
    /// Whether it says that the resource is free of charge: then it is an offer by itself.
    pub free: bool,
    /// What is declared of its accessibility, in words.
    pub accessibility: Option<String>,
    /// All else; its identifiers are what it is joined by.
    pub details: Details,
    /// Fingerprint of the notice as it was sent.
    pub raw: Digest,
}

/// How a resource is reached, as the GAR lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The list's identifier: an ARK, most often.
    pub reference: Reference,
    /// Its name in the list.
    pub title: String,
    /// Whether it may be given to schools (diffusable).
    pub available: bool,
    /// What it is joined by.
    pub identifiers: Vec<CompactString>,
}

/// An offer that its partner no longer sells, or a notice that its repository deleted (a tombstone).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// Which one.
    pub reference: Reference,
    /// Why, in a few words.
    pub reason: CompactString,
}

/// A record that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedOffer {
    /// Its reference; `None` when it has none that can be read.
    pub reference: Option<Reference>,
    /// Its title; `None` when it has none that can be read.
    pub title: Option<String>,
    /// Where it stands in the feed: a JSON path, a line, an `XPath`.
    pub place: String,
    /// Why: at least one reason.
    pub reasons: Vec<Reason>,
}

/// Something about a record that did not prevent taking it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Of which record; `None` for the whole feed.
    pub reference: Option<Reference>,
    /// Where: a JSON path, a line, an `XPath`.
    pub place: String,
    /// What, and what would be better.
    pub message: String,
}
