//! Settlements of partners: how far each is, what it is made of, and what holds it up.

use std::collections::BTreeMap;
use std::io;

use chrono::{DateTime, NaiveDate, Utc};
use ledger_core::account::ContestOutcome;
use ledger_core::event_log::Position;
use ledger_core::ids::{AccountId, PartnerId, PurchaseId, RemittanceId, SettlementId};
use ledger_core::money::{Amount, Balance};
use ledger_core::offer::Kind;
use ledger_core::process::settlements::{LINE_HEADING, line};
use ledger_core::remittance::{Remittance, RemittanceDrawnUp};
use ledger_core::settlement::{Settlement, Stage};
use rusqlite::{OptionalExtension, Row, params};

use super::{Page, one_more};
use crate::columns;
use crate::{ReadError, Reader};

/// One settlement, as its stream tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementRow {
    /// Which one.
    pub id: SettlementId,
    /// Who is owed.
    pub partner: PartnerId,
    /// Its trade name.
    pub partner_name: String,
    /// The last day of the period.
    pub period: NaiveDate,
    /// When its stage last changed.
    pub since: DateTime<Utc>,
    /// All that its stream tells.
    pub state: Settlement,
}

impl SettlementRow {
    /// How many days after its term it is, on `on`; `None` while it is in time, or over.
    pub fn late_by(&self, on: NaiveDate) -> Option<u64> {
        let due = self.state.ordered.as_ref().map(|it| it.due).or(self.state.due_by())?;
        let late = (on - due).num_days();
        let open = !matches!(self.state.stage, Stage::Settled | Stage::Absent);
        u64::try_from(late).ok().filter(|it| open && *it > 0)
    }

    /// What is due, as far as it is known: before service is certified, what was drawn up.
    pub fn due(&self) -> Balance {
        match (&self.state.certified, &self.state.prepared) {
            (Some(_), _) => self.state.due,
            (None, Some(prepared)) => prepared.gross(),
            (None, None) => Balance::ZERO,
        }
    }

    /// Where it stands in lists.
    pub fn cursor(&self) -> SettlementCursor {
        SettlementCursor { period: self.period, id: self.id }
    }
}

/// Which settlements; `Default` is all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SettlementsOf {
    /// Only those at this stage.
    pub stage: Option<Stage>,
    /// Only those of this partner.
    pub partner: Option<PartnerId>,
    /// Only those of the period that ends on this day.
    pub period: Option<NaiveDate>,
}

/// Where a settlement stands in lists: the latest period first, then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettlementCursor {
    /// The last day of its period.
    pub period: NaiveDate,
    /// Which one.
    pub id: SettlementId,
}

/// One capture or refund of a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettlementLine {
    /// Where it stands in the log.
    pub position: Position,
    /// Whose purchase.
    pub account: AccountId,
    /// Which one.
    pub purchase: PurchaseId,
    /// Whether it is a refund.
    pub refund: bool,
    /// How much.
    pub amount: Amount,
}

/// A purchase that its buyer contests, or contested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContestRow {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// Whose.
    pub account: AccountId,
    /// Who sold it.
    pub partner: PartnerId,
    /// Its trade name.
    pub partner_name: String,
    /// What was paid and not refunded then.
    pub amount: Balance,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: DateTime<Utc>,
    /// How it ended; `None` while it is open.
    pub outcome: Option<ContestOutcome>,
}

const SETTLEMENT: &str = "SELECT s.id, s.partner, coalesce(p.name, ''), s.period, s.since, s.state
    FROM settlement s LEFT JOIN partner p ON p.id = s.partner";

impl Reader {
    /// The settlement; `None` when there is none of that id.
    pub fn settlement(&self, id: SettlementId) -> Result<Option<SettlementRow>, ReadError> {
        let sql = format!("{SETTLEMENT} WHERE s.id = ?1");
        let row = self.sql()?.prepare_cached(&sql)?.query_row([id.0.as_bytes()], settlement);
        Ok(row.optional()?)
    }

