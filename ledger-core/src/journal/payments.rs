//! The entries of settlements, of the bank, of conventions and of corrections.

use chrono::NaiveDate;

use super::{Journal, Posting, Postings, Side, of_funder};
use crate::bank::{BankEvent, Direction};
use crate::chart::{Auxiliary, LedgerAccount};
use crate::convention::ConventionEvent;
use crate::correction::{CorrectedSide, CorrectionEvent};
use crate::identifiers::Siren;
use crate::money::{Balance, Budget};
use crate::settlement::SettlementEvent;

const TREASURY: Side = plain(LedgerAccount::Treasury);
const UNDER_WAY: Side = plain(LedgerAccount::PaymentsUnderWay);

pub(super) fn settlement(event: &SettlementEvent, to: &mut Postings) {
    let partner = of_partner;
    match event {
        // A refund of what was paid before is no debt less: it is a credit note to be set off.
        SettlementEvent::Prepared(it) => {
            let debit = partner(LedgerAccount::PartnersCredits, it.siren);
            let credit = partner(LedgerAccount::PartnersNotInvoiced, it.siren);
            some(Journal::Settlements, debit, credit, it.credits, "Avoir à recevoir", to);
        }
        SettlementEvent::Matched(it) => {
            let debit = partner(LedgerAccount::PartnersNotInvoiced, it.siren);
            let credit = partner(LedgerAccount::Partners, it.siren);
            some(Journal::Settlements, debit, credit, it.amount, "Relevé rapproché", to);
        }
        SettlementEvent::SetOff(it) => set_off(it.siren, it.amount.into(), to),
        SettlementEvent::Sent(it) => {
            set_off(it.siren, it.set_off, to);
            let owed = owed_to(it.siren, it.again);
            one(Journal::Settlements, owed, UNDER_WAY, it.amount, "Virement émis", to);
        }
        SettlementEvent::Rejected(it) => {
            let owed = owed_to(it.siren, it.again);
            one(Journal::Settlements, UNDER_WAY, owed, it.amount, "Virement rejeté", to);
        }
        SettlementEvent::Debited(it) => {
            one(Journal::Bank, UNDER_WAY, TREASURY, it.amount, "Virement débité", to);
        }
        SettlementEvent::Returned(it) => {
            let owed = partner(LedgerAccount::ReturnedTransfers, it.siren);
            one(Journal::Bank, TREASURY, owed, it.amount, "Virement revenu", to);
        }
        // Never netted: what the partner is paid stays whole on 401100.
        SettlementEvent::FeeTitled(it) => {
            let fees = partner(LedgerAccount::PartnersFees, it.siren);
            let services = plain(LedgerAccount::Services);
            one(Journal::Titles, fees, services, it.net, "Commission", to);
            let vat = plain(LedgerAccount::VatCollected);
            some(Journal::Titles, fees, vat, it.vat, "TVA sur commission", to);
        }
        SettlementEvent::FeePaid(it) => {
            let fees = partner(LedgerAccount::PartnersFees, it.siren);
            one(Journal::Bank, TREASURY, fees, it.amount, "Commission encaissée", to);
        }
        SettlementEvent::Certified(_)
        | SettlementEvent::StatementReceived(_)
        | SettlementEvent::Differs(_)
        | SettlementEvent::LineChecked(_)
        | SettlementEvent::Ordered(_)
        | SettlementEvent::VisaGranted(_)
        | SettlementEvent::Suspended(_)
        | SettlementEvent::Answered(_)
        | SettlementEvent::Requisitioned(_)
        | SettlementEvent::Accepted(_)
        | SettlementEvent::VoucherAttached(_) => (),
    }
}

pub(super) fn settlement_date(event: &SettlementEvent) -> Option<NaiveDate> {
    match event {
        SettlementEvent::Debited(it) => Some(it.booked),
        SettlementEvent::Returned(it) => Some(it.booked),
        SettlementEvent::FeePaid(it) => it.booked,
        SettlementEvent::Prepared(_)
        | SettlementEvent::Certified(_)
        | SettlementEvent::StatementReceived(_)
        | SettlementEvent::Matched(_)
        | SettlementEvent::Differs(_)
        | SettlementEvent::FeeTitled(_)
        | SettlementEvent::LineChecked(_)
        | SettlementEvent::Ordered(_)
        | SettlementEvent::VisaGranted(_)
        | SettlementEvent::Suspended(_)
        | SettlementEvent::Answered(_)
        | SettlementEvent::Requisitioned(_)
        | SettlementEvent::SetOff(_)
        | SettlementEvent::Sent(_)
        | SettlementEvent::Accepted(_)
        | SettlementEvent::Rejected(_)
        | SettlementEvent::VoucherAttached(_) => None,
    }
}

pub(super) fn bank(event: &BankEvent, to: &mut Postings) {
    match event {
        BankEvent::ChargeBooked(it) => {
            let charges = plain(LedgerAccount::BankCharges);
            one(Journal::Bank, charges, TREASURY, it.amount, "Frais bancaires", to);
        }
        BankEvent::Parked(it) => {
            let (debit, credit) = parked(it.direction);
            one(Journal::Bank, debit, credit, it.amount, "Opération à classer", to);
        }
        BankEvent::Identified(it) => {
            let (debit, credit) = parked(it.direction);
            one(Journal::Bank, credit, debit, it.amount, "Opération classée", to);
        }
        BankEvent::Opened(_) | BankEvent::Imported(_) | BankEvent::Matched(_) => (),
    }
}

