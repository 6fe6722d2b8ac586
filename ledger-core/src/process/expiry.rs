//! What is over goes back: holds to their lots, credits to their funders, and each envelope notes
//! what came back to it.

use chrono::{DateTime, NaiveDate, Utc};

use crate::account::{Account, AccountCommand, AccountRefusal};
use crate::envelope::{Envelope, EnvelopeCommand, EnvelopeRefusal, ReturnsNoted};
use crate::event_log::Position;
use crate::ids::{AccountId, EnvelopeId, PurchaseId};
use crate::ledger::{ExecuteError, Ledger};
use crate::meta::Meta;
use crate::money::Balance;

/// Returns the expired credits of `accounts` to their funders; gives how many accounts had some.
pub async fn expire_credits(
    ledger: &Ledger,
    accounts: &[AccountId],
    on: NaiveDate,
    meta: Meta,
) -> Result<usize, ExecuteError<AccountRefusal>> {
    let commands: Vec<_> =
        accounts.iter().map(|it| (*it, AccountCommand::ExpireCredits { on })).collect();
    count(ledger.execute_many::<Account>(&commands, meta).await)
}

/// Frees the holds of `purchases` whose term has passed; gives how many were freed.
pub async fn expire_holds(
    ledger: &Ledger,
    purchases: &[(AccountId, PurchaseId)],
    at: DateTime<Utc>,
    meta: Meta,
) -> Result<usize, ExecuteError<AccountRefusal>> {
    let expire = |&(account, purchase)| (account, AccountCommand::ExpireHold { purchase, at });
    let commands: Vec<_> = purchases.iter().map(expire).collect();
    count(ledger.execute_many::<Account>(&commands, meta).await)
}

/// How many changed something. A refusal is no failure: the purchase was captured in between.
fn count<E, R>(
    answers: Vec<Result<crate::ledger::Done<E>, ExecuteError<R>>>,
) -> Result<usize, ExecuteError<R>> {
    let mut changed = 0;
    for answer in answers {
        match answer {
            Ok(done) => changed += usize::from(!done.events.is_empty()),
            Err(ExecuteError::Refused(_)) => (),
            Err(error) => return Err(error),
        }
    }
    Ok(changed)
}

/// What came back to one envelope, seen in the log up to a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Returns {
    /// Which envelope.
    pub envelope: EnvelopeId,
    /// After this position; what the envelope has noted so far.
    pub after: Position,
    /// Up to this one, included.
    pub up_to: Position,
    /// Credits that expired or whose account was closed.
    pub expired: Balance,
    /// Refunds that no lot could take again.
    pub refunded: Balance,
}

/// Has an envelope note what came back to it; what was noted before is not noted again.
pub async fn note_returns(
    ledger: &Ledger,
    it: Returns,
    meta: Meta,
) -> Result<(), ExecuteError<EnvelopeRefusal>> {
    let Returns { envelope, after, up_to, expired, refunded } = it;
    let note = EnvelopeCommand::NoteReturns(ReturnsNoted { after, up_to, expired, refunded });
    ledger.execute::<Envelope>(envelope, &note, meta).await.map(|_| ())
}
