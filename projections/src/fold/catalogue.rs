//! The tables `offer` and `offer_listing`: what can be bought.
//!
//! The index by which it is searched is written from them, see [`crate::search`].

use ledger_core::offer::{OfferEvent, OfferPublished};
use rusqlite::{Transaction, params};

use super::At;
use super::purchases::kind_code;
use crate::columns::{cents, stored};

/// Writes what one event changes.
pub(super) fn write(to: &Transaction<'_>, at: At, event: &OfferEvent) -> rusqlite::Result<()> {
    match event {
        OfferEvent::Published(it) | OfferEvent::Revised(it) => say(to, at, it),
        OfferEvent::Withdrawn(_) => {
            to.prepare_cached("UPDATE offer SET on_sale = 0, last = ?2 WHERE id = ?1")?
                .execute(params![at.id.as_bytes(), stored(at.position)])?;
            Ok(())
        }
    }
}

fn say(to: &Transaction<'_>, at: At, it: &OfferPublished) -> rusqlite::Result<()> {
    let listing = &it.listing;
    let position = stored(at.position);
    let mut row = to.prepare_cached(
        "INSERT INTO offer (id, partner, reference, kind, price, specimen, on_sale, digest,
             published, last)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, ?8)
         ON CONFLICT (id) DO UPDATE SET partner = excluded.partner,
             reference = excluded.reference, kind = excluded.kind, price = excluded.price,
             specimen = excluded.specimen, on_sale = 1,
             digest = excluded.digest, last = excluded.last
         RETURNING no",
    )?;
    let said = params![
        at.id.as_bytes(),
        it.partner.0.as_bytes(),
        listing.reference.as_str(),
        kind_code(listing.kind),
        cents(listing.price.amount.cents()),
        listing.specimen_url.is_some(),
        it.digest.0,
        position,
    ];
    let no: i64 = row.query_row(said, |row| row.get(0))?;
    to.prepare_cached("INSERT OR REPLACE INTO offer_listing VALUES (?1, ?2)")?
        .execute(params![no, serde_json::to_string(listing).unwrap_or_default()])?;
    Ok(())
}
