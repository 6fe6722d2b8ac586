//! A small story with every kind of movement, for whoever keeps or reads the books: two funders,
//! one teacher, one partner, purchases paid, held, cancelled and refunded.

use std::sync::Arc;

use axum::http::StatusCode;
use chrono::TimeDelta;
use fixtures::personas::Persona;
use ledger_api::app::App;
use ledger_core::account::*;
use ledger_core::checkout::{Order, buy};
use ledger_core::envelope::*;
use ledger_core::ids::*;
use ledger_core::ledger::Aggregate;
use ledger_core::meta::{Actor, Meta};
use ledger_core::money::{Amount, Balance, Budget};
use ledger_core::offer::*;
use ledger_core::partner::*;
use ledger_core::process::topups::{TopUp, top_up};
use uuid::Uuid;

use crate::service::{Reply, Service};

pub const REGION: EnvelopeId = EnvelopeId(Uuid::from_u128(0xe1));
pub const STATE: EnvelopeId = EnvelopeId(Uuid::from_u128(0xe2));
pub const PARTNER: PartnerId = PartnerId(Uuid::from_u128(0xa1));
/// 18,50 € paid by the region (12,00 €) and the State (6,50 €), of which 5,00 € are refunded.
pub const PAID: PurchaseId = PurchaseId(Uuid::from_u128(0xb1));
/// Up to 10,00 €, billed by use: 4,00 € delivered, 6,00 € still held.
pub const HELD: PurchaseId = PurchaseId(Uuid::from_u128(0xb2));
/// 10,00 € held, then cancelled.
pub const CANCELLED: PurchaseId = PurchaseId(Uuid::from_u128(0xb3));

/// A service whose books hold the story.
pub struct Books {
    pub service: Service,
    accountant: String,
}

impl Books {
    pub async fn open() -> Self {
        let service = Service::demo().await;
        tell(&service.app).await;
        let accountant = service.sign_in("comptable").await;
        Self { service, accountant }
    }

    /// A page as the accountant sees it.
    pub async fn get(&self, path: &str) -> Reply {
        self.service.get_as(&self.accountant, path).await
    }

    /// The same; it must be there.
    pub async fn page(&self, path: &str) -> String {
        let reply = self.get(path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.body);
        reply.body
    }

    /// A form, as the accountant sends it.
    pub async fn post(&self, path: &str, form: &str) -> Reply {
        self.service.post_form(&self.accountant, path, form).await
    }

    /// A form, as `persona` of the demo sends it.
    pub async fn post_as(&self, persona: &str, path: &str, form: &str) -> Reply {
        let cookie = self.service.sign_in(persona).await;
        self.service.post_form(&cookie, path, form).await
    }

    /// A page as `persona` of the demo sees it.
    pub async fn get_as(&self, persona: &str, path: &str) -> Reply {
        let cookie = self.service.sign_in(persona).await;
        self.service.get_as(&cookie, path).await
    }
}

/// The account of the persona who buys.
pub fn account() -> AccountId {
    AccountId(Persona::by_slug("amina").unwrap().id())
}

/// Tells the story, one step a minute.
pub async fn tell(app: &App) {
    let teller = Teller { app };
    teller
        .envelope(REGION, "siren:999000011", "Région", "Manuels numériques 2026", 10_000_00)
        .await;
    teller.envelope(STATE, "state:0214", "État", "Ressources granulaires", 20_000_00).await;
    teller.receive(REGION, 1, 5_000_00).await;
    teller.receive(STATE, 2, 20_000_00).await;
    teller.open_account().await;
    teller.credit(REGION, 12_00).await;
    teller.credit(STATE, 80_00).await;
    teller.partner().await;
    let atlas = teller.offer("Atlas historique", 18_50, Billing::Once).await;
    let spelling = teller.offer("Dictées corrigées", 8, Billing::ByUse).await;
    teller.buy(atlas, PAID, None).await;
    teller.buy(spelling, HELD, Some(10_00)).await;
    teller.buy(spelling, CANCELLED, Some(10_00)).await;
    let capture = CaptureId(Uuid::from_u128(1));
    let amount = Amount::from_cents(4_00);
    let capture = Capture { purchase: HELD, capture, amount, last: false };
    teller.execute::<Account>(account(), AccountCommand::Capture(capture)).await;
    let cancel = Cancel { purchase: CANCELLED, reason: "Choix d’une autre ressource".into() };
    teller.execute::<Account>(account(), AccountCommand::Cancel(cancel)).await;
    let refund = Refund {
        purchase: PAID,
        refund: RefundId(Uuid::from_u128(1)),
        amount: Amount::from_cents(5_00),
        on: app.clock.today(),
        closed: Arc::default(),
        agreement: None,
    };
    teller.execute::<Account>(account(), AccountCommand::Refund(refund)).await;
}

struct Teller<'a> {
    app: &'a App,
}

