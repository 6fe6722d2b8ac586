//! The rules of an agreement. Each reads as: whose act? done before? then the rule.

use chrono::NaiveDate;

use super::{
    Agreement, AgreementAct, AgreementCommand, AgreementEnded, AgreementEvent, AgreementRefusal,
    AgreementSigned, BuyerCredited, CREDIT_DAYS_MAX, Ceiling, CeilingReached, Credit,
    SpendingCounted, SpendingTakenOff, Standing,
};
use crate::decider::Decider;
use crate::ids::{AccountId, PurchaseId, RefundId};
use crate::meta::Role;
use crate::money::{Amount, Balance};

type Decision = Result<Vec<AgreementEvent>, AgreementRefusal>;

impl Decider for Agreement {
    type Command = AgreementCommand;
    type Event = AgreementEvent;
    type Refusal = AgreementRefusal;

    fn decide(&self, command: &AgreementCommand) -> Decision {
        let needed = match &command.act {
            AgreementAct::Sign(_) | AgreementAct::End { .. } => Role::AuthorisingOfficer,
            AgreementAct::Count(_) | AgreementAct::Uncount { .. } | AgreementAct::NoteCredit(_) => {
                Role::Process
            }
        };
        if command.by.role != needed {
            return Err(AgreementRefusal::WrongRole { needed });
        }
        match &command.act {
            AgreementAct::Sign(it) => self.sign(it, command.on),
            AgreementAct::Count(it) => self.count_in(it),
            AgreementAct::Uncount { account, purchase, refund, amount } => {
                self.uncount(*account, *purchase, *refund, *amount)
            }
            AgreementAct::NoteCredit(it) => self.note_credit(it),
            AgreementAct::End { reason } => self.end(reason, command.on),
        }
    }

    fn evolve(&mut self, event: &AgreementEvent) {
        self.take_in(event);
    }
}

impl Agreement {
    fn sign(&self, it: &AgreementSigned, on: NaiveDate) -> Decision {
        if let (Some(signed), None) = (&self.signed, &self.ended) {
            if signed == it {
                return Ok(vec![]);
            }
            if self.standing(on) != Standing::Over {
                return Err(AgreementRefusal::Runs { until: signed.free_until });
            }
        }
        sound(it, on)?;
        Ok(vec![AgreementEvent::Signed(it.clone())])
    }

    fn count_in(&self, it: &SpendingCounted) -> Decision {
        if let Some(line) = self.line(&it.delivered()) {
            let same = line.amount == it.amount;
            let capture = it.capture;
            return if same {
                Ok(vec![])
            } else {
                Err(AgreementRefusal::ReferenceReused { capture })
            };
        }
        let Some(signed) = &self.signed else { return Err(AgreementRefusal::NoSuchAgreement) };
        // What was on its way when the ceiling was reached counts as long as the offer is free.
        let last = if self.reached.is_some() { signed.free_until } else { signed.last_day };
        if self.ended.is_some() || it.day < signed.first_day || it.day > last {
            return Err(AgreementRefusal::Over);
        }
        let mut events = vec![AgreementEvent::Counted(it.clone())];
        let counted = self.with(it.account, it.amount);
        if self.reached.is_none() && self.is_full(counted) {
            events.push(AgreementEvent::Reached(CeilingReached {
                on: it.day,
                position: it.position,
                total: counted.total,
                buyers: counted.buyers,
            }));
        }
        Ok(events)
    }

    fn uncount(
        &self,
        account: AccountId,
        purchase: PurchaseId,
        refund: RefundId,
        amount: Amount,
    ) -> Decision {
        if self.taken_off.contains(&(account, purchase, refund)) || self.reached.is_some() {
            return Ok(vec![]);
        }
        if self.ended.is_some() {
            return Err(AgreementRefusal::Over);
        }
        let Some(net) = self.net.get(&(account, purchase)) else {
            return Err(AgreementRefusal::NotCounted { purchase });
        };
        let amount = amount.at_most(*net).map_or(Balance::ZERO, Balance::from);
        let taken = SpendingTakenOff { account, purchase, refund, amount };
        Ok(vec![AgreementEvent::TakenOff(taken)])
    }

    fn note_credit(&self, it: &BuyerCredited) -> Decision {
        match self.line(&it.delivered()) {
            None => Err(AgreementRefusal::NotCounted { purchase: it.purchase }),
            Some(line) if line.credited.is_some() => Ok(vec![]),
            Some(_) => Ok(vec![AgreementEvent::Credited(it.clone())]),
        }
    }

    fn end(&self, reason: &compact_str::CompactString, on: NaiveDate) -> Decision {
        if self.signed.is_none() {
            return Err(AgreementRefusal::NoSuchAgreement);
        }
        if self.ended.is_some() {
            return Ok(vec![]);
        }
        if !(1..=500).contains(&reason.trim().chars().count()) {
            return Err(invalid("reason", "expected 1 to 500 characters"));
        }
        Ok(vec![AgreementEvent::Ended(AgreementEnded { on, reason: reason.clone() })])
    }
}

/// Refused unless what is to be signed can be carried out.
fn sound(it: &AgreementSigned, on: NaiveDate) -> Result<(), AgreementRefusal> {
    if it.first_day < on {
        return Err(invalid("first_day", "expected today or a day to come"));
    }
    if it.last_day < it.first_day {
        return Err(invalid("last_day", "expected the first day or a later one"));
    }
    if it.free_until < it.last_day {
        return Err(invalid("free_until", "expected the last day or a later one"));
    }
    if it.credit_days > CREDIT_DAYS_MAX {
        return Err(invalid("credit_days", "expected 0 to 366"));
    }
    if matches!(it.credit, Credit::Share { basis_points } if basis_points > 10_000) {
        return Err(invalid("credit", "expected 0 to 10,000 basis points"));
    }
    if it.ceiling == Ceiling::Buyers(0) {
        return Err(invalid("ceiling", "expected one buyer or more"));
    }
    let named = (1..=80).contains(&it.reference.trim().chars().count());
    if !named || it.reference.contains(char::is_control) {
        return Err(invalid("reference", "expected 1 to 80 characters"));
    }
    Ok(())
}

const fn invalid(field: &'static str, expected: &'static str) -> AgreementRefusal {
    AgreementRefusal::Invalid { field, expected }
}
