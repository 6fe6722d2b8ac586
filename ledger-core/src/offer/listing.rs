//! What a partner says of one of its resources, and what makes it fit to be sold here.

use chrono::NaiveDate;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::details::Details;
use super::price::{DatedPrice, Price, PriceError};
use crate::digest::Digest;

/// What kind of resource it is; funders may earmark their money by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A digital textbook (manuel numérique).
    Textbook,
    /// One sequence, activity or document: the granular resource (ressource granulaire).
    Activity,
    /// A trainer (exerciseur, banque d'exercices).
    Exercises,
    /// Video, sound, pictures.
    Media,
    /// A digital book or a play, a novel (livre numérique).
    Book,
    /// A newspaper or magazine (presse).
    Press,
    /// A reference work (dictionnaire, encyclopédie).
    Reference,
    /// A tool to teach with (outil pédagogique, application).
    Tool,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Textbook,
        Self::Activity,
        Self::Exercises,
        Self::Media,
        Self::Book,
        Self::Press,
        Self::Reference,
        Self::Tool,
    ];

    /// As it is written in feeds, earmarks and addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Textbook => "textbook",
            Self::Activity => "activity",
            Self::Exercises => "exercises",
            Self::Media => "media",
            Self::Book => "book",
            Self::Press => "press",
            Self::Reference => "reference",
            Self::Tool => "tool",
        }
    }

    /// As French readers call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Textbook => "Manuel numérique",
            Self::Activity => "Activité",
            Self::Exercises => "Exercices",
            Self::Media => "Média",
            Self::Book => "Livre numérique",
            Self::Press => "Presse",
            Self::Reference => "Ouvrage de référence",
            Self::Tool => "Outil pédagogique",
        }
    }
}

/// How it is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Billing {
    /// Once, and delivered at once.
    Once,
    /// For a term, renewed only when asked.
    Subscription,
    /// As it is used, within a ceiling (facturation à l'usage).
    ByUse,
}

/// Who may use it, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// Who.
    pub scope: Scope,
    /// In days; `None` is for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u16>,
}

/// Who a licence is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The teacher alone.
    Teacher,
    /// The teacher and one class.
    Class,
    /// The whole school.
    School,
}

/// One offer as its partner describes it. Sizes in characters; see [`Listing::check`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// The partner's own reference, 1 to 120, stable for ever.
    pub reference: CompactString,
    /// 1 to 300.
    pub title: String,
    /// Up to 20,000, plain text.
    #[serde(default)]
    pub description: String,
    /// What kind of resource.
    pub kind: Kind,
    /// Subjects (disciplines), lower-case words such as `mathematiques`; at most 20.
    #[serde(default)]
    pub subjects: Vec<CompactString>,
    /// School levels such as `6e`, `cm2`, `terminale`; at most 20.
    #[serde(default)]
    pub levels: Vec<CompactString>,
    /// Tax included; on the days of one of `prices`, that one instead.
    pub price: Price,
    /// Prices that hold on certain days only (prix daté), the first that holds wins; at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prices: Vec<DatedPrice>,
    /// How it is paid for.
    pub billing: Billing,
    /// Who may use it.
    pub licence: Licence,
    /// The resource's page on the partner's site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// A free sample (spécimen).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specimen_url: Option<String>,
    /// A demonstration video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_url: Option<String>,
    /// What the partner declares of its accessibility (RGAA, EPUB Accessibility); up to 2,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accessibility: Option<String>,
    /// ISBN-13, ARK or another public identifier; up to 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<CompactString>,
    /// What characterises it.
    #[serde(default, skip_serializing_if = "Details::is_empty")]
    pub details: Details,
}

