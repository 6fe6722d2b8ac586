//! Payments, told as stories on a whole ledger, stopped and started again.

mod team;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use uuid::Uuid;

use super::*;
use crate::account::{Account, PurchaseStatus};
use crate::checkout::{CheckoutRefusal, Payer};
use crate::digest::Digest;
use crate::event_log::EventLog;
use crate::ids::{CaptureId, OfferId, PurchaseId, RefundId, UsageId};
use crate::offer::{Billing, Kind, Price, Vat};
use crate::partner::{Partner, PartnerCommand};
use crate::payment::{CaptureMode, PaymentStep, UsageRecorded};
use crate::process::tests::left_behind;
use crate::story::*;

const PAYMENT: PaymentId = PaymentId(Uuid::from_u128(0xA1));
const BUYER: BuyerId = BuyerId(Uuid::from_u128(0xB1));

#[tokio::test]
async fn a_payment_is_confirmed_and_delivered_line_by_line() {
    let ledger = ledger();
    let account = shop(&ledger, Billing::Once).await;
    asked(&ledger, vec![offered(1), free(2_00)]).await;
    let created = created(&ledger).await;
    let quoted = quote(&ledger, &created, Payer::own(account), meta().at, today()).await.unwrap();
    let sum: u64 = quoted.split.unwrap().iter().map(|it| it.amount.cents()).sum();
    assert_eq!((sum, quoted.available.cents()), (5_00, 10_00));

    confirmed(&ledger, account).await;
    assert_eq!(spendable(&ledger, account).await, 5_00);
    let once = capture_of(1, Some(4_00), false);
    for _ in 0..2 {
        let paid = capture(&ledger, PAYMENT, PARTNER, &once, meta()).await.unwrap();
        assert_eq!(told(&paid), [(0, 3_00, 0), (1_00, 1_00, 0)]);
    }
    let over = capture_of(2, Some(1_01), true);
    let refused = capture(&ledger, PAYMENT, PARTNER, &over, meta()).await;
    assert_eq!(refusal(refused), PaymentsRefusal::TooMuch { possible: Balance::from_cents(1_00) });
    let rest = CaptureAsked { lines: vec![(1, None)], ..capture_of(3, None, true) };
    let paid = capture(&ledger, PAYMENT, PARTNER, &rest, meta()).await.unwrap();
    assert_eq!(told(&paid), [(0, 3_00, 0), (0, 2_00, 0)]);
}

#[tokio::test]
async fn what_nothing_is_delivered_of_is_freed_by_the_last_capture() {
    let ledger = ledger();
    let account = shop(&ledger, Billing::Once).await;
    asked(&ledger, vec![offered(1), free(2_00)]).await;
    confirmed(&ledger, account).await;
    let last = capture_of(1, Some(2_50), true);
    let paid = capture(&ledger, PAYMENT, PARTNER, &last, meta()).await.unwrap();
    assert_eq!(told(&paid), [(0, 2_50, 0), (0, 0, 0)]);
    assert_eq!(paid.lines[1].status, PurchaseStatus::Expired);
    assert_eq!(spendable(&ledger, account).await, 7_50);
}

#[tokio::test]
async fn a_refund_takes_the_last_lines_first_and_is_made_once() {
    let ledger = ledger();
    let account = shop(&ledger, Billing::Once).await;
    asked(&ledger, vec![offered(2), free(2_00)]).await;
    confirmed(&ledger, account).await;
    capture(&ledger, PAYMENT, PARTNER, &capture_of(1, None, true), meta()).await.unwrap();
    let part = refund_of(1, Some(3_00));
    for _ in 0..2 {
        let paid = refund(&ledger, PAYMENT, PARTNER, &part, meta()).await.unwrap();
        assert_eq!(told(&paid), [(0, 6_00, 1_00), (0, 2_00, 2_00)]);
    }
    let other = RefundAsked { amount: Some(euros(3_01)), ..part.clone() };
    let refused = refund(&ledger, PAYMENT, PARTNER, &other, meta()).await;
    assert_eq!(refusal(refused), PaymentRefusal::ReferenceReused.into());
    let all = refund(&ledger, PAYMENT, PARTNER, &refund_of(2, None), meta()).await.unwrap();
    assert_eq!(told(&all), [(0, 6_00, 6_00), (0, 2_00, 2_00)]);
    assert_eq!(spendable(&ledger, account).await, 10_00);
}

