//! What partners are paid, what the bank holds and what conventions bring, recomputed from events
//! alone, in the plainest way.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::account::AccountEvent;
use ledger_core::bank::{BankEvent, Direction, Matched, line_name};
use ledger_core::convention::ConventionEvent;
use ledger_core::envelope::EnvelopeEvent;
use ledger_core::event::Event;
use ledger_core::event_log::Recorded;
use ledger_core::identifiers::Funder;
use ledger_core::ids::{ConventionId, PartnerId, SettlementId};
use ledger_core::settlement::{Prepared, ServiceCertified, SettlementEvent};

/// Everything that the events say of settlements, of the bank and of conventions.
#[derive(Debug, Default)]
pub struct Settling {
    /// What was sent to partners and neither refused nor sent back.
    pub paid: i64,
    /// Captures (positive) and refunds (negative) of each partner, by position.
    moved: BTreeMap<PartnerId, Vec<(u64, i64)>>,
    settlements: BTreeMap<SettlementId, Prepared>,
    /// What was certified as due less credit notes, of each partner.
    due: BTreeMap<PartnerId, i64>,
    /// Who ordered each settlement.
    ordered: BTreeMap<SettlementId, uuid::Uuid>,
    /// What the bank's last statement ends with.
    pub bank: i64,
    /// Funds recorded without a bank statement.
    pub by_hand: i64,
    /// Lines of which nothing is said yet, or that are claimed for a fee that is not recorded yet.
    pub waiting: BTreeSet<String>,
    /// Fees that are titled and not paid.
    pub fees: BTreeMap<SettlementId, i64>,
    /// All that was titled.
    pub titled: i64,
    /// The lines that paid fees.
    fee_lines: BTreeSet<String>,
    conventions: BTreeMap<ConventionId, Agreed>,
}

#[derive(Debug)]
struct Agreed {
    funder: Funder,
    amount: i64,
    received: i64,
    returned: i64,
}

fn cents(sum: impl Into<u64>) -> i64 {
    i64::try_from(sum.into()).expect("a small sum")
}

impl Settling {
    /// Takes one event in, and checks all that must hold after it.
    pub fn apply(&mut self, recorded: &Recorded, event: &Event) {
        match event {
            Event::Account(AccountEvent::Captured(it)) => {
                let moved = self.moved.entry(it.partner).or_default();
                moved.push((recorded.position, cents(it.amount)));
            }
            Event::Account(AccountEvent::Refunded(it)) => {
                let moved = self.moved.entry(it.partner).or_default();
                moved.push((recorded.position, -cents(it.amount)));
            }
            // Those of a statement are called after its line.
            Event::Envelope(EnvelopeEvent::FundsReceived(it)) if !it.reference.contains('#') => {
                self.by_hand += cents(it.amount);
            }
            Event::Settlement(it) => self.settlement(SettlementId(recorded.stream.id), it),
            Event::Bank(it) => self.bank(it),
            Event::Convention(it) => self.convention(ConventionId(recorded.stream.id), it),
            _ => (),
        }
    }

    fn settlement(&mut self, id: SettlementId, event: &SettlementEvent) {
        match event {
            SettlementEvent::Prepared(it) => self.prepared(id, it),
            SettlementEvent::Certified(it) => self.certified(id, it),
            SettlementEvent::Ordered(it) => {
                self.ordered.insert(id, it.by.id);
            }
            SettlementEvent::VisaGranted(it) => assert_ne!(self.ordered.get(&id), Some(&it.by.id)),
            SettlementEvent::Sent(it) => {
                assert_ne!(self.ordered.get(&id), Some(&it.by.id), "ordered and paid by one");
                self.paid += cents(it.amount);
            }
            SettlementEvent::FeeTitled(it) => {
                let (net, vat, total) = (cents(it.net), cents(it.vat.cents()), cents(it.total));
                assert_eq!(net + vat, total, "a title that does not add up");
                assert!(self.fees.insert(id, total).is_none(), "titled twice");
                self.titled += total;
            }
            SettlementEvent::FeePaid(it) => {
                assert_eq!(self.fees.remove(&id), Some(cents(it.amount)), "paid twice, or in part");
                self.waiting.remove(it.line.as_str());
                assert!(self.fee_lines.insert(it.line.to_string()), "one line pays two titles");
            }
            SettlementEvent::Rejected(it) => self.paid -= cents(it.amount),
            SettlementEvent::Returned(it) => self.paid -= cents(it.amount),
            _ => (),
        }
    }

