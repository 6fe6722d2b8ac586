//! Funders' envelopes: what was voted, called, received, allocated and given back.

use chrono::{DateTime, NaiveDate, Utc};
use ledger_core::account::{Earmark, Recipients};
use ledger_core::envelope::Permille;
use ledger_core::event_log::Position;
use ledger_core::identifiers::Funder;
use ledger_core::ids::EnvelopeId;
use ledger_core::money::Balance;
use rusqlite::{OptionalExtension, Row, params};

use super::{Page, one_more};
use crate::columns;
use crate::fold::envelopes;
use crate::{ReadError, Reader};

/// One envelope, as its stream tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvelopeRow {
    /// Which one.
    pub id: EnvelopeId,
    /// Whose money.
    pub funder: Funder,
    /// The funder's name.
    pub funder_name: String,
    /// What it is called.
    pub title: String,
    /// The arrêté, deliberation or convention that allows it, the last one that was given.
    pub legal_reference: String,
    /// All that was voted.
    pub budget: Balance,
    /// How much of it may be allocated, in thousandths.
    pub ratio: Permille,
    /// What the collectivité was asked to pay in; zero for the State.
    pub called: Balance,
    /// What arrived at the bank.
    pub received: Balance,
    /// What accounts were or will be credited.
    pub allocated: Balance,
    /// What goes back to the funder, as far as it was noted.
    pub returned: Balance,
    /// Why and since when it is frozen; `None` when it is not.
    pub frozen: Option<(String, NaiveDate)>,
    /// Whether it is over.
    pub closed: bool,
    /// The first day on which it may credit accounts, in Europe/Paris.
    pub valid_from: NaiveDate,
    /// The last day on which its credits may be spent, in Europe/Paris.
    pub valid_until: NaiveDate,
    /// Which funder pays first: 1 before 9.
    pub priority: u8,
    /// Whom it credits.
    pub recipients: Recipients,
    /// What its credits may buy.
    pub earmark: Earmark,
    /// Where its opening stands in the log; envelopes are listed by it.
    pub opened: Position,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// Where its last event stands in the log.
    pub last: Position,
}

impl EnvelopeRow {
    /// What may still be allocated.
    pub fn left(&self) -> Balance {
        let ceiling = envelopes::ceiling(self.budget, self.ratio);
        let ceiling = if self.funder.is_state() { ceiling.min(self.received) } else { ceiling };
        ceiling.beyond(self.allocated)
    }
}

const ENVELOPE: &str = "SELECT id, funder, funder_name, title, legal_reference, budget, ratio,
    called, received, allocated, returned, frozen, frozen_on, closed, valid_from, valid_until,
    priority, recipients, earmark, opened, opened_at, last FROM envelope";

impl Reader {
    /// The envelope; `None` when there is none of that id.
    pub fn envelope(&self, id: EnvelopeId) -> Result<Option<EnvelopeRow>, ReadError> {
        let sql = format!("{ENVELOPE} WHERE id = ?1");
        let row = self.sql()?.prepare_cached(&sql)?.query_row([id.0.as_bytes()], envelope);
        Ok(row.optional()?)
    }

    /// Envelopes of `funder` (`None`: of all), oldest first: `limit` of them opened after `after`.
    pub fn envelopes(
        &self,
        funder: Option<Funder>,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Page<EnvelopeRow, Position>, ReadError> {
        let funder = funder.map(|it| it.to_string());
        let after = columns::stored(after.unwrap_or_default());
        let sql = format!(
            "{ENVELOPE} WHERE opened > ?1 AND (?2 IS NULL OR funder = ?2) ORDER BY opened LIMIT ?3"
        );
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let rows = rows.query_map(params![after, funder, one_more(limit)], envelope)?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit, |it| it.opened))
    }
}

fn envelope(row: &Row<'_>) -> rusqlite::Result<EnvelopeRow> {
    let frozen = match row.get::<_, Option<String>>(11)? {
        Some(reason) => Some((reason, columns::day(row, 12)?)),
        None => None,
    };
    Ok(EnvelopeRow {
        id: EnvelopeId(columns::id(row, 0)?),
        funder: columns::text(row, 1)?,
        funder_name: row.get(2)?,
        title: row.get(3)?,
        legal_reference: row.get(4)?,
        budget: columns::sum(row, 5)?,
        ratio: row.get(6)?,
        called: columns::sum(row, 7)?,
        received: columns::sum(row, 8)?,
        allocated: columns::sum(row, 9)?,
        returned: columns::sum(row, 10)?,
        frozen,
        closed: row.get(13)?,
        valid_from: columns::day(row, 14)?,
        valid_until: columns::day(row, 15)?,
        priority: row.get(16)?,
        recipients: columns::json(row, 17)?,
        earmark: columns::json(row, 18)?,
        opened: columns::position(row.get(19)?),
        opened_at: columns::instant(row, 20)?,
        last: columns::position(row.get(21)?),
    })
}
