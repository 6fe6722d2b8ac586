//! Harvests of a repository of notices, which behaves or not: nothing is lost, nothing told twice.

use std::collections::BTreeMap;

use catalogue_sync::feed::{Extent, Format};
use catalogue_sync::sync::{FeedSource, Outcome, Report, Source};
use chrono::TimeDelta;
use fixtures::notice_repository::{Deletions, Entry, Fault, NoticeRepository};
use ledger_core::ids::PartnerId;
use uuid::Uuid;

use crate::world::{World, outcome};

/// A partner with these feeds, by their format and address.
pub fn partner(feeds: &[(Format, &str)]) -> Source {
    let feeds = feeds.iter().map(|(format, url)| FeedSource {
        url: url.parse().unwrap(),
        format: *format,
        extent: Extent::Full,
    });
    Source {
        partner: PartnerId(Uuid::from_u128(8)),
        name: "Dépôt".to_owned(),
        feeds: feeds.collect(),
    }
}

/// A repository of `count` notices, and a world that harvests it.
async fn harvested(count: u32) -> (World, NoticeRepository, Source) {
    let repository = NoticeRepository::of(count);
    let source = partner(&[(Format::Oai, &repository.start().await.unwrap())]);
    (World::new(), repository, source)
}

/// The resources that the repository gives away, by the name of each: what is to be on sale.
pub fn free(repository: &NoticeRepository) -> BTreeMap<String, String> {
    let free = |it: &&Entry| it.free && !it.deleted;
    repository.with(|it| {
        it.entries.values().filter(free).map(|it| (it.identifier(), it.title())).collect()
    })
}

async fn titles(world: &World, source: &Source) -> BTreeMap<String, String> {
    let listings = world.listings(source.partner).await;
    listings.into_iter().map(|it| (it.reference.to_string(), it.title)).collect()
}

fn failure(report: &Report) -> &str {
    let Outcome::Failed { reason } = outcome(report) else { panic!("was read: {report}") };
    reason
}

#[tokio::test]
async fn a_repository_is_read_whole_then_only_its_news() {
    let (mut world, repository, source) = harvested(25).await;
    let report = world.sync(&source).await;
    assert_eq!((outcome(&report), report.feeds[0].named), (&Outcome::Full, 25), "{report}");
    assert_eq!((report.published, report.waiting, report.refused()), (12, 13, 0));
    assert_eq!(titles(&world, &source).await, free(&repository));
    let asked = repository.asked();
    assert_eq!(asked.len(), 4, "what it is, and three pages: {asked:?}");
    assert!(asked[1].contains("metadataPrefix=lom") && !asked[1].contains("from"), "{asked:?}");

    world.wait(TimeDelta::hours(1));
    repository.wait(TimeDelta::hours(1));
    let events = world.events().await;
    assert_eq!(*outcome(&world.sync(&source).await), Outcome::NotModified);
    assert_eq!(
        repository.asked(),
        ["from=2026-09-01T00:55:00Z&metadataPrefix=lom&verb=ListRecords"]
    );
    assert_eq!(world.all_events().await.len(), events + 1, "its first report, and no other");

    repository.wait(TimeDelta::hours(1));
    repository.revise(2);
    repository.delete(4);
    repository.revise(26);
    repository.with(|it| it.entries.get_mut(&3).unwrap().stamp = it.clock);
    world.wait(TimeDelta::hours(1));
    let report = world.sync(&source).await;
    assert_eq!((outcome(&report), report.feeds[0].named), (&Outcome::Changes, 4), "{report}");
    assert_eq!((report.published, report.revised, report.withdrawn), (1, 1, 1), "{report}");
    assert_eq!(titles(&world, &source).await, free(&repository));
    assert_eq!(repository.asked().len(), 1);
}

#[tokio::test]
async fn what_overlaps_and_is_as_before_is_not_compared_again() {
    let (mut world, repository, source) = harvested(25).await;
    repository.with(|it| it.seconds = false);
    world.sync(&source).await;
    let events = world.all_events().await.len();
    for _ in 0..3 {
        world.wait(TimeDelta::hours(1));
        repository.wait(TimeDelta::hours(1));
        let report = world.sync(&source).await;
        assert_eq!(outcome(&report), &Outcome::Changes, "by the day, all of today overlaps");
        assert_eq!(report.unchanged, 12);
    }
    assert_eq!(world.all_events().await.len(), events);
}

