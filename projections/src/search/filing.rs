//! What an offer is filed under: each value of each facet, and all that holds it.

use std::collections::BTreeSet;

use compact_str::{CompactString, ToCompactString, format_compact};
use ledger_core::ids::PartnerId;
use ledger_core::offer::{Billing, Conformance, Facet, Listing, Scope, Term};
use ledger_core::vocabulary::{Cycle, level_by_word, subject_by_word, subject_named};

use super::request::FacetKind;

/// Highest prices that can be chosen, in whole euros.
const PRICES: [u32; 5] = [0, 5, 10, 20, 50];

/// Between the parts of a value in the index.
const PART: char = '\u{1f}';

/// A value of a facet, as the index keeps it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Filed {
    pub(super) kind: FacetKind,
    /// As filters write it.
    pub(super) value: CompactString,
    /// The value that holds it.
    pub(super) parent: Option<CompactString>,
    /// As French readers call it.
    pub(super) label: CompactString,
}

impl Filed {
    fn top(kind: FacetKind, value: &str, label: &str) -> Self {
        Self { kind, value: plain(value), parent: None, label: plain(label) }
    }

    fn below(self, parent: Option<&str>) -> Self {
        Self { parent: parent.map(plain), ..self }
    }

    /// As one term of the index.
    pub(super) fn encode(&self) -> String {
        let Self { kind, value, parent, label } = self;
        let parent = parent.as_deref().unwrap_or_default();
        format!("{}{PART}{value}{PART}{parent}{PART}{label}", kind.name())
    }

    /// What [`Self::encode`] gave; `None` for anything else.
    pub(super) fn decode(term: &[u8]) -> Option<Self> {
        let mut parts = std::str::from_utf8(term).ok()?.splitn(4, PART);
        let kind = FacetKind::named(parts.next()?)?;
        let (value, parent) = (parts.next()?, parts.next()?);
        let filed = Self::top(kind, value, parts.next()?);
        Some(filed.below(Some(parent).filter(|it| !it.is_empty())))
    }
}

/// `text` without what separates parts, which no listing may hold anyway.
fn plain(text: &str) -> CompactString {
    if !text.contains(PART) {
        return text.into();
    }
    text.chars().filter(|it| *it != PART).collect()
}

/// All that an offer of `partner`, called `name`, is filed under.
pub(super) fn filing(partner: PartnerId, name: &str, listing: &Listing) -> BTreeSet<Filed> {
    let mut all = BTreeSet::new();
    listing.levels.iter().for_each(|it| level(&mut all, it));
    listing.subjects.iter().for_each(|it| subject(&mut all, it));
    let details = &listing.details;
    for it in &details.terms {
        match it.facet {
            Facet::Subject => subject_term(&mut all, it, listing),
            Facet::Level
            | Facet::Competency
            | Facet::Content
            | Facet::Learning
            | Facet::Activity
            | Facet::Language
            | Facet::Place
            | Facet::Method
            | Facet::Audience => concepts(&mut all, FacetKind::Term(it.facet), &it.path, None),
        }
    }
    all.insert(Filed::top(FacetKind::Kind, listing.kind.name(), listing.kind.label()));
    let name = if name.is_empty() { "Un éditeur" } else { name };
    all.insert(Filed::top(FacetKind::Partner, &partner.to_compact_string(), name));
    if let Some(publisher) = details.publisher.as_deref() {
        all.insert(Filed::top(FacetKind::Publisher, publisher, publisher));
    }
    let (scope, label) = match listing.licence.scope {
        Scope::Teacher => ("teacher", "L’enseignant"),
        Scope::Class => ("class", "Une classe"),
        Scope::School => ("school", "L’établissement"),
    };
    all.insert(Filed::top(FacetKind::Licence, scope, label));
    let (billing, label) = match listing.billing {
        Billing::Once => ("once", "Achat unique"),
        Billing::Subscription => ("subscription", "Abonnement"),
        Billing::ByUse => ("by-use", "À l’usage"),
    };
    all.insert(Filed::top(FacetKind::Billing, billing, label));
    all.extend(
        details.features.iter().map(|it| Filed::top(FacetKind::Feature, it.name(), it.label())),
    );
    all.extend(accessibility(listing));
    all.extend(prices(listing.price.amount.cents()));
    all.extend(details.languages.iter().map(|it| Filed::top(FacetKind::Spoken, it, language(it))));
    let yes = [
        (FacetKind::Specimen, listing.specimen_url.is_some(), "Avec spécimen"),
        (FacetKind::Video, listing.video_url.is_some(), "Avec vidéo de démonstration"),
        (FacetKind::Gar, details.gar, "Accessible par le GAR"),
    ];
    all.extend(yes.iter().filter(|it| it.1).map(|it| Filed::top(it.0, "yes", it.2)));
    all
}

fn level(all: &mut BTreeSet<Filed>, word: &str) {
    let kind = FacetKind::Level;
    let cycle = |it: Cycle| Filed::top(kind, it.word(), it.label());
    if let Some(it) = level_by_word(word) {
        all.insert(Filed::top(kind, word, it.label).below(Some(it.cycle.word())));
        all.insert(cycle(it.cycle));
    } else {
        let known = Cycle::ALL.into_iter().find(|it| it.word() == word);
        all.insert(known.map_or_else(|| Filed::top(kind, word, word), cycle));
    }
}

fn subject(all: &mut BTreeSet<Filed>, word: &str) {
    let mut next = subject_by_word(word);
    if next.is_none() {
        all.insert(Filed::top(FacetKind::Subject, word, &named(word)));
    }
    while let Some(it) = next {
        all.insert(Filed::top(FacetKind::Subject, it.word, it.label).below(it.broader));
        next = it.broader.and_then(subject_by_word);
    }
}

