//! A command is decided on the state in memory, which takes its events in at once.

use std::sync::Arc;

use smallvec::SmallVec;

use super::Aggregate;
use super::cache::Known;
use super::standing::Standing;
use crate::codec::Stored;
use crate::decider::Decider;
use crate::event_log::Append;
use crate::meta::Meta;

/// What one decision leads to.
pub(super) enum Decided<D: Decider> {
    /// The state is not in memory.
    Unknown,
    /// It rests on events that are not durable yet, and that others may take the place of.
    Busy(Arc<Standing>, u64),
    /// Refused by a rule.
    Refused(D::Refusal),
    /// It had been carried out already, by so many events.
    Unchanged(Arc<Standing>, u64),
    /// The state is not what the sender believed.
    NotAsBelieved,
    /// These events are to be appended.
    Events(Vec<D::Event>, Append, Arc<Standing>),
}

/// Decides `command` on what is known, and takes the events in at once.
pub(super) fn decide<D: Aggregate>(
    id: D::Id,
    known: Option<&mut Known<D>>,
    command: &D::Command,
    meta: Meta,
    believed: impl Fn(&D) -> bool,
    shared: bool,
) -> Decided<D> {
    let Some(known) = known else { return Decided::Unknown };
    if shared && !known.standing.is_settled(known.version) {
        return Decided::Busy(known.standing.clone(), known.version);
    }
    let events = match known.state.decide(command) {
        Ok(events) if events.is_empty() => {
            return Decided::Unchanged(known.standing.clone(), known.version);
        }
        Ok(_) | Err(_) if !believed(&known.state) => return Decided::NotAsBelieved,
        Ok(events) => events,
        Err(refusal) => return Decided::Refused(refusal),
    };
    let expected = known.version;
    let mut encoded = SmallVec::with_capacity(events.len());
    for event in &events {
        encoded.push(event.encode());
        known.state.evolve(event);
        known.version += 1;
    }
    let append = Append { stream: id.into(), expected, meta, events: encoded };
    Decided::Events(events, append, known.standing.clone())
}
