//! The words stories are told with: commands, decided by the real rules, appended to a log in
//! memory.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use ledger_core::account::*;
use ledger_core::agreement::Agreement;
use ledger_core::calendar::{CalendarEvent, Month, MonthClosed};
use ledger_core::codec::Stored;
use ledger_core::decider::Decider;
use ledger_core::envelope::*;
use ledger_core::event_log::{Append, EventLog, Log, Memory, NewEvent, Position};
use ledger_core::identifiers::{Funder, Siren};
use ledger_core::ids::*;
use ledger_core::list::List;
use ledger_core::meta::{Actor, Meta};
use ledger_core::money::{Amount, Budget};
use ledger_core::offer::*;
use ledger_core::partner::*;
use ledger_core::repeated::Repeated;
use ledger_core::stream::StreamId;
use projections::{ReadModels, Reader};
use uuid::Uuid;

/// A log, and what each stream's rules know of it.
pub struct Story {
    pub log: Memory,
    pub now: DateTime<Utc>,
    accounts: HashMap<AccountId, Account>,
    envelopes: HashMap<EnvelopeId, Envelope>,
    partners: HashMap<PartnerId, Partner>,
    offers: HashMap<OfferId, Offer>,
    lists: HashMap<ListId, List>,
    agreements: HashMap<AgreementId, Agreement>,
    versions: HashMap<StreamId, u64>,
    requests: u128,
}

macro_rules! told {
    ($name:ident, $decider:ty, $id:ty, $states:ident) => {
        /// Carries out `command`; gives how many events it caused, or why it was refused.
        pub async fn $name(
            &mut self,
            id: $id,
            command: &<$decider as Decider>::Command,
        ) -> Result<usize, <$decider as Decider>::Refusal> {
            let mut state = self.$states.remove(&id).unwrap_or_default();
            let decided = state.decide(command);
            if let Ok(events) = &decided {
                for it in events {
                    state.evolve(it);
                }
                let events: Vec<_> = events.iter().map(Stored::encode).collect();
                self.append(id.into(), events).await;
            }
            self.$states.insert(id, state);
            decided.map(|it| it.len())
        }
    };
}

impl Story {
    pub fn new() -> Self {
        Self {
            log: Memory::new(),
            now: instant("2026-09-01T08:00:00Z"),
            accounts: HashMap::new(),
            envelopes: HashMap::new(),
            partners: HashMap::new(),
            offers: HashMap::new(),
            lists: HashMap::new(),
            agreements: HashMap::new(),
            versions: HashMap::new(),
            requests: 0,
        }
    }

    told!(account, Account, AccountId, accounts);
    told!(envelope, Envelope, EnvelopeId, envelopes);
    told!(partner, Partner, PartnerId, partners);
    told!(offer, Offer, OfferId, offers);
    told!(keep, List, ListId, lists);
    told!(agree, Agreement, AgreementId, agreements);

    /// Appends events as they are, whatever the rules think of them.
    pub async fn append(&mut self, stream: StreamId, events: Vec<NewEvent>) {
        if events.is_empty() {
            return;
        }
        self.requests += 1;
        let version = self.versions.entry(stream).or_default();
        let expected = *version;
        *version += events.len() as u64;
        let meta = Meta { at: self.now, by: Actor::PROCESS, cause: Uuid::from_u128(self.requests) };
        let append = Append { stream, expected, meta, events: events.into() };
        self.log.append(append).await.unwrap();
    }

    pub async fn end(&self) -> Position {
        self.log.end().await.unwrap()
    }

    /// The read models of this log, followed to its end.
    pub async fn read_models(&self) -> Opened {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("read-models");
        let models = ReadModels::open(self.log.clone().into(), &path, |_| ()).await.unwrap();
        Opened { log: self.log.clone().into(), models, path, folder }
    }

    /// Closes `month`, whether or not it is over.
    pub async fn close_month(&mut self, month: Month) {
        let closed = MonthClosed { month, by: Actor::PROCESS };
        let events = vec![CalendarEvent::MonthClosed(closed).encode()];
        self.append(CalendarId::THE.into(), events).await;
    }

