//! The tables of settlements, remittances, conventions and corrections: each row holds the state
//! that the domain's own `evolve` leads to, so that there is one implementation of each balance.

use ledger_core::convention::{Convention, ConventionEvent};
use ledger_core::correction::{Correction, CorrectionEvent, CorrectionStage};
use ledger_core::decider::Decider;
use ledger_core::meta::accounting_day;
use ledger_core::person::PersonEvent;
use ledger_core::remittance::{Remittance, RemittanceEvent};
use ledger_core::settlement::{Settlement, SettlementEvent, VoucherKind};
use ledger_core::webhook::WebhookEvent;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::At;
use crate::columns::{self, cents, day_number, stored};

/// The state in `table`, after `event`; the default one when there is no row yet.
fn evolved<D>(to: &Transaction<'_>, table: &str, at: At, event: &D::Event) -> rusqlite::Result<D>
where
    D: Decider + DeserializeOwned,
{
    let sql = format!("SELECT state FROM {table} WHERE id = ?1");
    let known = to
        .prepare_cached(&sql)?
        .query_row([at.id.as_bytes()], |row| columns::json(row, 0))
        .optional()?;
    let mut state: D = known.unwrap_or_default();
    state.evolve(event);
    Ok(state)
}

fn json(state: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(state).map_err(|error| columns::odd(0, Type::Text, error.to_string()))
}

pub(super) fn settlement(
    to: &Transaction<'_>,
    at: At,
    event: &SettlementEvent,
) -> rusqlite::Result<()> {
    let state: Settlement = evolved(to, "settlement", at, event)?;
    let Some(prepared) = &state.prepared else { return Ok(()) };
    let id = at.id.as_bytes();
    if let SettlementEvent::Certified(it) = event {
        let mut charge =
            to.prepare_cached("INSERT OR REPLACE INTO settlement_charge VALUES (?1, ?2, ?3)")?;
        for it in &it.charged {
            charge.execute(params![it.envelope.0.as_bytes(), id, cents(it.amount.cents())])?;
        }
    }
    fee(to, at, event)?;
    let remittance = state.sent.as_ref().map(|it| *it.remittance.0.as_bytes());
    to.prepare_cached(
        "INSERT INTO settlement VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT DO UPDATE SET
             since = CASE WHEN stage = excluded.stage THEN since ELSE excluded.since END,
             stage = excluded.stage, remittance = excluded.remittance, last = excluded.last,
             state = excluded.state",
    )?
    .execute(params![
        id,
        prepared.partner.0.as_bytes(),
        day_number(prepared.on),
        state.stage as u8,
        at.milliseconds,
        day_number(prepared.presumed_from),
        remittance,
        stored(at.position),
        json(&state)?,
    ])?;
    Ok(())
}

/// The titles of fees, and what becomes of them.
fn fee(to: &Transaction<'_>, at: At, event: &SettlementEvent) -> rusqlite::Result<()> {
    let id = at.id.as_bytes();
    match event {
        SettlementEvent::FeeTitled(it) => {
            to.prepare_cached("INSERT OR IGNORE INTO fee_title VALUES (?1, ?2, ?3, ?4, NULL, 0)")?
                .execute(params![
                    it.reference.as_str(),
                    id,
                    cents(it.total.cents()),
                    day_number(it.due)
                ])?;
        }
        SettlementEvent::FeePaid(it) => {
            let recorded = chrono::DateTime::from_timestamp_millis(at.milliseconds);
            let on = it.booked.unwrap_or_else(|| accounting_day(recorded.unwrap_or_default()));
            to.prepare_cached("UPDATE fee_title SET paid = ?2 WHERE reference = ?1")?
                .execute(params![it.reference.as_str(), day_number(on)])?;
        }
        SettlementEvent::VoucherAttached(it) if it.voucher.kind == VoucherKind::Title => {
            to.prepare_cached("UPDATE fee_title SET kept = 1 WHERE settlement = ?1")?
                .execute(params![id])?;
        }
        SettlementEvent::Prepared(_)
        | SettlementEvent::Certified(_)
        | SettlementEvent::StatementReceived(_)
        | SettlementEvent::Matched(_)
        | SettlementEvent::Differs(_)
        | SettlementEvent::LineChecked(_)
        | SettlementEvent::Ordered(_)
        | SettlementEvent::VisaGranted(_)
        | SettlementEvent::Suspended(_)
        | SettlementEvent::Answered(_)
        | SettlementEvent::Requisitioned(_)
        | SettlementEvent::SetOff(_)
        | SettlementEvent::Sent(_)
        | SettlementEvent::Accepted(_)
        | SettlementEvent::Rejected(_)
        | SettlementEvent::Debited(_)
        | SettlementEvent::Returned(_)
        | SettlementEvent::VoucherAttached(_) => (),
    }
    Ok(())
}

pub(super) fn remittance(
    to: &Transaction<'_>,
    at: At,
    event: &RemittanceEvent,
) -> rusqlite::Result<()> {
    let state: Remittance = evolved(to, "remittance", at, event)?;
    to.prepare_cached(
        "INSERT INTO remittance VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET last = excluded.last, state = excluded.state",
    )?
    .execute(params![
        at.id.as_bytes(),
        at.milliseconds,
        stored(at.position),
        json(&state)?
    ])?;
    Ok(())
}

pub(super) fn convention(
    to: &Transaction<'_>,
    at: At,
    event: &ConventionEvent,
) -> rusqlite::Result<()> {
    let state: Convention = evolved(to, "convention", at, event)?;
    let Some(signed) = &state.signed else { return Ok(()) };
    let id = at.id.as_bytes();
    if let ConventionEvent::Called(it) = event {
        to.prepare_cached("INSERT OR REPLACE INTO funds_call VALUES (?1, ?2, ?3, ?4)")?.execute(
            params![it.reference.as_str(), id, day_number(it.due), cents(it.amount.cents())],
        )?;
    }
    to.prepare_cached(
        "INSERT INTO convention VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET last = excluded.last, state = excluded.state",
    )?
    .execute(params![
        id,
        signed.funder.to_string(),
        stored(at.position),
        stored(at.position),
        json(&state)?,
    ])?;
    Ok(())
}

pub(super) fn correction(
    to: &Transaction<'_>,
    at: At,
    event: &CorrectionEvent,
) -> rusqlite::Result<()> {
    let state: Correction = evolved(to, "correction", at, event)?;
    let reached = match state.stage {
        CorrectionStage::Proposed => 0,
        CorrectionStage::Approved => 1,
        CorrectionStage::Rejected => 2,
    };
    to.prepare_cached(
        "INSERT INTO correction VALUES (?1, ?2, ?3, ?4, ?3, ?5)
         ON CONFLICT DO UPDATE SET stage = excluded.stage, last = excluded.last,
             state = excluded.state",
    )?
    .execute(params![
        at.id.as_bytes(),
        reached,
        stored(at.position),
        at.milliseconds,
        json(&state)?,
    ])?;
    Ok(())
}

/// Which webhook endpoints there are; what each is, its stream tells.
pub(super) fn webhook(to: &Transaction<'_>, at: At, event: &WebhookEvent) -> rusqlite::Result<()> {
    match event {
        WebhookEvent::Created(it) => {
            let party = serde_json::to_string(&it.party).unwrap_or_default();
            to.prepare_cached("INSERT OR REPLACE INTO webhook VALUES (?1, ?2, ?3)")?
                .execute(params![at.id.as_bytes(), party, stored(at.position)])?;
        }
        WebhookEvent::Deleted(_) => {
            to.prepare_cached("DELETE FROM webhook WHERE id = ?1")?.execute([at.id.as_bytes()])?;
        }
        WebhookEvent::Changed(_)
        | WebhookEvent::SecretRotated(_)
        | WebhookEvent::Paused(_)
        | WebhookEvent::Resumed(_)
        | WebhookEvent::Claimed(_)
        | WebhookEvent::Progressed(_)
        | WebhookEvent::Replayed(_) => (),
    }
    Ok(())
}

/// Who was ever given a role; which ones, their stream tells.
pub(super) fn person(to: &Transaction<'_>, at: At, event: &PersonEvent) -> rusqlite::Result<()> {
    match event {
        PersonEvent::Granted(_) | PersonEvent::Revoked(_) | PersonEvent::SignedOut(_) => {
            to.prepare_cached("INSERT OR IGNORE INTO person VALUES (?1, ?2)")?
                .execute(params![at.id.as_bytes(), stored(at.position)])?;
        }
    }
    Ok(())
}
