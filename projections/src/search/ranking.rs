//! In which order offers are shown.
//!
//! Offers with every word in their title come first, then those with every word in what they are
//! filed under, named or near, then those that only speak of it. Within each, a rare word counts
//! more than a frequent one, and the first few hundred are compared with what was typed as a whole.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::query::Query;
use super::request::{SearchRequest, Sort};
use super::selection::Selection;
use super::sets::{Bits, backwards};

/// How many of each rank are compared with what was typed as a whole.
const COMPARED: usize = 200;

/// What a word counts for in the title, in filing, as a keyword, near, in the description.
const TITLE: u64 = 12;
const FILED: u64 = 9;
const KEYWORD: u64 = 8;
const NEAR: u64 = 5;
const TEXT: u64 = 2;
/// And when it is in the title and what the offer is filed under too.
const BOTH: u64 = 2;

/// What a title counts for that is what was typed, that holds it as a whole, or two words of it
/// side by side, or a word letter by letter.
const SAME: u64 = 400;
const WHOLE: u64 = 60;
const PAIR: u64 = 15;
const LETTERS: u64 = 8;

/// Titles of nearly as many words as were typed come first; a difference beyond this is none.
const LENGTH: u64 = 15;

/// Where an offer stands in the index: its segment, and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) segment: usize,
    pub(super) document: u32,
}

/// The first `end` of what was found, in order.
pub(super) fn ranked(
    selections: &[Selection<'_>],
    query: &Query,
    request: &SearchRequest,
    end: usize,
) -> Vec<Place> {
    let newest = |at: Place, selection: &Selection<'_>| {
        Reverse(selection.segment.shelf.published.get(at.document as usize).copied())
    };
    let price = |at: Place, selection: &Selection<'_>| {
        selection.segment.prices().get(at.document as usize).copied()
    };
    match request.sort {
        Sort::Relevance if !query.units.is_empty() => by_relevance(selections, query, end),
        Sort::Relevance | Sort::Newest => by(selections, end, newest),
        Sort::PriceUp => by(selections, end, |at, it| (price(at, it), newest(at, it))),
        Sort::PriceDown => by(selections, end, |at, it| (Reverse(price(at, it)), newest(at, it))),
        Sort::Title => by_title(selections, end),
    }
}

