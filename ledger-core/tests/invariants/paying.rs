//! Payments on partners' sites in the random histories: asked for, confirmed by whoever comes first,
//! delivered, given back, given up, and billed by use.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use ledger_core::checkout::Payer;
use ledger_core::digest::Digest;
use ledger_core::ids::{AccountId, BuyerId, CaptureId, PartnerId, PaymentId, RefundId, UsageId};
use ledger_core::ledger::ExecuteError;
use ledger_core::money::Balance;
use ledger_core::offer::{Kind, Price, Vat};
use ledger_core::payment::{CaptureMode, Payment, PaymentCommand, UsageRecorded};
use ledger_core::process::payments::{
    self, Asked, AskedLine, CaptureAsked, FreeLine, RefundAsked, Refused,
};
use proptest::prelude::*;

use crate::command::{ACCOUNTS, OFFERS, PARTNERS};
use crate::world::{Answer, Reply, Sent, World, euros};

/// How many payments there are at most.
pub const PAYMENTS: u8 = 8;

/// What may be asked of one payment; ids are small numbers, sums are cents.
#[derive(Clone, Debug)]
pub enum Act {
    Ask { offer: u8, cents: u64, automatic: bool, account: Option<u8> },
    Confirm { account: u8 },
    Capture { key: u8, cents: Option<u64>, last: bool },
    Refund { key: u8, cents: Option<u64> },
    Cancel,
    Decline,
    Expire,
    Use { units: u64 },
    Close { units: u64, last: bool },
}

/// The same with all that it says.
#[derive(Clone, Debug)]
pub enum Step {
    Ask(Box<Asked>),
    Confirm(Payer, NaiveDate),
    Decline(AccountId),
    Capture(CaptureAsked),
    Refund(RefundAsked),
    Cancel,
    Command(PaymentCommand),
    Use(UsageRecorded),
    Close(NaiveDate, bool),
}

/// A payment and what is asked of it.
pub fn acts() -> impl Strategy<Value = (u8, Act)> {
    let part = || prop_oneof![2 => (1..6_00_u64).prop_map(Some), 1 => Just(None)];
    let act = prop_oneof![
        6 => (0..OFFERS, 1..4_00_u64, any::<bool>(), prop::option::of(0..ACCOUNTS)).prop_map(
            |(offer, cents, automatic, account)| Act::Ask { offer, cents, automatic, account },
        ),
        8 => (0..ACCOUNTS).prop_map(|account| Act::Confirm { account }),
        5 => (0..3_u8, part(), any::<bool>())
            .prop_map(|(key, cents, last)| Act::Capture { key, cents, last }),
        2 => (0..2_u8, part()).prop_map(|(key, cents)| Act::Refund { key, cents }),
        1 => Just(Act::Cancel),
        1 => Just(Act::Decline),
        1 => Just(Act::Expire),
        4 => (1..4_u64).prop_map(|units| Act::Use { units }),
        2 => (1..4_u64, any::<bool>()).prop_map(|(units, last)| Act::Close { units, last }),
    ];
    (0..PAYMENTS, act)
}

/// What a partner calls an account.
pub fn buyer(account: AccountId) -> BuyerId {
    BuyerId(account.0)
}

impl World {
    pub fn payment(&self, n: u8) -> PaymentId {
        PaymentId(self.id(200, n))
    }

    /// The partner of a payment is that of its offer.
    fn asking(&self, n: u8) -> PartnerId {
        self.partner(n % PARTNERS)
    }

