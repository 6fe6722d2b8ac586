//! A small ledger that exists whole: accounts, envelopes, partners, offers, and their commands.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use ledger_core::account::{
    Account, AccountCommand, AccountOpened, Earmark, Holder, Recipients, School, SchoolLevel,
};
use ledger_core::agreement::{Agreement, AgreementCommand};
use ledger_core::batch::{Batch, BatchCommand};
use ledger_core::checkout::{self, Order};
use ledger_core::codec::{self, Stored};
use ledger_core::envelope::{Envelope, EnvelopeCommand, EnvelopeOpened};
use ledger_core::event::Event;
use ledger_core::event_log::{EventLog, LogError, Memory, NewEvent, Position, Recorded};
use ledger_core::ids::{
    AccountId, AgreementId, BatchId, EnvelopeId, OfferId, PartnerId, PaymentId, PurchaseId,
    ReceiptId,
};
use ledger_core::ledger::{Aggregate, CacheSizes, Done, ExecuteError, Ledger};
use ledger_core::meta::{Actor, Meta, accounting_day};
use ledger_core::money::{Amount, Balance, Budget};
use ledger_core::offer::{
    Billing, Details, Kind, Licence, Listing, Offer, OfferCommand, Price, Scope, Vat,
};
use ledger_core::partner::{Partner, PartnerCommand, PartnerRegistered};
use ledger_core::process::agreements::AgreementError;
use ledger_core::process::batches::{self, BatchError};
use ledger_core::process::remittances::RemittancesError;
use ledger_core::process::settlements::SettlementsError;
use ledger_core::process::statements::StatementsError;
use ledger_core::process::topups::{self, TopUp, TopUpError};
use ledger_core::stream::StreamId;
use parking_lot::Mutex;
use uuid::Uuid;

use crate::command::{ACCOUNTS, ENVELOPES, OFFERS, PARTNERS};
use crate::paying::Step;
use crate::teaming::TEAM;

/// Why something was not done, by no rule: the log did not answer. Or a rule did not let a step of
/// several be done, which others may have done meanwhile.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failed(pub String);

macro_rules! failed {
    ($($error:ty $(, $refusal:ident)?);+) => {$(
        impl$(<$refusal: std::fmt::Display>)? From<$error> for Failed {
            fn from(error: $error) -> Self {
                Self(error.to_string())
            }
        }
    )+};
}

failed!(ExecuteError<R>, R; LogError; TopUpError; BatchError; SettlementsError; RemittancesError;
    StatementsError; AgreementError);

pub type Reply<T> = Result<T, Failed>;

/// Events in the order of the log, which somebody goes on reading.
pub type Seen = Arc<Mutex<Vec<(Recorded, Event)>>>;

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A rule refuses it.
    Refused,
    /// It is done; what was recorded in its own stream is there at a position, if it is known.
    Done(Option<(StreamId, Position, Vec<NewEvent>)>),
}

/// A command with all that it says, so that it can be sent again as it was.
#[derive(Clone, Debug)]
pub enum Sent {
    TopUp(TopUp),
    Credit(BatchId, NaiveDate),
    Buy(Order),
    Account(AccountId, AccountCommand),
    Envelope(EnvelopeId, EnvelopeCommand),
    Batch(BatchId, BatchCommand),
    Offer(OfferId, OfferCommand),
    Partner(PartnerId, PartnerCommand),
    Agreement(AgreementId, AgreementCommand),
    Payment(PaymentId, PartnerId, Step),
}

impl Sent {
    /// Whether it carries a reference, and so changes nothing however late it is sent again.
    pub fn has_a_reference(&self) -> bool {
        match self {
            // With nothing to bill yet, a close changes nothing, and is not remembered.
            Self::Payment(_, _, it) => !matches!(it, Step::Close(_, false)),
            Self::TopUp(_) | Self::Credit(..) | Self::Buy(_) | Self::Batch(..) => true,
            Self::Account(_, it) => matches!(
                it,
                AccountCommand::Open(_)
                    | AccountCommand::Authorise(_)
                    | AccountCommand::Capture(_)
                    | AccountCommand::Refund(_)
                    | AccountCommand::Cancel(_)
                    | AccountCommand::ExpireHold { .. }
                    | AccountCommand::Close
            ),
            Self::Envelope(_, it) => {
                !matches!(it, EnvelopeCommand::Freeze { .. } | EnvelopeCommand::Unfreeze)
            }
            Self::Offer(..) | Self::Agreement(..) => false,
            Self::Partner(_, it) => matches!(it, PartnerCommand::Register(_)),
        }
    }
}

/// A sum for a top-up, a purchase or a part of it.
pub fn euros(cents: u64) -> Amount {
    Amount::from_cents(cents).expect("an amount")
}

pub fn budget(cents: u64) -> Budget {
    Budget::from_cents(cents).expect("a budget")
}

