//! Where the lines of an account stand, and its balance after each.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ledger_core::money::Balance;
use rusqlite::{Row, params};

use super::{GeneralLedger, LedgerCursor, LedgerOf};
use crate::columns::{self, day_number, month_number, month_of};
use crate::fold::postings::{CHUNK_BITS, PackedLine, stored_day, unpack};
use crate::net::Net;
use crate::reports::totals::{Late, Sums};
use crate::{ReadError, Reader};

/// Beyond so many auxiliaries, a chunk is read whole instead of account by account.
const APART_MAX: usize = 24;

/// A line as the tables have it.
pub(crate) struct Found {
    pub(crate) line: PackedLine,
    pub(crate) balance: Net,
    day: i32,
}

/// Which lines: the numbers of their accounts, and the last day on which they became known.
struct Wanted {
    numbers: Vec<u32>,
    known: i32,
}

impl Reader {
    /// The lines of `of`, `limit` of them after `after`; all but what the log tells of each.
    pub(crate) fn ledger_lines(
        &self,
        of: LedgerOf,
        after: Option<LedgerCursor>,
        limit: usize,
    ) -> Result<(GeneralLedger, Vec<Found>), ReadError> {
        let from = of.from.map_or(i32::MIN, day_number);
        let mut ledger = GeneralLedger {
            of,
            opening: Net::ZERO,
            debit: Balance::ZERO,
            credit: Balance::ZERO,
            lines: Vec::new(),
            next: None,
        };
        let wanted = Wanted { numbers: self.account_numbers(of)?, known: stored_day(of.known) };
        let (mut balance, mut days) = (Net::ZERO, Vec::new());
        for (day, sums) in self.days(of, &wanted)? {
            let net = Net::from_cents(sums.debit - sums.credit);
            if day < from {
                ledger.opening = ledger.opening.and(net);
            } else {
                ledger.debit = ledger.debit.and(columns::balance(sums.debit));
                ledger.credit = ledger.credit.and(columns::balance(sums.credit));
                days.push(day);
            }
            if day < from || after.is_some_and(|it| day < it.day) {
                balance = balance.and(net);
            }
        }
        let mut found: Vec<Found> = Vec::new();
        for day in days.into_iter().filter(|day| after.is_none_or(|it| *day >= it.day)) {
            for chunk in self.chunks(day, None)? {
                if after.is_some_and(|it| it.day == day && chunk < it.position >> CHUNK_BITS) {
                    balance = balance.and(self.chunk_net(chunk, day, &wanted)?);
                    continue;
                }
                for line in self.chunk_lines(chunk, day, &wanted)? {
                    let cents = i64::try_from(line.amount).unwrap_or(i64::MAX);
                    let moved = Net::from_cents(if line.is_credit { -cents } else { cents });
                    balance = balance.and(moved);
                    if after.is_some_and(|it| LedgerCursor::of(day, &line) <= it) {
                        continue;
                    }
                    if found.len() == limit {
                        ledger.next = found.last().map(|it| LedgerCursor::of(it.day, &it.line));
                        return Ok((ledger, found));
                    }
                    found.push(Found { line, balance, day });
                }
            }
        }
        Ok((ledger, found))
    }

