//! The rules of the payment itself: sent, taken or refused by the bank, debited, come back.

use compact_str::CompactString;

use super::rules::{Decision, reused};
use super::{
    BankAnswer, BankMovement, PaymentAccepted, PaymentDebited, PaymentRejected, PaymentReturned,
    PaymentSent, Prepared, Settlement, SettlementEvent, SettlementRefusal, Stage,
};
use crate::ids::RemittanceId;
use crate::meta::Actor;
use crate::money::{Balance, Budget};
use crate::partner::Iban;

/// The longest reference that a bank takes (ISO 20022, `Max35Text`).
pub const REFERENCE_MAX: usize = 35;

impl Settlement {
    pub(super) fn send(
        &self,
        prepared: &Prepared,
        remittance: RemittanceId,
        end_to_end: &CompactString,
        iban: &Iban,
        by: Actor,
    ) -> Decision {
        self.clears(by)?;
        self.at(Stage::Cleared, "the visa")?;
        let Some(amount) = self.payable() else { return Err(SettlementRefusal::NothingToPay) };
        if self.failed.contains(end_to_end) {
            return Err(reused(end_to_end));
        }
        if !(1..=REFERENCE_MAX).contains(&end_to_end.len()) || !end_to_end.is_ascii() {
            let (field, expected) = ("end_to_end", "expected 1 to 35 letters, digits or hyphens");
            return Err(SettlementRefusal::Invalid { field, expected });
        }
        // What was set off with a payment that the bank refused stays set off.
        let first = self.sent.is_none();
        Ok(vec![SettlementEvent::Sent(PaymentSent {
            siren: prepared.siren,
            remittance,
            end_to_end: end_to_end.clone(),
            iban: iban.clone(),
            amount,
            set_off: if first { self.set_off() } else { Balance::ZERO },
            again: self.came_back,
            by,
        })])
    }

    pub(super) fn accept(&self, it: &BankAnswer) -> Decision {
        self.under_way(&it.end_to_end)?;
        let (end_to_end, report) = (it.end_to_end.clone(), it.report);
        Ok(vec![SettlementEvent::Accepted(PaymentAccepted { end_to_end, report })])
    }

    pub(super) fn reject(&self, it: &BankAnswer) -> Decision {
        let sent = self.under_way(&it.end_to_end)?;
        Ok(vec![SettlementEvent::Rejected(PaymentRejected {
            siren: sent.siren,
            end_to_end: it.end_to_end.clone(),
            amount: sent.amount,
            again: sent.again,
            reason: it.reason.clone(),
            report: it.report,
        })])
    }

    pub(super) fn debit(&self, it: &BankMovement) -> Decision {
        let sent = self.under_way(&it.end_to_end)?;
        same_amount(sent.amount, it.amount)?;
        let BankMovement { end_to_end, amount, booked, line } = it.clone();
        Ok(vec![SettlementEvent::Debited(PaymentDebited { end_to_end, amount, booked, line })])
    }

    pub(super) fn take_back(&self, it: &PaymentReturned) -> Decision {
        let sent = self.sent.as_ref().filter(|sent| sent.end_to_end == it.end_to_end);
        let Some(sent) = sent.filter(|_| !self.debited.is_empty()) else {
            return Err(self.other_payment(&it.end_to_end));
        };
        self.at(Stage::Settled, "a payment that was debited")?;
        same_amount(sent.amount, it.amount)?;
        let returned = PaymentReturned { siren: sent.siren, ..it.clone() };
        Ok(vec![SettlementEvent::Returned(Box::new(returned))])
    }

    /// The payment called `end_to_end`, if it is the one at the bank.
    fn under_way(&self, end_to_end: &CompactString) -> Result<&PaymentSent, SettlementRefusal> {
        let sent = self.sent.as_ref().filter(|_| self.stage == Stage::Sent);
        sent.filter(|it| it.end_to_end == *end_to_end).ok_or_else(|| self.other_payment(end_to_end))
    }

    fn other_payment(&self, found: &CompactString) -> SettlementRefusal {
        let sent = self.sent.as_ref().map(|it| it.end_to_end.clone());
        SettlementRefusal::OtherPayment { expected: sent.unwrap_or_default(), found: found.clone() }
    }
}

fn same_amount(expected: Budget, found: Budget) -> Result<(), SettlementRefusal> {
    if expected == found { Ok(()) } else { Err(SettlementRefusal::OtherAmount { expected, found }) }
}
