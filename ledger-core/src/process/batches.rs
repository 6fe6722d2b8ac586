//! A submitted file is credited: the envelope sets the whole of it aside at once, then the
//! accounts get theirs chunk by chunk, then what they refused is free again.

use chrono::NaiveDate;

use super::topups::{granting, on_time};
use crate::account::{Account, AccountCommand, AccountRefusal, Grant};
use crate::batch::{
    Batch, BatchCommand, BatchEvent, BatchRefusal, BatchStatus, ChunkAdded, ChunkCredited, Line,
    RefusedLine,
};
use crate::codec::{DecodeError, Stored};
use crate::envelope::{Allocation, Envelope, EnvelopeCommand, EnvelopeRefusal};
use crate::event_log::{EventLog, LogError};
use crate::ids::{AccountId, BatchId, EnvelopeId, LotId};
use crate::ledger::{ExecuteError, Ledger};
use crate::meta::Meta;
use crate::money::{Balance, Budget};

/// Why a batch stopped half-way; run again, it goes on from there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The batch does not take the step.
    #[error("{0}")]
    Batch(#[from] ExecuteError<BatchRefusal>),
    /// The envelope does not take the step.
    #[error("{0}")]
    Envelope(#[from] ExecuteError<EnvelopeRefusal>),
    /// An account could not be written to, for a reason that is not a rule.
    #[error("{0}")]
    Account(#[from] ExecuteError<AccountRefusal>),
    /// The log failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The log holds what this program cannot read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// The lot that a line of a batch becomes.
pub fn lot_of(batch: BatchId, line: u32) -> LotId {
    LotId::derived(batch.0, &line.to_be_bytes())
}

/// Credits `batch` from wherever it is; does nothing unless it is submitted and not over.
pub async fn credit(
    ledger: &Ledger,
    batch: BatchId,
    on: NaiveDate,
    meta: Meta,
) -> Result<(), BatchError> {
    let state = ledger.state::<Batch>(batch).await?;
    let (Some(opened), BatchStatus::Submitted) = (&state.opened, state.status) else {
        return Ok(());
    };
    if !allocate(ledger, batch, opened.envelope, &state, on, meta).await? {
        return Ok(());
    }
    for chunk in chunks(ledger, batch, state.chunks_credited).await? {
        let credited = credit_chunk(ledger, batch, opened.envelope, &chunk, on, meta).await?;
        ledger.execute::<Batch>(batch, &BatchCommand::RecordChunk(credited), meta).await?;
    }
    let Some(left) = ledger.inspect::<Batch, _>(batch, Batch::to_release).await? else {
        return Ok(());
    };
    if let Some(amount) = Budget::from_cents(left.cents()) {
        let release = EnvelopeCommand::Release { allocation: batch.0, amount };
        ledger.execute::<Envelope>(opened.envelope, &release, meta).await?;
    }
    ledger.execute::<Batch>(batch, &BatchCommand::Complete, meta).await?;
    Ok(())
}

/// Sets the whole batch aside; `false` when the envelope refuses it, which the batch then records.
async fn allocate(
    ledger: &Ledger,
    batch: BatchId,
    envelope: EnvelopeId,
    state: &Batch,
    on: NaiveDate,
    meta: Meta,
) -> Result<bool, BatchError> {
    let refuse = async |rule: &str, reason: String| {
        let refuse = BatchCommand::Refuse { rule: rule.into(), reason: reason.into() };
        ledger.execute::<Batch>(batch, &refuse, meta).await.map(|_| false)
    };
    let Some(amount) = Budget::from_cents(state.amount.cents()) else {
        let reason = format!("{} is more than a batch may hold", state.amount);
        return Ok(refuse("amount-too-large", reason).await?);
    };
    let allocation = Allocation { id: batch.0, amount, lines: state.lines, to: None };
    let allocate = EnvelopeCommand::Allocate { allocation, on };
    match ledger.execute::<Envelope>(envelope, &allocate, meta).await {
        Ok(_) => Ok(true),
        Err(ExecuteError::Refused(refusal)) => {
            Ok(refuse(refusal.rule(), refusal.to_string()).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// Credits the lines of one chunk; those credited before stay as they are.
async fn credit_chunk(
    ledger: &Ledger,
    batch: BatchId,
    envelope: EnvelopeId,
    chunk: &ChunkAdded,
    on: NaiveDate,
    meta: Meta,
) -> Result<ChunkCredited, BatchError> {
    let granting = granting(ledger, envelope).await?;
    let grant = |line: &Line| {
        let mut credits = granting.credits(lot_of(batch, line.number), line.amount)?;
        credits.batch = Some(batch);
        let on = on_time(&credits, on);
        let recipients = granting.recipients.clone();
        Some((line.account, AccountCommand::Grant(Grant { credits, recipients, on })))
    };
    let commands: Vec<(AccountId, AccountCommand)> = chunk.lines.iter().filter_map(grant).collect();
    let answers = ledger.execute_many::<Account>(&commands, meta).await;
    let (mut credited, mut amount, mut refused) = (0, Balance::ZERO, Vec::new());
    for (line, answer) in chunk.lines.iter().zip(answers) {
        match answer {
            Ok(_) => {
                credited += 1;
                amount = amount.plus(line.amount);
            }
            Err(ExecuteError::Refused(refusal)) => refused.push(RefusedLine {
                number: line.number,
                rule: refusal.rule().into(),
                detail: refusal.to_string().into(),
            }),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(ChunkCredited { number: chunk.number, credited, amount, refused })
}

/// The chunks of a batch that are not credited yet, in order.
async fn chunks(
    ledger: &Ledger,
    batch: BatchId,
    credited: u32,
) -> Result<Vec<ChunkAdded>, BatchError> {
    let mut chunks = Vec::new();
    for recorded in ledger.log().read_stream(batch.into(), 0).await? {
        if let BatchEvent::ChunkAdded(chunk) = BatchEvent::read(&recorded)?
            && chunk.number >= credited
        {
            chunks.push(chunk);
        }
    }
    Ok(chunks)
}
