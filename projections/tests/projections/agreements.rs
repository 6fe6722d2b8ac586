//! Agreements, what is left to count, and subscriptions whose renewal is to be proposed.

use std::collections::BTreeMap;

use ledger_core::account::{AccountCommand, AccountEvent, AcquireLicence, LicenceAcquired};
use ledger_core::agreement::*;
use ledger_core::codec;
use ledger_core::event::Event;
use ledger_core::event_log::EventLog;
use ledger_core::ids::{AccountId, AgreementId, OfferId, PurchaseId};
use ledger_core::meta::{Actor, Role, accounting_day};
use ledger_core::money::{Balance, Budget};
use ledger_core::offer::{Billing, Licence, Scope};
use ledger_core::process::agreements::Movement;
use ledger_core::repeated::Repeated;
use projections::reports::agreements::AgreementLine;
use uuid::Uuid;

use crate::story::*;

fn atlas() -> OfferId {
    offer_of(1, "Atlas")
}

fn command(story: &Story, act: AgreementAct) -> AgreementCommand {
    let officer = matches!(act, AgreementAct::Sign(_) | AgreementAct::End { .. });
    let role = if officer { Role::AuthorisingOfficer } else { Role::Process };
    AgreementCommand { by: Actor { role, id: Uuid::nil() }, on: accounting_day(story.now), act }
}

/// Signs an agreement on the atlas, reached after so many cents; fine if one runs.
pub async fn sign(story: &mut Story, cents: u64) {
    let on = accounting_day(story.now);
    let day = |days| on + chrono::Days::new(days);
    let it = AgreementSigned {
        offer: atlas(),
        partner: partner(1),
        ceiling: Ceiling::Spending(Budget::from_cents(cents).unwrap()),
        first_day: on,
        last_day: day(60),
        free_until: day(90),
        credit_days: 20,
        credit: Credit::Share { basis_points: 5_000 },
        reference: "LL".into(),
    };
    let command = command(story, AgreementAct::Sign(it));
    let _ = story.agree(AgreementId::of(atlas()), &command).await;
}

/// Has the agreement count all that the log holds since it was signed; what the rules refuse does
/// not happen.
#[expect(clippy::wildcard_enum_match_arm, reason = "few events are counted")]
pub async fn follow(story: &mut Story) {
    let mut offers: BTreeMap<(AccountId, PurchaseId), OfferId> = BTreeMap::new();
    let (mut signed, mut acts) = (false, Vec::new());
    for it in story.log.read_all(0, usize::MAX).await.unwrap() {
        let account = AccountId(it.stream.id);
        match codec::read(&it).unwrap() {
            Event::Agreement(AgreementEvent::Signed(_)) => signed = true,
            Event::Account(AccountEvent::Authorised(it)) => {
                offers.insert((account, it.purchase), it.terms.offer);
            }
            Event::Account(AccountEvent::Captured(of))
                if signed && offers.get(&(account, of.purchase)) == Some(&atlas()) =>
            {
                let (purchase, capture, amount) = (of.purchase, of.capture, of.amount);
                let (day, position) = (it.meta.day(), it.position);
                acts.push(AgreementAct::Count(SpendingCounted {
                    account,
                    purchase,
                    capture,
                    amount,
                    day,
                    position,
                }));
            }
            Event::Account(AccountEvent::Refunded(of))
                if signed && offers.get(&(account, of.purchase)) == Some(&atlas()) =>
            {
                let (purchase, refund, amount) = (of.purchase, of.refund, of.amount);
                acts.push(AgreementAct::Uncount { account, purchase, refund, amount });
            }
            _ => (),
        }
    }
    for act in acts {
        let command = command(story, act);
        let _ = story.agree(AgreementId::of(atlas()), &command).await;
    }
}

async fn end(story: &mut Story) {
    let command = command(story, AgreementAct::End { reason: "retirée".into() });
    story.agree(AgreementId::of(atlas()), &command).await.unwrap();
}

#[tokio::test]
async fn what_is_left_to_count_is_told_in_the_order_of_the_log_until_it_is_counted() {
    let mut story = september().await;
    story.now = instant("2026-10-05T08:00:00Z");
    story.topped_up(1, 2, 60_00).await;
    story.topped_up(2, 2, 60_00).await;
    story.account(account(1), &AccountCommand::Pay(authorise(20, "Atlas", 12_00))).await.unwrap();
    sign(&mut story, 30_00).await;
    let models = story.read_models().await;
    let before = models.at_end().await.agreement_movements(10).unwrap();
    assert_eq!(before, [], "what was captured before the signature never counts");

    for (who, number) in [(1, 21), (2, 22)] {
        let pay = AccountCommand::Pay(authorise(number, "Atlas", 12_00));
        story.account(account(who), &pay).await.unwrap();
    }
    story.account(account(1), &refund(21, 1, Some(2_00), "2026-10-05")).await.unwrap();
    story.account(account(1), &refund(20, 2, Some(2_00), "2026-10-05")).await.unwrap();
    let pay = AccountCommand::Pay(authorise(23, "Fractions", 3_20));
    story.account(account(1), &pay).await.unwrap();
    let left = models.at_end().await.agreement_movements(10).unwrap();
    let told: Vec<_> = left
        .iter()
        .map(|(id, it)| match it {
            Movement::Captured(it) => (*id, it.purchase, false, it.amount),
            Movement::Refunded { purchase, amount, .. } => (*id, *purchase, true, *amount),
        })
        .collect();
    let id = AgreementId::of(atlas());
    let expected = [
        (id, purchase(21), false, euros(12_00)),
        (id, purchase(22), false, euros(12_00)),
        (id, purchase(21), true, euros(2_00)),
    ];
    assert_eq!(told, expected);

    follow(&mut story).await;
    let reader = models.at_end().await;
    assert_eq!(reader.agreement_movements(10).unwrap(), []);
    assert_eq!(reader.agreements_to_credit().unwrap(), []);
    let row = reader.agreement(atlas()).unwrap().unwrap();
    assert_eq!((row.title.as_str(), row.percent()), ("Atlas", 73));
    assert_eq!((row.counted.total.cents(), row.counted.buyers), (22_00, 2));
    let lines = reader.agreement_lines(atlas(), None, 2).unwrap();
    let told: Vec<_> = lines.rows.iter().map(|it| (it.purchase, it.refund)).collect();
    assert_eq!(told, [(purchase(21), false), (purchase(22), false)]);
    let rest = reader.agreement_lines(atlas(), lines.next, 2).unwrap();
    assert!(matches!(rest.rows[..], [AgreementLine { refund: true, .. }]) && rest.next.is_none());
}

