//! What a partner sees of its catalogue, from one pass to the next.

use std::fmt::Write as _;

use catalogue_sync::sync::Outcome;
use chrono::TimeDelta;
use fixtures::offers::beginning;
use fixtures::partners::{PARTNERS, Partner};
use ledger_core::harvest::{Harvest, HarvestCommand, HoldLifted};
use ledger_core::ids::HarvestId;
use ledger_core::meta::{Actor, Role};
use ledger_core::money::Balance;
use ledger_core::offer::Vat;
use ledger_core::partner::FeedFormat;

use crate::world::{World, demo_site, outcome, source};

fn partner(slug: &str) -> &'static Partner {
    Partner::of_slug(slug).unwrap()
}

#[tokio::test]
async fn every_partners_catalogue_is_brought_in_and_the_report_names_what_is_not() {
    let (world, (_, base)) = (World::new(), demo_site().await);
    let (mut on_sale, mut reports) = (0, String::new());
    for partner in &PARTNERS {
        let report = world.sync(&source(partner, &base)).await;
        writeln!(reports, "{report}").unwrap();
        on_sale += world.known(partner.id()).await.len();
    }
    assert_eq!(reports, include_str!("reports.txt"), "{reports}");
    assert_eq!(world.events().await, on_sale, "one event each");
}

#[tokio::test]
async fn an_unchanged_feed_appends_nothing_and_its_refusals_are_told_again() {
    let (world, (_, base)) = (World::new(), demo_site().await);
    for partner in &PARTNERS {
        let source = source(partner, &base);
        let first = world.sync(&source).await;
        let events = world.events().await;
        let again = world.sync(&source).await;
        assert_eq!(*outcome(&again), Outcome::NotModified);
        assert_eq!(world.events().await, events);
        assert_eq!(again.feeds[0].findings, first.feeds[0].findings);
        assert_eq!(again.unchanged, first.published);
    }
}

#[tokio::test]
async fn a_feed_read_again_without_memory_appends_nothing() {
    let (world, (_, base)) = (World::new(), demo_site().await);
    for partner in &PARTNERS {
        let source = source(partner, &base);
        let first = world.sync(&source).await;
        let events = world.events().await;
        world.forget_states();
        let again = world.sync(&source).await;
        assert_eq!((outcome(&again), again.unchanged), (&Outcome::Full, first.published));
        assert_eq!(world.events().await, events);
    }
}

#[tokio::test]
async fn only_what_changed_is_pulled_and_appended() {
    let (world, (site, base)) = (World::new(), demo_site().await);
    let calculine = partner("calculine");
    let source = source(calculine, &base);
    world.sync(&source).await;
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
    let report = world.sync(&source).await;
    assert_eq!(*outcome(&report), Outcome::Changes);
    assert_eq!((report.published, report.revised, report.withdrawn), (1, 1, 1), "{report}");
    assert_eq!(world.events().await, events + 3);
    let refused: Vec<_> =
        report.feeds[0].refusals().iter().filter_map(|it| it.reference.as_deref()).collect();
    assert_eq!(refused, ["cal-0026"], "the other one is told still, the mended one no longer");
}

#[tokio::test]
async fn an_onix_file_is_compared_as_a_whole() {
    let (world, (site, base)) = (World::new(), demo_site().await);
    let preau = partner("editions-du-preau");
    let source = source(preau, &base);
    let first = world.sync(&source).await;
    let later = beginning() + TimeDelta::days(90);
    site.change(preau, |shelf| {
        shelf.revise("edi-0001", later, |it| it.title = "Nouvelle édition".to_owned());
        shelf.withdraw("edi-0002", later);
        shelf.items.retain(|it| it.listing.reference != "edi-0003");
    });
    let report = world.sync(&source).await;
    assert_eq!(*outcome(&report), Outcome::Full);
    assert_eq!((report.published, report.revised, report.withdrawn), (0, 1, 2), "{report}");
    assert_eq!(report.unchanged, first.published - 3);
}

#[tokio::test]
async fn an_offer_that_comes_back_is_published_again() {
    let (world, (site, base)) = (World::new(), demo_site().await);
    let calculine = partner("calculine");
    let source = source(calculine, &base);
    world.sync(&source).await;
    let before = world.known(calculine.id()).await;
    let (_, shelf) = site.shelf("calculine").unwrap();
    let kept = shelf.item("cal-0002").unwrap().clone();
    let later = beginning() + TimeDelta::days(90);
    site.change(calculine, |shelf| shelf.withdraw("cal-0002", later));
    assert_eq!(world.sync(&source).await.withdrawn, 1);
    site.change(calculine, |shelf| {
        shelf.gone.clear();
        let mut back = kept;
        back.updated_at = later;
        shelf.items.push(back);
    });
    let report = world.sync(&source).await;
    assert_eq!((report.published, report.withdrawn), (1, 0), "{report}");
    assert_eq!(world.known(calculine.id()).await, before);
}

