//! Buying, told as stories on a whole ledger.

use super::*;
use crate::envelope::EnvelopeCommand;
use crate::offer::OfferCommand;
use crate::partner::PartnerCommand;
use crate::story::*;

#[tokio::test]
async fn a_teacher_sees_who_pays_then_pays_at_once() {
    let ledger = ledger();
    let (account, offer) = shop(&ledger, Billing::Once).await;
    let quoted = quote(&ledger, Payer::own(account), offer, None, today()).await.unwrap();
    assert_eq!(quoted.amount, euros(3_00));
    let done = buy(&ledger, &order(account, offer), meta()).await.unwrap();
    let [AccountEvent::Authorised(authorised), AccountEvent::Captured(captured)] = &done.events[..]
    else {
        panic!("{:?}", done.events);
    };
    assert_eq!(Ok(&authorised.split), quoted.split.as_ref(), "as shown before");
    assert_eq!(captured.amount, euros(3_00));
}

#[tokio::test]
async fn what_is_billed_by_use_is_only_held_up_to_the_ceiling() {
    let ledger = ledger();
    let (account, offer) = shop(&ledger, Billing::ByUse).await;
    let mut order = order(account, offer);
    order.seen = listing(3_00, Billing::ByUse).digest();
    assert_eq!(refused(&ledger, &order).await, CheckoutRefusal::CeilingMisplaced);
    order.ceiling = Some(euros(8_00));
    let done = buy(&ledger, &order, meta()).await.unwrap();
    assert!(matches!(&done.events[..], [AccountEvent::Authorised(it)] if it.amount == euros(8_00)));
}

#[tokio::test]
async fn an_offer_that_changed_since_it_was_seen_is_not_sold() {
    let ledger = ledger();
    let (account, offer) = shop(&ledger, Billing::Once).await;
    let seen = order(account, offer);
    published_offer(&ledger, 4_00, Billing::Once).await;
    let price = Balance::from_cents(4_00);
    assert_eq!(refused(&ledger, &seen).await, CheckoutRefusal::OfferChanged { price });
}

#[tokio::test]
async fn a_payment_sent_again_is_answered_the_same_whatever_became_of_the_offer() {
    let ledger = ledger();
    let (account, offer) = shop(&ledger, Billing::Once).await;
    let order = order(account, offer);
    buy(&ledger, &order, meta()).await.unwrap();
    let withdraw = OfferCommand::Withdraw { reason: "out of print".into() };
    ledger.execute::<Offer>(offer, &withdraw, meta()).await.unwrap();
    assert_eq!(buy(&ledger, &order, meta()).await.unwrap().events, vec![]);
    let other = Order { purchase: purchase(2), ..order };
    assert_eq!(refused(&ledger, &other).await, CheckoutRefusal::OfferWithdrawn);
}

#[tokio::test]
async fn a_suspended_partner_sells_nothing() {
    let ledger = ledger();
    let (account, offer) = shop(&ledger, Billing::Once).await;
    let suspend = PartnerCommand::Suspend { reason: "complaints".into() };
    ledger.execute::<Partner>(PARTNER, &suspend, meta()).await.unwrap();
    let reason = "complaints".to_owned();
    let refusal = refused(&ledger, &order(account, offer)).await;
    assert_eq!(refusal, CheckoutRefusal::PartnerSuspended { reason });
}

#[tokio::test]
async fn a_frozen_envelope_pays_for_nothing_new() {
    let ledger = ledger();
    let (account, offer) = shop(&ledger, Billing::Once).await;
    let freeze = EnvelopeCommand::Freeze { reason: "vote".into(), on: today() };
    ledger.execute::<Envelope>(ENVELOPE, &freeze, meta()).await.unwrap();
    let refusal = refused(&ledger, &order(account, offer)).await;
    let CheckoutRefusal::Account(AccountRefusal::NotEligible { frozen, .. }) = refusal else {
        panic!("{refusal:?}");
    };
    assert_eq!(frozen, Balance::from_cents(10_00));
}