#[tokio::test]
async fn a_broken_list_goes_on_at_the_same_page_without_gap_or_double() {
    for fault in [Fault::CutOff, Fault::Busy(3_600), Fault::BusyUntilADate] {
        let (mut world, repository, source) = harvested(45).await;
        repository.misbehave(fault.after(2));
        let report = world.sync(&source).await;
        let reason = failure(&report);
        assert!(reason.contains("resumptionToken="), "{reason}");
        let asked = repository.asked();
        let broken = asked.last().unwrap().clone();
        assert!(broken.contains("resumptionToken=20|2|"), "{broken}");
        repository.misbehave(None);
        world.pass.insist = true;
        let report = world.sync(&source).await;
        assert_eq!((outcome(&report), report.feeds[0].named), (&Outcome::Full, 45), "{report}");
        let asked = repository.asked();
        assert_eq!(asked.len(), 3, "the pages that were left: {asked:?}");
        assert_eq!(asked[0], broken);
        assert_eq!(titles(&world, &source).await, free(&repository));
        assert_eq!(world.events().await, free(&repository).len(), "each told once");
    }
}

#[tokio::test]
async fn a_site_that_asks_for_time_in_the_middle_of_a_list_gets_it() {
    let (mut world, repository, source) = harvested(45).await;
    repository.misbehave(Fault::Busy(3_600).once_after(2));
    world.sync(&source).await;
    repository.asked();
    world.wait(TimeDelta::minutes(59));
    assert!(matches!(outcome(&world.sync(&source).await), Outcome::Left { .. }));
    assert_eq!(repository.asked().len(), 0);
    world.wait(TimeDelta::minutes(2));
    assert_eq!(*outcome(&world.sync(&source).await), Outcome::Full);
    assert_eq!(repository.asked().len(), 3);
}

#[tokio::test]
async fn a_short_trouble_is_waited_for_within_the_pass() {
    for fault in [Fault::Busy(0), Fault::CutOff, Fault::Drips] {
        let (world, repository, source) = harvested(45).await;
        repository.misbehave(fault.once_after(2));
        let report = world.sync(&source).await;
        assert_eq!((outcome(&report), report.feeds[0].named), (&Outcome::Full, 45), "{report}");
        assert_eq!(titles(&world, &source).await, free(&repository));
    }
}

#[tokio::test]
async fn a_list_whose_token_is_forgotten_is_begun_again() {
    let (world, repository, source) = harvested(45).await;
    repository.misbehave(Fault::TokenForgotten.once_after(2));
    let report = world.sync(&source).await;
    assert_eq!((outcome(&report), report.feeds[0].named), (&Outcome::Full, 45), "{report}");
    assert_eq!(repository.asked().len(), 1 + 3 + 5);
    assert_eq!(titles(&world, &source).await, free(&repository));

    // Between two passes too.
    let (mut world, repository, source) = harvested(45).await;
    repository.misbehave(Fault::CutOff.after(2));
    world.sync(&source).await;
    repository.misbehave(Fault::TokenForgotten.once_after(0));
    world.pass.insist = true;
    let report = world.sync(&source).await;
    assert_eq!((outcome(&report), report.feeds[0].named), (&Outcome::Full, 45), "{report}");
    assert_eq!(titles(&world, &source).await, free(&repository));
}

#[tokio::test]
async fn lists_without_end_are_told_and_the_next_pass_begins_afresh() {
    for (fault, said) in [
        (Fault::TokenLoop, "leads to a page that was read already"),
        (Fault::EmptyPages, "1000 empty pages in a row"),
        (Fault::TokenForgotten, "changed while it was read, 3 times"),
    ] {
        let (world, repository, source) = harvested(45).await;
        repository.misbehave(fault.after(1));
        let report = world.sync(&source).await;
        assert!(failure(&report).contains(said), "{report}");
        assert_eq!(report.withdrawn, 0);
        repository.misbehave(None);
        repository.asked();
        let report = world.sync(&source).await;
        assert_eq!((outcome(&report), report.feeds[0].named), (&Outcome::Full, 45), "{report}");
        assert_eq!(repository.asked().len(), 6, "from its beginning");
        assert_eq!(titles(&world, &source).await, free(&repository));
    }
}

#[tokio::test]
async fn a_page_that_cannot_be_read_gets_a_clear_word_and_changes_nothing() {
    for (fault, said) in [
        (Fault::GzipBomb, "the answer is over 1048576 bytes"),
        (Fault::HugePage, "the answer is over 1048576 bytes"),
        (Fault::WrongCharset, "not UTF-8"),
        (Fault::ErrorPage, "the answer is text/html, expected application/xml"),
        (Fault::Redirects, "redirects to http://127.0.0.2:1/oai"),
    ] {
        let (mut world, repository, source) = harvested(25).await;
        world.sync(&source).await;
        let events = world.events().await;
        repository.wait(TimeDelta::days(31));
        world.wait(TimeDelta::days(31));
        repository.revise(2);
        repository.misbehave(fault.after(1));
        let report = world.sync(&source).await;
        assert!(failure(&report).contains(said), "{said}: {report}");
        assert_eq!((report.published, report.withdrawn), (0, 0), "{report}");
        assert!(world.events().await <= events + 1, "no more than the first page told");
        repository.misbehave(None);
        world.pass.insist = true;
        assert_eq!(*outcome(&world.sync(&source).await), Outcome::Full);
        assert_eq!(titles(&world, &source).await, free(&repository));
    }
}

