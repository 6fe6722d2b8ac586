//! The trial balance (balance générale): what each ledger account has moved, and its balance.

use chrono::{Days, NaiveDate};
use ledger_core::chart::{Auxiliary, LedgerAccount};
use ledger_core::money::Balance;

use super::totals::{ByAccount, Detail};
use crate::columns;
use crate::fold::postings::side;
use crate::net::Net;
use crate::table::{Cell, Table};
use crate::{ReadError, Reader};

/// Which trial balance; `Default` is all that was ever posted, by general account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrialBalanceOf {
    /// The first day of the movements; what came before is the opening balance. `None`: all of it.
    pub from: Option<NaiveDate>,
    /// The last day, included. `None`: up to now.
    pub to: Option<NaiveDate>,
    /// As it was known at the end of this day. `None`: as it is known now.
    pub known: Option<NaiveDate>,
    /// One line for each auxiliary account, instead of one for each general account.
    pub by_auxiliary: bool,
}

/// One line of a trial balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrialBalanceLine {
    /// The general account.
    pub account: LedgerAccount,
    /// Whose part of it; `None` when all are together.
    pub auxiliary: Option<Auxiliary>,
    /// Its balance before the first day.
    pub opening: Net,
    /// What was debited from the first day to the last.
    pub debit: Balance,
    /// What was credited from the first day to the last.
    pub credit: Balance,
}

impl TrialBalanceLine {
    /// Its balance after the last day.
    pub fn closing(&self) -> Net {
        self.opening.and(Net::of(self.debit, self.credit))
    }
}

/// Sums of several lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Σ opening balances in debit.
    pub opening_debit: Balance,
    /// Σ opening balances in credit.
    pub opening_credit: Balance,
    /// Σ debits.
    pub debit: Balance,
    /// Σ credits.
    pub credit: Balance,
    /// Σ closing balances in debit.
    pub closing_debit: Balance,
    /// Σ closing balances in credit.
    pub closing_credit: Balance,
}

impl Totals {
    /// Whether debits are credits, before, during and after.
    pub fn balance(&self) -> bool {
        self.opening_debit == self.opening_credit
            && self.debit == self.credit
            && self.closing_debit == self.closing_credit
    }
}

/// A trial balance, by account number and auxiliary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialBalance {
    /// What was asked.
    pub of: TrialBalanceOf,
    /// Accounts that were ever moved up to the last day.
    pub lines: Vec<TrialBalanceLine>,
}

impl TrialBalance {
    /// Of all accounts.
    pub fn totals(&self) -> Totals {
        total(self.lines.iter())
    }

    /// Of the accounts of classes 1 to 7: debts and cash.
    pub fn general_totals(&self) -> Totals {
        total(self.lines.iter().filter(|it| !it.account.is_off_balance()))
    }

    /// Of the accounts of class 8: rights, holds and commitments.
    pub fn off_balance_totals(&self) -> Totals {
        total(self.lines.iter().filter(|it| it.account.is_off_balance()))
    }

    /// As a table: account, title, auxiliary when it is by auxiliary, opening, movements, closing.
    pub fn table(&self) -> Table {
        let auxiliary = self.of.by_auxiliary;
        let mut headings = vec!["compte", "intitulé", "auxiliaire"];
        headings.extend(["ouverture D", "ouverture C", "débit", "crédit", "solde D", "solde C"]);
        let mut rows: Vec<Vec<Cell>> = self.lines.iter().map(row).collect();
        let mut totals = vec![
            foot("Classes 1 à 7", &self.general_totals()),
            foot("Classe 8, hors bilan", &self.off_balance_totals()),
            foot("Total", &self.totals()),
        ];
        let mut drop = |column: usize| {
            headings.remove(column);
            for row in rows.iter_mut().chain(&mut totals) {
                row.remove(column);
            }
        };
        if self.of.from.is_none() {
            drop(4);
            drop(3);
        }
        if !auxiliary {
            drop(2);
        }
        Table { headings, rows, totals }
    }
}

impl std::fmt::Display for TrialBalance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.table().fmt(f)
    }
}

fn row(it: &TrialBalanceLine) -> Vec<Cell> {
    let (opening, closing) = (it.opening, it.closing());
    vec![
        Cell::text(it.account),
        Cell::text(it.account.title()),
        it.auxiliary.map_or(Cell::Empty, Cell::text),
        Cell::moved(opening.debtor()),
        Cell::moved(opening.creditor()),
        Cell::Sum(it.debit),
        Cell::Sum(it.credit),
        Cell::moved(closing.debtor()),
        Cell::moved(closing.creditor()),
    ]
}

fn foot(title: &str, it: &Totals) -> Vec<Cell> {
    let sums = [
        it.opening_debit,
        it.opening_credit,
        it.debit,
        it.credit,
        it.closing_debit,
        it.closing_credit,
    ];
    let names = [Cell::Empty, Cell::text(title), Cell::Empty];
    names.into_iter().chain(sums.map(Cell::Sum)).collect()
}

fn total<'a>(lines: impl Iterator<Item = &'a TrialBalanceLine>) -> Totals {
    lines.fold(Totals::default(), |sum, it| {
        let closing = it.closing();
        Totals {
            opening_debit: sum.opening_debit.and(it.opening.debtor()),
            opening_credit: sum.opening_credit.and(it.opening.creditor()),
            debit: sum.debit.and(it.debit),
            credit: sum.credit.and(it.credit),
            closing_debit: sum.closing_debit.and(closing.debtor()),
            closing_credit: sum.closing_credit.and(closing.creditor()),
        }
    })
}

impl Reader {
    /// The trial balance; a few milliseconds whatever the dates.
    pub fn trial_balance(&self, of: TrialBalanceOf) -> Result<TrialBalance, ReadError> {
        let detail = if of.by_auxiliary { Detail::Auxiliary } else { Detail::General };
        let closing = self.sums(of.to, of.known, detail)?;
        let before = of.from.and_then(|it| it.checked_sub_days(Days::new(1)));
        let opening = match before {
            Some(before) => self.sums(Some(before), of.known, detail)?,
            None => ByAccount::default(),
        };
        let mut lines = Vec::new();
        for (key, account, auxiliary) in self.balance_accounts(detail)? {
            let Some(all) = closing.get(&key).filter(|it| it.lines > 0) else { continue };
            let before = opening.get(&key).copied().unwrap_or_default();
            lines.push(TrialBalanceLine {
                account,
                auxiliary,
                opening: Net::from_cents(before.debit - before.credit),
                debit: columns::balance(all.debit - before.debit),
                credit: columns::balance(all.credit - before.credit),
            });
        }
        Ok(TrialBalance { of, lines })
    }

    /// What lines there may be, in their order, and under which key their sums stand.
    fn balance_accounts(
        &self,
        detail: Detail,
    ) -> Result<Vec<(u32, LedgerAccount, Option<Auxiliary>)>, ReadError> {
        let sql = "SELECT no, number, auxiliary FROM ledger_account ORDER BY number, auxiliary";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([], |row| {
            let side = side(row, 1)?;
            Ok(match detail {
                Detail::Auxiliary => (row.get(0)?, side.account, Some(side.auxiliary)),
                Detail::General => (side.account.number(), side.account, None),
            })
        })?;
        let mut accounts = rows.collect::<Result<Vec<_>, _>>()?;
        accounts.dedup();
        Ok(accounts)
    }
}
