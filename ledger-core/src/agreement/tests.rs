//! The rules of an agreement, one test each.

use uuid::Uuid;

use super::*;
use crate::decider::{Given, given};
use crate::ids::PartnerId;
use crate::money::Budget;

const OFFER: OfferId = OfferId(Uuid::from_u128(3));

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn euros(cents: u64) -> Amount {
    Amount::from_cents(cents).unwrap()
}

fn asked(role: Role, act: AgreementAct) -> AgreementCommand {
    let by = Actor { role, id: Uuid::nil() };
    AgreementCommand { by, on: day("2026-10-01"), act }
}

fn officer(act: AgreementAct) -> AgreementCommand {
    asked(Role::AuthorisingOfficer, act)
}

fn process(act: AgreementAct) -> AgreementCommand {
    asked(Role::Process, act)
}

fn signed(change: impl FnOnce(&mut AgreementSigned)) -> AgreementSigned {
    let mut it = AgreementSigned {
        offer: OFFER,
        partner: PartnerId(Uuid::from_u128(1)),
        ceiling: Ceiling::Spending(Budget::from_cents(100_00).unwrap()),
        first_day: day("2026-10-01"),
        last_day: day("2027-06-30"),
        free_until: day("2028-08-31"),
        credit_days: 30,
        credit: Credit::Share { basis_points: 5_000 },
        reference: "LL-2026-01".into(),
    };
    change(&mut it);
    it
}

fn delivered(account: u128, purchase: u128, cents: u64, on: &str) -> SpendingCounted {
    SpendingCounted {
        account: AccountId(Uuid::from_u128(account)),
        purchase: PurchaseId(Uuid::from_u128(purchase)),
        capture: CaptureId(Uuid::from_u128(purchase)),
        amount: euros(cents),
        day: day(on),
        position: u64::try_from(purchase).unwrap(),
    }
}

fn count(it: SpendingCounted) -> AgreementCommand {
    process(AgreementAct::Count(it))
}

fn uncount(of: &SpendingCounted, refund: u128, cents: u64) -> AgreementCommand {
    process(AgreementAct::Uncount {
        account: of.account,
        purchase: of.purchase,
        refund: RefundId(Uuid::from_u128(refund)),
        amount: euros(cents),
    })
}

fn taken_off(of: &SpendingCounted, refund: u128, cents: u64) -> AgreementEvent {
    AgreementEvent::TakenOff(SpendingTakenOff {
        account: of.account,
        purchase: of.purchase,
        refund: RefundId(Uuid::from_u128(refund)),
        amount: Balance::from_cents(cents),
    })
}

fn reached(by: &SpendingCounted, total: u64, buyers: u32) -> AgreementEvent {
    AgreementEvent::Reached(CeilingReached {
        on: by.day,
        position: by.position,
        total: Balance::from_cents(total),
        buyers,
    })
}

fn an_agreement(change: impl FnOnce(&mut AgreementSigned)) -> Given<Agreement> {
    given([AgreementEvent::Signed(signed(change))])
}

#[test]
fn an_agreement_is_signed_once_by_the_authorising_officer() {
    let it = signed(|_| ());
    let other = signed(|it| it.credit_days = 10);
    given::<Agreement>([])
        .when(process(AgreementAct::Sign(it.clone())))
        .then_refused(AgreementRefusal::WrongRole { needed: Role::AuthorisingOfficer })
        .when(officer(AgreementAct::Sign(it.clone())))
        .then([AgreementEvent::Signed(it)])
        .when(officer(AgreementAct::Sign(other)))
        .then_refused(AgreementRefusal::Runs { until: day("2028-08-31") });
}

#[test]
fn an_agreement_that_is_over_may_be_followed_by_another() {
    let ended = AgreementEvent::Ended(AgreementEnded {
        on: day("2026-10-01"),
        reason: "retiré de la vente".into(),
    });
    let next = signed(|it| it.reference = "LL-2026-02".into());
    let end = AgreementAct::End { reason: "retiré de la vente".into() };
    an_agreement(|_| ())
        .when(officer(end))
        .then([ended])
        .when(officer(AgreementAct::Sign(next.clone())))
        .then([AgreementEvent::Signed(next)]);
}

#[test]
fn what_is_signed_can_be_carried_out() {
    type Change = fn(&mut AgreementSigned);
    let refused: [(&str, Change); 6] = [
        ("first_day", |it| it.first_day = day("2026-09-30")),
        ("last_day", |it| it.last_day = day("2026-09-30")),
        ("free_until", |it| it.free_until = day("2027-06-29")),
        ("credit_days", |it| it.credit_days = 367),
        ("credit", |it| it.credit = Credit::Share { basis_points: 10_001 }),
        ("reference", |it| it.reference = " ".into()),
    ];
    for (field, change) in refused {
        let refusal = Agreement::default().decide_sign(signed(change));
        assert!(
            matches!(refusal, Err(AgreementRefusal::Invalid { field: told, .. }) if told == field)
        );
    }
}

impl Agreement {
    fn decide_sign(&self, it: AgreementSigned) -> Result<Vec<AgreementEvent>, AgreementRefusal> {
        use crate::decider::Decider;
        self.decide(&officer(AgreementAct::Sign(it)))
    }
}

