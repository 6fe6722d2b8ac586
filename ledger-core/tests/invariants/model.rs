//! All money recomputed from events alone, in the plainest way, and checked at every position.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ledger_core::account::team::TeamEvent;
use ledger_core::account::{
    Account, AccountEvent, CreditsGranted, PurchaseAuthorised, PurchaseCaptured, PurchaseRefunded,
    Share,
};
use ledger_core::envelope::EnvelopeEvent;
use ledger_core::event::Event;
use ledger_core::event_log::{Position, Recorded};
use ledger_core::identifiers::Funder;
use ledger_core::ids::{AccountId, EnvelopeId, LotId, PurchaseId};
use ledger_core::money::Balance;

use crate::pots::Pot;
use crate::settling::Settling;

/// One credit, and where each of its cents is.
#[derive(Clone, Debug)]
pub struct Lot {
    account: AccountId,
    credits: CreditsGranted,
    pub available: i64,
    pub held: i64,
    pub spent: i64,
    pub returned: i64,
}

/// What one purchase took of one lot.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    held: i64,
    captured: i64,
    refunded: i64,
}

/// Everything that the events say of money.
#[derive(Debug)]
pub struct Model {
    pub lots: BTreeMap<LotId, Lot>,
    order: BTreeMap<AccountId, Vec<LotId>>,
    purchases: BTreeMap<PurchaseId, BTreeMap<LotId, Part>>,
    pub pots: BTreeMap<EnvelopeId, Pot>,
    /// What waits for a head of school.
    waiting: BTreeSet<(AccountId, PurchaseId)>,
    /// What partners are owed in all.
    pub owed: i64,
    closed: BTreeSet<AccountId>,
    /// What went back to each envelope, and where.
    back: Vec<(Position, EnvelopeId, i64)>,
    /// Settlements, the bank and conventions.
    pub settling: Settling,
    /// Up to where whoever decided on the next event knew all other streams; what changed there
    /// later may have been known or not. All of them, when there is one node.
    pub knew: Position,
    position: Position,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            lots: BTreeMap::new(),
            order: BTreeMap::new(),
            purchases: BTreeMap::new(),
            pots: BTreeMap::new(),
            owed: 0,
            closed: BTreeSet::new(),
            back: Vec::new(),
            waiting: BTreeSet::new(),
            settling: Settling::default(),
            knew: Position::MAX,
            position: 0,
        }
    }
}

fn cents(sum: impl Into<u64>) -> i64 {
    i64::try_from(sum.into()).expect("a small sum")
}

fn total(shares: &[Share]) -> i64 {
    shares.iter().map(|it| cents(it.amount)).sum()
}

impl Model {
    /// Takes one event in, and checks all that must hold after it.
    pub fn apply(&mut self, recorded: &Recorded, event: &Event) {
        self.settling.apply(recorded, event);
        self.position = recorded.position;
        match event {
            Event::Account(it) => {
                self.account(AccountId(recorded.stream.id), recorded.meta.day(), it);
            }
            Event::Envelope(it) => self.envelope(EnvelopeId(recorded.stream.id), it),
            Event::Batch(_)
            | Event::Partner(_)
            | Event::Offer(_)
            | Event::Client(_)
            | Event::Calendar(_)
            | Event::Settlement(_)
            | Event::Remittance(_)
            | Event::Bank(_)
            | Event::Convention(_)
            | Event::Control(_)
            | Event::Harvest(_)
            | Event::List(_)
            | Event::Payment(_)
            | Event::Webhook(_)
            | Event::Person(_)
            | Event::Agreement(_)
            | Event::Correction(_) => (),
        }
    }

