//! The table `envelope`: each funder's pots, as their streams tell.

use ledger_core::envelope::{EnvelopeEvent, EnvelopeOpened};
use ledger_core::money::{Balance, Budget};
use rusqlite::{Transaction, params};

use super::At;
use crate::columns::{cents, day_number, stored};

/// Writes what one event changes.
pub(super) fn write(to: &Transaction<'_>, at: At, event: &EnvelopeEvent) -> rusqlite::Result<()> {
    let (id, last) = (at.id.as_bytes(), stored(at.position));
    let add = |column: &str, sum: i64| {
        let sql = format!("UPDATE envelope SET {column} = {column} + ?2, last = ?3 WHERE id = ?1");
        to.prepare_cached(&sql)?.execute(params![id, sum, last])
    };
    match event {
        EnvelopeEvent::Opened(it) => opened(to, at, it),
        EnvelopeEvent::BudgetConfirmed(it) => {
            let called = if it.funder.is_state() { None } else { it.rest };
            to.prepare_cached(
                "UPDATE envelope SET ratio = 1000, legal_reference = ?2, called = called + ?3,
                     last = ?4
                 WHERE id = ?1",
            )?
            .execute(params![
                id,
                it.legal_reference.as_str(),
                cents(called.map_or(0, Budget::cents)),
                last
            ])
        }
        EnvelopeEvent::BudgetRaised(it) => {
            let (amount, called) = (cents(it.amount.cents()), !it.funder.is_state());
            to.prepare_cached(
                "UPDATE envelope SET budget = budget + ?2, called = called + ?2 * ?3, last = ?4
                 WHERE id = ?1",
            )?
            .execute(params![id, amount, called, last])
        }
        EnvelopeEvent::FundsReceived(it) => {
            let amount = cents(it.amount.cents());
            if !stands_on_a_statement(to, &it.reference)? {
                add("by_hand", amount)?;
            }
            add("received", amount)
        }
        EnvelopeEvent::Allocated(it) => add("allocated", cents(it.allocation.amount.cents())),
        EnvelopeEvent::Released(it) => add("allocated", -cents(it.amount.cents())),
        EnvelopeEvent::ReturnsNoted(it) => add("returned", cents(it.total().cents())),
        EnvelopeEvent::Frozen(it) => to
            .prepare_cached(
                "UPDATE envelope SET frozen = ?2, frozen_on = ?3, last = ?4 WHERE id = ?1",
            )?
            .execute(params![id, it.reason.as_str(), day_number(it.on), last]),
        EnvelopeEvent::Unfrozen(_) => to
            .prepare_cached(
                "UPDATE envelope SET frozen = NULL, frozen_on = NULL, last = ?2 WHERE id = ?1",
            )?
            .execute(params![id, last]),
        EnvelopeEvent::Closed(_) => to
            .prepare_cached("UPDATE envelope SET closed = 1, last = ?2 WHERE id = ?1")?
            .execute(params![id, last]),
    }?;
    Ok(())
}

/// Whether a receipt is called after a line of a bank statement.
fn stands_on_a_statement(to: &Transaction<'_>, reference: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM bank_account a JOIN bank_line l
        ON l.account = a.id AND l.line = ?1)";
    to.prepare_cached(sql)?.query_row([reference], |row| row.get(0))
}

fn opened(to: &Transaction<'_>, at: At, it: &EnvelopeOpened) -> rusqlite::Result<usize> {
    let called = if it.funder.is_state() { None } else { it.called() };
    to.prepare_cached(
        "INSERT OR IGNORE INTO envelope (id, funder, funder_name, title, legal_reference,
             budget, ratio, called, received, allocated, returned, closed, valid_from,
             valid_until, priority, recipients, earmark, opened, opened_at, last)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, 0, 0, 0, ?9, ?10, ?11, ?12, ?13, ?14,
             ?15, ?14)",
    )?
    .execute(params![
        at.id.as_bytes(),
        it.funder.to_string(),
        it.funder_name.as_str(),
        it.title.as_str(),
        it.legal_reference.as_str(),
        cents(it.budget.cents()),
        it.ratio,
        cents(called.map_or(0, Budget::cents)),
        day_number(it.valid_from),
        day_number(it.valid_until),
        it.priority,
        serde_json::to_string(&it.recipients).unwrap_or_default(),
        serde_json::to_string(&it.earmark).unwrap_or_default(),
        stored(at.position),
        at.milliseconds,
    ])
}

/// What may be allocated in all: the ratio of the budget, rounded down to the cent.
pub(crate) fn ceiling(budget: Balance, ratio: u16) -> Balance {
    let ratio = u64::from(ratio);
    let cents = budget.cents();
    Balance::from_cents(cents / 1000 * ratio + cents % 1000 * ratio / 1000)
}
