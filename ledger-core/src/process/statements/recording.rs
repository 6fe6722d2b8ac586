//! What a line is recorded as: funds, a fee, a payment that was debited or came back.

use chrono::NaiveDate;
use compact_str::CompactString;

use super::{Funds, StatementsError, fees, movement, taken};
use crate::bank::{BankLine, Direction, Matched};
use crate::convention::{Convention, ConventionCommand, ConventionFundsReceived};
use crate::decider::Decider;
use crate::envelope::{Envelope, EnvelopeCommand};
use crate::ids::{BankAccountId, ConventionId, EnvelopeId, ReceiptId, SettlementId};
use crate::ledger::Ledger;
use crate::meta::Meta;
use crate::money::Budget;
use crate::settlement::{FeePayment, PaymentReturned, Settlement, SettlementCommand};

/// Money that came in.
#[derive(Clone, Copy)]
pub(super) struct Receipt<'a> {
    pub(super) line: &'a CompactString,
    pub(super) amount: Budget,
    pub(super) booked: Option<NaiveDate>,
    pub(super) references: &'a [CompactString],
}

impl<'a> Receipt<'a> {
    /// A line that was parked. No date of its own: until today it stood on the suspense account.
    pub(super) fn identified(line: &'a CompactString, amount: Budget) -> Self {
        Self { line, amount, booked: None, references: &[] }
    }
}

/// What records a line, and where.
pub(super) enum Recording {
    Fee(BankAccountId, SettlementId, FeePayment),
    Settlement(SettlementId, Box<SettlementCommand>, Matched),
    Convention(ConventionId, Box<ConventionCommand>, Matched),
    Envelope(EnvelopeId, EnvelopeCommand),
}

impl Recording {
    /// `it` as funds of `funds`; `None` when there is no such convention.
    pub(super) async fn of_funds(
        ledger: &Ledger,
        account: BankAccountId,
        it: Receipt<'_>,
        funds: Funds,
    ) -> Result<Option<Self>, StatementsError> {
        let Receipt { line, amount, booked, .. } = it;
        let receipt = ReceiptId::derived(account.0, line.as_bytes());
        match funds {
            Funds::Fee(id) => {
                let payment = FeePayment { amount, booked, line: line.clone() };
                Ok(Some(Self::Fee(account, id, payment)))
            }
            Funds::Convention(id) => {
                let known = ledger.inspect::<Convention, _>(id, |convention| {
                    let funder = convention.signed.as_ref().map(|it| it.funder)?;
                    Some((funder, convention.answered_by(it.references, amount)))
                });
                let Some((funder, call)) = known.await? else { return Ok(None) };
                let line = line.clone();
                let received =
                    ConventionFundsReceived { funder, receipt, call, amount, booked, line };
                let receive = Box::new(ConventionCommand::Receive(received));
                Ok(Some(Self::Convention(id, receive, Matched::Convention(id))))
            }
            Funds::Envelope(id) => {
                let reference = line.clone();
                let command = EnvelopeCommand::ReceiveFunds { receipt, amount, reference, booked };
                Ok(Some(Self::Envelope(id, command)))
            }
        }
    }

    /// `line` as the payment, or the return to a collectivité, that we call `reference`: out, it was
    /// debited; in, it came back. `None` when the reference is none of ours.
    pub(super) async fn of_payment(
        ledger: &Ledger,
        reference: &CompactString,
        name: &CompactString,
        line: &BankLine,
    ) -> Result<Option<Self>, StatementsError> {
        if let Some(id) = ConventionId::of_end_to_end(reference) {
            let (command, to) = returned_funds(id, reference, name, line);
            return Ok(Some(Self::Convention(id, Box::new(command), to)));
        }
        let Some(id) = SettlementId::of_end_to_end(reference) else { return Ok(None) };
        let siren =
            ledger.inspect::<Settlement, _>(id, |it| it.prepared.as_ref().map(|it| it.siren));
        let Some(siren) = siren.await? else { return Ok(None) };
        let (command, to) = match line.direction {
            Direction::Out => {
                let debit = movement(reference, line.amount, line.booked, name);
                (SettlementCommand::Debit(debit), Matched::Payment(id))
            }
            Direction::In => {
                let returned = SettlementCommand::Return(Box::new(PaymentReturned {
                    siren,
                    end_to_end: reference.clone(),
                    amount: line.amount,
                    reason: line.returned.clone(),
                    booked: line.booked,
                    line: name.clone(),
                }));
                (returned, Matched::PaymentReturned(id))
            }
        };
        Ok(Some(Self::Settlement(id, Box::new(command), to)))
    }

    /// Whether it would be taken now.
    pub(super) async fn is_taken(&self, ledger: &Ledger) -> Result<bool, StatementsError> {
        Ok(match self {
            Self::Fee(_, id, payment) => fees::is_taken(ledger, *id, payment).await?,
            Self::Settlement(id, command, _) => {
                ledger.inspect::<Settlement, _>(*id, |it| it.decide(command).is_ok()).await?
            }
            Self::Convention(id, command, _) => {
                ledger.inspect::<Convention, _>(*id, |it| it.decide(command).is_ok()).await?
            }
            Self::Envelope(id, command) => {
                ledger.inspect::<Envelope, _>(*id, |it| it.decide(command).is_ok()).await?
            }
        })
    }

    /// What the line is then.
    pub(super) fn to(&self) -> Matched {
        match self {
            Self::Fee(_, id, _) => Matched::Fee(*id),
            Self::Settlement(_, _, to) | Self::Convention(_, _, to) => *to,
            Self::Envelope(id, _) => Matched::Envelope(*id),
        }
    }

    /// Records it; `None` when it is refused.
    pub(super) async fn record(
        self,
        ledger: &Ledger,
        meta: Meta,
    ) -> Result<Option<Matched>, StatementsError> {
        match self {
            Self::Fee(account, id, payment) => {
                fees::record(ledger, account, id, &payment, meta).await
            }
            Self::Settlement(id, command, to) => {
                let taken = taken(ledger.execute::<Settlement>(id, &command, meta).await)?;
                Ok(taken.then_some(to))
            }
            Self::Convention(id, command, to) => {
                let taken = taken(ledger.execute::<Convention>(id, &command, meta).await)?;
                Ok(taken.then_some(to))
            }
            Self::Envelope(id, command) => {
                let taken = taken(ledger.execute::<Envelope>(id, &command, meta).await)?;
                Ok(taken.then_some(Matched::Envelope(id)))
            }
        }
    }
}

/// What a line says of a return to a collectivité.
fn returned_funds(
    id: ConventionId,
    reference: &CompactString,
    name: &CompactString,
    line: &BankLine,
) -> (ConventionCommand, Matched) {
    let (end_to_end, own_line) = (reference.clone(), name.clone());
    let (amount, booked) = (line.amount, line.booked);
    match line.direction {
        Direction::Out => {
            let debit =
                ConventionCommand::DebitReturn { end_to_end, amount, booked, line: own_line };
            (debit, Matched::FundsReturned(id))
        }
        Direction::In => {
            let reason = line.returned.clone();
            let back = ConventionCommand::TakeBackReturn {
                end_to_end,
                amount,
                reason,
                booked,
                line: own_line,
            };
            (back, Matched::ReturnCameBack(id))
        }
    }
}
