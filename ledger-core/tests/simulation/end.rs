//! How a simulation begins and ends: everything is opened before anything goes wrong, and once
//! nothing goes wrong any more, process managers come to rest and every node agrees.

use std::cell::Cell;
use std::fmt::Debug;

use ledger_core::account::Account;
use ledger_core::agreement::Agreement;
use ledger_core::bank::BankAccount;
use ledger_core::batch::Batch;
use ledger_core::calendar::Calendar;
use ledger_core::codec::Stored;
use ledger_core::envelope::Envelope;
use ledger_core::ids::{
    AccountId, AgreementId, BankAccountId, BatchId, CalendarId, EnvelopeId, OfferId, PartnerId,
    PaymentId, RemittanceId, SettlementId,
};
use ledger_core::ledger::Aggregate;
use ledger_core::offer::Offer;
use ledger_core::partner::Partner;
use ledger_core::payment::Payment;
use ledger_core::remittance::Remittance;
use ledger_core::settlement::{Settlement, Stage};
use ledger_core::stream::{Category, StreamId};

use crate::clock::{MILLISECOND, SECOND};
use crate::cluster::{Cluster, NODES};

/// How long nothing must be written to call it rest: every process manager has looked by then.
const REST: u64 = 2 * SECOND;

/// How long process managers may take to come to rest.
const REST_MAX: u64 = 400 * SECOND;

impl Cluster {
    /// Opens accounts, envelopes, partners and offers.
    pub async fn open(&self) {
        let world = self.world(0, self.id());
        world.open().await.expect("opened");
        self.open.set(true);
    }

    /// Waits until that is done.
    pub async fn opened(&self) {
        while !self.open.get() {
            self.clock.sleep(MILLISECOND).await;
        }
    }

    /// Waits until everybody `left`, lets all come to rest, and looks at every node.
    pub async fn finish(&self, left: &Cell<usize>) {
        while left.get() > 0 {
            self.clock.sleep(50 * MILLISECOND).await;
            assert!(self.clock.now() < 3_600 * SECOND, "people never finish");
        }
        self.calm.set(true);
        while !self.calmed.get() {
            self.clock.sleep(50 * MILLISECOND).await;
        }
        self.rest().await;
        self.send_again().await;
        self.nothing_is_left();
        for node in 0..NODES {
            self.agrees(node).await;
        }
    }

    async fn rest(&self) {
        let (began, mut end, mut since) = (self.clock.now(), 0, self.clock.now());
        loop {
            self.clock.sleep(100 * MILLISECOND).await;
            let now = self.clock.now();
            let events = self.disk.held.lock().events.len() as u64;
            if events != end {
                (end, since) = (events, now);
            }
            let heard = self.nodes.iter().all(|it| it.heard.get() == end);
            let waiting = self.nodes.iter().any(|it| !it.todo.borrow().claims.is_empty());
            let rest = if waiting { 40 * REST } else { REST };
            if heard && now - since > rest {
                return;
            }
            let complaints = &self.audit.borrow().complaints;
            assert!(now - began < REST_MAX, "process managers never rest: {complaints:?}");
        }
    }

    /// What was acknowledged is done: sent again, late and anywhere, it changes nothing.
    async fn send_again(&self) {
        let done = std::mem::take(&mut self.audit.borrow_mut().done);
        for (sent, asked) in done {
            let before = self.disk.held.lock().events.len();
            let answer = self.send(&sent, &asked).await;
            assert!(answer.is_some(), "no answer on a quiet day: {sent:?}");
            let after = self.disk.held.lock().events.len();
            assert_eq!(after, before, "acknowledged, and done again: {sent:?}");
        }
        self.audit.borrow_mut().done.clear();
    }

    /// Every flow between streams has come to its end.
    fn nothing_is_left(&self) {
        let audit = self.audit.borrow();
        for it in &self.nodes {
            let todo = it.todo.borrow();
            let why = &audit.complaints;
            assert!(todo.topups.is_empty(), "set aside, not credited: {:?} {why:?}", todo.topups);
            assert!(todo.batches.is_empty(), "files that wait: {:?} {why:?}", todo.batches);
            assert!(todo.claims.is_empty(), "claimed, in no file: {:?} {why:?}", todo.claims);
            assert_eq!(todo.counted, todo.moves.moved.len(), "not counted: {why:?}");
            let back = todo.returns(it.heard.get());
            assert!(back.is_empty(), "came back, not noted: {back:?} {why:?}");
            let unfinished = todo.stuck_payments();
            assert!(unfinished.is_empty(), "held for no payment: {unfinished:?} {why:?}");
        }
    }

