//! Posting rules: the balanced entries that each event is. Sources: `docs/accounting.md`.
//!
//! A posting has one amount and two sides, so that "unbalanced" cannot be written. The rule of an
//! event never changes once written: it would change the past. A new version of the event gets a
//! new rule.

mod payments;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use smallvec::SmallVec;

use crate::account::{AccountEvent, Share};
use crate::chart::{Auxiliary, LedgerAccount};
use crate::envelope::EnvelopeEvent;
use crate::event::Event;
use crate::identifiers::{Funder, Siren};
use crate::money::Budget;

/// Which journal an entry is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Journal {
    /// Funders' money: calls and receipts.
    Funds,
    /// Service done: what partners are owed.
    Purchases,
    /// Settlements of partners, up to the payment.
    Settlements,
    /// What partners owe: their fees, each a title (titre de recette).
    Titles,
    /// What stands on the bank statement.
    Bank,
    /// Corrections.
    Corrections,
    /// Rights, holds and commitments, off-balance.
    OffBalance,
}

impl Journal {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Funds,
        Self::Purchases,
        Self::Settlements,
        Self::Titles,
        Self::Bank,
        Self::Corrections,
        Self::OffBalance,
    ];

    /// Its code, as in exports.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Funds => "FI",
            Self::Purchases => "AC",
            Self::Settlements => "RG",
            Self::Titles => "TR",
            Self::Bank => "BQ",
            Self::Corrections => "OD",
            Self::OffBalance => "HB",
        }
    }

    /// Its title, as in exports.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Funds => "Financements",
            Self::Purchases => "Achats",
            Self::Settlements => "Règlements",
            Self::Titles => "Titres de recette",
            Self::Bank => "Banque",
            Self::Corrections => "Opérations diverses",
            Self::OffBalance => "Hors bilan",
        }
    }
}

/// One side of a posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Side {
    /// The general account.
    pub account: LedgerAccount,
    /// Whose part of it.
    pub auxiliary: Auxiliary,
}

/// One amount that enters `debit` and leaves `credit`: balanced by construction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Which journal.
    pub journal: Journal,
    /// Debited.
    pub debit: Side,
    /// Credited.
    pub credit: Side,
    /// How much.
    pub amount: Budget,
    /// What it is, in French, as on the ledgers.
    pub label: &'static str,
}

/// The postings of one event, in order; none when it moves nothing.
pub type Postings = SmallVec<[Posting; 4]>;

/// The postings that `event` is.
pub fn postings(event: &Event) -> Postings {
    let mut to = Postings::new();
    match event {
        Event::Account(it) => account(it, &mut to),
        Event::Envelope(it) => envelope(it, &mut to),
        Event::Batch(_)
        | Event::Partner(_)
        | Event::Offer(_)
        | Event::Client(_)
        | Event::Calendar(_)
        | Event::Remittance(_)
        | Event::Control(_)
        | Event::Harvest(_)
        | Event::List(_)
        | Event::Payment(_)
        | Event::Webhook(_)
        | Event::Person(_)
        | Event::Agreement(_) => (),
        Event::Settlement(it) => payments::settlement(it, &mut to),
        Event::Bank(it) => payments::bank(it, &mut to),
        Event::Convention(it) => payments::convention(it, &mut to),
        Event::Correction(it) => payments::correction(it, &mut to),
    }
    to
}

/// The date of what `event` tells, when it has one of its own (a bank's booking date); `None` when
/// it happens as it is recorded.
pub fn own_date(event: &Event) -> Option<NaiveDate> {
    match event {
        Event::Settlement(it) => payments::settlement_date(it),
        Event::Bank(it) => payments::bank_date(it),
        Event::Convention(it) => payments::convention_date(it),
        Event::Envelope(EnvelopeEvent::FundsReceived(it)) => it.booked,
        Event::Account(_)
        | Event::Envelope(_)
        | Event::Batch(_)
        | Event::Partner(_)
        | Event::Offer(_)
        | Event::Client(_)
        | Event::Calendar(_)
        | Event::Remittance(_)
        | Event::Control(_)
        | Event::Harvest(_)
        | Event::List(_)
        | Event::Payment(_)
        | Event::Webhook(_)
        | Event::Person(_)
        | Event::Agreement(_)
        | Event::Correction(_) => None,
    }
}

fn envelope(event: &EnvelopeEvent, to: &mut Postings) {
    match event {
        EnvelopeEvent::Opened(it) => called(it.funder, it.called(), to),
        EnvelopeEvent::BudgetConfirmed(it) => called(it.funder, it.rest, to),
        EnvelopeEvent::BudgetRaised(it) => called(it.funder, Some(it.amount), to),
        EnvelopeEvent::FundsReceived(it) => {
            let from = if it.funder.is_state() {
                LedgerAccount::StateFunds
            } else {
                LedgerAccount::CollectivityCalls
            };
            to.push(Posting {
                journal: Journal::Funds,
                debit: Side { account: LedgerAccount::Treasury, auxiliary: Auxiliary::None },
                credit: of_funder(from, it.funder),
                amount: it.amount,
                label: "Fonds reçus",
            });
        }
        EnvelopeEvent::Allocated(_)
        | EnvelopeEvent::Released(_)
        | EnvelopeEvent::ReturnsNoted(_)
        | EnvelopeEvent::Frozen(_)
        | EnvelopeEvent::Unfrozen(_)
        | EnvelopeEvent::Closed(_) => (),
    }
}

