//! One envelope, recomputed from its events.

use ledger_core::envelope::{EnvelopeEvent, EnvelopeOpened};
use ledger_core::event_log::Position;

/// One envelope.
#[derive(Clone, Debug)]
pub struct Pot {
    pub opened: Box<EnvelopeOpened>,
    pub budget: i64,
    pub confirmed: bool,
    pub received: i64,
    pub allocated: i64,
    pub granted: i64,
    pub returned: i64,
    pub frozen: bool,
    pub closed: bool,
    /// Where it last began or ended to pay for nothing new.
    pub turned: Position,
}

impl Pot {
    pub fn new(opened: Box<EnvelopeOpened>) -> Self {
        let budget = cents(opened.budget);
        let confirmed = opened.ratio == 1000;
        Self {
            opened,
            budget,
            confirmed,
            received: 0,
            allocated: 0,
            granted: 0,
            returned: 0,
            frozen: false,
            closed: false,
            turned: 0,
        }
    }

    /// Whether it pays for nothing new.
    pub fn stopped(&self) -> bool {
        self.frozen || self.closed
    }

    pub fn take_in(&mut self, event: &EnvelopeEvent) {
        match event {
            EnvelopeEvent::Opened(_) => (),
            EnvelopeEvent::BudgetConfirmed(_) => self.confirmed = true,
            EnvelopeEvent::BudgetRaised(it) => self.budget += cents(it.amount),
            EnvelopeEvent::FundsReceived(it) => self.received += cents(it.amount),
            EnvelopeEvent::Allocated(it) => {
                assert!(!self.stopped(), "a frozen or closed envelope allocates nothing");
                self.allocated += cents(it.allocation.amount);
            }
            EnvelopeEvent::Released(it) => self.allocated -= cents(it.amount),
            EnvelopeEvent::ReturnsNoted(it) => self.returned += cents(it.total().cents()),
            EnvelopeEvent::Frozen(_) => self.frozen = true,
            EnvelopeEvent::Unfrozen(_) => self.frozen = false,
            EnvelopeEvent::Closed(_) => self.closed = true,
        }
    }

    /// Σ granted ≤ Σ allocated ≤ budget, its provisional part, and for the State what was received.
    pub fn check(&self) {
        let ratio = if self.confirmed { 1000 } else { i64::from(self.opened.ratio) };
        assert!(self.allocated <= self.budget * ratio / 1000, "over the budget: {self:?}");
        assert!(self.granted <= self.allocated, "credited more than was allocated: {self:?}");
        if self.opened.funder.is_state() {
            assert!(self.allocated <= self.received, "more than was received: {self:?}");
        }
    }
}

fn cents(sum: impl Into<u64>) -> i64 {
    i64::try_from(sum.into()).expect("a small sum")
}
