//! A correction of the books (écriture de régularisation): it names the event that it corrects,
//! is prepared by one person and approved by another, and reverses or moves; nothing is edited.
//!
//! Only what stands between third parties may be moved this way: funds, rights and the bank follow
//! from events of their own, and are corrected there.

#[cfg(test)]
mod tests;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::chart::{Auxiliary, LedgerAccount};
use crate::decider::Decider;
use crate::event_log::Position;
use crate::identifiers::Siren;
use crate::meta::{Actor, Role};
use crate::money::Budget;

/// What is asked of a correction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorrectionCommand {
    /// Prepare it.
    Propose(CorrectionProposed),
    /// Approve it: it is posted.
    Approve {
        /// Another accountant or authorising officer.
        by: Actor,
    },
    /// Give it up.
    Reject {
        /// Why.
        reason: CompactString,
        /// Who.
        by: Actor,
    },
}

/// What has happened to a correction: the stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorrectionEvent {
    /// See [`CorrectionProposed`].
    Proposed(CorrectionProposed),
    /// See [`CorrectionApproved`].
    Approved(CorrectionApproved),
    /// See [`CorrectionRejected`].
    Rejected(CorrectionRejected),
}

/// One side of a corrected line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectedSide {
    /// The general account's number.
    pub account: u32,
    /// The partner's SIREN; `None` for an account without auxiliaries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<Siren>,
}

/// One amount that is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectedLine {
    /// Debited.
    pub debit: CorrectedSide,
    /// Credited.
    pub credit: CorrectedSide,
    /// How much.
    pub amount: Budget,
}

/// Somebody prepares a correction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionProposed {
    /// The event that it corrects, by its position in the log.
    pub corrects: Position,
    /// Why; 1 to 500 characters.
    pub reason: CompactString,
    /// What is moved; 1 to 20 lines.
    pub lines: Vec<CorrectedLine>,
    /// Who prepares it.
    pub by: Actor,
}

/// Somebody else approves it: it is posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionApproved {
    /// The event that it corrects.
    pub corrects: Position,
    /// What is moved.
    pub lines: Vec<CorrectedLine>,
    /// Who prepared it.
    pub proposed_by: Actor,
    /// Who approves it.
    pub by: Actor,
}

/// It is given up: nothing is posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionRejected {
    /// Why.
    pub reason: CompactString,
    /// Who.
    pub by: Actor,
}

/// Why a command on a correction is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CorrectionRefusal {
    /// There is no such correction.
    #[error("this correction does not exist")]
    NotProposed,
    /// It was proposed otherwise.
    #[error("this correction was proposed with other lines")]
    ReferenceReused,
    /// It was approved or rejected before.
    #[error("this correction is over")]
    Over,
    /// A field cannot be taken.
    #[error("{field}: {expected}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What would be right.
        expected: &'static str,
    },
    /// The account is not corrected by hand.
    #[error("account {account} follows from events: correct it by the act that moves it")]
    NotByHand {
        /// Which account.
        account: u32,
    },
    /// Another quality is needed.
    #[error("an accountant prepares and approves corrections")]
    NotAccountant,
    /// Four eyes.
    #[error("a correction is approved by someone other than who prepared it")]
    SameActor,
}

impl CorrectionRefusal {
    /// The rule's stable name, as in problems and reports.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::NotProposed => "not-found",
            Self::ReferenceReused => "reference-reused",
            Self::Over => "correction-over",
            Self::Invalid { .. } => "invalid-field",
            Self::NotByHand { .. } => "account-not-by-hand",
            Self::NotAccountant => "accountant-only",
            Self::SameActor => "same-person",
        }
    }
}

/// How far a correction is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CorrectionStage {
    /// It awaits another pair of eyes, or does not exist.
    #[default]
    Proposed,
    /// It is posted.
    Approved,
    /// It was given up.
    Rejected,
}

/// One correction, as its stream tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// As it was prepared; `None` before.
    pub proposed: Option<CorrectionProposed>,
    /// How far it is.
    pub stage: CorrectionStage,
    /// Who approved or rejected it; `None` before.
    pub over_by: Option<Actor>,
}

impl Decider for Correction {
    type Command = CorrectionCommand;
    type Event = CorrectionEvent;
    type Refusal = CorrectionRefusal;

