//! The words of the accounting office: a small ledger with two partners and a bank account.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use ledger_core::account::{
    Account, AccountCommand, AccountOpened, Authorise, Contest, ContestOutcome, CreditsGranted,
    Earmark, Grant, Holder, Refund, School, SchoolLevel, Terms,
};
use ledger_core::bank::{BankAccount, BankAccountOpened, BankCommand};
use ledger_core::calendar::Rhythm;
use ledger_core::chart::LedgerAccount;
use ledger_core::codec;
use ledger_core::digest::Digest;
use ledger_core::event_log::{Append, EventLog, Log, Memory, NewEvent, Position, Recorded};
use ledger_core::ids::{
    AccountId, BankAccountId, EnvelopeId, LotId, OfferId, PartnerId, PurchaseId, RefundId,
    RemittanceId, SettlementId,
};
use ledger_core::journal;
use ledger_core::ledger::{Aggregate, CacheSizes, Ledger};
use ledger_core::meta::{Actor, Meta, Role, accounting_day};
use ledger_core::money::{Amount, Balance};
use ledger_core::offer::{Billing, Kind, Licence, Price, Scope, Vat};
use ledger_core::partner::{BankDetailsProposed, Iban, Partner, PartnerCommand, PartnerRegistered};
use ledger_core::process::remittances::{DrawUp, DrawnUp, RemittancesError, draw_up};
use ledger_core::process::settlements::{Certification, certify, cut_off, prepare};
use ledger_core::repeated::Repeated;
use ledger_core::settlement::{
    Check, CheckResult, Settlement, SettlementCommand, StatementReceived,
};
use uuid::Uuid;

pub const OFFICER: Actor = Actor { role: Role::AuthorisingOfficer, id: Uuid::from_u128(91) };
pub const ACCOUNTANT: Actor = Actor { role: Role::Accountant, id: Uuid::from_u128(92) };
pub const TEACHER: Actor = Actor { role: Role::Teacher, id: Uuid::from_u128(93) };
pub const ENVELOPE: EnvelopeId = EnvelopeId(Uuid::from_u128(7));
const ACCOUNT: AccountId = AccountId(Uuid::from_u128(8));
const IBAN: &str = "FR7630006000011234567890189";

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn cents(cents: u64) -> Balance {
    Balance::from_cents(cents)
}

fn euros(cents: u64) -> Amount {
    Amount::from_cents(cents).unwrap()
}

pub fn iban() -> Iban {
    IBAN.parse().unwrap()
}

pub fn bank() -> BankAccountId {
    BankAccountId::of(IBAN)
}

pub fn partner(n: u128) -> PartnerId {
    PartnerId(Uuid::from_u128(n))
}

pub fn purchase(n: u128) -> PurchaseId {
    PurchaseId(Uuid::from_u128(n))
}

pub fn remittance(n: u128) -> RemittanceId {
    RemittanceId(Uuid::from_u128(n))
}

/// Noon in Paris on `day`, or near it.
pub fn noon(day: &str, by: Actor) -> Meta {
    Meta { at: instant(&format!("{day}T11:00:00Z")), by, cause: Uuid::nil() }
}

fn at(at: DateTime<Utc>) -> Meta {
    Meta { at, by: Actor::PROCESS, cause: Uuid::nil() }
}

/// A ledger where two partners sell to one teacher.
pub struct Desk {
    pub ledger: Ledger,
}

impl Desk {
    /// Opened on that day.
    pub async fn open(on: &str) -> Self {
        let desk = Self::on(Memory::new().into());
        let meta = noon(on, ACCOUNTANT);
        let uai = "0750655E".parse().unwrap();
        let school = School { uai, level: SchoolLevel::LowerSecondary, academy: 1 };
        let open = AccountOpened { holder: Holder::Teacher, school };
        desk.act::<Account>(ACCOUNT, AccountCommand::Open(open), meta).await;
        let credits = CreditsGranted {
            lot: LotId(Uuid::from_u128(1)),
            envelope: ENVELOPE,
            funder: "siren:217500016".parse().unwrap(),
            amount: euros(5_000_00),
            priority: 5,
            valid_until: day("2028-08-31"),
            earmark: Earmark::default(),
            batch: None,
        };
        let grant = Grant { credits, recipients: Arc::default(), on: day(on) };
        desk.act::<Account>(ACCOUNT, AccountCommand::Grant(grant), meta).await;
        for n in [1, 2] {
            desk.register(n, meta).await;
        }
        let opened =
            BankAccountOpened { iban: iban(), holder: "Opérateur".into(), by: ACCOUNTANT };
        desk.act::<BankAccount>(bank(), BankCommand::Open(opened), meta).await;
        desk
    }

