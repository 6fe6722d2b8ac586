//! The catalogue's index: always what the rows say, whatever befalls it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ledger_core::money::Balance;
use ledger_core::offer::{Kind, Listing, OfferCommand};
use ledger_core::partner::PartnerCommand;
use ledger_core::vocabulary::{level_by_word, subject_by_word};
use projections::search::{FacetKind, SearchPage, SearchRequest};
use projections::{ReadModels, Reader, rebuild};
use proptest::prelude::*;

use crate::story::*;

async fn shelf() -> Story {
    let mut it = Story::new();
    it.partner_with(1, "Éditions du Préau", &[("Fractions", 3_20), ("Géométrie", 4_00)]).await;
    it.partner_with(2, "Atlas & Cie", &[("Grand atlas", 12_00)]).await;
    it
}

fn everything(reader: &Reader) -> SearchPage {
    reader.search(&SearchRequest { limit: 100, ..SearchRequest::default() }).unwrap()
}

fn titles(page: &SearchPage) -> Vec<&str> {
    page.offers.iter().map(|it| it.offer.listing.title.as_str()).collect()
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-search");
    name.into()
}

fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    std::fs::create_dir(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// Opens what stands at `path`, which is not rebuilt, and gives all that is found.
async fn opened(story: &Story, path: &Path) -> SearchPage {
    let log = story.log.clone().into();
    let models = ReadModels::open(log, path, |_| panic!("the rows are as they were")).await;
    let models = models.unwrap();
    let reader = models.at_least(story.end().await, Duration::from_secs(20)).await.unwrap();
    let page = everything(&reader);
    drop(reader);
    models.close();
    page
}

#[tokio::test]
async fn an_offer_is_found_as_soon_as_its_position_is_read() {
    let mut story = shelf().await;
    let models = story.read_models().await;
    for number in 0..12 {
        let title = format!("Nouveauté {number}");
        story.list(1, listing(&title, 1_00)).await;
        let reader = models.at_end().await;
        assert_eq!(titles(&everything(&reader))[0], title);
        let withdraw = OfferCommand::Withdraw { reason: "Épuisé".into() };
        story.offer(offer_of(1, &title), &withdraw).await.unwrap();
        let reader = models.at_end().await;
        assert_eq!(everything(&reader).count, 3);
    }
    let revised = Listing { title: "Proportions".into(), ..listing("Fractions", 2_00) };
    story.list(1, revised).await;
    let found = everything(&models.at_end().await);
    assert_eq!(titles(&found), ["Grand atlas", "Géométrie", "Proportions"]);
}

#[tokio::test]
async fn a_rebuild_finds_what_was_found_live() {
    let mut story = shelf().await;
    let models = story.read_models().await;
    models.at_end().await;
    story.list(2, listing("Petit atlas", 5_00)).await;
    let withdraw = OfferCommand::Withdraw { reason: "Épuisé".into() };
    story.offer(offer_of(1, "Fractions"), &withdraw).await.unwrap();
    let live = everything(&models.at_end().await);
    let path = models.path.clone();
    let _folder = models.into_folder();
    rebuild(&story.log.clone().into(), &path, |_| ()).await.unwrap();
    let again = opened(&story, &path).await;
    assert_eq!(again, live);
}

#[tokio::test]
async fn an_index_that_is_behind_catches_up_and_one_that_is_ahead_is_made_again() {
    let mut story = shelf().await;
    let models = story.read_models().await;
    models.at_end().await;
    let path = models.path.clone();
    let folder = models.into_folder();
    let (old_rows, old_index) = (folder.path().join("old"), folder.path().join("old-index"));
    std::fs::copy(&path, &old_rows).unwrap();
    copy(&beside(&path), &old_index);

    story.list(1, listing("Puissances", 2_00)).await;
    let withdraw = OfferCommand::Withdraw { reason: "Épuisé".into() };
    story.offer(offer_of(2, "Grand atlas"), &withdraw).await.unwrap();
    let now = ["Puissances", "Géométrie", "Fractions"];
    assert_eq!(titles(&opened(&story, &path).await), now);

    // The process was killed after the rows were written, before the index was.
    copy(&old_index, &beside(&path));
    assert_eq!(titles(&opened(&story, &path).await), now);

    // The rows are older than the index, as from a copy that was put back.
    std::fs::copy(&old_rows, &path).unwrap();
    assert_eq!(titles(&opened(&story, &path).await), now);
}

#[tokio::test]
async fn an_index_that_is_gone_damaged_or_of_another_log_is_made_again() {
    let story = shelf().await;
    let models = story.read_models().await;
    models.at_end().await;
    let path = models.path.clone();
    let folder = models.into_folder();
    let index = beside(&path);
    let kept = folder.path().join("kept");
    copy(&index, &kept);
    let all = ["Grand atlas", "Géométrie", "Fractions"];

    std::fs::remove_dir_all(&index).unwrap();
    assert_eq!(titles(&opened(&story, &path).await), all);
    std::fs::remove_dir_all(&index).unwrap();
    std::fs::write(&index, "a file").unwrap();
    assert_eq!(titles(&opened(&story, &path).await), all);
    let files: Vec<_> =
        std::fs::read_dir(&kept).unwrap().map(|it| it.unwrap().file_name()).collect();
    for file in files {
        copy(&kept, &index);
        std::fs::write(index.join(&file), "damaged").unwrap();
        assert_eq!(titles(&opened(&story, &path).await), all, "{}", file.display());
        copy(&kept, &index);
        std::fs::remove_file(index.join(&file)).unwrap();
        assert_eq!(titles(&opened(&story, &path).await), all, "{}", file.display());
    }

    let mut other = Story::new();
    other.partner_with(1, "Ailleurs", &[("Latin", 1_00), ("Grec", 1_00), ("Russe", 1_00)]).await;
    let theirs = other.read_models().await;
    theirs.at_end().await;
    let their_path = theirs.path.clone();
    let _their_folder = theirs.into_folder();
    copy(&beside(&their_path), &index);
    assert_eq!(titles(&opened(&story, &path).await), all);
}

/// What happens to one of six offers of two partners.
#[derive(Clone, Debug)]
enum Step {
    List(u8, u8, u64),
    Withdraw(u8),
    Suspend(u8),
    Resume(u8),
    Read,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..6_u8, any::<u8>(), 0..60_00_u64).prop_map(|(a, b, c)| Step::List(a, b, c)),
        2 => (0..6_u8).prop_map(Step::Withdraw),
        1 => (0..2_u8).prop_map(Step::Suspend),
        1 => (0..2_u8).prop_map(Step::Resume),
        1 => Just(Step::Read),
    ]
}

