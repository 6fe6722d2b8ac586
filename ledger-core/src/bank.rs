//! The deposit account at the bank (compte de dépôt de fonds au Trésor): its statements, and what
//! each of their lines is.
//!
//! ```text
//! statement imported ──▶ each line: matched (a payment, funds …), a charge, or parked
//!                                                                             └─▶ identified later
//! ```
//!
//! Statements follow each other: the opening balance of one is the closing balance of the one
//! before. What a matched line moves is posted by the event it is matched with; a charge and a
//! parked line are posted here, so that 515100 is always the balance of the statements once their
//! lines are worked through.

mod refusal;
mod rules;
#[cfg(test)]
mod tests;

pub use refusal::BankRefusal;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::ids::{ConventionId, EnvelopeId, RemittanceId, SettlementId};
use crate::meta::Actor;
use crate::money::{Balance, Budget};
use crate::partner::Iban;
use crate::settlement::FeePayment;

/// The most lines a statement may have.
pub const LINES_MAX: usize = 20_000;

/// How many lines that are funds or fees are kept at hand, to finish what was interrupted.
pub const IDENTIFIED_MAX: usize = 16;

/// What is asked of a bank account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BankCommand {
    /// Open it.
    Open(BankAccountOpened),
    /// Take in a statement.
    Import(Box<StatementImported>),
    /// Note what a line is: it was posted there.
    Match {
        /// Which line.
        line: CompactString,
        /// What it is.
        to: Matched,
        /// Which payment of ours, where an accountant says so; else empty.
        reference: CompactString,
        /// Who says so; the ledger itself when it follows from a reference.
        by: Actor,
    },
    /// Post a line as a charge of the bank.
    BookCharge {
        /// Which line.
        line: CompactString,
    },
    /// Post a line to a suspense account until somebody knows what it is.
    Park {
        /// Which line.
        line: CompactString,
    },
}

/// What has happened to a bank account: the stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BankEvent {
    /// See [`BankAccountOpened`].
    Opened(BankAccountOpened),
    /// See [`StatementImported`].
    Imported(Box<StatementImported>),
    /// See [`LineMatched`].
    Matched(LineMatched),
    /// See [`ChargeBooked`].
    ChargeBooked(ChargeBooked),
    /// See [`LineParked`].
    Parked(LineParked),
    /// See [`LineIdentified`].
    Identified(LineIdentified),
}

/// The ledger has an account at the bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankAccountOpened {
    /// Its number.
    pub iban: Iban,
    /// Whose account it is, as in files for the bank; 1 to 70 characters.
    pub holder: CompactString,
    /// Who opened it.
    pub by: Actor,
}

/// In which direction money moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It comes in.
    In,
    /// It goes out.
    Out,
}

/// One line of a statement. No name or text of whoever pays is kept: only references.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankLine {
    /// Its number in the statement, from 1.
    #[serde(rename = "n")]
    pub number: u32,
    /// How much.
    pub amount: Budget,
    /// In which direction.
    pub direction: Direction,
    /// The bank's booking date.
    pub booked: NaiveDate,
    /// The bank's code of what it is, such as `PMNT-ICDT-ESCT`; empty when it gives none.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub code: CompactString,
    /// References that may be ours: end-to-end ids, the file's id, references of calls for funds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<CompactString>,
    /// The bank's reason code when money comes back; empty when it does not.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub returned: CompactString,
}

/// A statement of the account was taken in (relevé de compte, camt.053).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementImported {
    /// The bank's number of it; 1 to 35 characters.
    pub reference: CompactString,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// The balance before its lines.
    pub opening: Balance,
    /// The balance after them.
    pub closing: Balance,
    /// Its lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<BankLine>,
    /// Fingerprint of what was read in it: a statement sent again in another file has the same.
    pub digest: Digest,
    /// Fingerprint (SHA-256) of the file that it came in, which is kept.
    pub file: Digest,
    /// Who brought it.
    pub by: Actor,
}

/// What a line of a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matched {
    /// A payment to a partner.
    Payment(SettlementId),
    /// All payments of a file, booked as one.
    Remittance(RemittanceId),
    /// A payment to a partner that came back.
    PaymentReturned(SettlementId),
    /// The fee of a partner on what a settlement paid it.
    Fee(SettlementId),
    /// Funds for an envelope.
    Envelope(EnvelopeId),
    /// Funds of a convention.
    Convention(ConventionId),
    /// What was left of a convention, given back.
    FundsReturned(ConventionId),
    /// The same, come back.
    ReturnCameBack(ConventionId),
}

/// A line is known; what it moves is posted by the event it is matched with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineMatched {
    /// Which line: the statement's number, `#` and the line's.
    pub line: CompactString,
    /// What it is.
    pub to: Matched,
    /// Who says so.
    pub by: Actor,
}

/// A line is a charge of the bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeBooked {
    /// Which line.
    pub line: CompactString,
    /// How much.
    pub amount: Budget,
    /// The bank's booking date.
    pub booked: NaiveDate,
}

/// Nobody knows yet what a line is (recette ou dépense à classer).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineParked {
    /// Which line.
    pub line: CompactString,
    /// How much.
    pub amount: Budget,
    /// In which direction.
    pub direction: Direction,
    /// The bank's booking date.
    pub booked: NaiveDate,
}

/// A parked line is known after all: what parked it is reversed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineIdentified {
    /// Which line.
    pub line: CompactString,
    /// How much.
    pub amount: Budget,
    /// In which direction.
    pub direction: Direction,
    /// What it is.
    pub to: Matched,
    /// Which payment of ours it is, by its end-to-end reference; empty when it is none.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub reference: CompactString,
    /// Who says so.
    pub by: Actor,
}

/// One bank account, as its stream tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BankAccount {
    /// As it was opened; `None` before.
    pub opened: Option<BankAccountOpened>,
    /// What the last statement ends with.
    pub closing: Balance,
    /// The statements taken in, and the fingerprint of what was read in each.
    pub statements: BTreeMap<CompactString, Digest>,
    /// Lines of which nothing is said yet.
    pub waiting: BTreeMap<CompactString, BankLine>,
    /// Lines that stand on a suspense account.
    pub parked: BTreeMap<CompactString, LineParked>,
    /// Parked lines that are known since, the latest last: at most [`IDENTIFIED_MAX`] of them.
    pub identified: Vec<LineIdentified>,
    /// Fees that lines were matched with, the latest last: at most [`IDENTIFIED_MAX`] of them.
    pub fees_matched: Vec<(SettlementId, FeePayment)>,
    /// The line that pays each fee.
    fees: BTreeMap<SettlementId, CompactString>,
    /// Lines that are known, and what they are; `None` for a charge.
    known: BTreeMap<CompactString, Option<Matched>>,
}

/// What a line is called: the statement's number, `#` and the line's.
pub fn line_name(statement: &str, number: u32) -> CompactString {
    compact_str::format_compact!("{statement}#{number}")
}
