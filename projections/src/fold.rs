//! From events to rows: a run of events is folded in memory, then each row it touches is written
//! once, in the order of its key, with the checkpoint, in one transaction.
//!
//! One file per family of tables. Folding knows nothing of what the tables hold: it gathers rows
//! to insert and differences to add, so that how the log is cut into runs never shows.

pub(crate) mod accounts;
mod agreements;
pub(crate) mod bank;
pub(crate) mod batches;
pub(crate) mod catalogue;
mod deliveries;
pub(crate) mod envelopes;
pub(crate) mod harvest;
pub(crate) mod licences;
pub(crate) mod lists;
mod lots;
mod partners;
pub(crate) mod payments;
pub(crate) mod postings;
pub(crate) mod purchases;
mod streams;
pub(crate) mod teams;
mod work;

use ledger_core::account::AccountEvent;
use ledger_core::event::Event;
use ledger_core::event_log::{Position, Recorded};
use ledger_core::ids::{OfferId, PartnerId};
use ledger_core::offer::{Listing, OfferEvent};
use ledger_core::partner::PartnerEvent;
use rusqlite::{Connection, Transaction};
use rustc_hash::FxHashSet;
use uuid::Uuid;

use crate::checkpoint::Checkpoint;
use accounts::Accounts;
use agreements::{Agreements, Signers};
use deliveries::Deliveries;
use licences::Licences;
use lots::{Lots, Sources};
use postings::{Books, Postings};
use purchases::Purchases;
use teams::Teams;
use work::Work;

/// Where and when an event stands, for the rows it makes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    /// Where it stands in the log.
    pub(crate) position: Position,
    /// Whose event it is.
    pub(crate) id: Uuid,
    /// When it was recorded, in milliseconds since 1970.
    pub(crate) milliseconds: i64,
}

/// An offer of which something changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Touched<'a> {
    pub(crate) id: OfferId,
    /// What a run says of it; `None` when it is withdrawn, or when only its row tells.
    pub(crate) listing: Option<&'a Listing>,
}

fn listing(event: &OfferEvent) -> Option<&Listing> {
    match event {
        OfferEvent::Published(it) | OfferEvent::Revised(it) => Some(&it.listing),
        OfferEvent::Withdrawn(_) => None,
    }
}

/// What is known across runs: numbers given so far, months closed.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) books: Books,
    pub(crate) sources: Sources,
    signers: Signers,
}

impl Known {
    /// As the tables tell.
    pub(crate) fn read(from: &Connection) -> rusqlite::Result<Self> {
        let (books, sources) = (Books::read(from)?, Sources::read(from)?);
        Ok(Self { books, sources, signers: Signers::read(from)? })
    }
}

/// What a run of events changes, to be written in one transaction.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// How many events it is made of.
    pub(crate) events: usize,
    /// How many of them hold a whole listing: thousands of bytes, where others have a hundred.
    pub(crate) listings: usize,
    /// Up to where it goes; `None` when it is empty.
    pub(crate) checkpoint: Option<Checkpoint>,
    accounts: Accounts,
    lots: Lots,
    purchases: Purchases,
    licences: Licences,
    agreements: Agreements,
    teams: Teams,
    postings: Postings,
    deliveries: Deliveries,
    work: Work,
    /// Events of which there are few: written as they came.
    rare: Vec<(At, Event)>,
}

impl Run {
    /// Takes one event in; total: what stands in the log is a fact.
    pub(crate) fn take(&mut self, known: &mut Known, recorded: &Recorded, event: Event) {
        let at = At {
            position: recorded.position,
            id: recorded.stream.id,
            milliseconds: recorded.meta.at.timestamp_millis(),
        };
        self.events += 1;
        self.checkpoint = Some(Checkpoint::of(recorded));
        self.postings.take(&mut known.books, recorded, &event);
        if let Event::Offer(OfferEvent::Published(_) | OfferEvent::Revised(_)) = &event {
            self.listings += 1;
        }
        match event {
            Event::Account(it) => self.account(known, at, it),
            Event::Envelope(it) => {
                self.work.envelope(at, &it);
                self.rare.push((at, Event::Envelope(it)));
            }
            Event::Agreement(it) => self.agreements.agreement(&mut known.signers, at, it),
            event @ (Event::Batch(_)
            | Event::Partner(_)
            | Event::Offer(_)
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
            | Event::Person(_)) => {
                self.rare.push((at, event));
            }
        }
    }

