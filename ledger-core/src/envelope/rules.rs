//! The rules of an envelope. Each reads as: done before? admitted? then the rule.

use chrono::NaiveDate;

use super::{
    Allocated, Allocation, AllocationReleased, BudgetConfirmed, BudgetRaised, CreditsAllocated,
    Envelope, EnvelopeClosed, EnvelopeCommand, EnvelopeEvent, EnvelopeFrozen, EnvelopeOpened,
    EnvelopeRefusal, EnvelopeUnfrozen, FundsReceived, ReturnsNoted,
};
use crate::decider::Decider;
use crate::money::{Balance, Budget};

type Decision = Result<Vec<EnvelopeEvent>, EnvelopeRefusal>;

impl Decider for Envelope {
    type Command = EnvelopeCommand;
    type Event = EnvelopeEvent;
    type Refusal = EnvelopeRefusal;

    fn decide(&self, command: &EnvelopeCommand) -> Decision {
        if self.has_done(command)? {
            return Ok(vec![]);
        }
        let Some(opened) = &self.opened else { return decide_unopened(command) };
        self.admits(command)?;
        let funder = opened.funder;
        let event = match command {
            EnvelopeCommand::Open(_) => return Err(reused(&"of this envelope")),
            EnvelopeCommand::ConfirmBudget { legal_reference } => {
                let rest = Budget::from_cents(self.budget.beyond(self.called).cents())
                    .filter(|_| opened.convention.is_none());
                let legal_reference = legal_reference.clone();
                EnvelopeEvent::BudgetConfirmed(BudgetConfirmed { funder, legal_reference, rest })
            }
            EnvelopeCommand::RaiseBudget { .. } if opened.convention.is_some() => {
                return Err(EnvelopeRefusal::UnderConvention);
            }
            EnvelopeCommand::RaiseBudget { amount, legal_reference } => {
                let (amount, legal_reference) = (*amount, legal_reference.clone());
                EnvelopeEvent::BudgetRaised(BudgetRaised { funder, amount, legal_reference })
            }
            EnvelopeCommand::ReceiveFunds { receipt, amount, reference, booked } => {
                EnvelopeEvent::FundsReceived(FundsReceived {
                    funder,
                    receipt: *receipt,
                    amount: *amount,
                    reference: reference.clone(),
                    booked: *booked,
                })
            }
            EnvelopeCommand::Allocate { allocation, on } => {
                self.allocate(opened, allocation, *on)?
            }
            EnvelopeCommand::Release { allocation, amount } => {
                let known = self.allocations.get(allocation);
                if known.is_none_or(|it| it.allocation.amount < *amount) {
                    let (allocation, amount) = (*allocation, *amount);
                    return Err(EnvelopeRefusal::NothingToRelease { allocation, amount });
                }
                let (allocation, amount) = (*allocation, *amount);
                EnvelopeEvent::Released(AllocationReleased { allocation, amount })
            }
            EnvelopeCommand::NoteReturns(it) => self.note_returns(it)?,
            EnvelopeCommand::Freeze { reason, on } => {
                EnvelopeEvent::Frozen(EnvelopeFrozen { reason: reason.clone(), on: *on })
            }
            EnvelopeCommand::Unfreeze => EnvelopeEvent::Unfrozen(EnvelopeUnfrozen {}),
            EnvelopeCommand::Close => EnvelopeEvent::Closed(EnvelopeClosed {}),
        };
        Ok(vec![event])
    }

