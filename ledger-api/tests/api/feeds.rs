//! What became of partners' feeds is read, and decided on.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use fixtures::partner_site;
use fixtures::partners::PARTNERS;
use ledger_api::workers::feeds::{self, Feeds};
use ledger_core::digest::Digest;
use ledger_core::harvest::*;
use ledger_core::ids::HarvestId;
use ledger_core::meta::{Actor, Meta};
use ledger_core::partner::*;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::books::{Books, PARTNER, links, text};
use crate::service::Service;

const PATH: &str = "/comptable/flux-partenaires";

/// One offer taken, one refused for two reasons.
fn read() -> FeedRead {
    let defect = |rule: &str, value: &str, message: &str| Defect {
        rule: rule.into(),
        value: value.into(),
        message: message.into(),
    };
    FeedRead {
        format: FeedFormat::Onix,
        whole: true,
        named: 2,
        published: 1,
        revised: 0,
        withdrawn: 0,
        unchanged: 0,
        waiting: 0,
        refused: 1,
        remarked: 1,
        changed_up_to: Some(7),
        findings: Digest::of(b"findings"),
        records: vec![RefusedRecord {
            reference: Some("9780000000001".into()),
            title: Some("<b>Atlas</b>".into()),
            place: "line 12".into(),
            defects: vec![
                defect("currency", "NZD", "the price is in NZD: give one in EUR"),
                defect("not-digital", "BC", "ProductForm is BC: give one that begins with E"),
            ],
        }],
        remarks: vec![Remark {
            reference: None,
            place: "line 3".into(),
            message: "no language".into(),
        }],
    }
}

struct Harvests {
    books: Books,
}

impl Harvests {
    async fn open() -> Self {
        let books = Books::open().await;
        let it = Self { books };
        let url = "https://preau.example/onix.xml".into();
        it.declare(FeedDeclared { url, format: FeedFormat::Onix, hosts: vec![] }).await;
        it
    }

    fn meta(&self) -> Meta {
        Meta { at: self.books.service.app.clock.now(), by: Actor::OPERATOR, cause: Uuid::nil() }
    }

    async fn declare(&self, feed: FeedDeclared) {
        let command = PartnerCommand::DeclareFeed(feed);
        let ledger = &self.books.service.app.ledger;
        ledger.execute::<Partner>(PARTNER, &command, self.meta()).await.unwrap();
        self.books.service.caught_up().await;
    }

    async fn record(&self, command: HarvestCommand) {
        let (ledger, id) = (&self.books.service.app.ledger, HarvestId::of(PARTNER));
        ledger.execute::<Harvest>(id, &command, self.meta()).await.unwrap();
        self.books.service.caught_up().await;
    }
}

