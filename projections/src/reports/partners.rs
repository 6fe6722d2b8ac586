//! Partners and API clients; no bank details, no secrets.

use ledger_core::client::{ClientScope, Party};
use ledger_core::event_log::Position;
use ledger_core::identifiers::Siret;
use ledger_core::ids::{ClientId, PartnerId};
use ledger_core::partner::FeedDeclared;
use rusqlite::{OptionalExtension, Row};

use crate::columns;
use crate::{ReadError, Reader};

/// One partner, as its stream tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartnerRow {
    /// Which one.
    pub id: PartnerId,
    /// Its establishment.
    pub siret: Siret,
    /// Its trade name.
    pub name: String,
    /// The signed agreement.
    pub agreement: String,
    /// Where its offers are pulled from; at most one feed of each role, in their order.
    pub feeds: Vec<FeedDeclared>,
    /// Why its offers are not sold; `None` when they are.
    pub suspended: Option<String>,
    /// Where its registration stands in the log.
    pub registered: Position,
    /// Where its last event stands in the log.
    pub last: Position,
}

/// One API client, as its stream tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRow {
    /// Which one.
    pub id: ClientId,
    /// What it is called.
    pub name: String,
    /// For whom it acts.
    pub party: Party,
    /// What it may do.
    pub scopes: Vec<ClientScope>,
    /// How many secrets are valid.
    pub secrets: u8,
    /// Why it was revoked; `None` when it was not.
    pub revoked: Option<String>,
    /// Where its registration stands in the log.
    pub registered: Position,
    /// Where its last event stands in the log.
    pub last: Position,
}

const PARTNER: &str = "SELECT id, siret, name, agreement, suspended, registered, last
    FROM partner";

const CLIENT: &str =
    "SELECT id, name, party, scopes, secrets, revoked, registered, last FROM client";

impl Reader {
    /// The partner; `None` when there is none of that id.
    pub fn partner(&self, id: PartnerId) -> Result<Option<PartnerRow>, ReadError> {
        let sql = format!("{PARTNER} WHERE id = ?1");
        let row = self.sql()?.prepare_cached(&sql)?.query_row([id.0.as_bytes()], partner);
        let Some(mut partner) = row.optional()? else { return Ok(None) };
        partner.feeds = self.feeds(id)?;
        Ok(Some(partner))
    }

    fn feeds(&self, id: PartnerId) -> Result<Vec<FeedDeclared>, ReadError> {
        let sql = "SELECT url, format, hosts FROM partner_feed WHERE partner = ?1 ORDER BY role";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([id.0.as_bytes()], |row| {
            let url: String = row.get(0)?;
            let (format, hosts) = (columns::text(row, 1)?, columns::json(row, 2)?);
            Ok(FeedDeclared { url: url.into(), format, hosts })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All partners, by name.
    pub fn partners(&self) -> Result<Vec<PartnerRow>, ReadError> {
        let sql = format!("{PARTNER} ORDER BY name COLLATE NOCASE, id");
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let rows = rows.query_map([], partner)?;
        let mut partners: Vec<PartnerRow> = rows.collect::<Result<_, _>>()?;
        for partner in &mut partners {
            partner.feeds = self.feeds(partner.id)?;
        }
        Ok(partners)
    }

    /// The client; `None` when there is none of that id.
    pub fn client(&self, id: ClientId) -> Result<Option<ClientRow>, ReadError> {
        let sql = format!("{CLIENT} WHERE id = ?1");
        let row = self.sql()?.prepare_cached(&sql)?.query_row([id.0.as_bytes()], client);
        Ok(row.optional()?)
    }

    /// All clients, by name.
    pub fn clients(&self) -> Result<Vec<ClientRow>, ReadError> {
        let sql = format!("{CLIENT} ORDER BY name COLLATE NOCASE, id");
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let rows = rows.query_map([], client)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn partner(row: &Row<'_>) -> rusqlite::Result<PartnerRow> {
    Ok(PartnerRow {
        id: PartnerId(columns::id(row, 0)?),
        siret: columns::text(row, 1)?,
        name: row.get(2)?,
        agreement: row.get(3)?,
        feeds: vec![],
        suspended: row.get(4)?,
        registered: columns::position(row.get(5)?),
        last: columns::position(row.get(6)?),
    })
}

fn client(row: &Row<'_>) -> rusqlite::Result<ClientRow> {
    Ok(ClientRow {
        id: ClientId(columns::id(row, 0)?),
        name: row.get(1)?,
        party: columns::json(row, 2)?,
        scopes: columns::json(row, 3)?,
        secrets: row.get(4)?,
        revoked: row.get(5)?,
        registered: columns::position(row.get(6)?),
        last: columns::position(row.get(7)?),
    })
}