/// `histoire-des-arts` as « Histoire des arts ».
fn named(word: &str) -> String {
    let mut letters = word.chars().map(|it| if it == '-' { ' ' } else { it });
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// A concept of 015 stands below the subject that it or one that holds it is named as; else below
/// the first one of the offer.
fn subject_term(all: &mut BTreeSet<Filed>, term: &Term, listing: &Listing) {
    let mut known = term.path.iter().enumerate();
    let known = known.rfind(|(_, it)| subject_named(&it.label).is_some());
    if let Some((place, it)) = known.and_then(|it| Some((it.0, subject_named(&it.1.label)?))) {
        subject(all, it.word);
        let below = term.path.get(place + 1..).unwrap_or_default();
        concepts(all, FacetKind::Subject, below, Some(it.word));
    } else {
        let parent = listing.subjects.first().map(CompactString::as_str);
        concepts(all, FacetKind::Subject, &term.path, parent);
    }
}

fn concepts(
    all: &mut BTreeSet<Filed>,
    kind: FacetKind,
    path: &[ledger_core::offer::Concept],
    parent: Option<&str>,
) {
    let mut parent = parent;
    for it in path {
        all.insert(Filed::top(kind, &it.id, &it.label).below(parent));
        parent = Some(&it.id);
    }
}

/// What is declared; `told` when it is in words only.
fn accessibility(listing: &Listing) -> Option<Filed> {
    let kind = FacetKind::Conformance;
    let told = || {
        listing.accessibility.as_ref().map(|_| Filed::top(kind, "told", "Décrite par l’éditeur"))
    };
    let declared: Option<Conformance> = listing.details.conformance;
    declared.map(|it| Filed::top(kind, it.name(), it.label())).or_else(told)
}

/// The prices that can be chosen which are `cents` or more.
pub(super) fn prices(cents: u64) -> impl Iterator<Item = Filed> {
    let within = PRICES.into_iter().filter(move |it| cents <= u64::from(*it) * 100);
    within.map(|euros| {
        let label = match euros {
            0 => CompactString::from("Gratuit"),
            _ => format_compact!("{euros}\u{a0}€ au plus"),
        };
        Filed::top(FacetKind::Price, &euros.to_compact_string(), &label)
    })
}

/// A language in French; its code when it is a rare one.
fn language(code: &str) -> &str {
    match code {
        "fr" => "Français",
        "en" => "Anglais",
        "de" => "Allemand",
        "es" => "Espagnol",
        "it" => "Italien",
        "pt" | "pt-br" => "Portugais",
        "ar" => "Arabe",
        "zh" => "Chinois",
        "ja" => "Japonais",
        "ru" => "Russe",
        "he" => "Hébreu",
        "la" => "Latin",
        "el" | "grc" => "Grec",
        "oc" => "Occitan",
        "br" => "Breton",
        "eu" => "Basque",
        "co" => "Corse",
        "ca" => "Catalan",
        "gsw" => "Alsacien",
        "rcf" => "Créole réunionnais",
        "fsl" => "Langue des signes française",
        _ => code,
    }
}

#[cfg(test)]
mod tests {
    use ledger_core::ids::PartnerId;
    use ledger_core::offer::{Billing, Concept, Details, Kind, Licence, Price};
    use uuid::Uuid;

    use super::*;

    fn listing() -> Listing {
        let concept = |id: &str, label: &str| Concept { id: id.into(), label: label.into() };
        Listing {
            reference: "R1".into(),
            title: "Fractions".into(),
            description: String::new(),
            kind: Kind::Activity,
            subjects: vec!["mathematiques".into()],
            levels: vec!["6e".into(), "post-bac".into()],
            price: Price::free(),
            prices: vec![],
            billing: Billing::Once,
            licence: Licence { scope: Scope::Class, days: None },
            url: None,
            specimen_url: None,
            video_url: None,
            accessibility: None,
            identifier: None,
            details: Details {
                terms: vec![Term {
                    facet: Facet::Subject,
                    path: vec![
                        concept("n-1", "mathématiques (cycle 3)"),
                        concept("n-2", "nombres et calculs"),
                        concept("n-3", "fractions"),
                    ],
                }],
                ..Details::default()
            },
        }
    }

    #[test]
    fn an_offer_is_filed_under_all_that_holds_what_it_is_filed_under() {
        let all = filing(PartnerId(Uuid::nil()), "Atlas & Cie", &listing());
        let held = |value: &str| {
            let found = all.iter().find(|it| it.value == value).unwrap();
            found.parent.clone().unwrap_or_default()
        };
        assert_eq!(held("6e"), "cycle-3");
        assert_eq!(held("cycle-3"), "");
        assert_eq!(held("post-bac"), "");
        assert_eq!(held("mathematiques"), "sciences-et-mathematiques");
        assert_eq!(held("n-2"), "mathematiques", "below the subject that the concept names");
        assert_eq!(held("n-3"), "n-2");
        assert!(all.iter().all(|it| it.value != "n-1"));
        let prices = all.iter().filter(|it| it.kind == FacetKind::Price).count();
        assert_eq!(prices, PRICES.len(), "free is within each price");
    }

    #[test]
    fn what_is_filed_is_read_again_from_the_index() {
        for it in filing(PartnerId(Uuid::nil()), "Atlas & Cie", &listing()) {
            assert_eq!(Filed::decode(it.encode().as_bytes()), Some(it));
        }
        for odd in ["", "level", "nothing\u{1f}a\u{1f}\u{1f}b"] {
            assert_eq!(Filed::decode(odd.as_bytes()), None);
        }
    }
}
