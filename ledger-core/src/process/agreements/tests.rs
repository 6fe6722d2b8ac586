//! An agreement that is reached frees its offer and credits its recent buyers, once.

use uuid::Uuid;

use super::*;
use crate::account::AccountEvent;
use crate::agreement::{AgreementSigned, Ceiling, Credit};
use crate::checkout::{self, Order, Payer};
use crate::digest::Digest;
use crate::ids::{CaptureId, OfferId};
use crate::meta::{Actor, Role};
use crate::money::Budget;
use crate::offer::{Billing, Offer, OfferCommand};
use crate::story::*;

const OFFICER: Actor = Actor { role: Role::AuthorisingOfficer, id: Uuid::nil() };

async fn signed(ledger: &Ledger, offer: OfferId, cents: u64) -> AgreementId {
    let it = AgreementSigned {
        offer,
        partner: PARTNER,
        ceiling: Ceiling::Spending(Budget::from_cents(cents).unwrap()),
        first_day: today(),
        last_day: "2027-06-30".parse().unwrap(),
        free_until: "2028-08-31".parse().unwrap(),
        credit_days: 30,
        credit: Credit::Share { basis_points: 5_000 },
        reference: "LL-2026-01".into(),
    };
    let command = AgreementCommand { by: OFFICER, on: today(), act: AgreementAct::Sign(it) };
    let agreement = AgreementId::of(offer);
    ledger.execute::<Agreement>(agreement, &command, meta()).await.unwrap();
    agreement
}

fn order(n: u128, offer: OfferId) -> Order {
    Order {
        payer: Payer::own(account(n)),
        offer,
        seen: listing(3_00, Billing::Once).digest(),
        purchase: purchase(n),
        ceiling: None,
        hold_until: meta().at,
        on: today(),
    }
}

fn captured(n: u128) -> Movement {
    Movement::Captured(SpendingCounted {
        account: account(n),
        purchase: purchase(n),
        capture: CaptureId(purchase(n).0),
        amount: euros(3_00),
        day: today(),
        position: 1,
    })
}

async fn shop(ledger: &Ledger) -> (OfferId, AgreementId) {
    opened_envelope(ledger, 1_000_00).await;
    for n in 1..=3 {
        credited_account(ledger, n, 10_00).await;
    }
    let offer = published_offer(ledger, 3_00, Billing::Once).await;
    let agreement = signed(ledger, offer, 5_00).await;
    for n in 1..=2 {
        checkout::buy(ledger, &order(n, offer), meta()).await.unwrap();
    }
    (offer, agreement)
}

async fn spent(ledger: &Ledger, n: u128) -> Balance {
    ledger.inspect::<Account, _>(account(n), Account::spent).await.unwrap()
}

#[tokio::test]
async fn the_next_teacher_gets_it_for_nothing_and_the_recent_buyers_are_credited_once() {
    let ledger = ledger();
    let (offer, agreement) = shop(&ledger).await;
    for n in [1, 2, 1] {
        count(&ledger, agreement, captured(n), today(), meta()).await.unwrap();
    }
    assert_eq!(credit(&ledger, agreement, today(), meta()).await.unwrap(), 2);
    assert_eq!(credit(&ledger, agreement, today(), meta()).await.unwrap(), 0);
    assert_eq!(spent(&ledger, 1).await, Balance::from_cents(1_50));
    assert_eq!(spent(&ledger, 2).await, Balance::from_cents(1_50));

    let done = checkout::buy(&ledger, &order(3, offer), meta()).await.unwrap();
    assert!(
        matches!(&done.events[..], [AccountEvent::LicenceAcquired(it)] if it.agreement == agreement)
    );
    assert_eq!(spent(&ledger, 3).await, Balance::ZERO);
    let again = checkout::buy(&ledger, &order(3, offer), meta()).await.unwrap();
    assert_eq!(again.events, []);
    let paid = checkout::buy(&ledger, &order(1, offer), meta()).await.unwrap();
    assert_eq!(paid.events, [], "what was paid before stays paid");
}

