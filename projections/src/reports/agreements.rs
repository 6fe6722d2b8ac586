//! Agreements and how far each is, what each counted, and what is left to count; subscriptions
//! whose term ends.

use chrono::{DateTime, Days, NaiveDate, Utc};
use ledger_core::agreement::{AgreementSigned, Counted, SpendingCounted, Standing};
use ledger_core::event_log::Position;
use ledger_core::ids::{
    AccountId, AgreementId, CaptureId, OfferId, PartnerId, PurchaseId, RefundId,
};
use ledger_core::money::{Amount, Balance};
use ledger_core::process::agreements::Movement;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};

use super::{Page, one_more};
use crate::columns;
use crate::{ReadError, Reader};

/// One agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementRow {
    /// On which offer.
    pub offer: OfferId,
    /// The offer's title today; empty when it was never published.
    pub title: String,
    /// Whose.
    pub partner: PartnerId,
    /// What was signed.
    pub terms: AgreementSigned,
    /// When.
    pub signed_at: DateTime<Utc>,
    /// What was counted, refunds taken off, and by how many accounts.
    pub counted: Counted,
    /// What recent buyers got back.
    pub credited: Balance,
    /// The day it was reached; `None` when it was not.
    pub reached: Option<NaiveDate>,
    /// Where that stands in the log.
    pub reached_position: Option<Position>,
    /// The day it was ended; `None` when it was not.
    pub ended: Option<NaiveDate>,
    /// Why it was ended; empty when it was not.
    pub reason: String,
}

impl AgreementRow {
    /// How far it is, in hundredths of the ceiling, rounded down: 100 and more once it is reached.
    pub fn percent(&self) -> u64 {
        self.terms.ceiling.percent(self.counted)
    }

    /// Where it stands on the day `on`.
    pub fn standing(&self, on: NaiveDate) -> Standing {
        let terms = &self.terms;
        match self.reached {
            _ if self.ended.is_some() => Standing::Over,
            Some(since) if on <= terms.free_until => Standing::Free(since),
            None if on < terms.first_day => Standing::ToCome,
            None if on <= terms.last_day => Standing::Counting,
            Some(_) | None => Standing::Over,
        }
    }
}

/// One thing that an agreement counted or took off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgreementLine {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// Whether it is a refund.
    pub refund: bool,
    /// How much.
    pub amount: Balance,
    /// Its day, in Europe/Paris.
    pub day: NaiveDate,
    /// Where the capture or refund stands in the log.
    pub position: Position,
    /// Where the agreement counted it; `None` when that is to be done.
    pub counted: Option<Position>,
    /// What its buyer got back; `None` when that is to be done, or never will.
    pub credited: Option<Balance>,
}

/// A subscription whose renewal is to be proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TermRow {
    /// Whose.
    pub account: AccountId,
    /// Which purchase.
    pub purchase: PurchaseId,
    /// Of which offer.
    pub offer: OfferId,
    /// Its last day.
    pub until: NaiveDate,
    /// What was paid for it, refunds taken off.
    pub paid: Balance,
}

const AGREEMENT: &str =
    "SELECT agreement.offer, coalesce((SELECT json_extract(listing, '$.title') FROM offer_listing
        WHERE offer_listing.offer = offer.no), ''), agreement.partner, terms,
    signed_at, total, credited, reached, reached_position, ended, coalesce(reason, ''),
    (SELECT count(*) FROM (SELECT 1 FROM agreement_line WHERE agreement_line.offer = agreement.offer
        AND counted IS NOT NULL GROUP BY account
        HAVING sum(CASE refund WHEN 0 THEN amount ELSE -amount END) > 0))
    FROM agreement LEFT JOIN offer ON offer.id = agreement.offer";

impl Reader {
    /// All agreements, the last signed first.
    pub fn agreements(&self) -> Result<Vec<AgreementRow>, ReadError> {
        let sql = format!("{AGREEMENT} ORDER BY signed DESC");
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let rows = rows.query_map([], agreement)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The agreement on `offer`; `None` when none was signed.
    pub fn agreement(&self, offer: OfferId) -> Result<Option<AgreementRow>, ReadError> {
        let sql = format!("{AGREEMENT} WHERE agreement.offer = ?1");
        let row = self.sql()?.prepare_cached(&sql)?.query_row([offer.0.as_bytes()], agreement);
        Ok(row.optional()?)
    }

    /// What the agreement on `offer` counted, in the order of the log: `limit` of them after
    /// `after`.
    pub fn agreement_lines(
        &self,
        offer: OfferId,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Page<AgreementLine, Position>, ReadError> {
        let sql = "SELECT purchase, refund, amount, day, position, counted, credited
            FROM agreement_line WHERE offer = ?1 AND position > ?2 ORDER BY position LIMIT ?3";
        let after = after.map_or(0, columns::stored);
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map(params![offer.0.as_bytes(), after, one_more(limit)], |row| {
            let credited = row.get::<_, Option<i64>>(6)?;
            Ok(AgreementLine {
                purchase: PurchaseId(columns::id(row, 0)?),
                refund: row.get(1)?,
                amount: columns::sum(row, 2)?,
                day: columns::day(row, 3)?,
                position: columns::position(row.get(4)?),
                counted: row.get::<_, Option<i64>>(5)?.map(columns::position),
                credited: credited.map(columns::balance),
            })
        })?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit, |it| it.position))
    }

