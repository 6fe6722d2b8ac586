//! Payments go to the bank in files: each settlement claims its payment for one file, then the file
//! is drawn up from what was claimed. Stopped in between, it is finished by doing it again.

use chrono::NaiveDate;
use compact_str::CompactString;

use crate::bank::{BankAccount, BankRefusal};
use crate::digest::Digest;
use crate::ids::{BankAccountId, RemittanceId, SettlementId};
use crate::ledger::{ExecuteError, Ledger};
use crate::meta::Meta;
use crate::money::{Balance, Budget};
use crate::partner::{Partner, PartnerRefusal};
use crate::remittance::{
    BankStatus, Remittance, RemittanceAnswered, RemittanceCommand, RemittanceDrawnUp,
    RemittanceRefusal, Transfer,
};
use crate::settlement::{BankAnswer, Settlement, SettlementCommand, SettlementRefusal, Stage};

/// What a file is drawn up from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawUp {
    /// Which file; makes it idempotent.
    pub id: RemittanceId,
    /// The account that pays.
    pub account: BankAccountId,
    /// The payments that may be in it.
    pub settlements: Vec<SettlementId>,
    /// The day on which the bank is to carry it out.
    pub execution: NaiveDate,
}

/// A file that is drawn up, and what was left out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawnUp {
    /// The file.
    pub remittance: Box<RemittanceDrawnUp>,
    /// Payments that are not in it, and why.
    pub left_out: Vec<(SettlementId, String)>,
}

