//! The chart of accounts (plan de comptes): number, title, kind, and where the number comes from.
//!
//! The three-digit roots are the PCG's; what follows them is ours, and is a table because the M9,
//! M57 and Chorus subdivisions differ. See `docs/accounting.md`.

use std::fmt;

use crate::identifiers::{Funder, Siren};

/// A general-ledger account. The number is stored in read models: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
pub enum LedgerAccount {
    /// Fournisseurs partenaires.
    Partners = 401_100,
    /// Fournisseurs, factures non parvenues.
    PartnersNotInvoiced = 408_100,
    /// Fournisseurs, avoirs à recevoir.
    PartnersCredits = 409_700,
    /// Partenaires, commissions.
    PartnersFees = 411_800,
    /// État, fonds à employer.
    StateFunds = 443_110,
    /// Collectivités, appels de fonds.
    CollectivityCalls = 443_210,
    /// Collectivités, fonds à employer.
    CollectivityFunds = 443_220,
    /// TVA collectée.
    VatCollected = 445_710,
    /// Virements à réimputer.
    ReturnedTransfers = 466_300,
    /// Recettes à classer.
    UnknownReceipts = 471_100,
    /// Dépenses à classer.
    UnknownPayments = 472_100,
    /// Trésor, compte de dépôt.
    Treasury = 515_100,
    /// Trésor, règlements en cours.
    PaymentsUnderWay = 515_900,
    /// Services bancaires.
    BankCharges = 627_000,
    /// Prestations de services.
    Services = 706_000,
    /// Droits ouverts, État (off-balance).
    StateRights = 801_110,
    /// Droits ouverts, collectivités (off-balance).
    CollectivityRights = 801_120,
    /// Autorisations en cours (off-balance).
    Holds = 801_200,
    /// Engagements juridiques (off-balance).
    Commitments = 801_300,
    /// Contrepartie hors bilan.
    OffBalance = 809_000,
}

/// What the auxiliary column of an account holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuxiliaryKind {
    /// Nothing.
    None,
    /// The partner's SIREN.
    Partner,
    /// The State's programme, or the collectivité's SIREN.
    Funder,
}

impl LedgerAccount {
    /// The whole chart, by number.
    pub const ALL: [Self; 20] = [
        Self::Partners,
        Self::PartnersNotInvoiced,
        Self::PartnersCredits,
        Self::PartnersFees,
        Self::StateFunds,
        Self::CollectivityCalls,
        Self::CollectivityFunds,
        Self::VatCollected,
        Self::ReturnedTransfers,
        Self::UnknownReceipts,
        Self::UnknownPayments,
        Self::Treasury,
        Self::PaymentsUnderWay,
        Self::BankCharges,
        Self::Services,
        Self::StateRights,
        Self::CollectivityRights,
        Self::Holds,
        Self::Commitments,
        Self::OffBalance,
    ];

    /// Its six digits.
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// The account of that number; `None` when the chart has none.
    pub fn of_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.number() == number)
    }

    /// Its title, as on the ledgers.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Partners => "Fournisseurs partenaires",
            Self::PartnersNotInvoiced => "Fournisseurs, factures non parvenues",
            Self::PartnersCredits => "Fournisseurs, avoirs à recevoir",
            Self::PartnersFees => "Partenaires, commissions",
            Self::StateFunds => "État, fonds à employer",
            Self::CollectivityCalls => "Collectivités, appels de fonds",
            Self::CollectivityFunds => "Collectivités, fonds à employer",
            Self::VatCollected => "TVA collectée",
            Self::ReturnedTransfers => "Virements à réimputer",
            Self::UnknownReceipts => "Recettes à classer",
            Self::UnknownPayments => "Dépenses à classer",
            Self::Treasury => "Trésor, compte de dépôt",
            Self::PaymentsUnderWay => "Trésor, règlements en cours",
            Self::BankCharges => "Services bancaires",
            Self::Services => "Prestations de services",
            Self::StateRights => "Droits ouverts, État",
            Self::CollectivityRights => "Droits ouverts, collectivités",
            Self::Holds => "Autorisations en cours",
            Self::Commitments => "Engagements juridiques",
            Self::OffBalance => "Contrepartie hors bilan",
        }
    }

    /// Whether it follows rights and commitments only (class 8), and no debt or cash.
    pub const fn is_off_balance(self) -> bool {
        self.number() / 100_000 == 8
    }

    /// What its auxiliary column holds.
    pub const fn auxiliary(self) -> AuxiliaryKind {
        match self {
            Self::Partners
            | Self::PartnersNotInvoiced
            | Self::PartnersCredits
            | Self::PartnersFees
            | Self::ReturnedTransfers => AuxiliaryKind::Partner,
            Self::StateFunds | Self::CollectivityCalls | Self::CollectivityFunds => {
                AuxiliaryKind::Funder
            }
            Self::StateRights
            | Self::CollectivityRights
            | Self::Holds
            | Self::Commitments
            | Self::OffBalance => AuxiliaryKind::Funder,
            Self::UnknownReceipts
            | Self::UnknownPayments
            | Self::Treasury
            | Self::PaymentsUnderWay
            | Self::BankCharges
            | Self::VatCollected
            | Self::Services => AuxiliaryKind::None,
        }
    }

    /// Where the rights a funder has opened stand.
    pub const fn rights_of(funder: Funder) -> Self {
        if funder.is_state() { Self::StateRights } else { Self::CollectivityRights }
    }

    /// Where a funder's money to be spent stands.
    pub const fn funds_of(funder: Funder) -> Self {
        if funder.is_state() { Self::StateFunds } else { Self::CollectivityFunds }
    }
}

impl fmt::Display for LedgerAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.number(), f)
    }
}

/// The auxiliary account of a line: whose part of the general account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Auxiliary {
    /// Nobody's.
    None,
    /// A partner's.
    Partner(Siren),
    /// A funder's.
    Funder(Funder),
}

impl Auxiliary {
    /// As in the auxiliary column: a SIREN, a programme, or nothing.
    pub fn code(&self) -> &str {
        match self {
            Self::None => "",
            Self::Partner(siren) => siren.as_str(),
            Self::Funder(funder) => funder.auxiliary(),
        }
    }
}

impl fmt::Display for Auxiliary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}
