//! The catalogue: what is found, and what is not.

use ledger_core::money::Balance;
use ledger_core::offer::{DatedPrice, Kind, Listing, OfferCommand};
use ledger_core::partner::PartnerCommand;
use projections::Reader;
use projections::search::{
    By, FacetKind, Owned, Place, Relaxation, SearchPage, SearchRequest, Sort,
};

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

fn request(text: &str) -> SearchRequest {
    SearchRequest { text: text.to_owned(), limit: 10, ..SearchRequest::default() }
}

fn filtered(kind: FacetKind, values: &[&str]) -> SearchRequest {
    let mut it = request("");
    it.filters.insert(kind, values.iter().map(|it| (*it).into()).collect());
    it
}

fn titles(reader: &Reader, request: &SearchRequest) -> Vec<String> {
    let found = reader.search(request).unwrap();
    assert_eq!(found.count as usize, found.offers.len());
    found.offers.into_iter().map(|it| it.offer.listing.title).collect()
}

fn counts(page: &SearchPage, kind: FacetKind) -> Vec<(&str, u32)> {
    let facet = page.facets.iter().find(|it| it.kind == kind);
    facet.map_or_else(Vec::new, |it| {
        it.values.iter().map(|it| (it.value.as_str(), it.count)).collect()
    })
}

#[tokio::test]
async fn an_offer_is_found_by_its_words_whatever_accents_plurals_and_order() {
    let models = told().await.read_models().await;
    let reader = models.at_end().await;
    assert_eq!(titles(&reader, &request("GEOMETRIE exercice")), ["Exercices de géométrie"]);
    assert_eq!(titles(&reader, &request("election")), ["Grand atlas"]);
    assert_eq!(titles(&reader, &request("l'atlas"))[0], "Grand atlas");
    assert_eq!(titles(&reader, &request("frac")), ["Fractions au collège"]);
    assert_eq!(titles(&reader, &request("chimie")), [""; 0]);
    assert_eq!(
        titles(&reader, &request("atlas sixième")),
        ["Grand atlas", "Exercices de géométrie"]
    );
    assert_eq!(titles(&reader, &request("maths fraction 6ème")), ["Fractions au collège"]);
    assert_eq!(titles(&reader, &request("Préau")), ["Fractions au collège"]);
}

#[tokio::test]
async fn nothing_that_is_typed_is_an_operator_and_no_search_fails() {
    let models = told().await.read_models().await;
    let reader = models.at_end().await;
    let long = "é".repeat(100_000);
    for hostile in [
        "\"",
        "title:atlas OR x",
        "NEAR(a b)",
        "*",
        "-atlas",
        "a\0b",
        "';--",
        "\u{1f}",
        "l'",
        &long,
    ] {
        reader.search(&request(hostile)).unwrap();
        reader.suggest(hostile, 8).unwrap();
    }
    assert_eq!(titles(&reader, &request("atlas -grand"))[0], "Grand atlas");
    assert_eq!(titles(&reader, &request("\" * (")), [""; 0]);
    let odd = SearchRequest { after: Some("4294967295".parse().unwrap()), ..request("atlas") };
    assert!(reader.search(&odd).unwrap().offers.is_empty());
}

