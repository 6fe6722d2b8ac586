//! An envelope is opened: the convention it draws on sets its budget aside, then it opens.
//!
//! ```text
//!  would it open? ──▶ convention: drawn ──▶ envelope: opened
//! ```
//! In this order, no envelope is ever open on money that its convention does not have.

use crate::convention::{Convention, ConventionCommand, ConventionRefusal};
use crate::decider::Decider;
use crate::envelope::{Envelope, EnvelopeCommand, EnvelopeEvent, EnvelopeOpened, EnvelopeRefusal};
use crate::ids::EnvelopeId;
use crate::ledger::{Done, ExecuteError, Ledger};
use crate::meta::Meta;

/// Why an envelope is not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The envelope itself cannot be as asked; its convention set nothing aside.
    #[error("{0}")]
    Envelope(#[from] ExecuteError<EnvelopeRefusal>),
    /// The convention does not have as much.
    #[error("{0}")]
    Convention(#[from] ExecuteError<ConventionRefusal>),
    /// There is no such convention, or it is another funder's.
    #[error("this funder has no such convention")]
    NotTheFunders,
}

/// Opens the envelope `id`; sent again, it answers the same.
pub async fn open(
    ledger: &Ledger,
    id: EnvelopeId,
    opened: EnvelopeOpened,
    meta: Meta,
) -> Result<Done<EnvelopeEvent>, OpenError> {
    let (funder, budget, convention) = (opened.funder, opened.budget, opened.convention);
    let open = EnvelopeCommand::Open(Box::new(opened));
    if let Some(convention) = convention {
        let would = ledger.inspect::<Envelope, _>(id, |it| it.decide(&open)).await?;
        would.map_err(ExecuteError::Refused)?;
        let signed = ledger.inspect::<Convention, _>(convention, |it| {
            it.signed.as_ref().map(|signed| signed.funder)
        });
        if signed.await? != Some(funder) {
            return Err(OpenError::NotTheFunders);
        }
        let draw = ConventionCommand::Draw { envelope: id, amount: budget };
        ledger.execute::<Convention>(convention, &draw, meta).await?;
    }
    Ok(ledger.execute::<Envelope>(id, &open, meta).await?)
}
