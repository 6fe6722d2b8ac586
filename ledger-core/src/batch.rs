//! The lines of one top-up file: received in chunks, then credited chunk by chunk.
//!
//! ```text
//! Open ──▶ AddChunk* ──▶ Submit ──▶ (the envelope allocates) ──▶ RecordChunk* ──▶ Complete
//!                                        └─ refused ──▶ Refuse
//! ```
//! Every step may be sent again: an upload cut off in the middle, or a crash between two chunks,
//! goes on from where it was.

#[cfg(test)]
mod tests;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::decider::Decider;
use crate::digest::Digest;
use crate::ids::{AccountId, EnvelopeId};
use crate::money::{Amount, Balance};

/// The most lines a batch may have.
pub const LINES_MAX: u32 = 1_000_000;

/// The most lines a chunk may have.
pub const CHUNK_LINES_MAX: usize = 5_000;

/// One line that can be credited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its number in the file, from 1; the heading does not count.
    #[serde(rename = "n")]
    pub number: u32,
    /// Which account.
    #[serde(rename = "to")]
    pub account: AccountId,
    /// How much.
    pub amount: Amount,
}

/// One line that cannot be credited, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedLine {
    /// Its number in the file, from 1.
    #[serde(rename = "n")]
    pub number: u32,
    /// The rule, a stable name such as `amount-not-euros`.
    pub rule: CompactString,
    /// What is wrong and what would be right.
    pub detail: CompactString,
}

/// What is asked of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchCommand {
    /// Open it.
    Open(BatchOpened),
    /// Add the next lines of the file.
    AddChunk(ChunkAdded),
    /// The file is whole: credit it.
    Submit,
    /// The envelope does not allow it: nothing is credited.
    Refuse {
        /// The rule, a stable name such as `over-budget`.
        rule: CompactString,
        /// What it says this time.
        reason: CompactString,
    },
    /// A chunk was credited.
    RecordChunk(ChunkCredited),
    /// All chunks were.
    Complete,
}

/// What has happened to a batch: the stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchEvent {
    /// See [`BatchOpened`].
    Opened(BatchOpened),
    /// See [`ChunkAdded`].
    ChunkAdded(ChunkAdded),
    /// See [`BatchSubmitted`].
    Submitted(BatchSubmitted),
    /// See [`BatchRefused`].
    Refused(BatchRefused),
    /// See [`ChunkCredited`].
    ChunkCredited(ChunkCredited),
    /// See [`BatchCompleted`].
    Completed(BatchCompleted),
}

/// A file of top-ups begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchOpened {
    /// The envelope that pays.
    pub envelope: EnvelopeId,
    /// The funder's own reference; 1 to 200 characters.
    pub reference: CompactString,
}

/// The next lines of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkAdded {
    /// Its number, from 0.
    pub number: u32,
    /// What can be credited.
    pub lines: Vec<Line>,
    /// What cannot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedLine>,
}

/// The file is whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchSubmitted {
    /// The envelope that pays.
    pub envelope: EnvelopeId,
    /// How many chunks.
    pub chunks: u32,
    /// How many lines are to be credited.
    pub lines: u32,
    /// How much in all.
    pub amount: Balance,
    /// How many lines were refused when they came in.
    pub refused: u32,
}

/// The envelope does not allow it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchRefused {
    /// The rule, a stable name such as `over-budget`.
    pub rule: CompactString,
    /// What it says this time.
    pub reason: CompactString,
}

/// A chunk was credited, but for the lines that accounts refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkCredited {
    /// Its number, from 0.
    pub number: u32,
    /// How many lines were credited.
    pub credited: u32,
    /// How much they are.
    pub amount: Balance,
    /// What accounts refused, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedLine>,
}

/// Every chunk was credited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchCompleted {
    /// How many lines were credited.
    pub credited: u32,
    /// How much they are.
    pub amount: Balance,
    /// How many lines were not, for any reason.
    pub refused: u32,
}

