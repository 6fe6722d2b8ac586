//! The concepts of `ScoLOMFR` that feeds name by their number, without a vocabulary at hand: the
//! usual school levels, subjects and uses.
//!
//! Source: vocabularies 022, 015, 005, 010 and 019 of `ScoLOMFR` 3.2; numbers stay the same in every version.

use compact_str::{CompactString, format_compact};
use ledger_core::offer::details::{Concept, Facet, Term};

/// A school level: its number, its label, the number of what holds it, and its words.
struct Level(&'static str, &'static str, Option<&'static str>, &'static [&'static str]);

const GENERAL: &[&str] = &["2de", "1re", "terminale"];
const VOCATIONAL: &[&str] = &["cap", "2de-pro", "1re-pro", "terminale-pro"];

/// School levels of vocabulary 022.
const LEVELS: [Level; 39] = [
    Level("002", "école maternelle", None, &["ps", "ms", "gs"]),
    Level("005", "petite section", Some("002"), &["ps"]),
    Level("006", "moyenne section", Some("002"), &["ms"]),
    Level("007", "grande section", Some("002"), &["gs"]),
    Level("008", "école élémentaire", None, &["cp", "ce1", "ce2", "cm1", "cm2"]),
    Level("010", "CP", Some("008"), &["cp"]),
    Level("011", "CE1", Some("008"), &["ce1"]),
    Level("013", "CE2", Some("008"), &["ce2"]),
    Level("014", "CM1", Some("008"), &["cm1"]),
    Level("015", "CM2", Some("008"), &["cm2"]),
    Level("016", "collège", None, &["6e", "5e", "4e", "3e"]),
    Level("018", "6e", Some("016"), &["6e"]),
    Level("020", "5e", Some("016"), &["5e"]),
    Level("021", "4e", Some("016"), &["4e"]),
    Level("023", "3e", Some("016"), &["3e"]),
    Level("142", "lycée général et technologique", None, GENERAL),
    Level("136", "2de générale et technologique", Some("142"), &["2de"]),
    Level("123", "1re générale et technologique", Some("142"), &["1re"]),
    Level("146", "1re générale", Some("123"), &["1re"]),
    Level("122", "1re ES", Some("146"), &["1re"]),
    Level("124", "1re L", Some("146"), &["1re"]),
    Level("128", "1re S", Some("146"), &["1re"]),
    Level("237", "1re technologique", Some("123"), &["1re-techno"]),
    Level("088", "terminale générale et technologique", Some("142"), &["terminale"]),
    Level("201", "terminale générale", Some("088"), &["terminale"]),
    Level("040", "terminale ES", Some("201"), &["terminale"]),
    Level("041", "terminale L", Some("201"), &["terminale"]),
    Level("042", "terminale S", Some("201"), &["terminale"]),
    Level("211", "terminale technologique", Some("088"), &["terminale-techno"]),
    Level("165", "lycée professionnel", None, VOCATIONAL),
    Level("027", "2de professionnelle", Some("165"), &["2de-pro"]),
    Level("127", "1re professionnelle", Some("165"), &["1re-pro"]),
    Level("050", "terminale professionnelle", Some("165"), &["terminale-pro"]),
    Level("617", "cycle 1 (2016)", Some("616"), &["ps", "ms", "gs"]),
    Level("616", "cycle unique pour l’école maternelle", None, &["ps", "ms", "gs"]),
    Level("618", "cycles de la scolarité obligatoire", None, &[]),
    Level("619", "cycle 2 (2016)", Some("618"), &["cp", "ce1", "ce2"]),
    Level("620", "cycle 3 (2016)", Some("618"), &["cm1", "cm2", "6e"]),
    Level("621", "cycle 4 (2016)", Some("618"), &["5e", "4e", "3e"]),
];

/// Subjects of vocabulary 015: number, label, word.
const SUBJECTS: [(&str, &str, &str); 21] = [
    ("006", "arts plastiques", "arts-plastiques"),
    ("030", "éducation musicale", "education-musicale"),
    ("031", "éducation physique et sportive", "education-physique-et-sportive"),
    ("035", "français", "francais"),
    ("036", "géographie", "geographie"),
    ("040", "histoire", "histoire"),
    ("054", "mathématiques", "mathematiques"),
    ("059", "philosophie", "philosophie"),
    ("061", "physique-chimie", "physique-chimie"),
    ("069", "sciences de la vie et de la Terre", "sciences-de-la-vie-et-de-la-terre"),
    ("070", "sciences économiques et sociales", "sciences-economiques-et-sociales"),
    ("077", "technologie", "technologie"),
    ("086", "allemand", "allemand"),
    ("087", "anglais", "anglais"),
    ("090", "espagnol", "espagnol"),
    ("092", "italien", "italien"),
    (
        "908",
        "éducation aux médias et à l’information (discipline)",
        "education-aux-medias-et-a-l-information",
    ),
    ("919", "mathématiques (discipline)", "mathematiques"),
    ("1333", "français (discipline)", "francais"),
    ("1548", "enseignement moral et civique (discipline)", "enseignement-moral-et-civique"),
    ("1833", "sciences et technologie (discipline)", "sciences-et-technologie"),
];

/// What resources usually are, are for, and make pupils do: vocabularies 005, 010 and 019.
const USES: [(Facet, &str, &str); 37] = [
    (Facet::Content, "003", "article"),
    (Facet::Content, "004", "atlas"),
    (Facet::Content, "007", "banque d’images"),
    (Facet::Content, "018", "dossier documentaire"),
    (Facet::Content, "022", "film"),
    (Facet::Content, "024", "livre numérique"),
    (Facet::Content, "029", "ouvrage"),
    (Facet::Content, "031", "périodique"),
    (Facet::Content, "033", "podcast"),
    (Facet::Content, "056", "vidéo interactive"),
    (Facet::Content, "058", "pièce de théâtre"),
    (Facet::Content, "062", "roman"),
    (Facet::Content, "136", "application"),
    (Facet::Learning, "007", "évaluation"),
    (Facet::Learning, "011", "glossaire"),
    (Facet::Learning, "012", "guide"),
    (Facet::Learning, "013", "jeu éducatif"),
    (Facet::Learning, "014", "manuel d’enseignement"),
    (Facet::Learning, "015", "matériel de référence"),
    (Facet::Learning, "017", "outil"),
    (Facet::Learning, "020", "scénario pédagogique"),
    (Facet::Learning, "022", "tutoriel"),
    (Facet::Learning, "027", "activité pédagogique"),
    (Facet::Activity, "002", "apprendre"),
    (Facet::Activity, "003", "collaborer"),
    (Facet::Activity, "006", "créer"),
    (Facet::Activity, "008", "lire"),
    (Facet::Activity, "011", "produire"),
    (Facet::Activity, "013", "rechercher"),
    (Facet::Activity, "015", "s’évaluer"),
    (Facet::Activity, "016", "s’exercer"),
    (Facet::Activity, "018", "simuler"),
    (Facet::Activity, "021", "écouter"),
    (Facet::Activity, "024", "jouer"),
    (Facet::Activity, "027", "s’informer"),
    (Facet::Activity, "029", "visionner"),
    (Facet::Activity, "059", "réviser"),
];

/// A concept of `ScoLOMFR`, by the vocabulary it belongs to and its number.
#[derive(Clone, Copy)]
pub(super) struct Code<'a> {
    pub(super) facet: Facet,
    number: &'a str,
}

impl<'a> Code<'a> {
    /// Reads `scolomfr-voc-022-num-018`, alone or at the end of an address; `None` when it is not
    /// one, or of a vocabulary that no facet has.
    pub(super) fn of(code: &'a str) -> Option<Self> {
        let (_, name) = code.trim().rsplit_once("scolomfr-voc-")?;
        let (vocabulary, number) = name.split_once("-num-")?;
        let facet = Facet::ALL.into_iter().find(|it| it.vocabulary() == vocabulary)?;
        Self::in_facet(facet, number)
    }

    /// Reads the number alone, of a concept of `facet`.
    pub(super) fn in_facet(facet: Facet, number: &'a str) -> Option<Self> {
        let digits =
            (1..=12).contains(&number.len()) && number.bytes().all(|it| it.is_ascii_digit());
        digits.then_some(Self { facet, number })
    }

    /// Its name, the last part of its address.
    pub(super) fn id(self) -> CompactString {
        format_compact!("scolomfr-voc-{}-num-{}", self.facet.vocabulary(), self.number)
    }

    /// The words of its levels; none when it is no level that is known.
    pub(super) fn levels(self) -> &'static [&'static str] {
        self.level().map_or(&[], |it| it.3)
    }

    /// The word of its subject; `None` when it is no subject that is known.
    pub(super) fn subject(self) -> Option<&'static str> {
        let known = SUBJECTS.iter().find(|it| it.0 == self.number);
        known.filter(|_| self.facet == Facet::Subject).map(|it| it.2)
    }

    /// The term, from the broadest concept; `None` when its label is not known.
    pub(super) fn term(self) -> Option<Term> {
        let mut path = Vec::new();
        if let Some(mut level) = self.level() {
            loop {
                path.insert(0, concept(Self { facet: self.facet, number: level.0 }, level.1));
                let above = level.2.and_then(|above| LEVELS.iter().find(|it| it.0 == above));
                let Some(above) = above else { break };
                level = above;
            }
        } else {
            path.push(concept(self, self.label()?));
        }
        Some(Term { facet: self.facet, path })
    }

    /// The term as far as it can be told: with `label`, or its own name, when it is not known.
    pub(super) fn term_labelled(self, label: Option<&str>) -> Term {
        self.term().unwrap_or_else(|| {
            let id = self.id();
            let label = label.map_or_else(|| id.clone(), Into::into);
            Term { facet: self.facet, path: vec![Concept { id, label }] }
        })
    }

    /// The label of a concept that nothing holds.
    fn label(self) -> Option<&'static str> {
        if self.facet == Facet::Subject {
            return SUBJECTS.iter().find(|it| it.0 == self.number).map(|it| it.1);
        }
        USES.iter().find(|it| it.0 == self.facet && it.1 == self.number).map(|it| it.2)
    }

    fn level(self) -> Option<&'static Level> {
        let known = LEVELS.iter().find(|it| it.0 == self.number);
        known.filter(|_| self.facet == Facet::Level)
    }
}

