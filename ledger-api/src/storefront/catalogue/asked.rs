//! What follows the `?` of the catalogue: words, filters, order; read leniently, written one way.
//!
//! A search is wholly in its address, which people send to each other: names and values are French,
//! a name stands once for each value chosen, and nothing that is empty or means nothing is written.

use chrono::NaiveDate;
use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use compact_str::{CompactString, ToCompactString};
use ledger_core::ids::{OfferId, PartnerId};
use ledger_core::money::Balance;
use ledger_core::offer::{Facet, Kind};
use ledger_core::vocabulary::{Cycle, level_by_word, subject_by_word};
use projections::search::{
    Cursor, FacetCounts, FacetKind, FacetValue, Filters, Owned, SearchRequest, Sort,
};

/// The most characters that are looked for; what is typed beyond them is left out.
pub(super) const TEXT_MAX: usize = 200;

/// The most parameters of an address that are read.
const PARAMETERS_MAX: usize = 400;

/// The most values of one facet that are kept.
const VALUES_MAX: usize = 20;

/// The longest value of a facet that offers name themselves, in characters: a publisher's name.
const VALUE_MAX: usize = 140;

/// Highest prices that are counted, in whole euros; another one narrows as well.
const PRICES: [u32; 5] = [0, 5, 10, 20, 50];

/// Values that addresses write in French: of which facet, in the index, in addresses.
const VALUES: [(FacetKind, &str, &str); 20] = [
    (FacetKind::Licence, "teacher", "enseignant"),
    (FacetKind::Licence, "class", "classe"),
    (FacetKind::Licence, "school", "etablissement"),
    (FacetKind::Billing, "once", "achat"),
    (FacetKind::Billing, "subscription", "abonnement"),
    (FacetKind::Billing, "by-use", "usage"),
    (FacetKind::Conformance, "full", "totale"),
    (FacetKind::Conformance, "partial", "partielle"),
    (FacetKind::Conformance, "none", "non"),
    (FacetKind::Conformance, "told", "decrite"),
    (FacetKind::Feature, "exercises", "exercices"),
    (FacetKind::Feature, "results", "resultats"),
    (FacetKind::Feature, "personalisation", "personnalisation"),
    (FacetKind::Feature, "adaptive", "adaptatif"),
    (FacetKind::Feature, "offline", "hors-connexion"),
    (FacetKind::Feature, "collaborative", "a-plusieurs"),
    (FacetKind::Feature, "printable", "imprimable"),
    (FacetKind::Specimen, "yes", "oui"),
    (FacetKind::Video, "yes", "oui"),
    (FacetKind::Gar, "yes", "oui"),
];

/// The order of what was published last; of everything, when no word was typed.
pub(super) const NEWEST: &str = "Nouveauté";

/// Orders: in addresses, as pages call them.
pub(super) const SORTS: [(Sort, &str, &str); 5] = [
    (Sort::Relevance, "", "Pertinence"),
    (Sort::Newest, "nouveaute", NEWEST),
    (Sort::PriceUp, "prix", "Prix croissant"),
    (Sort::PriceDown, "prix-decroissant", "Prix décroissant"),
    (Sort::Title, "titre", "Titre"),
];

/// What to do with offers that the teacher has already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mine {
    /// Show them among the others.
    #[default]
    Among,
    /// Leave them out.
    Without,
    /// Show them only.
    Only,
}

impl Mine {
    /// In addresses, and as pages call it.
    pub(super) const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Among, "", "Toutes les ressources"),
        (Self::Without, "sans", "Sauf celles que j’ai déjà"),
        (Self::Only, "seulement", "Seulement celles que j’ai"),
    ];
}

/// What is asked of the catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The words looked for.
    pub(super) text: String,
    /// What was chosen of each facet; never an empty list.
    pub(super) filters: Filters,
    /// A highest price in whole euros that is not one of [`PRICES`].
    pub(super) euros: Option<u32>,
    /// What to do with what the teacher has.
    pub(super) mine: Mine,
    /// In which order.
    pub(super) sort: Sort,
    /// Where the page begins, as the page before said.
    pub(super) after: Option<Cursor>,
}

