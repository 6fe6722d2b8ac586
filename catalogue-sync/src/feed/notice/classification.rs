//! The classifications of a notice (LOM 9): paths of taxons through a vocabulary.
//!
//! Rules as the official checkers have them (jdpro/scolomfr3utils): a taxon belongs to the
//! vocabulary that its path declares, taxons that follow one another are linked, a classification
//! has a purpose. Only the first refuses a notice, and only when the vocabulary was read whole.

#[cfg(test)]
mod tests;

use ledger_core::offer::{Concept, Facet};
use ledger_core::vocabulary::folded;

use super::findings::{Findings, quoted};
use super::terms::{self, Terms};
use crate::feed::Rule;
use crate::feed::xml::Element;
use crate::vocabularies::{Vocabularies, name};

/// Vocabularies that are declared by their name rather than their number, folded.
const NAMES: [(&str, &str); 9] = [
    ("niveau educatif detaille", "022"),
    ("domaine d enseignement", "015"),
    ("domaines d enseignement", "015"),
    ("socle commun", "016"),
    ("competences du socle commun", "016"),
    ("cadre europeen commun de reference pour les langues", "042"),
    ("cecrl", "042"),
    ("label", "045"),
    ("label de la ressource", "045"),
];
/// Labels of resources, and types of disabilities: no facets.
const LABELS: &str = "045";
const DISABILITIES: &str = "041";
/// The label of what is reached through the GAR.
const GAR: &str = "data.education.fr/gar";

/// What classifications tell beside terms.
#[derive(Default)]
pub(super) struct Classified {
    pub(super) gar: bool,
    /// What is told of accessibility.
    pub(super) accessibility: Vec<String>,
}

/// Reads all classifications of a notice.
pub(super) fn all(
    root: &Element,
    vocabularies: &Vocabularies,
    terms: &mut Terms,
    findings: &mut Findings<'_>,
) -> Classified {
    let mut classified = Classified::default();
    for classification in root.all("classification") {
        let purpose = classification.child("purpose").and_then(terms::value).map(name);
        if purpose.is_none() {
            let message = "a classification without a purpose: expected one of vocabulary 028, as \
                           educational_level";
            findings.remark(classification, message);
        }
        for path in classification.all("taxonPath") {
            let taxons: Vec<&Element> = path.all("taxon").collect();
            let Declared { number, by_number } = declared(path, &taxons, vocabularies, findings);
            if let Some(number) = &number {
                members(&taxons, number, by_number, vocabularies, findings);
            }
            linked(&taxons, vocabularies, findings);
            classified.gar |= taxons.iter().any(|it| is_gar(it, number.as_deref()));
            let accessible = purpose.is_some_and(|it| it.starts_with("accessibility"));
            if accessible || number.as_deref() == Some(DISABILITIES) {
                let leaf = taxons.last().and_then(|it| entry(it, vocabularies));
                classified.accessibility.extend(leaf);
            }
            let facet =
                Facet::ALL.into_iter().find(|it| Some(it.vocabulary()) == number.as_deref());
            if let Some(facet) = facet {
                terms.add(facet, concepts(&taxons, vocabularies));
            }
        }
        if purpose.is_some_and(|it| it.starts_with("accessibility")) {
            let said = classification.all("description").flat_map(|it| it.all("string"));
            classified.accessibility.extend(said.map(Element::said).filter(|it| !it.is_empty()));
        }
    }
    classified
}

/// The vocabulary of a path.
struct Declared {
    /// `None` for a classification of the partner's own.
    number: Option<String>,
    /// Whether its source says so by that number, rather than by a name or by its taxons.
    by_number: bool,
}

/// The vocabulary that a path declares, by its number or its name; else the one that all its taxons
/// belong to.
fn declared(
    path: &Element,
    taxons: &[&Element],
    vocabularies: &Vocabularies,
    findings: &mut Findings<'_>,
) -> Declared {
    let source = path.child("source");
    let text = source.map(|it| it.first(&["string"]).unwrap_or(it).code()).unwrap_or_default();
    let numbered = number_in(text);
    let found: Vec<Option<&str>> =
        taxons.iter().map(|it| vocabulary_of(id(it), vocabularies)).collect();
    // One vocabulary for all of them, whatever the source says: as the official checkers deduce it.
    let common = found.first().copied().flatten().filter(|it| found.iter().all(|o| *o == Some(it)));
    let number = match (numbered, common) {
        (Some(said), Some(common)) if said != common => {
            let message =
                format!("the source declares vocabulary {said}, all taxons are of {common}");
            findings.remark(source.unwrap_or(path), &message);
            Some(common.to_owned())
        }
        (Some(said), _) => Some(said.to_owned()),
        (None, Some(common)) => Some(common.to_owned()),
        (None, None) => {
            let text = folded(text);
            NAMES.iter().find(|it| it.0 == text).map(|it| it.1.to_owned())
        }
    };
    Declared { number, by_number: numbered.is_some() }
}

