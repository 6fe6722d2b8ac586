//! Whatever happens on a partner's side and on ours, two good passes make the catalogue right.

use std::collections::{BTreeMap, BTreeSet};

use catalogue_sync::feed::Format;
use chrono::TimeDelta;
use fixtures::notice_repository::beside::{By, offer, offers};
use fixtures::notice_repository::{Entry, Fault, Misbehaviour, NoticeRepository, beginning};
use fixtures::text_site::TextSite;
use proptest::prelude::*;

use crate::repository::partner;
use crate::world::World;

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    Revise(u32),
    Delete(u32),
    Wait(i64),
    Sell(BTreeSet<u32>),
    SellerFails,
    Misbehave(Misbehaviour),
    Pass,
    BrokenOff(usize),
    Lost,
}

const FAULTS: [Fault; 11] = [
    Fault::CutOff,
    Fault::Busy(0),
    Fault::Busy(3_600),
    Fault::WrongCharset,
    Fault::ErrorPage,
    Fault::TokenLoop,
    Fault::TokenForgotten,
    Fault::FromIgnored,
    Fault::FromRefused,
    Fault::PagesOverlap,
    Fault::LongIdentifiers,
];

fn step() -> impl Strategy<Value = Step> {
    let fault = (0..FAULTS.len(), 0..6_usize, 1..6_usize).prop_map(|(fault, after, times)| {
        Step::Misbehave(Misbehaviour { fault: FAULTS[fault], after, times })
    });
    prop_oneof![
        4 => (1..30_u32).prop_map(Step::Revise),
        2 => (1..30_u32).prop_map(Step::Delete),
        2 => prop_oneof![1..3_i64, 20..30_i64, 700..800_i64, -30..-1_i64].prop_map(Step::Wait),
        2 => prop::collection::btree_set(1..30_u32, 0..10).prop_map(Step::Sell),
        1 => Just(Step::SellerFails),
        3 => fault,
        4 => Just(Step::Pass),
        1 => (0..4_usize).prop_map(Step::BrokenOff),
        1 => Just(Step::Lost),
    ]
}

/// What is on sale: of each, its title, its price and which version of a notice describes it.
type Sold = BTreeMap<String, (String, u64, String)>;

fn version(description: &str) -> String {
    description.split("Version ").nth(1).unwrap_or_default().to_owned()
}

/// What the feeds say is to be on sale.
fn wanted(repository: &NoticeRepository, sold: &BTreeSet<u32>) -> Sold {
    repository.with(|it| {
        let alive = |number: &u32| it.entries.get(number).filter(|it| !it.deleted);
        let offered = sold.iter().map(|number| {
            let version = alive(number).map(|it| format!("{}.", it.revision)).unwrap_or_default();
            (format!("offre-{number}"), (format!("Offre {number}"), 211, version))
        });
        let alone = it.entries.values().filter(|it| it.free && !it.deleted);
        let given = alone
            .filter(|it| !sold.contains(&it.number))
            .map(|it| (it.identifier(), (it.title(), 0, format!("{}.", it.revision))));
        offered.chain(given).collect()
    })
}

async fn play(steps: Vec<Step>) -> (Sold, Sold) {
    let (repository, site) = (NoticeRepository::of(25), TextSite::default());
    let (oai, base) = (repository.start().await.unwrap(), site.start().await.unwrap());
    let json = format!("{base}/offers.json");
    let source = partner(&[(Format::Json, &json), (Format::Oai, &oai)]);
    let (mut world, mut sold) = (World::new(), BTreeSet::from([1, 2, 3]));
    let put = |sold: &BTreeSet<u32>| {
        let all = sold.iter().map(|it| offer(&Entry::new(*it, beginning()), By::Ark));
        site.put("/offers.json", offers(&all.collect::<Vec<_>>()));
    };
    put(&sold);
    // What no news tell: what is dated before a clock went back, when no answer showed it, and what
    // had a name that was refused. The whole list does.
    let mut untold = false;
    for step in steps {
        match step {
            Step::Revise(number) => repository.revise(number),
            Step::Delete(number) => repository.delete(number),
            Step::Wait(hours) => {
                untold |= hours < 0;
                repository.wait(TimeDelta::hours(hours));
                world.wait(TimeDelta::hours(hours.abs()));
            }
            Step::Sell(numbers) => {
                sold = numbers;
                put(&sold);
            }
            Step::SellerFails => site.take("/offers.json"),
            Step::Misbehave(how) => {
                untold |= how.fault == Fault::LongIdentifiers;
                repository.misbehave(how);
            }
            Step::Pass => drop(world.sync(&source).await),
            Step::BrokenOff(after) => {
                repository.misbehave(Fault::Silent.once_after(after));
                world.sync_until(&source, repository.misbehaved()).await;
                repository.misbehave(None);
            }
            Step::Lost => world.forget_states(),
        }
    }
    repository.misbehave(None);
    put(&sold);
    if untold {
        repository.wait(TimeDelta::days(31));
        world.wait(TimeDelta::days(31));
    }
    (world.pass.insist, world.pass.accept_shrunk) = (true, true);
    // A list that is gone on with tells what was when it began; the next pass tells its news.
    world.sync(&source).await;
    let report = world.sync(&source).await;
    assert_eq!(report.trouble(), None);
    let wanted = wanted(&repository, &sold);
    let on_sale = world.listings(source.partner).await.into_iter().map(|it| {
        let price = it.price.amount.cents();
        (it.reference.to_string(), (it.title, price, version(&it.description)))
    });
    let on_sale = on_sale.collect();
    let events = world.events().await;
    world.sync(&source).await;
    assert_eq!(world.events().await, events, "nothing is told twice");
    (on_sale, wanted)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn two_good_passes_make_the_catalogue_right(steps in prop::collection::vec(step(), 1..25)) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (on_sale, wanted) = runtime.block_on(play(steps));
        prop_assert_eq!(on_sale, wanted);
    }
}
