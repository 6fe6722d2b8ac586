//! The rules an offer must meet to be taken: one stable name each, for partners to act upon.

use std::fmt;

use ledger_core::offer::{ListingError, PriceError};
use serde::{Deserialize, Serialize};

use super::text::shortened;

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $slug:literal, $french:literal;)*) => {
        /// A rule that an offer breaks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Rule {
            $($(#[$doc])* #[serde(rename = $slug)] $name,)*
        }

        impl Rule {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// What it asks, in French, in words a publisher can act on.
            pub const fn french(self) -> &'static str {
                match self {
                    $(Self::$name => $french,)*
                }
            }

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
    FieldMissing = "field-missing", "Un champ obligatoire manque.";
    /// A field holds another type of value.
    WrongType = "wrong-type", "Un champ n’est pas du type attendu.";
    /// A field holds a value outside its list.
    UnknownValue = "unknown-value", "Une valeur ne figure pas dans sa liste.";
    /// Another offer of the same feed has this reference.
    Duplicate = "duplicate", "Une autre notice du flux porte la même référence.";
    /// A row written in another encoding than those before.
    Encoding = "encoding", "La ligne n’est pas écrite dans le même encodage que les précédentes.";
    /// Too short or too long.
    Length = "length", "Un texte est trop court ou trop long.";
    /// Holds a control character.
    ControlCharacter = "control-character", "Un texte contient un caractère de contrôle.";
    /// More values than a field may hold.
    TooMany = "too-many", "Un champ a trop de valeurs.";
    /// A subject or level that is not a plain word.
    Word = "word", "Une matière ou un niveau n’est pas un simple mot.";
    /// Not an address of the web.
    Address = "address", "Une adresse n’est pas une adresse du web.";
    /// A licence of no day.
    LicenceDays = "licence-days", "La licence ne dure aucun jour.";
    /// A term of no concept or of too many, or a price that ends before it begins.
    Range = "range", "Une valeur sort de ses bornes.";
    /// Costs more than a purchase may.
    PriceTooHigh = "price-too-high", "Le prix dépasse le plafond d’un achat.";
    /// No VAT declared.
    VatMissing = "vat-missing", "Aucune TVA n’est déclarée.";
    /// VAT lines that do not add up to the price.
    VatSum = "vat-sum", "Les lignes de TVA ne font pas le prix.";
    /// Not a French VAT rate.
    VatRate = "vat-rate", "Ce n’est pas un taux de TVA français.";
    /// The tax is not what the rate gives.
    VatTax = "vat-tax", "La taxe n’est pas celle que donne le taux.";
    /// An entity that XML does not know.
    UnknownEntity = "unknown-entity", "Une entité est inconnue de XML.";
    /// A record that only completes another one.
    PartialRecord = "partial-record", "La notice ne fait qu’en compléter une autre.";
    /// A record sent as a test.
    TestRecord = "test-record", "La notice est envoyée à titre d’essai.";
    /// Not a digital product.
    NotDigital = "not-digital", "Le produit n’est pas numérique.";
    /// No price at all.
    NoPrice = "no-price", "Aucun prix.";
    /// No price in euros.
    Currency = "currency", "Aucun prix en euros.";
    /// No price, tax included, that a teacher may be asked.
    PriceType = "price-type", "Aucun prix toutes taxes comprises qui puisse être demandé à un enseignant.";
    /// No price valid today.
    PriceDate = "price-date", "Aucun prix valable aujourd’hui.";
    /// Not sold in France.
    NotSoldInFrance = "not-sold-in-france", "Le produit n’est pas vendu en France.";
    /// Not published yet.
    NotPublishedYet = "not-published-yet", "Le produit n’est pas encore paru.";
    /// No longer on sale.
    NotOnSale = "not-on-sale", "Le produit n’est plus en vente.";
    /// Metadata that are neither LOM nor Dublin Core.
    NotANotice = "not-a-notice", "Ce n’est ni une notice LOM ni du Dublin Core.";
    /// A notice with more than one element `general`.
    SecondGeneral = "second-general", "La notice a plus d’un élément « general ».";
    /// A taxon outside the vocabulary that its path declares.
    TaxonNotMember = "taxon-not-member", "Un taxon n’appartient pas au vocabulaire que son chemin déclare.";
    /// An identifier that holds personal data.
    PersonalData = "personal-data", "L’identifiant contient une donnée personnelle.";
    /// The ledger itself refuses it.
    LedgerRefusal = "ledger-refusal", "Le registre refuse cette offre.";
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
            ListingError::Depth { depth, .. } => (Rule::Range, depth.to_string()),
            ListingError::NoMinute => (Rule::Range, "0".into()),
            ListingError::Dates { until, .. } => (Rule::Range, until.to_string()),
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