#[tokio::test]
async fn a_page_shown_before_it_was_free_charges_nothing() {
    let ledger = ledger();
    let (offer, agreement) = shop(&ledger).await;
    for n in [1, 2] {
        count(&ledger, agreement, captured(n), today(), meta()).await.unwrap();
    }
    let seen = Order { seen: Digest::of(b"an older listing"), ..order(3, offer) };
    let done = checkout::buy(&ledger, &seen, meta()).await.unwrap();
    assert!(matches!(&done.events[..], [AccountEvent::LicenceAcquired(_)]));

    let withdraw = OfferCommand::Withdraw { reason: "out of print".into() };
    ledger.execute::<Offer>(offer, &withdraw, meta()).await.unwrap();
    let other = Order { purchase: purchase(9), ..order(3, offer) };
    let refused = checkout::buy(&ledger, &other, meta()).await;
    let withdrawn = ExecuteError::Refused(checkout::CheckoutRefusal::OfferWithdrawn);
    assert_eq!(refused, Err(withdrawn), "what is free is not given once it is withdrawn");
}

#[tokio::test]
async fn a_credit_cut_off_between_the_refund_and_its_note_is_made_once() {
    let ledger = ledger();
    let (offer, agreement) = shop(&ledger).await;
    for n in [1, 2] {
        count(&ledger, agreement, captured(n), today(), meta()).await.unwrap();
    }
    let of =
        Delivered { account: account(1), purchase: purchase(1), capture: CaptureId(purchase(1).0) };
    let half = Balance::from_cents(1_50);
    refund(&ledger, agreement, &of, half, today(), meta()).await.unwrap();
    assert_eq!(credit(&ledger, agreement, today(), meta()).await.unwrap(), 2);
    let state = ledger.state::<Account>(account(1)).await.unwrap();
    let refunds = &state.purchase(purchase(1)).unwrap().refunds;
    assert_eq!(refunds[..], [(credit_refund(offer, &of), euros(1_50))]);
}

#[tokio::test]
async fn whoever_was_refunded_whole_meanwhile_is_credited_nothing_more() {
    let ledger = ledger();
    let (_, agreement) = shop(&ledger).await;
    for n in [1, 2] {
        count(&ledger, agreement, captured(n), today(), meta()).await.unwrap();
    }
    let whole = Refund {
        purchase: purchase(1),
        refund: RefundId(Uuid::from_u128(1)),
        amount: None,
        on: today(),
        closed: Arc::default(),
        agreement: None,
    };
    let whole = AccountCommand::Refund(whole);
    ledger.execute::<Account>(account(1), &whole, meta()).await.unwrap();
    assert_eq!(credit(&ledger, agreement, today(), meta()).await.unwrap(), 2);
    assert_eq!(spent(&ledger, 1).await, Balance::ZERO);
    assert_eq!(spent(&ledger, 2).await, Balance::from_cents(1_50));
}

#[tokio::test]
async fn a_payment_asked_for_before_it_was_free_is_not_confirmed() {
    use crate::process::payments::{self, Asked, AskedLine, PaymentsRefusal};
    let ledger = ledger();
    let (offer, agreement) = shop(&ledger).await;
    let payment = crate::ids::PaymentId(Uuid::from_u128(0xA1));
    let asked = Asked {
        payment,
        partner: PARTNER,
        lines: vec![AskedLine::Offer { offer, quantity: 1, ceiling: None }],
        reference: "CMD-1".into(),
        description: "".into(),
        return_url: "https://preau.example/merci".into(),
        metadata: std::collections::BTreeMap::new(),
        capture: crate::payment::CaptureMode::Manual,
        hold_days: 30,
        expires_at: meta().at + chrono::TimeDelta::hours(1),
        request: Digest::of(b"request"),
        on: today(),
    };
    payments::create(&ledger, asked, meta()).await.unwrap();
    for n in [1, 2] {
        count(&ledger, agreement, captured(n), today(), meta()).await.unwrap();
    }
    let buyer = crate::ids::BuyerId(Uuid::from_u128(0xB1));
    let refused =
        payments::confirm(&ledger, payment, Payer::own(account(3)), buyer, today(), meta()).await;
    let refusal = checkout::CheckoutRefusal::Free;
    assert_eq!(refused, Err(ExecuteError::Refused(PaymentsRefusal::Line { line: 0, refusal })));
    assert_eq!(spent(&ledger, 3).await, Balance::ZERO);
}
