//! Where offers' pictures are, for whoever fetches them.

use ledger_core::ids::PartnerId;
use rusqlite::params;

use crate::{ReadError, Reader, columns};

/// Where a picture of an offer is, and where the offer stands in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureAt {
    /// Grows with each new offer: what to ask the next ones with.
    pub place: i64,
    /// Whose offer.
    pub partner: PartnerId,
    /// On the partner's site.
    pub url: String,
}

impl Reader {
    /// The pictures of the first `limit` offers on sale after `place`, those without one left out;
    /// and where the next ones begin, `None` after the last offer.
    pub fn pictures(
        &self,
        place: i64,
        limit: usize,
    ) -> Result<(Vec<PictureAt>, Option<i64>), ReadError> {
        let sql = "SELECT no, partner, json_extract(listing, '$.details.thumbnail_url')
            FROM offer JOIN offer_listing ON offer_listing.offer = no
            WHERE no > ?1 AND on_sale = 1 ORDER BY no LIMIT ?2";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let given = params![place, i64::try_from(limit).unwrap_or(i64::MAX)];
        let mut rows = rows.query(given)?;
        let (mut pictures, mut last, mut count) = (vec![], place, 0);
        while let Some(row) = rows.next()? {
            last = row.get(0)?;
            count += 1;
            if let Some(url) = row.get(2)? {
                let partner = PartnerId(columns::id(row, 1)?);
                pictures.push(PictureAt { place: last, partner, url });
            }
        }
        Ok((pictures, (count >= limit).then_some(last)))
    }
}
