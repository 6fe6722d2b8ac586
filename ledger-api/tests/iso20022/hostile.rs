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
            "ligne 2\u{a0}: il y a un DOCTYPE\u{a0}; attendu\u{a0}: un message de la banque, \
             qui n’en a pas"
        );
    }
    let undeclared = with(STATEMENT, "S-2026-09-30", "&x;");
    assert_eq!(
        statement(undeclared.as_bytes()).to_string(),
        "ligne 6\u{a0}: l’entité `&x;` n’existe pas\u{a0}; attendu\u{a0}: du XML bien formé, \
         tel que la banque l’a envoyé"
    );
}

#[test]
fn another_message_is_refused_with_what_it_is() {
    const TAKEN: &str =
        "\u{a0}; attendu\u{a0}: un relevé de compte (camt.053.001.02 ou camt.053.001.08)";
    let namespaced = |version: &str| with(STATEMENT, "camt.053.001.08", version);
    for (message, expected) in [
        (
            namespaced("pain.001.001.09"),
            "ligne 2\u{a0}: c’est un ordre de virement (pain.001.001.09)",
        ),
        (
            namespaced("camt.054.001.08"),
            "ligne 2\u{a0}: c’est un avis de débit ou de crédit (camt.054.001.08)",
        ),
        (
            namespaced("camt.052.001.08"),
            "ligne 2\u{a0}: c’est un relevé en cours de journée (camt.052.001.08)",
        ),
        (
            namespaced("camt.053.001.04"),
            "ligne 2\u{a0}: c’est un relevé de compte (camt.053.001.04)",
        ),
        (REPORT.to_owned(), "ligne 2\u{a0}: c’est un compte rendu de paiement (pain.002.001.10)"),
        (
            STATEMENT.replace(" xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"", ""),
            "ligne 2\u{a0}: c’est un <Document> sans l’espace de noms de son message",
        ),
        (
            "<feed xmlns='urn:example'/>".to_owned(),
            "ligne 1\u{a0}: c’est un <feed> de `urn:example`",
        ),
        ("<!DOCTYPE html>\n<html></html>".to_owned(), "ligne 1\u{a0}: c’est une page web"),
        ("<!doctype html><p>".to_owned(), "ligne 1\u{a0}: c’est une page web"),
        ("\n\n<html><body></body></html>".to_owned(), "ligne 3\u{a0}: c’est une page web"),
        (
            "date;montant\n".to_owned(),
            "ligne 1\u{a0}: ce n’est pas du XML, cela commence par `date;montant`",
        ),
        (
            "<!-- nothing -->".to_owned(),
            "ligne 1\u{a0}: ce n’est pas du XML, il n’y a aucun élément",
        ),
    ] {
        assert_eq!(statement(message.as_bytes()).to_string(), format!("{expected}{TAKEN}"));
    }
    let report = StatusReport::read(STATEMENT.as_bytes()).unwrap_err().to_string();
    assert!(report.starts_with(
        "ligne 2\u{a0}: c’est un relevé de compte (camt.053.001.08)\u{a0}; attendu\u{a0}: un"
    ));
    assert!(
        report.ends_with("(pain.002.001.03, pain.002.001.08, pain.002.001.10 ou pain.002.001.12)")
    );
}

#[test]
fn an_empty_file_is_refused() {
    for empty in ["", " \n ", "\u{feff}"] {
        let said = statement(empty.as_bytes()).to_string();
        assert!(
            said.starts_with("ligne 1\u{a0}: le fichier est vide\u{a0}; attendu\u{a0}: un relevé"),
            "{said}"
        );
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
        "ligne 21\u{a0}: le fichier s’arrête au milieu de <Ntry>, qui commence à la ligne \
         17\u{a0}; attendu\u{a0}: le fichier entier, à télécharger de nouveau"
    );
}

#[test]
fn a_file_in_another_encoding_than_it_says_is_refused() {
    let latin: Vec<u8> = STATEMENT.chars().map(|it| u8::try_from(u32::from(it)).unwrap()).collect();
    assert_eq!(
        statement(&latin).to_string(),
        "ligne 27\u{a0}: l’octet B0 n’est pas de l’UTF-8\u{a0}; attendu\u{a0}: UTF-8, ou bien \
         ISO-8859-1, ISO-8859-15, Windows-1252 ou UTF-16 si la première ligne du fichier \
         l’annonce"
    );
    let unknown = with(STATEMENT, "UTF-8", "EBCDIC-FR");
    let said = statement(unknown.as_bytes()).to_string();
    assert!(
        said.contains("le fichier annonce l’encodage `EBCDIC-FR`\u{a0}; attendu\u{a0}: UTF-8"),
        "{said}"
    );
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
    for (old, new, found) in [
        ("</Document>\n", "</Document>\n<Document/>", "quelque chose suit la fin du message"),
        ("</Document>\n", "</Document>\nmore", "quelque chose suit la fin du message"),
        (
            "</BkToCstmrStmt>",
            "</BkToCstmrStmt><BkToCstmrStmt/>",
            "un autre élément suit le message",
        ),
        ("<Stmt>", "loose<Stmt>", "le texte `loose` est entre deux éléments"),
        ("</Stmt>", "</Statement>", "</Statement> est à la place de </Stmt>"),
        (
            "<Amt Ccy=\"EUR\">250.5",
            "<Amt Ccy=EUR>250.5",
            "dans <Amt>, la valeur d’un attribut n’est pas entre guillemets",
        ),
        (
            "<Amt Ccy=\"EUR\">250.5",
            "<Amt Ccy=\"EUR\" Ccy=\"EUR\">250.5",
            "dans <Amt>, un attribut figure deux fois",
        ),
        ("S-2026", "S & 2026", "un `&` ne commence aucune entité"),
        ("S-2026", "S&#0;2026", "l’entité `&#0;` n’existe pas"),
        ("S-2026", "S&#x1b;2026", "l’entité `&#x1b;` n’existe pas"),
    ] {
        let error = statement(with(STATEMENT, old, new).as_bytes());
        assert!(matches!(error, ReadError::Malformed { .. }), "{new}: {error}");
        assert!(error.to_string().contains(&format!("\u{a0}: {found}\u{a0}; ")), "{error}");
    }
}
