//! The worker's binary: from a log that declares feeds to a log that holds offers.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::process::Command;

use catalogue_sync::known;
use fixtures::notice_repository::{Fault, NoticeRepository};
use fixtures::partner_site;
use fixtures::partners::{PARTNERS, Partner};
use ledger_core::event_log::{Embedded, EventLog};
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::meta::{Actor, Meta};
use ledger_core::partner::{self, FeedDeclared, FeedFormat, PartnerCommand, PartnerRegistered};
use ledger_core::stream::Category;
use uuid::Uuid;

/// One test at a time: a process that is being started holds for a moment what its parent has open,
/// the lock of another test's log included.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn execute(log: &Path, partner: &Partner, command: PartnerCommand) {
    let ledger = Ledger::new(Embedded::open(log).unwrap().into(), CacheSizes::default());
    let at = "2026-09-01T08:00:00Z".parse().unwrap();
    let meta = Meta { at, by: Actor::OPERATOR, cause: Uuid::from_u128(1) };
    ledger.execute::<partner::Partner>(partner.id(), &command, meta).await.unwrap();
}

async fn register(log: &Path, partner: &Partner) {
    let registered = PartnerRegistered {
        siret: partner.siret(),
        name: partner.name.into(),
        agreement: "convention de démonstration".into(),
    };
    execute(log, partner, PartnerCommand::Register(registered)).await;
}

async fn declare(log: &Path, partner: &Partner, url: &str) {
    let feed = FeedDeclared { url: url.into(), format: partner.format, hosts: vec![] };
    execute(log, partner, PartnerCommand::DeclareFeed(feed)).await;
}

fn worker(folder: &Path) -> Command {
    let mut worker = Command::new(env!("CARGO_BIN_EXE_catalogue-sync"));
    worker.env_clear().env("LEDGER_DATA", folder).env("CATALOGUE_LOCAL", "yes");
    worker
}

async fn run(folder: &Path) -> (bool, String, String) {
    let mut worker = worker(folder);
    // Beside the site's own task.
    let done = tokio::task::spawn_blocking(move || worker.output().unwrap()).await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (done.status.success(), text(done.stdout), text(done.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_pass_brings_every_declared_feed_in_and_the_next_one_nothing() {
    let _alone = ALONE.lock().await;
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let (listener, site, base) = partner_site::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    tokio::spawn(partner_site::serve(listener, site, None));
    for partner in &PARTNERS {
        register(&log, partner).await;
        declare(&log, partner, &partner.feed_url(&base)).await;
    }

    let (success, out, err) = run(folder.path()).await;
    assert!(success, "{err}");
    for partner in &PARTNERS {
        assert!(out.contains(&format!("{}\n", partner.name)), "{out}");
    }
    let opened = Embedded::open(&log).unwrap();
    let shelves = known::from_log(&opened).await.unwrap();
    let on_sale: usize = shelves.values().map(|it| it.on_sale.len()).sum();
    assert!((280..=300).contains(&on_sale), "{on_sale}");
    let end = opened.end().await.unwrap();
    drop(opened);

    let (success, out, _) = run(folder.path()).await;
    assert!(success && out.matches("nothing new since last time").count() == 6, "{out}");
    let opened = Embedded::open(&log).unwrap();
    assert_eq!(opened.end().await.unwrap(), end, "no news, no event");
    drop(opened);

    // A partner whose feed is gone is named, and the exit status tells.
    declare(&log, &PARTNERS[1], &format!("{base}/partie/offers.json")).await;
    let (success, out, err) = run(folder.path()).await;
    assert!(!success && err.contains("Calculine: ") && err.contains("answered 404"), "{err}");
    assert_eq!(out.matches("nothing new since last time").count(), 5, "the others are asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_killed_in_the_middle_of_a_list_goes_on_where_it_was() {
    let _alone = ALONE.lock().await;
    let (folder, repository) = (tempfile::tempdir().unwrap(), NoticeRepository::of(65));
    let log = folder.path().join("log");
    let url = repository.start().await.unwrap();
    register(&log, &PARTNERS[0]).await;
    let feed = FeedDeclared { url: url.as_str().into(), format: FeedFormat::Oai, hosts: vec![] };
    execute(&log, &PARTNERS[0], PartnerCommand::DeclareFeed(feed)).await;

    for page in [3, 2] {
        repository.misbehave(Fault::Silent.once_after(page));
        let mut killed = worker(folder.path()).spawn().unwrap();
        repository.misbehaved().await;
        killed.kill().unwrap();
        killed.wait().unwrap();
    }
    repository.asked();
    let (success, out, err) = run(folder.path()).await;
    assert!(success && out.contains("oai: 65 records named, all that there is"), "{out}{err}");
    let asked = repository.asked();
    assert_eq!(asked.len(), 2, "the two pages that were left: {asked:?}");
    assert!(asked[0].contains("resumptionToken=50|5|"), "{asked:?}");
    let opened = Embedded::open(&log).unwrap();
    let shelves = known::from_log(&opened).await.unwrap();
    assert_eq!(shelves[&PARTNERS[0].id()].on_sale.len(), 32);
    let events = opened.read_all(0, usize::MAX).await.unwrap();
    let offers = events.iter().filter(|it| it.stream.category == Category::Offer);
    assert_eq!(offers.count(), 32, "each told once");
}
