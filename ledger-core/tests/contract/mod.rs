//! What every adapter of the log promises, one sentence a function; each takes an empty log.

#[path = "../sample/mod.rs"]
pub mod sample;

use std::time::Duration;

use ledger_core::event_log::{Append, AppendError, EventLog, Recorded};
use sample::{append, body, stream};
use tokio::task::JoinSet;

/// Gives the names of all promises to another macro.
macro_rules! promises {
    ($then:ident! { $($before:tt)* }) => {
        $then! { $($before)*
            what_was_written_is_read_back_as_it_was,
            an_empty_log_has_nothing,
            a_stale_writer_is_refused_and_writes_nothing,
            a_stream_that_does_not_exist_holds_no_event,
            an_append_of_no_event_is_refused,
            an_append_too_large_for_any_log_is_refused,
            many_appends_are_answered_in_their_order,
            one_refused_in_the_middle_does_not_keep_the_next_from_being_written,
            no_append_at_all_is_fine,
            a_very_long_list_of_appends_is_written_whole,
            positions_have_no_gap_under_64_writers,
            of_many_who_write_the_same_version_one_wins,
            pages_of_any_size_neither_skip_nor_repeat,
            a_reader_beside_the_writers_neither_skips_nor_repeats,
            a_stream_is_read_after_any_version,
            streams_of_different_categories_are_different,
            bodies_of_megabytes_are_read_back,
            appends_are_done_in_the_order_of_their_calls_not_of_their_polls,
            an_empty_list_is_answered_when_all_before_it_is_done,
            who_waits_is_woken_by_what_comes,
        }
    };
}
pub(crate) use promises;

/// Tries every promise on a log of its own, one after the other, and tells each one's name and
/// what became of it: nothing, or why it was broken.
pub async fn try_all<L: EventLog + Clone + 'static>(
    new: impl Fn() -> L,
    mut tell: impl FnMut(&'static str, Result<(), String>),
) {
    macro_rules! each {
        ($($promise:ident,)+) => {
            $(
                let kept = tokio::spawn($promise(new())).await;
                tell(stringify!($promise), kept.map_err(|error| broken(error)));
            )+
        };
    }
    promises!(each! {});
}

fn broken(error: tokio::task::JoinError) -> String {
    let panic = error.into_panic();
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
}