/// A collectivité is asked to pay in; the State is not, its funds are delegated.
fn called(funder: Funder, amount: Option<Budget>, to: &mut Postings) {
    let (false, Some(amount)) = (funder.is_state(), amount) else { return };
    to.push(Posting {
        journal: Journal::Funds,
        debit: of_funder(LedgerAccount::CollectivityCalls, funder),
        credit: of_funder(LedgerAccount::CollectivityFunds, funder),
        amount,
        label: "Appel de fonds",
    });
}

fn account(event: &AccountEvent, to: &mut Postings) {
    match event {
        AccountEvent::Granted(it) => {
            let (rights, amount) = (LedgerAccount::rights_of(it.funder), it.amount.into());
            off_balance(
                it.funder,
                rights,
                LedgerAccount::OffBalance,
                amount,
                "Crédits ouverts",
                to,
            );
        }
        AccountEvent::Authorised(it) => {
            for share in &it.split {
                let rights = LedgerAccount::rights_of(share.funder);
                let (holds, amount) = (LedgerAccount::Holds, share.amount.into());
                off_balance(share.funder, holds, rights, amount, "Autorisation d’achat", to);
            }
        }
        AccountEvent::Captured(it) => {
            for share in &it.split {
                delivered(it.siren, share, to);
            }
            freed(&it.freed, to);
        }
        AccountEvent::Cancelled(it) => freed(&it.freed, to),
        AccountEvent::HoldExpired(it) => freed(&it.freed, to),
        AccountEvent::Refunded(it) => {
            for share in it.reopened.iter().chain(&it.returned) {
                to.push(Posting {
                    journal: Journal::Purchases,
                    debit: not_invoiced(it.siren),
                    credit: of_funder(LedgerAccount::funds_of(share.funder), share.funder),
                    amount: share.amount.into(),
                    label: "Remboursement",
                });
            }
            for share in &it.reopened {
                let (rights, amount) =
                    (LedgerAccount::rights_of(share.funder), share.amount.into());
                let counterpart = LedgerAccount::OffBalance;
                off_balance(share.funder, rights, counterpart, amount, "Droits rouverts", to);
            }
        }
        AccountEvent::Returned(it) => {
            let (rights, amount) = (LedgerAccount::rights_of(it.funder), it.amount.into());
            off_balance(it.funder, LedgerAccount::OffBalance, rights, amount, "Crédits échus", to);
        }
        AccountEvent::Opened(_)
        | AccountEvent::Suspended(_)
        | AccountEvent::Resumed(_)
        | AccountEvent::Closed(_)
        | AccountEvent::Contested(_)
        | AccountEvent::ContestEnded(_)
        | AccountEvent::SpecimenTaken(_)
        | AccountEvent::LicenceAcquired(_)
        | AccountEvent::RenewalProposed(_)
        | AccountEvent::RenewalDeclined(_)
        | AccountEvent::Team(_) => (),
    }
}

/// The hold becomes a legal commitment (engagement), then a debt (service fait).
fn delivered(siren: Siren, share: &Share, to: &mut Postings) {
    let (funder, amount) = (share.funder, share.amount.into());
    let (commitments, holds) = (LedgerAccount::Commitments, LedgerAccount::Holds);
    off_balance(funder, commitments, holds, amount, "Engagement juridique", to);
    to.push(Posting {
        journal: Journal::Purchases,
        debit: of_funder(LedgerAccount::funds_of(funder), funder),
        credit: not_invoiced(siren),
        amount,
        label: "Service fait",
    });
    off_balance(funder, LedgerAccount::OffBalance, commitments, amount, "Engagement soldé", to);
}

/// What was held may be spent again.
fn freed(shares: &[Share], to: &mut Postings) {
    for share in shares {
        let rights = LedgerAccount::rights_of(share.funder);
        let amount = share.amount.into();
        off_balance(share.funder, rights, LedgerAccount::Holds, amount, "Autorisation libérée", to);
    }
}

fn off_balance(
    funder: Funder,
    debit: LedgerAccount,
    credit: LedgerAccount,
    amount: Budget,
    label: &'static str,
    to: &mut Postings,
) {
    let (debit, credit) = (of_funder(debit, funder), of_funder(credit, funder));
    to.push(Posting { journal: Journal::OffBalance, debit, credit, amount, label });
}

const fn of_funder(account: LedgerAccount, funder: Funder) -> Side {
    Side { account, auxiliary: Auxiliary::Funder(funder) }
}

const fn not_invoiced(siren: Siren) -> Side {
    Side { account: LedgerAccount::PartnersNotInvoiced, auxiliary: Auxiliary::Partner(siren) }
}
