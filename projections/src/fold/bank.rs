//! The tables `bank_account`, `bank_statement` and `bank_line`.

use ledger_core::bank::{BankEvent, Direction, StatementImported, line_name};
use rusqlite::{Transaction, params};

use super::At;
use crate::columns::{cents, day_number, stored};

/// `bank_line.status` of a line of which nothing is said yet.
pub(crate) const WAITING: u8 = 0;
/// … that is known.
pub(crate) const MATCHED: u8 = 1;
/// … that is a charge of the bank.
pub(crate) const CHARGE: u8 = 2;
/// … that stands on a suspense account.
pub(crate) const PARKED: u8 = 3;
/// … that stood there, and is known.
pub(crate) const IDENTIFIED: u8 = 4;

pub(super) fn write(to: &Transaction<'_>, at: At, event: &BankEvent) -> rusqlite::Result<()> {
    let mut status = to.prepare_cached(
        "UPDATE bank_line SET status = ?3, matched = ?4, event = ?5
         WHERE account = ?1 AND line = ?2",
    )?;
    let (id, position) = (at.id.as_bytes(), stored(at.position));
    match event {
        BankEvent::Opened(it) => {
            to.prepare_cached("INSERT OR IGNORE INTO bank_account VALUES (?1, ?2, 0, ?3)")?
                .execute(params![id, it.holder.as_str(), position])?;
        }
        BankEvent::Imported(it) => imported(to, at, it)?,
        BankEvent::Matched(it) => {
            let matched = serde_json::to_string(&it.to).unwrap_or_default();
            status.execute(params![id, it.line.as_str(), MATCHED, matched, position])?;
        }
        BankEvent::ChargeBooked(it) => {
            status.execute(params![id, it.line.as_str(), CHARGE, None::<&str>, position])?;
        }
        BankEvent::Parked(it) => {
            status.execute(params![id, it.line.as_str(), PARKED, None::<&str>, position])?;
        }
        BankEvent::Identified(it) => {
            let matched = serde_json::to_string(&it.to).unwrap_or_default();
            status.execute(params![id, it.line.as_str(), IDENTIFIED, matched, position])?;
        }
    }
    Ok(())
}

fn imported(to: &Transaction<'_>, at: At, it: &StatementImported) -> rusqlite::Result<()> {
    let (id, position) = (at.id.as_bytes(), stored(at.position));
    to.prepare_cached(
        "INSERT OR REPLACE INTO bank_statement VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        position,
        id,
        it.reference.as_str(),
        day_number(it.from),
        day_number(it.to),
        cents(it.opening.cents()),
        cents(it.closing.cents()),
        stored(it.lines.len() as u64),
        it.digest.to_string(),
        it.file.to_string(),
    ])?;
    to.prepare_cached("UPDATE bank_account SET balance = ?2 WHERE id = ?1")?
        .execute(params![id, cents(it.closing.cents())])?;
    let mut insert = to.prepare_cached(
        "INSERT OR REPLACE INTO bank_line
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, NULL, ?3)",
    )?;
    for line in &it.lines {
        let refs: Vec<&str> = line.references.iter().map(AsRef::as_ref).collect();
        insert.execute(params![
            id,
            line_name(&it.reference, line.number).as_str(),
            position,
            line.number,
            cents(line.amount.cents()),
            line.direction == Direction::In,
            day_number(line.booked),
            line.code.as_str(),
            refs.join(" "),
            WAITING,
        ])?;
    }
    Ok(())
}
