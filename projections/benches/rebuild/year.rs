//! Events by the million, as the rules would have made them, without asking the rules.

use ledger_core::account::{
    AccountEvent, AccountOpened, CreditsGranted, Earmark, Holder, PurchaseAuthorised,
    PurchaseCaptured, PurchaseRefunded, Recipients, School, SchoolLevel, Share, Shares, Terms,
};
use ledger_core::codec::Stored;
use ledger_core::envelope::{EnvelopeEvent, EnvelopeOpened};
use ledger_core::event_log::{Append, EventLog, NewEvent, Recorded};
use ledger_core::identifiers::{Funder, Siren};
use ledger_core::ids::{
    AccountId, BatchId, CaptureId, EnvelopeId, LotId, OfferId, PartnerId, PurchaseId, RefundId,
};
use ledger_core::meta::{Actor, Meta};
use ledger_core::money::{Amount, Balance, Budget};
use ledger_core::offer::{Billing, Kind, Licence, Price, Scope, Vat};
use ledger_core::repeated::Repeated;
use ledger_core::stream::StreamId;
use uuid::Uuid;

/// Pieces of so many appends are written at once.
const PIECE: usize = 4_096;

fn uuid(kind: u64, number: u64) -> Uuid {
    // Spread like random ids, and the same each time.
    let mixed = (kind << 40 | number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Uuid::from_u64_pair(mixed ^ mixed >> 29, number.wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ kind)
}

/// Ids that follow time, as purchases' do.
fn uuid_of_time(number: u64) -> Uuid {
    Uuid::from_u64_pair(
        0x0198_0000_0000_7000 + (number >> 4 << 16),
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 2 | 1 << 63,
    )
}

fn meta(number: u64) -> Meta {
    let at = 1_788_000_000_000 + i64::try_from(number).unwrap() * 9_000;
    Meta {
        at: chrono::DateTime::from_timestamp_millis(at).unwrap(),
        by: Actor::PROCESS,
        cause: uuid(1, number),
    }
}

fn funder(number: u64) -> Funder {
    ["state:0214", "siren:217500016", "siren:226900017"][usize::try_from(number % 3).unwrap()]
        .parse()
        .unwrap()
}

fn granted(number: u64, lot: u64) -> AccountEvent {
    AccountEvent::Granted(CreditsGranted {
        lot: LotId(uuid(3, lot)),
        envelope: EnvelopeId(uuid(4, number % 3)),
        funder: funder(number),
        amount: Amount::from_cents(500_00).unwrap(),
        priority: 5,
        valid_until: "2027-08-31".parse().unwrap(),
        earmark: Earmark::default(),
        batch: Some(BatchId(uuid(5, 0))),
    })
}

fn opened() -> AccountEvent {
    AccountEvent::Opened(AccountOpened {
        holder: Holder::Teacher,
        school: School {
            uai: "0750655E".parse().unwrap(),
            level: SchoolLevel::LowerSecondary,
            academy: 1,
        },
    })
}

fn terms(number: u64, cents: u64) -> Repeated<Terms> {
    let sirens = ["110046018", "217500016", "552100554", "542065479"];
    Repeated::new(Terms {
        offer: OfferId(uuid(6, number % 300)),
        partner: PartnerId(uuid(7, number % 4)),
        siren: sirens[usize::try_from(number % 4).unwrap()].parse::<Siren>().unwrap(),
        reference: "ref-0001234".into(),
        title: "Fractions et proportions : la séquence complète".to_owned(),
        kind: Kind::Activity,
        subjects: vec!["mathematiques".into()],
        price: Price { amount: Balance::from_cents(cents), vat: vec![Vat::within(cents, 550)] },
        billing: Billing::Once,
        licence: Licence { scope: Scope::Class, days: Some(365) },
        digest: ledger_core::digest::Digest::of(&number.to_be_bytes()),
    })
}

/// What is known of one stream while it is written.
struct Writer<'a, L> {
    log: &'a L,
    pending: Vec<Append>,
    versions: Vec<u64>,
    requests: u64,
}

impl<L: EventLog> Writer<'_, L> {
    async fn append(&mut self, account: usize, events: &[AccountEvent]) {
        let stream = AccountId(uuid(2, account as u64)).into();
        let expected = self.versions[account];
        self.versions[account] += events.len() as u64;
        self.requests += 1;
        let events = events.iter().map(Stored::encode).collect();
        self.pending.push(Append { stream, expected, meta: meta(self.requests), events });
        if self.pending.len() >= PIECE {
            self.flush().await;
        }
    }

    async fn flush(&mut self) {
        for answer in self.log.append_many(std::mem::take(&mut self.pending)).await {
            answer.unwrap();
        }
    }
}

