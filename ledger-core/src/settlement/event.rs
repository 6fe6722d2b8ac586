//! What may have happened to a settlement.

use chrono::NaiveDate;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::{Check, CheckResult, FeePaid, FeeTitled, Sampled, Voucher};
use crate::digest::Digest;
use crate::event_log::Position;
use crate::identifiers::{Funder, Siren};
use crate::ids::{AccountId, EnvelopeId, PartnerId, PurchaseId, RemittanceId, SettlementId};
use crate::meta::Actor;
use crate::money::{Amount, Balance, Budget};
use crate::partner::{FeeTerms, Iban};

/// What has happened to a settlement: the stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettlementEvent {
    /// See [`Prepared`].
    Prepared(Box<Prepared>),
    /// See [`ServiceCertified`].
    Certified(ServiceCertified),
    /// See [`StatementReceived`].
    StatementReceived(StatementReceived),
    /// See [`StatementMatched`].
    Matched(StatementMatched),
    /// See [`StatementDiffers`].
    Differs(StatementDiffers),
    /// See [`FeeTitled`].
    FeeTitled(FeeTitled),
    /// See [`FeePaid`].
    FeePaid(FeePaid),
    /// See [`LineChecked`].
    LineChecked(LineChecked),
    /// See [`PaymentOrdered`].
    Ordered(PaymentOrdered),
    /// See [`VisaGranted`].
    VisaGranted(VisaGranted),
    /// See [`PaymentSuspended`].
    Suspended(PaymentSuspended),
    /// See [`SuspensionAnswered`].
    Answered(SuspensionAnswered),
    /// See [`PaymentRequisitioned`].
    Requisitioned(PaymentRequisitioned),
    /// See [`SetOffWhole`].
    SetOff(SetOffWhole),
    /// See [`PaymentSent`].
    Sent(PaymentSent),
    /// See [`PaymentAccepted`].
    Accepted(PaymentAccepted),
    /// See [`PaymentRejected`].
    Rejected(PaymentRejected),
    /// See [`PaymentDebited`].
    Debited(PaymentDebited),
    /// See [`PaymentReturned`].
    Returned(Box<PaymentReturned>),
    /// See [`VoucherAttached`].
    VoucherAttached(VoucherAttached),
}

/// What one envelope pays of a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funding {
    /// Which envelope.
    pub envelope: EnvelopeId,
    /// Whose money.
    pub funder: Funder,
    /// What was captured of it.
    pub captured: Balance,
    /// What was refunded to it.
    pub refunded: Balance,
}

/// What one envelope pays of what was certified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charged {
    /// Which envelope.
    pub envelope: EnvelopeId,
    /// Whose money.
    pub funder: Funder,
    /// How much.
    pub amount: Budget,
}

/// A purchase that its buyer contests: it waits, and is not paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contested {
    /// Whose purchase.
    pub account: AccountId,
    /// Which one.
    pub purchase: PurchaseId,
    /// What of it is not paid.
    pub amount: Amount,
}

/// Captures and refunds of one partner between two positions of the log (liquidation).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// Who is owed.
    pub partner: PartnerId,
    /// Its SIREN.
    pub siren: Siren,
    /// The last day of the period, in Europe/Paris.
    pub on: NaiveDate,
    /// After this position of the log.
    pub after: Position,
    /// Up to this one, included.
    pub up_to: Position,
    /// How many captures and refunds.
    pub lines: u32,
    /// What was captured.
    pub captured: Balance,
    /// Refunds of what was captured in the same period, or is contested.
    pub refunded: Balance,
    /// Refunds of what earlier settlements paid (avoirs): set off on this one or a later one.
    pub credits: Balance,
    /// What earlier credits left to be set off.
    pub carried: Balance,
    /// What was contested, and is now due after all.
    pub reinstated: Balance,
    /// What stays contested from earlier periods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<Contested>,
    /// Who pays what, by envelope.
    pub funding: Vec<Funding>,
    /// Fingerprint of the list of its lines, as CSV.
    pub digest: Digest,
    /// From this day on, service done is presumed.
    pub presumed_from: NaiveDate,
    /// The partner's settlement before this one; `None` for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<SettlementId>,
    /// The fee that the partner owes on it, as agreed for the last day of the period; `None` when
    /// it owes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<FeeTerms>,
}

/// Service was done (service fait): certified by someone, or presumed for want of a contest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCertified {
    /// On which day, in Europe/Paris.
    pub on: NaiveDate,
    /// Whether it is presumed (arrêté du 12 mars 2020).
    pub presumed: bool,
    /// What is contested, and waits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contested: Vec<Contested>,
    /// Who pays what of the rest, by envelope.
    pub charged: Vec<Charged>,
    /// The purchases to look at before the visa (art. 42).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Sample>,
    /// Who certifies.
    pub by: Actor,
}

/// Which purchases are looked at more closely, and how anyone can draw them again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The control plan, by its number.
    pub plan: u32,
    /// The seed of the random draw.
    pub seed: u64,
    /// Out of how many purchases.
    pub out_of: u32,
    /// What was drawn, in the order of the log.
    pub drawn: Vec<Sampled>,
}

/// The partner states what it is owed (relevé or facture).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementReceived {
    /// Its own number; 1 to 100 characters.
    pub reference: CompactString,
    /// Its date.
    pub dated: NaiveDate,
    /// The day on which it was received, in Europe/Paris.
    pub received: NaiveDate,
    /// What it states, credit notes not taken off.
    pub amount: Balance,
    /// Who sent it.
    pub by: Actor,
}

