//! One reading of one feed: what was done, what was refused, what could be said better.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::partner::FeedFormat;

/// How many refused records an event names; the counts tell of all.
pub const RECORDS_MAX: usize = 500;
/// How many remarks an event names.
pub const REMARKS_MAX: usize = 200;

/// A feed was read, and what it says was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedRead {
    /// Which feed.
    pub format: FeedFormat,
    /// Whether it told all that there is, rather than what has changed.
    pub whole: bool,
    /// How many records it held.
    pub named: u32,
    /// How many offers were put on sale for it.
    pub published: u32,
    /// How many offers say something else.
    pub revised: u32,
    /// How many offers are no longer sold.
    pub withdrawn: u32,
    /// How many offers are as they were.
    pub unchanged: u32,
    /// How many records wait for another feed: described but not priced.
    pub waiting: u32,
    /// How many records were refused.
    pub refused: u32,
    /// How many remarks were made.
    pub remarked: u32,
    /// Where the log holds what was changed for it; `None` when nothing was. Tells one reading that
    /// changed something from the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_up_to: Option<u64>,
    /// Fingerprint of all refusals and remarks, those that are not named here too.
    pub findings: Digest,
    /// What was refused, and why; the first 500.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RefusedRecord>,
    /// What could be said better; the first 200.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
}

impl FeedRead {
    /// Whether it says nothing that `known` does not: it is the same, or no offer changed and the
    /// same was refused.
    pub fn brings_nothing_to(&self, known: &Self) -> bool {
        if self.changed_up_to.is_some() {
            return self.changed_up_to == known.changed_up_to;
        }
        self.published + self.revised + self.withdrawn == 0
            && (self.findings, self.waiting) == (known.findings, known.waiting)
    }

    /// The same, naming no more than an event should hold.
    pub(super) fn bounded(mut self) -> Self {
        self.records.truncate(RECORDS_MAX);
        self.remarks.truncate(REMARKS_MAX);
        self
    }
}

/// A record that could not be taken. No personal data: what looks like an address or a telephone
/// number was taken out of its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedRecord {
    /// The partner's reference; `None` when it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<CompactString>,
    /// Its title; `None` when it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<CompactString>,
    /// Where it stands in the feed: a line, a path.
    pub place: CompactString,
    /// Why; never empty.
    pub defects: Vec<Defect>,
}

/// One reason why a record was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defect {
    /// The rule, as in `price-missing`; see docs/feeds.md.
    pub rule: CompactString,
    /// The value at fault; empty when something is missing.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub value: CompactString,
    /// What is wrong and what would be right, in English.
    pub message: CompactString,
}

/// Something of a record that was taken, and that could be said better.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The partner's reference; `None` for the feed as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<CompactString>,
    /// Where it stands in the feed.
    pub place: CompactString,
    /// What could be better, in English.
    pub message: CompactString,
}

/// A feed could not be read: what was on sale stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedFailed {
    /// Which feed.
    pub format: FeedFormat,
    /// Why, in English; the same reason again is no news.
    pub reason: CompactString,
}
