//! Sites that are busy, gone, lying, endless: each gets a clear word, and none changes anything.

use std::time::Duration;

use catalogue_sync::fetch::Limits;
use catalogue_sync::sync::Outcome;
use chrono::TimeDelta;
use fixtures::misbehaving_site::MisbehavingSite;

use crate::world::{LIMITS, World, json_at, outcome};

/// What is said of the feed at `path`, without the address of the site.
async fn said(world: &World, base: &str, path: &str) -> String {
    let report = world.sync(&json_at(&format!("{base}{path}"))).await;
    let Outcome::Failed { reason } = outcome(&report) else { panic!("{path} was read: {report}") };
    reason.replace(base, "")
}

#[tokio::test]
async fn a_site_that_misbehaves_gets_a_clear_word_and_changes_nothing() {
    let (world, (_, base)) = (World::new(), MisbehavingSite::start().await.unwrap());
    for (path, expected) in [
        ("/busy", "/busy answered 503"),
        (
            "/come-back-tomorrow",
            "/come-back-tomorrow answered 429 and asks to come back in 86400 s",
        ),
        (
            "/come-back-on-a-date",
            "/come-back-on-a-date answered 503 and asks to come back in 7200 s",
        ),
        ("/forbidden", "/forbidden answered 403"),
        (
            "/moved-away",
            "/moved-away redirects to https://ailleurs.example/: only redirections within the \
             same host are followed",
        ),
        (
            "/circle",
            "/circle redirects to /circle: only redirections within the same host are followed",
        ),
        ("/html", "/html: the answer is text/html, expected application/json"),
        ("/brotli", "/brotli: the answer is compressed with br, expected gzip, or none"),
        ("/bomb", "/bomb: the answer is over 1048576 bytes"),
        ("/endless", "/endless: the answer is over 1048576 bytes"),
        ("/same-page", "/same-page: page 2 leads to a page that was read already, or over 100000"),
        ("/never-still", "/never-still changed while it was read, 3 times"),
        (
            "/json/latin1.json",
            "/json/latin1.json: not text: byte 158 is not UTF-8, which JSON must be (RFC 8259)",
        ),
    ] {
        assert_eq!(said(&world, &base, path).await, expected);
    }
    for path in ["/cut-off", "/not-gzip"] {
        let said = said(&world, &base, path).await;
        let expected = "the answer was cut off or is wrongly compressed";
        assert!(said.starts_with(&format!("{path}: {expected}")), "{said}");
    }
    assert_eq!(world.events().await, 0);
}

#[tokio::test]
async fn a_silent_site_is_not_waited_for() {
    let limits = Limits { silence: Duration::from_millis(50), attempts_max: 2, ..LIMITS };
    let (world, (site, base)) = (World::within(limits), MisbehavingSite::start().await.unwrap());
    assert_eq!(said(&world, &base, "/silent").await, "/silent did not answer in time");
    assert_eq!(site.asked("/silent"), 2);
}

#[tokio::test]
async fn what_may_pass_is_asked_again_and_the_rest_is_not() {
    let (world, (site, base)) = (World::new(), MisbehavingSite::start().await.unwrap());
    let report = world.sync(&json_at(&format!("{base}/busy-twice"))).await;
    assert_eq!((outcome(&report), report.published), (&Outcome::Full, 3));
    assert_eq!(site.asked("/busy-twice"), 3);
    for (path, asked) in
        [("/busy", 4), ("/forbidden", 1), ("/come-back-tomorrow", 1), ("/cut-off", 4)]
    {
        said(&world, &base, path).await;
        assert_eq!(site.asked(path), asked, "{path}");
    }
}

#[tokio::test]
async fn a_redirection_within_the_host_is_followed() {
    let (world, (_, base)) = (World::new(), MisbehavingSite::start().await.unwrap());
    let report = world.sync(&json_at(&format!("{base}/moved-within"))).await;
    assert_eq!(report.published, 3);
}

#[tokio::test]
async fn a_site_that_is_not_there_is_said_so() {
    let world = World::new();
    let said = said(&world, "http://127.0.0.1:1", "/offers.json").await;
    assert!(said.starts_with("/offers.json cannot be reached: "), "{said}");
}

#[tokio::test]
async fn a_state_that_cannot_be_read_is_ignored() {
    let (world, (_, base)) = (World::new(), MisbehavingSite::start().await.unwrap());
    let source = json_at(&format!("{base}/json/good.json"));
    world.sync(&source).await;
    world.break_states();
    let report = world.sync(&source).await;
    assert_eq!((outcome(&report), report.unchanged), (&Outcome::Full, 3));
}

#[tokio::test]
async fn a_site_that_fails_again_and_again_is_left_in_peace() {
    let (mut world, (site, base)) = (World::new(), MisbehavingSite::start().await.unwrap());
    let source = json_at(&format!("{base}/forbidden"));
    for _ in 0..3 {
        world.sync(&source).await;
    }
    let left = world.sync(&source).await;
    assert!(matches!(outcome(&left), Outcome::Left { .. }), "{left}");
    assert_eq!(site.asked("/forbidden"), 3, "not asked");
    world.pass.insist = true;
    world.sync(&source).await;
    assert_eq!(site.asked("/forbidden"), 4, "an operator insists");
    (world.pass.insist, world.pass.meta.at) = (false, world.pass.meta.at + TimeDelta::hours(25));
    world.sync(&source).await;
    assert_eq!(site.asked("/forbidden"), 5, "a day later");
}

#[tokio::test]
async fn a_site_that_asks_for_time_gets_it() {
    let (mut world, (site, base)) = (World::new(), MisbehavingSite::start().await.unwrap());
    let source = json_at(&format!("{base}/come-back-on-a-date"));
    world.sync(&source).await;
    world.pass.meta.at += TimeDelta::minutes(119);
    world.sync(&source).await;
    assert_eq!(site.asked("/come-back-on-a-date"), 1);
    world.pass.meta.at += TimeDelta::minutes(2);
    world.sync(&source).await;
    assert_eq!(site.asked("/come-back-on-a-date"), 2);
}
