//! The visa: the five checks that a public accountant makes before paying.
//!
//! Source: décret 2012-1246, art. 19, 2° and art. 20.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// One of the five checks of art. 19 and 20.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Qualité de l'ordonnateur.
    OfficerQuality,
    /// Exacte imputation.
    Imputation,
    /// Disponibilité des crédits.
    AvailableCredits,
    /// Validité de la dette: service fait, liquidation, pièces, prescription.
    ValidDebt,
    /// Caractère libératoire du paiement.
    DischargingPayment,
}

impl Check {
    /// All five, in the order of the décret.
    pub const ALL: [Self; 5] = [
        Self::OfficerQuality,
        Self::Imputation,
        Self::AvailableCredits,
        Self::ValidDebt,
        Self::DischargingPayment,
    ];

    /// As it stands in forms and addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OfficerQuality => "officer_quality",
            Self::Imputation => "imputation",
            Self::AvailableCredits => "available_credits",
            Self::ValidDebt => "valid_debt",
            Self::DischargingPayment => "discharging_payment",
        }
    }

    /// In French, as in the décret.
    pub const fn title(self) -> &'static str {
        match self {
            Self::OfficerQuality => "Qualité de l’ordonnateur",
            Self::Imputation => "Exacte imputation de la dépense",
            Self::AvailableCredits => "Disponibilité des crédits",
            Self::ValidDebt => "Validité de la dette",
            Self::DischargingPayment => "Caractère libératoire du paiement",
        }
    }

    /// Whether the accountant must refuse a réquisition when this check did not pass: no credits,
    /// no service done, no discharging payment (art. 195).
    pub const fn forbids_requisition(self) -> bool {
        match self {
            Self::AvailableCredits | Self::ValidDebt | Self::DischargingPayment => true,
            Self::OfficerQuality | Self::Imputation => false,
        }
    }
}

/// One check, as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// Which one.
    pub check: Check,
    /// Whether it passed.
    pub passed: bool,
    /// What the ledger computed of it, in French.
    pub evidence: CompactString,
    /// What the accountant adds; may be empty, 500 characters at most.
    pub note: CompactString,
}