#[test]
fn the_capture_that_fills_the_ceiling_frees_the_offer_and_is_counted_whole() {
    let (first, second) =
        (delivered(1, 1, 60_00, "2026-10-02"), delivered(2, 2, 55_00, "2026-11-05"));
    let state = an_agreement(|_| ())
        .when(count(first.clone()))
        .then([AgreementEvent::Counted(first)])
        .when(count(second.clone()))
        .then([AgreementEvent::Counted(second.clone()), reached(&second, 115_00, 2)])
        .0;
    assert_eq!(state.frees(day("2026-11-05")), Some(day("2026-11-05")));
    assert_eq!(state.frees(day("2028-08-31")), Some(day("2026-11-05")));
    assert_eq!(state.frees(day("2028-09-01")), None);
}

#[test]
fn a_capture_on_its_way_when_the_ceiling_is_reached_is_counted_and_credited() {
    let (first, late) =
        (delivered(1, 1, 100_00, "2026-10-02"), delivered(2, 2, 10_00, "2027-07-01"));
    let state = an_agreement(|_| ())
        .when(count(first.clone()))
        .then([AgreementEvent::Counted(first.clone()), reached(&first, 100_00, 1)])
        .when(count(late.clone()))
        .then([AgreementEvent::Counted(late.clone())])
        .0;
    assert_eq!(state.total, Balance::from_cents(110_00));
    let due = [
        (first.delivered(), Balance::from_cents(50_00)),
        (late.delivered(), Balance::from_cents(5_00)),
    ];
    assert_eq!(state.credits_due(), due);
}

#[test]
fn buyers_are_distinct_accounts_less_those_who_gave_it_all_back() {
    let one = delivered(1, 1, 5_00, "2026-10-02");
    let again = delivered(1, 2, 5_00, "2026-10-03");
    let other = delivered(2, 3, 5_00, "2026-10-04");
    let third = delivered(3, 4, 5_00, "2026-10-05");
    an_agreement(|it| it.ceiling = Ceiling::Buyers(2))
        .when(count(one.clone()))
        .then([AgreementEvent::Counted(one.clone())])
        .when(count(again.clone()))
        .then([AgreementEvent::Counted(again.clone())])
        .when(uncount(&one, 9, 5_00))
        .then([taken_off(&one, 9, 5_00)])
        .when(uncount(&again, 9, 5_00))
        .then([taken_off(&again, 9, 5_00)])
        .when(count(other.clone()))
        .then([AgreementEvent::Counted(other)])
        .when(count(third.clone()))
        .then([AgreementEvent::Counted(third.clone()), reached(&third, 10_00, 2)]);
}

#[test]
fn a_refund_lowers_the_count_until_it_is_reached_and_never_after() {
    let (first, second) =
        (delivered(1, 1, 60_00, "2026-10-02"), delivered(2, 2, 60_00, "2026-10-05"));
    let state = an_agreement(|_| ())
        .when(count(first.clone()))
        .then([AgreementEvent::Counted(first.clone())])
        .when(uncount(&second, 9, 10_00))
        .then_refused(AgreementRefusal::NotCounted { purchase: second.purchase })
        .when(uncount(&first, 9, 20_00))
        .then([taken_off(&first, 9, 20_00)])
        .when(count(second.clone()))
        .then([AgreementEvent::Counted(second.clone()), reached(&second, 100_00, 2)])
        .when(uncount(&second, 10, 60_00))
        .then([])
        .0;
    let due = [
        (first.delivered(), Balance::from_cents(20_00)),
        (second.delivered(), Balance::from_cents(30_00)),
    ];
    assert_eq!(state.credits_due(), due, "of what was still paid when it was reached");
}

#[test]
fn only_recent_buyers_are_credited_each_once() {
    let old = delivered(1, 1, 60_00, "2026-10-02");
    let first = delivered(2, 2, 1, "2026-11-05");
    let last = delivered(3, 3, 60_00, "2026-12-05");
    let note = BuyerCredited {
        account: last.account,
        purchase: last.purchase,
        capture: last.capture,
        amount: Balance::from_cents(30_00),
    };
    let state = given::<Agreement>([
        AgreementEvent::Signed(signed(|_| ())),
        AgreementEvent::Counted(old.clone()),
        AgreementEvent::Counted(first.clone()),
        AgreementEvent::Counted(last.clone()),
        reached(&last, 120_01, 3),
    ]);
    let due = [(first.delivered(), Balance::ZERO), (last.delivered(), Balance::from_cents(30_00))];
    assert_eq!(state.0.credits_due(), due, "half a cent is nothing");
    let after = state
        .when(process(AgreementAct::NoteCredit(note.clone())))
        .then([AgreementEvent::Credited(note)]);
    assert_eq!(after.0.credits_due(), due[..1]);
}

#[test]
fn nothing_counts_outside_its_period_or_twice_for_another_amount() {
    let it = delivered(1, 1, 5_00, "2026-10-02");
    let capture = it.capture;
    an_agreement(|_| ())
        .when(count(delivered(1, 1, 5_00, "2026-09-30")))
        .then_refused(AgreementRefusal::Over)
        .when(count(delivered(1, 1, 5_00, "2027-07-01")))
        .then_refused(AgreementRefusal::Over)
        .when(count(it.clone()))
        .then([AgreementEvent::Counted(it)])
        .when(count(delivered(1, 1, 6_00, "2026-10-02")))
        .then_refused(AgreementRefusal::ReferenceReused { capture });
}

#[test]
fn a_fixed_credit_is_never_more_than_was_paid() {
    let credit = Credit::Fixed { amount: euros(4_00) };
    assert_eq!(credit.of(Balance::from_cents(10_00)), Balance::from_cents(4_00));
    assert_eq!(credit.of(Balance::from_cents(3_00)), Balance::from_cents(3_00));
}
