//! Our accounts at banks: statements, lines, and what each line is.

use chrono::NaiveDate;
use ledger_core::bank::{Direction, Matched};
use ledger_core::event_log::Position;
use ledger_core::ids::BankAccountId;
use ledger_core::money::Balance;
use rusqlite::{OptionalExtension, Row, params};

use crate::columns;
use crate::fold::bank::{CHARGE, IDENTIFIED, MATCHED, PARKED};
use crate::{ReadError, Reader};

/// One of our accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankAccountRow {
    /// Which one.
    pub id: BankAccountId,
    /// Whose account it is.
    pub holder: String,
    /// The balance that the last statement ends with.
    pub balance: Balance,
    /// Where its opening stands in the log.
    pub opened: Position,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementRow {
    /// Where its import stands in the log.
    pub position: Position,
    /// Of which account.
    pub account: BankAccountId,
    /// The bank's number of it.
    pub reference: String,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// The balance before its lines.
    pub opening: Balance,
    /// The balance after them.
    pub closing: Balance,
    /// How many lines.
    pub lines: u64,
    /// Fingerprint of what was read in it, in hexadecimal.
    pub digest: String,
    /// Fingerprint of the file that it came in, in hexadecimal.
    pub file: String,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineStatus {
    /// Nothing is said of it yet.
    Waiting,
    /// It is known.
    Matched,
    /// It is a charge of the bank.
    Charge,
    /// It stands on a suspense account.
    Parked,
    /// It stood there, and is known.
    Identified,
}

/// One line of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankLineRow {
    /// Of which account.
    pub account: BankAccountId,
    /// Which line: the statement's number, `#` and the line's.
    pub line: String,
    /// How much.
    pub amount: Balance,
    /// In which direction.
    pub direction: Direction,
    /// The bank's booking date.
    pub booked: NaiveDate,
    /// The bank's code of what it is; may be empty.
    pub code: String,
    /// References that may be ours, a space between them.
    pub references: String,
    /// What became of it.
    pub status: LineStatus,
    /// What it is; `None` while nobody knows, or for a charge.
    pub matched: Option<Matched>,
    /// Where the event that says so stands in the log.
    pub event: Position,
}

const LINE: &str = "SELECT account, line, amount, incoming, booked, code, refs, status, matched,
    event FROM bank_line";

impl Reader {
    /// Our accounts, the oldest first.
    pub fn bank_accounts(&self) -> Result<Vec<BankAccountRow>, ReadError> {
        let sql = "SELECT id, holder, balance, opened FROM bank_account ORDER BY opened";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([], |row| {
            Ok(BankAccountRow {
                id: BankAccountId(columns::id(row, 0)?),
                holder: row.get(1)?,
                balance: columns::sum(row, 2)?,
                opened: columns::position(row.get(3)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Statements taken in, the latest first: `limit` of them.
    pub fn bank_statements(&self, limit: usize) -> Result<Vec<StatementRow>, ReadError> {
        let mut rows = self.sql()?.prepare_cached(
            "SELECT position, account, reference, first_day, last_day, opening, closing, lines,
                 digest, file
             FROM bank_statement ORDER BY position DESC LIMIT ?1",
        )?;
        let rows = rows.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], statement)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The statement imported at `position`, and its lines; `None` when there is none.
    pub fn bank_statement(
        &self,
        position: Position,
    ) -> Result<Option<(StatementRow, Vec<BankLineRow>)>, ReadError> {
        let mut row = self.sql()?.prepare_cached(
            "SELECT position, account, reference, first_day, last_day, opening, closing, lines,
                 digest, file
             FROM bank_statement WHERE position = ?1",
        )?;
        let position = columns::stored(position);
        let Some(found) = row.query_row([position], statement).optional()? else {
            return Ok(None);
        };
        let sql = format!("{LINE} WHERE statement = ?1 ORDER BY number");
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let rows = rows.query_map([position], line)?;
        Ok(Some((found, rows.collect::<Result<_, _>>()?)))
    }

    /// Lines with `status`, the oldest first.
    pub fn bank_lines(&self, status: LineStatus) -> Result<Vec<BankLineRow>, ReadError> {
        let sql = format!("{LINE} WHERE status = ?1 ORDER BY booked, line");
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let rows = rows.query_map([status.code()], line)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The line called `line`; `None` when there is none.
    pub fn bank_line(
        &self,
        account: BankAccountId,
        name: &str,
    ) -> Result<Option<BankLineRow>, ReadError> {
        let sql = format!("{LINE} WHERE account = ?1 AND line = ?2");
        let mut row = self.sql()?.prepare_cached(&sql)?;
        Ok(row.query_row(params![account.0.as_bytes(), name], line).optional()?)
    }

    /// Accounts that have lines of which nothing is said yet.
    pub fn accounts_with_waiting_lines(&self) -> Result<Vec<BankAccountId>, ReadError> {
        let sql = "SELECT DISTINCT account FROM bank_line WHERE status = ?1";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([LineStatus::Waiting.code()], |row| {
            columns::id(row, 0).map(BankAccountId)
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl LineStatus {
    const fn code(self) -> u8 {
        match self {
            Self::Waiting => crate::fold::bank::WAITING,
            Self::Matched => MATCHED,
            Self::Charge => CHARGE,
            Self::Parked => PARKED,
            Self::Identified => IDENTIFIED,
        }
    }

    fn of(code: u8) -> Self {
        match code {
            MATCHED => Self::Matched,
            CHARGE => Self::Charge,
            PARKED => Self::Parked,
            IDENTIFIED => Self::Identified,
            _ => Self::Waiting,
        }
    }
}

fn statement(row: &Row<'_>) -> rusqlite::Result<StatementRow> {
    Ok(StatementRow {
        position: columns::position(row.get(0)?),
        account: BankAccountId(columns::id(row, 1)?),
        reference: row.get(2)?,
        from: columns::day(row, 3)?,
        to: columns::day(row, 4)?,
        opening: columns::sum(row, 5)?,
        closing: columns::sum(row, 6)?,
        lines: columns::position(row.get(7)?),
        digest: row.get(8)?,
        file: row.get(9)?,
    })
}

fn line(row: &Row<'_>) -> rusqlite::Result<BankLineRow> {
    let matched = row.get::<_, Option<String>>(8)?.map(|_| columns::json(row, 8)).transpose()?;
    Ok(BankLineRow {
        account: BankAccountId(columns::id(row, 0)?),
        line: row.get(1)?,
        amount: columns::sum(row, 2)?,
        direction: if row.get(3)? { Direction::In } else { Direction::Out },
        booked: columns::day(row, 4)?,
        code: row.get(5)?,
        references: row.get(6)?,
        status: LineStatus::of(row.get(7)?),
        matched,
        event: columns::position(row.get(9)?),
    })
}
