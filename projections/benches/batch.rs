//! One batch of top-ups for 900,000 accounts, from its lines in the log to the read models, beside
//! plain SQLite in the same run; and the memory that so many accounts take.
//!
//! `cargo bench -p projections --bench batch [-- ACCOUNTS]`. `TMPDIR` says on which disk.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench may panic and prints")]

use std::path::Path;
use std::time::{Duration, Instant};

use ledger_core::account::{
    Account, AccountCommand, AccountOpened, Earmark, Holder, Recipients, School, SchoolLevel,
};
use ledger_core::batch::{
    Batch, BatchCommand, BatchOpened, BatchStatus, CHUNK_LINES_MAX, ChunkAdded, Line,
};
use ledger_core::envelope::{Envelope, EnvelopeCommand, EnvelopeOpened};
use ledger_core::event_log::{Embedded, EventLog, Log};
use ledger_core::ids::{AccountId, BatchId, EnvelopeId};
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::meta::{Actor, Meta};
use ledger_core::money::{Amount, Budget};
use ledger_core::process::batches::credit;
use projections::ReadModels;
use uuid::Uuid;

/// As in the service.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ENVELOPE: EnvelopeId = EnvelopeId(Uuid::from_u128(1));
const BATCH: BatchId = BatchId(Uuid::from_u128(2));

/// What the batch may take, in seconds, when it is of 900,000 accounts.
const TARGET: u64 = 15;

/// How much memory 900,000 accounts may take, in MiB.
const MEMORY_TARGET: u64 = 1024;

fn meta() -> Meta {
    let at = "2026-09-01T08:00:00Z".parse().unwrap();
    Meta { at, by: Actor::PROCESS, cause: Uuid::from_u128(7) }
}

#[tokio::main]
async fn main() {
    let accounts = std::env::args().find_map(|it| it.parse().ok()).unwrap_or(900_000);
    let folder = tempfile::tempdir().unwrap();
    let cores = std::thread::available_parallelism().unwrap();
    println!("{accounts} accounts, embedded log, durable; {cores} cores.\n");
    println!("{:<58}{:>9}{:>12}", "what", "seconds", "lines/s");

    let started = Instant::now();
    plain(&folder.path().join("plain"), accounts);
    row("plain SQLite, a 300-byte row each, 5,000 a commit, FULL", started, accounts);

    let log = Log::from(Embedded::open(folder.path().join("log")).unwrap());
    let ledger = Ledger::new(log.clone(), CacheSizes::default());
    let ids: Vec<AccountId> = (0..accounts)
        .map(|n| AccountId(Uuid::new_v5(&Uuid::nil(), &(n as u64).to_be_bytes())))
        .collect();
    open(&ledger, &ids).await;
    let models = ReadModels::open(log.clone(), folder.path().join("models"), |_| ()).await.unwrap();
    caught_up(&log, &models).await;
    let before = memory("VmRSS");

    let started = Instant::now();
    receive(&ledger, &ids).await;
    row("its lines are received, in chunks of 5,000", started, accounts);

    let started = Instant::now();
    credit(&ledger, BATCH, meta().at.date_naive(), meta()).await.unwrap();
    row("they are credited", started, accounts);
    caught_up(&log, &models).await;
    row("… and the read models show it", started, accounts);
    let (seconds, target) = (started.elapsed().as_secs(), TARGET);
    let reached = |it: bool| if it { "reached" } else { "NOT reached" };
    println!("    target {target} s for 900,000: {}", reached(seconds < target));

    let batch = ledger.state::<Batch>(BATCH).await.unwrap();
    assert_eq!((batch.status, batch.credited as usize), (BatchStatus::Completed, accounts));
    let (now, peak) = (memory("VmRSS"), memory("VmHWM"));
    println!(
        "\nmemory: {now} MiB resident with {} accounts in memory ({before} before the batch), \
         {peak} MiB at most",
        ledger.accounts_in_memory()
    );
    println!(
        "    target {MEMORY_TARGET} MiB for 900,000: {}",
        reached(now.max(peak) <= MEMORY_TARGET)
    );
    models.close();
}

