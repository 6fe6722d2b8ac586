//! What was typed, as units that each name one thing: « fractions », « histoire géo », « 6e ».

use std::sync::LazyLock;

use compact_str::CompactString;
use ledger_core::vocabulary::{Cycle, LEVELS, SUBJECTS, levels_named};
use rustc_hash::FxHashMap;

use super::analysis::{Word, is_stop, plain, stem, words};
use super::request::FacetKind;
use super::synonyms::{groups, same};
use super::values::{Number, Values};

/// At most so many words are looked for.
const WORDS_MAX: usize = 12;

/// A name is at most so many words long.
const NAME_MAX: usize = 10;

/// The names of levels and subjects, and the values of facets that they stand for.
static NAMES: LazyLock<FxHashMap<String, Vec<(FacetKind, &'static str)>>> = LazyLock::new(names);

/// Names that stand for several levels.
const LEVEL_GROUPS: [&str; 9] = [
    "ecole maternelle",
    "ecole elementaire",
    "college",
    "lycee general et technologique",
    "lycee professionnel",
    "cycle 1",
    "cycle 2",
    "cycle 3",
    "cycle 4",
];

/// Short forms of those.
const SHORT_GROUPS: [&str; 7] =
    ["maternelle", "elementaire", "primaire", "lycee", "lycee pro", "lycee general", "bac pro"];

fn names() -> FxHashMap<String, Vec<(FacetKind, &'static str)>> {
    let mut all: FxHashMap<String, Vec<(FacetKind, &'static str)>> = FxHashMap::default();
    let mut name = |name: &str, kind: FacetKind, value: &'static str| {
        let known = all.entry(plain(name)).or_default();
        if !known.contains(&(kind, value)) {
            known.push((kind, value));
        }
    };
    for it in &LEVELS {
        let own = [it.word, it.label].into_iter().chain(it.names.iter().copied());
        own.for_each(|own| name(own, FacetKind::Level, it.word));
    }
    for it in Cycle::ALL {
        name(it.word(), FacetKind::Level, it.word());
    }
    for it in &SUBJECTS {
        let own = [it.word, it.label].into_iter().chain(it.names.iter().copied());
        own.for_each(|own| name(own, FacetKind::Subject, it.word));
    }
    for group in LEVEL_GROUPS {
        for it in levels_named(group) {
            name(group, FacetKind::Level, it);
        }
    }
    for short in SHORT_GROUPS {
        let levels = groups(short).iter().flat_map(|it| levels_named(it));
        levels.for_each(|it| name(short, FacetKind::Level, it));
    }
    all
}

/// A word that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sought {
    pub(super) folded: CompactString,
    pub(super) stem: CompactString,
}

/// Something else to look for instead of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instead {
    /// As it may be shown.
    pub(super) shown: CompactString,
    /// Stems that must all be there.
    pub(super) stems: Vec<CompactString>,
    /// Values of facets that mean the same.
    pub(super) values: Vec<Number>,
}

/// One thing that was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// As typed.
    pub(super) typed: String,
    /// Where it stands in the text, in bytes.
    pub(super) at: std::ops::Range<usize>,
    /// Its words; several only when together they name a value.
    pub(super) words: Vec<Sought>,
    /// The values that it names.
    pub(super) values: Vec<Number>,
    /// What means the same.
    pub(super) synonyms: Vec<Instead>,
    /// Words that begin so, when it is the last one typed.
    pub(super) beginnings: Vec<Instead>,
    /// Words that it may be meant for, when it is not known.
    pub(super) typos: Vec<Instead>,
}

/// All that was typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Query {
    pub(super) units: Vec<Unit>,
    /// All words, folded, as a title may hold them.
    pub(super) plain: String,
}

impl Query {
    /// What `text` asks for.
    pub(super) fn of(text: &str, values: &Values) -> Self {
        let typed: Vec<Word<'_>> = words(text).take(WORDS_MAX).collect();
        let mut units = Vec::new();
        let mut left = &typed[..];
        while !left.is_empty() {
            let named = (2..=left.len().min(NAME_MAX)).rev().find_map(|many| {
                let values = named(&joined(&left[..many]), values);
                (!values.is_empty()).then_some((many, values))
            });
            let (many, values_named) = named.unwrap_or((1, Vec::new()));
            let (unit, rest) = left.split_at(many);
            left = rest;
            units.push(Unit::of(text, unit, values_named, values));
        }
        // Stop words are looked for only when there is nothing else.
        if units.iter().any(|it| !it.is_stop()) {
            units.retain(|it| !it.is_stop());
        }
        let plain = typed.iter().map(|it| it.folded.as_str()).collect::<Vec<_>>().join(" ");
        Self { units, plain }
    }
}

