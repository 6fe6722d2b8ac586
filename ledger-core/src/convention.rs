//! A convention with a collectivité (convention de mandat): how much it puts in, when it is asked
//! for it, what arrived, which envelopes draw on it, and what goes back.
//!
//! ```text
//! signed ──▶ funds called* ──▶ funds received* ──▶ … ──▶ return ordered ──▶ sent ──▶ debited
//!    └─▶ envelopes drawn on it*                       (ordonnateur) ▲ (comptable)     │
//!                                                                   └─ rejected, came back
//! ```
//! Basis: CGCT L.1611-7; a written convention and the accountant's assent (avis conforme).

mod returns;
mod rules;
#[cfg(test)]
mod tests;

pub use returns::{
    ReturnCameBack, ReturnDebited, ReturnOrdered, ReturnRejected, ReturnSent, Returning,
};

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::account::Earmark;
use crate::digest::Digest;
use crate::identifiers::Funder;
use crate::ids::{CallId, EnvelopeId, ReceiptId};
use crate::meta::{Actor, Role};
use crate::money::{Balance, Budget};
use crate::partner::Iban;

/// What is asked of a convention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConventionCommand {
    /// Sign it.
    Sign(Box<ConventionSigned>),
    /// More is agreed (avenant).
    Amend {
        /// How much more.
        amount: Budget,
        /// The amendment; makes it idempotent.
        legal_reference: CompactString,
    },
    /// Set part of it aside for an envelope.
    Draw {
        /// Which envelope.
        envelope: EnvelopeId,
        /// How much, in all.
        amount: Budget,
    },
    /// Ask the collectivité to pay in.
    Call(FundsCalled),
    /// Its money has arrived.
    Receive(ConventionFundsReceived),
    /// Order that what is left goes back.
    OrderReturn {
        /// How much.
        amount: Budget,
        /// What there is to give back: received and not spent.
        unspent: Balance,
        /// Where to.
        iban: Iban,
        /// Today in Europe/Paris.
        on: NaiveDate,
        /// An authorising officer.
        by: Actor,
    },
    /// It goes to the bank.
    SendReturn {
        /// Its reference there.
        end_to_end: CompactString,
        /// The account that pays.
        from: Iban,
        /// Whose account that is.
        payer: CompactString,
        /// Now.
        at: DateTime<Utc>,
        /// The day on which the bank is to carry it out.
        execution: NaiveDate,
        /// An accountant.
        by: Actor,
    },
    /// It stands on the bank statement.
    DebitReturn {
        /// Its reference there.
        end_to_end: CompactString,
        /// How much.
        amount: Budget,
        /// The bank's booking date.
        booked: NaiveDate,
        /// Which line of which statement.
        line: CompactString,
    },
    /// The bank refuses it.
    RejectReturn {
        /// Its reference there.
        end_to_end: CompactString,
        /// The bank's reason code; empty when it gives none.
        reason: CompactString,
        /// Fingerprint of the file that says so.
        report: Digest,
    },
    /// It came back after it was debited.
    TakeBackReturn {
        /// Its reference there.
        end_to_end: CompactString,
        /// How much.
        amount: Budget,
        /// The bank's reason code; empty when it gives none.
        reason: CompactString,
        /// The bank's booking date.
        booked: NaiveDate,
        /// Which line of which statement.
        line: CompactString,
    },
}

/// What has happened to a convention: the stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConventionEvent {
    /// See [`ConventionSigned`].
    Signed(Box<ConventionSigned>),
    /// See [`ConventionAmended`].
    Amended(ConventionAmended),
    /// See [`ConventionDrawn`].
    Drawn(ConventionDrawn),
    /// See [`FundsCalled`].
    Called(FundsCalled),
    /// See [`ConventionFundsReceived`].
    Received(ConventionFundsReceived),
    /// See [`ReturnOrdered`].
    ReturnOrdered(ReturnOrdered),
    /// See [`ReturnSent`].
    ReturnSent(ReturnSent),
    /// See [`ReturnDebited`].
    ReturnDebited(ReturnDebited),
    /// See [`ReturnRejected`].
    ReturnRejected(ReturnRejected),
    /// See [`ReturnCameBack`].
    ReturnCameBack(ReturnCameBack),
}

/// What becomes of what is unspent at the end of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CarryOver {
    /// It goes back to the collectivité (restitution).
    Returned,
    /// It stays for the next year (report).
    Carried,
}

/// A collectivité signs a convention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConventionSigned {
    /// Which collectivité.
    pub funder: Funder,
    /// Its name, as on its letterhead; 1 to 200 characters.
    pub funder_name: CompactString,
    /// What the convention is called; 1 to 200 characters.
    pub title: CompactString,
    /// The deliberation and the convention's number; 1 to 200 characters.
    pub legal_reference: CompactString,
    /// The accountant's assent (avis conforme); 1 to 200 characters.
    pub assent: CompactString,
    /// How much it puts in.
    pub amount: Budget,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub until: NaiveDate,
    /// Which funder pays first, for the envelopes under it: 1 before 9.
    pub priority: u8,
    /// What its money may buy.
    #[serde(default)]
    pub earmark: Earmark,
    /// What becomes of what is unspent.
    pub carry_over: CarryOver,
    /// Who signs for the ledger.
    pub by: Actor,
}

