//! What a partner says it sells, once read: the same whatever the format.

pub mod json;
pub mod onix;
pub mod rule;
mod text;

use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;
use ledger_core::offer::Listing;
pub use ledger_core::partner::FeedFormat as Format;
use serde::{Deserialize, Serialize};

pub use rule::{Reason, Rule};

/// A partner's own name for one of its offers.
pub type Reference = CompactString;

/// How much a feed tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// All that is on sale: what is not named is no longer sold.
    Full,
    /// Only what has changed: what is not named stays as it is.
    Changes,
}

/// One answer of a partner, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// How much it tells.
    pub extent: Extent,
    /// What can be sold, each checked; no reference twice.
    pub offers: Vec<Listing>,
    /// What is no longer sold.
    pub withdrawn: Vec<Withdrawn>,
    /// What cannot be taken, and why.
    pub refused: Vec<RefusedOffer>,
    /// What was taken all the same, and could be said better.
    pub remarks: Vec<Remark>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<String>,
    /// When the partner drew it up; `None` when it does not say.
    pub as_of: Option<DateTime<Utc>>,
}

impl Feed {
    /// One that names nothing.
    pub const fn empty(extent: Extent) -> Self {
        Self {
            extent,
            offers: Vec::new(),
            withdrawn: Vec::new(),
            refused: Vec::new(),
            remarks: Vec::new(),
            next: None,
            as_of: None,
        }
    }
}

/// An offer that its partner no longer sells (a tombstone).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// Which one.
    pub reference: Reference,
    /// Why, in a few words.
    pub reason: CompactString,
}

/// An offer that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedOffer {
    /// Its reference; `None` when it has none that can be read.
    pub reference: Option<Reference>,
    /// Its title; `None` when it has none that can be read.
    pub title: Option<String>,
    /// Where it stands in the feed: a JSON path or a line.
    pub place: String,
    /// Why: at least one reason.
    pub reasons: Vec<Reason>,
}

/// Something about an offer that did not prevent taking it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Of which offer; `None` for the whole feed.
    pub reference: Option<Reference>,
    /// Where: a JSON path or a line.
    pub place: String,
    /// What, and what would be better.
    pub message: String,
}

/// Why a whole answer cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// Not text in the encoding it says.
    #[error("not text: {0}")]
    NotText(String),
    /// Not well formed, or cut off.
    #[error("{place}: {message}")]
    Malformed {
        /// Line and column.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// Elements within elements beyond what any honest feed holds.
    #[error("line {line}: more than {max} elements within one another")]
    TooDeep {
        /// Where.
        line: usize,
        /// How many are read.
        max: usize,
    },
    /// One product larger than any honest one.
    #[error("line {line}: a product of more than {max} elements")]
    TooLarge {
        /// Where it begins.
        line: usize,
        /// How many are read.
        max: usize,
    },
    /// Declares entities of its own, which may hide any amount of text or another file.
    #[error(
        "the DOCTYPE declares entities: send characters as they are, or &lt; &gt; &amp; &quot; &apos;"
    )]
    Entities,
    /// Well formed, but something else.
    #[error("not this format: found {found}, expected {expected}")]
    NotThisFormat {
        /// What stands there.
        found: String,
        /// What should.
        expected: &'static str,
    },
}

/// Reads one answer of a partner.
///
/// `today` decides which dated price applies. `extent` is how an ONIX file is to be understood,
/// since it does not say; a JSON feed says it itself.
pub fn read(
    format: Format,
    bytes: &[u8],
    extent: Extent,
    today: NaiveDate,
) -> Result<Feed, FeedError> {
    match format {
        Format::Json => json::read(bytes),
        Format::Onix => onix::read(bytes, extent, today),
    }
}
