//! The tables `partner` and `client`; bank details and secrets stay in the log.

use ledger_core::client::ClientEvent;
use ledger_core::partner::PartnerEvent;
use rusqlite::{Transaction, params};

use super::{At, harvest};
use crate::columns::stored;

/// Writes what one event of a partner changes.
pub(super) fn write_partner(
    to: &Transaction<'_>,
    at: At,
    event: &PartnerEvent,
) -> rusqlite::Result<()> {
    let (id, last) = (at.id.as_bytes(), stored(at.position));
    match event {
        PartnerEvent::Registered(it) => to
            .prepare_cached(
                "INSERT OR IGNORE INTO partner (id, siret, name, agreement, registered, last)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
            )?
            .execute(params![id, it.siret.as_str(), it.name.as_str(), it.agreement.as_str(), last]),
        PartnerEvent::FeedDeclared(it) => {
            harvest::declared(to, at, it)?;
            said(to, at)
        }
        PartnerEvent::FeedRemoved(it) => {
            harvest::removed(to, at, it.format)?;
            said(to, at)
        }
        PartnerEvent::BankDetailsProposed(_)
        | PartnerEvent::BankDetailsApproved(_)
        | PartnerEvent::BankDetailsRejected(_)
        | PartnerEvent::SitesDeclared(_)
        | PartnerEvent::FeeAgreed(_) => said(to, at),
        PartnerEvent::Suspended(it) => to
            .prepare_cached("UPDATE partner SET suspended = ?2, last = ?3 WHERE id = ?1")?
            .execute(params![id, it.reason.as_str(), last]),
        PartnerEvent::Resumed(_) => to
            .prepare_cached("UPDATE partner SET suspended = NULL, last = ?2 WHERE id = ?1")?
            .execute(params![id, last]),
    }?;
    Ok(())
}

/// Writes that the partner's stream goes on.
fn said(to: &Transaction<'_>, at: At) -> rusqlite::Result<usize> {
    to.prepare_cached("UPDATE partner SET last = ?2 WHERE id = ?1")?
        .execute(params![at.id.as_bytes(), stored(at.position)])
}

/// Writes what one event of a client changes.
pub(super) fn write_client(
    to: &Transaction<'_>,
    at: At,
    event: &ClientEvent,
) -> rusqlite::Result<()> {
    let (id, last) = (at.id.as_bytes(), stored(at.position));
    let secrets = |sql: &str| to.prepare_cached(sql)?.execute(params![id, last]);
    match event {
        ClientEvent::Registered(it) => to
            .prepare_cached(
                "INSERT OR IGNORE INTO client (id, name, party, scopes, secrets, registered, last)
                 VALUES (?1, ?2, ?3, ?4, 1, ?5, ?5)",
            )?
            .execute(params![
                id,
                it.name.as_str(),
                serde_json::to_string(&it.party).unwrap_or_default(),
                serde_json::to_string(&it.scopes).unwrap_or_default(),
                last
            ]),
        ClientEvent::SecretAdded(_) => {
            secrets("UPDATE client SET secrets = secrets + 1, last = ?2 WHERE id = ?1")
        }
        ClientEvent::SecretRemoved(_) => {
            secrets("UPDATE client SET secrets = max(secrets - 1, 0), last = ?2 WHERE id = ?1")
        }
        ClientEvent::CertificateAdded(_) | ClientEvent::CertificateRemoved(_) => {
            secrets("UPDATE client SET last = ?2 WHERE id = ?1")
        }
        ClientEvent::Revoked(it) => to
            .prepare_cached("UPDATE client SET revoked = ?2, secrets = 0, last = ?3 WHERE id = ?1")?
            .execute(params![id, it.reason.as_str(), last]),
    }?;
    Ok(())
}
