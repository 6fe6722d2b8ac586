//! What other nodes write is taken in, so that no state in memory stays behind the log.

use std::sync::atomic::Ordering;

use super::{Aggregate, Ledger};
use crate::account::Account;
use crate::agreement::Agreement;
use crate::bank::BankAccount;
use crate::batch::Batch;
use crate::calendar::Calendar;
use crate::client::Client;
use crate::codec::{self, DecodeError};
use crate::control::Control;
use crate::convention::Convention;
use crate::correction::Correction;
use crate::envelope::Envelope;
use crate::event::Event;
use crate::event_log::{EventLog, LogError, Position, Recorded};
use crate::harvest::Harvest;
use crate::list::List;
use crate::offer::Offer;
use crate::partner::Partner;
use crate::payment::Payment;
use crate::person::Person;
use crate::remittance::Remittance;
use crate::settlement::Settlement;
use crate::stream::StreamId;
use crate::webhook::Webhook;

/// How many events are read at once.
const PAGE: usize = 1_000;

/// Why what others wrote was not taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatchUpError {
    /// The log failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The log holds what this program cannot read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

impl Ledger {
    /// Takes in what stands in the log, whoever wrote it: for whoever follows the log, in its
    /// order. Then no state in memory is older than what was heard.
    pub fn hear(&self, recorded: &Recorded, event: &Event) {
        let (stream, version) = (recorded.stream, recorded.version);
        match event {
            Event::Account(it) => self.take_in::<Account>(stream, version, it),
            Event::Envelope(it) => self.take_in::<Envelope>(stream, version, it),
            Event::Batch(it) => self.take_in::<Batch>(stream, version, it),
            Event::Partner(it) => self.take_in::<Partner>(stream, version, it),
            Event::Offer(it) => self.take_in::<Offer>(stream, version, it),
            Event::Client(it) => self.take_in::<Client>(stream, version, it),
            Event::Calendar(it) => self.take_in::<Calendar>(stream, version, it),
            Event::Settlement(it) => self.take_in::<Settlement>(stream, version, it),
            Event::Remittance(it) => self.take_in::<Remittance>(stream, version, it),
            Event::Bank(it) => self.take_in::<BankAccount>(stream, version, it),
            Event::Convention(it) => self.take_in::<Convention>(stream, version, it),
            Event::Control(it) => self.take_in::<Control>(stream, version, it),
            Event::Correction(it) => self.take_in::<Correction>(stream, version, it),
            Event::Harvest(it) => self.take_in::<Harvest>(stream, version, it),
            Event::List(it) => self.take_in::<List>(stream, version, it),
            Event::Payment(it) => self.take_in::<Payment>(stream, version, it),
            Event::Person(it) => self.take_in::<Person>(stream, version, it),
            Event::Webhook(it) => self.take_in::<Webhook>(stream, version, it),
            Event::Agreement(it) => self.take_in::<Agreement>(stream, version, it),
        }
        self.caches.heard.fetch_max(recorded.position, Ordering::AcqRel);
    }

    /// Begins to hear after `position`: for a ledger that has nothing in memory yet, before anything
    /// is asked of it. What is read into memory later is read from the log, and not older.
    pub fn hear_after(&self, position: Position) {
        self.caches.heard.fetch_max(position, Ordering::AcqRel);
    }

    /// Takes in all that others wrote up to now.
    ///
    /// For a flow that looks at one stream after another: what it saw in the first may follow from
    /// what others wrote to the second.
    pub async fn catch_up(&self) -> Result<(), CatchUpError> {
        if !self.log.is_shared() {
            return Ok(());
        }
        let end = self.log.end().await?;
        loop {
            let heard = self.caches.heard.load(Ordering::Acquire);
            if heard >= end {
                return Ok(());
            }
            for it in self.log.read_all(heard, PAGE).await? {
                self.hear(&it, &codec::read(&it)?);
            }
        }
    }

    /// Takes in the event that is the `version`th of `stream`, if the state is in memory and older;
    /// forgets one that rests on anything else.
    pub(super) fn take_in<D: Aggregate>(&self, stream: StreamId, version: u64, event: &D::Event) {
        D::cache(&self.caches).change(stream.id, |known| {
            if known.version >= version {
                return true;
            }
            let next = known.version + 1 == version && known.standing.is_settled(known.version);
            if next {
                known.state.evolve(event);
                known.version = version;
                known.standing.note(version);
            }
            next
        });
    }
}
