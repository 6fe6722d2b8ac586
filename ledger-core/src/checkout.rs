//! Buying an offer: what it would cost whom, and paying for it.
//!
//! Fetches first what the account's rules need to know (the offer, its partner, which envelopes
//! are frozen) and puts it in the command.

mod free;
mod specimen;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use smallvec::SmallVec;
use uuid::Uuid;

use crate::account::team::TeamEvent;
use crate::account::{
    Account, AccountCommand, AccountEvent, AccountRefusal, Authorise, Shares, TeamOrder, Terms,
};
use crate::decider::Decider;
use crate::digest::Digest;
use crate::envelope::{Envelope, EnvelopeRefusal};
use crate::ids::{AccountId, EnvelopeId, OfferId, PurchaseId};
use crate::ledger::{Done, ExecuteError, Ledger};
use crate::meta::Meta;
use crate::money::{Amount, Balance};
use crate::offer::{Billing, Offer, OfferRefusal};
use crate::partner::{Partner, PartnerRefusal};
use crate::repeated::Repeated;

pub use free::{Freed, freed};
pub use specimen::take_specimen;

/// Whose account pays, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payer {
    /// Whose money.
    pub account: AccountId,
    /// The member who asks, by their own account, when it is a team's; else `None`.
    pub by: Option<AccountId>,
}

impl Payer {
    /// A teacher who pays with their own account.
    pub const fn own(account: AccountId) -> Self {
        Self { account, by: None }
    }

    /// What the account is told of who asks for something within `total`.
    pub fn order(self, total: Amount) -> Option<TeamOrder> {
        self.by.map(|member| TeamOrder { member, total })
    }
}

/// What a holder wants to buy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Who pays.
    pub payer: Payer,
    /// What for.
    pub offer: OfferId,
    /// Fingerprint of the listing the holder saw: no other one is sold.
    pub seen: Digest,
    /// The buyer's reference; makes it idempotent.
    pub purchase: PurchaseId,
    /// The most to spend, when it is billed by use; `None` is the offer's price.
    pub ceiling: Option<Amount>,
    /// Until when money is held, if it is not delivered at once.
    pub hold_until: DateTime<Utc>,
    /// Today in Europe/Paris.
    pub on: NaiveDate,
}

/// What buying would cost whom, today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// What is sold.
    pub terms: Repeated<Terms>,
    /// How much is asked.
    pub amount: Amount,
    /// Who would pay what, or why the account would refuse.
    pub split: Result<Shares, AccountRefusal>,
    /// What the holder may spend before.
    pub available: Balance,
    /// Until when it would wait for the head of school; `None` when it would not.
    pub approval: Option<DateTime<Utc>>,
}

/// Why nothing was bought.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckoutRefusal {
    /// There is no such offer.
    #[error("this offer does not exist")]
    NoSuchOffer,
    /// It is not sold any more.
    #[error("this offer is withdrawn from sale")]
    OfferWithdrawn,
    /// Its price, or anything else it says, is not what the buyer saw.
    #[error("this offer changed since you saw it; it now costs {price}")]
    OfferChanged {
        /// What it costs now.
        price: Balance,
    },
    /// The partner does not sell for now.
    #[error("this partner is suspended: {reason}")]
    PartnerSuspended {
        /// Why.
        reason: String,
    },
    /// It costs nothing: there is nothing to pay.
    #[error("this offer is free: there is nothing to pay")]
    Free,
    /// There is nothing to try.
    #[error("this offer has no specimen")]
    NoSpecimen,
    /// A ceiling is for what is billed by use, and only for that.
    #[error("give a ceiling for an offer billed by use, and for no other one")]
    CeilingMisplaced,
    /// See [`AccountRefusal`].
    #[error(transparent)]
    Account(#[from] AccountRefusal),
}

type Refused = ExecuteError<CheckoutRefusal>;

