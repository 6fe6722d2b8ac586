//! Virtual time and one thread: tasks are polled in an order that the seed draws, and time goes on
//! only when nothing can be done now.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use parking_lot::Mutex;

/// Microseconds since the simulation began.
pub type Micros = u64;

pub const MILLISECOND: Micros = 1_000;
pub const SECOND: Micros = 1_000_000;

/// After how many steps a simulation is called endless; it takes about 50,000.
const STEPS_MAX: u64 = 20_000_000;

/// What is drawn from a seed (`SplitMix64`, Steele et al. 2014).
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of `0..n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.roll() % n.max(1)
    }

    /// Whether something happens that happens so often in a thousand.
    pub fn happens(&mut self, in_a_thousand: u64) -> bool {
        self.below(1000) < in_a_thousand
    }
}

/// What is due at a moment.
enum Due {
    Wake(Waker),
    Do(Box<dyn FnOnce() + Send>),
}

struct Entry {
    at: Micros,
    /// In which order it was asked for: what is due at the same moment comes in this order.
    number: u64,
    due: Due,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}

struct Agenda {
    now: Micros,
    entries: u64,
    due: BinaryHeap<Reverse<Entry>>,
    ready: Vec<usize>,
    dice: Dice,
}

/// What time it is, and what is drawn; a clone is the same clock.
#[derive(Clone)]
pub struct Clock(Arc<Mutex<Agenda>>);

impl Clock {
    pub fn new(seed: u64) -> Self {
        let (due, ready) = (BinaryHeap::new(), Vec::new());
        let agenda = Agenda { now: 0, entries: 0, due, ready, dice: Dice::new(seed) };
        Self(Arc::new(Mutex::new(agenda)))
    }

    pub fn now(&self) -> Micros {
        self.0.lock().now
    }

    /// One of `0..n`.
    pub fn below(&self, n: u64) -> u64 {
        self.0.lock().dice.below(n)
    }

    pub fn roll(&self) -> u64 {
        self.0.lock().dice.roll()
    }

    pub fn happens(&self, in_a_thousand: u64) -> bool {
        self.0.lock().dice.happens(in_a_thousand)
    }

    /// Has `act` done at a moment.
    pub fn at(&self, at: Micros, act: impl FnOnce() + Send + 'static) {
        self.enter(at, Due::Do(Box::new(act)));
    }

    /// Waits so long.
    pub fn sleep(&self, micros: Micros) -> Sleep {
        Sleep { clock: self.clone(), until: self.now() + micros, asked: false }
    }

    fn enter(&self, at: Micros, due: Due) {
        let mut agenda = self.0.lock();
        let (at, number) = (at.max(agenda.now), agenda.entries);
        agenda.entries += 1;
        agenda.due.push(Reverse(Entry { at, number, due }));
    }

    /// A task that can go on, drawn among all that can.
    fn ready(&self) -> Option<usize> {
        let mut agenda = self.0.lock();
        let ready = agenda.ready.len();
        if ready == 0 {
            return None;
        }
        let drawn = agenda.dice.below(ready as u64);
        Some(agenda.ready.swap_remove(usize::try_from(drawn).expect("an index")))
    }

    /// Goes on to what is due next, and does it; `false` when nothing is.
    fn go_on(&self) -> bool {
        let due = {
            let mut agenda = self.0.lock();
            let Some(Reverse(entry)) = agenda.due.pop() else { return false };
            agenda.now = entry.at;
            entry.due
        };
        match due {
            Due::Wake(waker) => waker.wake(),
            Due::Do(act) => act(),
        }
        true
    }
}

/// See [`Clock::sleep`].
pub struct Sleep {
    clock: Clock,
    until: Micros,
    asked: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.clock.now() >= self.until {
            return Poll::Ready(());
        }
        if !self.asked {
            self.asked = true;
            self.clock.enter(self.until, Due::Wake(context.waker().clone()));
        }
        Poll::Pending
    }
}

struct TaskWaker {
    task: usize,
    ready: AtomicBool,
    clock: Clock,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if !self.ready.swap(true, Ordering::Relaxed) {
            self.clock.0.lock().ready.push(self.task);
        }
    }
}

pub type Task<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Runs `tasks` until `over`, looking after every step.
pub fn run(clock: &Clock, tasks: Vec<Task<'_>>, over: &Cell<bool>, mut look: impl FnMut()) {
    let waker =
        |task| Arc::new(TaskWaker { task, ready: AtomicBool::new(false), clock: clock.clone() });
    let wakers: Vec<_> = (0..tasks.len()).map(waker).collect();
    let mut tasks: Vec<Option<Task<'_>>> = tasks.into_iter().map(Some).collect();
    for it in &wakers {
        it.clone().wake();
    }
    let mut steps = 0_u64;
    while !over.get() {
        steps += 1;
        assert!(steps < STEPS_MAX, "it never ends");
        match clock.ready() {
            Some(task) => {
                let own = &wakers[task];
                own.ready.store(false, Ordering::Relaxed);
                let waker = Waker::from(own.clone());
                if let Some(future) = &mut tasks[task]
                    && future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready()
                {
                    tasks[task] = None;
                }
            }
            None => assert!(clock.go_on(), "everybody waits for ever"),
        }
        look();
    }
}