#[tokio::test]
async fn once_it_is_reached_recent_buyers_are_to_be_credited_and_the_offer_is_held_for_nothing() {
    let mut story = september().await;
    story.now = instant("2026-10-05T08:00:00Z");
    story.topped_up(1, 2, 60_00).await;
    sign(&mut story, 10_00).await;
    story.account(account(1), &AccountCommand::Pay(authorise(21, "Atlas", 12_00))).await.unwrap();
    follow(&mut story).await;
    let models = story.read_models().await;
    let id = AgreementId::of(atlas());
    let reader = models.at_end().await;
    assert_eq!(reader.agreements_to_credit().unwrap(), [id]);
    let row = reader.agreement(atlas()).unwrap().unwrap();
    assert_eq!(row.standing(day("2026-10-06")), Standing::Free(day("2026-10-05")));
    assert_eq!(row.standing(day("2027-01-04")), Standing::Over, "its term has passed");
    drop(reader);

    let note = BuyerCredited {
        account: account(1),
        purchase: purchase(21),
        capture: ledger_core::ids::CaptureId(purchase(21).0),
        amount: Balance::from_cents(6_00),
    };
    let command = command(&story, AgreementAct::NoteCredit(note));
    story.agree(id, &command).await.unwrap();
    let licence =
        LicenceAcquired { purchase: purchase(30), terms: terms(1, "Atlas", 12_00), agreement: id };
    let acquire = AccountCommand::AcquireLicence(AcquireLicence { licence, by: None });
    story.account(account(3), &acquire).await.unwrap();
    let reader = models.at_end().await;
    assert_eq!(reader.agreements_to_credit().unwrap(), []);
    assert_eq!(reader.agreement(atlas()).unwrap().unwrap().credited.cents(), 6_00);
    let own = reader.holdings(account(3), atlas(), day("2026-10-06")).unwrap().own.unwrap();
    assert_eq!(own.purchase, purchase(30));
    let row = reader.purchase(purchase(30)).unwrap().unwrap();
    assert_eq!((row.amount, row.spent()), (Balance::ZERO, Balance::ZERO));
    drop(reader);

    end(&mut story).await;
    let row = models.at_end().await.agreement(atlas()).unwrap().unwrap();
    assert_eq!((row.ended, row.reason.as_str()), (Some(day("2026-10-05")), "retirée"));
}

#[tokio::test]
async fn a_subscription_is_to_be_proposed_in_its_last_thirty_days_while_it_is_kept_and_sold() {
    let mut story = september().await;
    story.now = instant("2026-10-05T08:00:00Z");
    for number in [1, 2] {
        story.topped_up(number, 2, 60_00).await;
        let mut it = authorise(40 + number, "Atlas", 12_00);
        let mut terms = (*it.terms).clone();
        terms.billing = Billing::Subscription;
        terms.licence = Licence { scope: Scope::Class, days: Some(90) };
        it.terms = Repeated::new(terms);
        story.account(account(number), &AccountCommand::Pay(it)).await.unwrap();
    }
    let models = story.read_models().await;
    let due = |reader: projections::Reader, on: &str| {
        let rows = reader.terms_to_propose(day(on), 30, 10).unwrap();
        rows.iter().map(|it| (it.purchase, it.until)).collect::<Vec<_>>()
    };
    let until = day("2027-01-03");
    assert_eq!(due(models.at_end().await, "2026-12-03"), [], "too early");
    let both = [(purchase(41), until), (purchase(42), until)];
    assert_eq!(due(models.at_end().await, "2026-12-04"), both);
    assert_eq!(due(models.at_end().await, "2027-01-04"), [], "over");

    story.account(account(2), &refund(42, 1, None, "2026-10-06")).await.unwrap();
    assert_eq!(due(models.at_end().await, "2026-12-04"), both[..1], "refunded whole");
    let withdraw = ledger_core::offer::OfferCommand::Withdraw { reason: "Épuisé".into() };
    story.offer(atlas(), &withdraw).await.unwrap();
    assert_eq!(due(models.at_end().await, "2026-12-04"), [], "not sold any more");
}