/// The parameter of a facet.
pub(super) const fn parameter(kind: FacetKind) -> &'static str {
    match kind {
        FacetKind::Level => "niveau",
        FacetKind::Subject => "matiere",
        FacetKind::Kind => "type",
        FacetKind::Partner => "partenaire",
        FacetKind::Publisher => "editeur",
        FacetKind::Licence => "licence",
        FacetKind::Billing => "paiement",
        FacetKind::Price => "prix",
        FacetKind::Conformance => "accessibilite",
        FacetKind::Feature => "usage",
        FacetKind::Specimen => "specimen",
        FacetKind::Video => "video",
        FacetKind::Gar => "gar",
        FacetKind::Spoken => "langue",
        FacetKind::Term(Facet::Level) => "niveau-detaille",
        FacetKind::Term(Facet::Subject) => "domaine",
        FacetKind::Term(Facet::Competency) => "socle",
        FacetKind::Term(Facet::Content) => "contenu",
        FacetKind::Term(Facet::Learning) => "pedagogie",
        FacetKind::Term(Facet::Activity) => "activite",
        FacetKind::Term(Facet::Language) => "cecrl",
        FacetKind::Term(Facet::Place) => "lieu",
        FacetKind::Term(Facet::Method) => "modalite",
        FacetKind::Term(Facet::Audience) => "public",
    }
}

/// How addresses write a value.
pub(super) fn written(kind: FacetKind, value: &str) -> &str {
    let known = VALUES.iter().find(|it| it.0 == kind && it.1 == value);
    known.map_or(value, |it| it.2)
}

/// What was typed, on one line and not too long.
pub(super) fn cleaned(text: &str) -> String {
    let plain: String = text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
    let mut line = String::new();
    for word in plain.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let cut: String = line.chars().take(TEXT_MAX).collect();
    cut.trim_end().to_owned()
}

impl Asked {
    /// What `query` asks; whatever means nothing is left out, so that old links still work.
    pub(super) fn read(query: &str) -> Self {
        let mut asked = Self::default();
        let mut price = None;
        for (name, text) in url::form_urlencoded::parse(query.as_bytes()).take(PARAMETERS_MAX) {
            if text.is_empty() {
                continue;
            }
            match name.as_ref() {
                "q" => asked.text = cleaned(&text),
                "prix" => price = price.max(euros(&text)),
                "deja" => {
                    let known = Mine::ALL.iter().find(|it| it.1 == text);
                    asked.mine = known.map_or(asked.mine, |it| it.0);
                }
                "tri" => {
                    let known = SORTS.iter().find(|it| it.1 == text);
                    asked.sort = known.map_or(asked.sort, |it| it.0);
                }
                "suite" => asked.after = text.parse().ok(),
                name => asked.choose(name, &text),
            }
        }
        match price {
            Some(it) if PRICES.contains(&it) => {
                asked.filters.insert(FacetKind::Price, vec![it.to_compact_string()]);
            }
            other => asked.euros = other,
        }
        asked
    }

    fn choose(&mut self, parameter_name: &str, text: &str) {
        let kind = FacetKind::ALL.into_iter().find(|it| parameter(*it) == parameter_name);
        // Old links name a partner as the publisher.
        let kind = match kind {
            Some(FacetKind::Publisher) if text.parse::<PartnerId>().is_ok() => FacetKind::Partner,
            Some(kind) => kind,
            None => return,
        };
        let Some(value) = meaning(kind, text) else { return };
        let chosen = self.filters.entry(kind).or_default();
        if chosen.len() < VALUES_MAX
            && let Err(place) = chosen.binary_search(&value)
        {
            chosen.insert(place, value);
        }
    }

    /// What is searched on the day `on`, for a teacher who has `mine` already.
    pub(super) fn request(&self, mine: &[OfferId], limit: usize, on: NaiveDate) -> SearchRequest {
        SearchRequest {
            text: self.text.clone(),
            filters: self.filters.clone(),
            price_max: self.euros.map(|it| Balance::from_cents(u64::from(it) * 100)),
            owned: match self.mine {
                Mine::Among => None,
                Mine::Without => Some(Owned::Without(mine.to_vec())),
                Mine::Only => Some(Owned::Only(mine.to_vec())),
            },
            sort: self.sort,
            after: self.after,
            limit,
            on: Some(on),
        }
    }

