//! A teacher confirms: the money is held for all lines or for none, then the payment is authorised.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use compact_str::CompactString;

use super::{
    PaymentsRefusal, Refused, capture, delivered, from_account, from_payment, known, refuse,
};
use crate::account::{
    Account, AccountCommand, AccountEvent, AccountRefusal, Authorise, Cancel, Share, Shares,
};
use crate::checkout::{self, CheckoutRefusal};
use crate::decider::Decider;
use crate::ids::{AccountId, BuyerId, CaptureId, EnvelopeId, PaymentId};
use crate::ledger::{ExecuteError, Ledger};
use crate::meta::Meta;
use crate::money::{Amount, Balance};
use crate::partner::Partner;
use crate::payment::{
    CaptureMode, Payment, PaymentCommand, PaymentCreated, PaymentRefusal, PaymentStep,
};

/// What confirming a payment would cost whom, today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentQuote {
    /// Who would pay what of all its lines, or why the account would refuse.
    pub split: Result<Shares, AccountRefusal>,
    /// What the holder may spend before.
    pub available: Balance,
}

/// What confirming `payment` from `account` would cost whom.
pub async fn quote(
    ledger: &Ledger,
    created: &PaymentCreated,
    account: AccountId,
    at: DateTime<Utc>,
    on: NaiveDate,
) -> Result<PaymentQuote, Refused> {
    nothing_is_free(ledger, created, on).await?;
    let frozen = frozen(ledger, account).await?;
    let holds = holds(created, &frozen, at, on);
    let look = |it: &Account| {
        let split = it.decide(&holds).map(|events| merged(&events));
        PaymentQuote { split, available: it.available_on(on) }
    };
    ledger.inspect(account, look).await.map_err(from_account)
}

/// Confirms `payment` from `account`, which its partner will know as `buyer`.
///
/// Sent again by the same account, it changes nothing.
pub async fn confirm(
    ledger: &Ledger,
    payment: PaymentId,
    account: AccountId,
    buyer: BuyerId,
    on: NaiveDate,
    meta: Meta,
) -> Result<(), Refused> {
    let (state, created) = known(ledger, payment, None).await?;
    match state.step {
        PaymentStep::Authorised { account: by, .. } if by == account => {
            return deliver(ledger, payment, &created, meta).await;
        }
        PaymentStep::Authorised { .. } => return refuse(PaymentRefusal::TakenByAnother),
        step @ (PaymentStep::Declined | PaymentStep::Cancelled | PaymentStep::Expired) => {
            return refuse(PaymentRefusal::Over { step });
        }
        PaymentStep::Waiting if meta.at >= created.expires_at => {
            return refuse(PaymentRefusal::TooLate { until: created.expires_at });
        }
        PaymentStep::Waiting => (),
    }
    let suspended = ledger.inspect::<Partner, _>(created.partner, |it| it.suspended.clone()).await;
    let no_partner = |it: ExecuteError<_>| it.map(|_| PaymentRefusal::NoSuchPayment.into());
    if let Some(reason) = suspended.map_err(no_partner)? {
        return refuse(PaymentsRefusal::PartnerSuspended { reason: reason.into() });
    }
    nothing_is_free(ledger, &created, on).await?;
    let holds = holds(&created, &frozen(ledger, account).await?, meta.at, on);
    ledger.execute::<Account>(account, &holds, meta).await.map_err(from_account)?;
    finish(ledger, payment, account, buyer, meta).await
}

/// Takes up a confirmation whose money is held: the payment is authorised, or the holds are freed
/// when it cannot be any more.
pub async fn finish(
    ledger: &Ledger,
    payment: PaymentId,
    account: AccountId,
    buyer: BuyerId,
    meta: Meta,
) -> Result<(), Refused> {
    let (_, created) = known(ledger, payment, None).await?;
    let authorise = PaymentCommand::Authorise { account, buyer, at: meta.at };
    match ledger.execute::<Payment>(payment, &authorise, meta).await {
        Ok(_) => deliver(ledger, payment, &created, meta).await,
        Err(ExecuteError::Refused(refusal)) => {
            free(ledger, &created, account, &refusal, meta).await?;
            refuse(refusal)
        }
        Err(error) => Err(from_payment(error)),
    }
}

