//! What to change when nothing was found.

use super::dictionary;
use super::finding::{Found, Searched};
use super::page::{Help, Relaxation, Spelling};
use super::query::{Instead, Unit};
use super::request::SearchRequest;
use super::selection::{Filter, Selection};
use super::sets::Bits;
use crate::ReadError;

/// How many offers are shown of what would be found.
const INSTEAD: usize = 6;

/// What to leave out, or to write otherwise, so that something is found.
pub(super) fn help(
    searched: &Searched<'_>,
    found: &Found<'_>,
    request: &SearchRequest,
) -> Result<Help, ReadError> {
    let mut without = Vec::new();
    let count = |of: &dyn Fn(&Selection<'_>) -> Bits| -> u32 {
        found.selections.iter().map(|it| of(it).count()).sum()
    };
    let units = &found.query.units;
    let mut leave = |places: &[usize]| {
        let left: Vec<&Unit> = places.iter().filter_map(|it| units.get(*it)).collect();
        let word = left.iter().map(|it| it.typed.as_str()).collect::<Vec<_>>().join(" ");
        let text = left_out(&request.text, &left);
        let many = count(&|it| it.without(places, |_| false));
        without.push((Relaxation::Word { word, text }, many));
    };
    if units.len() > 1 {
        (0..units.len()).for_each(|it| leave(&[it]));
        let known = |it: &usize| found.selections.iter().any(|selection| selection.knows(*it));
        let unknown: Vec<usize> = (0..units.len()).filter(|it| !known(it)).collect();
        if (2..units.len()).contains(&unknown.len()) {
            leave(&unknown);
        }
    }
    let filters = found.selections.first().map(|it| it.filters.as_slice()).unwrap_or_default();
    for (filter, _) in filters {
        let relaxation = match *filter {
            Filter::Facet(kind) => Relaxation::Facet(kind),
            Filter::PriceMax => Relaxation::PriceMax,
            Filter::Owned => Relaxation::Owned,
        };
        without.push((relaxation, count(&|it| it.without(&[], |it| it == *filter))));
    }
    without.retain(|it| it.1 > 0);
    without.sort_by_key(|it| std::cmp::Reverse(it.1));
    let instead = match without.first() {
        Some((relaxation, _)) => {
            let request = relaxed(request, relaxation);
            searched.hits(&searched.find(&request)?, &request)?
        }
        None => Vec::new(),
    };
    Ok(Help { spelling: spelling(searched, found, request)?, without, instead })
}

/// `text` without `units`.
fn left_out(text: &str, units: &[&Unit]) -> String {
    let mut left = text.to_owned();
    units.iter().rev().for_each(|it| left.replace_range(it.at.clone(), ""));
    left.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn relaxed(request: &SearchRequest, relaxation: &Relaxation) -> SearchRequest {
    let mut relaxed = SearchRequest { after: None, limit: INSTEAD, ..request.clone() };
    match relaxation {
        Relaxation::Word { text, .. } => relaxed.text.clone_from(text),
        Relaxation::Facet(kind) => {
            relaxed.filters.remove(kind);
        }
        Relaxation::PriceMax => relaxed.price_max = None,
        Relaxation::Owned => relaxed.owned = None,
    }
    relaxed
}

/// Another spelling of one word, known as it is, with which something is found: the one that finds
/// most.
fn spelling(
    searched: &Searched<'_>,
    found: &Found<'_>,
    request: &SearchRequest,
) -> Result<Option<Spelling>, ReadError> {
    let mut best: Option<Spelling> = None;
    for (place, unit) in found.query.units.iter().enumerate() {
        let ([only], true) = (&unit.words[..], unit.typos.is_empty()) else { continue };
        for (word, _) in dictionary::typos(&searched.index, &only.folded)? {
            if word == only.folded {
                continue;
            }
            let instead = Instead::of(&word, &searched.index.values);
            if instead.stems.first() == Some(&only.stem) {
                continue;
            }
            let mut count = 0;
            for selection in &found.selections {
                let other = selection.segment.any_of(&instead)?;
                count += selection.without(&[place], |_| false).and(&other).count();
            }
            if count > best.as_ref().map_or(0, |it| it.count) {
                let mut text = request.text.clone();
                let written = dictionary::written(&searched.index, &word)?;
                text.replace_range(unit.at.clone(), &written);
                best = Some(Spelling { text, count });
            }
        }
    }
    Ok(best)
}
