//! Stories, and the tables a reader finds afterwards. To see a difference, read the diff.

use std::path::Path;

use ledger_core::account::{AccountCommand, PurchaseStatus};
use ledger_core::money::Balance;
use projections::reports::balances::LotBalance;
use projections::reports::purchases::{PurchaseFilter, purchases_of};
use projections::reports::trial_balance::TrialBalanceOf;

use crate::story::*;

/// Compares `text` with the file; writes it anew when `UPDATE_TABLES` is set.
#[track_caller]
pub fn reads(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables").join(name);
    #[expect(clippy::disallowed_methods, reason = "how a reviewer renews the tables")]
    if std::env::var("UPDATE_TABLES").is_ok() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text, expected, "{name}: run with UPDATE_TABLES=1 and read the diff");
}

#[tokio::test]
async fn a_september_balances_to_the_cent() {
    let models = september().await.read_models().await;
    let reader = models.at_end().await;
    let all = reader.trial_balance(TrialBalanceOf::default()).unwrap();
    assert!(all.totals().balance(), "{all}");
    reads("trial_balance.txt", &all.to_string());
}

#[tokio::test]
async fn a_trial_balance_as_at_a_date_shows_what_was_known_then_by_auxiliary() {
    let models = september().await.read_models().await;
    let reader = models.at_end().await;
    let of = TrialBalanceOf {
        from: Some(day("2026-09-10")),
        to: Some(day("2026-09-12")),
        by_auxiliary: true,
        known: None,
    };
    let then = reader.trial_balance(of).unwrap();
    assert!(then.totals().balance(), "{then}");
    reads("trial_balance_2026-09-12.txt", &then.to_string());
}

#[tokio::test]
async fn a_teacher_sees_what_is_left_of_each_credit() {
    let models = september().await.read_models().await;
    let reader = models.at_end().await;
    let balance = reader.balance(account(1)).unwrap();
    let on = day("2026-10-01");
    assert_eq!(balance.available_on(on), Balance::from_cents(7_00));
    assert_eq!(balance.spent(), Balance::from_cents(8_00));
    assert_eq!(balance.available_on(day("2027-09-01")), Balance::ZERO, "all has expired");
    let granted: Balance = balance.lots.iter().map(LotBalance::granted).sum();
    assert_eq!(granted, Balance::from_cents(15_00));
    assert_eq!(balance.lots[0].funder_name, "Ville de Paris");
    assert_eq!(reader.balance(account(9)).unwrap().lots, []);
}

#[tokio::test]
async fn purchases_are_listed_newest_first_page_by_page() {
    let models = september().await.read_models().await;
    let reader = models.at_end().await;
    let all = PurchaseFilter::default();
    let first = reader.purchases(&all, None, 2).unwrap();
    assert_eq!(first.rows.iter().map(|it| it.id).collect::<Vec<_>>(), [purchase(3), purchase(2)]);
    let second = reader.purchases(&all, first.next, 2).unwrap();
    assert_eq!(second.rows.iter().map(|it| it.id).collect::<Vec<_>>(), [purchase(1)]);
    assert_eq!(second.next, None);

    let own = purchases_of(models.at_end().await, &models.log, account(2), None, 10).await;
    let own = own.unwrap().rows;
    assert_eq!(own.len(), 2);
    assert_eq!(own[0].status, PurchaseStatus::Captured);
    assert_eq!(own[0].captured, Balance::from_cents(8_00));
    assert_eq!(own[0].held, Balance::ZERO);
    assert_eq!(own[1].status, PurchaseStatus::Expired);
    assert_eq!(own[1].held, Balance::ZERO);
    assert_eq!(reader.purchase(purchase(1)).unwrap().unwrap().refunded, Balance::from_cents(4_00));

    let expired = PurchaseFilter { status: Some(PurchaseStatus::Expired), ..all };
    assert_eq!(reader.purchases(&expired, None, 10).unwrap().rows, own[1..]);
}

