//! A year of purchases for many funders and partners, with its months closed and what came late.

use ledger_core::account::{
    AccountEvent, PurchaseAuthorised, PurchaseCaptured, Share, Shares, Terms,
};
use ledger_core::calendar::{CalendarEvent, Month, MonthClosed};
use ledger_core::codec::Stored;
use ledger_core::event_log::{Append, EventLog, NewEvent};
use ledger_core::identifiers::{Funder, Siren};
use ledger_core::ids::{
    AccountId, CalendarId, CaptureId, EnvelopeId, LotId, OfferId, PartnerId, PurchaseId,
};
use ledger_core::meta::{Actor, Meta};
use ledger_core::money::{Amount, Balance};
use ledger_core::offer::{Billing, Kind, Licence, Price, Scope};
use ledger_core::repeated::Repeated;
use ledger_core::stream::StreamId;
use uuid::Uuid;

/// Collectivités: five auxiliaries each.
pub const FUNDERS: u64 = 380;

/// Partners: one auxiliary each.
pub const PARTNERS: u64 = 100;

/// Lines of a purchase that is paid at once.
pub const LINES: usize = 8;

/// Pieces of so many appends are written at once.
const PIECE: usize = 4_096;

const ACCOUNTS: u64 = 20_000;
const FIRST: i64 = 1_767_225_600_000;
const YEAR: i64 = 365 * 86_400_000;

/// The SIREN whose first eight digits are `number`.
pub fn siren(number: u64) -> Siren {
    let digits = (0..10).map(|last| format!("{number:08}{last}"));
    digits.map(|it| it.parse()).find_map(Result::ok).unwrap()
}

pub fn funder(number: u64) -> Funder {
    Funder::Collectivity(siren(21_000_000 + number))
}

fn meta(at: i64, number: u64) -> Meta {
    let at = chrono::DateTime::from_timestamp_millis(at).unwrap();
    Meta { at, by: Actor::PROCESS, cause: Uuid::from_u64_pair(1, number) }
}

/// Writes `purchases`, spread over 2026; each month is closed on the tenth of the next one, and one
/// purchase in a thousand is recorded by a clock that is three weeks late.
pub async fn tell(log: &impl EventLog, purchases: u64) {
    let mut versions = vec![0_u64; usize::try_from(ACCOUNTS).unwrap()];
    let (mut closing, mut closings) = (Month::first_of(2026), 0);
    let mut pending = Vec::with_capacity(PIECE);
    let (funders, partners): (Vec<_>, Vec<_>) = (
        (0..FUNDERS).map(funder).collect(),
        (0..PARTNERS).map(|it| siren(55_000_000 + it)).collect(),
    );
    for number in 0..purchases {
        let now = FIRST + YEAR / i64::try_from(purchases).unwrap() * i64::try_from(number).unwrap();
        let today = meta(now, 0).day();
        if today >= closing.next().first_day() + chrono::Days::new(9) {
            let closed = MonthClosed { month: closing, by: Actor::PROCESS };
            let event = CalendarEvent::MonthClosed(closed).encode();
            pending.push(append(CalendarId::THE.into(), closings, meta(now, number), [event]));
            (closing, closings) = (closing.next(), closings + 1);
        }
        let late = if number % 1_000 == 999 { 21 * 86_400_000 } else { 0 };
        let buyer = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % ACCOUNTS;
        let version = &mut versions[usize::try_from(buyer).unwrap()];
        let stream = AccountId(Uuid::from_u64_pair(2, buyer)).into();
        // A big funder buys more often than a small one.
        let spread = number.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33;
        let of_funder = funders[usize::try_from(spread % FUNDERS).unwrap()];
        let partner = spread / FUNDERS % PARTNERS;
        let siren = partners[usize::try_from(partner).unwrap()];
        let events = purchase(number, of_funder, (partner, siren));
        pending.push(append(stream, *version, meta(now - late, number), events));
        *version += 2;
        if pending.len() >= PIECE {
            flush(log, &mut pending).await;
        }
    }
    flush(log, &mut pending).await;
}

fn append<const N: usize>(
    stream: StreamId,
    expected: u64,
    meta: Meta,
    events: [NewEvent; N],
) -> Append {
    Append { stream, expected, meta, events: events.into_iter().collect() }
}

async fn flush(log: &impl EventLog, pending: &mut Vec<Append>) {
    for answer in log.append_many(std::mem::take(pending)).await {
        answer.unwrap();
    }
}

fn purchase(number: u64, funder: Funder, (partner, siren): (u64, Siren)) -> [NewEvent; 2] {
    let cents = 1_00 + number % 700;
    let amount = Amount::from_cents(cents).unwrap();
    let id = PurchaseId(Uuid::from_u64_pair(0x0198_0000_0000_7000 + (number << 16), number));
    let partner = PartnerId(Uuid::from_u64_pair(7, partner));
    let split: Shares = [Share {
        lot: LotId(Uuid::from_u64_pair(3, number % ACCOUNTS)),
        envelope: EnvelopeId(Uuid::from_u64_pair(4, number % FUNDERS)),
        funder,
        amount,
    }]
    .into_iter()
    .collect();
    let terms = Repeated::new(Terms {
        offer: OfferId(Uuid::from_u64_pair(6, number % 300)),
        partner,
        siren,
        reference: "ref-0001234".into(),
        title: "Fractions et proportions".to_owned(),
        kind: Kind::Activity,
        subjects: vec!["mathematiques".into()],
        price: Price { amount: Balance::from_cents(cents), vat: vec![] },
        billing: Billing::Once,
        licence: Licence { scope: Scope::Class, days: Some(365) },
        digest: ledger_core::digest::Digest::of(&(number % 300).to_be_bytes()),
    });
    let authorised = AccountEvent::Authorised(PurchaseAuthorised {
        purchase: id,
        terms,
        amount,
        split: split.clone(),
        hold_until: meta(FIRST + YEAR, 0).at,
        origin: ledger_core::account::Origin::default(),
        asked_by: None,
    });
    let captured = AccountEvent::Captured(PurchaseCaptured {
        purchase: id,
        capture: CaptureId(id.0),
        partner,
        siren,
        amount,
        split,
        freed: Shares::new(),
        last: true,
    });
    [authorised.encode(), captured.encode()]
}
