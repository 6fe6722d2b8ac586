//! All that can happen, in one type: what a reader of the whole log sees.

use crate::account::AccountEvent;
use crate::agreement::AgreementEvent;
use crate::bank::BankEvent;
use crate::batch::BatchEvent;
use crate::calendar::CalendarEvent;
use crate::client::ClientEvent;
use crate::control::ControlEvent;
use crate::convention::ConventionEvent;
use crate::correction::CorrectionEvent;
use crate::envelope::EnvelopeEvent;
use crate::harvest::HarvestEvent;
use crate::list::ListEvent;
use crate::offer::OfferEvent;
use crate::partner::PartnerEvent;
use crate::payment::PaymentEvent;
use crate::person::PersonEvent;
use crate::remittance::RemittanceEvent;
use crate::settlement::SettlementEvent;
use crate::webhook::WebhookEvent;

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
    /// Of a settlement.
    Settlement(SettlementEvent),
    /// Of a remittance.
    Remittance(RemittanceEvent),
    /// Of a bank account.
    Bank(BankEvent),
    /// Of a convention.
    Convention(ConventionEvent),
    /// Of the control plans.
    Control(ControlEvent),
    /// Of a correction.
    Correction(CorrectionEvent),
    /// Of a harvest.
    Harvest(HarvestEvent),
    /// Of a list of offers.
    List(ListEvent),
    /// Of a payment.
    Payment(PaymentEvent),
    /// Of a person's roles.
    Person(PersonEvent),
    /// Of a webhook endpoint.
    Webhook(WebhookEvent),
    /// Of an agreement.
    Agreement(AgreementEvent),
}
