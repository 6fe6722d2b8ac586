//! Every offer on sale, one after the other: what open data are made of.

use super::{COLUMNS, JOINED, OfferRow, offer};
use crate::{ReadError, Reader};

impl Reader {
    /// Gives each offer that can be bought to `take`, in the order in which they were first
    /// published, until it says `false`; one in memory at a time.
    pub fn each_offer(&self, mut take: impl FnMut(&OfferRow) -> bool) -> Result<(), ReadError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM offer {JOINED}
             WHERE on_sale = 1 AND partner.suspended IS NULL ORDER BY no"
        );
        let mut sql = self.sql()?.prepare_cached(&sql)?;
        let mut rows = sql.query([])?;
        while let Some(row) = rows.next()? {
            if !take(&offer(row)?) {
                break;
            }
        }
        Ok(())
    }
}
