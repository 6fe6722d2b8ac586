//! The whole core simulated: several nodes on one log, process managers on each of them, people who
//! send again what got no answer, and all that machines and networks do, from one seed.
//!
//! `make simulate` runs more seeds; `SEED=n` one of them. See `docs/simulation.md`.

#![allow(clippy::wildcard_enum_match_arm, reason = "a reader of events looks at some of them")]
#![allow(dead_code, reason = "what is shared with the tests of one node is not all used here")]

#[path = "../invariants/agreeing.rs"]
mod agreeing;
#[path = "../invariants/books.rs"]
mod books;
#[path = "../invariants/command.rs"]
mod command;
#[path = "../invariants/model.rs"]
mod model;
#[path = "../invariants/paying.rs"]
mod paying;
#[path = "../invariants/plan.rs"]
mod plan;
#[path = "../invariants/pots.rs"]
mod pots;
#[path = "../invariants/settle.rs"]
mod settle;
#[path = "../invariants/settling.rs"]
mod settling;
#[path = "../invariants/teaming.rs"]
mod teaming;
#[path = "../invariants/world.rs"]
mod world;

mod actors;
mod audit;
mod clock;
mod cluster;
mod end;
mod flaws;
mod log;
mod managers;
mod todo;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use clock::Task;
use cluster::{Cluster, NODES};
use command::{Command, history};
use compact_str::CompactString;
use flaws::Flaw;
use ledger_core::codec;
use ledger_core::digest::Digest;
use ledger_core::stream::Category;
use managers::Job;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// How many seeds are run when nobody says.
const SEEDS: u64 = 60;

/// Within how many seeds a log that is wrong is found.
const SEEDS_A_FLAW: u64 = 60;

/// How many people send commands at the same time.
const PEOPLE: usize = 6;

/// What one seed led to.
struct Outcome {
    /// Of all events, as they stand in the log.
    digest: Digest,
    commands: u64,
    events: u64,
    faults: u64,
    names: BTreeSet<CompactString>,
}

/// Runs one seed to its end; panics at the first thing that does not hold.
fn simulate(seed: u64, flaw: Option<Flaw>) -> Outcome {
    let cluster = Cluster::new(seed, flaw);
    cluster.audit.borrow_mut().traced = setting("TRACE").is_some();
    let commands = commands(seed);
    let (over, left) = (Cell::new(false), Cell::new(PEOPLE));
    let queue = RefCell::new(commands.into_iter());
    let mut tasks: Vec<Task<'_>> = Vec::new();
    for _ in 0..PEOPLE {
        tasks.push(Box::pin(async {
            cluster.opened().await;
            cluster.act(&queue).await;
            left.set(left.get() - 1);
        }));
    }
    for node in 0..NODES {
        tasks.push(Box::pin(cluster.follow(node)));
        for job in [Job::Money, Job::Sales, Job::Settling] {
            tasks.push(Box::pin(cluster.manage(node, job)));
        }
    }
    tasks.push(Box::pin(async {
        cluster.open().await;
        cluster.disk.held.lock().weather = cluster.draw_weather();
        cluster.storm().await;
    }));
    tasks.push(Box::pin(async {
        cluster.finish(&left).await;
        over.set(true);
    }));
    clock::run(&cluster.clock, tasks, &over, || {
        let held = cluster.disk.held.lock();
        if held.events.len() != cluster.audit.borrow().events.len() {
            cluster.audit.borrow_mut().look(&held);
        }
    });
    let held = cluster.disk.held.lock();
    let mut audit = cluster.audit.borrow_mut();
    audit.close(&held);
    let mut bytes = Vec::new();
    for it in &held.events {
        bytes.extend_from_slice(it.stream.to_string().as_bytes());
        bytes.extend_from_slice(it.name.as_bytes());
        bytes.extend_from_slice(&it.body);
    }
    Outcome {
        digest: Digest::of(&bytes),
        commands: cluster.commands.get(),
        events: held.events.len() as u64,
        faults: held.faults + cluster.kills.get(),
        names: held.events.iter().map(|it| it.name.clone()).collect(),
    }
}

/// The commands of a seed.
fn commands(seed: u64) -> Vec<Command> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    history().new_tree(&mut runner).expect("a history").current()
}

thread_local! {
    /// Where the last panic of a seed was, and what it said.
    static TOLD: RefCell<String> = const { RefCell::new(String::new()) };
    /// Whether a seed is being tried: its panics are told by whoever tries it.
    static TRYING: Cell<bool> = const { Cell::new(false) };
}