    fn account(&mut self, account: AccountId, day: NaiveDate, event: &AccountEvent) {
        match event {
            AccountEvent::Granted(it) => self.granted(account, day, it),
            AccountEvent::Authorised(it) => self.authorised(account, day, it),
            AccountEvent::Captured(it) => {
                assert!(!self.waiting.contains(&(account, it.purchase)), "paid without approval");
                self.captured(it);
            }
            AccountEvent::Cancelled(it) => self.freed(it.purchase, &it.freed, true),
            AccountEvent::HoldExpired(it) => self.freed(it.purchase, &it.freed, true),
            AccountEvent::Refunded(it) => self.refunded(day, it),
            AccountEvent::Returned(it) => {
                let lot = self.lot(it.lot);
                lot.available -= cents(it.amount);
                lot.returned += cents(it.amount);
                assert_eq!(lot.available, 0, "all that is left is returned");
                lot.check();
                let envelope = lot.credits.envelope;
                self.back.push((self.position, envelope, cents(it.amount)));
            }
            AccountEvent::Closed(_) => {
                let left = |it: &&Lot| it.account == account && it.available + it.held > 0;
                assert!(self.lots.values().find(left).is_none(), "closed with money left");
                self.closed.insert(account);
            }
            AccountEvent::Opened(_)
            | AccountEvent::Suspended(_)
            | AccountEvent::Resumed(_)
            | AccountEvent::Contested(_)
            | AccountEvent::ContestEnded(_)
            | AccountEvent::SpecimenTaken(_)
            | AccountEvent::LicenceAcquired(_)
            | AccountEvent::RenewalProposed(_)
            | AccountEvent::RenewalDeclined(_) => (),
            AccountEvent::Team(TeamEvent::Requested(it)) => {
                self.waiting.insert((account, it.purchase));
            }
            AccountEvent::Team(it) => {
                let decided = matches!(it, TeamEvent::Approved(_) | TeamEvent::Refused(_));
                let purchase = it.purchase().filter(|_| decided);
                self.waiting.retain(|known| Some(known.1) != purchase);
            }
        }
    }

    fn granted(&mut self, account: AccountId, day: NaiveDate, it: &CreditsGranted) {
        let late = self.knew != Position::MAX;
        assert!(late || it.valid_until >= day, "credits that are over");
        let pot = self.pots.get_mut(&it.envelope).expect("credits come from an envelope");
        pot.granted += cents(it.amount);
        assert_eq!(it.funder, pot.opened.funder);
        pot.check();
        let lot = Lot {
            account,
            credits: it.clone(),
            available: cents(it.amount),
            held: 0,
            spent: 0,
            returned: 0,
        };
        assert!(self.lots.insert(it.lot, lot).is_none(), "a lot is granted once");
        self.order.entry(account).or_default().push(it.lot);
    }

    fn authorised(&mut self, account: AccountId, day: NaiveDate, it: &PurchaseAuthorised) {
        assert_eq!(total(&it.split), cents(it.amount), "the split is not the sum");
        assert!(!self.purchases.contains_key(&it.purchase) || self.spread(it.purchase, account));
        let split: Vec<(LotId, i64)> =
            it.split.iter().map(|it| (it.lot, cents(it.amount))).collect();
        self.check_split(account, day, it, &split);
        for share in &it.split {
            let lot = self.lot(share.lot);
            assert_eq!((lot.credits.envelope, lot.credits.funder), (share.envelope, share.funder));
            lot.available -= cents(share.amount);
            lot.held += cents(share.amount);
            lot.check();
            let held = cents(share.amount);
            let parts = self.purchases.entry(it.purchase).or_default();
            assert!(parts.insert(share.lot, Part { held, ..Part::default() }).is_none());
        }
    }

    /// Whether none of the known parts of a purchase is this account's: two accounts may use the
    /// same reference, each for its own purchase.
    fn spread(&self, purchase: PurchaseId, account: AccountId) -> bool {
        self.purchases[&purchase].keys().all(|it| self.lots[it].account != account)
    }

    /// It is split as the rule says, for what was known of envelopes that are frozen or closed.
    fn check_split(
        &self,
        account: AccountId,
        day: NaiveDate,
        it: &PurchaseAuthorised,
        split: &[(LotId, i64)],
    ) {
        let mut stopped: BTreeMap<EnvelopeId, bool> =
            self.pots.iter().map(|(id, pot)| (*id, pot.stopped())).collect();
        let unsure: Vec<EnvelopeId> =
            self.pots.iter().filter(|it| it.1.turned > self.knew).map(|it| *it.0).collect();
        let mut expected = Vec::new();
        for known in 0..1_u32 << unsure.len() {
            for (index, id) in unsure.iter().enumerate() {
                stopped.insert(*id, known & (1 << index) != 0);
            }
            expected.push(self.expected_split(account, day, it, &stopped));
        }
        assert!(expected.iter().any(|it| it == split), "not {split:?} but one of {expected:?}");
    }

