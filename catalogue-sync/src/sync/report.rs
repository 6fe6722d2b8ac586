//! What one pass did, for a person and for a machine.

use std::fmt;

use ledger_core::event_log::Position;
use ledger_core::ids::PartnerId;
use serde::Serialize;

use super::Source;
use crate::feed::{Extent, RefusedOffer, Remark};

/// What one pass over one partner did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whose offers.
    pub partner: PartnerId,
    /// Its trade name.
    pub name: String,
    /// Where its feed is.
    pub feed: String,
    /// How much the feed told.
    pub outcome: Outcome,
    /// How many offers it named, each way.
    pub named: usize,
    /// How many were put on sale.
    pub published: usize,
    /// How many say something else.
    pub revised: usize,
    /// How many are no longer sold.
    pub withdrawn: usize,
    /// How many were as they are known.
    pub unchanged: usize,
    /// What could not be taken, and why: of this pass, or of the last one that had news.
    pub refused: Vec<RefusedOffer>,
    /// What could be said better.
    pub remarks: Vec<Remark>,
    /// Where the log holds all of it; `None` when nothing was appended.
    pub position: Option<Position>,
}

/// How much a feed told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing new since last time.
    NotModified,
    /// All that is on sale.
    Full,
    /// Only what has changed.
    Changes,
}

impl From<Extent> for Outcome {
    fn from(extent: Extent) -> Self {
        match extent {
            Extent::Full => Self::Full,
            Extent::Changes => Self::Changes,
        }
    }
}

impl Report {
    /// One of a pass that has done nothing yet.
    pub fn new(source: &Source) -> Self {
        Self {
            partner: source.partner,
            name: source.name.clone(),
            feed: source.feed.to_string(),
            outcome: Outcome::NotModified,
            named: 0,
            published: 0,
            revised: 0,
            withdrawn: 0,
            unchanged: 0,
            refused: Vec::new(),
            remarks: Vec::new(),
            position: None,
        }
    }

    /// Whether the catalogue is another one than before.
    pub fn changed_something(&self) -> bool {
        self.published + self.revised + self.withdrawn > 0
    }
}

impl fmt::Display for Report {
    /// A table of what was done, then one line for each reason of each refusal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = match self.outcome {
            Outcome::NotModified => "nothing new since last time".to_owned(),
            Outcome::Full => format!("{} offers named, all that is on sale", self.named),
            Outcome::Changes => format!("{} offers named, those that changed", self.named),
        };
        writeln!(f, "{}: {told}", self.name)?;
        let counts = [
            ("published", self.published),
            ("revised", self.revised),
            ("withdrawn", self.withdrawn),
            ("unchanged", self.unchanged),
            ("refused", self.refused.len()),
        ];
        for (name, count) in counts {
            writeln!(f, "  {name:<10}{count:>7}")?;
        }
        let mut lines = Vec::new();
        for refused in &self.refused {
            let reference = refused.reference.as_deref().unwrap_or("(none)");
            for reason in &refused.reasons {
                let rule = reason.rule.slug();
                lines.push([reference, rule, &refused.place, &reason.message]);
            }
        }
        table(f, ["refused", "rule", "where", "reason"], &lines)?;
        let remarks: Vec<[&str; 4]> = self
            .remarks
            .iter()
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
