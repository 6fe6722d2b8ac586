//! Settlements and the bank, by themselves: periods are cut off, settlements drawn up, service done
//! presumed; files of payments that were cut off in the middle are finished, lines of statements
//! worked through.

use ledger_core::digest::Digest;
use ledger_core::ids::{BankAccountId, EnvelopeId, RemittanceId, SettlementId};
use ledger_core::meta::{Actor, Meta};
use ledger_core::process::remittances::{DrawUp, RemittancesError};
use ledger_core::process::settlements::{Certification, certify, cut_off, prepare};
use ledger_core::process::statements::{Funds, finish_identified, work_through};
use ledger_core::settlement::{PaymentSent, Settlement, SettlementCommand, Voucher, VoucherKind};
use parking_lot::Mutex;
use projections::Reader;
use projections::reports::titles::TitlesOf;

use super::flows::{PassError, step};
use crate::app::App;
use crate::problem::{Problem, kinds};
use crate::treasury::remittance_files::{FileError, draw_up, keep};
use crate::treasury::title_papers;

/// For how long a file that is not finished is left to whoever may be at it.
const LEFT_ALONE: chrono::TimeDelta = chrono::TimeDelta::seconds(30);

/// Does all that is left to do.
pub(super) async fn pass(app: &App, meta: Meta) -> Result<(), PassError> {
    let today = app.clock.today();
    let cut = cut_off(&app.ledger, app.config.settlements, today, meta).await.map_err(step)?;
    if cut > 0 {
        tracing::info!("Cut off {cut} settlement periods");
    }
    presume(app, meta).await?;
    let drawn_up = prepare(&app.ledger, meta).await.map_err(step)?;
    if drawn_up > 0 {
        tracing::info!("Drew up {drawn_up} settlements");
    }
    finish_remittances(app, meta).await?;
    let accounts = app.models.now()?.accounts_with_waiting_lines()?;
    for account in accounts {
        work_through_lines(app, account, meta).await?;
    }
    for account in app.models.now()?.bank_accounts()? {
        finish_identified(&app.ledger, account.id, meta).await.map_err(step)?;
    }
    keep_titles(app, meta).await
}

/// Presumes the service done of what nobody can contest any more.
async fn presume(app: &App, meta: Meta) -> Result<(), PassError> {
    let today = app.clock.today();
    let periods = app.models.now()?.presumable(today)?;
    for (ends, settlements) in periods {
        let seed = app.clock.opaque_id().as_u64_pair().1;
        let certification = Certification { on: today, by: Actor::PROCESS, seed };
        certify_all(app, ends, &settlements, certification, meta).await?;
    }
    Ok(())
}

/// Certifies service done, and keeps the list of what was delivered with each settlement.
pub async fn certify_all(
    app: &App,
    ends: chrono::NaiveDate,
    settlements: &[SettlementId],
    certification: Certification,
    meta: Meta,
) -> Result<(), PassError> {
    let reader = Mutex::new(app.models.now()?);
    let kind_of = |purchase| reader.lock().kind_of(purchase).ok().flatten();
    certify(&app.ledger, ends, settlements, certification, kind_of, meta).await.map_err(step)?;
    for &id in settlements {
        keep_lines(app, id, meta).await?;
    }
    Ok(())
}

/// Keeps the list of a settlement's lines with it, if it is the one whose fingerprint is known.
async fn keep_lines(app: &App, id: SettlementId, meta: Meta) -> Result<(), PassError> {
    let state = app.ledger.state::<Settlement>(id).await.map_err(step)?;
    let Some(prepared) = &state.prepared else { return Ok(()) };
    let list = {
        let reader =
            app.models.at_least(prepared.up_to, std::time::Duration::from_secs(20)).await?;
        let mut list = Vec::new();
        let (after, up_to) = (prepared.after, prepared.up_to);
        reader.write_settlement_lines(prepared.partner, after, up_to, &mut list)?;
        list
    };
    if Digest::of(&list) != prepared.digest {
        return Err(step(format!("{id}: the read models list other lines than the log")));
    }
    app.vouchers.keep(&list).map_err(step)?;
    let name = format!("service-fait-{}.csv", prepared.on);
    let voucher = Voucher::of(VoucherKind::ServiceDone, &name, "text/csv", &list);
    let attach = SettlementCommand::Attach { voucher, by: Actor::PROCESS };
    app.ledger.execute::<Settlement>(id, &attach, meta).await.map_err(step)?;
    Ok(())
}