/// `accounts` accounts that hold nothing, and an envelope with enough for all of them.
async fn open(ledger: &Ledger, ids: &[AccountId]) {
    let school =
        School { uai: "0750655E".parse().unwrap(), level: SchoolLevel::LowerSecondary, academy: 1 };
    let open = AccountCommand::Open(AccountOpened { holder: Holder::Teacher, school });
    for ids in ids.chunks(5_000) {
        let commands: Vec<_> = ids.iter().map(|it| (*it, open.clone())).collect();
        for answer in ledger.execute_many::<Account>(&commands, meta()).await {
            answer.unwrap();
        }
    }
    let open = EnvelopeCommand::Open(Box::new(EnvelopeOpened {
        funder: "siren:217500016".parse().unwrap(),
        funder_name: "Ville de Paris".into(),
        title: "Écoles numériques".into(),
        legal_reference: "Délibération 2026-12".into(),
        budget: Budget::MAX,
        ratio: 1000,
        valid_from: "2026-09-01".parse().unwrap(),
        valid_until: "2027-08-31".parse().unwrap(),
        priority: 5,
        recipients: Recipients::default(),
        earmark: Earmark::default(),
        convention: None,
    }));
    ledger.execute::<Envelope>(ENVELOPE, &open, meta()).await.unwrap();
}

/// Puts the batch's lines in the log, and submits it.
async fn receive(ledger: &Ledger, ids: &[AccountId]) {
    let execute = async |command: BatchCommand| {
        ledger.execute::<Batch>(BATCH, &command, meta()).await.unwrap();
    };
    let reference = "Rentrée 2026".into();
    execute(BatchCommand::Open(BatchOpened { envelope: ENVELOPE, reference })).await;
    let amount = Amount::from_cents(150_00).unwrap();
    let mut lines = (1..).zip(ids).map(|(number, &account)| Line { number, account, amount });
    for number in 0.. {
        let lines: Vec<_> = lines.by_ref().take(CHUNK_LINES_MAX).collect();
        if lines.is_empty() {
            break;
        }
        execute(BatchCommand::AddChunk(ChunkAdded { number, lines, refused: vec![] })).await;
    }
    execute(BatchCommand::Submit).await;
}

async fn caught_up(log: &Log, models: &ReadModels) {
    let end = log.end().await.unwrap();
    models.at_least(end, Duration::from_mins(10)).await.unwrap();
}

/// As many rows, of about the bytes that a credit has, as durable.
fn plain(path: &Path, rows: usize) {
    let mut sqlite = rusqlite::Connection::open(path).unwrap();
    sqlite.pragma_update(None, "journal_mode", "WAL").unwrap();
    sqlite.pragma_update(None, "synchronous", "FULL").unwrap();
    sqlite.execute("CREATE TABLE event (position INTEGER PRIMARY KEY, body BLOB)", []).unwrap();
    for first in (0..rows).step_by(5_000) {
        let commit = sqlite.transaction().unwrap();
        let mut insert = commit.prepare_cached("INSERT INTO event (body) VALUES (?)").unwrap();
        for _ in first..(first + 5_000).min(rows) {
            insert.execute([[7_u8; 300].as_slice()]).unwrap();
        }
        drop(insert);
        commit.commit().unwrap();
    }
}

fn row(what: &str, started: Instant, lines: usize) {
    let took = started.elapsed();
    let rate = (lines as u128 * 1_000_000) / took.as_micros().max(1);
    let (seconds, hundredths) = (took.as_secs(), took.subsec_millis() / 10);
    println!("{what:<58}{:>9}{rate:>12}", format!("{seconds},{hundredths:02}"));
}

/// A figure of this process, in MiB; 0 where the system does not tell.
fn memory(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix(what)?.strip_prefix(':'));
    let kib = line.and_then(|it| it.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.unwrap_or_default() >> 10
}
