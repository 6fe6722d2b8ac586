//! The tables `offer`, `offer_listing` and `offer_word`, and the index `offer_text`: what can be bought, and search.

use ledger_core::offer::{Listing, OfferEvent, OfferPublished};
use rusqlite::{OptionalExtension, Transaction, params};

use super::At;
use super::purchases::kind_code;
use crate::columns::{cents, stored};

/// `offer_word.what` of a subject (discipline).
pub(crate) const SUBJECT: u8 = 1;
/// `offer_word.what` of a school level.
pub(crate) const LEVEL: u8 = 2;

/// Writes what one event changes.
pub(super) fn write(to: &Transaction<'_>, at: At, event: &OfferEvent) -> rusqlite::Result<()> {
    match event {
        OfferEvent::Published(it) | OfferEvent::Revised(it) => say(to, at, it),
        OfferEvent::Withdrawn(_) => {
            let known = known(to, at)?;
            let Some((no, listing)) = known else { return Ok(()) };
            forget(to, no, &listing)?;
            to.prepare_cached("UPDATE offer SET on_sale = 0, last = ?2 WHERE no = ?1")?
                .execute(params![no, stored(at.position)])?;
            Ok(())
        }
    }
}

/// The number and the listing of the offer; `None` when it was never published.
fn known(to: &Transaction<'_>, at: At) -> rusqlite::Result<Option<(i64, Listing)>> {
    to.prepare_cached(
        "SELECT no, listing FROM offer JOIN offer_listing ON offer = no WHERE id = ?1",
    )?
    .query_row([at.id.as_bytes()], |row| Ok((row.get(0)?, crate::columns::json(row, 1)?)))
    .optional()
}

fn say(to: &Transaction<'_>, at: At, it: &OfferPublished) -> rusqlite::Result<()> {
    if let Some((no, before)) = known(to, at)? {
        forget(to, no, &before)?;
    }
    let listing = &it.listing;
    let position = stored(at.position);
    to.prepare_cached(
        "INSERT INTO offer (id, partner, reference, kind, price, specimen, on_sale, digest,
             published, last)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, ?8)
         ON CONFLICT (id) DO UPDATE SET partner = excluded.partner,
             reference = excluded.reference, kind = excluded.kind, price = excluded.price,
             specimen = excluded.specimen, on_sale = 1,
             digest = excluded.digest, last = excluded.last",
    )?
    .execute(params![
        at.id.as_bytes(),
        it.partner.0.as_bytes(),
        listing.reference.as_str(),
        kind_code(listing.kind),
        cents(listing.price.amount.cents()),
        listing.specimen_url.is_some(),
        it.digest.0,
        position,
    ])?;
    let no: i64 = to
        .prepare_cached("SELECT no FROM offer WHERE id = ?1")?
        .query_row([at.id.as_bytes()], |row| row.get(0))?;
    to.prepare_cached("INSERT OR REPLACE INTO offer_listing VALUES (?1, ?2)")?
        .execute(params![no, serde_json::to_string(listing).unwrap_or_default()])?;
    let mut word = to.prepare_cached("INSERT OR IGNORE INTO offer_word VALUES (?1, ?2, ?3)")?;
    for (what, words) in filed(listing) {
        for it in words {
            word.execute(params![what, it.as_str(), no])?;
        }
    }
    to.prepare_cached(
        "INSERT INTO offer_text (rowid, title, description, subjects, levels)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        no,
        listing.title,
        listing.description,
        listing.subjects.join(" "),
        listing.levels.join(" ")
    ])?;
    Ok(())
}

/// Takes the offer out of what is searched.
fn forget(to: &Transaction<'_>, no: i64, listing: &Listing) -> rusqlite::Result<()> {
    to.prepare_cached("DELETE FROM offer_text WHERE rowid = ?1")?.execute([no])?;
    let mut word =
        to.prepare_cached("DELETE FROM offer_word WHERE what = ?1 AND word = ?2 AND offer = ?3")?;
    for (what, words) in filed(listing) {
        for it in words {
            word.execute(params![what, it.as_str(), no])?;
        }
    }
    Ok(())
}

/// What an offer is filed under.
fn filed(listing: &Listing) -> [(u8, &[compact_str::CompactString]); 2] {
    [(SUBJECT, &listing.subjects), (LEVEL, &listing.levels)]
}