/// Why a command on a batch is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchRefusal {
    /// There is no such batch.
    #[error("this batch does not exist")]
    NotOpen,
    /// The reference served for something else.
    #[error("reference {reference} was used before, for another envelope or other lines")]
    ReferenceReused {
        /// Which one.
        reference: String,
    },
    /// A field cannot be taken.
    #[error("{field}: {expected}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What would be right.
        expected: &'static str,
    },
    /// A chunk is missing before it.
    #[error("chunk {number} comes after chunk {next}, which is missing")]
    ChunkMissing {
        /// Which was sent.
        number: u32,
        /// Which is expected.
        next: u32,
    },
    /// Too many lines.
    #[error("a batch has at most 1,000,000 lines")]
    TooManyLines,
    /// It was submitted: nothing can be added.
    #[error("this batch was submitted: open another one for more lines")]
    Submitted,
    /// No line can be credited.
    #[error("no line of this batch can be credited")]
    Empty,
    /// It was not submitted, or is over.
    #[error("this batch is not being credited")]
    NotUnderWay,
}

/// How far a batch is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BatchStatus {
    /// It takes lines.
    #[default]
    Open,
    /// It is being credited.
    Submitted,
    /// The envelope refused it.
    Refused,
    /// It is over.
    Completed,
}

/// One batch, as its stream tells; its lines stay in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// As it was opened; `None` before.
    pub opened: Option<BatchOpened>,
    /// How far it is.
    pub status: BatchStatus,
    /// The fingerprint of each chunk received.
    pub chunks: Vec<Digest>,
    /// How many lines are to be credited.
    pub lines: u32,
    /// How much they are.
    pub amount: Balance,
    /// How many lines were refused, on arrival or by accounts.
    pub refused: u32,
    /// How many chunks were credited.
    pub chunks_credited: u32,
    /// How many lines were credited.
    pub credited: u32,
    /// How much they are.
    pub amount_credited: Balance,
}

impl Decider for Batch {
    type Command = BatchCommand;
    type Event = BatchEvent;
    type Refusal = BatchRefusal;

    fn decide(&self, command: &BatchCommand) -> Result<Vec<BatchEvent>, BatchRefusal> {
        if self.has_done(command)? {
            return Ok(vec![]);
        }
        let event = match (&self.opened, command) {
            (None, BatchCommand::Open(it)) => {
                if !(1..=200).contains(&it.reference.trim().chars().count()) {
                    let (field, expected) = ("reference", "expected 1 to 200 characters");
                    return Err(BatchRefusal::Invalid { field, expected });
                }
                BatchEvent::Opened(it.clone())
            }
            (None, _) => return Err(BatchRefusal::NotOpen),
            (Some(it), BatchCommand::Open(_)) => {
                return Err(BatchRefusal::ReferenceReused { reference: it.reference.to_string() });
            }
            (Some(_), BatchCommand::AddChunk(it)) => self.add(it)?,
            (Some(it), BatchCommand::Submit) => self.submit(it.envelope)?,
            (Some(_), BatchCommand::Refuse { rule, reason }) => {
                self.under_way()?;
                BatchEvent::Refused(BatchRefused { rule: rule.clone(), reason: reason.clone() })
            }
            (Some(_), BatchCommand::RecordChunk(it)) => {
                self.under_way()?;
                if it.number != self.chunks_credited {
                    let (number, next) = (it.number, self.chunks_credited);
                    return Err(BatchRefusal::ChunkMissing { number, next });
                }
                BatchEvent::ChunkCredited(it.clone())
            }
            (Some(_), BatchCommand::Complete) => {
                self.under_way()?;
                let next = self.chunks_credited;
                if usize::try_from(next) != Ok(self.chunks.len()) {
                    return Err(BatchRefusal::ChunkMissing { number: next + 1, next });
                }
                let (credited, refused) = (self.credited, self.refused);
                let amount = self.amount_credited;
                BatchEvent::Completed(BatchCompleted { credited, amount, refused })
            }
        };
        Ok(vec![event])
    }

