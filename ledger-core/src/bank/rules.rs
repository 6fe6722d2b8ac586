//! The rules of a bank account.

use compact_str::CompactString;

use super::{
    BankAccount, BankCommand, BankEvent, BankLine, BankRefusal, ChargeBooked, Direction,
    IDENTIFIED_MAX, LINES_MAX, LineIdentified, LineMatched, LineParked, Matched, StatementImported,
    line_name,
};
use crate::decider::Decider;
use crate::meta::{Actor, Role};
use crate::money::Balance;
use crate::settlement::FeePayment;

impl Decider for BankAccount {
    type Command = BankCommand;
    type Event = BankEvent;
    type Refusal = BankRefusal;

    fn decide(&self, command: &BankCommand) -> Result<Vec<BankEvent>, BankRefusal> {
        if self.has_done(command)? {
            return Ok(vec![]);
        }
        if self.opened.is_none() && !matches!(command, BankCommand::Open(_)) {
            return Err(BankRefusal::NotOpen);
        }
        let event = match command {
            BankCommand::Open(it) => {
                keeps_accounts(it.by)?;
                if !(1..=70).contains(&it.holder.trim().chars().count()) {
                    let (field, expected) = ("holder", "expected 1 to 70 characters");
                    return Err(BankRefusal::Invalid { field, expected });
                }
                BankEvent::Opened(it.clone())
            }
            BankCommand::Import(it) => self.import(it)?,
            BankCommand::Match { line, to, reference, by } => {
                self.identify(line, *to, reference, *by)?
            }
            BankCommand::BookCharge { line } => {
                let it = self.waiting(line)?;
                if it.direction == Direction::In {
                    let expected = "expected money that goes out";
                    return Err(BankRefusal::Invalid { field: "line", expected });
                }
                let (line, amount, booked) = (line.clone(), it.amount, it.booked);
                BankEvent::ChargeBooked(ChargeBooked { line, amount, booked })
            }
            BankCommand::Park { line } => {
                let it = self.waiting(line)?;
                let (line, amount, booked) = (line.clone(), it.amount, it.booked);
                BankEvent::Parked(LineParked { line, amount, direction: it.direction, booked })
            }
        };
        Ok(vec![event])
    }

    fn evolve(&mut self, event: &BankEvent) {
        match event {
            BankEvent::Opened(it) => self.opened = Some(it.clone()),
            BankEvent::Imported(it) => {
                self.closing = it.closing;
                self.statements.insert(it.reference.clone(), it.digest);
                for line in &it.lines {
                    self.waiting.insert(line_name(&it.reference, line.number), line.clone());
                }
            }
            BankEvent::Matched(it) => {
                if let (Matched::Fee(id), Some(line)) = (it.to, self.waiting.get(&it.line)) {
                    let (amount, booked) = (line.amount, Some(line.booked));
                    let payment = FeePayment { amount, booked, line: it.line.clone() };
                    keep_last(&mut self.fees_matched, (id, payment));
                }
                self.now_known(&it.line, Some(it.to));
            }
            BankEvent::ChargeBooked(it) => self.now_known(&it.line, None),
            BankEvent::Parked(it) => {
                self.waiting.remove(&it.line);
                self.parked.insert(it.line.clone(), it.clone());
            }
            BankEvent::Identified(it) => {
                self.now_known(&it.line, Some(it.to));
                keep_last(&mut self.identified, it.clone());
            }
        }
    }
}

impl BankAccount {
    fn now_known(&mut self, line: &CompactString, to: Option<Matched>) {
        self.waiting.remove(line);
        self.parked.remove(line);
        if let Some(Matched::Fee(id)) = to {
            self.fees.insert(id, line.clone());
        }
        self.known.insert(line.clone(), to);
    }

