//! The rules of a settlement up to what is due. Each reads as: done before? then the rule.

use chrono::NaiveDate;

use super::{
    LineChecked, Prepared, ServiceCertified, Settlement, SettlementCommand, SettlementEvent,
    SettlementRefusal, Stage, StatementDiffers, StatementMatched, StatementReceived,
    VoucherAttached,
};
use crate::decider::Decider;
use crate::meta::{Actor, Role};
use crate::money::Balance;

pub(super) type Decision = Result<Vec<SettlementEvent>, SettlementRefusal>;

impl Decider for Settlement {
    type Command = SettlementCommand;
    type Event = SettlementEvent;
    type Refusal = SettlementRefusal;

    fn decide(&self, command: &SettlementCommand) -> Decision {
        if self.has_done(command)? {
            return Ok(vec![]);
        }
        let Some(prepared) = self.prepared.as_deref() else { return decide_absent(command) };
        match command {
            SettlementCommand::Prepare(it) => Err(reused(&it.on)),
            SettlementCommand::Certify(it) => self.certify(prepared, it),
            SettlementCommand::ReceiveStatement(it) => self.receive_statement(prepared, it),
            SettlementCommand::CheckLine(it) => self.check_line(it),
            SettlementCommand::Attach { voucher, by } => {
                if !voucher.is_named() {
                    let expected = "expected a file name of 1 to 200 characters, without a path";
                    return Err(SettlementRefusal::Invalid { field: "name", expected });
                }
                let (voucher, by) = (voucher.clone(), *by);
                Ok(vec![SettlementEvent::VoucherAttached(VoucherAttached { voucher, by })])
            }
            SettlementCommand::Order { on, by } => self.order(*on, *by),
            SettlementCommand::GrantVisa { checks, on, by } => self.grant_visa(checks, *on, *by),
            SettlementCommand::Suspend { failed, reason, on, by } => {
                self.suspend(failed, reason, *on, *by)
            }
            SettlementCommand::Answer { answer, on, by } => self.answer(answer, *on, *by),
            SettlementCommand::Requisition { reason, on, by } => self.requisition(reason, *on, *by),
            SettlementCommand::SetOff { on, by } => self.set_off_whole(prepared, *on, *by),
            SettlementCommand::Send { remittance, end_to_end, iban, by } => {
                self.send(prepared, *remittance, end_to_end, iban, *by)
            }
            SettlementCommand::Accept(it) => self.accept(it),
            SettlementCommand::Reject(it) => self.reject(it),
            SettlementCommand::Debit(it) => self.debit(it),
            SettlementCommand::Return(it) => self.take_back(it),
            SettlementCommand::PayFee(it) => self.pay_fee(it),
        }
    }

    fn evolve(&mut self, event: &SettlementEvent) {
        self.take_in(event);
    }
}

impl Settlement {
    /// Whether `command` was carried out before; refused if its reference served for another one.
    fn has_done(&self, command: &SettlementCommand) -> Result<bool, SettlementRefusal> {
        Ok(match command {
            SettlementCommand::Prepare(it) => match self.prepared.as_deref() {
                None => false,
                Some(known) if *known == **it => true,
                Some(_) => return Err(reused(&it.on)),
            },
            SettlementCommand::Certify(_) => self.certified.is_some(),
            SettlementCommand::ReceiveStatement(it) => self.statement.as_ref() == Some(it),
            SettlementCommand::CheckLine(it) => self.checked(it.purchase) == Some(it),
            SettlementCommand::Attach { voucher, .. } => self.vouchers.contains(voucher),
            SettlementCommand::Order { by, .. } => {
                self.ordered.as_ref().is_some_and(|it| it.by == *by)
            }
            SettlementCommand::GrantVisa { checks, by, .. } => {
                self.visa_by == Some(*by) && self.checks == *checks
            }
            SettlementCommand::Suspend { failed, reason, .. } => {
                self.stage == Stage::Suspended
                    && self
                        .suspension
                        .as_ref()
                        .is_some_and(|it| it.failed == *failed && it.reason == *reason)
            }
            SettlementCommand::Answer { answer, .. } => {
                self.stage == Stage::Ordered
                    && self.suspension.as_ref().is_some_and(|it| it.answer.as_ref() == Some(answer))
            }
            SettlementCommand::Requisition { .. } => {
                self.stage == Stage::Cleared && self.visa_by.is_none()
            }
            SettlementCommand::SetOff { .. } => {
                self.stage == Stage::Settled && self.sent.is_none() && self.ordered.is_some()
            }
            // What the bank refused or sent back is not under way: it goes again by another name.
            SettlementCommand::Send { end_to_end, .. } => {
                self.sent.as_ref().is_some_and(|it| it.end_to_end == *end_to_end)
                    && !self.failed.contains(end_to_end)
            }
            SettlementCommand::Accept(it) => {
                // On the bank statement before its answer came: the bank has taken it.
                (self.accepted || self.stage == Stage::Settled)
                    && self.sent.as_ref().is_some_and(|sent| sent.end_to_end == it.end_to_end)
            }
            SettlementCommand::Reject(it) => self.failed.contains(&it.end_to_end),
            SettlementCommand::Debit(it) => self.debited.contains(&it.line),
            SettlementCommand::Return(it) => self.returned.contains(&it.line),
            SettlementCommand::PayFee(it) => {
                self.fee_paid.as_ref().is_some_and(|paid| paid.line == it.line)
            }
        })
    }

