//! The file of accounting entries: what it holds, line by line, and that it agrees with the books.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use ledger_core::account::AccountCommand;
use projections::fec::{Encoding, Fec, FecOf, fec, file_name};
use projections::reports::journal::{JournalOf, journal};
use projections::reports::trial_balance::TrialBalanceOf;
use proptest::prelude::*;

use crate::rebuilt::{play, step};
use crate::story::*;
use crate::tables::reads;

const YEAR: FecOf = FecOf { year: 2026, encoding: Encoding::Latin9 };

async fn written(models: &Opened, of: FecOf) -> Vec<u8> {
    let (mut text, mut told) = (Vec::new(), Vec::new());
    let reader = models.at_end().await;
    fec(reader, &models.log, of, &mut text, |it| told.push(it)).await.unwrap();
    assert!(told.last().is_some_and(|it| it.position == it.end), "{told:?}");
    text
}

async fn as_text(models: &Opened, year: i32) -> String {
    String::from_utf8(written(models, FecOf { year, encoding: Encoding::Utf8 }).await).unwrap()
}

/// A September, what came late into it, and what happened the year after.
async fn two_years() -> Story {
    let mut it = september().await;
    it.close_month("2026-09".parse().unwrap()).await;
    let pay = |number| AccountCommand::Pay(authorise(number, "Atlas", 1_50));
    it.now = instant("2026-10-09T10:00:00Z");
    it.account(account(3), &pay(10)).await.unwrap();
    it.now = instant("2027-01-03T10:00:00Z");
    it.account(account(3), &pay(11)).await.unwrap();
    it
}

