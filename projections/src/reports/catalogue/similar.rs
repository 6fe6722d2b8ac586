//! Offers that are near another one.

use ledger_core::ids::OfferId;
use ledger_core::offer::Listing;

use super::OfferRow;
use crate::search::{FacetKind, SearchRequest, Sort};
use crate::{ReadError, Reader};

impl Reader {
    /// Other offers on sale that share the first subject and a school level with `id`, which says
    /// `listing`: the newest first. None when it is filed under neither.
    pub fn similar_offers(
        &self,
        id: OfferId,
        listing: &Listing,
        limit: usize,
    ) -> Result<Vec<OfferRow>, ReadError> {
        let (Some(subject), Some(level)) = (listing.subjects.first(), listing.levels.first())
        else {
            return Ok(vec![]);
        };
        let filters = [(FacetKind::Subject, subject), (FacetKind::Level, level)];
        let found = self.search_offers(&SearchRequest {
            filters: filters.into_iter().map(|(kind, it)| (kind, vec![it.clone()])).collect(),
            sort: Sort::Newest,
            limit: limit + 1,
            ..SearchRequest::default()
        })?;
        let others = found.into_iter().map(|it| it.offer).filter(|it| it.id != id);
        Ok(others.take(limit).collect())
    }
}