#[tokio::test]
async fn filters_narrow_what_is_found() {
    let models = told().await.read_models().await;
    let reader = models.at_end().await;
    let newest = ["Exercices de géométrie", "Grand atlas", "Fractions au collège"];
    assert_eq!(titles(&reader, &request("")), newest);
    let by = |kind, values: &[&str]| titles(&reader, &filtered(kind, values));
    assert_eq!(by(FacetKind::Kind, &["textbook"]), ["Grand atlas"]);
    assert_eq!(by(FacetKind::Kind, &["textbook", "exercises"]), newest[..2]);
    assert_eq!(by(FacetKind::Subject, &["histoire"]), ["Grand atlas"]);
    assert_eq!(by(FacetKind::Subject, &["histoire-geographie-citoyennete"]), ["Grand atlas"]);
    assert_eq!(by(FacetKind::Level, &["cycle-4"]), ["Grand atlas"]);
    assert_eq!(by(FacetKind::Level, &["cycle-3"]), newest);
    assert_eq!(by(FacetKind::Specimen, &["yes"]), ["Grand atlas"]);
    assert_eq!(by(FacetKind::Price, &["0"]), ["Exercices de géométrie"]);
    assert_eq!(by(FacetKind::Partner, &[&partner(1).to_string()]), ["Fractions au collège"]);
    assert_eq!(by(FacetKind::Partner, &["nobody"]), [""; 0]);
    let cheap = SearchRequest { price_max: Some(Balance::from_cents(3_20)), ..request("") };
    assert_eq!(titles(&reader, &cheap), ["Exercices de géométrie", "Fractions au collège"]);
    let mine = vec![offer_of(2, "Grand atlas")];
    let owned = |owned| titles(&reader, &SearchRequest { owned: Some(owned), ..request("") });
    assert_eq!(owned(Owned::Only(mine.clone())), ["Grand atlas"]);
    assert_eq!(owned(Owned::Without(mine)), ["Exercices de géométrie", "Fractions au collège"]);
    let sorted = |sort| titles(&reader, &SearchRequest { sort, ..request("") });
    assert_eq!(
        sorted(Sort::Title),
        ["Exercices de géométrie", "Fractions au collège", "Grand atlas"]
    );
    assert_eq!(sorted(Sort::PriceDown)[0], "Grand atlas");
    assert_eq!(sorted(Sort::PriceUp)[0], "Exercices de géométrie");
    assert_eq!(reader.offer_count().unwrap(), 3);
}

#[tokio::test]
async fn an_offer_is_filed_under_its_price_of_the_day() {
    let mut it = told().await;
    let summer = DatedPrice {
        from: Some(day("2026-07-01")),
        until: Some(day("2026-07-31")),
        price: listing("", 4_00).price,
    };
    it.list(2, Listing { prices: vec![summer], ..listing("Cahier de vacances", 30_00) }).await;
    let models = it.read_models().await;
    let reader = models.at_end().await;
    let found = |on: &str, mut request: SearchRequest| {
        request.on = Some(day(on));
        titles(&reader, &request).contains(&"Cahier de vacances".to_owned())
    };
    let five = || filtered(FacetKind::Price, &["5"]);
    let cheap = || SearchRequest { price_max: Some(Balance::from_cents(4_00)), ..request("") };
    for (on, sold_low) in
        [("2026-06-30", false), ("2026-07-01", true), ("2026-07-31", true), ("2026-08-01", false)]
    {
        assert_eq!(found(on, five()), sold_low, "{on}");
        assert_eq!(found(on, cheap()), sold_low, "{on}");
        assert!(found(on, filtered(FacetKind::Price, &["50"])), "{on}");
        let dearest = SearchRequest {
            sort: Sort::PriceDown,
            limit: 1,
            on: Some(day(on)),
            ..SearchRequest::default()
        };
        let dearest = reader.search(&dearest).unwrap();
        let first = &dearest.offers[0].offer.listing.title;
        assert_eq!(first == "Cahier de vacances", !sold_low, "{on}");
        let within = |value: &str| {
            let counts = counts(&dearest, FacetKind::Price);
            counts.iter().find(|it| it.0 == value).map_or(0, |it| it.1)
        };
        let low = if sold_low { 3 } else { 2 };
        assert_eq!((within("5"), within("50")), (low, 4), "{on}");
    }
}

#[tokio::test]
async fn each_facet_is_counted_whatever_was_chosen_of_it() {
    let models = told().await.read_models().await;
    let reader = models.at_end().await;
    let page = reader.search(&filtered(FacetKind::Kind, &["textbook"])).unwrap();
    let kinds = counts(&page, FacetKind::Kind);
    assert_eq!(kinds.iter().map(|it| it.1).collect::<Vec<_>>(), [1, 1, 1]);
    let levels = [("cycle-3", 1), ("6e", 1), ("cycle-4", 1), ("5e", 1)];
    assert_eq!(counts(&page, FacetKind::Level), levels);
    // The school's own subjects are told whole, whatever is chosen.
    let history = [
        ("histoire-geographie-citoyennete", 1),
        ("histoire-geographie", 1),
        ("histoire", 1),
        ("geographie", 1),
    ];
    assert_eq!(counts(&page, FacetKind::Subject), history);
    let open = filtered(FacetKind::Subject, &["histoire-geographie-citoyennete"]);
    let page = reader.search(&open).unwrap();
    let opened =
        [("sciences-et-mathematiques", 2), ("mathematiques", 2)].into_iter().chain(history);
    let opened: Vec<_> = opened.collect();
    assert_eq!(counts(&page, FacetKind::Subject), opened);
}

