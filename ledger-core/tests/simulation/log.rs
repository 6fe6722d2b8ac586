//! The simulated log: one disk that all nodes write to, each over a line of its own that is slow,
//! cut, or forgets to answer.

use std::sync::Arc;
use std::task::{Poll, Waker};

use bytes::Bytes;
use ledger_core::event_log::{
    Append, AppendError, Appended, EventLog, LogError, Position, Recorded,
};
use ledger_core::stream::StreamId;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::clock::{Clock, MILLISECOND, Micros, SECOND};
use crate::flaws::Flaw;

/// How often what goes wrong, in a thousand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// Nothing is written, and the caller knows.
    pub unavailable: u64,
    /// The caller does not know whether it is written: before, after, in part, or later.
    pub uncertain: u64,
    /// A read fails.
    pub unreadable: u64,
    /// An append overtakes those before it.
    pub overtaking: u64,
    /// How long a message takes at most.
    pub latency: Micros,
}

/// What becomes of one call, drawn when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Done,
    Unavailable,
    /// Lost on its way.
    NotDone,
    /// Done, the answer is lost.
    DoneUnanswered,
    /// Done after the caller was told that it is not known.
    DoneLater,
    /// So many of its appends are done, then the line is cut.
    InPart(usize),
}

#[derive(Debug, Default)]
pub struct Held {
    /// In the order of the log: the one at position `p` is at `p - 1`.
    pub events: Vec<Recorded>,
    /// Where each stream's events stand, in its order.
    pub streams: FxHashMap<StreamId, Vec<Position>>,
    waiting: Vec<Waker>,
    pub weather: Weather,
    lines: Vec<Line>,
    /// How often each kind of fault happened.
    pub faults: u64,
}

/// What is between a node and the disk.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    /// How often the node was started again.
    epoch: u64,
    /// When the last append that was queued arrives.
    queued_until: Micros,
    cut: bool,
}

/// The disk; shared by all nodes.
pub struct Disk {
    pub clock: Clock,
    pub held: Mutex<Held>,
    pub flaw: Option<Flaw>,
}

impl Disk {
    pub fn new(clock: Clock, nodes: usize, flaw: Option<Flaw>) -> Arc<Self> {
        let held = Held { lines: vec![Line::default(); nodes], ..Held::default() };
        Arc::new(Self { clock, held: Mutex::new(held), flaw })
    }

    /// The line of a node that was just started.
    pub fn connect(self: &Arc<Self>, node: usize) -> Connection {
        let epoch = self.held.lock().lines[node].epoch;
        Connection { disk: self.clone(), node, epoch }
    }

    /// The node is killed: what it sent and is not there yet may never be.
    pub fn kill(&self, node: usize) {
        let mut held = self.held.lock();
        held.lines[node].epoch += 1;
        if self.flaw == Some(Flaw::LosesTheTail) {
            held.lose_tail(3);
        }
    }

    pub fn cut(&self, node: usize, cut: bool) {
        self.held.lock().lines[node].cut = cut;
    }

    fn write(&self, node: usize, epoch: u64, appends: Vec<Sent>, fate: Fate) -> Vec<Answer> {
        let lost = {
            let held = self.held.lock();
            held.lines[node].epoch != epoch
        } && self.clock.happens(500);
        let nothing = lost || matches!(fate, Fate::Unavailable | Fate::NotDone);
        let up_to = if let Fate::InPart(up_to) = fate { up_to } else { usize::MAX };
        let unanswered = !matches!(fate, Fate::Done);
        let mut answers = Vec::with_capacity(appends.len());
        let mut held = self.held.lock();
        for (index, append) in appends.into_iter().enumerate() {
            let answer = if nothing || index >= up_to {
                None
            } else {
                Some(self.write_one(&mut held, append, unanswered))
            };
            answers.push(match (fate, answer) {
                (Fate::Unavailable, _) => Err(unavailable().into()),
                (Fate::Done, Some(answer)) => answer,
                (_, _) => Err(uncertain().into()),
            });
        }
        for it in held.waiting.drain(..) {
            it.wake();
        }
        answers
    }

