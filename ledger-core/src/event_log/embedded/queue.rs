//! The appends that wait for the writer.

use std::collections::VecDeque;

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use crate::event_log::{Append, AppendError, Appended, LogError};

/// What became of one append.
pub(super) type Outcome = Result<Appended, AppendError>;

/// Appends, and whom to tell what became of them.
pub(super) enum Request {
    /// One append.
    One(Append, oneshot::Sender<(Outcome, Append)>),
    /// Many, told together.
    Many(Vec<Append>, oneshot::Sender<(Vec<Outcome>, Vec<Append>)>),
}

impl Request {
    /// What it asks for, in order.
    pub(super) fn appends(&self) -> &[Append] {
        match self {
            Self::One(append, _) => std::slice::from_ref(append),
            Self::Many(appends, _) => appends,
        }
    }

    /// Tells the caller, who may be gone. The appends go back too: it is who made them that
    /// frees their memory, which is cheap there and is not in the one thread all wait for.
    pub(super) fn answer(self, mut outcomes: impl Iterator<Item = Outcome>) {
        match self {
            Self::One(append, caller) => {
                if let Some(outcome) = outcomes.next() {
                    drop(caller.send((outcome, append)));
                }
            }
            Self::Many(appends, caller) => {
                let outcomes = outcomes.take(appends.len()).collect();
                drop(caller.send((outcomes, appends)));
            }
        }
    }

    /// Tells the caller that none of it was done.
    pub(super) fn fail(self, error: &LogError) {
        self.answer(std::iter::repeat_with(|| Err(AppendError::Log(error.clone()))));
    }
}

/// The appends that wait, in the order in which they came.
///
/// It has no bound of its own: who appends keeps the append until it is answered, here or there.
#[derive(Debug)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    /// Each with what it weighs.
    requests: VecDeque<(Request, usize)>,
    /// What they weigh together.
    bytes: usize,
    /// Why no more are taken.
    closed: Option<LogError>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Request({})", self.appends().len())
    }
}

impl Queue {
    pub(super) fn new() -> Self {
        Self { waiting: Mutex::default(), news: Condvar::new() }
    }

    /// Adds `request`; answers it at once when no more are taken.
    pub(super) fn push(&self, request: Request) {
        let bytes = request.appends().iter().map(Append::bytes).sum::<usize>();
        let mut waiting = self.waiting.lock();
        if let Some(error) = waiting.closed.clone() {
            drop(waiting);
            request.fail(&error);
            return;
        }
        waiting.requests.push_back((request, bytes));
        waiting.bytes += bytes;
        let first = waiting.requests.len() == 1;
        drop(waiting);
        if first {
            self.news.notify_one();
        }
    }

    /// Waits until there is something to do, or nothing more to come. Gives what it weighs.
    pub(super) fn wait(&self) -> usize {
        let mut waiting = self.waiting.lock();
        while waiting.requests.is_empty() && waiting.closed.is_none() {
            self.news.wait(&mut waiting);
        }
        waiting.bytes
    }

    /// Whether there is something to do.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.lock().requests.is_empty()
    }

    /// Takes what waits, until it is so many appends or bytes.
    pub(super) fn take(&self, appends: usize, bytes: usize) -> Vec<Request> {
        let mut waiting = self.waiting.lock();
        let (mut taken, mut sum) = (Vec::new(), (0, 0));
        while sum.0 < appends
            && sum.1 < bytes
            && let Some((request, weight)) = waiting.requests.pop_front()
        {
            sum = (sum.0 + request.appends().len(), sum.1 + weight);
            taken.push(request);
        }
        waiting.bytes -= sum.1;
        taken
    }

    /// Takes no more; what waits is still to be done.
    pub(super) fn close(&self, why: LogError) {
        self.waiting.lock().closed.get_or_insert(why);
        self.news.notify_one();
    }

    /// Takes no more, and tells those who wait that nothing of theirs was done.
    pub(super) fn fail(&self, why: &LogError) {
        self.close(why.clone());
        let mut waiting = self.waiting.lock();
        waiting.bytes = 0;
        let requests = std::mem::take(&mut waiting.requests);
        drop(waiting);
        for (request, _) in requests {
            request.fail(why);
        }
    }
}

/// After the log was closed in good order.
pub(super) fn closed() -> LogError {
    LogError::Unavailable("it is closed".into())
}
