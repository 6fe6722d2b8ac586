//! How many offers each value of each facet would give.

use std::cmp::Reverse;

use compact_str::CompactString;
use ledger_core::vocabulary::{Cycle, LEVELS, SUBJECTS, subject_by_word};
use rustc_hash::FxHashSet;

use super::analysis::plain;
use super::filing::Filed;
use super::page::{FacetCounts, FacetValue};
use super::request::{FacetKind, SearchRequest};
use super::selection::Selection;
use super::sets::{Bits, Counted};
use super::values::{Number, Values};

/// Values of one facet below one other: the most frequent ones are shown.
const SHOWN_MAX: usize = 60;

/// Every facet that has something to choose.
pub(super) fn facets(
    selections: &[Selection<'_>],
    values: &Values,
    request: &SearchRequest,
) -> Vec<FacetCounts> {
    let found: Vec<Counted<'_>> = selections.iter().map(|it| Counted::new(&it.found)).collect();
    let mut facets = Vec::new();
    for kind in FacetKind::ALL {
        let chosen = request.filters.get(&kind).map(Vec::as_slice).unwrap_or_default();
        let visible = visible(values, kind, chosen);
        let whatever: Option<Vec<Bits>> = selections.iter().map(|it| it.whatever(kind)).collect();
        let other: Option<Vec<Counted<'_>>> =
            whatever.as_ref().map(|it| it.iter().map(Counted::new).collect());
        let counted = other.as_ref().unwrap_or(&found);
        let counts = visible.into_iter().filter_map(|number| {
            let filed = values.value(number)?;
            let sets = selections.iter().zip(counted).filter_map(|(selection, counted)| {
                Some(counted.of(selection.segment.filed(number)?))
            });
            let count = sets.sum();
            let chosen = chosen.contains(&filed.value);
            (count > 0 || chosen).then(|| FacetValue {
                value: filed.value.clone(),
                label: filed.label.clone(),
                parent: filed.parent.clone(),
                depth: values.depth(filed),
                count,
                chosen,
            })
        });
        let counts = as_tree(kind, counts.collect());
        if !counts.is_empty() {
            facets.push(FacetCounts { kind, values: counts });
        }
    }
    facets
}

/// The values of `kind` that are shown: those at the top, and those below what is chosen or holds
/// what is chosen; all levels, and all subjects that the school has a word for.
fn visible(values: &Values, kind: FacetKind, chosen: &[CompactString]) -> Vec<Number> {
    let mut open: FxHashSet<&str> = FxHashSet::default();
    for value in chosen {
        let mut next = values.number(kind, value);
        while let Some(filed) = next.and_then(|it| values.value(it)) {
            if !open.insert(&filed.value) {
                break;
            }
            next = values.parent(filed);
        }
    }
    let always = |it: &Filed| match kind {
        FacetKind::Level => true,
        FacetKind::Subject => subject_by_word(&it.value).is_some(),
        FacetKind::Kind
        | FacetKind::Partner
        | FacetKind::Publisher
        | FacetKind::Licence
        | FacetKind::Billing
        | FacetKind::Price
        | FacetKind::Conformance
        | FacetKind::Feature
        | FacetKind::Specimen
        | FacetKind::Video
        | FacetKind::Gar
        | FacetKind::Spoken
        | FacetKind::Term(_) => false,
    };
    let shown = |it: &&Number| match values.value(**it) {
        Some(filed) if !always(filed) => match filed.parent.as_deref() {
            Some(parent) => open.contains(parent),
            None => true,
        },
        Some(_) => true,
        None => false,
    };
    values.of(kind).iter().filter(shown).copied().collect()
}

/// `values` each after the one that holds it; siblings in the order of the school, else the most
/// frequent first.
fn as_tree(kind: FacetKind, mut values: Vec<FacetValue>) -> Vec<FacetValue> {
    values.sort_by_cached_key(|it| (place(kind, &it.value), Reverse(it.count), plain(&it.label)));
    let mut tree = Vec::with_capacity(values.len());
    let known: FxHashSet<CompactString> = values.iter().map(|it| it.value.clone()).collect();
    // Below what is not shown itself, as at the top.
    let held = |it: &FacetValue| it.parent.clone().filter(|it| known.contains(it));
    let mut left: Vec<(Option<CompactString>, FacetValue)> =
        values.into_iter().map(|it| (held(&it), it)).collect();
    hang(None, &mut left, &mut tree);
    tree
}

fn hang(
    below: Option<&CompactString>,
    left: &mut Vec<(Option<CompactString>, FacetValue)>,
    tree: &mut Vec<FacetValue>,
) {
    let (mine, others): (Vec<_>, Vec<_>) =
        std::mem::take(left).into_iter().partition(|it| it.0.as_ref() == below);
    *left = others;
    let mut shown = 0;
    for (_, value) in mine {
        shown += 1;
        if shown > SHOWN_MAX && !value.chosen {
            continue;
        }
        let name = value.value.clone();
        tree.push(value);
        if !left.is_empty() {
            hang(Some(&name), left, tree);
        }
    }
}

/// Where a value stands in the vocabulary; after all others when it does not.
fn place(kind: FacetKind, value: &str) -> usize {
    let place = match kind {
        FacetKind::Level => {
            let cycle = Cycle::ALL.iter().position(|it| it.word() == value);
            cycle.or_else(|| LEVELS.iter().position(|it| it.word == value))
        }
        FacetKind::Subject => SUBJECTS.iter().position(|it| it.word == value),
        FacetKind::Price => value.parse().ok(),
        FacetKind::Licence => ["teacher", "class", "school"].iter().position(|it| *it == value),
        FacetKind::Conformance => {
            ["full", "partial", "none", "told"].iter().position(|it| *it == value)
        }
        FacetKind::Kind
        | FacetKind::Partner
        | FacetKind::Publisher
        | FacetKind::Billing
        | FacetKind::Feature
        | FacetKind::Specimen
        | FacetKind::Video
        | FacetKind::Gar
        | FacetKind::Spoken
        | FacetKind::Term(_) => None,
    };
    place.unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(value: &str, parent: Option<&str>, count: u32) -> FacetValue {
        FacetValue {
            value: value.into(),
            label: value.into(),
            parent: parent.map(Into::into),
            depth: 0,
            count,
            chosen: false,
        }
    }

    #[test]
    fn values_stand_after_what_holds_them_in_the_order_of_the_school() {
        let values = vec![
            value("6e", Some("cycle-3"), 9),
            value("cm2", Some("cycle-3"), 1),
            value("cycle-3", None, 10),
            value("cp", Some("cycle-2"), 50),
            value("cycle-2", None, 50),
            value("orphan", Some("gone"), 1),
        ];
        let tree = as_tree(FacetKind::Level, values);
        let names: Vec<&str> = tree.iter().map(|it| it.value.as_str()).collect();
        assert_eq!(names, ["cycle-2", "cp", "cycle-3", "cm2", "6e", "orphan"]);
    }
}