/// `022` of a text that holds `scolomfr-voc-022`; `None` when it holds none.
fn number_in(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("scolomfr-voc-")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then(|| &rest[..digits])
}

/// The vocabulary of a concept: as it is known, else as its name says.
fn vocabulary_of<'a>(id: &'a str, vocabularies: &'a Vocabularies) -> Option<&'a str> {
    vocabularies.vocabulary_of(id).or_else(|| number_in(name(id)).filter(|_| id.contains("-num-")))
}

fn id(taxon: &Element) -> &str {
    taxon.child("id").map(Element::code).unwrap_or_default()
}

/// Refuses each taxon that is not in the vocabulary its path declares, if that was read whole; only
/// remarks it when the path declares it by a name, which may be another classification's.
fn members(
    taxons: &[&Element],
    number: &str,
    by_number: bool,
    vocabularies: &Vocabularies,
    findings: &mut Findings<'_>,
) {
    for taxon in taxons {
        let id = id(taxon);
        if id.is_empty() {
            findings.remark(taxon, "a taxon without an id: expected the address of a concept");
        } else if vocabularies.knows(number) && vocabularies.vocabulary_of(id) != Some(number) {
            let message = format!(
                "{} is not in vocabulary {number}, which its taxonPath declares: expected one of \
                 its concepts, or another source",
                quoted(id)
            );
            if by_number {
                findings.refuse(taxon, Rule::TaxonNotMember, id, &message);
            } else {
                findings.remark(taxon, &message);
            }
        }
    }
}

/// Tells which taxons do not follow from the one before.
fn linked(taxons: &[&Element], vocabularies: &Vocabularies, findings: &mut Findings<'_>) {
    for pair in taxons.windows(2) {
        let (parent, child) = (id(pair[0]), id(pair[1]));
        let known = vocabularies.concept(parent).is_some() && vocabularies.concept(child).is_some();
        if known && !vocabularies.is_child(parent, child) {
            let message = format!(
                "{} is not directly below {}: expected taxons linked by narrower or broader",
                quoted(name(child)),
                quoted(name(parent))
            );
            findings.remark(pair[1], &message);
        }
    }
}

/// The path of concepts that taxons tell: without groups, whole up to the top.
fn concepts(taxons: &[&Element], vocabularies: &Vocabularies) -> Vec<Concept> {
    let known = |it: &&Element| vocabularies.concept(id(it)).is_some();
    let Some(leaf) = taxons.last() else { return Vec::new() };
    if !known(leaf) {
        let told: Vec<Concept> = taxons
            .iter()
            .filter(|it| !vocabularies.is_group(id(it)))
            .filter_map(|it| terms::concept(id(it), &entry(it, vocabularies)?))
            .collect();
        // « Niveau éducatif détaillé (2015-) » names a version, not what holds the next one.
        let version = told.len() > 1 && is_version(&told[0].label);
        return told.into_iter().skip(usize::from(version)).collect();
    }
    // As far up as the notice's own way goes, then the vocabulary's.
    let mut path: Vec<Concept> = Vec::new();
    for taxon in taxons.iter().rev() {
        let own = id(taxon);
        let follows = path.first().is_none_or(|it| vocabularies.is_child(own, &it.id));
        if vocabularies.is_group(own) || !follows {
            break;
        }
        let Some(concept) = vocabularies.path(own).pop() else { break };
        path.insert(0, concept);
    }
    let top = path.first().map_or_else(|| name(id(leaf)).into(), |it| it.id.clone());
    let mut whole = vocabularies.path(&top);
    whole.pop();
    whole.append(&mut path);
    if whole.is_empty() { vocabularies.path(id(leaf)) } else { whole }
}

/// Whether a label ends by the years of a version: `(2015-)`, `(2008-2014)`.
fn is_version(label: &str) -> bool {
    let years = label.rsplit_once('(').and_then(|it| it.1.strip_suffix(')'));
    years.is_some_and(|it| {
        it.contains('-') && it.len() >= 5 && it.bytes().all(|it| it.is_ascii_digit() || it == b'-')
    })
}

/// The label of a taxon: the vocabulary's, else its own; `None` when it has none.
fn entry(taxon: &Element, vocabularies: &Vocabularies) -> Option<String> {
    if let Some((label, _)) = vocabularies.concept(id(taxon)) {
        return Some(label.to_owned());
    }
    let entry = taxon.child("entry")?;
    let said = super::words::chosen(entry);
    (!said.is_empty()).then_some(said)
}

/// Whether a taxon is the label of the GAR.
fn is_gar(taxon: &Element, number: Option<&str>) -> bool {
    let id = id(taxon).trim_end_matches('/');
    id.ends_with(GAR) || number == Some(LABELS) && name(id).eq_ignore_ascii_case("gar")
}
