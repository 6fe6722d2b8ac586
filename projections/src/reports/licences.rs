//! Who may already use what: by a purchase of their own, by their school's; and what they try.

use chrono::{DateTime, NaiveDate, Utc};
use ledger_core::ids::{AccountId, OfferId, PartnerId, PurchaseId};
use rusqlite::{Row, params};

use crate::columns;
use crate::fold::licences::SCHOOL;
use crate::{ReadError, Reader};

/// Who of a school may use an offer today: counts, never who.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// The account's own last purchase of it; `None` when it has none that runs.
    pub own: Option<OwnLicence>,
    /// How many other accounts of the school may use it.
    pub colleagues: u32,
    /// The longest of the school-wide licences that others of the school have; `None` without any.
    pub school: Option<SchoolLicence>,
}

/// A purchase of one's own that may be used today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnLicence {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// Its last day; `None` has no end.
    pub until: Option<NaiveDate>,
}

/// A licence for the whole school.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchoolLicence {
    /// Its last day; `None` has no end.
    pub until: Option<NaiveDate>,
}

/// A resource that is, or was, tried for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecimenRow {
    /// Which offer.
    pub offer: OfferId,
    /// Its title, as it was then.
    pub title: String,
    /// Where the specimen is, on the partner's site.
    pub url: String,
    /// The last day on which it may be used.
    pub until: NaiveDate,
    /// When it was taken.
    pub at: DateTime<Utc>,
    /// The purchase that it led to, the first one; `None` when it led to none, or was given up.
    pub converted: Option<PurchaseId>,
}

/// How often the specimen of one offer led to a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// Which offer.
    pub offer: OfferId,
    /// Its title today.
    pub title: String,
    /// How many accounts tried it.
    pub taken: u32,
    /// How many of them bought it afterwards, and kept it.
    pub converted: u32,
}

/// Purchases of which something is held or kept, and what was taken for nothing.
const KEPT: &str = "(purchase.held + purchase.captured > purchase.refunded OR purchase.amount = 0)";

impl Reader {
    /// Who of `account`'s school may use `offer` on the day `on`.
    pub fn holdings(
        &self,
        account: AccountId,
        offer: OfferId,
        on: NaiveDate,
    ) -> Result<Holdings, ReadError> {
        let sql = format!(
            "SELECT licence.account, licence.scope, licence.until, purchase.id, purchase.at
             FROM licence JOIN purchase
                 ON purchase.id = licence.purchase AND purchase.account = licence.account
             WHERE licence.uai = (SELECT uai FROM account WHERE id = ?1) AND licence.offer = ?2
                 AND (licence.until IS NULL OR licence.until >= ?3) AND {KEPT}
             ORDER BY licence.account, purchase.id"
        );
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let given = params![account.0.as_bytes(), offer.0.as_bytes(), columns::day_number(on)];
        let mut rows = rows.query(given)?;
        let (mut told, mut last) = (Holdings::default(), None);
        while let Some(row) = rows.next()? {
            let holder = AccountId(columns::id(row, 0)?);
            let until = optional_day(row, 2)?;
            if holder == account {
                let purchase = PurchaseId(columns::id(row, 3)?);
                told.own = Some(OwnLicence { purchase, at: columns::instant(row, 4)?, until });
                continue;
            }
            if last != Some(holder) {
                told.colleagues += 1;
                last = Some(holder);
            }
            if row.get::<_, u8>(1)? == SCHOOL {
                let longer = match told.school.as_ref().map(|it| it.until) {
                    None => true,
                    Some(None) => false,
                    Some(Some(known)) => until.is_none_or(|it| it > known),
                };
                if longer {
                    told.school = Some(SchoolLicence { until });
                }
            }
        }
        Ok(told)
    }

    /// How often specimens of `partner`'s offers led to a purchase, the most tried first.
    pub fn conversions(&self, partner: PartnerId) -> Result<Vec<Conversion>, ReadError> {
        let sql = format!(
            "SELECT offer.id, json_extract(offer_listing.listing, '$.title'), count(*),
                 sum(EXISTS (SELECT 1 FROM licence JOIN purchase
                      ON purchase.id = licence.purchase AND purchase.account = licence.account
                  WHERE licence.uai = (SELECT uai FROM account WHERE id = specimen.account)
                      AND licence.offer = specimen.offer AND licence.account = specimen.account
                      AND purchase.at >= specimen.at AND {KEPT}))
             FROM specimen JOIN offer ON offer.id = specimen.offer
                 JOIN offer_listing ON offer_listing.offer = offer.no
             WHERE offer.partner = ?1 GROUP BY offer.id ORDER BY 3 DESC, offer.id"
        );
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let rows = rows.query_map([partner.0.as_bytes()], |row| {
            Ok(Conversion {
                offer: OfferId(columns::id(row, 0)?),
                title: row.get(1)?,
                taken: columns::count(row.get(2)?),
                converted: columns::count(row.get(3)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What `account` tries, or tried, for nothing: the last one first.
    pub fn specimens_of(&self, account: AccountId) -> Result<Vec<SpecimenRow>, ReadError> {
        let sql = format!(
            "SELECT offer, title, url, until, at,
                 (SELECT min(purchase.id) FROM licence JOIN purchase
                      ON purchase.id = licence.purchase AND purchase.account = licence.account
                  WHERE licence.uai = (SELECT uai FROM account WHERE id = ?1)
                      AND licence.offer = specimen.offer AND licence.account = ?1
                      AND purchase.at >= specimen.at AND {KEPT})
             FROM specimen WHERE account = ?1 ORDER BY at DESC, offer"
        );
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let rows = rows.query_map([account.0.as_bytes()], |row| {
            let converted = row.get::<_, Option<[u8; 16]>>(5)?;
            Ok(SpecimenRow {
                offer: OfferId(columns::id(row, 0)?),
                title: row.get(1)?,
                url: row.get(2)?,
                until: columns::day(row, 3)?,
                at: columns::instant(row, 4)?,
                converted: converted.map(|it| PurchaseId(uuid::Uuid::from_bytes(it))),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn optional_day(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<NaiveDate>> {
    match row.get::<_, Option<i32>>(index)? {
        None => Ok(None),
        Some(_) => columns::day(row, index).map(Some),
    }
}