#[tokio::test]
async fn a_year_is_every_entry_in_the_order_of_validation() {
    let models = two_years().await.read_models().await;
    let text = as_text(&models, 2026).await;
    assert!(text.ends_with("\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']));
    reads("fec_2026.txt", &text.replace("\r\n", "\n"));
    let reader = models.at_end().await;
    assert_eq!(reader.trial_balance(TrialBalanceOf::default()).unwrap().lines.len(), 10);
    for never in ["account", "acc_", "teacher"] {
        assert!(!text.contains(never), "{never}");
    }
}

#[tokio::test]
async fn the_year_after_opens_with_the_balances_of_the_year_before() {
    let models = two_years().await.read_models().await;
    reads("fec_2027.txt", &as_text(&models, 2027).await.replace("\r\n", "\n"));
    // A year to come has opening balances alone; the first year of all has none.
    assert!(as_text(&models, 2028).await.lines().skip(1).all(|it| it.starts_with("AN\t")));
    assert_eq!(as_text(&models, 2025).await.lines().count(), 1);
}

#[tokio::test]
async fn text_is_iso_8859_15_unless_told_otherwise() {
    let models = two_years().await.read_models().await;
    let latin = written(&models, YEAR).await;
    let text = as_text(&models, 2026).await;
    assert_eq!(latin.split(|it| *it == b'\n').count() - 1, text.lines().count());
    assert!(String::from_utf8(latin.clone()).is_err());
    let has = |bytes: &[u8]| latin.windows(bytes.len()).any(|it| it == bytes);
    assert!(has(b"Autorisation d'achat\t") && has(b"Droits ouverts, \xc9tat\t"));
}

#[tokio::test]
async fn a_page_at_a_time_gives_the_same_file() {
    let models = two_years().await.read_models().await;
    let mut text = Vec::new();
    let mut file = Fec::begin(&models.at_end().await, YEAR, &mut text).unwrap();
    while file.next(&models.log, &mut text).await.unwrap() {}
    assert_eq!(text, written(&models, YEAR).await);
}

/// What our checker says of `file`; `None` where Python is not installed.
fn checked(file: &Path, arguments: &[&Path]) -> Option<(bool, String)> {
    let checker = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/checks/fec.py");
    let mut command = Command::new("python3");
    command.arg(checker).arg(file);
    for (option, value) in ["--balance", "--before"].iter().zip(arguments) {
        command.arg(option).arg(value);
    }
    match command.output() {
        Ok(it) => Some((it.status.success(), String::from_utf8(it.stdout).unwrap())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("skipped: python3 is not installed");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn our_checker_takes_both_years_and_refuses_a_doctored_one() {
    let models = two_years().await.read_models().await;
    let folder = tempfile::tempdir().unwrap();
    let path = |year: i32| folder.path().join(file_name(siren(), year));
    let save = |path: &PathBuf, bytes: &[u8]| std::fs::write(path, bytes).unwrap();
    let mut balances = Vec::new();
    for year in [2026, 2027] {
        save(&path(year), &written(&models, FecOf { year, ..YEAR }).await);
        let to = Some(day(&format!("{year}-12-31")));
        let of = TrialBalanceOf { to, by_auxiliary: true, ..TrialBalanceOf::default() };
        let balance = folder.path().join(format!("{year}.csv"));
        let file = std::fs::File::create(&balance).unwrap();
        models.at_end().await.trial_balance(of).unwrap().table().write_csv(file).unwrap();
        balances.push(balance);
    }
    let Some((ok, said)) = checked(&path(2026), &[&balances[0]]) else { return };
    assert!(ok, "{said}");
    let both = [balances[1].as_path(), &path(2026)];
    let (ok, said) = checked(&path(2027), &both).unwrap();
    assert!(ok, "{said}");

    let good =
        String::from_utf8(written(&models, FecOf { year: 2027, encoding: Encoding::Utf8 }).await);
    let good = good.unwrap();
    let lines: Vec<&str> = good.split_inclusive("\r\n").collect();
    let an = lines.iter().filter(|it| it.starts_with("AN\t")).count();
    let moved = |from: usize, to: usize| {
        let mut lines = lines.clone();
        let line = lines.remove(from);
        lines.insert(to, line);
        lines.concat()
    };
    for (what, doctored) in [
        ("an opening balance that comes late", moved(1, lines.len() - 1)),
        ("a line that is gone", [&lines[..=an], &lines[an + 2..]].concat().concat()),
        ("a number that is skipped", good.replace("AC-2027-000001", "AC-2027-000002")),
        ("a journal in another order", moved(an + 1, lines.len() - 1)),
        ("a sum that differs", good.replacen(",50\t", ",51\t", 1)),
        (
            "another opening balance",
            good.replace("\t601,50\t", "\t601,51\t").replacen("5600,00", "5600,01", 2),
        ),
        ("a bar in a label", good.replacen("À nouveau\t", "À | nouveau\t", 1)),
        ("a tab in a label", good.replacen("À nouveau\t", "À\tnouveau\t", 1)),
        ("a line end in a label", good.replacen("À nouveau\t", "À\nnouveau\t", 1)),
        ("a line end of another system", good.replace("\r\n", "\n")),
        ("a control character", good.replacen("À nouveau", "\u{85} nouveau", 1)),
        ("a validation out of order", good.replacen("20270103\t\t\r\n", "20270104\t\t\r\n", 4)),
    ] {
        assert_ne!(doctored, good, "{what}: nothing was doctored");
        save(&path(2027), doctored.as_bytes());
        let (ok, said) = checked(&path(2027), &both).unwrap();
        assert!(!ok, "{what} was taken: {said}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_each_year_adds_up_to_the_trial_balance(
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let models = play(&steps).await.read_models().await;
            let reader = models.at_end().await;
            let all = journal(reader, &models.log, JournalOf::default(), None, 10_000).await.unwrap();
            for year in [2026, 2027] {
                let text = as_text(&models, year).await;
                let (mut held, mut numbers) = (BTreeMap::new(), Vec::new());
                for line in text.lines().skip(1) {
                    let cells: Vec<&str> = line.split('\t').collect();
                    prop_assert_eq!(cells.len(), 18);
                    let cents = |it: &str| it.replace(',', "").parse::<i64>().unwrap();
                    let key = (cells[4].to_owned(), cells[6].to_owned());
                    *held.entry(key).or_insert(0) += cents(cells[11]) - cents(cells[12]);
                    if cells[0] != "AN" && numbers.last().is_none_or(|it| it != cells[2]) {
                        numbers.push(cells[2].to_owned());
                    }
                }
                held.retain(|_, it| *it != 0);
                let to = Some(day(&format!("{year}-12-31")));
                let of = TrialBalanceOf { to, by_auxiliary: true, ..TrialBalanceOf::default() };
                let balance = models.at_end().await.trial_balance(of).unwrap();
                let expected: BTreeMap<_, _> = balance.lines.iter().map(|it| {
                    let key = (it.account.to_string(), it.auxiliary.unwrap().to_string());
                    (key, it.closing().cents())
                }).filter(|(_, it)| *it != 0).collect();
                prop_assert_eq!(held, expected);
                let mut expected: Vec<_> =
                    all.entries.iter().filter(|it| it.number.year == year).collect();
                expected.sort_by_key(|it| (it.position, it.number.journal));
                let expected: Vec<_> = expected.iter().map(|it| it.number.to_string()).collect();
                prop_assert_eq!(numbers, expected);
            }
            Ok(())
        })?;
    }
}