/// Why a listing cannot be taken: the field, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListingError {
    /// Too short or too long.
    #[error("{field}: {length} characters, expected {min} to {max}")]
    Length {
        /// Which field.
        field: &'static str,
        /// What it has.
        length: usize,
        /// At least.
        min: usize,
        /// At most.
        max: usize,
    },
    /// A control character, which no page or export may carry.
    #[error("{field}: holds the control character U+{code:04X}")]
    Control {
        /// Which field.
        field: &'static str,
        /// Which character.
        code: u32,
    },
    /// Too many values.
    #[error("{field}: {count} values, at most {max}")]
    TooMany {
        /// Which field.
        field: &'static str,
        /// How many.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// A term of no concept, or of too many.
    #[error("details.terms: {depth} concepts in one path, expected 1 to {max}")]
    Depth {
        /// How many.
        depth: usize,
        /// How many there may be.
        max: usize,
    },
    /// A sitting of no time at all.
    #[error("details.minutes: 0 minutes, expected 1 to 65535")]
    NoMinute,
    /// A price that ends before it begins.
    #[error("prices: from {from} until {until}, which is before")]
    Dates {
        /// Its first day.
        from: NaiveDate,
        /// Its last day.
        until: NaiveDate,
    },
    /// Not a lower-case word.
    #[error("{field}: `{value}` is not a word of lower-case letters, digits and dashes")]
    Word {
        /// Which field.
        field: &'static str,
        /// What it holds.
        value: String,
    },
    /// Not an address of the web.
    #[error("{field}: `{value}` is not an https:// or http:// address")]
    Url {
        /// Which field.
        field: &'static str,
        /// What it holds.
        value: String,
    },
    /// A licence of no day at all.
    #[error("licence.days: 0 days, expected 1 to 65535, or none for a licence without end")]
    LicenceOfNoDay,
    /// See [`PriceError`].
    #[error("price: {0}")]
    Price(#[from] PriceError),
}

impl Listing {
    /// The fingerprint of all it says; two listings that say the same have the same.
    pub fn digest(&self) -> Digest {
        Digest::of_json(self)
    }

    /// What it costs on the day `on` in France.
    pub fn price_on(&self, on: NaiveDate) -> &Price {
        self.prices.iter().find(|it| it.holds_on(on)).map_or(&self.price, |it| &it.price)
    }

    /// Checks every field; the first that is wrong, and what would be right.
    pub fn check(&self) -> Result<(), ListingError> {
        text("reference", &self.reference, 1, 120)?;
        text("title", &self.title, 1, 300)?;
        text("description", &self.description, 0, 20_000)?;
        words("subjects", &self.subjects)?;
        words("levels", &self.levels)?;
        self.price.check()?;
        if self.prices.len() > 20 {
            return Err(ListingError::TooMany {
                field: "prices",
                count: self.prices.len(),
                max: 20,
            });
        }
        for it in &self.prices {
            it.price.check()?;
            if let (Some(from), Some(until)) = (it.from, it.until)
                && until < from
            {
                return Err(ListingError::Dates { from, until });
            }
        }
        if self.licence.days == Some(0) {
            return Err(ListingError::LicenceOfNoDay);
        }
        let urls = [
            ("url", &self.url),
            ("specimen_url", &self.specimen_url),
            ("video_url", &self.video_url),
            ("details.thumbnail_url", &self.details.thumbnail_url),
        ];
        for (field, address) in urls {
            let Some(address) = address else { continue };
            text(field, address, 1, 2_000)?;
            let web = address.starts_with("https://") || address.starts_with("http://");
            if !web || address.contains(char::is_whitespace) {
                return Err(ListingError::Url { field, value: address.chars().take(80).collect() });
            }
        }
        text("accessibility", self.accessibility.as_deref().unwrap_or_default(), 0, 2_000)?;
        text("identifier", self.identifier.as_deref().unwrap_or_default(), 0, 200)?;
        self.details.check()
    }
}

pub(super) fn text(
    field: &'static str,
    value: &str,
    min: usize,
    max: usize,
) -> Result<(), ListingError> {
    let length = value.trim().chars().count();
    if length < min || value.chars().count() > max {
        return Err(ListingError::Length { field, length: value.chars().count(), min, max });
    }
    match value.chars().find(|it| it.is_control() && *it != '\n') {
        Some(control) => Err(ListingError::Control { field, code: control.into() }),
        None => Ok(()),
    }
}

fn words(field: &'static str, values: &[CompactString]) -> Result<(), ListingError> {
    if values.len() > 20 {
        return Err(ListingError::TooMany { field, count: values.len(), max: 20 });
    }
    values.iter().try_for_each(|it| word(field, it))
}

pub(super) fn word(field: &'static str, value: &str) -> Result<(), ListingError> {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (1..=60).contains(&value.len()) && value.chars().all(letter) {
        Ok(())
    } else {
        Err(ListingError::Word { field, value: value.chars().take(60).collect() })
    }
}
