//! A log with teachers who have much money, and one offer.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use fixtures::partners::PARTNERS;
use fixtures::personas::PERSONAS;
use fixtures::year::{funders, schools};
use ledger_core::account::{Account, AccountCommand, Recipients};
use ledger_core::digest::Digest;
use ledger_core::envelope::{Envelope, EnvelopeCommand};
use ledger_core::event_log::Embedded;
use ledger_core::ids::{AccountId, OfferId, PartnerId};
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::meta::{Actor, Meta, Role};
use ledger_core::money::{Amount, Balance, Budget};
use ledger_core::offer::{
    Billing, Details, Kind, Licence, Listing, Offer, OfferCommand, Price, Scope, Vat,
};
use ledger_core::partner::{Partner, PartnerCommand, PartnerRegistered};
use ledger_core::process::topups::{TopUp, top_up};
use uuid::Uuid;

/// What the offer costs, in cents.
pub const PRICE: u64 = 3_00;

/// The offer.
#[derive(Clone, Debug)]
pub struct Sale {
    pub offer: OfferId,
    pub digest: Digest,
}

/// The teachers of the demo, and their accounts.
pub fn teachers() -> Vec<(&'static str, AccountId)> {
    let teachers = PERSONAS.iter().filter(|it| it.role == Role::Teacher);
    teachers.map(|it| (it.slug, AccountId(it.id()))).collect()
}

/// An id whose order is that of time, as the service makes them.
pub fn time_ordered() -> Uuid {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    uuid::Builder::from_unix_timestamp_millis(1_790_000_000_000 + n, &[7; 10]).into_uuid()
}

/// Writes the log in `data`, and closes it.
pub async fn open(data: &Path) -> Sale {
    let log = Embedded::open(data.join("log")).unwrap();
    let ledger = Ledger::new(log.clone().into(), CacheSizes::default());
    let at = "2026-09-01T08:00:00Z".parse().unwrap();
    let meta = Meta { at, by: Actor::OPERATOR, cause: Uuid::nil() };
    // A partner of our own: the demo pulls no feed for it.
    let partner = PartnerId(Uuid::from_u128(2));
    let register = PartnerCommand::Register(PartnerRegistered {
        siret: PARTNERS[0].siret(),
        name: "Atelier de la panne".into(),
        agreement: "Convention".into(),
    });
    ledger.execute::<Partner>(partner, &register, meta).await.unwrap();
    let listing = listing();
    let sale = Sale { offer: OfferId::of(partner, &listing.reference), digest: listing.digest() };
    let list = OfferCommand::List { partner, listing: Box::new(listing) };
    ledger.execute::<Offer>(sale.offer, &list, meta).await.unwrap();
    let first = "2026-09-01".parse().unwrap();
    let mut pot = funders::pots(first).into_iter().find(|it| it.slug == "departement").unwrap();
    pot.opened.budget = Budget::MAX;
    pot.opened.recipients = Recipients::default();
    pot.opened.valid_until = "2099-12-31".parse().unwrap();
    let open = EnvelopeCommand::Open(Box::new(pot.opened.clone()));
    ledger.execute::<Envelope>(pot.id(), &open, meta).await.unwrap();
    let members = schools::members();
    for (slug, account) in teachers() {
        let member = members.iter().find(|it| it.account == account).unwrap();
        let open = AccountCommand::Open(member.opened.clone());
        ledger.execute::<Account>(account, &open, meta).await.unwrap();
        let (envelope, reference, on) = (pot.id(), slug.into(), first);
        let topup = TopUp { envelope, reference, account, amount: Amount::MAX, on };
        top_up(&ledger, &topup, meta).await.unwrap();
    }
    log.close();
    sale
}

fn listing() -> Listing {
    Listing {
        reference: "crash-1".into(),
        title: "Fractions en 6e".into(),
        description: String::new(),
        kind: Kind::Activity,
        subjects: vec!["mathematiques".into()],
        levels: vec!["6e".into()],
        price: Price { amount: Balance::from_cents(PRICE), vat: vec![Vat::within(PRICE, 550)] },
        billing: Billing::Once,
        licence: Licence { scope: Scope::Class, days: None },
        url: None,
        specimen_url: None,
        video_url: None,
        accessibility: None,
        identifier: None,
        prices: vec![],
        details: Details::default(),
    }
}