/// Runs one seed; says what does not hold.
fn tried(seed: u64, flaw: Option<Flaw>) -> Result<Outcome, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if TRYING.get() {
                TOLD.set(panic.to_string());
            } else {
                usual(panic);
            }
        }));
    });
    TRYING.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(|| simulate(seed, flaw)));
    TRYING.set(false);
    outcome.map_err(|_| TOLD.take())
}

/// A number from the environment.
#[expect(clippy::disallowed_methods, reason = "a test's own setting")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|it| it.parse().expect("a number"))
}

/// What many seeds led to.
#[derive(Default)]
struct Totals {
    commands: u64,
    events: u64,
    faults: u64,
    names: BTreeSet<CompactString>,
}

/// Runs so many seeds on all processors; panics at the first that fails, and says how to replay it.
fn run_all(from: u64, seeds: u64) -> Totals {
    let (next, failed) = (AtomicU64::new(from), AtomicBool::new(false));
    let totals = parking_lot::Mutex::new(Totals::default());
    let failures = parking_lot::Mutex::new(Vec::new());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= from + seeds || failed.load(Ordering::Relaxed) {
                return;
            }
            match tried(seed, None) {
                Ok(it) => {
                    let mut totals = totals.lock();
                    totals.commands += it.commands;
                    totals.events += it.events;
                    totals.faults += it.faults;
                    totals.names.extend(it.names);
                }
                Err(why) => {
                    failed.store(true, Ordering::Relaxed);
                    failures.lock().push(format!(
                        "seed {seed}: {why}\nto see it again: SEED={seed} make simulate"
                    ));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let failures = failures.into_inner();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    totals.into_inner()
}

#[test]
fn whatever_fails_every_cent_is_accounted_for() {
    let one = setting("SEED");
    let seeds = one.map_or_else(|| setting("SEEDS").unwrap_or(SEEDS), |_| 1);
    let (from, began) = (one.unwrap_or(1), Instant::now());
    let Totals { commands, events, faults, names } = run_all(from, seeds);
    let took = began.elapsed().as_millis().max(1);
    println!(
        "{seeds} seeds, {commands} commands, {events} events, {faults} faults in {took} ms: \
         {} commands a minute",
        u128::from(commands) * 60_000 / took
    );
    if seeds < SEEDS {
        return;
    }
    // Simulations prove nothing of what never happens in them.
    let kinds = [Category::Account, Category::Envelope, Category::Batch, Category::Payment];
    for (_, name, _) in codec::table().into_iter().filter(|it| kinds.contains(&it.0)) {
        // Within days of a term: seen to by the histories of one ledger.
        let rare = name == "approval_reminded";
        assert!(rare || names.contains(name), "{name} never happened in any simulation");
    }
    for name in ["visa_granted", "payment_debited", "remittance_drawn_up", "buyer_credited"] {
        assert!(names.contains(name), "{name} never happened in any simulation");
    }
}

#[test]
fn the_same_seed_leads_to_the_same_log() {
    for seed in 1..=4 {
        let (one, two) = (simulate(seed, None), simulate(seed, None));
        assert_eq!(one.digest, two.digest, "seed {seed}");
        assert_eq!((one.commands, one.faults), (two.commands, two.faults), "seed {seed}");
        assert_ne!(one.digest, simulate(seed + 100, None).digest, "whatever the seed");
    }
}

#[test]
fn every_log_that_breaks_a_promise_is_found() {
    for flaw in Flaw::ALL {
        let found = (1..=SEEDS_A_FLAW).find_map(|seed| tried(seed, Some(flaw)).err());
        let why = found.unwrap_or_else(|| panic!("{flaw:?} was not found"));
        println!("{flaw:?}: {}", why.lines().nth(1).unwrap_or_default());
    }
}

#[test]
fn the_docs_list_every_log_and_rule_that_is_spoiled() {
    let docs = include_str!("../../../docs/simulation.md");
    let mutants = include_str!("../../../fixtures/checks/mutants.txt");
    for name in
        mutants.lines().filter(|it| !it.starts_with('#')).filter_map(|it| it.split('\t').next())
    {
        assert!(
            docs.contains(&format!("| `{name}` |")),
            "docs/simulation.md says nothing of {name}"
        );
    }
    let table = docs.split("## Logs that are found out").nth(1).expect("a section");
    let table = table.split("\n## ").next().expect("a section");
    let rows = table.lines().filter(|it| it.starts_with("| ")).count() - 1;
    assert_eq!(rows, Flaw::ALL.len(), "docs/simulation.md lists other logs");
}
