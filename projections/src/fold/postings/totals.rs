//! The tables `day_total`, `month_total`, `general_total` and `late_total`.

use std::collections::BTreeMap;

use ledger_core::journal::{Journal, Side};
use rusqlite::{Transaction, params};
use rustc_hash::FxHashMap;

use super::{On, journal_code};
use crate::columns::month_of;

/// One line, as totals see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// The number of its account and auxiliary.
    pub(super) account: u32,
    /// Which they are.
    pub(super) side: Side,
    pub(super) journal: Journal,
    pub(super) debit: i64,
    pub(super) credit: i64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Total {
    debit: i64,
    credit: i64,
    lines: i64,
}

impl Total {
    fn add(&mut self, it: Self) {
        self.debit += it.debit;
        self.credit += it.credit;
        self.lines += it.lines;
    }
}

/// What is added to totals.
#[derive(Debug, Default)]
pub(super) struct Totals {
    /// By day, account and journal; the general account beside each.
    days: FxHashMap<(i32, u32, u8), (u32, Total)>,
    day_order: Vec<(i32, u32, u8)>,
    months: BTreeMap<(i32, u32), Total>,
    generals: BTreeMap<(u32, i32), Total>,
    /// By the day it became known, day and account.
    late: BTreeMap<(i32, i32, u32), Total>,
}

impl Totals {
    pub(super) fn take(&mut self, line: Line, on: On) {
        let Line { account, side, journal, debit, credit } = line;
        let added = Total { debit, credit, lines: 1 };
        let key = (on.day, account, journal_code(journal));
        let (_, total) =
            self.days.entry(key).or_insert_with(|| (side.account.number(), Total::default()));
        total.add(added);
        if on.known != on.day {
            self.late.entry((on.known, on.day, account)).or_default().add(added);
        }
    }

    pub(super) fn sort(&mut self) {
        self.day_order = self.days.keys().copied().collect();
        self.day_order.sort_unstable();
        for ((day, account, _), (number, total)) in &self.days {
            self.months.entry((month_of(*day), *account)).or_default().add(*total);
            self.generals.entry((*number, *day)).or_default().add(*total);
        }
    }

    pub(super) fn write(&self, to: &Transaction<'_>) -> rusqlite::Result<()> {
        const ADDED: &str = "ON CONFLICT DO UPDATE SET debit = debit + excluded.debit,
            credit = credit + excluded.credit, lines = lines + excluded.lines";
        let sql = format!("INSERT INTO day_total VALUES (?1, ?2, ?3, ?4, ?5, ?6) {ADDED}");
        let mut write = to.prepare_cached(&sql)?;
        for key @ (day, account, journal) in &self.day_order {
            let Some((_, it)) = self.days.get(key) else { continue };
            write.execute(params![day, account, journal, it.debit, it.credit, it.lines])?;
        }
        let sql = format!("INSERT INTO month_total VALUES (?1, ?2, ?3, ?4, ?5) {ADDED}");
        let mut write = to.prepare_cached(&sql)?;
        for ((month, account), it) in &self.months {
            write.execute(params![month, account, it.debit, it.credit, it.lines])?;
        }
        let sql = format!("INSERT INTO general_total VALUES (?1, ?2, ?3, ?4, ?5) {ADDED}");
        let mut write = to.prepare_cached(&sql)?;
        for ((number, day), it) in &self.generals {
            write.execute(params![number, day, it.debit, it.credit, it.lines])?;
        }
        let sql = format!("INSERT INTO late_total VALUES (?1, ?2, ?3, ?4, ?5, ?6) {ADDED}");
        let mut write = to.prepare_cached(&sql)?;
        for ((known, day, account), it) in &self.late {
            write.execute(params![known, day, account, it.debit, it.credit, it.lines])?;
        }
        Ok(())
    }
}