impl Unit {
    fn of(text: &str, typed: &[Word<'_>], named_so: Vec<Number>, values: &Values) -> Self {
        let start = typed.first().map_or(0, |it| it.at);
        let end = typed.last().map_or(0, |it| it.at + it.written.len());
        let words: Vec<Sought> = typed
            .iter()
            .filter(|it| typed.len() == 1 || !is_stop(&it.folded))
            .map(|it| Sought { stem: stem(&it.folded), folded: it.folded.clone() })
            .collect();
        let mut unit = Self {
            typed: text[start..end].to_owned(),
            at: start..end,
            words,
            values: named_so,
            synonyms: Vec::new(),
            beginnings: Vec::new(),
            typos: Vec::new(),
        };
        if let [only] = typed {
            unit.values = named(&only.folded, values);
            let others = same(&only.folded);
            unit.synonyms = others.map(|it| Instead::of(it, values)).collect();
        }
        unit
    }

    /// Whether it says nothing by itself.
    pub(super) fn is_stop(&self) -> bool {
        self.values.is_empty() && self.words.iter().all(|it| is_stop(&it.folded))
    }
}

impl Instead {
    /// The phrase `shown`, which is looked for instead of something else.
    pub(super) fn of(shown: &str, values: &Values) -> Self {
        let telling = words(shown).filter(|it| !is_stop(&it.folded));
        let stems = telling.map(|it| stem(&it.folded)).collect();
        Self { shown: shown.into(), stems, values: named(&plain(shown), values) }
    }
}

fn joined(words: &[Word<'_>]) -> String {
    words.iter().map(|it| it.folded.as_str()).collect::<Vec<_>>().join(" ")
}

/// The values that a folded phrase names, of those that the index knows.
pub(super) fn named(phrase: &str, values: &Values) -> Vec<Number> {
    let known = NAMES.get(phrase).map(Vec::as_slice).unwrap_or_default();
    known.iter().filter_map(|(kind, value)| values.number(*kind, value)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::filing::Filed;
    use super::*;

    fn values() -> Values {
        let mut values = Values::default();
        for (kind, value) in [
            (FacetKind::Level, "6e"),
            (FacetKind::Level, "cm2"),
            (FacetKind::Subject, "histoire-geographie"),
            (FacetKind::Subject, "sciences-de-la-vie-et-de-la-terre"),
        ] {
            let (value, label) = (value.into(), value.into());
            values.take(Filed { kind, value, parent: None, label });
        }
        values
    }

    fn typed(text: &str) -> Vec<String> {
        Query::of(text, &values()).units.into_iter().map(|it| it.typed).collect()
    }

    #[test]
    fn words_that_name_one_thing_are_one_unit() {
        assert_eq!(typed("L’histoire géo en sixième"), ["histoire géo", "sixième"]);
        assert_eq!(
            typed("sciences de la vie et de la Terre 6ème"),
            ["sciences de la vie et de la Terre", "6ème"]
        );
        assert_eq!(typed("fractions cycle 3"), ["fractions", "cycle 3"]);
        assert_eq!(typed("lca latin"), ["lca", "latin"]);
    }

    #[test]
    fn stop_words_are_left_out_unless_they_are_all_there_is() {
        assert_eq!(typed("des exercices pour la classe"), ["exercices", "classe"]);
        assert_eq!(typed("les"), ["les"]);
        assert_eq!(typed("\" * ("), [""; 0]);
        assert_eq!(typed(&"mot ".repeat(1_000)).len(), 12);
    }

    #[test]
    fn a_short_form_leads_to_what_it_stands_for() {
        let unit = Query::of("svt", &values()).units.remove(0);
        assert_eq!(unit.values, [3]);
        assert_eq!(unit.synonyms[0].stems.len(), 3, "{:?}", unit.synonyms);
    }
}