    /// Settlements of `of`, the latest period first: `limit` of them after `after`.
    pub fn settlements(
        &self,
        of: SettlementsOf,
        after: Option<SettlementCursor>,
        limit: usize,
    ) -> Result<Page<SettlementRow, SettlementCursor>, ReadError> {
        let sql = format!(
            "{SETTLEMENT}
             WHERE (?1 IS NULL OR s.stage = ?1) AND (?2 IS NULL OR s.partner = ?2)
                 AND (?3 IS NULL OR s.period = ?3)
                 AND (?4 IS NULL OR s.period < ?4 OR s.period = ?4 AND s.id > ?5)
             ORDER BY s.period DESC, s.id LIMIT ?6"
        );
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let partner = of.partner.map(|it| *it.0.as_bytes());
        let period = of.period.map(columns::day_number);
        let after_period = after.map(|it| columns::day_number(it.period));
        let after_id = after.map(|it| *it.id.0.as_bytes());
        let stage = of.stage.map(|it| it as u8);
        let given = params![stage, partner, period, after_period, after_id, one_more(limit)];
        let rows = rows.query_map(given, settlement)?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit, SettlementRow::cursor))
    }

    /// Every settlement at one of `stages`, the oldest change first.
    pub fn settlements_at(&self, stages: &[Stage]) -> Result<Vec<SettlementRow>, ReadError> {
        let mut found = Vec::new();
        let sql = format!("{SETTLEMENT} WHERE s.stage = ?1 ORDER BY s.since, s.id");
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        for stage in stages {
            let rows = rows.query_map([*stage as u8], settlement)?;
            for row in rows {
                found.push(row?);
            }
        }
        found.sort_by_key(|it| (it.since, it.id));
        Ok(found)
    }

    /// Settlements of the partner whose credit notes or contests are not all dealt with, or that
    /// are under way: the latest one of each partner that carries something.
    pub fn carried(&self) -> Result<Vec<SettlementRow>, ReadError> {
        let sql = format!(
            "{SETTLEMENT} WHERE s.period = (SELECT max(period) FROM settlement l
                 WHERE l.partner = s.partner)
             ORDER BY p.name, s.id"
        );
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let rows = rows.query_map([], settlement)?.collect::<Result<Vec<_>, _>>()?;
        let carries = |it: &SettlementRow| it.state.carried_out().is_some_and(|it| !it.is_zero());
        Ok(rows.into_iter().filter(carries).collect())
    }

    /// Settlements whose service done is to be presumed `on` that day, by period.
    pub fn presumable(
        &self,
        on: NaiveDate,
    ) -> Result<BTreeMap<NaiveDate, Vec<SettlementId>>, ReadError> {
        let mut rows = self.sql()?.prepare_cached(
            "SELECT period, id FROM settlement WHERE stage = ?1 AND presumed_from <= ?2",
        )?;
        let given = params![Stage::Prepared as u8, columns::day_number(on)];
        let rows = rows.query_map(given, |row| {
            Ok((columns::day(row, 0)?, SettlementId(columns::id(row, 1)?)))
        })?;
        let mut periods = BTreeMap::<_, Vec<_>>::new();
        for row in rows {
            let (period, id) = row?;
            periods.entry(period).or_default().push(id);
        }
        Ok(periods)
    }

    /// Captures and refunds of `partner` at the positions (`after`, `up_to`], in the order of the
    /// log: `limit` of them.
    pub fn settlement_lines(
        &self,
        partner: PartnerId,
        after: Position,
        up_to: Position,
        limit: usize,
    ) -> Result<Page<SettlementLine, Position>, ReadError> {
        let mut rows = self.sql()?.prepare_cached(
            "SELECT position, account, purchase, refund, amount FROM partner_line
             WHERE partner = ?1 AND position > ?2 AND position <= ?3
             ORDER BY position LIMIT ?4",
        )?;
        let (after, up_to) = (columns::stored(after), columns::stored(up_to));
        let given = params![partner.0.as_bytes(), after, up_to, one_more(limit)];
        let rows = rows.query_map(given, |row| {
            let cents = columns::sum(row, 4)?.cents();
            Ok(SettlementLine {
                position: columns::position(row.get(0)?),
                account: AccountId(columns::id(row, 1)?),
                purchase: PurchaseId(columns::id(row, 2)?),
                refund: row.get(3)?,
                amount: Amount::from_cents(cents).unwrap_or(Amount::MAX),
            })
        })?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit, |it| it.position))
    }

    /// Writes the list of a settlement's lines: the one whose fingerprint is in the log.
    pub fn write_settlement_lines(
        &self,
        partner: PartnerId,
        after: Position,
        up_to: Position,
        mut to: impl io::Write,
    ) -> Result<(), ReadError> {
        to.write_all(LINE_HEADING.as_bytes())?;
        let mut next = Some(after);
        while let Some(after) = next {
            let page = self.settlement_lines(partner, after, up_to, 5_000)?;
            for it in &page.rows {
                let text = line(it.position, it.refund, it.account, it.purchase, it.amount);
                to.write_all(text.as_bytes())?;
            }
            next = page.next;
        }
        Ok(())
    }

    /// What kind of resource a purchase is of; `None` when it is not known.
    pub fn kind_of(&self, purchase: PurchaseId) -> Result<Option<Kind>, ReadError> {
        let sql = "SELECT kind FROM purchase WHERE id = ?1";
        let row = self
            .sql()?
            .prepare_cached(sql)?
            .query_row([purchase.0.as_bytes()], |row| super::purchases::kind(row, 0));
        Ok(row.optional()?)
    }

    /// Contests, the open ones only or all of them, the oldest first.
    pub fn contests(&self, open: bool) -> Result<Vec<ContestRow>, ReadError> {
        let mut rows = self.sql()?.prepare_cached(
            "SELECT c.purchase, c.account, c.partner, coalesce(p.name, ''), c.amount, c.reason,
                 c.at, c.outcome
             FROM contest c LEFT JOIN partner p ON p.id = c.partner
             WHERE NOT ?1 OR c.outcome IS NULL ORDER BY c.at, c.purchase",
        )?;
        let rows = rows.query_map([open], contest)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The contest of `purchase`; `None` when it was never contested.
    pub fn contest(&self, purchase: PurchaseId) -> Result<Option<ContestRow>, ReadError> {
        let mut row = self.sql()?.prepare_cached(
            "SELECT c.purchase, c.account, c.partner, coalesce(p.name, ''), c.amount, c.reason,
                 c.at, c.outcome
             FROM contest c LEFT JOIN partner p ON p.id = c.partner WHERE c.purchase = ?1",
        )?;
        Ok(row.query_row([purchase.0.as_bytes()], contest).optional()?)
    }

    /// Files of payments, the latest first.
    pub fn remittances(&self) -> Result<Vec<(RemittanceId, Remittance)>, ReadError> {
        let sql = "SELECT id, state FROM remittance ORDER BY at DESC, id";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([], |row| {
            Ok((RemittanceId(columns::id(row, 0)?), columns::json(row, 1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Files of payments that were drawn up and are not kept: the service stopped in between.
    pub fn remittances_not_kept(
        &self,
    ) -> Result<Vec<(RemittanceId, Box<RemittanceDrawnUp>)>, ReadError> {
        let mut rows = self.sql()?.prepare_cached(
            "SELECT id, state FROM remittance
             WHERE json_extract(state, '$.delivered') IS NULL ORDER BY at, id",
        )?;
        let rows = rows.query_map([], |row| {
            let state: Remittance = columns::json(row, 1)?;
            Ok(state.drawn_up.map(|it| (columns::id(row, 0).map(RemittanceId), it)))
        })?;
        let mut not_kept = Vec::new();
        for row in rows {
            if let Some((id, drawn_up)) = row? {
                not_kept.push((id?, drawn_up));
            }
        }
        Ok(not_kept)
    }

    /// Files that settlements were claimed for and that were never drawn up: the service stopped in
    /// between.
    pub fn unfinished_remittances(
        &self,
    ) -> Result<BTreeMap<RemittanceId, Vec<SettlementId>>, ReadError> {
        let mut rows = self.sql()?.prepare_cached(
            "SELECT remittance, id FROM settlement
             WHERE stage = ?1 AND remittance NOT IN (SELECT id FROM remittance)",
        )?;
        let rows = rows.query_map([Stage::Sent as u8], |row| {
            Ok((RemittanceId(columns::id(row, 0)?), SettlementId(columns::id(row, 1)?)))
        })?;
        let mut unfinished = BTreeMap::<_, Vec<_>>::new();
        for row in rows {
            let (remittance, settlement) = row?;
            unfinished.entry(remittance).or_default().push(settlement);
        }
        Ok(unfinished)
    }
}

fn settlement(row: &Row<'_>) -> rusqlite::Result<SettlementRow> {
    Ok(SettlementRow {
        id: SettlementId(columns::id(row, 0)?),
        partner: PartnerId(columns::id(row, 1)?),
        partner_name: row.get(2)?,
        period: columns::day(row, 3)?,
        since: columns::instant(row, 4)?,
        state: columns::json(row, 5)?,
    })
}

fn contest(row: &Row<'_>) -> rusqlite::Result<ContestRow> {
    let outcome: Option<String> = row.get(7)?;
    Ok(ContestRow {
        purchase: PurchaseId(columns::id(row, 0)?),
        account: AccountId(columns::id(row, 1)?),
        partner: PartnerId(columns::id(row, 2)?),
        partner_name: row.get(3)?,
        amount: columns::sum(row, 4)?,
        reason: row.get(5)?,
        at: columns::instant(row, 6)?,
        outcome: outcome.map(|it| match it.as_str() {
            "withdrawn" => ContestOutcome::Withdrawn,
            _ => ContestOutcome::Dismissed,
        }),
    })
}