/// What buying `offer` would cost whom; refused like [`buy`] would, but for the account's part, and
/// when an agreement has freed it.
pub async fn quote(
    ledger: &Ledger,
    payer: Payer,
    offer: OfferId,
    ceiling: Option<Amount>,
    on: NaiveDate,
) -> Result<Quote, Refused> {
    let (terms, amount) = terms(ledger, offer, None, ceiling, on).await?;
    let envelopes = ledger.inspect(payer.account, paying).await.map_err(from_account)?;
    let asked = AccountCommand::Authorise(Authorise {
        purchase: PurchaseId(Uuid::nil()),
        terms: terms.clone(),
        amount,
        hold_until: DateTime::<Utc>::MAX_UTC,
        on,
        frozen: frozen(ledger, &envelopes).await?,
        by: payer.order(amount),
    });
    let look = |it: &Account| (it.decide(&asked), it.available_on(on));
    let (told, available) = ledger.inspect(payer.account, look).await.map_err(from_account)?;
    let approval = told.as_deref().ok().and_then(waits_until);
    let split = told.map(|events| events.iter().flat_map(shares).collect());
    Ok(Quote { terms, amount, split, available, approval })
}

/// Until when what was just authorised waits for the head of school; `None` when it does not.
pub fn waits_until(events: &[AccountEvent]) -> Option<DateTime<Utc>> {
    events.iter().find_map(|it| {
        if let AccountEvent::Team(TeamEvent::Requested(it)) = it { Some(it.until) } else { None }
    })
}

fn shares(event: &AccountEvent) -> Shares {
    if let AccountEvent::Authorised(it) = event { it.split.clone() } else { Shares::new() }
}

/// Buys: holds and pays at once, or only holds when it is billed by use; takes for nothing what an
/// agreement has freed.
///
/// Sent again, it answers the same, whatever became of the offer since.
pub async fn buy(
    ledger: &Ledger,
    order: &Order,
    meta: Meta,
) -> Result<Done<AccountEvent>, Refused> {
    let look = |it: &Account| (it.purchase(order.purchase).is_some(), paying(it));
    let (known, envelopes) =
        ledger.inspect(order.payer.account, look).await.map_err(from_account)?;
    if !known && let Some(done) = free::take(ledger, order, meta).await? {
        return Ok(done);
    }
    // A known purchase was sold on the terms that were seen then; today's do not matter.
    let (terms, amount) =
        match terms(ledger, order.offer, Some(order.seen), order.ceiling, order.on).await {
            Ok(terms) => terms,
            Err(ExecuteError::Refused(refusal)) if known => {
                if bought(ledger, order).await? {
                    return Ok(Done { events: vec![], position: end(ledger).await? });
                }
                return Err(ExecuteError::Refused(refusal));
            }
            // Freed since the first look.
            Err(error) => return free::take(ledger, order, meta).await?.ok_or(error),
        };
    let by_use = terms.billing == Billing::ByUse;
    let authorise = Authorise {
        purchase: order.purchase,
        terms,
        amount,
        hold_until: order.hold_until,
        on: order.on,
        frozen: frozen(ledger, &envelopes).await?,
        by: order.payer.order(amount),
    };
    let command =
        if by_use { AccountCommand::Authorise(authorise) } else { AccountCommand::Pay(authorise) };
    ledger.execute::<Account>(order.payer.account, &command, meta).await.map_err(from_account)
}

/// The offer's terms as sold, if it is what was seen and may be sold.
async fn sold(
    ledger: &Ledger,
    offer: OfferId,
    seen: Option<Digest>,
    on: NaiveDate,
) -> Result<Repeated<Terms>, Refused> {
    let refuse = |refusal| Err(ExecuteError::Refused(refusal));
    let partner = ledger.inspect::<Offer, _>(offer, |it| it.current.as_ref().map(|it| it.partner));
    let Some(partner) = partner.await.map_err(from_offer)? else {
        return refuse(CheckoutRefusal::NoSuchOffer);
    };
    let seller = ledger.inspect::<Partner, _>(partner, |it| {
        let siren = it.registered.as_ref().and_then(|it| it.siret.siren());
        siren.map(|siren| (siren, it.suspended.clone()))
    });
    let Some((siren, suspended)) = seller.await.map_err(from_partner)? else {
        return refuse(CheckoutRefusal::NoSuchOffer);
    };
    // In one look: what is checked is what is sold, were the offer revised meanwhile.
    let sold = ledger.inspect::<Offer, _>(offer, |it| {
        let terms = it.terms(offer, siren, on).ok_or(CheckoutRefusal::NoSuchOffer)?;
        if !it.on_sale {
            return Err(CheckoutRefusal::OfferWithdrawn);
        }
        if seen.is_some_and(|it| it != terms.digest) {
            return Err(CheckoutRefusal::OfferChanged { price: terms.price.amount });
        }
        Ok(terms)
    });
    let terms = sold.await.map_err(from_offer)?.map_err(ExecuteError::Refused)?;
    if let Some(reason) = suspended {
        return refuse(CheckoutRefusal::PartnerSuspended { reason: reason.into() });
    }
    Ok(terms)
}

