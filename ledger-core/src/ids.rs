//! One type per id: readable, prefixed, and never one in the place of another.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a text is not the id that was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id of the form {prefix}_ and 32 hexadecimal digits")]
pub struct IdError {
    text: String,
    prefix: &'static str,
}

/// Reads `prefix_` and 32 hexadecimal digits.
fn parse(text: &str, prefix: &'static str) -> Result<Uuid, IdError> {
    text.strip_prefix(prefix)
        .and_then(|it| it.strip_prefix('_'))
        .filter(|it| it.len() == 32)
        .and_then(|it| Uuid::try_parse(it).ok())
        .ok_or_else(|| IdError { text: text.chars().take(60).collect(), prefix })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            /// What its text begins with.
            pub const PREFIX: &'static str = $prefix;

            /// The id that follows from `name` within `of`: the same one each time (UUIDv5).
            pub fn derived(of: Uuid, name: &[u8]) -> Self {
                Self(Uuid::new_v5(&of, name))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                parse(text, $prefix).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let mut text = [0_u8; $prefix.len() + 33];
                text[..$prefix.len()].copy_from_slice($prefix.as_bytes());
                text[$prefix.len()] = b'_';
                self.0.simple().encode_lower(&mut text[$prefix.len() + 1..]);
                to.serialize_str(std::str::from_utf8(&text).map_err(serde::ser::Error::custom)?)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!("an id of the form ", $prefix, "_ and 32 hexadecimal digits"))
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                from.deserialize_str(Text)
            }
        }
    };
}

id!(/// A holder's account (a teacher or a team); also names its stream.
    AccountId, "acc");
id!(/// One funder's pot (enveloppe); also names its stream.
    EnvelopeId, "env");
id!(/// A top-up file of many lines; also names its stream.
    BatchId, "bat");
id!(/// A partner: a publisher or an `EdTech` (partenaire); also names its stream.
    PartnerId, "par");
id!(/// One offer of one partner, derived from the partner and its own reference; names its stream.
    OfferId, "off");
id!(/// An API client; also names its stream.
    ClientId, "cli");
id!(/// One credit of one account, and what is left of it (lot).
    LotId, "lot");
id!(/// A purchase; makes its authorisation idempotent.
    PurchaseId, "pur");
id!(/// One capture of a purchase; makes it idempotent.
    CaptureId, "cap");
id!(/// One refund of a purchase; makes it idempotent.
    RefundId, "ref");
id!(/// Funds received or given back once, by an envelope; makes it idempotent.
    ReceiptId, "rec");

id!(/// The accounting calendar, of which there is one; also names its stream.
    CalendarId, "cal");

id!(/// What is due to one partner for one period; also names its stream.
    SettlementId, "stl");
id!(/// A file of payments for the bank; also names its stream.
    RemittanceId, "rem");
id!(/// Our account at a bank; also names its stream.
    BankAccountId, "bnk");
id!(/// A convention with a collectivité; also names its stream.
    ConventionId, "con");
id!(/// The control plans, of which there is one stream; also names it.
    ControlId, "ctl");
id!(/// A correction of the books; also names its stream.
    CorrectionId, "cor");
id!(/// What became of one partner's feeds; also names its stream.
    HarvestId, "har");
id!(/// A list of offers that a holder keeps; also names its stream.
    ListId, "lst");
id!(/// A link by which a list is read: whoever has it may read it, so it is drawn, never derived.
    LinkId, "lnk");
id!(/// The agreements on one offer (licence libératoire); also names their stream.
    AgreementId, "agr");
id!(/// One call for funds of a convention; makes it idempotent.
    CallId, "call");
id!(/// A payment that a partner asks for (paiement); also names its stream.
    PaymentId, "pay");
id!(/// What a partner calls an account: a pseudonym of its own, which tells nothing to another partner.
    BuyerId, "buy");
id!(/// A person who signs in, told by nothing but this; also names their stream.
    PersonId, "per");
id!(/// Where a partner or a funder is told what happens (webhook); also names its stream.
    WebhookId, "whk");
id!(/// One count of what was used; makes it idempotent.
    UsageId, "usg");

