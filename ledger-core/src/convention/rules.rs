//! The rules of a convention. Each reads as: done before? then the rule.

use chrono::{NaiveDate, SubsecRound};

use super::{
    Convention, ConventionAmended, ConventionCommand, ConventionDrawn, ConventionEvent,
    ConventionFundsReceived, ConventionRefusal, ConventionSigned, FundsCalled, ReturnOrdered,
    ReturnSent,
};
use crate::decider::Decider;
use crate::ids::EnvelopeId;
use crate::meta::{Actor, Role};
use crate::money::{Balance, Budget};

impl Decider for Convention {
    type Command = ConventionCommand;
    type Event = ConventionEvent;
    type Refusal = ConventionRefusal;

    fn decide(
        &self,
        command: &ConventionCommand,
    ) -> Result<Vec<ConventionEvent>, ConventionRefusal> {
        if self.has_done(command)? {
            return Ok(vec![]);
        }
        let signed = match (&self.signed, command) {
            (None, ConventionCommand::Sign(it)) => {
                it.check()?;
                return Ok(vec![ConventionEvent::Signed(it.clone())]);
            }
            (None, _) => return Err(ConventionRefusal::NotSigned),
            (Some(signed), _) => signed,
        };
        let event = match command {
            ConventionCommand::Sign(_) => return Err(reused(&"of this convention")),
            ConventionCommand::Amend { amount, legal_reference } => {
                let (amount, legal_reference) = (*amount, legal_reference.clone());
                ConventionEvent::Amended(ConventionAmended { amount, legal_reference })
            }
            ConventionCommand::Draw { envelope, amount } => self.draw(*envelope, *amount)?,
            ConventionCommand::Call(it) => self.call(signed, it)?,
            ConventionCommand::Receive(it) => {
                let funder = signed.funder;
                ConventionEvent::Received(ConventionFundsReceived { funder, ..it.clone() })
            }
            ConventionCommand::OrderReturn { amount, unspent, iban, on, by } => {
                let ordered = ReturnOrdered {
                    funder: signed.funder,
                    amount: *amount,
                    iban: iban.clone(),
                    on: *on,
                    by: *by,
                };
                self.order_return(ordered, *unspent)?
            }
            ConventionCommand::SendReturn { end_to_end, from, payer, at, execution, by } => self
                .send_return(*by, end_to_end, |ordered| ReturnSent {
                    funder: ordered.funder,
                    amount: ordered.amount,
                    end_to_end: end_to_end.clone(),
                    // As it is stored.
                    at: at.trunc_subsecs(0),
                    execution: *execution,
                    from: from.clone(),
                    payer: payer.clone(),
                    by: *by,
                })?,
            ConventionCommand::DebitReturn { end_to_end, amount, booked, line } => {
                self.debit_return(end_to_end, *amount, *booked, line)?
            }
            ConventionCommand::RejectReturn { end_to_end, reason, report } => {
                self.reject_return(end_to_end, reason, *report)?
            }
            ConventionCommand::TakeBackReturn { end_to_end, amount, reason, booked, line } => {
                self.take_back_return(end_to_end, *amount, reason, *booked, line)?
            }
        };
        Ok(vec![event])
    }

    fn evolve(&mut self, event: &ConventionEvent) {
        match event {
            ConventionEvent::Signed(it) => {
                self.amount = it.amount.into();
                self.signed = Some(it.clone());
            }
            ConventionEvent::Amended(it) => {
                self.amount = self.amount.plus(it.amount);
                self.amendments.insert(it.legal_reference.clone(), it.amount);
            }
            ConventionEvent::Drawn(it) => {
                self.drawn.insert(it.envelope, it.amount);
            }
            ConventionEvent::Called(it) => {
                self.called = self.called.plus(it.amount);
                self.calls.push(it.clone());
            }
            ConventionEvent::Received(it) => {
                self.received = self.received.plus(it.amount);
                self.receipts.insert(it.receipt, it.amount);
                self.answered.extend(it.call);
            }
            ConventionEvent::ReturnOrdered(_)
            | ConventionEvent::ReturnSent(_)
            | ConventionEvent::ReturnDebited(_)
            | ConventionEvent::ReturnRejected(_)
            | ConventionEvent::ReturnCameBack(_) => self.take_in_return(event),
        }
    }
}

