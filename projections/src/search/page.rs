//! What is found, as data that a page tells in French.

use compact_str::CompactString;

use super::request::FacetKind;
use crate::reports::catalogue::OfferRow;

/// Where the next page of a search begins; written in an address as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(pub(super) u32);

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Cursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.parse().ok();
        number.map(Self).ok_or_else(|| "expected the cursor of a page given before".to_owned())
    }
}

/// One page of what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchPage {
    /// How many there are in all.
    pub count: u32,
    /// Those of this page, in the order asked for.
    pub offers: Vec<Hit>,
    /// What to ask the next page with; `None` when this was the last.
    pub next: Option<Cursor>,
    /// Each facet that has something to choose, in the order of [`FacetKind::ALL`].
    pub facets: Vec<FacetCounts>,
    /// The words that were looked for instead of those typed, when no offer holds one of these.
    pub corrected: Option<String>,
    /// What to do when nothing was found; `None` when something was.
    pub help: Option<Help>,
}

/// An offer that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which one.
    pub offer: OfferRow,
    /// Why: for each word that was typed, the best place where it stands.
    pub why: Vec<Reason>,
}

/// Where a word that was typed stands in an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// As typed; several words when they name one thing, as « histoire géo ».
    pub word: String,
    /// Where.
    pub place: Place,
    /// How it was recognised.
    pub by: By,
}

/// A part of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Its title.
    Title,
    /// What it is filed under: of which facet, and the label.
    Filed(FacetKind, CompactString),
    /// This one of its keywords.
    Keyword(CompactString),
    /// Its description.
    Description,
    /// Its reference or an identifier (ISBN, ARK).
    Reference,
}

/// How a word was recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// It is the word, whatever its accents, plural and conjugation.
    Word,
    /// The word begins so: this one.
    Beginning(CompactString),
    /// It means the same as this one.
    Synonym(CompactString),
    /// It was taken for this one.
    Typo(CompactString),
}

/// The values of one facet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetCounts {
    /// Which one.
    pub kind: FacetKind,
    /// Those that can be chosen, each after the one that holds it.
    pub values: Vec<FacetValue>,
}

/// One value of a facet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetValue {
    /// As filters write it.
    pub value: CompactString,
    /// As French readers call it.
    pub label: CompactString,
    /// The value that holds it; `None` at the top.
    pub parent: Option<CompactString>,
    /// How many values hold it: 0 at the top.
    pub depth: u32,
    /// How many offers would be found with it, all other facets as they are.
    pub count: u32,
    /// Whether it was chosen.
    pub chosen: bool,
}

/// What to change when nothing was found; what gives most first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Help {
    /// What to leave out, and how many offers would be found then.
    pub without: Vec<(Relaxation, u32)>,
    /// Other spellings that find something: « Essayez avec : … ».
    pub spelling: Option<Spelling>,
    /// What is found when the first of `without` is left out.
    pub instead: Vec<Hit>,
}

/// Other words for those that were typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelling {
    /// The whole text to search instead.
    pub text: String,
    /// How many offers it finds.
    pub count: u32,
}

/// Something to leave out of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relaxation {
    /// This word, and the text that is left.
    Word {
        /// As typed; several words when no offer at all holds them.
        word: String,
        /// What to search instead.
        text: String,
    },
    /// All that was chosen of this facet.
    Facet(FacetKind),
    /// The highest price.
    PriceMax,
    /// What the teacher has or has not already.
    Owned,
}

/// Something to type, or a value to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What to show, and to search: what was typed before, and the word completed; or a label.
    pub text: String,
    /// The value of a facet that it is; `None` for words.
    pub filter: Option<(FacetKind, CompactString)>,
    /// How many offers it stands for.
    pub count: u32,
}
