//! The tables `payment`, `payment_metadata` and `payment_purchase`: what partners ask for.

use ledger_core::payment::{CaptureMode, PaymentCreated, PaymentEvent};
use rusqlite::{Transaction, params};

use super::At;
use crate::columns::{cents, stored};

/// How far a payment went before an account held money for it, as stored.
pub(crate) mod step {
    pub(crate) const WAITING: u8 = 0;
    pub(crate) const AUTHORISED: u8 = 1;
    pub(crate) const DECLINED: u8 = 2;
    pub(crate) const CANCELLED: u8 = 3;
    pub(crate) const EXPIRED: u8 = 4;
    pub(crate) const AWAITING: u8 = 5;
}

/// Writes what one event of a payment tells.
pub(super) fn write(to: &Transaction<'_>, at: At, event: &PaymentEvent) -> rusqlite::Result<()> {
    let id = at.id.as_bytes();
    let ended = |step: u8| {
        to.prepare_cached("UPDATE payment SET step = ?2 WHERE id = ?1")?.execute(params![id, step])
    };
    match event {
        PaymentEvent::Created(it) => return created(to, at, it),
        PaymentEvent::Authorised(it) => to
            .prepare_cached(
                "UPDATE payment SET step = ?2, account = ?3, metered = by_use WHERE id = ?1",
            )?
            .execute(params![id, step::AUTHORISED, it.account.0.as_bytes()])?,
        PaymentEvent::ApprovalAwaited(it) => to
            .prepare_cached("UPDATE payment SET step = ?2, account = ?3 WHERE id = ?1")?
            .execute(params![id, step::AWAITING, it.account.0.as_bytes()])?,
        PaymentEvent::Declined(_) => ended(step::DECLINED)?,
        PaymentEvent::Cancelled(_) => ended(step::CANCELLED)?,
        PaymentEvent::Expired(_) => ended(step::EXPIRED)?,
        PaymentEvent::UsageClosed(it) => to
            .prepare_cached("UPDATE payment SET metered = metered AND NOT ?2 WHERE id = ?1")?
            .execute(params![id, it.last])?,
        PaymentEvent::UsageRecorded(_) | PaymentEvent::CeilingNeared(_) => 0,
    };
    Ok(())
}

fn created(to: &Transaction<'_>, at: At, it: &PaymentCreated) -> rusqlite::Result<()> {
    let id = at.id.as_bytes();
    to.prepare_cached(
        "INSERT OR REPLACE INTO payment VALUES (?1, ?2, ?3, ?4, NULL, ?5, ?6, 0, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        id,
        it.partner.0.as_bytes(),
        it.reference.as_str(),
        step::WAITING,
        cents(it.total().cents()),
        it.by_use(),
        it.capture == CaptureMode::Automatic,
        it.expires_at.timestamp_millis(),
        at.milliseconds,
        stored(at.position),
    ])?;
    let mut entry =
        to.prepare_cached("INSERT OR REPLACE INTO payment_metadata VALUES (?1, ?2, ?3)")?;
    for (name, value) in &it.metadata {
        entry.execute(params![id, name.as_str(), value.as_str()])?;
    }
    let mut line =
        to.prepare_cached("INSERT OR REPLACE INTO payment_purchase VALUES (?1, ?2, ?3)")?;
    for (number, of) in it.lines.iter().enumerate() {
        line.execute(params![of.purchase.0.as_bytes(), id, stored(number as u64)])?;
    }
    Ok(())
}
