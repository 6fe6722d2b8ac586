//! Every value of every facet that any offer has been filed under, with a number each.

use compact_str::CompactString;
use ledger_core::vocabulary;
use rustc_hash::FxHashMap;

use super::analysis::{is_stop, plain, stem, words};
use super::filing::Filed;
use super::request::FacetKind;

/// A value's number: the same for as long as the process lives.
pub(super) type Number = u32;

/// Values known so far.
#[derive(Clone, Default)]
pub(super) struct Values {
    all: Vec<Filed>,
    numbers: FxHashMap<(FacetKind, CompactString), Number>,
    kinds: FxHashMap<FacetKind, Vec<Number>>,
    /// Values by the stems of their labels.
    stems: FxHashMap<CompactString, Vec<Number>>,
    /// Words of labels, folded, as they may be shown.
    words: FxHashMap<CompactString, CompactString>,
    /// Labels that may be suggested, folded.
    labels: Vec<(Number, String)>,
}

impl Values {
    /// The number of `filed`; `None` when it has none yet.
    pub(super) fn number(&self, kind: FacetKind, value: &str) -> Option<Number> {
        self.numbers.get(&(kind, value.into())).copied()
    }

    /// The value of that number.
    pub(super) fn value(&self, number: Number) -> Option<&Filed> {
        self.all.get(number as usize)
    }

    /// Those of one facet, in the order in which they came.
    pub(super) fn of(&self, kind: FacetKind) -> &[Number] {
        self.kinds.get(&kind).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those whose label holds a word with this stem.
    pub(super) fn labelled(&self, stem: &str) -> &[Number] {
        self.stems.get(stem).map(Vec::as_slice).unwrap_or_default()
    }

    /// Words of labels, folded and as they may be shown.
    pub(super) fn words(&self) -> impl Iterator<Item = (&CompactString, &CompactString)> {
        self.words.iter()
    }

    /// Labels that may be suggested, folded.
    pub(super) fn labels(&self) -> &[(Number, String)] {
        &self.labels
    }

    /// The value that holds `filed`.
    pub(super) fn parent(&self, filed: &Filed) -> Option<Number> {
        self.number(filed.kind, filed.parent.as_deref()?)
    }

    /// How many values hold `filed`.
    pub(super) fn depth(&self, filed: &Filed) -> u32 {
        let mut depth = 0;
        let mut next = self.parent(filed);
        // A circle cannot be filed, but an index is only a file.
        while let Some(it) = next.and_then(|it| self.value(it)).filter(|_| depth < 16) {
            depth += 1;
            next = self.parent(it);
        }
        depth
    }

    /// Gives `filed` a number, if it has none yet.
    pub(super) fn take(&mut self, filed: Filed) -> Number {
        let key = (filed.kind, filed.value.clone());
        if let Some(known) = self.numbers.get(&key) {
            return *known;
        }
        let number = Number::try_from(self.all.len()).unwrap_or(Number::MAX);
        for word in words(spoken(&filed)).filter(|it| !is_stop(&it.folded)) {
            let known = self.stems.entry(stem(&word.folded)).or_default();
            if known.last() != Some(&number) {
                known.push(number);
            }
            let shown = word.written.to_lowercase();
            self.words.entry(word.folded).or_insert_with(|| shown.into());
        }
        if is_suggested(filed.kind) {
            self.labels.push((number, plain(spoken(&filed))));
        }
        self.numbers.insert(key, number);
        self.kinds.entry(filed.kind).or_default().push(number);
        self.all.push(filed);
        number
    }
}

/// Whether values of `kind` are what people search for.
const fn is_suggested(kind: FacetKind) -> bool {
    match kind {
        FacetKind::Level
        | FacetKind::Subject
        | FacetKind::Kind
        | FacetKind::Partner
        | FacetKind::Publisher => true,
        FacetKind::Licence
        | FacetKind::Billing
        | FacetKind::Price
        | FacetKind::Conformance
        | FacetKind::Feature
        | FacetKind::Specimen
        | FacetKind::Video
        | FacetKind::Gar
        | FacetKind::Spoken
        | FacetKind::Term(_) => false,
    }
}

/// Whether a subject's word only names a group of subjects.
fn is_group(word: &str) -> bool {
    vocabulary::subject_by_word(word).is_some_and(|it| it.broader.is_none())
}

/// The part of a label that people search by; what stands in brackets is not, nor is the name of a
/// group of subjects: « maths » is no word for all that « Mathématiques et sciences » holds.
pub(super) fn spoken(filed: &Filed) -> &str {
    match filed.kind {
        FacetKind::Licence | FacetKind::Billing | FacetKind::Conformance | FacetKind::Spoken => "",
        FacetKind::Price if filed.value != "0" => "",
        FacetKind::Subject if is_group(&filed.value) => "",
        FacetKind::Level
        | FacetKind::Subject
        | FacetKind::Kind
        | FacetKind::Partner
        | FacetKind::Publisher
        | FacetKind::Price
        | FacetKind::Feature
        | FacetKind::Specimen
        | FacetKind::Video
        | FacetKind::Gar
        | FacetKind::Term(_) => filed.label.split(" (").next().unwrap_or_default(),
    }
}
