//! Rows of offers, as the index takes them in.

use std::borrow::Cow;

use ledger_core::event_log::Position;
use ledger_core::ids::{OfferId, PartnerId};
use ledger_core::offer::Listing;
use rusqlite::{Connection, OptionalExtension, Row};

use super::document::Told;
use crate::columns;

const ON_SALE: &str = "SELECT offer.id, offer.no, offer.partner, coalesce(partner.name, ''),
        offer.published, offer_listing.listing
    FROM offer JOIN offer_listing ON offer_listing.offer = offer.no
        LEFT JOIN partner ON partner.id = offer.partner
    WHERE offer.on_sale = 1";

/// The offer, if it is on sale.
pub(super) fn on_sale_as(
    rows: &Connection,
    offer: OfferId,
) -> rusqlite::Result<Option<Told<'static>>> {
    let sql = format!("{ON_SALE} AND offer.id = ?1");
    rows.prepare_cached(&sql)?.query_row([offer.0.as_bytes()], told).optional()
}

/// The offer whose last event said `listing`, and whether that was its first.
pub(super) fn said<'a>(
    rows: &Connection,
    offer: OfferId,
    listing: &'a Listing,
) -> rusqlite::Result<(Told<'a>, bool)> {
    let sql = "SELECT offer.no, offer.partner, coalesce(partner.name, ''), offer.published,
            offer.last = offer.published
        FROM offer LEFT JOIN partner ON partner.id = offer.partner WHERE offer.id = ?1";
    rows.prepare_cached(sql)?.query_row([offer.0.as_bytes()], |row| {
        let told = Told {
            id: offer,
            no: columns::position(row.get(0)?),
            partner: PartnerId(columns::id(row, 1)?),
            partner_name: row.get(2)?,
            published: columns::position(row.get(3)?),
            listing: Cow::Borrowed(listing),
        };
        Ok((told, row.get(4)?))
    })
}

/// Each offer on sale, in the order of its number.
pub(super) fn each_on_sale<E: From<rusqlite::Error>>(
    rows: &Connection,
    mut take: impl FnMut(Told<'static>) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement = rows.prepare(&format!("{ON_SALE} ORDER BY offer.no"))?;
    for row in statement.query_map([], told)? {
        take(row?)?;
    }
    Ok(())
}

/// How many offers are on sale.
pub(super) fn on_sale(rows: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT count(*) FROM offer WHERE on_sale = 1";
    rows.prepare_cached(sql)?.query_row([], |row| Ok(columns::position(row.get(0)?)))
}

/// Offers of which something was written after `position`, or of whose partner was.
pub(super) fn touched_after(
    rows: &Connection,
    position: Position,
) -> rusqlite::Result<Vec<OfferId>> {
    let sql = "SELECT id FROM offer WHERE last > ?1
        UNION SELECT offer.id FROM partner JOIN offer ON offer.partner = partner.id
            WHERE partner.registered > ?1";
    let mut statement = rows.prepare_cached(sql)?;
    let ids = statement
        .query_map([columns::stored(position)], |row| Ok(OfferId(columns::id(row, 0)?)))?;
    ids.collect()
}

/// All offers of `partner`, on sale or not.
pub(crate) fn offers_of(rows: &Connection, partner: PartnerId) -> rusqlite::Result<Vec<OfferId>> {
    let mut statement = rows.prepare_cached("SELECT id FROM offer WHERE partner = ?1")?;
    let ids =
        statement.query_map([partner.0.as_bytes()], |row| Ok(OfferId(columns::id(row, 0)?)))?;
    ids.collect()
}

fn told(row: &Row<'_>) -> rusqlite::Result<Told<'static>> {
    Ok(Told {
        id: OfferId(columns::id(row, 0)?),
        no: columns::position(row.get(1)?),
        partner: PartnerId(columns::id(row, 2)?),
        partner_name: row.get(3)?,
        published: columns::position(row.get(4)?),
        listing: Cow::Owned(columns::json(row, 5)?),
    })
}