    fn evolve(&mut self, event: &EnvelopeEvent) {
        match event {
            EnvelopeEvent::Opened(it) => {
                self.budget = it.budget.into();
                self.ratio = it.ratio;
                self.called = it.called().map_or(Balance::ZERO, Balance::from);
                self.opened = Some(it.clone());
            }
            EnvelopeEvent::BudgetConfirmed(it) => {
                self.ratio = 1000;
                self.called = it.rest.map_or(self.called, |rest| self.called.plus(rest));
                self.confirmed = Some(it.legal_reference.clone());
            }
            EnvelopeEvent::BudgetRaised(it) => {
                self.budget = self.budget.plus(it.amount);
                self.called = self.called.plus(it.amount);
                self.references.insert(it.legal_reference.clone(), it.amount);
            }
            EnvelopeEvent::FundsReceived(it) => {
                self.received = self.received.plus(it.amount);
                self.receipts.insert(it.receipt, it.amount);
            }
            EnvelopeEvent::Allocated(it) => {
                self.allocated = self.allocated.plus(it.allocation.amount);
                let allocated = Allocated { allocation: it.allocation.clone(), released: None };
                self.allocations.insert(it.allocation.id, allocated);
            }
            EnvelopeEvent::Released(it) => {
                self.allocated = self.allocated.less(it.amount);
                if let Some(allocated) = self.allocations.get_mut(&it.allocation) {
                    allocated.released = Some(it.amount);
                }
            }
            EnvelopeEvent::ReturnsNoted(it) => {
                self.returned = self.returned.and(it.expired).and(it.refunded);
                self.returns_up_to = it.up_to;
            }
            EnvelopeEvent::Frozen(it) => self.frozen = Some(it.reason.clone()),
            EnvelopeEvent::Unfrozen(_) => self.frozen = None,
            EnvelopeEvent::Closed(_) => self.closed = true,
        }
    }
}

impl Envelope {
    /// Whether `command` was carried out before; refused if its reference served for another one.
    fn has_done(&self, command: &EnvelopeCommand) -> Result<bool, EnvelopeRefusal> {
        match command {
            EnvelopeCommand::Open(it) => match &self.opened {
                None => Ok(false),
                Some(known) => once(known == it, &"of this envelope"),
            },
            EnvelopeCommand::ConfirmBudget { legal_reference } => match &self.confirmed {
                None => Ok(false),
                Some(known) => once(known == legal_reference, legal_reference),
            },
            EnvelopeCommand::RaiseBudget { amount, legal_reference } => {
                match self.references.get(legal_reference) {
                    None => Ok(false),
                    Some(known) => once(known == amount, legal_reference),
                }
            }
            EnvelopeCommand::ReceiveFunds { receipt, amount, .. } => {
                match self.receipts.get(receipt) {
                    None => Ok(false),
                    Some(known) => once(known == amount, receipt),
                }
            }
            EnvelopeCommand::Allocate { allocation, .. } => {
                match self.allocations.get(&allocation.id) {
                    None => Ok(false),
                    Some(known) => once(known.allocation == *allocation, &allocation.id),
                }
            }
            EnvelopeCommand::Release { allocation, amount } => {
                match self.allocations.get(allocation).and_then(|it| it.released) {
                    None => Ok(false),
                    Some(known) => once(known == *amount, allocation),
                }
            }
            EnvelopeCommand::NoteReturns(it) => Ok(it.up_to <= self.returns_up_to),
            EnvelopeCommand::Freeze { .. } => Ok(self.frozen.is_some()),
            EnvelopeCommand::Unfreeze => Ok(self.opened.is_some() && self.frozen.is_none()),
            EnvelopeCommand::Close => Ok(self.closed),
        }
    }

    /// Whether the envelope takes this command at all.
    fn admits(&self, command: &EnvelopeCommand) -> Result<(), EnvelopeRefusal> {
        // What was engaged before the end still comes in after it.
        let after = matches!(
            command,
            EnvelopeCommand::NoteReturns(_)
                | EnvelopeCommand::Release { .. }
                | EnvelopeCommand::ReceiveFunds { .. }
        );
        match &self.frozen {
            _ if self.closed && !after => Err(EnvelopeRefusal::Closed),
            Some(reason) if matches!(command, EnvelopeCommand::Allocate { .. }) => {
                Err(EnvelopeRefusal::Frozen { reason: reason.clone() })
            }
            Some(_) | None => Ok(()),
        }
    }

