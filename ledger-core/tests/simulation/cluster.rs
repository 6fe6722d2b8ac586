//! Several nodes on one disk: each with states in memory, a read side and a clock of its own; any of
//! them may be killed at any moment.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker};

use chrono::TimeDelta;
use ledger_core::codec;
use ledger_core::event_log::{EventLog, Other, Position};
use ledger_core::ledger::Ledger;
use uuid::Uuid;

use crate::audit::Audit;
use crate::clock::{Clock, MILLISECOND, Micros};
use crate::flaws::Flaw;
use crate::log::{Disk, Weather};
use crate::todo::Todo;
use crate::world::{Seen, World};

pub const NODES: usize = 3;

/// How many events a read side takes at once.
const PAGE: usize = 200;

pub struct Node {
    pub ledger: RefCell<Ledger>,
    pub todo: RefCell<Todo>,
    /// Up to where its read side has seen the log.
    pub heard: Cell<Position>,
    seen: RefCell<Seen>,
    epoch: Cell<u64>,
    up: Cell<bool>,
    /// By how many milliseconds its clock is wrong.
    skew: Cell<i64>,
    watching: RefCell<Vec<Waker>>,
}

pub struct Cluster {
    pub clock: Clock,
    pub disk: Arc<Disk>,
    pub nodes: Vec<Node>,
    pub audit: RefCell<Audit>,
    /// How many days people waited.
    pub days: Cell<i64>,
    /// Whether everything was opened.
    pub open: Cell<bool>,
    /// Whether it is time that nothing goes wrong any more.
    pub calm: Cell<bool>,
    /// Whether nothing does.
    pub calmed: Cell<bool>,
    /// How many commands were sent, by people and by process managers.
    pub commands: Cell<u64>,
    pub kills: Cell<u64>,
    pub crowded: bool,
}

impl Cluster {
    pub fn new(seed: u64, flaw: Option<Flaw>) -> Self {
        let clock = Clock::new(seed);
        let disk = Disk::new(clock.clone(), NODES, flaw);
        let crowded = clock.happens(250);
        let nodes = (0..NODES).map(|it| Node::on(&disk, it, crowded)).collect();
        Self {
            clock,
            disk,
            nodes,
            audit: RefCell::default(),
            days: Cell::new(0),
            open: Cell::new(false),
            calm: Cell::new(false),
            calmed: Cell::new(false),
            commands: Cell::new(0),
            kills: Cell::new(0),
            crowded,
        }
    }

    /// The weather of this seed: each kind of fault is absent, rare or frequent.
    pub fn draw_weather(&self) -> Weather {
        let often = |rare, frequent| match self.clock.below(4) {
            0 | 1 => 0,
            2 => rare,
            _ => frequent,
        };
        Weather {
            unavailable: often(10, 100),
            uncertain: often(20, 150),
            unreadable: often(5, 50),
            overtaking: often(20, 300),
            latency: [200, 2 * MILLISECOND, 30 * MILLISECOND][self.draw(3)],
        }
    }

    /// One of `0..n`.
    pub fn draw(&self, n: usize) -> usize {
        usize::try_from(self.clock.below(n as u64)).expect("an index")
    }

    /// An id that nobody has.
    pub fn id(&self) -> Uuid {
        Uuid::from_u64_pair(self.clock.roll(), self.clock.roll())
    }

    /// The ledger as one node has it now; whatever is recorded through it has one cause.
    pub fn world(&self, node: usize, cause: Uuid) -> World {
        let it = &self.nodes[node];
        let mut world = World::on(it.ledger.borrow().clone(), self.crowded);
        let since = i64::try_from(self.clock.now() / MILLISECOND).expect("a short time");
        world.now +=
            TimeDelta::days(self.days.get()) + TimeDelta::milliseconds(since + it.skew.get());
        world.cause = cause;
        world.known = Some(it.seen.borrow().clone());
        self.audit.borrow_mut().began(cause, it.heard.get());
        world
    }

    /// A node that is up, if there is any.
    pub fn any_node(&self) -> Option<usize> {
        let up: Vec<_> = (0..NODES).filter(|it| self.nodes[*it].up.get()).collect();
        if up.is_empty() { None } else { Some(up[self.draw(up.len())]) }
    }

