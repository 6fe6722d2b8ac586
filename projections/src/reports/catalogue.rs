//! The catalogue: what can be bought, and how it is searched.

use std::collections::BTreeMap;

use compact_str::CompactString;
use ledger_core::digest::Digest;
use ledger_core::event_log::Position;
use ledger_core::ids::{OfferId, PartnerId};
use ledger_core::money::Balance;
use ledger_core::offer::{Kind, Listing};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, params_from_iter};

mod similar;
mod words;

use crate::columns;
use crate::fold::catalogue::{LEVEL, SUBJECT};
use crate::fold::purchases::kind_code;
use crate::{ReadError, Reader};

/// Matches are counted up to so many.
pub const COUNT_MAX: u32 = 1_000;

/// One offer, as its partner describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferRow {
    /// Which one.
    pub id: OfferId,
    /// Whose.
    pub partner: PartnerId,
    /// The partner's trade name; empty when its stream does not say.
    pub partner_name: String,
    /// What the partner says of it.
    pub listing: Listing,
    /// The listing's fingerprint: what a buyer has seen.
    pub digest: Digest,
    /// Whether it can be bought: not withdrawn, and its partner not suspended.
    pub on_sale: bool,
    /// Where its first publication stands in the log.
    pub published: Position,
    /// Where its last event stands in the log.
    pub last: Position,
    no: i64,
}

/// What is searched; `Default` is every offer on sale, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Words as typed, in any order: each one, or its beginning, must stand in the title, the
    /// description, the subjects or the levels; accents and capitals do not matter.
    pub text: String,
    /// Only this kind of resource.
    pub kind: Option<Kind>,
    /// Only this subject, as `mathematiques`.
    pub subject: Option<CompactString>,
    /// Only this school level, as `6e`.
    pub level: Option<CompactString>,
    /// Only this partner's.
    pub partner: Option<PartnerId>,
    /// Only offers that cost this or less, in cents; zero is free ones.
    pub price_max: Option<Balance>,
    /// Only offers with a free sample.
    pub specimen: bool,
}

/// Where the next page of a search begins; written in an address as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(i64);

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Cursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.parse().ok().filter(|it| *it >= 0);
        number.map(Self).ok_or_else(|| "expected the cursor of a page given before".to_owned())
    }
}

/// One page of what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The offers: the best first when words were given, else the newest.
    pub offers: Vec<OfferRow>,
    /// How many there are in all; [`COUNT_MAX`] when there are at least so many.
    pub count: u32,
    /// What to ask the next page with; `None` when this was the last.
    pub next: Option<Cursor>,
}

const COLUMNS: &str = "offer.id, offer.partner, coalesce(partner.name, ''), listing, digest,
    on_sale AND partner.suspended IS NULL, published, offer.last, no";

const JOINED: &str = "JOIN offer_listing ON offer_listing.offer = no
    LEFT JOIN partner ON partner.id = offer.partner";

impl Reader {
    /// The offer, on sale or not; `None` when none was ever published under that id.
    pub fn offer(&self, id: OfferId) -> Result<Option<OfferRow>, ReadError> {
        let sql = format!("SELECT {COLUMNS} FROM offer {JOINED} WHERE offer.id = ?1");
        let row = self.sql()?.prepare_cached(&sql)?.query_row([id.0.as_bytes()], offer);
        Ok(row.optional()?)
    }

