//! The catalogue: what is found, and what is not.

use ledger_core::money::Balance;
use ledger_core::offer::{Kind, Listing, OfferCommand};
use ledger_core::partner::PartnerCommand;
use projections::Reader;
use projections::reports::catalogue::Search;

use crate::story::*;

async fn told() -> Story {
    let mut it = Story::new();
    it.partner_with(1, "Éditions du Préau", &[("Fractions au collège", 3_20)]).await;
    it.partner_with(2, "Atlas & Cie", &[]).await;
    let atlas = Listing {
        kind: Kind::Textbook,
        subjects: vec!["geographie".into(), "histoire".into()],
        levels: vec!["5e".into(), "6e".into()],
        description: "Cartes, exercices et élections.".to_owned(),
        specimen_url: Some("https://atlas.example/specimen".to_owned()),
        ..listing("Grand atlas", 12_00)
    };
    it.list(2, atlas).await;
    it.list(2, Listing { kind: Kind::Exercises, ..listing("Exercices de géométrie", 0) }).await;
    it
}

fn titles(reader: &Reader, search: &Search) -> Vec<String> {
    let found = reader.offers(search, None, 10).unwrap();
    assert_eq!(found.count as usize, found.offers.len());
    found.offers.into_iter().map(|it| it.listing.title).collect()
}

fn text(text: &str) -> Search {
    Search { text: text.to_owned(), ..Search::default() }
}

#[tokio::test]
async fn an_offer_is_found_by_its_words_whatever_accents_plurals_and_order() {
    let models = told().await.read_models().await;
    let reader = models.at_end().await;
    assert_eq!(titles(&reader, &text("GEOMETRIE exercice")), ["Exercices de géométrie"]);
    assert_eq!(titles(&reader, &text("election")), ["Grand atlas"]);
    assert_eq!(titles(&reader, &text("l'atlas")), ["Grand atlas"]);
    assert_eq!(titles(&reader, &text("frac")), ["Fractions au collège"]);
    assert_eq!(titles(&reader, &text("chimie")), [""; 0]);
    for hostile in ["\"", "title:atlas OR x", "NEAR(a b)", "*", "-atlas", "a\0b", "';--"] {
        reader.offers(&text(hostile), None, 10).unwrap();
    }
}

#[tokio::test]
async fn filters_narrow_what_is_found() {
    let models = told().await.read_models().await;
    let reader = models.at_end().await;
    let newest = ["Exercices de géométrie", "Grand atlas", "Fractions au collège"];
    assert_eq!(titles(&reader, &Search::default()), newest);
    let by = |change: fn(&mut Search)| {
        let mut search = Search::default();
        change(&mut search);
        titles(&reader, &search)
    };
    assert_eq!(by(|it| it.kind = Some(Kind::Textbook)), ["Grand atlas"]);
    assert_eq!(by(|it| it.subject = Some("histoire".into())), ["Grand atlas"]);
    assert_eq!(by(|it| it.level = Some("5e".into())), ["Grand atlas"]);
    assert_eq!(by(|it| it.level = Some("6e".into())), newest);
    assert_eq!(by(|it| it.specimen = true), ["Grand atlas"]);
    assert_eq!(by(|it| it.price_max = Some(Balance::ZERO)), ["Exercices de géométrie"]);
    assert_eq!(by(|it| it.partner = Some(partner(1))), ["Fractions au collège"]);
    assert_eq!(
        by(|it| {
            it.subject = Some("mathematiques".into());
            it.level = Some("6e".into());
            it.text = "exer".to_owned();
        }),
        ["Exercices de géométrie"]
    );
    assert_eq!(reader.subjects().unwrap()[0], ("mathematiques".into(), 2));
    assert_eq!(reader.offer_count().unwrap(), 3);
}

#[tokio::test]
async fn what_is_withdrawn_or_suspended_is_known_but_not_found() {
    let mut story = told().await;
    let fractions = offer_of(1, "Fractions au collège");
    let models = story.read_models().await;
    assert_eq!(models.at_end().await.known_offers(partner(1)).unwrap().len(), 1);
    story.offer(fractions, &OfferCommand::Withdraw { reason: "Épuisé".into() }).await.unwrap();
    let suspend = PartnerCommand::Suspend { reason: "Convention échue".into() };
    story.partner(partner(2), &suspend).await.unwrap();
    let reader = models.at_end().await;
    assert_eq!(titles(&reader, &Search::default()), [""; 0]);
    assert_eq!(titles(&reader, &text("fractions")), [""; 0]);
    assert!(!reader.offer(fractions).unwrap().unwrap().on_sale);
    assert!(!reader.offer(offer_of(2, "Grand atlas")).unwrap().unwrap().on_sale);
    assert_eq!(reader.known_offers(partner(1)).unwrap().len(), 0);
    assert_eq!(reader.known_offers(partner(2)).unwrap().len(), 2);
    drop(reader);

    story.partner(partner(2), &PartnerCommand::Resume).await.unwrap();
    story.list(1, listing("Fractions au collège", 3_50)).await;
    let reader = models.at_end().await;
    assert_eq!(titles(&reader, &text("fractions")), ["Fractions au collège"]);
    assert_eq!(titles(&reader, &Search::default()).len(), 3);
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap() {
    let mut story = Story::new();
    story.partner_with(1, "Éditions du Préau", &[]).await;
    for number in 0..25 {
        story.list(1, listing(&format!("Fiche {number}"), 1_00)).await;
    }
    let models = story.read_models().await;
    let reader = models.at_end().await;
    for search in [Search::default(), text("fiche")] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let found = reader.offers(&search, after, 10).unwrap();
            assert_eq!(found.count, 25);
            seen.extend(found.offers.into_iter().map(|it| it.id));
            after = found.next;
            if after.is_none() {
                break;
            }
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 25);
    }
}
