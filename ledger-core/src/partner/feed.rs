//! Where a partner's offers are pulled from: at most one feed of each role.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::{PartnerRefusal, text};

/// How a feed is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedFormat {
    /// Our own offers feed.
    Json,
    /// ONIX for Books 3.0 and 3.1.
    Onix,
    /// A table of offers, for small publishers.
    Csv,
    /// An OAI-PMH 2.0 repository of notices: `ScoLOMFR`, LOM or Dublin Core.
    Oai,
    /// The GAR's list of resources (ressources diffusables).
    Gar,
}

/// What a feed tells; a partner has at most one feed of each role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeedRole {
    /// What is sold, at which price and on which terms: without it nothing is.
    Offers,
    /// What resources are (notices): joined to offers, never sold alone unless free.
    Notices,
    /// How resources are reached: joined to offers.
    Access,
}

impl FeedFormat {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Json, Self::Onix, Self::Csv, Self::Oai, Self::Gar];

    /// As it is written in addresses and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Onix => "onix",
            Self::Csv => "csv",
            Self::Oai => "oai",
            Self::Gar => "gar",
        }
    }

    /// What it tells.
    pub const fn role(self) -> FeedRole {
        match self {
            Self::Json | Self::Onix | Self::Csv => FeedRole::Offers,
            Self::Oai => FeedRole::Notices,
            Self::Gar => FeedRole::Access,
        }
    }
}

impl FeedRole {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Offers, Self::Notices, Self::Access];
}

/// Why a text is not a format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a format of feeds: expected json, onix, csv, oai or gar")]
pub struct FeedFormatError;

impl std::str::FromStr for FeedFormat {
    type Err = FeedFormatError;

    fn from_str(text: &str) -> Result<Self, FeedFormatError> {
        Self::ALL.into_iter().find(|it| it.name() == text).ok_or(FeedFormatError)
    }
}

/// Where a partner's offers are pulled from, in place of any feed of the same role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedDeclared {
    /// An http(s) address.
    pub url: CompactString,
    /// How it is written.
    pub format: FeedFormat,
    /// Other hosts that it leads to, for its pictures: names such as `images.preau.example`; at most
    /// 10. What is below them is declared too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<CompactString>,
}

/// A feed is asked no more; what it told stays until another one says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedRemoved {
    /// How it was written.
    pub format: FeedFormat,
}

impl FeedDeclared {
    pub(super) fn check(&self) -> Result<(), PartnerRefusal> {
        let expected = "expected an http:// or https:// address";
        text("url", &self.url, 2_000, expected)?;
        let host = |it: &CompactString| {
            let letters = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '.';
            (1..=253).contains(&it.len()) && it.contains('.') && it.chars().all(letters)
        };
        if self.hosts.len() > 10 || !self.hosts.iter().all(host) {
            let expected = "expected at most 10 names of hosts, as in images.preau.example";
            return Err(PartnerRefusal::Invalid { field: "hosts", expected });
        }
        if self.url.starts_with("https://") || self.url.starts_with("http://") {
            Ok(())
        } else {
            Err(PartnerRefusal::Invalid { field: "url", expected })
        }
    }
}
