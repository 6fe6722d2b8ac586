//! Which offers of a segment hold what was typed, and where.

use std::sync::Arc;

use chrono::NaiveDate;
use compact_str::CompactString;
use tantivy::schema::Field;
use tantivy::{SegmentReader, Term};

use super::analysis::code;
use super::dated::OnDay;
use super::document::Fields;
use super::filing::Filed;
use super::generation::Generation;
use super::query::{Instead, Unit};
use super::request::FacetKind;
use super::sets::{Bits, Set};
use super::shelf::{Shelf, each};
use super::values::{Number, Values};

/// Where the offers of one segment hold one unit.
pub(super) struct Matched {
    /// In the title, or as reference or identifier.
    pub(super) title: Bits,
    /// Filed under a level, a subject, a kind or a partner that is called so.
    pub(super) filed: Bits,
    /// As a keyword.
    pub(super) keyword: Bits,
    /// Something near it in title, keywords or filing: a synonym, a longer word, a corrected one.
    pub(super) near: Bits,
    /// Anywhere: in the description and what else it is filed under, too.
    pub(super) any: Bits,
}

/// One segment, and what finds words in it.
pub(super) struct Segment<'a> {
    pub(super) reader: &'a SegmentReader,
    pub(super) shelf: &'a Shelf,
    pub(super) fields: Fields,
    pub(super) values: &'a Values,
    /// Prices of the day, where some depend on it.
    day: Option<Arc<OnDay>>,
}

impl<'a> Segment<'a> {
    /// All segments of `index`.
    pub(super) fn all(index: &'a Generation, on: Option<NaiveDate>) -> impl Iterator<Item = Self> {
        index.segments().map(move |(reader, shelf)| {
            let (fields, values) = (index.fields, index.values.as_ref());
            let day = on.and_then(|it| shelf.dated.on(it, shelf, values));
            Self { reader, shelf, fields, values, day }
        })
    }

    /// Those filed under the value of that number, prices as of the day.
    pub(super) fn filed(&self, number: Number) -> Option<&Set> {
        let day = self.day.as_ref().and_then(|it| it.filed(number));
        day.or_else(|| self.shelf.filed(number))
    }

    /// What each costs, in cents, on the day.
    pub(super) fn prices(&self) -> &[u32] {
        self.day.as_ref().map_or(&self.shelf.price, |it| &it.price)
    }

    fn none(&self) -> Bits {
        Bits::none(self.shelf.documents)
    }

    /// Takes in those that hold `word` in `field`.
    fn holding(&self, field: Field, word: &str, into: &mut Bits) -> tantivy::Result<()> {
        let inverted = self.reader.inverted_index(field)?;
        if let Some(term) = inverted.get_term_info(&Term::from_field_text(field, word))? {
            each(&inverted, &term, |it| into.insert(it))?;
        }
        Ok(())
    }

    /// Those that hold all of `words` in one of `fields` each.
    fn holding_all<'w>(
        &self,
        fields: &[Field],
        words: impl IntoIterator<Item = &'w str>,
    ) -> tantivy::Result<Bits> {
        let mut all: Option<Bits> = None;
        for word in words {
            let mut these = self.none();
            for field in fields {
                self.holding(*field, word, &mut these)?;
            }
            match &mut all {
                Some(all) => all.keep(&these),
                None => all = Some(these),
            }
        }
        Ok(all.unwrap_or_else(|| self.none()))
    }

    fn file(&self, number: Number, into: &mut Bits) {
        if let Some(set) = self.filed(number) {
            set.join_into(into);
        }
    }

    /// Those filed under what has a word of this stem in its label.
    fn labelled(&self, stem: &str, strong: &mut Bits, weak: &mut Bits) {
        for number in self.values.labelled(stem) {
            let Some(filed) = self.values.value(*number) else { continue };
            self.file(*number, if is_strong(filed) { &mut *strong } else { &mut *weak });
        }
    }

    /// Where `unit` is held.
    pub(super) fn matched(&self, unit: &Unit) -> tantivy::Result<Matched> {
        let fields = self.fields;
        let stems = || unit.words.iter().map(|it| it.stem.as_str());
        let mut title = self.holding_all(&[fields.title], stems())?;
        let mut filed = self.none();
        unit.values.iter().for_each(|it| self.file(*it, &mut filed));
        let mut text = self.none();
        let keyword = if let [only] = &unit.words[..] {
            self.holding(fields.text, &only.stem, &mut text)?;
            self.labelled(&only.stem, &mut filed, &mut text);
            if only.folded.len() >= 4 && only.folded.bytes().any(|it| it.is_ascii_digit()) {
                self.holding(fields.code, &code(&unit.typed), &mut title)?;
            }
            self.holding_all(&[fields.keyword], stems())?
        } else {
            text = self.holding_all(&[fields.title, fields.keyword, fields.text], stems())?;
            self.holding_all(&[fields.title, fields.keyword], stems())?
        };
        let mut near = self.none();
        for it in unit.synonyms.iter().chain(&unit.typos).chain(&unit.beginnings) {
            self.instead(it, &mut near, &mut text)?;
        }
        let mut any = title.clone();
        for these in [&filed, &keyword, &near, &text] {
            any.join(these);
        }
        Ok(Matched { title, filed, keyword, near, any })
    }

    fn instead(&self, it: &Instead, near: &mut Bits, text: &mut Bits) -> tantivy::Result<()> {
        it.values.iter().for_each(|it| self.file(*it, near));
        if let [only] = &it.stems[..] {
            self.holding(self.fields.title, only, near)?;
            self.holding(self.fields.keyword, only, near)?;
            self.holding(self.fields.text, only, text)?;
            self.labelled(only, near, text);
            return Ok(());
        }
        let stems = || it.stems.iter().map(CompactString::as_str);
        let fields = [self.fields.title, self.fields.keyword];
        near.join(&self.holding_all(&fields, stems())?);
        text.join(&self.holding_all(&[self.fields.text], stems())?);
        Ok(())
    }

    /// Those that hold `it`, anywhere.
    pub(super) fn any_of(&self, it: &Instead) -> tantivy::Result<Bits> {
        let (mut near, mut text) = (self.none(), self.none());
        self.instead(it, &mut near, &mut text)?;
        near.join(&text);
        Ok(near)
    }

    /// Those whose reference or identifier was typed, as a whole.
    pub(super) fn coded(&self, typed: &str) -> tantivy::Result<Bits> {
        let mut coded = self.none();
        let code = code(typed);
        if code.len() >= 4 {
            self.holding(self.fields.code, &code, &mut coded)?;
        }
        Ok(coded)
    }
}

/// Whether being filed under this says what an offer is about or whose it is.
pub(super) fn is_strong(filed: &Filed) -> bool {
    match filed.kind {
        FacetKind::Level
        | FacetKind::Subject
        | FacetKind::Kind
        | FacetKind::Partner
        | FacetKind::Publisher
        | FacetKind::Price
        | FacetKind::Specimen
        | FacetKind::Video
        | FacetKind::Term(ledger_core::offer::Facet::Level) => true,
        FacetKind::Licence
        | FacetKind::Billing
        | FacetKind::Conformance
        | FacetKind::Feature
        | FacetKind::Gar
        | FacetKind::Spoken
        | FacetKind::Term(_) => false,
    }
}
