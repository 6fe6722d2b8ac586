//! A payment and the account that pays it: two streams, one after the other, so that whatever
//! stops in between, the money is held for the payment or free, and never half of it.
//!
//! ```text
//! confirm   payment: may it be confirmed? ─▶ account: hold all lines, or none
//!                                          ─▶ payment: authorised   (refused: the holds are freed)
//!                                          ─▶ account: capture      (when it is delivered at once)
//! close     payment: what is billed        ─▶ account: capture that, under the close's own id
//! ```
//! Each step sent again changes nothing; [`finish`] and [`bill`] take up what was cut off.

mod asked;
mod confirmed;
mod delivered;
mod metered;
#[cfg(test)]
mod tests;

pub use asked::{Asked, AskedLine, FreeLine, create};
pub use confirmed::{PaymentQuote, confirm, decline, finish, quote};
pub use delivered::{CaptureAsked, Paid, PaidLine, RefundAsked, cancel, capture, paid, refund};
pub use metered::{bill, close_usage, record_usage};

use std::sync::Arc;

use crate::account::AccountRefusal;
use crate::checkout::CheckoutRefusal;
use crate::ids::{AccountId, BuyerId, PartnerId, PaymentId};
use crate::ledger::{ExecuteError, Ledger};
use crate::money::Balance;
use crate::payment::{Payment, PaymentCreated, PaymentRefusal};

/// Why something was not done with a payment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaymentsRefusal {
    /// A rule of payments forbids it.
    #[error(transparent)]
    Payment(#[from] PaymentRefusal),
    /// A line cannot be sold.
    #[error("line {}: {refusal}", line + 1)]
    Line {
        /// Which one, from 0.
        line: usize,
        /// Why not.
        refusal: CheckoutRefusal,
    },
    /// The account that pays forbids it.
    #[error(transparent)]
    Account(#[from] AccountRefusal),
    /// The partner does not sell for now.
    #[error("this partner is suspended: {reason}")]
    PartnerSuspended {
        /// Why.
        reason: String,
    },
    /// There is no such line.
    #[error("there is no line {}", line + 1)]
    NoSuchLine {
        /// Which one, from 0.
        line: usize,
    },
    /// What is asked for is more than there is.
    #[error("{possible} of this payment at most")]
    TooMuch {
        /// How much may be asked for.
        possible: Balance,
    },
    /// What is billed by use is captured by its closes once usage was told.
    #[error("usage of this payment is counted: close it instead of capturing")]
    CountedByUse,
    /// What is billed by use was captured without counts: it goes on so.
    #[error("this payment was captured without counts: go on capturing")]
    CapturedDirectly,
}

/// Why something was not done, refusals told in the words of payments.
pub type Refused = ExecuteError<PaymentsRefusal>;

fn refuse<T>(refusal: impl Into<PaymentsRefusal>) -> Result<T, Refused> {
    Err(ExecuteError::Refused(refusal.into()))
}

fn from_payment(error: ExecuteError<PaymentRefusal>) -> Refused {
    error.map(PaymentsRefusal::Payment)
}

fn from_account(error: ExecuteError<AccountRefusal>) -> Refused {
    error.map(PaymentsRefusal::Account)
}

/// The payment as its stream tells, if `partner` asked for it; `None` is any partner.
async fn known(
    ledger: &Ledger,
    payment: PaymentId,
    partner: Option<PartnerId>,
) -> Result<(Payment, Arc<PaymentCreated>), Refused> {
    let state =
        ledger.inspect::<Payment, _>(payment, Payment::clone).await.map_err(from_payment)?;
    match state.created.clone() {
        Some(created) if partner.is_none_or(|it| it == created.partner) => Ok((state, created)),
        Some(_) | None => refuse(PaymentRefusal::NoSuchPayment),
    }
}

/// The same, with the account that took it.
async fn taken(
    ledger: &Ledger,
    payment: PaymentId,
    partner: Option<PartnerId>,
) -> Result<(Payment, Arc<PaymentCreated>, AccountId, BuyerId), Refused> {
    let (state, created) = known(ledger, payment, partner).await?;
    match state.taken() {
        Some((account, buyer)) => Ok((state, created, account, buyer)),
        None => refuse(PaymentRefusal::NotAuthorised),
    }
}
