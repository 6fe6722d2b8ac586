//! What is not a message of the bank is refused, with what it is and what would be right.

use std::fmt::Write as _;

use ledger_api::iso20022::bank_statement::BankStatement;
use ledger_api::iso20022::status_report::StatusReport;
use ledger_api::iso20022::{DEPTH_MAX, ELEMENTS_MAX, FILE_BYTES_MAX, ReadError};

use crate::messages::{REPORT, STATEMENT, with};

fn statement(bytes: &[u8]) -> ReadError {
    BankStatement::read(bytes).unwrap_err()
}

/// The statement with `inner` as its first child.
fn holding(inner: &str) -> Vec<u8> {
    with(STATEMENT, "<Stmt>", &format!("<Stmt>{inner}")).into_bytes()
}

#[test]
fn no_entity_is_declared_let_alone_expanded_or_fetched() {
    let mut bomb = String::from("<!DOCTYPE Document [<!ENTITY a \"aaaaaaaaaa\">");
    for (one, ten) in "abcdefghi".chars().zip("bcdefghij".chars()) {
        write!(bomb, "<!ENTITY {ten} \"{}\">", format!("&{one};").repeat(10)).unwrap();
    }
    bomb.push_str("]>\n<Document");
    for declared in [
        bomb.as_str(),
        "<!DOCTYPE Document [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n<Document",
        "<!DOCTYPE Document SYSTEM \"http://127.0.0.1:9/evil.dtd\">\n<Document",
        "<!DOCTYPE Document>\n<Document",
    ] {
        let message = with(STATEMENT, "<Document", declared);
        let message = with(&message, "S-2026-09-30", "&j;&x;");
        let error = statement(message.as_bytes());
        assert_eq!(
            error.to_string(),
            "line 2: a DOCTYPE is there: expected a bank's message, which has none"
        );
    }
    let undeclared = with(STATEMENT, "S-2026-09-30", "&x;");
    assert_eq!(
        statement(undeclared.as_bytes()).to_string(),
        "line 6: the entity `&x;` is not one: expected well-formed XML, as the bank sent it"
    );
}