/// The ledger, and what time it is there.
#[derive(Clone)]
pub struct World {
    pub ledger: Ledger,
    pub now: DateTime<Utc>,
    /// Whoever asks, in the metadata of all that is recorded.
    pub cause: Uuid,
    /// What is known of the log; `None` is all of it, read when it is needed.
    pub known: Option<Seen>,
    shard: u128,
}

impl World {
    /// A ledger where everything is open, and nothing was credited.
    ///
    /// `crowded` gives all streams ids of one shard of a cache that keeps one state per shard: they
    /// push each other out of memory all the time.
    pub async fn new(crowded: bool) -> Self {
        let world = Self::on(Ledger::new(Memory::new().into(), Self::sizes(crowded)), crowded);
        world.open().await.expect("opened");
        world
    }

    /// How many states are kept in memory.
    pub fn sizes(crowded: bool) -> CacheSizes {
        if crowded { CacheSizes { accounts: 1, others: 1 } } else { CacheSizes::default() }
    }

    /// The same on a ledger where nothing was opened yet.
    pub fn on(ledger: Ledger, crowded: bool) -> Self {
        let now = "2026-09-01T08:00:00Z".parse().expect("an instant");
        let shard = if crowded { 256 } else { 1 };
        Self { ledger, now, cause: Uuid::nil(), known: None, shard }
    }

    /// Opens everything.
    pub async fn open(&self) -> Reply<()> {
        for sent in self.opening() {
            if self.send(&sent).await? == Answer::Refused {
                return Err(Failed(format!("{sent:?}")));
            }
        }
        self.open_accounts().await
    }

    pub fn id(&self, kind: u128, number: u8) -> Uuid {
        Uuid::from_u128((kind << 16 | u128::from(number)) * self.shard)
    }

    pub fn account(&self, n: u8) -> AccountId {
        AccountId(self.id(1, n))
    }

    pub fn accounts(&self) -> Vec<AccountId> {
        (0..ACCOUNTS).map(|it| self.account(it)).collect()
    }

    pub fn envelope(&self, n: u8) -> EnvelopeId {
        EnvelopeId(self.id(2, n))
    }

    pub fn envelopes(&self) -> Vec<EnvelopeId> {
        (0..ENVELOPES).map(|it| self.envelope(it)).collect()
    }

    pub fn partner(&self, n: u8) -> PartnerId {
        PartnerId(self.id(3, n))
    }

    pub fn offer(&self, n: u8) -> OfferId {
        OfferId::of(self.partner(n % PARTNERS), &format!("ref-{n}"))
    }

    pub fn purchase(&self, n: u8) -> PurchaseId {
        PurchaseId(self.id(4, n))
    }

    /// Today in Europe/Paris.
    pub fn today(&self) -> NaiveDate {
        accounting_day(self.now)
    }

    /// What `look` sees in all events that are known, in the order of the log.
    pub async fn look<T>(&self, look: impl FnOnce(&[(Recorded, Event)]) -> T) -> Reply<T> {
        if let Some(known) = &self.known {
            return Ok(look(&known.lock()));
        }
        let recorded = self.ledger.log().read_all(0, usize::MAX).await?;
        let read = |it: Recorded| {
            let event = codec::read(&it).expect("an event");
            (it, event)
        };
        Ok(look(&recorded.into_iter().map(read).collect::<Vec<_>>()))
    }

    /// The position of the last event.
    pub async fn end(&self) -> Reply<Position> {
        Ok(self.ledger.log().end().await?)
    }

    fn opening(&self) -> Vec<Sent> {
        let mut sent = Vec::new();
        for n in 0..PARTNERS {
            let register = PartnerCommand::Register(PartnerRegistered {
                siret: ["11004601800013", "35600000049837"][usize::from(n)].parse().expect("one"),
                name: "Éditions du Préau".into(),
                agreement: "CONV-2026-1".into(),
            });
            sent.push(Sent::Partner(self.partner(n), register));
        }
        sent.extend((0..OFFERS).map(|it| self.list(it, 100 + 250 * u64::from(it))));
        for n in 0..ENVELOPES {
            let open = EnvelopeCommand::Open(Box::new(pot(n)));
            sent.push(Sent::Envelope(self.envelope(n), open));
            let (receipt, amount) = (ReceiptId(self.id(129, n)), budget(250_00));
            let receive = EnvelopeCommand::ReceiveFunds {
                receipt,
                amount,
                reference: "VIR".into(),
                booked: None,
            };
            sent.push(Sent::Envelope(self.envelope(n), receive));
        }
        for n in 0..ACCOUNTS {
            let level = [SchoolLevel::Primary, SchoolLevel::LowerSecondary][usize::from(n % 2)];
            let school = School { uai: "0750655E".parse().expect("a UAI"), level, academy: 1 };
            let holder = if n == TEAM { Holder::Team } else { Holder::Teacher };
            let open = AccountCommand::Open(AccountOpened { holder, school });
            sent.push(Sent::Account(self.account(n), open));
        }
        sent.extend((0..TEAM).map(|teacher| self.team(15, teacher, 0)));
        sent
    }