    /// A registered partner and its offers: `(title, cents)`.
    pub async fn partner_with(&mut self, number: u128, name: &str, offers: &[(&str, u64)]) {
        let registered = PartnerRegistered {
            siret: "11004601800013".parse().unwrap(),
            name: name.into(),
            agreement: "Convention 2026-17".into(),
        };
        self.partner(partner(number), &PartnerCommand::Register(registered)).await.unwrap();
        for (title, cents) in offers {
            self.list(number, listing(title, *cents)).await;
        }
    }

    pub async fn list(&mut self, number: u128, listing: Listing) {
        let id = OfferId::of(partner(number), &listing.reference);
        let list = OfferCommand::List { partner: partner(number), listing: Box::new(listing) };
        self.offer(id, &list).await.unwrap();
    }

    /// An open account with one credit, from an envelope that allocated it.
    pub async fn credited(&mut self, number: u128, envelope_number: u128, cents: u64) {
        let id = account(number);
        self.account(id, &AccountCommand::Open(opened())).await.unwrap();
        self.topped_up(number, envelope_number, cents).await;
    }

    /// One more credit.
    pub async fn topped_up(&mut self, number: u128, envelope_number: u128, cents: u64) {
        let from = envelope(envelope_number);
        let reference = self.requests.to_be_bytes();
        let allocation = Allocation {
            id: Uuid::new_v5(&from.0, &reference),
            amount: Budget::from_cents(cents).unwrap(),
            lines: 1,
            to: Some(account(number)),
        };
        let lot = LotId::derived(allocation.id, b"lot");
        let on = ledger_core::meta::accounting_day(self.now);
        let allocate = EnvelopeCommand::Allocate { allocation, on };
        self.envelope(from, &allocate).await.unwrap();
        let credits = self.envelopes[&from].credits(from, lot, euros(cents), None).unwrap();
        let grant = Grant { credits, recipients: Arc::default(), on };
        self.account(account(number), &AccountCommand::Grant(grant)).await.unwrap();
    }
}

/// Read models in a folder that goes with them.
pub struct Opened {
    pub log: Log,
    pub models: ReadModels,
    pub path: PathBuf,
    folder: tempfile::TempDir,
}

impl Opened {
    pub async fn at_least(&self, position: Position) -> Reader {
        self.models.at_least(position, Duration::from_secs(20)).await.unwrap()
    }

    /// Stops them, and keeps the folder.
    pub fn into_folder(self) -> tempfile::TempDir {
        self.models.close();
        self.folder
    }

    pub async fn at_end(&self) -> Reader {
        self.at_least(self.log.end().await.unwrap()).await
    }
}

pub fn account(number: u128) -> AccountId {
    AccountId(Uuid::from_u128(0xacc << 64 | number))
}

pub fn envelope(number: u128) -> EnvelopeId {
    EnvelopeId(Uuid::from_u128(0xe << 64 | number))
}

pub fn partner(number: u128) -> PartnerId {
    PartnerId(Uuid::from_u128(0xba << 64 | number))
}

pub fn purchase(number: u128) -> PurchaseId {
    PurchaseId(Uuid::from_u128(0xb0 << 64 | number))
}

pub fn offer_of(partner_number: u128, title: &str) -> OfferId {
    OfferId::of(partner(partner_number), &listing(title, 1).reference)
}

