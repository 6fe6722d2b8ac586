//! What the double keeps: all events of all streams, at places with gaps between them.

use std::collections::HashMap;

use bytes::Bytes;

use crate::event_log::kurrentdb::wire::{Entry, Expected, Id, Proposed, Stored, StreamName};

/// So many appends after each other are followed by an event of the server's own.
const STATISTICS_EVERY: u64 = 7;

/// Whatever a record weighs on the server's disk beside what is in it.
const RECORD_BYTES: usize = 113;

/// All events, in the order of `$all`.
#[derive(Default)]
pub(super) struct Store {
    pub(super) events: Vec<Stored>,
    streams: HashMap<Bytes, Vec<usize>>,
    next: u64,
    appends: u64,
}

/// An append that was done, now or before: where its last event stands.
pub(super) struct Written {
    pub(super) revision: u64,
    pub(super) commit: u64,
    /// It was there already.
    pub(super) before: bool,
}

impl Store {
    /// With what a new server writes for itself.
    pub(super) fn new() -> Self {
        let mut store = Self::default();
        store.statistics();
        store
    }

    /// The events of a stream, in its order; none when there is no such stream.
    pub(super) fn stream(&self, name: &[u8]) -> Option<&[usize]> {
        self.streams.get(name).map(Vec::as_slice)
    }

    /// Appends to one stream; the number of its last event when that is not what was expected,
    /// none when there is no stream. What is there already, with the same ids, is not written again.
    pub(super) fn append(
        &mut self,
        stream: &StreamName,
        expected: Expected,
        events: &[Proposed],
    ) -> Result<Written, Option<u64>> {
        let there = self.streams.get(&stream.name).map(Vec::as_slice).unwrap_or_default();
        let current = there.len();
        let from = match expected {
            Expected::NoStream(_) => Some(0),
            Expected::Revision(it) => Some(usize::try_from(it + 1).unwrap_or(usize::MAX)),
            Expected::Exists(_) if current == 0 => return Err(None),
            Expected::Any(_) | Expected::Exists(_) => None,
        };
        let last = || current.checked_sub(1).map(|it| it as u64);
        let known = |at: &usize, event: &Proposed| {
            let id = |it: &Option<Id>| it.as_ref().and_then(Id::uuid);
            id(&self.events[*at].id) == id(&event.id)
        };
        let before = match from {
            Some(from) if from > current => return Err(last()),
            Some(from) if from == current => None,
            Some(from) => Some(from),
            None => there.iter().position(|at| events.first().is_some_and(|it| known(at, it))),
        };
        if let Some(from) = before {
            let same = there.len() >= from + events.len()
                && there[from..].iter().zip(events).all(|(at, event)| known(at, event));
            if !same {
                return Err(last());
            }
            let commit = self.events[there[from + events.len() - 1]].commit;
            return Ok(Written {
                revision: (from + events.len() - 1) as u64,
                commit,
                before: true,
            });
        }
        let mut commit = 0;
        for event in events {
            commit = self.write(stream.clone(), event);
        }
        self.appends += 1;
        if self.appends.is_multiple_of(STATISTICS_EVERY) {
            self.statistics();
        }
        Ok(Written { revision: (current + events.len() - 1) as u64, commit, before: false })
    }

    fn write(&mut self, stream: StreamName, event: &Proposed) -> u64 {
        let commit = self.next;
        self.next += (RECORD_BYTES + event.data.len() + event.metadata.len()) as u64;
        let at = self.streams.entry(stream.name.clone()).or_default();
        let mut system = event.system.clone();
        system.push(Entry {
            key: Bytes::from_static(b"created"),
            value: Bytes::from_static(b"17878464000000000"),
        });
        self.events.push(Stored {
            id: event.id.clone(),
            stream: Some(stream),
            revision: at.len() as u64,
            prepare: commit,
            commit,
            system,
            metadata: event.metadata.clone(),
            data: event.data.clone(),
        });
        at.push(self.events.len() - 1);
        commit
    }

    fn statistics(&mut self) {
        let entry = |key: &'static [u8], value: &'static [u8]| Entry {
            key: Bytes::from_static(key),
            value: Bytes::from_static(value),
        };
        let event = Proposed {
            id: Some(uuid::Uuid::from_u128(u128::from(self.next)).into()),
            system: vec![
                entry(b"type", b"$statsCollected"),
                entry(b"content-type", b"application/json"),
            ],
            metadata: Bytes::new(),
            data: Bytes::from_static(b"{}"),
        };
        self.write(StreamName { name: Bytes::from_static(b"$stats-127.0.0.1:2113") }, &event);
    }
}
