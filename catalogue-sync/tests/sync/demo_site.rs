//! What a partner sees of its catalogue, from one pass to the next.

use std::fmt::Write as _;

use catalogue_sync::changes::Shrunk;
use catalogue_sync::sync::{Outcome, SyncError};
use chrono::TimeDelta;
use fixtures::offers::beginning;
use fixtures::partners::{PARTNERS, Partner};
use ledger_core::money::Balance;
use ledger_core::offer::Vat;

use crate::world::{World, demo_site, source};

fn partner(slug: &str) -> &'static Partner {
    Partner::of_slug(slug).unwrap()
}

#[tokio::test]
async fn every_partners_catalogue_is_brought_in_and_the_report_names_what_is_not() {
    let (world, (_, base)) = (World::new(), demo_site().await);
    let (mut on_sale, mut reports) = (0, String::new());
    for partner in &PARTNERS {
        let report = world.sync(&source(partner, &base)).await.unwrap();
        writeln!(reports, "{report}").unwrap();
        on_sale += world.known(partner.id()).await.len();
    }
    assert_eq!(reports, include_str!("reports.txt"), "{reports}");
    assert_eq!(world.events().await, u64::try_from(on_sale).unwrap(), "one event each");
}

#[tokio::test]
async fn an_unchanged_feed_appends_nothing_and_its_refusals_are_told_again() {
    let (world, (_, base)) = (World::new(), demo_site().await);
    for partner in &PARTNERS {
        let source = source(partner, &base);
        let first = world.sync(&source).await.unwrap();
        let events = world.events().await;
        let again = world.sync(&source).await.unwrap();
        assert_eq!(again.outcome, Outcome::NotModified);
        assert_eq!(world.events().await, events);
        assert_eq!(again.refused, first.refused);
        assert_eq!(again.unchanged, first.published);
    }
}

#[tokio::test]
async fn a_feed_read_again_without_memory_appends_nothing() {
    let (world, (_, base)) = (World::new(), demo_site().await);
    for partner in &PARTNERS {
        let source = source(partner, &base);
        let first = world.sync(&source).await.unwrap();
        let events = world.events().await;
        world.forget_states();
        let again = world.sync(&source).await.unwrap();
        assert_eq!((again.outcome, again.unchanged), (Outcome::Full, first.published));
        assert_eq!(world.events().await, events);
    }
}

#[tokio::test]
async fn only_what_changed_is_pulled_and_appended() {
    let (world, (site, base)) = (World::new(), demo_site().await);
    let calculine = partner("calculine");
    let source = source(calculine, &base);
    world.sync(&source).await.unwrap();
    let events = world.events().await;

    let later = beginning() + TimeDelta::days(90);
    site.change(calculine, |shelf| {
        shelf.revise("cal-0001", later, |it| {
            it.price.amount = Balance::from_cents(12_00);
            it.price.vat = vec![Vat::within(12_00, 2000)];
        });
        shelf.withdraw("cal-0002", later);
        // The defect is mended.
        for item in &mut shelf.items {
            if item.listing.reference == "cal-0013" {
                item.defect = None;
                item.updated_at = later;
            }
        }
    });
    let report = world.sync(&source).await.unwrap();
    assert_eq!(report.outcome, Outcome::Changes);
    assert_eq!((report.published, report.revised, report.withdrawn), (1, 1, 1), "{report}");
    assert_eq!(world.events().await, events + 3);
    let refused: Vec<_> = report.refused.iter().filter_map(|it| it.reference.as_deref()).collect();
    assert_eq!(refused, ["cal-0026"], "the other one is told still, the mended one no longer");
    assert_eq!(report.position, Some(events + 3));
}

#[tokio::test]
async fn an_onix_file_is_compared_as_a_whole() {
    let (world, (site, base)) = (World::new(), demo_site().await);
    let preau = partner("editions-du-preau");
    let source = source(preau, &base);
    let first = world.sync(&source).await.unwrap();
    let later = beginning() + TimeDelta::days(90);
    site.change(preau, |shelf| {
        shelf.revise("edi-0001", later, |it| it.title = "Nouvelle édition".to_owned());
        shelf.withdraw("edi-0002", later);
        shelf.items.retain(|it| it.listing.reference != "edi-0003");
    });
    let report = world.sync(&source).await.unwrap();
    assert_eq!(report.outcome, Outcome::Full);
    assert_eq!((report.published, report.revised, report.withdrawn), (0, 1, 2), "{report}");
    assert_eq!(report.unchanged, first.published - 3);
}

