//! Agreements in the random histories: signed, counted as the ledger does, and checked on the log.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Days;
use ledger_core::account::{
    AccountCommand, AccountEvent, ProposeRenewal, PurchaseCaptured, RenewalProposed,
};
use ledger_core::agreement::{
    AgreementAct, AgreementCommand, AgreementEvent, AgreementSigned, Ceiling, Credit, Delivered,
    SpendingCounted, credit_refund,
};
use ledger_core::event::Event;
use ledger_core::event_log::{Position, Recorded};
use ledger_core::ids::{AccountId, AgreementId, OfferId, PurchaseId};
use ledger_core::meta::{Actor, Role};
use ledger_core::money::Balance;
use ledger_core::process::agreements::{Movement, count, credit};
use uuid::Uuid;

use crate::command::OFFERS;
use crate::world::{Reply, Sent, World, budget};

impl World {
    /// An agreement on `offer`, reached after so many cents.
    pub fn agree(&self, offer: u8, cents: u64) -> Sent {
        let (on, partner) = (self.today(), self.partner(offer % 2));
        let offer = self.offer(offer);
        let day = |days| on.checked_add_days(Days::new(days)).expect("a day");
        let signed = AgreementSigned {
            offer,
            partner,
            ceiling: Ceiling::Spending(budget(cents)),
            first_day: on,
            last_day: day(60),
            free_until: day(90),
            credit_days: 20,
            credit: Credit::Share { basis_points: 3_333 },
            reference: "LL".into(),
        };
        let by = Actor { role: Role::AuthorisingOfficer, id: Uuid::nil() };
        let act = AgreementAct::Sign(signed);
        Sent::Agreement(AgreementId::of(offer), AgreementCommand { by, on, act })
    }

    /// Counts and credits all that the log holds, twice: the second time changes nothing.
    pub async fn follow(&self) -> Reply<()> {
        self.follow_once().await?;
        let end = self.end().await?;
        self.follow_once().await?;
        assert_eq!(self.end().await?, end, "counted or credited twice");
        Ok(())
    }

    async fn follow_once(&self) -> Reply<()> {
        let (on, meta) = (self.today(), self.meta());
        for (agreement, movement) in self.look(movements).await? {
            count(&self.ledger, agreement, movement, on, meta).await?;
        }
        for offer in 0..OFFERS {
            let agreement = AgreementId::of(self.offer(offer));
            credit(&self.ledger, agreement, on, meta).await?;
        }
        Ok(())
    }

    /// A renewal is proposed, and declined if it is said so.
    pub fn renew(&self, account: u8, purchase: u8, declined: bool) -> Vec<Sent> {
        let on = self.today();
        let (account, offer) = (self.account(account), self.offer(purchase % OFFERS));
        let purchase = self.purchase(purchase);
        let until = on.checked_add_days(Days::new(10)).expect("a day");
        let (paid, price) = (Balance::ZERO, Balance::from_cents(1_00));
        let renewal = RenewalProposed { purchase, offer, until, paid, price };
        let propose = AccountCommand::ProposeRenewal(ProposeRenewal { renewal, on });
        let mut sent = vec![Sent::Account(account, propose)];
        if declined {
            sent.push(Sent::Account(account, AccountCommand::DeclineRenewal { purchase }));
        }
        sent
    }
}

/// What agreements have to count, told from the log alone.
pub fn movements(events: &[(Recorded, Event)]) -> Vec<(AgreementId, Movement)> {
    let mut moves = Moves::default();
    for (recorded, event) in events {
        moves.apply(recorded, event);
    }
    moves.moved
}

/// What moved on offers that an agreement is about: what was captured before it was signed never
/// counts.
#[derive(Debug, Default)]
pub struct Moves {
    offers: BTreeMap<(AccountId, PurchaseId), OfferId>,
    signed: BTreeSet<AgreementId>,
    /// In the order of the log.
    pub moved: Vec<(AgreementId, Movement)>,
}

impl Moves {
    /// Takes one event in.
    pub fn apply(&mut self, recorded: &Recorded, event: &Event) {
        let account = AccountId(recorded.stream.id);
        match event {
            Event::Agreement(AgreementEvent::Signed(it)) => {
                self.signed.insert(AgreementId::of(it.offer));
            }
            Event::Account(AccountEvent::Authorised(it)) => {
                self.offers.insert((account, it.purchase), it.terms.offer);
            }
            Event::Account(AccountEvent::Captured(it)) => {
                if let Some(id) = self.agreed(account, it.purchase) {
                    self.moved.push((id, Movement::Captured(counted(recorded, it))));
                }
            }
            Event::Account(AccountEvent::Refunded(it)) if it.agreement.is_none() => {
                if let Some(id) = self.agreed(account, it.purchase) {
                    let (purchase, refund, amount) = (it.purchase, it.refund, it.amount);
                    let refunded = Movement::Refunded { account, purchase, refund, amount };
                    self.moved.push((id, refunded));
                }
            }
            _ => (),
        }
    }

