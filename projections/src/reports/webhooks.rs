//! Webhook endpoints and people: which ones there are. What each of them is, its stream tells.

use ledger_core::client::Party;
use ledger_core::ids::{PersonId, WebhookId};

use crate::columns;
use crate::{ReadError, Reader};

impl Reader {
    /// Everybody who was ever given a role, or signed out everywhere, in that order.
    pub fn persons(&self) -> Result<Vec<PersonId>, ReadError> {
        let mut rows = self.sql()?.prepare_cached("SELECT id FROM person ORDER BY position, id")?;
        let rows = rows.query_map([], |row| columns::id(row, 0).map(PersonId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The endpoints of `party`, or of everybody, oldest first; those that are deleted left out.
    pub fn webhooks(&self, party: Option<Party>) -> Result<Vec<WebhookId>, ReadError> {
        let sql = "SELECT id FROM webhook WHERE ?1 IS NULL OR party = ?1 ORDER BY position";
        let party = party.map(|it| serde_json::to_string(&it).unwrap_or_default());
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([party], |row| columns::id(row, 0).map(WebhookId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
