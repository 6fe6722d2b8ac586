//! What was used of a payment that is billed by use: counted in all, billed month by month.
//!
//! A partner tells how many units were used since the beginning, so that a count that is lost or
//! told twice changes nothing; each close bills what was not billed yet.

use super::{
    CeilingNeared, CloseUsage, Payment, PaymentCreated, PaymentEvent, PaymentRefusal, UsageClosed,
    UsageRecorded,
};
use crate::ids::UsageId;
use crate::money::Amount;

/// The shares of the ceiling at which partner and teacher are told, in percent.
pub const ALERTS: [u8; 3] = [50, 80, 100];

/// What was used, and what was billed of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// How many units in all.
    pub units: u64,
    /// Every count that was told, oldest first.
    pub records: Vec<UsageRecorded>,
    /// Every close, oldest first.
    pub closes: Vec<UsageClosed>,
    /// The highest share of the ceiling that was told, in percent.
    pub alerted: u8,
}

impl Usage {
    /// How many units were billed.
    pub fn billed(&self) -> u64 {
        self.closes.last().map_or(0, |it| it.units)
    }

    /// Whether nothing more will be billed.
    pub fn is_over(&self) -> bool {
        self.closes.last().is_some_and(|it| it.last)
    }

    /// What a close bills up to: all that was used by its last day; all of it when it is the last.
    fn units_until(&self, it: &CloseUsage) -> u64 {
        let counted = self.records.iter().filter(|known| it.last || known.on <= it.until);
        counted.map(|it| it.units).max().unwrap_or(0).max(self.billed())
    }

    fn record(&self, id: UsageId) -> Option<&UsageRecorded> {
        self.records.iter().find(|it| it.record == id)
    }

    pub(super) fn take_in(&mut self, event: &PaymentEvent) {
        match event {
            PaymentEvent::UsageRecorded(it) => {
                self.units = it.units;
                self.records.push(*it);
            }
            PaymentEvent::CeilingNeared(it) => self.alerted = it.percent,
            PaymentEvent::UsageClosed(it) => self.closes.push(*it),
            PaymentEvent::Created(_)
            | PaymentEvent::Authorised(_)
            | PaymentEvent::ApprovalAwaited(_)
            | PaymentEvent::Declined(_)
            | PaymentEvent::Cancelled(_)
            | PaymentEvent::Expired(_) => (),
        }
    }
}

type Decision = Result<Vec<PaymentEvent>, PaymentRefusal>;

impl PaymentCreated {
    /// What one unit costs and what the teacher agreed to in all; `None` unless it is billed by use.
    pub fn metered(&self) -> Option<(Amount, Amount)> {
        let line = self.lines.first().filter(|_| self.by_use())?;
        Some((Amount::from_cents(line.terms.price.amount.cents())?, line.amount))
    }
}

impl Payment {
    pub(super) fn record_usage(&self, created: &PaymentCreated, it: &UsageRecorded) -> Decision {
        let (unit, ceiling) = created.metered().ok_or(PaymentRefusal::NotByUse)?;
        let none = Usage::default();
        let usage = self.usage.as_deref().unwrap_or(&none);
        if let Some(known) = usage.record(it.record) {
            let same = known.units == it.units;
            return if same { Ok(vec![]) } else { Err(PaymentRefusal::ReferenceReused) };
        }
        if self.taken().is_none() {
            return Err(PaymentRefusal::NotAuthorised);
        }
        if usage.is_over() {
            return Err(PaymentRefusal::UsageClosed);
        }
        if it.units < usage.units {
            return Err(PaymentRefusal::UsageWentBack { recorded: usage.units });
        }
        let units_max = ceiling.cents() / unit.cents();
        if it.units > units_max {
            return Err(PaymentRefusal::OverCeiling { ceiling, units: units_max });
        }
        let mut events = vec![PaymentEvent::UsageRecorded(*it)];
        // Both are at most 10¹⁰: no overflow.
        let used = it.units * unit.cents() * 100;
        let reached = |percent: &u8| {
            let last_unit = *percent == 100 && it.units == units_max;
            *percent > usage.alerted && (used >= u64::from(*percent) * ceiling.cents() || last_unit)
        };
        if let Some(percent) = ALERTS.into_iter().rfind(reached) {
            events.push(PaymentEvent::CeilingNeared(CeilingNeared { percent, units: it.units }));
        }
        Ok(events)
    }

    pub(super) fn close_usage(&self, created: &PaymentCreated, it: &CloseUsage) -> Decision {
        let (unit, _) = created.metered().ok_or(PaymentRefusal::NotByUse)?;
        let none = Usage::default();
        let usage = self.usage.as_deref().unwrap_or(&none);
        if usage.closes.iter().any(|known| known.capture == it.capture) {
            return Ok(vec![]);
        }
        if self.taken().is_none() {
            return Err(PaymentRefusal::NotAuthorised);
        }
        if usage.is_over() {
            return Err(PaymentRefusal::UsageClosed);
        }
        let units = usage.units_until(it);
        let amount = Amount::from_cents((units - usage.billed()) * unit.cents());
        if amount.is_none() && !it.last {
            return Ok(vec![]);
        }
        let CloseUsage { capture, until, last } = *it;
        Ok(vec![PaymentEvent::UsageClosed(UsageClosed { capture, until, units, amount, last })])
    }
}
