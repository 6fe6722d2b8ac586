//! Messages of others: each entry and each status is read, or the line that is wrong is named.

use std::path::{Path, PathBuf};

use ledger_api::iso20022::bank_statement::BankStatement;
use ledger_api::iso20022::status_report::StatusReport;

use crate::messages::values;

/// They belong to others: they lie beside the project, not in it.
const FOLDER: &str = "shared/real/iso20022/samples";
const SKIPPED: &str = "skipped: ../shared/real is not there";

/// The samples whose name holds `kind`; `None` when they are not there.
fn samples(kind: &str) -> Option<Vec<(PathBuf, String)>> {
    let mut above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(2);
    let folder = above.find_map(|it| std::fs::read_dir(it.join(FOLDER)).ok())?;
    let files = folder.map(|it| it.unwrap().path());
    let mut files: Vec<_> = files
        .filter(|it| it.file_name().unwrap().to_str().unwrap().contains(kind))
        .map(|it| (it.clone(), std::fs::read_to_string(it).unwrap()))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no {kind} in {FOLDER}");
    Some(files)
}

#[test]
fn each_entry_of_a_real_statement_is_read_or_its_wrong_line_named() {
    let Some(samples) = samples("camt053") else {
        println!("{SKIPPED}");
        return;
    };
    for (path, text) in samples {
        match BankStatement::read(text.as_bytes()) {
            Ok(statements) => {
                let entries = statements.iter().map(|it| it.entries.len()).sum::<usize>();
                assert_eq!(entries, text.matches("<Ntry>").count(), "{}", path.display());
            }
            // Both state a closing balance in crowns for an account in euros.
            Err(error) => {
                let line = text.lines().nth(error.line() - 1).unwrap();
                assert!(line.contains("SEK"), "{}: {error}", path.display());
                assert!(error.to_string().contains("attendu\u{a0}: un montant en EUR"), "{error}");
            }
        }
        // Their entry stands, once the balances are those of the account.
        let mended = text.replace("\"SEK\">27.00", "\"EUR\">27.00");
        let closing = mended.find("<Cd>CLBD").unwrap();
        let (before, after) = mended.split_at(closing);
        let mended = format!("{before}{}", after.replacen(">DBIT<", ">CRDT<", 1));
        let statements = BankStatement::read(mended.as_bytes()).unwrap();
        let [statement] = statements.as_slice() else { panic!("{statements:?}") };
        let [entry] = statement.entries.as_slice() else { panic!("{statement:?}") };
        assert_eq!((statement.opening, entry.cents.cents(), statement.closing), (1815, 885, 2700));
        assert_eq!(statement.account.as_str(), "NL26VAYB8060476890");
        assert_eq!(entry.details[0].remittance.as_deref(), Some("4654654654654654"));
        assert!(!format!("{statement:?}").contains("NAME"), "nobody's name is kept");
    }
}

#[test]
fn each_status_of_a_real_report_is_read() {
    let Some(samples) = samples("pain.002") else {
        println!("{SKIPPED}");
        return;
    };
    for (path, text) in samples {
        let report = StatusReport::read(text.as_bytes()).unwrap();
        let read: Vec<_> = report.payments.iter().map(|it| it.status.code()).collect();
        let orders = values(&text, "PmtInfSts").len();
        assert_eq!(read.len(), orders + values(&text, "TxSts").len(), "{}", path.display());
        assert_eq!(read, ["ACSP", "ACWC", "RJCT", "PART", "RJCT"]);
        assert_eq!(report.original_message, "471164564");
        let rejected = report.of("4656384", "Sammler 4").unwrap();
        assert_eq!(
            (rejected.reason_code, rejected.reason_text),
            (Some("AC01"), Some("IBAN fehlerhaft"))
        );
        assert_eq!(report.of("any", "Sammler 3").unwrap().reason_code, Some("AM05"));
    }
}

#[test]
fn an_order_to_pay_is_not_taken_for_an_answer() {
    let Some(samples) = samples("pain.001") else {
        println!("{SKIPPED}");
        return;
    };
    for (path, text) in samples {
        let said = BankStatement::read(text.as_bytes()).unwrap_err().to_string();
        assert!(
            said.contains("un ordre de virement (pain.001.001.09)"),
            "{}: {said}",
            path.display()
        );
    }
}
