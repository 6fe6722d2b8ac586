//! Rebuilt from zero, or followed step by step: the same tables to the byte.

use ledger_core::account::AccountCommand;
use ledger_core::calendar::Month;
use ledger_core::event_log::Append;
use ledger_core::event_log::{EventLog, Memory};
use projections::dump::dump_digest;
use projections::{ReadModels, rebuild};
use proptest::prelude::*;

use crate::agreements;
use crate::story::*;

#[tokio::test]
async fn a_rebuild_tells_how_far_it_is_and_gives_the_same_tables() {
    let story = september().await;
    let models = story.read_models().await;
    models.at_end().await;
    models.models.close();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("again");
    let mut told = Vec::new();
    let end = rebuild(&models.log, &path, |it| told.push(it)).await.unwrap();
    assert_eq!(end, story.end().await);
    assert_eq!(told.last().map(|it| (it.position, it.end)), Some((end, end)));
    assert_eq!(dump_digest(&path).unwrap(), dump_digest(&models.path).unwrap());
}

#[tokio::test]
async fn read_models_go_on_from_where_they_were() {
    let mut story = september().await;
    let models = story.read_models().await;
    models.at_end().await;
    let path = models.path.clone();
    let folder = models.into_folder();
    story.credited(7, 2, 3_00).await;
    let again = ReadModels::open(story.log.clone().into(), &path, |_| panic!("a rebuild"));
    let again = again.await.unwrap();
    again.at_least(story.end().await, std::time::Duration::from_secs(20)).await.unwrap();
    again.close();
    let other = folder.path().join("from-zero");
    rebuild(&story.log.clone().into(), &other, |_| ()).await.unwrap();
    assert_eq!(dump_digest(&path).unwrap(), dump_digest(&other).unwrap());
}

/// What one of three teachers does next.
#[derive(Clone, Debug)]
pub enum Step {
    TopUp(u128, u128, u64),
    Pay(u128, u64),
    Hold(u128, u64),
    Capture(u128, u128, u64, bool),
    Cancel(u128, u128),
    Refund(u128, u128, u64),
    Expire(u128),
    Suspend(u128),
    Resume(u128),
    List(u8, u64),
    Withdraw(u8),
    Agree(u64),
    Follow,
    Later(i64),
    Season,
    Close,
}

pub fn step() -> impl Strategy<Value = Step> {
    let (who, cents) = (1..4_u128, 1..900_u64);
    prop_oneof![
        (who.clone(), 1..3_u128, cents.clone()).prop_map(|(a, b, c)| Step::TopUp(a, b, c)),
        (who.clone(), cents.clone()).prop_map(|(a, b)| Step::Pay(a, b)),
        (who.clone(), cents.clone()).prop_map(|(a, b)| Step::Hold(a, b)),
        (who.clone(), 0..12_u128, cents.clone(), any::<bool>())
            .prop_map(|(a, b, c, d)| Step::Capture(a, b, c, d)),
        (who.clone(), 0..12_u128).prop_map(|(a, b)| Step::Cancel(a, b)),
        (who.clone(), 0..12_u128, cents.clone()).prop_map(|(a, b, c)| Step::Refund(a, b, c)),
        who.clone().prop_map(Step::Expire),
        who.clone().prop_map(Step::Suspend),
        who.prop_map(Step::Resume),
        (0..4_u8, cents).prop_map(|(a, b)| Step::List(a, b)),
        (0..4_u8).prop_map(Step::Withdraw),
        (1..20_00_u64).prop_map(Step::Agree),
        Just(Step::Follow),
        (-40..60_i64).prop_map(Step::Later),
        Just(Step::Season),
        Just(Step::Close),
    ]
}

