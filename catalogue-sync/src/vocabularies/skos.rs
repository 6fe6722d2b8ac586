//! Vocabularies as SKOS in RDF/XML.
//!
//! A concept may be described in several blocks, and a relation be told by one of its ends only:
//! what all blocks of all files say is put together. Blocks that describe versions and data sets
//! are passed over.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use compact_str::CompactString;

use super::{Entry, Vocabularies, VocabulariesError, name};
use crate::feed::FeedError;
use crate::feed::text::{one_line, shortened};
use crate::feed::xml::{Document, Element};

/// What the name of a vocabulary begins with, before its number.
const SCHEME: &str = "scolomfr-voc-";
/// The most a label may hold, in characters: see [`ledger_core::offer::Concept`].
const LABEL_MAX: usize = 200;

/// What the blocks read so far say.
#[derive(Default)]
struct Blocks {
    concepts: BTreeMap<CompactString, Block>,
    /// By number, the concepts at the top of each vocabulary that is described.
    tops: BTreeMap<CompactString, BTreeSet<CompactString>>,
}

/// What the blocks of one concept say.
#[derive(Default)]
struct Block {
    french: Option<CompactString>,
    label: Option<CompactString>,
    vocabulary: Option<CompactString>,
    parents: Vec<CompactString>,
    groups: Vec<CompactString>,
    /// What it names as narrower or as its member.
    children: Vec<CompactString>,
    is_group: bool,
}

/// Reads every vocabulary of a folder.
pub(super) fn folder(path: &Path) -> Result<Vocabularies, VocabulariesError> {
    let unreadable = |path: &Path, error: &std::io::Error| VocabulariesError::Unreadable {
        path: path.to_owned(),
        message: error.to_string(),
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|it| unreadable(path, &it))? {
        let file = entry.map_err(|it| unreadable(path, &it))?.path();
        if file.extension().is_some_and(|it| it == "rdf") {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(VocabulariesError::NoFile { path: path.to_owned() });
    }
    files.sort();
    let mut blocks = Blocks::default();
    for path in files {
        let file = File::open(&path).map_err(|it| unreadable(&path, &it))?;
        match self::file(&mut BufReader::new(file), &mut blocks) {
            Ok(Read { concepts: true, .. }) => {}
            Ok(Read { line, .. }) => return Err(VocabulariesError::NoConcept { path, line }),
            Err(error) => return Err(VocabulariesError::NotSkos { path, error }),
        }
    }
    Ok(blocks.together())
}

/// What came of a file.
struct Read {
    /// Whether it described any concept.
    concepts: bool,
    /// Its last line.
    line: usize,
}

fn file(body: &mut dyn std::io::BufRead, blocks: &mut Blocks) -> Result<Read, FeedError> {
    const EXPECTED: &str = "SKOS as RDF/XML, whose root is rdf:RDF";
    let (mut document, root) = Document::open(body, EXPECTED)?;
    if root.name != "RDF" {
        let found = format!("<{}>", shortened(&root.name, 40));
        return Err(FeedError::NotThisFormat { found, expected: EXPECTED });
    }
    let mut concepts = false;
    while let Some(block) = {
        document.begin_record();
        document.child()?
    } {
        let block = document.whole(block)?;
        concepts |= blocks.add(&block);
    }
    Ok(Read { concepts, line: document.line() })
}

impl Blocks {
    /// Adds what a block says; whether it is one of a concept.
    fn add(&mut self, block: &Element) -> bool {
        let Some(about) = block.attribute("about") else { return false };
        let targets = |name: &str| -> Vec<CompactString> {
            let targets = block.all(name).filter_map(|it| it.attribute("resource"));
            targets.map(|it| self::name(it).into()).collect()
        };
        let id: CompactString = name(about).into();
        if let Some(number) = id.strip_prefix(SCHEME).filter(|it| is_number(it)) {
            self.tops.entry(number.into()).or_default().extend(targets("hasTopConcept"));
            return false;
        }
        let types = targets("type");
        let is = |it: &str| {
            block.name == it || types.iter().any(|found| found.rsplit('#').next() == Some(it))
        };
        if is("ConceptScheme") || is("Dataset") {
            return false;
        }
        let concept = self.concepts.entry(id).or_default();
        concept.is_group |= is("Collection") || is("OrderedCollection") || is("ThesaurusArray");
        for label in block.all("prefLabel") {
            let text = shortened(&one_line(&label.text), LABEL_MAX - 1);
            let french = label.attribute("lang").is_none_or(|it| it.starts_with("fr"));
            let known = if french { &mut concept.french } else { &mut concept.label };
            if known.is_none() && !text.is_empty() {
                *known = Some(text.into());
            }
        }
        for scheme in targets("inScheme") {
            let number = scheme.strip_prefix(SCHEME).filter(|it| is_number(it));
            concept.vocabulary = concept.vocabulary.take().or(number.map(Into::into));
        }
        let described = concept.french.is_some() || concept.vocabulary.is_some();
        concept.parents.extend(targets("broader"));
        concept.groups.extend(targets("superGroup"));
        for children in [targets("narrower"), targets("member"), targets("subGroup")] {
            concept.children.extend(children);
        }
        described
    }

    /// All that was said, each relation from both its ends.
    fn together(mut self) -> Vocabularies {
        let mut missing: BTreeSet<CompactString> = BTreeSet::new();
        let relations: Vec<(CompactString, CompactString)> = self
            .concepts
            .iter_mut()
            .flat_map(|(id, it)| {
                let children = std::mem::take(&mut it.children);
                children.into_iter().map(|child| (id.clone(), child))
            })
            .collect();
        for (parent, child) in relations {
            let holder = self.concepts.get(&parent);
            let is_group = holder.is_some_and(|it| it.is_group);
            let number = holder.and_then(|it| it.vocabulary.clone());
            match self.concepts.get_mut(&child) {
                Some(child) if is_group => child.groups.push(parent),
                Some(child) => child.parents.push(parent),
                None => missing.extend(number),
            }
        }
        for (number, tops) in &self.tops {
            if tops.iter().any(|it| !self.concepts.contains_key(it)) {
                missing.insert(number.clone());
            }
        }
        let mut whole: BTreeSet<CompactString> =
            self.tops.into_keys().filter(|it| !missing.contains(it)).collect();
        let mut found: BTreeSet<CompactString> = BTreeSet::new();
        let mut entries = HashMap::with_capacity(self.concepts.len());
        for (id, block) in self.concepts {
            let (Some(label), Some(vocabulary)) = (block.french.or(block.label), block.vocabulary)
            else {
                continue;
            };
            found.insert(vocabulary.clone());
            let (parents, groups) = (once(block.parents, &id), once(block.groups, &id));
            let is_group = block.is_group;
            entries.insert(id, Entry { label, vocabulary, parents, groups, is_group });
        }
        whole.retain(|it| found.contains(it));
        Vocabularies { entries, whole }
    }
}

/// Each of them once, in order, without `id` itself.
fn once(ids: Vec<CompactString>, id: &str) -> Vec<CompactString> {
    let mut seen = BTreeSet::new();
    ids.into_iter().filter(|it| it != id && seen.insert(it.clone())).collect()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit())
}
