//! What characterises an offer beyond its title and its price: what it is filed under, how long it
//! takes, in which languages, whom it can serve.
//!
//! Source: the strategy « Numérique pour l'éducation 2023-2027 », action 7: resources are
//! *caractérisés* by cycle, level, ways of use, personalisation, exercises, view of pupils'
//! results, time of concentration. Vocabularies are those of `ScoLOMFR`.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::listing::{ListingError, text, word};

/// How many terms an offer may be filed under.
pub const TERMS_MAX: usize = 60;
/// How many concepts deep a term may be: the deepest vocabulary has six.
pub const DEPTH_MAX: usize = 8;

/// What a term tells; each is one vocabulary of `ScoLOMFR`, named by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facet {
    /// 022, school level in detail (niveau éducatif détaillé).
    Level,
    /// 015, what is taught (domaine d'enseignement).
    Subject,
    /// 016, common core (socle commun).
    Competency,
    /// 005, editorial content (type de contenu éditorial).
    Content,
    /// 010, pedagogical type (type pédagogique).
    Learning,
    /// 019, what pupils do with it (activité induite).
    Activity,
    /// 042, level of a language (CECRL).
    Language,
    /// 017, where it is used (lieu).
    Place,
    /// 018, how it is used (modalité pédagogique).
    Method,
    /// 011, who uses it (public cible).
    Audience,
}

impl Facet {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Level,
        Self::Subject,
        Self::Competency,
        Self::Content,
        Self::Learning,
        Self::Activity,
        Self::Language,
        Self::Place,
        Self::Method,
        Self::Audience,
    ];

    /// As it is written in feeds and addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Level => "level",
            Self::Subject => "subject",
            Self::Competency => "competency",
            Self::Content => "content",
            Self::Learning => "learning",
            Self::Activity => "activity",
            Self::Language => "language",
            Self::Place => "place",
            Self::Method => "method",
            Self::Audience => "audience",
        }
    }

    /// As French readers call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Level => "Niveau",
            Self::Subject => "Domaine d’enseignement",
            Self::Competency => "Socle commun",
            Self::Content => "Type de contenu",
            Self::Learning => "Type pédagogique",
            Self::Activity => "Activité de l’élève",
            Self::Language => "Niveau de langue",
            Self::Place => "Lieu",
            Self::Method => "Modalité",
            Self::Audience => "Public",
        }
    }

    /// The number of its vocabulary in `ScoLOMFR`, as in `scolomfr-voc-022`.
    pub const fn vocabulary(self) -> &'static str {
        match self {
            Self::Level => "022",
            Self::Subject => "015",
            Self::Competency => "016",
            Self::Content => "005",
            Self::Learning => "010",
            Self::Activity => "019",
            Self::Language => "042",
            Self::Place => "017",
            Self::Method => "018",
            Self::Audience => "011",
        }
    }
}

/// One concept of a vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concept {
    /// The last part of its address, which stays the same in every version of the vocabulary:
    /// `scolomfr-voc-022-num-021`; 1 to 80.
    pub id: CompactString,
    /// In French; 1 to 200.
    pub label: CompactString,
}

/// What an offer is filed under: a concept, below those that hold it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// What it tells.
    pub facet: Facet,
    /// From the broadest concept to the concept itself; 1 to 8, so that a page or an auditor needs
    /// no vocabulary to read it.
    pub path: Vec<Concept>,
}

impl Term {
    /// The concept itself; `None` only for a term that [`Details::check`] refuses.
    pub fn concept(&self) -> Option<&Concept> {
        self.path.last()
    }
}

/// A way of use that the strategy asks partners to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Holds exercises (exercices).
    Exercises,
    /// The teacher sees pupils' results (suivi des résultats).
    Results,
    /// The teacher makes it their own (personnalisation).
    Personalisation,
    /// It adapts itself to each pupil (parcours adaptatif).
    Adaptive,
    /// Works without a network (hors connexion).
    Offline,
    /// Several work on it together (travail collaboratif).
    Collaborative,
    /// May be printed (imprimable).
    Printable,
}

