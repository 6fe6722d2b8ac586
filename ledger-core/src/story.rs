//! The words of stories that need a whole ledger: for tests of this crate.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::account::{
    Account, AccountCommand, AccountOpened, Earmark, Holder, Recipients, School, SchoolLevel,
};
use crate::envelope::{Envelope, EnvelopeCommand, EnvelopeOpened};
use crate::event_log::{Log, Memory};
use crate::ids::{AccountId, EnvelopeId, OfferId, PartnerId, PurchaseId};
use crate::ledger::{CacheSizes, Ledger};
use crate::meta::{Actor, Meta};
use crate::money::{Amount, Balance, Budget};
use crate::offer::{
    Billing, Details, Kind, Licence, Listing, Offer, OfferCommand, Price, Scope, Vat,
};
use crate::partner::{Partner, PartnerCommand, PartnerRegistered};
use crate::process::topups::{TopUp, top_up};

pub(crate) const ENVELOPE: EnvelopeId = EnvelopeId(Uuid::from_u128(1));
pub(crate) const PARTNER: PartnerId = PartnerId(Uuid::from_u128(2));

pub(crate) fn ledger() -> Ledger {
    on(Memory::new().into())
}

pub(crate) fn on(log: Log) -> Ledger {
    Ledger::new(log, CacheSizes::default())
}

pub(crate) fn meta() -> Meta {
    let at = "2026-10-01T08:00:00Z".parse().expect("an instant");
    Meta { at, by: Actor::PROCESS, cause: Uuid::nil() }
}

pub(crate) fn today() -> NaiveDate {
    "2026-10-01".parse().expect("a date")
}

pub(crate) fn account(n: u128) -> AccountId {
    AccountId(Uuid::new_v5(&Uuid::nil(), &n.to_be_bytes()))
}

pub(crate) fn purchase(n: u128) -> PurchaseId {
    PurchaseId(Uuid::from_u128(n))
}

pub(crate) fn euros(cents: u64) -> Amount {
    Amount::from_cents(cents).expect("an amount")
}

pub(crate) fn open_account() -> AccountCommand {
    let uai = "0750655E".parse().expect("a UAI");
    let school = School { uai, level: SchoolLevel::LowerSecondary, academy: 1 };
    AccountCommand::Open(AccountOpened { holder: Holder::Teacher, school })
}

pub(crate) async fn opened_account(ledger: &Ledger, n: u128) -> AccountId {
    ledger.execute::<Account>(account(n), &open_account(), meta()).await.expect("an account");
    account(n)
}

pub(crate) async fn opened_envelope(ledger: &Ledger, cents: u64) {
    let open = EnvelopeCommand::Open(Box::new(EnvelopeOpened {
        funder: "siren:217500016".parse().expect("a funder"),
        funder_name: "Ville de Paris".into(),
        title: "Écoles numériques".into(),
        legal_reference: "Délibération 2026-12".into(),
        budget: Budget::from_cents(cents).expect("a budget"),
        ratio: 1000,
        valid_from: "2026-09-01".parse().expect("a date"),
        valid_until: "2027-08-31".parse().expect("a date"),
        priority: 5,
        recipients: Recipients::default(),
        earmark: Earmark::default(),
        convention: None,
    }));
    ledger.execute::<Envelope>(ENVELOPE, &open, meta()).await.expect("an envelope");
}

pub(crate) fn topup(n: u128, cents: u64) -> TopUp {
    TopUp {
        envelope: ENVELOPE,
        reference: format!("topup-{n}").into(),
        account: account(n),
        amount: euros(cents),
        on: today(),
    }
}

pub(crate) async fn credited_account(ledger: &Ledger, n: u128, cents: u64) -> AccountId {
    let account = opened_account(ledger, n).await;
    top_up(ledger, &topup(n, cents), meta()).await.expect("a top-up");
    account
}

pub(crate) fn listing(cents: u64, billing: Billing) -> Listing {
    Listing {
        reference: "ref-1".into(),
        title: "Fractions en 6e".into(),
        description: String::new(),
        kind: Kind::Activity,
        subjects: vec!["mathematiques".into()],
        levels: vec!["6e".into()],
        price: Price { amount: Balance::from_cents(cents), vat: vec![Vat::within(cents, 550)] },
        billing,
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

pub(crate) async fn published_offer(ledger: &Ledger, cents: u64, billing: Billing) -> OfferId {
    let register = PartnerCommand::Register(PartnerRegistered {
        siret: "11004601800013".parse().expect("a SIRET"),
        name: "Éditions du Préau".into(),
        agreement: "CONV-2026-1".into(),
    });
    ledger.execute::<Partner>(PARTNER, &register, meta()).await.expect("a partner");
    let offer = OfferId::of(PARTNER, "ref-1");
    let listing = Box::new(listing(cents, billing));
    let list = OfferCommand::List { partner: PARTNER, listing };
    ledger.execute::<Offer>(offer, &list, meta()).await.expect("an offer");
    offer
}
