//! Why an offer was found: for each thing that was typed, the best place where it stands.

use std::collections::BTreeSet;

use compact_str::CompactString;

use super::analysis::{code, stem, words};
use super::document::codes;
use super::filing::{Filed, filing};
use super::matching::is_strong;
use super::page::{By, Place, Reason};
use super::query::{Instead, Query, Unit};
use super::values::{Number, Values};
use crate::reports::catalogue::OfferRow;

/// Tells why offers were found.
pub(super) struct Why<'a> {
    query: &'a Query,
    values: &'a Values,
}

/// A word of an offer: its stem, and as it is written.
type Written = (CompactString, CompactString);

/// One offer, cut into words.
struct Cut {
    title: Vec<Written>,
    keywords: Vec<(CompactString, Vec<Written>)>,
    text: Vec<Written>,
    filed: Vec<(Filed, Option<Number>, Vec<Written>)>,
}

impl<'a> Why<'a> {
    pub(super) fn new(query: &'a Query, values: &'a Values) -> Self {
        Self { query, values }
    }

    /// Why `offer` was found by what was `typed`.
    pub(super) fn of(&self, offer: &OfferRow, typed: &str) -> Vec<Reason> {
        if self.query.units.is_empty() {
            return Vec::new();
        }
        let listing = &offer.listing;
        let whole = code(typed);
        if codes(listing).any(|it| it == whole) {
            let (word, place) = (typed.trim().to_owned(), Place::Reference);
            return vec![Reason { word, place, by: By::Word }];
        }
        let cut = self.cut(offer);
        let units = self.query.units.iter();
        units
            .filter_map(|it| {
                let coded = codes(listing).any(|mine| mine == code(&it.typed));
                let told = || reason(it, &cut);
                let (place, by) = if coded { Some((Place::Reference, By::Word)) } else { told() }?;
                Some(Reason { word: it.typed.clone(), place, by })
            })
            .collect()
    }

    fn cut(&self, offer: &OfferRow) -> Cut {
        let listing = &offer.listing;
        let filed: BTreeSet<Filed> = filing(offer.partner, &offer.partner_name, listing);
        let mut filed: Vec<Filed> = filed.into_iter().collect();
        // What says most comes first: the narrower the value, the more it says.
        filed.sort_by_cached_key(|it| (!is_strong(it), std::cmp::Reverse(self.values.depth(it))));
        let written = |text: &str| -> Vec<Written> {
            words(text).map(|it| (stem(&it.folded), it.written.into())).collect()
        };
        Cut {
            title: written(&listing.title),
            text: written(&listing.description),
            keywords: listing.details.keywords.iter().map(|it| (it.clone(), written(it))).collect(),
            filed: filed
                .into_iter()
                .map(|it| {
                    let label = written(super::values::spoken(&it));
                    (it.clone(), self.values.number(it.kind, &it.value), label)
                })
                .collect(),
        }
    }
}

fn reason(unit: &Unit, cut: &Cut) -> Option<(Place, By)> {
    let stems: Vec<CompactString> = unit.words.iter().map(|it| it.stem.clone()).collect();
    let own = place(&stems, &unit.values, cut).map(|it| (it.0, By::Word));
    let instead = |many: &[Instead], by: fn(CompactString) -> By, as_written: bool| {
        many.iter().find_map(|it| {
            let (place, written) = place(&it.stems, &it.values, cut)?;
            let shown = if as_written {
                written.unwrap_or_else(|| it.shown.clone())
            } else {
                it.shown.clone()
            };
            Some((place, by(shown)))
        })
    };
    own.or_else(|| instead(&unit.synonyms, By::Synonym, false))
        .or_else(|| instead(&unit.typos, By::Typo, true))
        .or_else(|| instead(&unit.beginnings, By::Beginning, true))
        .or_else(|| scattered(&stems, cut).then_some((Place::Description, By::Word)))
}

/// The best place that holds all of `stems` or is one of `values`, and the word as it stands there.
fn place(
    stems: &[CompactString],
    values: &[Number],
    cut: &Cut,
) -> Option<(Place, Option<CompactString>)> {
    if let Some(written) = held(stems, &cut.title) {
        return Some((Place::Title, Some(written)));
    }
    let named = cut.filed.iter().find(|it| it.1.is_some_and(|it| values.contains(&it)));
    if let Some((filed, ..)) = named {
        return Some((Place::Filed(filed.kind, filed.label.clone()), None));
    }
    for (filed, _, label) in cut.filed.iter().filter(|it| is_strong(&it.0)) {
        if let Some(written) = held(stems, label) {
            return Some((Place::Filed(filed.kind, filed.label.clone()), Some(written)));
        }
    }
    for (keyword, written) in &cut.keywords {
        if let Some(written) = held(stems, written) {
            return Some((Place::Keyword(keyword.clone()), Some(written)));
        }
    }
    if let Some(written) = held(stems, &cut.text) {
        return Some((Place::Description, Some(written)));
    }
    let weak = cut.filed.iter().find_map(|it| Some((it, held(stems, &it.2)?)));
    weak.map(|((filed, ..), written)| {
        (Place::Filed(filed.kind, filed.label.clone()), Some(written))
    })
}

/// The word of `text` that holds the first of `stems`, when it holds them all.
fn held(stems: &[CompactString], text: &[Written]) -> Option<CompactString> {
    let first = stems.first()?;
    let all = stems.iter().all(|stem| text.iter().any(|it| it.0 == *stem));
    let written = text.iter().find(|it| it.0 == *first)?;
    all.then(|| written.1.to_lowercase())
}

/// Whether `stems` are all there, wherever.
fn scattered(stems: &[CompactString], cut: &Cut) -> bool {
    let all = || {
        let keywords = cut.keywords.iter().flat_map(|it| &it.1);
        cut.title.iter().chain(keywords).chain(&cut.text)
    };
    !stems.is_empty() && stems.iter().all(|stem| all().any(|it| it.0 == *stem))
}
