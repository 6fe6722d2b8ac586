//! Offers that are near another one.

use ledger_core::ids::OfferId;
use ledger_core::offer::Listing;
use rusqlite::params;

use super::{COLUMNS, JOINED, OfferRow, offer};
use crate::fold::catalogue::{LEVEL, SUBJECT};
use crate::{ReadError, Reader};

/// Where an image of an offer is, and where the offer stands in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureAt {
    /// Grows with each new offer: what to ask the next ones with.
    pub place: i64,
    /// On the partner's site.
    pub url: String,
}

impl Reader {
    /// Other offers on sale that share the first subject and a school level with `id`, which says
    /// `listing`: the newest first. None when it is filed under neither.
    pub fn similar_offers(
        &self,
        id: OfferId,
        listing: &Listing,
        limit: usize,
    ) -> Result<Vec<OfferRow>, ReadError> {
        let (Some(subject), Some(level)) = (listing.subjects.first(), listing.levels.first())
        else {
            return Ok(vec![]);
        };
        // Walks down the subject's offers, which are in the order of their numbers, until it has
        // enough.
        let sql = format!(
            "SELECT {COLUMNS} FROM offer_word AS near
             JOIN offer_word AS also ON also.what = ?1 AND also.word = ?2 AND also.offer = near.offer
             JOIN offer ON no = near.offer {JOINED}
             WHERE near.what = ?3 AND near.word = ?4 AND offer.id <> ?5 AND on_sale = 1
                 AND partner.suspended IS NULL
             ORDER BY near.offer DESC LIMIT ?6"
        );
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let given =
            params![LEVEL, level.as_str(), SUBJECT, subject.as_str(), id.0.as_bytes(), limit];
        let rows = rows.query_map(given, offer)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The pictures of the first `limit` offers on sale after `place`, those without one left out;
    /// and where the next ones begin, `None` after the last offer.
    pub fn pictures(
        &self,
        place: i64,
        limit: usize,
    ) -> Result<(Vec<PictureAt>, Option<i64>), ReadError> {
        let sql = "SELECT no, json_extract(listing, '$.details.thumbnail_url')
            FROM offer JOIN offer_listing ON offer_listing.offer = no
            WHERE no > ?1 AND on_sale = 1 ORDER BY no LIMIT ?2";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let given = params![place, i64::try_from(limit).unwrap_or(i64::MAX)];
        let mut rows = rows.query(given)?;
        let (mut pictures, mut last, mut count) = (vec![], place, 0);
        while let Some(row) = rows.next()? {
            last = row.get(0)?;
            count += 1;
            if let Some(url) = row.get(1)? {
                pictures.push(PictureAt { place: last, url });
            }
        }
        Ok((pictures, (count >= limit).then_some(last)))
    }
}
