//! Messages under way to one endpoint: so many at once, each by itself.
//!
//! An endpoint that does not answer is sent few at once, and more again as it takes them: dead ones
//! do not hold the places of the others.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use ledger_core::event_log::Position;
use ledger_core::webhook::Pending;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, timeout_at};

use super::{Endpoint, LEASE};
use crate::app::App;
use crate::webhooks::attempts::Attempt;
use crate::webhooks::message::Message;
use crate::webhooks::sender::{Answered, Signed};
use crate::webhooks::signature;

/// How many messages are under way to one endpoint at once.
pub(super) const AT_ONCE: usize = 32;

/// How many that does not answer is sent at once; these take no place from other endpoints.
const AT_LEAST: usize = 4;

/// For how long an endpoint that took something is one that takes messages.
const LATELY: TimeDelta = TimeDelta::minutes(1);

/// What is under way, and how many messages may be.
pub(super) struct Window {
    tasks: JoinSet<Sent>,
    under_way: HashMap<Id, Pending>,
    size: usize,
    taken: Option<DateTime<Utc>>,
}

/// A message that was tried, and how it was answered.
pub(super) struct Sent {
    pub position: Position,
    /// How many times it was tried by now.
    pub tries: u8,
    pub answered: Answered,
    attempt: Attempt,
}

/// What a message takes while it is under way.
enum Place {
    /// One of those that each endpoint has.
    Own,
    /// One of those that all share, given back when it is dropped.
    Shared(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit),
}

impl Default for Window {
    fn default() -> Self {
        let (tasks, under_way) = (JoinSet::new(), HashMap::new());
        Self { tasks, under_way, size: AT_ONCE, taken: None }
    }
}

impl Window {
    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Whether what stands at `position` is being told.
    pub(super) fn has(&self, position: Position) -> bool {
        self.under_way.values().any(|it| it.position == position)
    }

    /// How many more may be under way.
    pub(super) fn room(&self) -> usize {
        self.size.saturating_sub(self.tasks.len())
    }

    /// What is under way, as it waits in case this node stops.
    pub(super) fn under_way(&self) -> impl Iterator<Item = &Pending> {
        self.under_way.values()
    }

    /// Whether the endpoint took something a short time before `now`.
    pub(super) fn takes(&self, now: DateTime<Utc>) -> bool {
        self.taken.is_some_and(|it| now - it < LATELY)
    }

    /// Sends what waits in `queue` and what is `due`, one of each in turn, as there is room, and
    /// waits so long for answers; gives those that came.
    pub(super) async fn send(
        &mut self,
        app: &App,
        endpoint: &Endpoint,
        queue: &mut VecDeque<Message>,
        mut due: VecDeque<(Message, u8)>,
        patience: Duration,
    ) -> Vec<Sent> {
        let deadline = Instant::now() + patience;
        let (mut answers, mut again) = (Vec::new(), false);
        loop {
            while let Some(place) = self.place(app) {
                again = !again;
                let first = if again { due.pop_front() } else { None };
                let next = first.or_else(|| queue.pop_front().map(|it| (it, 0)));
                let Some((message, before)) = next.or_else(|| due.pop_front()) else { break };
                if !self.has(message.position) {
                    self.begin(app, endpoint, message, before, place);
                }
            }
            let Ok(Some(done)) = timeout_at(deadline, self.tasks.join_next_with_id()).await else {
                break;
            };
            let (id, sent) = match done {
                Ok((id, sent)) => (id, Some(sent)),
                Err(error) => (error.id(), None),
            };
            self.under_way.remove(&id);
            answers.extend(sent.inspect(|it| self.learn(&it.answered, app.clock.now())));
        }
        keep(app, endpoint, &answers);
        answers
    }

    /// A place for one more: its own, or one of those that all endpoints share.
    fn place(&self, app: &App) -> Option<Place> {
        if self.tasks.len() < AT_LEAST {
            return Some(Place::Own);
        }
        if self.room() == 0 {
            return None;
        }
        app.webhooks.places.clone().try_acquire_owned().ok().map(Place::Shared)
    }

    /// Fewer at once to who does not answer, more to who takes.
    fn learn(&mut self, answered: &Answered, now: DateTime<Utc>) {
        if answered.taken() {
            self.size = (self.size * 2).min(AT_ONCE);
            self.taken = Some(now);
        } else if answered.status.is_none() {
            self.size = (self.size / 2).max(AT_LEAST);
        }
    }

    fn begin(
        &mut self,
        app: &App,
        endpoint: &Endpoint,
        message: Message,
        before: u8,
        place: Place,
    ) {
        let (position, at) = (message.position, app.clock.now());
        let (app, url, secrets) =
            (app.clone(), endpoint.url().to_owned(), endpoint.secrets.clone());
        let task = self.tasks.spawn(async move {
            let (id, body) = (message.id(), message.body());
            // Receivers compare it with their own clocks.
            let sent = app.clock.outside();
            let signature = signature::signature(&secrets, &id, sent.timestamp(), &body);
            let signed = Signed { id: &id, at: sent, signature: &signature, body };
            let answered = app.webhooks.sender.send(&url, signed).await;
            drop(place);
            let attempt = Attempt {
                position,
                kind: message.kind.to_owned(),
                at,
                number: before + 1,
                status: answered.status,
                took: answered.took,
                excerpt: answered.excerpt.clone(),
            };
            Sent { position, tries: before + 1, answered, attempt }
        });
        let pending = Pending { position, attempts: before, next: at + LEASE };
        self.under_way.insert(task.id(), pending);
    }
}

/// Keeps what came of each try for the endpoint's owner, and counts it.
fn keep(app: &App, endpoint: &Endpoint, answers: &[Sent]) {
    if answers.is_empty() {
        return;
    }
    for it in answers {
        app.metrics.webhooks.tried(it.answered.taken());
    }
    let kept: Vec<_> = answers.iter().map(|it| it.attempt.clone()).collect();
    if let Err(failure) = app.webhooks.attempts.keep(endpoint.id, &kept, app.clock.now()) {
        tracing::warn!("Tries of {}: {failure}", endpoint.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_does_not_answer_is_sent_few_at_once_and_more_again_once_it_takes() {
        let now: DateTime<Utc> = "2026-11-12T11:00:00Z".parse().unwrap();
        let answered =
            |status| Answered { status, took: 0, excerpt: String::new(), retry_after: None };
        let mut window = Window::default();
        let mut rooms = |status, times: usize| {
            (0..times).for_each(|_| window.learn(&answered(status), now));
            window.room()
        };
        assert_eq!(rooms(None, 0), AT_ONCE);
        assert_eq!(rooms(None, 1), AT_ONCE / 2);
        assert_eq!(rooms(Some(500), 9), AT_ONCE / 2, "it answers");
        assert_eq!(rooms(None, 9), AT_LEAST);
        assert_eq!(rooms(Some(204), 1), AT_LEAST * 2);
        assert_eq!(rooms(Some(200), 9), AT_ONCE);
        assert!(window.takes(now) && !window.takes(now + LATELY));
    }
}
