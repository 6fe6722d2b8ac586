//! What an accountant waits for, over a year of twenty million lines, and the accounting file of five.
//!
//! `cargo bench -p projections --bench books [-- LINES]`. `TMPDIR` says on which disk.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench may panic and prints")]

#[path = "books/year.rs"]
mod year;

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use ledger_core::chart::{Auxiliary, LedgerAccount};
use ledger_core::event_log::{Embedded, EventLog, Log};
use projections::fec::{Encoding, FecOf, fec};
use projections::reports::general_ledger::{LedgerCursor, LedgerOf, general_ledger};
use projections::reports::journal::{JournalOf, journal};
use projections::reports::trial_balance::TrialBalanceOf;
use projections::{ReadModels, rebuild};

/// As in the service.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many times each question is asked.
const ASKED: u64 = 300;

/// What the slowest in a hundred may take.
const TARGET: Duration = Duration::from_millis(50);

/// Lines of the accounting file, and how many a second it must write.
const FEC_LINES: usize = 5_000_000;
const FEC_TARGET: u128 = 500_000;

#[tokio::main]
async fn main() {
    let lines = std::env::args().find_map(|it| it.parse().ok()).unwrap_or(20_000_000);
    let folder = tempfile::tempdir().unwrap();
    let cores = std::thread::available_parallelism().unwrap();
    let books = Books::tell(folder.path(), lines).await;
    let pairs = books.models.now().unwrap().ledger_accounts().unwrap().len();
    println!("{lines} lines over 365 days, {pairs} accounts and auxiliaries; {cores} cores.\n");
    println!("{:<62}{:>10}{:>10}", "what", "p50 ms", "p99 ms");
    books.plain();
    books.trial_balances(true, false);
    books.trial_balances(true, true);
    books.trial_balances(false, false);
    books.ledgers().await;
    books.journals().await;
    drop(books);
    accounting_file(folder.path(), lines.min(FEC_LINES)).await;
}

/// A log, and its read models.
struct Books {
    log: Log,
    path: PathBuf,
    models: ReadModels,
}

impl Books {
    async fn tell(folder: &Path, lines: usize) -> Self {
        let log = Embedded::open(folder.join("log")).unwrap();
        let started = Instant::now();
        year::tell(&log, (lines / year::LINES) as u64).await;
        let log = Log::from(log);
        let end = log.end().await.unwrap();
        println!("{end} events written in {} s", started.elapsed().as_secs());
        let path = folder.join("read-models");
        let started = Instant::now();
        rebuild(&log, &path, |_| ()).await.unwrap();
        let size = std::fs::metadata(&path).unwrap().len() >> 20;
        println!("read models of {size} MB made in {} s", started.elapsed().as_secs());
        let models = ReadModels::open(log.clone(), &path, |_| ()).await.unwrap();
        Self { log, path, models }
    }

    /// The same as [`Self::trial_balances`] in one query over the totals of each day.
    fn plain(&self) {
        let connection = rusqlite::Connection::open(&self.path).unwrap();
        let sql = "SELECT number, auxiliary, sum(debit), sum(credit)
            FROM day_total JOIN ledger_account ON no = account
            WHERE day <= ?1 GROUP BY number, auxiliary ORDER BY number, auxiliary";
        let mut query = connection.prepare(sql).unwrap();
        let asked = (0..ASKED / 10).map(|it| {
            let day = chrono::Datelike::num_days_from_ce(&day_of(it));
            timed(|| {
                let rows = query.query_map([day], |row| row.get::<_, i64>(2)).unwrap();
                assert!(rows.count() > 0);
            })
        });
        told("plain SQLite: one query over the totals of each day", asked.collect(), None);
    }

    fn trial_balances(&self, by_auxiliary: bool, as_known: bool) {
        let asked = (0..ASKED).map(|it| {
            let to = day_of(it);
            let from = NaiveDate::from_ymd_opt(2026, 1, 1).filter(|_| it % 3 == 0);
            let from = from.or_else(|| to.checked_sub_days(Days::new(it % 40)));
            let known = to.checked_add_days(Days::new(it % 15)).filter(|_| as_known);
            let of = TrialBalanceOf { from, to: Some(to), known, by_auxiliary };
            timed(|| {
                let balance = self.models.now().unwrap().trial_balance(of).unwrap();
                assert!(balance.totals().balance());
            })
        });
        let by = if by_auxiliary { "auxiliary" } else { "general account" };
        let known = if as_known { ", as known on another" } else { "" };
        told(&format!("trial balance by {by} as at any day{known}"), asked.collect(), Some(TARGET));
    }