#[tokio::test]
async fn identifiers_beyond_any_measure_are_refused_one_by_one() {
    let (world, repository, source) = harvested(8).await;
    repository.misbehave(Fault::LongIdentifiers.always());
    let report = world.sync(&source).await;
    assert_eq!((outcome(&report), report.refused()), (&Outcome::Full, 8), "{report}");
    assert!(report.to_string().len() < 4_000, "{report}");
}

#[tokio::test]
async fn a_clock_that_goes_back_has_the_whole_list_read_again() {
    let (mut world, repository, source) = harvested(25).await;
    world.sync(&source).await;
    repository.wait(TimeDelta::days(-3));
    repository.revise(2);
    repository.with(|it| it.entries.remove(&4));
    world.wait(TimeDelta::hours(1));
    repository.asked();
    let report = world.sync(&source).await;
    assert_eq!((outcome(&report), report.feeds[0].named), (&Outcome::Full, 24), "{report}");
    assert_eq!(titles(&world, &source).await, free(&repository));

    // Even if the pass is broken off as soon as it is known.
    repository.wait(TimeDelta::days(-3));
    repository.revise(6);
    repository.misbehave(Fault::CutOff.after(1));
    world.sync(&source).await;
    repository.misbehave(None);
    repository.wait(TimeDelta::days(9));
    world.wait(TimeDelta::hours(30));
    world.pass.insist = true;
    assert_eq!(*outcome(&world.sync(&source).await), Outcome::Full);
    assert_eq!(titles(&world, &source).await, free(&repository));
}

#[tokio::test]
async fn a_repository_that_refuses_a_date_is_read_whole() {
    let (mut world, repository, source) = harvested(25).await;
    world.sync(&source).await;
    repository.misbehave(Fault::FromRefused.always());
    world.wait(TimeDelta::hours(1));
    let report = world.sync(&source).await;
    assert_eq!((outcome(&report), report.feeds[0].named), (&Outcome::Full, 25), "{report}");
}

#[tokio::test]
async fn it_is_read_whole_daily_unless_it_tells_what_it_deletes_then_monthly() {
    for (deletions, days) in
        [(Deletions::No, 1), (Deletions::Transient, 1), (Deletions::Persistent, 30)]
    {
        let (mut world, repository, source) = harvested(25).await;
        repository.with(|it| it.deletions = deletions);
        world.sync(&source).await;
        repository.with(|it| it.entries.remove(&4));
        let mut waited = 0;
        loop {
            world.wait(TimeDelta::days(1));
            repository.wait(TimeDelta::days(1));
            waited += 1;
            let report = world.sync(&source).await;
            if *outcome(&report) == Outcome::Full {
                assert_eq!((waited, report.withdrawn), (days, 1), "{deletions:?}: {report}");
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_repository_without_notices_of_ours_is_read_in_dublin_core() {
    let (mut world, repository, source) = harvested(25).await;
    repository.with(|it| it.lom = false);
    let report = world.sync(&source).await;
    assert_eq!((outcome(&report), report.feeds[0].named), (&Outcome::Full, 25), "{report}");
    assert_eq!((report.published, report.waiting), (0, 25), "nothing tells that it is free");
    let asked = repository.asked();
    assert!(asked[1].contains("metadataPrefix=lom") && asked[2].contains("metadataPrefix=oai_dc"));
    world.wait(TimeDelta::hours(1));
    world.sync(&source).await;
    assert_eq!(repository.asked().len(), 1, "it is remembered");
}

#[tokio::test]
async fn sets_are_those_of_its_address() {
    let repository = NoticeRepository::of(25);
    let base = repository.start().await.unwrap();
    let source = partner(&[(Format::Oai, &format!("{base}?set=payant"))]);
    let report = World::new().sync(&source).await;
    assert_eq!((report.feeds[0].named, report.published, report.waiting), (13, 0, 13), "{report}");
}

#[tokio::test]
async fn odd_lists_come_to_the_same() {
    for fault in [Fault::FromIgnored, Fault::UntilMisapplied, Fault::PagesOverlap] {
        let (mut world, repository, source) = harvested(45).await;
        repository.misbehave(fault.always());
        for hours in 0..4 {
            if hours > 0 {
                repository.revise(2 * hours);
                repository.delete(20 + 2 * hours);
                repository.with(|it| {
                    it.entries.get_mut(&30).unwrap().stamp = it.clock + TimeDelta::days(400);
                });
            }
            world.sync(&source).await;
            repository.wait(TimeDelta::hours(2));
            world.wait(TimeDelta::hours(2));
        }
        assert_eq!(titles(&world, &source).await, free(&repository), "{fault:?}");
        assert_eq!(world.events().await, 22 + 6, "{fault:?}");
    }
}
