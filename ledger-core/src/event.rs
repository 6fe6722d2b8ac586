//! All that can happen, in one type: what a reader of the whole log sees.

use crate::account::AccountEvent;
use crate::batch::BatchEvent;
use crate::calendar::CalendarEvent;
use crate::client::ClientEvent;
use crate::envelope::EnvelopeEvent;
use crate::offer::OfferEvent;
use crate::partner::PartnerEvent;

/// An event of any stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Of an account.
    Account(AccountEvent),
    /// Of an envelope.
    Envelope(EnvelopeEvent),
    /// Of a batch.
    Batch(BatchEvent),
    /// Of a partner.
    Partner(PartnerEvent),
    /// Of an offer.
    Offer(OfferEvent),
    /// Of a client.
    Client(ClientEvent),
    /// Of the calendar.
    Calendar(CalendarEvent),
}
