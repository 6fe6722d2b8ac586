//! What is left to do between streams, as a node's own read side tells it: the part of the read
//! models that process managers look at.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ledger_core::account::AccountEvent;
use ledger_core::batch::BatchEvent;
use ledger_core::envelope::{Allocation, EnvelopeEvent};
use ledger_core::event::Event;
use ledger_core::event_log::{Position, Recorded};
use ledger_core::ids::{
    AccountId, BatchId, EnvelopeId, LotId, PaymentId, PurchaseId, RemittanceId, SettlementId,
};
use ledger_core::payment::{CaptureMode, PaymentEvent};
use ledger_core::process::topups::lot_of;
use ledger_core::remittance::RemittanceEvent;
use ledger_core::settlement::{PaymentSent, SettlementEvent};

use crate::agreeing::Moves;
use crate::clock::Micros;

/// Money that is held.
#[derive(Clone, Copy, Debug)]
pub struct Hold {
    pub until: DateTime<Utc>,
    cents: u64,
}

/// A payment on a partner's site.
#[derive(Clone, Debug)]
pub struct Paying {
    pub purchases: Vec<PurchaseId>,
    pub automatic: bool,
    pub by_use: bool,
    pub expires_at: DateTime<Utc>,
    pub taken: Option<AccountId>,
    /// The account whose head of school is asked.
    pub awaiting: Option<AccountId>,
    /// Declined, cancelled, or not confirmed in time.
    pub over: bool,
}

/// Payments that settlements claimed for a file that is not drawn up.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// When this node saw the last of them.
    pub seen: Micros,
    pub sent: PaymentSent,
    pub settlements: Vec<SettlementId>,
}

#[derive(Debug, Default)]
pub struct Todo {
    pub topups: BTreeMap<LotId, (EnvelopeId, Allocation)>,
    pub batches: Vec<BatchId>,
    pub holds: BTreeMap<(AccountId, PurchaseId), Hold>,
    pub payments: BTreeMap<PaymentId, Paying>,
    pub claims: BTreeMap<RemittanceId, Claimed>,
    pub moves: Moves,
    /// How many of `moves` are counted.
    pub counted: usize,
    /// What went back: where, to which envelope, expired and refunded cents.
    back: Vec<(Position, EnvelopeId, u64, u64)>,
    noted: BTreeMap<EnvelopeId, Position>,
}

impl Todo {
    /// Takes one event in, at a moment.
    pub fn apply(&mut self, now: Micros, recorded: &Recorded, event: &Event) {
        self.moves.apply(recorded, event);
        match event {
            Event::Account(it) => self.account(recorded, it),
            Event::Envelope(it) => self.envelope(EnvelopeId(recorded.stream.id), it),
            Event::Batch(BatchEvent::Submitted(_)) => {
                self.batches.push(BatchId(recorded.stream.id));
            }
            Event::Batch(BatchEvent::Completed(_) | BatchEvent::Refused(_)) => {
                self.batches.retain(|it| it.0 != recorded.stream.id);
            }
            Event::Payment(it) => self.payment(PaymentId(recorded.stream.id), it),
            Event::Settlement(SettlementEvent::Sent(it)) => {
                let claimed = Claimed { seen: now, sent: it.clone(), settlements: vec![] };
                let claimed = self.claims.entry(it.remittance).or_insert(claimed);
                claimed.seen = now;
                claimed.settlements.push(SettlementId(recorded.stream.id));
            }
            Event::Remittance(RemittanceEvent::DrawnUp(_)) => {
                self.claims.remove(&RemittanceId(recorded.stream.id));
            }
            _ => (),
        }
    }

