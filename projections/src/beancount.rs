//! The journal as plain text that beancount reads, checks and recomputes.
//!
//! `bean-check FILE` accepts it. Accounts are `Liabilities:Tiers:C443220:S217500016` (class 4),
//! `Assets:Tresorerie:C515100` (class 5) and `Equity:HorsBilan:C801120:S217500016` (class 8): number
//! and auxiliary behind a letter, which beancount wants, C for an account (compte), S for a SIREN, P
//! for a programme of the State. Each transaction is one event, and says which.

use std::io::{self, Write};
use std::ops::ControlFlow;

use ledger_core::chart::{Auxiliary, LedgerAccount};
use ledger_core::event_log::Log;
use ledger_core::identifiers::Funder;
use ledger_core::journal::Side;

use crate::reports::journal::{JournalEntry, JournalOf, each_entry};
use crate::{ReadError, Reader};

/// When accounts open: before anything was written.
const OPENED: &str = "2000-01-01";

/// Writes the entries of `of`, by day; reads the log as it goes.
pub async fn beancount(
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

/// Writes what stands before the entries: the currency, and the `accounts` that they move.
pub fn write_heading(to: &mut impl Write, accounts: &[Side]) -> io::Result<()> {
    writeln!(to, "option \"title\" \"Compte ressources\"")?;
    writeln!(to, "option \"operating_currency\" \"EUR\"\n")?;
    writeln!(to, "{OPENED} commodity EUR")?;
    for number in LedgerAccount::ALL {
        for side in accounts.iter().filter(|it| it.account == number) {
            writeln!(to, "\n{OPENED} open {} EUR", name(*side))?;
            writeln!(to, "  title: {}", quoted(number.title()))?;
        }
    }
    Ok(())
}

/// Writes one entry, as one transaction.
pub fn write_entry(to: &mut impl Write, entry: &JournalEntry) -> io::Result<()> {
    let JournalEntry { number, position, stream, version, event, postings, .. } = entry;
    let narration = postings.first().map_or("", |it| it.label);
    writeln!(to, "\n{} * {}", entry.day(), quoted(narration))?;
    writeln!(to, "  number: {}", quoted(&number.to_string()))?;
    writeln!(to, "  event: {}", quoted(event))?;
    writeln!(to, "  stream: {}", quoted(&stream.to_string()))?;
    writeln!(to, "  version: {version}\n  position: {position}")?;
    for it in postings {
        let cents = it.amount.cents();
        let sum = format!("{}.{:02}", cents / 100, cents % 100);
        for (side, sign) in [(it.debit, ""), (it.credit, "-")] {
            writeln!(to, "  {}  {sign}{sum} EUR", name(side))?;
            if it.label != narration {
                writeln!(to, "    label: {}", quoted(it.label))?;
            }
        }
    }
    Ok(())
}

/// `Liabilities:Tiers:C443220:S217500016`.
fn name(side: Side) -> String {
    let number = side.account.number();
    let root = match number / 100_000 {
        5 => "Assets:Tresorerie",
        6 => "Expenses:Charges",
        7 => "Income:Produits",
        8 => "Equity:HorsBilan",
        _ => "Liabilities:Tiers",
    };
    match side.auxiliary {
        Auxiliary::None => format!("{root}:C{number}"),
        auxiliary @ Auxiliary::Funder(Funder::State(_)) => {
            format!("{root}:C{number}:P{auxiliary}")
        }
        auxiliary @ (Auxiliary::Partner(_) | Auxiliary::Funder(Funder::Collectivity(_))) => {
            format!("{root}:C{number}:S{auxiliary}")
        }
    }
}

/// As beancount reads text.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(account: LedgerAccount, auxiliary: Auxiliary) -> String {
        name(Side { account, auxiliary })
    }

    #[test]
    fn accounts_have_names_that_beancount_takes() {
        let city = Auxiliary::Funder(Funder::Collectivity("217500016".parse().unwrap()));
        let state = Auxiliary::Funder(Funder::State(*b"0140"));
        let partner = Auxiliary::Partner("217500016".parse().unwrap());
        assert_eq!(
            named(LedgerAccount::CollectivityFunds, city),
            "Liabilities:Tiers:C443220:S217500016"
        );
        assert_eq!(named(LedgerAccount::StateRights, state), "Equity:HorsBilan:C801110:P0140");
        assert_eq!(named(LedgerAccount::Partners, partner), "Liabilities:Tiers:C401100:S217500016");
        assert_eq!(named(LedgerAccount::Treasury, Auxiliary::None), "Assets:Tresorerie:C515100");
    }

    #[test]
    fn text_ends_where_it_ends() {
        assert_eq!(quoted(r#"a "b" \"#), r#""a \"b\" \\""#);
    }
}
