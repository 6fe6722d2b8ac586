//! What the log in one file promises beyond the contract of all logs.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod damage;
#[path = "../sample/mod.rs"]
mod sample;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ledger_core::event_log::embedded::OpenError;
use ledger_core::event_log::{AppendError, Embedded, EventLog, LogError, Recorded};
use rusqlite::Connection;
use sample::{append, stream};
use tempfile::TempDir;

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

async fn all(log: &Embedded) -> Vec<Recorded> {
    log.read_all(0, usize::MAX).await.unwrap()
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A log at `path` of 300 events in 10 streams, and its events.
async fn filled(path: &Path) -> (Embedded, Vec<Recorded>) {
    let log = Embedded::open(path).unwrap();
    for version in 0..10 {
        let appends = (0..10).map(|it| append(stream(it), version * 3, 3)).collect();
        assert!(log.append_many(appends).await.iter().all(Result::is_ok));
    }
    let events = all(&log).await;
    assert_eq!(events.len(), 300);
    (log, events)
}

/// Checks that each stream of `log` can be read, and goes on where it should.
async fn goes_on(log: &Embedded, events: &[Recorded]) {
    for id in 0..10 {
        let expected: Vec<_> = events.iter().filter(|it| it.stream == stream(id)).collect();
        let read = log.read_stream(stream(id), 0).await.unwrap();
        assert!(read.iter().eq(expected.iter().copied()), "stream {id}");
        let version = expected.len() as u64;
        let stale = log.append(append(stream(id), version + 1, 1)).await.unwrap_err();
        let (stream, expected, actual) = (stream(id), version + 1, version);
        assert_eq!(stale, AppendError::Conflict { stream, expected, actual });
    }
    let new = log.append(append(stream(3), 0, 1)).await;
    assert!(events.is_empty() || matches!(new, Err(AppendError::Conflict { .. })), "{new:?}");
}

#[tokio::test]
async fn a_log_opened_again_is_the_same() {
    let held = directory();
    let path = held.path().join("log");
    let (log, events) = filled(&path).await;
    let verified = log.verify(|_, _| ()).unwrap();
    drop(log);
    assert!(!beside(&path, "-wal").exists(), "the file alone is the log");
    for _ in 0..2 {
        let log = Embedded::open(&path).unwrap();
        assert_eq!(log.end().await, Ok(300));
        assert_eq!(all(&log).await, events);
        goes_on(&log, &events).await;
        assert_eq!(log.verify(|_, _| ()).unwrap(), verified);
    }
}

#[tokio::test]
async fn a_closed_log_refuses_appends_and_is_still_read() {
    let held = directory();
    let (log, events) = filled(&held.path().join("log")).await;
    let waiting = tokio::spawn({
        let log = log.clone();
        async move { log.wait_past(300).await }
    });
    tokio::task::yield_now().await;
    log.close();
    let refused = log.append(append(stream(11), 0, 1)).await;
    assert!(matches!(refused, Err(AppendError::Log(LogError::Unavailable(_)))), "{refused:?}");
    assert_eq!(all(&log).await, events);
    let woken = tokio::time::timeout(Duration::from_secs(5), waiting).await.unwrap().unwrap();
    assert!(matches!(woken, Err(LogError::Unavailable(_))), "{woken:?}");
}

#[tokio::test]
async fn what_was_accepted_before_the_end_is_written() {
    let held = directory();
    let path = held.path().join("log");
    let log = Embedded::open(&path).unwrap();
    let appends: Vec<_> = (0..50)
        .map(|it| {
            let log = log.clone();
            tokio::spawn(async move { log.append(append(stream(it), 0, 1)).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(5)).await;
    log.close();
    drop(log);
    let mut written = 0;
    for append in appends {
        written += u64::from(append.await.unwrap().is_ok());
    }
    assert_eq!(Embedded::open(&path).unwrap().end().await, Ok(written));
}

#[tokio::test]
async fn an_append_whose_caller_is_gone_leaves_the_log_whole() {
    let held = directory();
    let log = Embedded::open(held.path().join("log")).unwrap();
    for id in 0..50 {
        let log = log.clone();
        let task = tokio::spawn(async move { log.append(append(stream(id), 0, 2)).await });
        tokio::task::yield_now().await;
        task.abort();
    }
    log.append(append(stream(99), 0, 1)).await.unwrap();
    let events = all(&log).await;
    assert!(events.iter().zip(1..).all(|(it, position)| it.position == position));
    log.verify(|_, _| ()).unwrap();
}

#[test]
fn a_path_that_cannot_be_a_log_is_refused() {
    let held = directory();
    for path in [PathBuf::new(), held.path().to_owned(), held.path().join("none/log"), "/".into()] {
        let refused = Embedded::open(&path).unwrap_err();
        assert!(matches!(refused, OpenError::Path { .. }), "{refused}");
    }
    let refused = Embedded::open_read_only(held.path().join("log")).unwrap_err();
    assert!(matches!(refused, OpenError::Missing { .. }), "{refused}");
}

#[test]
fn a_file_that_is_not_a_log_is_refused_and_left_as_it_is() {
    let held = directory();
    let path = held.path().join("file");
    let other = held.path().join("other");
    Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
        .unwrap();
    let text = b"Not a log.".to_vec();
    let long = b"Not a log either, but longer than the header of one. ".repeat(10);
    for bytes in [text, long, fs::read(&other).unwrap()] {
        fs::write(&path, &bytes).unwrap();
        let refused = [Embedded::open(&path), Embedded::open_read_only(&path)];
        for refused in refused.map(Result::unwrap_err) {
            assert!(matches!(refused, OpenError::Foreign { .. }), "{refused}");
            assert!(refused.to_string().contains(path.to_str().unwrap()), "{refused}");
        }
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn a_log_of_a_newer_program_is_refused() {
    let held = directory();
    let path = held.path().join("log");
    drop(Embedded::open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 2).unwrap();
    drop(connection);
    let refused = Embedded::open(&path).unwrap_err();
    assert!(matches!(refused, OpenError::Newer { found: 2, known: 1, .. }), "{refused}");
}

#[test]
fn a_write_ahead_log_without_its_log_is_not_written_over() {
    let held = directory();
    let path = held.path().join("log");
    fs::write(beside(&path, "-wal"), [7; 5000]).unwrap();
    let refused = Embedded::open(&path).unwrap_err();
    assert!(matches!(refused, OpenError::Orphan { .. }), "{refused}");
    assert_eq!(fs::read(beside(&path, "-wal")).unwrap(), [7; 5000]);
}

#[test]
fn a_log_marked_read_only_is_refused_for_writing() {
    let held = directory();
    let path = held.path().join("log");
    drop(Embedded::open(&path).unwrap());
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let refused = Embedded::open(&path).unwrap_err();
    assert!(matches!(refused, OpenError::ReadOnly { .. }), "{refused}");
    Embedded::open_read_only(&path).unwrap();
}

#[test]
fn an_empty_file_becomes_a_log() {
    let held = directory();
    let path = held.path().join("log");
    fs::write(&path, []).unwrap();
    Embedded::open(&path).unwrap();
}

#[test]
fn a_log_has_one_writer_at_a_time() {
    let held = directory();
    let path = held.path().join("log");
    let first = Embedded::open(&path).unwrap();
    let refused = Embedded::open(&path).unwrap_err();
    assert!(matches!(refused, OpenError::Locked { .. }), "{refused}");
    let message = refused.to_string();
    assert!(message.contains(&std::process::id().to_string()), "who holds it: {message}");
    assert!(message.contains(path.to_str().unwrap()), "{message}");
    drop(first);
    Embedded::open(&path).unwrap();
}

#[tokio::test]
async fn a_log_is_read_beside_its_writer() {
    let held = directory();
    let path = held.path().join("log");
    let (log, events) = filled(&path).await;
    let reading = Embedded::open_read_only(&path).unwrap();
    assert_eq!(all(&reading).await, events);
    let waiting = tokio::spawn({
        let reading = reading.clone();
        async move { reading.wait_past(300).await }
    });
    log.append(append(stream(1), 30, 2)).await.unwrap();
    log.append(append(stream(20), 0, 1)).await.unwrap();
    let woken = tokio::time::timeout(Duration::from_secs(5), waiting).await.unwrap().unwrap();
    assert!(woken.unwrap() > 300);
    for id in [1, 20] {
        let read = reading.read_stream(stream(id), 0).await;
        assert_eq!(read, log.read_stream(stream(id), 0).await);
    }
    assert_eq!(reading.verify(|_, _| ()).unwrap(), log.verify(|_, _| ()).unwrap());
    let refused = reading.append(append(stream(1), 32, 1)).await;
    assert!(matches!(refused, Err(AppendError::Log(LogError::Unavailable(_)))), "{refused:?}");
}
