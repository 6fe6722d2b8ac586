//! The rules an offer must meet to be taken: one stable name each, for partners to act upon.

use std::fmt;

use ledger_core::offer::{ListingError, PriceError};
use serde::{Deserialize, Serialize};

use super::text::shortened;

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $slug:literal,)*) => {
        /// A rule that an offer breaks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Rule {
            $($(#[$doc])* #[serde(rename = $slug)] $name,)*
        }

        impl Rule {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its stable name, as in reports and documentation.
            pub const fn slug(self) -> &'static str {
                match self {
                    $(Self::$name => $slug,)*
                }
            }
        }
    };
}

rules! {
    /// A field that every offer must have is absent.
    FieldMissing = "field-missing",
    /// A field holds another type of value.
    WrongType = "wrong-type",
    /// A field holds a value outside its list.
    UnknownValue = "unknown-value",
    /// Another offer of the same feed has this reference.
    Duplicate = "duplicate",
    /// Too short or too long.
    Length = "length",
    /// Holds a control character.
    ControlCharacter = "control-character",
    /// More than 20 subjects or levels.
    TooMany = "too-many",
    /// A subject or level that is not a plain word.
    Word = "word",
    /// Not an address of the web.
    Address = "address",
    /// A licence of no day.
    LicenceDays = "licence-days",
    /// Costs more than a purchase may.
    PriceTooHigh = "price-too-high",
    /// No VAT declared.
    VatMissing = "vat-missing",
    /// VAT lines that do not add up to the price.
    VatSum = "vat-sum",
    /// Not a French VAT rate.
    VatRate = "vat-rate",
    /// The tax is not what the rate gives.
    VatTax = "vat-tax",
    /// An entity that XML does not know.
    UnknownEntity = "unknown-entity",
    /// A record that only completes another one.
    PartialRecord = "partial-record",
    /// A record sent as a test.
    TestRecord = "test-record",
    /// Not a digital product.
    NotDigital = "not-digital",
    /// No price at all.
    NoPrice = "no-price",
    /// No price in euros.
    Currency = "currency",
    /// No price, tax included, that a teacher may be asked.
    PriceType = "price-type",
    /// No price valid today.
    PriceDate = "price-date",
    /// Not sold in France.
    NotSoldInFrance = "not-sold-in-france",
    /// Not published yet.
    NotPublishedYet = "not-published-yet",
    /// No longer on sale.
    NotOnSale = "not-on-sale",
    /// The ledger itself refuses it.
    LedgerRefusal = "ledger-refusal",
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.slug())
    }
}

/// One reason why an offer is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Which rule.
    pub rule: Rule,
    /// What was found, cut to 60 characters; empty when nothing was.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// What is wrong and what would be right, in one sentence.
    pub message: String,
}

impl Reason {
    /// One whose `value` was found.
    pub fn new(rule: Rule, value: &str, message: impl Into<String>) -> Self {
        Self { rule, value: shortened(value, 60), message: message.into() }
    }
}

impl From<&ListingError> for Reason {
    fn from(error: &ListingError) -> Self {
        let (rule, value) = match error {
            ListingError::Length { length, .. } => (Rule::Length, length.to_string()),
            ListingError::Control { code, .. } => (Rule::ControlCharacter, format!("U+{code:04X}")),
            ListingError::TooMany { count, .. } => (Rule::TooMany, count.to_string()),
            ListingError::Word { value, .. } => (Rule::Word, value.clone()),
            ListingError::Url { value, .. } => (Rule::Address, value.clone()),
            ListingError::LicenceOfNoDay => (Rule::LicenceDays, "0".into()),
            ListingError::Price(price) => match price {
                PriceError::TooHigh(amount) => (Rule::PriceTooHigh, amount.to_string()),
                PriceError::NoVat => (Rule::VatMissing, String::new()),
                PriceError::DoesNotAddUp { lines, .. } => (Rule::VatSum, lines.to_string()),
                PriceError::UnknownRate(rate) => (Rule::VatRate, rate.to_string()),
                PriceError::WrongTax { tax, .. } => (Rule::VatTax, tax.to_string()),
            },
        };
        Self::new(rule, &value, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own() {
        let mut slugs: Vec<&str> = Rule::ALL.iter().map(|it| it.slug()).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), Rule::ALL.len());
    }

    #[test]
    fn a_rule_is_stored_by_its_name() {
        assert_eq!(
            serde_json::to_string(&Rule::NotSoldInFrance).unwrap(),
            "\"not-sold-in-france\""
        );
    }
}