    fn allocate(
        &self,
        opened: &EnvelopeOpened,
        allocation: &Allocation,
        on: NaiveDate,
    ) -> Result<EnvelopeEvent, EnvelopeRefusal> {
        let (from, until) = (opened.valid_from, opened.valid_until);
        if on < from || on > until {
            return Err(EnvelopeRefusal::NotValid { from, until });
        }
        let (amount, ratio) = (allocation.amount, self.ratio);
        let ceiling = self.ceiling().beyond(self.allocated);
        if let Some(missing) = ceiling.missing(amount) {
            return Err(if ratio < 1000 {
                EnvelopeRefusal::OverProvisional { left: ceiling, missing, ratio }
            } else {
                EnvelopeRefusal::OverBudget { left: ceiling, missing }
            });
        }
        let left = self.left();
        if let Some(missing) = left.missing(amount) {
            return Err(EnvelopeRefusal::NotFunded { left, missing });
        }
        let (funder, allocation) = (opened.funder, allocation.clone());
        Ok(EnvelopeEvent::Allocated(CreditsAllocated { funder, allocation }))
    }

    fn note_returns(&self, it: &ReturnsNoted) -> Result<EnvelopeEvent, EnvelopeRefusal> {
        if it.after != self.returns_up_to || it.up_to <= it.after {
            return Err(EnvelopeRefusal::ReturnsOutOfOrder { up_to: self.returns_up_to });
        }
        Ok(EnvelopeEvent::ReturnsNoted(it.clone()))
    }
}

fn decide_unopened(command: &EnvelopeCommand) -> Decision {
    let EnvelopeCommand::Open(it) = command else { return Err(EnvelopeRefusal::NotOpen) };
    it.check()?;
    Ok(vec![EnvelopeEvent::Opened(it.clone())])
}

impl EnvelopeOpened {
    /// Checks every field; the first that is wrong, and what would be right.
    pub fn check(&self) -> Result<(), EnvelopeRefusal> {
        let named = |text: &str| (1..=200).contains(&text.trim().chars().count());
        let checks = [
            ("funder_name", named(&self.funder_name), "expected 1 to 200 characters"),
            ("title", named(&self.title), "expected 1 to 200 characters"),
            ("legal_reference", named(&self.legal_reference), "expected 1 to 200 characters"),
            ("ratio", (1..=1000).contains(&self.ratio), "expected 1 to 1000 thousandths"),
            ("priority", (1..=9).contains(&self.priority), "expected 1 (pays first) to 9"),
            ("valid_until", self.valid_until >= self.valid_from, "expected valid_from or later"),
            (
                "recipients",
                self.recipients.schools.len() <= 10_000,
                "expected at most 10,000 schools",
            ),
            ("earmark", self.earmark.subjects.len() <= 50, "expected at most 50 subjects"),
        ];
        match checks.into_iter().find(|(_, right, _)| !right) {
            Some((field, _, expected)) => Err(EnvelopeRefusal::Invalid { field, expected }),
            None => Ok(()),
        }
    }

    /// What a collectivité is asked to pay in when it opens the envelope (appel de fonds): the
    /// voted part of the budget. `None` when that is less than a cent.
    /// Also `None` when a convention calls for it.
    pub fn called(&self) -> Option<Budget> {
        if self.convention.is_some() {
            return None;
        }
        let envelope =
            Envelope { budget: self.budget.into(), ratio: self.ratio, ..Envelope::default() };
        Budget::from_cents(envelope.ceiling().cents())
    }
}

impl ReturnsNoted {
    /// Both together.
    pub fn total(&self) -> Balance {
        self.expired.and(self.refunded)
    }
}

fn once(same: bool, reference: &dyn std::fmt::Display) -> Result<bool, EnvelopeRefusal> {
    if same { Ok(true) } else { Err(reused(reference)) }
}

fn reused(reference: &dyn std::fmt::Display) -> EnvelopeRefusal {
    EnvelopeRefusal::ReferenceReused { reference: reference.to_string() }
}