    /// The same, once `facets` tell what values are: without those that no offer has ever been
    /// filed under, and without those that hold another one, since who chooses « Mathématiques »
    /// and then « Fractions » narrows. `None` when nothing changes.
    pub(super) fn refined(&self, facets: &[FacetCounts]) -> Option<Self> {
        let mut refined = self.clone();
        refined.filters.retain(|kind, chosen| {
            let facet = facets.iter().find(|it| it.kind == *kind);
            let values = facet.map(|it| it.values.as_slice()).unwrap_or_default();
            let holding = holding(values);
            chosen.retain(|it| {
                let known = in_vocabulary(*kind, it) || values.iter().any(|of| of.value == *it);
                known && !holding.contains(&it)
            });
            !chosen.is_empty()
        });
        Some(refined).filter(|it| it != self)
    }

    /// The address of the same search, with what `change` changes in it: from its first page on.
    pub(super) fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut changed = Self { after: None, ..self.clone() };
        change(&mut changed);
        changed.address()
    }

    /// Where this search is.
    pub(super) fn address(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let mut pair = |name: &str, value: &str| {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        };
        pair("q", &self.text);
        for (kind, chosen) in &self.filters {
            for it in chosen {
                pair(parameter(*kind), written(*kind, it));
            }
        }
        pair("prix", &self.euros.map(|it| it.to_string()).unwrap_or_default());
        let mine = Mine::ALL.iter().find(|it| it.0 == self.mine);
        pair("deja", mine.map_or("", |it| it.1));
        pair("tri", SORTS.iter().find(|it| it.0 == self.sort).map_or("", |it| it.1));
        pair("suite", &self.after.map(|it| it.to_string()).unwrap_or_default());
        match query.finish() {
            query if query.is_empty() => "/catalogue".to_owned(),
            query => format!("/catalogue?{query}"),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::read(parts.uri.query().unwrap_or_default()))
    }
}

/// A highest price; « gratuit » is none at all.
fn euros(text: &str) -> Option<u32> {
    if text == "gratuit" { Some(0) } else { text.parse().ok() }
}

/// The value of `kind` that an address writes as `text`; `None` when it means nothing.
fn meaning(kind: FacetKind, text: &str) -> Option<CompactString> {
    match kind {
        FacetKind::Kind => Kind::ALL.iter().find(|it| it.name() == text).map(|it| it.name().into()),
        FacetKind::Partner => text.parse::<PartnerId>().ok().map(|it| it.to_compact_string()),
        // Old links wrote anything.
        FacetKind::Specimen | FacetKind::Video | FacetKind::Gar => Some("yes".into()),
        FacetKind::Licence | FacetKind::Billing | FacetKind::Conformance | FacetKind::Feature => {
            let mut known = VALUES.iter().filter(|it| it.0 == kind);
            known.find(|it| it.2 == text).map(|it| it.1.into())
        }
        FacetKind::Price => None,
        FacetKind::Level
        | FacetKind::Subject
        | FacetKind::Publisher
        | FacetKind::Spoken
        | FacetKind::Term(_) => {
            let fits = text.chars().count() <= VALUE_MAX && !text.chars().any(char::is_control);
            fits.then(|| text.into())
        }
    }
}

/// Whether `value` means something, even when no offer is filed under it.
fn in_vocabulary(kind: FacetKind, value: &str) -> bool {
    match kind {
        FacetKind::Level => {
            level_by_word(value).is_some() || Cycle::ALL.iter().any(|it| it.word() == value)
        }
        FacetKind::Subject => subject_by_word(value).is_some(),
        FacetKind::Publisher | FacetKind::Spoken | FacetKind::Term(_) | FacetKind::Partner => false,
        FacetKind::Kind
        | FacetKind::Licence
        | FacetKind::Billing
        | FacetKind::Price
        | FacetKind::Conformance
        | FacetKind::Feature
        | FacetKind::Specimen
        | FacetKind::Video
        | FacetKind::Gar => true,
    }
}

/// The values that hold a chosen one, directly or not.
fn holding(values: &[FacetValue]) -> Vec<&CompactString> {
    let mut holding = vec![];
    for it in values.iter().filter(|it| it.chosen) {
        let mut parent = it.parent.as_ref();
        while let Some(value) = parent.filter(|it| !holding.contains(it)) {
            holding.push(value);
            let next = values.iter().find(|it| it.value == *value);
            parent = next.and_then(|it| it.parent.as_ref());
        }
    }
    holding
}

#[cfg(test)]
mod tests;