impl Convention {
    /// Whether `command` was carried out before; refused if its reference served for another one.
    fn has_done(&self, command: &ConventionCommand) -> Result<bool, ConventionRefusal> {
        match command {
            ConventionCommand::Sign(it) => match &self.signed {
                None => Ok(false),
                Some(known) => once(known == it, &"of this convention"),
            },
            ConventionCommand::Amend { amount, legal_reference } => {
                match self.amendments.get(legal_reference) {
                    None => Ok(false),
                    Some(known) => once(known == amount, legal_reference),
                }
            }
            ConventionCommand::Draw { envelope, amount } => {
                Ok(self.drawn.get(envelope) == Some(amount))
            }
            ConventionCommand::Call(it) => {
                match self.calls.iter().find(|known| known.call == it.call) {
                    None => Ok(false),
                    Some(known) => once(known == it, &it.reference),
                }
            }
            ConventionCommand::Receive(it) => match self.receipts.get(&it.receipt) {
                None => Ok(false),
                Some(known) => once(*known == it.amount, &it.receipt),
            },
            ConventionCommand::OrderReturn { amount, iban, by, on, .. } => {
                Ok(self.returning.as_ref().is_some_and(|it| {
                    let known = &it.ordered;
                    known.amount == *amount
                        && known.iban == *iban
                        && known.by == *by
                        && known.on == *on
                }))
            }
            ConventionCommand::SendReturn { end_to_end, .. } => {
                Ok(self.return_sent(end_to_end).is_ok())
            }
            ConventionCommand::DebitReturn { line, .. } => Ok(self.past.has_debited(line)),
            ConventionCommand::RejectReturn { end_to_end, .. } => {
                Ok(self.past.has_rejected(end_to_end))
            }
            ConventionCommand::TakeBackReturn { line, .. } => Ok(self.past.has_taken_back(line)),
        }
    }

    fn draw(
        &self,
        envelope: EnvelopeId,
        amount: Budget,
    ) -> Result<ConventionEvent, ConventionRefusal> {
        let before = self.drawn.get(&envelope).map_or(Balance::ZERO, |it| (*it).into());
        let left = self.left().and(before);
        match left.missing(amount) {
            Some(missing) => Err(ConventionRefusal::OverAmount { left, missing }),
            None => Ok(ConventionEvent::Drawn(ConventionDrawn { envelope, amount })),
        }
    }

    fn call(
        &self,
        signed: &ConventionSigned,
        it: &FundsCalled,
    ) -> Result<ConventionEvent, ConventionRefusal> {
        acts_as(it.by, Role::AuthorisingOfficer)?;
        if !(1..=35).contains(&it.reference.len()) || !it.reference.is_ascii() {
            let (field, expected) = ("reference", "expected 1 to 35 letters, digits or hyphens");
            return Err(ConventionRefusal::Invalid { field, expected });
        }
        let left = self.amount.beyond(self.called);
        if let Some(missing) = left.missing(it.amount) {
            return Err(ConventionRefusal::OverAmount { left, missing });
        }
        let funder = signed.funder;
        Ok(ConventionEvent::Called(FundsCalled { funder, ..it.clone() }))
    }
}

impl ConventionSigned {
    /// Checks every field; the first that is wrong, and what would be right.
    pub fn check(&self) -> Result<(), ConventionRefusal> {
        if self.funder.is_state() {
            return Err(ConventionRefusal::State);
        }
        acts_as(self.by, Role::AuthorisingOfficer)?;
        let named = |text: &str| (1..=200).contains(&text.trim().chars().count());
        let checks = [
            ("funder_name", named(&self.funder_name), "expected 1 to 200 characters"),
            ("title", named(&self.title), "expected 1 to 200 characters"),
            ("legal_reference", named(&self.legal_reference), "expected 1 to 200 characters"),
            ("assent", named(&self.assent), "expected 1 to 200 characters"),
            ("priority", (1..=9).contains(&self.priority), "expected 1 (pays first) to 9"),
            ("until", self.until >= self.from, "expected the first day or later"),
            ("earmark", self.earmark.subjects.len() <= 50, "expected at most 50 subjects"),
        ];
        match checks.into_iter().find(|(_, right, _)| !right) {
            Some((field, _, expected)) => Err(ConventionRefusal::Invalid { field, expected }),
            None => Ok(()),
        }
    }

    /// Whether `day` is one of its days.
    pub fn covers(&self, day: NaiveDate) -> bool {
        (self.from..=self.until).contains(&day)
    }
}

pub(super) fn acts_as(by: Actor, needed: Role) -> Result<(), ConventionRefusal> {
    if by.role == needed { Ok(()) } else { Err(ConventionRefusal::WrongRole { needed }) }
}

fn once(same: bool, reference: &dyn std::fmt::Display) -> Result<bool, ConventionRefusal> {
    if same { Ok(true) } else { Err(reused(reference)) }
}

fn reused(reference: &dyn std::fmt::Display) -> ConventionRefusal {
    ConventionRefusal::ReferenceReused { reference: reference.to_string() }
}