#[tokio::test]
async fn a_feed_that_shrinks_to_a_tenth_is_held_unless_an_operator_accepts_it() {
    let (mut world, (site, base)) = (World::new(), demo_site().await);
    let preau = partner("editions-du-preau");
    let source = source(preau, &base);
    world.sync(&source).await;
    let (events, known) = (world.events().await, world.known(preau.id()).await.len());
    site.change(preau, |shelf| {
        shelf.gone.clear();
        shelf.items.truncate(5);
    });
    let held = world.sync(&source).await;
    assert_eq!(*outcome(&held), Outcome::Held { known, named: 5 });
    assert_eq!(*outcome(&world.sync(&source).await), Outcome::Held { known, named: 5 }, "still");
    site.change(preau, |shelf| shelf.items.clear());
    let held = world.sync(&source).await;
    assert_eq!(*outcome(&held), Outcome::Held { known, named: 0 });
    assert_eq!(world.events().await, events, "nothing is changed");

    world.pass.accept_shrunk = true;
    assert_eq!(world.sync(&source).await.withdrawn, known);
    assert!(world.known(preau.id()).await.is_empty());
}

#[tokio::test]
async fn a_whole_feed_is_read_again_the_next_day() {
    let (mut world, (site, base)) = (World::new(), demo_site().await);
    let calculine = partner("calculine");
    let source = source(calculine, &base);
    world.sync(&source).await;
    // A partner that forgets a tombstone: the news alone would never tell.
    site.change(calculine, |shelf| shelf.items.retain(|it| it.listing.reference != "cal-0002"));
    assert_eq!(world.sync(&source).await.withdrawn, 0);
    site.change(calculine, |shelf| {
        shelf.revise("cal-0003", beginning(), |it| it.title = "Autre titre".to_owned());
    });
    world.pass.today = "2026-09-02".parse().unwrap();
    let report = world.sync(&source).await;
    assert_eq!((outcome(&report), report.withdrawn), (&Outcome::Full, 1), "{report}");
}

#[tokio::test]
async fn an_onix_file_is_read_again_the_next_day_since_its_prices_have_dates() {
    let (mut world, (_, base)) = (World::new(), demo_site().await);
    let source = source(partner("editions-du-preau"), &base);
    let first = world.sync(&source).await;
    let events = world.events().await;
    world.pass.today = "2026-09-02".parse().unwrap();
    let report = world.sync(&source).await;
    assert_eq!((outcome(&report), report.unchanged), (&Outcome::Full, first.published));
    assert_eq!(*outcome(&world.sync(&source).await), Outcome::NotModified);
    assert_eq!(world.events().await, events);
}

#[tokio::test]
async fn what_another_partner_sells_is_left_alone() {
    let (world, (site, base)) = (World::new(), demo_site().await);
    let (calculine, radeau) = (partner("calculine"), partner("studio-radeau"));
    world.sync(&source(calculine, &base)).await;
    world.sync(&source(radeau, &base)).await;
    let before = world.known(calculine.id()).await;
    let later = beginning() + TimeDelta::days(90);
    site.change(radeau, |shelf| shelf.withdraw("stu-0001", later));
    world.sync(&source(radeau, &base)).await;
    assert_eq!(world.known(calculine.id()).await, before);
}

#[tokio::test]
async fn a_held_feed_is_applied_once_an_officer_lets_it_through() {
    let (world, (site, base)) = (World::new(), demo_site().await);
    let preau = partner("editions-du-preau");
    let source = source(preau, &base);
    world.sync(&source).await;
    site.change(preau, |shelf| {
        shelf.gone.clear();
        shelf.items.truncate(5);
    });
    let held = world.sync(&source).await;
    assert!(matches!(outcome(&held), Outcome::Held { named: 5, .. }), "{held}");
    let lift = HarvestCommand::Lift(HoldLifted {
        format: FeedFormat::Onix,
        reason: "Fonds cédé".into(),
        by: Actor { role: Role::AuthorisingOfficer, id: uuid::Uuid::from_u128(3) },
    });
    let harvest = HarvestId::of(preau.id());
    world.ledger.execute::<Harvest>(harvest, &lift, world.pass.meta).await.unwrap();
    let applied = world.sync(&source).await;
    assert_eq!(*outcome(&applied), Outcome::Full);
    assert_eq!(world.known(preau.id()).await.len(), 5, "{applied}");
    let again = world.sync(&source).await;
    assert_eq!(*outcome(&again), Outcome::NotModified);
}