const LEVELS: [&str; 4] = ["cm2", "6e", "5e", "ailleurs"];
const SUBJECTS: [&str; 4] = ["svt", "histoire", "mathematiques", "poterie"];
const SUBJECT_TITLES: [&str; 6] =
    ["L’été", "Œuvres", "a", "Les 40 jours", "Fractions d’été", "X-ray des élections"];

fn drawn(number: u8, draw: u8, cents: u64) -> Listing {
    let draw = usize::from(draw);
    Listing {
        title: SUBJECT_TITLES[draw % 6].to_owned(),
        kind: Kind::ALL[draw / 6 % 3],
        levels: vec![LEVELS[draw / 18 % 4].into(), LEVELS[draw / 50 % 4].into()],
        subjects: vec![SUBJECTS[draw / 64 % 4].into()],
        ..listing(&format!("R{number}"), cents)
    }
}

/// Every value that `listing` is filed under, of three facets.
fn filed(listing: &Listing) -> Vec<(FacetKind, String)> {
    let mut all = vec![(FacetKind::Kind, listing.kind.name().to_owned())];
    for word in &listing.levels {
        all.push((FacetKind::Level, word.to_string()));
        all.extend(level_by_word(word).map(|it| (FacetKind::Level, it.cycle.word().to_owned())));
    }
    for word in &listing.subjects {
        all.push((FacetKind::Subject, word.to_string()));
        let mut next = subject_by_word(word).and_then(|it| it.broader);
        while let Some(it) = next {
            all.push((FacetKind::Subject, it.to_owned()));
            next = subject_by_word(it).and_then(|it| it.broader);
        }
    }
    all.sort();
    all.dedup();
    all
}

