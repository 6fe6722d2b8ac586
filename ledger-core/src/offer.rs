//! One offer's life: published, revised, withdrawn, published again. Its stream is its history.

pub mod details;
pub mod listing;
pub mod price;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use chrono::NaiveDate;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

pub use details::{Concept, Conformance, Details, Facet, Feature, Term};
pub use listing::{Billing, Kind, Licence, Listing, ListingError, Scope};
pub use price::{DatedPrice, Price, PriceError, RATES, Vat};

use crate::account::Terms;
use crate::decider::Decider;
use crate::digest::Digest;
use crate::identifiers::Siren;
use crate::ids::{OfferId, PartnerId};
use crate::repeated::Repeated;

/// What is asked of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfferCommand {
    /// Make it say this, whether it is new, known or withdrawn.
    List {
        /// Whose offer.
        partner: PartnerId,
        /// What it says.
        listing: Box<Listing>,
    },
    /// Stop selling it.
    Withdraw {
        /// Why, in a few words.
        reason: CompactString,
    },
}

/// What has happened to an offer: the stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfferEvent {
    /// See [`OfferPublished`].
    Published(OfferPublished),
    /// Says something else from now on.
    Revised(OfferPublished),
    /// See [`OfferWithdrawn`].
    Withdrawn(OfferWithdrawn),
}

/// On sale, for the first time or again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferPublished {
    /// Whose offer.
    pub partner: PartnerId,
    /// What it says.
    pub listing: Box<Listing>,
    /// The listing's fingerprint: what a buyer has seen.
    pub digest: Digest,
}

/// No longer on sale; what was sold stays sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferWithdrawn {
    /// Why.
    pub reason: CompactString,
}

/// Why a command on an offer is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfferRefusal {
    /// Never published.
    #[error("this offer does not exist")]
    Unknown,
    /// Another partner's.
    #[error("this offer belongs to another partner")]
    NotYours,
    /// See [`ListingError`].
    #[error(transparent)]
    Listing(#[from] ListingError),
}

/// One offer, as its stream tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// What it says and whose it is; `None` when it was never published.
    pub current: Option<OfferPublished>,
    /// Whether it is on sale.
    pub on_sale: bool,
    /// Its terms, once somebody has asked for them.
    terms: OnceLock<Repeated<Terms>>,
}

impl Offer {
    /// Its id; `None` when it was never published.
    pub fn id(&self) -> Option<OfferId> {
        self.current.as_ref().map(|it| OfferId::of(it.partner, &it.listing.reference))
    }

    /// Its terms as they are sold on the day `on`, as offer `id` of a partner of that SIREN; `None`
    /// when it was never published.
    pub fn terms(&self, id: OfferId, siren: Siren, on: NaiveDate) -> Option<Repeated<Terms>> {
        let current = self.current.as_ref()?;
        let terms = self.terms.get_or_init(|| Repeated::new(current.terms(id, siren, on)));
        let priced =
            current.listing.prices.is_empty() || terms.price == *current.listing.price_on(on);
        if priced && terms.offer == id && terms.siren == siren {
            return Some(terms.clone());
        }
        Some(Repeated::new(current.terms(id, siren, on)))
    }
}

impl OfferPublished {
    /// The fingerprint of what a buyer sees on the day `on`: of the listing, and of the day's price
    /// when it has several, so that nobody pays the next day's price for what was seen before.
    pub fn digest_on(&self, on: NaiveDate) -> Digest {
        if self.listing.prices.is_empty() {
            return self.digest;
        }
        Digest::of_json(&(self.digest, self.listing.price_on(on)))
    }

    fn terms(&self, id: OfferId, siren: Siren, on: NaiveDate) -> Terms {
        let Self { partner, listing, digest: _ } = self;
        Terms {
            offer: id,
            partner: *partner,
            siren,
            reference: listing.reference.clone(),
            title: listing.title.clone(),
            kind: listing.kind,
            subjects: listing.subjects.clone(),
            price: listing.price_on(on).clone(),
            billing: listing.billing,
            licence: listing.licence.clone(),
            digest: self.digest_on(on),
        }
    }
}

impl Decider for Offer {
    type Command = OfferCommand;
    type Event = OfferEvent;
    type Refusal = OfferRefusal;

    fn decide(&self, command: &OfferCommand) -> Result<Vec<OfferEvent>, OfferRefusal> {
        match command {
            OfferCommand::List { partner, listing } => self.list(*partner, listing),
            OfferCommand::Withdraw { reason } => match (&self.current, self.on_sale) {
                (None, _) => Err(OfferRefusal::Unknown),
                (Some(_), false) => Ok(vec![]),
                (Some(_), true) => {
                    Ok(vec![OfferEvent::Withdrawn(OfferWithdrawn { reason: reason.clone() })])
                }
            },
        }
    }

    fn evolve(&mut self, event: &OfferEvent) {
        match event {
            OfferEvent::Published(it) | OfferEvent::Revised(it) => {
                self.current = Some(it.clone());
                self.on_sale = true;
                self.terms = OnceLock::new();
            }
            OfferEvent::Withdrawn(_) => self.on_sale = false,
        }
    }
}

impl Offer {
    fn list(&self, partner: PartnerId, listing: &Listing) -> Result<Vec<OfferEvent>, OfferRefusal> {
        let digest = listing.digest();
        let published = || OfferPublished { partner, listing: Box::new(listing.clone()), digest };
        match &self.current {
            Some(known) if known.partner != partner => return Err(OfferRefusal::NotYours),
            Some(known) if self.on_sale && known.digest == digest => return Ok(vec![]),
            Some(_) | None => listing.check()?,
        }
        Ok(vec![if self.on_sale {
            OfferEvent::Revised(published())
        } else {
            OfferEvent::Published(published())
        }])
    }
}
