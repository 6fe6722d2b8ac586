//! What the log says of partners' offers and feeds, read from its beginning.
//!
//! A service that keeps a catalogue asks it instead: this reads every event there is.

use std::collections::BTreeMap;

use ledger_core::codec::{self, DecodeError};
use ledger_core::event::Event;
use ledger_core::event_log::{EventLog, LogError, Position};
use ledger_core::ids::{OfferId, PartnerId};
use ledger_core::offer::OfferEvent;
use ledger_core::partner::{FeedDeclared, PartnerEvent};
use ledger_core::stream::Category;

use crate::changes::Known;
use crate::feed::Reference;

/// How many events are read at once.
const EVENTS_AT_ONCE: usize = 4_096;

/// One partner, as far as its offers go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shelf {
    /// Its trade name; empty when it was never registered.
    pub name: String,
    /// Where its feeds are; at most one of each role.
    pub feeds: Vec<FeedDeclared>,
    /// Whether its offers are not to be sold for now.
    pub suspended: bool,
    /// What is on sale.
    pub on_sale: Known,
}

/// Why the log could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KnownError {
    /// The log failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// It holds what this program cannot read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// Every partner that the log knows.
pub async fn from_log(log: &impl EventLog) -> Result<BTreeMap<PartnerId, Shelf>, KnownError> {
    let mut shelves: BTreeMap<PartnerId, Shelf> = BTreeMap::new();
    // A withdrawal names its stream only.
    let mut offers: BTreeMap<OfferId, (PartnerId, Reference)> = BTreeMap::new();
    let mut position: Position = 0;
    loop {
        let events = log.read_all(position, EVENTS_AT_ONCE).await?;
        let Some(last) = events.last() else { return Ok(shelves) };
        position = last.position;
        for recorded in &events {
            if !matches!(recorded.stream.category, Category::Offer | Category::Partner) {
                continue;
            }
            match codec::read(recorded)? {
                Event::Offer(OfferEvent::Published(it) | OfferEvent::Revised(it)) => {
                    let reference = &it.listing.reference;
                    let id = OfferId::of(it.partner, reference);
                    offers.insert(id, (it.partner, reference.clone()));
                    let shelf = shelves.entry(it.partner).or_default();
                    shelf.on_sale.insert(reference.clone(), it.digest);
                }
                Event::Offer(OfferEvent::Withdrawn(_)) => {
                    if let Some((partner, reference)) = offers.get(&OfferId(recorded.stream.id)) {
                        shelves.entry(*partner).or_default().on_sale.remove(reference);
                    }
                }
                Event::Partner(event) => {
                    let shelf = shelves.entry(PartnerId(recorded.stream.id)).or_default();
                    match event {
                        PartnerEvent::Registered(it) => shelf.name = it.name.to_string(),
                        PartnerEvent::FeedDeclared(it) => {
                            shelf.feeds.retain(|known| known.format.role() != it.format.role());
                            shelf.feeds.push(it);
                        }
                        PartnerEvent::FeedRemoved(it) => {
                            shelf.feeds.retain(|known| known.format != it.format);
                        }
                        PartnerEvent::Suspended(_) => shelf.suspended = true,
                        PartnerEvent::Resumed(_) => shelf.suspended = false,
                        PartnerEvent::BankDetailsProposed(_)
                        | PartnerEvent::BankDetailsApproved(_)
                        | PartnerEvent::BankDetailsRejected(_)
                        | PartnerEvent::SitesDeclared(_)
                        | PartnerEvent::FeeAgreed(_) => {}
                    }
                }
                Event::Account(_)
                | Event::Envelope(_)
                | Event::Batch(_)
                | Event::Client(_)
                | Event::Calendar(_)
                | Event::Settlement(_)
                | Event::Remittance(_)
                | Event::Bank(_)
                | Event::Convention(_)
                | Event::Control(_)
                | Event::Correction(_)
                | Event::Harvest(_)
                | Event::List(_)
                | Event::Payment(_)
                | Event::Webhook(_)
                | Event::Person(_)
                | Event::Agreement(_) => {}
            }
        }
    }
}
