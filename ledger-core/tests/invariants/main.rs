//! What must hold whatever happens, on random histories of a whole small ledger.
//!
//! Each history is more than 200 commands on four accounts, four envelopes, two partners and five
//! offers; each command is sent twice. Then every event is folded again by [`model`] and
//! [`books`], which share nothing with the rules, and all is checked after each one.

#![expect(clippy::wildcard_enum_match_arm, reason = "a command belongs to one part of the world")]

mod agreeing;
mod books;
mod command;
mod model;
mod paying;
mod plan;
mod pots;
mod settle;
mod settling;
mod teaming;
mod world;

use std::cell::RefCell;
use std::collections::BTreeSet;

use books::Books;
use command::{Command, history};
use compact_str::CompactString;
use ledger_core::account::Account;
use ledger_core::codec;
use ledger_core::envelope::Envelope;
use ledger_core::event::Event;
use ledger_core::event_log::{Position, Recorded};
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::stream::Category;
use model::Model;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use world::{Answer, Sent, World};

#[test]
fn whatever_happens_every_cent_is_accounted_for() {
    let config =
        Config { cases: 96, max_shrink_iters: 300, failure_persistence: None, ..Config::default() };
    // Random histories prove nothing of what never happens in them.
    let seen = RefCell::new(BTreeSet::new());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let told = TestRunner::new(config).run(&(history(), any::<bool>()), |(history, crowded)| {
        seen.borrow_mut().extend(runtime.block_on(check(&history, crowded)));
        Ok::<(), TestCaseError>(())
    });
    if let Err(failure) = told {
        panic!("{failure}");
    }
    let kinds = [
        Category::Account,
        Category::Envelope,
        Category::Batch,
        Category::Remittance,
        Category::Agreement,
        Category::Payment,
    ];
    for (_, name, _) in codec::table().into_iter().filter(|it| kinds.contains(&it.0)) {
        // Handed over by people, outside the ledger.
        let by_hand = name == "remittance_delivered";
        assert!(by_hand || seen.borrow().contains(name), "{name} never happened in any history");
    }
    for name in ["payment_debited", "payment_returned", "payment_rejected", "line_parked"] {
        assert!(seen.borrow().contains(name), "{name} never happened in any history");
    }
}

/// Checks one history; gives the names of the events that it led to.
async fn check(history: &[Command], crowded: bool) -> BTreeSet<CompactString> {
    let mut world = World::new(crowded).await;
    let mut done = Vec::new();
    for command in history {
        match command {
            Command::Settle { roll } => world.settle(*roll).await.expect("a round"),
            Command::Follow => world.follow().await.expect("counted"),
            _ => (),
        }
        for sent in world.plan(command).await.expect("a plan") {
            if send_twice(&world, &sent).await && sent.has_a_reference() {
                done.push(sent);
            }
        }
    }
    let end = end(&world).await;
    for sent in &done {
        world.send(sent).await.expect("an answer");
        assert_eq!(self::end(&world).await, end, "sent again after all: {sent:?}");
    }
    let events = world.look(<[_]>::to_vec).await.expect("events");
    agreeing::check(&events, |_| Position::MAX);
    let model = add_up(&events);
    check_states(&world, &model).await;
    events.iter().map(|it| it.0.name.clone()).collect()
}

/// Sends a command, then sends it again, which must change nothing; `false` when it is refused.
async fn send_twice(world: &World, sent: &Sent) -> bool {
    let accepted = world.send(sent).await.expect("an answer") != Answer::Refused;
    let end = end(world).await;
    let again = world.send(sent).await.expect("an answer") != Answer::Refused;
    assert_eq!(self::end(world).await, end, "not idempotent: {sent:?}");
    assert_eq!(again, accepted, "another answer the second time: {sent:?}");
    accepted
}

async fn end(world: &World) -> Position {
    world.end().await.expect("a log")
}

/// Folds every event again, and checks all that must hold after each one.
fn add_up(events: &[(Recorded, Event)]) -> Model {
    let (mut model, mut books) = (Model::default(), Books::default());
    for (recorded, event) in events {
        model.apply(recorded, event);
        books.post(event);
        books.check(&model);
    }
    model
}

/// The states in memory are those that a new start reads from the log, and what the events say.
async fn check_states(world: &World, model: &Model) {
    let restarted = Ledger::new(world.ledger.log().clone(), CacheSizes::default());
    for id in world.accounts() {
        let live = world.ledger.state::<Account>(id).await.expect("an account");
        let replayed = restarted.state::<Account>(id).await.expect("an account");
        assert_eq!(live, replayed, "the live state is not what the log leads to");
        model.check_account(id, &live);
    }
    for id in world.envelopes() {
        let live = world.ledger.state::<Envelope>(id).await.expect("an envelope");
        let replayed = restarted.state::<Envelope>(id).await.expect("an envelope");
        assert_eq!(live, replayed, "the live state is not what the log leads to");
    }
}