#[tokio::test]
async fn nothing_is_held_when_one_line_cannot_be_paid() {
    let ledger = ledger();
    let account = shop(&ledger, Billing::Once).await;
    asked(&ledger, vec![offered(3), free(1_01)]).await;
    let refused = confirm(&ledger, PAYMENT, Payer::own(account), BUYER, today(), meta()).await;
    assert!(matches!(refusal(refused), PaymentsRefusal::Account(_)));
    assert_eq!(spendable(&ledger, account).await, 10_00);
    assert_eq!(paid(&ledger, PAYMENT, None).await.unwrap().state.step, PaymentStep::Waiting);
}

#[tokio::test]
async fn what_is_delivered_at_once_is_captured_with_the_confirmation() {
    let ledger = ledger();
    let account = shop(&ledger, Billing::Once).await;
    let mut asked = asking(vec![offered(1), free(2_00)]);
    asked.capture = CaptureMode::Automatic;
    create(&ledger, asked, meta()).await.unwrap();
    for _ in 0..2 {
        confirmed(&ledger, account).await;
        let paid = paid(&ledger, PAYMENT, Some(PARTNER)).await.unwrap();
        assert_eq!(told(&paid), [(0, 3_00, 0), (0, 2_00, 0)]);
    }
}

#[tokio::test]
async fn the_second_of_two_accounts_gets_its_money_back() {
    let ledger = ledger();
    let first = shop(&ledger, Billing::Once).await;
    let second = credited_account(&ledger, 2, 10_00).await;
    asked(&ledger, vec![offered(1)]).await;
    // Both hold the money before either is told to the payment.
    let created = created(&ledger).await;
    let holds =
        super::confirmed::holds(&created, Payer::own(first), &[].into(), meta().at, today());
    for account in [first, second] {
        ledger.execute::<Account>(account, &holds, meta()).await.unwrap();
    }
    finish(&ledger, PAYMENT, first, BUYER, meta()).await.unwrap();
    let refused = finish(&ledger, PAYMENT, second, BUYER, meta()).await;
    assert_eq!(refusal(refused), PaymentRefusal::TakenByAnother.into());
    assert_eq!(spendable(&ledger, second).await, 10_00);
    assert_eq!(spendable(&ledger, first).await, 7_00);
}

#[tokio::test]
async fn a_payment_given_up_frees_what_it_holds() {
    let ledger = ledger();
    let account = shop(&ledger, Billing::Once).await;
    asked(&ledger, vec![offered(1), free(2_00)]).await;
    confirmed(&ledger, account).await;
    for _ in 0..2 {
        let paid = cancel(&ledger, PAYMENT, PARTNER, "".into(), meta()).await.unwrap();
        assert!(paid.lines.iter().all(|it| it.status == PurchaseStatus::Cancelled));
    }
    assert_eq!(spendable(&ledger, account).await, 10_00);
}

#[tokio::test]
async fn another_partners_payment_does_not_exist() {
    let ledger = ledger();
    shop(&ledger, Billing::Once).await;
    asked(&ledger, vec![offered(1)]).await;
    let other = PartnerId(Uuid::from_u128(77));
    let refused = paid(&ledger, PAYMENT, Some(other)).await;
    assert_eq!(refusal(refused), PaymentRefusal::NoSuchPayment.into());
    let refused = cancel(&ledger, PAYMENT, other, "".into(), meta()).await;
    assert_eq!(refusal(refused), PaymentRefusal::NoSuchPayment.into());
}