    fn account(&mut self, known: &mut Known, at: At, event: AccountEvent) {
        self.lots.take(&mut known.sources, at, &event);
        self.work.account(at, &event);
        self.deliveries.take(at, &event);
        match event {
            AccountEvent::Opened(_)
            | AccountEvent::Suspended(_)
            | AccountEvent::Resumed(_)
            | AccountEvent::Closed(_) => self.accounts.take(at, event),
            AccountEvent::Authorised(it) => {
                self.licences.authorised(at, &it);
                self.agreements.authorised(at, &it);
                self.teams.authorised(at, &it);
                self.purchases.authorised(at, it);
            }
            AccountEvent::SpecimenTaken(it) => self.licences.tried(at, it),
            AccountEvent::LicenceAcquired(it) => {
                self.licences.acquired(at, &it);
                self.agreements.acquired(at, it);
            }
            AccountEvent::RenewalProposed(it) => self.agreements.proposed(at, &it),
            AccountEvent::RenewalDeclined(it) => self.agreements.declined(at, &it),
            AccountEvent::Team(it) => self.teams.take(at, it),
            AccountEvent::Captured(it) => {
                self.agreements.captured(&known.signers, at, &it);
                self.purchases.captured(at, &it);
            }
            AccountEvent::Cancelled(it) => self.purchases.cancelled(at, &it),
            AccountEvent::HoldExpired(it) => self.purchases.expired(at, &it),
            AccountEvent::Refunded(it) => {
                self.agreements.refunded(&known.signers, at, &it);
                self.purchases.refunded(at, &it);
            }
            AccountEvent::Granted(_)
            | AccountEvent::Returned(_)
            | AccountEvent::Contested(_)
            | AccountEvent::ContestEnded(_) => (),
        }
    }

    /// Offers of which something changes, each once with what is said of it last, and partners that
    /// are named: what the catalogue's index takes in again.
    pub(crate) fn touched(&self) -> (Vec<Touched<'_>>, Vec<PartnerId>) {
        let (mut offers, mut partners) = (Vec::new(), Vec::new());
        let mut known = FxHashSet::default();
        for (at, event) in self.rare.iter().rev() {
            match event {
                Event::Offer(it) if known.insert(at.id) => {
                    offers.push(Touched { id: OfferId(at.id), listing: listing(it) });
                }
                Event::Partner(PartnerEvent::Registered(_)) => partners.push(PartnerId(at.id)),
                Event::Offer(_)
                | Event::Partner(_)
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
                | Event::Agreement(_)
                | Event::Account(_) => (),
            }
        }
        offers.reverse();
        (offers, partners)
    }

    /// Puts what was gathered in the order in which it will be written.
    ///
    /// Apart from [`Run::write`] so that it is done by the thread that folds.
    pub(crate) fn sort(&mut self) {
        self.accounts.sort();
        self.lots.sort();
        self.purchases.sort();
        self.postings.sort();
        self.deliveries.sort();
    }

    /// Writes it all; the checkpoint with it.
    pub(crate) fn write(&self, to: &Transaction<'_>) -> rusqlite::Result<()> {
        self.accounts.write(to)?;
        self.lots.write(to)?;
        self.purchases.write(to)?;
        self.licences.write(to)?;
        self.agreements.write(to)?;
        self.teams.write(to)?;
        self.postings.write(to)?;
        self.deliveries.write(to)?;
        self.work.write(to)?;
        for (at, event) in &self.rare {
            match event {
                Event::Envelope(it) => envelopes::write(to, *at, it)?,
                Event::Batch(it) => batches::write(to, *at, it)?,
                Event::Partner(it) => partners::write_partner(to, *at, it)?,
                Event::Client(it) => partners::write_client(to, *at, it)?,
                Event::Offer(it) => catalogue::write(to, *at, it)?,
                Event::Settlement(it) => streams::settlement(to, *at, it)?,
                Event::Remittance(it) => streams::remittance(to, *at, it)?,
                Event::Convention(it) => streams::convention(to, *at, it)?,
                Event::Correction(it) => streams::correction(to, *at, it)?,
                Event::Bank(it) => bank::write(to, *at, it)?,
                Event::Harvest(it) => harvest::write(to, *at, it)?,
                Event::List(it) => lists::write(to, *at, it)?,
                Event::Payment(it) => payments::write(to, *at, it)?,
                Event::Webhook(it) => streams::webhook(to, *at, it)?,
                Event::Person(it) => streams::person(to, *at, it)?,
                Event::Account(_)
                | Event::Calendar(_)
                | Event::Control(_)
                | Event::Agreement(_) => (),
            }
        }
        match &self.checkpoint {
            Some(checkpoint) => checkpoint.write(to),
            None => Ok(()),
        }
    }
}