#[test]
fn another_message_is_refused_with_what_it_is() {
    const TAKEN: &str = ": expected a bank statement: camt.053.001.02 or camt.053.001.08";
    let namespaced = |version: &str| with(STATEMENT, "camt.053.001.08", version);
    for (message, expected) in [
        (namespaced("pain.001.001.09"), "line 2: this is an order to pay (pain.001.001.09)"),
        (
            namespaced("camt.054.001.08"),
            "line 2: this is a notice of debits and credits (camt.054.001.08)",
        ),
        (
            namespaced("camt.052.001.08"),
            "line 2: this is an account report within the day (camt.052.001.08)",
        ),
        (namespaced("camt.053.001.04"), "line 2: this is a bank statement (camt.053.001.04)"),
        (REPORT.to_owned(), "line 2: this is a report on orders to pay (pain.002.001.10)"),
        (
            STATEMENT.replace(" xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"", ""),
            "line 2: this is a <Document> without the namespace of its message",
        ),
        ("<feed xmlns='urn:example'/>".to_owned(), "line 1: this is a <feed> of `urn:example`"),
        ("<!DOCTYPE html>\n<html></html>".to_owned(), "line 1: this is a web page"),
        ("<!doctype html><p>".to_owned(), "line 1: this is a web page"),
        ("\n\n<html><body></body></html>".to_owned(), "line 3: this is a web page"),
        ("date;montant\n".to_owned(), "line 1: this is not XML: it begins with `date;montant`"),
        ("<!-- nothing -->".to_owned(), "line 1: this is not XML: it has no element"),
    ] {
        assert_eq!(statement(message.as_bytes()).to_string(), format!("{expected}{TAKEN}"));
    }
    let report = StatusReport::read(STATEMENT.as_bytes()).unwrap_err().to_string();
    assert!(report.starts_with("line 2: this is a bank statement (camt.053.001.08): expected a"));
    assert!(
        report.ends_with("pain.002.001.03, pain.002.001.08, pain.002.001.10 or pain.002.001.12")
    );
}

#[test]
fn an_empty_file_is_refused() {
    for empty in ["", " \n ", "\u{feff}"] {
        let said = statement(empty.as_bytes()).to_string();
        assert!(said.starts_with("line 1: the file is empty: expected a bank statement"), "{said}");
    }
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    for message in [STATEMENT, REPORT] {
        for part in 0..20 {
            let cut = &message.as_bytes()[..message.len() * part / 20];
            let lines = cut.split(|it| *it == b'\n').count();
            let errors = [BankStatement::read(cut).err(), StatusReport::read(cut).err()];
            for error in errors {
                let error = error.unwrap();
                assert!(error.line() <= lines, "{error}");
            }
        }
    }
    let cut = &STATEMENT[..STATEMENT.find("<AcctSvcrRef>").unwrap()];
    assert_eq!(
        statement(cut.as_bytes()).to_string(),
        "line 21: the file is cut off inside <Ntry>, which begins on line 17: expected the whole \
         file; fetch it again"
    );
}

#[test]
fn a_file_in_another_encoding_than_it_says_is_refused() {
    let latin: Vec<u8> = STATEMENT.chars().map(|it| u8::try_from(u32::from(it)).unwrap()).collect();
    assert_eq!(
        statement(&latin).to_string(),
        "line 27: the byte B0 is not UTF-8: expected UTF-8, or ISO-8859-1, ISO-8859-15, \
         Windows-1252 or UTF-16 when the first line of the file says so"
    );
    let unknown = with(STATEMENT, "UTF-8", "EBCDIC-FR");
    let said = statement(unknown.as_bytes()).to_string();
    assert!(said.contains("says that its encoding is `EBCDIC-FR`: expected UTF-8"), "{said}");
    assert!(matches!(statement(b"PK\x03\x04\x00\x00\xff"), ReadError::NotText { line: 1, .. }));
}

#[test]
fn a_file_beyond_the_limits_is_refused() {
    let large = vec![b' '; FILE_BYTES_MAX + 1];
    assert!(matches!(statement(&large), ReadError::TooLarge { .. }));
    for (open, close) in
        [("<a>", "</a>"), ("<RltdPties>", "</RltdPties>"), ("<a xmlns='x'>", "</a>")]
    {
        let deep = holding(&format!("{}{}", open.repeat(DEPTH_MAX), close.repeat(DEPTH_MAX)));
        assert!(matches!(statement(&deep), ReadError::TooDeep { line: 5, .. }), "{open}");
    }
    let many = holding(&format!("<Ntry>{}</Ntry>", "<a/>".repeat(ELEMENTS_MAX)));
    assert!(matches!(statement(&many), ReadError::TooMany { line: 5, .. }));
    let endless = holding(&"<a>".repeat(1_000_000));
    assert!(matches!(statement(&endless), ReadError::TooDeep { line: 5, .. }));
}

#[test]
fn what_is_no_part_of_the_message_is_passed_or_refused() {
    let expected = BankStatement::read(STATEMENT.as_bytes()).unwrap();
    let foreign = "<x:Bal xmlns:x='urn:x'><x:Amt>1</x:Amt></x:Bal><SplmtryData/><!-- - --><?pi?>";
    assert_eq!(BankStatement::read(&holding(foreign)).unwrap(), expected);
    for (old, new) in [
        ("</Document>\n", "</Document>\n<Document/>"),
        ("</Document>\n", "</Document>\nmore"),
        ("</BkToCstmrStmt>", "</BkToCstmrStmt><BkToCstmrStmt/>"),
        ("<Stmt>", "loose<Stmt>"),
        ("</Stmt>", "</Statement>"),
        ("<Amt Ccy=\"EUR\">250.5", "<Amt Ccy=EUR>250.5"),
        ("<Amt Ccy=\"EUR\">250.5", "<Amt Ccy=\"EUR\" Ccy=\"EUR\">250.5"),
        ("S-2026", "S & 2026"),
        ("S-2026", "S&#0;2026"),
        ("S-2026", "S&#x1b;2026"),
    ] {
        let error = statement(with(STATEMENT, old, new).as_bytes());
        assert!(matches!(error, ReadError::Malformed { .. }), "{new}: {error}");
    }
}