    async fn ledgers(&self) {
        let end = self.log.end().await.unwrap();
        for (what, account, one, deep) in [
            ("general ledger of a busy account, first page", LedgerAccount::Holds, false, false),
            ("the same, any page", LedgerAccount::Holds, false, true),
            ("general ledger of a funder, first page", LedgerAccount::Holds, true, false),
            ("the same, any page", LedgerAccount::Holds, true, true),
        ] {
            let mut asked = Vec::new();
            for it in 0..ASKED {
                let to = day_of(it);
                let auxiliary = Auxiliary::Funder(year::funder(random(it) % year::FUNDERS));
                let of = LedgerOf {
                    account,
                    auxiliary: Some(auxiliary).filter(|_| one),
                    from: NaiveDate::from_ymd_opt(2026, 1, 1),
                    to: Some(to),
                    known: None,
                };
                // Somewhere on the way to the last day.
                let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + Days::new(it % 365 / 2);
                let day = day.min(to);
                let number = chrono::Datelike::num_days_from_ce(&day);
                let position = end * u64::from(chrono::Datelike::ordinal(&day)) / 365;
                let after: LedgerCursor = format!("{number}.{position}.0").parse().unwrap();
                let started = Instant::now();
                let reader = self.models.now().unwrap();
                let after = Some(after).filter(|_| deep);
                let page = general_ledger(reader, &self.log, of, after, 100).await.unwrap();
                asked.push(started.elapsed());
                assert!(!page.lines.is_empty() || deep);
            }
            told(what, asked, Some(TARGET));
        }
    }

    async fn journals(&self) {
        let mut asked = Vec::new();
        for it in 0..ASKED {
            let of = JournalOf { from: Some(day_of(it)), ..JournalOf::default() };
            let started = Instant::now();
            let reader = self.models.now().unwrap();
            let page = journal(reader, &self.log, of, None, 40).await.unwrap();
            asked.push(started.elapsed());
            assert_eq!(page.entries.len(), 40);
        }
        told("journal from any day, 40 entries", asked, Some(TARGET));
    }
}

/// Writes the file of a year, beside a plain copy of the same bytes.
async fn accounting_file(folder: &Path, lines: usize) {
    let folder = folder.join("fec");
    std::fs::create_dir(&folder).unwrap();
    let books = Books::tell(&folder, lines).await;
    println!("\n{:<62}{:>10}{:>10}{:>10}", "what", "seconds", "lines/s", "MB/s");
    let path = folder.join("110046018FEC20261231.txt");
    for encoding in [Encoding::Latin9, Encoding::Utf8] {
        let started = Instant::now();
        let file = File::create(&path).unwrap();
        let reader = books.models.now().unwrap();
        let of = FecOf { year: 2026, encoding };
        fec(reader, &books.log, of, BufWriter::new(&file), |_| ()).await.unwrap();
        file.sync_all().unwrap();
        let what = format!("accounting file of a year, {}", encoding.name());
        let per_second = file_row(&what, started, lines, &path);
        let met = if per_second >= FEC_TARGET { "met" } else { "NOT MET" };
        println!("    at least {FEC_TARGET} lines/s: {met}");
    }
    let copy = folder.join("copy");
    let started = Instant::now();
    std::fs::copy(&path, &copy).unwrap();
    File::open(&copy).unwrap().sync_all().unwrap();
    file_row("plain copy of the same bytes", started, lines, &path);
}

fn file_row(what: &str, started: Instant, lines: usize, path: &Path) -> u128 {
    let took = started.elapsed().as_micros().max(1);
    let bytes = u128::from(std::fs::metadata(path).unwrap().len());
    let per_second = lines as u128 * 1_000_000 / took;
    let seconds = format!("{},{:02}", took / 1_000_000, took / 10_000 % 100);
    println!("{what:<62}{seconds:>10}{per_second:>10}{:>10}", bytes / took);
    per_second
}

fn timed(ask: impl FnOnce()) -> Duration {
    let started = Instant::now();
    ask();
    started.elapsed()
}

/// Any number, the same each time.
fn random(number: u64) -> u64 {
    (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24
}

/// Any day of the year.
fn day_of(number: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + Days::new(random(number) % 365)
}

fn told(what: &str, mut asked: Vec<Duration>, target: Option<Duration>) {
    asked.sort_unstable();
    let at = |percent: usize| asked[(asked.len() - 1) * percent / 100];
    let text = |it: Duration| format!("{},{:02}", it.as_millis(), it.as_micros() / 10 % 100);
    let met = match target {
        Some(target) if at(99) > target => format!("  p99 ≤ {} ms: NOT MET", target.as_millis()),
        Some(target) => format!("  p99 ≤ {} ms: met", target.as_millis()),
        None => String::new(),
    };
    println!("{what:<62}{:>10}{:>10}{met}", text(at(50)), text(at(99)));
}