    fn agreed(&self, account: AccountId, purchase: PurchaseId) -> Option<AgreementId> {
        let offer = self.offers.get(&(account, purchase)).copied();
        offer.map(AgreementId::of).filter(|it| self.signed.contains(it))
    }
}

fn counted(recorded: &Recorded, it: &PurchaseCaptured) -> SpendingCounted {
    SpendingCounted {
        account: AccountId(recorded.stream.id),
        purchase: it.purchase,
        capture: it.capture,
        amount: it.amount,
        day: recorded.meta.day(),
        position: recorded.position,
    }
}

/// One agreement, as the events tell.
#[derive(Debug)]
struct Told {
    signed: AgreementSigned,
    total: i64,
    reached: Option<Position>,
    ended: bool,
    lines: BTreeMap<Delivered, i64>,
}

/// Checks what must hold of agreements: each capture counts once, the ceiling is reached when it
/// is full and not before, nothing is taken off afterwards, and nobody gets back more than was
/// counted, nor twice; nothing that is free is charged by a purchase.
///
/// `knew` says up to where whoever decided on an event knew the agreements.
pub fn check(events: &[(Recorded, Event)], knew: impl Fn(&Recorded) -> Position) {
    let cents = |sum: u64| i64::try_from(sum).expect("a small sum");
    let mut told: BTreeMap<OfferId, Told> = BTreeMap::new();
    let mut captured = BTreeMap::new();
    let mut credits: BTreeMap<_, i64> = BTreeMap::new();
    for (recorded, event) in events {
        let account = AccountId(recorded.stream.id);
        match event {
            Event::Account(AccountEvent::Captured(it)) => {
                captured.insert((account, it.purchase, it.capture), cents(it.amount.cents()));
            }
            Event::Account(AccountEvent::Authorised(it)) => {
                let freed = told.get(&it.terms.offer).is_some_and(|it| {
                    let reached = it.reached.is_some_and(|at| at <= knew(recorded));
                    reached && !it.ended && recorded.meta.day() <= it.signed.free_until
                });
                assert!(!freed, "charged for what is free: {it:?}");
            }
            Event::Account(AccountEvent::LicenceAcquired(it)) => {
                assert!(told[&it.agreement.offer()].reached.is_some(), "given before it was free");
            }
            Event::Account(AccountEvent::Refunded(it)) if it.agreement.is_some() => {
                let key = (account, it.purchase, it.refund);
                assert!(credits.insert(key, cents(it.amount.cents())).is_none(), "credited twice");
            }
            Event::Agreement(event) => {
                let offer = AgreementId(recorded.stream.id).offer();
                if let AgreementEvent::Signed(it) = event {
                    let lines = BTreeMap::new();
                    let signed = it.clone();
                    let it = Told { signed, total: 0, reached: None, ended: false, lines };
                    told.insert(offer, it);
                    continue;
                }
                let it = told.get_mut(&offer).expect("an agreement that was signed");
                it.apply(recorded.position, event, &captured, &credits);
            }
            _ => (),
        }
    }
}

impl Told {
    fn apply(
        &mut self,
        position: Position,
        event: &AgreementEvent,
        captured: &BTreeMap<(AccountId, PurchaseId, ledger_core::ids::CaptureId), i64>,
        credits: &BTreeMap<(AccountId, PurchaseId, ledger_core::ids::RefundId), i64>,
    ) {
        let cents = |sum: u64| i64::try_from(sum).expect("a small sum");
        let Ceiling::Spending(ceiling) = self.signed.ceiling else { return };
        let ceiling = cents(ceiling.cents());
        match event {
            AgreementEvent::Signed(_) => (),
            AgreementEvent::Counted(it) => {
                let amount = cents(it.amount.cents());
                assert_eq!(captured[&(it.account, it.purchase, it.capture)], amount);
                assert!(self.reached.is_some() || self.total < ceiling, "full, and not reached");
                self.total += amount;
                assert!(self.lines.insert(it.delivered(), amount).is_none(), "counted twice");
            }
            AgreementEvent::TakenOff(it) => {
                assert!(self.reached.is_none(), "taken off after it was reached");
                self.total -= cents(it.amount.cents());
                assert!(self.total >= 0, "more taken off than was counted");
            }
            AgreementEvent::Reached(it) => {
                assert!(
                    self.reached.is_none() && self.total >= ceiling,
                    "reached before it was full"
                );
                assert_eq!(cents(it.total.cents()), self.total);
                self.reached = Some(position);
            }
            AgreementEvent::Credited(it) => {
                let of = it.delivered();
                let refund = credit_refund(self.signed.offer, &of);
                let given = credits.get(&(it.account, it.purchase, refund)).copied();
                assert_eq!(given.unwrap_or_default(), cents(it.amount.cents()));
                assert!(self.reached.is_some() && cents(it.amount.cents()) <= self.lines[&of]);
            }
            AgreementEvent::Ended(_) => self.ended = true,
        }
    }
}
