//! What is searched: words, filters, order.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use compact_str::CompactString;
use ledger_core::ids::OfferId;
use ledger_core::money::Balance;
use ledger_core::offer::Facet;

use super::page::Cursor;

/// One way in which offers are told apart, each value of which is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FacetKind {
    /// Cycle, and the levels below: `cycle-3`, `6e`.
    Level,
    /// Subject: the tree of words, and below them the concepts of `ScoLOMFR`.
    Subject,
    /// What kind of resource, as `textbook`.
    Kind,
    /// A partner's id.
    Partner,
    /// Who publishes it, when its partner sells another one's.
    Publisher,
    /// Who may use it: `teacher`, `class`, `school`.
    Licence,
    /// How it is paid for: `once`, `subscription`, `by-use`.
    Billing,
    /// Costs at most so many whole euros: `0`, `5`, `10`, `20`, `50`; each holds those before it.
    Price,
    /// How accessible it is declared to be: `full`, `partial`, `none`, or `told` in words only.
    Conformance,
    /// Ways of use, as `exercises`.
    Feature,
    /// `yes` when there is a free sample.
    Specimen,
    /// `yes` when there is a demonstration video.
    Video,
    /// `yes` when it is reached through the GAR.
    Gar,
    /// The languages of the resource, as `fr`.
    Spoken,
    /// Concepts of the other vocabularies of `ScoLOMFR`, by their id.
    Term(Facet),
}

impl FacetKind {
    /// All that an offer may be filed under, in the order in which pages show them.
    pub const ALL: [Self; 23] = [
        Self::Level,
        Self::Subject,
        Self::Kind,
        Self::Price,
        Self::Licence,
        Self::Billing,
        Self::Conformance,
        Self::Specimen,
        Self::Video,
        Self::Feature,
        Self::Partner,
        Self::Publisher,
        Self::Gar,
        Self::Spoken,
        Self::Term(Facet::Activity),
        Self::Term(Facet::Learning),
        Self::Term(Facet::Content),
        Self::Term(Facet::Language),
        Self::Term(Facet::Competency),
        Self::Term(Facet::Method),
        Self::Term(Facet::Place),
        Self::Term(Facet::Audience),
        Self::Term(Facet::Level),
    ];

    /// As it is written in addresses and in the index.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Level => "level",
            Self::Subject => "subject",
            Self::Kind => "kind",
            Self::Partner => "partner",
            Self::Publisher => "publisher",
            Self::Licence => "licence",
            Self::Billing => "billing",
            Self::Price => "price",
            Self::Conformance => "conformance",
            Self::Feature => "feature",
            Self::Specimen => "specimen",
            Self::Video => "video",
            Self::Gar => "gar",
            Self::Spoken => "spoken",
            Self::Term(Facet::Level) => "level-term",
            Self::Term(Facet::Subject) => "subject-term",
            Self::Term(facet) => facet.name(),
        }
    }

    /// The one written as `name`; `None` when there is none.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// As French readers call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Level => "Cycle et niveau",
            Self::Subject => "Matière",
            Self::Kind => "Type de ressource",
            Self::Partner => "Partenaire",
            Self::Publisher => "Éditeur",
            Self::Licence => "Licence pour",
            Self::Billing => "Facturation",
            Self::Price => "Prix",
            Self::Conformance => "Accessibilité",
            Self::Feature => "Usages",
            Self::Specimen => "Spécimen",
            Self::Video => "Vidéo de démonstration",
            Self::Gar => "Accès par le GAR",
            Self::Spoken => "Langue de la ressource",
            Self::Term(Facet::Level) => "Niveau détaillé",
            Self::Term(facet) => facet.label(),
        }
    }
}

/// The values chosen of each facet: one of them within a facet, all facets together.
pub type Filters = BTreeMap<FacetKind, Vec<CompactString>>;

/// Which offers the teacher has already, and what to do with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owned {
    /// Only these.
    Only(Vec<OfferId>),
    /// All but these.
    Without(Vec<OfferId>),
}

/// The order of what is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The best first; the newest first when no word was typed.
    #[default]
    Relevance,
    /// The cheapest first.
    PriceUp,
    /// The dearest first.
    PriceDown,
    /// The last published first.
    Newest,
    /// By title, as a dictionary would.
    Title,
}

/// What is searched; `Default` is every offer on sale, newest first, and no row of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchRequest {
    /// Words as typed, in any order; at most twelve are looked for.
    pub text: String,
    /// What was chosen of each facet; a value that means nothing finds nothing.
    pub filters: Filters,
    /// Only offers that cost this or less; zero is free ones.
    pub price_max: Option<Balance>,
    /// The day whose prices count, in France; `None` is the prices of no day in particular.
    pub on: Option<NaiveDate>,
    /// What the teacher has already.
    pub owned: Option<Owned>,
    /// In which order.
    pub sort: Sort,
    /// Where the page begins, as the page before said.
    pub after: Option<Cursor>,
    /// At most so many offers.
    pub limit: usize,
}
