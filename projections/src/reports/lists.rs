//! Lists of offers: an account's own, those that its school shares, and what is on one.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use ledger_core::identifiers::Uai;
use ledger_core::ids::{AccountId, LinkId, ListId, OfferId};
use ledger_core::money::Balance;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};

use super::catalogue::OfferRow;
use crate::columns;
use crate::{ReadError, Reader};

/// One list, without what is on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRow {
    /// Which one.
    pub id: ListId,
    /// Whose.
    pub owner: AccountId,
    /// What it is called.
    pub name: String,
    /// Whether it is the owner's favourites.
    pub favourites: bool,
    /// The school whose accounts read it; `None` when none does.
    pub school: Option<Uai>,
    /// The link by which it is read; `None` when there is none.
    pub link: Option<LinkId>,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// How many offers are on it.
    pub offers: u32,
}

/// One offer of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedOffer {
    /// The offer, on sale or not.
    pub offer: OfferRow,
    /// What the owner says of it; often empty.
    pub note: String,
    /// How many are needed; `None` is one.
    pub quantity: Option<u16>,
}

impl ListedOffer {
    /// What it costs on the day `on`, as many times as it is needed.
    pub fn cost_on(&self, on: NaiveDate) -> Balance {
        let each = self.offer.listing.price_on(on).amount.cents();
        Balance::from_cents(each.saturating_mul(u64::from(self.quantity.unwrap_or(1))))
    }
}

/// One list and what is on it, in the order in which it was put there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListTold {
    /// The list.
    pub list: ListRow,
    /// What is on it; without offers that were never published.
    pub offers: Vec<ListedOffer>,
}

impl ListTold {
    /// What all that is on sale costs on the day `on`; what is billed by use counts one use.
    pub fn total_on(&self, on: NaiveDate) -> Balance {
        self.offers.iter().filter(|it| it.offer.on_sale).map(|it| it.cost_on(on)).sum()
    }
}

const LIST: &str = "SELECT id, owner, name, favourites, school, link, at,
    (SELECT count(*) FROM list_offer WHERE list_offer.list = list.id) FROM list";

impl Reader {
    /// The lists of `account`: favourites first, then by name.
    pub fn lists_of(&self, account: AccountId) -> Result<Vec<ListRow>, ReadError> {
        let sql =
            format!("{LIST} WHERE owner = ?1 ORDER BY favourites DESC, name COLLATE NOCASE, id");
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let rows = rows.query_map([account.0.as_bytes()], list)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The lists that others than `but` share with the school `uai`, the newest first; at most 200.
    pub fn lists_shared_with(&self, uai: Uai, but: AccountId) -> Result<Vec<ListRow>, ReadError> {
        let sql =
            format!("{LIST} WHERE school = ?1 AND owner <> ?2 ORDER BY created DESC LIMIT 200");
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let rows = rows.query_map(params![uai.as_str(), but.0.as_bytes()], list)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The list that `link` leads to; `None` when it leads nowhere, or no more.
    pub fn list_of_link(&self, link: LinkId) -> Result<Option<ListRow>, ReadError> {
        let sql = format!("{LIST} WHERE link = ?1");
        let row = self.sql()?.prepare_cached(&sql)?.query_row([link.0.as_bytes()], list);
        Ok(row.optional()?)
    }

    /// One list and what is on it; `None` when there is none, or no more.
    pub fn list(&self, id: ListId) -> Result<Option<ListTold>, ReadError> {
        let sql = format!("{LIST} WHERE id = ?1");
        let row = self.sql()?.prepare_cached(&sql)?.query_row([id.0.as_bytes()], list);
        let Some(list) = row.optional()? else { return Ok(None) };
        let sql =
            "SELECT offer, note, quantity FROM list_offer WHERE list = ?1 ORDER BY position, offer";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([id.0.as_bytes()], |row| {
            Ok((OfferId(columns::id(row, 0)?), row.get(1)?, row.get(2)?))
        })?;
        let mut offers = vec![];
        for line in rows {
            let (id, note, quantity) = line?;
            if let Some(offer) = self.offer(id)? {
                offers.push(ListedOffer { offer, note, quantity });
            }
        }
        Ok(Some(ListTold { list, offers }))
    }

    /// Which of `account`'s lists each hold `offer`, by their ids.
    pub fn lists_with(
        &self,
        account: AccountId,
        offer: OfferId,
    ) -> Result<BTreeSet<ListId>, ReadError> {
        let sql = "SELECT list.id FROM list JOIN list_offer ON list_offer.list = list.id
            WHERE list.owner = ?1 AND list_offer.offer = ?2";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let given = params![account.0.as_bytes(), offer.0.as_bytes()];
        let rows = rows.query_map(given, |row| Ok(ListId(columns::id(row, 0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The offers that are favourites of `account`.
    pub fn favourites(&self, account: AccountId) -> Result<BTreeSet<OfferId>, ReadError> {
        let mut rows =
            self.sql()?.prepare_cached("SELECT offer FROM list_offer WHERE list = ?1")?;
        let list = ListId::favourites(account);
        let rows = rows.query_map([list.0.as_bytes()], |row| Ok(OfferId(columns::id(row, 0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn list(row: &Row<'_>) -> rusqlite::Result<ListRow> {
    let school = row.get::<_, Option<String>>(4)?.map(|it| it.parse::<Uai>()).transpose();
    let school = school.map_err(|it| columns::odd(4, Type::Text, it.to_string()))?;
    let link = row.get::<_, Option<[u8; 16]>>(5)?;
    Ok(ListRow {
        id: ListId(columns::id(row, 0)?),
        owner: AccountId(columns::id(row, 1)?),
        name: row.get(2)?,
        favourites: row.get(3)?,
        school,
        link: link.map(|it| LinkId(uuid::Uuid::from_bytes(it))),
        at: columns::instant(row, 6)?,
        offers: columns::count(row.get(7)?),
    })
}
