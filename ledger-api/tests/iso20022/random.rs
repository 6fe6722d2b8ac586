//! What is written is read back; whatever is sent is read or refused, and never a panic.

use std::fmt::Write as _;

use ledger_api::iso20022::ReadError;
use ledger_api::iso20022::bank_statement::{BankStatement, Entry, EntryStatus};
use ledger_api::iso20022::credit_transfer::{TRANSFER_MAX, Transfer, latin};
use ledger_api::iso20022::status_report::StatusReport;
use ledger_core::money::Budget;
use proptest::prelude::*;

use crate::credit_transfer;
use crate::messages::{REPORT, STATEMENT, values, with};

/// A message with a few pieces of it cut, doubled or replaced.
fn spoilt(message: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let places =
        proptest::collection::vec((any::<prop::sample::Index>(), 0..5_u8, any::<u8>()), 1..5);
    places.prop_map(move |changes| {
        let mut bytes = message.as_bytes().to_vec();
        for (place, change, byte) in changes {
            let place = place.index(bytes.len().max(1)).min(bytes.len());
            let end = (place + usize::from(byte)).min(bytes.len());
            match change {
                0 => bytes.truncate(place),
                1 => drop(bytes.drain(place..end)),
                2 => {
                    let piece = bytes[place..end].to_vec();
                    bytes.splice(place..place, piece);
                }
                3 => bytes.insert(place, byte),
                _ => {
                    if let Some(it) = bytes.get_mut(place) {
                        *it = byte;
                    }
                }
            }
        }
        bytes
    })
}

fn is_read_or_refused(bytes: &[u8]) -> Result<(), TestCaseError> {
    let lines = bytes.split(|it| *it == b'\n').count();
    match BankStatement::read(bytes) {
        Ok(statements) => {
            for it in statements {
                let booked = it.entries.iter().filter(|it| it.status == EntryStatus::Booked);
                let moved: i128 = booked.map(|it| it.direction.signed(it.cents.cents())).sum();
                prop_assert_eq!(i128::from(it.opening) + moved, i128::from(it.closing));
            }
        }
        Err(error) => prop_assert!((1..=lines).contains(&error.line()), "{error}"),
    }
    match StatusReport::read(bytes) {
        Ok(report) => prop_assert!(report.group.is_some() || !report.payments.is_empty()),
        Err(error) => prop_assert!((1..=lines).contains(&error.line()), "{error}"),
    }
    Ok(())
}

/// `1234.56`, as a bank writes it.
fn euros(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// A statement of booked entries, each so many cents, below zero for a debit.
fn statement(opening: i64, entries: &[i64]) -> String {
    let way = |cents: i64| if cents < 0 { "DBIT" } else { "CRDT" };
    let balance = |code: &str, cents: i64| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{}</Amt>\
             <CdtDbtInd>{}</CdtDbtInd></Bal>\n",
            euros(cents.unsigned_abs()),
            way(cents)
        )
    };
    let closing = opening + entries.iter().sum::<i64>();
    let mut parts = balance("OPBD", opening) + &balance("CLBD", closing);
    for (number, cents) in entries.iter().enumerate() {
        writeln!(
            parts,
            "<Ntry><NtryRef>{number}</NtryRef><Amt Ccy=\"EUR\">{}</Amt>\
             <CdtDbtInd>{}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
             <BookgDt><Dt>2026-09-30</Dt></BookgDt></Ntry>",
            euros(cents.unsigned_abs()),
            way(*cents)
        )
        .unwrap();
    }
    let (start, end) = (STATEMENT.find("<Bal>").unwrap(), STATEMENT.find("</Stmt>").unwrap());
    format!("{}{parts}{}", &STATEMENT[..start], &STATEMENT[end..])
}

/// A sum that an entry may move, either way.
fn moved() -> impl Strategy<Value = i64> {
    (1..=1_000_000_000_00_i64, any::<bool>()).prop_map(|(it, debit)| if debit { -it } else { it })
}

proptest! {
    #[test]
    fn a_statement_is_read_as_it_was_written(
        opening in -1_000_000_000_00..1_000_000_000_00_i64,
        entries in proptest::collection::vec(moved(), 0..20),
    ) {
        let written = statement(opening, &entries);
        let read = &BankStatement::read(written.as_bytes()).unwrap()[0];
        let signed = |it: &Entry| it.direction.signed(it.cents.cents());
        let moved: Vec<i128> = read.entries.iter().map(signed).collect();
        prop_assert_eq!(moved, entries.iter().copied().map(i128::from).collect::<Vec<_>>());
        prop_assert_eq!(read.opening, opening);
        prop_assert_eq!(read.closing, opening + entries.iter().sum::<i64>());
    }

    #[test]
    fn a_statement_that_lacks_an_entry_is_refused(
        entries in proptest::collection::vec(moved(), 1..20),
        lost in any::<prop::sample::Index>(),
    ) {
        let written = statement(0, &entries);
        let lost = written.lines().filter(|it| it.starts_with("<Ntry>")).nth(lost.index(entries.len()));
        let error = BankStatement::read(with(&written, lost.unwrap(), "").as_bytes()).unwrap_err();
        prop_assert!(matches!(error, ReadError::Unbalanced { .. }), "{error}");
    }

    #[test]
    fn a_file_of_transfers_orders_each_to_the_cent(
        cents in proptest::collection::vec(1..=TRANSFER_MAX, 1..20),
    ) {
        let mut file = credit_transfer::file();
        let first = file.transfers[0].clone();
        let transfers = cents.iter().enumerate().map(|(number, cents)| Transfer {
            end_to_end: format!("SET-{number}").into(),
            amount: Budget::from_cents(*cents).unwrap(),
            ..first.clone()
        });
        file.transfers = transfers.collect();
        let written = String::from_utf8(file.to_bytes().unwrap()).unwrap();
        let written = written.replace("<InstdAmt Ccy=\"EUR\">", "<InstdAmt>");
        let amounts: Vec<String> = cents.iter().copied().map(euros).collect();
        prop_assert_eq!(values(&written, "InstdAmt"), amounts);
        prop_assert_eq!(values(&written, "CtrlSum"), [euros(cents.iter().sum()), euros(cents.iter().sum())]);
        let references = values(&written, "EndToEndId");
        prop_assert!(references.iter().zip(&file.transfers).all(|(it, of)| *it == of.end_to_end));
        prop_assert_eq!(references.len(), cents.len());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        is_read_or_refused(&bytes)?;
    }

    #[test]
    fn a_spoilt_statement_is_read_or_refused(bytes in spoilt(STATEMENT)) {
        is_read_or_refused(&bytes)?;
    }

    #[test]
    fn a_spoilt_report_is_read_or_refused(bytes in spoilt(REPORT)) {
        is_read_or_refused(&bytes)?;
    }

    #[test]
    fn any_text_is_written_in_the_letters_that_banks_take(text in any::<String>()) {
        prop_assert!(latin(&text).chars().all(sepa::charset::is_sepa_char));
    }
}
