//! What agreements count, and the credits of recent buyers once one is reached.
//!
//! What is left to count is told by the read models, in the order of the log; the agreement's own
//! state says who is still to be credited. Every step may be done again, by any node.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::NaiveDate;

use crate::account::{Account, AccountCommand, AccountRefusal, Refund};
use crate::agreement::{
    Agreement, AgreementAct, AgreementCommand, AgreementRefusal, BuyerCredited, Delivered,
    SpendingCounted, credit_refund,
};
use crate::envelope::Envelope;
use crate::ids::{AccountId, AgreementId, EnvelopeId, PurchaseId, RefundId};
use crate::ledger::{ExecuteError, Ledger};
use crate::meta::Meta;
use crate::money::{Amount, Balance};

/// What moved and is to be counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Movement {
    /// A capture.
    Captured(SpendingCounted),
    /// A refund of what was counted.
    Refunded {
        /// Whose account.
        account: AccountId,
        /// Of which purchase.
        purchase: PurchaseId,
        /// Which refund of it.
        refund: RefundId,
        /// How much.
        amount: Amount,
    },
}

/// Why a step is not done; the next pass tries again.
#[derive(Debug, thiserror::Error)]
pub enum AgreementError {
    /// The agreement's command failed.
    #[error(transparent)]
    Agreement(#[from] ExecuteError<AgreementRefusal>),
    /// The buyer's account could not be credited.
    #[error(transparent)]
    Account(#[from] ExecuteError<AccountRefusal>),
    /// An envelope could not be read.
    #[error("{0}")]
    Envelope(String),
}

/// Counts what moved; what was counted before is not counted again. A refusal is no failure: the
/// agreement was ended meanwhile.
pub async fn count(
    ledger: &Ledger,
    agreement: AgreementId,
    movement: Movement,
    on: NaiveDate,
    meta: Meta,
) -> Result<(), AgreementError> {
    let act = match movement {
        Movement::Captured(it) => AgreementAct::Count(it),
        Movement::Refunded { account, purchase, refund, amount } => {
            AgreementAct::Uncount { account, purchase, refund, amount }
        }
    };
    let command = AgreementCommand { by: meta.by, on, act };
    match ledger.execute::<Agreement>(agreement, &command, meta).await {
        Ok(_) | Err(ExecuteError::Refused(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Credits the recent buyers of an agreement that is reached; gives how many were.
pub async fn credit(
    ledger: &Ledger,
    agreement: AgreementId,
    on: NaiveDate,
    meta: Meta,
) -> Result<usize, AgreementError> {
    let due = ledger.inspect::<Agreement, _>(agreement, Agreement::credits_due).await?;
    let mut credited = 0;
    for (of, credit) in due {
        let amount = refund(ledger, agreement, &of, credit, on, meta).await?;
        let Delivered { account, purchase, capture } = of;
        let note = BuyerCredited { account, purchase, capture, amount };
        let command = AgreementCommand { by: meta.by, on, act: AgreementAct::NoteCredit(note) };
        ledger.execute::<Agreement>(agreement, &command, meta).await?;
        credited += 1;
    }
    Ok(credited)
}

/// Gives back to one buyer, no more than what is not refunded; gives how much that was.
async fn refund(
    ledger: &Ledger,
    agreement: AgreementId,
    of: &Delivered,
    credit: Balance,
    on: NaiveDate,
    meta: Meta,
) -> Result<Balance, AgreementError> {
    let id = credit_refund(agreement.offer(), of);
    let look = |it: &Account| {
        let purchase = it.purchase(of.purchase)?;
        let done = purchase.refunds.iter().find(|it| it.0 == id).map(|it| it.1);
        let left = purchase.captured().beyond(purchase.refunded());
        let lots = purchase.parts.iter().filter_map(|part| it.lot(part.lot));
        Some((done, left, lots.map(|it| it.envelope).collect::<Vec<_>>()))
    };
    let Some((done, left, envelopes)) = ledger.inspect(of.account, look).await? else {
        return Ok(Balance::ZERO);
    };
    if let Some(amount) = done {
        return Ok(amount.into());
    }
    let Some(amount) = Amount::from_cents(credit.cents().min(left.cents())) else {
        return Ok(Balance::ZERO);
    };
    let refund = Refund {
        purchase: of.purchase,
        refund: id,
        amount: Some(amount),
        on,
        closed: closed(ledger, &envelopes).await?,
        agreement: Some(agreement),
    };
    ledger.execute::<Account>(of.account, &AccountCommand::Refund(refund), meta).await?;
    Ok(amount.into())
}

/// Those of `envelopes` that are closed.
async fn closed(
    ledger: &Ledger,
    envelopes: &[EnvelopeId],
) -> Result<Arc<[EnvelopeId]>, AgreementError> {
    let mut closed = Vec::new();
    for &envelope in envelopes {
        let is_closed = ledger.inspect::<Envelope, _>(envelope, |it| it.closed).await;
        if is_closed.map_err(|error| AgreementError::Envelope(error.to_string()))? {
            closed.push(envelope);
        }
    }
    Ok(closed.into())
}
