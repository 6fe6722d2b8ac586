//! A file kept with a payment order (pièce justificative): its fingerprint is in the log, its
//! bytes beside it.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// What a voucher proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoucherKind {
    /// The list of what was delivered (état du service fait).
    ServiceDone,
    /// The partner's statement or invoice (relevé, facture).
    Statement,
    /// The order to pay (ordre de payer).
    Order,
    /// A decision: visa, suspension, réquisition (décision).
    Decision,
    /// The file sent to the bank (ordre de virement).
    Transfer,
    /// The title of the partner's fee (titre de recette).
    Title,
    /// Anything else.
    Other,
}

impl VoucherKind {
    /// All of them, in the order of a bundle.
    pub const ALL: [Self; 7] = [
        Self::ServiceDone,
        Self::Statement,
        Self::Order,
        Self::Decision,
        Self::Transfer,
        Self::Title,
        Self::Other,
    ];

    /// In French, as in a bundle's index.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ServiceDone => "État du service fait",
            Self::Statement => "Relevé ou facture",
            Self::Order => "Ordre de payer",
            Self::Decision => "Décision",
            Self::Transfer => "Ordre de virement",
            Self::Title => "Titre de recette",
            Self::Other => "Autre pièce",
        }
    }
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voucher {
    /// What it proves.
    pub kind: VoucherKind,
    /// What it is called; 1 to 200 characters, without a path.
    pub name: CompactString,
    /// How it is written, such as `text/csv`.
    pub media_type: CompactString,
    /// How long it is, in bytes.
    pub bytes: u64,
    /// Its fingerprint.
    pub digest: Digest,
}

impl Voucher {
    /// The voucher that `content` is.
    pub fn of(kind: VoucherKind, name: &str, media_type: &str, content: &[u8]) -> Self {
        Self {
            kind,
            name: name.into(),
            media_type: media_type.into(),
            bytes: u64::try_from(content.len()).unwrap_or(u64::MAX),
            digest: Digest::of(content),
        }
    }

    /// Whether its name can be one of a file in an archive.
    pub fn is_named(&self) -> bool {
        let length = self.name.trim().chars().count();
        (1..=200).contains(&length)
            && !self.name.contains(['/', '\\', ':'])
            && !self.name.contains(char::is_control)
            && !self.name.starts_with('.')
    }
}