pub(super) fn bank_date(event: &BankEvent) -> Option<NaiveDate> {
    match event {
        BankEvent::ChargeBooked(it) => Some(it.booked),
        BankEvent::Parked(it) => Some(it.booked),
        BankEvent::Opened(_)
        | BankEvent::Imported(_)
        | BankEvent::Matched(_)
        | BankEvent::Identified(_) => None,
    }
}

pub(super) fn convention(event: &ConventionEvent, to: &mut Postings) {
    let funds = |funder| of_funder(LedgerAccount::CollectivityFunds, funder);
    let calls = |funder| of_funder(LedgerAccount::CollectivityCalls, funder);
    match event {
        ConventionEvent::Called(it) => {
            let (debit, credit) = (calls(it.funder), funds(it.funder));
            one(Journal::Funds, debit, credit, it.amount, "Appel de fonds", to);
        }
        ConventionEvent::Received(it) => {
            one(Journal::Funds, TREASURY, calls(it.funder), it.amount, "Fonds reçus", to);
        }
        ConventionEvent::ReturnSent(it) => {
            one(Journal::Funds, funds(it.funder), UNDER_WAY, it.amount, "Restitution émise", to);
        }
        ConventionEvent::ReturnDebited(it) => {
            one(Journal::Bank, UNDER_WAY, TREASURY, it.amount, "Restitution débitée", to);
        }
        ConventionEvent::ReturnRejected(it) => {
            one(Journal::Funds, UNDER_WAY, funds(it.funder), it.amount, "Restitution rejetée", to);
        }
        // What its sending and its debit posted, reversed.
        ConventionEvent::ReturnCameBack(it) => {
            one(Journal::Bank, TREASURY, UNDER_WAY, it.amount, "Restitution revenue", to);
            one(Journal::Funds, UNDER_WAY, funds(it.funder), it.amount, "Restitution revenue", to);
        }
        ConventionEvent::Signed(_)
        | ConventionEvent::Amended(_)
        | ConventionEvent::Drawn(_)
        | ConventionEvent::ReturnOrdered(_) => (),
    }
}

pub(super) fn convention_date(event: &ConventionEvent) -> Option<NaiveDate> {
    match event {
        ConventionEvent::Received(it) => it.booked,
        ConventionEvent::ReturnDebited(it) => Some(it.booked),
        ConventionEvent::ReturnCameBack(it) => Some(it.booked),
        ConventionEvent::Signed(_)
        | ConventionEvent::Amended(_)
        | ConventionEvent::Drawn(_)
        | ConventionEvent::Called(_)
        | ConventionEvent::ReturnOrdered(_)
        | ConventionEvent::ReturnSent(_)
        | ConventionEvent::ReturnRejected(_) => None,
    }
}

pub(super) fn correction(event: &CorrectionEvent, to: &mut Postings) {
    match event {
        CorrectionEvent::Approved(it) => {
            let side = |it: CorrectedSide| {
                it.side().map(|(account, auxiliary)| Side { account, auxiliary })
            };
            for line in &it.lines {
                if let (Some(debit), Some(credit)) = (side(line.debit), side(line.credit)) {
                    one(Journal::Corrections, debit, credit, line.amount, "Correction", to);
                }
            }
        }
        CorrectionEvent::Proposed(_) | CorrectionEvent::Rejected(_) => (),
    }
}

/// On which accounts a line stands that nobody knows.
const fn parked(direction: Direction) -> (Side, Side) {
    match direction {
        Direction::In => (TREASURY, plain(LedgerAccount::UnknownReceipts)),
        Direction::Out => (plain(LedgerAccount::UnknownPayments), TREASURY),
    }
}

fn set_off(siren: Siren, amount: Balance, to: &mut Postings) {
    let debit = of_partner(LedgerAccount::Partners, siren);
    let credit = of_partner(LedgerAccount::PartnersCredits, siren);
    some(Journal::Settlements, debit, credit, amount, "Avoir imputé", to);
}

/// Where a payment stands before it is sent: owed, or come back and to be paid again.
const fn owed_to(siren: Siren, again: bool) -> Side {
    let account = if again { LedgerAccount::ReturnedTransfers } else { LedgerAccount::Partners };
    of_partner(account, siren)
}

const fn of_partner(account: LedgerAccount, siren: Siren) -> Side {
    Side { account, auxiliary: Auxiliary::Partner(siren) }
}

const fn plain(account: LedgerAccount) -> Side {
    Side { account, auxiliary: Auxiliary::None }
}

/// One posting, unless the sum is nothing.
fn some(
    journal: Journal,
    debit: Side,
    credit: Side,
    amount: Balance,
    label: &'static str,
    to: &mut Postings,
) {
    if let Some(amount) = Budget::from_cents(amount.cents()) {
        one(journal, debit, credit, amount, label, to);
    }
}

fn one(
    journal: Journal,
    debit: Side,
    credit: Side,
    amount: Budget,
    label: &'static str,
    to: &mut Postings,
) {
    to.push(Posting { journal, debit, credit, amount, label });
}
