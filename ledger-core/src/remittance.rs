//! A file of credit transfers for the bank (remise de virements, pain.001): which payments are in
//! it, and what the bank said of it.
//!
//! A payment is first claimed by its settlement ([`crate::settlement::SettlementCommand::Send`]),
//! which takes one file only; then the file is drawn up from what was claimed for it. So no payment
//! is ever in two files.

#[cfg(test)]
mod tests;

use chrono::{NaiveDate, SubsecRound};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::decider::Decider;
use crate::digest::Digest;
use crate::ids::{PartnerId, SettlementId};
use crate::meta::{Actor, Role};
use crate::money::{Balance, Budget};
use crate::partner::Iban;

/// What is asked of a remittance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemittanceCommand {
    /// Draw it up.
    DrawUp(Box<RemittanceDrawnUp>),
    /// Note that the file is written and kept, for the bank.
    Deliver {
        /// Fingerprint of the file.
        digest: Digest,
        /// An accountant.
        by: Actor,
    },
    /// Note what the bank says of it (pain.002).
    Answer(RemittanceAnswered),
}

/// What has happened to a remittance: the stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemittanceEvent {
    /// See [`RemittanceDrawnUp`].
    DrawnUp(Box<RemittanceDrawnUp>),
    /// See [`RemittanceDelivered`].
    Delivered(RemittanceDelivered),
    /// See [`RemittanceAnswered`].
    Answered(RemittanceAnswered),
}

/// One payment of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Of which settlement.
    pub settlement: SettlementId,
    /// Who is paid.
    pub partner: PartnerId,
    /// Its trade name, as in the file.
    pub name: CompactString,
    /// Where to.
    pub iban: Iban,
    /// Its reference (`EndToEndId`).
    pub end_to_end: CompactString,
    /// How much.
    pub amount: Budget,
}

/// A file of payments was drawn up: all that it is made from, so that the same bytes can be made
/// again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemittanceDrawnUp {
    /// Its reference (`MsgId`); 1 to 35 characters.
    pub message: CompactString,
    /// When it was drawn up, in seconds since 1970.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub at: chrono::DateTime<chrono::Utc>,
    /// The day on which the bank is to carry it out.
    pub execution: NaiveDate,
    /// The account that pays.
    pub from: Iban,
    /// Whose account that is.
    pub payer: CompactString,
    /// The payments; at least one.
    pub transfers: Vec<Transfer>,
    /// Their sum.
    pub total: Budget,
    /// Who drew it up.
    pub by: Actor,
}

/// The file is written and kept (fichier établi): it can be taken to the bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemittanceDelivered {
    /// Fingerprint of the file.
    pub digest: Digest,
    /// Who drew it up.
    pub by: Actor,
}

/// What the bank says of a whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BankStatus {
    /// It takes all of it.
    Accepted,
    /// It takes some of it.
    PartlyAccepted,
    /// It takes nothing.
    Rejected,
    /// It will say later.
    Pending,
}

/// The bank answered (pain.002).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemittanceAnswered {
    /// What it says of the whole.
    pub status: BankStatus,
    /// How many payments it takes.
    pub accepted: u32,
    /// How many it refuses.
    pub rejected: u32,
    /// Fingerprint of the answer.
    pub report: Digest,
}

/// Why a command on a remittance is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemittanceRefusal {
    /// There is no such remittance.
    #[error("this remittance does not exist")]
    NotDrawnUp,
    /// It was drawn up otherwise.
    #[error("this remittance was drawn up with other payments")]
    ReferenceReused,
    /// A field cannot be taken.
    #[error("{field}: {expected}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What would be right.
        expected: &'static str,
    },
    /// The payments do not add up.
    #[error("the payments add up to {sum}, not to {total}")]
    DoesNotAddUp {
        /// What they add up to.
        sum: Balance,
        /// What was said.
        total: Budget,
    },
    /// Two payments have the same reference.
    #[error("payment {end_to_end} stands twice")]
    Twice {
        /// Which one.
        end_to_end: CompactString,
    },
    /// Only an accountant pays (décret 2012-1246, art. 18).
    #[error("an accountant pays")]
    NotAccountant,
}

/// One remittance, as its stream tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remittance {
    /// As it was drawn up; `None` before.
    pub drawn_up: Option<Box<RemittanceDrawnUp>>,
    /// Fingerprint of the file for the bank, once it is kept; `None` before.
    pub delivered: Option<Digest>,
    /// What the bank answered, in order.
    pub answers: Vec<RemittanceAnswered>,
}

impl Decider for Remittance {
    type Command = RemittanceCommand;
    type Event = RemittanceEvent;
    type Refusal = RemittanceRefusal;

    fn decide(
        &self,
        command: &RemittanceCommand,
    ) -> Result<Vec<RemittanceEvent>, RemittanceRefusal> {
        let event = match (&self.drawn_up, command) {
            (Some(known), RemittanceCommand::DrawUp(it)) if **known == it.as_stored() => {
                return Ok(vec![]);
            }
            (Some(_), RemittanceCommand::DrawUp(_)) => {
                return Err(RemittanceRefusal::ReferenceReused);
            }
            (None, RemittanceCommand::DrawUp(it)) => {
                it.check()?;
                RemittanceEvent::DrawnUp(Box::new(it.as_stored()))
            }
            (None, _) => return Err(RemittanceRefusal::NotDrawnUp),
            (Some(_), RemittanceCommand::Deliver { digest, by }) => {
                if self.delivered.is_some() {
                    return Ok(vec![]);
                }
                if by.role != Role::Accountant {
                    return Err(RemittanceRefusal::NotAccountant);
                }
                let (digest, by) = (*digest, *by);
                RemittanceEvent::Delivered(RemittanceDelivered { digest, by })
            }
            (Some(_), RemittanceCommand::Answer(it)) => {
                if self.answers.iter().any(|known| known.report == it.report) {
                    return Ok(vec![]);
                }
                RemittanceEvent::Answered(it.clone())
            }
        };
        Ok(vec![event])
    }

    fn evolve(&mut self, event: &RemittanceEvent) {
        match event {
            RemittanceEvent::DrawnUp(it) => self.drawn_up = Some(it.clone()),
            RemittanceEvent::Delivered(it) => self.delivered = Some(it.digest),
            RemittanceEvent::Answered(it) => self.answers.push(it.clone()),
        }
    }
}

impl RemittanceDrawnUp {
    /// The same, its moment in whole seconds.
    fn as_stored(&self) -> Self {
        Self { at: self.at.trunc_subsecs(0), ..self.clone() }
    }

    fn check(&self) -> Result<(), RemittanceRefusal> {
        let invalid = |field, expected| Err(RemittanceRefusal::Invalid { field, expected });
        if self.by.role != Role::Accountant {
            return Err(RemittanceRefusal::NotAccountant);
        }
        if !(1..=35).contains(&self.message.len()) {
            return invalid("message", "expected 1 to 35 characters");
        }
        if self.transfers.is_empty() {
            return invalid("transfers", "expected at least one");
        }
        let sum: Balance = self.transfers.iter().map(|it| Balance::from(it.amount)).sum();
        if sum != self.total.into() {
            return Err(RemittanceRefusal::DoesNotAddUp { sum, total: self.total });
        }
        let mut references: Vec<_> = self.transfers.iter().map(|it| &it.end_to_end).collect();
        references.sort_unstable();
        match references.windows(2).find(|it| it[0] == it[1]) {
            Some(twice) => Err(RemittanceRefusal::Twice { end_to_end: twice[0].clone() }),
            None => Ok(()),
        }
    }
}
