//! Payments that partners ask for: which ones there are, and what is left to do with them.
//!
//! What each of them is, its stream and its account tell.

use chrono::{DateTime, Utc};
use ledger_core::account::PurchaseStatus;
use ledger_core::event_log::Position;
use ledger_core::ids::{AccountId, PartnerId, PaymentId, PurchaseId};
use rusqlite::{OptionalExtension, params};

use super::{Page, one_more};
use crate::columns;
use crate::fold::payments::step;
use crate::fold::purchases::status_code;
use crate::{ReadError, Reader};

/// Where a payment stands as a whole, from its own stream and its purchases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentStands {
    /// A teacher may confirm it.
    Created,
    /// Money is held for it, and a head of school has to agree.
    AwaitingApproval,
    /// Money is held for it.
    Authorised,
    /// What was delivered is paid; nothing more will be.
    Captured,
    /// The teacher said no.
    Declined,
    /// Given up before anything was delivered.
    Cancelled,
    /// Its term passed before it was confirmed, or before anything was delivered.
    Expired,
}

/// Which payments of a partner; `Default` is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaymentFilter {
    /// Only those of this reference.
    pub reference: Option<String>,
    /// Only those that stand there.
    pub stands: Option<PaymentStands>,
    /// Only those asked for at that time or later.
    pub since: Option<DateTime<Utc>>,
    /// Only those asked for before.
    pub until: Option<DateTime<Utc>>,
    /// Only those whose metadata has this value under this name.
    pub metadata: Option<(String, String)>,
}

/// Where a payment stands, as a number: that of its step, or what its purchases tell once money
/// was held.
const STANDS: &str = "CASE WHEN p.step <> ?8 THEN p.step
    ELSE (SELECT CASE WHEN max(b.status = ?9) THEN 11 WHEN max(b.captured) > 0 THEN 12
              WHEN min(b.status = ?10) THEN 3 ELSE 4 END
          FROM payment_purchase l JOIN purchase b ON b.id = l.purchase AND b.account = p.account
          WHERE l.payment = p.id)
    END";

const fn stands_code(it: PaymentStands) -> u8 {
    match it {
        PaymentStands::Created => step::WAITING,
        PaymentStands::AwaitingApproval => step::AWAITING,
        PaymentStands::Authorised => 11,
        PaymentStands::Captured => 12,
        PaymentStands::Declined => step::DECLINED,
        PaymentStands::Cancelled => step::CANCELLED,
        PaymentStands::Expired => step::EXPIRED,
    }
}

impl Reader {
    /// Payments of `partner`, newest first: `limit` of them before `before`.
    pub fn payments(
        &self,
        partner: PartnerId,
        filter: &PaymentFilter,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Page<(PaymentId, Position), Position>, ReadError> {
        let sql = format!(
            "SELECT p.id, p.position FROM payment p
             WHERE p.partner = ?1 AND p.position < ?2
                 AND (?3 IS NULL OR p.reference = ?3)
                 AND (?4 IS NULL OR p.at >= ?4) AND (?5 IS NULL OR p.at < ?5)
                 AND (?6 IS NULL OR EXISTS (SELECT 1 FROM payment_metadata m
                     WHERE m.payment = p.id AND m.name = ?6 AND m.value = ?7))
                 AND (?11 IS NULL OR ?11 = {STANDS})
             ORDER BY p.position DESC LIMIT ?12"
        );
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let (name, value) = filter.metadata.as_ref().map(|(a, b)| (a, b)).unzip();
        let given = params![
            partner.0.as_bytes(),
            before.map_or(i64::MAX, columns::stored),
            filter.reference,
            filter.since.map(|it| it.timestamp_millis()),
            filter.until.map(|it| it.timestamp_millis()),
            name,
            value,
            step::AUTHORISED,
            status_code(PurchaseStatus::Authorised),
            status_code(PurchaseStatus::Cancelled),
            filter.stands.map(stands_code),
            one_more(limit),
        ];
        let rows = rows.query_map(given, |row| {
            Ok((PaymentId(columns::id(row, 0)?), columns::position(row.get(1)?)))
        })?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit, |it| it.1))
    }

    /// The payment that `purchase` pays a line of, and which line, from 0; `None` when it pays
    /// none.
    pub fn payment_of(&self, purchase: PurchaseId) -> Result<Option<(PaymentId, u32)>, ReadError> {
        let sql = "SELECT payment, line FROM payment_purchase WHERE purchase = ?1";
        let row = self.sql()?.prepare_cached(sql)?.query_row([purchase.0.as_bytes()], |row| {
            Ok((PaymentId(columns::id(row, 0)?), columns::count(row.get(1)?)))
        });
        Ok(row.optional()?)
    }

    /// Payments that nobody confirmed before `at`, `limit` of them.
    pub fn abandoned_payments(
        &self,
        at: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<PaymentId>, ReadError> {
        let sql = "SELECT id FROM payment WHERE step = 0 AND expires <= ?1 LIMIT ?2";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = rows.query_map(params![at.timestamp_millis(), limit], |row| {
            columns::id(row, 0).map(PaymentId)
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Payments whose money an account holds and that were not told so, or that should be captured
    /// by now: what a stopped confirmation leaves behind; and those that waited for a head of school
    /// and hold nothing any more. Reads all holds.
    pub fn unfinished_payments(&self) -> Result<Vec<(PaymentId, AccountId)>, ReadError> {
        let sql = "SELECT DISTINCT p.id, h.account
            FROM open_hold h JOIN payment_purchase l ON l.purchase = h.purchase
                JOIN payment p ON p.id = l.payment
            WHERE p.step <> ?1 OR p.account <> h.account OR (p.automatic AND NOT p.by_use)
            UNION SELECT p.id, p.account FROM payment p WHERE p.step = ?2 AND NOT EXISTS (
                SELECT 1 FROM payment_purchase l JOIN open_hold h ON h.purchase = l.purchase
                WHERE l.payment = p.id AND h.account = p.account)";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([step::AUTHORISED, step::AWAITING], |row| {
            Ok((PaymentId(columns::id(row, 0)?), AccountId(columns::id(row, 1)?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Payments whose usage may still be billed, each with until when its money is held.
    pub fn metered_payments(&self) -> Result<Vec<(PaymentId, DateTime<Utc>)>, ReadError> {
        let sql = "SELECT p.id, h.hold_until
            FROM payment p JOIN payment_purchase l ON l.payment = p.id
                JOIN open_hold h ON h.purchase = l.purchase AND h.account = p.account
            WHERE p.metered ORDER BY p.id";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([], |row| {
            let until = DateTime::from_timestamp(row.get(1)?, 0).unwrap_or_default();
            Ok((PaymentId(columns::id(row, 0)?), until))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