    pub fn list(&self, offer: u8, cents: u64) -> Sent {
        let kinds = [Kind::Activity, Kind::Exercises, Kind::Textbook, Kind::Activity, Kind::Tool];
        let billing = if offer % 5 == 1 { Billing::ByUse } else { Billing::Once };
        let listing = Box::new(Listing {
            reference: format!("ref-{offer}").into(),
            title: "Fractions en 6e".into(),
            description: String::new(),
            kind: kinds[usize::from(offer % 5)],
            subjects: vec![["mathematiques", "francais"][usize::from(offer % 2)].into()],
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
        });
        let partner = self.partner(offer % PARTNERS);
        Sent::Offer(self.offer(offer), OfferCommand::List { partner, listing })
    }

    /// Sends a command.
    pub async fn send(&self, sent: &Sent) -> Reply<Answer> {
        let (ledger, meta) = (&self.ledger, self.meta());
        match sent {
            Sent::TopUp(it) => match topups::top_up(ledger, it, meta).await {
                Ok(_) => Ok(Answer::Done(None)),
                Err(
                    TopUpError::Envelope(ExecuteError::Refused(_))
                    | TopUpError::Account(ExecuteError::Refused(_)),
                ) => Ok(Answer::Refused),
                Err(error) => Err(error.into()),
            },
            Sent::Credit(batch, on) => match batches::credit(ledger, *batch, *on, meta).await {
                Ok(()) => Ok(Answer::Done(None)),
                Err(BatchError::Batch(ExecuteError::Refused(_))) => Ok(Answer::Refused),
                Err(error) => Err(error.into()),
            },
            Sent::Buy(order) => {
                answered(order.payer.account.into(), checkout::buy(ledger, order, meta).await)
            }
            Sent::Account(id, it) => self.execute::<Account>(*id, it).await,
            Sent::Envelope(id, it) => self.execute::<Envelope>(*id, it).await,
            Sent::Batch(id, it) => self.execute::<Batch>(*id, it).await,
            Sent::Offer(id, it) => self.execute::<Offer>(*id, it).await,
            Sent::Partner(id, it) => self.execute::<Partner>(*id, it).await,
            Sent::Agreement(id, it) => self.execute::<Agreement>(*id, it).await,
            Sent::Payment(id, partner, it) => self.step(*id, *partner, it).await,
        }
    }

    async fn execute<D: Aggregate>(&self, id: D::Id, command: &D::Command) -> Reply<Answer>
    where
        D::Command: Sync,
        D::Refusal: std::fmt::Display,
    {
        answered(id.into(), self.ledger.execute::<D>(id, command, self.meta()).await)
    }

    pub fn meta(&self) -> Meta {
        Meta { at: self.now, by: Actor::PROCESS, cause: self.cause }
    }
}

fn answered<E: Stored, R: std::fmt::Display>(
    stream: StreamId,
    result: Result<Done<E>, ExecuteError<R>>,
) -> Reply<Answer> {
    match result {
        Ok(done) => {
            let events = done.events.iter().map(Stored::encode).collect();
            Ok(Answer::Done(Some((stream, done.position, events))))
        }
        Err(ExecuteError::Refused(_)) => Ok(Answer::Refused),
        Err(error) => Err(error.into()),
    }
}

/// The envelopes: two of the State's, a commune's, and a provisional one of a région's.
fn pot(n: u8) -> EnvelopeOpened {
    let earmarked = |kinds: Vec<Kind>, subjects: &[&str]| Earmark {
        kinds,
        subjects: subjects.iter().map(|it| (*it).into()).collect(),
    };
    let (funder, ratio, priority, until, earmark) = match n {
        0 => ("state:0140", 1000, 5, "2027-08-31", Earmark::default()),
        1 => ("state:0140", 1000, 5, "2026-12-31", earmarked(vec![], &["mathematiques"])),
        2 => ("siren:217500016", 1000, 3, "2027-08-31", earmarked(vec![Kind::Activity], &[])),
        _ => ("siren:237500079", 800, 5, "2027-08-31", Earmark::default()),
    };
    let levels = if n == 2 { vec![SchoolLevel::Primary] } else { vec![] };
    EnvelopeOpened {
        funder: funder.parse().expect("a funder"),
        funder_name: "Un financeur".into(),
        title: "Une enveloppe".into(),
        legal_reference: "Délibération 2026-12".into(),
        budget: budget(600_00),
        ratio,
        valid_from: "2026-09-01".parse().expect("a date"),
        valid_until: until.parse().expect("a date"),
        priority,
        recipients: Recipients { levels, ..Recipients::default() },
        earmark,
        convention: None,
    }
}