/// Frees what an account holds for a payment that it did not get.
async fn free(
    ledger: &Ledger,
    created: &PaymentCreated,
    account: AccountId,
    refusal: &PaymentRefusal,
    meta: Meta,
) -> Result<(), Refused> {
    let reason: CompactString = if *refusal == PaymentRefusal::TakenByAnother {
        "paiement confirmé par quelqu’un d’autre".into()
    } else {
        "paiement abandonné entre-temps".into()
    };
    let held = |it: &Account| {
        let held = |id| it.purchase(id).is_some_and(|it| !it.held().is_zero());
        created.lines.iter().map(|it| it.purchase).filter(|id| held(*id)).collect::<Vec<_>>()
    };
    let held = ledger.inspect(account, held).await.map_err(from_account)?;
    let cancel = |purchase| AccountCommand::Cancel(Cancel { purchase, reason: reason.clone() });
    let cancel = AccountCommand::Together(held.into_iter().map(cancel).collect());
    ledger.execute::<Account>(account, &cancel, meta).await.map_err(from_account)?;
    Ok(())
}

/// Captures all of it when it is delivered as soon as it is confirmed.
async fn deliver(
    ledger: &Ledger,
    payment: PaymentId,
    created: &PaymentCreated,
    meta: Meta,
) -> Result<(), Refused> {
    if created.capture == CaptureMode::Manual || created.by_use() {
        return Ok(());
    }
    let whole = delivered::CaptureAsked {
        key: CaptureId::derived(payment.0, b"automatic"),
        amount: None,
        lines: vec![],
        last: true,
    };
    match capture(ledger, payment, created.partner, &whole, meta).await {
        // Captured or cancelled meanwhile, by the partner or by the teacher.
        Ok(_) | Err(ExecuteError::Refused(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Refused when an agreement has freed something of it since it was asked for: nobody is charged
/// for what is free (ADR 22).
async fn nothing_is_free(
    ledger: &Ledger,
    created: &PaymentCreated,
    on: NaiveDate,
) -> Result<(), Refused> {
    for (line, it) in created.lines.iter().enumerate().filter(|it| it.1.catalogue) {
        let freed = checkout::freed(ledger, it.terms.offer, on).await;
        let told = |refusal| PaymentsRefusal::Line { line, refusal };
        if freed.map_err(|it| it.map(told))?.is_some() {
            return refuse(told(CheckoutRefusal::Free));
        }
    }
    Ok(())
}

/// Envelopes of the account that pay for nothing new.
async fn frozen(ledger: &Ledger, account: AccountId) -> Result<Arc<[EnvelopeId]>, Refused> {
    let envelopes = ledger.inspect(account, checkout::paying).await.map_err(from_account)?;
    let no_envelope = |it: ExecuteError<_>| it.map(|_| AccountRefusal::NotOpen.into());
    checkout::frozen(ledger, &envelopes).await.map_err(no_envelope)
}

/// What holds the money of all lines, or of none.
pub(super) fn holds(
    created: &PaymentCreated,
    frozen: &Arc<[EnvelopeId]>,
    at: DateTime<Utc>,
    on: NaiveDate,
) -> AccountCommand {
    let hold_until = at + TimeDelta::days(i64::from(created.hold_days));
    let hold = |it: &crate::payment::PaymentLine| {
        AccountCommand::Authorise(Authorise {
            purchase: it.purchase,
            terms: it.terms.clone(),
            amount: it.amount,
            hold_until,
            on,
            frozen: frozen.clone(),
        })
    };
    AccountCommand::Together(created.lines.iter().map(hold).collect())
}

/// Who pays what of all that was authorised, one share a lot.
fn merged(events: &[AccountEvent]) -> Shares {
    let mut merged = Shares::new();
    let split = |it: &AccountEvent| {
        if let AccountEvent::Authorised(it) = it { it.split.clone() } else { Shares::new() }
    };
    for share in events.iter().flat_map(split) {
        match merged.iter_mut().find(|it| it.lot == share.lot) {
            Some(known) => {
                let cents = known.amount.cents() + share.amount.cents();
                *known =
                    Share { amount: Amount::from_cents(cents).unwrap_or(known.amount), ..share };
            }
            None => merged.push(share),
        }
    }
    merged
}
