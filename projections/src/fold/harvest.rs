//! The tables `partner_feed` and `feed_run`: where offers are pulled from, and what became of it.

use ledger_core::harvest::HarvestEvent;
use ledger_core::partner::{FeedDeclared, FeedFormat, FeedRole};
use rusqlite::{Transaction, params};
use serde::Serialize;

use super::At;
use crate::columns::stored;

/// `feed_run.kind` of a feed that was read.
pub(crate) const READ: u8 = 1;
/// `feed_run.kind` of a feed that could not be read.
pub(crate) const FAILED: u8 = 2;
/// `feed_run.kind` of a feed that is held.
pub(crate) const HELD: u8 = 3;
/// `feed_run.kind` of a feed that was let through.
pub(crate) const LIFTED: u8 = 4;

const fn role_code(role: FeedRole) -> u8 {
    role as u8
}

/// Writes that `it` takes the place of the feed of its role.
pub(super) fn declared(to: &Transaction<'_>, at: At, it: &FeedDeclared) -> rusqlite::Result<usize> {
    let role = role_code(it.format.role());
    to.prepare_cached(
        "INSERT OR REPLACE INTO partner_feed (partner, role, format, url, hosts)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        at.id.as_bytes(),
        role,
        it.format.name(),
        it.url.as_str(),
        serde_json::to_string(&it.hosts).unwrap_or_default()
    ])
}

/// Writes that the feed written so is asked no more.
pub(super) fn removed(to: &Transaction<'_>, at: At, format: FeedFormat) -> rusqlite::Result<usize> {
    to.prepare_cached("DELETE FROM partner_feed WHERE partner = ?1 AND format = ?2")?
        .execute(params![at.id.as_bytes(), format.name()])
}

/// Writes what one event of a harvest tells.
pub(super) fn write(to: &Transaction<'_>, at: At, event: &HarvestEvent) -> rusqlite::Result<()> {
    match event {
        HarvestEvent::Read(it) => run(to, at, it.format, READ, it),
        HarvestEvent::Failed(it) => run(to, at, it.format, FAILED, it),
        HarvestEvent::Held(it) => run(to, at, it.format, HELD, it),
        HarvestEvent::Lifted(it) => run(to, at, it.format, LIFTED, it),
    }
}

fn run(
    to: &Transaction<'_>,
    at: At,
    format: FeedFormat,
    kind: u8,
    body: &impl Serialize,
) -> rusqlite::Result<()> {
    to.prepare_cached(
        "INSERT INTO feed_run (position, partner, format, kind, at, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        stored(at.position),
        at.id.as_bytes(),
        format.name(),
        kind,
        at.milliseconds,
        serde_json::to_string(body).unwrap_or_default(),
    ])?;
    Ok(())
}
