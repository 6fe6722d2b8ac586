//! Appends on their way: those that wait, those that were sent, and who is to be told.
//!
//! An append stands here from the call until its outcome is known. It is done when the follower
//! has seen its last event, which is also when its position is known; it is refused when the server
//! says so; otherwise it is sent again, with the same ids, on each new connection until its time is
//! up. Pure but for the clock it is given: [`super::writer`] does the sending.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

use super::event::Frames;
use crate::event_log::{AppendError, Appended, Durations, LogError, Position};
use crate::stream::StreamId;

/// What became of one append.
pub(super) type Outcome = Result<Appended, AppendError>;

/// So many appends, and bytes, may be on their way to the server at once.
const SENT_MAX: (usize, usize) = (4096, 32 << 20);

/// So many bytes may wait to be sent; whoever comes then is told that the log is not available.
const WAITING_BYTES_MAX: usize = 512 << 20;

/// Appends on their way.
pub(super) struct Outbox {
    state: Mutex<State>,
    /// Something can be sent.
    pub(super) news: Notify,
    /// Something was answered.
    answered: Notify,
    /// How long appends took until they were seen.
    took: Durations,
}

#[derive(Default)]
struct State {
    pending: FxHashMap<Uuid, Pending>,
    /// In the order of their calls.
    unsent: VecDeque<(u64, Uuid)>,
    calls: u64,
    session: u64,
    sent: (usize, usize),
    waiting: usize,
    /// The server asked for a pause.
    hold: Option<Instant>,
    closed: bool,
    /// When the server last said anything of an append.
    heard: Option<Instant>,
}

struct Pending {
    call: u64,
    stream: StreamId,
    expected: u64,
    messages: SmallVec<[Bytes; 1]>,
    bytes: usize,
    caller: oneshot::Sender<Outcome>,
    called: Instant,
    until: Instant,
    /// On which connection it was sent last, and when; `None` when it never was.
    sent: Option<(u64, Instant)>,
    /// Whether it counts in `State::sent`.
    on_its_way: bool,
    /// When the server said that it is done.
    done: Option<Instant>,
}

/// What the server says of one append that it did not do.
pub(super) enum Refusal {
    /// The stream holds so many events.
    Version(u64),
    /// It takes no more than so many bytes at once.
    TooLarge(usize),
    /// It will not do it, however often it is asked.
    Never(String),
    /// It did not do it now, or does not know.
    Later,
}

/// What the watchdog found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stalled {
    /// The server says nothing of what it was sent.
    pub(super) server: bool,
    /// The follower does not see what the server says is done.
    pub(super) follower: bool,
}

impl Outbox {
    /// Nothing on its way.
    pub(super) fn new() -> Self {
        let (news, answered) = (Notify::new(), Notify::new());
        Self { state: Mutex::default(), news, answered, took: Durations::default() }
    }

    /// How long appends took, from the call until they were seen.
    pub(super) fn took(&self) -> &Durations {
        &self.took
    }

    /// Takes `appends` in this order, to be done within `deadline`; gives where their outcomes come.
    pub(super) fn push(
        &self,
        appends: impl IntoIterator<Item = (StreamId, u64, Frames)>,
        now: Instant,
        deadline: Duration,
    ) -> Vec<oneshot::Receiver<Outcome>> {
        let mut state = self.state.lock();
        let mut outcomes = Vec::new();
        for (stream, expected, frames) in appends {
            let (caller, outcome) = oneshot::channel();
            outcomes.push(outcome);
            if let Some(why) = state.full() {
                let error = LogError::Unavailable(why.into());
                let _gone = caller.send(Err(error.into()));
                continue;
            }
            state.calls += 1;
            let (call, Frames { last, messages, bytes }) = (state.calls, frames);
            state.waiting += bytes;
            state.unsent.push_back((call, last));
            let (sent, on_its_way, done) = (None, false, None);
            let pending = Pending {
                call,
                stream,
                expected,
                messages,
                bytes,
                caller,
                called: now,
                until: now + deadline,
                sent,
                on_its_way,
                done,
            };
            state.pending.insert(last, pending);
        }
        drop(state);
        self.news.notify_one();
        outcomes
    }

