//! Whatever is sent, it is read or refused, with a line of the file: never a panic.

use ledger_api::iso20022::bank_statement::{BankStatement, EntryStatus};
use ledger_api::iso20022::credit_transfer::latin;
use ledger_api::iso20022::status_report::StatusReport;
use proptest::prelude::*;

use crate::messages::{REPORT, STATEMENT};

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

proptest! {
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