    /// The numbers of the accounts asked for.
    fn account_numbers(&self, of: LedgerOf) -> Result<Vec<u32>, ReadError> {
        let auxiliary = of.auxiliary.map(|it| it.code().to_owned());
        let mut rows = self.sql()?.prepare_cached(
            "SELECT no FROM ledger_account
             WHERE number = ?1 AND (?2 IS NULL OR auxiliary = ?2) ORDER BY no",
        )?;
        let rows = rows.query_map(params![of.account.number(), auxiliary], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What they moved, day by day, up to the last day; of what comes before the first day, whole
    /// months may stand under one of their days.
    fn days(&self, of: LedgerOf, wanted: &Wanted) -> Result<BTreeMap<i32, Sums>, ReadError> {
        // Of what became known on its day, nothing after `known` was known then.
        let seen = stored_day(of.to).min(wanted.known);
        let mut days = match of.auxiliary {
            None => self.general_days(of, seen)?,
            Some(_) => BTreeMap::new(),
        };
        if of.auxiliary.is_some() {
            for account in &wanted.numbers {
                self.add_days(*account, of.from, seen, &mut days)?;
            }
        }
        if of.known.is_some() {
            let to = stored_day(of.to);
            let own = |it: &Late| wanted.numbers.binary_search(&it.account).is_ok();
            for it in self.late()?.into_iter().filter(own) {
                if it.day <= seen && it.known > wanted.known {
                    days.entry(it.day).or_default().take_away(it.sums);
                } else if it.day > seen && it.day <= to && it.known <= wanted.known {
                    days.entry(it.day).or_default().add(it.sums);
                }
            }
        }
        days.retain(|_, it| it.lines != 0);
        Ok(days)
    }

    /// What a general account moved, all auxiliaries together.
    fn general_days(&self, of: LedgerOf, to: i32) -> Result<BTreeMap<i32, Sums>, ReadError> {
        let sql = "SELECT day, debit, credit, lines FROM general_total
            WHERE number = ?1 AND day <= ?2";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map(params![of.account.number(), to], |row| {
            Ok((row.get(0)?, Sums::read(row, 1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Adds what one account and auxiliary moved: a few rows for each month in which it moved.
    fn add_days(
        &self,
        account: u32,
        from: Option<NaiveDate>,
        to: i32,
        days: &mut BTreeMap<i32, Sums>,
    ) -> Result<(), ReadError> {
        let sql = "SELECT min(month), max(month) FROM month_total";
        let (first, last): (Option<i32>, Option<i32>) =
            self.sql()?.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (Some(first), Some(last)) = (first, last) else { return Ok(()) };
        let whole = from.map_or(first, month_number);
        let sql = "SELECT debit, credit, lines FROM month_total
            WHERE month = ?1 AND account = ?2";
        let mut months = self.sql()?.prepare_cached(sql)?;
        let sql = "SELECT debit, credit, lines FROM day_total WHERE day = ?1 AND account = ?2";
        let mut of_day = self.sql()?.prepare_cached(sql)?;
        for month in first..=last.min(month_of(to)) {
            let mut rows = months.query(params![month, account])?;
            let Some(row) = rows.next()? else { continue };
            let Some(first) = first_day(month) else { continue };
            if month < whole {
                days.entry(day_number(first)).or_default().add(Sums::read(row, 0)?);
                continue;
            }
            let end = ledger_core::calendar::Month::of(first).last_day();
            for day in day_number(first)..=day_number(end).min(to) {
                let mut rows = of_day.query(params![day, account])?;
                while let Some(row) = rows.next()? {
                    days.entry(day).or_default().add(Sums::read(row, 0)?);
                }
            }
        }
        Ok(())
    }

    /// What the accounts moved in one chunk and day.
    fn chunk_net(&self, chunk: u64, day: i32, wanted: &Wanted) -> Result<Net, ReadError> {
        let mut net = Net::ZERO;
        self.each_part(chunk, day, wanted, |row| {
            net = net.and(Net::from_cents(row.get(1)?));
            Ok(())
        })?;
        Ok(net)
    }

    /// The lines of the accounts in one chunk and day, in the order of the log.
    fn chunk_lines(
        &self,
        chunk: u64,
        day: i32,
        wanted: &Wanted,
    ) -> Result<Vec<PackedLine>, ReadError> {
        let mut lines = Vec::new();
        self.each_part(chunk, day, wanted, |row| {
            let packed = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
            lines.extend(unpack(chunk, packed));
            Ok(())
        })?;
        lines.sort_by_key(|it| LedgerCursor::of(day, it));
        Ok(lines)
    }

    /// Gives `take` the rows of the accounts in one chunk and day: account, net, lines.
    fn each_part(
        &self,
        chunk: u64,
        day: i32,
        wanted: &Wanted,
        mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), ReadError> {
        let sql = "SELECT account, debit - credit, lines FROM posting_chunk
            WHERE chunk = ?1 AND account BETWEEN ?2 AND ?3 AND day = ?4 AND lag <= ?5";
        let mut parts = self.sql()?.prepare_cached(sql)?;
        let (chunk, lag) = (columns::stored(chunk), wanted.known.saturating_sub(day));
        let numbers = wanted.numbers.as_slice();
        let ranges: Vec<(u32, u32)> = match numbers {
            [first, .., last] if numbers.len() > APART_MAX => vec![(*first, *last)],
            apart => apart.iter().map(|it| (*it, *it)).collect(),
        };
        for (first, last) in ranges {
            let mut rows = parts.query(params![chunk, first, last, day, lag])?;
            while let Some(row) = rows.next()? {
                if numbers.binary_search(&row.get(0)?).is_ok() {
                    take(row)?;
                }
            }
        }
        Ok(())
    }
}

/// The first day of a month numbered from January of the year 0.
fn first_day(month: i32) -> Option<NaiveDate> {
    let number = u32::try_from(month.rem_euclid(12)).ok()?;
    NaiveDate::from_ymd_opt(month.div_euclid(12), number + 1, 1)
}
