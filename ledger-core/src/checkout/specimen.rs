//! Taking a specimen: what the account's rules need to know of the offer is fetched first.

use chrono::NaiveDate;

use super::{CheckoutRefusal, Refused, from_account, from_offer, from_partner};
use crate::account::{
    Account, AccountCommand, AccountEvent, SpecimenTaken, TakeSpecimen, specimen_until,
};
use crate::ids::{AccountId, OfferId};
use crate::ledger::{Done, ExecuteError, Ledger};
use crate::meta::Meta;
use crate::offer::Offer;
use crate::partner::Partner;

/// Lends the specimen of `offer` to `account`, from the day `on`; taken again, it answers the same
/// until its last day, whatever became of the offer since.
pub async fn take_specimen(
    ledger: &Ledger,
    account: AccountId,
    offer: OfferId,
    on: NaiveDate,
    meta: Meta,
) -> Result<Done<AccountEvent>, Refused> {
    let refuse = |refusal| Err(ExecuteError::Refused(refusal));
    let look = |it: &Offer| {
        let current = it.current.as_ref()?;
        let listing = &current.listing;
        let specimen = SpecimenTaken {
            offer,
            partner: current.partner,
            reference: listing.reference.clone(),
            title: listing.title.clone(),
            kind: listing.kind,
            digest: current.digest_on(on),
            url: listing.specimen_url.clone().unwrap_or_default(),
            until: specimen_until(on),
        };
        Some((specimen, it.on_sale))
    };
    let Some((specimen, on_sale)) = ledger.inspect(offer, look).await.map_err(from_offer)? else {
        return refuse(CheckoutRefusal::NoSuchOffer);
    };
    let known = |it: &Account| it.specimen_of(offer).is_some();
    if !ledger.inspect(account, known).await.map_err(from_account)? {
        if !on_sale {
            return refuse(CheckoutRefusal::OfferWithdrawn);
        }
        if specimen.url.is_empty() {
            return refuse(CheckoutRefusal::NoSpecimen);
        }
        let suspended = |it: &Partner| it.suspended.as_ref().map(ToString::to_string);
        let suspended = ledger.inspect(specimen.partner, suspended).await;
        if let Some(reason) = suspended.map_err(from_partner)? {
            return refuse(CheckoutRefusal::PartnerSuspended { reason });
        }
    }
    let command = AccountCommand::TakeSpecimen(TakeSpecimen { specimen, on });
    ledger.execute::<Account>(account, &command, meta).await.map_err(from_account)
}
