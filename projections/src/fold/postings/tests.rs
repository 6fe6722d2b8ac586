//! What is posted on another day than the one it became known: balances as known on any day.

use chrono::NaiveDate;
use ledger_core::calendar::Periods;
use ledger_core::chart::{Auxiliary, LedgerAccount};
use ledger_core::journal::Postings as Posted;
use ledger_core::money::Budget;

use super::*;
use crate::fold::Known;
use crate::net::Net;
use crate::reports::general_ledger::LedgerOf;
use crate::reports::trial_balance::{TrialBalanceLine, TrialBalanceOf};
use crate::schema;
use crate::{EntryNumber, Reader};

/// A file under way, and the position of its last event.
struct Story {
    _folder: tempfile::TempDir,
    path: std::path::PathBuf,
    connection: Connection,
    position: Position,
}

impl Story {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("models");
        let connection = schema::create(&path).unwrap();
        connection.pragma_update(None, "locking_mode", "normal").unwrap();
        Self { _folder: folder, path, connection, position: 0 }
    }

    /// One run: `(day recorded, own day, cents)` each received from a collectivité; known numbers
    /// are read back from the file, as after a restart.
    fn run(&mut self, closed: Option<&str>, received: &[(&str, &str, u64)]) {
        let mut known = Known::read(&self.connection).unwrap();
        let periods = Periods::closed(closed.map(day));
        let mut postings = Postings::default();
        for (recorded, own, cents) in received {
            self.position += 1;
            let dated = periods.dated_on(day(recorded), Some(day(own)));
            postings.post(&mut known.books, self.position, dated, &receipt(*cents));
        }
        postings.sort();
        let transaction = self.connection.transaction().unwrap();
        postings.write(&transaction).unwrap();
        transaction.commit().unwrap();
    }

    fn reader(&self) -> Reader {
        Reader::of(&self.path).unwrap()
    }

    /// What the treasury holds at the end of `to`, as known on `known`, three ways.
    fn treasury(&self, to: &str, known: Option<&str>) -> i64 {
        let reader = self.reader();
        let (to, known) = (Some(day(to)), known.map(day));
        let closing = |by_auxiliary, from| {
            let of = TrialBalanceOf { from, to, known, by_auxiliary };
            let balance = reader.trial_balance(of).unwrap();
            assert!(balance.totals().balance(), "{balance}");
            let line = balance.lines.iter().find(|it| it.account == LedgerAccount::Treasury);
            line.map_or(Net::ZERO, TrialBalanceLine::closing).cents()
        };
        let general = closing(false, None);
        assert_eq!(closing(true, None), general, "by auxiliary");
        assert_eq!(closing(true, Some(day("2026-09-20"))), general, "with an opening balance");
        for from in [None, Some(day("2026-09-20"))] {
            for auxiliary in [None, Some(Auxiliary::None)] {
                let account = LedgerAccount::Treasury;
                let of = LedgerOf { account, auxiliary, from, to, known };
                let (ledger, found) = reader.ledger_lines(of, None, 100).unwrap();
                assert_eq!(ledger.closing().cents(), general, "{of:?}");
                let last = found.last().map(|it| it.balance);
                assert_eq!(last.unwrap_or(ledger.opening), ledger.closing(), "{of:?}");
            }
        }
        general
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn receipt(cents: u64) -> Posted {
    let funder = "siren:217500016".parse().unwrap();
    let calls =
        Side { account: LedgerAccount::CollectivityCalls, auxiliary: Auxiliary::Funder(funder) };
    let posting = Posting {
        journal: Journal::Funds,
        debit: Side { account: LedgerAccount::Treasury, auxiliary: Auxiliary::None },
        credit: calls,
        amount: Budget::from_cents(cents).unwrap(),
        label: "Fonds reçus",
    };
    Posted::from_iter([posting])
}

#[test]
fn a_balance_is_told_as_it_is_known_now_and_as_it_was_known_then() {
    let mut story = Story::new();
    story.run(None, &[("2026-09-28", "2026-09-28", 1), ("2026-10-02", "2026-09-29", 10)]);
    story.run(Some("2026-09-30"), &[("2026-10-05", "2026-09-30", 100)]);
    story.run(Some("2026-09-30"), &[("2026-10-06", "2026-10-06", 1_000)]);
    let now = |to| story.treasury(to, None);
    assert_eq!(now("2026-09-28"), 1);
    assert_eq!(now("2026-09-30"), 11, "what came in time is posted on its own day");
    assert_eq!(now("2026-10-01"), 111, "what came too late, on the first open day");
    assert_eq!(now("2026-10-06"), 1_111);
    let then = |to, known| story.treasury(to, Some(known));
    assert_eq!(then("2026-09-30", "2026-10-01"), 1, "not known yet");
    assert_eq!(then("2026-09-30", "2026-10-02"), 11);
    assert_eq!(then("2026-10-31", "2026-10-04"), 11);
    assert_eq!(then("2026-10-31", "2026-10-05"), 111);
    assert_eq!(then("2026-10-31", "2026-09-27"), 0);
    assert_eq!(then("2026-10-31", "2026-12-31"), now("2026-10-31"));
}

#[test]
fn an_entry_is_numbered_in_the_year_it_is_posted_in_across_restarts() {
    let mut story = Story::new();
    story.run(None, &[("2026-12-30", "2026-12-30", 1)]);
    story.run(None, &[("2027-01-02", "2027-01-02", 1), ("2027-01-03", "2026-12-31", 1)]);
    story.run(Some("2026-12-31"), &[("2027-01-09", "2026-12-29", 1)]);
    let numbers = story.reader().numbers(1..=4).unwrap();
    let numbers: Vec<String> = numbers.values().map(EntryNumber::to_string).collect();
    let expected = ["FI-2026-000001", "FI-2027-000001", "FI-2026-000002", "FI-2027-000002"];
    assert_eq!(numbers, expected);
    let books = Books::read(&story.connection).unwrap();
    let mut numbering = books.numbering;
    assert_eq!(numbering.next(Journal::Funds, 2026).number, 3);
}