    fn on(log: Log) -> Self {
        Self { ledger: Ledger::new(log, CacheSizes::default()) }
    }

    async fn register(&self, n: u128, meta: Meta) {
        let siret = ["11004601800013", "21750001600019"][usize::from(n == 2)].parse().unwrap();
        let name = compact_str::format_compact!("Éditeur {n}");
        let registered = PartnerRegistered { siret, name, agreement: "CONV-1".into() };
        let other = Actor { role: Role::Operator, id: Uuid::from_u128(94) };
        for command in [
            PartnerCommand::Register(registered),
            PartnerCommand::ProposeBankDetails(BankDetailsProposed { iban: iban(), by: OFFICER }),
            PartnerCommand::ApproveBankDetails { iban: iban(), by: other },
        ] {
            self.act::<Partner>(partner(n), command, meta).await;
        }
    }

    /// Carries out a command that nothing forbids; gives where it can be read.
    pub async fn act<A: Aggregate>(&self, id: A::Id, command: A::Command, meta: Meta) -> Position
    where
        A::Command: Sync,
        A::Refusal: std::fmt::Debug,
    {
        let done = self.ledger.execute::<A>(id, &command, meta).await;
        done.unwrap_or_else(|error| panic!("{id}: {error:?}")).position
    }

    /// The teacher buys something from a partner at noon.
    pub async fn buy(&self, n: u128, from: u128, cents: u64, on: &str) {
        self.buy_at(n, from, cents, noon(on, TEACHER).at).await;
    }

    /// The teacher buys something from a partner at that instant; gives where it stands.
    pub async fn buy_at(&self, n: u128, from: u128, cents: u64, now: DateTime<Utc>) -> Position {
        let partner = partner(from);
        let terms = Repeated::new(Terms {
            offer: OfferId::of(partner, "ref-1"),
            partner,
            siren: ["110046018", "217500016"][usize::from(from == 2)].parse().unwrap(),
            reference: "ref-1".into(),
            title: "Fractions en 6e".into(),
            kind: Kind::Activity,
            subjects: vec![],
            price: Price { amount: Balance::from_cents(cents), vat: vec![Vat::within(cents, 550)] },
            billing: Billing::Once,
            licence: Licence { scope: Scope::Class, days: None },
            digest: Digest::of(b"listing"),
        });
        let pay = AccountCommand::Pay(Authorise {
            purchase: purchase(n),
            terms,
            amount: euros(cents),
            hold_until: now,
            on: accounting_day(now),
            frozen: [].into(),
            by: None,
        });
        self.act::<Account>(ACCOUNT, pay, at(now)).await
    }

    /// Part of a purchase is refunded, or all that is left of it.
    pub async fn refund(&self, n: u128, cents: Option<u64>, on: &str) {
        let refund = AccountCommand::Refund(Refund {
            purchase: purchase(n),
            refund: RefundId(Uuid::new_v5(&purchase(n).0, on.as_bytes())),
            amount: cents.map(euros),
            on: day(on),
            closed: [].into(),
            agreement: None,
        });
        self.act::<Account>(ACCOUNT, refund, noon(on, Actor::PROCESS)).await;
    }

    pub async fn contest(&self, n: u128, on: &str) {
        let reason = "Le lien ne marche pas".into();
        let contest = Contest { purchase: purchase(n), reason, until: day(on), on: day(on) };
        self.act::<Account>(ACCOUNT, AccountCommand::Contest(contest), noon(on, TEACHER)).await;
    }

    pub async fn withdraw_contest(&self, n: u128, on: &str) {
        let end = AccountCommand::EndContest {
            purchase: purchase(n),
            outcome: ContestOutcome::Withdrawn,
            reason: "".into(),
            by: TEACHER,
        };
        self.act::<Account>(ACCOUNT, end, noon(on, TEACHER)).await;
    }