impl Teller<'_> {
    fn meta(&self) -> Meta {
        self.app.clock.advance(TimeDelta::minutes(1));
        Meta { at: self.app.clock.now(), by: Actor::PROCESS, cause: self.app.clock.id() }
    }

    async fn execute<D: Aggregate>(&self, id: D::Id, command: D::Command)
    where
        D::Command: Sync,
        D::Refusal: std::fmt::Debug,
    {
        self.app.ledger.execute::<D>(id, &command, self.meta()).await.unwrap();
    }

    async fn envelope(&self, id: EnvelopeId, funder: &str, name: &str, title: &str, cents: u64) {
        let earmark = Earmark { kinds: vec![Kind::Activity], subjects: vec![] };
        let open = EnvelopeOpened {
            funder: funder.parse().unwrap(),
            funder_name: name.into(),
            title: title.into(),
            legal_reference: "Délibération 2026-101".into(),
            budget: Budget::from_cents(cents).unwrap(),
            ratio: 800,
            valid_from: "2026-09-01".parse().unwrap(),
            valid_until: "2027-08-31".parse().unwrap(),
            priority: if id == REGION { 4 } else { 5 },
            recipients: Recipients {
                levels: vec![SchoolLevel::LowerSecondary],
                ..Recipients::default()
            },
            earmark: if id == REGION { earmark } else { Earmark::default() },
            convention: None,
        };
        self.execute::<Envelope>(id, EnvelopeCommand::Open(Box::new(open))).await;
    }

    async fn receive(&self, id: EnvelopeId, number: u128, cents: u64) {
        let receive = EnvelopeCommand::ReceiveFunds {
            receipt: ReceiptId(Uuid::from_u128(number)),
            amount: Budget::from_cents(cents).unwrap(),
            reference: "VIR 42".into(),
            booked: None,
        };
        self.execute::<Envelope>(id, receive).await;
    }

    async fn open_account(&self) {
        let school = School {
            uai: "0750655E".parse().unwrap(),
            level: SchoolLevel::LowerSecondary,
            academy: 1,
        };
        let open = AccountCommand::Open(AccountOpened { holder: Holder::Teacher, school });
        self.execute::<Account>(account(), open).await;
    }

    async fn credit(&self, envelope: EnvelopeId, cents: u64) {
        let topup = TopUp {
            envelope,
            reference: "rentrée".into(),
            account: account(),
            amount: Amount::from_cents(cents).unwrap(),
            on: self.app.clock.today(),
        };
        top_up(&self.app.ledger, &topup, self.meta()).await.unwrap();
    }

    async fn partner(&self) {
        let register = PartnerCommand::Register(PartnerRegistered {
            siret: "11004601800013".parse().unwrap(),
            name: "Éditions du Préau".into(),
            agreement: "CONV-2026-1".into(),
        });
        self.execute::<Partner>(PARTNER, register).await;
    }

    async fn offer(&self, title: &str, cents: u64, billing: Billing) -> OfferId {
        let listing = Listing {
            reference: title.to_lowercase().into(),
            title: title.to_owned(),
            description: String::new(),
            kind: Kind::Activity,
            subjects: vec!["histoire".into()],
            levels: vec!["6e".into()],
            price: Price { amount: Balance::from_cents(cents), vat: vec![Vat::within(cents, 550)] },
            billing,
            licence: Licence { scope: Scope::Class, days: Some(365) },
            url: None,
            specimen_url: None,
            video_url: None,
            accessibility: None,
            identifier: None,
            prices: vec![],
            details: Details::default(),
        };
        let id = OfferId::of(PARTNER, &listing.reference);
        let list = OfferCommand::List { partner: PARTNER, listing: Box::new(listing) };
        self.execute::<Offer>(id, list).await;
        id
    }

    async fn buy(&self, offer: OfferId, purchase: PurchaseId, ceiling: Option<u64>) {
        let look = |it: &Offer| it.current.as_ref().map(|it| it.digest);
        let seen = self.app.ledger.inspect::<Offer, _>(offer, look).await.unwrap().unwrap();
        let meta = self.meta();
        let order = Order {
            payer: ledger_core::checkout::Payer::own(account()),
            offer,
            seen,
            purchase,
            ceiling: ceiling.and_then(Amount::from_cents),
            hold_until: meta.at + TimeDelta::days(30),
            on: meta.day(),
        };
        buy(&self.app.ledger, &order, meta).await.unwrap();
    }
}

/// Every address of this site that `page` links to, under `prefix`.
pub fn links(page: &str, prefix: &str) -> Vec<String> {
    let hrefs = page.split("href=\"").skip(1).filter_map(|it| it.split('"').next());
    let mut links: Vec<String> =
        hrefs.filter(|it| it.starts_with(prefix)).map(|it| it.replace("&amp;", "&")).collect();
    links.sort();
    links.dedup();
    links
}

/// The page without its tags and with ordinary spaces, so that a row reads as a line.
pub fn text(page: &str) -> String {
    let mut text = String::new();
    for part in page.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, it)| it));
        text.push(' ');
    }
    let text = text.replace(['\u{a0}', '\u{202f}'], " ");
    text.split([' ', '\n']).filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
}