    fn decide(
        &self,
        command: &CorrectionCommand,
    ) -> Result<Vec<CorrectionEvent>, CorrectionRefusal> {
        let proposed = match (&self.proposed, command) {
            (Some(known), CorrectionCommand::Propose(it)) if known == it => return Ok(vec![]),
            (Some(_), CorrectionCommand::Propose(_)) => {
                return Err(CorrectionRefusal::ReferenceReused);
            }
            (None, CorrectionCommand::Propose(it)) => {
                it.check()?;
                return Ok(vec![CorrectionEvent::Proposed(it.clone())]);
            }
            (None, _) => return Err(CorrectionRefusal::NotProposed),
            (Some(proposed), _) => proposed,
        };
        match (self.stage, command) {
            (CorrectionStage::Proposed, CorrectionCommand::Approve { by }) => {
                accountant(*by)?;
                if by.id == proposed.by.id {
                    return Err(CorrectionRefusal::SameActor);
                }
                Ok(vec![CorrectionEvent::Approved(CorrectionApproved {
                    corrects: proposed.corrects,
                    lines: proposed.lines.clone(),
                    proposed_by: proposed.by,
                    by: *by,
                })])
            }
            (CorrectionStage::Proposed, CorrectionCommand::Reject { reason, by }) => {
                accountant(*by)?;
                let (reason, by) = (reason.clone(), *by);
                Ok(vec![CorrectionEvent::Rejected(CorrectionRejected { reason, by })])
            }
            (CorrectionStage::Approved, CorrectionCommand::Approve { by })
            | (CorrectionStage::Rejected, CorrectionCommand::Reject { by, .. })
                if self.over_by == Some(*by) =>
            {
                Ok(vec![])
            }
            (CorrectionStage::Approved | CorrectionStage::Rejected, _)
            | (CorrectionStage::Proposed, CorrectionCommand::Propose(_)) => {
                Err(CorrectionRefusal::Over)
            }
        }
    }

    fn evolve(&mut self, event: &CorrectionEvent) {
        match event {
            CorrectionEvent::Proposed(it) => self.proposed = Some(it.clone()),
            CorrectionEvent::Approved(it) => {
                self.stage = CorrectionStage::Approved;
                self.over_by = Some(it.by);
            }
            CorrectionEvent::Rejected(it) => {
                self.stage = CorrectionStage::Rejected;
                self.over_by = Some(it.by);
            }
        }
    }
}

impl CorrectedSide {
    /// The account and auxiliary; `None` when the chart has no such account, or it is not one that
    /// is corrected by hand, or the auxiliary does not go with it.
    pub fn side(&self) -> Option<(LedgerAccount, Auxiliary)> {
        let account = LedgerAccount::of_number(self.account)?;
        match (account, self.partner) {
            (
                LedgerAccount::Partners
                | LedgerAccount::PartnersNotInvoiced
                | LedgerAccount::PartnersCredits
                | LedgerAccount::ReturnedTransfers,
                Some(siren),
            ) => Some((account, Auxiliary::Partner(siren))),
            (
                LedgerAccount::UnknownReceipts
                | LedgerAccount::UnknownPayments
                | LedgerAccount::BankCharges,
                None,
            ) => Some((account, Auxiliary::None)),
            _ => None,
        }
    }
}

impl CorrectionProposed {
    fn check(&self) -> Result<(), CorrectionRefusal> {
        accountant(self.by)?;
        let invalid = |field, expected| Err(CorrectionRefusal::Invalid { field, expected });
        if self.corrects == 0 {
            return invalid("corrects", "expected the position of the event that is corrected");
        }
        if !(1..=500).contains(&self.reason.trim().chars().count()) {
            return invalid("reason", "expected 1 to 500 characters");
        }
        if !(1..=20).contains(&self.lines.len()) {
            return invalid("lines", "expected 1 to 20");
        }
        for side in self.lines.iter().flat_map(|it| [it.debit, it.credit]) {
            if side.side().is_none() {
                return Err(CorrectionRefusal::NotByHand { account: side.account });
            }
        }
        if self.lines.iter().any(|it| it.debit == it.credit) {
            return invalid("lines", "expected another account on each side");
        }
        Ok(())
    }
}

fn accountant(by: Actor) -> Result<(), CorrectionRefusal> {
    if by.role == Role::Accountant { Ok(()) } else { Err(CorrectionRefusal::NotAccountant) }
}
