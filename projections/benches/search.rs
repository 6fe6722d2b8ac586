//! How fast the catalogue is searched, counted and indexed; and how well the demo's catalogue is
//! answered.
//!
//! `cargo bench -p projections --bench search [-- OFFERS] [sqlite]`; half a million unless told.
//! With `sqlite`, beside SQLite's own full text and GROUP BY over the same offers in the same run:
//! minutes more.
//!
//! All is timed by the clock, and by what was had of a processor, which is what it would take on a
//! machine of its own: on a busy one the two are far apart. Linux counts that by some milliseconds:
//! the mean is exact, the slowest in a hundred is rounded.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench may panic and prints")]

#[path = "search/offers.rs"]
mod offers;
#[path = "search/plain.rs"]
mod plain;
#[path = "../tests/projections/quality.rs"]
mod quality;
#[path = "search/vocabulary.rs"]
mod vocabulary;

use std::path::Path;
use std::time::{Duration, Instant};

use ledger_core::event_log::{EventLog, Log, Memory};
use ledger_core::vocabulary::{LEVELS, SUBJECTS};
use plain::Plain;
use projections::search::{FacetKind, SearchRequest};
use projections::{ReadModels, rebuild};
use vocabulary::Vocabulary;

/// As in the service.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many times each question is asked.
const ASKED: u64 = 400;

/// What the slowest search in a hundred may take, and the slowest suggestion; offers indexed from
/// the log in a second.
const TARGET: Duration = Duration::from_millis(10);
const SUGGESTED: Duration = Duration::from_millis(2);
const INDEXED: u64 = 20_000;

#[tokio::main]
async fn main() {
    let count = std::env::args().find_map(|it| it.parse().ok()).unwrap_or(500_000);
    let beside = std::env::args().any(|it| it == "sqlite");
    let vocabulary = Vocabulary::read();
    let cores = std::thread::available_parallelism().unwrap();
    println!("{count} offers from {}; {cores} cores.\n", vocabulary.told);
    let folder = tempfile::tempdir().unwrap();
    let log = Memory::new();
    offers::tell(&log, &vocabulary, count).await;
    let log = Log::from(log);
    let path = folder.path().join("read-models");
    let told_rss = rss();

    let (started, before) = (Instant::now(), all_on_cpu());
    let end = rebuild(&log, &path, |_| ()).await.unwrap();
    let took = started.elapsed();
    let had = all_on_cpu().saturating_sub(before);
    let rate = u128::from(end) * 1_000 / took.as_millis().max(1);
    let note = if rate >= u128::from(INDEXED) { "" } else { " (target missed)" };
    println!("rows and index from the log: {} ms, {rate} offers/s{note}", took.as_millis());
    println!("of processors: {} ms, {} µs an offer", had.as_millis(), micros(had, count));
    println!("memory: {told_rss} MB with the log in memory, at most {} MB since", peak());
    let index = size(&folder.path().join("read-models-search"));
    println!("index: {} MB, {} bytes an offer", index >> 20, index / count.max(1));
    let started = Instant::now();
    let models = ReadModels::open(log.clone(), &path, |_| ()).await.unwrap();
    println!("opened: {} ms; {} MB", started.elapsed().as_millis(), rss());
    let plain = beside.then(|| {
        let started = Instant::now();
        let plain = Plain::make(&path, &folder.path().join("plain"));
        println!("the same in SQLite: {} ms", started.elapsed().as_millis());
        plain
    });

    println!(
        "\n{:<30}{:>9}{:>9}{:>11}{:>11}{:>12}{:>8}",
        "what", "p50 ms", "p99 ms", "mean CPU", "p99 CPU", "SQLite p50", "ratio"
    );
    for (what, ask) in QUESTIONS {
        let asked = (0..ASKED).map(|it| {
            let request = ask(it, &vocabulary);
            timed(|| models.now().unwrap().search(&request).unwrap().count)
        });
        let ours = asked.collect();
        let theirs = plain.as_ref().map(|plain| {
            let theirs = (0..ASKED / 80).map(|it| {
                let request = ask(it, &vocabulary);
                timed(|| plain.search(&request)).0
            });
            sorted(theirs.collect())
        });
        told(what, ours, theirs.as_deref(), TARGET);
    }
    let asked = (0..ASKED).map(|it| {
        let word = topic(it, &vocabulary);
        let letters = 2 + usize::try_from(it).unwrap() % 5;
        let prefix: String = word.chars().take(letters).collect();
        timed(|| models.now().unwrap().suggest(&prefix, 8).unwrap().len())
    });
    told("suggestions", asked.collect(), None, SUGGESTED);
    println!("memory: {} MB", rss());
    models.close();
    assert_eq!(log.end().await.unwrap(), end);
    println!("\n{}", quality::told(&quality::answers().await));
}

type Question = fn(u64, &Vocabulary) -> SearchRequest;

