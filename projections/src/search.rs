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

mod analysis;
mod counting;
mod counts;
mod dated;
mod dictionary;
mod directory;
mod document;
mod filing;
mod finding;
pub(crate) mod generation;
mod help;
pub(crate) mod indexer;
mod matching;
mod page;
mod query;
mod ranking;
mod request;
mod rows;
mod selection;
mod sets;
mod shelf;
mod suggest;
mod synonyms;
mod values;
mod why;

pub use page::{
    By, Cursor, FacetCounts, FacetValue, Help, Hit, Place, Reason, Relaxation, SearchPage,
    Spelling, Suggestion,
};
pub use request::{FacetKind, Filters, Owned, SearchRequest, Sort};

use crate::{ReadError, Reader};

impl Reader {
    /// Offers on sale that match `request`, with the counts of every facet.
    ///
    /// A few milliseconds over half a million offers.
    pub fn search(&self, request: &SearchRequest) -> Result<SearchPage, ReadError> {
        finding::Searched::new(self)?.page(request)
    }

    /// The offers of that page without what is counted beside them.
    pub(crate) fn search_offers(&self, request: &SearchRequest) -> Result<Vec<Hit>, ReadError> {
        finding::Searched::new(self)?.offers(request)
    }

    /// What somebody who has typed `prefix` may want to type: at most `limit`, values of facets
    /// before words, and the most frequent first.
    pub fn suggest(&self, prefix: &str, limit: usize) -> Result<Vec<Suggestion>, ReadError> {
        Ok(suggest::suggest(self.index()?, prefix, limit)?)
    }
}
