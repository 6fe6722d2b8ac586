//! What one pass did, for a person and for a machine.

use std::fmt;

use chrono::{DateTime, Utc};
use ledger_core::event_log::Position;
use ledger_core::ids::PartnerId;
use serde::Serialize;

use super::{FeedSource, Source};
use crate::feed::{Extent, Format, RefusedOffer, Remark};
use crate::store::Findings;

/// How many refusals and remarks of a feed a report names; the counts tell of all.
pub const FINDINGS_MAX: usize = 1_000;

/// What one pass over one partner did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whose offers.
    pub partner: PartnerId,
    /// Its trade name.
    pub name: String,
    /// What became of each feed.
    pub feeds: Vec<FeedReport>,
    /// How many offers were put on sale.
    pub published: usize,
    /// How many say something else.
    pub revised: usize,
    /// How many are no longer sold.
    pub withdrawn: usize,
    /// How many were as they are known.
    pub unchanged: usize,
    /// How many resources are described, and wait for a price.
    pub waiting: usize,
    /// Where the log holds all of it; `None` when nothing was appended.
    pub position: Option<Position>,
}

/// What became of one feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FeedReport {
    /// How it is written.
    pub format: Format,
    /// Where it is.
    pub url: String,
    /// How much it told, or why nothing.
    pub outcome: Outcome,
    /// How many records it named, each way.
    pub named: usize,
    /// What could not be taken or could be said better, of this pass or of an earlier one; `None`
    /// before it is known.
    pub findings: Option<Findings>,
}

/// How much a feed told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing new since last time.
    NotModified,
    /// All that there is.
    Full,
    /// Only what has changed.
    Changes,
    /// It could not be read: what was on sale stays.
    Failed {
        /// Why.
        reason: String,
    },
    /// It names so little that it waits for a human: what was on sale stays.
    Held {
        /// How many records there were.
        known: usize,
        /// How many it names.
        named: usize,
    },
    /// It failed so often that it was not asked.
    Left {
        /// Until when.
        until: DateTime<Utc>,
    },
}

impl From<Extent> for Outcome {
    fn from(extent: Extent) -> Self {
        match extent {
            Extent::Full => Self::Full,
            Extent::Changes => Self::Changes,
        }
    }
}

impl FeedReport {
    fn new(feed: &FeedSource) -> Self {
        Self {
            format: feed.format,
            url: feed.url.to_string(),
            outcome: Outcome::NotModified,
            named: 0,
            findings: None,
        }
    }

    /// Whether what it tells is known as it stands.
    pub(super) fn was_read(&self) -> bool {
        match self.outcome {
            Outcome::NotModified | Outcome::Full | Outcome::Changes => true,
            Outcome::Failed { .. } | Outcome::Held { .. } | Outcome::Left { .. } => false,
        }
    }

    /// What could not be taken.
    pub fn refusals(&self) -> &[RefusedOffer] {
        self.findings.as_ref().map_or(&[], |it| &it.refusals)
    }

    /// What could be said better.
    pub fn remarks(&self) -> &[Remark] {
        self.findings.as_ref().map_or(&[], |it| &it.remarks)
    }
}

impl Report {
    /// One of a pass that has done nothing yet.
    pub fn new(source: &Source) -> Self {
        Self {
            partner: source.partner,
            name: source.name.clone(),
            feeds: source.feeds.iter().map(FeedReport::new).collect(),
            published: 0,
            revised: 0,
            withdrawn: 0,
            unchanged: 0,
            waiting: 0,
            position: None,
        }
    }

    /// Whether the catalogue is another one than before.
    pub fn changed_something(&self) -> bool {
        self.published + self.revised + self.withdrawn > 0
    }

    /// How many records of all its feeds are refused.
    pub fn refused(&self) -> usize {
        self.feeds.iter().filter_map(|it| it.findings.as_ref()).map(|it| it.refused).sum()
    }

    /// Why a feed could not be read, or waits; `None` when all were.
    pub fn trouble(&self) -> Option<String> {
        self.feeds.iter().find_map(|it| match &it.outcome {
            Outcome::NotModified | Outcome::Full | Outcome::Changes => None,
            Outcome::Failed { reason } => Some(reason.clone()),
            Outcome::Held { .. } | Outcome::Left { .. } => Some(it.told()),
        })
    }
}

impl FeedReport {
    fn told(&self) -> String {
        let format = self.format.name();
        match &self.outcome {
            Outcome::NotModified => format!("{format}: nothing new since last time"),
            Outcome::Full => format!("{format}: {} records named, all that there is", self.named),
            Outcome::Changes => {
                format!("{format}: {} records named, those that changed", self.named)
            }
            Outcome::Failed { reason } => format!("{format}: {reason}"),
            Outcome::Held { known, named } => format!(
                "{format}: names {named} of the {known} records there were, a tenth or less: nothing \
                 is changed before somebody lets it through"
            ),
            Outcome::Left { until } => {
                format!("{format}: failed too often, not asked before {until}")
            }
        }
    }
}

impl fmt::Display for Report {
    /// A table of what was done, then one line for each reason of each refusal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.name)?;
        for told in &self.feeds {
            writeln!(f, "  {}", told.told())?;
        }
        let mut counts = vec![
            ("published", self.published),
            ("revised", self.revised),
            ("withdrawn", self.withdrawn),
            ("unchanged", self.unchanged),
        ];
        if self.waiting > 0 {
            counts.push(("waiting", self.waiting));
        }
        counts.push(("refused", self.refused()));
        for (name, count) in counts {
            writeln!(f, "  {name:<10}{count:>7}")?;
        }
        let mut lines = Vec::new();
        for refused in self.feeds.iter().flat_map(FeedReport::refusals) {
            let reference = refused.reference.as_deref().unwrap_or("(none)");
            for reason in &refused.reasons {
                let rule = reason.rule.slug();
                lines.push([reference, rule, &refused.place, &reason.message]);
            }
        }
        table(f, ["refused", "rule", "where", "reason"], &lines)?;
        let remarks = self.feeds.iter().flat_map(FeedReport::remarks);
        let remarks: Vec<[&str; 4]> = remarks
            .map(|it| [it.reference.as_deref().unwrap_or("(feed)"), "", &it.place, &it.message])
            .collect();
        table(f, ["remarked", "", "where", "remark"], &remarks)
    }
}

/// Columns as wide as their widest cell; nothing when there is no line.
fn table(f: &mut fmt::Formatter<'_>, head: [&str; 4], lines: &[[&str; 4]]) -> fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    let width = |column: usize| {
        let cells = lines.iter().chain([&head]).map(|it| it[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    writeln!(f)?;
    for line in [&head].into_iter().chain(lines) {
        write!(f, "  ")?;
        for (cell, width) in line.iter().zip(widths).filter(|it| it.1 > 0) {
            write!(f, "{cell:<width$}  ")?;
        }
        writeln!(f, "{}", line[3])?;
    }
    Ok(())
}