    /// Refused unless it is at `stage`.
    pub(super) fn at(&self, stage: Stage, needed: &'static str) -> Result<(), SettlementRefusal> {
        if self.stage == stage {
            Ok(())
        } else {
            Err(SettlementRefusal::NotAtStage { at: self.stage, needed })
        }
    }

    fn certify(&self, prepared: &Prepared, it: &ServiceCertified) -> Decision {
        if it.presumed && it.on < prepared.presumed_from {
            return Err(SettlementRefusal::NotPresumedYet { from: prepared.presumed_from });
        }
        if !it.presumed {
            acts_as(it.by, Role::AuthorisingOfficer)?;
        }
        let contested: Balance = it.contested.iter().map(|it| Balance::from(it.amount)).sum();
        if contested > prepared.gross() {
            let (sum, expected) = (contested, prepared.gross());
            return Err(SettlementRefusal::DoesNotAddUp { what: "contested", sum, expected });
        }
        let due = prepared.gross().beyond(contested);
        adds_up("charged", it.charged.iter().map(|it| it.amount.into()).sum(), due)?;
        let certified = SettlementEvent::Certified(it.clone());
        match &self.statement {
            Some(statement) if !due.is_zero() => {
                let mut events = vec![certified];
                events.extend(compared(prepared, statement, due, it.on));
                Ok(events)
            }
            Some(_) | None => Ok(vec![certified]),
        }
    }

    fn receive_statement(&self, prepared: &Prepared, it: &StatementReceived) -> Decision {
        if !(1..=100).contains(&it.reference.trim().chars().count()) {
            let (field, expected) = ("reference", "expected 1 to 100 characters");
            return Err(SettlementRefusal::Invalid { field, expected });
        }
        let received = SettlementEvent::StatementReceived(it.clone());
        match self.stage {
            Stage::Prepared => Ok(vec![received]),
            Stage::Certified => {
                let certified = self.certified.as_ref().map_or(it.received, |it| it.on);
                let mut events = vec![received];
                events.extend(compared(prepared, it, self.due, certified));
                Ok(events)
            }
            Stage::Absent
            | Stage::Matched
            | Stage::Ordered
            | Stage::Suspended
            | Stage::Cleared
            | Stage::Sent
            | Stage::Settled => {
                let needed = "a period whose statement is not matched";
                Err(SettlementRefusal::NotAtStage { at: self.stage, needed })
            }
        }
    }

    fn check_line(&self, it: &LineChecked) -> Decision {
        acts_as(it.by, Role::Accountant)?;
        if !(1..=500).contains(&it.note.trim().chars().count()) {
            let (field, expected) = ("note", "expected 1 to 500 characters");
            return Err(SettlementRefusal::Invalid { field, expected });
        }
        let (stage, purchase) = (self.stage, it.purchase);
        if !matches!(stage, Stage::Certified | Stage::Matched | Stage::Ordered | Stage::Suspended) {
            let needed = "service done, and no visa yet";
            return Err(SettlementRefusal::NotAtStage { at: stage, needed });
        }
        let sampled =
            self.sample().is_some_and(|it| it.drawn.iter().any(|drawn| drawn.purchase == purchase));
        if !sampled {
            return Err(SettlementRefusal::NotSampled { purchase });
        }
        Ok(vec![SettlementEvent::LineChecked(it.clone())])
    }
}

fn decide_absent(command: &SettlementCommand) -> Decision {
    let SettlementCommand::Prepare(it) = command else {
        return Err(SettlementRefusal::NotPrepared);
    };
    let captured = it.funding.iter().map(|it| it.captured).sum();
    adds_up("funding", captured, it.captured)?;
    let refunded = it.funding.iter().map(|it| it.refunded).sum();
    adds_up("refunds", refunded, it.refunded.and(it.credits))?;
    if it.refunded > it.captured.and(it.reinstated) {
        let (sum, expected) = (it.refunded, it.captured.and(it.reinstated));
        return Err(SettlementRefusal::DoesNotAddUp { what: "refunded", sum, expected });
    }
    Ok(vec![SettlementEvent::Prepared(it.clone())])
}

/// What is stated beside what is due, certified on that day. Once they are the same, it is a debt,
/// and so is the partner's fee.
fn compared(
    prepared: &Prepared,
    it: &StatementReceived,
    due: Balance,
    certified: NaiveDate,
) -> Vec<SettlementEvent> {
    let reference = it.reference.clone();
    if it.amount == due {
        let siren = prepared.siren;
        let matched = StatementMatched { siren, reference, amount: due };
        let title = prepared.title(due, it.received.max(certified)).map(SettlementEvent::FeeTitled);
        std::iter::once(SettlementEvent::Matched(matched)).chain(title).collect()
    } else {
        let (stated, certified) = (it.amount, due);
        vec![SettlementEvent::Differs(StatementDiffers { reference, stated, certified })]
    }
}

fn adds_up(what: &'static str, sum: Balance, expected: Balance) -> Result<(), SettlementRefusal> {
    if sum == expected {
        Ok(())
    } else {
        Err(SettlementRefusal::DoesNotAddUp { what, sum, expected })
    }
}

/// Refused unless `by` acts in that quality.
pub(super) fn acts_as(by: Actor, needed: Role) -> Result<(), SettlementRefusal> {
    if by.role == needed { Ok(()) } else { Err(SettlementRefusal::WrongRole { needed }) }
}

pub(super) fn reused(reference: &dyn std::fmt::Display) -> SettlementRefusal {
    SettlementRefusal::ReferenceReused { reference: reference.to_string() }
}
