//! The rules from the order to pay to the visa: who may do what, and on which checks.

use chrono::{Days, NaiveDate};
use compact_str::CompactString;

use super::rules::{Decision, acts_as};
use super::{
    Check, CheckResult, PAYMENT_TERM_DAYS, PaymentOrdered, PaymentRequisitioned, PaymentSuspended,
    Prepared, SetOffWhole, Settlement, SettlementEvent, SettlementRefusal, Stage,
    SuspensionAnswered, VisaGranted,
};
use crate::meta::{Actor, Role};
use crate::money::{Balance, Budget};

impl Settlement {
    pub(super) fn order(&self, on: NaiveDate, by: Actor) -> Decision {
        acts_as(by, Role::AuthorisingOfficer)?;
        self.at(Stage::Matched, "a statement that is matched")?;
        Ok(vec![SettlementEvent::Ordered(PaymentOrdered {
            payable: self.payable().map_or(Balance::ZERO, Balance::from),
            set_off: self.set_off(),
            carried: self.carried_out().unwrap_or_default(),
            on,
            due: self.due_by().unwrap_or(on),
            by,
        })])
    }

    /// The last day on which it is paid in time; `None` before service done and statement.
    pub fn due_by(&self) -> Option<NaiveDate> {
        let received = self.statement.as_ref()?.received;
        let from = self.certified.as_ref().map_or(received, |it| received.max(it.on));
        from.checked_add_days(Days::new(PAYMENT_TERM_DAYS))
    }

    pub(super) fn grant_visa(&self, checks: &[CheckResult], on: NaiveDate, by: Actor) -> Decision {
        self.clears(by)?;
        self.at(Stage::Ordered, "an order to pay")?;
        for check in Check::ALL {
            let mut made = checks.iter().filter(|it| it.check == check);
            match (made.next(), made.next()) {
                (Some(it), None) if !it.passed => {
                    return Err(SettlementRefusal::CheckFailed { failed: check });
                }
                (Some(it), None) if it.note.chars().count() > 500 => {
                    let (field, expected) = ("note", "expected at most 500 characters");
                    return Err(SettlementRefusal::Invalid { field, expected });
                }
                (Some(_), None) => (),
                _ => return Err(SettlementRefusal::ChecksIncomplete { missing: check }),
            }
        }
        match self.unchecked() {
            0 => (),
            left => return Err(SettlementRefusal::SampleOpen { left }),
        }
        if self.checked.iter().any(|it| !it.conform) {
            return Err(SettlementRefusal::CheckFailed { failed: Check::ValidDebt });
        }
        Ok(vec![SettlementEvent::VisaGranted(VisaGranted { checks: checks.to_vec(), on, by })])
    }

    pub(super) fn suspend(
        &self,
        failed: &[Check],
        reason: &CompactString,
        on: NaiveDate,
        by: Actor,
    ) -> Decision {
        self.clears(by)?;
        self.at(Stage::Ordered, "an order to pay")?;
        written("reason", reason)?;
        if failed.is_empty() {
            let (field, expected) = ("failed", "expected at least one check that did not pass");
            return Err(SettlementRefusal::Invalid { field, expected });
        }
        let (failed, reason) = (failed.to_vec(), reason.clone());
        Ok(vec![SettlementEvent::Suspended(PaymentSuspended { failed, reason, on, by })])
    }

    pub(super) fn answer(&self, answer: &CompactString, on: NaiveDate, by: Actor) -> Decision {
        acts_as(by, Role::AuthorisingOfficer)?;
        self.at(Stage::Suspended, "a suspension")?;
        written("answer", answer)?;
        let answer = answer.clone();
        Ok(vec![SettlementEvent::Answered(SuspensionAnswered { answer, on, by })])
    }

    pub(super) fn requisition(&self, reason: &CompactString, on: NaiveDate, by: Actor) -> Decision {
        acts_as(by, Role::AuthorisingOfficer)?;
        self.at(Stage::Suspended, "a suspension")?;
        written("reason", reason)?;
        let failed = self.suspension.as_ref().map(|it| it.failed.clone()).unwrap_or_default();
        if let Some(&check) = failed.iter().find(|it| it.forbids_requisition()) {
            return Err(SettlementRefusal::RequisitionForbidden { check });
        }
        let reason = reason.clone();
        Ok(vec![SettlementEvent::Requisitioned(PaymentRequisitioned { reason, failed, on, by })])
    }

    pub(super) fn set_off_whole(&self, prepared: &Prepared, on: NaiveDate, by: Actor) -> Decision {
        self.clears(by)?;
        self.at(Stage::Cleared, "the visa")?;
        match (self.payable(), Budget::from_cents(self.set_off().cents())) {
            (None, Some(amount)) => {
                let siren = prepared.siren;
                Ok(vec![SettlementEvent::SetOff(SetOffWhole { siren, amount, on, by })])
            }
            (Some(payable), _) => Err(SettlementRefusal::NotSetOffWhole { payable }),
            (None, None) => Err(SettlementRefusal::NothingToPay),
        }
    }

    /// Whether `by` may give the visa and pay: an accountant, and not who ordered (art. 9).
    pub(super) fn clears(&self, by: Actor) -> Result<(), SettlementRefusal> {
        acts_as(by, Role::Accountant)?;
        match &self.ordered {
            Some(ordered) if ordered.by.id == by.id => Err(SettlementRefusal::SameActor),
            Some(_) | None => Ok(()),
        }
    }
}

fn written(field: &'static str, text: &str) -> Result<(), SettlementRefusal> {
    if (1..=1_000).contains(&text.trim().chars().count()) {
        Ok(())
    } else {
        let expected = "expected 1 to 1,000 characters";
        Err(SettlementRefusal::Invalid { field, expected })
    }
}
