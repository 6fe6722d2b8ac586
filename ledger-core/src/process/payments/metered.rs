//! What is billed by use: counted by the payment, captured from the account close by close.

use chrono::NaiveDate;

use super::{PaymentsRefusal, Refused, from_account, from_payment, refuse, taken};
use crate::account::{Account, AccountCommand, Cancel, Capture, PurchaseStatus};
use crate::ids::{AccountId, CaptureId, PartnerId, PaymentId, PurchaseId};
use crate::ledger::Ledger;
use crate::meta::Meta;
use crate::payment::{CloseUsage, Payment, PaymentCommand, UsageClosed, UsageRecorded};

/// Counts what was used so far of a payment of `partner`.
pub async fn record_usage(
    ledger: &Ledger,
    payment: PaymentId,
    partner: PartnerId,
    record: UsageRecorded,
    meta: Meta,
) -> Result<(), Refused> {
    let (state, created, account, _) = taken(ledger, payment, Some(partner)).await?;
    if state.usage.is_none() && created.by_use() {
        let purchase = created.lines.first().map(|it| it.purchase);
        let captured = |it: &Account| {
            purchase.and_then(|id| it.purchase(id)).is_some_and(|it| !it.captures.is_empty())
        };
        if ledger.inspect(account, captured).await.map_err(from_account)? {
            return refuse(PaymentsRefusal::CapturedDirectly);
        }
    }
    let record = PaymentCommand::RecordUsage(record);
    ledger.execute::<Payment>(payment, &record, meta).await.map_err(from_payment)?;
    Ok(())
}

/// Bills what was used until `until` and was not billed yet; `last` frees the rest of the ceiling.
pub async fn close_usage(
    ledger: &Ledger,
    payment: PaymentId,
    partner: Option<PartnerId>,
    until: NaiveDate,
    last: bool,
    meta: Meta,
) -> Result<(), Refused> {
    taken(ledger, payment, partner).await?;
    let name = if last { "last".to_owned() } else { until.to_string() };
    let capture = CaptureId::derived(payment.0, name.as_bytes());
    let close = PaymentCommand::CloseUsage(CloseUsage { capture, until, last });
    ledger.execute::<Payment>(payment, &close, meta).await.map_err(from_payment)?;
    bill(ledger, payment, meta).await
}

/// Captures what the payment's closes bill and the account was not asked for yet; gives the rest
/// back after the last one. What was done is not done again.
pub async fn bill(ledger: &Ledger, payment: PaymentId, meta: Meta) -> Result<(), Refused> {
    let (state, created, account, _) = taken(ledger, payment, None).await?;
    let (Some(usage), Some(line)) = (&state.usage, created.lines.first()) else { return Ok(()) };
    let look = |it: &Account| {
        it.purchase(line.purchase).map(|it| {
            let captures: Vec<_> = it.captures.iter().map(|it| it.0).collect();
            (captures, it.status)
        })
    };
    let Some((captures, status)) = ledger.inspect(account, look).await.map_err(from_account)?
    else {
        return Ok(());
    };
    if status != PurchaseStatus::Authorised {
        return Ok(());
    }
    let todo = usage.closes.iter().filter(|it| !captures.contains(&it.capture));
    let nothing = captures.is_empty() && usage.closes.iter().all(|it| it.amount.is_none());
    let commands: Vec<_> = todo.filter_map(|it| command(line.purchase, it, nothing)).collect();
    for command in commands {
        run(ledger, account, &command, meta).await?;
    }
    Ok(())
}

/// What one close asks of the account; `None` when it neither bills nor ends anything.
fn command(purchase: PurchaseId, it: &UsageClosed, nothing: bool) -> Option<AccountCommand> {
    match (it.amount, it.last) {
        (Some(amount), last) => Some(AccountCommand::Capture(Capture {
            purchase,
            capture: it.capture,
            amount: Some(amount),
            last,
        })),
        (None, true) if nothing => {
            let reason = "rien n’a été utilisé".into();
            Some(AccountCommand::Cancel(Cancel { purchase, reason }))
        }
        (None, true) => Some(AccountCommand::Release { purchase }),
        (None, false) => None,
    }
}

async fn run(
    ledger: &Ledger,
    account: AccountId,
    command: &AccountCommand,
    meta: Meta,
) -> Result<(), Refused> {
    ledger.execute::<Account>(account, command, meta).await.map(|_| ()).map_err(from_account)
}
