//! The catalogue's search: what a teacher types and ticks, what is found, and why.
//!
//! ```text
//!   rows of offers ──document──▶ indexer ──commit──▶ tantivy segments ──once each──▶ shelves
//!   (read models)                                                                       │
//!   what was typed ──query──▶ units ──matching──▶ sets of offers ──counting──▶ facets ◀─┤
//!                                                        └───────ranking──────▶ hits  ◀──┘
//! ```
//!
//! The index stands beside the file of the read models and is written by the same projector, from
//! the same rows, after each transaction that touches an offer. It carries the checkpoint of that
//! transaction in its own commit: one that is behind catches up from the rows, one that is ahead,
//! damaged or gone is made again from them. Deleting it loses nothing.
//!
//! Each segment of the index is read once into a shelf: for each value of each facet, the set of
//! offers filed under it. A search is then a few intersections of sets, and a facet's counts are
//! the sizes of more of them; no offer is looked at one by one until those shown are ranked.
//!
//! Nothing that is typed is an operator, and no search fails for what was typed.

mod page;
mod request;

pub use page::{
    By, Cursor, FacetCounts, FacetValue, Help, Hit, Place, Reason, Relaxation, SearchPage,
    Spelling, Suggestion,
};
pub use request::{FacetKind, Filters, Owned, SearchRequest, Sort};

use crate::{ReadError, Reader};

impl Reader {
    /// Offers on sale that match `request`, with the counts of every facet.
    pub fn search(&self, _request: &SearchRequest) -> Result<SearchPage, ReadError> {
        Err(ReadError::Store("the index is not built yet".to_owned()))
    }

    /// What somebody who has typed `prefix` may want to type: at most `limit`, the likeliest first.
    pub fn suggest(&self, _prefix: &str, _limit: usize) -> Result<Vec<Suggestion>, ReadError> {
        Err(ReadError::Store("the index is not built yet".to_owned()))
    }
}
