//! The tables `list` and `list_offer`: the offers that holders keep, and who reads their lists.

use ledger_core::list::{ListEvent, Readers, Sharing};
use rusqlite::{Transaction, params};

use super::At;
use crate::columns::stored;

/// Writes what one event of a list tells.
pub(super) fn write(to: &Transaction<'_>, at: At, event: &ListEvent) -> rusqlite::Result<()> {
    let id = at.id.as_bytes();
    match event {
        ListEvent::Created(it) => to
            .prepare_cached(
                "INSERT OR IGNORE INTO list (id, owner, name, favourites, created, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                id,
                it.owner.0.as_bytes(),
                it.name.as_str(),
                it.favourites,
                stored(at.position),
                at.milliseconds,
            ]),
        ListEvent::Listed(it) => to
            .prepare_cached(
                "INSERT INTO list_offer (list, offer, note, quantity, position)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (list, offer) DO UPDATE SET note = excluded.note,
                     quantity = excluded.quantity",
            )?
            .execute(params![
                id,
                it.offer.0.as_bytes(),
                it.note.as_str(),
                it.quantity,
                stored(at.position),
            ]),
        ListEvent::Unlisted(it) => to
            .prepare_cached("DELETE FROM list_offer WHERE list = ?1 AND offer = ?2")?
            .execute(params![id, it.offer.0.as_bytes()]),
        ListEvent::Renamed(it) => to
            .prepare_cached("UPDATE list SET name = ?2 WHERE id = ?1")?
            .execute(params![id, it.name.as_str()]),
        ListEvent::Shared(it) => match it.with {
            Sharing::School(uai) => to
                .prepare_cached("UPDATE list SET school = ?2 WHERE id = ?1")?
                .execute(params![id, uai.as_str()]),
            Sharing::Link(link) => to
                .prepare_cached("UPDATE list SET link = ?2 WHERE id = ?1")?
                .execute(params![id, link.0.as_bytes()]),
        },
        ListEvent::Unshared(it) => {
            let sql = match it.from {
                Readers::School => "UPDATE list SET school = NULL WHERE id = ?1",
                Readers::Link => "UPDATE list SET link = NULL WHERE id = ?1",
            };
            to.prepare_cached(sql)?.execute([id])
        }
        ListEvent::Deleted(_) => {
            to.prepare_cached("DELETE FROM list_offer WHERE list = ?1")?.execute([id])?;
            to.prepare_cached("DELETE FROM list WHERE id = ?1")?.execute([id])
        }
    }?;
    Ok(())
}
