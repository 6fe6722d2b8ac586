//! The demo partners' catalogues come out of either format as they went in.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use catalogue_sync::changes::change;
use catalogue_sync::feed::{Context, Extent, Feed, Format};
use catalogue_sync::known;
use catalogue_sync::vocabularies::Vocabularies;
use fixtures::partners::PARTNERS;
use fixtures::shelf::Shelf;
use fixtures::year::{self, Setting};
use fixtures::{csv_table, json_feed, onix};
use ledger_core::event_log::Memory;
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::offer::Listing;

const BASE: &str = "http://127.0.0.1:8091";

fn feed(format: Format, text: &str) -> Feed {
    let context = Context {
        today: "2026-09-01".parse().unwrap(),
        extent: Extent::Full,
        vocabularies: &Vocabularies::built_in(),
    };
    Feed::of(format, text.as_bytes(), &context).unwrap()
}

/// What should come out: every offer but those that are wrong, and one that stands twice once.
fn expected(shelf: &Shelf) -> BTreeMap<&str, &Listing> {
    let good = shelf.items.iter().filter(|it| it.defect.is_none_or(|it| it.rule() == "duplicate"));
    good.map(|it| (it.listing.reference.as_str(), &it.listing)).collect()
}

fn refused_as_they_should(shelf: &Shelf, feed: &Feed, missing_price: &str) {
    let mut expected: Vec<(&str, &str)> = shelf
        .items
        .iter()
        .filter_map(|it| Some((it.listing.reference.as_str(), it.defect?.rule())))
        .map(|(reference, rule)| (reference, if rule == "no-price" { missing_price } else { rule }))
        .collect();
    let mut found: Vec<(&str, &str)> = feed
        .refused
        .iter()
        .map(|it| (it.reference.as_deref().unwrap(), it.reasons[0].rule.slug()))
        .collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn a_catalogue_comes_out_of_the_json_feed_as_it_went_in() {
    for partner in PARTNERS.iter().filter(|it| it.format == Format::Json) {
        let shelf = Shelf::of(partner, BASE);
        let feed = feed(Format::Json, &json_feed::page(&shelf, 0, usize::MAX, None).to_string());
        let found = feed.offers.iter().map(|it| (it.reference.as_str(), it)).collect();
        assert_eq!(expected(&shelf), found, "{}", partner.slug);
        refused_as_they_should(&shelf, &feed, "field-missing");
        assert_eq!(feed.withdrawn.len(), 1);
        assert_eq!(feed.remarks, []);
    }
}

#[test]
fn a_catalogue_comes_out_of_the_onix_feed_as_it_went_in() {
    for partner in PARTNERS.iter().filter(|it| it.format == Format::Onix) {
        let shelf = Shelf::of(partner, BASE);
        let feed = feed(Format::Onix, &onix::message(partner, &shelf));
        let found = feed.offers.iter().map(|it| (it.reference.as_str(), it)).collect();
        assert_eq!(expected(&shelf), found, "{}", partner.slug);
        refused_as_they_should(&shelf, &feed, "no-price");
        assert_eq!(feed.withdrawn.len(), 1);
        assert_eq!(feed.remarks, []);
    }
}

#[test]
fn a_catalogue_comes_out_of_its_table_as_it_went_in() {
    for partner in PARTNERS.iter().filter(|it| it.format == Format::Csv) {
        let shelf = Shelf::of(partner, BASE);
        let feed = feed(Format::Csv, &csv_table::table(&shelf));
        let found = feed.offers.iter().map(|it| (it.reference.as_str(), it)).collect();
        assert_eq!(expected(&shelf), found, "{}", partner.slug);
        refused_as_they_should(&shelf, &feed, "field-missing");
        assert_eq!(feed.withdrawn.len(), 1);
        assert_eq!(feed.remarks, []);
    }
}

#[tokio::test]
async fn the_feeds_of_the_demo_change_nothing_of_what_its_school_year_sells() {
    let ledger = Ledger::new(Memory::new().into(), CacheSizes::default());
    let today = "2026-11-22".parse().unwrap();
    year::tell(&ledger, &Setting { today, base: BASE.to_owned(), pseudonyms: [7; 32] })
        .await
        .unwrap();
    let known = known::from_log(ledger.log()).await.unwrap();
    for partner in &PARTNERS {
        let shelf = Shelf::of(partner, BASE);
        let feed = match partner.format {
            Format::Json => {
                feed(Format::Json, &json_feed::page(&shelf, 0, usize::MAX, None).to_string())
            }
            Format::Onix => feed(Format::Onix, &onix::message(partner, &shelf)),
            Format::Csv => feed(Format::Csv, &csv_table::table(&shelf)),
            other @ (Format::Oai | Format::Gar) => unreachable!("no demo partner writes {other:?}"),
        };
        let on_sale = &known[&partner.id()].on_sale;
        assert_eq!(on_sale.len(), feed.offers.len(), "{}", partner.slug);
        let changes = feed.offers.into_iter().filter_map(|it| change(on_sale, it));
        assert_eq!(changes.count(), 0, "{}", partner.slug);
    }
}
