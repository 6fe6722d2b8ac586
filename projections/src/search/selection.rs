//! Which offers are found: on sale, with every word, within every filter.

use compact_str::ToCompactString;
use ledger_core::ids::{OfferId, PartnerId};

use super::generation::Generation;
use super::matching::{Matched, Segment};
use super::query::{Query, Unit};
use super::request::{FacetKind, SearchRequest};
use super::sets::Bits;
use super::shelf::each;

/// What a search is narrowed by, apart from its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    Facet(FacetKind),
    PriceMax,
    Owned,
}

impl Filter {
    /// Whether it is left out when the values of `kind` are counted.
    fn is_of(self, kind: FacetKind) -> bool {
        match self {
            Self::Facet(mine) => mine == kind,
            Self::PriceMax => kind == FacetKind::Price,
            Self::Owned => false,
        }
    }
}

/// What is found in one segment.
pub(super) struct Selection<'a> {
    pub(super) segment: Segment<'a>,
    /// On sale.
    base: Bits,
    /// What was typed, unit by unit.
    pub(super) matched: Vec<Matched>,
    /// What was typed as a reference or an identifier.
    pub(super) coded: Bits,
    /// What passes each filter.
    pub(super) filters: Vec<(Filter, Bits)>,
    /// All that is found.
    pub(super) found: Bits,
}

/// What of the read models narrows a search.
pub(super) struct Known<'a> {
    /// Partners whose offers cannot be bought for now.
    pub(super) suspended: &'a [PartnerId],
    /// Which offers the teacher has, and whether to keep these.
    pub(super) owned: Option<(bool, &'a [OfferId])>,
}

impl<'a> Selection<'a> {
    /// What `request` finds in each segment of `index`.
    pub(super) fn all(
        index: &'a Generation,
        request: &SearchRequest,
        query: &Query,
        known: &Known<'_>,
    ) -> tantivy::Result<Vec<Self>> {
        Segment::all(index, request.on).map(|it| Self::of(it, request, query, known)).collect()
    }

    fn of(
        segment: Segment<'a>,
        request: &SearchRequest,
        query: &Query,
        known: &Known<'_>,
    ) -> tantivy::Result<Self> {
        let base = on_sale(&segment, known.suspended);
        let units = query.units.iter();
        let matched = units.map(|it| segment.matched(it)).collect::<Result<Vec<_>, _>>()?;
        let coded = segment.coded(&request.text)?;
        let filters = filters(&segment, request, known)?;
        let mut selection = Self { found: Bits::none(0), segment, base, matched, coded, filters };
        selection.find();
        Ok(selection)
    }

    /// Looks for `unit` again, which is the one at `place`.
    pub(super) fn look_again(&mut self, place: usize, unit: &Unit) -> tantivy::Result<()> {
        if let Some(matched) = self.matched.get_mut(place) {
            *matched = self.segment.matched(unit)?;
        }
        self.find();
        Ok(())
    }

    fn find(&mut self) {
        self.found = self.without(&[], |_| false);
    }

    /// Whether anything on sale holds the unit at `place`, or was typed as a reference.
    pub(super) fn knows(&self, place: usize) -> bool {
        let known = self.matched.get(place).map(|it| it.any.and(&self.base));
        known.is_some_and(|it| !it.is_empty()) || !self.coded.is_empty()
    }

    /// What would be found without the units at `words`, and without the filters `left_out`.
    pub(super) fn without(&self, words: &[usize], left_out: impl Fn(Filter) -> bool) -> Bits {
        let mut found = self.base.clone();
        let units = self.matched.iter().enumerate().filter(|it| !words.contains(&it.0));
        units.for_each(|it| found.keep(&it.1.any));
        if words.is_empty() && !self.matched.is_empty() {
            let mut coded = self.coded.clone();
            coded.keep(&self.base);
            found.join(&coded);
        }
        let filters = self.filters.iter().filter(|it| !left_out(it.0));
        filters.for_each(|it| found.keep(&it.1));
        found
    }

    /// What would be found whatever was chosen of `kind`; `None` when nothing was.
    pub(super) fn whatever(&self, kind: FacetKind) -> Option<Bits> {
        let narrowed = self.filters.iter().any(|it| it.0.is_of(kind));
        narrowed.then(|| self.without(&[], |it| it.is_of(kind)))
    }
}

fn on_sale(segment: &Segment<'_>, suspended: &[PartnerId]) -> Bits {
    let mut base = Bits::all(segment.shelf.documents);
    if let Some(alive) = segment.reader.alive_bitset().filter(|_| segment.reader.has_deletes()) {
        let documents = 0..segment.shelf.documents;
        documents.filter(|it| alive.is_deleted(*it)).for_each(|it| base.remove(it));
    }
    for partner in suspended {
        let number = segment.values.number(FacetKind::Partner, &partner.to_compact_string());
        if let Some(theirs) = number.and_then(|it| segment.filed(it)) {
            theirs.leave_from(&mut base);
        }
    }
    base
}

fn filters(
    segment: &Segment<'_>,
    request: &SearchRequest,
    known: &Known<'_>,
) -> tantivy::Result<Vec<(Filter, Bits)>> {
    let none = || Bits::none(segment.shelf.documents);
    let mut filters = Vec::new();
    for (kind, chosen) in request.filters.iter().filter(|it| !it.1.is_empty()) {
        let mut passing = none();
        let numbers = chosen.iter().filter_map(|it| segment.values.number(*kind, it));
        let sets = numbers.filter_map(|it| segment.filed(it));
        sets.for_each(|it| it.join_into(&mut passing));
        filters.push((Filter::Facet(*kind), passing));
    }
    if let Some(max) = request.price_max {
        let max = u32::try_from(max.cents()).unwrap_or(u32::MAX);
        let passing = Bits::of(segment.prices(), |it| *it <= max);
        filters.push((Filter::PriceMax, passing));
    }
    if let Some((only, offers)) = known.owned {
        let mut theirs = none();
        let inverted = segment.reader.inverted_index(segment.fields.id)?;
        for offer in offers {
            if let Some(term) = inverted.get_term_info(&segment.fields.of(*offer))? {
                each(&inverted, &term, |it| theirs.insert(it))?;
            }
        }
        let passing = if only {
            theirs
        } else {
            let mut others = Bits::all(segment.shelf.documents);
            others.leave(&theirs);
            others
        };
        filters.push((Filter::Owned, passing));
    }
    Ok(filters)
}
