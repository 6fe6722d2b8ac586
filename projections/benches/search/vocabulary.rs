//! The concepts that offers are made from: the real vocabularies 015 and 022 of `ScoLOMFR` when
//! they are there, else the words of the ledger's own.

use std::collections::BTreeMap;
use std::path::Path;

use ledger_core::offer::Concept;
use ledger_core::vocabulary::{LEVELS, SUBJECTS};

/// Where the real ones are, seen from this crate.
const REAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/real/scolomfr/skos-3.2.0");

/// Concepts, each with those that hold it, the broadest first.
pub struct Vocabulary {
    pub subjects: Vec<Vec<Concept>>,
    pub levels: Vec<Vec<Concept>>,
    /// Which one it is, for whoever reads the figures.
    pub told: String,
}

impl Vocabulary {
    pub fn read() -> Self {
        let paths = |file: &str| concepts(&Path::new(REAL).join(file));
        if let (Some(subjects), Some(levels)) = (paths("15.rdf"), paths("22.rdf")) {
            let told = format!(
                "ScoLOMFR 3.2.0: {} subjects (015), {} levels (022)",
                subjects.len(),
                levels.len()
            );
            return Self { subjects, levels, told };
        }
        let own = |word: &str, label: &str| vec![Concept { id: word.into(), label: label.into() }];
        Self {
            subjects: SUBJECTS.iter().map(|it| own(it.word, it.label)).collect(),
            levels: LEVELS.iter().map(|it| own(it.word, it.label)).collect(),
            told: "the ledger's own words, since ScoLOMFR is not there".to_owned(),
        }
    }
}

/// The concepts of one file, each as its path; `None` when there is no such file.
fn concepts(path: &Path) -> Option<Vec<Vec<Concept>>> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut labels: BTreeMap<&str, &str> = BTreeMap::new();
    let mut broader: BTreeMap<&str, &str> = BTreeMap::new();
    for block in text.split("<rdf:Description rdf:about=\"").skip(1) {
        let Some((about, rest)) = block.split_once('"') else { continue };
        let id = about.rsplit('/').next().unwrap_or(about);
        let rest = rest.split("</rdf:Description>").next().unwrap_or_default();
        if let Some((_, it)) = rest.split_once("<skos:prefLabel xml:lang=\"fr\">") {
            labels.insert(id, it.split('<').next().unwrap_or_default());
        }
        if let Some((_, it)) = rest.split_once("<skos:broader rdf:resource=\"") {
            let parent = it.split('"').next().unwrap_or_default();
            broader.insert(id, parent.rsplit('/').next().unwrap_or(parent));
        }
    }
    let path = |leaf: &str| {
        let (mut path, mut next) = (Vec::new(), Some(leaf));
        while let Some(id) = next.filter(|_| path.len() < 8) {
            let label = labels.get(id).copied().unwrap_or_default().replace("&amp;", "&");
            if label.is_empty() {
                break;
            }
            let label = label.chars().take(200).collect::<String>();
            path.push(Concept { id: id.into(), label: label.as_str().into() });
            next = broader.get(id).copied();
        }
        path.reverse();
        path
    };
    let named = labels.keys().filter(|it| it.contains("-num-"));
    Some(named.map(|it| path(it)).filter(|it| !it.is_empty()).collect())
}
