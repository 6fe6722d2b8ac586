//! The appends that wait for the writer.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::event_log::{Append, AppendError, Appended, LogError};

/// How many KiB of appends may wait; callers beyond wait for room, in the order they came.
const ROOM_KIB: u32 = 64 << 10;

/// What became of one append.
pub(super) type Outcome = Result<Appended, AppendError>;

/// Appends, and whom to tell what became of them.
pub(super) enum Request {
    /// One append.
    One(Append, oneshot::Sender<Outcome>),
    /// Many, told together.
    Many(Vec<Append>, oneshot::Sender<Vec<Outcome>>),
}

impl Request {
    /// What it asks for, in order.
    pub(super) fn appends(&self) -> &[Append] {
        match self {
            Self::One(append, _) => std::slice::from_ref(append),
            Self::Many(appends, _) => appends,
        }
    }

    /// Tells the caller, who may be gone.
    pub(super) fn answer(self, mut outcomes: impl Iterator<Item = Outcome>) {
        match self {
            Self::One(_, caller) => drop(outcomes.next().map(|it| caller.send(it))),
            Self::Many(appends, caller) => {
                drop(caller.send(outcomes.take(appends.len()).collect()));
            }
        }
    }

    /// Tells the caller that none of it was done.
    pub(super) fn fail(self, error: &LogError) {
        self.answer(std::iter::repeat_with(|| Err(AppendError::Log(error.clone()))));
    }
}

/// The appends that wait.
#[derive(Debug)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    news: Condvar,
    room: Arc<Semaphore>,
}

/// A request that has found room.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) request: Request,
    bytes: usize,
    /// Given back when it is answered.
    _room: OwnedSemaphorePermit,
}

#[derive(Debug, Default)]
struct Waiting {
    requests: VecDeque<Queued>,
    /// Why no more are taken.
    closed: Option<LogError>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Request({})", self.appends().len())
    }
}

/// A request that was given to the queue.
pub(super) enum Pushed<'a> {
    /// It is in, or never will be.
    Done(Result<(), LogError>),
    /// It waits for room, in the order in which such requests came.
    Full { queue: &'a Queue, request: Request, bytes: usize, kib: u32 },
}

impl Pushed<'_> {
    /// Waits for room if there was none.
    pub(super) async fn whole(self) -> Result<(), LogError> {
        match self {
            Self::Done(pushed) => pushed,
            Self::Full { queue, request, bytes, kib } => {
                let Ok(room) = queue.room.clone().acquire_many_owned(kib).await else {
                    return Err(queue.waiting.lock().closed.clone().unwrap_or_else(closed));
                };
                queue.add(Queued { request, bytes, _room: room })
            }
        }
    }
}

impl Queue {
    pub(super) fn new() -> Self {
        let room = Arc::new(Semaphore::new(ROOM_KIB as usize));
        Self { waiting: Mutex::default(), news: Condvar::new(), room }
    }

    /// Adds `request` at once if there is room for it; if not, what it gives waits for room.
    pub(super) fn push(&self, request: Request) -> Pushed<'_> {
        let bytes = request.appends().iter().map(Append::bytes).sum::<usize>();
        let kib = u32::try_from(bytes >> 10).unwrap_or(ROOM_KIB).clamp(1, ROOM_KIB);
        match self.room.clone().try_acquire_many_owned(kib) {
            Ok(room) => Pushed::Done(self.add(Queued { request, bytes, _room: room })),
            Err(_) => Pushed::Full { queue: self, request, bytes, kib },
        }
    }

    fn add(&self, queued: Queued) -> Result<(), LogError> {
        let mut waiting = self.waiting.lock();
        if let Some(error) = &waiting.closed {
            return Err(error.clone());
        }
        waiting.requests.push_back(queued);
        let first = waiting.requests.len() == 1;
        drop(waiting);
        if first {
            self.news.notify_one();
        }
        Ok(())
    }

    /// Waits until there is something to do, and takes what waits until it is so many appends or
    /// bytes. Gives nothing when the queue is closed and empty.
    pub(super) fn take(&self, appends: usize, bytes: usize) -> Vec<Queued> {
        let mut waiting = self.waiting.lock();
        while waiting.requests.is_empty() && waiting.closed.is_none() {
            self.news.wait(&mut waiting);
        }
        let (mut taken, mut sum) = (Vec::new(), (0, 0));
        while sum.0 < appends
            && sum.1 < bytes
            && let Some(queued) = waiting.requests.pop_front()
        {
            sum = (sum.0 + queued.request.appends().len(), sum.1 + queued.bytes);
            taken.push(queued);
        }
        taken
    }

    /// Takes no more; what waits is still to be done.
    pub(super) fn close(&self, why: LogError) {
        self.waiting.lock().closed.get_or_insert(why);
        self.room.close();
        self.news.notify_one();
    }

    /// Takes no more, and tells those who wait that nothing of theirs was done.
    pub(super) fn fail(&self, why: &LogError) {
        self.close(why.clone());
        let waiting = std::mem::take(&mut self.waiting.lock().requests);
        for queued in waiting {
            queued.request.fail(why);
        }
    }
}

/// After the log was closed in good order.
pub(super) fn closed() -> LogError {
    LogError::Unavailable("it is closed".into())
}