/// Why no file was drawn up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemittancesError {
    /// A settlement cannot be read or written to.
    #[error("{0}")]
    Settlement(#[from] ExecuteError<SettlementRefusal>),
    /// The file is refused.
    #[error("{0}")]
    Remittance(#[from] ExecuteError<RemittanceRefusal>),
    /// A partner cannot be read.
    #[error("{0}")]
    Partner(#[from] ExecuteError<PartnerRefusal>),
    /// The bank account cannot be read.
    #[error("{0}")]
    Bank(#[from] ExecuteError<BankRefusal>),
    /// No payment can be in it.
    #[error("no payment can be sent")]
    Nothing {
        /// Why each was left out.
        left_out: Vec<(SettlementId, String)>,
    },
}

/// Draws up a file of the payments of `it` that have the visa; the others are left out.
pub async fn draw_up(
    ledger: &Ledger,
    it: &DrawUp,
    meta: Meta,
) -> Result<DrawnUp, RemittancesError> {
    let known = ledger.inspect::<Remittance, _>(it.id, |it| it.drawn_up.clone()).await?;
    if let Some(remittance) = known {
        return Ok(already(remittance, &it.settlements));
    }
    let account = ledger.inspect::<BankAccount, _>(it.account, |it| it.opened.clone()).await?;
    let account = account.ok_or(ExecuteError::Refused(BankRefusal::NotOpen))?;
    let (mut transfers, mut left_out) = (Vec::new(), Vec::new());
    for &settlement in &it.settlements {
        match claim(ledger, settlement, it.id, meta).await? {
            Ok(transfer) => transfers.push(transfer),
            Err(why) => left_out.push((settlement, why)),
        }
    }
    let total: Balance = transfers.iter().map(|it| Balance::from(it.amount)).sum();
    let Some(total) = Budget::from_cents(total.cents()) else {
        return Err(RemittancesError::Nothing { left_out });
    };
    let remittance = Box::new(RemittanceDrawnUp {
        message: it.id.message(),
        at: meta.at,
        execution: it.execution,
        from: account.iban,
        payer: account.holder,
        transfers,
        total,
        by: meta.by,
    });
    let command = RemittanceCommand::DrawUp(remittance);
    ledger.execute::<Remittance>(it.id, &command, meta).await?;
    let drawn_up = ledger.inspect::<Remittance, _>(it.id, |it| it.drawn_up.clone()).await?;
    let remittance = drawn_up.ok_or(ExecuteError::Refused(RemittanceRefusal::NotDrawnUp))?;
    Ok(DrawnUp { remittance, left_out })
}

/// A file that was drawn up before: it claims nothing more, not even what the bank refused of it.
fn already(remittance: Box<RemittanceDrawnUp>, asked: &[SettlementId]) -> DrawnUp {
    let holds = |id| remittance.transfers.iter().any(|it| it.settlement == id);
    let without = |id| (id, "the file was drawn up without it".to_owned());
    let left_out = asked.iter().copied().filter(|it| !holds(*it)).map(without).collect();
    DrawnUp { remittance, left_out }
}

/// The payment of `id`, claimed for the file `remittance`; or why it cannot be.
async fn claim(
    ledger: &Ledger,
    id: SettlementId,
    remittance: RemittanceId,
    meta: Meta,
) -> Result<Result<Transfer, String>, RemittancesError> {
    let state = ledger.state::<Settlement>(id).await?;
    let Some(prepared) = &state.prepared else {
        return Ok(Err(SettlementRefusal::NotPrepared.to_string()));
    };
    let partner = prepared.partner;
    let paid = ledger.inspect::<Partner, _>(partner, |it| {
        let name = it.registered.as_ref().map(|it| it.name.clone());
        (it.approved.as_ref().map(|it| it.iban.clone()), name)
    });
    let (Some(iban), Some(name)) = paid.await? else {
        return Ok(Err("the partner has no approved bank details".to_owned()));
    };
    let mine =
        state.sent.as_ref().filter(|it| it.remittance == remittance && state.stage == Stage::Sent);
    let end_to_end = match mine {
        Some(sent) => sent.end_to_end.clone(),
        None => id.end_to_end(state.failed.len()),
    };
    let command = SettlementCommand::Send { remittance, end_to_end, iban, by: meta.by };
    match ledger.execute::<Settlement>(id, &command, meta).await {
        Ok(_) => (),
        Err(ExecuteError::Refused(refusal)) => return Ok(Err(refusal.to_string())),
        Err(error) => return Err(error.into()),
    }
    let sent = ledger.inspect::<Settlement, _>(id, |it| it.sent.clone()).await?;
    Ok(match sent.filter(|it| it.remittance == remittance) {
        Some(sent) => Ok(Transfer {
            settlement: id,
            partner,
            name,
            iban: sent.iban,
            end_to_end: sent.end_to_end,
            amount: sent.amount,
        }),
        None => Err("it is in another file".to_owned()),
    })
}

/// What the bank says of one payment of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The payment's reference; `None` for all of the file.
    pub end_to_end: Option<CompactString>,
    /// Whether the bank takes it; `None` when it will say later.
    pub accepted: Option<bool>,
    /// The bank's reason code; empty when it gives none.
    pub reason: CompactString,
}

/// What became of the answers of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// How many payments the bank takes.
    pub accepted: u32,
    /// How many it refuses: they are owed again.
    pub rejected: u32,
    /// Answers about payments that are not under way, and why.
    pub unknown: Vec<(CompactString, String)>,
}

/// Notes what the bank answered about `remittance`: payment by payment, then as a whole.
pub async fn answer(
    ledger: &Ledger,
    remittance: RemittanceId,
    answers: &[Answer],
    report: Digest,
    meta: Meta,
) -> Result<Answered, RemittancesError> {
    let drawn_up = ledger.inspect::<Remittance, _>(remittance, |it| it.drawn_up.clone()).await?;
    let drawn_up = drawn_up.ok_or(ExecuteError::Refused(RemittanceRefusal::NotDrawnUp))?;
    let whole = answers.iter().find(|it| it.end_to_end.is_none());
    let mut answered = Answered::default();
    for transfer in &drawn_up.transfers {
        let own = answers.iter().find(|it| it.end_to_end.as_ref() == Some(&transfer.end_to_end));
        let Some((said, accepted)) = own.or(whole).and_then(|it| Some((it, it.accepted?))) else {
            continue;
        };
        let (end_to_end, reason) = (transfer.end_to_end.clone(), said.reason.clone());
        let said = BankAnswer { end_to_end, reason, report };
        let command = if accepted {
            SettlementCommand::Accept(said)
        } else {
            SettlementCommand::Reject(said)
        };
        match ledger.execute::<Settlement>(transfer.settlement, &command, meta).await {
            Ok(_) if accepted => answered.accepted += 1,
            Ok(_) => answered.rejected += 1,
            Err(ExecuteError::Refused(refusal)) => {
                answered.unknown.push((transfer.end_to_end.clone(), refusal.to_string()));
            }
            Err(error) => return Err(error.into()),
        }
    }
    for it in answers {
        let Some(end_to_end) = &it.end_to_end else { continue };
        if !drawn_up.transfers.iter().any(|known| known.end_to_end == *end_to_end) {
            answered.unknown.push((end_to_end.clone(), "no such payment in this file".to_owned()));
        }
    }
    let status = match (answered.accepted, answered.rejected) {
        (0, 0) => BankStatus::Pending,
        (_, 0) => BankStatus::Accepted,
        (0, _) => BankStatus::Rejected,
        (_, _) => BankStatus::PartlyAccepted,
    };
    let (accepted, rejected) = (answered.accepted, answered.rejected);
    let command =
        RemittanceCommand::Answer(RemittanceAnswered { status, accepted, rejected, report });
    ledger.execute::<Remittance>(remittance, &command, meta).await?;
    Ok(answered)
}
