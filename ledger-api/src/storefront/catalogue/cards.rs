//! Offers that were found, as cards.

use chrono::NaiveDate;
use ledger_core::ids::OfferId;
use ledger_core::offer::{Billing, Conformance, Listing};
use ledger_core::vocabulary::subject_by_word;
use projections::search::Hit;

use super::why;
use crate::app::App;
use crate::format;
use crate::problem::Problem;
use crate::storefront::{free, words};

/// Groups of subjects, each with a tint of its own: `tint-1` and so on.
const TINTS: [&str; 6] = [
    "sciences-et-mathematiques",
    "langues-et-lettres",
    "histoire-geographie-citoyennete",
    "arts-et-sport",
    "ecole-primaire",
    "economie-et-societe",
];

/// One offer.
pub(super) struct Card {
    pub(super) id: OfferId,
    pub(super) title: String,
    /// « Exercices · Éditions du Préau ».
    pub(super) over: String,
    /// « CM2, 6e · Mathématiques ».
    pub(super) about: String,
    pub(super) price: String,
    /// « TTC », « par usage »; empty for what is free.
    pub(super) per: &'static str,
    /// Tones and labels.
    pub(super) badges: Vec<(&'static str, &'static str)>,
    /// What an agreement makes of it; empty when nothing.
    pub(super) free: String,
    /// Whether it costs nothing now: its price is told all the same, lists are sorted by it.
    pub(super) freed: bool,
    /// Letters that stand for its picture, and their tint.
    pub(super) jacket: (String, usize),
    /// Why it was found; empty when no word was typed.
    pub(super) why: String,
}

/// The offers found, at the prices of the day `today`, for somebody who has `owned` already.
pub(super) fn cards(found: &[Hit], today: NaiveDate, owned: &[OfferId]) -> Vec<Card> {
    found.iter().map(|it| Card::of(it, today, owned.contains(&it.offer.id))).collect()
}

impl Card {
    fn of(hit: &Hit, today: NaiveDate, owned: bool) -> Self {
        let listing = &hit.offer.listing;
        let publisher = listing.details.publisher.as_deref().unwrap_or(&hit.offer.partner_name);
        let levels = words::levels(&listing.levels);
        let subjects = words::subjects(&listing.subjects);
        let (price, per) = price(listing, today);
        Self {
            id: hit.offer.id,
            title: format::spaced(&listing.title),
            over: format!("{} · {publisher}", words::kind(listing.kind)),
            about: if subjects.is_empty() { levels } else { format!("{levels} · {subjects}") },
            price,
            per,
            badges: badges(listing, owned),
            free: String::new(),
            freed: false,
            jacket: jacket(listing),
            why: why::why(&hit.why),
        }
    }
}

/// Says on each card what an agreement makes of its offer.
pub(super) async fn freed(app: &App, cards: &mut [Card]) -> Result<(), Problem> {
    for card in cards {
        let freedom = free::of(app, card.id).await?;
        card.free = freedom.told();
        card.freed = freedom.is_free();
    }
    Ok(())
}

fn price(listing: &Listing, today: NaiveDate) -> (String, &'static str) {
    let amount = listing.price_on(today).amount;
    match listing.billing {
        Billing::ByUse => (amount.to_string(), "par usage"),
        Billing::Once | Billing::Subscription if amount.is_zero() => ("Gratuit".to_owned(), ""),
        Billing::Once | Billing::Subscription => (amount.to_string(), "TTC"),
    }
}

fn badges(listing: &Listing, owned: bool) -> Vec<(&'static str, &'static str)> {
    let conformance = listing.details.conformance.and_then(|it| match it {
        Conformance::Full => Some(("success", "Accessibilité totale")),
        Conformance::Partial => Some(("neutral", "Accessibilité partielle")),
        Conformance::None => None,
    });
    let all = [
        owned.then_some(("info", "Déjà acquis")),
        words::billing(listing.billing).map(|it| ("neutral", it)),
        listing.specimen_url.as_ref().map(|_| ("success", "Spécimen")),
        conformance,
        listing.details.gar.then_some(("neutral", "GAR")),
    ];
    all.into_iter().flatten().collect()
}

/// Two letters of its first subject, or of its kind, and the tint of the group of subjects.
fn jacket(listing: &Listing) -> (String, usize) {
    let Some(subject) = listing.subjects.first() else {
        return (words::kind(listing.kind).chars().take(2).collect(), 0);
    };
    let letters = words::subject(subject).chars().take(2).collect();
    let mut group = subject.as_str();
    while let Some(broader) = subject_by_word(group).and_then(|it| it.broader) {
        group = broader;
    }
    let tint = TINTS.iter().position(|it| *it == group).map_or(0, |it| it + 1);
    (letters, tint)
}
