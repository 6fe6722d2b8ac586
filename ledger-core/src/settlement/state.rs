//! One settlement, as its stream tells.

use chrono::NaiveDate;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::{
    Check, CheckResult, Contested, FeePaid, FeeTitled, LineChecked, PaymentOrdered, PaymentSent,
    Prepared, Sample, ServiceCertified, SettlementEvent, StatementReceived, Voucher,
};
use crate::meta::Actor;
use crate::money::{Amount, Balance, Budget};

/// How far a settlement is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[repr(u8)]
pub enum Stage {
    /// There is none.
    #[default]
    Absent = 0,
    /// Drawn up; teachers may contest.
    Prepared = 1,
    /// Service was done; the partner's statement is awaited, or differs.
    Certified = 2,
    /// The statement is matched: it awaits its order.
    Matched = 3,
    /// Ordered: it awaits the visa.
    Ordered = 4,
    /// The accountant suspended it.
    Suspended = 5,
    /// It has the visa, or a réquisition: it awaits being sent.
    Cleared = 6,
    /// It went to the bank.
    Sent = 7,
    /// It stands on the bank statement, or was set off whole, or nothing was due: it is over.
    Settled = 8,
}

impl Stage {
    /// All that a settlement can be in, in order.
    pub const ALL: [Self; 8] = [
        Self::Prepared,
        Self::Certified,
        Self::Matched,
        Self::Ordered,
        Self::Suspended,
        Self::Cleared,
        Self::Sent,
        Self::Settled,
    ];

    /// The stage stored as `code`; `Absent` when there is none.
    pub fn from_code(code: u8) -> Self {
        Self::ALL.into_iter().find(|it| *it as u8 == code).unwrap_or_default()
    }
}

/// Why a payment is suspended, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Which checks did not pass.
    pub failed: Vec<Check>,
    /// Why.
    pub reason: CompactString,
    /// Since when.
    pub since: NaiveDate,
    /// What the authorising officer answered; `None` before.
    pub answer: Option<CompactString>,
}

/// One settlement, as its stream tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// How far it is.
    pub stage: Stage,
    /// As it was drawn up; `None` before.
    pub prepared: Option<Box<Prepared>>,
    /// When and by whom service was said to be done; `None` before.
    pub certified: Option<ServiceCertified>,
    /// What is due: what was prepared less what is contested; nothing before it is certified.
    pub due: Balance,
    /// The partner's last statement.
    pub statement: Option<StatementReceived>,
    /// The purchases of the sample that were looked at.
    pub checked: Vec<LineChecked>,
    /// The order to pay; `None` before.
    pub ordered: Option<PaymentOrdered>,
    /// The five checks of the visa; empty before.
    pub checks: Vec<CheckResult>,
    /// Who gave the visa; `None` before, or when it was requisitioned.
    pub visa_by: Option<Actor>,
    /// The suspension, if it is suspended.
    pub suspension: Option<Suspension>,
    /// The payment as it was sent last; `None` before.
    pub sent: Option<PaymentSent>,
    /// The references of the payments that the bank refused or that came back.
    pub failed: Vec<CompactString>,
    /// Whether the bank said that it takes the last one.
    pub accepted: bool,
    /// Whether the money came back after it was debited: the next payment is the same one again.
    pub came_back: bool,
    /// The lines of bank statements on which it was debited, the latest last.
    pub debited: Vec<CompactString>,
    /// The lines of the bank statement on which money came back.
    pub returned: Vec<CompactString>,
    /// The title of the partner's fee; `None` when it owes none, or not yet.
    pub fee: Option<FeeTitled>,
    /// How the fee was paid; `None` before.
    pub fee_paid: Option<FeePaid>,
    /// The files kept with it.
    pub vouchers: Vec<Voucher>,
}

impl Settlement {
    /// What is left to be set off for the partner's next settlement; `None` before it is certified.
    pub fn carried_out(&self) -> Option<Balance> {
        self.certified.as_ref()?;
        Some(self.prepared.as_ref()?.to_set_off().beyond(self.set_off()))
    }

    /// What stays contested after it, each purchase once; empty before it is certified.
    pub fn waiting(&self) -> Vec<Contested> {
        let earlier = self.prepared.iter().flat_map(|it| it.waiting.iter());
        let own = self.certified.iter().flat_map(|it| it.contested.iter());
        let mut waiting: Vec<Contested> = earlier.chain(own).copied().collect();
        // Delivered in two periods, it waits for both together: a refund is one of all of it.
        waiting.sort_by_key(|it| it.purchase);
        waiting.dedup_by(|later, first| {
            let both = Amount::from_cents(first.amount.cents() + later.amount.cents());
            let same = first.purchase == later.purchase;
            both.filter(|_| same).map(|both| first.amount = both).is_some()
        });
        waiting
    }

    /// What of the credit notes is set off against what is due.
    pub fn set_off(&self) -> Balance {
        self.prepared.as_ref().map_or(Balance::ZERO, |it| it.to_set_off().min(self.due))
    }

