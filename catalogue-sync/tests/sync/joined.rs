//! Offers, notices and a list of access of one partner, told by feeds that fail one by one.

use std::sync::{Arc, Mutex};

use catalogue_sync::feed::Format;
use catalogue_sync::sync::{Outcome, Source};
use chrono::TimeDelta;
use fixtures::notice_repository::beside::{By, access_list, offer, offers};
use fixtures::notice_repository::{Entry, Fault, NoticeRepository, beginning, notice};
use fixtures::text_site::TextSite;
use ledger_core::harvest::{Harvest, HarvestCommand, HoldLifted};
use ledger_core::ids::HarvestId;
use ledger_core::meta::{Actor, Role};
use ledger_core::offer::Listing;
use ledger_core::partner::FeedFormat;
use uuid::Uuid;

use crate::repository::{free, partner};
use crate::world::World;

/// A partner that sells resources 1, 3 and 5 of a repository of ten, and one that it does not have.
struct Shop {
    world: World,
    repository: NoticeRepository,
    site: TextSite,
    source: Source,
}

const SOLD: [(u32, By); 4] = [(1, By::Isbn), (3, By::Ark), (5, By::Reference), (7, By::Nothing)];

impl Shop {
    async fn open() -> Self {
        let (repository, site) = (NoticeRepository::of(10), TextSite::default());
        let (oai, base) = (repository.start().await.unwrap(), site.start().await.unwrap());
        let source = partner(&[
            (Format::Json, &format!("{base}/offers.json")),
            (Format::Oai, &oai),
            (Format::Gar, &format!("{base}/gar.xml")),
        ]);
        let shop = Self { world: World::new(), repository, site, source };
        shop.sell(&SOLD);
        shop.site.put("/gar.xml", access_list(&[shop.entry(1), shop.entry(2)]));
        shop
    }

    fn entry(&self, number: u32) -> Entry {
        self.repository.with(|it| it.entries[&number])
    }

    fn sell(&self, sold: &[(u32, By)]) {
        let sold: Vec<_> =
            sold.iter().map(|it| offer(&Entry::new(it.0, beginning()), it.1)).collect();
        self.site.put("/offers.json", offers(&sold));
    }

    async fn listing(&self, reference: &str) -> Option<Listing> {
        let all = self.world.listings(self.source.partner).await;
        all.into_iter().find(|it| it.reference == reference)
    }

    /// An hour later.
    async fn sync(&mut self) -> catalogue_sync::sync::Report {
        self.world.wait(TimeDelta::hours(1));
        self.repository.wait(TimeDelta::hours(1));
        self.world.sync(&self.source).await
    }
}

#[tokio::test]
async fn offers_are_described_by_the_notices_that_share_a_name_with_them() {
    let mut shop = Shop::open().await;
    let report = shop.sync().await;
    assert_eq!((report.published, report.waiting, report.refused()), (4 + 5, 2, 0), "{report}");
    for reference in ["offre-1", "offre-3", &shop.entry(5).identifier()] {
        let it = shop.listing(reference).await.unwrap();
        assert!(it.description.len() > 400, "{it:?}");
        assert!(it.title.starts_with("Offre "), "what is sold says its title");
        assert_eq!(it.price.amount.cents(), 211);
        assert!(it.url.is_some() && it.details.minutes == Some(60));
    }
    assert!(shop.listing("offre-7").await.unwrap().description.is_empty());
    let in_gar = async |reference: &str| shop.listing(reference).await.unwrap().details.gar;
    assert!(in_gar("offre-1").await, "named by its ARK, which only its notice has");
    assert!(!in_gar("offre-3").await);
    assert!(in_gar(&shop.entry(2).identifier()).await, "a free one too");
    let given: Vec<_> = free(&shop.repository).into_keys().collect();
    for reference in given {
        let it = shop.listing(&reference).await.unwrap();
        assert_eq!(it.price.amount.cents(), 0);
    }
}

#[tokio::test]
async fn an_offer_is_revised_when_its_notice_changes_and_keeps_it_when_notices_break() {
    let mut shop = Shop::open().await;
    shop.sync().await;
    shop.repository.with(|it| it.entries.get_mut(&1).unwrap().personal = true);
    shop.repository.revise(1);
    let report = shop.sync().await;
    assert_eq!((report.revised, report.published, report.withdrawn), (1, 0, 0), "{report}");
    let told = shop.listing("offre-1").await.unwrap();
    assert!(told.description.contains("Écrire à"), "{told:?}");

    // Notices fail: offers go on, and keep what was said of them.
    shop.repository.misbehave(Fault::ErrorPage.always());
    shop.sell(&[(1, By::Isbn), (3, By::Ark), (5, By::Reference), (9, By::Nothing)]);
    let report = shop.sync().await;
    assert!(matches!(report.feeds[1].outcome, Outcome::Failed { .. }), "{report}");
    assert_eq!((report.published, report.revised, report.withdrawn), (1, 0, 1), "{report}");
    assert_eq!(shop.listing("offre-1").await.unwrap(), told);

    // So they do when what was told is lost at the same time.
    shop.world.forget_states();
    let before = shop.world.listings(shop.source.partner).await;
    let report = shop.sync().await;
    assert_eq!((report.published, report.revised, report.withdrawn), (0, 0, 0), "{report}");
    assert_eq!(shop.world.listings(shop.source.partner).await, before);

    shop.repository.misbehave(None);
    shop.world.pass.insist = true;
    let report = shop.sync().await;
    assert_eq!((report.published, report.revised, report.withdrawn), (0, 0, 0), "{report}");
}