    fn write_one(&self, held: &mut Held, append: Sent, unanswered: bool) -> Answer {
        match self.flaw {
            Some(flaw) => flaw.write(self, held, append, unanswered),
            None => held.write(append),
        }
    }
}

/// An append on its way; its bodies are shared with whoever checks them.
#[derive(Clone, Debug)]
pub struct Sent {
    pub append: Append,
}

pub type Answer = Result<Appended, AppendError>;

pub fn unavailable() -> LogError {
    LogError::Unavailable("the line is down".into())
}

pub fn uncertain() -> LogError {
    LogError::Uncertain("no answer in time".into())
}

impl Held {
    /// Writes as the port promises.
    pub fn write(&mut self, Sent { append }: Sent) -> Answer {
        let Append { stream, expected, .. } = append;
        if append.events.is_empty() {
            return Err(AppendError::Empty { stream });
        }
        let actual = self.streams.get(&stream).map_or(0, Vec::len) as u64;
        if actual != expected {
            return Err(AppendError::Conflict { stream, expected, actual });
        }
        Ok(self.force(append))
    }

    /// Writes whatever is there.
    pub fn force(&mut self, append: Append) -> Appended {
        let Append { stream, meta, events, .. } = append;
        let positions = self.streams.entry(stream).or_default();
        for event in events {
            let position = self.events.len() as Position + 1;
            positions.push(position);
            self.events.push(Recorded {
                position,
                stream,
                version: positions.len() as u64,
                meta,
                name: event.name.into(),
                schema: event.schema,
                body: Bytes::from(event.body),
            });
        }
        Appended { version: positions.len() as u64, position: self.events.len() as Position }
    }

    /// The last `count` events were never there.
    pub fn lose_tail(&mut self, count: usize) {
        for _ in 0..count {
            if let Some(it) = self.events.pop() {
                self.streams.entry(it.stream).or_default().pop();
            }
        }
    }
}

/// A node's line to the disk.
pub struct Connection {
    disk: Arc<Disk>,
    node: usize,
    epoch: u64,
}

/// Where an answer is left for whoever waits for it.
#[derive(Default)]
struct Slot {
    answers: Option<Vec<Answer>>,
    waker: Option<Waker>,
}

impl Connection {
    fn send(&self, appends: Vec<Append>) -> impl Future<Output = Vec<Answer>> + Send + use<> {
        let slot = Arc::new(Mutex::new(Slot::default()));
        let barrier = appends.is_empty();
        let (fate, arrives, answered) = self.draw(appends.len());
        let appends: Vec<_> = appends.into_iter().map(|append| Sent { append }).collect();
        let (disk, node, epoch) = (self.disk.clone(), self.node, self.epoch);
        let leave = |slot: &Mutex<Slot>, answers: Vec<Answer>| {
            let mut slot = slot.lock();
            slot.answers = Some(answers);
            if let Some(waker) = slot.waker.take() {
                waker.wake();
            }
        };
        if fate == Fate::DoneLater {
            let count = appends.len();
            self.disk.clock.at(arrives, move || {
                disk.write(node, epoch, appends, fate);
            });
            let told = slot.clone();
            self.disk.clock.at(answered, move || {
                leave(&told, vec![Err(uncertain().into()); count]);
            });
        } else {
            let told = slot.clone();
            self.disk.clock.at(arrives, move || {
                let answers = if barrier { vec![] } else { disk.write(node, epoch, appends, fate) };
                disk.clock.at(answered, move || leave(&told, answers));
            });
        }
        std::future::poll_fn(move |context| {
            let mut slot = slot.lock();
            if let Some(answers) = slot.answers.take() {
                return Poll::Ready(answers);
            }
            slot.waker = Some(context.waker().clone());
            Poll::Pending
        })
    }

