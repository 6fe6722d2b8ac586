//! Counts made a moment ago, for who turns a page or sorts otherwise, and for the page that most
//! begin with: good for one generation of the index.

use std::sync::Arc;

use chrono::NaiveDate;
use compact_str::CompactString;
use ledger_core::ids::PartnerId;
use ledger_core::money::Balance;
use parking_lot::Mutex;

use super::page::FacetCounts;
use super::request::{Filters, SearchRequest};

/// Searches whose counts are kept: the last ones.
const KEPT: usize = 64;

/// Texts longer than this are not kept.
const TEXT_MAX: usize = 200;

/// How many offers were found, and the counts of every facet.
pub(super) type Counted = (u32, Arc<[FacetCounts]>);

/// What the counts of a search depend on, besides the index.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    text: CompactString,
    filters: Filters,
    price_max: Option<Balance>,
    on: Option<NaiveDate>,
    suspended: Vec<PartnerId>,
}

/// Counts that were made; the newest last.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<Vec<(Asked, Counted)>>);

impl Counts {
    /// What `request` counts: as it was counted before, else as `count` says.
    ///
    /// What depends on what somebody has already is theirs, and is not kept.
    pub(super) fn of(
        &self,
        request: &SearchRequest,
        suspended: &[PartnerId],
        count: impl FnOnce() -> Counted,
    ) -> Counted {
        if request.owned.is_some() || request.text.len() > TEXT_MAX {
            return count();
        }
        let asked = Asked {
            text: request.text.trim().into(),
            filters: request.filters.clone(),
            price_max: request.price_max,
            on: request.on,
            suspended: suspended.to_vec(),
        };
        if let Some((_, known)) = self.0.lock().iter().find(|it| it.0 == asked) {
            return known.clone();
        }
        let counted = count();
        let mut kept = self.0.lock();
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((asked, counted.clone()));
        counted
    }
}
