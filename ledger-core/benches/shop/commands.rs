//! Commands that are sent many at a time.

use std::sync::Arc;

use chrono::TimeDelta;
use ledger_core::account::{AccountCommand, Authorise};
use ledger_core::ids::{AccountId, LotId, PurchaseId};
use ledger_core::money::Amount;

use super::shop::{OFFERS, Shop, index, time_ordered};

/// The `n`th payment.
pub fn pay(shop: &Shop, n: u64) -> (AccountId, AccountCommand) {
    let (_, _, terms) = &shop.offers[index(n % OFFERS)];
    let pay = Authorise {
        purchase: PurchaseId(time_ordered(n)),
        terms: terms.clone(),
        amount: Amount::from_cents(terms.price.amount.cents()).unwrap(),
        hold_until: shop.start + TimeDelta::days(30),
        on: shop.on,
        frozen: Arc::default(),
        by: None,
    };
    (shop.account(n), AccountCommand::Pay(pay))
}

/// The `n`th credit.
pub fn grant(shop: &Shop, n: u64) -> (AccountId, AccountCommand) {
    let lot = LotId(time_ordered(n));
    (shop.account(n), shop.granted(lot, Amount::from_cents(15_00).unwrap()))
}