/// Plays `steps`; what the rules refuse does not happen.
pub async fn play(steps: &[Step]) -> Story {
    let mut it = september().await;
    let (mut last, mut closing) = (100, Month::of(day("2026-09-01")));
    for step in steps {
        last += 1;
        // Few purchases, so that steps meet on the same ones.
        let known = |number: u128| if number < 4 { number } else { 100 + number };
        match *step {
            Step::TopUp(who, from, cents) => it.topped_up(who, from, cents).await,
            Step::Pay(who, cents) => {
                let pay = AccountCommand::Pay(authorise(last, "Atlas", cents));
                let _ = it.account(account(who), &pay).await;
            }
            Step::Hold(who, cents) => {
                let hold = AccountCommand::Authorise(authorise(last, "Fractions", cents));
                let _ = it.account(account(who), &hold).await;
            }
            Step::Capture(who, number, cents, all) => {
                let capture = capture(known(number), last, Some(cents), all);
                let _ = it.account(account(who), &capture).await;
            }
            Step::Cancel(who, number) => {
                let cancel = ledger_core::account::Cancel {
                    purchase: purchase(known(number)),
                    reason: "Erreur".into(),
                };
                let _ = it.account(account(who), &AccountCommand::Cancel(cancel)).await;
            }
            Step::Refund(who, number, cents) => {
                let refund = refund(known(number), last, Some(cents), "2027-09-02");
                let _ = it.account(account(who), &refund).await;
            }
            Step::Expire(who) => {
                let expire = AccountCommand::ExpireCredits { on: day("2027-09-01") };
                let _ = it.account(account(who), &expire).await;
            }
            Step::Suspend(who) => {
                let suspend = AccountCommand::Suspend { reason: "Départ".into() };
                let _ = it.account(account(who), &suspend).await;
            }
            Step::Resume(who) => {
                let _ = it.account(account(who), &AccountCommand::Resume).await;
            }
            Step::List(number, cents) => {
                it.list(1, listing(&format!("Fiche {number}"), cents)).await;
            }
            Step::Withdraw(number) => {
                let withdraw =
                    ledger_core::offer::OfferCommand::Withdraw { reason: "Épuisé".into() };
                let _ = it.offer(offer_of(1, &format!("Fiche {number}")), &withdraw).await;
            }
            Step::Agree(cents) => agreements::sign(&mut it, cents).await,
            Step::Follow => agreements::follow(&mut it).await,
            Step::Later(hours) => it.now += chrono::TimeDelta::hours(hours),
            // Credits are granted up to August.
            Step::Season if it.now < instant("2027-02-01T00:00:00Z") => {
                it.now += chrono::TimeDelta::days(50);
            }
            Step::Season => (),
            Step::Close => {
                it.close_month(closing).await;
                closing = closing.next();
            }
        }
    }
    it
}

/// Gives `from` to the read models in pieces of the given sizes, each read before the next comes.
async fn follow(from: &Memory, pieces: &[usize]) -> ledger_core::digest::Digest {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("live");
    let log = Memory::new();
    let models = ReadModels::open(log.clone().into(), &path, |_| ()).await.unwrap();
    let events = from.read_all(0, usize::MAX).await.unwrap();
    let (mut rest, mut pieces) = (&events[..], pieces.iter().cycle());
    while !rest.is_empty() {
        let many = (*pieces.next().unwrap_or(&1)).clamp(1, rest.len());
        let (piece, later) = rest.split_at(many);
        for it in piece {
            let event = ledger_core::event_log::NewEvent {
                name: name_of(&it.name),
                schema: it.schema,
                body: it.body.to_vec(),
            };
            let append = Append {
                stream: it.stream,
                expected: it.version - 1,
                meta: it.meta,
                events: smallvec::smallvec![event],
            };
            log.append(append).await.unwrap();
        }
        let end = log.end().await.unwrap();
        models.at_least(end, std::time::Duration::from_secs(20)).await.unwrap();
        rest = later;
    }
    models.close();
    dump_digest(&path).unwrap()
}

fn name_of(name: &str) -> &'static str {
    let table = ledger_core::codec::table();
    table.into_iter().find(|(_, known, _)| *known == name).unwrap().1
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn however_the_log_is_cut_the_tables_are_the_same(
        steps in proptest::collection::vec(step(), 0..60),
        pieces in proptest::collection::vec(1..40_usize, 1..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let story = play(&steps).await;
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("rebuilt");
            rebuild(&story.log.clone().into(), &path, |_| ()).await.unwrap();
            let followed = follow(&story.log, &pieces).await;
            prop_assert_eq!(dump_digest(&path).unwrap(), followed);
            Ok(())
        })?;
    }
}