impl Feature {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Exercises,
        Self::Results,
        Self::Personalisation,
        Self::Adaptive,
        Self::Offline,
        Self::Collaborative,
        Self::Printable,
    ];

    /// As it is written in feeds and addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exercises => "exercises",
            Self::Results => "results",
            Self::Personalisation => "personalisation",
            Self::Adaptive => "adaptive",
            Self::Offline => "offline",
            Self::Collaborative => "collaborative",
            Self::Printable => "printable",
        }
    }

    /// As French readers call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Exercises => "Avec exercices",
            Self::Results => "Suivi des résultats des élèves",
            Self::Personalisation => "Personnalisable",
            Self::Adaptive => "Parcours adaptatif",
            Self::Offline => "Hors connexion",
            Self::Collaborative => "Travail à plusieurs",
            Self::Printable => "Imprimable",
        }
    }
}

/// How far a resource meets the rules of accessibility, as its partner declares it.
///
/// Source: décret 2019-768 (RGAA: the three words of the declaration); EPUB Accessibility 1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conformance {
    /// Totally (totalement conforme), or EPUB Accessibility AA.
    Full,
    /// Partially (partiellement conforme), or EPUB Accessibility A.
    Partial,
    /// Not (non conforme).
    None,
}

impl Conformance {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Full, Self::Partial, Self::None];

    /// As it is written in feeds and addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::None => "none",
        }
    }

    /// As French readers call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Full => "Totalement conforme",
            Self::Partial => "Partiellement conforme",
            Self::None => "Non conforme",
        }
    }
}

/// What characterises an offer; whatever its partner does not say is empty. Sizes in characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Details {
    /// What it is filed under; at most 60.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<Term>,
    /// Words of its own; at most 30 of 1 to 100.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<CompactString>,
    /// Its languages, as in `fr`, `oc` or `pt-br`; at most 20.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<CompactString>,
    /// Ways of use; each at most once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<Feature>,
    /// How long one sitting takes, in minutes (temps de concentration); never 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u16>,
    /// What must be known or installed before; up to 2,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prerequisites: Option<String>,
    /// How accessible it is declared to be; its own words are in the listing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conformance: Option<Conformance>,
    /// What becomes of pupils' personal data (RGPD); up to 2,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_protection: Option<String>,
    /// Whether it is reached through the GAR (gestionnaire d'accès aux ressources).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub gar: bool,
    /// ISBN-13 and ARK, as in `9782091729534` and `ark:/49591/MOA/1`; at most 10 of up to 200.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<CompactString>,
    /// Who publishes it, when the partner sells another one's; up to 140.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<CompactString>,
    /// A picture of it, which is fetched and served by us.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail_url: Option<String>,
}

impl Details {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The terms of one facet.
    pub fn of(&self, facet: Facet) -> impl Iterator<Item = &Term> {
        self.terms.iter().filter(move |it| it.facet == facet)
    }

    /// Checks every field; the first that is wrong, and what would be right.
    pub fn check(&self) -> Result<(), ListingError> {
        at_most("details.terms", self.terms.len(), TERMS_MAX)?;
        for term in &self.terms {
            let depth = term.path.len();
            if depth == 0 || depth > DEPTH_MAX {
                return Err(ListingError::Depth { depth, max: DEPTH_MAX });
            }
            for concept in &term.path {
                text("details.terms.path.id", &concept.id, 1, 80)?;
                text("details.terms.path.label", &concept.label, 1, 200)?;
            }
        }
        at_most("details.keywords", self.keywords.len(), 30)?;
        self.keywords.iter().try_for_each(|it| text("details.keywords", it, 1, 100))?;
        at_most("details.languages", self.languages.len(), 20)?;
        self.languages.iter().try_for_each(|it| word("details.languages", it))?;
        at_most("details.features", self.features.len(), Feature::ALL.len())?;
        if self.minutes == Some(0) {
            return Err(ListingError::NoMinute);
        }
        let texts = [
            ("details.prerequisites", self.prerequisites.as_deref(), 2_000),
            ("details.data_protection", self.data_protection.as_deref(), 2_000),
            ("details.publisher", self.publisher.as_deref(), 140),
        ];
        for (field, value, max) in texts {
            text(field, value.unwrap_or_default(), 0, max)?;
        }
        at_most("details.identifiers", self.identifiers.len(), 10)?;
        self.identifiers.iter().try_for_each(|it| text("details.identifiers", it, 1, 200))
    }
}

fn at_most(field: &'static str, count: usize, max: usize) -> Result<(), ListingError> {
    if count > max { Err(ListingError::TooMany { field, count, max }) } else { Ok(()) }
}
