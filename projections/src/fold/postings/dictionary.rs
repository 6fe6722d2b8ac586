//! The table `ledger_account`: the numbers of general accounts and their auxiliaries.

use ledger_core::chart::{Auxiliary, AuxiliaryKind, LedgerAccount};
use ledger_core::identifiers::Funder;
use ledger_core::journal::Side;
use rusqlite::Connection;
use rusqlite::types::Type;
use rustc_hash::FxHashMap;

use crate::columns;

/// The numbers of general accounts and their auxiliaries, by first appearance.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    numbers: FxHashMap<Side, u32>,
}

impl Dictionary {
    /// All those of the table.
    pub(super) fn read(from: &Connection) -> rusqlite::Result<Self> {
        let mut rows = from.prepare("SELECT no, number, auxiliary FROM ledger_account")?;
        let numbers = rows.query_map([], |row| Ok((side(row, 1)?, row.get(0)?)))?;
        Ok(Self { numbers: numbers.collect::<rusqlite::Result<_>>()? })
    }

    /// Its number, and whether it is new.
    pub(super) fn number(&mut self, side: Side) -> (u32, bool) {
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(side).or_insert(next);
        (number, number == next)
    }
}

/// The side in columns `index` (number) and the one after it (auxiliary).
pub(crate) fn side(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<Side> {
    let odd = |why: String| columns::odd(index, Type::Integer, why);
    let number: u32 = row.get(index)?;
    let account = LedgerAccount::of_number(number)
        .ok_or_else(|| odd(format!("{number} is not in the chart of accounts")))?;
    let code: String = row.get(index + 1)?;
    let auxiliary = match account.auxiliary() {
        AuxiliaryKind::None => Some(Auxiliary::None),
        AuxiliaryKind::Partner => code.parse().ok().map(Auxiliary::Partner),
        AuxiliaryKind::Funder => funder(&code).map(Auxiliary::Funder),
    };
    let auxiliary = auxiliary.ok_or_else(|| odd(format!("`{code}` is not an auxiliary")))?;
    Ok(Side { account, auxiliary })
}

/// The funder whose auxiliary account is `code`.
fn funder(code: &str) -> Option<Funder> {
    match <[u8; 4]>::try_from(code.as_bytes()) {
        Ok(programme) => Some(Funder::State(programme)),
        Err(_) => code.parse().ok().map(Funder::Collectivity),
    }
}