    fn account(&mut self, recorded: &Recorded, event: &AccountEvent) {
        let account = AccountId(recorded.stream.id);
        match event {
            AccountEvent::Granted(it) => {
                self.topups.remove(&it.lot);
            }
            AccountEvent::Authorised(it) => {
                let hold = Hold { until: it.hold_until, cents: it.amount.cents() };
                self.holds.insert((account, it.purchase), hold);
            }
            AccountEvent::Captured(it) => {
                let freed: u64 = it.freed.iter().map(|it| it.amount.cents()).sum();
                if let Some(hold) = self.holds.get_mut(&(account, it.purchase)) {
                    hold.cents = hold.cents.saturating_sub(it.amount.cents() + freed);
                    if it.last || hold.cents == 0 {
                        self.holds.remove(&(account, it.purchase));
                    }
                }
            }
            AccountEvent::Cancelled(it) => {
                self.holds.remove(&(account, it.purchase));
            }
            AccountEvent::HoldExpired(it) => {
                self.holds.remove(&(account, it.purchase));
            }
            AccountEvent::Returned(it) => {
                self.back.push((recorded.position, it.envelope, it.amount.cents(), 0));
            }
            AccountEvent::Refunded(it) => {
                for share in &it.returned {
                    let (envelope, cents) = (share.envelope, share.amount.cents());
                    self.back.push((recorded.position, envelope, 0, cents));
                }
            }
            _ => (),
        }
    }

    fn envelope(&mut self, id: EnvelopeId, event: &EnvelopeEvent) {
        match event {
            EnvelopeEvent::Allocated(it) if it.allocation.to.is_some() => {
                self.topups.insert(lot_of(it.allocation.id), (id, it.allocation.clone()));
            }
            EnvelopeEvent::Released(it) => {
                self.topups.remove(&lot_of(it.allocation));
            }
            EnvelopeEvent::ReturnsNoted(it) => {
                self.back.retain(|back| back.1 != id || back.0 > it.up_to);
                self.noted.insert(id, it.up_to);
            }
            _ => (),
        }
    }

    fn payment(&mut self, id: PaymentId, event: &PaymentEvent) {
        if let PaymentEvent::Created(it) = event {
            let paying = Paying {
                purchases: it.lines.iter().map(|it| it.purchase).collect(),
                automatic: it.capture == CaptureMode::Automatic && !it.by_use(),
                by_use: it.by_use(),
                expires_at: it.expires_at,
                taken: None,
                awaiting: None,
                over: false,
            };
            self.payments.insert(id, paying);
            return;
        }
        let Some(known) = self.payments.get_mut(&id) else { return };
        match event {
            PaymentEvent::Authorised(it) => known.taken = Some(it.account),
            PaymentEvent::ApprovalAwaited(it) => known.awaiting = Some(it.account),
            PaymentEvent::Declined(_) | PaymentEvent::Cancelled(_) | PaymentEvent::Expired(_) => {
                known.over = true;
            }
            _ => (),
        }
    }

    /// Confirmations that stopped between the account and the payment, or before the capture.
    pub fn unfinished_payments(&self) -> Vec<(PaymentId, AccountId)> {
        let mut unfinished = Vec::new();
        for (id, it) in &self.payments {
            let asked = it.awaiting.filter(|_| it.taken.is_none() && !it.over);
            unfinished.extend(asked.map(|account| (*id, account)));
            for &(account, purchase) in self.holds.keys() {
                let finished = it.taken == Some(account) && !it.automatic;
                if it.purchases.contains(&purchase) && !finished {
                    unfinished.push((*id, account));
                }
            }
        }
        unfinished.dedup();
        unfinished
    }

    /// Those that wait for nobody.
    pub fn stuck_payments(&self) -> Vec<(PaymentId, AccountId)> {
        let waits = |(id, account): &(PaymentId, AccountId)| {
            let it = &self.payments[id];
            let held = it.purchases.iter().all(|id| self.holds.contains_key(&(*account, *id)));
            it.awaiting == Some(*account) && it.taken.is_none() && !it.over && held
        };
        self.unfinished_payments().into_iter().filter(|it| !waits(it)).collect()
    }

    /// Envelopes that something came back to: after, up to, expired and refunded cents.
    pub fn returns(&self, up_to: Position) -> Vec<(EnvelopeId, Position, Position, u64, u64)> {
        let mut sums: BTreeMap<EnvelopeId, (u64, u64)> = BTreeMap::new();
        for (_, envelope, expired, refunded) in &self.back {
            let sum = sums.entry(*envelope).or_default();
            *sum = (sum.0 + expired, sum.1 + refunded);
        }
        let noted = |id| self.noted.get(id).copied().unwrap_or_default();
        sums.iter().map(|(id, sum)| (*id, noted(id), up_to, sum.0, sum.1)).collect()
    }
}