/// What is found and counted is what a loop over `listed` finds and counts.
fn check(reader: &Reader, listed: &BTreeMap<u8, Listing>, level: &str, max: u64) {
    let exact = |title: &str| {
        let text = title.to_owned();
        let request = SearchRequest { text, limit: 100, ..SearchRequest::default() };
        let page = reader.search(&request).unwrap();
        page.offers.iter().filter(|it| it.offer.listing.title == title).count()
    };
    for title in SUBJECT_TITLES {
        let there = listed.values().filter(|it| it.title == title).count();
        assert_eq!(exact(title), there, "{title}");
    }
    let mut request = SearchRequest {
        price_max: Some(Balance::from_cents(max)),
        limit: 100,
        ..SearchRequest::default()
    };
    request.filters.insert(FacetKind::Level, vec![level.into()]);
    let page = reader.search(&request).unwrap();
    let cheap = |it: &&Listing| it.price.amount.cents() <= max;
    let of_level = |it: &&Listing| filed(it).contains(&(FacetKind::Level, level.to_owned()));
    assert_eq!(page.count as usize, listed.values().filter(cheap).filter(of_level).count());
    for facet in &page.facets {
        if !matches!(facet.kind, FacetKind::Level | FacetKind::Kind | FacetKind::Subject) {
            continue;
        }
        for value in &facet.values {
            let this = (facet.kind, value.value.to_string());
            let all = listed.values().filter(cheap);
            let all = all.filter(|it| facet.kind == FacetKind::Level || of_level(it));
            let there = all.filter(|it| filed(it).contains(&this)).count();
            assert_eq!(value.count as usize, there, "{this:?}");
        }
    }
}

async fn play(steps: &[Step], level: &str, max: u64) {
    let mut story = Story::new();
    story.partner_with(0, "Un", &[]).await;
    story.partner_with(1, "Deux", &[]).await;
    let models = story.read_models().await;
    let (mut listed, mut suspended) = (BTreeMap::new(), [false; 2]);
    for step in steps.iter().chain([&Step::Read]) {
        match *step {
            Step::List(number, draw, cents) => {
                let it = drawn(number, draw, cents);
                story.list(u128::from(number % 2), it.clone()).await;
                listed.insert(number, it);
            }
            Step::Withdraw(number) => {
                let id = offer_of(u128::from(number % 2), &format!("R{number}"));
                let withdraw = OfferCommand::Withdraw { reason: "Épuisé".into() };
                let _ = story.offer(id, &withdraw).await;
                listed.remove(&number);
            }
            Step::Suspend(number) => {
                let suspend = PartnerCommand::Suspend { reason: "Convention échue".into() };
                let _ = story.partner(partner(number.into()), &suspend).await;
                suspended[usize::from(number)] = true;
            }
            Step::Resume(number) => {
                let _ = story.partner(partner(number.into()), &PartnerCommand::Resume).await;
                suspended[usize::from(number)] = false;
            }
            Step::Read => {
                let mut on_sale = listed.clone();
                on_sale.retain(|number, _| !suspended[usize::from(number % 2)]);
                check(&models.at_end().await, &on_sale, level, max);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn what_is_on_sale_is_found_and_counted_and_nothing_else(
        steps in proptest::collection::vec(step(), 0..40),
        level in proptest::sample::select(vec!["cycle-3", "6e", "5e", "ailleurs"]),
        max in 0..60_00_u64,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(&steps, level, max));
    }
}