#[tokio::test]
async fn envelopes_say_what_was_voted_received_and_allocated() {
    let mut story = september().await;
    let freeze = ledger_core::envelope::EnvelopeCommand::Freeze {
        reason: "Budget rectificatif".into(),
        on: day("2026-10-01"),
    };
    story.envelope(envelope(1), &freeze).await.unwrap();
    let models = story.read_models().await;
    let reader = models.at_end().await;
    let it = reader.envelope(envelope(1)).unwrap().unwrap();
    assert_eq!((it.budget, it.called), (Balance::from_cents(1_000_00), it.budget));
    assert_eq!(
        (it.received, it.allocated),
        (Balance::from_cents(600_00), Balance::from_cents(10_00))
    );
    assert_eq!(it.left(), Balance::from_cents(990_00));
    assert_eq!(it.frozen, Some(("Budget rectificatif".to_owned(), day("2026-10-01"))));
    let page = reader.envelopes(Some(state()), None, 10).unwrap();
    assert_eq!(page.rows.iter().map(|it| it.id).collect::<Vec<_>>(), [envelope(2)]);
    let total = reader.source_total(envelope(2)).unwrap().unwrap();
    assert_eq!(total.granted(), Balance::from_cents(33_00));
    assert_eq!(total.lots, 3);
}

#[tokio::test]
async fn what_is_left_to_do_is_listed_until_it_is_done() {
    let mut story = Story::new();
    story.envelope(envelope(1), &envelope_opened(city(), "Rentrée", 1_000_00)).await.unwrap();
    story.credited(1, 1, 10_00).await;
    story
        .account(account(1), &AccountCommand::Authorise(authorise(1, "Atlas", 4_00)))
        .await
        .unwrap();
    let models = story.read_models().await;
    let reader = models.at_end().await;
    let before = instant("2026-10-07T23:59:59Z");
    let after = instant("2026-10-08T00:00:00Z");
    assert_eq!(reader.expired_holds(before, 10).unwrap(), []);
    assert_eq!(reader.expired_holds(after, 10).unwrap(), [(account(1), purchase(1))]);
    assert_eq!(reader.expired_credits(day("2027-08-31"), None, 10).unwrap().rows, []);
    assert_eq!(reader.expired_credits(day("2027-09-01"), None, 10).unwrap().rows, [account(1)]);
    assert_eq!(reader.pending_allocations().unwrap(), []);
    drop(reader);

    let expire = AccountCommand::ExpireHold { purchase: purchase(1), at: after };
    story.account(account(1), &expire).await.unwrap();
    let expire = AccountCommand::ExpireCredits { on: day("2027-09-01") };
    story.account(account(1), &expire).await.unwrap();
    let reader = models.at_end().await;
    assert_eq!(reader.expired_holds(after, 10).unwrap(), []);
    assert_eq!(reader.expired_credits(day("2027-09-01"), None, 10).unwrap().rows, []);
    let [pending] = reader.pending_returns().unwrap()[..] else { panic!("one envelope") };
    assert_eq!((pending.expired, pending.refunded), (Balance::from_cents(10_00), Balance::ZERO));
    assert_eq!((pending.after, pending.up_to), (0, story.end().await));
    drop(reader);

    let note = ledger_core::envelope::ReturnsNoted {
        after: pending.after,
        up_to: pending.up_to,
        expired: pending.expired,
        refunded: pending.refunded,
    };
    let note = ledger_core::envelope::EnvelopeCommand::NoteReturns(note);
    story.envelope(envelope(1), &note).await.unwrap();
    let reader = models.at_end().await;
    assert_eq!(reader.pending_returns().unwrap(), []);
    assert_eq!(reader.envelope(envelope(1)).unwrap().unwrap().returned, Balance::from_cents(10_00));
}

#[tokio::test]
async fn money_set_aside_for_one_account_is_pending_until_it_is_credited_or_released() {
    let mut story = Story::new();
    story.envelope(envelope(1), &envelope_opened(city(), "Rentrée", 1_000_00)).await.unwrap();
    let allocation = ledger_core::envelope::Allocation {
        id: uuid::Uuid::from_u128(7),
        amount: euros(3_00).into(),
        lines: 1,
        to: Some(account(1)),
    };
    let allocate = ledger_core::envelope::EnvelopeCommand::Allocate {
        allocation: allocation.clone(),
        on: day("2026-09-01"),
    };
    story.envelope(envelope(1), &allocate).await.unwrap();
    let models = story.read_models().await;
    let [pending] = models.at_end().await.pending_allocations().unwrap()[..] else {
        panic!("one allocation")
    };
    assert_eq!((pending.account, pending.allocation), (account(1), allocation.id));
    let release = ledger_core::envelope::EnvelopeCommand::Release {
        allocation: allocation.id,
        amount: allocation.amount,
    };
    story.envelope(envelope(1), &release).await.unwrap();
    assert_eq!(models.at_end().await.pending_allocations().unwrap(), []);
}
