//! The log in KurrentDB while servers and connections break: nothing is doubled, nothing that was
//! answered is lost, and what is not known is said to be so.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod sample;

use std::time::{Duration, Instant};

use ledger_core::event_log::kurrentdb::double::{Double, Fault};
use ledger_core::event_log::{AppendError, EventLog, KurrentDb, LogError, Recorded};
use sample::{append, stream};
use tokio::task::JoinSet;

async fn one_server(values: &str) -> (Double, KurrentDb) {
    let double = Double::start().await.unwrap();
    let log = open(&double, values);
    (double, log)
}

fn open(double: &Double, values: &str) -> KurrentDb {
    KurrentDb::open(double.url(values).parse().unwrap()).unwrap()
}

async fn all(log: &KurrentDb) -> Vec<Recorded> {
    log.read_all(0, usize::MAX).await.unwrap()
}

#[tokio::test]
async fn what_broke_after_the_commit_is_sent_again_and_is_one_event() {
    let (double, log) = one_server("").await;
    double.next_appends([Fault::DropAfterCommit]);
    let appended = log.append(append(stream(1), 0, 2)).await.unwrap();
    assert_eq!((appended.version, appended.position), (2, 2));
    assert_eq!(all(&log).await.len(), 2);
    assert_eq!(log.append(append(stream(1), 2, 1)).await.unwrap().version, 3);
    assert_eq!(double.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn what_broke_before_the_commit_is_sent_again() {
    let (double, log) = one_server("").await;
    double.next_appends([Fault::DropBeforeCommit, Fault::DropBeforeCommit]);
    assert_eq!(log.append(append(stream(1), 0, 2)).await.unwrap().version, 2);
    assert_eq!(all(&log).await.len(), 2);
}

#[tokio::test]
async fn appends_to_one_stream_stay_in_order_whatever_breaks() {
    let (double, log) = one_server("").await;
    let faults = [Fault::DropAfterCommit, Fault::Busy, Fault::DropBeforeCommit];
    for fault in faults.into_iter().chain([Fault::TimeoutAfterCommit, Fault::AnswersReversed(7)]) {
        let before = log.read_stream(stream(1), 0).await.unwrap().len() as u64;
        double.next_appends([Fault::Slow(Duration::from_millis(20)), fault]);
        let appends = (0..50).map(|it| append(stream(1), before + it, 1)).collect();
        let outcomes = log.append_many(appends).await;
        let versions: Vec<u64> = outcomes.into_iter().map(|it| it.unwrap().version).collect();
        assert_eq!(versions, (before + 1..=before + 50).collect::<Vec<_>>(), "{fault:?}");
    }
    let events = all(&log).await;
    assert_eq!(events.len(), 250);
    assert!(events.iter().zip(1..).all(|(it, version)| it.version == version));
}

#[tokio::test]
async fn a_conflict_that_the_server_tells_is_told_and_nothing_is_written() {
    let (double, log) = one_server("").await;
    double.next_appends([Fault::WrongVersion]);
    let refused = log.append(append(stream(1), 0, 1)).await;
    let (stream, expected, actual) = (stream(1), 0, 42);
    assert_eq!(refused, Err(AppendError::Conflict { stream, expected, actual }));
    assert_eq!(log.end().await, Ok(0));
}

#[tokio::test]
async fn a_server_that_is_too_slow_leaves_the_append_uncertain_at_the_deadline() {
    let (double, log) = one_server("defaultDeadline=300").await;
    log.append(append(stream(1), 0, 1)).await.unwrap();
    double.next_appends([Fault::Slow(Duration::from_millis(800)); 4]);
    let asked = Instant::now();
    let outcome = log.append(append(stream(1), 1, 1)).await;
    assert!(matches!(outcome, Err(AppendError::Log(LogError::Uncertain(_)))), "{outcome:?}");
    assert!(asked.elapsed() < Duration::from_millis(700), "{:?}", asked.elapsed());
    // Whatever became of it, it became so once.
    double.next_appends_are_fine();
    tokio::time::sleep(Duration::from_millis(1200)).await;
    let versions = log.read_stream(stream(1), 0).await.unwrap().len() as u64;
    assert!(versions <= 2);
    let next = append(stream(1), versions, 1);
    assert_eq!(log.append(next).await.unwrap().version, versions + 1);
}

#[tokio::test]
async fn another_leader_is_found_when_the_old_one_says_so_and_when_it_dies() {
    let mut double = Double::cluster(3).await.unwrap();
    let log = open(&double, "discoveryInterval=50");
    assert_eq!(log.append(append(stream(1), 0, 1)).await.unwrap().position, 1);

    double.elect(1);
    assert_eq!(log.append(append(stream(1), 1, 1)).await.unwrap().position, 2);

    double.stop(1).await;
    double.elect(2);
    assert_eq!(log.append(append(stream(1), 2, 1)).await.unwrap().position, 3);
    assert_eq!(log.read_stream(stream(1), 0).await.unwrap().len(), 3);

    double.stop(2).await;
    double.start_again(1).await.unwrap();
    double.elect(1);
    assert_eq!(log.append(append(stream(1), 3, 1)).await.unwrap().position, 4);
    assert_eq!(double.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn while_no_server_leads_nothing_is_written_and_then_all_goes_on() {
    let mut double = Double::cluster(3).await.unwrap();
    let log = open(&double, "discoveryInterval=20&defaultDeadline=400");
    log.append(append(stream(1), 0, 1)).await.unwrap();
    double.stop(0).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let outcome = log.append(append(stream(1), 1, 1)).await;
    assert!(matches!(outcome, Err(AppendError::Log(LogError::Unavailable(_)))), "{outcome:?}");
    let read = log.read_stream(stream(1), 0).await;
    assert!(matches!(read, Err(LogError::Unavailable(_))), "{read:?}");
    double.elect(2);
    assert_eq!(log.append(append(stream(1), 1, 1)).await.unwrap().version, 2);
}

#[tokio::test]
async fn a_subscription_that_the_server_ends_goes_on_where_it_was() {
    let (double, log) = one_server("").await;
    for version in 0..20 {
        double.end_subscriptions();
        let appended = log.append(append(stream(1), version, 1)).await.unwrap();
        assert_eq!(appended.position, version + 1);
    }
    assert_eq!(log.wait_past(19).await, Ok(20));
    assert!(all(&log).await.iter().zip(1..).all(|(it, at)| it.position == at));
}

#[tokio::test]
async fn a_subscription_that_says_nothing_any_more_is_begun_again() {
    let (double, log) = one_server("defaultDeadline=900").await;
    log.append(append(stream(1), 0, 1)).await.unwrap();
    double.mute_subscriptions();
    assert_eq!(log.append(append(stream(1), 1, 1)).await.unwrap().position, 2);
}

#[tokio::test]
async fn a_log_that_is_opened_before_its_server_runs_works_once_it_does() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("esdb://admin:changeit@{port}?tls=false&defaultDeadline=300");
    let log = KurrentDb::open(url.parse().unwrap()).unwrap();
    let outcome = log.append(append(stream(1), 0, 1)).await;
    assert!(matches!(outcome, Err(AppendError::Log(LogError::Unavailable(_)))), "{outcome:?}");
    assert!(matches!(log.end().await, Err(LogError::Unavailable(_))));
    let _double = Double::listen(port).await.unwrap();
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(log.append(append(stream(1), 0, 1)).await.unwrap().position, 1);
}

#[tokio::test]
async fn a_wrong_password_is_said_at_once() {
    let double = Double::start().await.unwrap();
    let url = double.url("").replace("changeit", "guess");
    let log = KurrentDb::open(url.parse().unwrap()).unwrap();
    let asked = Instant::now();
    let outcome = log.append(append(stream(1), 0, 1)).await;
    let Err(AppendError::Log(LogError::Unavailable(why))) = outcome else { panic!("{outcome:?}") };
    assert!(why.contains("Access Denied"), "{why}");
    let read = log.read_stream(stream(1), 0).await.unwrap_err();
    assert!(read.to_string().contains("Access Denied"), "{read}");
    assert!(asked.elapsed() < Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_doubled_or_lost_while_everything_breaks() {
    const WRITERS: u32 = 16;
    let mut double = Double::cluster(3).await.unwrap();
    let log = open(&double, "discoveryInterval=20");
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let log = log.clone();
        writers.spawn(async move {
            let mut known = 0;
            for _ in 0..40 {
                match log.append(append(stream(writer), known, 2)).await {
                    Ok(it) => assert_eq!(it.version, known + 2, "an answer to something else"),
                    Err(AppendError::Log(LogError::Uncertain(_) | LogError::Unavailable(_))) => (),
                    Err(other) => panic!("nobody else writes here: {other}"),
                }
                known = log.read_stream(stream(writer), 0).await.unwrap().len() as u64;
            }
            known
        });
    }
    for round in 0..40 {
        let faults = match round % 4 {
            0 => [Fault::DropAfterCommit, Fault::DropBeforeCommit],
            1 => [Fault::TimeoutAfterCommit, Fault::Busy],
            2 => [Fault::AnswersReversed(3), Fault::DropAfterCommit],
            _ => [Fault::Slow(Duration::from_millis(15)), Fault::DropBeforeCommit],
        };
        double.next_appends(faults);
        match round % 8 {
            3 => double.end_subscriptions(),
            5 => double.elect(round % 3),
            7 => {
                double.stop(1).await;
                double.elect(0);
                double.start_again(1).await.unwrap();
            }
            _ => (),
        }
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    let known: u64 = writers.join_all().await.into_iter().sum();
    let events = all(&log).await;
    assert_eq!(events.len() as u64, known);
    assert_eq!(known, u64::from(WRITERS) * 40 * 2, "each append was answered, and once");
    assert!(events.iter().zip(1..).all(|(it, at)| it.position == at));
    assert_eq!(double.complaints(), Vec::<String>::new());
}