/// Keeps the paper of every title that has none: service done was certified after the statement
/// came, or the service stopped in between.
async fn keep_titles(app: &App, meta: Meta) -> Result<(), PassError> {
    let not_kept = app.models.now()?.titles(TitlesOf::NotKept)?;
    for it in not_kept {
        title_papers::keep(app, it.settlement, meta).await.map_err(|it| step(&it.detail))?;
    }
    Ok(())
}

/// Draws up the files that payments were claimed for when the service stopped, and keeps those that
/// were drawn up and not kept.
async fn finish_remittances(app: &App, meta: Meta) -> Result<(), PassError> {
    let (unfinished, accounts) = {
        let reader = app.models.now()?;
        (reader.unfinished_remittances()?, reader.bank_accounts()?)
    };
    let Some(account) = accounts.first().map(|it| it.id) else { return Ok(()) };
    for (id, settlements) in unfinished {
        // Somebody may be at it: what was claimed a moment ago is left to them.
        let sent = settlements.first().copied();
        let Some(sent) = sent else { continue };
        let sent: Option<PaymentSent> =
            app.ledger.inspect::<Settlement, _>(sent, |it| it.sent.clone()).await.map_err(step)?;
        let since = app.models.now()?.settlement(settlements[0])?.map(|it| it.since);
        let young = since.is_none_or(|it| meta.at - it < LEFT_ALONE);
        let (Some(sent), false) = (sent, young) else { continue };
        let draw = DrawUp { id, account, settlements, execution: app.clock.today() };
        let by = Meta { by: sent.by, ..meta };
        match draw_up(app, &draw, by).await {
            Ok(()) => tracing::info!("Finished the remittance {id}"),
            Err(FileError::NotDrawnUp(RemittancesError::Nothing { .. })) => (),
            Err(FileError::NotDrawnUp(failure)) => return Err(step(failure)),
            Err(FileError::NotKept(problem)) => not_kept(id, &problem)?,
        }
    }
    let not_yet = app.models.now()?.remittances_not_kept()?;
    for (id, drawn_up) in not_yet {
        if meta.at - drawn_up.at < LEFT_ALONE {
            continue;
        }
        match keep(app, id, &drawn_up, Meta { by: drawn_up.by, ..meta }).await {
            Ok(()) => tracing::info!("Kept the file of the remittance {id}"),
            Err(problem) => not_kept(id, &problem)?,
        }
    }
    Ok(())
}

/// A file that cannot be written keeps nothing else waiting: its page tells why.
fn not_kept(id: RemittanceId, problem: &Problem) -> Result<(), PassError> {
    if problem.kind == &kinds::FILE_REFUSED {
        tracing::debug!("The file of the remittance {id} cannot be written: {}", problem.detail);
        return Ok(());
    }
    Err(step(&problem.detail))
}

/// Works through the lines of `account` that are waiting.
pub async fn work_through_lines(
    app: &App,
    account: BankAccountId,
    meta: Meta,
) -> Result<(), PassError> {
    let reader = Mutex::new(app.models.now()?);
    let funds_of = |reference: &str| funds_of(&reader.lock(), reference);
    let worked = work_through(&app.ledger, account, funds_of, meta).await.map_err(step)?;
    tracing::info!(
        "Worked through a bank statement: {} lines matched, {} charges, {} parked",
        worked.matched,
        worked.charges,
        worked.parked
    );
    Ok(())
}

/// Whose funds a reference on a bank statement announces.
fn funds_of(reader: &Reader, reference: &str) -> Option<Funds> {
    if let Ok(envelope) = reference.parse::<EnvelopeId>() {
        return Some(Funds::Envelope(envelope));
    }
    if let Some(settlement) = reader.titled(reference).ok().flatten() {
        return Some(Funds::Fee(settlement));
    }
    reader.called(reference).ok().flatten().map(Funds::Convention)
}