    /// Cuts off what is over that day, and draws up what follows; gives how many of each.
    pub async fn prepare(&self, on: &str) -> (usize, usize) {
        let meta = noon(on, Actor::PROCESS);
        let cut = cut_off(&self.ledger, Rhythm::TwiceMonthly, day(on), meta).await.unwrap();
        (cut, prepare(&self.ledger, meta).await.unwrap())
    }

    /// A partner's settlement of the period that ends that day.
    pub async fn settlement(&self, n: u128, ends: &str) -> Settlement {
        let id = SettlementId::of(partner(n), day(ends));
        self.ledger.state::<Settlement>(id).await.unwrap()
    }

    /// Service is presumed done; gives how many are certified.
    pub async fn presume(&self, ends: &str, on: &str) -> usize {
        let certification = Certification { on: day(on), by: Actor::PROCESS, seed: 7 };
        let all = [1, 2].map(|n| SettlementId::of(partner(n), day(ends)));
        let meta = noon(on, Actor::PROCESS);
        certify(&self.ledger, day(ends), &all, certification, |_| None, meta).await.unwrap()
    }

    /// From service done to the visa: all that people do with it that day.
    pub async fn clear(&self, n: u128, ends: &str, on: &str) -> SettlementId {
        let id = SettlementId::of(partner(n), day(ends));
        let due = self.settlement(n, ends).await.due;
        let (dated, on_day) = (day(on), day(on));
        let stated = StatementReceived {
            reference: "REL-1".into(),
            dated,
            received: dated,
            amount: due,
            by: Actor { role: Role::Client, id: Uuid::from_u128(95) },
        };
        let passed =
            |check| CheckResult { check, passed: true, evidence: "vu".into(), note: "".into() };
        let checks = Check::ALL.map(passed).to_vec();
        for command in [
            SettlementCommand::ReceiveStatement(stated),
            SettlementCommand::Order { on: on_day, by: OFFICER },
            SettlementCommand::GrantVisa { checks, on: on_day, by: ACCOUNTANT },
        ] {
            self.act::<Settlement>(id, command, noon(on, ACCOUNTANT)).await;
        }
        id
    }

    /// Draws up the file `n`.
    pub async fn draw_up(
        &self,
        n: u128,
        settlements: &[SettlementId],
        on: &str,
    ) -> Result<DrawnUp, RemittancesError> {
        let (id, settlements) = (remittance(n), settlements.to_vec());
        let it = DrawUp { id, account: bank(), settlements, execution: day(on) };
        draw_up(&self.ledger, &it, noon(on, ACCOUNTANT)).await
    }

    /// Two partners are owed 30 € and 12 € for the first half of September, and have the visa.
    pub async fn two_cleared() -> (Self, [SettlementId; 2]) {
        let desk = Self::open("2026-09-01").await;
        desk.buy(1, 1, 30_00, "2026-09-05").await;
        desk.buy(2, 2, 12_00, "2026-09-06").await;
        assert_eq!(desk.prepare("2026-09-16").await, (1, 2));
        assert_eq!(desk.presume("2026-09-15", "2026-09-24").await, 2);
        let first = desk.clear(1, "2026-09-15", "2026-09-25").await;
        let second = desk.clear(2, "2026-09-15", "2026-09-25").await;
        (desk, [first, second])
    }

    /// All that the log holds.
    pub async fn events(&self) -> Vec<Recorded> {
        self.ledger.log().read_all(0, usize::MAX).await.unwrap()
    }

    /// The balance of an account over all entries, in cents: debits less credits.
    pub async fn balance(&self, account: LedgerAccount) -> i64 {
        let mut balance = 0;
        for it in self.events().await {
            for posting in journal::postings(&codec::read(&it).unwrap()) {
                let amount = i64::try_from(Balance::from(posting.amount).cents()).unwrap();
                balance += if posting.debit.account == account { amount } else { 0 };
                balance -= if posting.credit.account == account { amount } else { 0 };
            }
        }
        balance
    }
}

/// What a service killed after these events finds when it starts again.
pub async fn started_again(events: &[Recorded]) -> Desk {
    let log = Memory::new();
    for it in events {
        let name = codec::table().into_iter().find(|row| it.name == row.1).unwrap().1;
        let event = NewEvent { name, schema: it.schema, body: it.body.to_vec() };
        let (stream, expected, meta) = (it.stream, it.version - 1, it.meta);
        let events = [event].into_iter().collect();
        log.append(Append { stream, expected, meta, events }).await.unwrap();
    }
    Desk::on(log.into())
}