    /// What agreements have not counted yet, in the order of the log; at most `limit`.
    pub fn agreement_movements(
        &self,
        limit: usize,
    ) -> Result<Vec<(AgreementId, Movement)>, ReadError> {
        let sql = "SELECT offer, account, purchase, movement, refund, amount, day, position
            FROM agreement_line WHERE counted IS NULL ORDER BY position LIMIT ?1";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([one_more(limit)], |row| {
            let agreement = AgreementId(columns::id(row, 0)?);
            let account = AccountId(columns::id(row, 1)?);
            let purchase = PurchaseId(columns::id(row, 2)?);
            let (movement, cents) = (columns::id(row, 3)?, columns::sum(row, 5)?.cents());
            let odd = || columns::odd(5, Type::Integer, format!("{cents} is not an amount"));
            let amount = Amount::from_cents(cents).ok_or_else(odd)?;
            let movement = if row.get(4)? {
                Movement::Refunded { account, purchase, refund: RefundId(movement), amount }
            } else {
                Movement::Captured(SpendingCounted {
                    account,
                    purchase,
                    capture: CaptureId(movement),
                    amount,
                    day: columns::day(row, 6)?,
                    position: columns::position(row.get(7)?),
                })
            };
            Ok((agreement, movement))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Agreements that are reached and of which a recent buyer was not credited yet.
    pub fn agreements_to_credit(&self) -> Result<Vec<AgreementId>, ReadError> {
        let sql = "SELECT offer FROM agreement WHERE reached IS NOT NULL AND EXISTS (
            SELECT 1 FROM agreement_line AS line WHERE line.offer = agreement.offer
                AND line.refund = 0 AND line.counted IS NOT NULL AND line.credited IS NULL
                AND line.day >= agreement.reached - agreement.credit_days)";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([], |row| Ok(AgreementId(columns::id(row, 0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Subscriptions that end within `days` days of `on`, still kept and on sale, whose renewal was
    /// not proposed; at most `limit`.
    pub fn terms_to_propose(
        &self,
        on: NaiveDate,
        days: u64,
        limit: usize,
    ) -> Result<Vec<TermRow>, ReadError> {
        let sql = "SELECT term.account, term.purchase, term.offer, term.until,
                purchase.captured - purchase.refunded
            FROM term
            JOIN purchase ON purchase.id = term.purchase AND purchase.account = term.account
            JOIN offer ON offer.id = term.offer
            WHERE term.proposed IS NULL AND term.until BETWEEN ?1 AND ?2
                AND purchase.captured > purchase.refunded AND offer.on_sale = 1
            ORDER BY term.until LIMIT ?3";
        let end = on.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX);
        let given = params![columns::day_number(on), columns::day_number(end), one_more(limit)];
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map(given, |row| {
            Ok(TermRow {
                account: AccountId(columns::id(row, 0)?),
                purchase: PurchaseId(columns::id(row, 1)?),
                offer: OfferId(columns::id(row, 2)?),
                until: columns::day(row, 3)?,
                paid: columns::sum(row, 4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn agreement(row: &Row<'_>) -> rusqlite::Result<AgreementRow> {
    let day = |index| match row.get::<_, Option<i32>>(index)? {
        None => Ok(None),
        Some(_) => columns::day(row, index).map(Some),
    };
    Ok(AgreementRow {
        offer: OfferId(columns::id(row, 0)?),
        title: row.get(1)?,
        partner: PartnerId(columns::id(row, 2)?),
        terms: columns::json(row, 3)?,
        signed_at: columns::instant(row, 4)?,
        counted: Counted { total: columns::sum(row, 5)?, buyers: columns::count(row.get(11)?) },
        credited: columns::sum(row, 6)?,
        reached: day(7)?,
        reached_position: row.get::<_, Option<i64>>(8)?.map(columns::position),
        ended: day(9)?,
        reason: row.get(10)?,
    })
}
