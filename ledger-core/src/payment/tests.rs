//! The rules of a payment, one test each.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use uuid::Uuid;

use super::*;
use crate::account::Terms;
use crate::decider::{Decider, Given, given};
use crate::digest::Digest;
use crate::ids::{CaptureId, OfferId, PartnerId, UsageId};
use crate::offer::{Billing, Kind, Licence, Price, Scope, Vat};
use crate::repeated::Repeated;

const ACCOUNT: AccountId = AccountId(Uuid::from_u128(1));
const OTHER: AccountId = AccountId(Uuid::from_u128(2));
const BUYER: BuyerId = BuyerId(Uuid::from_u128(3));
const PARTNER: PartnerId = PartnerId(Uuid::from_u128(4));
const ID: PaymentId = PaymentId(Uuid::from_u128(5));

fn noon() -> DateTime<Utc> {
    "2026-11-12T11:00:00Z".parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn line(number: usize, cents: u64, billing: Billing, ceiling: u64) -> PaymentLine {
    let price = Price { amount: Balance::from_cents(cents), vat: vec![Vat::within(cents, 550)] };
    PaymentLine {
        purchase: purchase_of(ID, number, noon()),
        terms: Repeated::new(Terms {
            offer: OfferId(Uuid::from_u128(6)),
            partner: PARTNER,
            siren: "217500016".parse().unwrap(),
            reference: "L1".into(),
            title: "Fractions en 6e".into(),
            kind: Kind::Activity,
            subjects: vec![],
            price,
            billing,
            licence: Licence { scope: Scope::Teacher, days: None },
            digest: Digest::of(b"seen"),
        }),
        amount: Amount::from_cents(ceiling).unwrap(),
        quantity: 1,
        catalogue: true,
    }
}

fn asked(change: impl FnOnce(&mut PaymentCreated)) -> Box<PaymentCreated> {
    let mut created = PaymentCreated {
        partner: PARTNER,
        lines: vec![line(0, 4_20, Billing::Once, 4_20), line(1, 3_00, Billing::Once, 3_00)],
        reference: "CMD-1".into(),
        description: "Panier".into(),
        return_url: "https://preau.example/merci".into(),
        metadata: BTreeMap::new(),
        capture: CaptureMode::Manual,
        hold_days: 60,
        created_at: noon(),
        expires_at: noon() + TimeDelta::hours(24),
        request: Digest::of(b"request"),
    };
    change(&mut created);
    Box::new(created)
}

fn created() -> PaymentEvent {
    PaymentEvent::Created(asked(|_| ()))
}

#[test]
fn its_term_is_in_whole_seconds_as_it_is_stored() {
    let asked = asked(|it| it.expires_at += TimeDelta::milliseconds(400));
    given::<Payment>([]).when(PaymentCommand::Create(asked)).then([created()]);
}

fn authorise(account: AccountId, hours: i64) -> PaymentCommand {
    PaymentCommand::Authorise { account, buyer: BUYER, at: noon() + TimeDelta::hours(hours) }
}

fn authorised() -> PaymentEvent {
    PaymentEvent::Authorised(PaymentAuthorised { account: ACCOUNT, buyer: BUYER })
}

#[test]
fn a_payment_is_asked_for_once_whatever_became_of_its_offers() {
    let dearer = asked(|it| it.lines[0] = line(0, 9_00, Billing::Once, 9_00));
    given::<Payment>([])
        .when(PaymentCommand::Create(asked(|_| ())))
        .then([created()])
        .when(PaymentCommand::Create(dearer))
        .then([])
        .when(PaymentCommand::Create(asked(|it| it.request = Digest::of(b"another"))))
        .then_refused(PaymentRefusal::ReferenceReused)
        .when(PaymentCommand::Create(asked(|it| it.partner = PartnerId(Uuid::from_u128(9)))))
        .then_refused(PaymentRefusal::ReferenceReused);
}

#[test]
fn what_cannot_be_asked_for_names_its_field() {
    type Change = fn(&mut PaymentCreated);
    let wrong: [(&str, Change); 11] = [
        ("lines", |it| it.lines.clear()),
        ("lines", |it| it.lines = vec![it.lines[0].clone(); 21]),
        ("lines", |it| it.lines.push(line(2, 10, Billing::ByUse, 1_00))),
        ("lines", |it| it.partner = PartnerId(Uuid::from_u128(9))),
        ("lines", |it| it.lines = vec![line(0, 1_000_000_00, Billing::Once, 1_000_000_00); 2]),
        ("reference", |it| it.reference = " ".into()),
        ("description", |it| it.description = "a\nb".into()),
        ("metadata", |it| drop(it.metadata.insert("a b".into(), "c".into()))),
        ("hold_days", |it| it.hold_days = 401),
        ("hold_days", |it| it.hold_days = 0),
        ("expires_in", |it| it.expires_at = noon() + TimeDelta::days(91)),
    ];
    for (wanted, change) in wrong {
        let state = Payment::default();
        match state.decide(&PaymentCommand::Create(asked(change))) {
            Err(PaymentRefusal::Invalid { field, .. }) => assert_eq!(field, wanted),
            other => panic!("{wanted}: {other:?}"),
        }
    }
}

#[test]
fn one_account_takes_it_and_no_other_one() {
    given::<Payment>([created()])
        .when(authorise(ACCOUNT, 1))
        .then([authorised()])
        .when(authorise(OTHER, 1))
        .then_refused(PaymentRefusal::TakenByAnother)
        .when(PaymentCommand::Cancel { reason: "".into() })
        .then_refused(PaymentRefusal::Authorised)
        .when(PaymentCommand::Decline)
        .then_refused(PaymentRefusal::Authorised);
}

#[test]
fn nobody_takes_it_after_its_term() {
    let until = noon() + TimeDelta::hours(24);
    given::<Payment>([created()])
        .when(authorise(ACCOUNT, 24))
        .then_refused(PaymentRefusal::TooLate { until })
        .when(PaymentCommand::Expire { at: noon() })
        .then_refused(PaymentRefusal::NotOver { until })
        .when(PaymentCommand::Expire { at: until })
        .then([PaymentEvent::Expired(PaymentExpired {})])
        .when(authorise(ACCOUNT, 1))
        .then_refused(PaymentRefusal::Over { step: PaymentStep::Expired });
}

#[test]
fn what_is_declined_or_cancelled_is_over() {
    given::<Payment>([created()])
        .when(PaymentCommand::Decline)
        .then([PaymentEvent::Declined(PaymentDeclined {})])
        .when(authorise(ACCOUNT, 1))
        .then_refused(PaymentRefusal::Over { step: PaymentStep::Declined });
    given::<Payment>([created()])
        .when(PaymentCommand::Cancel { reason: "rupture".into() })
        .then([PaymentEvent::Cancelled(PaymentCancelled { reason: "rupture".into() })])
        .when(PaymentCommand::Decline)
        .then_refused(PaymentRefusal::Over { step: PaymentStep::Cancelled });
    given::<Payment>([]).when(PaymentCommand::Decline).then_refused(PaymentRefusal::NoSuchPayment);
}

fn by_use() -> Given<Payment> {
    let created = asked(|it| it.lines = vec![line(0, 10, Billing::ByUse, 5_05)]);
    given::<Payment>([PaymentEvent::Created(created), authorised()])
}

fn recorded(record: u128, units: u64, on: &str) -> UsageRecorded {
    UsageRecorded { record: UsageId(Uuid::from_u128(record)), units, on: day(on) }
}

fn record(number: u128, units: u64, on: &str) -> PaymentCommand {
    PaymentCommand::RecordUsage(recorded(number, units, on))
}

fn close(number: u128, until: &str, last: bool) -> PaymentCommand {
    let capture = CaptureId(Uuid::from_u128(number));
    PaymentCommand::CloseUsage(CloseUsage { capture, until: day(until), last })
}

fn closed(number: u128, until: &str, units: u64, cents: u64, last: bool) -> PaymentEvent {
    PaymentEvent::UsageClosed(UsageClosed {
        capture: CaptureId(Uuid::from_u128(number)),
        until: day(until),
        units,
        amount: Amount::from_cents(cents),
        last,
    })
}

#[test]
fn a_count_only_grows_up_to_the_ceiling() {
    by_use()
        .when(record(1, 20, "2026-11-13"))
        .then([PaymentEvent::UsageRecorded(recorded(1, 20, "2026-11-13"))])
        .when(record(1, 21, "2026-11-13"))
        .then_refused(PaymentRefusal::ReferenceReused)
        .when(record(2, 19, "2026-11-14"))
        .then_refused(PaymentRefusal::UsageWentBack { recorded: 20 })
        .when(record(2, 51, "2026-11-14"))
        .then_refused(PaymentRefusal::OverCeiling {
            ceiling: Amount::from_cents(5_05).unwrap(),
            units: 50,
        });
}

#[test]
fn half_most_and_all_of_the_ceiling_are_told_once() {
    let told = |percent, units| PaymentEvent::CeilingNeared(CeilingNeared { percent, units });
    let told_of =
        |number, units| PaymentEvent::UsageRecorded(recorded(number, units, "2026-11-14"));
    by_use()
        .when(record(1, 26, "2026-11-14"))
        .then([told_of(1, 26), told(50, 26)])
        .when(record(2, 27, "2026-11-14"))
        .then([told_of(2, 27)])
        .when(record(3, 50, "2026-11-14"))
        .then([told_of(3, 50), told(100, 50)]);
}

#[test]
fn each_month_bills_what_was_used_by_its_last_day() {
    by_use()
        .when(record(1, 10, "2026-11-30"))
        .then([PaymentEvent::UsageRecorded(recorded(1, 10, "2026-11-30"))])
        .when(record(2, 15, "2026-12-01"))
        .then([PaymentEvent::UsageRecorded(recorded(2, 15, "2026-12-01"))])
        .when(close(1, "2026-11-30", false))
        .then([closed(1, "2026-11-30", 10, 1_00, false)])
        .when(close(2, "2026-12-31", true))
        .then([closed(2, "2026-12-31", 15, 50, true)])
        .when(record(3, 20, "2027-01-02"))
        .then_refused(PaymentRefusal::UsageClosed);
}

#[test]
fn a_month_without_use_bills_nothing_and_the_last_one_ends_it() {
    by_use()
        .when(close(1, "2026-11-30", false))
        .then([])
        .when(close(2, "2026-12-31", true))
        .then([closed(2, "2026-12-31", 0, 0, true)]);
}

#[test]
fn only_what_is_billed_by_use_and_taken_is_counted() {
    given::<Payment>([created(), authorised()])
        .when(record(1, 1, "2026-11-14"))
        .then_refused(PaymentRefusal::NotByUse);
    let waiting = asked(|it| it.lines = vec![line(0, 10, Billing::ByUse, 5_05)]);
    given::<Payment>([PaymentEvent::Created(waiting)])
        .when(record(1, 1, "2026-11-14"))
        .then_refused(PaymentRefusal::NotAuthorised);
}

#[test]
fn purchases_of_a_payment_are_in_the_order_of_time_and_all_different() {
    let later = noon() + TimeDelta::milliseconds(1);
    let ids = [purchase_of(ID, 0, noon()), purchase_of(ID, 1, noon()), purchase_of(ID, 0, later)];
    assert_eq!(ids[0], purchase_of(ID, 0, noon()));
    assert_ne!(ids[0], ids[1]);
    assert!(ids[0] < ids[2] && ids[1] < ids[2]);
}
