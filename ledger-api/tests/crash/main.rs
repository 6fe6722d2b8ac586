//! The service is killed (SIGKILL) at random moments while teachers pay, again and again: every
//! payment that was acknowledged is there, none is doubled, and the books balance.
//!
//! `CRASH_ROUNDS` says how many times; `make check-crash` takes many more than `make test`.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod service;
mod shop;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use ledger_core::account::Account;
use ledger_core::event_log::Embedded;
use ledger_core::ids::AccountId;
use ledger_core::ledger::{CacheSizes, Ledger};
use service::{Browser, Service};
use uuid::Uuid;

/// How many teachers pay at once, each of them on several connections.
const CONNECTIONS: usize = 12;

/// Whose payment it is, its reference, and where its receipt is.
type Acknowledged = Arc<Mutex<BTreeMap<Uuid, (AccountId, String)>>>;

#[test]
fn nothing_acknowledged_is_lost_or_doubled_when_the_service_is_killed() {
    #[expect(clippy::disallowed_methods, reason = "how long the test lasts is its runner's choice")]
    let rounds = std::env::var("CRASH_ROUNDS").ok().and_then(|it| it.parse().ok()).unwrap_or(5);
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sale = runtime.block_on(shop::open(data));
    let acknowledged = Acknowledged::default();
    for round in 0..rounds {
        let service = Service::start(data);
        let before = acknowledged.lock().unwrap().len();
        pay_until_killed(service, &sale, &acknowledged, round);
        let after = acknowledged.lock().unwrap().len();
        assert!(after > before, "round {round}: nothing was paid before the service was killed");
    }
    let service = Service::start(data);
    send_again(&service, &sale, &acknowledged);
    service.stop();
    let acknowledged = acknowledged.lock().unwrap();
    eprintln!("{} payments acknowledged over {rounds} kills", acknowledged.len());
    runtime.block_on(every_payment_is_there_once(data, &acknowledged));
    runtime.block_on(read_models_agree_with_a_rebuild(data));
    service::verify(data);
}

fn pay_until_killed(service: Service, sale: &shop::Sale, to: &Acknowledged, round: u64) {
    let stopped = Arc::new(AtomicBool::new(false));
    let payers: Vec<_> = (0..CONNECTIONS)
        .map(|n| {
            let (stopped, to, sale) = (stopped.clone(), to.clone(), sale.clone());
            let (slug, account) = shop::teachers()[n % shop::teachers().len()];
            let address = service.address;
            thread::spawn(move || {
                let Some(mut browser) = Browser::signed_in(address, slug) else { return };
                while !stopped.load(Ordering::Relaxed) {
                    let reference = shop::time_ordered();
                    let Some(location) = browser.pay(&sale, reference) else { return };
                    to.lock().unwrap().insert(reference, (account, location));
                }
            })
        })
        .collect();
    // At least one payment, then a moment that differs from round to round.
    let begun = Instant::now();
    let known = to.lock().unwrap().len();
    while to.lock().unwrap().len() == known && begun.elapsed() < Duration::from_secs(30) {
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(Duration::from_millis(round * 7_919 % 251));
    service.kill();
    stopped.store(true, Ordering::Relaxed);
    for payer in payers {
        payer.join().unwrap();
    }
}

/// The same payment again gives the same receipt.
fn send_again(service: &Service, sale: &shop::Sale, acknowledged: &Acknowledged) {
    let acknowledged = acknowledged.lock().unwrap();
    for (slug, account) in shop::teachers() {
        let mut browser = Browser::signed_in(service.address, slug).unwrap();
        let theirs = acknowledged.iter().filter(|(_, it)| it.0 == account);
        for (reference, (_, location)) in theirs.take(50) {
            assert_eq!(browser.pay(sale, *reference).as_ref(), Some(location), "{reference}");
            assert!(browser.finds(location), "no receipt at {location}");
        }
    }
}

async fn every_payment_is_there_once(
    data: &std::path::Path,
    acknowledged: &BTreeMap<Uuid, (AccountId, String)>,
) {
    let log = Embedded::open_read_only(data.join("log")).unwrap();
    let ledger = Ledger::new(log.into(), CacheSizes::default());
    for (_, id) in shop::teachers() {
        let account = ledger.state::<Account>(id).await.unwrap();
        let theirs = acknowledged.values().filter(|it| it.0 == id);
        let mut paid = 0;
        for (_, location) in theirs {
            paid += 1;
            let purchase = location.split(['/', '?']).nth(2).unwrap().parse().unwrap();
            let purchase = account.purchase(purchase).expect("an acknowledged payment");
            assert_eq!(purchase.captured().cents(), shop::PRICE, "captured once");
        }
        // What was written and not acknowledged may be there too: its answer was lost.
        assert!(account.purchases.len() >= paid);
        let spent = u64::try_from(account.purchases.len()).unwrap() * shop::PRICE;
        assert_eq!(account.spent().cents(), spent);
    }
}

async fn read_models_agree_with_a_rebuild(data: &std::path::Path) {
    let followed = projections::dump::dump_digest(&data.join("read-models")).unwrap();
    let log = Embedded::open_read_only(data.join("log")).unwrap().into();
    let path = data.join("rebuilt");
    projections::rebuild(&log, &path, |_| ()).await.unwrap();
    assert_eq!(projections::dump::dump_digest(&path).unwrap(), followed);
}