#[tokio::test]
async fn envelopes_whose_money_may_be_free_again_are_looked_at_too() {
    let ledger = ledger();
    let (account, offer) = shop(&ledger, Billing::ByUse).await;
    let mut order = order(account, offer);
    order.seen = listing(3_00, Billing::ByUse).digest();
    order.ceiling = Some(euros(10_00));
    buy(&ledger, &order, meta()).await.unwrap();
    let looked_at = ledger.inspect(account, paying).await.unwrap();
    assert_eq!(looked_at.as_slice(), [ENVELOPE], "all of it is held, until its term");
}

#[tokio::test]
async fn what_is_free_or_does_not_exist_is_not_sold() {
    let ledger = ledger();
    let (account, _) = shop(&ledger, Billing::Once).await;
    let nothing = order(account, OfferId::of(PARTNER, "nothing"));
    assert_eq!(refused(&ledger, &nothing).await, CheckoutRefusal::NoSuchOffer);
    let mut free = listing(1_00, Billing::Once);
    (free.reference, free.price) = ("free".into(), crate::offer::Price::free());
    let offer = OfferId::of(PARTNER, "free");
    let mut wanted = order(account, offer);
    wanted.seen = free.digest();
    let list = OfferCommand::List { partner: PARTNER, listing: Box::new(free) };
    ledger.execute::<Offer>(offer, &list, meta()).await.unwrap();
    assert_eq!(refused(&ledger, &wanted).await, CheckoutRefusal::Free);
}

async fn shop(ledger: &Ledger, billing: Billing) -> (AccountId, OfferId) {
    opened_envelope(ledger, 1_000_00).await;
    let account = credited_account(ledger, 1, 10_00).await;
    (account, published_offer(ledger, 3_00, billing).await)
}

fn order(account: AccountId, offer: OfferId) -> Order {
    Order {
        payer: Payer::own(account),
        offer,
        seen: listing(3_00, Billing::Once).digest(),
        purchase: purchase(1),
        ceiling: None,
        hold_until: meta().at + chrono::TimeDelta::days(30),
        on: today(),
    }
}

async fn refused(ledger: &Ledger, order: &Order) -> CheckoutRefusal {
    match buy(ledger, order, meta()).await {
        Err(ExecuteError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_specimen_is_lent_once_and_a_form_sent_twice_is_answered_the_same() {
    let ledger = ledger();
    let (account, offer) = shop(&ledger, Billing::Once).await;
    let take = || take_specimen(&ledger, account, offer, today(), meta());
    let refused = |done: Result<Done<AccountEvent>, Refused>| match done {
        Err(ExecuteError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(take().await), CheckoutRefusal::NoSpecimen);

    let mut it = listing(3_00, Billing::Once);
    it.specimen_url = Some("https://preau.example/specimen".to_owned());
    let list = OfferCommand::List { partner: PARTNER, listing: Box::new(it) };
    ledger.execute::<Offer>(offer, &list, meta()).await.unwrap();
    let done = take().await.unwrap();
    let [AccountEvent::SpecimenTaken(taken)] = &done.events[..] else { panic!("{done:?}") };
    assert_eq!(taken.url, "https://preau.example/specimen");
    assert_eq!(taken.until, crate::account::specimen_until(today()));

    let withdraw = OfferCommand::Withdraw { reason: "out of print".into() };
    ledger.execute::<Offer>(offer, &withdraw, meta()).await.unwrap();
    assert_eq!(take().await.unwrap().events, vec![], "whatever became of the offer since");
    let nothing = OfferId::of(PARTNER, "nothing");
    let nothing = take_specimen(&ledger, account, nothing, today(), meta()).await;
    assert_eq!(refused(nothing), CheckoutRefusal::NoSuchOffer);
}
