//! One account is credited: the envelope sets the money aside, then the account gets it.

use std::sync::Arc;

use chrono::NaiveDate;
use compact_str::CompactString;
use uuid::Uuid;

use crate::account::{Account, AccountCommand, AccountRefusal, CreditsGranted, Grant};
use crate::decider::Decider;
use crate::envelope::{Allocation, Envelope, EnvelopeCommand, EnvelopeRefusal};
use crate::event_log::Position;
use crate::ids::{AccountId, EnvelopeId, LotId};
use crate::ledger::{ExecuteError, Ledger};
use crate::meta::Meta;
use crate::money::Amount;

/// What a funder asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopUp {
    /// Which envelope pays.
    pub envelope: EnvelopeId,
    /// The funder's own reference; makes it idempotent.
    pub reference: CompactString,
    /// Which account.
    pub account: AccountId,
    /// How much.
    pub amount: Amount,
    /// Today in Europe/Paris.
    pub on: NaiveDate,
}

/// A top-up that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToppedUp {
    /// The new lot.
    pub lot: LotId,
    /// Whether it is new; `false` when it had been done before.
    pub new: bool,
    /// A position of the log at which it can be read.
    pub position: Position,
}

/// Why an account is not credited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopUpError {
    /// The envelope does not allow it; nothing was set aside.
    #[error("{0}")]
    Envelope(#[from] ExecuteError<EnvelopeRefusal>),
    /// The account does not take it; what was set aside is free again.
    #[error("{0}")]
    Account(#[from] ExecuteError<AccountRefusal>),
}

impl TopUp {
    /// The allocation's id: the same one for the same envelope and reference.
    pub fn allocation_id(&self) -> Uuid {
        allocation_id(self.envelope, &self.reference)
    }
}

/// What `envelope` sets aside for the top-up called `reference`.
pub fn allocation_id(envelope: EnvelopeId, reference: &str) -> Uuid {
    Uuid::new_v5(&envelope.0, reference.as_bytes())
}

/// The lot that an allocation of one account becomes.
pub fn lot_of(allocation: Uuid) -> LotId {
    LotId::derived(allocation, b"lot")
}

/// Carries out `topup`; sent again, it answers the same.
pub async fn top_up(ledger: &Ledger, topup: &TopUp, meta: Meta) -> Result<ToppedUp, TopUpError> {
    let allocation = Allocation {
        id: topup.allocation_id(),
        amount: topup.amount.into(),
        lines: 1,
        to: Some(topup.account),
    };
    let allocate = EnvelopeCommand::Allocate { allocation: allocation.clone(), on: topup.on };
    ledger.execute::<Envelope>(topup.envelope, &allocate, meta).await?;
    finish(ledger, topup.envelope, &allocation, topup.on, meta).await
}

/// Credits the account that `allocation` names, or frees the money if it does not take it.
///
/// Also what is left to do when the service stopped in between.
pub async fn finish(
    ledger: &Ledger,
    envelope: EnvelopeId,
    allocation: &Allocation,
    on: NaiveDate,
    meta: Meta,
) -> Result<ToppedUp, TopUpError> {
    let lot = lot_of(allocation.id);
    let (Some(account), Some(amount)) =
        (allocation.to, Amount::from_cents(allocation.amount.cents()))
    else {
        return Err(TopUpError::Account(ExecuteError::Refused(AccountRefusal::NotOpen)));
    };
    let granting = granting(ledger, envelope).await?;
    let Some(credits) = granting.credits(lot, amount) else {
        return Err(TopUpError::Envelope(ExecuteError::Refused(EnvelopeRefusal::NotOpen)));
    };
    let on = on_time(&credits, on);
    let grant = AccountCommand::Grant(Grant { credits, recipients: granting.recipients, on });
    let released = ledger.inspect::<Envelope, _>(envelope, |it| it.has_released(allocation.id));
    if released.await? {
        return Err(released_before(ledger, account, &grant, allocation.id).await);
    }
    match ledger.execute::<Account>(account, &grant, meta).await {
        Ok(done) => Ok(ToppedUp { lot, new: !done.events.is_empty(), position: done.position }),
        Err(ExecuteError::Refused(refusal)) => {
            let release =
                EnvelopeCommand::Release { allocation: allocation.id, amount: allocation.amount };
            ledger.execute::<Envelope>(envelope, &release, meta).await?;
            Err(TopUpError::Account(ExecuteError::Refused(refusal)))
        }
        Err(error) => Err(TopUpError::Account(error)),
    }
}

/// The day on which `credits` are granted, for the account's rule. The envelope set the money aside
/// in time, and what it set aside is granted however late: was it refused by whoever comes after the
/// last day, it could be granted by one who came before, and be free again too.
pub(super) fn on_time(credits: &CreditsGranted, on: NaiveDate) -> NaiveDate {
    on.min(credits.valid_until)
}

/// Why `grant` is not carried out once its money is free: nothing would back it. It is what the
/// account says, as the first time; or that another reference is needed, if it would take it now.
async fn released_before(
    ledger: &Ledger,
    account: AccountId,
    grant: &AccountCommand,
    allocation: Uuid,
) -> TopUpError {
    match ledger.inspect::<Account, _>(account, |it| it.decide(grant)).await {
        Ok(Err(refusal)) => TopUpError::Account(ExecuteError::Refused(refusal)),
        Ok(Ok(_)) => {
            TopUpError::Envelope(ExecuteError::Refused(EnvelopeRefusal::AllocationReleased {
                allocation,
            }))
        }
        Err(error) => TopUpError::Account(error),
    }
}

/// What an envelope gives with each of its credits.
pub(super) struct Granting {
    envelope: EnvelopeId,
    state: Envelope,
    pub(super) recipients: Arc<crate::account::Recipients>,
}

impl Granting {
    pub(super) fn credits(&self, lot: LotId, amount: Amount) -> Option<CreditsGranted> {
        self.state.credits(self.envelope, lot, amount, None)
    }
}

pub(super) async fn granting(
    ledger: &Ledger,
    envelope: EnvelopeId,
) -> Result<Granting, ExecuteError<EnvelopeRefusal>> {
    // The terms only: an envelope's allocations, which may be many, are not copied.
    let state = ledger.inspect::<Envelope, _>(envelope, Envelope::terms).await?;
    let recipients = state.opened.as_ref().map(|it| it.recipients.clone()).unwrap_or_default();
    Ok(Granting { envelope, state, recipients: Arc::new(recipients) })
}
