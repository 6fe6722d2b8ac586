//! Conventions with collectivités, corrections of the books, and the consumption of envelopes.

use chrono::{DateTime, NaiveDate, Utc};
use ledger_core::convention::Convention;
use ledger_core::correction::Correction;
use ledger_core::event_log::Position;
use ledger_core::identifiers::Funder;
use ledger_core::ids::{ConventionId, CorrectionId, EnvelopeId};
use ledger_core::meta::accounting_day;
use ledger_core::money::Balance;
use ledger_core::settlement::Stage;
use rusqlite::{OptionalExtension, params};

use crate::columns;
use crate::{ReadError, Reader};

/// One correction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrectionRow {
    /// Which one.
    pub id: CorrectionId,
    /// When it was prepared.
    pub at: DateTime<Utc>,
    /// Where its preparation stands in the log.
    pub proposed: Position,
    /// All that its stream tells.
    pub state: Correction,
}

/// What an envelope engaged and paid: authorisations (AE) and payments (CP).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consumption {
    /// Held for purchases under way, or delivered: engaged (AE consommées).
    pub engaged: Balance,
    /// Delivered, refunds taken off (service fait).
    pub delivered: Balance,
    /// Sent to the bank or debited (CP consommés).
    pub paid: Balance,
}

/// What an envelope's credits had come to at the end of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsumptionDay {
    /// Which day.
    pub day: NaiveDate,
    /// Engaged since the first day.
    pub engaged: Balance,
    /// Delivered since the first day.
    pub delivered: Balance,
}

impl Reader {
    /// Conventions of `funder` (`None`: all), the oldest first.
    pub fn conventions(
        &self,
        funder: Option<Funder>,
    ) -> Result<Vec<(ConventionId, Convention)>, ReadError> {
        let sql = "SELECT id, state FROM convention WHERE ?1 IS NULL OR funder = ?1
            ORDER BY signed";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([funder.map(|it| it.to_string())], |row| {
            Ok((ConventionId(columns::id(row, 0)?), columns::json(row, 1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The convention; `None` when there is none of that id.
    pub fn convention(&self, id: ConventionId) -> Result<Option<Convention>, ReadError> {
        let sql = "SELECT state FROM convention WHERE id = ?1";
        let mut row = self.sql()?.prepare_cached(sql)?;
        Ok(row.query_row([id.0.as_bytes()], |row| columns::json(row, 0)).optional()?)
    }

    /// The convention whose call for funds is called `reference`; `None` when none is.
    pub fn called(&self, reference: &str) -> Result<Option<ConventionId>, ReadError> {
        let sql = "SELECT convention FROM funds_call WHERE reference = ?1";
        let mut row = self.sql()?.prepare_cached(sql)?;
        let id = row.query_row([reference], |row| columns::id(row, 0)).optional()?;
        Ok(id.map(ConventionId))
    }

    /// Corrections, the latest first.
    pub fn corrections(&self) -> Result<Vec<CorrectionRow>, ReadError> {
        let sql = "SELECT id, at, proposed, state FROM correction ORDER BY proposed DESC";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([], |row| {
            Ok(CorrectionRow {
                id: CorrectionId(columns::id(row, 0)?),
                at: columns::instant(row, 1)?,
                proposed: columns::position(row.get(2)?),
                state: columns::json(row, 3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What an envelope engaged and paid so far.
    pub fn consumption(&self, envelope: EnvelopeId) -> Result<Consumption, ReadError> {
        let id = envelope.0.as_bytes();
        let (engaged, delivered): (i64, i64) = self
            .sql()?
            .prepare_cached(
                "SELECT coalesce(sum(authorised - freed - refunded), 0),
                     coalesce(sum(captured - refunded), 0)
                 FROM envelope_day WHERE envelope = ?1",
            )?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let paid: i64 = self
            .sql()?
            .prepare_cached(
                "SELECT coalesce(sum(c.amount), 0)
                 FROM settlement_charge c JOIN settlement s ON s.id = c.settlement
                 WHERE c.envelope = ?1 AND s.stage >= ?2",
            )?
            .query_row(params![id, Stage::Sent as u8], |row| row.get(0))?;
        Ok(Consumption {
            engaged: columns::balance(engaged),
            delivered: columns::balance(delivered),
            paid: columns::balance(paid),
        })
    }

    /// What an envelope had paid, day by day, for the days on which a settlement went to the bank or
    /// was debited.
    pub fn paid_days(&self, envelope: EnvelopeId) -> Result<Vec<(NaiveDate, Balance)>, ReadError> {
        let mut rows = self.sql()?.prepare_cached(
            "SELECT s.since, c.amount
             FROM settlement_charge c JOIN settlement s ON s.id = c.settlement
             WHERE c.envelope = ?1 AND s.stage >= ?2 ORDER BY s.since, s.id",
        )?;
        let mut paid = Balance::ZERO;
        let given = params![envelope.0.as_bytes(), Stage::Sent as u8];
        let rows = rows.query_map(given, |row| {
            paid = paid.and(columns::sum(row, 1)?);
            Ok((accounting_day(columns::instant(row, 0)?), paid))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What an envelope's credits had come to, day by day, for the days on which something moved.
    pub fn consumption_days(&self, envelope: EnvelopeId) -> Result<Vec<ConsumptionDay>, ReadError> {
        let mut rows = self.sql()?.prepare_cached(
            "SELECT day, authorised - freed - refunded, captured - refunded
             FROM envelope_day WHERE envelope = ?1 ORDER BY day",
        )?;
        let (mut engaged, mut delivered) = (0, 0);
        let rows = rows.query_map([envelope.0.as_bytes()], |row| {
            engaged += row.get::<_, i64>(1)?;
            delivered += row.get::<_, i64>(2)?;
            Ok(ConsumptionDay {
                day: columns::day(row, 0)?,
                engaged: columns::balance(engaged),
                delivered: columns::balance(delivered),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