/// What the partner states is what was certified: it is a debt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementMatched {
    /// Who is owed.
    pub siren: Siren,
    /// The statement's own number.
    pub reference: CompactString,
    /// How much.
    pub amount: Balance,
}

/// What the partner states is not what was certified: somebody must look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementDiffers {
    /// The statement's own number.
    pub reference: CompactString,
    /// What it states.
    pub stated: Balance,
    /// What was certified.
    pub certified: Balance,
}

/// An accountant has looked at one purchase of the sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineChecked {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// Whether all is as it should be.
    pub conform: bool,
    /// What was seen; 1 to 500 characters.
    pub note: CompactString,
    /// Who looked.
    pub by: Actor,
}

/// The authorising officer orders the payment (ordonnancement).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentOrdered {
    /// What is to be paid; zero when all is set off.
    pub payable: Balance,
    /// What is set off against credit notes.
    pub set_off: Balance,
    /// What of the credit notes is left for the next settlement.
    pub carried: Balance,
    /// On which day, in Europe/Paris.
    pub on: NaiveDate,
    /// To be paid by this day (délai global de paiement).
    pub due: NaiveDate,
    /// Who orders.
    pub by: Actor,
}

/// The accountant has made the five checks of art. 19 and 20, and all passed (visa).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisaGranted {
    /// Each check with its evidence.
    pub checks: Vec<CheckResult>,
    /// On which day, in Europe/Paris.
    pub on: NaiveDate,
    /// Who gives it.
    pub by: Actor,
}

/// The accountant suspends the payment (art. 38).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentSuspended {
    /// Which checks did not pass.
    pub failed: Vec<Check>,
    /// Why.
    pub reason: CompactString,
    /// On which day, in Europe/Paris.
    pub on: NaiveDate,
    /// Who suspends.
    pub by: Actor,
}

/// The authorising officer answers a suspension; the accountant looks again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuspensionAnswered {
    /// What is answered.
    pub answer: CompactString,
    /// On which day, in Europe/Paris.
    pub on: NaiveDate,
    /// Who answers.
    pub by: Actor,
}

/// The authorising officer orders the accountant to pay all the same (réquisition, art. 38).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRequisitioned {
    /// The written order.
    pub reason: CompactString,
    /// The checks that did not pass.
    pub failed: Vec<Check>,
    /// On which day, in Europe/Paris.
    pub on: NaiveDate,
    /// Who orders it.
    pub by: Actor,
}

/// All that is due is set off against credit notes: nothing is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetOffWhole {
    /// Whose.
    pub siren: Siren,
    /// How much.
    pub amount: Budget,
    /// On which day, in Europe/Paris.
    pub on: NaiveDate,
    /// Who does it.
    pub by: Actor,
}

/// The payment goes to the bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentSent {
    /// Who is paid.
    pub siren: Siren,
    /// In which file.
    pub remittance: RemittanceId,
    /// Its reference there (`EndToEndId`).
    pub end_to_end: CompactString,
    /// Where to.
    pub iban: Iban,
    /// How much.
    pub amount: Budget,
    /// What is set off with it; zero when it is sent again.
    pub set_off: Balance,
    /// Whether it is sent again after the money came back.
    pub again: bool,
    /// Who sends it.
    pub by: Actor,
}

/// The bank takes the payment (pain.002).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentAccepted {
    /// Its reference.
    pub end_to_end: CompactString,
    /// Fingerprint of the file that says so.
    pub report: Digest,
}

/// The bank refuses the payment (pain.002): it is owed again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRejected {
    /// Who was to be paid.
    pub siren: Siren,
    /// Its reference.
    pub end_to_end: CompactString,
    /// How much.
    pub amount: Budget,
    /// Whether it had come back before: it is still to be paid again, not owed anew.
    pub again: bool,
    /// The bank's reason code; empty when it gives none.
    pub reason: CompactString,
    /// Fingerprint of the file that says so.
    pub report: Digest,
}

/// The payment stands on the bank statement (camt.053): reconciled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentDebited {
    /// Its reference.
    pub end_to_end: CompactString,
    /// How much.
    pub amount: Budget,
    /// The bank's booking date.
    pub booked: NaiveDate,
    /// Which line of which statement.
    pub line: CompactString,
}

/// The money came back after it was debited: to be paid again (virement à réimputer).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentReturned {
    /// Who was paid.
    pub siren: Siren,
    /// Its reference.
    pub end_to_end: CompactString,
    /// How much.
    pub amount: Budget,
    /// The bank's reason code; empty when it gives none.
    pub reason: CompactString,
    /// The bank's booking date.
    pub booked: NaiveDate,
    /// Which line of which statement.
    pub line: CompactString,
}

/// A file is kept with the settlement (pièce justificative).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoucherAttached {
    /// What is kept.
    pub voucher: Voucher,
    /// Who brought it.
    pub by: Actor,
}

impl Prepared {
    /// What is due for the period before contests: never below zero, since a refund of the period
    /// is of one of its captures or of a contested purchase that is due again.
    pub fn gross(&self) -> Balance {
        self.captured.and(self.reinstated).beyond(self.refunded)
    }

    /// All that is left to be set off.
    pub fn to_set_off(&self) -> Balance {
        self.credits.and(self.carried)
    }
}