    /// Whether `command` was carried out before; refused if its reference served for another one.
    fn has_done(&self, command: &BankCommand) -> Result<bool, BankRefusal> {
        Ok(match command {
            BankCommand::Open(it) => match &self.opened {
                None => false,
                Some(known) if known.iban == it.iban => true,
                Some(known) => {
                    let reference = known.iban.as_str().into();
                    return Err(BankRefusal::ReferenceReused { reference });
                }
            },
            BankCommand::Import(it) => match self.statements.get(&it.reference) {
                None => false,
                Some(known) if *known == it.digest => true,
                Some(_) => {
                    return Err(BankRefusal::ReferenceReused { reference: it.reference.clone() });
                }
            },
            BankCommand::Match { line, to, .. } => self.known.get(line) == Some(&Some(*to)),
            BankCommand::BookCharge { line } => self.known.get(line) == Some(&None),
            BankCommand::Park { line } => self.parked.contains_key(line),
        })
    }

    fn import(&self, it: &StatementImported) -> Result<BankEvent, BankRefusal> {
        keeps_accounts(it.by)?;
        let invalid = |field, expected| Err(BankRefusal::Invalid { field, expected });
        if !(1..=35).contains(&it.reference.chars().count()) {
            return invalid("reference", "expected 1 to 35 characters");
        }
        if it.to < it.from {
            return invalid("to", "expected the first day or later");
        }
        if it.lines.len() > LINES_MAX {
            return invalid("lines", "expected at most 20,000: ask the bank for shorter periods");
        }
        if it.opening != self.closing {
            let (expected, found) = (self.closing, it.opening);
            return Err(BankRefusal::Gap { expected, found });
        }
        let sum = |direction| -> Balance {
            let lines = it.lines.iter().filter(|line| line.direction == direction);
            lines.map(|line| Balance::from(line.amount)).sum()
        };
        if it.opening.and(sum(Direction::In)) != it.closing.and(sum(Direction::Out)) {
            let (opening, closing) = (it.opening, it.closing);
            return Err(BankRefusal::DoesNotAddUp { opening, closing });
        }
        Ok(BankEvent::Imported(Box::new(it.clone())))
    }

    fn identify(
        &self,
        line: &CompactString,
        to: Matched,
        reference: &CompactString,
        by: Actor,
    ) -> Result<BankEvent, BankRefusal> {
        if by != Actor::PROCESS {
            keeps_accounts(by)?;
        }
        if let Matched::Fee(id) = to
            && let Some(line) = self.fees.get(&id)
        {
            return Err(BankRefusal::FeePaidBefore { line: line.clone() });
        }
        if let Some(it) = self.parked.get(line) {
            let LineParked { line, amount, direction, .. } = it.clone();
            let reference = reference.clone();
            let identified = LineIdentified { line, amount, direction, to, reference, by };
            return Ok(BankEvent::Identified(identified));
        }
        self.waiting(line)?;
        Ok(BankEvent::Matched(LineMatched { line: line.clone(), to, by }))
    }

    fn waiting(&self, line: &CompactString) -> Result<&BankLine, BankRefusal> {
        let waiting = self.waiting.get(line);
        waiting.ok_or_else(|| BankRefusal::NotWaiting { line: line.clone() })
    }
}

/// Adds `it` at the end, where at most [`IDENTIFIED_MAX`] stay.
fn keep_last<T>(all: &mut Vec<T>, it: T) {
    if all.len() == IDENTIFIED_MAX {
        all.remove(0);
    }
    all.push(it);
}

fn keeps_accounts(by: Actor) -> Result<(), BankRefusal> {
    match by.role {
        Role::Accountant | Role::Operator => Ok(()),
        Role::Teacher
        | Role::Funder
        | Role::AuthorisingOfficer
        | Role::HeadOfSchool
        | Role::PartnerAgent
        | Role::Auditor
        | Role::Support
        | Role::Administrator
        | Role::Client
        | Role::Process => Err(BankRefusal::NotAccountant),
    }
}