pub fn euros(cents: u64) -> Amount {
    Amount::from_cents(cents).unwrap()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn state() -> Funder {
    "state:0214".parse().unwrap()
}

pub fn city() -> Funder {
    "siren:217500016".parse().unwrap()
}

pub fn siren() -> Siren {
    "110046018".parse().unwrap()
}

pub fn school() -> School {
    School { uai: "0750655E".parse().unwrap(), level: SchoolLevel::LowerSecondary, academy: 1 }
}

pub fn opened() -> AccountOpened {
    AccountOpened { holder: Holder::Teacher, school: school() }
}

pub fn envelope_opened(funder: Funder, title: &str, cents: u64) -> EnvelopeCommand {
    EnvelopeCommand::Open(Box::new(EnvelopeOpened {
        funder,
        funder_name: if funder.is_state() { "État" } else { "Ville de Paris" }.into(),
        title: title.into(),
        legal_reference: "Délibération 2026-101".into(),
        budget: Budget::from_cents(cents).unwrap(),
        ratio: 1000,
        valid_from: day("2026-09-01"),
        valid_until: day("2027-08-31"),
        priority: 5,
        recipients: Recipients::default(),
        earmark: Earmark::default(),
        convention: None,
    }))
}

pub fn received(number: u128, cents: u64) -> EnvelopeCommand {
    EnvelopeCommand::ReceiveFunds {
        receipt: ReceiptId(Uuid::from_u128(number)),
        amount: Budget::from_cents(cents).unwrap(),
        reference: "VIR 42".into(),
        booked: None,
    }
}

pub fn listing(title: &str, cents: u64) -> Listing {
    Listing {
        reference: title.into(),
        title: title.to_owned(),
        description: String::new(),
        kind: Kind::Activity,
        subjects: vec!["mathematiques".into()],
        levels: vec!["6e".into()],
        price: Price {
            amount: ledger_core::money::Balance::from_cents(cents),
            vat: if cents == 0 { vec![] } else { vec![Vat::within(cents, 550)] },
        },
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

pub fn terms(partner_number: u128, title: &str, cents: u64) -> Repeated<Terms> {
    let it = listing(title, cents);
    Repeated::new(Terms {
        offer: offer_of(partner_number, title),
        partner: partner(partner_number),
        siren: siren(),
        digest: it.digest(),
        reference: it.reference,
        title: it.title,
        kind: it.kind,
        subjects: it.subjects,
        price: it.price,
        billing: it.billing,
        licence: it.licence,
    })
}

pub fn authorise(number: u128, title: &str, cents: u64) -> Authorise {
    Authorise {
        purchase: purchase(number),
        terms: terms(1, title, cents),
        amount: euros(cents),
        hold_until: instant("2026-10-08T00:00:00Z"),
        on: day("2026-09-10"),
        frozen: Arc::default(),
        by: None,
    }
}

pub fn capture(number: u128, capture: u128, cents: Option<u64>, last: bool) -> AccountCommand {
    AccountCommand::Capture(Capture {
        purchase: purchase(number),
        capture: CaptureId(Uuid::from_u128(capture)),
        amount: cents.map(euros),
        last,
    })
}

pub fn refund(number: u128, refund: u128, cents: Option<u64>, on: &str) -> AccountCommand {
    AccountCommand::Refund(Refund {
        purchase: purchase(number),
        refund: RefundId(Uuid::from_u128(refund)),
        amount: cents.map(euros),
        on: day(on),
        closed: Arc::default(),
        agreement: None,
    })
}

/// A September of two funders, three teachers and one partner, with a bit of everything.
pub async fn september() -> Story {
    let mut it = Story::new();
    it.partner_with(1, "Éditions du Préau", &[("Fractions", 3_20), ("Atlas", 12_00)]).await;
    it.envelope(envelope(1), &envelope_opened(city(), "Rentrée", 1_000_00)).await.unwrap();
    it.envelope(envelope(2), &envelope_opened(state(), "Ressources", 5_000_00)).await.unwrap();
    it.envelope(envelope(1), &received(1, 600_00)).await.unwrap();
    it.envelope(envelope(2), &received(2, 5_000_00)).await.unwrap();
    it.credited(1, 1, 10_00).await;
    it.topped_up(1, 2, 5_00).await;
    it.credited(2, 2, 20_00).await;
    it.credited(3, 2, 8_00).await;
    it.now = instant("2026-09-10T09:30:00Z");
    it.account(account(1), &AccountCommand::Pay(authorise(1, "Atlas", 12_00))).await.unwrap();
    it.account(account(2), &AccountCommand::Authorise(authorise(2, "Fractions", 3_20)))
        .await
        .unwrap();
    it.account(account(2), &AccountCommand::Authorise(authorise(3, "Atlas", 12_00))).await.unwrap();
    it.now = instant("2026-09-12T22:30:00Z");
    it.account(account(2), &capture(3, 1, Some(7_00), false)).await.unwrap();
    it.account(account(2), &capture(3, 2, Some(1_00), true)).await.unwrap();
    it.account(account(1), &refund(1, 1, Some(4_00), "2026-09-13")).await.unwrap();
    it.now = instant("2026-10-08T06:00:00Z");
    let expire = AccountCommand::ExpireHold { purchase: purchase(2), at: it.now };
    it.account(account(2), &expire).await.unwrap();
    it
}
