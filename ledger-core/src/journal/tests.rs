//! Each posting rule, read as an accountant would: debit, credit, amount.

use std::fmt::Write as _;

use super::*;
use crate::account::*;
use crate::convention::*;
use crate::ids::*;
use crate::money::{Amount, Balance, Budget};
use uuid::Uuid;

#[test]
fn a_credit_opens_rights() {
    let granted = AccountEvent::Granted(CreditsGranted {
        lot: LotId(Uuid::nil()),
        envelope: EnvelopeId(Uuid::nil()),
        funder: city(),
        amount: euros(15_00),
        priority: 5,
        valid_until: "2027-08-31".parse().unwrap(),
        earmark: Earmark::default(),
        batch: None,
    });
    assert_eq!(told(granted), "HB 801120 217500016 / 809000 217500016 15,00 € Crédits ouverts\n");
}

#[test]
fn a_delivery_is_a_commitment_then_a_debt_to_the_partner() {
    let captured = AccountEvent::Captured(PurchaseCaptured {
        purchase: PurchaseId(Uuid::nil()),
        capture: CaptureId(Uuid::nil()),
        partner: PartnerId(Uuid::nil()),
        siren: siren(),
        amount: euros(10_00),
        split: [share(state(), 7_00), share(city(), 3_00)].into_iter().collect(),
        freed: [share(city(), 50)].into_iter().collect(),
        last: true,
    });
    let expected = "\
HB 801300 0214 / 801200 0214 7,00 € Engagement juridique
AC 443110 0214 / 408100 110046018 7,00 € Service fait
HB 809000 0214 / 801300 0214 7,00 € Engagement soldé
HB 801300 217500016 / 801200 217500016 3,00 € Engagement juridique
AC 443220 217500016 / 408100 110046018 3,00 € Service fait
HB 809000 217500016 / 801300 217500016 3,00 € Engagement soldé
HB 801120 217500016 / 801200 217500016 0,50 € Autorisation libérée
";
    assert_eq!(told(captured), expected);
}

#[test]
fn a_refund_lowers_the_debt_and_reopens_only_rights_that_are_not_over() {
    let refunded = AccountEvent::Refunded(PurchaseRefunded {
        purchase: PurchaseId(Uuid::nil()),
        refund: RefundId(Uuid::nil()),
        partner: PartnerId(Uuid::nil()),
        siren: siren(),
        amount: euros(3_00),
        reopened: [share(state(), 1_00)].into_iter().collect(),
        returned: [share(city(), 2_00)].into_iter().collect(),
        agreement: None,
    });
    let expected = "\
AC 408100 110046018 / 443110 0214 1,00 € Remboursement
AC 408100 110046018 / 443220 217500016 2,00 € Remboursement
HB 801110 0214 / 809000 0214 1,00 € Droits rouverts
";
    assert_eq!(told(refunded), expected);
}

#[test]
fn allocation_hold_and_expiry_move_no_general_account() {
    let held = AccountEvent::HoldExpired(HoldExpired {
        purchase: PurchaseId(Uuid::nil()),
        freed: [share(city(), 2_00)].into_iter().collect(),
        released: false,
    });
    let expired = AccountEvent::Returned(CreditsReturned {
        lot: LotId(Uuid::nil()),
        envelope: EnvelopeId(Uuid::nil()),
        funder: state(),
        amount: euros(1_00),
        because: ReturnCause::Expired,
    });
    assert_eq!(told(held), "HB 801120 217500016 / 801200 217500016 2,00 € Autorisation libérée\n");
    assert_eq!(told(expired), "HB 809000 0214 / 801110 0214 1,00 € Crédits échus\n");
}