    /// Waits until all that was taken before is answered.
    pub(super) fn all_answered(&self) -> impl Future<Output = ()> {
        let calls = self.state.lock().calls;
        async move {
            loop {
                let answered = self.answered.notified();
                tokio::pin!(answered);
                answered.as_mut().enable();
                if self.state.lock().pending.values().all(|it| it.call > calls) {
                    return;
                }
                answered.await;
            }
        }
    }

    /// A new connection: what is not known to be done is sent again on it, in the old order.
    pub(super) fn begin(&self) -> u64 {
        let mut state = self.state.lock();
        state.session += 1;
        state.sent = (0, 0);
        let mut unsent = Vec::new();
        let mut waiting = 0;
        for (&id, it) in &mut state.pending {
            it.on_its_way = false;
            if it.done.is_none() {
                unsent.push((it.call, id));
                waiting += it.bytes;
            }
        }
        unsent.sort_unstable();
        (state.unsent, state.waiting) = (unsent.into(), waiting);
        state.session
    }

    /// The messages of the next append to be sent on connection `session`; none for now, or
    /// `Err` when that connection is not the last one any more.
    pub(super) fn next(
        &self,
        session: u64,
        now: Instant,
    ) -> Result<Option<SmallVec<[Bytes; 1]>>, ()> {
        let mut state = self.state.lock();
        if state.session != session {
            return Err(());
        }
        if state.hold.is_some_and(|it| it > now) || state.sent.0 >= SENT_MAX.0 {
            return Ok(None);
        }
        while let Some(&(_, id)) = state.unsent.front() {
            let State { pending, unsent, sent, waiting, .. } = &mut *state;
            let Some(it) = pending.get_mut(&id) else {
                unsent.pop_front();
                continue;
            };
            if sent.0 > 0 && sent.1 + it.bytes > SENT_MAX.1 {
                return Ok(None);
            }
            unsent.pop_front();
            *waiting = waiting.saturating_sub(it.bytes);
            *sent = (sent.0 + 1, sent.1 + it.bytes);
            it.sent = Some((session, now));
            it.on_its_way = true;
            return Ok(Some(it.messages.clone()));
        }
        Ok(None)
    }

    /// The server says that the append whose last event is `id` is done.
    pub(super) fn done(&self, id: Uuid, now: Instant) {
        let mut state = self.state.lock();
        state.heard = Some(now);
        let State { pending, sent, .. } = &mut *state;
        let Some(it) = pending.get_mut(&id) else { return };
        it.messages = SmallVec::new();
        it.done = Some(now);
        if std::mem::take(&mut it.on_its_way) {
            *sent = (sent.0.saturating_sub(1), sent.1.saturating_sub(it.bytes));
        }
        drop(state);
        self.news.notify_one();
    }

    /// The follower sees the event `id`, the `version`th of its stream, at `position`.
    pub(super) fn seen(&self, id: Uuid, version: u64, position: Position) {
        let mut state = self.state.lock();
        if let Some(it) = state.take(id) {
            drop(state);
            self.took.record(it.called.elapsed());
            self.tell(it.caller, Ok(Appended { version, position }));
        }
    }

    /// The server says that the append whose last event is `id` is not done, and why.
    pub(super) fn refused(&self, id: Uuid, why: Refusal, now: Instant, pause: Duration) {
        let mut state = self.state.lock();
        state.heard = Some(now);
        let Some(it) = state.pending.get(&id) else { return };
        let (stream, expected, call, bytes) = (it.stream, it.expected, it.call, it.bytes);
        let error = match why {
            // One before it in the same stream may be what it missed.
            Refusal::Version(_) | Refusal::Later
                if matches!(why, Refusal::Later) || state.waits_before(stream, call) =>
            {
                state.again(id, now + pause);
                return;
            }
            Refusal::Later => return,
            Refusal::Version(actual) => AppendError::Conflict { stream, expected, actual },
            Refusal::TooLarge(max) => AppendError::TooLarge { stream, bytes, max },
            Refusal::Never(why) => LogError::Unavailable(why).into(),
        };
        if let Some(it) = state.take(id) {
            drop(state);
            self.tell(it.caller, Err(error));
        }
    }

