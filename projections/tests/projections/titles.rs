//! Titles of partners' fees, as tables, books and exports tell them.

use ledger_core::chart::LedgerAccount;
use ledger_core::codec::Stored;
use ledger_core::decider::Decider;
use ledger_core::digest::Digest;
use ledger_core::ids::SettlementId;
use ledger_core::meta::Actor;
use ledger_core::money::Balance;
use ledger_core::partner::FeeTerms;
use ledger_core::settlement::*;
use projections::beancount::beancount;
use projections::fec::{Encoding, FecOf, fec};
use projections::hledger::hledger;
use projections::reports::journal::JournalOf;
use projections::reports::titles::TitlesOf;
use projections::reports::trial_balance::TrialBalanceOf;

use crate::story::*;
use crate::tables::reads;

/// What is due to partner 1 for the period that ends that day becomes a debt; the partner owes 2 %.
async fn matched(story: &mut Story, ends: &str, cents: u64) -> (SettlementId, Settlement) {
    let id = SettlementId::of(partner(1), day(ends));
    let sum = Balance::from_cents(cents);
    let funding =
        Funding { envelope: envelope(1), funder: city(), captured: sum, refunded: Balance::ZERO };
    let amount = ledger_core::money::Budget::from_cents(cents).unwrap();
    let charged = Charged { envelope: envelope(1), funder: city(), amount };
    let prepared = Prepared {
        partner: partner(1),
        siren: "110046018".parse().unwrap(),
        on: day(ends),
        after: 0,
        up_to: 1,
        lines: 1,
        captured: sum,
        refunded: Balance::ZERO,
        credits: Balance::ZERO,
        carried: Balance::ZERO,
        reinstated: Balance::ZERO,
        waiting: vec![],
        funding: vec![funding],
        digest: Digest::of(b"lines"),
        presumed_from: day(ends),
        previous: None,
        fee: Some(FeeTerms { rate: 20, vat: 2000, agreement: "CONV-1".into() }),
    };
    let on = ledger_core::meta::accounting_day(story.now);
    let certified = ServiceCertified {
        on,
        presumed: true,
        contested: vec![],
        charged: vec![charged],
        sample: None,
        by: Actor::PROCESS,
    };
    let stated = StatementReceived {
        reference: "REL".into(),
        dated: on,
        received: on,
        amount: sum,
        by: Actor::PROCESS,
    };
    let mut state = Settlement::default();
    for command in [
        SettlementCommand::Prepare(Box::new(prepared)),
        SettlementCommand::Certify(certified),
        SettlementCommand::ReceiveStatement(stated),
    ] {
        act(story, id, &mut state, &command).await;
    }
    (id, state)
}

async fn act(
    story: &mut Story,
    id: SettlementId,
    state: &mut Settlement,
    command: &SettlementCommand,
) {
    let events = state.decide(command).unwrap();
    for it in &events {
        state.evolve(it);
    }
    story.append(id.into(), events.iter().map(Stored::encode).collect()).await;
}

/// Two titles: the first is paid, by a line that was identified later, and its paper is kept.
async fn autumn() -> Story {
    let mut story = Story::new();
    story.partner_with(1, "Éditions du Préau", &[]).await;
    story.now = instant("2026-09-25T10:00:00Z");
    let (first, mut state) = matched(&mut story, "2026-09-15", 345_67).await;
    story.now = instant("2026-10-10T10:00:00Z");
    matched(&mut story, "2026-09-30", 1_000_00).await;
    story.now = instant("2026-10-20T10:00:00Z");
    let amount = state.fee.as_ref().unwrap().total;
    let pay =
        SettlementCommand::PayFee(FeePayment { amount, booked: None, line: "2026-201#1".into() });
    act(&mut story, first, &mut state, &pay).await;
    let voucher = Voucher::of(VoucherKind::Title, "titre.pdf", "application/pdf", b"%PDF");
    let attach = SettlementCommand::Attach { voucher, by: Actor::PROCESS };
    act(&mut story, first, &mut state, &attach).await;
    story
}

#[tokio::test]
async fn titles_are_listed_the_unpaid_first() {
    let models = autumn().await.read_models().await;
    let reader = models.at_end().await;
    let of = |wanted| -> Vec<_> {
        let rows = reader.titles(wanted).unwrap().into_iter();
        rows.map(|it| (it.period, it.title.total.cents(), it.open().cents(), it.paid_on)).collect()
    };
    let paid = (day("2026-09-15"), 8_29, 0, Some(day("2026-10-20")));
    let open = (day("2026-09-30"), 24_00, 24_00, None);
    assert_eq!(of(TitlesOf::All), [open, paid]);
    assert_eq!(of(TitlesOf::Open), [open]);
    assert_eq!(of(TitlesOf::NotKept), [open]);
    let row = &reader.titles(TitlesOf::Open).unwrap()[0];
    assert_eq!((row.partner, row.partner_name.as_str()), (partner(1), "Éditions du Préau"));
    assert_eq!([row.late_by(day("2026-11-09")), row.late_by(day("2026-11-10"))], [None, Some(1)]);
    assert_eq!(reader.titled(&row.title.reference).unwrap(), Some(row.settlement));
    assert_eq!(reader.titled("TR-20260930-110046018-FFFF").unwrap(), None);
}

#[tokio::test]
async fn what_partners_owe_is_the_titles_that_are_not_paid() {
    let models = autumn().await.read_models().await;
    let reader = models.at_end().await;
    reads(
        "trial_balance_titles.txt",
        &reader.trial_balance(TrialBalanceOf::default()).unwrap().to_string(),
    );
    let checks = reader.check().unwrap();
    let check = checks.0.iter().find(|it| it.second.0 == "411800").unwrap();
    assert!(check.holds() && check.first.1.cents() == 24_00, "{checks}");
}

#[tokio::test]
async fn exports_tell_titles_and_the_next_year_carries_the_income() {
    let models = autumn().await.read_models().await;
    let text = |year| {
        let models = &models;
        async move {
            let (mut text, of) = (Vec::new(), FecOf { year, encoding: Encoding::Utf8 });
            fec(models.at_end().await, &models.log, of, &mut text, |_| ()).await.unwrap();
            String::from_utf8(text).unwrap().replace("\r\n", "\n")
        }
    };
    reads("fec_titles.txt", &text(2026).await);
    let next = text(2027).await;
    assert!(
        next.contains("\t110000\tReport à nouveau\t") && !next.contains("\t706000\t"),
        "{next}"
    );
    let (mut ledger, mut beans) = (Vec::new(), Vec::new());
    hledger(models.at_end().await, &models.log, JournalOf::default(), &mut ledger).await.unwrap();
    beancount(models.at_end().await, &models.log, JournalOf::default(), &mut beans).await.unwrap();
    let (ledger, beans) = (String::from_utf8(ledger).unwrap(), String::from_utf8(beans).unwrap());
    for account in [LedgerAccount::Services, LedgerAccount::VatCollected] {
        let class = account.number() / 100_000;
        assert!(ledger.contains(&format!("{class}:{account}")), "{account}: {ledger}");
    }
    assert!(beans.contains("Income:Produits:C706000"), "{beans}");
    assert!(beans.contains("Liabilities:Tiers:C411800:S110046018"), "{beans}");
}
