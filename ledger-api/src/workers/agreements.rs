//! What agreements count as it happens, the credits of recent buyers, and renewals proposed.

use ledger_core::account::{
    Account, AccountCommand, ProposeRenewal, RENEWAL_DAYS, RenewalProposed,
};
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::Meta;
use ledger_core::offer::Offer;
use ledger_core::process::agreements;

use super::flows::{PassError, step};
use crate::app::App;

/// How many captures are counted, or renewals proposed, in one pass.
const AT_ONCE: usize = 1_000;

/// Does all that is left to do.
pub async fn pass(app: &App, meta: Meta) -> Result<(), PassError> {
    let today = app.clock.today();
    let movements = app.models.now()?.agreement_movements(AT_ONCE)?;
    for (agreement, movement) in movements {
        agreements::count(&app.ledger, agreement, movement, today, meta).await.map_err(step)?;
    }
    let reached = app.models.now()?.agreements_to_credit()?;
    for agreement in reached {
        // One that cannot go on keeps no other waiting.
        if let Err(failure) = agreements::credit(&app.ledger, agreement, today, meta).await {
            tracing::error!(agreement.id = %agreement, "{agreement} waits: {failure}");
        }
    }
    propose(app, meta).await
}

/// Proposes to continue the subscriptions that end soon. A refusal is no failure: the account was
/// closed or suspended.
async fn propose(app: &App, meta: Meta) -> Result<(), PassError> {
    let today = app.clock.today();
    let ending = app.models.now()?.terms_to_propose(today, RENEWAL_DAYS, AT_ONCE)?;
    for it in ending {
        let look = |offer: &Offer| {
            let listing = &offer.current.as_ref().filter(|_| offer.on_sale)?.listing;
            Some(listing.price_on(today).amount)
        };
        let Some(price) = app.ledger.inspect(it.offer, look).await.map_err(step)? else {
            continue;
        };
        let (purchase, offer, until, paid) = (it.purchase, it.offer, it.until, it.paid);
        let renewal = RenewalProposed { purchase, offer, until, paid, price };
        let command = AccountCommand::ProposeRenewal(ProposeRenewal { renewal, on: today });
        match app.ledger.execute::<Account>(it.account, &command, meta).await {
            Ok(_) | Err(ExecuteError::Refused(_)) => (),
            Err(failure) => return Err(step(failure)),
        }
    }
    Ok(())
}