    /// What becomes of a call with so many appends, when it arrives, and when it is answered.
    fn draw(&self, appends: usize) -> (Fate, Micros, Micros) {
        let clock = &self.disk.clock;
        let mut held = self.disk.held.lock();
        let weather = held.weather;
        let cut = held.lines[self.node].cut;
        let fate = if appends == 0 {
            Fate::Done
        } else if cut || clock.happens(weather.unavailable) {
            Fate::Unavailable
        } else if clock.happens(weather.uncertain) {
            match clock.below(4) {
                0 => Fate::NotDone,
                1 => Fate::DoneUnanswered,
                2 => Fate::DoneLater,
                _ => {
                    let part = clock.below(appends as u64);
                    Fate::InPart(usize::try_from(part).expect("an index"))
                }
            }
        } else {
            Fate::Done
        };
        held.faults += u64::from(fate != Fate::Done);
        let way = || 100 + clock.below(weather.latency.max(1));
        let now = clock.now();
        let line = &mut held.lines[self.node];
        let overtakes = appends > 0 && clock.happens(weather.overtaking);
        let mut arrives = now + way();
        if !overtakes {
            // In the order of the calls.
            arrives = arrives.max(line.queued_until);
        }
        let late = match fate {
            Fate::DoneLater => 2 * SECOND,
            Fate::NotDone | Fate::DoneUnanswered | Fate::InPart(_) => 500 * MILLISECOND,
            Fate::Done | Fate::Unavailable => 0,
        };
        match fate {
            Fate::DoneLater => (fate, arrives + late, now + late / 2),
            Fate::Done
            | Fate::Unavailable
            | Fate::NotDone
            | Fate::DoneUnanswered
            | Fate::InPart(_) => {
                line.queued_until = line.queued_until.max(arrives);
                (fate, arrives, arrives + way() + late)
            }
        }
    }

    async fn read<T>(&self, read: impl FnOnce(&Held) -> T) -> Result<T, LogError> {
        let clock = &self.disk.clock;
        let (failed, way) = {
            let held = self.disk.held.lock();
            let cut = held.lines[self.node].cut;
            (cut || clock.happens(held.weather.unreadable), held.weather.latency.max(1))
        };
        // What is read may be old by the time it comes.
        if clock.happens(500) {
            clock.sleep(50 + clock.below(way)).await;
        }
        let seen = read(&self.disk.held.lock());
        clock.sleep(50 + clock.below(way)).await;
        if failed { Err(unavailable()) } else { Ok(seen) }
    }
}

impl EventLog for Connection {
    fn append(&self, append: Append) -> impl Future<Output = Answer> + Send {
        let sent = self.send(vec![append]);
        async move { sent.await.swap_remove(0) }
    }

    fn append_many(&self, appends: Vec<Append>) -> impl Future<Output = Vec<Answer>> + Send {
        self.send(appends)
    }

    async fn read_stream(&self, stream: StreamId, after: u64) -> Result<Vec<Recorded>, LogError> {
        self.read(|held| {
            let positions = held.streams.get(&stream).map_or(&[][..], Vec::as_slice);
            let later = positions.iter().skip(index(after));
            later.filter_map(|it| held.events.get(index(it - 1)).cloned()).collect()
        })
        .await
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, LogError> {
        let flaw = self.disk.flaw;
        self.read(|held| {
            let page = held.events.iter().skip(index(after)).take(limit);
            page.filter(|it| flaw.is_none_or(|flaw| flaw.shows(it))).cloned().collect()
        })
        .await
    }

    async fn end(&self) -> Result<Position, LogError> {
        self.read(|held| held.events.len() as Position).await
    }

    async fn wait_past(&self, after: Position) -> Result<Position, LogError> {
        std::future::poll_fn(|context| {
            let mut held = self.disk.held.lock();
            let end = held.events.len() as Position;
            if end > after {
                return Poll::Ready(end);
            }
            held.waiting.push(context.waker().clone());
            Poll::Pending
        })
        .await;
        self.end().await
    }
}

fn index(position: Position) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}
