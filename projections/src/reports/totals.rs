//! Sums of debits and credits up to a day, as they are known now or were known on another day.
//!
//! Whole months first, then the few days beside them, so that it takes the same time as at any
//! date. What became known on another day than its own is apart ([`Reader::late`]) and corrects
//! the sums when it is asked what was known then.

use chrono::{Days, NaiveDate};
use rusqlite::{Row, params};
use rustc_hash::FxHashMap;

use crate::columns::{day_number, month_number};
use crate::fold::postings::stored_day;
use crate::{ReadError, Reader};

/// What was debited and credited, in cents, by how many lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) debit: i64,
    pub(crate) credit: i64,
    pub(crate) lines: i64,
}

impl Sums {
    /// Those in column `index` and the two after it.
    pub(crate) fn read(row: &Row<'_>, index: usize) -> rusqlite::Result<Self> {
        Ok(Self { debit: row.get(index)?, credit: row.get(index + 1)?, lines: row.get(index + 2)? })
    }

    pub(crate) fn add(&mut self, it: Self) {
        self.debit += it.debit;
        self.credit += it.credit;
        self.lines += it.lines;
    }

    pub(crate) fn take_away(&mut self, it: Self) {
        self.debit -= it.debit;
        self.credit -= it.credit;
        self.lines -= it.lines;
    }
}

/// By what sums are told apart: the number of an account and auxiliary, or of a general account.
pub(crate) type ByAccount = FxHashMap<u32, Sums>;

/// How detailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// By general account, under its number in the chart.
    General,
    /// By auxiliary, under its `ledger_account.no`.
    Auxiliary,
}

/// What became known on another day than the one it is posted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Late {
    /// The day it became known.
    pub(crate) known: i32,
    /// The accounting day.
    pub(crate) day: i32,
    /// Its `ledger_account.no`.
    pub(crate) account: u32,
    /// The general account.
    pub(crate) number: u32,
    pub(crate) sums: Sums,
}

impl Reader {
    /// All that is posted up to `to` (all of it when `None`), as known on `known` (now when `None`).
    pub(crate) fn sums(
        &self,
        to: Option<NaiveDate>,
        known: Option<NaiveDate>,
        detail: Detail,
    ) -> Result<ByAccount, ReadError> {
        let Some(known) = known else { return self.sums_known_now(to, detail) };
        // Nearly all became known on its day: what is later than `known` was not.
        let to_known = to.map_or(known, |to| to.min(known));
        let mut sums = self.sums_known_now(Some(to_known), detail)?;
        let (to, seen, known) = (stored_day(to), day_number(to_known), day_number(known));
        for it in self.late()? {
            let key = match detail {
                Detail::General => it.number,
                Detail::Auxiliary => it.account,
            };
            let entry = sums.entry(key).or_default();
            if it.day <= seen {
                entry.take_away(it.sums);
            }
            if it.day <= to && it.known <= known {
                entry.add(it.sums);
            }
        }
        Ok(sums)
    }

    fn sums_known_now(
        &self,
        to: Option<NaiveDate>,
        detail: Detail,
    ) -> Result<ByAccount, ReadError> {
        let mut sums = ByAccount::default();
        if detail == Detail::General {
            let sql = "SELECT number, sum(debit), sum(credit), sum(lines) FROM general_total
                WHERE day <= ?1 GROUP BY number";
            let mut rows = self.sql()?.prepare_cached(sql)?;
            let mut rows = rows.query([stored_day(to)])?;
            while let Some(row) = rows.next()? {
                sums.insert(row.get(0)?, Sums::read(row, 1)?);
            }
            return Ok(sums);
        }
        let cut = Cut::at(to);
        let sql = "SELECT account, debit, credit, lines FROM month_total WHERE month <= ?1";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let mut rows = rows.query([cut.month])?;
        while let Some(row) = rows.next()? {
            sums.entry(row.get(0)?).or_default().add(Sums::read(row, 1)?);
        }
        let Some((first, last)) = cut.days else { return Ok(sums) };
        let sql = "SELECT account, debit, credit, lines FROM day_total WHERE day BETWEEN ?1 AND ?2";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let mut rows = rows.query(params![first, last])?;
        while let Some(row) = rows.next()? {
            let (entry, it) = (sums.entry(row.get(0)?).or_default(), Sums::read(row, 1)?);
            if cut.are_added { entry.add(it) } else { entry.take_away(it) }
        }
        Ok(sums)
    }

    /// What became known on another day than the one it is posted on; there is little of it.
    pub(crate) fn late(&self) -> Result<Vec<Late>, ReadError> {
        let mut rows = self.sql()?.prepare_cached(
            "SELECT known, day, account, number, debit, credit, lines
             FROM late_total JOIN ledger_account ON no = account",
        )?;
        let rows = rows.query_map([], |row| {
            Ok(Late {
                known: row.get(0)?,
                day: row.get(1)?,
                account: row.get(2)?,
                number: row.get(3)?,
                sums: Sums::read(row, 4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// A day as whole months, and the days to add to them or to take away, whichever are fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cut {
    /// The last whole month.
    month: i32,
    /// First and last; `None` when months are all.
    days: Option<(i32, i32)>,
    are_added: bool,
}

impl Cut {
    fn at(day: Option<NaiveDate>) -> Self {
        let Some(day) = day else { return Self { month: i32::MAX, days: None, are_added: true } };
        let month = ledger_core::calendar::Month::of(day);
        let (first, last) = (month.first_day(), month.last_day());
        let number = month_number(day);
        if day - first < last - day {
            let days = Some((day_number(first), day_number(day)));
            return Self { month: number - 1, days, are_added: true };
        }
        let after = day.checked_add_days(Days::new(1)).filter(|it| *it <= last);
        let days = after.map(|it| (day_number(it), day_number(last)));
        Self { month: number, days, are_added: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_months_before_it_and_the_fewest_days_beside_them() {
        let cut = |day: &str| Cut::at(Some(day.parse().unwrap()));
        let number = |day: &str| day_number(day.parse().unwrap());
        let march = 2026 * 12 + 2;
        let early = cut("2026-03-02");
        let days = Some((number("2026-03-01"), number("2026-03-02")));
        assert_eq!(early, Cut { month: march - 1, days, are_added: true });
        let late = cut("2026-03-30");
        let days = Some((number("2026-03-31"), number("2026-03-31")));
        assert_eq!(late, Cut { month: march, days, are_added: false });
        assert_eq!(cut("2026-03-31"), Cut { month: march, days: None, are_added: false });
        assert_eq!(Cut::at(None).days, None);
    }
}
