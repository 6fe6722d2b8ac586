//! What a partner says it sells, once read: the same whatever the format.

mod concepts;
mod counted;
pub mod csv;
mod decoded;
mod encoding;
pub mod gar;
mod identifier;
pub mod json;
mod markup;
mod naming;
pub mod notice;
pub mod oai;
pub mod onix;
pub mod personal;
pub mod record;
pub mod rule;
pub(crate) mod text;
pub(crate) mod xml;

use std::io::BufRead;

use chrono::{DateTime, NaiveDate, Utc};
use ledger_core::offer::Listing;
pub use ledger_core::partner::FeedFormat as Format;
use serde::{Deserialize, Serialize};

use crate::vocabularies::Vocabularies;
pub use oai::OaiError;
pub use record::{Access, Notice, Record, Reference, RefusedOffer, Remark, Withdrawn};
pub use rule::{Reason, Rule};

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
    /// Reads one body whole; for small ones.
    pub fn of(format: Format, mut bytes: &[u8], context: &Context<'_>) -> Result<Self, FeedError> {
        let mut feed = Self::empty(context.extent);
        let page = read(format, &mut bytes, context, &mut |it| match it {
            Record::Offer(it) => feed.offers.push(*it),
            Record::Gone(it) => feed.withdrawn.push(it),
            Record::Refused(it) => feed.refused.push(it),
            Record::Remark(it) => feed.remarks.push(it),
            Record::Notice(_) | Record::Access(_) => {}
        })?;
        (feed.extent, feed.as_of, feed.next) = (page.extent, page.as_of, page.next);
        Ok(feed)
    }

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

/// How a body is read.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The day in France: decides which dated price of ONIX applies.
    pub today: NaiveDate,
    /// What an ONIX file, a table, a repository or a list tells, which do not say it themselves.
    pub extent: Extent,
    /// What the concepts of notices are called.
    pub vocabularies: &'a Vocabularies,
}

/// What a body says beside its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// How much it tells.
    pub extent: Extent,
    /// What asks for the next page: a cursor, a resumption token; `None` on the last one.
    pub next: Option<String>,
    /// When the partner drew it up; `None` when it does not say.
    pub as_of: Option<DateTime<Utc>>,
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
    /// One product or notice larger than any honest one.
    #[error("line {line}: a record of more than {max} elements")]
    TooLarge {
        /// Where it begins.
        line: usize,
        /// How many are read.
        max: usize,
    },
    /// One record longer than any honest one.
    #[error("line {line}: a record of more than {max} bytes")]
    TooLong {
        /// Where it begins.
        line: usize,
        /// How many are read.
        max: usize,
    },
    /// More rows than any honest table has.
    #[error("more than {max} rows")]
    TooMany {
        /// How many are read.
        max: usize,
    },
    /// Declares entities of its own, which may hide any amount of text or another file.
    #[error(
        "the DOCTYPE declares entities: send characters as they are, or &lt; &gt; &amp; &quot; &apos;"
    )]
    Entities,
    /// A repository's own refusal of what was asked (OAI-PMH).
    #[error("{code}: {message}")]
    Oai {
        /// Which one.
        code: OaiError,
        /// What the repository says, without personal data; may be empty.
        message: String,
    },
    /// It could not be read to its end.
    #[error("cut off: {0}")]
    CutOff(String),
    /// Well formed, but something else.
    #[error("not this format: found {found}, expected {expected}")]
    NotThisFormat {
        /// What stands there.
        found: String,
        /// What should.
        expected: &'static str,
    },
}

impl FeedError {
    /// What made a reading fail: our own reason, or the body's.
    pub(crate) fn of_io(error: &std::io::Error) -> Self {
        let ours = error.get_ref().and_then(|it| it.downcast_ref::<Self>());
        ours.cloned().unwrap_or_else(|| Self::CutOff(error.to_string()))
    }
}

/// Reads one body of a partner; `take` is given each record, in the order of the body.
pub fn read(
    format: Format,
    body: &mut dyn BufRead,
    context: &Context<'_>,
    take: &mut dyn FnMut(Record),
) -> Result<Page, FeedError> {
    match format {
        Format::Json => json::read(body, take),
        Format::Onix => onix::read(body, context, take),
        Format::Csv => csv::read(body, context, take),
        Format::Oai => oai::read(body, context, take),
        Format::Gar => gar::read(body, context.extent, take),
    }
}
