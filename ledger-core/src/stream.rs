//! A stream: the events of one thing, in order. Its name says which kind of thing, and which one.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::ids::{
    AccountId, AgreementId, BankAccountId, BatchId, CalendarId, ClientId, ControlId, ConventionId,
    CorrectionId, EnvelopeId, HarvestId, ListId, OfferId, PartnerId, PaymentId, PersonId,
    RemittanceId, SettlementId, WebhookId,
};

/// What a stream is about; the first word of its name. The number is stored: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Category {
    /// See [`crate::account`].
    Account = 1,
    /// See [`crate::envelope`].
    Envelope = 2,
    /// See [`crate::batch`].
    Batch = 3,
    /// See [`crate::partner`].
    Partner = 4,
    /// See [`crate::offer`].
    Offer = 5,
    /// See [`crate::client`].
    Client = 6,
    /// See [`crate::calendar`].
    Calendar = 7,
    /// See [`crate::settlement`].
    Settlement = 8,
    /// See [`crate::remittance`].
    Remittance = 9,
    /// See [`crate::bank`].
    Bank = 10,
    /// See [`crate::convention`].
    Convention = 11,
    /// See [`crate::control`].
    Control = 12,
    /// See [`crate::correction`].
    Correction = 13,
    /// See [`crate::harvest`].
    Harvest = 14,
    /// See [`crate::list`].
    List = 15,
    /// See [`crate::payment`].
    Payment = 16,
    /// See [`crate::person`].
    Person = 17,
    /// See [`crate::webhook`].
    Webhook = 18,
    /// See [`crate::agreement`].
    Agreement = 19,
}

impl Category {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Account,
        Self::Envelope,
        Self::Batch,
        Self::Partner,
        Self::Offer,
        Self::Client,
        Self::Calendar,
        Self::Settlement,
        Self::Remittance,
        Self::Bank,
        Self::Convention,
        Self::Control,
        Self::Correction,
        Self::Harvest,
        Self::List,
        Self::Payment,
        Self::Person,
        Self::Webhook,
        Self::Agreement,
    ];

    /// The first word of the stream's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Envelope => "envelope",
            Self::Batch => "batch",
            Self::Partner => "partner",
            Self::Offer => "offer",
            Self::Client => "client",
            Self::Calendar => "calendar",
            Self::Settlement => "settlement",
            Self::Remittance => "remittance",
            Self::Bank => "bank",
            Self::Convention => "convention",
            Self::Control => "control",
            Self::Correction => "correction",
            Self::Harvest => "harvest",
            Self::List => "list",
            Self::Payment => "payment",
            Self::Person => "person",
            Self::Webhook => "webhook",
            Self::Agreement => "agreement",
        }
    }

    /// The category stored as `code`; `None` when there is none.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|it| *it as u8 == code)
    }
}

/// Which stream: `account-6f1c…`, the category and 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    /// What it is about.
    pub category: Category,
    /// Which one.
    pub id: Uuid,
}

/// Why a text is not the name of a stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a stream: expected a category such as account, a hyphen and 32 hexadecimal digits"
)]
pub struct StreamError(String);

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.category.name(), self.id.simple())
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for StreamId {
    type Err = StreamError;

    fn from_str(text: &str) -> Result<Self, StreamError> {
        let parsed = text.split_once('-').and_then(|(name, id)| {
            let category = Category::ALL.into_iter().find(|it| it.name() == name)?;
            Some(Self { category, id: Uuid::try_parse(id).ok()? })
        });
        parsed.ok_or_else(|| StreamError(text.chars().take(60).collect()))
    }
}

macro_rules! stream_of {
    ($($id:ident => $category:ident),+) => {$(
        impl From<$id> for StreamId {
            fn from(it: $id) -> Self {
                Self { category: Category::$category, id: it.0 }
            }
        }
    )+};
}

stream_of!(AccountId => Account, EnvelopeId => Envelope, BatchId => Batch,
    PartnerId => Partner, OfferId => Offer, ClientId => Client, CalendarId => Calendar, SettlementId => Settlement, RemittanceId => Remittance, BankAccountId => Bank, ConventionId => Convention, ControlId => Control, CorrectionId => Correction, HarvestId => Harvest, ListId => List, PaymentId => Payment, WebhookId => Webhook, PersonId => Person, AgreementId => Agreement);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_read_back_from_its_name() {
        for category in Category::ALL {
            let stream = StreamId { category, id: Uuid::from_u128(7) };
            assert_eq!(stream.to_string().parse(), Ok(stream));
            assert_eq!(Category::from_code(category as u8), Some(category));
        }
        assert!("cat-00000000000000000000000000000007".parse::<StreamId>().is_err());
    }
}
