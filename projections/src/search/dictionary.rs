//! The words that the index knows: those that begin so, and those that something may be meant for.

use std::collections::hash_map::Entry;
use std::sync::LazyLock;

use compact_str::CompactString;
use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder, SINK_STATE};
use rustc_hash::FxHashMap;
use tantivy::schema::Field;

use super::analysis::SHOWN;
use super::generation::Generation;

/// Words of a segment that are looked at for one beginning.
const SCANNED_MAX: usize = 4_000;

/// Words that a beginning stands for.
const BEGINNINGS_MAX: usize = 40;

/// Words that something may be meant for.
const TYPOS_MAX: usize = 6;

static ONE: LazyLock<LevenshteinAutomatonBuilder> =
    LazyLock::new(|| LevenshteinAutomatonBuilder::new(1, true));
static TWO: LazyLock<LevenshteinAutomatonBuilder> =
    LazyLock::new(|| LevenshteinAutomatonBuilder::new(2, true));

/// A word, and how many offers hold it.
pub(super) type Frequent = (CompactString, u32);

/// The words that begin with `prefix` without being it, the most frequent first.
pub(super) fn beginnings(index: &Generation, prefix: &str) -> tantivy::Result<Vec<Frequent>> {
    let mut found = FxHashMap::default();
    scan(index, index.fields.word, prefix, |word, count| {
        if word != prefix {
            add(&mut found, word, count);
        }
    })?;
    Ok(most(found, BEGINNINGS_MAX))
}

/// The words of titles, keywords and labels that begin with `prefix`, as they may be shown, the
/// most frequent first.
pub(super) fn shown(
    index: &Generation,
    prefix: &str,
    limit: usize,
) -> tantivy::Result<Vec<Frequent>> {
    // The most frequent way to write each word stands for all.
    let mut found: FxHashMap<CompactString, (CompactString, u32, u32)> = FxHashMap::default();
    scan(index, index.fields.shown, prefix, |term, count| {
        let Some((folded, shown)) = term.split_once(SHOWN) else { return };
        match found.entry(folded.into()) {
            Entry::Occupied(mut known) => {
                let (best, most, all) = known.get_mut();
                *all += count;
                if count > *most {
                    (*best, *most) = (shown.into(), count);
                }
            }
            Entry::Vacant(new) => {
                new.insert((shown.into(), count, count));
            }
        }
    })?;
    let mut words: Vec<Frequent> = found.into_values().map(|it| (it.0, it.2)).collect();
    words.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    words.truncate(limit);
    Ok(words)
}

/// How a folded word may be shown: with its accents.
pub(super) fn written(index: &Generation, word: &str) -> tantivy::Result<CompactString> {
    let whole = format!("{word}{SHOWN}");
    let own = shown(index, &whole, 1)?.into_iter().next().map(|it| it.0);
    let label = || index.values.words().find(|it| it.0 == word).map(|it| it.1.clone());
    Ok(own.or_else(label).unwrap_or_else(|| word.into()))
}

/// Known words that the unknown folded `word` may be meant for: the nearest, the most frequent
/// first. One letter may be wrong from five letters on, two from nine on.
pub(super) fn typos(index: &Generation, word: &str) -> tantivy::Result<Vec<Frequent>> {
    let letters = word.chars().count();
    if letters < 5 {
        return Ok(Vec::new());
    }
    let mut found = within(index, word, &ONE)?;
    if found.is_empty() && letters >= 9 {
        found = within(index, word, &TWO)?;
    }
    Ok(most(found, TYPOS_MAX))
}

fn within(
    index: &Generation,
    word: &str,
    builder: &LevenshteinAutomatonBuilder,
) -> tantivy::Result<FxHashMap<CompactString, u32>> {
    let automaton = Automaton(builder.build_dfa(word));
    let mut found = FxHashMap::default();
    for (segment, _) in index.segments() {
        let inverted = segment.inverted_index(index.fields.word)?;
        let mut terms = inverted.terms().search(&automaton).into_stream()?;
        while terms.advance() {
            if let Ok(near) = std::str::from_utf8(terms.key()) {
                add(&mut found, near, terms.value().doc_freq);
            }
        }
    }
    for (label, _) in index.values.words() {
        if matches!(automaton.0.eval(label.as_bytes()), Distance::Exact(_)) {
            add(&mut found, label, 1);
        }
    }
    Ok(found)
}

/// Words at a distance of another one.
struct Automaton(DFA);

impl tantivy_fst::Automaton for &Automaton {
    type State = u32;

    fn start(&self) -> u32 {
        self.0.initial_state()
    }

    fn is_match(&self, state: &u32) -> bool {
        matches!(self.0.distance(*state), Distance::Exact(_))
    }

    fn can_match(&self, state: &u32) -> bool {
        *state != SINK_STATE
    }

    fn accept(&self, state: &u32, byte: u8) -> u32 {
        self.0.transition(*state, byte)
    }
}

fn scan(
    index: &Generation,
    field: Field,
    prefix: &str,
    mut take: impl FnMut(&str, u32),
) -> tantivy::Result<()> {
    for (segment, _) in index.segments() {
        let inverted = segment.inverted_index(field)?;
        let mut terms = inverted.terms().range().ge(prefix).into_stream()?;
        let mut scanned = 0;
        while scanned < SCANNED_MAX && terms.advance() {
            let Ok(term) = std::str::from_utf8(terms.key()) else { continue };
            if !term.starts_with(prefix) {
                break;
            }
            take(term, terms.value().doc_freq);
            scanned += 1;
        }
    }
    Ok(())
}

fn add(found: &mut FxHashMap<CompactString, u32>, word: &str, count: u32) {
    *found.entry(word.into()).or_default() += count;
}

fn most(found: FxHashMap<CompactString, u32>, limit: usize) -> Vec<Frequent> {
    let mut words: Vec<Frequent> = found.into_iter().collect();
    words.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    words.truncate(limit);
    words
}