    /// Offers on sale that match `search`: `limit` of them from `after` on.
    pub fn offers(
        &self,
        search: &Search,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Found, ReadError> {
        let query = words::query(&search.text);
        if query.is_none() && !search.text.trim().is_empty() {
            return Ok(Found { offers: Vec::new(), count: 0, next: None });
        }
        let Matching { from, mut given } = matching(search, query);
        let ranked = !search.text.trim().is_empty();
        let connection = self.sql()?;
        let count = format!("SELECT count(*) FROM (SELECT 1 {from} LIMIT {COUNT_MAX})");
        let count = connection
            .prepare_cached(&count)?
            .query_row(params_from_iter(&given), |row| row.get(0))?;
        let place = after.map_or(0, |it| it.0);
        let limited = super::one_more(limit);
        // The rows are chosen first, so that listings are read for those shown only.
        let chosen = if ranked {
            format!("SELECT no, rank AS place {from} ORDER BY rank, no DESC LIMIT ? OFFSET ?")
        } else {
            format!("SELECT no, -no AS place {from} AND (? = 0 OR no < ?) ORDER BY no DESC LIMIT ?")
        };
        given.extend(if ranked {
            vec![Value::Integer(limited), Value::Integer(place)]
        } else {
            vec![Value::Integer(place), Value::Integer(place), Value::Integer(limited)]
        });
        let sql = format!(
            "SELECT {COLUMNS} FROM ({chosen}) AS chosen JOIN offer USING (no) {JOINED}
             ORDER BY chosen.place, no DESC"
        );
        let mut rows = connection.prepare_cached(&sql)?;
        let rows = rows.query_map(params_from_iter(&given), offer)?;
        let mut offers: Vec<OfferRow> = rows.collect::<Result<_, _>>()?;
        let more = offers.len() > limit;
        offers.truncate(limit);
        let shown = i64::try_from(offers.len()).unwrap_or_default();
        let next = offers.last().filter(|_| more);
        let next = next.map(|it| Cursor(if ranked { place + shown } else { it.no }));
        Ok(Found { offers, count: columns::count(count), next })
    }

    /// What of `partner`'s is on sale: its references, and the fingerprint of what each says.
    pub fn known_offers(
        &self,
        partner: PartnerId,
    ) -> Result<BTreeMap<CompactString, Digest>, ReadError> {
        let sql = "SELECT reference, digest FROM offer WHERE partner = ?1 AND on_sale = 1";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([partner.0.as_bytes()], |row| {
            let reference = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
            Ok((CompactString::from(reference), Digest(row.get(1)?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The subjects of offers on sale and how many offers each has, most first.
    pub fn subjects(&self) -> Result<Vec<(CompactString, u32)>, ReadError> {
        self.filed(SUBJECT)
    }

    /// The school levels of offers on sale and how many offers each has, most first.
    pub fn levels(&self) -> Result<Vec<(CompactString, u32)>, ReadError> {
        self.filed(LEVEL)
    }

    fn filed(&self, what: u8) -> Result<Vec<(CompactString, u32)>, ReadError> {
        let sql = "SELECT word, count(*) FROM offer_word WHERE what = ?1
            GROUP BY word ORDER BY count(*) DESC, word";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([what], |row| {
            let word = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
            Ok((CompactString::from(word), columns::count(row.get(1)?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many offers are on sale.
    pub fn offer_count(&self) -> Result<u32, ReadError> {
        let sql = "SELECT count(*) FROM offer WHERE on_sale = 1";
        let count = self.sql()?.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(columns::count(count))
    }
}

/// From which tables, under which conditions, and the values given to them.
struct Matching {
    from: String,
    given: Vec<Value>,
}

/// What `search` asks for, led by what is likely to match least.
fn matching(search: &Search, query: Option<String>) -> Matching {
    let mut given = Vec::new();
    let mut conditions = String::new();
    let mut filed: Vec<(u8, &CompactString)> = Vec::new();
    filed.extend(search.subject.as_ref().map(|it| (SUBJECT, it)));
    filed.extend(search.level.as_ref().map(|it| (LEVEL, it)));
    let word = |it: &str| Value::Text(it.to_owned());
    let mut from = if let Some(query) = query {
        given.push(Value::Text(query));
        "FROM offer_text CROSS JOIN offer ON no = offer_text.rowid WHERE offer_text MATCH ?"
            .to_owned()
    } else if let Some((what, first)) = filed.pop() {
        given.extend([Value::Integer(what.into()), word(first)]);
        "FROM offer_word CROSS JOIN offer ON no = offer_word.offer
             WHERE offer_word.what = ? AND offer_word.word = ?"
            .to_owned()
    } else {
        "FROM offer WHERE true".to_owned()
    };
    for (what, it) in filed {
        conditions.push_str(
            " AND EXISTS (SELECT 1 FROM offer_word AS filed
                 WHERE filed.what = ? AND filed.word = ? AND filed.offer = no)",
        );
        given.extend([Value::Integer(what.into()), word(it)]);
    }
    let mut condition = |text: &str, value: Value| {
        conditions.push_str(text);
        given.push(value);
    };
    condition(" AND on_sale = ?", Value::Integer(1));
    if let Some(kind) = search.kind {
        condition(" AND kind = ?", Value::Integer(kind_code(kind).into()));
    }
    if let Some(partner) = search.partner {
        condition(" AND partner = ?", Value::Blob(partner.0.into_bytes().to_vec()));
    }
    if let Some(price) = search.price_max {
        condition(" AND price <= ?", Value::Integer(columns::cents(price.cents())));
    }
    if search.specimen {
        condition(" AND specimen = ?", Value::Integer(1));
    }
    from.push_str(&conditions);
    from.push_str(" AND partner NOT IN (SELECT id FROM partner WHERE suspended IS NOT NULL)");
    Matching { from, given }
}

fn offer(row: &Row<'_>) -> rusqlite::Result<OfferRow> {
    Ok(OfferRow {
        id: OfferId(columns::id(row, 0)?),
        partner: PartnerId(columns::id(row, 1)?),
        partner_name: row.get(2)?,
        listing: columns::json(row, 3)?,
        digest: Digest(row.get(4)?),
        on_sale: row.get(5)?,
        published: columns::position(row.get(6)?),
        last: columns::position(row.get(7)?),
        no: row.get(8)?,
    })
}