#[tokio::test]
async fn a_line_that_cannot_be_sold_is_named() {
    let ledger = ledger();
    shop(&ledger, Billing::Once).await;
    let nothing = OfferId(Uuid::from_u128(9));
    let line = AskedLine::Offer { offer: nothing, quantity: 1, ceiling: None };
    let refused = create(&ledger, asking(vec![offered(1), line]), meta()).await;
    let refusal = refusal(refused);
    assert_eq!(refusal, PaymentsRefusal::Line { line: 1, refusal: CheckoutRefusal::NoSuchOffer });
    assert_eq!(refusal.to_string(), "line 2: this offer does not exist");
}

#[tokio::test]
async fn a_suspended_partner_is_paid_nothing_new() {
    let ledger = ledger();
    let account = shop(&ledger, Billing::Once).await;
    asked(&ledger, vec![free(2_00)]).await;
    let suspend = PartnerCommand::Suspend { reason: "complaints".into() };
    ledger.execute::<Partner>(PARTNER, &suspend, meta()).await.unwrap();
    let refused = confirm(&ledger, PAYMENT, Payer::own(account), BUYER, today(), meta()).await;
    let suspended = PaymentsRefusal::PartnerSuspended { reason: "complaints".to_owned() };
    assert_eq!(refusal(refused), suspended);
}

#[tokio::test]
async fn use_is_billed_month_by_month_and_the_rest_goes_back() {
    let ledger = ledger();
    let account = shop(&ledger, Billing::ByUse).await;
    let line = AskedLine::Offer { offer: offer(), quantity: 1, ceiling: Some(euros(9_50)) };
    asked(&ledger, vec![line]).await;
    confirmed(&ledger, account).await;
    used(&ledger, 1, 2).await;
    let close = |last| close_usage(&ledger, PAYMENT, Some(PARTNER), today(), last, meta());
    for _ in 0..2 {
        close(false).await.unwrap();
        let paid = paid(&ledger, PAYMENT, None).await.unwrap();
        assert_eq!(told(&paid), [(3_50, 6_00, 0)]);
    }
    let direct = capture(&ledger, PAYMENT, PARTNER, &capture_of(1, None, true), meta()).await;
    assert_eq!(refusal(direct), PaymentsRefusal::CountedByUse);
    close(true).await.unwrap();
    let paid = paid(&ledger, PAYMENT, None).await.unwrap();
    assert_eq!(told(&paid), [(0, 6_00, 0)]);
    assert_eq!(spendable(&ledger, account).await, 4_00);
}

#[tokio::test]
async fn what_was_never_used_costs_nothing() {
    let ledger = ledger();
    let account = shop(&ledger, Billing::ByUse).await;
    let line = AskedLine::Offer { offer: offer(), quantity: 1, ceiling: Some(euros(9_00)) };
    asked(&ledger, vec![line]).await;
    confirmed(&ledger, account).await;
    close_usage(&ledger, PAYMENT, None, today(), true, meta()).await.unwrap();
    assert_eq!(spendable(&ledger, account).await, 10_00);
    let paid = paid(&ledger, PAYMENT, None).await.unwrap();
    assert_eq!(paid.lines[0].status, PurchaseStatus::Cancelled);
}

#[tokio::test]
async fn what_is_captured_directly_is_not_counted_besides() {
    let ledger = ledger();
    let account = shop(&ledger, Billing::ByUse).await;
    let line = AskedLine::Offer { offer: offer(), quantity: 1, ceiling: Some(euros(9_00)) };
    asked(&ledger, vec![line]).await;
    confirmed(&ledger, account).await;
    let some = capture_of(1, Some(3_00), false);
    capture(&ledger, PAYMENT, PARTNER, &some, meta()).await.unwrap();
    let record = UsageRecorded { record: UsageId(Uuid::nil()), units: 2, on: today() };
    let refused = record_usage(&ledger, PAYMENT, PARTNER, record, meta()).await;
    assert_eq!(refusal(refused), PaymentsRefusal::CapturedDirectly);
}