/// The first `end` by `key`, the smallest first.
fn by<K: Ord>(
    selections: &[Selection<'_>],
    end: usize,
    key: impl Fn(Place, &Selection<'_>) -> K,
) -> Vec<Place> {
    let mut first = First::new(end);
    for (segment, selection) in selections.iter().enumerate() {
        // The last published first: most of the others are then told apart at once.
        let words = selection.found.words().rev();
        for document in words.flat_map(|(number, word)| backwards(number, word)) {
            let at = Place { segment, document };
            first.take((key(at, selection), at));
        }
    }
    first.sorted().into_iter().map(|it| it.1).collect()
}

/// Titles are numbered in each segment only, so that the first ones of each are compared.
fn by_title(selections: &[Selection<'_>], end: usize) -> Vec<Place> {
    let mut all = Vec::new();
    for (segment, selection) in selections.iter().enumerate() {
        let shelf = selection.segment.shelf;
        let mut first = First::new(end);
        for document in selection.found.iter() {
            first.take((shelf.sorted.get(document as usize), document));
        }
        let titled = first
            .sorted()
            .into_iter()
            .map(|it| (shelf.title(it.1), Place { segment, document: it.1 }));
        all.extend(titled);
    }
    all.sort_unstable();
    all.truncate(end);
    all.into_iter().map(|it| it.1).collect()
}

fn by_relevance(selections: &[Selection<'_>], query: &Query, end: usize) -> Vec<Place> {
    let weights = weights(selections, query);
    let typed = query.plain.split(' ').count() as u64;
    let mut places = Vec::new();
    let mut left: Vec<Bits> = selections.iter().map(|it| it.found.clone()).collect();
    for rank in [Rank::Coded, Rank::Title, Rank::Strong, Rank::Any] {
        let wanted = end.saturating_sub(places.len());
        if wanted == 0 {
            break;
        }
        let mut first = First::new(wanted.max(COMPARED));
        for ((segment, selection), left) in selections.iter().enumerate().zip(&mut left) {
            let these = rank.of(selection, left);
            left.leave(&these);
            for (number, documents) in these.words().rev() {
                parts(selection, &weights, number, documents, 0, &mut |documents, score| {
                    let worst = first.last().map(|(Reverse((worst, _)), _)| *worst);
                    if worst.is_some_and(|worst| score + LENGTH < worst) {
                        return;
                    }
                    for document in backwards(number, documents) {
                        let score = score + length(selection, typed, document);
                        let published = selection.segment.shelf.published.get(document as usize);
                        let at = Place { segment, document };
                        first.take((Reverse((score, published)), at));
                    }
                });
            }
        }
        let mut first = first.sorted();
        let compared = first.len().min(COMPARED);
        let (closest, _) = first.split_at_mut(compared);
        closest.sort_by_cached_key(|(Reverse((score, published)), at)| {
            let title = selections.get(at.segment).map(|it| it.segment.shelf.title(at.document));
            let closeness = title.map_or(0, |it| closeness(&it, query));
            Reverse((score + closeness, *published))
        });
        places.extend(first.into_iter().map(|it| it.1));
    }
    places.truncate(end);
    places
}

/// How well an offer answers, before words are counted.
#[derive(Clone, Copy, Debug)]
enum Rank {
    /// What was typed is its reference or an identifier.
    Coded,
    /// Every word is in the title.
    Title,
    /// Every word is in the title, in filing, a keyword, or near one.
    Strong,
    /// Every word is somewhere.
    Any,
}

impl Rank {
    /// Those of `left` that are of this rank.
    fn of(self, selection: &Selection<'_>, left: &Bits) -> Bits {
        let mut these = left.clone();
        match self {
            Self::Coded => these.keep(&selection.coded),
            Self::Title => selection.matched.iter().for_each(|it| these.keep(&it.title)),
            Self::Strong => {
                for it in &selection.matched {
                    let mut strong = it.title.clone();
                    for part in [&it.filed, &it.keyword, &it.near] {
                        strong.join(part);
                    }
                    these.keep(&strong);
                }
            }
            Self::Any => (),
        }
        these
    }
}

/// Each unit's place, and what it counts for: the more, the fewer offers hold it.
fn weights(selections: &[Selection<'_>], query: &Query) -> Vec<(usize, u64)> {
    let all: u64 = selections.iter().map(|it| u64::from(it.segment.shelf.documents)).sum();
    let weight = |place: usize| {
        let held = selections.iter().filter_map(|it| it.matched.get(place));
        let held: u64 = held.map(|it| u64::from(it.any.count())).sum();
        u64::from(((all + 1) / (held + 1)).max(1).ilog2()) + 1
    };
    (0..query.units.len()).map(|it| (it, weight(it))).collect()
}

/// Tells apart those of `documents`, of the word `number`, that hold each unit in another part;
/// each lot is given with what it scores before its titles' lengths.
///
/// Sixty-four documents are told apart at once; most lots are then seen to score too little.
fn parts(
    selection: &Selection<'_>,
    weights: &[(usize, u64)],
    number: usize,
    documents: u64,
    score: u64,
    take: &mut dyn FnMut(u64, u64),
) {
    let Some(((place, weight), weights)) = weights.split_first() else {
        return take(documents, score);
    };
    let Some(matched) = selection.matched.get(*place) else { return take(documents, score) };
    let word = |it: &Bits| it.word(number);
    let (title, filed) = (word(&matched.title), word(&matched.filed));
    let lots = [
        (title & filed, TITLE + BOTH),
        (title, TITLE),
        (filed, FILED),
        (word(&matched.keyword), KEYWORD),
        (word(&matched.near), NEAR),
        (u64::MAX, TEXT),
    ];
    let mut left = documents;
    for (these, worth) in lots {
        if left & these != 0 {
            parts(selection, weights, number, left & these, score + weight * worth, take);
        }
        left &= !these;
    }
}

/// What the title's length counts for.
fn length(selection: &Selection<'_>, typed: u64, document: u32) -> u64 {
    let length = selection.segment.shelf.length.get(document as usize).copied().unwrap_or(0);
    LENGTH.saturating_sub(u64::from(length).abs_diff(typed))
}

/// How close a title is to what was typed as a whole.
fn closeness(title: &str, query: &Query) -> u64 {
    if title == query.plain {
        return SAME;
    }
    let title: Vec<&str> = title.split(' ').collect();
    let typed: Vec<&str> = query.plain.split(' ').collect();
    let whole = title.windows(typed.len()).any(|it| it == typed);
    let pairs = typed.windows(2).filter(|pair| title.windows(2).any(|it| it == *pair)).count();
    let letters = typed.iter().filter(|it| title.contains(it)).count();
    let begins = title.starts_with(&typed);
    let bonus = |yes: bool| if yes { WHOLE } else { 0 };
    bonus(whole && typed.len() > 1)
        + bonus(begins) / 2
        + PAIR * pairs as u64
        + LETTERS * letters as u64
}

/// The smallest of what is given to it.
struct First<T> {
    most: usize,
    heap: BinaryHeap<T>,
}

impl<T: Ord> First<T> {
    fn new(most: usize) -> Self {
        Self { most, heap: BinaryHeap::new() }
    }

    /// The last of them, when there are as many as are kept.
    fn last(&self) -> Option<&T> {
        if self.heap.len() < self.most { None } else { self.heap.peek() }
    }

    fn take(&mut self, it: T) {
        if self.heap.len() < self.most {
            self.heap.push(it);
        } else if let Some(mut last) = self.heap.peek_mut()
            && it < *last
        {
            *last = it;
        }
    }

    fn sorted(self) -> Vec<T> {
        self.heap.into_sorted_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_are_kept_in_order() {
        let mut first = First::new(3);
        for it in [5, 1, 4, 2, 9, 3] {
            first.take(it);
        }
        assert_eq!(first.sorted(), [1, 2, 3]);
        let mut none = First::new(0);
        none.take(1);
        assert!(none.sorted().is_empty());
    }

    #[test]
    fn a_title_that_is_what_was_typed_is_the_closest() {
        let query = Query { units: vec![], plain: "le tour du monde".into() };
        let titles = [
            "le tour du monde",
            "le tour du monde en quatre vingts jours",
            "cartes du monde le tour",
            "atlas",
        ];
        let close: Vec<u64> = titles.iter().map(|it| closeness(it, &query)).collect();
        assert!(close.is_sorted_by(|a, b| a > b), "{close:?}");
    }
}
