//! Lines of bank statements find what they are: payments by their reference, a whole file of them,
//! money that comes back, funds that answer a call, charges. What nobody knows is parked until an
//! accountant says what it is.

mod fees;
mod identified;
mod recording;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use chrono::NaiveDate;
use compact_str::CompactString;

use crate::bank::{BankAccount, BankCommand, BankLine, BankRefusal, Direction, Matched};
use crate::convention::ConventionRefusal;
use crate::envelope::EnvelopeRefusal;
use crate::ids::{BankAccountId, ConventionId, EnvelopeId, RemittanceId, SettlementId};
use crate::ledger::{ExecuteError, Ledger};
use crate::meta::{Actor, Meta};
use crate::money::{Balance, Budget};
use crate::remittance::{Remittance, RemittanceRefusal};
use crate::settlement::{BankMovement, Settlement, SettlementCommand, SettlementRefusal, Stage};

use self::recording::{Receipt, Recording};

pub use self::identified::{finish_identified, identify, identify_payment};

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
                BankCommand::Match { line: name, to, reference: "".into(), by: Actor::PROCESS }
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
            Direction::In => match Recording::of_payment(ledger, reference, name, line).await? {
                Some(recording) => recording.record(ledger, meta).await?,
                None => None,
            },
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    match (line.direction, funds) {
        (Direction::In, Some(funds)) => {
            let (amount, booked) = (line.amount, Some(line.booked));
            let receipt = Receipt { line: name, amount, booked, references: &line.references };
            match Recording::of_funds(ledger, account, receipt, funds).await? {
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
    let payment = Recording::of_payment(ledger, reference, name, line).await?;
    if let Some(recording) = payment
        && let Some(to) = recording.record(ledger, meta).await?
    {
        return Ok(Some(to));
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
            let again = it.debited.contains(name);
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
