//! Payments that a team makes on a partner's site, and that its head of school decides on.

use super::*;
use crate::account::{
    AccountCommand, AccountOpened, Authority, Holder, School, SchoolLevel, TeamCommand, TeamRole,
    TeamRules,
};
use crate::identifiers::Uai;
use crate::process::topups::top_up;

fn school() -> Uai {
    "0750655E".parse().unwrap()
}

fn member() -> AccountId {
    crate::story::account(7)
}

fn payer(team: AccountId) -> Payer {
    Payer { account: team, by: Some(member()) }
}

/// A team with 10,00 €, one member, and a head who agrees to what costs more than 4,00 €.
async fn team(ledger: &Ledger) -> AccountId {
    opened_envelope(ledger, 1_000_00).await;
    published_offer(ledger, 3_00, Billing::Once).await;
    let account = crate::story::account(1);
    let school = School { uai: school(), level: SchoolLevel::LowerSecondary, academy: 1 };
    let (by, role) = (Authority::Teacher(member()), TeamRole::Manager);
    let rules =
        TeamRules { approval_above: Some(Balance::from_cents(4_00)), ..TeamRules::default() };
    let made = AccountCommand::Together(vec![
        AccountCommand::Open(AccountOpened { holder: Holder::Team, school }),
        AccountCommand::Team(TeamCommand::Add { member: member(), role, by }),
        AccountCommand::Team(TeamCommand::SetRules { rules, by: head() }),
    ]);
    ledger.execute::<Account>(account, &made, meta()).await.unwrap();
    top_up(ledger, &topup(1, 10_00), meta()).await.unwrap();
    account
}

fn head() -> Authority {
    Authority::Head { school: school(), account: crate::story::account(99) }
}

/// What the head says of all lines.
async fn decided(ledger: &Ledger, team: AccountId, command: impl Fn(PurchaseId) -> TeamCommand) {
    let lines = created(ledger).await.lines.clone();
    let commands = lines.iter().map(|it| AccountCommand::Team(command(it.purchase)));
    let command = AccountCommand::Together(commands.collect());
    ledger.execute::<Account>(team, &command, meta()).await.unwrap();
}

fn approve(purchase: PurchaseId) -> TeamCommand {
    TeamCommand::Approve { purchase, by: head(), on: today() }
}

fn refuse(purchase: PurchaseId) -> TeamCommand {
    let because = crate::account::team::RefusedBecause::Budget;
    TeamCommand::Refuse { purchase, because, words: "".into(), by: head(), on: today() }
}

async fn step(ledger: &Ledger) -> PaymentStep {
    paid(ledger, PAYMENT, None).await.unwrap().state.step
}

/// A payment of two lines, of 5,00 € in all, that waits for the head.
async fn waiting(ledger: &Ledger) -> AccountId {
    let account = team(ledger).await;
    asked(ledger, vec![offered(1), free(2_00)]).await;
    let asked = created(ledger).await;
    let quoted = quote(ledger, &asked, payer(account), meta().at, today()).await;
    assert!(quoted.unwrap().approval.is_some());
    for _ in 0..2 {
        confirm(ledger, PAYMENT, payer(account), BUYER, today(), meta()).await.unwrap();
    }
    assert!(
        matches!(step(ledger).await, PaymentStep::Awaiting { account: by, .. } if by == account)
    );
    assert_eq!(spendable(ledger, account).await, 5_00);
    account
}

#[tokio::test]
async fn lines_are_compared_with_the_threshold_together_and_wait_together() {
    let ledger = ledger();
    let account = waiting(&ledger).await;
    let all = capture_of(1, None, true);
    let refused = capture(&ledger, PAYMENT, PARTNER, &all, meta()).await;
    assert_eq!(refusal(refused), PaymentRefusal::NotAuthorised.into());

    decided(&ledger, account, approve).await;
    for _ in 0..2 {
        finish(&ledger, PAYMENT, account, BUYER, meta()).await.unwrap();
    }
    assert!(matches!(step(&ledger).await, PaymentStep::Authorised { .. }));
    let paid = capture(&ledger, PAYMENT, PARTNER, &all, meta()).await.unwrap();
    assert_eq!(told(&paid), [(0, 3_00, 0), (0, 2_00, 0)]);
}

