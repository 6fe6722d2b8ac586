//! The words of an account's stories.

use uuid::Uuid;

use super::super::*;
use crate::money::Balance;
use crate::offer::{Scope, Vat};

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub(super) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

pub(super) fn euros(cents: u64) -> Amount {
    Amount::from_cents(cents).expect("an amount")
}

pub(super) fn held(cents: u64) -> Balance {
    Balance::from_cents(cents)
}

pub(super) fn purchase(n: u128) -> PurchaseId {
    PurchaseId(Uuid::from_u128(n))
}

pub(super) fn lot_id(n: u128) -> LotId {
    LotId(Uuid::from_u128(n))
}

pub(super) fn envelope(n: u128) -> EnvelopeId {
    EnvelopeId(Uuid::from_u128(n))
}

pub(super) fn funder() -> Funder {
    "siren:217500016".parse().expect("a funder")
}

pub(super) fn siren() -> Siren {
    "110046018".parse().expect("a SIREN")
}

pub(super) fn school() -> School {
    let uai = "0750655E".parse().expect("a UAI");
    School { uai, level: SchoolLevel::LowerSecondary, academy: 1 }
}

pub(super) fn opened() -> AccountEvent {
    AccountEvent::Opened(AccountOpened { holder: Holder::Teacher, school: school() })
}

pub(super) fn lot(n: u128, cents: u64, change: impl FnOnce(&mut CreditsGranted)) -> CreditsGranted {
    let mut it = CreditsGranted {
        lot: lot_id(n),
        envelope: envelope(n),
        funder: funder(),
        amount: euros(cents),
        priority: 5,
        valid_until: day("2027-08-31"),
        earmark: Earmark::default(),
        batch: None,
    };
    change(&mut it);
    it
}

pub(super) fn grant(credits: CreditsGranted) -> Grant {
    Grant { credits, recipients: Arc::default(), on: day("2026-10-01") }
}

pub(super) fn granted(n: u128, cents: u64) -> AccountEvent {
    AccountEvent::Granted(lot(n, cents, |_| ()))
}

pub(super) fn terms(cents: u64) -> Repeated<Terms> {
    let partner = PartnerId(Uuid::from_u128(1));
    Repeated::new(Terms {
        offer: OfferId::of(partner, "ref-1"),
        partner,
        siren: siren(),
        reference: "ref-1".into(),
        title: "Fractions en 6e".into(),
        kind: Kind::Activity,
        subjects: vec!["mathematiques".into()],
        price: Price { amount: held(cents), vat: vec![Vat::within(cents, 550)] },
        billing: Billing::Once,
        licence: Licence { scope: Scope::Class, days: None },
        digest: Digest::of(b"listing"),
    })
}

pub(super) fn authorisation(n: u128, cents: u64) -> Authorise {
    Authorise {
        purchase: purchase(n),
        terms: terms(cents),
        amount: euros(cents),
        hold_until: instant("2026-10-08T00:00:00Z"),
        on: day("2026-10-01"),
        frozen: Arc::default(),
        by: None,
    }
}

pub(super) fn authorise(n: u128, cents: u64) -> AccountCommand {
    AccountCommand::Authorise(authorisation(n, cents))
}

pub(super) fn pay(n: u128, cents: u64) -> AccountCommand {
    AccountCommand::Pay(authorisation(n, cents))
}

pub(super) fn shares(parts: &[(u128, u64)]) -> Shares {
    let share = |&(n, cents)| Share {
        lot: lot_id(n),
        envelope: envelope(n),
        funder: funder(),
        amount: euros(cents),
    };
    parts.iter().map(share).collect()
}

pub(super) fn authorised(n: u128, cents: u64, split: &[(u128, u64)]) -> AccountEvent {
    AccountEvent::Authorised(PurchaseAuthorised {
        purchase: purchase(n),
        terms: terms(cents),
        amount: euros(cents),
        split: shares(split),
        hold_until: instant("2026-10-08T00:00:00Z"),
        origin: Origin::default(),
        asked_by: None,
    })
}

pub(super) fn capture(n: u128, capture: u128, cents: Option<u64>) -> AccountCommand {
    let (purchase, capture) = (purchase(n), CaptureId(Uuid::from_u128(capture)));
    AccountCommand::Capture(Capture { purchase, capture, amount: cents.map(euros), last: false })
}

pub(super) fn last_capture(n: u128, capture: u128, cents: u64) -> AccountCommand {
    let (purchase, capture) = (purchase(n), CaptureId(Uuid::from_u128(capture)));
    AccountCommand::Capture(Capture { purchase, capture, amount: Some(euros(cents)), last: true })
}

pub(super) fn captured(
    n: u128,
    capture: u128,
    cents: u64,
    split: &[(u128, u64)],
    freed: &[(u128, u64)],
    last: bool,
) -> AccountEvent {
    AccountEvent::Captured(PurchaseCaptured {
        purchase: purchase(n),
        capture: CaptureId(Uuid::from_u128(capture)),
        partner: PartnerId(Uuid::from_u128(1)),
        siren: siren(),
        amount: euros(cents),
        split: shares(split),
        freed: shares(freed),
        last,
    })
}

pub(super) fn captured_whole(n: u128, cents: u64, split: &[(u128, u64)]) -> AccountEvent {
    captured(n, n, cents, split, &[], true)
}

pub(super) fn cancel(n: u128) -> AccountCommand {
    AccountCommand::Cancel(Cancel { purchase: purchase(n), reason: "changed my mind".into() })
}

pub(super) fn cancelled(n: u128, freed: &[(u128, u64)]) -> AccountEvent {
    AccountEvent::Cancelled(PurchaseCancelled {
        purchase: purchase(n),
        freed: shares(freed),
        reason: "changed my mind".into(),
    })
}

pub(super) fn refund(n: u128, refund: u128, cents: Option<u64>, on: &str) -> AccountCommand {
    AccountCommand::Refund(Refund {
        purchase: purchase(n),
        refund: RefundId(Uuid::from_u128(refund)),
        amount: cents.map(euros),
        on: day(on),
        closed: Arc::default(),
        agreement: None,
    })
}

pub(super) fn refunded(
    n: u128,
    refund: u128,
    reopened: &[(u128, u64)],
    returned: &[(u128, u64)],
) -> AccountEvent {
    AccountEvent::Refunded(PurchaseRefunded {
        purchase: purchase(n),
        refund: RefundId(Uuid::from_u128(refund)),
        partner: PartnerId(Uuid::from_u128(1)),
        siren: siren(),
        amount: euros(reopened.iter().chain(returned).map(|it| it.1).sum()),
        reopened: shares(reopened),
        returned: shares(returned),
        agreement: None,
    })
}

pub(super) fn returned(n: u128, cents: u64, because: ReturnCause) -> AccountEvent {
    AccountEvent::Returned(CreditsReturned {
        lot: lot_id(n),
        envelope: envelope(n),
        funder: funder(),
        amount: euros(cents),
        because,
    })
}

pub(super) fn reused(reference: &dyn std::fmt::Display) -> AccountRefusal {
    AccountRefusal::ReferenceReused { reference: reference.to_string() }
}
