//! The catalogue: what can be bought. How it is searched is in [`crate::search`].

use std::collections::BTreeMap;

use compact_str::CompactString;
use ledger_core::digest::Digest;
use ledger_core::event_log::Position;
use ledger_core::ids::{OfferId, PartnerId};
use ledger_core::offer::Listing;
use rusqlite::{OptionalExtension, Row};

mod all;
mod pictures;
mod similar;

pub use pictures::PictureAt;

use crate::columns;
use crate::{ReadError, Reader};

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
}

const COLUMNS: &str = "offer.id, offer.partner, coalesce(partner.name, ''), listing, digest,
    on_sale AND partner.suspended IS NULL, published, offer.last";

const JOINED: &str = "JOIN offer_listing ON offer_listing.offer = no
    LEFT JOIN partner ON partner.id = offer.partner";

impl Reader {
    /// The offer, on sale or not; `None` when none was ever published under that id.
    pub fn offer(&self, id: OfferId) -> Result<Option<OfferRow>, ReadError> {
        let sql = format!("SELECT {COLUMNS} FROM offer {JOINED} WHERE offer.id = ?1");
        let row = self.sql()?.prepare_cached(&sql)?.query_row([id.0.as_bytes()], offer);
        Ok(row.optional()?)
    }

    /// The offer of that number in the table.
    pub(crate) fn offer_numbered(&self, no: u32) -> Result<Option<OfferRow>, ReadError> {
        let sql = format!("SELECT {COLUMNS} FROM offer {JOINED} WHERE no = ?1");
        let row = self.sql()?.prepare_cached(&sql)?.query_row([no], offer);
        Ok(row.optional()?)
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

    /// How many offers are on sale.
    pub fn offer_count(&self) -> Result<u32, ReadError> {
        let sql = "SELECT count(*) FROM offer WHERE on_sale = 1";
        let count = self.sql()?.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(columns::count(count))
    }
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
    })
}
