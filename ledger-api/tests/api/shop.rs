//! A shop with a teacher who can pay in it: the words of the storefront's stories.

use chrono::NaiveDate;
use fixtures::personas::Persona;
use ledger_core::account::{
    Account, AccountCommand, AccountOpened, Capture, Earmark, Holder, Recipients, Refund, School,
    SchoolLevel,
};
use ledger_core::envelope::{Envelope, EnvelopeCommand, EnvelopeOpened};
use ledger_core::ids::{
    AccountId, CaptureId, EnvelopeId, OfferId, PartnerId, PurchaseId, ReceiptId, RefundId,
};
use ledger_core::ledger::Aggregate;
use ledger_core::meta::{Actor, Meta};
use ledger_core::money::{Amount, Balance, Budget};
use ledger_core::offer::{
    Billing, Details, Kind, Licence, Listing, Offer, OfferCommand, Price, Scope, Vat,
};
use ledger_core::partner::{Partner, PartnerCommand, PartnerRegistered};
use ledger_core::process::topups::{TopUp, top_up};
use uuid::Uuid;

use crate::service::{Reply, Service};

pub const PARTNER: PartnerId = PartnerId(Uuid::from_u128(20));
pub const REGION: EnvelopeId = EnvelopeId(Uuid::from_u128(10));
pub const STATE: EnvelopeId = EnvelopeId(Uuid::from_u128(11));

/// A service where Amina has 12,00 € of the Région, until the end of the year and used first, and
/// 100,00 € of the State, until the end of the school year.
pub struct Shop {
    pub service: Service,
    /// Amina's session.
    pub amina: String,
}

impl Shop {
    pub async fn open() -> Self {
        let service = Service::demo().await;
        let amina = service.sign_in("amina").await;
        let shop = Self { service, amina };
        let register = PartnerCommand::Register(PartnerRegistered {
            siret: "11004601800013".parse().unwrap(),
            name: "Éditions du Préau".into(),
            agreement: "CONV-2026-1".into(),
        });
        shop.execute::<Partner>(PARTNER, register).await;
        shop.envelope(REGION, "siren:999000011", "Région Occitanie", 1, "2026-12-31").await;
        shop.envelope(STATE, "state:0214", "État", 5, "2027-08-31").await;
        for persona in ["amina", "lucas"] {
            let uai = "0990236U".parse().unwrap();
            let school = School { uai, level: SchoolLevel::LowerSecondary, academy: 1 };
            let open = AccountCommand::Open(AccountOpened { holder: Holder::Teacher, school });
            shop.execute::<Account>(account(persona), open).await;
        }
        shop.credit("amina", REGION, 12_00).await;
        shop.credit("amina", STATE, 100_00).await;
        shop
    }

    async fn envelope(&self, id: EnvelopeId, funder: &str, name: &str, priority: u8, end: &str) {
        let open = EnvelopeCommand::Open(Box::new(EnvelopeOpened {
            funder: funder.parse().unwrap(),
            funder_name: name.into(),
            title: "Ressources 2026".into(),
            legal_reference: "Délibération 2026-12".into(),
            budget: Budget::from_cents(1_000_00).unwrap(),
            ratio: 1000,
            valid_from: day("2026-09-01"),
            valid_until: day(end),
            priority,
            recipients: Recipients::default(),
            earmark: Earmark::default(),
            convention: None,
        }));
        self.execute::<Envelope>(id, open).await;
        let receive = EnvelopeCommand::ReceiveFunds {
            receipt: ReceiptId(id.0),
            amount: Budget::from_cents(1_000_00).unwrap(),
            reference: "VIR 2026-09".into(),
            booked: None,
        };
        self.execute::<Envelope>(id, receive).await;
    }

    /// Credits a persona's account.
    pub async fn credit(&self, persona: &str, envelope: EnvelopeId, cents: u64) {
        let (account, amount) = (account(persona), Amount::from_cents(cents).unwrap());
        let on = self.service.app.clock.today();
        let reference = format!("{persona}-{cents}").into();
        let topup = TopUp { envelope, reference, account, amount, on };
        top_up(&self.service.app.ledger, &topup, self.meta()).await.unwrap();
    }

    /// Puts on sale, or revises, what is known by `reference`.
    pub async fn sell(&self, reference: &str, cents: u64, billing: Billing) -> OfferId {
        self.list(listing(reference, cents, billing)).await
    }

    /// The same, whatever it says.
    pub async fn list(&self, listing: Listing) -> OfferId {
        let offer = OfferId::of(PARTNER, &listing.reference);
        let list = OfferCommand::List { partner: PARTNER, listing: Box::new(listing) };
        self.execute::<Offer>(offer, list).await;
        offer
    }