#[tokio::test]
async fn each_offer_says_why_it_was_found() {
    let models = told().await.read_models().await;
    let reader = models.at_end().await;
    let why = |text: &str| {
        let page = reader.search(&request(text)).unwrap();
        let hit = page.offers.into_iter().next().unwrap();
        hit.why.into_iter().map(|it| (it.word, it.place, it.by)).collect::<Vec<_>>()
    };
    let level = Place::Filed(FacetKind::Level, "6e".into());
    let told = why("fraction 6ème");
    assert_eq!(told[0], ("fraction".into(), Place::Title, By::Word));
    assert_eq!(told[1], ("6ème".into(), level, By::Word));
    assert_eq!(why("election")[0].1, Place::Description);
    assert_eq!(why("geomtrie")[0].2, By::Typo("géométrie".into()));
    assert_eq!(why("frac")[0].2, By::Beginning("fractions".into()));
    assert_eq!(why("exos géométrie")[0].2, By::Synonym("exercices".into()));
}

#[tokio::test]
async fn what_finds_nothing_is_corrected_or_helped() {
    let models = told().await.read_models().await;
    let reader = models.at_end().await;
    let page = reader.search(&request("géomtrie exercices")).unwrap();
    assert_eq!((page.count, page.corrected.as_deref()), (1, Some("géométrie exercices")));
    let page = reader.search(&request("atlas fractions")).unwrap();
    assert_eq!(page.count, 0);
    let help = page.help.unwrap();
    assert_eq!(help.without.len(), 2);
    assert!(help.without.iter().all(|it| matches!(&it.0, Relaxation::Word { .. })));
    assert!(!help.instead.is_empty());
    let narrow = SearchRequest { text: "fractions".into(), ..filtered(FacetKind::Level, &["cp"]) };
    let help = reader.search(&narrow).unwrap().help.unwrap();
    assert_eq!(help.without, [(Relaxation::Facet(FacetKind::Level), 1)]);
}

#[tokio::test]
async fn what_is_being_typed_is_completed() {
    let models = told().await.read_models().await;
    let reader = models.at_end().await;
    let suggested = |prefix: &str| -> Vec<String> {
        reader.suggest(prefix, 6).unwrap().into_iter().map(|it| it.text).collect()
    };
    assert_eq!(suggested("geom"), ["géométrie"]);
    assert!(suggested("math").contains(&"Mathématiques".to_owned()));
    assert!(suggested("exercices geo").contains(&"exercices géométrie".to_owned()));
    assert_eq!(suggested("zzz"), [""; 0]);
    assert_eq!(suggested(""), [""; 0]);
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
    assert_eq!(titles(&reader, &request("")), [""; 0]);
    assert_eq!(titles(&reader, &request("fractions")), [""; 0]);
    assert!(!reader.offer(fractions).unwrap().unwrap().on_sale);
    assert!(!reader.offer(offer_of(2, "Grand atlas")).unwrap().unwrap().on_sale);
    assert_eq!(reader.known_offers(partner(1)).unwrap().len(), 0);
    assert_eq!(reader.known_offers(partner(2)).unwrap().len(), 2);
    drop(reader);

    story.partner(partner(2), &PartnerCommand::Resume).await.unwrap();
    story.list(1, listing("Fractions au collège", 3_50)).await;
    let reader = models.at_end().await;
    assert_eq!(titles(&reader, &request("fractions")), ["Fractions au collège"]);
    assert_eq!(titles(&reader, &request("")).len(), 3);
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
    for text in ["", "fiche"] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let found = reader.search(&SearchRequest { after, ..request(text) }).unwrap();
            assert_eq!(found.count, 25);
            seen.extend(found.offers.into_iter().map(|it| it.offer.id));
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
