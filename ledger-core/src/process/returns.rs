//! Money that goes back to a collectivité is paid from an account of ours.

use chrono::NaiveDate;

use crate::bank::{BankAccount, BankRefusal};
use crate::convention::{Convention, ConventionCommand, ConventionRefusal};
use crate::ids::{BankAccountId, ConventionId};
use crate::ledger::{ExecuteError, Ledger};
use crate::meta::Meta;

/// Why a return was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReturnsError {
    /// The convention does not take it.
    #[error("{0}")]
    Convention(#[from] ExecuteError<ConventionRefusal>),
    /// The bank account cannot be read.
    #[error("{0}")]
    Bank(#[from] ExecuteError<BankRefusal>),
}

/// Sends the return that was ordered of `convention`, from `account`; sent twice, it goes once.
pub async fn send(
    ledger: &Ledger,
    convention: ConventionId,
    account: BankAccountId,
    execution: NaiveDate,
    meta: Meta,
) -> Result<(), ReturnsError> {
    let account = ledger.inspect::<BankAccount, _>(account, |it| it.opened.clone()).await?;
    let account = account.ok_or(ExecuteError::Refused(BankRefusal::NotOpen))?;
    let end_to_end =
        ledger.inspect::<Convention, _>(convention, |it| it.next_end_to_end(convention)).await?;
    let send = ConventionCommand::SendReturn {
        end_to_end,
        from: account.iban,
        payer: account.holder,
        at: meta.at,
        execution,
        by: meta.by,
    };
    ledger.execute::<Convention>(convention, &send, meta).await?;
    Ok(())
}