#[tokio::test]
async fn an_offer_that_comes_back_is_published_again() {
    let (world, (site, base)) = (World::new(), demo_site().await);
    let calculine = partner("calculine");
    let source = source(calculine, &base);
    world.sync(&source).await.unwrap();
    let before = world.known(calculine.id()).await;
    let (_, shelf) = site.shelf("calculine").unwrap();
    let kept = shelf.item("cal-0002").unwrap().clone();
    let later = beginning() + TimeDelta::days(90);
    site.change(calculine, |shelf| shelf.withdraw("cal-0002", later));
    assert_eq!(world.sync(&source).await.unwrap().withdrawn, 1);
    site.change(calculine, |shelf| {
        shelf.gone.clear();
        let mut back = kept;
        back.updated_at = later;
        shelf.items.push(back);
    });
    let report = world.sync(&source).await.unwrap();
    assert_eq!((report.published, report.withdrawn), (1, 0), "{report}");
    assert_eq!(world.known(calculine.id()).await, before);
}

#[tokio::test]
async fn a_feed_that_shrinks_to_a_tenth_is_refused_whole_unless_an_operator_accepts_it() {
    let (mut world, (site, base)) = (World::new(), demo_site().await);
    let preau = partner("editions-du-preau");
    let source = source(preau, &base);
    world.sync(&source).await.unwrap();
    let (events, known) = (world.events().await, world.known(preau.id()).await.len());
    site.change(preau, |shelf| {
        shelf.gone.clear();
        shelf.items.truncate(5);
    });
    let refused = world.sync(&source).await;
    assert_eq!(refused, Err(SyncError::Shrunk(Shrunk::ToATenth { named: 5, known })));
    site.change(preau, |shelf| shelf.items.clear());
    let refused = world.sync(&source).await;
    assert_eq!(refused, Err(SyncError::Shrunk(Shrunk::Empty { known })));
    assert_eq!(world.events().await, events, "nothing is changed");

    world.pass.accept_shrunk = true;
    assert_eq!(world.sync(&source).await.unwrap().withdrawn, known);
    assert!(world.known(preau.id()).await.is_empty());
}

#[tokio::test]
async fn a_whole_feed_is_read_again_the_next_day() {
    let (mut world, (site, base)) = (World::new(), demo_site().await);
    let calculine = partner("calculine");
    let source = source(calculine, &base);
    world.sync(&source).await.unwrap();
    // A partner that forgets a tombstone: the news alone would never tell.
    site.change(calculine, |shelf| shelf.items.retain(|it| it.listing.reference != "cal-0002"));
    assert_eq!(world.sync(&source).await.unwrap().withdrawn, 0);
    site.change(calculine, |shelf| {
        shelf.revise("cal-0003", beginning(), |it| it.title = "Autre titre".to_owned());
    });
    world.pass.today = "2026-09-02".parse().unwrap();
    let report = world.sync(&source).await.unwrap();
    assert_eq!((report.outcome, report.withdrawn), (Outcome::Full, 1), "{report}");
}

#[tokio::test]
async fn an_onix_file_is_read_again_the_next_day_since_its_prices_have_dates() {
    let (mut world, (_, base)) = (World::new(), demo_site().await);
    let source = source(partner("editions-du-preau"), &base);
    let first = world.sync(&source).await.unwrap();
    let events = world.events().await;
    world.pass.today = "2026-09-02".parse().unwrap();
    let report = world.sync(&source).await.unwrap();
    assert_eq!((report.outcome, report.unchanged), (Outcome::Full, first.published));
    assert_eq!(world.sync(&source).await.unwrap().outcome, Outcome::NotModified);
    assert_eq!(world.events().await, events);
}

#[tokio::test]
async fn what_another_partner_sells_is_left_alone() {
    let (world, (site, base)) = (World::new(), demo_site().await);
    let (calculine, radeau) = (partner("calculine"), partner("studio-radeau"));
    world.sync(&source(calculine, &base)).await.unwrap();
    world.sync(&source(radeau, &base)).await.unwrap();
    let before = world.known(calculine.id()).await;
    let later = beginning() + TimeDelta::days(90);
    site.change(radeau, |shelf| shelf.withdraw("stu-0001", later));
    world.sync(&source(radeau, &base)).await.unwrap();
    assert_eq!(world.known(calculine.id()).await, before);
}