    /// What is to be paid once credit notes are set off; `None` when nothing is.
    pub fn payable(&self) -> Option<Budget> {
        Budget::from_cents(self.due.beyond(self.set_off()).cents())
    }

    /// The purchases to look at before the visa.
    pub fn sample(&self) -> Option<&Sample> {
        self.certified.as_ref()?.sample.as_ref()
    }

    /// How many purchases of the sample were not looked at.
    pub fn unchecked(&self) -> usize {
        self.sample().map_or(0, |it| it.drawn.len()).saturating_sub(self.checked.len())
    }

    /// Whether the partner's last statement says something else than what was certified.
    pub fn differs(&self) -> bool {
        let stated = self.statement.as_ref().map(|it| it.amount);
        self.certified.is_some() && stated.is_some_and(|it| it != self.due)
    }

    pub(super) fn take_in(&mut self, event: &SettlementEvent) {
        match event {
            SettlementEvent::Prepared(it) => {
                self.stage = Stage::Prepared;
                self.prepared = Some(it.clone());
            }
            SettlementEvent::Certified(it) => {
                let contested: Balance =
                    it.contested.iter().map(|it| Balance::from(it.amount)).sum();
                let gross = self.prepared.as_ref().map_or(Balance::ZERO, |it| it.gross());
                self.due = gross.beyond(contested);
                self.stage = if self.due.is_zero() { Stage::Settled } else { Stage::Certified };
                self.certified = Some(it.clone());
            }
            SettlementEvent::StatementReceived(it) => self.statement = Some(it.clone()),
            SettlementEvent::Matched(_) => self.stage = Stage::Matched,
            SettlementEvent::Differs(_) => (),
            SettlementEvent::FeeTitled(it) => self.fee = Some(it.clone()),
            SettlementEvent::FeePaid(it) => self.fee_paid = Some(it.clone()),
            SettlementEvent::LineChecked(it) => {
                self.checked.retain(|known| known.purchase != it.purchase);
                self.checked.push(it.clone());
            }
            SettlementEvent::Ordered(it) => {
                self.stage = Stage::Ordered;
                self.ordered = Some(it.clone());
            }
            SettlementEvent::VisaGranted(it) => {
                self.stage = Stage::Cleared;
                self.checks.clone_from(&it.checks);
                self.visa_by = Some(it.by);
                self.suspension = None;
            }
            SettlementEvent::Suspended(it) => {
                self.stage = Stage::Suspended;
                self.suspension = Some(Suspension {
                    failed: it.failed.clone(),
                    reason: it.reason.clone(),
                    since: it.on,
                    answer: None,
                });
            }
            SettlementEvent::Answered(it) => {
                self.stage = Stage::Ordered;
                if let Some(suspension) = &mut self.suspension {
                    suspension.answer = Some(it.answer.clone());
                }
            }
            SettlementEvent::Requisitioned(_) => self.stage = Stage::Cleared,
            SettlementEvent::SetOff(_) => self.stage = Stage::Settled,
            SettlementEvent::VoucherAttached(it) => self.vouchers.push(it.voucher.clone()),
            SettlementEvent::Sent(_)
            | SettlementEvent::Accepted(_)
            | SettlementEvent::Rejected(_)
            | SettlementEvent::Debited(_)
            | SettlementEvent::Returned(_) => self.take_in_payment(event),
        }
    }

    fn take_in_payment(&mut self, event: &SettlementEvent) {
        match event {
            SettlementEvent::Sent(it) => {
                self.stage = Stage::Sent;
                self.accepted = false;
                self.sent = Some(it.clone());
            }
            SettlementEvent::Accepted(_) => self.accepted = true,
            SettlementEvent::Rejected(it) => {
                self.stage = Stage::Cleared;
                self.failed.push(it.end_to_end.clone());
            }
            SettlementEvent::Debited(it) => {
                self.stage = Stage::Settled;
                self.came_back = false;
                self.debited.push(it.line.clone());
            }
            SettlementEvent::Returned(it) => {
                self.stage = Stage::Cleared;
                self.came_back = true;
                self.failed.push(it.end_to_end.clone());
                self.returned.push(it.line.clone());
            }
            SettlementEvent::Prepared(_)
            | SettlementEvent::Certified(_)
            | SettlementEvent::StatementReceived(_)
            | SettlementEvent::Matched(_)
            | SettlementEvent::Differs(_)
            | SettlementEvent::FeeTitled(_)
            | SettlementEvent::FeePaid(_)
            | SettlementEvent::LineChecked(_)
            | SettlementEvent::Ordered(_)
            | SettlementEvent::VisaGranted(_)
            | SettlementEvent::Suspended(_)
            | SettlementEvent::Answered(_)
            | SettlementEvent::Requisitioned(_)
            | SettlementEvent::SetOff(_)
            | SettlementEvent::VoucherAttached(_) => (),
        }
    }
}