#[tokio::test]
async fn each_refused_record_is_shown_with_its_rule_its_value_and_its_place() {
    let it = Harvests::open().await;
    assert!(text(&it.books.page(PATH).await).contains("Pas encore lu"));
    it.record(HarvestCommand::RecordRead(Box::new(read()))).await;
    let all = it.books.page(PATH).await;
    assert!(text(&all).contains("À jour, avec refus"), "{all}");
    let one = format!("{PATH}/{PARTNER}");
    assert!(all.contains(&one));
    let history = it.books.page(&one).await;
    let reading = links(&history, &format!("{one}/")).into_iter().find(|it| !it.ends_with("csv"));
    let reading = reading.unwrap();
    let page = it.books.page(&reading).await;
    for told in [
        "9780000000001",
        "&#60;b&#62;Atlas",
        "line 12",
        "Aucun prix en euros.",
        "NZD",
        "give one that begins with E",
        "not-digital",
        "no language",
    ] {
        assert!(page.contains(told), "{told}\n{page}");
    }
    let csv = it.books.page(&format!("{reading}/csv")).await;
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert_eq!(it.books.page(&format!("{one}/csv")).await.lines().count(), 2);
    assert_eq!(it.books.page(&format!("{PATH}.csv")).await.lines().count(), 2);
    for nobody in ["/par_0", "/par_00000000000000000000000000000001"] {
        let reply = it.books.get(&format!("{PATH}{nobody}")).await;
        assert!(reply.status.is_client_error(), "{nobody}");
    }
    assert_eq!(it.books.get(&format!("{one}/1")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_feed_that_cannot_be_read_says_why() {
    let it = Harvests::open().await;
    let reason = "https://preau.example/onix.xml did not answer in time".into();
    let failed = FeedFailed { format: FeedFormat::Onix, reason };
    it.record(HarvestCommand::RecordFailed(failed)).await;
    assert!(text(&it.books.page(PATH).await).contains("Illisible"));
    let page = it.books.page(&format!("{PATH}/{PARTNER}")).await;
    assert!(page.contains("did not answer in time"), "{page}");
}

#[tokio::test]
async fn a_held_feed_is_let_through_by_an_officer_with_a_reason() {
    let it = Harvests::open().await;
    let held = FeedHeld { format: FeedFormat::Onix, known: 412, named: 3 };
    it.record(HarvestCommand::Hold(held)).await;
    let one = format!("{PATH}/{PARTNER}");
    let lift = |motif: &str| format!("format=onix&motif={motif}");
    let page = text(&it.books.page(&one).await);
    assert!(page.contains("que 3 des 412 offres") && !page.contains("Laisser passer"), "{page}");
    let refused = it.books.post(&format!("{one}/levee"), &lift("x")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "an accountant");
    let officer = "ordonnateur";
    let page = it.books.get_as(officer, &one).await.body;
    assert!(text(&page).contains("Laisser passer"));
    let empty = it.books.post_as(officer, &format!("{one}/levee"), &lift("")).await;
    assert!(text(&empty.body).contains("Dites pourquoi"), "{}", empty.body);
    let done =
        it.books.post_as(officer, &format!("{one}/levee"), &lift("Fonds+c%C3%A9d%C3%A9")).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, one.as_str()));
    assert!(text(&it.books.page(&one).await).contains("Laissé passer tel quel : Fonds cédé"));
}

#[tokio::test]
async fn feeds_are_declared_replaced_and_removed() {
    let it = Harvests::open().await;
    let one = format!("{PATH}/{PARTNER}");
    let declare = format!("{one}/declaration");
    let wrong = it.books.post(&declare, "format=json&adresse=ftp://preau.example").await;
    assert!(wrong.status.is_client_error(), "{}", wrong.body);
    let wrong = it.books.post(&declare, "format=xls&adresse=https://preau.example").await;
    assert!(text(&wrong.body).contains("Choisissez un format"), "{}", wrong.body);
    let done = it.books.post(&declare, "format=csv&adresse=https://preau.example/o.csv").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    it.books.post(&declare, "format=oai&adresse=https://preau.example/oai").await;
    let page = text(&it.books.page(&one).await);
    assert!(
        page.contains("o.csv") && page.contains("/oai") && !page.contains("onix.xml"),
        "{page}"
    );
    it.books.post(&format!("{one}/retrait"), "format=csv").await;
    let again = it.books.post(&format!("{one}/retrait"), "format=csv").await;
    assert!(text(&again.body).contains("pas de flux de ce format"), "{}", again.body);
    let page = text(&it.books.page(&one).await);
    assert!(!page.contains("o.csv") && page.contains("/oai"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_that_does_not_answer_delays_no_other() {
    let service = Service::demo().await;
    let app = &service.app;
    let at = app.clock.now();
    let meta = Meta { at, by: Actor::OPERATOR, cause: Uuid::nil() };
    let (listener, site, base) = partner_site::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    tokio::spawn(partner_site::serve(listener, site, None));
    // Takes connections, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silence = format!("http://{}/offers.json", silent.local_addr().unwrap());
    let answers = PARTNERS.iter().max_by_key(|it| it.id()).unwrap();
    for it in &PARTNERS {
        let url = if it.slug == answers.slug { it.feed_url(&base) } else { silence.clone() };
        let registered = PartnerRegistered {
            siret: it.siret(),
            name: it.name.into(),
            agreement: "CONV-2026-1".into(),
        };
        let declared = FeedDeclared { url: url.as_str().into(), format: it.format, hosts: vec![] };
        for command in [PartnerCommand::Register(registered), PartnerCommand::DeclareFeed(declared)]
        {
            app.ledger.execute::<Partner>(it.id(), &command, meta).await.unwrap();
        }
    }
    service.caught_up().await;
    let folder = tempfile::tempdir().unwrap();
    let pulling = tokio::spawn(feeds::run(
        app.clone(),
        Feeds::new(folder.path(), true).unwrap(),
        Duration::from_hours(1),
    ));
    let patience = Instant::now() + Duration::from_secs(10);
    while app.feeds.all().is_empty() && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let passes = app.feeds.all();
    assert_eq!(passes.iter().map(|it| it.0).collect::<Vec<_>>(), [answers.id()]);
    let report = passes[0].1.outcome.as_ref().unwrap();
    assert!(report.published > 0, "{report}");
    let metrics = service.get("/metrics").await.body;
    let line = format!("ledger_feed_published_total{{partner=\"{}\"}}", answers.id());
    assert!(metrics.contains(&format!("{line} {}", report.published)), "{metrics}");
    pulling.abort();
}
