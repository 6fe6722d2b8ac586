//! What became of each feed, told to the ledger: only news are.

use ledger_core::harvest::{
    Defect, FeedFailed, FeedHeld, FeedRead, Harvest, HarvestCommand, HarvestRefusal, RECORDS_MAX,
    REMARKS_MAX, RefusedRecord, Remark,
};
use ledger_core::ids::HarvestId;
use ledger_core::ledger::{ExecuteError, Ledger};
use ledger_core::meta::Meta;

use super::{FeedReport, Outcome, Report, SyncError};
use crate::feed::{Format, RefusedOffer};

/// What the ledger knows of one feed before it is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Before {
    /// Whether somebody has let it through, whatever it names.
    pub(super) lifted: bool,
    /// Whether it told of anything when it was last read.
    pub(super) told: bool,
}

/// What the ledger knows of a feed.
pub(super) async fn before(
    ledger: &Ledger,
    harvest: HarvestId,
    format: Format,
) -> Result<Before, SyncError> {
    let look = |it: &Harvest| {
        let last = it.last(format);
        Before {
            lifted: last.is_some_and(|it| it.lifted),
            told: last.and_then(|it| it.read.as_ref()).is_some_and(|it| it.named > 0),
        }
    };
    ledger.inspect(harvest, look).await.map_err(|it| failed(&it))
}

/// Tells what became of each feed.
pub(super) async fn record(
    ledger: &Ledger,
    harvest: HarvestId,
    meta: Meta,
    report: &Report,
) -> Result<(), SyncError> {
    let mut counted = false;
    for told in &report.feeds {
        let format = told.format;
        let command = match &told.outcome {
            Outcome::Left { .. } => continue,
            Outcome::Failed { reason } => {
                let reason = reason.chars().take(1_000).collect::<String>().into();
                HarvestCommand::RecordFailed(FeedFailed { format, reason })
            }
            Outcome::Held { known, named } => HarvestCommand::Hold(FeedHeld {
                format,
                known: count(*known),
                named: count(*named),
            }),
            Outcome::NotModified | Outcome::Full | Outcome::Changes => {
                // What was done to the catalogue is told once, with the first feed that was read.
                let read = read(told, report, !counted);
                counted = true;
                HarvestCommand::RecordRead(Box::new(read))
            }
        };
        ledger.execute::<Harvest>(harvest, &command, meta).await.map_err(|it| failed(&it))?;
    }
    Ok(())
}

fn read(told: &FeedReport, report: &Report, first: bool) -> FeedRead {
    let of_catalogue = |number: usize| if first { count(number) } else { 0 };
    let (refused, remarked, digest, records, remarks) = match &told.findings {
        None => (0, 0, ledger_core::digest::Digest::of(&[]), vec![], vec![]),
        Some(it) => (
            count(it.refused),
            count(it.remarked),
            it.digest,
            it.refusals.iter().take(RECORDS_MAX).map(refused_record).collect(),
            it.remarks.iter().take(REMARKS_MAX).map(remark).collect(),
        ),
    };
    FeedRead {
        format: told.format,
        whole: told.outcome == Outcome::Full,
        named: count(told.named),
        published: of_catalogue(report.published),
        revised: of_catalogue(report.revised),
        withdrawn: of_catalogue(report.withdrawn),
        unchanged: of_catalogue(report.unchanged),
        waiting: of_catalogue(report.waiting),
        refused,
        remarked,
        changed_up_to: report.position.filter(|_| first),
        findings: digest,
        records,
        remarks,
    }
}

fn refused_record(it: &RefusedOffer) -> RefusedRecord {
    let defect = |it: &crate::feed::Reason| Defect {
        rule: it.rule.slug().into(),
        value: it.value.as_str().into(),
        message: it.message.as_str().into(),
    };
    RefusedRecord {
        reference: it.reference.clone(),
        title: it.title.as_deref().map(Into::into),
        place: it.place.as_str().into(),
        defects: it.reasons.iter().map(defect).collect(),
    }
}

fn remark(it: &crate::feed::Remark) -> Remark {
    Remark {
        reference: it.reference.clone(),
        place: it.place.as_str().into(),
        message: it.message.as_str().into(),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn failed(error: &ExecuteError<HarvestRefusal>) -> SyncError {
    SyncError::Ledger(error.to_string())
}
