use super::*;
use crate::stream::Category;

const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(20);

fn stream(id: u128) -> StreamId {
    StreamId { category: Category::Account, id: Uuid::from_u128(id) }
}

/// An append to `of` whose last event, and only message, is called `id`.
fn frames(of: u128, id: u8, bytes: usize) -> (StreamId, u64, Frames) {
    let messages = [Bytes::copy_from_slice(&[id])].into_iter().collect();
    (stream(of), 0, Frames { last: called(id), messages, bytes })
}

fn called(id: u8) -> Uuid {
    Uuid::from_u128(u128::from(id))
}

/// The ids of all that can be sent now on `session`.
fn sent(outbox: &Outbox, session: u64, now: Instant) -> Vec<u8> {
    std::iter::from_fn(|| outbox.next(session, now).unwrap()).map(|it| it[0][0]).collect()
}

fn told(outcome: &mut oneshot::Receiver<Outcome>) -> String {
    match outcome.try_recv() {
        Ok(Ok(it)) => format!("done at {}", it.position),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "nothing".into(),
    }
}

#[test]
fn what_is_not_known_to_be_done_is_sent_again_in_the_old_order() {
    let (outbox, now) = (Outbox::new(), Instant::now());
    let mut told_of = outbox.push((1..=5).map(|it| frames(1, it, 10)), now, PATIENCE);
    let session = outbox.begin();
    assert_eq!(sent(&outbox, session, now), [1, 2, 3, 4, 5]);
    outbox.done(called(1), now);
    outbox.seen(called(2), 2, 7);
    assert_eq!(told(&mut told_of[1]), "done at 7");
    let next = outbox.begin();
    assert_eq!(outbox.next(session, now), Err(()), "that connection is over");
    assert_eq!(sent(&outbox, next, now), [3, 4, 5]);
    outbox.seen(called(1), 1, 6);
    assert_eq!(told(&mut told_of[0]), "done at 6");
}

#[test]
fn a_busy_server_is_left_alone_and_then_sent_the_same_in_its_turn() {
    let (outbox, now) = (Outbox::new(), Instant::now());
    let _told = outbox.push((1..=4).map(|it| frames(1, it, 10)), now, PATIENCE);
    let session = outbox.begin();
    assert_eq!(sent(&outbox, session, now), [1, 2, 3, 4]);
    outbox.refused(called(2), Refusal::Later, now, PAUSE);
    // The third missed the second: that is no conflict.
    outbox.refused(called(3), Refusal::Version(1), now, PAUSE);
    assert_eq!(sent(&outbox, session, now), [0; 0]);
    assert_eq!(sent(&outbox, session, now + PAUSE), [2, 3]);
}

#[test]
fn a_conflict_is_told_when_nothing_before_it_explains_it() {
    let (outbox, now) = (Outbox::new(), Instant::now());
    let lists = [frames(1, 1, 10), frames(2, 2, 10), frames(3, 3, 9)];
    let mut told_of = outbox.push(lists, now, PATIENCE);
    let session = outbox.begin();
    sent(&outbox, session, now);
    outbox.refused(called(2), Refusal::Version(3), now, PAUSE);
    assert!(told(&mut told_of[1]).ends_with("holds 3 events, not 0"));
    outbox.refused(called(3), Refusal::TooLarge(8), now, PAUSE);
    assert!(told(&mut told_of[2]).ends_with("weighs 9 bytes: give at most 8"));
    outbox.denied("no");
    assert_eq!(told(&mut told_of[0]), "the log is not available: no");
}

#[test]
fn at_the_deadline_what_was_never_sent_was_not_written_and_the_rest_is_uncertain() {
    let (outbox, now) = (Outbox::new(), Instant::now());
    let mut first = outbox.push([frames(1, 1, 10)], now, PATIENCE);
    let session = outbox.begin();
    sent(&outbox, session, now);
    let mut second = outbox.push([frames(2, 2, 10)], now, PATIENCE);
    assert_eq!(outbox.watch(now + PATIENCE / 2, PATIENCE), Stalled::default());
    outbox.watch(now + PATIENCE, PATIENCE);
    assert!(told(&mut first[0]).starts_with("the log did not answer"));
    assert!(told(&mut second[0]).starts_with("the log is not available"));
    assert_eq!(sent(&outbox, session, now), [0; 0], "it will not be written either");
}

#[test]
fn the_watchdog_finds_a_silent_server_and_a_follower_that_sees_nothing() {
    let (outbox, now) = (Outbox::new(), Instant::now());
    let lists = [frames(1, 1, 10), frames(2, 2, 10)];
    let _told = outbox.push(lists, now, 10 * PATIENCE);
    let session = outbox.begin();
    sent(&outbox, session, now);
    let stalled = outbox.watch(now + PATIENCE, PATIENCE);
    assert_eq!(stalled, Stalled { server: true, follower: false });
    outbox.done(called(1), now + PATIENCE);
    let stalled = outbox.watch(now + PATIENCE * 3 / 2, PATIENCE);
    assert_eq!(stalled, Stalled::default(), "it said something since");
    let stalled = outbox.watch(now + 2 * PATIENCE, PATIENCE);
    assert_eq!(stalled, Stalled { server: true, follower: true });
}

#[test]
fn no_more_is_on_its_way_than_the_bounds_and_no_more_waits() {
    let (outbox, now) = (Outbox::new(), Instant::now());
    let half = SENT_MAX.1 / 2;
    let _told = outbox.push((1..=3).map(|it| frames(1, it, half)), now, PATIENCE);
    let session = outbox.begin();
    assert_eq!(sent(&outbox, session, now), [1, 2], "the third would be too much");
    outbox.done(called(1), now);
    assert_eq!(sent(&outbox, session, now), [3]);
    let mut told_of =
        outbox.push([frames(1, 4, WAITING_BYTES_MAX), frames(1, 5, 1)], now, PATIENCE);
    assert_eq!(told(&mut told_of[0]), "nothing");
    assert!(told(&mut told_of[1]).ends_with("too much waits to be sent to it"));
    outbox.close();
    let mut told_of = outbox.push([frames(1, 6, 1)], now, PATIENCE);
    assert!(told(&mut told_of[0]).ends_with("it is closed"));
}