async fn envelopes(log: &impl EventLog) {
    for number in 0..3 {
        let opened = EnvelopeEvent::Opened(Box::new(EnvelopeOpened {
            funder: funder(number),
            funder_name: "Collectivité".into(),
            title: "Ressources numériques".into(),
            legal_reference: "Délibération 2026-101".into(),
            budget: Budget::MAX,
            ratio: 1000,
            valid_from: "2026-09-01".parse().unwrap(),
            valid_until: "2027-08-31".parse().unwrap(),
            priority: 5,
            recipients: Recipients::default(),
            earmark: Earmark::default(),
            convention: None,
        }));
        let stream: StreamId = EnvelopeId(uuid(4, number)).into();
        let events = [opened.encode()].into_iter().collect();
        log.append(Append { stream, expected: 0, meta: meta(0), events }).await.unwrap();
    }
}

/// A year: accounts are opened and credited twice, then make purchases, paid at once, one in twenty
/// refunded in part, one in ten paid by two funders.
pub async fn purchases(log: &impl EventLog, accounts: usize, events: usize) {
    envelopes(log).await;
    let mut it = Writer { log, pending: Vec::new(), versions: vec![0; accounts], requests: 0 };
    for account in 0..accounts {
        let number = account as u64;
        let first = [opened(), granted(number, number * 2), granted(number + 1, number * 2 + 1)];
        it.append(account, &first).await;
    }
    let (mut written, mut number) = (0, 0_u64);
    while written < events {
        number += 1;
        let buyer = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let account = usize::try_from(buyer).unwrap() % accounts;
        let pair = purchase(number, account as u64);
        written += pair.len();
        it.append(account, &pair).await;
    }
    it.flush().await;
}

fn purchase(number: u64, account: u64) -> Vec<AccountEvent> {
    let cents = 1_00 + number % 700;
    let terms = terms(number, cents);
    let share = |lot: u64, cents: u64| Share {
        lot: LotId(uuid(3, account * 2 + lot)),
        envelope: EnvelopeId(uuid(4, (account + lot) % 3)),
        funder: funder(account + lot),
        amount: Amount::from_cents(cents).unwrap(),
    };
    let split: Shares = if number.is_multiple_of(10) {
        [share(0, cents - 50), share(1, 50)].into_iter().collect()
    } else {
        [share(0, cents)].into_iter().collect()
    };
    let (id, amount) = (PurchaseId(uuid_of_time(number)), Amount::from_cents(cents).unwrap());
    let (partner, siren) = (terms.partner, terms.siren);
    let mut events = vec![
        AccountEvent::Authorised(PurchaseAuthorised {
            purchase: id,
            terms,
            amount,
            split: split.clone(),
            hold_until: meta(number + 300_000).at,
            origin: ledger_core::account::Origin::default(),
            asked_by: None,
        }),
        AccountEvent::Captured(PurchaseCaptured {
            purchase: id,
            capture: CaptureId(id.0),
            partner,
            siren,
            amount,
            split,
            freed: Shares::new(),
            last: true,
        }),
    ];
    if number.is_multiple_of(20) {
        events.push(AccountEvent::Refunded(PurchaseRefunded {
            purchase: id,
            refund: RefundId(id.0),
            partner,
            siren,
            amount: Amount::from_cents(30).unwrap(),
            reopened: [share(0, 30)].into_iter().collect(),
            returned: Shares::new(),
            agreement: None,
        }));
    }
    events
}

/// Accounts opened and credited once each, as one batch does.
pub async fn grants(log: &impl EventLog, accounts: usize) {
    envelopes(log).await;
    let mut it = Writer { log, pending: Vec::new(), versions: vec![0; accounts], requests: 0 };
    for account in 0..accounts {
        it.append(account, &[opened()]).await;
    }
    for account in 0..accounts {
        it.append(account, &[granted(0, account as u64)]).await;
    }
    it.flush().await;
}

/// The appends that wrote `events`.
pub fn appends(events: &[Recorded]) -> Vec<Append> {
    let table = ledger_core::codec::table();
    let mut appends: Vec<Append> = Vec::new();
    for it in events {
        let (_, name, _) = table.iter().find(|(_, name, _)| *name == it.name).unwrap();
        let event = NewEvent { name, schema: it.schema, body: it.body.to_vec() };
        match appends.last_mut() {
            Some(last) if last.meta == it.meta && last.stream == it.stream => {
                last.events.push(event);
            }
            Some(_) | None => appends.push(Append {
                stream: it.stream,
                expected: it.version - 1,
                meta: it.meta,
                events: [event].into_iter().collect(),
            }),
        }
    }
    appends
}
