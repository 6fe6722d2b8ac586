//! What is searched at one moment: the index as one commit left it.

use std::sync::Arc;

use ledger_core::event_log::Position;
use parking_lot::RwLock;
use rustc_hash::FxHashMap;
use tantivy::index::SegmentId;
use tantivy::{IndexReader, Searcher, SegmentReader};

use super::counts::Counts;
use super::document::{Fields, schema};
use super::shelf::Shelf;
use super::values::Values;

/// The index as one commit left it; what is searched in it stays so.
#[derive(Clone)]
pub(crate) struct Generation {
    /// It covers the log up to here.
    pub(super) position: Position,
    pub(super) fields: Fields,
    /// `None` while no offer was ever published.
    searcher: Option<Searcher>,
    shelves: Vec<Arc<Shelf>>,
    pub(super) values: Arc<Values>,
    /// Counts made of it.
    pub(super) counts: Arc<Counts>,
}

impl Generation {
    /// Nothing on sale.
    pub(super) fn empty(position: Position) -> Self {
        let fields = schema().1;
        Self {
            position,
            fields,
            searcher: None,
            shelves: vec![],
            values: Arc::default(),
            counts: Arc::default(),
        }
    }

    /// The segments, each with what is kept of it.
    pub(super) fn segments(&self) -> impl Iterator<Item = (&SegmentReader, &Shelf)> {
        let readers = self.searcher.iter().flat_map(Searcher::segment_readers);
        readers.zip(self.shelves.iter().map(AsRef::as_ref))
    }

    /// One of them.
    pub(super) fn segment(&self, place: usize) -> Option<(&SegmentReader, &Shelf)> {
        let reader = self.searcher.as_ref()?.segment_readers().get(place)?;
        Some((reader, self.shelves.get(place)?))
    }

    /// How many offers are on sale.
    pub(super) fn count(&self) -> u64 {
        self.searcher.as_ref().map_or(0, Searcher::num_docs)
    }
}

impl std::fmt::Debug for Generation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generation").field("position", &self.position).finish_non_exhaustive()
    }
}

/// Makes generations, and remembers the shelves of segments that stay.
#[derive(Default)]
pub(super) struct Shelves {
    known: FxHashMap<SegmentId, Arc<Shelf>>,
    values: Arc<Values>,
}

impl Shelves {
    /// What `reader` says now, which covers the log up to `position`.
    pub(super) fn generation(
        &mut self,
        reader: &IndexReader,
        fields: Fields,
        position: Position,
    ) -> tantivy::Result<Generation> {
        reader.reload()?;
        let searcher = reader.searcher();
        let mut shelves = Vec::new();
        for segment in searcher.segment_readers() {
            let kept = match self.known.get(&segment.segment_id()) {
                Some(known) => known.clone(),
                None => Arc::new(Shelf::read(segment, &fields, &mut self.values)?),
            };
            shelves.push(kept);
        }
        let ids = searcher.segment_readers().iter().map(SegmentReader::segment_id);
        self.known = ids.zip(shelves.iter().cloned()).collect();
        let values = self.values.clone();
        let searcher = Some(searcher);
        Ok(Generation { position, fields, searcher, shelves, values, counts: Arc::default() })
    }
}

/// What is searched now, shared by the one who writes and those who read.
#[derive(Debug)]
pub(crate) struct Current(RwLock<Result<Arc<Generation>, Arc<str>>>);

impl Default for Current {
    fn default() -> Self {
        Self(RwLock::new(Ok(Arc::new(Generation::empty(0)))))
    }
}

impl Current {
    /// What is searched now, or why nothing can be.
    pub(crate) fn get(&self) -> Result<Arc<Generation>, Arc<str>> {
        self.0.read().clone()
    }

    pub(super) fn set(&self, now: Result<Arc<Generation>, Arc<str>>) {
        *self.0.write() = now;
    }

    /// Says what `other` says.
    pub(crate) fn follow(&self, other: &Self) {
        self.set(other.get());
    }
}
