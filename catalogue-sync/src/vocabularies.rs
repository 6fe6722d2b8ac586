//! The vocabularies of `ScoLOMFR`: what a level, a subject or a type of resource is called, and what
//! holds it.
//!
//! They are read from the SKOS files that Réseau Canopé publishes, one a vocabulary; without them,
//! only the words of [`ledger_core::vocabulary`] are known, and nothing can be refused for being
//! unknown. A concept is named by the last part of its address, which stays the same from version
//! to version: `scolomfr-voc-022-num-021`.

mod skos;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use compact_str::CompactString;
use ledger_core::offer::Concept;
use ledger_core::offer::details::DEPTH_MAX;
use ledger_core::vocabulary::{LEVELS, SUBJECTS};

use crate::feed::FeedError;

/// Concepts, by their name.
#[derive(Clone, Debug, Default)]
pub struct Vocabularies {
    entries: HashMap<CompactString, Entry>,
    /// Numbers of those that were read whole.
    whole: BTreeSet<CompactString>,
}

/// What is known of one concept.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    label: CompactString,
    /// As in `022`.
    vocabulary: CompactString,
    /// The concepts that hold it, the first one first.
    parents: Vec<CompactString>,
    /// The groups that hold it: versions of the vocabulary, shelves. They are in no path.
    groups: Vec<CompactString>,
    /// Whether it is such a group.
    is_group: bool,
}

/// Why vocabularies cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VocabulariesError {
    /// The folder, or a file in it, cannot be opened.
    #[error("{}: {message}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        message: String,
    },
    /// A file is not SKOS as RDF/XML.
    #[error("{}: {error}", path.display())]
    NotSkos {
        /// Which one.
        path: PathBuf,
        /// Where, and what is wrong.
        error: FeedError,
    },
    /// A file describes no concept.
    #[error(
        "{}: line {line}: no concept up to the end; expected rdf:Description elements with a \
         skos:prefLabel and a skos:inScheme",
        path.display()
    )]
    NoConcept {
        /// Which one.
        path: PathBuf,
        /// Its last line.
        line: usize,
    },
    /// The folder has no vocabulary.
    #[error("{}: no file ends in .rdf; expected the SKOS files of ScoLOMFR", path.display())]
    NoFile {
        /// Which one.
        path: PathBuf,
    },
}

impl Vocabularies {
    /// The levels and subjects that the ledger itself has words for, named by those words.
    ///
    /// None is whole: a concept of a partner's that is not among them may well exist.
    pub fn built_in() -> Self {
        let mut entries = HashMap::new();
        let mut add = |word: &str, label: &str, vocabulary: &str, parent: Option<&str>| {
            let entry = Entry {
                label: label.into(),
                vocabulary: vocabulary.into(),
                parents: parent.into_iter().map(CompactString::from).collect(),
                groups: Vec::new(),
                is_group: false,
            };
            entries.insert(word.into(), entry);
        };
        for level in &LEVELS {
            add(level.cycle.word(), level.cycle.label(), "022", None);
            add(level.word, level.label, "022", Some(level.cycle.word()));
        }
        for subject in &SUBJECTS {
            add(subject.word, subject.label, "015", subject.broader);
        }
        Self { entries, whole: BTreeSet::new() }
    }

    /// Those of the folder `vocabularies` in `data`, when there is one, else those built in.
    pub fn beside(data: &Path) -> Result<Self, VocabulariesError> {
        let folder = data.join("vocabularies");
        if folder.is_dir() { Self::from_folder(&folder) } else { Ok(Self::built_in()) }
    }

    /// Those of the files ending in `.rdf` of a folder, as `ScoLOMFR` publishes them.
    pub fn from_folder(path: &Path) -> Result<Self, VocabulariesError> {
        skos::folder(path)
    }

    /// The French label of a concept, and what holds it; `None` when it is not known.
    ///
    /// Here and below, `id` is its name or its whole address.
    pub fn concept(&self, id: &str) -> Option<(&str, &[CompactString])> {
        let entry = self.entries.get(name(id))?;
        Some((&entry.label, &entry.parents))
    }

    /// Whether the vocabulary of this number, as in `022`, was read whole: then what is not in it
    /// does not exist.
    pub fn knows(&self, number: &str) -> bool {
        self.whole.contains(number)
    }

    /// The number of the vocabulary that has a concept; `None` when it is not known.
    pub fn vocabulary_of(&self, id: &str) -> Option<&str> {
        self.entries.get(name(id)).map(|it| it.vocabulary.as_str())
    }

    /// Whether it only groups concepts, as `Niveau éducatif détaillé (2015-)`, which is in no path.
    pub fn is_group(&self, id: &str) -> bool {
        self.entries.get(name(id)).is_some_and(|it| it.is_group)
    }

    /// From the broadest concept to the one asked for, through the first that holds each; empty when
    /// it is not known.
    pub fn path(&self, id: &str) -> Vec<Concept> {
        let mut path: Vec<Concept> = Vec::new();
        let mut next = self.entries.get_key_value(name(id));
        while let Some((id, entry)) = next
            && path.len() < DEPTH_MAX
            // A vocabulary that goes round in circles ends where it began.
            && path.iter().all(|it| it.id != *id)
        {
            path.push(Concept { id: id.clone(), label: entry.label.clone() });
            next = entry.parents.first().and_then(|it| self.entries.get_key_value(it));
        }
        path.reverse();
        path
    }

    /// Whether `parent`, a concept or a group, holds `child` without another between them.
    pub fn is_child(&self, parent: &str, child: &str) -> bool {
        let parent = name(parent);
        self.entries
            .get(name(child))
            .is_some_and(|it| it.parents.iter().chain(&it.groups).any(|it| it == parent))
    }

    /// How many concepts and groups are known.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// The last part of a concept's address: its name in every version.
pub fn name(address: &str) -> &str {
    let address = address.trim().trim_end_matches('/');
    address.rsplit('/').next().unwrap_or(address)
}
