//! Taking what an agreement has freed: at no cost, whatever the page said when it was shown.

use chrono::NaiveDate;

use super::{CheckoutRefusal, Order, Refused, end, from_account, sold};
use crate::account::{
    Account, AccountCommand, AccountEvent, AccountRefusal, AcquireLicence, LicenceAcquired,
};
use crate::agreement::Agreement;
use crate::ids::{AgreementId, OfferId};
use crate::ledger::{Done, ExecuteError, Ledger};
use crate::meta::Meta;

/// What makes an offer cost nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freed {
    /// The agreement whose ceiling is reached.
    pub agreement: AgreementId,
    /// Since which day.
    pub since: NaiveDate,
}

/// What makes `offer` cost nothing on the day `on`; `None` when it has its price.
pub async fn freed(
    ledger: &Ledger,
    offer: OfferId,
    on: NaiveDate,
) -> Result<Option<Freed>, Refused> {
    let agreement = AgreementId::of(offer);
    let since = ledger.inspect::<Agreement, _>(agreement, |it| it.frees(on)).await;
    let since = since.map_err(|error| error.map(|_| CheckoutRefusal::NoSuchOffer))?;
    Ok(since.map(|since| Freed { agreement, since }))
}

/// Takes the offer of `order` for nothing if it is free; `None` when it has to be paid.
///
/// What the buyer saw does not matter: nobody is charged for what is free.
pub(super) async fn take(
    ledger: &Ledger,
    order: &Order,
    meta: Meta,
) -> Result<Option<Done<AccountEvent>>, Refused> {
    let acquired =
        ledger.inspect::<Account, _>(order.payer.account, |it| it.acquired(order.purchase));
    if let Some((offer, _)) = acquired.await.map_err(from_account)? {
        if offer == order.offer {
            return Ok(Some(Done { events: vec![], position: end(ledger).await? }));
        }
        let reference = order.purchase.to_string();
        let reused = AccountRefusal::ReferenceReused { reference };
        return Err(ExecuteError::Refused(CheckoutRefusal::Account(reused)));
    }
    let Some(Freed { agreement, .. }) = freed(ledger, order.offer, order.on).await? else {
        return Ok(None);
    };
    let terms = sold(ledger, order.offer, None, order.on).await?;
    let licence = LicenceAcquired { purchase: order.purchase, terms, agreement };
    let command = AccountCommand::AcquireLicence(AcquireLicence { licence, by: order.payer.by });
    ledger
        .execute::<Account>(order.payer.account, &command, meta)
        .await
        .map_err(from_account)
        .map(Some)
}