    /// It is made of all captures and refunds of its positions, and of nothing else.
    fn prepared(&mut self, id: SettlementId, it: &Prepared) {
        let moved = self.moved.get(&it.partner).map(Vec::as_slice).unwrap_or_default();
        let within: Vec<i64> = moved
            .iter()
            .filter(|(position, _)| (it.after + 1..=it.up_to).contains(position))
            .map(|it| it.1)
            .collect();
        let sum = |wanted: fn(&i64) -> bool| -> i64 {
            within.iter().copied().filter(wanted).map(i64::abs).sum()
        };
        assert_eq!(cents(it.captured.cents()), sum(|it| *it > 0), "not all captures");
        let refunds = cents(it.refunded.cents()) + cents(it.credits.cents());
        assert_eq!(refunds, sum(|it| *it < 0), "not all refunds");
        assert_eq!(within.len(), it.lines as usize);
        assert!(self.settlements.insert(id, it.clone()).is_none(), "drawn up twice");
    }

    /// No cent is lost: due, contested and credited add up to what was sold less what was refunded.
    fn certified(&mut self, id: SettlementId, it: &ServiceCertified) {
        let prepared = &self.settlements[&id];
        let contested: i64 = it.contested.iter().map(|it| cents(it.amount)).sum();
        let due = cents(prepared.gross().cents()) - contested;
        let charged: i64 = it.charged.iter().map(|it| cents(it.amount)).sum();
        assert_eq!(charged, due, "envelopes do not pay what is due");
        let total = self.due.entry(prepared.partner).or_default();
        *total += due - cents(prepared.credits.cents());
        let waiting: i64 = prepared.waiting.iter().map(|it| cents(it.amount)).sum();
        let moved = self.moved.get(&prepared.partner).map(Vec::as_slice).unwrap_or_default();
        let sold: i64 = moved.iter().filter(|it| it.0 <= prepared.up_to).map(|it| it.1).sum();
        assert_eq!(*total + waiting + contested, sold, "a cent is lost or made: {prepared:?}");
    }

    fn bank(&mut self, event: &BankEvent) {
        match event {
            BankEvent::Opened(_) => (),
            BankEvent::Imported(it) => {
                assert_eq!(cents(it.opening.cents()), self.bank, "a gap between statements");
                self.bank = cents(it.closing.cents());
                let names = it.lines.iter().map(|line| line_name(&it.reference, line.number));
                self.waiting.extend(names.map(|it| it.to_string()));
            }
            // It waits until its payment is recorded, which is next.
            BankEvent::Matched(it) if matches!(it.to, Matched::Fee(_)) => {
                assert!(self.waiting.contains(it.line.as_str()));
            }
            BankEvent::Matched(it) => assert!(self.waiting.remove(it.line.as_str())),
            BankEvent::ChargeBooked(it) => assert!(self.waiting.remove(it.line.as_str())),
            BankEvent::Parked(it) => assert!(self.waiting.remove(it.line.as_str())),
            BankEvent::Identified(it) => {
                assert_eq!(it.direction, Direction::In);
                if matches!(it.to, Matched::Fee(_)) {
                    self.waiting.insert(it.line.to_string());
                }
            }
        }
    }

    fn convention(&mut self, id: ConventionId, event: &ConventionEvent) {
        if let ConventionEvent::Signed(it) = event {
            let (funder, amount) = (it.funder, cents(it.amount));
            let agreed = Agreed { funder, amount, received: 0, returned: 0 };
            assert!(self.conventions.insert(id, agreed).is_none(), "signed twice");
            return;
        }
        let known = self.conventions.get_mut(&id).expect("a convention that was signed");
        match event {
            ConventionEvent::Amended(it) => known.amount += cents(it.amount),
            ConventionEvent::Received(it) => known.received += cents(it.amount),
            ConventionEvent::ReturnSent(it) => known.returned += cents(it.amount),
            ConventionEvent::ReturnRejected(it) => known.returned -= cents(it.amount),
            ConventionEvent::ReturnCameBack(it) => known.returned -= cents(it.amount),
            _ => (),
        }
    }

    /// What a funder's conventions agree on, brought, and got back.
    pub fn of(&self, funder: Funder) -> (i64, i64, i64) {
        let of_funder = self.conventions.values().filter(|it| it.funder == funder);
        of_funder.fold((0, 0, 0), |sums, it| {
            (sums.0 + it.amount, sums.1 + it.received, sums.2 + it.returned)
        })
    }
}
