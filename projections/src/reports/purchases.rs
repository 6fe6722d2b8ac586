//! Purchases and where they stand, newest first: their ids begin with the time.

use chrono::{DateTime, Utc};
use ledger_core::account::{AccountEvent, PurchaseStatus};
use ledger_core::codec::Stored;
use ledger_core::event_log::{EventLog, Log, Position};
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
    /// Which one; purchases are listed by it.
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
    /// Where its authorisation stands in the log.
    pub position: Position,
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

const PURCHASE: &str = "SELECT id, account, offer, partner, title, kind, amount, held, captured,
    refunded, status, hold_until, at, position, last FROM purchase";

impl Reader {
    /// The purchase; `None` when there is none of that id.
    pub fn purchase(&self, id: PurchaseId) -> Result<Option<PurchaseRow>, ReadError> {
        let sql = format!("{PURCHASE} WHERE id = ?1 LIMIT 1");
        let row = self.sql()?.prepare_cached(&sql)?.query_row([id.0.as_bytes()], purchase);
        Ok(row.optional()?)
    }

    /// The purchase of that account; `None` when it is not there yet.
    fn purchase_in(
        &self,
        account: AccountId,
        id: PurchaseId,
    ) -> Result<Option<PurchaseRow>, ReadError> {
        let sql = format!("{PURCHASE} WHERE id = ?1 AND account = ?2");
        let given = params![id.0.as_bytes(), account.0.as_bytes()];
        let row = self.sql()?.prepare_cached(&sql)?.query_row(given, purchase);
        Ok(row.optional()?)
    }

    /// Purchases of all accounts, newest first: `limit` of them before `before`.
    ///
    /// A filter that few purchases pass reads all of them: about a second for three million.
    pub fn purchases(
        &self,
        filter: &PurchaseFilter,
        before: Option<PurchaseId>,
        limit: usize,
    ) -> Result<Page<PurchaseRow, PurchaseId>, ReadError> {
        let before = before.map_or([u8::MAX; 16], |it| it.0.into_bytes());
        let partner = filter.partner.map(|it| it.0.into_bytes());
        let status = filter.status.map(status_code);
        let sql = format!(
            "{PURCHASE} WHERE id < ?1 AND (?2 IS NULL OR partner = ?2) AND (?3 IS NULL OR status = ?3)
             ORDER BY id DESC LIMIT ?4"
        );
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let rows = rows.query_map(params![before, partner, status, one_more(limit)], purchase)?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit, |it| it.id))
    }
}

/// Purchases of one account, newest first: `limit` of them before `before`.
///
/// Which ones is read from the account's own stream; takes the reader for good.
pub async fn purchases_of(
    reader: Reader,
    log: &Log,
    account: AccountId,
    before: Option<PurchaseId>,
    limit: usize,
) -> Result<Page<PurchaseRow, PurchaseId>, ReadError> {
    let mut ids = Vec::new();
    for recorded in log.read_stream(account.into(), 0).await? {
        let event = AccountEvent::read(&recorded);
        let event = event.map_err(|it| ReadError::Log(it.to_string()))?;
        if let AccountEvent::Authorised(_) | AccountEvent::LicenceAcquired(_) = &event {
            ids.extend(event.purchase());
        }
    }
    ids.retain(|it| before.is_none_or(|before| *it < before));
    ids.sort_unstable_by(|a, b| b.cmp(a));
    let rows = ids.into_iter().take(limit.saturating_add(1));
    let rows = rows.filter_map(|it| reader.purchase_in(account, it).transpose());
    Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit, |it| it.id))
}

fn purchase(row: &Row<'_>) -> rusqlite::Result<PurchaseRow> {
    let odd = |index, what: &str| columns::odd(index, Type::Integer, what.to_owned());
    let status = match row.get::<_, u8>(10)? {
        0 => PurchaseStatus::Authorised,
        1 => PurchaseStatus::Captured,
        2 => PurchaseStatus::Cancelled,
        3 => PurchaseStatus::Expired,
        _ => return Err(odd(10, "not a status")),
    };
    let hold_until = DateTime::from_timestamp(row.get(11)?, 0);
    Ok(PurchaseRow {
        id: PurchaseId(columns::id(row, 0)?),
        account: AccountId(columns::id(row, 1)?),
        offer: OfferId(columns::id(row, 2)?),
        partner: PartnerId(columns::id(row, 3)?),
        title: row.get(4)?,
        kind: kind(row, 5)?,
        amount: columns::sum(row, 6)?,
        held: columns::sum(row, 7)?,
        captured: columns::sum(row, 8)?,
        refunded: columns::sum(row, 9)?,
        status,
        hold_until: hold_until.ok_or_else(|| odd(11, "not an instant"))?,
        at: columns::instant(row, 12)?,
        position: columns::position(row.get(13)?),
        last: columns::position(row.get(14)?),
    })
}

/// The kind of resource in column `index`.
pub(super) fn kind(row: &Row<'_>, index: usize) -> rusqlite::Result<Kind> {
    let code: u8 = row.get(index)?;
    let kind = Kind::ALL.get(usize::from(code)).copied();
    kind.ok_or_else(|| columns::odd(index, Type::Integer, format!("{code} is not a kind")))
}
