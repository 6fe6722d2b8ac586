//! The journal as plain text that hledger and ledger read, check and recompute.
//!
//! `hledger -f FILE check -s` accepts it; `hledger -f FILE bal -O csv` gives the trial balance, and
//! so does `ledger -f FILE bal --flat`.
//! Accounts are `class:number:auxiliary`. Each transaction is one entry, with its number, and says
//! which event it is.

use std::io::Write;
use std::ops::ControlFlow;

use ledger_core::chart::{Auxiliary, LedgerAccount};
use ledger_core::event_log::Log;
use ledger_core::journal::Side;

use crate::reports::journal::{JournalEntry, JournalOf, each_entry};
use crate::table::euros;
use crate::{ReadError, Reader};

/// Writes the entries of `of`, by day; reads the log as it goes.
pub async fn hledger(
    reader: Reader,
    log: &Log,
    of: JournalOf,
    mut to: impl Write,
) -> Result<(), ReadError> {
    write_heading(&mut to, &reader.ledger_accounts()?)?;
    each_entry(reader, log, of, None, |entry| {
        write_entry(&mut to, &entry)?;
        Ok(ControlFlow::Continue(()))
    })
    .await?;
    Ok(to.flush()?)
}

/// Writes what stands before the entries: how sums are written, and the `accounts` they move.
pub fn write_heading(to: &mut impl Write, accounts: &[Side]) -> std::io::Result<()> {
    writeln!(to, "decimal-mark ,\n\ncommodity 1000,00 EUR\n")?;
    for number in LedgerAccount::ALL {
        let parts: Vec<&Side> = accounts.iter().filter(|it| it.account == number).collect();
        if !parts.is_empty() {
            writeln!(to, "; {} {}", number, number.title())?;
        }
        for side in parts {
            writeln!(to, "account {}", name(*side))?;
        }
    }
    Ok(())
}

/// Writes one entry, as one transaction.
pub fn write_entry(to: &mut impl Write, entry: &JournalEntry) -> std::io::Result<()> {
    let JournalEntry { number, position, stream, version, event, postings, .. } = entry;
    let label = postings.first().map_or("", |it| it.label);
    writeln!(to, "\n{} ({number}) {label}", entry.day())?;
    writeln!(
        to,
        "    ; position: {position}, event: {event}, stream: {stream}, version: {version}"
    )?;
    if let Some(own) = entry.own_date() {
        writeln!(to, "    ; piece: {own}")?;
    }
    for it in postings {
        let cents = i64::try_from(it.amount.cents()).unwrap_or(i64::MAX);
        let (debit, credit) = (name(it.debit), name(it.credit));
        writeln!(to, "    {debit}  {} EUR  ; {}", euros(cents), it.label)?;
        writeln!(to, "    {credit}  {} EUR", euros(-cents))?;
    }
    Ok(())
}

/// `4:443220:217500016`.
fn name(side: Side) -> String {
    let number = side.account.number();
    let class = number / 100_000;
    match side.auxiliary {
        Auxiliary::None => format!("{class}:{number}"),
        auxiliary @ (Auxiliary::Partner(_) | Auxiliary::Funder(_)) => {
            format!("{class}:{number}:{auxiliary}")
        }
    }
}
