//! Batches as the API writes them.

use compact_str::CompactString;
use ledger_core::batch::{self as core, BatchStatus};
use ledger_core::ids::{AccountId, BatchId, EnvelopeId};
use projections::reports::batches::BatchRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::fields;

/// A file of top-ups in JSON.
#[derive(ToSchema)]
#[schema(as = NewBatch)]
#[expect(dead_code, reason = "only described: the body is read as it comes")]
pub struct Described {
    /// Your own reference; the `Idempotency-Key` when it is left out. It stands before `lines`.
    #[schema(schema_with = fields::text_200, required = false)]
    reference: Option<String>,
    /// 1 to 1,000,000 lines, each account once.
    #[schema(min_items = 1, max_items = 1_000_000)]
    lines: Vec<DescribedLine>,
}

/// One account and what it gets.
#[derive(ToSchema)]
#[schema(as = NewLine)]
#[expect(dead_code, reason = "only described: the body is read as it comes")]
pub struct DescribedLine {
    /// Which account.
    #[schema(schema_with = fields::account_id)]
    account: String,
    /// How much, in euro cents.
    #[schema(schema_with = fields::amount_cents)]
    amount_cents: u64,
    /// For your own use; not kept.
    #[schema(schema_with = fields::text_200, required = false)]
    reference: Option<String>,
}

/// How far a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Its file has not come whole: send it again with the same key.
    Open,
    /// It is being credited.
    Crediting,
    /// The envelope refused it; nothing was credited.
    Refused,
    /// It is over.
    Completed,
}

impl From<BatchStatus> for Status {
    fn from(it: BatchStatus) -> Self {
        match it {
            BatchStatus::Open => Self::Open,
            BatchStatus::Submitted => Self::Crediting,
            BatchStatus::Refused => Self::Refused,
            BatchStatus::Completed => Self::Completed,
        }
    }
}

/// A file of top-ups, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Batch {
    /// Its id.
    #[schema(schema_with = fields::batch_id)]
    id: BatchId,
    /// The envelope that pays.
    #[schema(schema_with = fields::envelope_id)]
    envelope: EnvelopeId,
    /// Your own reference.
    #[schema(value_type = String)]
    reference: CompactString,
    /// How far it is.
    status: Status,
    /// Why the envelope refused it.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refused_because: Option<String>,
    /// How many lines can be credited, as far as the file itself tells.
    accepted_lines: u32,
    /// What they are in all.
    #[schema(schema_with = fields::balance_cents)]
    accepted_cents: u64,
    /// How many lines were refused: wrong in the file, or by their account.
    refused_lines: u32,
    /// How many lines were credited.
    credited_lines: u32,
    /// What they are in all.
    #[schema(schema_with = fields::balance_cents)]
    credited_cents: u64,
    /// How much of it was gone through, in hundredths.
    #[schema(minimum = 0, maximum = 100)]
    progress_percent: u32,
}

impl Batch {
    /// The batch `id` as its stream tells; `None` before it was opened.
    pub fn of(id: BatchId, it: &core::Batch) -> Option<Self> {
        let opened = it.opened.as_ref()?;
        Some(Self {
            id,
            envelope: opened.envelope,
            reference: opened.reference.clone(),
            status: it.status.into(),
            refused_because: None,
            accepted_lines: it.lines,
            accepted_cents: it.amount.cents(),
            refused_lines: it.refused,
            credited_lines: it.credited,
            credited_cents: it.amount_credited.cents(),
            progress_percent: percent(it.status, it.chunks_credited, it.chunks.len()),
        })
    }

    /// The same, refused for that reason.
    #[must_use]
    pub fn refused(mut self, reason: &str) -> Self {
        self.refused_because = Some(reason.to_owned());
        self
    }

    /// The batch as the read models tell.
    pub fn of_row(it: BatchRow) -> Self {
        let progress_percent = percent(it.status, it.chunks_credited, it.chunks as usize);
        Self {
            id: it.id,
            envelope: it.envelope,
            reference: it.reference.into(),
            status: it.status.into(),
            refused_because: it.reason,
            accepted_lines: it.lines,
            accepted_cents: it.amount.cents(),
            refused_lines: it.refused,
            credited_lines: it.credited,
            credited_cents: it.amount_credited.cents(),
            progress_percent,
        }
    }
}

fn percent(status: BatchStatus, done: u32, chunks: usize) -> u32 {
    match status {
        BatchStatus::Open => 0,
        BatchStatus::Completed | BatchStatus::Refused => 100,
        BatchStatus::Submitted => {
            let chunks = u32::try_from(chunks).unwrap_or(u32::MAX).max(1);
            (done.saturating_mul(100) / chunks).min(99)
        }
    }
}

/// Where one line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineStatus {
    /// It is right, and not credited yet.
    Pending,
    /// Its account has it.
    Credited,
    /// It is wrong, or its account did not take it.
    Refused,
}

impl LineStatus {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Credited => "credited",
            Self::Refused => "refused",
        }
    }
}

/// What became of one line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LineReport {
    /// Its number in the file, from 1; the heading does not count.
    #[schema(minimum = 1)]
    pub line: u32,
    /// Where it stands.
    pub status: LineStatus,
    /// Which account; left out when the line does not tell.
    #[schema(value_type = Option<String>, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// How much; left out when the line does not tell.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_cents: Option<u64>,
    /// The rule that refused it, a stable name.
    #[schema(value_type = Option<String>, nullable = false, example = "amount-invalid")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<CompactString>,
    /// The field that is wrong; left out when it is the whole line.
    #[schema(nullable = false, example = "amount")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'static str>,
    /// What is wrong, and what would be right.
    #[schema(value_type = Option<String>, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<CompactString>,
}
