//! What became of pulling a partner's feeds (moissonnage): one stream for each partner.
//!
//! Only news are written: a pass that found the feed as it was leaves no event. A feed that shrinks
//! suspiciously is held: nothing of it is applied before somebody lets it through.

mod run;
#[cfg(test)]
mod tests;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::decider::Decider;
use crate::meta::{Actor, Role};
use crate::partner::FeedFormat;

pub use run::{Defect, FeedFailed, FeedRead, RECORDS_MAX, REMARKS_MAX, RefusedRecord, Remark};

/// What is asked of a harvest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HarvestCommand {
    /// Record that a feed was read; nothing happens when it brought nothing new.
    RecordRead(Box<FeedRead>),
    /// Record that a feed could not be read; nothing happens when it failed so before.
    RecordFailed(FeedFailed),
    /// Hold a feed for a human; nothing happens when it is held already or was let through.
    Hold(FeedHeld),
    /// Let a feed through, once.
    Lift(HoldLifted),
}

/// What has happened to a harvest: the stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HarvestEvent {
    /// See [`FeedRead`].
    Read(Box<FeedRead>),
    /// See [`FeedFailed`].
    Failed(FeedFailed),
    /// See [`FeedHeld`].
    Held(FeedHeld),
    /// See [`HoldLifted`].
    Lifted(HoldLifted),
}

/// A feed names so few of the offers on sale that it is not applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedHeld {
    /// Which feed.
    pub format: FeedFormat,
    /// How many offers are on sale.
    pub known: u32,
    /// How many of them it still names.
    pub named: u32,
}

/// Somebody has looked: the feed is applied as it is, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldLifted {
    /// Which feed.
    pub format: FeedFormat,
    /// Why; 1 to 1,000 characters.
    pub reason: CompactString,
    /// Who.
    pub by: Actor,
}

/// Why a command on a harvest is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HarvestRefusal {
    /// There is nothing to let through.
    #[error("this feed is not held")]
    NotHeld,
    /// The catalogue is the operator's.
    #[error("an authorising officer or the operator lets a feed through")]
    NotOfficer,
    /// A field cannot be taken.
    #[error("{field}: {expected}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What would be right.
        expected: &'static str,
    },
}

/// What is known of one partner's feeds, as its stream tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Harvest {
    /// The last news of each feed.
    pub feeds: Vec<Last>,
}

/// The last news of one feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Last {
    /// Which feed.
    pub format: FeedFormat,
    /// What it said when it was read; `None` before the first time.
    pub read: Option<Box<FeedRead>>,
    /// Why it cannot be read since; `None` when it can.
    pub failed: Option<CompactString>,
    /// What is held; `None` when nothing is.
    pub held: Option<FeedHeld>,
    /// Whether the next reading is applied whatever it names.
    pub lifted: bool,
}

impl Harvest {
    /// The last news of the feed written so; `None` before any.
    pub fn last(&self, format: FeedFormat) -> Option<&Last> {
        self.feeds.iter().find(|it| it.format == format)
    }

    fn last_mut(&mut self, format: FeedFormat) -> &mut Last {
        let known = self.feeds.iter().position(|it| it.format == format);
        let place = known.unwrap_or_else(|| {
            let new = Last { format, read: None, failed: None, held: None, lifted: false };
            self.feeds.push(new);
            self.feeds.len() - 1
        });
        &mut self.feeds[place]
    }
}

impl Decider for Harvest {
    type Command = HarvestCommand;
    type Event = HarvestEvent;
    type Refusal = HarvestRefusal;

    fn decide(&self, command: &HarvestCommand) -> Result<Vec<HarvestEvent>, HarvestRefusal> {
        let event = match command {
            HarvestCommand::RecordRead(it) => {
                let last = self.last(it.format);
                let as_before = last.is_some_and(|last| {
                    let silent = last.failed.is_none() && last.held.is_none() && !last.lifted;
                    silent && last.read.as_ref().is_some_and(|known| it.brings_nothing_to(known))
                });
                if as_before {
                    return Ok(vec![]);
                }
                HarvestEvent::Read(Box::new(it.as_ref().clone().bounded()))
            }
            HarvestCommand::RecordFailed(it) => {
                let known = self.last(it.format).and_then(|last| last.failed.as_ref());
                if known == Some(&it.reason) {
                    return Ok(vec![]);
                }
                HarvestEvent::Failed(it.clone())
            }
            HarvestCommand::Hold(it) => {
                if self.last(it.format).is_some_and(|last| last.held.is_some() || last.lifted) {
                    return Ok(vec![]);
                }
                HarvestEvent::Held(it.clone())
            }
            HarvestCommand::Lift(it) => return self.lift(it),
        };
        Ok(vec![event])
    }

    fn evolve(&mut self, event: &HarvestEvent) {
        match event {
            HarvestEvent::Read(it) => {
                let last = self.last_mut(it.format);
                *last = Last {
                    format: it.format,
                    read: Some(it.clone()),
                    failed: None,
                    held: None,
                    lifted: false,
                };
            }
            HarvestEvent::Failed(it) => {
                self.last_mut(it.format).failed = Some(it.reason.clone());
            }
            HarvestEvent::Held(it) => self.last_mut(it.format).held = Some(it.clone()),
            HarvestEvent::Lifted(it) => {
                let last = self.last_mut(it.format);
                (last.held, last.lifted) = (None, true);
            }
        }
    }
}

impl Harvest {
    fn lift(&self, it: &HoldLifted) -> Result<Vec<HarvestEvent>, HarvestRefusal> {
        let last = self.last(it.format);
        if last.is_some_and(|it| it.lifted) {
            return Ok(vec![]);
        }
        if !matches!(it.by.role, Role::AuthorisingOfficer | Role::Operator) {
            return Err(HarvestRefusal::NotOfficer);
        }
        if last.is_none_or(|it| it.held.is_none()) {
            return Err(HarvestRefusal::NotHeld);
        }
        let length = it.reason.trim().chars().count();
        if length == 0 || length > 1_000 || it.reason.contains(char::is_control) {
            let (field, expected) = ("reason", "expected 1 to 1,000 characters");
            return Err(HarvestRefusal::Invalid { field, expected });
        }
        Ok(vec![HarvestEvent::Lifted(it.clone())])
    }
}