/// All that the log holds, read in pages of `limit`.
async fn all(log: &impl EventLog, limit: usize) -> Vec<Recorded> {
    let mut events = Vec::new();
    loop {
        let after = events.last().map_or(0, |it: &Recorded| it.position);
        let page = log.read_all(after, limit).await.unwrap();
        assert!(page.len() <= limit);
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}

fn versions(events: &[Recorded]) -> Vec<u64> {
    events.iter().map(|it| it.version).collect()
}

fn positions(events: &[Recorded]) -> Vec<u64> {
    events.iter().map(|it| it.position).collect()
}

pub async fn what_was_written_is_read_back_as_it_was(log: impl EventLog) {
    let mut written = append(stream(1), 0, 3);
    written.events[1].body = b"\0 not JSON \xff".to_vec();
    written.events[2].body = Vec::new();
    written.events[2].schema = u16::MAX;
    let appended = log.append(written.clone()).await.unwrap();
    assert_eq!((appended.version, appended.position), (3, 3));
    let read = log.read_stream(stream(1), 0).await.unwrap();
    assert_eq!(read, log.read_all(0, 10).await.unwrap());
    assert_eq!((versions(&read), positions(&read)), (vec![1, 2, 3], vec![1, 2, 3]));
    for (event, read) in written.events.iter().zip(read) {
        assert_eq!((read.stream, read.meta), (stream(1), written.meta));
        assert_eq!((read.name.as_str(), read.schema), (event.name, event.schema));
        assert_eq!(read.body, event.body);
    }
}

pub async fn an_empty_log_has_nothing(log: impl EventLog) {
    assert_eq!(log.end().await, Ok(0));
    assert_eq!(log.read_all(0, 10).await, Ok(vec![]));
    assert_eq!(log.read_stream(stream(1), 0).await, Ok(vec![]));
}

pub async fn a_stale_writer_is_refused_and_writes_nothing(log: impl EventLog) {
    log.append(append(stream(1), 0, 2)).await.unwrap();
    for expected in [0, 1, 3, u64::MAX] {
        let refused = log.append(append(stream(1), expected, 1)).await;
        let conflict = AppendError::Conflict { stream: stream(1), expected, actual: 2 };
        assert_eq!(refused, Err(conflict));
    }
    assert_eq!(log.end().await, Ok(2));
    assert_eq!(log.append(append(stream(1), 2, 1)).await.unwrap().position, 3);
    assert_eq!(versions(&all(&log, 10).await), [1, 2, 3]);
}

pub async fn a_stream_that_does_not_exist_holds_no_event(log: impl EventLog) {
    let refused = log.append(append(stream(1), 1, 1)).await;
    assert_eq!(refused, Err(AppendError::Conflict { stream: stream(1), expected: 1, actual: 0 }));
    assert_eq!(log.end().await, Ok(0));
}

pub async fn an_append_of_no_event_is_refused(log: impl EventLog) {
    let empty = AppendError::Empty { stream: stream(1) };
    assert_eq!(log.append(append(stream(1), 0, 0)).await, Err(empty.clone()));
    let outcomes = log.append_many(vec![append(stream(1), 0, 0), append(stream(1), 0, 1)]).await;
    assert_eq!(outcomes[0], Err(empty));
    assert_eq!(outcomes[1].as_ref().unwrap().position, 1);
}

pub async fn an_append_too_large_for_any_log_is_refused(log: impl EventLog) {
    let mut large = append(stream(1), 0, 1);
    large.events[0].body = vec![b' '; Append::BYTES_MAX];
    let refused = log.append(large).await;
    assert!(matches!(refused, Err(AppendError::TooLarge { .. })), "{refused:?}");
    assert_eq!(log.end().await, Ok(0));
}

pub async fn many_appends_are_answered_in_their_order(log: impl EventLog) {
    let appends = (0..100).map(|it| append(stream(it % 10), u64::from(it / 10), 1)).collect();
    let outcomes = log.append_many(appends).await;
    for (outcome, index) in outcomes.into_iter().zip(0..) {
        let appended = outcome.unwrap();
        assert_eq!((appended.version, appended.position), (index / 10 + 1, index + 1));
    }
}

pub async fn one_refused_in_the_middle_does_not_keep_the_next_from_being_written(
    log: impl EventLog,
) {
    let appends = vec![
        append(stream(1), 0, 2),
        append(stream(1), 0, 5),
        append(stream(2), 0, 1),
        append(stream(1), 2, 1),
    ];
    let outcomes = log.append_many(appends).await;
    assert_eq!(outcomes[0].as_ref().unwrap().position, 2);
    let conflict = AppendError::Conflict { stream: stream(1), expected: 0, actual: 2 };
    assert_eq!(outcomes[1], Err(conflict));
    assert_eq!(outcomes[2].as_ref().unwrap().position, 3);
    assert_eq!(outcomes[3].as_ref().unwrap().position, 4);
    assert_eq!(positions(&log.read_stream(stream(1), 0).await.unwrap()), [1, 2, 4]);
}

pub async fn no_append_at_all_is_fine(log: impl EventLog) {
    assert_eq!(log.append_many(vec![]).await, []);
}

pub async fn a_very_long_list_of_appends_is_written_whole(log: impl EventLog) {
    let outcomes = log.append_many((0..20_000).map(|it| append(stream(it), 0, 2)).collect()).await;
    assert_eq!(outcomes.len(), 20_000);
    for (outcome, index) in outcomes.into_iter().zip(1..) {
        assert_eq!(outcome.unwrap().position, index * 2);
    }
}

pub async fn positions_have_no_gap_under_64_writers(log: impl EventLog + Clone + 'static) {
    let mut writers = JoinSet::new();
    for writer in 0..64 {
        let log = log.clone();
        writers.spawn(async move {
            let mut last = 0;
            for version in 0..20 {
                let appended = log.append(append(stream(writer), version * 2, 2)).await.unwrap();
                assert_eq!(appended.version, version * 2 + 2);
                assert!(appended.position > last);
                last = appended.position;
                assert!(log.end().await.unwrap() >= last, "answered before it is there");
            }
        });
    }
    writers.join_all().await;
    let events = all(&log, 100).await;
    assert_eq!(positions(&events), (1..=64 * 20 * 2).collect::<Vec<_>>());
    for writer in 0..64 {
        let events: Vec<_> = events.iter().filter(|it| it.stream == stream(writer)).collect();
        assert!(events.iter().zip(1..).all(|(it, version)| it.version == version));
        // Both events of an append stand together.
        assert!(events.chunks(2).all(|it| it[0].position + 1 == it[1].position));
    }
}

pub async fn of_many_who_write_the_same_version_one_wins(log: impl EventLog + Clone + 'static) {
    for version in 0..10 {
        let mut writers = JoinSet::new();
        for _ in 0..16 {
            let log = log.clone();
            writers.spawn(async move { log.append(append(stream(1), version, 1)).await });
        }
        let outcomes = writers.join_all().await;
        assert_eq!(outcomes.iter().filter(|it| it.is_ok()).count(), 1);
        for refused in outcomes.into_iter().filter_map(Result::err) {
            let (stream, expected, actual) = (stream(1), version, version + 1);
            assert_eq!(refused, AppendError::Conflict { stream, expected, actual });
        }
    }
}

pub async fn pages_of_any_size_neither_skip_nor_repeat(log: impl EventLog) {
    for index in 0..40 {
        log.append_many((0..5).map(|it| append(stream(it), index * 3, 3)).collect()).await;
    }
    let events = all(&log, usize::MAX).await;
    assert_eq!(positions(&events), (1..=600).collect::<Vec<_>>());
    for limit in [1, 2, 3, 7, 64, 599, 600, 601] {
        assert_eq!(all(&log, limit).await, events, "pages of {limit}");
    }
    for after in [0, 1, 2, 299, 599, 600, 601, u64::MAX] {
        let expected: Vec<_> = events.iter().filter(|it| it.position > after).cloned().collect();
        assert_eq!(log.read_all(after, 1000).await.unwrap(), expected, "after {after}");
        assert_eq!(log.read_all(after, 0).await.unwrap(), []);
    }
}

pub async fn a_reader_beside_the_writers_neither_skips_nor_repeats(
    log: impl EventLog + Clone + 'static,
) {
    let reading = tokio::spawn({
        let log = log.clone();
        async move {
            let mut next = 1;
            while next <= 3000 {
                log.wait_past(next - 1).await.unwrap();
                for event in log.read_all(next - 1, 50).await.unwrap() {
                    assert_eq!(event.position, next);
                    next += 1;
                }
            }
        }
    });
    let mut writers = JoinSet::new();
    for writer in 0..10 {
        let log = log.clone();
        writers.spawn(async move {
            for version in 0..100 {
                log.append(append(stream(writer), version * 3, 3)).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    tokio::time::timeout(Duration::from_secs(30), reading).await.unwrap().unwrap();
}

pub async fn a_stream_is_read_after_any_version(log: impl EventLog) {
    for version in 0..10 {
        log.append(append(stream(1), version * 2, 2)).await.unwrap();
        log.append(append(stream(2), version, 1)).await.unwrap();
    }
    let events = log.read_stream(stream(1), 0).await.unwrap();
    assert_eq!(versions(&events), (1..=20).collect::<Vec<_>>());
    for after in 0..=20 {
        let read = log.read_stream(stream(1), after).await.unwrap();
        assert_eq!(read, events[usize::try_from(after).unwrap()..], "after {after}");
    }
    assert_eq!(log.read_stream(stream(1), 21).await, Ok(vec![]));
    assert_eq!(log.read_stream(stream(1), u64::MAX).await, Ok(vec![]));
    assert_eq!(log.read_stream(stream(3), 0).await, Ok(vec![]));
}

pub async fn streams_of_different_categories_are_different(log: impl EventLog) {
    for category in ledger_core::stream::Category::ALL {
        let mut first = append(stream(7), 0, 1);
        first.stream.category = category;
        assert_eq!(log.append(first).await.unwrap().version, 1);
    }
}

pub async fn bodies_of_megabytes_are_read_back(log: impl EventLog) {
    let mut large = append(stream(1), 0, 2);
    large.events[0].body = body(5_000_000);
    large.events[1].body = vec![b'x'; 5_000_000];
    log.append(large.clone()).await.unwrap();
    log.append(append(stream(1), 2, 1)).await.unwrap();
    let read = log.read_stream(stream(1), 0).await.unwrap();
    assert!(read[0].body == large.events[0].body && read[1].body == large.events[1].body);
    assert_eq!(log.read_all(0, 10).await.unwrap(), read);
}

pub async fn appends_are_done_in_the_order_of_their_calls_not_of_their_polls(log: impl EventLog) {
    let first = log.append(append(stream(1), 0, 1));
    let second = log.append_many(vec![append(stream(1), 1, 1), append(stream(1), 2, 1)]);
    let third = log.append(append(stream(1), 3, 1));
    let all = log.append_many(vec![]);
    assert_eq!(third.await.unwrap().position, 4);
    assert_eq!(second.await.into_iter().map(|it| it.unwrap().position).sum::<u64>(), 2 + 3);
    assert_eq!(first.await.unwrap().position, 1);
    assert_eq!(all.await, []);
}

pub async fn an_empty_list_is_answered_when_all_before_it_is_done(log: impl EventLog) {
    let dropped = log.append(append(stream(1), 0, 1));
    drop(dropped);
    log.append_many(vec![]).await;
    assert_eq!(log.end().await, Ok(1), "a dropped future does not take its append back");
}

pub async fn who_waits_is_woken_by_what_comes(log: impl EventLog + Clone + 'static) {
    let waiting = tokio::spawn({
        let log = log.clone();
        async move { log.wait_past(1).await }
    });
    log.append(append(stream(1), 0, 1)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!waiting.is_finished(), "woken by an event that is not past what it waits for");
    log.append(append(stream(1), 1, 1)).await.unwrap();
    let woken = tokio::time::timeout(Duration::from_secs(5), waiting).await;
    assert_eq!(woken.unwrap().unwrap(), Ok(2));
    assert_eq!(log.wait_past(0).await, Ok(2));
}