    /// Who pays, from the rule as it is written in the design: the funders' priority, then soonest
    /// expiry, then the most specific earmark, then oldest, then id. Less than the sum when there
    /// is not as much.
    fn expected_split(
        &self,
        account: AccountId,
        day: NaiveDate,
        it: &PurchaseAuthorised,
        stopped: &BTreeMap<EnvelopeId, bool>,
    ) -> Vec<(LotId, i64)> {
        let mut lots: Vec<(usize, &Lot)> = self.order[&account]
            .iter()
            .map(|id| &self.lots[id])
            .enumerate()
            .filter(|(_, lot)| {
                let earmark = &lot.credits.earmark;
                let stopped = stopped[&lot.credits.envelope];
                let kind = earmark.kinds.is_empty() || earmark.kinds.contains(&it.terms.kind);
                let subject = |of| it.terms.subjects.contains(of);
                let subject = earmark.subjects.is_empty() || earmark.subjects.iter().any(subject);
                kind && subject && lot.credits.valid_until >= day && !stopped
            })
            .collect();
        lots.sort_by_key(|(age, lot)| {
            let earmark = &lot.credits.earmark;
            let lists =
                usize::from(!earmark.kinds.is_empty()) + usize::from(!earmark.subjects.is_empty());
            (lot.credits.priority, lot.credits.valid_until, 2 - lists, *age, lot.credits.lot)
        });
        let mut due = cents(it.amount);
        let mut split = Vec::new();
        for (_, lot) in lots {
            let part = due.min(lot.available);
            if part > 0 {
                split.push((lot.credits.lot, part));
                due -= part;
            }
        }
        split
    }

    fn captured(&mut self, it: &PurchaseCaptured) {
        assert_eq!(total(&it.split), cents(it.amount), "the split is not the sum");
        for share in &it.split {
            let part = self.part(it.purchase, share.lot);
            part.held -= cents(share.amount);
            part.captured += cents(share.amount);
            assert!(part.held >= 0, "captured more than was held");
            let lot = self.lot(share.lot);
            lot.held -= cents(share.amount);
            lot.spent += cents(share.amount);
            lot.check();
        }
        self.owed += cents(it.amount);
        self.freed(it.purchase, &it.freed, it.last);
    }

    /// What was held is free again; all of it when nothing more will be captured.
    fn freed(&mut self, purchase: PurchaseId, freed: &[Share], all: bool) {
        for share in freed {
            self.part(purchase, share.lot).held -= cents(share.amount);
            let lot = self.lot(share.lot);
            lot.held -= cents(share.amount);
            lot.available += cents(share.amount);
            lot.check();
        }
        let account = freed.first().map(|it| self.lots[&it.lot].account);
        for (lot, part) in &self.purchases[&purchase] {
            assert!(part.held >= 0, "freed more than was held");
            let same = account.is_some_and(|it| self.lots[lot].account == it);
            assert!(!all || !same || part.held == 0, "a hold that nothing will free");
        }
    }

    fn refunded(&mut self, day: NaiveDate, it: &PurchaseRefunded) {
        assert_eq!(total(&it.reopened) + total(&it.returned), cents(it.amount));
        for (share, returned) in
            it.reopened.iter().map(|it| (it, false)).chain(it.returned.iter().map(|it| (it, true)))
        {
            let part = self.part(it.purchase, share.lot);
            part.refunded += cents(share.amount);
            assert!(part.refunded <= part.captured, "refunded more than was captured");
            let pot = &self.pots[&share.envelope];
            let (closed, unsure) = (pot.closed, pot.closed && pot.turned > self.knew);
            let gone = self.closed.contains(&self.lots[&share.lot].account);
            let lot = self.lot(share.lot);
            lot.spent -= cents(share.amount);
            *if returned { &mut lot.returned } else { &mut lot.available } += cents(share.amount);
            let over = lot.credits.valid_until < day || closed || gone;
            let right = returned == over || unsure;
            assert!(right, "late refunds, and only those, go back to the funder");
            lot.check();
            if returned {
                self.back.push((self.position, share.envelope, cents(share.amount)));
            }
        }
        self.owed -= cents(it.amount);
    }

