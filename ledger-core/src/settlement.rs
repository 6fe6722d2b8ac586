//! What is due to one partner for one period (règlement): from the captures to the bank statement.
//!
//! ```text
//!              contested lines wait            another statement     refused by the bank
//!                     ▲                              │                  ┌───────┐
//! prepared ──▶ service certified ──▶ statement ──▶ matched ──▶ ordered ─┴▶ visa ▼──▶ sent ──▶ debited
//! (liquidation)  (service fait)                    (408→401)  (ordonnateur) (comptable)  │        │
//!                                                                 ▲│ suspended      rejected  returned
//!                                                                 └┘ (answer, réquisition)
//! ```
//!
//! Acts of décret 2012-1246, one event each, with who did it and in which quality. Whoever orders
//! never gives the visa nor pays (art. 9). A partner that owes a fee gets a title of it the moment
//! its statement is matched, and pays it apart ([`fee`]). What a period is made of, and what is set off, is told by
//! [`Prepared`]; the five checks of the visa by [`visa`]; what is looked at more closely by
//! [`sampling`].

pub mod event;
pub mod fee;
mod orders;
mod payment;
pub mod refusal;
mod rules;
pub mod sampling;
pub mod state;
#[cfg(test)]
mod tests;
pub mod visa;
pub mod voucher;

use chrono::NaiveDate;
use compact_str::CompactString;

pub use event::*;
pub use fee::{FEE_TERM_DAYS, FeePaid, FeePayment, FeeTitled};
pub use refusal::SettlementRefusal;
pub use sampling::{ControlPlan, Sampled};
pub use state::{Settlement, Stage};
pub use visa::{Check, CheckResult};
pub use voucher::{Voucher, VoucherKind};

use crate::digest::Digest;
use crate::ids::{PurchaseId, RemittanceId};
use crate::meta::Actor;
use crate::money::Budget;
use crate::partner::Iban;

/// In how many days a partner is to be paid (délai global de paiement), counted from its statement
/// or from service done, whichever is later. Source: code de la commande publique, R.2192-10.
pub const PAYMENT_TERM_DAYS: u64 = 30;

/// How many days a teacher may contest after the end of a period; then service done is presumed.
/// Source: arrêté du 12 mars 2020.
pub const CONTEST_DAYS: u64 = 8;

/// What is asked of a settlement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettlementCommand {
    /// Draw it up from captures and refunds.
    Prepare(Box<Prepared>),
    /// Service was done, but for what teachers contest.
    Certify(ServiceCertified),
    /// The partner states what it is owed.
    ReceiveStatement(StatementReceived),
    /// Note what an accountant saw of one purchase of the sample.
    CheckLine(LineChecked),
    /// Order the payment.
    Order {
        /// Today in Europe/Paris.
        on: NaiveDate,
        /// An authorising officer.
        by: Actor,
    },
    /// Give the visa: all five checks passed.
    GrantVisa {
        /// The five checks, in any order.
        checks: Vec<CheckResult>,
        /// Today in Europe/Paris.
        on: NaiveDate,
        /// An accountant.
        by: Actor,
    },
    /// Suspend the payment: a check did not pass.
    Suspend {
        /// Which checks; at least one.
        failed: Vec<Check>,
        /// Why; 1 to 1,000 characters.
        reason: CompactString,
        /// Today in Europe/Paris.
        on: NaiveDate,
        /// An accountant.
        by: Actor,
    },
    /// Answer a suspension.
    Answer {
        /// What the authorising officer says or did about it.
        answer: CompactString,
        /// Today in Europe/Paris.
        on: NaiveDate,
        /// An authorising officer.
        by: Actor,
    },
    /// Order the accountant to pay all the same (réquisition, art. 38).
    Requisition {
        /// The written order.
        reason: CompactString,
        /// Today in Europe/Paris.
        on: NaiveDate,
        /// An authorising officer.
        by: Actor,
    },
    /// Close it without a payment: what is due is set off whole against credit notes.
    SetOff {
        /// Today in Europe/Paris.
        on: NaiveDate,
        /// An accountant.
        by: Actor,
    },
    /// It goes to the bank.
    Send {
        /// In which file.
        remittance: RemittanceId,
        /// Its reference there.
        end_to_end: CompactString,
        /// Where to.
        iban: Iban,
        /// An accountant.
        by: Actor,
    },
    /// The bank takes it.
    Accept(BankAnswer),
    /// The bank refuses it: nothing is paid.
    Reject(BankAnswer),
    /// It stands on the bank statement.
    Debit(BankMovement),
    /// The money came back after it was debited.
    Return(Box<PaymentReturned>),
    /// The partner paid the title of its fee.
    PayFee(FeePayment),
    /// Keep a file with it.
    Attach {
        /// What is kept.
        voucher: Voucher,
        /// Who brings it.
        by: Actor,
    },
}

/// What the bank said of one payment (pain.002).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankAnswer {
    /// The payment's reference.
    pub end_to_end: CompactString,
    /// The bank's reason code, such as `AC04`; empty when it gives none.
    pub reason: CompactString,
    /// Fingerprint of the file that says so.
    pub report: Digest,
}

/// One payment on the bank statement (camt.053).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankMovement {
    /// The payment's reference.
    pub end_to_end: CompactString,
    /// How much; must be what was sent.
    pub amount: Budget,
    /// The bank's booking date.
    pub booked: NaiveDate,
    /// Which line of which statement.
    pub line: CompactString,
}

impl Settlement {
    /// What was seen of `purchase` when it was checked; `None` before, or when it is not in the
    /// sample.
    pub fn checked(&self, purchase: PurchaseId) -> Option<&LineChecked> {
        self.checked.iter().find(|it| it.purchase == purchase)
    }
}