const QUESTIONS: [(&str, Question); 5] = [
    ("three facets and words", |it, all| {
        let mut request = narrowed(it, 3);
        request.text = topic(it, all);
        request
    }),
    ("three facets", |it, _| narrowed(it, 3)),
    ("words", |it, all| SearchRequest {
        text: topic(it, all),
        limit: 24,
        ..SearchRequest::default()
    }),
    ("a frequent word", |it, _| {
        let text = ["exercices", "mathématiques", "classe", "français 6e"];
        let text = text[usize::try_from(it).unwrap() % text.len()].to_owned();
        SearchRequest { text, limit: 24, ..SearchRequest::default() }
    }),
    ("nothing typed, every count", |_, _| SearchRequest { limit: 24, ..SearchRequest::default() }),
];

/// Two words of a real topic.
fn topic(number: u64, vocabulary: &Vocabulary) -> String {
    let path = &vocabulary.subjects[offers::mixed(number, 50) % vocabulary.subjects.len()];
    let label = path.last().unwrap().label.as_str();
    let words = label.split(|it: char| !it.is_alphanumeric()).filter(|it| it.chars().count() > 4);
    words.take(2).collect::<Vec<_>>().join(" ")
}

fn narrowed(number: u64, facets: usize) -> SearchRequest {
    let level = LEVELS[offers::mixed(number, 51) % LEVELS.len()].cycle.word();
    let subject = SUBJECTS[offers::mixed(number, 52) % SUBJECTS.len()];
    let chosen = [
        (FacetKind::Level, level),
        (FacetKind::Subject, subject.broader.unwrap_or(subject.word)),
        (FacetKind::Price, ["5", "10", "20", "50"][offers::mixed(number, 53) % 4]),
    ];
    let chosen = chosen.into_iter().take(facets).map(|(kind, it)| (kind, vec![it.into()]));
    SearchRequest { filters: chosen.collect(), limit: 24, ..SearchRequest::default() }
}

/// What `run` took by the clock, and of a processor.
fn timed<T>(run: impl FnOnce() -> T) -> (Duration, Duration) {
    let (started, before) = (Instant::now(), on_cpu());
    std::hint::black_box(run());
    let took = started.elapsed();
    (took, on_cpu().saturating_sub(before))
}

/// What this thread had of a processor so far; nothing where the system does not say.
fn on_cpu() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = told.split(' ').next().and_then(|it| it.parse().ok());
    Duration::from_nanos(nanos.unwrap_or_default())
}

/// What all threads had so far, ended ones too.
fn all_on_cpu() -> Duration {
    let told = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = told.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2);
    // A hundred ticks a second on every Linux.
    Duration::from_millis(ticks.filter_map(|it| it.parse::<u64>().ok()).sum::<u64>() * 10)
}

fn micros(all: Duration, count: u64) -> u128 {
    all.as_micros() / u128::from(count.max(1))
}

/// Megabytes in memory now, without what is only a file mapped.
fn rss() -> u64 {
    status("RssAnon:")
}

/// The most megabytes that were, mapped files too.
fn peak() -> u64 {
    status("VmHWM:")
}

fn status(name: &str) -> u64 {
    let told = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = told.lines().find_map(|it| it.strip_prefix(name));
    let kilobytes = line.and_then(|it| it.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() >> 10
}

fn sorted(mut asked: Vec<Duration>) -> Vec<Duration> {
    asked.sort_unstable();
    asked
}

fn told(
    what: &str,
    ours: Vec<(Duration, Duration)>,
    theirs: Option<&[Duration]>,
    target: Duration,
) {
    let (clock, cpu): (Vec<_>, Vec<_>) = ours.into_iter().unzip();
    let (ours, cpu) = (sorted(clock), sorted(cpu));
    let text = |it: Duration| format!("{},{:02}", it.as_millis(), it.as_micros() % 1_000 / 10);
    let (p50, p99) = (ours[ours.len() / 2], ours[ours.len() * 99 / 100]);
    let (theirs, ratio) = match theirs {
        Some(theirs) => {
            let theirs = theirs[theirs.len() / 2];
            (text(theirs), format!("{}x", theirs.as_micros() / p50.as_micros().max(1)))
        }
        None => (String::new(), String::new()),
    };
    let note = if p99 <= target { "" } else { "  (target missed)" };
    let all: Duration = cpu.iter().sum();
    let own = Duration::from_micros(u64::try_from(micros(all, ASKED)).unwrap());
    let slowest = cpu[cpu.len() * 99 / 100];
    println!(
        "{what:<30}{:>9}{:>9}{:>11}{:>11}{theirs:>12}{ratio:>8}{note}",
        text(p50),
        text(p99),
        text(own),
        text(slowest)
    );
}

fn size(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).unwrap();
    files.map(|it| it.unwrap().metadata().unwrap().len()).sum()
}