/// The offer's terms as sold and what is asked for it, if it is what was seen and may be sold;
/// there is nothing to ask for what an agreement has freed.
pub(crate) async fn terms(
    ledger: &Ledger,
    offer: OfferId,
    seen: Option<Digest>,
    ceiling: Option<Amount>,
    on: NaiveDate,
) -> Result<(Repeated<Terms>, Amount), Refused> {
    let refuse = |refusal| Err(ExecuteError::Refused(refusal));
    let terms = sold(ledger, offer, seen, on).await?;
    if freed(ledger, offer, on).await?.is_some() {
        return refuse(CheckoutRefusal::Free);
    }
    let amount = match (terms.billing, ceiling) {
        (Billing::ByUse, Some(ceiling)) => ceiling,
        (Billing::Once | Billing::Subscription, None) => {
            match Amount::from_cents(terms.price.amount.cents()) {
                Some(price) => price,
                None => return refuse(CheckoutRefusal::Free),
            }
        }
        (Billing::ByUse, None) | (Billing::Once | Billing::Subscription, Some(_)) => {
            return refuse(CheckoutRefusal::CeilingMisplaced);
        }
    };
    Ok((terms, amount))
}

/// The envelopes whose money the account has, or may have again before it decides: a hold that ends
/// and a refund make money available.
pub(crate) fn paying(account: &Account) -> SmallVec<[EnvelopeId; 4]> {
    let mut envelopes = SmallVec::new();
    for lot in account.lots.iter().filter(|it| it.returned != Balance::from(it.granted)) {
        if !envelopes.contains(&lot.envelope) {
            envelopes.push(lot.envelope);
        }
    }
    envelopes
}

/// Those of `envelopes` that pay for nothing new.
pub(crate) async fn frozen(
    ledger: &Ledger,
    envelopes: &[EnvelopeId],
) -> Result<Arc<[EnvelopeId]>, Refused> {
    let mut frozen = Vec::new();
    for &envelope in envelopes {
        let stopped =
            ledger.inspect::<Envelope, _>(envelope, |it| it.frozen.is_some() || it.closed);
        if stopped.await.map_err(from_envelope)? {
            frozen.push(envelope);
        }
    }
    Ok(frozen.into())
}

/// Whether the order's purchase is that of the order.
async fn bought(ledger: &Ledger, order: &Order) -> Result<bool, Refused> {
    let same = |it: &Account| {
        it.purchase(order.purchase).is_some_and(|it| {
            let authorised = it.held().and(it.captured());
            let amounts = order.ceiling.or_else(|| Amount::from_cents(authorised.cents()));
            amounts.is_some_and(|amount| it.was_asked(order.offer, order.seen, amount))
        })
    };
    ledger.inspect(order.payer.account, same).await.map_err(from_account)
}

async fn end(ledger: &Ledger) -> Result<crate::event_log::Position, Refused> {
    use crate::event_log::EventLog;
    ledger.log().append_many(Vec::new()).await;
    Ok(ledger.log().end().await?)
}

fn from_account(error: ExecuteError<AccountRefusal>) -> Refused {
    error.map(CheckoutRefusal::Account)
}

fn from_offer(error: ExecuteError<OfferRefusal>) -> Refused {
    error.map(|_| CheckoutRefusal::NoSuchOffer)
}

fn from_partner(error: ExecuteError<PartnerRefusal>) -> Refused {
    error.map(|_| CheckoutRefusal::NoSuchOffer)
}

fn from_envelope(error: ExecuteError<EnvelopeRefusal>) -> Refused {
    error.map(|_| CheckoutRefusal::NoSuchOffer)
}