#[test]
fn a_return_that_fails_is_reversed_exactly() {
    let (funder, amount) = (city(), Budget::from_cents(80_00).unwrap());
    let (day, end_to_end) = ("2027-09-20".parse().unwrap(), compact_str::CompactString::from("R"));
    let line = compact_str::CompactString::from("S#1");
    let by = crate::meta::Actor::PROCESS;
    let iban: crate::partner::Iban = "FR7610071750000000100420187".parse().unwrap();
    let sent = ConventionEvent::ReturnSent(ReturnSent {
        funder,
        amount,
        end_to_end: end_to_end.clone(),
        at: chrono::DateTime::UNIX_EPOCH,
        execution: day,
        from: iban,
        payer: "Nous".into(),
        by,
    });
    let (to_bank, reference) = (line.clone(), end_to_end.clone());
    let debited = ReturnDebited { end_to_end: reference, amount, booked: day, line: to_bank };
    let rejected = ConventionEvent::ReturnRejected(ReturnRejected {
        funder,
        amount,
        end_to_end: end_to_end.clone(),
        reason: "AC04".into(),
        report: crate::digest::Digest::of(b""),
    });
    let reason = "AC06".into();
    let came_back = ReturnCameBack { funder, amount, end_to_end, reason, booked: day, line };
    let entries = |event| entries(&Event::Convention(event));
    assert_eq!(entries(sent), "FI 443220 217500016 / 515900  80,00 € Restitution émise\n");
    assert_eq!(
        entries(ConventionEvent::ReturnDebited(debited)),
        "BQ 515900  / 515100  80,00 € Restitution débitée\n"
    );
    assert_eq!(entries(rejected), "FI 515900  / 443220 217500016 80,00 € Restitution rejetée\n");
    let came_back = ConventionEvent::ReturnCameBack(came_back);
    assert_eq!(own_date(&Event::Convention(came_back.clone())), Some(day), "the bank's date");
    assert_eq!(
        entries(came_back),
        "BQ 515100  / 515900  80,00 € Restitution revenue\n\
         FI 515900  / 443220 217500016 80,00 € Restitution revenue\n"
    );
}

#[test]
fn a_fee_is_a_title_of_its_own_and_nothing_is_netted() {
    use crate::settlement::{FeePaid, FeeTitled, SettlementEvent};
    let sum = |cents| Budget::from_cents(cents).unwrap();
    let on: NaiveDate = "2026-09-26".parse().unwrap();
    let titled = FeeTitled {
        siren: siren(),
        reference: "TR-1".into(),
        agreement: "CONV-1".into(),
        base: Balance::from_cents(70_00),
        rate: 20,
        vat_rate: 2000,
        net: sum(140),
        vat: Balance::from_cents(28),
        total: sum(168),
        on,
        due: on,
    };
    let exempt = FeeTitled { vat: Balance::ZERO, total: sum(140), ..titled.clone() };
    let (booked, line) = (Some(on), "S#1".into());
    let reference = "TR-1".into();
    let paid = FeePaid { siren: siren(), reference, amount: sum(168), booked, line };
    let entries = |event| entries(&Event::Settlement(event));
    assert_eq!(
        entries(SettlementEvent::FeeTitled(titled)),
        "TR 411800 110046018 / 706000  1,40 € Commission\n\
         TR 411800 110046018 / 445710  0,28 € TVA sur commission\n"
    );
    assert_eq!(
        entries(SettlementEvent::FeeTitled(exempt)),
        "TR 411800 110046018 / 706000  1,40 € Commission\n"
    );
    let paid = SettlementEvent::FeePaid(paid);
    assert_eq!(own_date(&Event::Settlement(paid.clone())), Some(on), "the bank's date");
    assert_eq!(entries(paid), "BQ 515100  / 411800 110046018 1,68 € Commission encaissée\n");
}

fn told(event: AccountEvent) -> String {
    entries(&Event::Account(event))
}

fn entries(event: &Event) -> String {
    let mut text = String::new();
    for it in postings(event) {
        let amount = Balance::from(it.amount).to_string().replace('\u{a0}', " ");
        let (debit, credit) = (it.debit, it.credit);
        writeln!(
            text,
            "{} {} {} / {} {} {amount} {}",
            it.journal.code(),
            debit.account,
            debit.auxiliary,
            credit.account,
            credit.auxiliary,
            it.label
        )
        .unwrap();
    }
    text
}

fn euros(cents: u64) -> Amount {
    Amount::from_cents(cents).unwrap()
}

fn city() -> Funder {
    "siren:217500016".parse().unwrap()
}

fn state() -> Funder {
    "state:0214".parse().unwrap()
}

fn siren() -> Siren {
    "110046018".parse().unwrap()
}

fn share(funder: Funder, cents: u64) -> Share {
    Share {
        lot: LotId(Uuid::nil()),
        envelope: EnvelopeId(Uuid::nil()),
        funder,
        amount: euros(cents),
    }
}