    /// Carries out a command that is not refused.
    pub async fn execute<D: Aggregate>(&self, id: D::Id, command: D::Command)
    where
        D::Command: Sync,
        D::Refusal: std::fmt::Debug,
    {
        self.service.app.ledger.execute::<D>(id, &command, self.meta()).await.unwrap();
    }

    /// Beside what is recorded by anybody but a teacher.
    pub fn meta(&self) -> Meta {
        Meta { at: self.service.app.clock.now(), by: Actor::PROCESS, cause: Uuid::nil() }
    }

    /// A page as Amina sees it.
    pub async fn get(&self, path: &str) -> Reply {
        self.service.get_as(&self.amina, path).await
    }

    /// The catalogue once its read model has seen everything.
    pub async fn catalogue(&self, query: &str) -> Reply {
        use ledger_core::event_log::EventLog;
        let end = self.service.app.ledger.log().end().await.unwrap();
        let timeout = std::time::Duration::from_secs(20);
        self.service.app.models.at_least(end, timeout).await.unwrap();
        self.get(&format!("/catalogue{query}")).await
    }

    /// A form as Amina sends it.
    pub async fn post(&self, path: &str, form: &str) -> Reply {
        self.service.post_form(&self.amina, path, form).await
    }

    /// The payment form of `offer`, as its page was made.
    pub async fn form(&self, offer: OfferId, query: &str) -> String {
        let page = self.get(&format!("/catalogue/{offer}/payer{query}")).await;
        hidden_fields(&page.body)
    }

    /// Buys `offer`, and gives what it became.
    pub async fn buy(&self, offer: OfferId, query: &str) -> PurchaseId {
        let form = self.form(offer, query).await;
        let paid = self.post(&format!("/catalogue/{offer}/payer"), &form).await;
        purchase_in(paid.location())
    }

    /// The partner delivers part of what is held.
    pub async fn capture(&self, purchase: PurchaseId, cents: u64, last: bool) {
        let capture = CaptureId(Uuid::from_u128(u128::from(cents)));
        let amount = Amount::from_cents(cents);
        let command = AccountCommand::Capture(Capture { purchase, capture, amount, last });
        self.execute::<Account>(account("amina"), command).await;
    }

    /// The partner gives money back.
    pub async fn refund(&self, purchase: PurchaseId, cents: u64) {
        let refund = RefundId(Uuid::from_u128(u128::from(cents)));
        let amount = Amount::from_cents(cents);
        let on = self.service.app.clock.today();
        let command = AccountCommand::Refund(Refund {
            purchase,
            refund,
            amount,
            on,
            closed: [].into(),
            agreement: None,
        });
        self.execute::<Account>(account("amina"), command).await;
    }

    /// Some days later, when Amina has signed in again.
    pub async fn wait(&mut self, days: i64) {
        self.service.app.clock.advance(chrono::TimeDelta::days(days));
        self.amina = self.service.sign_in("amina").await;
    }

    /// What Amina may spend today, as the rules see it.
    pub async fn available(&self) -> Balance {
        let today = self.service.app.clock.today();
        let look = move |it: &Account| it.available_on(today);
        self.service.app.ledger.inspect(account("amina"), look).await.unwrap()
    }
}

pub fn account(persona: &str) -> AccountId {
    AccountId(Persona::by_slug(persona).unwrap().id())
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn listing(reference: &str, cents: u64, billing: Billing) -> Listing {
    let vat = if cents == 0 { vec![] } else { vec![Vat::within(cents, 550)] };
    Listing {
        reference: reference.into(),
        title: format!("Fractions en 6e, {reference}"),
        description: "Quarante exercices.\n\nAvec corrigés.".into(),
        kind: Kind::Exercises,
        subjects: vec!["mathematiques".into()],
        levels: vec!["6e".into()],
        price: Price { amount: Balance::from_cents(cents), vat },
        billing,
        licence: Licence { scope: Scope::Class, days: Some(365) },
        url: Some("https://preau.example/fractions".into()),
        specimen_url: Some("https://preau.example/fractions/specimen".into()),
        video_url: None,
        accessibility: Some("Conforme à EPUB Accessibility 1.1.".into()),
        identifier: None,
        prices: vec![],
        details: Details::default(),
    }
}

/// The hidden fields of a page's form, as a browser sends them.
pub fn hidden_fields(page: &str) -> String {
    let inputs = page.split("<input type=\"hidden\" ").skip(1);
    let pairs = inputs.filter_map(|it| {
        let (_, rest) = it.split_once("name=\"")?;
        let (name, rest) = rest.split_once('"')?;
        let (_, rest) = rest.split_once("value=\"")?;
        Some((name, rest.split_once('"')?.0))
    });
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs);
    form.finish()
}

/// The purchase that an address leads to.
pub fn purchase_in(location: &str) -> PurchaseId {
    let id = location.strip_prefix("/achats/").and_then(|it| it.split('?').next());
    id.unwrap_or_else(|| panic!("not a receipt: {location}")).parse().unwrap()
}
