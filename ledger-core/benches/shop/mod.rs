//! A ledger with accounts that have money, and offers to spend it on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ledger_core::account::{
    Account, AccountCommand, AccountOpened, CreditsGranted, Earmark, Grant, Holder, Recipients,
    School, SchoolLevel, Terms,
};
use ledger_core::checkout::{Order, Payer};
use ledger_core::digest::Digest;
use ledger_core::envelope::{Envelope, EnvelopeCommand, EnvelopeOpened};
use ledger_core::identifiers::Funder;
use ledger_core::ids::{AccountId, EnvelopeId, LotId, OfferId, PartnerId, PurchaseId};
use ledger_core::ledger::Ledger;
use ledger_core::meta::{Actor, Meta};
use ledger_core::money::{Amount, Balance, Budget};
use ledger_core::offer::{
    Billing, Details, Kind, Licence, Listing, Offer, OfferCommand, Price, Scope, Vat,
};
use ledger_core::partner::{Partner, PartnerCommand, PartnerRegistered};
use ledger_core::repeated::Repeated;
use uuid::Uuid;

const PARTNER: PartnerId = PartnerId(Uuid::from_u128(2));
const ENVELOPE: EnvelopeId = EnvelopeId(Uuid::from_u128(1));

/// How many offers there are.
pub const OFFERS: u64 = 300;

/// See the module.
pub struct Shop {
    pub ledger: Ledger,
    pub accounts: Vec<AccountId>,
    pub offers: Vec<(OfferId, Digest, Repeated<Terms>)>,
    pub start: DateTime<Utc>,
    pub on: NaiveDate,
    laps: AtomicU64,
}

impl Shop {
    /// Opens `accounts` accounts, each with a million euros to spend.
    pub async fn open(ledger: Ledger, accounts: usize) -> Self {
        let start: DateTime<Utc> = "2026-10-01T08:00:00Z".parse().unwrap();
        let account = |n: usize| AccountId(Uuid::new_v5(&Uuid::nil(), &n.to_be_bytes()));
        let mut shop = Self {
            ledger,
            accounts: (0..accounts).map(account).collect(),
            offers: Vec::new(),
            start,
            on: start.date_naive(),
            laps: AtomicU64::new(1),
        };
        shop.publish().await;
        let open = EnvelopeCommand::Open(Box::new(EnvelopeOpened {
            funder: funder(),
            funder_name: "Ville de Paris".into(),
            title: "Écoles numériques".into(),
            legal_reference: "Délibération 2026-12".into(),
            budget: Budget::MAX,
            ratio: 1000,
            valid_from: shop.on,
            valid_until: valid_until(),
            priority: 5,
            recipients: Recipients::default(),
            earmark: Earmark::default(),
            convention: None,
        }));
        shop.ledger.execute::<Envelope>(ENVELOPE, &open, shop.meta(0)).await.unwrap();
        let school = School {
            uai: "0750655E".parse().unwrap(),
            level: SchoolLevel::LowerSecondary,
            academy: 1,
        };
        let opened = AccountOpened { holder: Holder::Teacher, school };
        for accounts in shop.accounts.chunks(5_000) {
            let open: Vec<_> =
                accounts.iter().map(|it| (*it, AccountCommand::Open(opened.clone()))).collect();
            let grant =
                |it: &AccountId| (*it, shop.granted(LotId::derived(it.0, b"first"), Amount::MAX));
            let grant: Vec<_> = accounts.iter().map(grant).collect();
            for commands in [open, grant] {
                for answer in shop.ledger.execute_many::<Account>(&commands, shop.meta(0)).await {
                    answer.unwrap();
                }
            }
        }
        shop
    }

    async fn publish(&mut self) {
        let register = PartnerCommand::Register(PartnerRegistered {
            siret: "11004601800013".parse().unwrap(),
            name: "Éditions du Préau".into(),
            agreement: "CONV-2026-1".into(),
        });
        self.ledger.execute::<Partner>(PARTNER, &register, self.meta(0)).await.unwrap();
        for n in 0..OFFERS {
            let listing = listing(n);
            let offer = OfferId::of(PARTNER, &listing.reference);
            let digest = listing.digest();
            let list = OfferCommand::List { partner: PARTNER, listing: Box::new(listing) };
            self.ledger.execute::<Offer>(offer, &list, self.meta(0)).await.unwrap();
            let siren = "110046018".parse().unwrap();
            let terms = self
                .ledger
                .inspect::<Offer, _>(offer, |it| it.terms(offer, siren, self.start.date_naive()));
            self.offers.push((offer, digest, terms.await.unwrap().unwrap()));
        }
    }

    /// The number of the first call of one line of the report: none is used by two lines.
    pub fn lap(&self) -> u64 {
        self.laps.fetch_add(1, Ordering::Relaxed) << 40
    }

    /// When and who, of the `n`th call.
    pub fn meta(&self, n: u64) -> Meta {
        let at = self.start + TimeDelta::milliseconds(i64::try_from(n % (1 << 40) / 100).unwrap());
        Meta { at, by: Actor::PROCESS, cause: id(n) }
    }

    /// The `n`th order: another account each time, of one offer or of any.
    pub fn order(&self, n: u64, hot: bool) -> Order {
        let (offer, seen, _) = self.offers[if hot { 0 } else { index(n % OFFERS) }];
        Order {
            payer: Payer::own(self.account(n)),
            offer,
            seen,
            purchase: PurchaseId(time_ordered(n)),
            ceiling: None,
            hold_until: self.start + TimeDelta::days(30),
            on: self.on,
        }
    }

    /// A credit of that lot.
    pub fn granted(&self, lot: LotId, amount: Amount) -> AccountCommand {
        let credits = CreditsGranted {
            lot,
            envelope: ENVELOPE,
            funder: funder(),
            amount,
            priority: 5,
            valid_until: valid_until(),
            earmark: Earmark::default(),
            batch: None,
        };
        AccountCommand::Grant(Grant { credits, recipients: Arc::default(), on: self.on })
    }

    /// Any account, far from the one before.
    pub fn account(&self, n: u64) -> AccountId {
        self.accounts[index(n.wrapping_mul(7_919)) % self.accounts.len()]
    }
}

fn listing(n: u64) -> Listing {
    let cents = 1_00 + n % 9_00;
    Listing {
        reference: format!("preau-{n:04}").into(),
        title: format!("Fractions et proportionnalité en 6e, séquence {n}"),
        description: "Une séquence complète, avec exercices corrigés.".into(),
        kind: Kind::Activity,
        subjects: vec!["mathematiques".into()],
        levels: vec!["6e".into()],
        price: Price { amount: Balance::from_cents(cents), vat: vec![Vat::within(cents, 550)] },
        billing: Billing::Once,
        licence: Licence { scope: Scope::Class, days: Some(365) },
        url: None,
        specimen_url: None,
        video_url: None,
        accessibility: None,
        identifier: None,
        prices: vec![],
        details: Details::default(),
    }
}

fn funder() -> Funder {
    "siren:217500016".parse().unwrap()
}

fn valid_until() -> NaiveDate {
    "2027-08-31".parse().unwrap()
}

fn id(n: u64) -> Uuid {
    Uuid::from_u128(u128::from(n))
}

/// An id like those the edge makes (UUIDv7): later ones are greater.
pub fn time_ordered(n: u64) -> Uuid {
    Uuid::from_u64_pair(n, n.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

pub fn index(n: u64) -> usize {
    usize::try_from(n).unwrap()
}
