//! Offers by the hundred thousand, the same at each run.

use chrono::{DateTime, Utc};
use ledger_core::codec::Stored;
use ledger_core::event_log::{Append, EventLog, Memory};
use ledger_core::ids::{OfferId, PartnerId};
use ledger_core::meta::{Actor, Meta};
use ledger_core::money::Balance;
use ledger_core::offer::{
    Billing, Conformance, Details, Facet, Feature, Kind, Licence, Listing, OfferEvent,
    OfferPublished, Price, Scope, Term, Vat,
};
use ledger_core::partner::{PartnerEvent, PartnerRegistered};
use ledger_core::vocabulary::{LEVELS, SUBJECTS, levels_named, subject_named};
use uuid::Uuid;

use super::vocabulary::Vocabulary;

/// How many partners there are.
pub const PARTNERS: u64 = 200;

const PIECE: usize = 4_096;

/// A number that looks drawn, and is the same at each run (`SplitMix64`).
pub fn mixed(seed: u64, salt: u64) -> usize {
    let it = seed.wrapping_mul(31).wrapping_add(salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    usize::try_from((it ^ (it >> 27)) >> 33).unwrap()
}

pub fn partner(number: u64) -> PartnerId {
    PartnerId(Uuid::from_u64_pair(0xba, number))
}

fn meta() -> Meta {
    let at: DateTime<Utc> = "2026-09-01T08:00:00Z".parse().unwrap();
    Meta { at, by: Actor::PROCESS, cause: Uuid::nil() }
}

/// Writes `count` offers, and the partners that sell them.
pub async fn tell(log: &Memory, vocabulary: &Vocabulary, count: u64) {
    let registered = (0..PARTNERS).map(|it| Append {
        stream: partner(it).into(),
        expected: 0,
        meta: meta(),
        events: std::iter::once(
            PartnerEvent::Registered(PartnerRegistered {
                siret: "11004601800013".parse().unwrap(),
                name: format!("Éditions {}", NAMES[mixed(it, 1) % NAMES.len()]).as_str().into(),
                agreement: "Convention 2026-17".into(),
            })
            .encode(),
        )
        .collect(),
    });
    log.append_many(registered.collect()).await;
    let mut piece = Vec::with_capacity(PIECE);
    for number in 0..count {
        let partner = partner(number % PARTNERS);
        let listing = Box::new(listing(vocabulary, number));
        let stream = OfferId::of(partner, &listing.reference).into();
        let digest = listing.digest();
        let event = OfferEvent::Published(OfferPublished { partner, listing, digest });
        let events = std::iter::once(event.encode()).collect();
        piece.push(Append { stream, expected: 0, meta: meta(), events });
        if piece.len() == PIECE || number + 1 == count {
            log.append_many(std::mem::take(&mut piece)).await;
        }
    }
}

const NAMES: [&str; 12] = [
    "du Préau",
    "Calculine",
    "Craie et Lune",
    "de la Boussole",
    "Atlas",
    "du Tableau noir",
    "Marelle",
    "du Vieux Lycée",
    "Horizon",
    "Colibri",
    "de l’Encrier",
    "Parallèle",
];

const FORMS: [&str; 8] = [
    "séance clé en main",
    "40 exercices interactifs",
    "manuel numérique",
    "évaluation formative",
    "documentaire commenté",
    "fiche d’activité",
    "parcours différencié",
    "jeu de cartes",
];

fn listing(vocabulary: &Vocabulary, number: u64) -> Listing {
    let draw = |salt: u64, many: usize| mixed(number, salt) % many;
    let subject = &vocabulary.subjects[draw(1, vocabulary.subjects.len())];
    let level = &vocabulary.levels[draw(2, vocabulary.levels.len())];
    let topic = &subject.last().unwrap().label;
    let topic = topic.split(" (").next().unwrap_or(topic);
    let level_label = &level.last().unwrap().label;
    let other = |salt: u64| {
        let path = &vocabulary.subjects[draw(salt, vocabulary.subjects.len())];
        path.last().unwrap().label.as_str()
    };
    let word = subject.iter().rev().find_map(|it| subject_named(&it.label));
    let word = word.map_or(SUBJECTS[draw(3, SUBJECTS.len())].word, |it| it.word);
    let mut levels = levels_named(level_label);
    if levels.is_empty() {
        levels.push(LEVELS[draw(4, LEVELS.len())].word);
    }
    let cents = [0, 90, 1_90, 2_50, 4_90, 9_00, 14_00, 24_90, 48_00, 96_00][draw(5, 10)];
    let vat = if cents == 0 { vec![] } else { vec![Vat::within(cents, 550)] };
    let title = format!("{topic} : {} ({level_label})", FORMS[draw(6, FORMS.len())]);
    Listing {
        reference: format!("R-{number:07}").as_str().into(),
        title: title.chars().take(300).collect(),
        description: format!(
            "Une ressource complète sur {topic}, avec {}, {} et {}. Pour travailler {} en classe \
             entière ou en groupes, corrigés compris ; prolongements : {}.",
            other(10),
            other(11),
            other(12),
            other(13),
            other(14)
        ),
        kind: Kind::ALL[draw(7, Kind::ALL.len())],
        subjects: vec![word.into()],
        levels: levels.into_iter().map(Into::into).collect(),
        price: Price { amount: Balance::from_cents(cents), vat },
        prices: vec![],
        billing: [Billing::Once, Billing::Subscription, Billing::ByUse][draw(8, 3)],
        licence: Licence {
            scope: [Scope::Teacher, Scope::Class, Scope::School][draw(9, 3)],
            days: None,
        },
        url: None,
        specimen_url: draw(20, 2).eq(&0).then(|| "https://exemple.fr/specimen".to_owned()),
        video_url: draw(21, 4).eq(&0).then(|| "https://exemple.fr/video".to_owned()),
        accessibility: None,
        identifier: None,
        details: Details {
            terms: vec![
                Term { facet: Facet::Subject, path: subject.clone() },
                Term { facet: Facet::Level, path: level.clone() },
            ],
            keywords: vec![other(15).chars().take(100).collect::<String>().as_str().into()],
            languages: vec!["fr".into()],
            features: vec![Feature::ALL[draw(16, 7)]],
            conformance: Some(Conformance::ALL[draw(17, 3)]),
            identifiers: vec![format!("97820{number:08}").as_str().into()],
            ..Details::default()
        },
    }
}
