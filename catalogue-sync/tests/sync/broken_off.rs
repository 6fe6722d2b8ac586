//! Passes that stop anywhere: the next one makes the catalogue what it would have been.

use std::time::Duration;

use catalogue_sync::feed::Format;
use catalogue_sync::sync::Source;
use chrono::TimeDelta;
use fixtures::notice_repository::beside::{By, offer, offers};
use fixtures::notice_repository::{Entry, Fault, NoticeRepository, beginning};
use fixtures::text_site::TextSite;
use ledger_core::offer::Listing;

use crate::repository::partner;
use crate::world::World;

/// Forty-five notices, and offers for five of them.
async fn feeds() -> (NoticeRepository, Source) {
    let (repository, site) = (NoticeRepository::of(45), TextSite::default());
    let (oai, base) = (repository.start().await.unwrap(), site.start().await.unwrap());
    let sold: Vec<_> = (1..=5).map(|it| offer(&Entry::new(it, beginning()), By::Ark)).collect();
    site.put("/offers.json", offers(&sold));
    let json = format!("{base}/offers.json");
    (repository, partner(&[(Format::Json, &json), (Format::Oai, &oai)]))
}

/// An hour passes, and much changes.
fn change(world: &mut World, repository: &NoticeRepository) {
    world.wait(TimeDelta::hours(1));
    repository.wait(TimeDelta::hours(1));
    (1..=30).for_each(|it| repository.revise(it));
    (20..=24).for_each(|it| repository.delete(it));
    repository.revise(46);
}

/// What one undisturbed pass, then another after the change, come to.
async fn undisturbed() -> [(Vec<Listing>, usize); 2] {
    let (mut world, (repository, source)) = (World::new(), feeds().await);
    world.sync(&source).await;
    let first = (world.listings(source.partner).await, world.events().await);
    change(&mut world, &repository);
    world.sync(&source).await;
    [first, (world.listings(source.partner).await, world.events().await)]
}

#[tokio::test]
async fn a_pass_stopped_at_any_request_is_made_good_by_the_next() {
    let expected = undisturbed().await;
    for page in 0..5 {
        let (mut world, (repository, source)) = (World::new(), feeds().await);
        for expected in &expected {
            repository.misbehave(Fault::Silent.once_after(page));
            let broken = world.sync_until(&source, repository.misbehaved()).await;
            repository.misbehave(None);
            assert!(broken || page > 3, "{page}");
            world.sync(&source).await;
            let got = (world.listings(source.partner).await, world.events().await);
            assert_eq!(got, *expected, "page {page}");
            change(&mut world, &repository);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_stopped_at_any_moment_is_made_good_by_the_next() {
    let expected = undisturbed().await;
    let mut stopped = 0;
    for moment in (0..80).step_by(4) {
        let (mut world, (repository, source)) = (World::new(), feeds().await);
        for expected in &expected {
            let wait = tokio::time::sleep(Duration::from_millis(moment));
            stopped += usize::from(world.sync_until(&source, wait).await);
            // A process that dies takes its threads with it; here they end by themselves.
            tokio::time::sleep(Duration::from_millis(100)).await;
            world.sync(&source).await;
            let got = (world.listings(source.partner).await, world.events().await);
            assert_eq!(got, *expected, "after {moment} ms");
            change(&mut world, &repository);
        }
    }
    assert!(stopped > 5, "{stopped}");
}
