//! A teacher confirms: the money is held for all lines or for none, then the payment is authorised.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use compact_str::CompactString;

use super::{
    PaymentsRefusal, Refused, capture, delivered, from_account, from_payment, known, refuse,
};
use crate::account::{
    Account, AccountCommand, AccountEvent, AccountRefusal, Authorise, Cancel, PurchaseStatus,
    Share, Shares,
};
use crate::checkout::{self, CheckoutRefusal, Payer};
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
    /// Until when it would wait for the head of school; `None` when it would not.
    pub approval: Option<DateTime<Utc>>,
}

/// What confirming `payment` would cost whom if `payer` did.
pub async fn quote(
    ledger: &Ledger,
    created: &PaymentCreated,
    payer: Payer,
    at: DateTime<Utc>,
    on: NaiveDate,
) -> Result<PaymentQuote, Refused> {
    nothing_is_free(ledger, created, on).await?;
    let frozen = frozen(ledger, payer.account).await?;
    let holds = holds(created, payer, &frozen, at, on);
    let look = |it: &Account| {
        let told = it.decide(&holds);
        let approval = told.as_deref().ok().and_then(checkout::waits_until);
        let split = told.map(|events| merged(&events));
        PaymentQuote { split, available: it.available_on(on), approval }
    };
    ledger.inspect(payer.account, look).await.map_err(from_account)
}

/// Confirms `payment` from the account of `payer`, which its partner will know as `buyer`.
///
/// A team's may wait for the head of school: the payment waits with it, and [`finish`] goes on.
///
/// Sent again by the same account, it changes nothing.
pub async fn confirm(
    ledger: &Ledger,
    payment: PaymentId,
    payer: Payer,
    buyer: BuyerId,
    on: NaiveDate,
    meta: Meta,
) -> Result<(), Refused> {
    let account = payer.account;
    let (state, created) = known(ledger, payment, None).await?;
    match state.step {
        PaymentStep::Authorised { account: by, .. } if by == account => {
            return deliver(ledger, payment, &created, meta).await;
        }
        PaymentStep::Awaiting { account: by, .. } if by == account => {
            return finish(ledger, payment, account, buyer, meta).await;
        }
        PaymentStep::Authorised { .. } | PaymentStep::Awaiting { .. } => {
            return refuse(PaymentRefusal::TakenByAnother);
        }
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
    let holds = holds(&created, payer, &frozen(ledger, account).await?, meta.at, on);
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
    let (state, created) = known(ledger, payment, None).await?;
    let stand = ledger.inspect(account, |it: &Account| stand(it, &created)).await;
    let awaiting = matches!(state.step, PaymentStep::Awaiting { .. });
    let at = meta.at;
    let (next, over) = match stand.map_err(from_account)? {
        Stand::Waits(until) => (PaymentCommand::AwaitApproval { account, buyer, until, at }, false),
        Stand::GivenUp if awaiting => (PaymentCommand::Decline, true),
        Stand::TimedOut if awaiting => (PaymentCommand::Expire { at }, true),
        Stand::Held | Stand::GivenUp | Stand::TimedOut => {
            (PaymentCommand::Authorise { account, buyer, at }, false)
        }
    };
    match ledger.execute::<Payment>(payment, &next, meta).await {
        Ok(_) if over => {
            free(ledger, &created, account, &PaymentRefusal::NotAuthorised, meta).await
        }
        Ok(_) if matches!(next, PaymentCommand::AwaitApproval { .. }) => Ok(()),
        Ok(_) => deliver(ledger, payment, &created, meta).await,
        Err(ExecuteError::Refused(refusal)) => {
            free(ledger, &created, account, &refusal, meta).await?;
            refuse(refusal)
        }
        Err(error) => Err(from_payment(error)),
    }
}

/// What became of the money that an account was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    /// It is held, or captured already.
    Held,
    /// It is held, and waits for the head of school.
    Waits(DateTime<Utc>),
    /// A line was given up, by the head of school or by who asked.
    GivenUp,
    /// The term of a line passed.
    TimedOut,
}

fn stand(account: &Account, created: &PaymentCreated) -> Stand {
    let (mut stand, mut until) = (Stand::Held, None::<DateTime<Utc>>);
    for line in &created.lines {
        match account.purchase(line.purchase).map(|it| it.status) {
            Some(PurchaseStatus::Cancelled) => return Stand::GivenUp,
            Some(PurchaseStatus::Expired) => stand = Stand::TimedOut,
            Some(PurchaseStatus::Authorised | PurchaseStatus::Captured) | None => (),
        }
        let waits = account.waits_for_approval(line.purchase).map(|it| it.until);
        until = until.into_iter().chain(waits).min();
    }
    match until {
        Some(until) if stand == Stand::Held => Stand::Waits(until),
        Some(_) | None => stand,
    }
}

/// Declines `payment` for `teacher`; once an account holds money for it, only who asked declines.
///
/// Sent again, it changes nothing.
pub async fn decline(
    ledger: &Ledger,
    payment: PaymentId,
    teacher: AccountId,
    meta: Meta,
) -> Result<(), Refused> {
    let (state, created) = known(ledger, payment, None).await?;
    let holding = match state.step {
        PaymentStep::Awaiting { account, .. } => Some(account),
        PaymentStep::Waiting
        | PaymentStep::Authorised { .. }
        | PaymentStep::Declined
        | PaymentStep::Cancelled
        | PaymentStep::Expired => None,
    };
    if let Some(account) = holding {
        let asked = |it: &Account| {
            let line = created.lines.first()?;
            it.team()?.asked_by(line.purchase).map(|it| it.member)
        };
        if ledger.inspect(account, asked).await.map_err(from_account)? != Some(teacher) {
            return refuse(PaymentRefusal::TakenByAnother);
        }
    }
    ledger
        .execute::<Payment>(payment, &PaymentCommand::Decline, meta)
        .await
        .map_err(from_payment)?;
    match holding {
        Some(account) => {
            free(ledger, &created, account, &PaymentRefusal::NotAuthorised, meta).await
        }
        None => Ok(()),
    }
}

/// Frees what an account holds for a payment that it did not get.
pub(super) async fn free(
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
    payer: Payer,
    frozen: &Arc<[EnvelopeId]>,
    at: DateTime<Utc>,
    on: NaiveDate,
) -> AccountCommand {
    let hold_until = at + TimeDelta::days(i64::from(created.hold_days));
    let total = Amount::from_cents(created.total().cents());
    let hold = |it: &crate::payment::PaymentLine| {
        AccountCommand::Authorise(Authorise {
            purchase: it.purchase,
            terms: it.terms.clone(),
            amount: it.amount,
            hold_until,
            on,
            frozen: frozen.clone(),
            by: payer.order(total.unwrap_or(it.amount)),
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
