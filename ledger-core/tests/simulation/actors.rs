//! People and their programs: they send commands to whichever node is up, send again what got no
//! answer, press twice, and now and then give up.

use futures_util::future::join;

use crate::clock::{MILLISECOND, SECOND};
use crate::cluster::{Cluster, NODES};
use crate::command::Command;
use crate::log::Weather;
use crate::world::{Answer, Sent, World};

/// How often a command is sent before its sender gives up.
const ATTEMPTS_MAX: usize = 8;

impl Cluster {
    /// Somebody who sends what is left of the history, one command after the other.
    pub async fn act(&self, history: &std::cell::RefCell<std::vec::IntoIter<Command>>) {
        loop {
            let Some(command) = history.borrow_mut().next() else { return };
            self.clock.sleep(self.clock.below(30 * MILLISECOND)).await;
            if let Command::Wait { days } = command {
                self.days.set(self.days.get() + i64::from(days));
            }
            match command {
                // Days go by for everybody; agreements are counted by the nodes themselves.
                Command::Wait { .. } | Command::Follow => (),
                Command::Settle { roll } => self.settle(roll).await,
                _ => {
                    for (sent, world) in self.plan(&command).await {
                        self.deliver(&sent, &world).await;
                    }
                }
            }
        }
    }

    /// What a command is, found out on a node; each part with the moment and the cause it has
    /// however often it is sent.
    async fn plan(&self, command: &Command) -> Vec<(Sent, World)> {
        for _ in 0..ATTEMPTS_MAX {
            if let Some(node) = self.any_node() {
                let mut world = self.world(node, self.id());
                let planned = self.serve(node, 5 * SECOND, world.plan(command)).await;
                if let Some(Ok(planned)) = planned {
                    let mut asked = world.clone();
                    asked.known = None;
                    return planned.into_iter().map(|sent| (sent, asked.clone())).collect();
                }
            }
            self.clock.sleep(self.clock.below(100 * MILLISECOND)).await;
        }
        vec![]
    }

    /// Sends a command until it is answered, or its sender has enough.
    async fn deliver(&self, sent: &Sent, asked: &World) {
        let attempts = if self.clock.happens(50) { 1 } else { ATTEMPTS_MAX };
        for _ in 0..attempts {
            let answer = if self.clock.happens(60) {
                // Pressed twice.
                let (one, two) = join(self.send(sent, asked), self.send(sent, asked)).await;
                one.or(two)
            } else {
                self.send(sent, asked).await
            };
            if answer.is_some() {
                return;
            }
            self.clock.sleep(self.clock.below(200 * MILLISECOND)).await;
        }
    }

    /// Sends a command once, to any node; `None` when it is not known what became of it.
    pub async fn send(&self, sent: &Sent, asked: &World) -> Option<Answer> {
        let node = self.any_node()?;
        self.commands.set(self.commands.get() + 1);
        let mut world = self.world(node, asked.cause);
        world.now = asked.now;
        let hasty = !self.calm.get() && self.clock.happens(50);
        let within = if hasty { 20 * MILLISECOND } else { 10 * SECOND };
        let answer = self.serve(node, within, world.send(sent)).await?.ok()?;
        if let Answer::Done(done) = &answer {
            self.audit.borrow_mut().acknowledged(sent, asked, done.as_ref());
        }
        Some(answer)
    }

    /// One round of all that people and the bank do about settlements, as far as it goes.
    async fn settle(&self, roll: u8) {
        let Some(node) = self.any_node() else { return };
        self.commands.set(self.commands.get() + 8);
        let world = self.world(node, self.id());
        if let Some(Err(failure)) = self.serve(node, 20 * SECOND, world.settle(roll)).await {
            self.audit.borrow_mut().complained(&failure.0);
        }
    }

    /// What goes wrong, until it is calm: nodes are killed and started, lines cut, clocks moved.
    pub async fn storm(&self) {
        let usual = self.disk.held.lock().weather;
        let often = [2 * SECOND, 400 * MILLISECOND, 100 * MILLISECOND][self.draw(3)];
        loop {
            self.clock.sleep(10 * MILLISECOND + self.clock.below(often)).await;
            if self.calm.get() {
                return self.calm_down();
            }
            let pause = 5 * MILLISECOND + self.clock.below(400 * MILLISECOND);
            let node = self.draw(NODES);
            match self.draw(5) {
                0 | 1 => {
                    self.kill(node);
                    self.clock.sleep(pause).await;
                    self.start(node);
                }
                2 => {
                    self.disk.cut(node, true);
                    self.clock.sleep(pause).await;
                    self.disk.cut(node, false);
                }
                3 => {
                    let bad = Weather { unavailable: 300, uncertain: 200, ..usual };
                    self.disk.held.lock().weather = bad;
                    self.clock.sleep(pause).await;
                    self.disk.held.lock().weather = usual;
                }
                _ => self.skew(node),
            }
        }
    }

    /// Nothing goes wrong any more, and every node is up.
    fn calm_down(&self) {
        self.calmed.set(true);
        for node in 0..NODES {
            self.disk.cut(node, false);
            self.start(node);
        }
        let latency = MILLISECOND;
        self.disk.held.lock().weather = Weather { latency, ..Weather::default() };
    }
}
