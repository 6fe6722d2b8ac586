//! A parked line is said to be something after all: the bank account claims it for that, then
//! whatever it is records it. Stopped in between, it is finished later.

use compact_str::CompactString;

use super::recording::{Receipt, Recording};
use super::{Funds, StatementsError, fees};
use crate::bank::{
    BankAccount, BankCommand, BankLine, BankRefusal, Direction, LineIdentified, Matched,
};
use crate::ids::BankAccountId;
use crate::ledger::{ExecuteError, Ledger};
use crate::meta::{Meta, accounting_day};
use crate::money::Budget;

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
        let is_taken = match Recording::of_funds(ledger, account, receipt, funds).await? {
            Some(recording) => recording.is_taken(ledger).await?,
            None => false,
        };
        if !is_taken {
            return Err(StatementsError::NotThat("it does not take these funds"));
        }
    }
    let command = BankCommand::Match { line: line.clone(), to, reference: "".into(), by: meta.by };
    ledger.execute::<BankAccount>(account, &command, meta).await?;
    finish_identified(ledger, account, meta).await
}

/// Says that a parked line is the payment, or the return to a collectivité, that we call
/// `reference`, whatever the bank made of it: out, it was debited; in, it came back.
pub async fn identify_payment(
    ledger: &Ledger,
    account: BankAccountId,
    line: &CompactString,
    reference: &CompactString,
    meta: Meta,
) -> Result<(), StatementsError> {
    let parked = ledger.inspect::<BankAccount, _>(account, |it| it.parked.get(line).cloned());
    let known = ledger.inspect::<BankAccount, _>(account, |it| {
        let mut all = it.identified.iter();
        all.find(|it| it.line == *line && it.reference == *reference).map(|it| it.to)
    });
    let to = match (parked.await?, known.await?) {
        (Some(parked), _) => {
            let as_line = as_paid(parked.amount, parked.direction, meta);
            match Recording::of_payment(ledger, reference, line, &as_line).await? {
                Some(recording) if recording.is_taken(ledger).await? => recording.to(),
                Some(_) | None => {
                    return Err(StatementsError::NotThat(
                        "no such payment of that sum is under way",
                    ));
                }
            }
        }
        (None, Some(to)) => to,
        (None, None) => {
            let waits = BankRefusal::NotWaiting { line: line.clone() };
            return Err(StatementsError::Bank(ExecuteError::Refused(waits)));
        }
    };
    let (line, reference) = (line.clone(), reference.clone());
    let command = BankCommand::Match { line, to, reference, by: meta.by };
    ledger.execute::<BankAccount>(account, &command, meta).await?;
    finish_identified(ledger, account, meta).await
}

/// A line that was parked, as one of today: until then it stood on the suspense account.
fn as_paid(amount: Budget, direction: Direction, meta: Meta) -> BankLine {
    BankLine {
        number: 0,
        amount,
        direction,
        booked: accounting_day(meta.at),
        code: "".into(),
        references: vec![],
        returned: "".into(),
    }
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
        let recording = match it.to {
            Matched::Fee(id) => funds(ledger, account, &it, Funds::Fee(id)).await?,
            Matched::Convention(id) => funds(ledger, account, &it, Funds::Convention(id)).await?,
            Matched::Envelope(id) => funds(ledger, account, &it, Funds::Envelope(id)).await?,
            Matched::Payment(_)
            | Matched::PaymentReturned(_)
            | Matched::FundsReturned(_)
            | Matched::ReturnCameBack(_) => {
                let as_line = as_paid(it.amount, it.direction, meta);
                Recording::of_payment(ledger, &it.reference, &it.line, &as_line).await?
            }
            // Never identified by hand: it is several payments.
            Matched::Remittance(_) => continue,
        };
        let meta = Meta { by: it.by, ..meta };
        let recorded = match recording {
            Some(recording) => recording.record(ledger, meta).await?,
            None => None,
        };
        if recorded.is_none() {
            return Err(StatementsError::NotThat("what it was said to be is taken no more"));
        }
    }
    fees::finish(ledger, account, meta).await
}

async fn funds(
    ledger: &Ledger,
    account: BankAccountId,
    it: &LineIdentified,
    funds: Funds,
) -> Result<Option<Recording>, StatementsError> {
    let receipt = Receipt::identified(&it.line, it.amount);
    Recording::of_funds(ledger, account, receipt, funds).await
}
