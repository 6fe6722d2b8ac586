//! What accountants read: ledgers, journals, trails and checks, down to the event.

use ledger_core::account::AccountCommand;
use ledger_core::calendar::YearClosed;
use ledger_core::chart::{Auxiliary, LedgerAccount};
use ledger_core::journal::Journal;
use ledger_core::meta::{Actor, Role};
use projections::beancount::beancount;
use projections::hledger::hledger;
use projections::net::Net;
use projections::reports::closing::Closing;
use projections::reports::general_ledger::{LedgerOf, general_ledger};
use projections::reports::journal::{JournalOf, journal, journal_csv};
use projections::reports::trail::{event_at, purchase_trail, trail};
use projections::reports::trial_balance::TrialBalanceOf;
use proptest::prelude::*;
use uuid::Uuid;

use crate::rebuilt::{play, step};
use crate::story::*;
use crate::tables::reads;

const ALL: LedgerOf =
    LedgerOf { account: LedgerAccount::Holds, auxiliary: None, from: None, to: None, known: None };

#[tokio::test]
async fn a_ledger_line_names_its_event_and_its_counterpart() {
    let models = september().await.read_models().await;
    let ledger = general_ledger(models.at_end().await, &models.log, ALL, None, 100).await.unwrap();
    assert_eq!(ledger.next, None);
    assert_eq!(ledger.closing(), Net::ZERO);
    reads("general_ledger_801200.txt", &ledger.to_string());
}

#[tokio::test]
async fn a_ledger_between_dates_opens_with_what_came_before() {
    let models = september().await.read_models().await;
    let of = LedgerOf {
        auxiliary: Some(Auxiliary::Funder(state())),
        from: Some(day("2026-09-13")),
        to: Some(day("2026-09-13")),
        ..ALL
    };
    let ledger = general_ledger(models.at_end().await, &models.log, of, None, 100).await.unwrap();
    reads("general_ledger_801200_state.txt", &ledger.to_string());
}

#[tokio::test]
async fn pages_of_a_ledger_follow_each_other_with_the_same_running_balance() {
    let models = september().await.read_models().await;
    let whole = general_ledger(models.at_end().await, &models.log, ALL, None, 100).await.unwrap();
    for limit in 1..5 {
        let (mut lines, mut after) = (Vec::new(), None);
        loop {
            let reader = models.at_end().await;
            let page = general_ledger(reader, &models.log, ALL, after, limit).await.unwrap();
            assert_eq!((page.opening, page.closing()), (whole.opening, whole.closing()));
            lines.extend(page.lines);
            after = page.next;
            let Some(next) = after else { break };
            assert_eq!(next.to_string().parse(), Ok(next));
        }
        assert_eq!(lines, whole.lines);
    }
}

#[tokio::test]
async fn the_journal_is_every_entry_in_the_order_of_days() {
    let models = september().await.read_models().await;
    let all = JournalOf::default();
    let page = journal(models.at_end().await, &models.log, all, None, 100).await.unwrap();
    reads("journal.txt", &page.to_string());

    let mut csv = Vec::new();
    journal_csv(models.at_end().await, &models.log, all, &mut csv).await.unwrap();
    reads("journal.csv", &String::from_utf8(csv).unwrap());

    let (mut entries, mut after) = (Vec::new(), None);
    loop {
        let reader = models.at_end().await;
        let part = journal(reader, &models.log, all, after, 3).await.unwrap();
        entries.extend(part.entries);
        after = part.next;
        let Some(next) = after else { break };
        assert_eq!(next.to_string().parse(), Ok(next));
    }
    assert_eq!(entries, page.entries);

    let purchases = JournalOf {
        journal: Some(Journal::Purchases),
        from: Some(day("2026-09-13")),
        to: Some(day("2026-09-30")),
    };
    let page = journal(models.at_end().await, &models.log, purchases, None, 100).await.unwrap();
    let sums: Vec<u64> =
        page.entries.iter().flat_map(|it| &it.postings).map(|it| it.amount.cents()).collect();
    assert_eq!(sums, [7_00, 1_00, 2_00, 2_00]);
}

#[tokio::test]
async fn a_purchase_is_followed_from_the_credit_that_paid_it_to_its_refund() {
    let models = september().await.read_models().await;
    let told = purchase_trail(models.at_end().await, &models.log, purchase(1)).await.unwrap();
    reads("trail_purchase.txt", &told.unwrap().to_string());
    let none = purchase_trail(models.at_end().await, &models.log, purchase(77)).await.unwrap();
    assert_eq!(none, None);
}

#[tokio::test]
async fn any_object_has_a_trail() {
    let models = september().await.read_models().await;
    let told = trail(&models.log, envelope(1).into()).await.unwrap();
    reads("trail_envelope.txt", &told.to_string());
    let first = event_at(&models.log, 1).await.unwrap().unwrap();
    assert_eq!(first.event, "partner_registered");
    assert_eq!(event_at(&models.log, 0).await.unwrap(), None);
    assert_eq!(event_at(&models.log, 9_999).await.unwrap(), None);
}

#[tokio::test]
async fn the_ledger_agrees_with_what_accounts_have() {
    let models = september().await.read_models().await;
    let reader = models.at_end().await;
    let checks = reader.check().unwrap();
    assert!(checks.hold(), "{checks}");
    reads("check.txt", &checks.to_string());
    let lots = reader.check_lots().unwrap();
    assert!(lots.hold(), "{lots}");
}

