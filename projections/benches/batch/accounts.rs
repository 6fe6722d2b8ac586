//! Accounts that a batch credits, and plain SQLite to compare with.

use std::path::Path;
use std::time::{Duration, Instant};

use ledger_core::account::{
    Account, AccountCommand, AccountOpened, Earmark, Holder, Recipients, School, SchoolLevel,
};
use ledger_core::batch::{Batch, BatchCommand, BatchOpened, CHUNK_LINES_MAX, ChunkAdded, Line};
use ledger_core::envelope::{Envelope, EnvelopeCommand, EnvelopeOpened};
use ledger_core::event_log::{EventLog, Log};
use ledger_core::ids::{AccountId, BatchId, EnvelopeId};
use ledger_core::ledger::Ledger;
use ledger_core::meta::{Actor, Meta};
use ledger_core::money::{Amount, Budget};
use projections::ReadModels;
use uuid::Uuid;

pub const ENVELOPE: EnvelopeId = EnvelopeId(Uuid::from_u128(1));
pub const BATCH: BatchId = BatchId(Uuid::from_u128(2));

pub fn meta() -> Meta {
    let at = "2026-09-01T08:00:00Z".parse().unwrap();
    Meta { at, by: Actor::PROCESS, cause: Uuid::from_u128(7) }
}

/// The ids of `accounts` accounts, in no order, as in life.
pub fn ids(accounts: usize) -> Vec<AccountId> {
    let id = |n: usize| AccountId(Uuid::new_v5(&Uuid::nil(), &(n as u64).to_be_bytes()));
    (0..accounts).map(id).collect()
}

/// `accounts` accounts that hold nothing, and an envelope with enough for all of them.
pub async fn open(ledger: &Ledger, ids: &[AccountId]) {
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
pub async fn receive(ledger: &Ledger, ids: &[AccountId]) {
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

pub async fn caught_up(log: &Log, models: &ReadModels) {
    let end = log.end().await.unwrap();
    models.at_least(end, Duration::from_mins(10)).await.unwrap();
}

/// As many rows, of about the bytes that a credit has, as durable.
pub fn plain(path: &Path, rows: usize) {
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

pub fn row(what: &str, started: Instant, lines: usize) {
    let took = started.elapsed();
    let rate = (lines as u128 * 1_000_000) / took.as_micros().max(1);
    let (seconds, hundredths) = (took.as_secs(), took.subsec_millis() / 10);
    println!("{what:<58}{:>9}{rate:>12}", format!("{seconds},{hundredths:02}"));
}
