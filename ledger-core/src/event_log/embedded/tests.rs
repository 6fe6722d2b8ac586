//! What happens when the writer itself fails.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use smallvec::smallvec;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::event_log::{Append, AppendError, LogError, NewEvent};
use crate::meta::{Actor, Meta};
use crate::stream::{Category, StreamId};

use super::queue::Request;
use super::writer::{Gone, Writer};

/// An append of one event of so many bytes that do not compress.
fn append(expected: u64, bytes: usize) -> Append {
    let stream = StreamId { category: Category::Account, id: Uuid::nil() };
    let at = "2026-09-01T08:00:00Z".parse().unwrap();
    let seeds = (0_u64..).flat_map(|it| Uuid::new_v5(&stream.id, &it.to_le_bytes()).into_bytes());
    let event = NewEvent { name: "opened", schema: 1, body: seeds.take(bytes).collect() };
    let meta = Meta { at, by: Actor::PROCESS, cause: Uuid::nil() };
    Append { stream, expected, meta, events: smallvec![event] }
}

#[tokio::test]
async fn a_full_disk_refuses_appends_until_there_is_room() {
    let held = tempfile::tempdir().unwrap();
    let (_lock, writer, _copier) = Writer::open(&held.path().join("log")).unwrap();
    writer.committer.connection.pragma_update(None, "max_page_count", 40).unwrap();
    let shared = writer.shared.clone();
    let writing = thread::spawn(|| writer.run());
    let try_append = async |expected, bytes| {
        let (caller, answer) = oneshot::channel();
        shared.queue.push(Request::One(append(expected, bytes), caller));
        answer.await.unwrap().0
    };
    assert_eq!(try_append(0, 1000).await.unwrap().position, 1);
    for _ in 0..2 {
        let refused = try_append(1, 1 << 20).await.unwrap_err();
        assert!(matches!(refused, AppendError::Log(LogError::Unavailable(_))), "{refused:?}");
    }
    assert_eq!(try_append(1, 1000).await.unwrap().position, 2);
    shared.queue.close(super::closed());
    writing.join().unwrap();
    assert_eq!(shared.reader.with(super::rows::end).unwrap().next, 3);
}

#[tokio::test]
async fn what_was_checked_against_a_commit_that_failed_is_checked_again() {
    let held = tempfile::tempdir().unwrap();
    let (_lock, writer, _copier) = Writer::open(&held.path().join("log")).unwrap();
    // Room for the first group of two, not for the second.
    writer.committer.connection.pragma_update(None, "max_page_count", 2000).unwrap();
    let shared = writer.shared.clone();
    let large = append(0, 3 << 20);
    let answers: Vec<_> = (0..6)
        .map(|expected| {
            let (caller, answer) = oneshot::channel();
            let append = Append { expected, ..large.clone() };
            shared.queue.push(Request::One(append, caller));
            answer
        })
        .collect();
    let writing = thread::spawn(|| writer.run());
    let mut outcomes = Vec::new();
    for answer in answers {
        outcomes.push(answer.await.unwrap().0);
    }
    assert_eq!(outcomes.iter().filter(|it| it.is_ok()).count(), 2);
    for failed in &outcomes[2..4] {
        assert!(matches!(failed, Err(AppendError::Log(LogError::Unavailable(_)))), "{failed:?}");
    }
    for refused in &outcomes[4..] {
        assert!(matches!(refused, Err(AppendError::Conflict { actual: 2, .. })), "{refused:?}");
    }
    let (caller, answer) = oneshot::channel();
    shared.queue.push(Request::One(append(2, 1), caller));
    assert_eq!(answer.await.unwrap().0.unwrap().position, 3);
    shared.queue.close(super::closed());
    writing.join().unwrap();
    shared.reader.with(|log| super::verify::verify(log, 3, &mut |_| ())).unwrap();
}

#[tokio::test]
async fn a_writer_that_panics_leaves_no_caller_waiting() {
    let held = tempfile::tempdir().unwrap();
    let (_lock, writer, _copier) = Writer::open(&held.path().join("log")).unwrap();
    let shared = writer.shared.clone();
    let mut answers = Vec::new();
    for _ in 0..2 {
        let (caller, answer) = oneshot::channel();
        shared.queue.push(Request::One(append(0, 1), caller));
        answers.push(answer);
    }
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _gone = Gone(writer.shared.clone());
        let _taken = writer.shared.queue.take(1, usize::MAX);
        panic!("in the middle of its work");
    }));
    assert!(panicked.is_err());
    assert!(answers.remove(0).await.is_err(), "its sender is gone: the caller is told uncertain");
    let waited = answers.remove(0).await.unwrap().0;
    assert!(matches!(waited, Err(AppendError::Log(LogError::Unavailable(_)))), "{waited:?}");
    let (caller, answer) = oneshot::channel();
    shared.queue.push(Request::One(append(0, 1), caller));
    let later = answer.await.unwrap().0;
    assert!(matches!(later, Err(AppendError::Log(LogError::Unavailable(_)))), "{later:?}");
}
