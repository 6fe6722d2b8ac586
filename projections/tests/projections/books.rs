//! On which day entries are posted, when they became known, and how they are numbered.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use ledger_core::account::AccountCommand;
use ledger_core::calendar::Periods;
use ledger_core::chart::{Auxiliary, LedgerAccount};
use ledger_core::codec;
use ledger_core::event_log::{EventLog, Position};
use ledger_core::journal::{Journal, postings};
use projections::net::Net;
use projections::reports::general_ledger::{LedgerOf, general_ledger};
use projections::reports::journal::{JournalEntry, JournalOf, journal};
use projections::reports::trial_balance::{TrialBalanceLine, TrialBalanceOf};
use projections::{EntryNumber, rebuild};
use proptest::prelude::*;

use crate::rebuilt::{play, step};
use crate::story::*;
use crate::tables::reads;

/// A September that is closed, and what is still recorded in it by a clock that went back.
async fn closed_september() -> Story {
    let mut it = september().await;
    it.close_month("2026-09".parse().unwrap()).await;
    it.now = instant("2026-09-29T10:00:00Z");
    let pay = AccountCommand::Pay(authorise(10, "Atlas", 1_50));
    it.account(account(3), &pay).await.unwrap();
    it
}

#[tokio::test]
async fn what_comes_into_a_closed_month_is_posted_after_it_and_keeps_its_date() {
    let models = closed_september().await.read_models().await;
    let october =
        JournalOf { from: Some(day("2026-10-01")), to: Some(day("2026-10-07")), journal: None };
    let page = journal(models.at_end().await, &models.log, october, None, 100).await.unwrap();
    reads("journal_late.txt", &page.to_string());
    let of = LedgerOf {
        account: LedgerAccount::Holds,
        auxiliary: None,
        from: Some(day("2026-09-30")),
        to: Some(day("2026-10-07")),
        known: None,
    };
    let ledger = general_ledger(models.at_end().await, &models.log, of, None, 100).await.unwrap();
    reads("general_ledger_late.txt", &ledger.to_string());
    let recorded = &models.log.read_all(page.entries[0].position - 1, 1).await.unwrap()[0];
    let (dated, numbers) = models.at_end().await.entries_of(recorded).unwrap();
    assert_eq!((dated.day, dated.own), (day("2026-10-01"), day("2026-09-29")));
    assert_eq!(numbers[0], page.entries[0].number);
}

#[tokio::test]
async fn the_journal_plain_text_tells_the_date_of_what_came_late() {
    let models = closed_september().await.read_models().await;
    let of = JournalOf { from: Some(day("2026-10-01")), ..JournalOf::default() };
    let mut text = Vec::new();
    let reader = models.at_end().await;
    projections::hledger::hledger(reader, &models.log, of, &mut text).await.unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("2026-10-01 (HB-2026-000013) Autorisation d’achat\n"), "{text}");
    assert!(text.contains("    ; piece: 2026-09-29\n"), "{text}");
}

/// What the log itself says: every entry, in its order.
async fn told(log: &impl EventLog) -> Vec<(Position, Journal, NaiveDate, NaiveDate)> {
    let (mut periods, mut entries) = (Periods::default(), Vec::new());
    for recorded in log.read_all(0, usize::MAX).await.unwrap() {
        let event = codec::read(&recorded).unwrap();
        let dated = periods.dated(&event, &recorded.meta);
        let postings = postings(&event);
        for journal in Journal::ALL {
            if postings.iter().any(|it| it.journal == journal) {
                entries.push((recorded.position, journal, dated.day, dated.known));
            }
        }
        periods.take(&event);
    }
    entries
}

/// All entries, by pages of `limit`.
async fn entries(models: &Opened, limit: usize) -> Vec<JournalEntry> {
    let (mut entries, mut after) = (Vec::new(), None);
    loop {
        let reader = models.at_end().await;
        let page = journal(reader, &models.log, JournalOf::default(), after, limit).await.unwrap();
        entries.extend(page.entries);
        after = page.next;
        if after.is_none() {
            return entries;
        }
    }
}

