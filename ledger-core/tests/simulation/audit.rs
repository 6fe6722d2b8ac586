//! What must hold, looked at after every step: the same model and books as for random histories on
//! one node, and what only several nodes can break.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::account::AccountEvent;
use ledger_core::codec;
use ledger_core::envelope::EnvelopeEvent;
use ledger_core::event::Event;
use ledger_core::event_log::{NewEvent, Position, Recorded};
use ledger_core::ids::{RemittanceId, SettlementId};
use ledger_core::payment::PaymentEvent;
use ledger_core::remittance::RemittanceEvent;
use ledger_core::stream::StreamId;
use rustc_hash::FxHashMap;
use uuid::Uuid;

use crate::agreeing;
use crate::books::Books;
use crate::log::Held;
use crate::model::Model;
use crate::world::{Sent, World};

/// What was acknowledged: where it is said to stand, and what it says.
type Acknowledged = (StreamId, Position, Vec<NewEvent>);

#[derive(Default)]
pub struct Audit {
    model: Model,
    books: Books,
    /// All events so far, in the order of the log.
    pub events: Vec<(Recorded, Event)>,
    /// Up to where whoever began something knew the log.
    knew: FxHashMap<Uuid, Position>,
    acknowledged: Vec<Acknowledged>,
    /// Commands that changed something, or had before, and carry a reference.
    pub done: Vec<(Sent, World)>,
    /// Ids that may be used once.
    used: BTreeSet<(StreamId, &'static str, Uuid, Uuid)>,
    /// Whether each event is printed.
    pub traced: bool,
    /// Why passes and rounds stopped.
    pub complaints: BTreeMap<String, u64>,
}

impl Audit {
    /// Somebody begins something on a node that has seen the log up to a position.
    pub fn began(&mut self, cause: Uuid, heard: Position) {
        let knew = self.knew.entry(cause).or_insert(heard);
        *knew = heard.min(*knew);
    }

    /// A pass or a round stopped before its end.
    pub fn complained(&mut self, why: &str) {
        *self.complaints.entry(why.to_owned()).or_default() += 1;
    }

    /// A command was answered: it is done.
    pub fn acknowledged(&mut self, sent: &Sent, asked: &World, done: Option<&Acknowledged>) {
        if let Some(it) = done.filter(|it| !it.2.is_empty()) {
            self.acknowledged.push(it.clone());
        }
        if sent.has_a_reference() {
            self.done.push((sent.clone(), asked.clone()));
        }
    }

    /// Looks at what was written since the last time.
    pub fn look(&mut self, held: &Held) {
        assert!(held.events.len() >= self.events.len(), "the log has lost its end");
        for recorded in &held.events[self.events.len()..] {
            assert_eq!(recorded.position, self.events.len() as u64 + 1, "a gap in the log");
            let event = codec::read(recorded).expect("an event that can be read");
            self.trace(recorded, &event);
            self.once(recorded, &event);
            self.model.knew = self.knew.get(&recorded.meta.cause).copied().unwrap_or_default();
            self.model.apply(recorded, &event);
            self.books.post(&event);
            self.books.check(&self.model);
            self.events.push((recorded.clone(), event));
        }
    }

    #[expect(clippy::print_stdout, reason = "whoever replays a seed asks for it")]
    fn trace(&self, recorded: &Recorded, event: &Event) {
        if self.traced {
            let (position, cause) = (recorded.position, recorded.meta.cause);
            println!("{position} {} {cause} {event:?}", recorded.stream);
        }
    }

    /// What may happen once with one id.
    fn once(&mut self, recorded: &Recorded, event: &Event) {
        let used = match event {
            Event::Account(AccountEvent::Captured(it)) => ("capture", it.purchase.0, it.capture.0),
            Event::Account(AccountEvent::Refunded(it)) => ("refund", it.purchase.0, it.refund.0),
            Event::Account(AccountEvent::Authorised(it)) => ("hold", it.purchase.0, Uuid::nil()),
            Event::Account(AccountEvent::Granted(it)) => ("lot", it.lot.0, Uuid::nil()),
            Event::Envelope(EnvelopeEvent::Allocated(it)) => {
                ("allocation", it.allocation.id, Uuid::nil())
            }
            Event::Envelope(EnvelopeEvent::FundsReceived(it)) => {
                ("receipt", it.receipt.0, Uuid::nil())
            }
            Event::Payment(PaymentEvent::Authorised(_)) => {
                ("payment", recorded.stream.id, Uuid::nil())
            }
            Event::Payment(PaymentEvent::UsageRecorded(it)) => ("use", it.record.0, Uuid::nil()),
            _ => return,
        };
        let (what, of, id) = used;
        assert!(self.used.insert((recorded.stream, what, of, id)), "{what} {of} {id}: twice");
    }

    /// Looks at the whole, once all is over.
    pub fn close(&mut self, held: &Held) {
        self.look(held);
        for (now, (recorded, _)) in held.events.iter().zip(&self.events) {
            assert_eq!(now, recorded, "what stands at a position has changed");
        }
        for (stream, position, events) in &self.acknowledged {
            let last = usize::try_from(*position).expect("an index");
            let first = last.checked_sub(events.len()).expect("a position after its events");
            let there = held.events.get(first..last).unwrap_or_default();
            let same = there.len() == events.len()
                && there.iter().zip(events).all(|(there, event)| {
                    let name = (there.name.as_str(), there.schema);
                    there.stream == *stream
                        && name == (event.name, event.schema)
                        && there.body == event.body
                });
            assert!(same, "acknowledged and lost: {events:?} at {position} of {stream}");
        }
        let knew = &self.knew;
        agreeing::check(&self.events, |it| knew.get(&it.meta.cause).copied().unwrap_or_default());
    }

    /// The settlements that a file of payments holds.
    pub fn drawn_up(&self, id: RemittanceId) -> Vec<SettlementId> {
        let of = |it: &(Recorded, Event)| match &it.1 {
            Event::Remittance(RemittanceEvent::DrawnUp(file)) if it.0.stream.id == id.0 => {
                Some(file.transfers.iter().map(|it| it.settlement).collect())
            }
            _ => None,
        };
        self.events.iter().find_map(of).unwrap_or_default()
    }

    /// The model of all money.
    pub fn model(&self) -> &Model {
        &self.model
    }
}
