//! Lines of bank statements find what they are: payments by their reference, a whole file of them,
//! money that comes back, funds that answer a call, charges. What nobody knows is parked until an
//! accountant says what it is.

mod fees;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use chrono::NaiveDate;
use compact_str::CompactString;

use crate::bank::{BankAccount, BankCommand, BankLine, BankRefusal, Direction, Matched};
use crate::convention::{
    Convention, ConventionCommand, ConventionFundsReceived, ConventionRefusal,
};
use crate::decider::Decider;
use crate::envelope::{Envelope, EnvelopeCommand, EnvelopeRefusal};
use crate::ids::{BankAccountId, ConventionId, EnvelopeId, ReceiptId, RemittanceId, SettlementId};
use crate::ledger::{ExecuteError, Ledger};
use crate::meta::{Actor, Meta};
use crate::money::{Balance, Budget};
use crate::remittance::{Remittance, RemittanceRefusal};
use crate::settlement::{
    BankMovement, FeePayment, PaymentReturned, Settlement, SettlementCommand, SettlementRefusal,
    Stage,
};

/// Why a line was not worked through; done again later, it goes on from there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementsError {
    /// The bank account does not take it.
    #[error("{0}")]
    Bank(#[from] ExecuteError<BankRefusal>),
    /// A settlement does not take it.
    #[error("{0}")]
    Settlement(#[from] ExecuteError<SettlementRefusal>),
    /// A remittance cannot be read.
    #[error("{0}")]
    Remittance(#[from] ExecuteError<RemittanceRefusal>),
    /// A convention does not take it.
    #[error("{0}")]
    Convention(#[from] ExecuteError<ConventionRefusal>),
    /// An envelope does not take it.
    #[error("{0}")]
    Envelope(#[from] ExecuteError<EnvelopeRefusal>),
    /// The line cannot be what was said.
    #[error("{0}")]
    NotThat(&'static str),
}

/// What a reference on a statement announces: whose funds, or which partner's fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Funds {
    /// The fee on a settlement: the reference is its title's.
    Fee(SettlementId),
    /// A convention's.
    Convention(ConventionId),
    /// An envelope's.
    Envelope(EnvelopeId),
}

/// What became of the lines that were waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worked {
    /// How many are known.
    pub matched: usize,
    /// How many are charges.
    pub charges: usize,
    /// How many are parked.
    pub parked: usize,
}

/// Works through every line of `account` that is waiting; `funds_of` says whose funds a reference
/// announces.
pub async fn work_through(
    ledger: &Ledger,
    account: BankAccountId,
    funds_of: impl Fn(&str) -> Option<Funds>,
    meta: Meta,
) -> Result<Worked, StatementsError> {
    let mut lines: Vec<(CompactString, BankLine)> = ledger
        .inspect::<BankAccount, _>(account, |it| {
            it.waiting.iter().map(|(name, line)| (name.clone(), line.clone())).collect()
        })
        .await?;
    // What went out is known before it comes back, wherever the two lines stand.
    lines.sort_by_key(|(_, it)| (it.booked, Reverse(it.direction), it.number));
    let mut worked = Worked::default();
    for (name, line) in lines {
        let funds = line.references.iter().find_map(|it| funds_of(it));
        let command = match find(ledger, account, &name, &line, funds, meta).await? {
            Some(to) => {
                worked.matched += 1;
                BankCommand::Match { line: name, to, by: Actor::PROCESS }
            }
            None if line.direction == Direction::Out && is_charge(&line.code) => {
                worked.charges += 1;
                BankCommand::BookCharge { line: name }
            }
            None => {
                worked.parked += 1;
                BankCommand::Park { line: name }
            }
        };
        ledger.execute::<BankAccount>(account, &command, meta).await?;
    }
    Ok(worked)
}

/// Whether the bank's code is that of a charge (ISO 20022 external codes `CHRG`, `COMM`, `FEES`).
fn is_charge(code: &str) -> bool {
    code.split('-').any(|it| matches!(it, "CHRG" | "COMM" | "FEES"))
}

/// What `line` is, once whatever it is has taken it; `None` when nothing does.
async fn find(
    ledger: &Ledger,
    account: BankAccountId,
    name: &CompactString,
    line: &BankLine,
    funds: Option<Funds>,
    meta: Meta,
) -> Result<Option<Matched>, StatementsError> {
    for reference in &line.references {
        let found = match line.direction {
            Direction::Out => outgoing(ledger, reference, name, line, meta).await?,
            Direction::In => came_back(ledger, reference, name, line, meta).await?,
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    match (line.direction, funds) {
        (Direction::In, Some(funds)) => {
            let (amount, booked) = (line.amount, Some(line.booked));
            let receipt = Receipt { line: name, amount, booked, references: &line.references };
            match Recording::of(ledger, account, receipt, funds).await? {
                Some(recording) => recording.record(ledger, meta).await,
                None => Ok(None),
            }
        }
        (Direction::In | Direction::Out, _) => Ok(None),
    }
}

/// A payment, all payments of a file, or a return to a collectivité.
async fn outgoing(
    ledger: &Ledger,
    reference: &CompactString,
    name: &CompactString,
    line: &BankLine,
    meta: Meta,
) -> Result<Option<Matched>, StatementsError> {
    let amount = line.amount;
    if let Some(id) = SettlementId::of_end_to_end(reference) {
        let debit = movement(reference, amount, line.booked, name);
        let debit = SettlementCommand::Debit(debit);
        if taken(ledger.execute::<Settlement>(id, &debit, meta).await)? {
            return Ok(Some(Matched::Payment(id)));
        }
    }
    if let Some(id) = ConventionId::of_end_to_end(reference) {
        let (end_to_end, booked, line) = (reference.clone(), line.booked, name.clone());
        let debit = ConventionCommand::DebitReturn { end_to_end, amount, booked, line };
        if taken(ledger.execute::<Convention>(id, &debit, meta).await)? {
            return Ok(Some(Matched::FundsReturned(id)));
        }
    }
    match RemittanceId::of_message(reference) {
        Some(id) if whole_file(ledger, id, name, line, meta).await? => {
            Ok(Some(Matched::Remittance(id)))
        }
        Some(_) | None => Ok(None),
    }
}

/// Whether `line` is all payments of the file `id` that the bank did not refuse, booked as one.
async fn whole_file(
    ledger: &Ledger,
    id: RemittanceId,
    name: &CompactString,
    line: &BankLine,
    meta: Meta,
) -> Result<bool, StatementsError> {
    let drawn_up = ledger.inspect::<Remittance, _>(id, |it| it.drawn_up.clone()).await?;
    let Some(drawn_up) = drawn_up else { return Ok(false) };
    let mut under_way = Vec::new();
    for transfer in &drawn_up.transfers {
        let end_to_end = &transfer.end_to_end;
        let mine = ledger.inspect::<Settlement, _>(transfer.settlement, |it| {
            let sent = it.sent.as_ref().is_some_and(|it| it.end_to_end == *end_to_end);
            // Debited by this very line, when it is done again after it was cut off.
            let again = it.debited.as_ref() == Some(name);
            sent && (it.stage == Stage::Sent || again)
        });
        if mine.await? {
            under_way.push(transfer);
        }
    }
    let sum: Balance = under_way.iter().map(|it| Balance::from(it.amount)).sum();
    if sum != line.amount.into() {
        return Ok(false);
    }
    for it in under_way {
        let debit = movement(&it.end_to_end, it.amount, line.booked, name);
        let debit = SettlementCommand::Debit(debit);
        ledger.execute::<Settlement>(it.settlement, &debit, meta).await?;
    }
    Ok(true)
}

/// A payment, or a return to a collectivité, that came back.
async fn came_back(
    ledger: &Ledger,
    reference: &CompactString,
    name: &CompactString,
    line: &BankLine,
    meta: Meta,
) -> Result<Option<Matched>, StatementsError> {
    if let Some(id) = ConventionId::of_end_to_end(reference) {
        let back = ConventionCommand::TakeBackReturn {
            end_to_end: reference.clone(),
            amount: line.amount,
            reason: line.returned.clone(),
            booked: line.booked,
            line: name.clone(),
        };
        let taken = taken(ledger.execute::<Convention>(id, &back, meta).await)?;
        return Ok(taken.then_some(Matched::ReturnCameBack(id)));
    }
    let Some(id) = SettlementId::of_end_to_end(reference) else { return Ok(None) };
    let siren = ledger.inspect::<Settlement, _>(id, |it| it.prepared.as_ref().map(|it| it.siren));
    let Some(siren) = siren.await? else { return Ok(None) };
    let returned = SettlementCommand::Return(Box::new(PaymentReturned {
        siren,
        end_to_end: reference.clone(),
        amount: line.amount,
        reason: line.returned.clone(),
        booked: line.booked,
        line: name.clone(),
    }));
    let taken = taken(ledger.execute::<Settlement>(id, &returned, meta).await)?;
    Ok(taken.then_some(Matched::PaymentReturned(id)))
}

/// Money that came in.
#[derive(Clone, Copy)]
struct Receipt<'a> {
    line: &'a CompactString,
    amount: Budget,
    booked: Option<NaiveDate>,
    references: &'a [CompactString],
}

impl<'a> Receipt<'a> {
    /// A line that was parked. No date of its own: until today it stood on the suspense account.
    fn identified(line: &'a CompactString, amount: Budget) -> Self {
        Self { line, amount, booked: None, references: &[] }
    }
}

/// What records money that came in, and where it goes.
enum Recording {
    Fee(BankAccountId, SettlementId, FeePayment),
    Convention(ConventionId, ConventionCommand),
    Envelope(EnvelopeId, EnvelopeCommand),
}

impl Recording {
    /// `it` as funds of `funds`; `None` when there is no such convention.
    async fn of(
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
                Ok(Some(Self::Convention(id, ConventionCommand::Receive(received))))
            }
            Funds::Envelope(id) => {
                let reference = line.clone();
                let command = EnvelopeCommand::ReceiveFunds { receipt, amount, reference, booked };
                Ok(Some(Self::Envelope(id, command)))
            }
        }
    }

    /// Whether it would be taken now.
    async fn is_taken(&self, ledger: &Ledger) -> Result<bool, StatementsError> {
        Ok(match self {
            Self::Fee(_, id, payment) => fees::is_taken(ledger, *id, payment).await?,
            Self::Convention(id, command) => {
                ledger.inspect::<Convention, _>(*id, |it| it.decide(command).is_ok()).await?
            }
            Self::Envelope(id, command) => {
                ledger.inspect::<Envelope, _>(*id, |it| it.decide(command).is_ok()).await?
            }
        })
    }

    /// Records it; `None` when it is refused.
    async fn record(self, ledger: &Ledger, meta: Meta) -> Result<Option<Matched>, StatementsError> {
        match self {
            Self::Fee(account, id, payment) => {
                fees::record(ledger, account, id, &payment, meta).await
            }
            Self::Convention(id, command) => {
                let taken = taken(ledger.execute::<Convention>(id, &command, meta).await)?;
                Ok(taken.then_some(Matched::Convention(id)))
            }
            Self::Envelope(id, command) => {
                let taken = taken(ledger.execute::<Envelope>(id, &command, meta).await)?;
                Ok(taken.then_some(Matched::Envelope(id)))
            }
        }
    }
}

/// Says what a parked line is: funds of a convention or an envelope, or a partner's fee.
///
/// The line is claimed first, so that it is never funds of two; stopped before they are recorded,
/// it is finished by [`finish_identified`], or by saying the same again.
pub async fn identify(
    ledger: &Ledger,
    account: BankAccountId,
    line: &CompactString,
    funds: Funds,
    meta: Meta,
) -> Result<(), StatementsError> {
    let parked = ledger.inspect::<BankAccount, _>(account, |it| it.parked.get(line).cloned());
    let to = match funds {
        Funds::Fee(id) => Matched::Fee(id),
        Funds::Convention(id) => Matched::Convention(id),
        Funds::Envelope(id) => Matched::Envelope(id),
    };
    if let Some(parked) = parked.await? {
        if parked.direction == Direction::Out {
            return Err(StatementsError::NotThat("money that goes out is no receipt"));
        }
        let receipt = Receipt::identified(line, parked.amount);
        let is_taken = match Recording::of(ledger, account, receipt, funds).await? {
            Some(recording) => recording.is_taken(ledger).await?,
            None => false,
        };
        if !is_taken {
            return Err(StatementsError::NotThat("it does not take these funds"));
        }
    }
    let command = BankCommand::Match { line: line.clone(), to, by: meta.by };
    ledger.execute::<BankAccount>(account, &command, meta).await?;
    finish_identified(ledger, account, meta).await
}

/// Records the funds of lines that were identified, and the fees that lines pay, where that was not
/// done yet.
pub async fn finish_identified(
    ledger: &Ledger,
    account: BankAccountId,
    meta: Meta,
) -> Result<(), StatementsError> {
    let identified = ledger.inspect::<BankAccount, _>(account, |it| it.identified.clone());
    for it in identified.await? {
        let funds = match it.to {
            Matched::Fee(id) => Funds::Fee(id),
            Matched::Convention(id) => Funds::Convention(id),
            Matched::Envelope(id) => Funds::Envelope(id),
            Matched::Payment(_)
            | Matched::Remittance(_)
            | Matched::PaymentReturned(_)
            | Matched::FundsReturned(_)
            | Matched::ReturnCameBack(_) => continue,
        };
        let receipt = Receipt::identified(&it.line, it.amount);
        let recording = Recording::of(ledger, account, receipt, funds).await?;
        let meta = Meta { by: it.by, ..meta };
        let recorded = match recording {
            Some(recording) => recording.record(ledger, meta).await?,
            None => None,
        };
        if recorded.is_none() {
            return Err(StatementsError::NotThat("its funds are taken no more"));
        }
    }
    fees::finish(ledger, account, meta).await
}

fn movement(
    end_to_end: &CompactString,
    amount: Budget,
    booked: NaiveDate,
    line: &CompactString,
) -> BankMovement {
    BankMovement { end_to_end: end_to_end.clone(), amount, booked, line: line.clone() }
}

/// Whether a command was carried out; a refusal says that the line is something else.
fn taken<E, R>(
    done: Result<crate::ledger::Done<E>, ExecuteError<R>>,
) -> Result<bool, ExecuteError<R>> {
    match done {
        Ok(_) => Ok(true),
        Err(ExecuteError::Refused(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