/// More was agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConventionAmended {
    /// How much more.
    pub amount: Budget,
    /// The amendment.
    pub legal_reference: CompactString,
}

/// Part of it is set aside for an envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConventionDrawn {
    /// Which envelope.
    pub envelope: EnvelopeId,
    /// How much, in all.
    pub amount: Budget,
}

/// The collectivité is asked to pay in (appel de fonds).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundsCalled {
    /// Which collectivité.
    pub funder: Funder,
    /// Which call.
    pub call: CallId,
    /// What it must quote when it pays; 1 to 35 characters.
    pub reference: CompactString,
    /// How much.
    pub amount: Budget,
    /// To be paid by this day.
    pub due: NaiveDate,
    /// Who calls.
    pub by: Actor,
}

/// The collectivité's money arrived at the bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConventionFundsReceived {
    /// Which collectivité.
    pub funder: Funder,
    /// Which payment; follows from the line of the bank statement.
    pub receipt: ReceiptId,
    /// Which call it answers; `None` when it quotes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
    /// How much.
    pub amount: Budget,
    /// The bank's booking date; `None` when it was parked before it was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booked: Option<NaiveDate>,
    /// Which line of which statement.
    pub line: CompactString,
}

/// Why a command on a convention is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConventionRefusal {
    /// There is no such convention.
    #[error("this convention does not exist")]
    NotSigned,
    /// The reference served for something else.
    #[error("reference {reference} was used before, for something else")]
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
    /// The State delegates its funds: it signs no convention.
    #[error("the State signs no convention: open its envelope, and receive its funds there")]
    State,
    /// More than was agreed.
    #[error("{missing} over the convention: {left} left")]
    OverAmount {
        /// What is left.
        left: Balance,
        /// What is missing.
        missing: Budget,
    },
    /// More than there is to give back.
    #[error("{missing} more than what is unspent: {unspent}")]
    NotUnspent {
        /// What there is.
        unspent: Balance,
        /// What is missing.
        missing: Budget,
    },
    /// A return is under way already.
    #[error("a return of {amount} is under way")]
    ReturnUnderWay {
        /// How much.
        amount: Budget,
    },
    /// No return was ordered, or the bank speaks of another sum.
    #[error("no such return is under way")]
    NoReturn,
    /// Another quality is needed for the act.
    #[error("this act is {needed:?}'s")]
    WrongRole {
        /// Whose act it is.
        needed: Role,
    },
    /// Whoever ordered cannot pay (art. 9).
    #[error("who ordered this return cannot pay it")]
    SameActor,
}

impl ConventionRefusal {
    /// The rule's stable name, as in problems and reports.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::NotSigned => "not-found",
            Self::ReferenceReused { .. } => "reference-reused",
            Self::Invalid { .. } => "invalid-field",
            Self::State => "state-funder",
            Self::OverAmount { .. } => "over-convention",
            Self::NotUnspent { .. } => "not-unspent",
            Self::ReturnUnderWay { .. } | Self::NoReturn => "conflict",
            Self::WrongRole { .. } => "wrong-role",
            Self::SameActor => "same-person",
        }
    }
}

/// One convention, as its stream tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Convention {
    /// As it was signed; `None` before.
    pub signed: Option<Box<ConventionSigned>>,
    /// All that was agreed.
    pub amount: Balance,
    /// What was called for.
    pub called: Balance,
    /// What arrived.
    pub received: Balance,
    /// What is set aside for each envelope.
    pub drawn: BTreeMap<EnvelopeId, Budget>,
    /// The calls.
    pub calls: Vec<FundsCalled>,
    /// What was given back, is ordered or on its way.
    pub returned: Balance,
    /// The return under way; `None` when there is none.
    pub returning: Option<Returning>,
    amendments: BTreeMap<CompactString, Budget>,
    receipts: BTreeMap<ReceiptId, Budget>,
    answered: BTreeSet<CallId>,
    past: returns::Past,
}

impl Convention {
    /// What may still be set aside for envelopes.
    pub fn left(&self) -> Balance {
        self.amount.beyond(self.drawn.values().map(|it| Balance::from(*it)).sum())
    }

    /// The call that a receipt of `amount` answers: the one whose reference it quotes, else the first
    /// of that sum that nothing answered; `None` when there is none.
    pub fn answered_by(&self, references: &[CompactString], amount: Budget) -> Option<CallId> {
        let quoted = self.calls.iter().find(|it| references.contains(&it.reference));
        let of_amount = || {
            let open = |it: &&FundsCalled| !self.answered.contains(&it.call);
            self.calls.iter().filter(open).find(|it| it.amount == amount)
        };
        quoted.or_else(of_amount).map(|it| it.call)
    }

    /// What was called for and has not arrived.
    pub fn outstanding(&self) -> Balance {
        self.called.beyond(self.received)
    }
}