#[tokio::test]
async fn what_is_within_the_threshold_is_confirmed_at_once() {
    let ledger = ledger();
    let account = team(&ledger).await;
    asked(&ledger, vec![offered(1)]).await;
    confirm(&ledger, PAYMENT, payer(account), BUYER, today(), meta()).await.unwrap();
    assert!(matches!(step(&ledger).await, PaymentStep::Authorised { .. }));
}

#[tokio::test]
async fn a_refusal_declines_the_payment_and_frees_the_money() {
    let ledger = ledger();
    let account = waiting(&ledger).await;
    decided(&ledger, account, refuse).await;
    finish(&ledger, PAYMENT, account, BUYER, meta()).await.unwrap();
    assert_eq!(step(&ledger).await, PaymentStep::Declined);
    assert_eq!(spendable(&ledger, account).await, 10_00);
}

#[tokio::test]
async fn a_line_that_its_buyer_gives_up_ends_the_whole_payment() {
    let ledger = ledger();
    let account = waiting(&ledger).await;
    let purchase = created(&ledger).await.lines[0].purchase;
    let cancel = crate::account::Cancel { purchase, reason: "erreur".into() };
    let cancel = AccountCommand::Cancel(cancel);
    ledger.execute::<Account>(account, &cancel, meta()).await.unwrap();
    finish(&ledger, PAYMENT, account, BUYER, meta()).await.unwrap();
    assert_eq!(step(&ledger).await, PaymentStep::Declined);
    assert_eq!(spendable(&ledger, account).await, 10_00);
}

#[tokio::test]
async fn nobody_decides_and_the_payment_ends_with_its_request() {
    let ledger = ledger();
    let account = waiting(&ledger).await;
    let PaymentStep::Awaiting { until, .. } = step(&ledger).await else { panic!() };
    let late = crate::meta::Meta { at: until, ..meta() };
    // The term passed, and the holds are not freed yet: nothing is authorised meanwhile.
    finish(&ledger, PAYMENT, account, BUYER, late).await.unwrap();
    assert!(matches!(step(&ledger).await, PaymentStep::Awaiting { .. }));
    for line in &created(&ledger).await.lines {
        let expire = AccountCommand::ExpireHold { purchase: line.purchase, at: until };
        ledger.execute::<Account>(account, &expire, late).await.unwrap();
    }
    finish(&ledger, PAYMENT, account, BUYER, late).await.unwrap();
    assert_eq!(step(&ledger).await, PaymentStep::Expired);
    assert_eq!(spendable(&ledger, account).await, 10_00);
}

#[tokio::test]
async fn a_partner_cancels_what_waits_and_only_who_asked_declines_it() {
    let (once, again) = (ledger(), ledger());
    for ledger in [&once, &again] {
        let account = waiting(ledger).await;
        let stranger = crate::story::account(8);
        let refused = decline(ledger, PAYMENT, stranger, meta()).await;
        assert_eq!(refusal(refused), PaymentRefusal::TakenByAnother.into());
        let refused = confirm(ledger, PAYMENT, Payer::own(stranger), BUYER, today(), meta()).await;
        assert_eq!(refusal(refused), PaymentRefusal::TakenByAnother.into());
        assert_eq!(spendable(ledger, account).await, 5_00);
    }
    cancel(&once, PAYMENT, PARTNER, "rupture".into(), meta()).await.unwrap();
    assert_eq!(step(&once).await, PaymentStep::Cancelled);
    decline(&again, PAYMENT, member(), meta()).await.unwrap();
    assert_eq!(step(&again).await, PaymentStep::Declined);
    for ledger in [&once, &again] {
        assert_eq!(spendable(ledger, crate::story::account(1)).await, 10_00);
    }
}
