//! The official client against the double: it holds the double's messages against the server's,
//! keeps the promises of the log that it can keep, and shows why the adapter has a client of its own
//! (ADR 27). A test of the second half that fails tells that the client was mended.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[allow(
    dead_code,
    unused_imports,
    reason = "only those of its promises are tried that this client can keep"
)]
mod contract;
mod official;

use std::time::Duration;

use kurrentdb::{
    AppendToStreamOptions, BatchAppendOptions, Client, Error, EventData, StreamState,
    SubscribeToAllOptions,
};
use ledger_core::event_log::kurrentdb::double::Double;
use official::Official;

macro_rules! contract {
    ($($promise:ident,)+) => {
        mod official_client {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    let double = Double::start().await.unwrap();
                    contract::$promise(Official::open(&double.url(""))).await;
                    assert_eq!(double.complaints(), Vec::<String>::new());
                }
            )+
        }
    };
}

// Left out for their time, at 40 ms an append: many_appends_are_answered_in_their_order,
// a_very_long_list_of_appends_is_written_whole, positions_have_no_gap_under_64_writers,
// pages_of_any_size_neither_skip_nor_repeat, a_reader_beside_the_writers_neither_skips_nor_repeats.
// Left out since it is the port's own rule: an_append_too_large_for_any_log_is_refused.
contract!(
    what_was_written_is_read_back_as_it_was,
    an_empty_log_has_nothing,
    a_stale_writer_is_refused_and_writes_nothing,
    a_stream_that_does_not_exist_holds_no_event,
    an_append_of_no_event_is_refused,
    one_refused_in_the_middle_does_not_keep_the_next_from_being_written,
    no_append_at_all_is_fine,
    of_many_who_write_the_same_version_one_wins,
    a_stream_is_read_after_any_version,
    streams_of_different_categories_are_different,
    bodies_of_megabytes_are_read_back,
    appends_are_done_in_the_order_of_their_calls_not_of_their_polls,
    an_empty_list_is_answered_when_all_before_it_is_done,
    who_waits_is_woken_by_what_comes,
);

fn client(url: &str) -> Client {
    Client::new(url.parse().unwrap()).unwrap()
}

fn event() -> EventData {
    EventData::json("it_happened", &serde_json::json!({})).unwrap()
}

#[tokio::test]
async fn one_conflict_ends_its_batch_for_all() {
    let double = Double::start().await.unwrap();
    let client = client(&double.url(""));
    let batch = client.batch_append(&BatchAppendOptions::default()).await.unwrap();
    batch.append_to_stream("a", StreamState::NoStream, vec![event()]).await.unwrap();
    let conflict = batch.append_to_stream("a", StreamState::NoStream, vec![event()]).await;
    assert!(matches!(conflict, Err(Error::Grpc { .. })), "{conflict:?}: it has no type");
    let other = batch.append_to_stream("b", StreamState::NoStream, vec![event()]).await;
    assert!(matches!(other, Err(Error::ServerError(_))), "{other:?}: nothing was wrong with it");
}

#[tokio::test]
async fn a_first_call_without_a_server_closes_it_for_ever() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = client(&format!("esdb://admin:changeit@{port}?tls=false&discoveryInterval=10"));
    let options = AppendToStreamOptions::default();
    client.append_to_stream("a", &options, event()).await.unwrap_err();
    let _double = Double::listen(port).await.unwrap();
    let again = client.append_to_stream("a", &options, event()).await;
    assert!(matches!(again, Err(Error::ConnectionClosed)), "{again:?}");
}

#[tokio::test]
async fn a_call_that_meets_another_leader_is_not_tried_again() {
    let double = Double::cluster(2).await.unwrap();
    let client = client(&double.url("nodePreference=leader"));
    let options = AppendToStreamOptions::default();
    client.append_to_stream("a", &options, event()).await.unwrap();
    double.elect(1);
    let refused = client.append_to_stream("a", &options, event()).await;
    assert!(matches!(refused, Err(Error::NotLeaderException(_))), "{refused:?}");
}

#[tokio::test]
async fn when_the_leader_dies_it_goes_on_calling_it() {
    let mut double = Double::cluster(2).await.unwrap();
    let client = client(&double.url("nodePreference=leader&discoveryInterval=10"));
    let options = AppendToStreamOptions::default();
    client.append_to_stream("a", &options, event()).await.unwrap();
    double.stop(0).await;
    double.elect(1);
    let mut refused = 0;
    for _ in 0..10 {
        refused += usize::from(client.append_to_stream("a", &options, event()).await.is_err());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(refused, 10, "it did fail over");
    let another = self::client(&double.url("nodePreference=leader"));
    another.append_to_stream("a", &options, event()).await.unwrap();
}

/// Waits on the official client's subscription, which its own task would not survive.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_that_the_server_ends_is_over_and_not_said_so() {
    let double = Double::start().await.unwrap();
    let client = client(&double.url(""));
    let mut subscription = client.subscribe_to_all(&SubscribeToAllOptions::default()).await;
    subscription.next().await.unwrap();
    double.end_subscriptions();
    // It may spin: on a thread of its own, which ends with the process.
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let _ended = runtime.map(|it| it.block_on(subscription.next()).is_ok());
        let _gone = tell.send(());
    });
    assert!(told.recv_timeout(Duration::from_secs(1)).is_err(), "it ended, or went on");
}