    /// What `act` is, today: one step or two.
    pub fn act(&self, n: u8, act: &Act) -> Vec<Sent> {
        let on = self.today();
        let key = |kind: u128, key: u8| self.id(kind + u128::from(n), key);
        let used = |units| {
            let of = u8::try_from(units).unwrap_or(u8::MAX);
            Step::Use(UsageRecorded { record: UsageId(key(260, of)), units, on })
        };
        let confirm = |account| Step::Confirm(self.payer(account, n), on);
        let steps = match *act {
            Act::Ask { offer, cents, automatic, account } => {
                let ask = Step::Ask(Box::new(self.asked(n, offer, cents, automatic)));
                [ask].into_iter().chain(account.map(confirm)).collect()
            }
            Act::Confirm { account } => vec![confirm(account)],
            Act::Capture { key: of, cents, last } => vec![Step::Capture(CaptureAsked {
                key: CaptureId(key(201, of)),
                amount: cents.map(euros),
                lines: vec![],
                last,
            })],
            Act::Refund { key: of, cents } => vec![Step::Refund(RefundAsked {
                key: RefundId(key(230, of)),
                amount: cents.map(euros),
                lines: vec![],
                on,
            })],
            Act::Cancel => vec![Step::Cancel],
            Act::Decline => vec![Step::Decline(self.account(n % ACCOUNTS))],
            Act::Expire => vec![Step::Command(PaymentCommand::Expire { at: self.now })],
            Act::Use { units } => vec![used(units)],
            Act::Close { units, last } => vec![used(units), Step::Close(on, last)],
        };
        let (id, partner) = (self.payment(n), self.asking(n));
        steps.into_iter().map(|step| Sent::Payment(id, partner, step)).collect()
    }

    fn asked(&self, n: u8, offer: u8, cents: u64, automatic: bool) -> Asked {
        // Of the partner's own offers; what is billed by use stands alone, within a ceiling.
        let own = offer / PARTNERS * PARTNERS + n % PARTNERS;
        let offer = if own < OFFERS { own } else { n % PARTNERS };
        let by_use = offer % 5 == 1;
        let ceiling = by_use.then_some(euros(8_00));
        let line = AskedLine::Offer { offer: self.offer(offer), quantity: 1, ceiling };
        let free = AskedLine::Free(Box::new(FreeLine {
            reference: format!("libre-{n}").into(),
            title: "Cahier".into(),
            kind: Kind::Activity,
            subjects: vec!["mathematiques".into()],
            price: Price { amount: Balance::from_cents(cents), vat: vec![Vat::within(cents, 550)] },
            quantity: 1,
            ceiling: None,
        }));
        let request = format!("{offer} {cents} {automatic}");
        Asked {
            payment: self.payment(n),
            partner: self.asking(n),
            lines: if by_use { vec![line] } else { vec![line, free] },
            reference: format!("CMD-{n}").into(),
            description: "".into(),
            return_url: "https://preau.example/merci".into(),
            metadata: BTreeMap::new(),
            capture: if automatic { CaptureMode::Automatic } else { CaptureMode::Manual },
            hold_days: 20,
            expires_at: self.now + TimeDelta::days(3),
            request: Digest::of(request.as_bytes()),
            on: self.today(),
        }
    }

    /// Sends one step of a payment.
    pub async fn step(&self, id: PaymentId, partner: PartnerId, step: &Step) -> Reply<Answer> {
        let (ledger, meta) = (&self.ledger, self.meta());
        match step {
            Step::Ask(it) => told(payments::create(ledger, (**it).clone(), meta).await),
            Step::Confirm(by, on) => {
                told(payments::confirm(ledger, id, *by, buyer(by.account), *on, meta).await)
            }
            Step::Decline(by) => told(payments::decline(ledger, id, *by, meta).await),
            Step::Capture(it) => told(payments::capture(ledger, id, partner, it, meta).await),
            Step::Refund(it) => told(payments::refund(ledger, id, partner, it, meta).await),
            Step::Cancel => told(payments::cancel(ledger, id, partner, "trop".into(), meta).await),
            Step::Command(it) => match ledger.execute::<Payment>(id, it, meta).await {
                Ok(_) => Ok(Answer::Done(None)),
                Err(ExecuteError::Refused(_)) => Ok(Answer::Refused),
                Err(error) => Err(error.into()),
            },
            Step::Use(it) => told(payments::record_usage(ledger, id, partner, *it, meta).await),
            Step::Close(until, last) => {
                told(payments::close_usage(ledger, id, Some(partner), *until, *last, meta).await)
            }
        }
    }
}

fn told<T>(result: Result<T, Refused>) -> Reply<Answer> {
    match result {
        Ok(_) => Ok(Answer::Done(None)),
        Err(ExecuteError::Refused(_)) => Ok(Answer::Refused),
        Err(error) => Err(error.into()),
    }
}
