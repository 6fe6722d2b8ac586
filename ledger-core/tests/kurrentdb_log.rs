//! What is particular to the log in KurrentDB: what its server keeps, and nodes beside each other.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod sample;

use ledger_core::event_log::kurrentdb::double::Double;
use ledger_core::event_log::{EventLog, KurrentDb, LogError};
use sample::{append, stream};

fn open(double: &Double, values: &str) -> KurrentDb {
    KurrentDb::open(double.url(values).parse().unwrap()).unwrap()
}

#[tokio::test]
async fn an_event_can_be_read_in_the_servers_own_pages() {
    let double = Double::start().await.unwrap();
    let log = open(&double, "");
    let written = append(stream(1), 0, 1);
    let cause = written.meta.cause;
    log.append(written).await.unwrap();
    let (name, metadata, body) = double.first_event(&format!("ledger.{}", stream(1))).unwrap();
    assert_eq!(name, "account_opened");
    assert_eq!(body, format!(r#"{{"stream":"{}","version":1}}"#, stream(1)));
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    assert_eq!(
        metadata,
        serde_json::json!({
            "$correlationId": cause,
            "$causationId": cause,
            "at": 1_788_249_600_123_u64,
            "by": "process:00000000000000000000000000000000",
            "schema": 1,
        })
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_nodes_count_the_same_and_a_new_one_goes_on_from_what_was_counted() {
    const EVENTS: u64 = 30_000;
    let double = Double::start().await.unwrap();
    let (first, second) = (open(&double, ""), open(&double, ""));
    let other = open(&double, "prefix=other");
    let lists = (0..3).map(|list| {
        let appends = (0..5000).map(move |it| append(stream(list * 5000 + it), 0, 2)).collect();
        let log = if list == 1 { second.clone() } else { first.clone() };
        async move { log.append_many(appends).await }
    });
    other.append(append(stream(1), 0, 3)).await.unwrap();
    let outcomes = futures_util::future::join_all(lists).await;
    assert!(outcomes.iter().flatten().all(Result::is_ok));

    first.wait_past(EVENTS - 1).await.unwrap();
    second.wait_past(EVENTS - 1).await.unwrap();
    let events = first.read_all(0, usize::MAX).await.unwrap();
    assert_eq!(events.len() as u64, EVENTS);
    assert!(events.iter().zip(1..).all(|(it, at)| it.position == at));
    assert_eq!(second.read_all(0, usize::MAX).await.unwrap(), events);

    while double.stream_len("ledger-positions") < 7 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let third = open(&double, "");
    assert_eq!(third.end().await, Ok(EVENTS));
    assert_eq!(double.stream_len("ledger-positions"), 7, "30,000 events are 7 whole blocks");
    for (after, limit) in [(0, 3), (1, 1), (4095, 2), (8192, 100), (29_990, 100), (29_999, 9)] {
        let read = third.read_all(after, limit).await.unwrap();
        let skipped = usize::try_from(after).unwrap();
        let expected: Vec<_> = events.iter().skip(skipped).take(limit).cloned().collect();
        assert_eq!(read, expected, "after {after}");
    }
    let of_stream = third.read_stream(stream(7), 0).await.unwrap();
    assert_eq!(of_stream, first.read_stream(stream(7), 0).await.unwrap());

    assert_eq!(other.end().await, Ok(3), "another log on the same server");
    assert_eq!(double.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn a_node_sees_what_another_one_writes() {
    let double = Double::start().await.unwrap();
    let (first, second) = (open(&double, ""), open(&double, ""));
    let waiting = tokio::spawn({
        let second = second.clone();
        async move { second.wait_past(0).await }
    });
    let position = first.append(append(stream(1), 0, 1)).await.unwrap().position;
    assert_eq!(waiting.await.unwrap(), Ok(position));
    assert_eq!(second.read_all(0, 10).await, first.read_all(0, 10).await);
    let refused = second.append(append(stream(1), 0, 1)).await.unwrap_err();
    assert!(refused.to_string().contains("holds 1 events, not 0"), "{refused}");
}

#[tokio::test]
async fn an_event_that_is_not_ours_is_counted_and_said_to_be_damaged() {
    let double = Double::start().await.unwrap();
    let log = open(&double, "");
    log.append(append(stream(1), 0, 1)).await.unwrap();
    double.write("ledger.cat-1", "miaowed", "{}");
    log.append(append(stream(1), 1, 1)).await.unwrap();
    assert_eq!(log.end().await, Ok(3));
    assert_eq!(log.read_all(2, 1).await.unwrap()[0].version, 2);
    let read = log.read_all(0, 3).await.unwrap_err();
    let LogError::Damaged { position: 2, why } = read else { panic!("{read}") };
    assert!(why.contains("ledger.cat-1"), "{why}");
}

#[tokio::test]
async fn counts_of_another_log_are_found_out() {
    let double = Double::start().await.unwrap();
    let steps = vec![7; 4096];
    let counted = serde_json::json!({ "from": 1, "steps": steps }).to_string();
    double.write("ledger-positions", "positions-counted", &counted);
    let read = open(&double, "").end().await.unwrap_err();
    assert!(read.to_string().contains("delete that stream"), "{read}");
    double.write("other-positions", "positions-counted", "{}");
    let read = open(&double, "prefix=other").end().await.unwrap_err();
    assert!(read.to_string().contains("does not count on"), "{read}");
}

#[tokio::test]
async fn what_was_accepted_is_sent_though_the_last_handle_is_dropped() {
    let double = Double::start().await.unwrap();
    let log = open(&double, "");
    drop(log.append(append(stream(1), 0, 1)));
    drop(log);
    let log = open(&double, "");
    assert_eq!(log.wait_past(0).await, Ok(1));
}

#[tokio::test]
async fn connections_are_encrypted_with_a_certificate_that_is_vouched_for() {
    let authority = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, authority.cert.pem()).unwrap();
    let double = Double::start().await.unwrap();
    double.encrypt(&authority.cert.pem(), &authority.signing_key.serialize_pem()).unwrap();

    let url = double.url("defaultDeadline=2000").replace("tls=false", "tls=true");
    let vouched = format!("{url}&tlsCaFile={}", file.display());
    let log = KurrentDb::open(vouched.parse().unwrap()).unwrap();
    assert_eq!(log.append(append(stream(1), 0, 1)).await.unwrap().position, 1);

    let unknown = KurrentDb::open(url.parse().unwrap()).unwrap();
    let refused = unknown.append(append(stream(1), 1, 1)).await.unwrap_err().to_string();
    assert!(refused.starts_with("the log is not available"), "{refused}");
    let plain = KurrentDb::open(double.url("defaultDeadline=300").parse().unwrap()).unwrap();
    assert!(matches!(plain.end().await, Err(LogError::Unavailable(_))));
    let missing = format!("{url}&tlsCaFile=/nowhere/ca.pem").parse().unwrap();
    let refused = KurrentDb::open(missing).unwrap_err().to_string();
    assert!(refused.starts_with("/nowhere/ca.pem: "), "{refused}");
}
