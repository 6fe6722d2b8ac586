//! What becomes of payments without anybody asking: those nobody confirmed end, usage is billed, what
//! was cut off in the middle is finished.

use axum::http::StatusCode;
use chrono::TimeDelta;
use ledger_api::workers::payments::{Looked, pass};
use ledger_core::account::{Account, AccountCommand, Authorise};
use ledger_core::offer::Billing;
use ledger_core::payment::{Payment, PaymentLine};
use serde_json::json;

use crate::payments::{Partners, cart, client, page_of};
use crate::shop::{PARTNER, account};

#[tokio::test]
async fn what_nobody_confirms_in_time_ends_by_itself() {
    let mut it = Partners::open().await;
    let (at, page) = it.asked().await;
    it.shop.wait(2).await;
    assert_eq!(it.confirm(&page).await.status, StatusCode::CONFLICT);
    it.shop.service.caught_up().await;
    pass(&it.shop.service.app, &mut Looked::default()).await.unwrap();
    it.token = client(&it.shop, 3, PARTNER).await;
    let shown = it.shown(&at).await;
    assert_eq!(shown["state"]["code"], "not-confirmed-in-time");
    assert_eq!(shown["state"]["can_retry"], true);
}

#[tokio::test]
async fn use_is_counted_told_and_billed_at_the_end_of_the_month() {
    let mut it = Partners::open().await;
    it.shop.sell("CALC", 50, Billing::ByUse).await;
    let mut new = cart();
    new["lines"] = json!([{ "type": "offer", "reference": "CALC", "ceiling_cents": 10_00 }]);
    let reply = it.ask("use", &new).await;
    let at = reply.location().to_owned();
    assert_eq!(it.confirm(&page_of(&reply)).await.status, StatusCode::SEE_OTHER);
    for _ in 0..2 {
        let counted = it.act(&at, "usage", "u1", json!({ "units": 11 })).await;
        assert_eq!(counted.json()["usage"]["units"], 11, "{}", counted.body);
        assert_eq!(counted.json()["usage"]["alerted_percent"], 50);
    }
    let back = it.act(&at, "usage", "u2", json!({ "units": 10 })).await;
    assert_eq!(back.json()["recorded_units"], 11);
    let over = it.act(&at, "usage", "u3", json!({ "units": 21 })).await;
    assert_eq!(over.json()["units_max"], 20);

    // A month later it is billed without asking, once.
    it.shop.wait(31).await;
    it.token = client(&it.shop, 4, PARTNER).await;
    it.shop.service.caught_up().await;
    for _ in 0..2 {
        pass(&it.shop.service.app, &mut Looked::default()).await.unwrap();
    }
    let shown = it.shown(&at).await;
    assert_eq!((&shown["captured_cents"], &shown["held_cents"]), (&json!(5_50), &json!(4_50)));

    // When the hold ends, what was used since is billed, and the rest goes back.
    it.act(&at, "usage", "u4", json!({ "units": 13 })).await;
    it.shop.wait(40).await;
    it.token = client(&it.shop, 5, PARTNER).await;
    it.shop.service.caught_up().await;
    pass(&it.shop.service.app, &mut Looked::default()).await.unwrap();
    let shown = it.shown(&at).await;
    assert_eq!((&shown["captured_cents"], &shown["held_cents"]), (&json!(6_50), &json!(0)));
    assert_eq!(shown["usage"]["closed"], true);
}

#[tokio::test]
async fn a_confirmation_cut_off_in_the_middle_is_finished() {
    let it = Partners::open().await;
    let mut new = cart();
    new["capture"] = json!("automatic");
    let reply = it.ask("auto", &new).await;
    let at = reply.location().to_owned();
    let page = page_of(&reply);
    // The machine stops once the money is held: the payment does not know yet.
    hold_only(&it, &at).await;
    assert_eq!(it.shown(&at).await["state"]["status"], "created");
    it.shop.service.caught_up().await;
    pass(&it.shop.service.app, &mut Looked::default()).await.unwrap();
    let shown = it.shown(&at).await;
    assert_eq!(shown["state"]["status"], "captured", "{shown}");
    assert_eq!(shown["captured_cents"], 17_00);
    // The teacher sends the page again, and comes back to the partner.
    assert_eq!(it.confirm(&page).await.status, StatusCode::SEE_OTHER);
    assert_eq!(it.shop.available().await.cents(), 95_00);
}

/// What a confirmation does first.
async fn hold_only(it: &Partners, at: &str) {
    let id = at.rsplit('/').next().unwrap().parse().unwrap();
    let look = |it: &Payment| it.created.clone();
    let created = it.shop.service.app.ledger.inspect::<Payment, _>(id, look).await.unwrap();
    let now = it.shop.service.app.clock.now();
    let hold = |line: &PaymentLine| {
        AccountCommand::Authorise(Authorise {
            purchase: line.purchase,
            terms: line.terms.clone(),
            amount: line.amount,
            hold_until: now + TimeDelta::days(60),
            on: it.shop.service.app.clock.today(),
            frozen: [].into(),
            by: None,
        })
    };
    let holds = created.unwrap().lines.iter().map(hold).collect();
    it.shop.execute::<Account>(account("amina"), AccountCommand::Together(holds)).await;
}