fn concept(code: Code<'_>, label: &str) -> Concept {
    Concept { id: code.id(), label: label.into() }
}

#[cfg(test)]
mod tests {
    use ledger_core::vocabulary::{level_by_word, subject_by_word};

    use super::*;

    #[test]
    fn a_concept_is_known_by_its_address() {
        let address = "http://data.education.fr/voc/scolomfr/concept/scolomfr-voc-022-num-146";
        let code = Code::of(address).unwrap();
        assert_eq!(code.levels(), ["1re"]);
        let term = code.term().unwrap();
        let labels: Vec<&str> = term.path.iter().map(|it| it.label.as_str()).collect();
        assert_eq!(
            labels,
            ["lycée général et technologique", "1re générale et technologique", "1re générale"]
        );
        assert_eq!(Code::of("scolomfr-voc-015-num-054").unwrap().subject(), Some("mathematiques"));
        assert!(Code::of("scolomfr-voc-022-num-054").unwrap().subject().is_none());
        assert!(Code::of("scolomfr-voc-999-num-054").is_none());
        assert!(Code::of("scolomfr-voc-022-num-x").is_none());
        let unknown = Code::of("scolomfr-voc-019-num-9016").unwrap();
        assert_eq!(unknown.term(), None);
        assert_eq!(unknown.term_labelled(None).path[0].label, "scolomfr-voc-019-num-9016");
    }

    #[test]
    fn words_are_those_of_the_vocabulary() {
        for level in &LEVELS {
            assert!(level.3.iter().all(|it| level_by_word(it).is_some()), "{}", level.1);
        }
        for (_, label, word) in SUBJECTS {
            assert!(subject_by_word(word).is_some(), "{label}");
        }
    }
}