/// What each account holds when only entries of `to` or before, known on `known`, are looked at.
fn held(entries: &[JournalEntry], to: NaiveDate, known: NaiveDate) -> BTreeMap<(u32, String), i64> {
    let mut held = BTreeMap::new();
    for it in entries.iter().filter(|it| it.dated.day <= to && it.dated.known <= known) {
        for posting in &it.postings {
            let cents = i64::try_from(posting.amount.cents()).unwrap();
            for (side, cents) in [(posting.debit, cents), (posting.credit, -cents)] {
                let key = (side.account.number(), side.auxiliary.to_string());
                *held.entry(key).or_default() += cents;
            }
        }
    }
    held
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn entries_are_numbered_in_the_order_of_the_log_without_a_gap(
        steps in proptest::collection::vec(step(), 0..60),
        limit in 1..20_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let story = play(&steps).await;
            let models = story.read_models().await;
            let mut found = entries(&models, limit).await;
            prop_assert!(found.is_sorted_by_key(|it| (it.dated.day, it.position)));
            found.sort_by_key(|it| (it.position, it.number.journal));
            let mut last = BTreeMap::new();
            let expected: Vec<_> = told(&models.log).await.into_iter().map(|(at, journal, day, _)| {
                let number = last.entry((journal, day.year())).or_insert(0);
                *number += 1;
                (at, EntryNumber { journal, year: day.year(), number: *number }, day)
            }).collect();
            let found_numbers: Vec<_> =
                found.iter().map(|it| (it.position, it.number, it.dated.day)).collect();
            prop_assert_eq!(found_numbers, expected);
            // The lines of the general ledger say the same.
            let of = LedgerOf {
                account: LedgerAccount::Holds, auxiliary: None, from: None, to: None, known: None,
            };
            let reader = models.at_end().await;
            let ledger = general_ledger(reader, &models.log, of, None, 10_000).await.unwrap();
            for line in ledger.lines {
                let entry = found.iter().find(|it| it.number == line.number).unwrap();
                prop_assert_eq!((entry.position, entry.dated), (line.position, line.dated));
            }
            Ok(())
        })?;
    }

    #[test]
    fn every_balance_is_what_the_entries_known_then_add_up_to(
        steps in proptest::collection::vec(step(), 0..60),
        asked in proptest::collection::vec((0..400_i64, -40..60_i64), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let models = play(&steps).await.read_models().await;
            let entries = entries(&models, 500).await;
            for (to, later) in asked {
                let to = day("2026-08-30") + chrono::TimeDelta::days(to);
                let known = to + chrono::TimeDelta::days(later);
                let reader = models.at_end().await;
                let of = TrialBalanceOf {
                    from: Some(to - chrono::TimeDelta::days(later.abs())),
                    to: Some(to),
                    known: Some(known),
                    by_auxiliary: true,
                };
                let balance = reader.trial_balance(of).unwrap();
                prop_assert!(balance.totals().balance(), "{}", balance);
                let found: BTreeMap<_, _> = balance.lines.iter().map(|it| {
                    let auxiliary = it.auxiliary.unwrap().to_string();
                    ((it.account.number(), auxiliary), it.closing().cents())
                }).collect();
                prop_assert_eq!(&found, &held(&entries, to, known));
                let general = TrialBalanceOf { by_auxiliary: false, ..of };
                let general = reader.trial_balance(general).unwrap();
                prop_assert_eq!(general.totals().debit, balance.totals().debit);
                for line in &balance.lines {
                    let whole = general.lines.iter().find(|it| it.account == line.account).unwrap();
                    let parts = balance.lines.iter().filter(|it| it.account == line.account);
                    let parts: Net = parts.map(TrialBalanceLine::closing).sum();
                    prop_assert_eq!(whole.closing(), parts);
                    let of = LedgerOf {
                        account: line.account,
                        auxiliary: line.auxiliary.filter(|it| *it != Auxiliary::None),
                        from: of.from,
                        to: of.to,
                        known: of.known,
                    };
                    let reader = models.at_end().await;
                    let ledger = general_ledger(reader, &models.log, of, None, 10_000).await;
                    let ledger = ledger.unwrap();
                    prop_assert_eq!(ledger.opening, line.opening);
                    prop_assert_eq!(ledger.closing(), line.closing());
                    let last = ledger.lines.last().map_or(ledger.opening, |it| it.balance);
                    prop_assert_eq!(last, line.closing());
                    prop_assert!(ledger.lines.iter().all(|it| it.dated.known <= known));
                }
            }
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn numbers_go_on_after_a_restart_as_if_there_had_been_none() {
    let mut story = closed_september().await;
    let models = story.read_models().await;
    models.at_end().await;
    let path = models.path.clone();
    let folder = models.into_folder();
    story.now = instant("2027-01-02T10:00:00Z");
    story.credited(7, 2, 3_00).await;
    story.now = instant("2027-01-03T10:00:00Z");
    story.credited(8, 2, 3_00).await;
    let again =
        projections::ReadModels::open(story.log.clone().into(), &path, |_| panic!("a rebuild"));
    let again = again.await.unwrap();
    let end = story.end().await;
    let reader = again.at_least(end, std::time::Duration::from_secs(20)).await.unwrap();
    let recorded = &story.log.read_all(end - 1, 1).await.unwrap()[0];
    let (_, numbers) = reader.entries_of(recorded).unwrap();
    assert_eq!(numbers.iter().map(ToString::to_string).collect::<Vec<_>>(), ["HB-2027-000002"]);
    drop(reader);
    again.close();
    let other = folder.path().join("from-zero");
    rebuild(&story.log.clone().into(), &other, |_| ()).await.unwrap();
    let digest = |path: &std::path::Path| projections::dump::dump_digest(path).unwrap();
    assert_eq!(digest(&path), digest(&other));
}