#[tokio::test]
async fn a_payment_stopped_anywhere_goes_on_from_there() {
    let source = ledger();
    let account = whole(&source).await;
    let left = spendable(&source, account).await;
    let events = source.log().read_all(0, usize::MAX).await.unwrap();
    for kept in 0..events.len() {
        let again = on(left_behind(&events[..kept]).await);
        whole(&again).await;
        assert_eq!(spendable(&again, account).await, left, "cut after {kept}");
    }
}

/// Both kinds of payment, from asking to giving back.
async fn whole(ledger: &Ledger) -> AccountId {
    let account = shop(ledger, Billing::Once).await;
    let mut asked = asking(vec![offered(1), free(2_00)]);
    asked.capture = CaptureMode::Automatic;
    create(ledger, asked, meta()).await.unwrap();
    confirmed(ledger, account).await;
    refund(ledger, PAYMENT, PARTNER, &refund_of(1, Some(50)), meta()).await.unwrap();
    account
}

async fn shop(ledger: &Ledger, billing: Billing) -> AccountId {
    opened_envelope(ledger, 1_000_00).await;
    published_offer(ledger, 3_00, billing).await;
    credited_account(ledger, 1, 10_00).await
}

fn offer() -> OfferId {
    OfferId::of(PARTNER, &listing(3_00, Billing::Once).reference)
}

fn offered(quantity: u16) -> AskedLine {
    AskedLine::Offer { offer: offer(), quantity, ceiling: None }
}

fn free(cents: u64) -> AskedLine {
    AskedLine::Free(Box::new(FreeLine {
        reference: "ATELIER".into(),
        title: "Atelier de sciences".to_owned(),
        kind: Kind::Tool,
        subjects: vec![],
        price: Price { amount: Balance::from_cents(cents), vat: vec![Vat::within(cents, 2000)] },
        quantity: 1,
        ceiling: None,
    }))
}

fn asking(lines: Vec<AskedLine>) -> Asked {
    Asked {
        payment: PAYMENT,
        partner: PARTNER,
        lines,
        reference: "CMD-1".into(),
        description: "".into(),
        return_url: "https://preau.example/merci".into(),
        metadata: BTreeMap::new(),
        capture: CaptureMode::Manual,
        hold_days: 30,
        expires_at: meta().at + TimeDelta::hours(1),
        request: Digest::of(b"request"),
        on: today(),
    }
}

async fn asked(ledger: &Ledger, lines: Vec<AskedLine>) {
    create(ledger, asking(lines), meta()).await.unwrap();
}

async fn created(ledger: &Ledger) -> Arc<PaymentCreated> {
    paid(ledger, PAYMENT, None).await.unwrap().created
}

async fn confirmed(ledger: &Ledger, account: AccountId) {
    confirm(ledger, PAYMENT, Payer::own(account), BUYER, today(), meta()).await.unwrap();
}

async fn used(ledger: &Ledger, id: u128, units: u64) {
    let record = UsageRecorded { record: UsageId(Uuid::from_u128(id)), units, on: today() };
    record_usage(ledger, PAYMENT, PARTNER, record, meta()).await.unwrap();
}

fn capture_of(key: u128, cents: Option<u64>, last: bool) -> CaptureAsked {
    let key = CaptureId(Uuid::from_u128(key));
    CaptureAsked { key, amount: cents.map(euros), lines: vec![], last }
}

fn refund_of(key: u128, cents: Option<u64>) -> RefundAsked {
    let key = RefundId(Uuid::from_u128(key));
    RefundAsked { key, amount: cents.map(euros), lines: vec![], on: today() }
}

/// Held, captured and refunded cents of each line.
fn told(paid: &Paid) -> Vec<(u64, u64, u64)> {
    let cents = |it: &PaidLine| (it.held.cents(), it.captured.cents(), it.refunded.cents());
    paid.lines.iter().map(cents).collect()
}

async fn spendable(ledger: &Ledger, account: AccountId) -> u64 {
    ledger.inspect(account, |it: &Account| it.available_on(today())).await.unwrap().cents()
}

fn refusal<T: std::fmt::Debug>(answer: Result<T, Refused>) -> PaymentsRefusal {
    match answer {
        Err(ExecuteError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}