#[tokio::test]
async fn a_day_is_whole_even_when_the_clock_went_back() {
    let mut story = september().await;
    for (number, at) in [(10, "2026-10-08T22:10:00Z"), (11, "2026-10-08T21:50:00Z")] {
        story.now = instant(at);
        let pay = AccountCommand::Pay(authorise(number, "Atlas", 1_00));
        story.account(account(3), &pay).await.unwrap();
    }
    let models = story.read_models().await;
    let of = LedgerOf { from: Some(day("2026-10-08")), to: Some(day("2026-10-08")), ..ALL };
    let ledger = general_ledger(models.at_end().await, &models.log, of, None, 100).await.unwrap();
    let end = story.end().await;
    let positions: Vec<_> = ledger.lines.iter().map(|it| it.position).collect();
    assert_eq!(positions, [end - 4, end - 1, end], "the later event, of the earlier day");
    assert_eq!(ledger.lines.last().unwrap().balance, ledger.closing());
    let of = TrialBalanceOf { to: Some(day("2026-10-08")), ..TrialBalanceOf::default() };
    let before = models.at_end().await.trial_balance(of).unwrap();
    let holds = before.lines.iter().find(|it| it.account == LedgerAccount::Holds).unwrap();
    assert_eq!(holds.closing(), ledger.closing());
}

/// What `hledger` says to `arguments` about `journal`; `None` where it is not installed.
fn asked(journal: &str, arguments: &[&str]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.journal");
    std::fs::write(&path, journal).unwrap();
    let asked = std::process::Command::new("hledger").arg("-f").arg(&path).args(arguments).output();
    let answer = match asked {
        Ok(answer) => answer,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("skipped: hledger is not installed");
            return None;
        }
        Err(error) => panic!("{error}"),
    };
    let said = String::from_utf8(answer.stderr).unwrap();
    assert!(answer.status.success(), "{said}\n{journal}");
    Some(String::from_utf8(answer.stdout).unwrap())
}

#[tokio::test]
async fn hledger_accepts_the_journal_and_finds_the_same_balances() {
    let models = september().await.read_models().await;
    let mut text = Vec::new();
    hledger(models.at_end().await, &models.log, JournalOf::default(), &mut text).await.unwrap();
    let text = String::from_utf8(text).unwrap();
    reads("september.journal", &text);
    let Some(_) = asked(&text, &["check", "-s"]) else { return };
    let found = asked(&text, &["bal", "--flat", "-N", "-E", "-O", "csv"]).unwrap();
    let of = TrialBalanceOf { by_auxiliary: true, ..TrialBalanceOf::default() };
    let ours = models.at_end().await.trial_balance(of).unwrap();
    let expected: Vec<String> = ours
        .lines
        .iter()
        .map(|it| {
            let number = it.account.number();
            let auxiliary = it.auxiliary.map(|it| it.to_string()).unwrap_or_default();
            let name = format!("{}:{number}:{auxiliary}", number / 100_000);
            let cents = it.closing().cents();
            let sum = match cents {
                0 => "0".to_owned(),
                _ => format!(
                    "{}{},{:02} EUR",
                    if cents < 0 { "-" } else { "" },
                    cents.abs() / 100,
                    cents.abs() % 100
                ),
            };
            format!("\"{}\",\"{sum}\"", name.trim_end_matches(':'))
        })
        .collect();
    let found: Vec<&str> = found.lines().skip(1).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn the_journal_is_written_for_beancount() {
    let models = september().await.read_models().await;
    let mut text = Vec::new();
    beancount(models.at_end().await, &models.log, JournalOf::default(), &mut text).await.unwrap();
    reads("september.beancount", &String::from_utf8(text).unwrap());
}

#[tokio::test]
async fn a_year_is_closed_with_the_fingerprint_of_its_trial_balance() {
    let models = september().await.read_models().await;
    let reader = models.at_end().await;
    let by = Actor { role: Role::Accountant, id: Uuid::nil() };
    let Closing::Sound(closed) = reader.closing(2026, by).unwrap() else { panic!("unsound") };
    let balance =
        reader.trial_balance(TrialBalanceOf { by_auxiliary: true, ..Default::default() }).unwrap();
    assert_eq!((closed.debit, closed.credit), (balance.totals().debit, balance.totals().credit));
    assert_eq!(closed.accounts as usize, balance.lines.len());
    assert!(reader.is_as_closed(&closed).unwrap());
    let before = YearClosed { year: 2025, ..closed.clone() };
    assert!(!reader.is_as_closed(&before).unwrap(), "an empty year has the same fingerprint");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_ledger_holds_at_its_end(
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let models = play(&steps).await.read_models().await;
            let reader = models.at_end().await;
            let (checks, lots) = (reader.check().unwrap(), reader.check_lots().unwrap());
            prop_assert!(checks.hold(), "{}", checks);
            prop_assert!(lots.hold(), "{}", lots);
            // Every account's ledger, page by page, ends where the trial balance says.
            let of = TrialBalanceOf { by_auxiliary: true, ..TrialBalanceOf::default() };
            for line in reader.trial_balance(of).unwrap().lines {
                let of = LedgerOf {
                    account: line.account,
                    auxiliary: line.auxiliary.filter(|it| *it != Auxiliary::None),
                    ..ALL
                };
                let ledger =
                    general_ledger(models.at_end().await, &models.log, of, None, 10_000).await;
                let ledger = ledger.unwrap();
                prop_assert_eq!(ledger.closing(), line.closing());
                prop_assert_eq!(ledger.lines.last().map(|it| it.balance), Some(line.closing()));
            }
            Ok(())
        })?;
    }
}
