//! A line pays the fee of a settlement: the bank account claims it for that fee, then the
//! settlement records it. One fee is claimed by one line, one line claims one thing, so that nothing
//! is paid twice; stopped in between, it is finished later.

use super::{StatementsError, taken};
use crate::bank::{BankAccount, BankCommand, Matched};
use crate::decider::Decider;
use crate::ids::{BankAccountId, SettlementId};
use crate::ledger::{ExecuteError, Ledger};
use crate::meta::{Actor, Meta};
use crate::settlement::{FeePayment, Settlement, SettlementCommand};

/// Whether the settlement would take it now.
pub(super) async fn is_taken(
    ledger: &Ledger,
    id: SettlementId,
    payment: &FeePayment,
) -> Result<bool, StatementsError> {
    let pay = SettlementCommand::PayFee(payment.clone());
    Ok(ledger.inspect::<Settlement, _>(id, |it| it.decide(&pay).is_ok()).await?)
}

/// Claims the line and records it; `None` when the settlement or the bank account does not take it.
pub(super) async fn record(
    ledger: &Ledger,
    account: BankAccountId,
    id: SettlementId,
    payment: &FeePayment,
    meta: Meta,
) -> Result<Option<Matched>, StatementsError> {
    if !is_taken(ledger, id, payment).await? {
        return Ok(None);
    }
    let (line, to) = (payment.line.clone(), Matched::Fee(id));
    let claim = BankCommand::Match { line, to, reference: "".into(), by: Actor::PROCESS };
    match ledger.execute::<BankAccount>(account, &claim, meta).await {
        Ok(_) => pay(ledger, id, payment, meta).await,
        Err(ExecuteError::Refused(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn pay(
    ledger: &Ledger,
    id: SettlementId,
    payment: &FeePayment,
    meta: Meta,
) -> Result<Option<Matched>, StatementsError> {
    let pay = SettlementCommand::PayFee(payment.clone());
    let taken = taken(ledger.execute::<Settlement>(id, &pay, meta).await)?;
    Ok(taken.then_some(Matched::Fee(id)))
}

/// Records the fees that lines were matched with, where that was not done yet.
pub(super) async fn finish(
    ledger: &Ledger,
    account: BankAccountId,
    meta: Meta,
) -> Result<(), StatementsError> {
    let claimed = ledger.inspect::<BankAccount, _>(account, |it| it.fees_matched.clone());
    for (id, payment) in claimed.await? {
        if pay(ledger, id, &payment, meta).await?.is_none() {
            return Err(StatementsError::NotThat("its fee is taken no more"));
        }
    }
    Ok(())
}