    /// Nothing that waits or was sent will be done: the server does not let us.
    pub(super) fn denied(&self, why: &str) {
        let mut state = self.state.lock();
        let all: Vec<Uuid> = state.pending.keys().copied().collect();
        let denied: Vec<Pending> = all.into_iter().filter_map(|id| state.take(id)).collect();
        drop(state);
        for it in denied {
            self.tell(it.caller, Err(LogError::Unavailable(why.into()).into()));
        }
    }

    /// Tells those whose time is up, and finds what has stalled for longer than `patience`.
    pub(super) fn watch(&self, now: Instant, patience: Duration) -> Stalled {
        let mut state = self.state.lock();
        if state.hold.is_some_and(|it| it <= now) {
            state.hold = None;
            self.news.notify_one();
        }
        let late: Vec<Uuid> =
            state.pending.iter().filter(|it| it.1.until <= now).map(|it| *it.0).collect();
        let late: Vec<Pending> = late.into_iter().filter_map(|id| state.take(id)).collect();
        let old = |since: Instant| since + patience <= now;
        let silent = state.heard.is_none_or(old);
        let stalled = Stalled {
            server: silent
                && state
                    .pending
                    .values()
                    .any(|it| it.on_its_way && it.sent.is_some_and(|it| old(it.1))),
            follower: state.pending.values().any(|it| it.done.is_some_and(old)),
        };
        drop(state);
        for it in late {
            let error = match it.sent {
                None => LogError::Unavailable("no server took it in time".into()),
                Some(_) => LogError::Uncertain("it was sent, and no answer came in time".into()),
            };
            self.tell(it.caller, Err(error.into()));
        }
        stalled
    }

    /// Takes no more.
    pub(super) fn close(&self) {
        self.state.lock().closed = true;
    }

    fn tell(&self, caller: oneshot::Sender<Outcome>, outcome: Outcome) {
        let _gone = caller.send(outcome);
        self.answered.notify_waiters();
        self.news.notify_one();
    }
}

impl State {
    fn full(&self) -> Option<&'static str> {
        match self.closed {
            true => Some("it is closed"),
            false if self.waiting >= WAITING_BYTES_MAX => Some("too much waits to be sent to it"),
            false => None,
        }
    }

    /// Takes out the append whose last event is `id`.
    fn take(&mut self, id: Uuid) -> Option<Pending> {
        let it = self.pending.remove(&id)?;
        if it.on_its_way {
            self.sent = (self.sent.0.saturating_sub(1), self.sent.1.saturating_sub(it.bytes));
        } else if it.done.is_none() {
            self.waiting = self.waiting.saturating_sub(it.bytes);
        }
        Some(it)
    }

    /// Whether another append to `stream`, called before, is not known to be done.
    fn waits_before(&self, stream: StreamId, call: u64) -> bool {
        self.pending.values().any(|it| it.stream == stream && it.call < call && it.done.is_none())
    }

    /// Sends the append whose last event is `id` again, in its turn, but not before `hold`.
    fn again(&mut self, id: Uuid, hold: Instant) {
        let Some(it) = self.pending.get_mut(&id) else { return };
        if std::mem::take(&mut it.on_its_way) {
            self.sent = (self.sent.0.saturating_sub(1), self.sent.1.saturating_sub(it.bytes));
        }
        self.waiting += it.bytes;
        let index = self.unsent.partition_point(|other| other.0 < it.call);
        self.unsent.insert(index, (it.call, id));
        self.hold = Some(hold);
    }
}