#[tokio::test]
async fn offers_are_sold_though_their_notices_were_never_read() {
    let mut shop = Shop::open().await;
    shop.repository.misbehave(Fault::ErrorPage.always());
    let report = shop.sync().await;
    assert_eq!((report.published, report.withdrawn), (4, 0), "{report}");
    shop.sell(&SOLD[1..]);
    assert_eq!(shop.sync().await.withdrawn, 1);
}

#[tokio::test]
async fn a_notice_that_is_sold_no_more_waits_and_one_that_was_given_is_sold() {
    let mut shop = Shop::open().await;
    shop.sync().await;
    // Resource 2 was free: it is sold now, under a name of its own.
    shop.sell(&[(2, By::Ark), (3, By::Ark), (5, By::Reference)]);
    let report = shop.sync().await;
    assert_eq!((report.published, report.withdrawn, report.waiting), (1, 3, 3), "{report}");
    assert_eq!(shop.listing("offre-2").await.unwrap().price.amount.cents(), 211);
    assert!(shop.listing(&shop.entry(2).identifier()).await.is_none());
}

#[tokio::test]
async fn a_repository_that_shrinks_is_held_and_let_through_once() {
    let mut shop = Shop::open().await;
    shop.repository.with(|it| {
        it.entries = (1..=40).map(|number| (number, Entry::new(number, beginning()))).collect();
    });
    shop.sync().await;
    let before = shop.world.listings(shop.source.partner).await;
    shop.repository.with(|it| it.entries.retain(|number, _| *number <= 2));
    shop.world.wait(TimeDelta::days(30));
    shop.repository.wait(TimeDelta::days(30));
    for _ in 0..3 {
        let report = shop.sync().await;
        let held = Outcome::Held { known: 40, named: 2 };
        assert_eq!(report.feeds[1].outcome, held, "{report}");
        assert_eq!(shop.world.listings(shop.source.partner).await, before);
        // News do not end it.
        shop.repository.revise(2);
    }
    let lift = HarvestCommand::Lift(HoldLifted {
        format: FeedFormat::Oai,
        reason: "Fonds cédé".into(),
        by: Actor { role: Role::AuthorisingOfficer, id: Uuid::from_u128(3) },
    });
    let harvest = HarvestId::of(shop.source.partner);
    shop.world.ledger.execute::<Harvest>(harvest, &lift, shop.world.pass.meta).await.unwrap();
    let report = shop.sync().await;
    assert_eq!((&report.feeds[1].outcome, report.withdrawn), (&Outcome::Full, 19), "{report}");
    assert_eq!(free(&shop.repository).len(), 1);
    assert!(shop.listing(&shop.entry(2).identifier()).await.unwrap().title.ends_with("version 3"));

    shop.repository.with(|it| it.entries.clear());
    shop.world.wait(TimeDelta::days(30));
    let report = shop.sync().await;
    assert_eq!(report.feeds[1].outcome, Outcome::Held { known: 2, named: 0 }, "once: {report}");
}

/// All that is logged while the test runs.
#[derive(Clone, Default)]
struct Traces(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Traces {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn personal_data_reach_neither_log_nor_store_nor_report_nor_traces() {
    let traces = Traces::default();
    let made = traces.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || made.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut shop = Shop::open().await;
    shop.repository.with(|it| it.entries.values_mut().for_each(|it| it.personal = true));
    let mut told = shop.sync().await.to_string();
    shop.repository.misbehave(Fault::WrongCharset.always());
    shop.repository.revise(2);
    let report = shop.sync().await;
    told.push_str(&report.to_string());
    told.push_str(&serde_json::to_string(&report).unwrap());
    let events = shop.world.all_events().await;
    let bytes: Vec<u8> = events.iter().flat_map(|it| it.body.to_vec()).collect();
    let places = [
        ("report", told.into_bytes()),
        ("log", bytes),
        ("store", shop.world.stored()),
        ("traces", traces.0.lock().unwrap().clone()),
    ];
    for (place, bytes) in places {
        assert!(bytes.len() > 100 || place == "traces", "{place} is empty");
        let text = String::from_utf8_lossy(&bytes);
        for personal in [notice::EMAIL, notice::PHONE, notice::AUTHOR, "0639981234"] {
            assert!(!text.contains(personal), "{personal} is in the {place}");
        }
    }
}