    /// What `work` gives on a node, unless it is killed or `within` is over: then `work` is dropped
    /// wherever it stands.
    pub async fn serve<T>(
        &self,
        node: usize,
        within: Micros,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let (it, mut work) = (&self.nodes[node], pin!(work));
        let (epoch, mut over) = (it.epoch.get(), pin!(self.clock.sleep(within)));
        std::future::poll_fn(|context| {
            if it.epoch.get() != epoch {
                return Poll::Ready(None);
            }
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(Some(done));
            }
            if over.as_mut().poll(context).is_ready() {
                return Poll::Ready(None);
            }
            it.watch(context.waker());
            Poll::Pending
        })
        .await
    }

    /// Waits until a node is up.
    pub async fn started(&self, node: usize) {
        let it = &self.nodes[node];
        std::future::poll_fn(|context| {
            if it.up.get() {
                return Poll::Ready(());
            }
            it.watch(context.waker());
            Poll::Pending
        })
        .await;
    }

    /// Kills a node: all that it had in memory is gone.
    pub fn kill(&self, node: usize) {
        self.kills.set(self.kills.get() + 1);
        let it = &self.nodes[node];
        self.disk.kill(node);
        it.up.set(false);
        it.epoch.set(it.epoch.get() + 1);
        it.told();
    }

    /// Starts a node again, with nothing in memory; its read models are as it left them, or gone.
    pub fn start(&self, node: usize) {
        let it = &self.nodes[node];
        if it.up.get() {
            return;
        }
        *it.ledger.borrow_mut() = ledger(&self.disk, node, self.crowded);
        if self.clock.happens(300) {
            it.heard.set(0);
            *it.seen.borrow_mut() = Seen::default();
            *it.todo.borrow_mut() = Todo::default();
        } else {
            it.todo.borrow_mut().counted = 0;
        }
        it.up.set(true);
        it.told();
    }

    /// Draws by how much a node's clock is wrong.
    pub fn skew(&self, node: usize) {
        let skew = i64::try_from(self.clock.below(120_000)).expect("small") - 60_000;
        self.nodes[node].skew.set(skew);
    }

    /// The read side of a node, for ever.
    pub async fn follow(&self, node: usize) {
        loop {
            self.started(node).await;
            self.serve(node, Micros::MAX / 2, self.follow_up(node)).await;
        }
    }

    async fn follow_up(&self, node: usize) {
        let it = &self.nodes[node];
        let ledger = it.ledger.borrow().clone();
        loop {
            let after = it.heard.get();
            let Ok(page) = ledger.log().read_all(after, PAGE).await else {
                self.clock.sleep(20 * MILLISECOND).await;
                continue;
            };
            if page.is_empty() && ledger.log().wait_past(after).await.is_err() {
                self.clock.sleep(20 * MILLISECOND).await;
            }
            for recorded in page {
                let position = recorded.position;
                assert_eq!(position, it.heard.get() + 1, "a follower is not shown all");
                let event = codec::read(&recorded).expect("an event that can be read");
                ledger.hear(&recorded, &event);
                it.todo.borrow_mut().apply(self.clock.now(), &recorded, &event);
                it.seen.borrow().lock().push((recorded, event));
                it.heard.set(position);
            }
        }
    }
}

impl Node {
    fn on(disk: &Arc<Disk>, node: usize, crowded: bool) -> Self {
        Self {
            ledger: RefCell::new(ledger(disk, node, crowded)),
            todo: RefCell::default(),
            heard: Cell::new(0),
            seen: RefCell::default(),
            epoch: Cell::new(0),
            up: Cell::new(true),
            skew: Cell::new(0),
            watching: RefCell::default(),
        }
    }

    /// Wakes whoever it is when the node is killed or started.
    fn watch(&self, waker: &Waker) {
        let mut watching = self.watching.borrow_mut();
        if !watching.iter().any(|it| it.will_wake(waker)) {
            watching.push(waker.clone());
        }
    }

    fn told(&self) {
        for it in self.watching.borrow_mut().drain(..) {
            it.wake();
        }
    }
}

fn ledger(disk: &Arc<Disk>, node: usize, crowded: bool) -> Ledger {
    Ledger::new(Other::new(disk.connect(node)).into(), World::sizes(crowded))
}
