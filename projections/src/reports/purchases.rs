//! Purchases and where they stand, newest first.

use chrono::{DateTime, Utc};
use ledger_core::account::PurchaseStatus;
use ledger_core::event_log::Position;
use ledger_core::ids::{AccountId, OfferId, PartnerId, PurchaseId};
use ledger_core::money::Balance;
use ledger_core::offer::Kind;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};

use super::{Page, one_more};
use crate::columns;
use crate::fold::purchases::status_code;
use crate::{ReadError, Reader};

/// One purchase, as its account tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurchaseRow {
    /// Where its authorisation stands in the log; purchases are listed by it.
    pub position: Position,
    /// Which one.
    pub id: PurchaseId,
    /// Whose.
    pub account: AccountId,
    /// What was bought.
    pub offer: OfferId,
    /// From whom.
    pub partner: PartnerId,
    /// The title, as sold.
    pub title: String,
    /// The kind of resource, as sold.
    pub kind: Kind,
    /// What was authorised: the price, or the ceiling when it is billed by use.
    pub amount: Balance,
    /// What is still held of it.
    pub held: Balance,
    /// What was captured, refunds not taken off.
    pub captured: Balance,
    /// What was refunded.
    pub refunded: Balance,
    /// Where it stands; refunds do not change it.
    pub status: PurchaseStatus,
    /// Until when money is held.
    pub hold_until: DateTime<Utc>,
    /// When it was authorised.
    pub at: DateTime<Utc>,
    /// Where its last event stands in the log.
    pub last: Position,
}

impl PurchaseRow {
    /// What the partner is owed for it: captures less refunds.
    pub fn spent(&self) -> Balance {
        self.captured.beyond(self.refunded)
    }
}

/// Which purchases; `Default` is all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PurchaseFilter {
    /// Only those from this partner.
    pub partner: Option<PartnerId>,
    /// Only those that stand there.
    pub status: Option<PurchaseStatus>,
}

const COLUMNS: &str = "purchase.position, id, purchase.account, offer, partner, title, kind,
    amount, held, captured, refunded, status, hold_until, at, last";

impl Reader {
    /// The purchase; `None` when there is none of that id.
    pub fn purchase(&self, id: PurchaseId) -> Result<Option<PurchaseRow>, ReadError> {
        let sql = format!("SELECT {COLUMNS} FROM purchase WHERE id = ?1 ORDER BY position LIMIT 1");
        let row = self.sql()?.prepare_cached(&sql)?.query_row([id.0.as_bytes()], purchase);
        Ok(row.optional()?)
    }

    /// Purchases of one account, newest first: `limit` of them authorised before `before`.
    pub fn purchases_of(
        &self,
        account: AccountId,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Page<PurchaseRow, Position>, ReadError> {
        let before = before.map_or(i64::MAX, columns::stored);
        let sql = format!(
            "SELECT {COLUMNS}
             FROM account_purchase AS own JOIN purchase ON purchase.position = own.position
             WHERE own.account = ?1 AND own.position < ?2
             ORDER BY own.position DESC LIMIT ?3"
        );
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let given = params![account.0.as_bytes(), before, one_more(limit)];
        let rows = rows.query_map(given, purchase)?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit, |it| it.position))
    }

    /// Purchases of all accounts, newest first: `limit` of them authorised before `before`.
    ///
    /// A filter that few purchases pass reads all of them: about a second for three million.
    pub fn purchases(
        &self,
        filter: &PurchaseFilter,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Page<PurchaseRow, Position>, ReadError> {
        let before = before.map_or(i64::MAX, columns::stored);
        let partner = filter.partner.map(|it| it.0.into_bytes());
        let status = filter.status.map(status_code);
        let sql = format!(
            "SELECT {COLUMNS} FROM purchase
             WHERE position < ?1 AND (?2 IS NULL OR partner = ?2) AND (?3 IS NULL OR status = ?3)
             ORDER BY position DESC LIMIT ?4"
        );
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let rows = rows.query_map(params![before, partner, status, one_more(limit)], purchase)?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit, |it| it.position))
    }
}

fn purchase(row: &Row<'_>) -> rusqlite::Result<PurchaseRow> {
    let odd = |index, what: &str| columns::odd(index, Type::Integer, what.to_owned());
    let status = match row.get::<_, u8>(11)? {
        0 => PurchaseStatus::Authorised,
        1 => PurchaseStatus::Captured,
        2 => PurchaseStatus::Cancelled,
        3 => PurchaseStatus::Expired,
        _ => return Err(odd(11, "not a status")),
    };
    let hold_until = DateTime::from_timestamp(row.get(12)?, 0);
    Ok(PurchaseRow {
        position: columns::position(row.get(0)?),
        id: PurchaseId(columns::id(row, 1)?),
        account: AccountId(columns::id(row, 2)?),
        offer: OfferId(columns::id(row, 3)?),
        partner: PartnerId(columns::id(row, 4)?),
        title: row.get(5)?,
        kind: kind(row, 6)?,
        amount: columns::sum(row, 7)?,
        held: columns::sum(row, 8)?,
        captured: columns::sum(row, 9)?,
        refunded: columns::sum(row, 10)?,
        status,
        hold_until: hold_until.ok_or_else(|| odd(12, "not an instant"))?,
        at: columns::instant(row, 13)?,
        last: columns::position(row.get(14)?),
    })
}

/// The kind of resource in column `index`.
pub(super) fn kind(row: &Row<'_>, index: usize) -> rusqlite::Result<Kind> {
    let code: u8 = row.get(index)?;
    let kind = Kind::ALL.get(usize::from(code)).copied();
    kind.ok_or_else(|| columns::odd(index, Type::Integer, format!("{code} is not a kind")))
}
