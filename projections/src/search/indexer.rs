//! The one who writes the index: after each transaction of the read models that touches an offer,
//! from the rows that it has left.
//!
//! Whatever befalls the index, the read models go on: it is made again from the rows, and while
//! that cannot be done nothing is found, rather than what is not true any more.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy, NoMergePolicy};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument};

use super::directory::{self, Folder};
use super::document::{Fields, VERSION, schema, tokenizers};
use super::generation::{Current, Generation, Shelves};
use super::rows;
use crate::checkpoint::Checkpoint;
use crate::fold::Touched;

/// What documents may take in memory before they are written as a segment, for each thread: while
/// the index is followed, and while it is made from the log.
const MEMORY: usize = 32 << 20;
const MEMORY_REBUILD: usize = 112 << 20;

/// Segments of fewer documents than this are merged together.
const SMALL: u32 = 2_000;

/// How long to wait before an index that could not be made is tried again.
const RETRY: Duration = Duration::from_secs(10);

/// Why the index cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum IndexError {
    #[error(transparent)]
    Tantivy(#[from] tantivy::TantivyError),
    #[error(transparent)]
    Rows(#[from] rusqlite::Error),
    #[error(transparent)]
    Disk(#[from] std::io::Error),
}

/// Where the index of the read models at `path` stands.
pub(crate) fn beside(path: &Path) -> PathBuf {
    crate::schema::beside(path, "-search")
}

/// Up to where the index at `path` covers the log; `None` when there is none that can be used.
pub(crate) fn covered(path: &Path) -> Option<Checkpoint> {
    let index = Folder::open(path).and_then(Index::open).ok()?;
    mark_of(&index.load_metas().ok()?.payload?)
}

/// Puts the index that was made at `building` in the place of the one at `path`, which was deleted.
pub(crate) fn replace(building: &Path, path: &Path) -> std::io::Result<()> {
    if !building.exists() {
        return Ok(());
    }
    directory::sync(building)?;
    std::fs::rename(building, path)
}

pub(crate) use directory::{delete, sync};
pub(crate) use rows::offers_of;

/// An index being written.
pub(crate) struct Indexer {
    path: PathBuf,
    /// Whether nobody reads it before it is finished.
    bulk: bool,
    open: Option<Open>,
    shelves: Shelves,
    /// When it last failed.
    failed: Option<Instant>,
    current: Arc<Current>,
}

struct Open {
    index: Index,
    fields: Fields,
    reader: IndexReader,
    /// Made when there is something to write.
    writer: Option<IndexWriter>,
}

impl Indexer {
    /// Begins an index at `path`, which nobody reads before [`Self::finish`].
    pub(crate) fn create(path: PathBuf) -> std::io::Result<Self> {
        directory::delete(&path)?;
        Ok(Self { bulk: true, ..Self::at(path) })
    }

    fn at(path: PathBuf) -> Self {
        Self {
            path,
            bulk: false,
            open: None,
            shelves: Shelves::default(),
            failed: None,
            current: Arc::default(),
        }
    }

    /// Goes on with the index at `path`, and takes in what the rows at `checkpoint` say more.
    ///
    /// `trusted` is whether it is of the same log; one that is not, or that is ahead, or that
    /// does not hold what the rows hold, is made again.
    pub(crate) fn open(
        path: PathBuf,
        trusted: bool,
        rows: &Connection,
        checkpoint: &Checkpoint,
    ) -> Self {
        let mut it = Self::at(path);
        let known = covered(&it.path).filter(|it| trusted && it.position <= checkpoint.position);
        let caught_up = match known {
            // Reading a damaged file may panic.
            Some(known) => catch_unwind(AssertUnwindSafe(|| it.catch_up(rows, &known, checkpoint))),
            None => Ok(Ok(false)),
        };
        match caught_up {
            Ok(Ok(true)) => (),
            Ok(Ok(false)) | Err(_) => it.make_again(rows, checkpoint),
            Ok(Err(error)) => {
                tracing::warn!("Making the index of the catalogue again: {error}");
                it.make_again(rows, checkpoint);
            }
        }
        it
    }

    /// What is searched now.
    pub(crate) fn current(&self) -> &Arc<Current> {
        &self.current
    }

    /// Has `readers` read what it writes, from now on.
    pub(crate) fn show_to(&mut self, readers: Arc<Current>) {
        readers.follow(&self.current);
        self.current = readers;
    }

    /// Takes in what the rows at `checkpoint` now say of the offers `touched`.
    pub(crate) fn follow(
        &mut self,
        rows: &Connection,
        touched: &[Touched<'_>],
        checkpoint: &Checkpoint,
    ) {
        if self.failed.is_some_and(|it| it.elapsed() >= RETRY) {
            return self.make_again(rows, checkpoint);
        }
        if touched.is_empty() || self.failed.is_some() {
            return;
        }
        let followed = self.take(rows, touched);
        let followed =
            if self.bulk { followed } else { followed.and_then(|()| self.commit(checkpoint)) };
        if let Err(error) = followed {
            tracing::warn!("Making the index of the catalogue again: {error}");
            self.make_again(rows, checkpoint);
        }
    }

    /// Ends an index begun with [`Self::create`]; one that cannot be is deleted.
    pub(crate) fn finish(&mut self, checkpoint: &Checkpoint) {
        if !self.bulk || self.open.is_none() {
            return;
        }
        let finished = self.commit(checkpoint).and_then(|()| self.rest());
        if let Err(error) = finished {
            tracing::warn!("The index of the catalogue is left to be made later: {error}");
            self.open = None;
            let _ = directory::delete(&self.path);
        }
    }

    /// Stops writing, once merges that were begun are done.
    fn rest(&mut self) -> Result<(), IndexError> {
        match self.open.as_mut().and_then(|it| it.writer.take()) {
            Some(writer) => Ok(writer.wait_merging_threads()?),
            None => Ok(()),
        }
    }

    /// Whether the index, which covers the log up to `known`, now holds what the rows hold.
    fn catch_up(
        &mut self,
        rows: &Connection,
        known: &Checkpoint,
        checkpoint: &Checkpoint,
    ) -> Result<bool, IndexError> {
        self.open_folder(false)?;
        let late = if known.position == checkpoint.position {
            Vec::new()
        } else {
            rows::touched_after(rows, known.position)?
        };
        if late.is_empty() {
            self.publish(known)?;
        } else {
            let late = late.into_iter().map(|id| Touched { id, listing: None });
            self.take(rows, &late.collect::<Vec<_>>())?;
            self.commit(checkpoint)?;
        }
        let indexed = self.current.get().map_or(0, |it| it.count());
        Ok(indexed == rows::on_sale(rows)?)
    }

    /// Makes the index from the rows alone.
    fn make_again(&mut self, rows: &Connection, checkpoint: &Checkpoint) {
        self.open = None;
        self.shelves = Shelves::default();
        let made = directory::delete(&self.path).map_err(IndexError::from);
        let made = made.and_then(|()| self.make(rows, checkpoint));
        self.failed = match made {
            Ok(()) => None,
            Err(error) => {
                tracing::error!("The catalogue cannot be searched: {error}");
                self.open = None;
                self.current.set(Err(error.to_string().into()));
                Some(Instant::now())
            }
        };
    }

    fn make(&mut self, rows: &Connection, checkpoint: &Checkpoint) -> Result<(), IndexError> {
        if rows::on_sale(rows)? == 0 {
            let nothing = Generation::empty(checkpoint.position);
            self.current.set(Ok(Arc::new(nothing)));
            return Ok(());
        }
        let Open { fields, writer, .. } = self.writing()?;
        if let Some(writer) = writer {
            rows::each_on_sale(rows, |told| {
                writer.add_document(fields.document(&told))?;
                Ok::<_, IndexError>(())
            })?;
        }
        if self.bulk { Ok(()) } else { self.commit(checkpoint) }
    }

    fn take(&mut self, rows: &Connection, touched: &[Touched<'_>]) -> Result<(), IndexError> {
        let Open { fields, writer, .. } = self.writing()?;
        let Some(writer) = writer else { return Ok(()) };
        for Touched { id, listing } in touched {
            let (told, first) = match listing {
                // Read from the run that was just written: its row would be parsed for nothing.
                Some(listing) => {
                    let (told, first) = rows::said(rows, *id, listing)?;
                    (Some(told), first)
                }
                None => (rows::on_sale_as(rows, *id)?, false),
            };
            if !first {
                writer.delete_term(fields.of(*id));
            }
            if let Some(told) = told {
                writer.add_document(fields.document(&told))?;
            }
        }
        Ok(())
    }

    fn commit(&mut self, checkpoint: &Checkpoint) -> Result<(), IndexError> {
        let mark = mark(checkpoint);
        if let Some(writer) = self.writing()?.writer.as_mut() {
            let mut commit = writer.prepare_commit()?;
            commit.set_payload(&mark);
            commit.commit()?;
        }
        if self.bulk { Ok(()) } else { self.publish(checkpoint) }
    }

    fn publish(&mut self, checkpoint: &Checkpoint) -> Result<(), IndexError> {
        let Some(open) = &self.open else { return Ok(()) };
        let now = self.shelves.generation(&open.reader, open.fields, checkpoint.position)?;
        self.current.set(Ok(Arc::new(now)));
        Ok(())
    }

    /// The index, open and with a writer.
    fn writing(&mut self) -> Result<&mut Open, IndexError> {
        let bulk = self.bulk;
        let open = self.open_folder(true)?;
        if open.writer.is_none() {
            let options = IndexWriterOptions::builder()
                .num_worker_threads(if bulk { 2 } else { 1 })
                .memory_budget_per_thread(if bulk { MEMORY_REBUILD } else { MEMORY })
                .num_merge_threads(1)
                .build();
            let writer: IndexWriter<TantivyDocument> = open.index.writer_with_options(options)?;
            if bulk {
                // A handful of large segments: merging them would be to write all of it twice.
                writer.set_merge_policy(Box::new(NoMergePolicy));
            } else {
                let mut merges = LogMergePolicy::default();
                merges.set_min_layer_size(SMALL);
                writer.set_merge_policy(Box::new(merges));
            }
            open.writer = Some(writer);
        }
        Ok(open)
    }

    fn open_folder(&mut self, create: bool) -> Result<&mut Open, IndexError> {
        let open = match self.open.take() {
            Some(open) => open,
            None => Open::folder(&self.path, create)?,
        };
        Ok(self.open.insert(open))
    }
}

impl Open {
    fn folder(path: &Path, create: bool) -> Result<Self, IndexError> {
        if create {
            std::fs::create_dir_all(path)?;
        }
        let (schema, fields) = schema();
        let folder = Folder::open(path)?;
        let mut index =
            if create { Index::open_or_create(folder, schema)? } else { Index::open(folder)? };
        index.set_tokenizers(tokenizers());
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { index, fields, reader, writer: None })
    }
}

/// What a commit carries: by whom it was made, and up to where it covers which log.
fn mark(checkpoint: &Checkpoint) -> String {
    format!("{VERSION} {}", checkpoint.encode())
}

fn mark_of(payload: &str) -> Option<Checkpoint> {
    let (version, checkpoint) = payload.split_once(' ')?;
    if version == VERSION.to_string() { Checkpoint::decode(checkpoint) } else { None }
}