impl BuyerId {
    /// What `partner` calls `account`: it follows from `key`, so that who knows both accounts and
    /// buyers, but not the key, cannot tell which is which.
    pub fn of(key: &[u8; 32], partner: PartnerId, account: AccountId) -> Self {
        let mut seen = [0; 64];
        seen[..32].copy_from_slice(key);
        seen[32..48].copy_from_slice(partner.0.as_bytes());
        seen[48..].copy_from_slice(account.0.as_bytes());
        let digest = crate::digest::Digest::of(&seen).0;
        let (&bytes, _) = digest.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

/// The namespace of partners' ids (`UUIDv5`).
const PARTNERS: Uuid = Uuid::from_u128(0x6d1f_2f0e_41a8_5c6b_9e0d_7a35_c2b4_1f60);

impl PartnerId {
    /// The partner whose establishment is `siret`: registered twice, it is still one.
    pub fn of(siret: crate::identifiers::Siret) -> Self {
        Self::derived(PARTNERS, siret.as_str().as_bytes())
    }
}

impl SettlementId {
    /// The settlement of `partner` for the period that ends on `on`.
    pub fn of(partner: PartnerId, on: chrono::NaiveDate) -> Self {
        Self::derived(partner.0, on.to_string().as_bytes())
    }

    /// What its payment is called at the bank (`EndToEndId`, 35 characters at most); payments after
    /// the first one are numbered.
    pub fn end_to_end(self, payments_before: usize) -> compact_str::CompactString {
        match payments_before {
            0 => compact_str::format_compact!("{}", self.0.simple()),
            before => compact_str::format_compact!("{}-{}", self.0.simple(), before + 1),
        }
    }

    /// The settlement whose payment is called `reference` at the bank; `None` when it is none of
    /// ours.
    pub fn of_end_to_end(reference: &str) -> Option<Self> {
        let (id, number) = reference.split_once('-').unwrap_or((reference, "1"));
        let ours = id.len() == 32 && number.len() <= 2 && number.parse::<u8>().is_ok();
        ours.then(|| Uuid::try_parse(id).ok()).flatten().map(Self)
    }
}

impl ConventionId {
    /// What its return is called at the bank (`EndToEndId`); returns after the first are numbered.
    pub fn end_to_end(self, returns_before: usize) -> compact_str::CompactString {
        match returns_before {
            0 => compact_str::format_compact!("R{}", self.0.simple()),
            before => compact_str::format_compact!("R{}{}", self.0.simple(), before + 1),
        }
    }

    /// The convention whose return is called `reference` at the bank; `None` when it is none of
    /// ours.
    pub fn of_end_to_end(reference: &str) -> Option<Self> {
        let id = reference.strip_prefix('R').filter(|it| (32..=34).contains(&it.len()))?;
        Uuid::try_parse(id.get(..32)?).ok().map(Self)
    }
}

impl RemittanceId {
    /// What its file is called at the bank (`MsgId`).
    pub fn message(self) -> compact_str::CompactString {
        compact_str::format_compact!("{}", self.0.simple())
    }

    /// The remittance whose file is called `reference` at the bank; `None` when it is none of ours.
    pub fn of_message(reference: &str) -> Option<Self> {
        // The part of a file that holds its payments is numbered after it.
        let id = reference.get(..32)?;
        Uuid::try_parse(id).ok().map(Self)
    }
}

impl BankAccountId {
    /// The account called `iban`.
    pub fn of(iban: &str) -> Self {
        Self::derived(Uuid::NAMESPACE_URL, iban.as_bytes())
    }
}

impl HarvestId {
    /// The harvest of `partner`'s feeds.
    pub const fn of(partner: PartnerId) -> Self {
        Self(partner.0)
    }

    /// Whose feeds.
    pub const fn partner(self) -> PartnerId {
        PartnerId(self.0)
    }
}

impl ListId {
    /// The favourites of `account`: the same list each time.
    pub fn favourites(account: AccountId) -> Self {
        Self::derived(account.0, b"favourites")
    }

    /// The list that `account` makes with the form of that reference: a form can be forged, and
    /// makes no list of another account.
    pub fn of(account: AccountId, reference: Uuid) -> Self {
        Self::derived(account.0, reference.as_bytes())
    }
}

impl AgreementId {
    /// The agreements on `offer`.
    pub const fn of(offer: OfferId) -> Self {
        Self(offer.0)
    }

    /// On which offer.
    pub const fn offer(self) -> OfferId {
        OfferId(self.0)
    }
}

impl ControlId {
    /// The one there is.
    pub const THE: Self = Self(Uuid::from_u128(2));
}

impl CalendarId {
    /// The one there is.
    pub const THE: Self = Self(Uuid::from_u128(1));
}

impl OfferId {
    /// The offer that `partner` calls `reference`.
    pub fn of(partner: PartnerId, reference: &str) -> Self {
        Self::derived(partner.0, reference.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_from_its_text() {
        let id = AccountId(Uuid::from_u128(7));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(
            serde_json::from_str::<AccountId>(&serde_json::to_string(&id).unwrap()).unwrap(),
            id
        );
    }

    #[test]
    fn one_kind_of_id_is_not_taken_for_another() {
        let envelope = EnvelopeId(Uuid::from_u128(7)).to_string();
        assert!(envelope.parse::<AccountId>().unwrap_err().to_string().contains("acc_"));
    }
}