    fn lot(&mut self, id: LotId) -> &mut Lot {
        self.lots.get_mut(&id).expect("a lot that was granted")
    }

    fn part(&mut self, purchase: PurchaseId, lot: LotId) -> &mut Part {
        let parts = self.purchases.get_mut(&purchase).expect("a purchase that was authorised");
        parts.get_mut(&lot).expect("a lot that pays for it")
    }

    fn envelope(&mut self, id: EnvelopeId, event: &EnvelopeEvent) {
        if let EnvelopeEvent::Opened(it) = event {
            let pot = Pot::new(it.clone());
            assert!(self.pots.insert(id, pot).is_none(), "an envelope is opened once");
            return;
        }
        let pot = self.pots.get_mut(&id).expect("an envelope that was opened");
        let stopped = pot.stopped();
        pot.take_in(event);
        if pot.stopped() != stopped {
            pot.turned = self.position;
        }
        pot.check();
        if let EnvelopeEvent::ReturnsNoted(it) = event {
            let back = self.back.iter().filter(|(at, of, _)| *of == id && *at <= it.up_to);
            let back: i64 = back.map(|it| it.2).sum();
            assert_eq!(self.pots[&id].returned, back, "not all that came back is noted");
        }
    }

    /// The accounts' available and held money of one funder.
    pub fn rights_and_holds(&self, funder: Funder) -> (i64, i64) {
        let lots = self.lots.values().filter(|it| it.credits.funder == funder);
        lots.fold((0, 0), |sums, it| (sums.0 + it.available, sums.1 + it.held))
    }

    /// What one funder's money has paid, refunds taken off.
    pub fn spent(&self, funder: Funder) -> i64 {
        self.lots.values().filter(|it| it.credits.funder == funder).map(|it| it.spent).sum()
    }

    /// Each funder, with all that was voted and all that arrived at the bank.
    pub fn funders(&self) -> BTreeMap<Funder, (i64, i64)> {
        let mut funders = BTreeMap::new();
        for pot in self.pots.values() {
            let sums: &mut (i64, i64) = funders.entry(pot.opened.funder).or_default();
            // What draws on a convention is voted there.
            sums.0 += if pot.opened.convention.is_some() { 0 } else { pot.budget };
            sums.1 += pot.received;
        }
        for (funder, sums) in &mut funders {
            let (agreed, received, _) = self.settling.of(*funder);
            sums.0 += agreed;
            sums.1 += received;
        }
        funders
    }

    /// Checks that an account's own state says of its lots what the events say.
    pub fn check_account(&self, id: AccountId, state: &Account) {
        let known: Vec<LotId> = state.lots.iter().map(|it| it.id).collect();
        assert_eq!(known, self.order.get(&id).cloned().unwrap_or_default());
        for lot in &state.lots {
            let it = &self.lots[&lot.id];
            let sums = [lot.available, lot.held, lot.spent, lot.returned].map(Balance::cents);
            let sums = sums.map(|it| i64::try_from(it).expect("a small sum"));
            assert_eq!(sums, [it.available, it.held, it.spent, it.returned]);
            assert_eq!(sums.iter().sum::<i64>(), cents(lot.granted));
        }
    }
}

impl Lot {
    /// Never overspent, and no cent lost: granted = available + held + spent + returned.
    fn check(&self) {
        let sums = [self.available, self.held, self.spent, self.returned];
        assert!(sums.iter().all(|it| *it >= 0), "below zero: {self:?}");
        assert_eq!(sums.iter().sum::<i64>(), cents(self.credits.amount), "{self:?}");
    }
}
