//! Titles of partners' fees (titres de recette): what partners owe, and what they have paid.

use chrono::NaiveDate;
use ledger_core::ids::{PartnerId, SettlementId};
use ledger_core::money::Balance;
use ledger_core::settlement::{FeePaid, FeeTitled, Settlement};
use rusqlite::{OptionalExtension, Row, params};

use crate::columns;
use crate::{ReadError, Reader};

/// One title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TitleRow {
    /// The settlement that its fee is on.
    pub settlement: SettlementId,
    /// The last day of its period.
    pub period: NaiveDate,
    /// Who owes it.
    pub partner: PartnerId,
    /// Its trade name.
    pub partner_name: String,
    /// All that it says.
    pub title: FeeTitled,
    /// How it was paid; `None` before.
    pub paid: Option<FeePaid>,
    /// On which day, by the bank or as it was identified.
    pub paid_on: Option<NaiveDate>,
}

impl TitleRow {
    /// What is left to be paid.
    pub fn open(&self) -> Balance {
        if self.paid.is_some() { Balance::ZERO } else { self.title.total.into() }
    }

    /// How many days after its term it is, on `on`; `None` while it is in time, or paid.
    pub fn late_by(&self, on: NaiveDate) -> Option<u64> {
        let late = (on - self.title.due).num_days();
        u64::try_from(late).ok().filter(|it| self.paid.is_none() && *it > 0)
    }
}

/// Which titles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TitlesOf {
    /// All of them.
    All,
    /// Those that are not paid.
    Open,
    /// Those whose paper is not kept yet.
    NotKept,
}

const TITLE: &str = "SELECT s.id, s.period, s.partner, coalesce(p.name, ''), t.paid, s.state
    FROM fee_title t JOIN settlement s ON s.id = t.settlement
    LEFT JOIN partner p ON p.id = s.partner";

impl Reader {
    /// Titles, those that are not paid first, each by the day by which it is to be paid.
    pub fn titles(&self, of: TitlesOf) -> Result<Vec<TitleRow>, ReadError> {
        let wanted = match of {
            TitlesOf::All => "1",
            TitlesOf::Open => "t.paid IS NULL",
            TitlesOf::NotKept => "t.kept = 0",
        };
        let sql = format!("{TITLE} WHERE {wanted} ORDER BY t.paid IS NOT NULL, t.due, t.reference");
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let rows = rows.query_map([], title)?.collect::<Result<Vec<_>, _>>()?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// The settlement whose fee is titled `reference`; `None` when none is.
    pub fn titled(&self, reference: &str) -> Result<Option<SettlementId>, ReadError> {
        let sql = "SELECT settlement FROM fee_title WHERE reference = ?1";
        let mut row = self.sql()?.prepare_cached(sql)?;
        let id = row.query_row(params![reference], |row| columns::id(row, 0)).optional()?;
        Ok(id.map(SettlementId))
    }
}

fn title(row: &Row<'_>) -> rusqlite::Result<Option<TitleRow>> {
    let state: Settlement = columns::json(row, 5)?;
    let Some(title) = state.fee else { return Ok(None) };
    let paid_on: Option<i32> = row.get(4)?;
    Ok(Some(TitleRow {
        settlement: SettlementId(columns::id(row, 0)?),
        period: columns::day(row, 1)?,
        partner: PartnerId(columns::id(row, 2)?),
        partner_name: row.get(3)?,
        title,
        paid: state.fee_paid,
        paid_on: paid_on.map(|_| columns::day(row, 4)).transpose()?,
    }))
}