    /// What a node has in memory is what the log leads to.
    async fn agrees(&self, node: usize) {
        let streams: Vec<StreamId> = {
            let held = self.disk.held.lock();
            let mut streams: Vec<_> = held.streams.keys().copied().collect();
            streams.sort_unstable();
            streams
        };
        for it in streams {
            match it.category {
                Category::Account => {
                    let live = self.same::<Account>(node, it, AccountId(it.id)).await;
                    self.audit.borrow().model().check_account(AccountId(it.id), &live);
                }
                Category::Envelope => {
                    drop(self.same::<Envelope>(node, it, EnvelopeId(it.id)).await);
                }
                Category::Batch => drop(self.same::<Batch>(node, it, BatchId(it.id)).await),
                Category::Partner => drop(self.same::<Partner>(node, it, PartnerId(it.id)).await),
                Category::Offer => {
                    // What it keeps at hand of its terms is no part of it.
                    let alike = |one: &Offer, two: &Offer| {
                        (&one.current, one.on_sale) == (&two.current, two.on_sale)
                    };
                    drop(self.alike::<Offer>(node, it, OfferId(it.id), alike).await);
                }
                Category::Calendar => drop(self.same::<Calendar>(node, it, CalendarId::THE).await),
                Category::Settlement => {
                    let id = SettlementId(it.id);
                    let live = self.same::<Settlement>(node, it, id).await;
                    self.is_in_its_file(id, &live);
                }
                Category::Remittance => {
                    drop(self.same::<Remittance>(node, it, RemittanceId(it.id)).await);
                }
                Category::Bank => {
                    drop(self.same::<BankAccount>(node, it, BankAccountId(it.id)).await);
                }
                Category::Payment => drop(self.same::<Payment>(node, it, PaymentId(it.id)).await),
                Category::Agreement => {
                    drop(self.same::<Agreement>(node, it, AgreementId(it.id)).await);
                }
                _ => (),
            }
        }
    }

    async fn same<D>(&self, node: usize, stream: StreamId, id: D::Id) -> D
    where
        D: Aggregate + PartialEq + Debug,
    {
        self.alike::<D>(node, stream, id, PartialEq::eq).await
    }

    async fn alike<D: Aggregate + Debug>(
        &self,
        node: usize,
        stream: StreamId,
        id: D::Id,
        alike: impl Fn(&D, &D) -> bool,
    ) -> D {
        let ledger = self.nodes[node].ledger.borrow().clone();
        let Ok(live) = ledger.state::<D>(id).await else { panic!("{stream} cannot be read") };
        let held = self.disk.held.lock();
        let mut replayed = D::default();
        for position in &held.streams[&stream] {
            let at = usize::try_from(position - 1).expect("an index");
            replayed.evolve(&D::Event::read(&held.events[at]).expect("an event"));
        }
        if !alike(&live, &replayed) {
            let (has, says) = (format!("{live:?}"), format!("{replayed:?}"));
            let at = has.bytes().zip(says.bytes()).take_while(|it| it.0 == it.1).count();
            let part = |of: &str| of.chars().skip(at.saturating_sub(200)).take(400).collect();
            let (has, says): (String, String) = (part(&has), part(&says));
            panic!("of {stream}, node {node} has\n…{has}…\nbut the log leads to\n…{says}…");
        }
        live
    }

    /// A payment that was sent is in the file that it was sent in.
    fn is_in_its_file(&self, id: SettlementId, it: &Settlement) {
        let Some(sent) = it.sent.as_ref().filter(|_| it.stage == Stage::Sent) else { return };
        let drawn_up = self.audit.borrow().drawn_up(sent.remittance);
        assert!(drawn_up.contains(&id), "{id} was claimed for a file that is without it");
    }
}