    fn evolve(&mut self, event: &BatchEvent) {
        match event {
            BatchEvent::Opened(it) => self.opened = Some(it.clone()),
            BatchEvent::ChunkAdded(it) => {
                self.chunks.push(Digest::of_json(it));
                self.lines = self.lines.saturating_add(count(&it.lines));
                self.refused = self.refused.saturating_add(count(&it.refused));
                self.amount = it.lines.iter().fold(self.amount, |sum, it| sum.plus(it.amount));
            }
            BatchEvent::Submitted(_) => self.status = BatchStatus::Submitted,
            BatchEvent::Refused(_) => self.status = BatchStatus::Refused,
            BatchEvent::ChunkCredited(it) => {
                self.chunks_credited += 1;
                self.credited = self.credited.saturating_add(it.credited);
                self.amount_credited = self.amount_credited.and(it.amount);
                self.refused = self.refused.saturating_add(count(&it.refused));
            }
            BatchEvent::Completed(_) => self.status = BatchStatus::Completed,
        }
    }
}

impl Batch {
    /// What was set aside for lines that accounts refused; `None` while any chunk is not credited.
    pub fn to_release(&self) -> Option<Balance> {
        let credited = self.chunks_credited as usize == self.chunks.len();
        credited.then(|| self.amount.beyond(self.amount_credited))
    }

    /// Whether `command` was carried out before; refused if its reference served for another one.
    fn has_done(&self, command: &BatchCommand) -> Result<bool, BatchRefusal> {
        match command {
            BatchCommand::Open(it) => Ok(self.opened.as_ref() == Some(it)),
            BatchCommand::AddChunk(it) => match self.chunks.get(it.number as usize) {
                None => Ok(false),
                Some(known) if *known == Digest::of_json(it) => Ok(true),
                Some(_) => {
                    Err(BatchRefusal::ReferenceReused { reference: format!("chunk {}", it.number) })
                }
            },
            BatchCommand::Submit => Ok(self.status != BatchStatus::Open),
            BatchCommand::Refuse { .. } => Ok(self.status == BatchStatus::Refused),
            BatchCommand::RecordChunk(it) => Ok(it.number < self.chunks_credited),
            BatchCommand::Complete => Ok(self.status == BatchStatus::Completed),
        }
    }

    fn add(&self, it: &ChunkAdded) -> Result<BatchEvent, BatchRefusal> {
        let next = u32::try_from(self.chunks.len()).unwrap_or(u32::MAX);
        let lines = self.lines.saturating_add(self.refused);
        if self.status != BatchStatus::Open {
            Err(BatchRefusal::Submitted)
        } else if it.number != next {
            Err(BatchRefusal::ChunkMissing { number: it.number, next })
        } else if it.lines.len() + it.refused.len() > CHUNK_LINES_MAX {
            let (field, expected) = ("lines", "expected at most 5,000 in a chunk");
            Err(BatchRefusal::Invalid { field, expected })
        } else if lines.saturating_add(count(&it.lines)).saturating_add(count(&it.refused))
            > LINES_MAX
        {
            Err(BatchRefusal::TooManyLines)
        } else {
            Ok(BatchEvent::ChunkAdded(it.clone()))
        }
    }

    fn submit(&self, envelope: EnvelopeId) -> Result<BatchEvent, BatchRefusal> {
        if self.lines == 0 {
            return Err(BatchRefusal::Empty);
        }
        Ok(BatchEvent::Submitted(BatchSubmitted {
            envelope,
            chunks: u32::try_from(self.chunks.len()).unwrap_or(u32::MAX),
            lines: self.lines,
            amount: self.amount,
            refused: self.refused,
        }))
    }

    fn under_way(&self) -> Result<(), BatchRefusal> {
        match self.status {
            BatchStatus::Submitted => Ok(()),
            BatchStatus::Open | BatchStatus::Refused | BatchStatus::Completed => {
                Err(BatchRefusal::NotUnderWay)
            }
        }
    }
}

fn count<T>(lines: &[T]) -> u32 {
    u32::try_from(lines.len()).unwrap_or(u32::MAX)
}
