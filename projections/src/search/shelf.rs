//! What is kept of one segment of the index: who is filed under what, and by what offers are
//! sorted. Read once, when the segment comes; segments never change.

use std::sync::Arc;

use tantivy::SegmentReader;
use tantivy::columnar::StrColumn;
use tantivy::index::InvertedIndexReader;
use tantivy::postings::TermInfo;
use tantivy::schema::IndexRecordOption;

use super::dated::AllDated;
use super::document::Fields;
use super::filing::Filed;
use super::sets::{Bits, Set};
use super::values::{Number, Values};

/// One segment.
pub(super) struct Shelf {
    /// How many documents it has, deleted ones too.
    pub(super) documents: u32,
    /// Those filed under each value, by its number.
    sets: Vec<Option<Set>>,
    /// The number of each in the read models.
    pub(super) no: Vec<u32>,
    /// What each costs, in cents.
    pub(super) price: Vec<u32>,
    /// Where the first publication of each stands in the log.
    pub(super) published: Vec<u64>,
    /// How many words each one's title has.
    pub(super) length: Vec<u8>,
    /// The place of each one's title among those of the segment.
    pub(super) sorted: Vec<u32>,
    /// Offers whose price depends on the day.
    pub(super) dated: AllDated,
    titles: Option<StrColumn>,
}

impl Shelf {
    /// Reads the segment.
    pub(super) fn read(
        segment: &SegmentReader,
        fields: &Fields,
        values: &mut Arc<Values>,
    ) -> tantivy::Result<Self> {
        let documents = segment.max_doc();
        let inverted = segment.inverted_index(fields.filed)?;
        let mut sets: Vec<Option<Set>> = Vec::new();
        let mut terms = inverted.terms().stream()?;
        while terms.advance() {
            let Some(filed) = Filed::decode(terms.key()) else { continue };
            let number = match values.number(filed.kind, &filed.value) {
                Some(known) => known,
                None => Arc::make_mut(values).take(filed),
            } as usize;
            let mut members = Vec::with_capacity(terms.value().doc_freq as usize);
            each(&inverted, terms.value(), |it| members.push(it))?;
            if sets.len() <= number {
                sets.resize(number + 1, None);
            }
            // A value that was called otherwise once stands there twice.
            if let Some(known) = &sets[number] {
                let mut all = Bits::none(documents);
                known.join_into(&mut all);
                for it in members {
                    all.insert(it);
                }
                members = all.iter().collect();
            }
            sets[number] = Some(Set::new(members, documents));
        }
        let mut dated = AllDated::default();
        let inverted = segment.inverted_index(fields.dated)?;
        let mut terms = inverted.terms().stream()?;
        while terms.advance() {
            let mut documents = Vec::new();
            each(&inverted, terms.value(), |it| documents.push(it))?;
            dated.take(terms.key(), documents, values);
        }
        let numbers = |name: &str| segment.fast_fields().column_first_or_default::<u64>(name);
        let (no, price, published) = (numbers("no")?, numbers("price")?, numbers("published")?);
        let length = numbers("length")?;
        let small = |it: u64| u32::try_from(it).unwrap_or(u32::MAX);
        let titles = segment.fast_fields().str("sorted")?;
        let places = titles.as_ref().map(|it| it.ords().clone().first_or_default_col(0));
        let place = |it: u32| places.as_ref().map_or(0, |places| small(places.get_val(it)));
        Ok(Self {
            documents,
            sets,
            no: (0..documents).map(|it| small(no.get_val(it))).collect(),
            price: (0..documents).map(|it| small(price.get_val(it))).collect(),
            published: (0..documents).map(|it| published.get_val(it)).collect(),
            length: (0..documents)
                .map(|it| u8::try_from(length.get_val(it)).unwrap_or(u8::MAX))
                .collect(),
            sorted: (0..documents).map(place).collect(),
            dated,
            titles,
        })
    }

    /// Those filed under the value of that number.
    pub(super) fn filed(&self, number: Number) -> Option<&Set> {
        self.sets.get(number as usize)?.as_ref()
    }

    /// The title of `document` by which it is sorted.
    pub(super) fn title(&self, document: u32) -> String {
        let mut title = String::new();
        let place = self.sorted.get(document as usize).copied().unwrap_or_default();
        if let Some(Err(error)) =
            self.titles.as_ref().map(|it| it.ord_to_str(place.into(), &mut title))
        {
            tracing::warn!("A title cannot be read from the index: {error}");
        }
        title
    }
}

/// Goes through the documents that hold a term.
pub(super) fn each(
    inverted: &InvertedIndexReader,
    term: &TermInfo,
    mut take: impl FnMut(u32),
) -> std::io::Result<()> {
    let mut block = inverted.read_block_postings_from_terminfo(term, IndexRecordOption::Basic)?;
    loop {
        let documents = block.docs();
        if documents.is_empty() {
            return Ok(());
        }
        for it in documents {
            take(*it);
        }
        block.advance();
    }
}
